//! The log: appending and reading back.
//!
//! Lock order: `appender`, then the list of blocks, then a block's bytes. The writer's state is locked alone, before any
//! of them. None is held while waiting for the disk except the writer's own.

use crate::block::{Block, Blocks};
use crate::reader::{read_one, scan_behind};
use crate::record::{HEADER_SIZE, Header, PAYLOAD_MAX, encode};
use crate::segment::Segments;
use crate::writer::Writer;
use crate::{Lsn, Reader, Span};
use error::{Error, Result, SqlState};
use os::sync::Mutex;
use os::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use os::{DIRECT_BYTES, Disk};
use std::sync::{Arc, OnceLock};

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The size of a segment file, a multiple of [`os::DIRECT_BYTES`]; constant for the life of a data directory.
    pub segment_bytes: u64,
    /// How much of the durable log stays in memory.
    pub memory_bytes: u64,
}

/// Whether a record may be refused for want of room on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It is: 53100.
    Ordinary,
    /// It ends or undoes something begun, and is kept in memory until there is room.
    Must,
}

/// The write-ahead log of a data directory.
pub struct Log {
    pub(crate) segments: Segments,
    pub(crate) options: Options,
    epoch: u32,
    appender: Mutex<Appender>,
    pub(crate) blocks: Blocks,
    next: AtomicU64,
    record_count: AtomicU64,
    pub(crate) durable: AtomicU64,
    pub(crate) full: AtomicBool,
    pub(crate) failure: OnceLock<Error>,
    pub(crate) writer: Writer,
}

/// How large a block in memory is, unless one record is larger.
fn block_bytes(options: &Options) -> usize {
    usize::try_from(options.memory_bytes / 8).unwrap_or(usize::MAX).clamp(4 << 10, 256 << 10)
}

struct Appender {
    next: u64,
    block: Arc<Block>,
}

impl Log {
    /// Opens the log, whose records are whole up to `from` at least; what follows the last whole record is
    /// forgotten. `epoch` is above that of any earlier start. XX001 if the log ends before `from`.
    pub fn open(disk: Arc<dyn Disk>, options: Options, from: Lsn, epoch: u32) -> Result<Arc<Self>> {
        let segments = Segments::open(disk, options.segment_bytes)?;
        let mut reader = Reader::new(&segments, from, Lsn(u64::MAX));
        while reader.next_record()?.is_some() {}
        if reader.epoch() >= epoch {
            return Err(Error::corrupted("the log is newer than the control file"));
        }
        let end = reader.position().0;
        drop(reader);
        // What a process wrote that died before its sync is durable from now on.
        segments.sync_range(from.0, end)?;
        let block = end - end % DIRECT_BYTES as u64;
        let mut tail = vec![0; usize::try_from(end - block).unwrap_or_default()];
        segments.read(&mut tail, block)?;
        let blocks = Blocks::default();
        let last = blocks.add(end, block_bytes(&options));
        Ok(Arc::new(Self {
            segments,
            options,
            epoch,
            appender: Mutex::new(Appender { next: end, block: last }),
            blocks,
            next: AtomicU64::new(end),
            record_count: AtomicU64::new(0),
            durable: AtomicU64::new(end),
            full: AtomicBool::new(false),
            failure: OnceLock::new(),
            writer: Writer::new(end, tail),
        }))
    }

