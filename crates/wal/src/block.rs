//! The log in memory: a list of blocks, each with whole records, that readers share.

use os::sync::{Mutex, RwLock};
use std::collections::VecDeque;
use std::sync::Arc;

/// Part of the log: it only grows, and never moves.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) start: u64,
    pub(crate) bytes: RwLock<Vec<u8>>,
}

/// So many buffers of blocks that were forgotten are kept for the next: fresh memory costs more than the copying into it.
const SPARE_MAX: usize = 16;

/// The blocks in memory, in the order of the log, without gaps.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    list: RwLock<VecDeque<Arc<Block>>>,
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Blocks {
    /// Appends an empty block with room for so many bytes.
    pub(crate) fn add(&self, start: u64, size: usize) -> Arc<Block> {
        let spare = self.spare.lock().pop().filter(|bytes| bytes.capacity() >= size);
        let bytes = RwLock::new(spare.unwrap_or_else(|| Vec::with_capacity(size)));
        let block = Arc::new(Block { start, bytes });
        self.list.write().push_back(Arc::clone(&block));
        block
    }

    /// The block that holds a position, if it is in memory.
    pub(crate) fn find(&self, lsn: u64) -> Option<Arc<Block>> {
        let blocks = self.list.read();
        let after = blocks.partition_point(|block| block.start <= lsn);
        after.checked_sub(1).map(|index| Arc::clone(&blocks[index]))
    }

    /// The blocks that hold something at or behind a position.
    pub(crate) fn since(&self, lsn: u64) -> Vec<Arc<Block>> {
        let blocks = self.list.read();
        let first = blocks.partition_point(|block| block.start <= lsn).saturating_sub(1);
        blocks.range(first..).map(Arc::clone).collect()
    }

    /// Forgets the oldest blocks that are durable, as long as the others hold `keep_bytes`.
    pub(crate) fn trim(&self, durable: u64, keep_bytes: u64) {
        let mut blocks = self.list.write();
        while blocks.len() > 1
            && blocks[1].start <= durable
            && durable - blocks[1].start >= keep_bytes
        {
            let Some(Ok(block)) = blocks.pop_front().map(Arc::try_unwrap) else { continue };
            let mut bytes = block.bytes.into_inner();
            let mut spare = self.spare.lock();
            if spare.len() < SPARE_MAX {
                bytes.clear();
                spare.push(bytes);
            }
        }
    }
}
