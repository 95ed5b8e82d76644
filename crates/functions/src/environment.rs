//! What a function may ask of the session that calls it.

use error::{Error, Result};
use std::any::Any;
use types::{Names, Oid, Style, TextContext, ValueRef};

/// What an advisory lock is on: PostgreSQL's classid, objid and objsubid (1 for a bigint key, 2 for two ints).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub struct AdvisoryKey {
    pub class: u32,
    pub object: u32,
    pub kind: u16,
}

/// What is to be done with an advisory lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvisoryAction {
    /// Lock until the transaction's end.
    LockTransaction,
    /// Lock until it is unlocked, or the session's end.
    LockSession,
    /// The same, if that needs no wait.
    TryTransaction,
    /// The same, if that needs no wait.
    TrySession,
    /// Take one session's locking back.
    Unlock,
}

/// The session as functions see it.
pub trait Environment {
    /// The settings that text forms depend on.
    fn style(&self) -> &Style;
    /// The catalog's names.
    fn names(&self) -> &dyn Names;
    /// The transaction's start, in microseconds since 2000-01-01 UTC.
    fn transaction_time(&self) -> i64;
    /// The statement's start, in microseconds since 2000-01-01 UTC.
    fn statement_time(&self) -> i64;
    /// How many trigger functions run now, one within the other.
    fn trigger_depth(&self) -> i32;
    /// The time now, in microseconds since 2000-01-01 UTC.
    fn clock_time(&self) -> i64;
    /// A random number from the session's generator (that `setseed` sets).
    fn random(&mut self) -> u64;
    /// Restarts the session's generator.
    fn seed_random(&mut self, seed: u64);
    /// Unpredictable bytes, for uuids and keys.
    fn fill_random(&mut self, bytes: &mut [u8]);
    /// The error 57014 and the like when the statement is to end.
    fn check_cancel(&self) -> Result<()>;
    /// Charges the statement's memory account; 53200 at its limit.
    fn charge(&mut self, bytes: usize) -> Result<()>;
    /// The value of a setting as SHOW prints it; `None` where there is none of the name.
    fn setting(&self, name: &str) -> Option<String>;
    /// Sends a notice or warning to the client.
    fn notice(&mut self, notice: Error);
    /// Changes a setting as SET (or SET LOCAL) does, and tells its new value.
    fn set_setting(&mut self, name: &str, value: &str, local: bool) -> Result<String>;
    /// nextval of a sequence by OID.
    fn nextval(&mut self, sequence: Oid) -> Result<i64>;
    /// currval of a sequence by OID; of the sequence used last where it is invalid (lastval).
    fn currval(&mut self, sequence: Oid) -> Result<i64>;
    /// setval of a sequence by OID.
    fn setval(&mut self, sequence: Oid, value: i64, called: bool) -> Result<i64>;
    /// The session's process id.
    fn process(&self) -> i32;
    /// The transaction's id; with `assign` it gets one if it has none.
    fn transaction_id(&mut self, assign: bool) -> Result<Option<u64>>;
    /// The snapshot that the statement reads by.
    fn transaction_snapshot(&mut self) -> Result<types::snapshot::Snapshot>;
    /// `in progress`, `committed` or `aborted`; `None` where that is no longer known. 22023 for an id not given yet.
    fn transaction_status(&mut self, id: u64) -> Result<Option<&'static str>>;
    /// Signals another session by process id: cancel its statement, or end it. Tells whether there is one.
    fn signal(&mut self, process: i32, terminate: bool) -> Result<bool>;
    /// Locks or unlocks an advisory key; tells whether that was done.
    fn advisory(&mut self, key: AdvisoryKey, shared: bool, action: AdvisoryAction) -> Result<bool>;
    /// Frees all advisory locks of the session.
    fn advisory_unlock_all(&mut self) -> Result<()>;
    /// 23502 and 23514 where a value breaks a constraint of the domain that its type is, or of one within it.
    fn check_domain(&mut self, type_id: Oid, value: ValueRef<'_>) -> Result<()>;
    /// What functions of the catalog need: a `catalog::Access`.
    fn as_any(&mut self) -> &mut dyn Any;

    /// Settings and names together, as input and output functions want them.
    fn text_context(&self) -> TextContext<'_> {
        TextContext { style: self.style(), names: self.names() }
    }
}
