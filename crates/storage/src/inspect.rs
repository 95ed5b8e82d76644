//! Looking at a data directory from outside: what it is, and whether all its pages are whole.

use crate::control::Control;
use crate::heap::page::{self, FORWARD, MOVED};
use crate::large::large_file;
use crate::row::external_pointers;
use crate::{Lsn, RelationId, RowAddress, Storage};
use buffer::{PageId, PageKind, page_kind};
use error::{Error, Result, SqlState};
use os::{Disk, OpenMode};

/// What a data directory is.
#[derive(Debug, Clone)]
pub struct Information {
    /// The version of its format.
    pub format: u32,
    /// The size of a page, in bytes.
    pub page_bytes: usize,
    /// The size of a segment of the log, in bytes.
    pub log_segment_bytes: u64,
    /// How often it was opened.
    pub start_count: u32,
    /// When the last checkpoint was made, in microseconds since 1970; 0 for never.
    pub checkpoint_time_us: i64,
    /// Where the last checkpoint's record is.
    pub checkpoint: Lsn,
    /// Where recovery would begin.
    pub redo: Lsn,
    /// The size of all relations' files, in bytes.
    pub data_bytes: u64,
    /// The size of the log's files, in bytes.
    pub log_bytes: u64,
    /// How many databases it has.
    pub database_count: usize,
    /// Whether a server has it open.
    pub is_open: bool,
}

/// What a data directory is; nothing is changed. 58P01 where there is none, and as opening it fails.
pub fn information(disk: &dyn Disk) -> Result<Information> {
    if !disk.exists("control")? {
        let text = "there is no data directory of surus here";
        return Err(Error::new(SqlState::UNDEFINED_FILE, text));
    }
    let fields = Control::read(disk)?;
    let (mut data_bytes, mut log_bytes, mut database_count) = (0, 0, 0);
    for database in disk.list("base")? {
        database_count += usize::from(database != "0");
        for file in disk.list(&format!("base/{database}"))? {
            data_bytes += size(disk, &format!("base/{database}/{file}"))?;
        }
    }
    for segment in disk.list("wal")? {
        log_bytes += size(disk, &format!("wal/{segment}"))?;
    }
    Ok(Information {
        format: crate::control::VERSION,
        page_bytes: buffer::PAGE_SIZE,
        log_segment_bytes: fields.segment_bytes,
        start_count: fields.epoch,
        checkpoint_time_us: i64::try_from(fields.time_us).unwrap_or(0),
        checkpoint: fields.checkpoint,
        redo: fields.redo,
        data_bytes,
        log_bytes,
        database_count,
        is_open: disk.lock().is_err(),
    })
}

fn size(disk: &dyn Disk, path: &str) -> Result<u64> {
    Ok(disk.open(path, OpenMode::Existing)?.size()?)
}

impl Storage {
    /// All relations that have a file, those of large values among them.
    pub fn relation_files(&self) -> Result<Vec<RelationId>> {
        let disk = self.pool.disk();
        let mut all = Vec::new();
        for database in disk.list("base")? {
            let Ok(number) = database.parse() else { continue };
            for file in disk.list(&format!("base/{database}"))? {
                if let Ok(file) = file.parse() {
                    all.push(RelationId { database: number, file });
                }
            }
        }
        Ok(all)
    }

    /// Reads every page of a relation and checks it by itself; `wrong` gets what is found. Returns how many pages there are.
    pub fn check_pages(&self, relation: RelationId, wrong: &mut dyn FnMut(String)) -> Result<u32> {
        let count = self.page_count(relation)?;
        for page in 0..count {
            let checked = self.pool.pin(PageId { relation, page }).and_then(|pin| {
                let latched = pin.read();
                match page_kind(&latched)? {
                    PageKind::Heap => page::check(&latched),
                    PageKind::Empty
                    | PageKind::IndexMeta
                    | PageKind::IndexNode
                    | PageKind::Sequence => Ok(()),
                }
            });
            if let Err(error) = checked {
                wrong(format!("{relation}, page {page}: {}", error.message()));
            }
        }
        Ok(count)
    }

    /// Checks what the rows of a heap lead to: moved bodies, and chunks of large values. Nobody writes meanwhile.
    pub fn check_rows(&self, heap: RelationId, wrong: &mut dyn FnMut(String)) -> Result<()> {
        for number in 0..self.page_count(heap)? {
            let Ok(pin) = self.heap_pin(heap, number) else { continue };
            let slots: Vec<(u16, u8)> = {
                let latched = pin.read();
                let all = 0..page::slot_count(&latched);
                all.filter_map(|slot| Some((slot, page::row(&latched, slot)?.flags))).collect()
            };
            drop(pin);
            for (slot, flags) in slots {
                let address = RowAddress { page: number, slot };
                if flags & MOVED != 0 {
                    continue;
                }
                if let Err(error) = self.check_row(heap, address, flags) {
                    wrong(format!("{heap}, row {address}: {}", error.message()));
                }
            }
        }
        Ok(())
    }

    fn check_row(&self, heap: RelationId, address: RowAddress, flags: u8) -> Result<()> {
        if flags & FORWARD != 0 {
            let home = self.heap_pin(heap, address.page)?;
            let to = page::row(&home.read(), address.slot).map(|row| row.pointer());
            let to = to.ok_or_else(|| Error::corrupted("the row is gone"))?;
            if to.page >= self.page_count(heap)? {
                return Err(Error::corrupted("its body is beyond the file's end"));
            }
            let pin = self.heap_pin(heap, to.page)?;
            let latched = pin.read();
            let there = page::row(&latched, to.slot)
                .is_some_and(|row| row.has(MOVED) && row.pointer() == address);
            if !there {
                return Err(Error::corrupted("its body is not where it should be"));
            }
        }
        let Some(copy) = self.copy_row(heap, address)? else { return Ok(()) };
        for pointer in external_pointers(&copy.body) {
            self.read_external(heap, pointer)?;
        }
        Ok(())
    }

    /// Whether a relation's file holds the large values of another's rows.
    pub fn is_external_file(relation: RelationId) -> bool {
        large_file(relation) == relation
    }
}
