//! A session, and the extended query protocol.

use crate::block::{Block, Current};
use crate::copy::CopyState;
use crate::core::{Core, Resolving};
use crate::known::KnownStatements;
use crate::output::{Format, Output, Progress, TransactionStatus};
use crate::portal::Portal;
use crate::prepared::{Body, CachedPlan, Prepared, fields, is_query};
use crate::shared::Shared;
use crate::simple::SimpleQuery;
use analyze::Analyzer;
use error::{Error, Result, SqlState};
use hashbrown::HashMap;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::Lsn;
use syntax::ast::{self, Statement, StatementKind};
use types::{Datum, Oid, type_oid};

/// What a client says when it connects, after it was authenticated.
#[derive(Debug, Clone, Default)]
pub struct Startup {
    /// The role.
    pub user: String,
    /// The database; as the user's name where none was said.
    pub database: String,
    /// Settings of the start-up message: application_name, client_encoding, DateStyle, and those of `options`.
    pub settings: Vec<(String, String)>,
    /// The client's address for pg_stat_activity; `None` for a Unix socket.
    pub client_address: Option<std::net::SocketAddr>,
    /// This session's process id as clients see it; the server numbers sessions.
    pub process: i32,
    /// What a cancel request must show beside it.
    pub secret: Vec<u8>,
}

/// A Bind message.
#[derive(Debug, Clone, Default)]
pub struct Bind<'a> {
    /// The portal's name.
    pub portal: &'a str,
    /// The statement's name.
    pub statement: &'a str,
    /// Per parameter its form; one for all, or none for text.
    pub parameter_formats: Vec<Format>,
    /// The parameters; `None` for NULL.
    pub parameters: Vec<Option<&'a [u8]>>,
    /// Per result column its form; one for all, or none for text.
    pub result_formats: Vec<Format>,
}

/// One connection's state. Errors are the caller's to send; after one of the extended protocol it skips to Sync.
pub struct Session {
    pub(crate) core: Core,
    pub(crate) current: Option<Current>,
    pub(crate) block: Block,
    pub(crate) statements: HashMap<String, Arc<Prepared>>,
    pub(crate) portals: HashMap<String, Portal>,
    /// The portal that an Execute suspended because the output was full.
    pub(crate) suspended: Option<(String, u32)>,
    /// Since when a statement waits for a row without a thread.
    pub(crate) parked: Option<Instant>,
    pub(crate) simple: Option<SimpleQuery>,
    pub(crate) known: KnownStatements,
    pub(crate) copy: Option<CopyState>,
    pub(crate) answer_lsn: Lsn,
    pub(crate) is_over: bool,
}

const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Session>();
};

impl Session {
    /// The settings to be told at the start with ParameterStatus: name and value.
    pub fn reported_settings(&mut self) -> Vec<(&'static str, String)> {
        self.core.settings.take_reports()
    }

    /// The engine that it works in.
    pub fn engine(&self) -> &Arc<crate::Engine> {
        &self.core.engine
    }

