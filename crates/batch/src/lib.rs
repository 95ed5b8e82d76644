//! What flows between operators: columns of values with null masks, batches of them, and selections of rows.
//!
//! A [`Vector`] holds up to [`ROWS_MAX`] values of one physical kind. Vectors are made once a plan and reused: they
//! keep their memory. Variable-length values are 16-byte views, up to 12 bytes inline, longer ones in a heap beside.

mod bytes;
mod nulls;
mod rows;
mod vector;

pub use bytes::BytesColumn;
pub use nulls::Nulls;
pub use rows::Rows;
pub use vector::{Values, Vector};

/// The most rows of a batch.
pub const ROWS_MAX: usize = 1024;

/// Some rows: columns of equal length, and which of their rows count.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    /// The columns.
    pub columns: Vec<Vector>,
    /// How many rows the columns hold.
    pub row_count: usize,
    /// The rows that count, ascending; all where `None`.
    pub selection: Option<Vec<u16>>,
}

impl Batch {
    /// An empty batch with a column of each kind.
    pub fn new(kinds: impl IntoIterator<Item = types::Kind>) -> Self {
        Self {
            columns: kinds.into_iter().map(Vector::new).collect(),
            row_count: 0,
            selection: None,
        }
    }

    /// Forgets the rows and keeps the memory.
    pub fn clear(&mut self) {
        for column in &mut self.columns {
            column.clear();
        }
        self.row_count = 0;
        self.selection = None;
    }

    /// The rows that count.
    pub fn rows(&self) -> Rows<'_> {
        match &self.selection {
            Some(selected) => Rows::Some(selected),
            None => Rows::All(self.row_count),
        }
    }
}
