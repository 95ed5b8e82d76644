//! Transactions that a crash cut short, while the engine is used and they are not undone yet.

use crate::harness::{Outcome, Table, options};
use os::{Random, SimDisk, WaitSlot};
use std::sync::Arc;
use std::time::Duration;
use storage::*;

const OLD: u64 = 60;

fn open(disk: &SimDisk, undo: UndoTime) -> error::Result<Arc<Storage>> {
    Storage::open(Arc::new(disk.clone()), Options { undo, ..options() })
}

/// Rows that are committed, then one transaction's changes of most of them, then a loss of power.
fn crashed(random: &mut Random) -> (SimDisk, Table, Xid) {
    let disk = SimDisk::new();
    let storage = open(&disk, UndoTime::ByCall).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.wait_durable(table.fill(&storage, 0..OLD, b"old")).unwrap();
    let mut cut = storage.begin(1);
    for key in 0..2 * OLD {
        let snapshot = cut.take_snapshot().unwrap();
        let done = match key {
            _ if key >= OLD => table.insert(&mut cut, key, b"new").unwrap(),
            _ if key % 3 == 0 => table.delete(&mut cut, &snapshot, key).unwrap(),
            _ => table.update(&mut cut, &snapshot, key, key, b"longer and new").unwrap(),
        };
        assert!(matches!(done, Outcome::Done(_)));
        if random.one_in(40) {
            storage.checkpoint().unwrap();
        }
    }
    storage.wait_durable(storage.log_end()).unwrap();
    let xid = cut.xid().unwrap();
    let found = disk.after_power_loss(random);
    cut.rollback().unwrap();
    (found, table, xid)
}

/// Everybody sees what was committed, and nothing else.
fn check(storage: &Arc<Storage>, table: &Table) {
    let snapshot = storage.begin(2).take_snapshot().unwrap();
    for key in 0..2 * OLD {
        let found = table.find(storage, &snapshot, key).unwrap().map(|(.., value)| value);
        assert_eq!(found, (key < OLD).then(|| b"old".to_vec()), "key {key}");
    }
}

fn update(storage: &Arc<Storage>, table: &Table, key: u64) -> Outcome {
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    table.update(&mut transaction, &snapshot, key, key, b"later").unwrap()
}

const RELATION: LockTag = LockTag::Relation { database: 5, relation: 9 };

#[test]
fn nobody_sees_or_changes_what_is_not_undone_yet() {
    for seed in 0..20 {
        let mut random = Random::seeded(seed);
        let (disk, table, xid) = crashed(&mut random);
        let storage = open(&disk, UndoTime::ByCall).unwrap();
        assert_eq!(storage.transaction_status(xid), TransactionStatus::InProgress);
        check(&storage, &table);
        assert_eq!(update(&storage, &table, 1), Outcome::Blocked(xid));
        let mut other = storage.begin(1);
        assert_eq!(table.insert(&mut other, OLD, b"mine").unwrap(), Outcome::Blocked(xid));
        assert!(other.try_lock(RELATION, LockMode::RowExclusive).unwrap());
        assert!(!other.try_lock(RELATION, LockMode::Share).unwrap(), "it may be a writer");
        if random.one_in(2) {
            storage.checkpoint().unwrap();
        }
        storage.undo_unfinished().unwrap();
        assert_ne!(storage.transaction_status(xid), TransactionStatus::InProgress);
        check(&storage, &table);
        assert!(matches!(update(&storage, &table, 1), Outcome::Done(_)));
        assert!(matches!(table.insert(&mut other, OLD, b"mine").unwrap(), Outcome::Done(_)));
        assert!(other.try_lock(RELATION, LockMode::Share).unwrap());
        other.rollback().unwrap();
        storage.purge().unwrap();
        storage.check_heap(table.heap).unwrap();
    }
}

#[test]
fn undoing_begins_again_after_each_crash() {
    for seed in 0..30 {
        let mut random = Random::seeded(seed);
        let (mut disk, table, _) = crashed(&mut random);
        for _ in 0..4 {
            let storage = open(&disk, UndoTime::ByCall).unwrap();
            check(&storage, &table);
            disk.lose_power_after(1 + random.below(40));
            let _ = storage.undo_unfinished();
            let _ = storage.checkpoint();
            disk.lose_power();
            disk = disk.after_power_loss(&mut random);
        }
        let storage = open(&disk, UndoTime::AtOpen).unwrap();
        check(&storage, &table);
        assert!(matches!(update(&storage, &table, 1), Outcome::Done(_)));
        storage.check_heap(table.heap).unwrap();
    }
}

#[test]
fn definitions_are_undone_before_the_engine_is_open() {
    let disk = SimDisk::new();
    let storage = open(&disk, UndoTime::ByCall).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut cut = storage.begin(1);
    assert!(matches!(table.insert(&mut cut, 1, b"new").unwrap(), Outcome::Done(_)));
    let file = storage.allocate_heap_file(Durability::Logged).unwrap();
    cut.create_heap(RelationId { file, ..table.heap }).unwrap();
    storage.checkpoint().unwrap();
    storage.wait_durable(storage.log_end()).unwrap();
    let xid = cut.xid().unwrap();
    let disk = disk.after_power_loss(&mut Random::seeded(1));
    drop(cut);
    let storage = open(&disk, UndoTime::ByCall).unwrap();
    assert_ne!(storage.transaction_status(xid), TransactionStatus::InProgress);
    let mut other = storage.begin(1);
    assert!(matches!(table.insert(&mut other, 1, b"mine").unwrap(), Outcome::Done(_)));
}

#[test]
fn who_waits_for_it_goes_on_when_it_is_undone() {
    let (disk, table, xid) = crashed(&mut Random::seeded(3));
    let storage = open(&disk, UndoTime::Behind).unwrap();
    let mut waiting = storage.begin(1);
    let limits = Limits {
        slot: &Arc::new(WaitSlot::default()),
        check: &|| Ok(()),
        lock_timeout: Some(Duration::from_secs(60)),
        deadline: None,
        deadlock_timeout: Duration::from_secs(1),
    };
    waiting.lock(RELATION, LockMode::AccessExclusive, limits).unwrap();
    assert_ne!(storage.transaction_status(xid), TransactionStatus::InProgress);
    assert!(matches!(update(&storage, &table, 1), Outcome::Done(_)));
    drop(waiting);
    storage.shutdown().unwrap();
}
