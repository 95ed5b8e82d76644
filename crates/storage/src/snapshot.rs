//! Snapshots: which versions a statement sees.

use crate::{Csn, Lsn, Xid};

/// What a statement sees: all that was committed when it was taken, and what its own transaction did
/// before the command. It keeps the versions it needs for as long as it (or a clone) lives.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) csn: Csn,
    pub(crate) xmax: Xid,
    pub(crate) own: Xid,
    pub(crate) own_through: Lsn,
}

impl Snapshot {
    /// The newest commit that it sees.
    pub fn csn(&self) -> Csn {
        self.csn
    }

    /// The first transaction id that was not given yet when it was taken.
    pub fn xmax(&self) -> Xid {
        self.xmax
    }

    /// The LSN that must be durable before an answer made from this snapshot may leave.
    pub fn answer_lsn(&self) -> Lsn {
        self.own_through
    }
}
