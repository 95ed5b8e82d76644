//! Relations without redo in the log: whole after a shutdown, empty after anything else, and never in between.

use crate::harness::{Outcome, State, Table, World, open, seeds};
use os::{Random, SimDisk};
use std::sync::Arc;
use storage::*;

#[test]
fn a_crash_empties_and_a_shutdown_does_not() {
    for seed in seeds(40) {
        let mut random = Random::seeded(seed);
        let mut disk = SimDisk::new();
        let mut storage = open(&disk).unwrap();
        let table = Table::create_with(&storage, Durability::Unlogged).unwrap();
        let mut state = State::new();
        for round in 0..6 {
            let mut world = World::new(Arc::clone(&storage), table, state.clone(), seed);
            let is_crash = random.one_in(2);
            if is_crash {
                disk.lose_power_after(1 + random.below(200));
            }
            for _ in 0..random.below(300) {
                if let Err(error) = world.step(&mut random) {
                    assert!(disk.is_powerless(), "seed {seed}: {error}");
                    break;
                }
            }
            let (states, _) = world.end();
            if is_crash || disk.is_powerless() {
                disk.lose_power();
                drop(storage);
                disk = disk.after_power_loss(&mut random);
                state = State::new();
            } else {
                storage.shutdown().unwrap();
                drop(storage);
                state = states.last().unwrap().clone();
            }
            storage = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(table.committed(&storage), state, "seed {seed} round {round}");
            table.check_structure(&storage).unwrap();
        }
    }
}

#[test]
fn what_was_prepared_before_a_crash_is_passed_by() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create_with(&storage, Durability::Unlogged).unwrap();
    let mut transaction = storage.begin(1);
    for key in 0..50 {
        let added = table.insert(&mut transaction, key, b"x").unwrap();
        assert!(matches!(added, Outcome::Done(_)));
    }
    let lsn = transaction.prepare("one", b"").unwrap();
    storage.wait_durable(lsn).unwrap();
    disk.lose_power();
    drop(storage);
    let storage = open(&disk.after_power_loss(&mut Random::seeded(1))).unwrap();
    let mut found = storage.take_prepared().unwrap();
    found.pop().unwrap().transaction.rollback().unwrap();
    assert!(table.committed(&storage).is_empty());
    let mut transaction = storage.begin(1);
    let added = table.insert(&mut transaction, 7, b"y").unwrap();
    assert!(matches!(added, Outcome::Done(_)));
    transaction.commit(&mut |_| {}).unwrap();
    storage.purge().unwrap();
    assert_eq!(table.committed(&storage).len(), 1);
    table.check_structure(&storage).unwrap();
}

#[test]
fn rows_are_not_logged_and_commits_do_not_wait() {
    let storage = open(&SimDisk::new()).unwrap();
    let logged = Table::create(&storage).unwrap();
    let unlogged = Table::create_with(&storage, Durability::Unlogged).unwrap();
    let add = |table: &Table| {
        let before = storage.log_end();
        let mut transaction = storage.begin(1);
        for key in 0..200 {
            table.insert(&mut transaction, key, &[b'v'; 500]).unwrap();
        }
        let wait = transaction.commit(&mut |_| {}).unwrap();
        (storage.log_end().0 - before.0, wait)
    };
    let (logged_bytes, _) = add(&logged);
    storage.wait_durable(storage.log_end()).unwrap();
    let (unlogged_bytes, wait) = add(&unlogged);
    assert!(unlogged_bytes * 5 < logged_bytes, "{unlogged_bytes} {logged_bytes}");
    assert!(wait <= storage.durable_lsn());
}

/// What purge had not done before a crash concerns pages that are gone, and rows that are no more.
#[test]
fn purge_passes_by_what_a_crash_emptied() {
    for adds in [false, true] {
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create_with(&storage, Durability::Unlogged).unwrap();
        let mut transaction = storage.begin(1);
        for key in 0..50 {
            table.insert(&mut transaction, key, &[b'v'; 2000]).unwrap();
        }
        transaction.commit(&mut |_| {}).unwrap();
        let mut reader = storage.begin(2);
        let old = reader.take_snapshot().unwrap();
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        for key in 0..50 {
            table.delete(&mut transaction, &snapshot, key).unwrap();
        }
        drop(snapshot);
        transaction.commit(&mut |_| {}).unwrap();
        storage.wait_durable(storage.log_end()).unwrap();
        drop(old);
        disk.lose_power();
        let storage = open(&disk.after_power_loss(&mut Random::seeded(1))).unwrap();
        if adds {
            let mut transaction = storage.begin(1);
            for key in 0..50 {
                table.insert(&mut transaction, key, &[b'w'; 1000]).unwrap();
            }
            transaction.commit(&mut |_| {}).unwrap();
        }
        storage.purge().unwrap();
        assert_eq!(table.committed(&storage).len(), if adds { 50 } else { 0 });
        table.check_structure(&storage).unwrap();
    }
}
