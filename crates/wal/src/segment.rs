//! The segment files, `wal/<number in hex>`: byte n of the log is in segment n / size at offset n % size.
//!
//! A segment is filled with zeros before it is written, or is an old one renamed, so that a sync changes no
//! file's metadata. The first ones grow in steps: an empty data directory stays small.

use os::sync::Mutex;
use os::sync::atomic::{AtomicBool, Ordering};
use os::{Disk, File, OpenMode};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// The directory of the segments.
const DIRECTORY: &str = "wal";
/// A new segment begins with so many bytes.
const FIRST_FILL_BYTES: u64 = 256 * 1024;
/// How many old segments are kept for coming ones.
const SPARE_COUNT: u64 = 4;

/// The segment files of a log.
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    size: u64,
    open: Mutex<BTreeMap<u64, Segment>>,
    /// Whether the file system refuses writes past its cache.
    cached: AtomicBool,
}

/// What segments are filled with before they are used.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

#[derive(Clone)]
struct Segment {
    file: Arc<dyn File>,
    /// The same file for writes past the system's cache: they cost less, and a log is rarely read.
    direct: Option<Arc<dyn File>>,
    filled: u64,
}

impl Segments {
    pub(crate) fn open(disk: Arc<dyn Disk>, size: u64) -> io::Result<Self> {
        if !disk.exists(DIRECTORY)? {
            disk.create_dir(DIRECTORY)?;
            disk.sync_dir("")?;
        }
        let mut open = BTreeMap::new();
        for name in disk.list(DIRECTORY)? {
            if let Ok(number) = u64::from_str_radix(&name, 16) {
                let file = disk.open(&path(number), OpenMode::Existing)?;
                let filled = file.size()?;
                open.insert(number, Segment { file, direct: None, filled });
            }
        }
        Ok(Self { disk, size, open: Mutex::new(open), cached: AtomicBool::new(false) })
    }

    /// Reads at a position of the log; fewer bytes only where the files end.
    pub(crate) fn read(&self, bytes: &mut [u8], lsn: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            let (number, offset) = self.place(lsn + done as u64);
            let file = self.open.lock().get(&number).map(|segment| Arc::clone(&segment.file));
            let Some(file) = file else { break };
            let room = usize::try_from(self.size - offset).unwrap_or(usize::MAX);
            let end = bytes.len().min(done.saturating_add(room));
            let count = file.read_at(&mut bytes[done..end], offset)?;
            if count == 0 {
                break;
            }
            done += count;
        }
        Ok(done)
    }

    /// Writes at a position of the log, whole blocks of [`os::DIRECT_BYTES`]; `touched` gets the numbers of the segments to sync.
    pub(crate) fn write(&self, bytes: &[u8], lsn: u64, touched: &mut Vec<u64>) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            let (number, offset) = self.place(lsn + done as u64);
            let room = usize::try_from(self.size - offset).unwrap_or(usize::MAX);
            let end = bytes.len().min(done.saturating_add(room));
            let segment = self.filled(number, offset + (end - done) as u64)?;
            self.write_segment(&segment, &bytes[done..end], offset)?;
            if touched.last() != Some(&number) {
                touched.push(number);
            }
            done = end;
        }
        Ok(())
    }

    fn write_segment(&self, segment: &Segment, bytes: &[u8], offset: u64) -> io::Result<()> {
        match segment.direct.as_ref().map(|direct| direct.write_at(bytes, offset)) {
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidInput => {
                self.cached.store(true, Ordering::Relaxed);
                segment.file.write_at(bytes, offset)
            }
            Some(written) => written,
            None => segment.file.write_at(bytes, offset),
        }
    }

    /// Syncs a segment.
    pub(crate) fn sync(&self, number: u64) -> io::Result<()> {
        let file = self.open.lock().get(&number).map(|segment| Arc::clone(&segment.file));
        file.map_or(Ok(()), |file| file.sync())
    }

    /// Syncs the segments of a range of the log.
    pub(crate) fn sync_range(&self, from: u64, end: u64) -> io::Result<()> {
        (self.place(from).0..=self.place(end).0).try_for_each(|number| self.sync(number))
    }

    /// Removes, or keeps for later use, the segments wholly below a position; `true` if names changed, which are durable
    /// after [`Self::sync_names`].
    pub(crate) fn release(&self, before: u64, written: u64) -> io::Result<bool> {
        let keep = self.place(before).0;
        let current = self.place(written).0;
        let mut open = self.open.lock();
        let mut changed = false;
        while let Some((&number, segment)) = open.first_key_value() {
            if number >= keep {
                break;
            }
            changed = true;
            let next = open.last_key_value().map_or(0, |(last, _)| last + 1).max(current + 1);
            if next <= current + SPARE_COUNT && segment.filled == self.size {
                self.disk.rename(&path(number), &path(next))?;
                if let Some(segment) = open.remove(&number) {
                    open.insert(next, segment);
                }
            } else {
                self.disk.remove(&path(number))?;
                open.remove(&number);
            }
        }
        Ok(changed)
    }

    /// Makes changes of names durable.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_dir(DIRECTORY)
    }

    /// A segment, filled at least up to `end`.
    fn filled(&self, number: u64, end: u64) -> io::Result<Segment> {
        let found = self.open.lock().get(&number).cloned();
        let mut segment = match found {
            Some(segment) => segment,
            None => {
                let file = self.disk.open(&path(number), OpenMode::Create)?;
                self.disk.sync_dir(DIRECTORY)?;
                Segment { filled: file.size()?, file, direct: None }
            }
        };
        if segment.filled < end {
            let fill = end.max(FIRST_FILL_BYTES).max(2 * segment.filled).min(self.size);
            while segment.filled < fill {
                let left = usize::try_from(fill - segment.filled).unwrap_or(usize::MAX);
                let zeros = &ZEROS[..left.min(ZEROS.len())];
                segment.file.write_at(zeros, segment.filled)?;
                segment.filled += zeros.len() as u64;
            }
        }
        if self.cached.load(Ordering::Relaxed) {
            segment.direct = None;
        } else if segment.direct.is_none() {
            segment.direct = self.disk.open_direct(&path(number)).ok();
            self.cached.store(segment.direct.is_none(), Ordering::Relaxed);
        }
        self.open.lock().insert(number, segment.clone());
        Ok(segment)
    }

    fn place(&self, lsn: u64) -> (u64, u64) {
        (lsn / self.size, lsn % self.size)
    }
}

fn path(number: u64) -> String {
    format!("{DIRECTORY}/{number:016x}")
}