    /// The part that others may touch.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.core.shared
    }

    /// Parse. The caller says ParseComplete.
    pub fn parse(
        &mut self,
        name: &str,
        sql: &str,
        types: &[Oid],
        out: &mut dyn Output,
    ) -> Result<()> {
        self.begin_statement(sql)?;
        if !name.is_empty() && self.statements.contains_key(name) {
            let text = format!("prepared statement \"{name}\" already exists");
            return Err(Error::new(SqlState::DUPLICATE_PSTATEMENT, text));
        }
        if let Some(prepared) = self.known_parsed(sql, types) {
            self.refuse_prepared_in_failed(&prepared)?;
            self.implicit_block();
            self.statements.insert(name.to_owned(), prepared);
            self.tell_notices(out);
            return Ok(());
        }
        let (parsed, notices) = syntax::parse_with_notices(sql);
        self.core.notices.extend(notices);
        let mut list = parsed?;
        if list.len() > 1 {
            let text = "cannot insert multiple commands into a prepared statement";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        }
        let prepared = Arc::new(self.prepare(sql.into(), list.pop(), types, true)?);
        self.remember_parsed(types, &prepared);
        self.statements.insert(name.to_owned(), prepared);
        self.tell_notices(out);
        Ok(())
    }

    /// Analyses a statement: the types of its parameters and of its columns.
    pub(crate) fn prepare(
        &mut self,
        sql: Arc<str>,
        statement: Option<Statement>,
        types: &[Oid],
        infer: bool,
    ) -> Result<Prepared> {
        let mut prepared = Prepared {
            sql,
            body: Body::Empty,
            parameters: types.to_vec(),
            columns: Vec::new(),
            by_sql: false,
            cached: Mutex::new(None),
        };
        let Some(statement) = statement else { return Ok(prepared) };
        self.refuse_in_failed(&statement.kind)?;
        if is_query(&statement.kind) {
            self.implicit_block();
            let (query, parameters) = self.analyze(&prepared.sql, &statement.kind, types, infer)?;
            prepared.body = Body::Query(statement.location, None);
            let plan = Arc::new(self.plan(query)?);
            prepared.columns.clone_from(&plan.output);
            let generation = self.core.generation;
            *prepared.cached.lock() = Some(CachedPlan { plan, generation, idle: None });
            prepared.parameters = parameters;
        } else {
            prepared.columns = if let StatementKind::Call(call) = &statement.kind {
                self.implicit_block();
                self.begin_if_none();
                self.nested()?.call_columns(&prepared.sql, call)?
            } else {
                self.utility_columns(&statement.kind)?
            };
            prepared.body = Body::Utility(Box::new(statement));
        }
        Ok(prepared)
    }

    /// The typed query of a statement and the types of its parameters.
    pub(crate) fn analyze(
        &mut self,
        sql: &str,
        kind: &StatementKind,
        types: &[Oid],
        infer: bool,
    ) -> Result<(expression::Query, Vec<Oid>)> {
        self.begin_if_none();
        let Some(current) = &mut self.current else {
            return Err(Error::internal("no transaction"));
        };
        let mut resolving =
            Resolving { core: &mut self.core, transaction: &mut current.transaction };
        let mut analyzer = Analyzer::new(sql, &mut resolving);
        analyzer.parameters = types.to_vec();
        analyzer.infer_parameters = infer;
        analyzer.inlines = true;
        let query = analyzer.query(kind)?;
        let parameters = analyzer.parameters;
        for (number, type_id) in (1..).zip(&parameters) {
            if *type_id == type_oid::UNKNOWN || !type_id.is_valid() {
                let text = format!("could not determine data type of parameter ${number}");
                return Err(Error::new(SqlState::INDETERMINATE_DATATYPE, text));
            }
        }
        Ok((query, parameters))
    }

    /// Outside a block, the messages up to Sync are one transaction.
    pub(crate) fn implicit_block(&mut self) {
        if self.block == Block::None {
            self.block = Block::Implicit;
        }
    }

    /// A statement begins.
    pub(crate) fn begin_statement(&mut self, sql: &str) -> Result<()> {
        if let Some(error) = self.core.shared.termination() {
            self.is_over = true;
            return Err(error);
        }
        self.core.begin_statement()?;
        let timeout_ms = u64::try_from(self.core.settings.hot().statement_timeout_ms).unwrap_or(0);
        self.core.shared.begin(timeout_ms);
        let (now, transaction) = (self.core.statement_time, self.current.is_some());
        let begun = self.core.transaction_time;
        self.core.shared.update_activity(|activity| {
            activity.state = "active";
            activity.query_start = Some(now);
            activity.state_change = now;
            activity.transaction_start = Some(if transaction { begun } else { now });
            activity.query.clear();
            const SHOWN_MAX: usize = 1024;
            let end = sql.floor_char_boundary(SHOWN_MAX.min(sql.len()));
            activity.query.push_str(&sql[..end]);
        });
        Ok(())
    }

    /// The session waits for its client again.
    pub(crate) fn end_statement(&mut self) {
        self.core.shared.end();
        let (block, now) = (self.block, crate::clock::now());
        self.core.shared.update_activity(|activity| {
            activity.state = match block {
                Block::None | Block::Implicit => "idle",
                Block::Explicit => "idle in transaction",
                Block::Failed => "idle in transaction (aborted)",
            };
            activity.state_change = now;
            if matches!(block, Block::None | Block::Implicit) {
                activity.transaction_start = None;
            }
        });
    }

    /// 25P02 for what a failed block does not accept.
    pub(crate) fn refuse_in_failed(&self, kind: &StatementKind) -> Result<()> {
        let ends = matches!(
            kind,
            StatementKind::Transaction(statement) if matches!(
                **statement,
                ast::TransactionStatement::Commit { .. }
                    | ast::TransactionStatement::Rollback { .. }
                    | ast::TransactionStatement::RollbackTo(..)
            )
        );
        if self.block == Block::Failed && !ends { Err(in_failed()) } else { Ok(()) }
    }

    fn refuse_prepared_in_failed(&self, prepared: &Prepared) -> Result<()> {
        match &prepared.body {
            Body::Empty => Ok(()),
            Body::Utility(statement) => self.refuse_in_failed(&statement.kind),
            Body::Query(..) if self.block == Block::Failed => Err(in_failed()),
            Body::Query(..) => Ok(()),
        }
    }

    fn statement(&self, name: &str) -> Result<Arc<Prepared>> {
        self.statements.get(name).cloned().ok_or_else(|| {
            let text = if name.is_empty() {
                "unnamed prepared statement does not exist".to_owned()
            } else {
                format!("prepared statement \"{name}\" does not exist")
            };
            Error::new(SqlState::UNDEFINED_PSTATEMENT, text)
        })
    }

    /// Bind. The caller says BindComplete.
    pub fn bind(&mut self, bind: &Bind<'_>, out: &mut dyn Output) -> Result<()> {
        let prepared = self.statement(bind.statement)?;
        self.begin_statement(&prepared.sql)?;
        if !bind.portal.is_empty() && self.portals.contains_key(bind.portal) {
            let text = format!("cursor \"{}\" already exists", bind.portal);
            return Err(Error::new(SqlState::DUPLICATE_CURSOR, text));
        }
        let given = bind.parameters.len();
        if bind.parameter_formats.len() > 1 && bind.parameter_formats.len() != given {
            let text = format!(
                "bind message has {} parameter formats but {given} parameters",
                bind.parameter_formats.len()
            );
            return Err(Error::new(SqlState::PROTOCOL_VIOLATION, text));
        }
        if given != prepared.parameters.len() {
            let text = format!(
                "bind message supplies {given} parameters, but prepared statement \"{}\" requires {}",
                bind.statement,
                prepared.parameters.len()
            );
            return Err(Error::new(SqlState::PROTOCOL_VIOLATION, text));
        }
        self.refuse_prepared_in_failed(&prepared)?;
        let columns = prepared.columns.len();
        if bind.result_formats.len() > 1 && bind.result_formats.len() != columns {
            let text = format!(
                "bind message has {} result formats but query has {columns} columns",
                bind.result_formats.len()
            );
            return Err(Error::new(SqlState::PROTOCOL_VIOLATION, text));
        }
        let parameters = self.read_parameters(&prepared, bind)?;
        self.implicit_block();
        let fields = fields(&prepared.columns, &bind.result_formats);
        self.drop_portal(bind.portal);
        let portal = Portal::new(prepared, parameters, fields);
        self.portals.insert(bind.portal.to_owned(), portal);
        self.tell_notices(out);
        Ok(())
    }

    fn read_parameters(&self, prepared: &Prepared, bind: &Bind<'_>) -> Result<Vec<Datum>> {
        let context = functions::Environment::text_context(&self.core);
        let mut values = Vec::with_capacity(bind.parameters.len());
        for (index, (bytes, type_id)) in
            bind.parameters.iter().zip(&prepared.parameters).enumerate()
        {
            let format = match bind.parameter_formats.as_slice() {
                [] => Format::Text,
                [one] => *one,
                many => many[index],
            };
            let Some(bytes) = bytes else {
                values.push(Datum::Null);
                continue;
            };
            values.push(match format {
                Format::Binary => types::receive(*type_id, -1, bytes, &context)?,
                Format::Text => {
                    let text = std::str::from_utf8(bytes).map_err(|error| {
                        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
                        let text =
                            format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}");
                        Error::new(SqlState::CHARACTER_NOT_IN_REPERTOIRE, text)
                    })?;
                    types::input(*type_id, -1, text, &context)?
                }
            });
        }
        Ok(values)
    }

    /// Describe of a statement: ParameterDescription, then RowDescription or NoData.
    pub fn describe_statement(&mut self, name: &str, out: &mut dyn Output) -> Result<()> {
        let prepared = self.statement(name)?;
        if self.block == Block::Failed && !prepared.columns.is_empty() {
            let text =
                "current transaction is aborted, commands ignored until end of transaction block";
            return Err(Error::new(SqlState::IN_FAILED_SQL_TRANSACTION, text));
        }
        out.parameter_description(&prepared.parameters);
        if prepared.columns.is_empty() {
            out.no_data();
        } else {
            out.row_description(&fields(&prepared.columns, &[]));
        }
        Ok(())
    }

    /// Describe of a portal: RowDescription or NoData.
    pub fn describe_portal(&mut self, name: &str, out: &mut dyn Output) -> Result<()> {
        let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
        if portal.fields.is_empty() {
            out.no_data();
        } else {
            out.row_description(&portal.fields);
        }
        Ok(())
    }

    /// Execute; 0 rows stand for all.
    pub fn execute(
        &mut self,
        portal: &str,
        rows_max: u32,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let name = portal.to_owned();
        let portal = self.portals.remove(&name).ok_or_else(|| no_portal(&name))?;
        let sql = Arc::clone(&portal.prepared.sql);
        self.begin_statement(&sql)?;
        self.refuse_prepared_in_failed(&portal.prepared)?;
        self.run_named(name, portal, rows_max, out)
    }

    fn run_named(
        &mut self,
        name: String,
        mut portal: Portal,
        rows_max: u32,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let progress = self.run_portal(&mut portal, rows_max, out)?;
        if matches!(progress, Progress::Suspended | Progress::Parked) {
            self.suspended = Some((name.clone(), rows_max));
        }
        // The portal may have ended with its transaction.
        if !portal.ends_transaction() {
            self.portals.insert(name, portal);
        }
        self.tell_notices(out);
        Ok(progress)
    }

    /// Close of a statement; one that is not there is fine. The caller says CloseComplete.
    pub fn close_statement(&mut self, name: &str) {
        self.statements.remove(name);
    }

    /// Close of a portal; one that is not there is fine. The caller says CloseComplete.
    pub fn close_portal(&mut self, name: &str) {
        self.drop_portal(name);
    }

    pub(crate) fn drop_portal(&mut self, name: &str) {
        if let Some(portal) = self.portals.remove(name) {
            portal.give_back();
        }
    }

    /// All portals end with their transaction.
    pub(crate) fn end_portals(&mut self) {
        for (_, portal) in self.portals.drain() {
            portal.give_back();
        }
    }

    /// Sync: ends the implicit transaction. The caller says ReadyForQuery.
    pub fn sync(&mut self, out: &mut dyn Output) -> Result<()> {
        let result = match self.block {
            Block::None | Block::Implicit => self.commit(),
            Block::Explicit | Block::Failed => Ok(()),
        };
        self.end_statement();
        self.tell_notices(out);
        result
    }

    /// How long the session may wait for its client as it is now, and the error that then ends it: 57P05, 25P03, 25P04.
    pub fn idle_limit(&self) -> Option<(Duration, Error)> {
        let hot = self.core.settings.hot();
        let is_idle = self.status() == TransactionStatus::Idle;
        let (idle_ms, state, what) = if is_idle {
            (hot.idle_session_timeout_ms, SqlState::IDLE_SESSION_TIMEOUT, "idle-session")
        } else {
            let state = SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT;
            (hot.idle_in_transaction_session_timeout_ms, state, "idle-in-transaction")
        };
        let idle = limit_ms(idle_ms).map(|limit| (limit, state, what));
        let transaction = limit_ms(hot.transaction_timeout_ms).filter(|_| !is_idle).map(|limit| {
            let gone_us = crate::clock::now() - self.core.transaction_time;
            let gone = Duration::from_micros(u64::try_from(gone_us).unwrap_or(0));
            (limit.saturating_sub(gone), SqlState::TRANSACTION_TIMEOUT, "transaction")
        });
        let (limit, state, what) =
            idle.into_iter().chain(transaction).min_by_key(|(limit, ..)| *limit)?;
        let text = format!("terminating connection due to {what} timeout");
        Some((limit, Error::fatal(state, text)))
    }

    /// What an error of the extended protocol does at once: the transaction fails.
    pub fn fail(&mut self) {
        self.suspended = None;
        self.parked = None;
        self.copy = None;
        self.simple = None;
        self.fail_transaction();
        self.end_statement();
    }

    /// Goes on with what was suspended: a simple query's rows and its further statements, or an Execute.
    pub fn resume(&mut self, out: &mut dyn Output) -> Result<Progress> {
        if self.parked.take().is_some() {
            self.core.shared.slot().come_back();
            if let Some(current) = &mut self.current {
                current.transaction.unpark();
            }
            self.core.shared.check()?;
        }
        if self.simple.is_some() {
            return self.go_on(out);
        }
        let Some((name, rows_max)) = self.suspended.take() else { return Ok(Progress::Done) };
        let portal = self.portals.remove(&name).ok_or_else(|| no_portal(&name))?;
        self.run_named(name, portal, rows_max, out)
    }

    /// When a session that is parked has to go on though nobody called it: its thread then looks for a deadlock. `None`
    /// once it was called.
    pub fn parked_until(&self) -> Option<Instant> {
        let since = self.parked.filter(|_| self.core.shared.slot().is_left())?;
        since.checked_add(execute::Host::limits(&self.core).deadlock_timeout)
    }

    /// Notices and changed settings, told before what follows.
    pub fn tell_notices(&mut self, out: &mut dyn Output) {
        let least = self.core.settings.hot().client_min_messages;
        for notice in self.core.notices.drain(..) {
            if rank(notice.fields().severity) >= least {
                out.notice(&notice);
            }
        }
        for (name, value) in self.core.settings.take_reports() {
            out.parameter_status(name, &value);
        }
    }

    /// Answers made so far leave only when the log is durable up to here.
    pub fn answer_lsn(&self) -> Lsn {
        match &self.current {
            Some(current) => self.answer_lsn.max(current.transaction.answer_lsn()),
            None => self.answer_lsn,
        }
    }

    /// Whether the session is to be closed after what it said (57P01 was raised).
    pub fn is_over(&self) -> bool {
        self.is_over
    }
}

/// A timeout's setting: 0 is none.
pub(crate) fn limit_ms(setting: i32) -> Option<Duration> {
    u64::try_from(setting).ok().filter(|ms| *ms > 0).map(Duration::from_millis)
}

/// A severity as client_min_messages ranks it.
fn rank(severity: error::Severity) -> u8 {
    match severity {
        error::Severity::Debug => 0,
        error::Severity::Info => 6,
        error::Severity::Notice => 7,
        error::Severity::Warning => 8,
        error::Severity::Error | error::Severity::Fatal | error::Severity::Panic => 9,
    }
}

fn no_portal(name: &str) -> Error {
    Error::new(SqlState::UNDEFINED_CURSOR, format!("portal \"{name}\" does not exist"))
}

fn in_failed() -> Error {
    let text = "current transaction is aborted, commands ignored until end of transaction block";
    Error::new(SqlState::IN_FAILED_SQL_TRANSACTION, text)
}
