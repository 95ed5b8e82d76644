//! Positions in the log.

use std::fmt;

/// A byte position in the write-ahead log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// No record: below all that there are.
    pub const NONE: Self = Self(0);
    /// Where the first record of a new log goes.
    pub const FIRST: Self = Self(64);
}

impl fmt::Display for Lsn {
    /// As PostgreSQL's pg_lsn prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first byte: what names it.
    pub start: Lsn,
    /// The byte behind it: the log must be durable up to here before its effects are written elsewhere.
    pub end: Lsn,
}
