//! Statements that are not planned: transactions, settings, prepared statements, and those of `commands`.

use crate::block::Block;
use crate::output::{Field, Output, Progress};
use crate::portal::Portal;
use crate::prepared::{Prepared, fields};
use crate::session::Session;
use batch::Batch;
use commands::set_text;
use error::{Error, Result, SqlState};
use plan::OutputColumn;
use settings::Scope;
use std::sync::Arc;
use storage::LockMode;
use syntax::ast::{
    DiscardTarget, Execute, Prepare, SetAction, SetValue, SetVariable, ShowVariable, Statement,
    StatementKind,
};
use types::{Datum, Kind, Oid, ValueRef, type_oid};

impl Session {
    /// The result columns of a statement that is not planned.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn utility_columns(&self, kind: &StatementKind) -> Result<Vec<OutputColumn>> {
        let text = |name: &str| OutputColumn {
            name: name.to_owned(),
            type_id: type_oid::TEXT,
            typmod: -1,
            origin: None,
        };
        Ok(match kind {
            StatementKind::Show(ShowVariable::All) => {
                vec![text("name"), text("setting"), text("description")]
            }
            StatementKind::Show(ShowVariable::Name(name)) => {
                vec![text(&self.core.settings.show(name)?.0)]
            }
            StatementKind::Explain(_) => vec![text("QUERY PLAN")],
            StatementKind::Execute(execute) => {
                self.statements.get(&*execute.name).map(|p| p.columns.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        })
    }

    /// Runs a statement that is not planned.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn utility(
        &mut self,
        sql: &str,
        statement: &Statement,
        fields: &[Field],
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let tag = match &statement.kind {
            StatementKind::Transaction(transaction) => self.transaction_statement(transaction)?,
            StatementKind::Set(set) => self.set(set)?,
            StatementKind::Show(show) => self.show(show, fields, out)?,
            StatementKind::Discard(target) => self.discard(*target)?,
            StatementKind::Prepare(prepare) => self.prepare_statement(sql, prepare)?,
            StatementKind::Execute(execute) => return self.execute_statement(sql, execute, out),
            StatementKind::Deallocate(name) => self.deallocate(name.as_deref())?,
            StatementKind::Explain(explain) => {
                let lines = self.explain(sql, explain)?;
                give_lines(&lines, fields, &self.core, out)?;
                "EXPLAIN".to_owned()
            }
            StatementKind::Do(code) => {
                self.begin_if_none();
                let body = code.code(sql)?.0;
                self.nested()?.do_block(sql, code).map_err(|error| in_body(error, sql, body))?;
                "DO".to_owned()
            }
            StatementKind::Call(call) => {
                self.begin_if_none();
                let rows = self.nested()?.call_procedure(sql, call)?;
                if !fields.is_empty() {
                    give_row(&rows, fields, &self.core, out)?;
                }
                "CALL".to_owned()
            }
            StatementKind::SetConstraints(set) => self.set_constraints(set)?,
            StatementKind::Copy(copy) => return self.copy_statement(sql, copy, out),
            StatementKind::Checkpoint => {
                if !self.core.is_superuser() {
                    let text = "permission denied to execute CHECKPOINT command";
                    return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
                }
                let storage = Arc::clone(self.core.engine.storage());
                os::blocking(os::Reason::Sync, || storage.checkpoint())?;
                "CHECKPOINT".to_owned()
            }
            kind => self.command(sql, statement, kind)?,
        };
        out.command_complete(&tag);
        Ok(Progress::Done)
    }

