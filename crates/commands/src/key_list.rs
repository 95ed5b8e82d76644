//! The keys of an index that is built, to be sorted: in memory, and in sorted runs in a temporary file where there are more
//! than memory may hold.

use error::{Error, Result};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;
use storage::{RowAddress, Storage, TemporaryFile};

/// The bytes of a key that an entry holds itself.
const FIRST_SIZE: usize = 16;
/// A run is written, and read, so many bytes at a time.
const BUFFER_BYTES: usize = 256 << 10;
/// In a run an entry is its key's length u16 and address u64, little-endian, then the key.
const RUN_HEADER: usize = 10;

/// So many keys are sorted by two threads.
const HALVES_MIN: usize = 1 << 15;

/// Keys and the rows that have them. Most comparisons need only the first bytes, which an entry has itself; all bytes of longer
/// keys are in one place.
pub(crate) struct KeyList {
    storage: Arc<Storage>,
    memory_bytes_max: usize,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    file: Option<TemporaryFile>,
    /// Where the runs in the file end.
    run_ends: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first bytes as numbers, zeros behind a shorter key: if they differ, so do the keys, in the same way.
    first: (u64, u64),
    start: usize,
    /// The row's address in the lower 48 bits, the key's length above.
    address_length: u64,
}

impl Entry {
    fn length(&self) -> usize {
        usize::try_from(self.address_length >> 48).unwrap_or(0)
    }

    fn address(&self) -> RowAddress {
        RowAddress::from_u64(self.address_length)
    }

    fn first_bytes(&self) -> [u8; FIRST_SIZE] {
        (u128::from(self.first.0) << 64 | u128::from(self.first.1)).to_be_bytes()
    }

    /// The key of an entry that is longer than its first bytes.
    fn long_key<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start..self.start + self.length()]
    }

    #[inline]
    fn append_key(&self, bytes: &[u8], key: &mut Vec<u8>) {
        match self.length() {
            length @ ..=FIRST_SIZE => {
                // A copy of a width that the compiler knows.
                let start = key.len();
                key.extend_from_slice(&self.first_bytes());
                key.truncate(start + length);
            }
            _ => key.extend_from_slice(self.long_key(bytes)),
        }
    }

    #[inline]
    fn compare(&self, other: &Self, bytes: &[u8]) -> Ordering {
        self.first.cmp(&other.first).then_with(|| {
            let by_key = if self.length().max(other.length()) <= FIRST_SIZE {
                self.length().cmp(&other.length())
            } else {
                let key = |entry: &Self| match entry.length() {
                    ..=FIRST_SIZE => None,
                    _ => Some(&bytes[entry.start + FIRST_SIZE..entry.start + entry.length()]),
                };
                // Of equal first bytes, the shorter key is all of the longer one's that is there.
                key(self).cmp(&key(other)).then_with(|| self.length().cmp(&other.length()))
            };
            by_key.then_with(|| self.address().cmp(&other.address()))
        })
    }
}

impl KeyList {
    /// An empty list that keeps no more than so many bytes in memory.
    pub(crate) fn new(storage: Arc<Storage>, memory_bytes_max: usize) -> Self {
        Self {
            storage,
            memory_bytes_max,
            bytes: Vec::new(),
            entries: Vec::new(),
            file: None,
            run_ends: Vec::new(),
        }
    }

    /// Adds a key. 54000 if it is longer than an index takes, 53100 or 58030 if a run cannot be written.
    pub(crate) fn push(&mut self, key: &[u8], address: RowAddress) -> Result<()> {
        if key.len() > storage::KEY_SIZE_MAX {
            return Err(storage::key_too_long(key.len()));
        }
        let mut first = [0; FIRST_SIZE];
        let count = key.len().min(FIRST_SIZE);
        first[..count].copy_from_slice(&key[..count]);
        let number = u128::from_be_bytes(first);
        let high = u64::try_from(number >> 64).unwrap_or(u64::MAX);
        let low = u64::try_from(number & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        let address_length = address.to_u64() | (key.len() as u64) << 48;
        self.entries.push(Entry { first: (high, low), start: self.bytes.len(), address_length });
        if key.len() > FIRST_SIZE {
            self.bytes.extend_from_slice(key);
        }
        if self.bytes.len() + self.entries.len() * size_of::<Entry>() > self.memory_bytes_max {
            self.write_run()?;
        }
        Ok(())
    }

    /// Sorts by key, and by place in the table where keys are equal.
    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.entries.sort_unstable_by(|a, b| a.compare(b, bytes));
    }

    /// Sorts the entries before the place that it returns, and those from there on.
    fn sort_halves(&mut self) -> usize {
        let middle = self.entries.len() / 2;
        if self.entries.len() < HALVES_MIN {
            self.sort();
            return self.entries.len();
        }
        let bytes = &self.bytes;
        let (one, other) = self.entries.split_at_mut(middle);
        std::thread::scope(|scope| {
            scope.spawn(|| other.sort_unstable_by(|a, b| a.compare(b, bytes)));
            one.sort_unstable_by(|a, b| a.compare(b, bytes));
        });
        middle
    }

