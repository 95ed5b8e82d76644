//! The count of row locks, which lets look-ups leave the lock table alone.

use super::*;
use crate::Csn;

#[test]
fn row_locks_are_counted_once() {
    let table = Arc::new(Table::new(Xid::FIRST, Csn(1)));
    let locks = Locks::new(table);
    let (one, other) = (locks.owner(1), locks.owner(2));
    let heap = RelationId { database: 1, file: 2 };
    let tag = Tag::Row(heap, RowAddress { page: 0, slot: 0 });
    let count = || locks.row_count.load(Ordering::Acquire);
    assert_eq!(locks.try_lock(&one, tag, RowLock::KeyShare.into()).ok(), Some(true));
    assert_eq!(locks.try_lock(&one, tag, RowLock::KeyShare.into()).ok(), Some(false));
    assert_eq!(locks.try_lock(&other, tag, RowLock::Share.into()).ok(), Some(true));
    assert_eq!(locks.try_lock(&one, tag, RowLock::Share.into()).ok(), Some(true));
    assert_eq!(count(), 3);
    // Neither what was never held nor what was freed already is freed again.
    locks.unlock(&one, tag, RowLock::Update.into());
    locks.unlock(&one, tag, RowLock::Share.into());
    locks.unlock(&one, tag, RowLock::Share.into());
    locks.unlock(&one, tag, RowLock::KeyShare.into());
    assert_eq!(count(), 1);
    locks.unlock(&one, tag, RowLock::KeyShare.into());
    assert!(
        locks.row_conflict(&one, heap, RowAddress { page: 0, slot: 0 }, RowLock::Update).is_some()
    );
    locks.unlock(&other, tag, RowLock::Share.into());
    locks.unlock(&other, tag, RowLock::Share.into());
    assert_eq!(count(), 0);
}
