//! Writing dirty pages: in batches, log first, through the double-write area.

use crate::double_write::{BATCH_MAX, DoubleWrite};
use crate::files::{Files, RelationFile};
use crate::frame::Frame;
use crate::page::{CHECKSUM, PageBytes, PageId, checksum, page_lsn, put_u32};
use crate::pool::Pool;
use error::Result;
use os::sync::atomic::Ordering;
use os::sync::{Mutex, MutexGuard};
use os::{Disk, Reason};
use std::sync::Arc;
use wal::Lsn;

pub(crate) struct Cleaner {
    area: Mutex<DoubleWrite>,
}

/// A page on its way to the disk; its frame is pinned until it is there.
struct Leaving<'a> {
    frame: &'a Frame,
    first_dirty: u64,
}

impl Cleaner {
    pub(crate) fn open(disk: &dyn Disk, files: &Files) -> Result<Self> {
        Ok(Self { area: Mutex::new(DoubleWrite::open(disk, files)?) })
    }

    /// Keeps pages from being written until the guard goes.
    pub(crate) fn pause(&self) -> MutexGuard<'_, DoubleWrite> {
        self.area.lock()
    }
}

impl Pool {
    /// Writes the pages that have changes from before `limit`. 58030 or 53100 if that fails; nothing is lost then.
    pub fn clean(&self, limit: Lsn) -> Result<()> {
        let mut start = 0;
        while start < self.frames.len() {
            // Batch by batch, so that others get the area in between.
            start = self.write_batch(&mut self.cleaner.pause(), start, limit)?;
        }
        Ok(())
    }

    /// Writes some dirty pages, to have frames to use again.
    pub(crate) fn clean_batch(&self) -> Result<()> {
        os::blocking(Reason::Space, || {
            let mut area = self.cleaner.pause();
            let start = self.hand_position();
            if self.write_batch(&mut area, start, Lsn(u64::MAX))? >= self.frames.len() && start > 0
            {
                self.write_batch(&mut area, 0, Lsn(u64::MAX))?;
            }
            Ok(())
        })
    }

    /// Makes all changes of file names durable. If that fails, the log does (58030).
    pub fn sync_names(&self) -> Result<()> {
        self.files.sync_names().map_err(|error| self.log.fail(&error))
    }

    /// Writes the first batch of pages from a frame on; returns the frame to go on at.
    fn write_batch(&self, area: &mut DoubleWrite, start: usize, limit: Lsn) -> Result<usize> {
        let mut pages: Vec<(PageId, Box<PageBytes>)> = Vec::new();
        let mut leaving = Vec::new();
        let mut next = start;
        while next < self.frames.len() && pages.len() < BATCH_MAX {
            if let Some(frame) = self.frames.get(next) {
                let first_dirty = frame.first_dirty.load(Ordering::Acquire);
                if first_dirty != 0 && first_dirty < limit.0 {
                    copy_out(frame, &mut pages, &mut leaving);
                }
            }
            next += 1;
        }
        let written = if pages.is_empty() { Ok(()) } else { self.write_pages(area, &mut pages) };
        for leaving in leaving {
            if written.is_err() {
                leaving.frame.first_dirty.store(leaving.first_dirty, Ordering::Release);
            }
            leaving.frame.pins.fetch_sub(1, Ordering::Release);
        }
        written.map(|()| next)
    }

    fn write_pages(
        &self,
        area: &mut DoubleWrite,
        pages: &mut [(PageId, Box<PageBytes>)],
    ) -> Result<()> {
        let newest = pages.iter().map(|(_, bytes)| page_lsn(bytes)).max();
        self.log.wait(newest.unwrap_or_default())?;
        for (_, bytes) in pages.iter_mut() {
            let sum = checksum(bytes);
            put_u32(&mut bytes[..], CHECKSUM, sum);
        }
        pages.sort_unstable_by_key(|(id, _)| *id);
        area.write(pages)?;
        area.sync().map_err(|error| self.log.fail(&error))?;
        let mut files: Vec<Arc<RelationFile>> = Vec::new();
        for (id, bytes) in pages.iter() {
            let file = self.files.get(id.relation)?;
            file.write(id.page, bytes)?;
            if files.last().is_none_or(|last| !Arc::ptr_eq(last, &file)) {
                files.push(file);
            }
        }
        for file in files {
            file.sync().map_err(|error| self.log.fail(&error))?;
        }
        self.writes.fetch_add(pages.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Copies a dirty page and takes it to be clean from now on; later changes make it dirty again.
fn copy_out<'a>(
    frame: &'a Frame,
    pages: &mut Vec<(PageId, Box<PageBytes>)>,
    leaving: &mut Vec<Leaving<'a>>,
) {
    let content = frame.content.read();
    let Some(id) = content.id else { return };
    let first_dirty = frame.first_dirty.load(Ordering::Acquire);
    if first_dirty == 0 {
        return;
    }
    // Nobody evicts it here: it is dirty until the next line but one.
    frame.pins.fetch_add(1, Ordering::Acquire);
    frame.first_dirty.store(0, Ordering::Release);
    pages.push((id, content.bytes.clone()));
    leaving.push(Leaving { frame, first_dirty });
}