    /// Gives a record its place. `note` is called with it before any later record gets one; it must be short.
    /// 53100 if the disk is full, 58030 if the log failed.
    #[inline]
    pub fn append(
        &self,
        payload: &[u8],
        urgency: Urgency,
        note: impl FnOnce(Span),
    ) -> Result<Span> {
        self.check(urgency)?;
        let length = match u32::try_from(payload.len()) {
            Ok(length) if (1..=PAYLOAD_MAX).contains(&payload.len()) => length,
            _ => return Err(Error::internal(format!("log record of {} bytes", payload.len()))),
        };
        let payload_crc = crc32c::crc32c(payload);
        let size = HEADER_SIZE + payload.len();
        let mut appender = self.appender.lock();
        let start = appender.next;
        let header = encode(payload_crc, length, Lsn(start), self.epoch);
        loop {
            let mut bytes = appender.block.bytes.write();
            if bytes.len() + size <= bytes.capacity() {
                bytes.extend_from_slice(&header);
                bytes.extend_from_slice(payload);
                break;
            }
            drop(bytes);
            appender.block = self.blocks.add(start, size.max(block_bytes(&self.options)));
            // What nobody waits for is written all the same, or a long transaction would fill the memory.
            if start.saturating_sub(self.durable.load(Ordering::Acquire))
                > self.options.memory_bytes / 4
            {
                self.request(Lsn(start));
            }
        }
        appender.next = start + size as u64;
        let span = Span { start: Lsn(start), end: Lsn(appender.next) };
        note(span);
        self.next.store(appender.next, Ordering::Release);
        drop(appender);
        self.record_count.fetch_add(1, Ordering::Relaxed);
        Ok(span)
    }

    /// Where the next record will go.
    #[inline]
    pub fn next_lsn(&self) -> Lsn {
        Lsn(self.next.load(Ordering::Acquire))
    }

    /// How many records were appended since the start.
    pub fn record_count(&self) -> u64 {
        self.record_count.load(Ordering::Relaxed)
    }

    /// Puts the payload of the record at `lsn` into `payload`. XX001 if there is none.
    pub fn read(&self, lsn: Lsn, payload: &mut Vec<u8>) -> Result<()> {
        if self.read_memory(lsn, payload) {
            return Ok(());
        }
        os::blocking(os::Reason::Read, || read_one(&self.segments, lsn, payload))
    }

    /// As [`Self::read`], but only if it needs no file.
    pub fn read_memory(&self, lsn: Lsn, payload: &mut Vec<u8>) -> bool {
        let Some(block) = self.blocks.find(lsn.0) else { return false };
        let bytes = block.bytes.read();
        let offset = usize::try_from(lsn.0 - block.start).unwrap_or(usize::MAX);
        let Some(header) = bytes.get(offset..offset.saturating_add(HEADER_SIZE)) else {
            return false;
        };
        let start = offset + HEADER_SIZE;
        let Some(found) = bytes.get(start..start + Header::decode(header).length) else {
            return false;
        };
        payload.clear();
        payload.extend_from_slice(found);
        true
    }

    /// Goes through the durable records from the one at `from`.
    pub fn records(&self, from: Lsn) -> Reader<'_> {
        Reader::new(&self.segments, from, self.durable_lsn())
    }

    /// Calls `found` with the payload of each whole record that stands a little behind the end of the log: what a crash left
    /// there, or what follows a place that is damaged.
    pub fn records_behind_end(&self, found: &mut dyn FnMut(&[u8])) -> Result<()> {
        scan_behind(&self.segments, self.next_lsn(), self.epoch, found)
    }

    /// How far the log is durable.
    #[inline]
    pub fn durable_lsn(&self) -> Lsn {
        Lsn(self.durable.load(Ordering::Acquire))
    }

    /// Why the log accepts nothing more, if it does not.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.get()
    }

    /// Gives up the segments below a position: nothing will be read there any more. 58030, and the log has failed, if their
    /// directory cannot be synced.
    pub fn release(&self, before: Lsn) -> Result<()> {
        let durable = self.durable_lsn();
        if self.segments.release(before.min(durable).0, durable.0)? {
            self.segments.sync_names().map_err(|error| self.fail(&error))?;
        }
        Ok(())
    }

    #[inline]
    fn check(&self, urgency: Urgency) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        if urgency == Urgency::Ordinary && self.full.load(Ordering::Relaxed) {
            return Err(Error::new(
                SqlState::DISK_FULL,
                "could not extend the log: No space left on device",
            )
            .hint("Check free disk space."));
        }
        Ok(())
    }
}
