//! A disk in memory that fails as told: what the crash tests run on.
//!
//! A file has what is durable and the writes since its last sync. Power loss keeps any of those writes, sector
//! by sector, in any combination; and any beginning of the changes of names since their directory's last sync.

use crate::{DIRECT_BYTES, Disk, DiskLock, File, OpenMode, Random};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// What a write is torn into.
const SECTOR_BYTES: usize = 512;

/// A disk in memory; clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<SimFile>,
    names: Names,
    durable_names: Names,
    /// Changes of names since the last sync of their directory, oldest first.
    name_changes: Vec<(String, NameChange)>,
    locked: bool,
    /// How many writes and syncs there were.
    operation_count: u64,
    power_loss_at: Option<u64>,
    powerless: bool,
    room_bytes: Option<u64>,
    read_failure_at: Option<u64>,
    read_count: u64,
    sync_failure_at: Option<u64>,
    sync_count: u64,
    direct: Direct,
}

/// What becomes of files that are opened for writes past the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direct {
    /// They are written.
    #[default]
    Taken,
    /// They are not opened.
    NotOpened,
    /// They are opened, and refuse what is written.
    NotWritten,
}

#[derive(Debug, Default, Clone)]
struct Names {
    files: BTreeMap<String, usize>,
    directories: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String),
    Directory(String),
    RemoveDirectory(String),
}

#[derive(Debug, Default, Clone)]
struct SimFile {
    durable: Vec<u8>,
    current: Vec<u8>,
    writes: Vec<(usize, Vec<u8>)>,
}

impl SimDisk {
    /// An empty disk that fails nothing.
    #[expect(clippy::new_without_default, reason = "a disk is made on purpose")]
    pub fn new() -> Self {
        Self { state: Arc::default() }
    }

    /// From now on the `count`-th write or sync, and everything after it, fails.
    pub fn lose_power_after(&self, count: u64) {
        let mut state = self.state.lock();
        state.power_loss_at = Some(state.operation_count + count);
    }

    /// Whether the power is lost.
    pub fn is_powerless(&self) -> bool {
        self.state.lock().powerless
    }

    /// Loses power now.
    pub fn lose_power(&self) {
        self.state.lock().powerless = true;
    }

    /// From now on writes that make files grow by more than `bytes` in all fail with a full disk; `None` gives
    /// room again.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state.lock().room_bytes = bytes;
    }

    /// The `count`-th read from now on fails, once.
    pub fn fail_read_after(&self, count: u64) {
        let mut state = self.state.lock();
        state.read_failure_at = Some(state.read_count + count);
    }

    /// The `count`-th sync of a file or directory from now on fails, once.
    pub fn fail_sync_after(&self, count: u64) {
        let mut state = self.state.lock();
        state.sync_failure_at = Some(state.sync_count + count);
    }

    /// How many reads there were.
    pub fn read_count(&self) -> u64 {
        self.state.lock().read_count
    }

    /// From now on writes past the cache are treated so.
    pub fn set_direct(&self, direct: Direct) {
        self.state.lock().direct = direct;
    }

    /// How many writes and syncs there were.
    pub fn operation_count(&self) -> u64 {
        self.state.lock().operation_count
    }

    /// Changes one durable byte of a file.
    pub fn corrupt(&self, path: &str, offset: usize) {
        let mut state = self.state.lock();
        if let Some(index) = state.names.files.get(path).copied() {
            for bytes in [true, false] {
                let file = &mut state.files[index];
                let bytes = if bytes { &mut file.durable } else { &mut file.current };
                if let Some(byte) = bytes.get_mut(offset) {
                    *byte ^= 0x40;
                }
            }
        }
    }

    /// The disk as it is found when power is back: what was synced, and what `random` keeps of the rest.
    pub fn after_power_loss(&self, random: &mut Random) -> Self {
        let state = self.state.lock();
        let mut names = state.durable_names.clone();
        let kept = random.below(state.name_changes.len() as u64 + 1);
        for (_, change) in state.name_changes.iter().zip(0..kept).map(|(change, _)| change) {
            names.apply(change);
        }
        let keep_mode = random.below(4);
        let files =
            state.files.iter().map(|file| file.after_power_loss(random, keep_mode)).collect();
        let durable_names = names.clone();
        let state = State { files, names, durable_names, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }
}

impl Names {
    fn apply(&mut self, change: &NameChange) {
        match change {
            NameChange::Link(path, index) => {
                self.files.insert(path.clone(), *index);
            }
            NameChange::Unlink(path) => {
                self.files.remove(path);
            }
            NameChange::Rename(from, to) => {
                if let Some(index) = self.files.remove(from) {
                    self.files.insert(to.clone(), index);
                }
            }
            NameChange::Directory(path) => {
                self.directories.insert(path.clone());
            }
            NameChange::RemoveDirectory(path) => {
                let below = format!("{path}/");
                self.files.retain(|name, _| !name.starts_with(&below));
                self.directories.retain(|name| name != path && !name.starts_with(&below));
            }
        }
    }
}

impl SimFile {
    fn after_power_loss(&self, random: &mut Random, keep_mode: u64) -> Self {
        let mut durable = self.durable.clone();
        for (offset, bytes) in &self.writes {
            for (index, sector) in sectors(*offset, bytes) {
                let keep = match keep_mode {
                    0 => false,
                    1 => true,
                    2 => random.one_in(2),
                    _ => !random.one_in(8),
                };
                if keep {
                    put(&mut durable, index, sector);
                }
            }
        }
        Self { current: durable.clone(), durable, writes: Vec::new() }
    }
}

