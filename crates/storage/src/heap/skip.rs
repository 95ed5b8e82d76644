//! Pointers past versions of a row that nobody needs.
//!
//! A reader walks from a row's newest version back, record by record. Under an old snapshot, or while one transaction changes a
//! row again and again, that would be as many records as there were changes. So the record of an update may name an earlier
//! one whose before-image is the whole row: who does not see the version that the earlier one made needs none between the two, and goes
//! on there. Nothing depends on a pointer's choice but time: a reader who needs a version between goes step by step.

use crate::heap::history::UpdateUndo;
use crate::heap::page::{Delta, Row};
use crate::record::{Kind, decode};
use crate::{Lsn, Storage, Version, Xid};

/// A version whose record holds the whole row before it, and who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) xid: Xid,
    pub(crate) version: Version,
}

/// What the record of an update says of the versions before the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) skip: Option<Skip>,
    /// Whether it holds the whole row as it was.
    pub(crate) whole: bool,
}

impl Before {
    /// What makes the old body of the new one.
    pub(crate) fn delta<'a>(self, new: &[u8], old: &'a [u8]) -> Delta<'a> {
        if self.whole { Delta::whole(old) } else { Delta::between(new, old) }
    }
}

impl Storage {
    /// What the record is to say of an update by `own` of a row, whose page may be latched: only records in memory are looked
    /// at. `buffer` is overwritten.
    pub(crate) fn before_update(&self, row: &Row<'_>, own: Xid, buffer: &mut Vec<u8>) -> Before {
        let old = self.table.old_snapshot(self.log.next_lsn(), self.options.old_snapshot_bytes);
        let is_newer = |version: Version| old.is_some_and(|csn| version.0 > csn.0);
        if row.xid != own && !is_newer(row.version) {
            return Before { skip: None, whole: false };
        }
        let serves = |skip: &Skip| skip.xid == own || is_newer(skip.version);
        let Some(before) = self.before(row.version, buffer) else {
            return Before { skip: None, whole: true };
        };
        if let Some(skip) = before.skip.filter(serves) {
            return Before { skip: Some(skip), whole: false };
        }
        let here = Skip { xid: row.xid, version: row.version };
        if before.whole && serves(&here) {
            return Before { skip: Some(here), whole: false };
        }
        // The next updates will point here; whom the last pointer here was made for may be gone by now.
        let skip = before.skip.map(|skip| {
            let further = self.before(skip.version, buffer).and_then(|before| before.skip);
            let is_free = |further: &Skip| !self.table.has_snapshot(further.version, skip.version);
            further.filter(is_free).unwrap_or(skip)
        });
        Before { skip, whole: true }
    }

    /// What the record that made a version says, if it is an update's and in memory.
    fn before(&self, version: Version, buffer: &mut Vec<u8>) -> Option<Before> {
        if !self.log.read_memory(Lsn(version.0), buffer) {
            return None;
        }
        let record = decode(buffer).ok().filter(|record| record.header.kind == Kind::HeapUpdate)?;
        let undo = UpdateUndo::decode(record.undo).ok()?;
        let whole = undo.delta.prefix == 0 && undo.delta.suffix == 0;
        Some(Before { skip: undo.skip, whole })
    }
}
