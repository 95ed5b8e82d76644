//! What is written at once: memory that can go to the disk past the system's cache.

use os::DIRECT_BYTES;

/// How much is written at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Part of the log in aligned memory, from a multiple of [`DIRECT_BYTES`] on.
pub(crate) struct Chunk {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl Chunk {
    pub(crate) fn new() -> Self {
        let memory = vec![0; CHUNK_BYTES + DIRECT_BYTES];
        // Where it cannot be aligned the disk refuses it, and it goes through the cache.
        let start = memory.as_ptr().align_offset(DIRECT_BYTES).min(DIRECT_BYTES);
        Self { memory, start, length: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    /// Takes as many of the bytes as there is room for, and says how many.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(CHUNK_BYTES - self.length);
        let at = self.start + self.length;
        self.memory[at..at + count].copy_from_slice(&bytes[..count]);
        self.length += count;
        count
    }

    pub(crate) fn is_full(&self) -> bool {
        self.length == CHUNK_BYTES
    }

    /// All of it, with zeros up to the next multiple.
    pub(crate) fn padded(&mut self) -> &[u8] {
        let end = self.start + self.length.next_multiple_of(DIRECT_BYTES);
        self.memory[self.start + self.length..end].fill(0);
        &self.memory[self.start..end]
    }

    /// What stands behind the last multiple.
    pub(crate) fn tail(&self) -> &[u8] {
        let whole = self.length - self.length % DIRECT_BYTES;
        &self.memory[self.start + whole..self.start + self.length]
    }
}
