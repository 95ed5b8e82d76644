//! B+trees on pages: keys are byte strings, entries are ordered by (key, address) and may be marked.
//!
//! A tree knows no transactions: who calls says through [`Journal`] what log record goes with a change.

mod batch;
mod build;
mod check;
mod edit;
mod node;
mod operation;
mod run;
mod split;
mod tree;

pub use batch::{Batch, BatchEntry, Direction, Position};
pub use build::EntrySource;
pub use operation::{apply, stamp_of};
pub use run::{RunEntry, RunJournal};
pub use tree::{Change, Insert, Journal, Tree, Uniqueness, key_too_long};

/// The longest key, in bytes: two fences and a marked entry fit a leaf, two fences and two children an inner node.
pub const KEY_SIZE_MAX: usize = 2698;

#[cfg(test)]
mod tests;