    /// A statement of `commands`.
    fn command(
        &mut self,
        sql: &str,
        statement: &Statement,
        kind: &StatementKind,
    ) -> Result<String> {
        let alone = matches!(
            kind,
            StatementKind::CreateDatabase(_)
                | StatementKind::DropDatabase(_)
                | StatementKind::Vacuum(_)
        );
        if let Some(word) = concurrent_word(kind)
            && self.block == Block::Explicit
        {
            let text = format!("{word} CONCURRENTLY cannot run inside a transaction block");
            return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
        }
        let vacuum = matches!(kind, StatementKind::Vacuum(vacuum) if !vacuum.vacuum);
        if alone && !vacuum && self.block == Block::Explicit {
            let text = format!("{} cannot run inside a transaction block", kind.tag());
            return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
        }
        let locks = matches!(kind, StatementKind::LockTable(_));
        if locks && self.block != Block::Explicit && self.block != Block::Implicit {
            let text = "LOCK TABLE can only be used in transaction blocks";
            return Err(Error::new(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
        }
        if self.core.read_only && !locks && !matches!(kind, StatementKind::Vacuum(_)) {
            let text = format!("cannot execute {} in a read-only transaction", kind.tag());
            return Err(Error::new(SqlState::READ_ONLY_SQL_TRANSACTION, text));
        }
        debug_assert!(
            LockMode::AccessShare < LockMode::AccessExclusive,
            "modes are ordered by strength"
        );
        self.begin_if_none().transaction.begin_command();
        self.in_work(|work| commands::run(work, statement, sql))
    }

    // Settings.

    fn set(&mut self, set: &SetVariable) -> Result<String> {
        let scope = if set.local { Scope::Local } else { Scope::Session };
        if set.local && !matches!(self.block, Block::Explicit | Block::Implicit) {
            let text = "SET LOCAL can only be used in transaction blocks";
            self.core.notices.push(Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
        }
        self.begin_if_none();
        let mut tag = "SET";
        match &set.action {
            SetAction::Value { name, values, .. } => match &**name {
                "role" => self.set_role(values)?,
                "session_authorization" => self.set_authorization(values)?,
                _ => {
                    let text = set_text(values)?;
                    self.core.settings.set(name, &text, scope)?;
                }
            },
            SetAction::Default(name) => self.reset(name, scope)?,
            SetAction::Reset(name) => {
                self.reset(name, scope)?;
                tag = "RESET";
            }
            SetAction::ResetAll => {
                self.core.settings.reset_all();
                tag = "RESET";
            }
            SetAction::Transaction(modes) => {
                if !matches!(self.block, Block::Explicit) {
                    let text = "SET TRANSACTION can only be used in transaction blocks";
                    self.core
                        .notices
                        .push(Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
                }
                self.set_modes(modes)?;
            }
            SetAction::SessionCharacteristics(modes) => {
                for mode in modes {
                    let (name, value) = characteristic(*mode);
                    self.core.settings.set(name, value, Scope::Session)?;
                }
            }
            SetAction::FromCurrent(_) | SetAction::Snapshot(_) => {
                return Err(Error::unsupported("this form of SET"));
            }
        }
        self.core.refresh()?;
        let application = self.core.settings.get("application_name").unwrap_or_default();
        self.core.shared.update_activity(|activity| activity.application_name = application);
        Ok(tag.to_owned())
    }

    fn reset(&mut self, name: &str, scope: Scope) -> Result<()> {
        match name {
            "role" => {
                let user = self.core.access.session_user;
                self.core.set_user(user);
                Ok(())
            }
            "session_authorization" => {
                let user = self.core.access.session_user;
                self.core.set_user(user);
                Ok(())
            }
            _ => self.core.settings.reset(name, scope),
        }
    }

    fn set_role(&mut self, values: &[SetValue]) -> Result<()> {
        let name = set_text(values)?;
        let session_user = self.core.access.session_user;
        if name == "none" {
            self.core.set_user(session_user);
            return Ok(());
        }
        let catalog = Arc::clone(&self.core.access.catalog);
        let role = catalog.role(&name).ok_or_else(|| {
            Error::new(SqlState::INVALID_PARAMETER_VALUE, format!("role \"{name}\" does not exist"))
        })?;
        if !catalog.is_member(session_user, role.oid) {
            let text = format!("permission denied to set role \"{name}\"");
            return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
        }
        self.core.set_user(role.oid);
        self.core.settings.set_internal(
            "is_superuser",
            if role.superuser { "on" } else { "off" },
            Scope::Session,
        )
    }

    fn set_authorization(&mut self, values: &[SetValue]) -> Result<()> {
        let name = set_text(values)?;
        let catalog = Arc::clone(&self.core.access.catalog);
        let role = catalog.role(&name).ok_or_else(|| {
            Error::new(SqlState::INVALID_PARAMETER_VALUE, format!("role \"{name}\" does not exist"))
        })?;
        let own = role.oid == self.core.access.session_user;
        let superuser =
            catalog.role_by_oid(self.core.access.session_user).is_some_and(|r| r.superuser);
        if !own && !superuser {
            let text = format!("permission denied to set session authorization \"{name}\"");
            return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
        }
        self.core.set_user(role.oid);
        self.core.settings.set_internal(
            "is_superuser",
            if role.superuser { "on" } else { "off" },
            Scope::Session,
        )
    }

    fn show(
        &mut self,
        show: &ShowVariable,
        fields: &[Field],
        out: &mut dyn Output,
    ) -> Result<String> {
        match show {
            ShowVariable::Name(name) => {
                let value = self.core.settings.show(name)?.1;
                give_lines(&[value], fields, &self.core, out)?;
            }
            ShowVariable::All => {
                let settings = &self.core.settings;
                let rows: Vec<Vec<String>> = settings
                    .ids()
                    .map(|id| {
                        let description =
                            id.fact().map(|fact| fact.short_desc.to_string()).unwrap_or_default();
                        vec![settings.name(id).to_owned(), settings.shown(id), description]
                    })
                    .collect();
                give_rows(&rows, fields, &self.core, out)?;
            }
        }
        Ok("SHOW".to_owned())
    }

    fn discard(&mut self, target: DiscardTarget) -> Result<String> {
        let tag = match target {
            DiscardTarget::All => {
                if self.block == Block::Explicit {
                    let text = "DISCARD ALL cannot run inside a transaction block";
                    return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
                }
                self.end_portals();
                let user = self.core.access.session_user;
                self.core.set_user(user);
                self.core.settings.reset_all();
                self.statements.clear();
                self.core.lock_session.unlock_all();
                self.core.generation += 1;
                self.discard_temporary()?;
                self.discard_sequences();
                "DISCARD ALL"
            }
            DiscardTarget::Plans => {
                self.core.generation += 1;
                "DISCARD PLANS"
            }
            DiscardTarget::Sequences => {
                self.discard_sequences();
                "DISCARD SEQUENCES"
            }
            DiscardTarget::Temporary => {
                self.discard_temporary()?;
                "DISCARD TEMP"
            }
        };
        self.core.refresh()?;
        Ok(tag.to_owned())
    }

    fn discard_sequences(&mut self) {
        *execute::Host::sequence_values(&mut self.core) = execute::SequenceValues::default();
    }

    fn discard_temporary(&mut self) -> Result<()> {
        let Some(schema) = self.core.temporary_schema else { return Ok(()) };
        self.begin_if_none().transaction.begin_command();
        self.in_work(|work| commands::empty_schema(work, schema))
    }

    // Prepared statements of SQL.

    fn prepare_statement(&mut self, sql: &str, prepare: &Prepare) -> Result<String> {
        if self.statements.contains_key(&*prepare.name) {
            let text = format!("prepared statement \"{}\" already exists", prepare.name);
            return Err(Error::new(SqlState::DUPLICATE_PSTATEMENT, text));
        }
        let types: Vec<Oid> = self.in_work(|work| {
            let mut analyzer = analyze::Analyzer::new(sql, work.resolver());
            prepare.types.iter().map(|name| Ok(analyzer.type_name(name)?.0)).collect()
        })?;
        let block = self.block;
        let prepared = self.prepare(sql.into(), Some(prepare.statement.clone()), &types, true);
        self.block = block;
        let mut prepared = prepared?;
        prepared.by_sql = true;
        self.statements.insert(prepare.name.to_string(), Arc::new(prepared));
        Ok("PREPARE".to_owned())
    }

    /// The statement that an EXECUTE names, and the values of its parameters.
    pub(crate) fn prepared_call(
        &mut self,
        sql: &str,
        execute: &Execute,
    ) -> Result<(Arc<Prepared>, Vec<Datum>)> {
        let prepared = self.statements.get(&*execute.name).cloned().ok_or_else(|| {
            let text = format!("prepared statement \"{}\" does not exist", execute.name);
            Error::new(SqlState::UNDEFINED_PSTATEMENT, text)
        })?;
        if execute.params.len() != prepared.parameters.len() {
            let text =
                format!("wrong number of parameters for prepared statement \"{}\"", execute.name);
            let detail = format!(
                "Expected {} parameters but got {}.",
                prepared.parameters.len(),
                execute.params.len()
            );
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).detail(detail));
        }
        let mut values = Vec::with_capacity(execute.params.len());
        for (param, type_id) in execute.params.iter().zip(&prepared.parameters) {
            let value = self.in_work(|work| {
                let mut analyzer = analyze::Analyzer::new(sql, work.resolver());
                let expr = analyzer.standalone(param)?;
                let expr = analyzer.cast(
                    expr,
                    *type_id,
                    -1,
                    analyze::Context::Assignment,
                    param.start(),
                )?;
                let mut value = Datum::Null;
                work.with_context(&mut |context| {
                    let find = context.host.find_function();
                    value = expression::Program::compile(&expr, find)?.value(context)?;
                    Ok(())
                })?;
                Ok(value)
            })?;
            values.push(value);
        }
        Ok((prepared, values))
    }

    fn execute_statement(
        &mut self,
        sql: &str,
        execute: &Execute,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let (prepared, values) = self.prepared_call(sql, execute)?;
        let mut portal = Portal::new(Arc::clone(&prepared), values, fields(&prepared.columns, &[]));
        // Nothing is waited for in the middle, for it is one statement within another: no slow client, and no row.
        portal.may_park = false;
        loop {
            let progress = self.run_portal(&mut portal, 0, out)?;
            if progress != Progress::Suspended {
                return Ok(progress);
            }
        }
    }

    fn deallocate(&mut self, name: Option<&str>) -> Result<String> {
        match name {
            None => {
                self.statements.clear();
                Ok("DEALLOCATE ALL".to_owned())
            }
            Some(name) => {
                if self.statements.remove(name).is_none() {
                    let text = format!("prepared statement \"{name}\" does not exist");
                    return Err(Error::new(SqlState::UNDEFINED_PSTATEMENT, text));
                }
                Ok("DEALLOCATE".to_owned())
            }
        }
    }
}

/// What a statement is called that works in several transactions, CONCURRENTLY.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn concurrent_word(kind: &StatementKind) -> Option<&'static str> {
    match kind {
        StatementKind::CreateIndex(create) if create.concurrently => Some("CREATE INDEX"),
        StatementKind::Reindex(reindex) if commands::is_concurrent(reindex) => Some("REINDEX"),
        StatementKind::Drop(drop) if drop.concurrently => Some("DROP INDEX"),
        _ => None,
    }
}

fn characteristic(mode: syntax::ast::TransactionMode) -> (&'static str, &'static str) {
    use syntax::ast::{IsolationLevel, TransactionMode};
    match mode {
        TransactionMode::Isolation(level) => (
            "default_transaction_isolation",
            match level {
                IsolationLevel::ReadUncommitted => "read uncommitted",
                IsolationLevel::ReadCommitted => "read committed",
                IsolationLevel::RepeatableRead => "repeatable read",
                IsolationLevel::Serializable => "serializable",
            },
        ),
        TransactionMode::ReadOnly(on) => {
            ("default_transaction_read_only", if on { "on" } else { "off" })
        }
        TransactionMode::Deferrable(on) => {
            ("default_transaction_deferrable", if on { "on" } else { "off" })
        }
    }
}

/// An error at a place of a DO block becomes one at that place of the statement.
fn in_body(error: Error, sql: &str, body: &str) -> Error {
    let fields = error.fields();
    let (Some(position), Some(query)) = (fields.internal_position, &fields.internal_query) else {
        return error;
    };
    let mut places = sql.match_indices(body);
    match (places.next(), places.next()) {
        (Some((start, _)), None) if query == body => {
            let before = u32::try_from(sql[..start].chars().count()).unwrap_or(0);
            error.in_text(before + position)
        }
        _ => error,
    }
}

/// Sends the first of a function's rows.
fn give_row(
    rows: &execute::FunctionRows,
    fields: &[Field],
    core: &crate::core::Core,
    out: &mut dyn Output,
) -> Result<()> {
    let Some(row) = rows.rows.first() else { return Ok(()) };
    let mut batch = Batch::new(fields.iter().map(|field| Kind::of(field.type_id)));
    for (column, value) in batch.columns.iter_mut().zip(row) {
        column.set_datum(0, value);
    }
    batch.row_count = 1;
    out.data_rows(&batch, fields, &functions::Environment::text_context(core))
}

/// Sends lines as rows of one text column.
fn give_lines(
    lines: &[String],
    fields: &[Field],
    core: &crate::core::Core,
    out: &mut dyn Output,
) -> Result<()> {
    let rows: Vec<Vec<String>> = lines.iter().map(|line| vec![line.clone()]).collect();
    give_rows(&rows, fields, core, out)
}

fn give_rows(
    rows: &[Vec<String>],
    fields: &[Field],
    core: &crate::core::Core,
    out: &mut dyn Output,
) -> Result<()> {
    for chunk in rows.chunks(batch::ROWS_MAX) {
        let mut batch = Batch::new(fields.iter().map(|_| Kind::Bytes));
        for row in chunk {
            for (column, text) in batch.columns.iter_mut().zip(row) {
                column.set(batch.row_count, ValueRef::Bytes(text.as_bytes()));
            }
            batch.row_count += 1;
        }
        out.data_rows(&batch, fields, &functions::Environment::text_context(core))?;
    }
    Ok(())
}
