//! The log in memory: a list of blocks, each with whole records, that readers share.

use parking_lot::RwLock;
use std::collections::VecDeque;
use std::sync::Arc;

/// Part of the log: it only grows, and never moves.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) start: u64,
    pub(crate) bytes: RwLock<Vec<u8>>,
}

impl Block {
    pub(crate) fn new(start: u64, size: usize) -> Arc<Self> {
        Arc::new(Self { start, bytes: RwLock::new(Vec::with_capacity(size)) })
    }
}

/// The blocks in memory, in the order of the log, without gaps.
#[derive(Debug, Default)]
pub(crate) struct Blocks(RwLock<VecDeque<Arc<Block>>>);

impl Blocks {
    pub(crate) fn push(&self, block: Arc<Block>) {
        self.0.write().push_back(block);
    }

    /// The block that holds a position, if it is in memory.
    pub(crate) fn find(&self, lsn: u64) -> Option<Arc<Block>> {
        let blocks = self.0.read();
        let after = blocks.partition_point(|block| block.start <= lsn);
        after.checked_sub(1).map(|index| Arc::clone(&blocks[index]))
    }

    /// The blocks that hold something at or behind a position.
    pub(crate) fn since(&self, lsn: u64) -> Vec<Arc<Block>> {
        let blocks = self.0.read();
        let first = blocks.partition_point(|block| block.start <= lsn).saturating_sub(1);
        blocks.range(first..).map(Arc::clone).collect()
    }

    /// Forgets the oldest blocks that are durable, as long as the others hold `keep_bytes`.
    pub(crate) fn trim(&self, durable: u64, keep_bytes: u64) {
        let mut blocks = self.0.write();
        while blocks.len() > 1
            && blocks[1].start <= durable
            && durable - blocks[1].start >= keep_bytes
        {
            blocks.pop_front();
        }
    }
}
