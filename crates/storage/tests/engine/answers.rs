//! What an answer waits for: commits that it shows and that were promised to last.

use crate::harness::{Outcome, Table, open};
use os::SimDisk;
use std::sync::Arc;
use storage::*;

/// Inserts a key and commits; the LSN that its own answer waits for.
fn insert(storage: &Arc<Storage>, table: &Table, key: u64, asynchronous: bool) -> Lsn {
    let mut transaction = storage.begin(1);
    transaction.set_asynchronous_commit(asynchronous);
    assert!(matches!(table.insert(&mut transaction, key, b"x").unwrap(), Outcome::Done(_)));
    transaction.commit(&mut |_| {}).unwrap()
}

/// What the answer of a reader of this key waits for.
fn read(storage: &Arc<Storage>, table: &Table, key: u64) -> Lsn {
    let mut transaction = storage.begin(2);
    let snapshot = transaction.take_snapshot().unwrap();
    assert!(table.find(storage, &snapshot, key).unwrap().is_some(), "key {key}");
    drop(snapshot);
    transaction.commit(&mut |_| {}).unwrap()
}

#[test]
fn readers_wait_for_promises_only() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.wait_durable(storage.log_end()).unwrap();

    let promised = insert(&storage, &table, 1, false);
    assert!(promised > storage.durable_lsn());
    let seen = read(&storage, &table, 1);
    assert!(seen > storage.durable_lsn(), "who shows a promised commit waits for it");
    storage.wait_durable(seen).unwrap();
    assert!(read(&storage, &table, 1) <= storage.durable_lsn());

    let may_be_lost = insert(&storage, &table, 2, true);
    assert!(may_be_lost <= storage.durable_lsn());
    assert!(storage.log_end() > storage.durable_lsn());
    let seen = read(&storage, &table, 2);
    assert!(seen <= storage.durable_lsn(), "nobody waits for what may be lost anyway");
}

#[test]
fn who_may_be_lost_waits_for_the_promise_that_it_builds_on() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let promised = insert(&storage, &table, 1, false);
    let mut transaction = storage.begin(1);
    transaction.set_asynchronous_commit(true);
    let snapshot = transaction.take_snapshot().unwrap();
    let outcome = table.update(&mut transaction, &snapshot, 1, 1, b"y").unwrap();
    assert!(matches!(outcome, Outcome::Done(_)));
    drop(snapshot);
    let answer = transaction.commit(&mut |_| {}).unwrap();
    assert!(answer > storage.durable_lsn() && answer <= promised);
}

#[test]
fn commit_delay_has_commits_share_a_sync() {
    let disk = SimDisk::new();
    let options = Options { background: true, ..crate::harness::options() };
    let storage = Storage::open(Arc::new(disk), options).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.wait_durable(storage.log_end()).unwrap();
    let commit = |key: u64, siblings: usize| {
        let mut transaction = storage.begin(1);
        transaction.set_commit_delay(100_000, siblings);
        assert!(matches!(table.insert(&mut transaction, key, b"x").unwrap(), Outcome::Done(_)));
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        storage.request_durable(lsn);
        lsn
    };
    let mut other = storage.begin(2);
    assert!(matches!(table.insert(&mut other, 100, b"x").unwrap(), Outcome::Done(_)));
    let lsns: Vec<Lsn> = (1..=5).map(|key| commit(key, 1)).collect();
    storage.wait_durable(lsns[0]).unwrap();
    assert!(storage.durable_lsn() >= lsns[4], "the sync of the first waited for the others");
    let alone = std::time::Instant::now();
    storage.wait_durable(commit(6, 2)).unwrap();
    assert!(alone.elapsed().as_millis() < 100, "with fewer siblings it waits for nobody");
    other.rollback().unwrap();
}

/// That a key is taken is an answer too, though no snapshot showed the row that has it.
#[test]
fn who_is_refused_waits_for_the_commit_that_refuses() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.wait_durable(storage.log_end()).unwrap();
    let mut second = storage.begin(2);
    let _before = second.take_snapshot().unwrap();
    insert(&storage, &table, 1, false);
    assert!(second.answer_lsn() <= storage.durable_lsn());
    let refused = table.insert(&mut second, 1, b"x").unwrap();
    assert!(matches!(refused, Outcome::Duplicate));
    assert!(second.answer_lsn() > storage.durable_lsn());
}
