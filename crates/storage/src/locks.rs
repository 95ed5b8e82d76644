//! Locks: relations, rows, names, advisory.

use error::Result;
use os::WaitSlot;
use std::sync::Arc;
use std::time::Duration;

/// PostgreSQL's table lock modes, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

/// The strength of a row lock, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowLock {
    /// FOR KEY SHARE: the key stays.
    KeyShare,
    /// FOR SHARE: the row stays.
    Share,
    /// FOR NO KEY UPDATE: what an update that changes no key takes.
    NoKeyUpdate,
    /// FOR UPDATE: what a delete, and an update of a key, takes.
    Update,
}

/// What can be locked besides rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockTag {
    /// A relation by its OID (not its file).
    Relation {
        /// The database's OID, 0 for shared relations.
        database: u32,
        /// The relation's OID.
        relation: u32,
    },
    /// Any other object: of a class (the OID of its catalog) by its OID.
    Object {
        /// The database's OID, 0 for shared objects.
        database: u32,
        /// The catalog's OID.
        class: u32,
        /// The object's OID.
        object: u32,
    },
    /// A name that is being created: a hash of its kind, schema and text.
    Name {
        /// The database's OID, 0 for shared names.
        database: u32,
        /// The hash.
        hash: u64,
    },
    /// An advisory lock: PostgreSQL's classid, objid and objsubid (1 for a bigint key, 2 for two ints).
    Advisory {
        /// The database's OID.
        database: u32,
        /// The upper half or the first key.
        class: u32,
        /// The lower half or the second key.
        object: u32,
        /// 1 or 2.
        kind: u16,
    },
}

/// How long a wait may take, and what ends it. Borrowed from the session for one call.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Where the session waits. Whoever cancels the session sets its flag, then wakes this.
    pub slot: &'a Arc<WaitSlot>,
    /// Fails (57014, 57P01 ...) when the session is to stop waiting; called before and after each wait.
    pub check: &'a dyn Fn() -> Result<()>,
    /// 55P03 after so long; `None` waits forever.
    pub lock_timeout: Option<Duration>,
    /// A deadlock is looked for after so long.
    pub deadlock_timeout: Duration,
}