/// A write, cut at the sectors' borders.
fn sectors(offset: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        (at < bytes.len()).then(|| {
            let end = bytes.len().min(at + SECTOR_BYTES - (offset + at) % SECTOR_BYTES);
            let start = std::mem::replace(&mut at, end);
            (offset + start, &bytes[start..end])
        })
    })
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl State {
    fn powered(&self) -> io::Result<()> {
        if self.powerless { Err(io::Error::other("the power is lost")) } else { Ok(()) }
    }

    /// Counts a write or sync, and loses power if it is time.
    fn count_sync(&mut self) -> io::Result<()> {
        self.sync_count += 1;
        if self.sync_failure_at == Some(self.sync_count) {
            return Err(io::Error::other("simulated sync failure"));
        }
        Ok(())
    }

    fn count(&mut self) -> io::Result<()> {
        self.operation_count += 1;
        if self.power_loss_at.is_some_and(|at| self.operation_count >= at) {
            self.powerless = true;
        }
        self.powered()
    }

    fn change(&mut self, path: &str, change: NameChange) {
        self.names.apply(&change);
        self.name_changes.push((parent(path).to_owned(), change));
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &str, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let mut state = self.state.lock();
        state.powered()?;
        let index = match (state.names.files.get(path), mode) {
            (Some(index), _) => *index,
            (None, OpenMode::Existing) => return Err(io::ErrorKind::NotFound.into()),
            (None, OpenMode::Create) => {
                let directory = parent(path);
                if !directory.is_empty() && !state.names.directories.contains(directory) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                let index = state.files.len();
                state.files.push(SimFile::default());
                state.change(path, NameChange::Link(path.to_owned(), index));
                index
            }
        };
        Ok(Arc::new(OpenFile { state: Arc::clone(&self.state), index, direct: false }))
    }

    fn open_direct(&self, path: &str) -> io::Result<Arc<dyn File>> {
        let state = self.state.lock();
        state.powered()?;
        if state.direct == Direct::NotOpened {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let index = state.names.files.get(path).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(OpenFile { state: Arc::clone(&self.state), index, direct: true }))
    }

    fn exists(&self, path: &str) -> io::Result<bool> {
        let state = self.state.lock();
        state.powered()?;
        Ok(state.names.files.contains_key(path) || state.names.directories.contains(path))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.powered()?;
        if state.names.files.contains_key(path) {
            state.change(path, NameChange::Unlink(path.to_owned()));
        }
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.powered()?;
        if !state.names.files.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(to, NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn create_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.powered()?;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends.collect::<Vec<_>>() {
            let path = &path[..end];
            if !state.names.directories.contains(path) {
                state.change(path, NameChange::Directory(path.to_owned()));
            }
        }
        Ok(())
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.powered()?;
        if state.names.directories.contains(path) {
            state.change(path, NameChange::RemoveDirectory(path.to_owned()));
        }
        Ok(())
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let state = self.state.lock();
        state.powered()?;
        let names = state.names.files.keys().chain(&state.names.directories);
        let mut names: Vec<String> = names
            .filter(|name| parent(name) == path && !name.is_empty())
            .map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
            .collect();
        names.sort();
        Ok(names)
    }

    fn sync_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.count()?;
        state.count_sync()?;
        let changes = std::mem::take(&mut state.name_changes);
        for (directory, change) in changes {
            if directory == path {
                state.durable_names.apply(&change);
            } else {
                state.name_changes.push((directory, change));
            }
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<DiskLock> {
        let mut state = self.state.lock();
        state.powered()?;
        if std::mem::replace(&mut state.locked, true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Lock(Arc::clone(&self.state))))
    }
}

struct Lock(Arc<Mutex<State>>);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.lock().locked = false;
    }
}

struct OpenFile {
    state: Arc<Mutex<State>>,
    index: usize,
    direct: bool,
}

impl File for OpenFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state.lock();
        state.powered()?;
        state.read_count += 1;
        if state.read_failure_at == Some(state.read_count) {
            return Err(io::Error::other("simulated read failure"));
        }
        let content = &state.files[self.index].current;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let count = bytes.len().min(content.len() - start);
        bytes[..count].copy_from_slice(&content[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let aligned =
            [offset, bytes.len(), bytes.as_ptr().addr()].map(|at| at % DIRECT_BYTES) == [0; 3];
        if self.direct && (!aligned || state.direct == Direct::NotWritten) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let counted = state.count();
        let grown = (offset + bytes.len()).saturating_sub(state.files[self.index].current.len());
        if let (Ok(()), Some(room)) = (&counted, state.room_bytes) {
            let left = room.checked_sub(grown as u64).ok_or(io::ErrorKind::StorageFull)?;
            state.room_bytes = Some(left);
        }
        // The write at which power is lost may reach the disk in part.
        if counted.is_ok() || state.power_loss_at == Some(state.operation_count) {
            let file = &mut state.files[self.index];
            put(&mut file.current, offset, bytes);
            file.writes.push((offset, bytes.to_vec()));
        }
        counted
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.count()?;
        state.count_sync()?;
        let file = &mut state.files[self.index];
        for (offset, bytes) in std::mem::take(&mut file.writes) {
            put(&mut file.durable, offset, &bytes);
        }
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        let state = self.state.lock();
        state.powered()?;
        Ok(state.files[self.index].current.len() as u64)
    }
}
