//! Tables and indexes as transactions see them: rows in place, their history in the log.
//!
//! [`Storage`] is the engine, one per data directory. A session has a [`Transaction`] to write through and
//! [`Snapshot`]s to read through.

mod background;
mod checkpoint;
mod codec;
mod commit;
mod control;
mod files;
mod heap;
mod ids;
mod index;
mod inspect;
mod large;
mod lock_session;
mod lock_status;
mod lock_wait;
mod locks;
mod prepare;
mod purge;
mod record;
mod recovery;
mod row;
mod sequence;
mod snapshot;
mod ssi;
mod storage;
mod table;
mod temporary;
mod transaction;
mod undo;
mod unfinished;
mod unlogged;
mod wait;

pub use btree::{KEY_SIZE_MAX, key_too_long};
pub use files::Durability;
pub use heap::SeenRow;
pub use ids::{Csn, Lsn, RelationId, RowAddress, Version, Xid};
pub use index::{
    Direction, EntryKey, Found, IndexCursor, IndexInsert, KeySource, KeyVisitor, NewEntry, Unique,
    prefix_end,
};
pub use inspect::{Information, information};
pub use large::{external_chunk_count, external_length};
pub use lock_session::LockSession;
pub use lock_status::{LockRow, LockedThing};
pub use locks::{Limits, LockMode, LockTag, RowLock};
pub use prepare::Prepared;
pub use row::{Column, ColumnKind, ROW_SIZE_MAX, RowBuilder, RowLayout, RowRef, UsualPlace};
pub use snapshot::Snapshot;
pub use ssi::Serializable;
pub use storage::{Counters, HeapUsage, Options, Storage};
pub use table::TransactionStatus;
pub use temporary::TemporaryFile;
pub use transaction::{Savepoint, Transaction, UpdateKind, Write};
pub use unfinished::UndoTime;

/// The largest state of a sequence, in bytes.
pub const SEQUENCE_STATE_MAX: usize = 256;

// A session goes from thread to thread.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Transaction>();
    is_send::<Snapshot>();
    is_send::<IndexCursor>();
};
