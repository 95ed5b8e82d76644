//! PREPARE TRANSACTION, and what ends it: COMMIT PREPARED and ROLLBACK PREPARED, by any session of the database.

use crate::block::Block;
use crate::engine::Engine;
use crate::session::Session;
use catalog::object::Object;
use catalog::{Change, Entry};
use error::{Error, Result, SqlState};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use storage::{RowAddress, Storage, Transaction};
use types::Oid;

/// The longest name, in bytes, its end not counted.
const NAME_MAX: usize = 199;

/// A prepared transaction.
pub(crate) struct TwoPhase {
    pub(crate) name: String,
    pub(crate) description: Description,
    transaction: Transaction,
}

/// What is logged of it beside its changes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) owner: Oid,
    pub(crate) database: Oid,
    /// Microseconds since 2000-01-01 UTC.
    pub(crate) prepared_at: i64,
    changes: Vec<StoredChange>,
}

/// A change of the catalog, to be published at the commit.
#[derive(Serialize, Deserialize)]
enum StoredChange {
    Put(Object, u64),
    Remove(Object),
}

impl StoredChange {
    fn of(change: &Change) -> Self {
        match change {
            Change::Put(entry) => Self::Put(entry.object.clone(), entry.address.to_u64()),
            Change::Remove(object) => Self::Remove(object.clone()),
        }
    }

    fn change(&self) -> Change {
        match self {
            Self::Put(object, address) => Change::Put(Entry {
                object: object.clone(),
                address: RowAddress::from_u64(*address),
            }),
            Self::Remove(object) => Change::Remove(object.clone()),
        }
    }
}

impl TwoPhase {
    /// Its transaction's id.
    pub(crate) fn xid(&self) -> u64 {
        self.transaction.xid().map_or(0, |xid| xid.0)
    }
}

/// The transactions that were prepared before the storage was opened.
pub(crate) fn recovered(storage: &Arc<Storage>) -> Result<Vec<TwoPhase>> {
    let unreadable = |error| Error::corrupted(format!("unreadable prepared transaction: {error}"));
    let prepared = storage.take_prepared()?.into_iter().map(|each| {
        let description = rmp_serde::from_slice(&each.payload).map_err(unreadable)?;
        Ok(TwoPhase { name: each.name, description, transaction: each.transaction })
    });
    prepared.collect()
}

enum End {
    Commit,
    Rollback,
}

impl Session {
    /// PREPARE TRANSACTION; returns the tag.
    pub(crate) fn prepare_transaction(&mut self, name: &str) -> Result<String> {
        match self.block {
            Block::Explicit => {}
            Block::Failed => {
                self.rollback()?;
                return Ok("ROLLBACK".to_owned());
            }
            Block::None | Block::Implicit => {
                let text = "there is no transaction in progress";
                self.core.notices.push(Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text));
                self.commit()?;
                return Ok("ROLLBACK".to_owned());
            }
        }
        let prepared = self.try_prepare(name);
        if prepared.is_err() {
            self.rollback()?;
        }
        prepared?;
        Ok("PREPARE TRANSACTION".to_owned())
    }

    fn try_prepare(&mut self, name: &str) -> Result<()> {
        if name.len() > NAME_MAX {
            let text = format!("transaction identifier \"{name}\" is too long");
            return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
        }
        if self.core.temporary_schema.is_some() {
            let text = "cannot PREPARE a transaction that has operated on temporary objects";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let most = self.core.settings.integer("max_prepared_transactions");
        if most == 0 {
            let text = "prepared transactions are disabled";
            return Err(Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text)
                .hint("Set \"max_prepared_transactions\" to a nonzero value."));
        }
        self.check_deferred()?;
        let engine = Arc::clone(&self.core.engine);
        let mut list = engine.two_phase.lock();
        if list.iter().any(|each| each.name == name) {
            let text = format!("transaction identifier \"{name}\" is already in use");
            return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
        }
        if usize::try_from(most).is_ok_and(|most| list.len() >= most) {
            let text = "maximum number of prepared transactions reached";
            let hint = format!("Increase \"max_prepared_transactions\" (currently {most}).");
            return Err(Error::new(SqlState::OUT_OF_MEMORY, text).hint(hint));
        }
        let description = Description {
            owner: self.core.access.current_user,
            database: self.core.access.database,
            prepared_at: crate::clock::now(),
            changes: self.core.changes.iter().map(StoredChange::of).collect(),
        };
        let payload = rmp_serde::to_vec_named(&description)
            .map_err(|error| Error::internal(format!("a prepared transaction: {error}")))?;
        let current = self.current.as_mut().ok_or_else(|| Error::internal("no transaction"))?;
        let lsn = current.transaction.prepare(name, &payload)?;
        self.answer_lsn = self.answer_lsn.max(lsn);
        self.end_portals();
        self.block = Block::None;
        if let Some(current) = self.current.take() {
            let transaction = current.transaction;
            list.push(TwoPhase { name: name.to_owned(), description, transaction });
        }
        drop(list);
        self.core.deferred = crate::constraints::Deferred::default();
        self.core.settings.commit_transaction();
        self.forget_changes()
    }

    /// COMMIT PREPARED.
    pub(crate) fn commit_prepared(&mut self, name: &str) -> Result<String> {
        self.end_prepared(name, End::Commit)?;
        Ok("COMMIT PREPARED".to_owned())
    }

    /// ROLLBACK PREPARED.
    pub(crate) fn rollback_prepared(&mut self, name: &str) -> Result<String> {
        self.end_prepared(name, End::Rollback)?;
        Ok("ROLLBACK PREPARED".to_owned())
    }

    fn end_prepared(&mut self, name: &str, end: End) -> Result<()> {
        if matches!(self.block, Block::Explicit | Block::Failed) {
            let word = match end {
                End::Commit => "COMMIT PREPARED",
                End::Rollback => "ROLLBACK PREPARED",
            };
            let text = format!("{word} cannot run inside a transaction block");
            return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
        }
        let engine = Arc::clone(&self.core.engine);
        let prepared = self.take_two_phase(&engine, name)?;
        match end {
            End::Rollback => {
                prepared.transaction.rollback()?;
                // A restart must not find it prepared again.
                self.answer_lsn = self.answer_lsn.max(engine.storage().log_end());
                Ok(())
            }
            End::Commit => {
                let changes: Vec<Change> =
                    prepared.description.changes.iter().map(StoredChange::change).collect();
                let (catalogs, database) = (engine.catalogs(), prepared.description.database);
                let lsn =
                    prepared.transaction.commit(&mut |_| catalogs.publish(database, &changes))?;
                self.answer_lsn = self.answer_lsn.max(lsn);
                Ok(())
            }
        }
    }

    /// Takes a prepared transaction of this database out of the list. 42704, 42501, 0A000.
    fn take_two_phase(&self, engine: &Engine, name: &str) -> Result<TwoPhase> {
        let mut list = engine.two_phase.lock();
        let found = list.iter().position(|each| each.name == name).ok_or_else(|| {
            let text = format!("prepared transaction with identifier \"{name}\" does not exist");
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        })?;
        let description = &list[found].description;
        if description.owner != self.core.access.current_user && !self.core.is_superuser() {
            let text = "permission denied to finish prepared transaction";
            return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text)
                .hint("Must be superuser or the user that prepared the transaction."));
        }
        if description.database != self.core.access.database {
            let text = "prepared transaction belongs to another database";
            let hint = "Connect to the database where the transaction was prepared to finish it.";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).hint(hint));
        }
        Ok(list.remove(found))
    }
}
