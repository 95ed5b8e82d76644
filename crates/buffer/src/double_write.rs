//! The double-write area: a batch of pages is synced here before it is written in place, so that a page torn by a crash
//! is found whole in one of the two places.
//!
//! ```text
//! 0..4       CRC-32C of the rest of the header page
//! 4..8       magic
//! 8..12      number of pages n
//! 12..       n times: database u32, file u32, page u32
//! 16384..    the pages
//! ```

use crate::files::Files;
use crate::page::{
    PAGE_SIZE, PageBytes, PageId, RelationId, checksum, get_u32, is_intact, put_u32,
};
use error::Result;
use os::{Disk, File, OpenMode};
use std::io;
use std::sync::Arc;

const PATH: &str = "doublewrite";
const MAGIC: u32 = 0x7375_6477;
const ENTRIES: usize = 12;
/// The most pages of a batch.
pub(crate) const BATCH_MAX: usize = 64;
const _: () = assert!(ENTRIES + 12 * BATCH_MAX <= PAGE_SIZE);

pub(crate) struct DoubleWrite {
    file: Arc<dyn File>,
    buffer: Vec<u8>,
}

impl DoubleWrite {
    /// Opens the area and heals the pages that a crash tore.
    pub(crate) fn open(disk: &dyn Disk, files: &Files) -> Result<Self> {
        let is_new = !disk.exists(PATH)?;
        let file = disk.open(PATH, OpenMode::Create)?;
        let mut area = Self { file, buffer: Vec::new() };
        if is_new {
            disk.sync_dir("")?;
        } else {
            area.heal(files)?;
        }
        Ok(area)
    }

    /// Writes a batch here.
    pub(crate) fn write(&mut self, pages: &[(PageId, Box<PageBytes>)]) -> Result<()> {
        self.buffer.clear();
        self.buffer.resize(PAGE_SIZE, 0);
        put_u32(&mut self.buffer, 4, MAGIC);
        put_u32(&mut self.buffer, 8, u32::try_from(pages.len()).unwrap_or(0));
        for (index, (id, _)) in pages.iter().enumerate() {
            let at = ENTRIES + 12 * index;
            put_u32(&mut self.buffer, at, id.relation.database);
            put_u32(&mut self.buffer, at + 4, id.relation.file);
            put_u32(&mut self.buffer, at + 8, id.page);
        }
        let crc = crc32c::crc32c(&self.buffer[4..]);
        put_u32(&mut self.buffer, 0, crc);
        for (_, bytes) in pages {
            self.buffer.extend_from_slice(&bytes[..]);
        }
        Ok(self.file.write_at(&self.buffer, 0)?)
    }

    /// Makes the batch durable here.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn heal(&mut self, files: &Files) -> Result<()> {
        let mut area = vec![0; (1 + BATCH_MAX) * PAGE_SIZE];
        let count = self.file.read_at(&mut area, 0)?;
        let (header, pages) = area[..count.max(PAGE_SIZE)].split_at(PAGE_SIZE);
        if get_u32(header, 4) != MAGIC || get_u32(header, 0) != crc32c::crc32c(&header[4..]) {
            // Torn itself: then its batch was not written in place yet.
            return Ok(());
        }
        // Those that are whole may be so in the system's memory only, if just the process died: all are synced.
        let mut healed = Vec::new();
        for (index, copy) in
            pages.chunks_exact(PAGE_SIZE).take(get_u32(header, 8) as usize).enumerate()
        {
            let at = ENTRIES + 12 * index;
            let relation =
                RelationId { database: get_u32(header, at), file: get_u32(header, at + 4) };
            let page = get_u32(header, at + 8);
            let Ok(copy) = <&PageBytes>::try_from(copy) else { continue };
            if get_u32(copy, crate::CHECKSUM) != checksum(copy) || !files.exists(relation)? {
                continue;
            }
            let file = files.get(relation)?;
            let mut found = Box::new([0; PAGE_SIZE]);
            file.read(page, &mut found)?;
            if !is_intact(&found) {
                file.write(page, copy)?;
            }
            healed.push(file);
        }
        for file in healed {
            file.sync()?;
        }
        Ok(())
    }
}
