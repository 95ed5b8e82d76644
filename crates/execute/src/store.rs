//! Rows kept in memory, by number.

use batch::{Batch, ROWS_MAX};
use types::Kind;

/// Rows in the order they were added.
#[derive(Debug, Default)]
pub(crate) struct RowStore {
    kinds: Vec<Kind>,
    chunks: Vec<Batch>,
    row_count: usize,
}

impl RowStore {
    /// A store of rows with these columns.
    pub(crate) fn new(kinds: &[Kind]) -> Self {
        Self { kinds: kinds.to_vec(), chunks: Vec::new(), row_count: 0 }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.row_count
    }

    /// Adds the rows of a batch; returns about how many bytes they take.
    pub(crate) fn add(&mut self, batch: &Batch) -> usize {
        let mut bytes = 0;
        for row in batch.rows().iter() {
            if self.row_count.is_multiple_of(ROWS_MAX) {
                let mut chunk = Batch::new(self.kinds.iter().copied());
                chunk.row_count = 0;
                self.chunks.push(chunk);
            }
            let place = self.row_count % ROWS_MAX;
            let chunk = self.chunks.last_mut().expect("a chunk was made for the row");
            for (target, source) in chunk.columns.iter_mut().zip(&batch.columns) {
                let value = source.get(row);
                bytes += 16 + value.bytes().map_or(0, <[u8]>::len);
                target.set(place, value);
            }
            chunk.row_count = place + 1;
            self.row_count += 1;
        }
        bytes
    }

    /// Copies a row into row `place` of a batch, from its column `first` on.
    pub(crate) fn copy(&self, row: usize, out: &mut Batch, first: usize, place: usize) {
        let chunk = &self.chunks[row / ROWS_MAX];
        for (source, target) in chunk.columns.iter().zip(&mut out.columns[first..]) {
            target.set(place, source.get(row % ROWS_MAX));
        }
    }

    /// The chunk of this number, if there is one.
    pub(crate) fn chunk(&self, number: usize) -> Option<&Batch> {
        self.chunks.get(number)
    }

    /// Forgets the rows.
    pub(crate) fn clear(&mut self) {
        self.chunks.clear();
        self.row_count = 0;
    }
}

/// Makes a batch hold columns of these kinds, keeping those that do.
pub(crate) fn shape(out: &mut Batch, kinds: &[Kind]) {
    if out.columns.len() == kinds.len()
        && out.columns.iter().zip(kinds).all(|(c, k)| c.kind() == *k)
    {
        out.clear();
        return;
    }
    *out = Batch::new(kinds.iter().copied());
}
