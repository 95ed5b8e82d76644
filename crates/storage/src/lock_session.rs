//! Locks that a session holds beyond its transactions: advisory ones.

use crate::locks::{Limits, LockMode, LockTag, Mode, Owner, Tag};
use crate::{Storage, Transaction};
use error::Result;
use parking_lot::Mutex;
use std::sync::Arc;

/// A session as a holder of locks. Its transactions are not in its way, nor it in theirs.
pub struct LockSession {
    storage: Arc<Storage>,
    owner: Arc<Owner>,
    /// What it holds, and how often it asked for it.
    held: Mutex<Vec<(LockTag, Mode, u32)>>,
}

impl Storage {
    /// A session that can hold locks; `process` is its id for `pg_locks`.
    pub fn lock_session(self: &Arc<Self>, process: i32) -> Arc<LockSession> {
        let owner = self.locks.owner(process);
        Arc::new(LockSession { storage: Arc::clone(self), owner, held: Mutex::default() })
    }

    /// Begins a transaction of a session.
    pub fn begin_in(self: &Arc<Self>, session: &Arc<LockSession>) -> Transaction {
        let owner = self.locks.owner_of_group(&session.owner);
        Transaction::new(Arc::clone(self), owner, Some(Arc::clone(session)))
    }
}

impl LockSession {
    /// Locks until [`Self::unlock`], as often as this is called. 40P01, 55P03, or what the check fails with.
    pub fn lock(&self, tag: LockTag, mode: LockMode, limits: Limits<'_>) -> Result<()> {
        self.storage.locks.lock(&self.owner, Tag::Outer(tag), mode.into(), limits)?;
        self.count(tag, mode.into());
        Ok(())
    }

    /// Locks if that needs no wait.
    pub fn try_lock(&self, tag: LockTag, mode: LockMode) -> bool {
        let locked = self.storage.locks.try_lock(&self.owner, Tag::Outer(tag), mode.into()).is_ok();
        if locked {
            self.count(tag, mode.into());
        }
        locked
    }

    fn count(&self, tag: LockTag, mode: Mode) {
        let mut held = self.held.lock();
        match held.iter_mut().find(|each| each.0 == tag && each.1 == mode) {
            Some(each) => each.2 += 1,
            None => held.push((tag, mode, 1)),
        }
    }

    /// Takes one locking back: `false` if there is none.
    pub fn unlock(&self, tag: LockTag, mode: LockMode) -> bool {
        let mode = Mode::from(mode);
        let mut held = self.held.lock();
        let Some(index) = held.iter().position(|each| each.0 == tag && each.1 == mode) else {
            return false;
        };
        held[index].2 -= 1;
        if held[index].2 == 0 {
            held.swap_remove(index);
            self.storage.locks.unlock(&self.owner, Tag::Outer(tag), mode);
        }
        true
    }

    /// Frees all.
    pub fn unlock_all(&self) {
        for (tag, mode, _) in self.held.lock().drain(..) {
            self.storage.locks.unlock(&self.owner, Tag::Outer(tag), mode);
        }
    }
}

impl Drop for LockSession {
    fn drop(&mut self) {
        self.unlock_all();
    }
}
