//! Transactions that a crash cut short: undone behind the opened server, as a rollback in progress.
//!
//! Until then their ids stay in the table: nobody sees what they wrote, and who wants to change one of their rows waits. Their
//! locks on relations are gone with the crash, so whoever wants a lock that writers hold back waits for all of them. What they
//! did to definitions is undone before the server opens: those are read at once.

use crate::files::FIRST_NUMBER;
use crate::locks::{Limits, LockMode, LockTag};
use crate::record::Kind;
use crate::{RelationId, Storage, Transaction, Xid};
use error::Result;
use std::sync::Arc;

/// When transactions that a crash cut short are undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoTime {
    /// Before the engine is open.
    AtOpen,
    /// By a thread, while the engine is used.
    Behind,
    /// When [`Storage::undo_unfinished`] is called: for tests.
    ByCall,
}

/// Whether what a record did is undone before the server opens.
pub(crate) fn is_definition(kind: Kind, relation: RelationId) -> bool {
    match kind {
        Kind::CreateFile | Kind::RemoveFile | Kind::CreateDirectory | Kind::RemoveDirectory => true,
        Kind::HeapInsert | Kind::HeapUpdate | Kind::HeapDelete | Kind::HeapCompensation => {
            relation.file < FIRST_NUMBER
        }
        Kind::IndexEntry
        | Kind::IndexRun
        | Kind::IndexStructure
        | Kind::IndexCompensation
        | Kind::Sequence
        | Kind::Commit
        | Kind::Abort
        | Kind::Counters
        | Kind::Checkpoint
        | Kind::Prepare => false,
    }
}

impl Storage {
    /// Undoes what transactions did that a crash cut short, newest first. 58030 if that fails: the engine then accepts nothing
    /// more.
    pub fn undo_unfinished(self: &Arc<Self>) -> Result<()> {
        loop {
            let Some(xid) = self.unfinished.lock().last().copied() else { return Ok(()) };
            if let Some(active) = self.table.active(xid) {
                Transaction::resume(self, active).rollback()?;
            }
            self.unfinished.lock().retain(|other| *other != xid);
        }
    }

    /// Has a thread do that, if there is anything to undo.
    pub(crate) fn undo_unfinished_behind(self: &Arc<Self>) -> Result<()> {
        if self.unfinished.lock().is_empty() {
            return Ok(());
        }
        let storage = Arc::clone(self);
        let thread = std::thread::Builder::new().name("undo".into());
        let thread = thread.spawn(move || {
            // What went wrong is kept by the log, which then accepts nothing more.
            let _ = storage.undo_unfinished();
        })?;
        *self.undoing.lock() = Some(thread);
        Ok(())
    }

    /// Waits for that thread.
    pub(crate) fn end_undo(&self) {
        let thread = self.undoing.lock().take();
        if let Some(thread) = thread {
            // One that panicked leaves its transactions to the next start.
            let _ = thread.join();
        }
    }

    /// The transactions that may hold a lock of a relation though they have none.
    pub(crate) fn unfinished_against(&self, tag: LockTag, mode: LockMode) -> Vec<Xid> {
        match tag {
            LockTag::Relation { .. } | LockTag::Object { .. } if mode > LockMode::RowExclusive => {
                self.unfinished.lock().clone()
            }
            LockTag::Relation { .. }
            | LockTag::Object { .. }
            | LockTag::Name { .. }
            | LockTag::Advisory { .. } => Vec::new(),
        }
    }
}

impl Transaction {
    /// Waits for those who would hold back a lock, had there been no crash.
    pub(crate) fn wait_for_unfinished(
        &mut self,
        tag: LockTag,
        mode: LockMode,
        limits: Limits<'_>,
    ) -> Result<()> {
        for xid in self.storage.unfinished_against(tag, mode) {
            self.wait_for(xid, limits)?;
        }
        Ok(())
    }
}
