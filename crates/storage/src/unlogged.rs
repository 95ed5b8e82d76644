//! Relations without redo in the log: unlogged tables, and temporary ones.
//!
//! Their records have what it takes to undo them, so that rollback and older versions of rows are as everywhere; what
//! changes only the structure of an index, or is done by purge, has no record at all. A checkpoint does not write their pages,
//! and a commit that wrote nothing else waits for no sync. In return a crash empties them: whatever the server did not shut
//! down after is not trusted. Undo and purge pass by the records of before.

use crate::files::UNLOGGED_INDEX_FILE;
use crate::large::{LARGE_FILE, large_file};
use crate::{Lsn, RelationId, Storage};
use buffer::UNLOGGED_FILE;
use error::Result;
use os::Disk;
use wal::Span;

impl Storage {
    /// The place in the log of a change that has no record.
    pub(crate) fn span_without_record(&self) -> Span {
        let next = self.log.next_lsn();
        Span { start: next, end: next }
    }

    /// Whether what a record did to a relation is gone since a crash.
    pub(crate) fn is_emptied(&self, relation: RelationId, record: Lsn) -> bool {
        !relation.is_logged() && record < self.emptied_at
    }

    /// Empties all relations that the log cannot bring back.
    pub(crate) fn empty_unlogged(&self, disk: &dyn Disk) -> Result<()> {
        for database in disk.list("base")? {
            let Ok(number) = database.parse() else { continue };
            for name in disk.list(&format!("base/{database}"))? {
                let Ok(file) = name.parse::<u32>() else { continue };
                let relation = RelationId { database: number, file };
                if file & (UNLOGGED_FILE | LARGE_FILE) != UNLOGGED_FILE {
                    continue;
                }
                let large = large_file(relation);
                if self.pool.exists(large)? {
                    self.pool.remove(large)?;
                }
                self.pool.empty(relation)?;
                if file & UNLOGGED_INDEX_FILE != 0 {
                    self.create_tree(relation)?;
                }
            }
        }
        Ok(())
    }
}
