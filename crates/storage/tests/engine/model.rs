//! Several sessions, interleaved in one thread, against a model.

use crate::harness::{Table, World, open};
use os::{Random, SimDisk};
use storage::{Durability, Transaction};

#[test]
fn sessions_against_a_model() {
    for seed in 0..40 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let durability = if seed < 30 { Durability::Logged } else { Durability::Unlogged };
        let table = Table::create_with(&storage, durability).unwrap();
        let mut world = World::new(storage, table, Default::default(), seed);
        for _ in 0..1500 {
            world.step(&mut random).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        world.check().unwrap();
        world.check_purged().unwrap();
    }
}

#[test]
fn a_mark_that_a_rollback_restores_is_purged() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let change = |transaction: &mut Transaction, key, new_key| {
        let snapshot = transaction.take_snapshot().unwrap();
        table.update(transaction, &snapshot, key, new_key, b"x").unwrap();
    };
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"x").unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    let mut transaction = storage.begin(1);
    change(&mut transaction, 1, 2);
    transaction.commit(&mut |_| {}).unwrap();
    let mut transaction = storage.begin(1);
    change(&mut transaction, 2, 1);
    assert!(storage.purge().unwrap() > 0, "purge passes the mark by, as it is gone for now");
    transaction.rollback().unwrap();
    let marked = || {
        let mut marked = 0;
        let count = |_: &[u8], _, mark| {
            marked += u32::from(mark);
            Ok(())
        };
        storage.index_entries(table.by_key, count).unwrap();
        marked
    };
    assert_eq!(marked(), 1);
    storage.purge().unwrap();
    assert_eq!(marked(), 0);
}

#[test]
fn a_hot_row_under_an_old_snapshot() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"first").unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    let mut old = storage.begin(1);
    let snapshot = old.take_snapshot().unwrap();
    for round in 0..2000u32 {
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        table
            .update(&mut transaction, &snapshot, 1, 1, format!("round {round}").as_bytes())
            .unwrap();
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        storage.wait_durable(lsn).unwrap();
        if round % 500 == 0 {
            storage.checkpoint().unwrap();
        }
    }
    let (.., value) = table.find(&storage, &snapshot, 1).unwrap().unwrap();
    assert_eq!(value, b"first");
}