    fn write_run(&mut self) -> Result<()> {
        self.sort();
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.storage.temporary_file()?,
        };
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + storage::KEY_SIZE_MAX + RUN_HEADER);
        for entry in &self.entries {
            let length = u16::try_from(entry.length()).unwrap_or(u16::MAX);
            buffer.extend_from_slice(&length.to_le_bytes());
            buffer.extend_from_slice(&entry.address().to_u64().to_le_bytes());
            entry.append_key(&self.bytes, &mut buffer);
            if buffer.len() >= BUFFER_BYTES {
                file.append(&buffer)?;
                buffer.clear();
            }
        }
        file.append(&buffer)?;
        self.run_ends.push(file.length());
        self.file = Some(file);
        self.entries.clear();
        self.bytes.clear();
        Ok(())
    }

    /// The keys in their order.
    pub(crate) fn sorted(mut self) -> Result<SortedKeys> {
        if self.run_ends.is_empty() {
            let middle = self.sort_halves();
            return Ok(SortedKeys::Memory { places: [0, middle], middle, list: self });
        }
        self.write_run()?;
        let file = self.file.take().ok_or_else(|| Error::internal("runs are in a file"))?;
        let mut merge = Merge { file, runs: Vec::new(), next: BinaryHeap::new() };
        let mut start = 0;
        for end in self.run_ends {
            merge.runs.push(Run { start, end, buffer: Vec::new(), place: 0 });
            start = end;
        }
        for number in 0..merge.runs.len() {
            merge.advance(number, Vec::new())?;
        }
        Ok(SortedKeys::Merge(merge))
    }
}

/// Keys in their order.
pub(crate) enum SortedKeys {
    /// All of them: two sorted halves, and the next entry of each.
    Memory {
        list: KeyList,
        middle: usize,
        places: [usize; 2],
    },
    Merge(Merge),
}

impl SortedKeys {
    /// Puts the next key into `key` and returns its row; `None` behind the last.
    pub(crate) fn next(&mut self, key: &mut Vec<u8>) -> Result<Option<RowAddress>> {
        match self {
            Self::Memory { list, middle, places } => {
                let one = list.entries[..*middle].get(places[0]);
                let other = list.entries.get(places[1]);
                let (half, entry) = match (one, other) {
                    (Some(one), Some(other)) if one.compare(other, &list.bytes).is_le() => (0, one),
                    (_, Some(other)) => (1, other),
                    (Some(one), None) => (0, one),
                    (None, None) => return Ok(None),
                };
                places[half] += 1;
                key.clear();
                entry.append_key(&list.bytes, key);
                Ok(Some(entry.address()))
            }
            Self::Merge(merge) => {
                let Some(Reverse((mut found, address, run))) = merge.next.pop() else {
                    return Ok(None);
                };
                std::mem::swap(key, &mut found);
                merge.advance(run, found)?;
                Ok(Some(address))
            }
        }
    }
}

/// Sorted runs and the next key of each.
pub(crate) struct Merge {
    file: TemporaryFile,
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(Vec<u8>, RowAddress, usize)>>,
}

struct Run {
    /// What of it was not read yet.
    start: u64,
    end: u64,
    buffer: Vec<u8>,
    place: usize,
}

impl Merge {
    /// Takes the next key of a run, in place of an old one, if there is one.
    fn advance(&mut self, number: usize, mut key: Vec<u8>) -> Result<()> {
        let run = &mut self.runs[number];
        if !run.fill(&self.file, RUN_HEADER)? {
            return Ok(());
        }
        let header = &run.buffer[run.place..run.place + RUN_HEADER];
        let length = usize::from(u16::from_le_bytes([header[0], header[1]]));
        let mut address = [0; 8];
        address.copy_from_slice(&header[2..]);
        let address = RowAddress::from_u64(u64::from_le_bytes(address));
        if !run.fill(&self.file, RUN_HEADER + length)? {
            return Err(Error::corrupted("a temporary file ends early"));
        }
        run.place += RUN_HEADER;
        key.clear();
        key.extend_from_slice(&run.buffer[run.place..run.place + length]);
        run.place += length;
        self.next.push(Reverse((key, address, number)));
        Ok(())
    }
}

impl Run {
    /// Has so many bytes in the buffer; `false` where the run has no more.
    fn fill(&mut self, file: &TemporaryFile, count: usize) -> Result<bool> {
        if self.buffer.len() - self.place >= count {
            return Ok(true);
        }
        self.buffer.drain(..self.place);
        self.place = 0;
        let old = self.buffer.len();
        let left = usize::try_from(self.end - self.start).unwrap_or(usize::MAX);
        self.buffer.resize(old + left.min(BUFFER_BYTES), 0);
        let read = file.read_at(&mut self.buffer[old..], self.start)?;
        self.buffer.truncate(old + read);
        self.start += read as u64;
        Ok(self.buffer.len() >= count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_as_bytes() {
        let disk = os::SimDisk::new();
        let storage = Storage::open(
            Arc::new(disk.clone()),
            storage::Options { background: false, ..storage::Options::default() },
        )
        .unwrap();
        for (count, memory_bytes_max) in
            [(2000, usize::MAX), (65_535, usize::MAX), (2000, 20_000), (2000, 700)]
        {
            let mut random = os::Random::seeded(7);
            let mut list = KeyList::new(Arc::clone(&storage), memory_bytes_max);
            let mut model = Vec::new();
            for slot in 0..count {
                let length = usize::try_from(random.below(24)).unwrap();
                let key: Vec<u8> = (0..length)
                    .map(|_| [0, 1, 97, 255][usize::try_from(random.below(4)).unwrap()])
                    .collect();
                let address = RowAddress { page: u32::from(slot % 3), slot };
                list.push(&key, address).unwrap();
                model.push((key, address));
            }
            model.sort();
            let mut sorted = list.sorted().unwrap();
            let mut key = Vec::new();
            for (wanted, address) in model {
                assert_eq!(sorted.next(&mut key).unwrap(), Some(address));
                assert_eq!(key, wanted);
            }
            assert_eq!(sorted.next(&mut key).unwrap(), None);
        }
    }
}
