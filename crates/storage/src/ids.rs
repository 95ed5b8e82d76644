//! The numbers that name things in the storage engine.

use std::fmt;

pub use buffer::RelationId;
pub use wal::Lsn;

/// A transaction id: 64 bit, given at the first write, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xid(pub u64);

/// A commit sequence number: the LSN of the commit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Csn(pub u64);

/// The address of a row, stable for its life whatever its updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowAddress {
    /// The heap's page, from 0.
    pub page: u32,
    /// The slot in it, from 0.
    pub slot: u16,
}

/// One version of a row: the LSN of the record that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Xid {
    /// No transaction.
    pub const NONE: Self = Self(0);
    /// The first id that a transaction gets; lower ones are PostgreSQL's special ids.
    pub const FIRST: Self = Self(3);
}

impl fmt::Display for Xid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RowAddress {
    /// As a ctid prints: slots count from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.page, u32::from(self.slot) + 1)
    }
}

impl RowAddress {
    /// The address as one number in the order of addresses: page in the upper bits, slot in the lower 16.
    pub const fn to_u64(self) -> u64 {
        (self.page as u64) << 16 | self.slot as u64
    }

    /// The inverse of [`Self::to_u64`]; bits above 48 are ignored.
    pub const fn from_u64(number: u64) -> Self {
        Self { page: (number >> 16 & 0xffff_ffff) as u32, slot: (number & 0xffff) as u16 }
    }
}
