//! Transactions: blocks, savepoints, commit and rollback.

use crate::constraints::Deferred;
use crate::core::Core;
use crate::output::TransactionStatus;
use crate::session::Session;
use error::{Error, Result, SqlState};
use execute::Isolation;
use settings::Scope;
use storage::{Serializable, Snapshot, Transaction};
use syntax::ast::{TransactionMode, TransactionStatement};

/// What kind of transaction there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Block {
    /// Each statement is its own.
    #[default]
    None,
    /// The statements of one simple query, or of a pipeline up to Sync.
    Implicit,
    /// BEGIN was said.
    Explicit,
    /// A statement of the block failed: only its end is accepted.
    Failed,
}

/// A savepoint.
pub(crate) struct SavepointEntry {
    name: String,
    point: storage::Savepoint,
    change_count: usize,
}

/// A transaction of the session.
pub(crate) struct Current {
    pub(crate) transaction: Transaction,
    savepoints: Vec<SavepointEntry>,
}

/// A snapshot of now, whatever the isolation level.
pub(crate) fn newest_snapshot(transaction: &mut Transaction) -> Result<Snapshot> {
    transaction.begin_command();
    transaction.take_snapshot()
}

/// A snapshot for the next command.
pub(crate) fn next_snapshot(core: &mut Core, transaction: &mut Transaction) -> Result<Snapshot> {
    core.has_begun = true;
    let megabytes = u64::try_from(core.settings.hot().max_snapshot_wal_keep_size).ok();
    transaction.set_snapshot_log_max(megabytes.map(|megabytes| megabytes << 20));
    if core.isolation == Isolation::ReadCommitted {
        return newest_snapshot(transaction);
    }
    transaction.begin_command();
    if let Some(first) = &core.first_snapshot {
        return Ok(transaction.reuse_snapshot(first));
    }
    let first = if core.isolation == Isolation::Serializable {
        let kind = match (core.read_only, core.deferrable) {
            (false, _) => Serializable::ReadWrite,
            (true, false) => Serializable::ReadOnly,
            (true, true) => Serializable::Deferrable,
        };
        transaction.take_serializable_snapshot(kind, execute::Host::limits(core))?
    } else {
        transaction.take_snapshot()?
    };
    core.first_snapshot = Some(first.clone());
    Ok(first)
}

impl Session {
    /// A snapshot for the next command of the transaction, begun if there is none.
    pub(crate) fn take_snapshot(&mut self) -> Result<Snapshot> {
        self.begin_if_none();
        let current = self.current.as_mut().ok_or_else(|| Error::internal("no transaction"))?;
        next_snapshot(&mut self.core, &mut current.transaction)
    }

    /// The transaction, begun if there is none.
    pub(crate) fn begin_if_none(&mut self) -> &mut Current {
        if self.current.is_none() {
            let core = &mut self.core;
            core.settings.begin_transaction();
            core.transaction_time = core.statement_time;
            core.settings.set_transaction_time(core.transaction_time);
            core.isolation = isolation(core.settings.hot().default_transaction_isolation);
            core.read_only = core.settings.hot().default_transaction_read_only;
            core.deferrable =
                core.settings.get("default_transaction_deferrable").is_some_and(|v| v == "on");
            let transaction = core.engine.storage().begin_in(&core.lock_session);
            core.first_snapshot = None;
            core.has_begun = false;
            self.current = Some(Current { transaction, savepoints: Vec::new() });
        }
        self.current.as_mut().expect("a transaction was begun")
    }

    /// What ReadyForQuery tells.
    pub fn status(&self) -> TransactionStatus {
        match self.block {
            Block::None | Block::Implicit => TransactionStatus::Idle,
            Block::Explicit => TransactionStatus::InTransaction,
            Block::Failed => TransactionStatus::Failed,
        }
    }

