//! The write-ahead log: a stream of bytes, cut into records, kept in segment files and, its recent part, in memory.
//!
//! The log knows no record's meaning. [`Log::append`] gives a record its place, [`Log::wait`] makes it durable
//! (one sync serves all that wait), [`Log::read`] finds it again by its LSN.

mod block;
mod chunk;
mod log;
mod lsn;
mod reader;
mod record;
mod segment;
mod writer;

pub use log::{Log, Options, Urgency};
pub use lsn::{Lsn, Span};
pub use reader::Reader;
