//! Rows that change often while old snapshots look on.

use crate::harness::{self, Outcome, Table, open};
use os::{Random, SimDisk};
use std::sync::Arc;
use storage::*;

/// A reader who does not find what it needs in the first versions reads at most so many times, two for a record.
const READS_MAX: u64 = 40;

fn value(number: u64) -> Vec<u8> {
    let mut value = number.to_string().into_bytes();
    value.resize(5 + usize::try_from(number % 40).unwrap(), b'.');
    value
}

fn set(table: &Table, transaction: &mut Transaction, key: u64, number: u64) {
    let snapshot = transaction.take_snapshot().unwrap();
    let done = table.update(transaction, &snapshot, key, key, &value(number)).unwrap();
    assert!(matches!(done, Outcome::Done(_)), "{done:?}");
}

fn commit(storage: &Arc<Storage>, table: &Table, key: u64, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let mut transaction = storage.begin(1);
        set(table, &mut transaction, key, number);
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        if number.is_multiple_of(50) {
            storage.wait_durable(lsn).unwrap();
        }
    }
}

fn found(storage: &Storage, table: &Table, snapshot: &Snapshot, key: u64) -> Vec<u8> {
    table.find(storage, snapshot, key).unwrap().expect("the row is there").2
}

/// Whether a reader sees this, and does not read the log for long.
fn sees(disk: &SimDisk, storage: &Storage, table: &Table, snapshot: &Snapshot, number: u64) {
    let before = disk.read_count();
    assert_eq!(found(storage, table, snapshot, 1), value(number));
    let reads = disk.read_count() - before;
    assert!(reads <= READS_MAX, "{reads} reads for {number}");
}

#[test]
fn an_old_snapshot_reads_a_handful_of_records() {
    let disk = SimDisk::new();
    let options = Options { log_memory_bytes: 64 << 10, ..harness::options() };
    let storage = Storage::open(Arc::new(disk.clone()), options).unwrap();
    let table = Table::create(&storage).unwrap();
    table.fill(&storage, [1], &value(0));
    let mut readers: Vec<_> = (0..4).map(|_| storage.begin(2)).collect();
    let mut snapshots = Vec::new();
    for (reader, round) in readers.iter_mut().zip(0..) {
        snapshots.push((reader.take_snapshot().unwrap(), round * 3000));
        // Others come and go meanwhile.
        for step in 0..30 {
            let mut passing = storage.begin(3);
            let snapshot = passing.take_snapshot().unwrap();
            let first = round * 3000 + step * 100 + 1;
            commit(&storage, &table, 1, first..first + 100);
            assert_eq!(found(&storage, &table, &snapshot, 1), value(first - 1));
        }
    }
    storage.wait_durable(storage.log_end()).unwrap();
    for (snapshot, number) in &snapshots {
        sees(&disk, &storage, &table, snapshot, *number);
    }
    let latest = storage.begin(2).take_snapshot().unwrap();
    sees(&disk, &storage, &table, &latest, 12_000);
}

#[test]
fn others_pass_by_a_transaction_that_changes_a_row_again_and_again() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    table.fill(&storage, [1], &value(0));
    let mut writer = storage.begin(1);
    for number in 1..1000 {
        set(&table, &mut writer, 1, number);
    }
    let savepoint = writer.savepoint();
    for number in 1000..2000 {
        set(&table, &mut writer, 1, number);
    }
    let mut other = storage.begin(2);
    let snapshot = other.take_snapshot().unwrap();
    sees(&disk, &storage, &table, &snapshot, 0);
    writer.rollback_to(savepoint).unwrap();
    sees(&disk, &storage, &table, &snapshot, 0);
    let own = writer.take_snapshot().unwrap();
    sees(&disk, &storage, &table, &own, 999);
    for number in 2000..3000 {
        set(&table, &mut writer, 1, number);
    }
    sees(&disk, &storage, &table, &snapshot, 0);
    writer.commit(&mut |_| {}).unwrap();
    sees(&disk, &storage, &table, &snapshot, 0);
    drop(snapshot);
    let mut writer = storage.begin(1);
    for number in 3000..4000 {
        set(&table, &mut writer, 1, number);
    }
    writer.rollback().unwrap();
    let snapshot = other.take_snapshot().unwrap();
    sees(&disk, &storage, &table, &snapshot, 2999);
}

/// Every snapshot sees what it saw when it was taken, whoever writes, rolls back, purges or restarts.
#[test]
fn snapshots_of_any_age_see_the_same() {
    for seed in 0..40 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let mut storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        let mut current = [0; 3];
        table.fill(&storage, 0..3, &value(0));
        for restart in 0..2 {
            let mut held: Vec<(Transaction, Snapshot, [u64; 3])> = Vec::new();
            let mut number = 1 + restart * 10_000;
            for _ in 0..150 {
                let mut writer = storage.begin(1);
                let mut next = current;
                let mut kept = None;
                for _ in 0..1 + random.below(8) {
                    let key = usize::try_from(random.below(3)).unwrap();
                    set(&table, &mut writer, key as u64, number);
                    next[key] = number;
                    number += 1;
                    match kept {
                        None if random.one_in(4) => kept = Some((writer.savepoint(), next)),
                        Some((savepoint, at)) if random.one_in(3) => {
                            writer.rollback_to(savepoint).unwrap();
                            (kept, next) = (None, at);
                        }
                        _ => {}
                    }
                }
                if random.one_in(5) {
                    writer.rollback().unwrap();
                } else {
                    let lsn = writer.commit(&mut |_| {}).unwrap();
                    current = next;
                    if random.one_in(4) {
                        storage.wait_durable(lsn).unwrap();
                    }
                }
                if random.one_in(3) {
                    let mut reader = storage.begin(2);
                    let snapshot = reader.take_snapshot().unwrap();
                    held.push((reader, snapshot, current));
                }
                if random.one_in(6) && !held.is_empty() {
                    let index = usize::try_from(random.below(held.len() as u64)).unwrap();
                    held.swap_remove(index);
                }
                if random.one_in(20) {
                    storage.purge().unwrap();
                    storage.checkpoint().unwrap();
                }
                for (_, snapshot, expected) in &held {
                    let key = usize::try_from(random.below(3)).unwrap();
                    let seen = found(&storage, &table, snapshot, key as u64);
                    assert_eq!(seen, value(expected[key]), "seed {seed}");
                }
            }
            drop(held);
            storage.wait_durable(storage.log_end()).unwrap();
            drop(storage);
            storage = open(&disk).unwrap();
        }
    }
}