    /// Commits what there is.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if let Err(error) = self.check_deferred() {
            self.rollback()?;
            return Err(error);
        }
        self.block = Block::None;
        self.end_portals();
        let Some(mut current) = self.current.take() else { return Ok(()) };
        self.core.first_snapshot = None;
        self.core.deferred = Deferred::default();
        let changes = std::mem::take(&mut self.core.changes);
        let (catalogs, database) =
            (std::sync::Arc::clone(self.core.engine.catalogs()), self.core.access.database);
        let hot = self.core.settings.hot();
        current.transaction.set_asynchronous_commit(!hot.synchronous_commit);
        let delay = u32::try_from(hot.commit_delay).unwrap_or(0);
        let siblings = usize::try_from(hot.commit_siblings).unwrap_or(0);
        current.transaction.set_commit_delay(delay, siblings);
        let result = current.transaction.commit(&mut |_| catalogs.publish(database, &changes));
        match result {
            Ok(lsn) => {
                self.answer_lsn = self.answer_lsn.max(lsn);
                self.core.settings.commit_transaction();
                if !changes.is_empty() {
                    self.core.refresh()?;
                }
                Ok(())
            }
            Err(error) => {
                self.core.settings.rollback_transaction();
                self.forget_changes()?;
                Err(error)
            }
        }
    }

    /// Rolls back what there is.
    pub(crate) fn rollback(&mut self) -> Result<()> {
        self.block = Block::None;
        self.end_portals();
        self.abandon()
    }

    /// Rolls back and leaves the block as it is: it failed.
    fn abandon(&mut self) -> Result<()> {
        let Some(current) = self.current.take() else { return Ok(()) };
        self.core.first_snapshot = None;
        self.core.deferred = Deferred::default();
        self.answer_lsn = self.answer_lsn.max(current.transaction.answer_lsn());
        let result = current.transaction.rollback();
        self.core.settings.rollback_transaction();
        self.forget_changes()?;
        result
    }

    pub(crate) fn forget_changes(&mut self) -> Result<()> {
        if self.core.changes.is_empty() {
            return self.core.refresh();
        }
        self.core.changes.clear();
        // A temporary schema that was made in the transaction is gone with it.
        let made = self.core.temporary_schema;
        self.core.rebuild()?;
        if made.is_some_and(|schema| self.core.access.catalog.schema_by_oid(schema).is_none()) {
            self.core.temporary_schema = None;
            self.core.rebuild()?;
        }
        Ok(())
    }

    /// What an error does to the transaction.
    pub(crate) fn fail_transaction(&mut self) {
        let result = match self.block {
            Block::None | Block::Implicit => {
                self.block = Block::None;
                self.abandon()
            }
            Block::Explicit | Block::Failed => {
                self.block = Block::Failed;
                // With a savepoint the transaction waits for ROLLBACK TO; what was done since is undone then.
                let keeps =
                    self.current.as_ref().is_some_and(|current| !current.savepoints.is_empty());
                if keeps { Ok(()) } else { self.abandon() }
            }
        };
        if let Err(error) = result {
            // The log failed: every later statement will say so.
            self.core.notices.push(Error::warning(SqlState::IO_ERROR, error.message()));
        }
        self.portals.clear();
    }

    /// BEGIN, COMMIT and their kin; returns the tag.
    pub(crate) fn transaction_statement(
        &mut self,
        statement: &TransactionStatement,
    ) -> Result<String> {
        match statement {
            TransactionStatement::Begin(modes) | TransactionStatement::Start(modes) => {
                let tag = if matches!(statement, TransactionStatement::Begin(_)) {
                    "BEGIN"
                } else {
                    "START TRANSACTION"
                };
                self.begin_block(modes)?;
                Ok(tag.to_owned())
            }
            TransactionStatement::Commit { chain } => self.commit_block(*chain),
            TransactionStatement::Rollback { chain } => self.rollback_block(*chain),
            TransactionStatement::Savepoint(name, _) => self.savepoint(name),
            TransactionStatement::Release(name, _) => self.release(name),
            TransactionStatement::RollbackTo(name, _) => self.rollback_to(name),
            TransactionStatement::Prepare(name) => self.prepare_transaction(name),
            TransactionStatement::CommitPrepared(name) => self.commit_prepared(name),
            TransactionStatement::RollbackPrepared(name) => self.rollback_prepared(name),
        }
    }

    fn begin_block(&mut self, modes: &[TransactionMode]) -> Result<()> {
        if self.block == Block::Explicit {
            let text = "there is already a transaction in progress";
            self.core.notices.push(Error::warning(SqlState::ACTIVE_SQL_TRANSACTION, text));
        } else {
            self.begin_if_none();
            self.block = Block::Explicit;
        }
        self.set_modes(modes)
    }

    /// Transaction modes of BEGIN and SET TRANSACTION.
    pub(crate) fn set_modes(&mut self, modes: &[TransactionMode]) -> Result<()> {
        let begun = self.current.is_some() && self.core.has_begun;
        for mode in modes {
            match mode {
                TransactionMode::Isolation(level) => {
                    let wanted = level_of(*level);
                    if begun && wanted != self.core.isolation {
                        let text =
                            "SET TRANSACTION ISOLATION LEVEL must be called before any query";
                        return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
                    }
                    self.core.isolation = wanted;
                    let text = match wanted {
                        Isolation::ReadCommitted => "read committed",
                        Isolation::RepeatableRead => "repeatable read",
                        Isolation::Serializable => "serializable",
                    };
                    self.core.settings.set_internal("transaction_isolation", text, Scope::Local)?;
                }
                TransactionMode::ReadOnly(read_only) => {
                    if begun && self.core.read_only && !read_only {
                        let text = "transaction read-write mode must be set before any query";
                        return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
                    }
                    self.core.read_only = *read_only;
                    let text = if *read_only { "on" } else { "off" };
                    self.core.settings.set_internal("transaction_read_only", text, Scope::Local)?;
                }
                TransactionMode::Deferrable(deferrable) => {
                    if begun {
                        let text =
                            "SET TRANSACTION [NOT] DEFERRABLE must be called before any query";
                        return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
                    }
                    self.core.deferrable = *deferrable;
                    let text = if *deferrable { "on" } else { "off" };
                    let name = "transaction_deferrable";
                    self.core.settings.set_internal(name, text, Scope::Local)?;
                }
            }
        }
        Ok(())
    }

    fn commit_block(&mut self, chain: bool) -> Result<String> {
        self.require_block_to_chain(chain, "COMMIT")?;
        match self.block {
            Block::None | Block::Implicit => {
                let text = "there is no transaction in progress";
                self.core.notices.push(Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
                self.commit()?;
                Ok("COMMIT".to_owned())
            }
            Block::Failed => {
                self.rollback()?;
                self.chain(chain);
                Ok("ROLLBACK".to_owned())
            }
            Block::Explicit => {
                self.commit()?;
                self.chain(chain);
                Ok("COMMIT".to_owned())
            }
        }
    }

    fn rollback_block(&mut self, chain: bool) -> Result<String> {
        self.require_block_to_chain(chain, "ROLLBACK")?;
        if matches!(self.block, Block::None | Block::Implicit) {
            let text = "there is no transaction in progress";
            self.core.notices.push(Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
        }
        self.rollback()?;
        self.chain(chain);
        Ok("ROLLBACK".to_owned())
    }

    /// 25P01 for AND CHAIN where there is no transaction to take the next one's properties from.
    fn require_block_to_chain(&self, chain: bool, statement: &str) -> Result<()> {
        if chain && matches!(self.block, Block::None | Block::Implicit) {
            return Err(Error::new(
                SqlState::NO_ACTIVE_SQL_TRANSACTION,
                format!("{statement} AND CHAIN can only be used in transaction blocks"),
            ));
        }
        Ok(())
    }

    fn chain(&mut self, chain: bool) {
        if chain {
            let (isolation, read_only) = (self.core.isolation, self.core.read_only);
            self.begin_if_none();
            (self.core.isolation, self.core.read_only) = (isolation, read_only);
            self.block = Block::Explicit;
        }
    }

    fn savepoint(&mut self, name: &str) -> Result<String> {
        self.need_block("SAVEPOINT")?;
        let change_count = self.core.changes.len();
        let current = self.begin_if_none();
        let point = current.transaction.savepoint();
        current.savepoints.push(SavepointEntry { name: name.to_owned(), point, change_count });
        self.core.settings.push();
        Ok("SAVEPOINT".to_owned())
    }

    fn need_block(&self, word: &str) -> Result<()> {
        if matches!(self.block, Block::Explicit | Block::Failed) {
            return Ok(());
        }
        let text = format!("{word} can only be used in transaction blocks");
        Err(Error::new(SqlState::NO_ACTIVE_SQL_TRANSACTION, text))
    }

    fn find_savepoint(&self, name: &str) -> Result<usize> {
        let list =
            self.current.as_ref().map(|current| current.savepoints.as_slice()).unwrap_or_default();
        list.iter().rposition(|entry| entry.name == name).ok_or_else(|| {
            Error::new(
                SqlState::S_E_INVALID_SPECIFICATION,
                format!("savepoint \"{name}\" does not exist"),
            )
        })
    }

    fn release(&mut self, name: &str) -> Result<String> {
        self.need_block("RELEASE SAVEPOINT")?;
        let index = self.find_savepoint(name)?;
        if let Some(current) = &mut self.current {
            current.transaction.release(current.savepoints[index].point);
            for _ in current.savepoints.drain(index..) {
                self.core.settings.pop_release();
            }
        }
        Ok("RELEASE".to_owned())
    }

    fn rollback_to(&mut self, name: &str) -> Result<String> {
        self.need_block("ROLLBACK TO SAVEPOINT")?;
        let index = self.find_savepoint(name)?;
        self.portals.clear();
        let mut change_count = usize::MAX;
        if let Some(current) = &mut self.current {
            current.transaction.rollback_to(current.savepoints[index].point)?;
            change_count = current.savepoints[index].change_count;
            for _ in current.savepoints.drain(index + 1..) {
                self.core.settings.pop_rollback();
            }
            // The savepoint itself stays.
            self.core.settings.pop_rollback();
            self.core.settings.push();
        }
        if change_count < self.core.changes.len() {
            self.core.changes.truncate(change_count);
            self.core.rebuild()?;
        }
        self.block = Block::Explicit;
        Ok("ROLLBACK".to_owned())
    }
}

fn isolation(isolation: settings::Isolation) -> Isolation {
    match isolation {
        settings::Isolation::ReadUncommitted | settings::Isolation::ReadCommitted => {
            Isolation::ReadCommitted
        }
        settings::Isolation::RepeatableRead => Isolation::RepeatableRead,
        settings::Isolation::Serializable => Isolation::Serializable,
    }
}

fn level_of(level: syntax::ast::IsolationLevel) -> Isolation {
    match level {
        syntax::ast::IsolationLevel::ReadUncommitted
        | syntax::ast::IsolationLevel::ReadCommitted => Isolation::ReadCommitted,
        syntax::ast::IsolationLevel::RepeatableRead => Isolation::RepeatableRead,
        syntax::ast::IsolationLevel::Serializable => Isolation::Serializable,
    }
}
