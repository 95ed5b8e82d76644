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
