//! Purge across a restart: it goes on with what it had not done, and touches nothing else.

use crate::harness::{State, Table, World, open};
use error::SqlState;
use os::{Disk, Random, SimDisk};
use std::sync::Arc;
use std::thread;
use storage::*;

const KEYS: u64 = 40;

/// Commits changes that leave something to purge: deletes, new keys, rows that moved, large values let go of.
fn work(storage: &Arc<Storage>, table: &Table, random: &mut Random) {
    let mut transaction = storage.begin(1);
    for _ in 0..1 + random.below(4) {
        let (key, new_key) = (random.below(KEYS), random.below(2 * KEYS));
        let length = [20, 3000, 30_000][usize::try_from(random.below(3)).unwrap()];
        let value: Vec<u8> =
            (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        transaction.begin_command();
        let snapshot = transaction.take_snapshot().unwrap();
        match random.below(4) {
            0 => drop(table.delete(&mut transaction, &snapshot, key).unwrap()),
            1 => drop(table.insert(&mut transaction, key, &value).unwrap()),
            2 => drop(table.update(&mut transaction, &snapshot, key, key, &value).unwrap()),
            _ => drop(table.update(&mut transaction, &snapshot, key, new_key, &value).unwrap()),
        }
    }
    transaction.commit(&mut |_| {}).unwrap();
}

#[test]
fn a_restart_goes_on_with_purge() {
    for seed in 0..30 {
        let mut random = Random::seeded(7000 + seed);
        let mut disk = SimDisk::new();
        let mut table = None;
        for _ in 0..3 {
            let storage = open(&disk).unwrap();
            let table = *table.get_or_insert_with(|| Table::create(&storage).unwrap());
            let mut reader = storage.begin(2);
            let old = reader.take_snapshot().unwrap();
            for _ in 0..20 {
                work(&storage, &table, &mut random);
                match random.below(8) {
                    0 => storage.checkpoint().unwrap(),
                    1 => drop(storage.purge().unwrap()),
                    _ => {}
                }
            }
            drop(old);
            // Purge may have begun; what it did may be durable or not.
            if random.one_in(2) {
                storage.purge().unwrap();
            }
            let expected = table.committed(&storage);
            storage.wait_durable(storage.log_end()).unwrap();
            disk.lose_power();
            disk = disk.after_power_loss(&mut random);
            let storage = open(&disk).unwrap();
            assert_eq!(table.committed(&storage), expected, "seed {seed}");
            World::new(Arc::clone(&storage), table, expected, seed).check_purged().unwrap();
            storage.shutdown().unwrap();
        }
    }
}

/// A row that is there again is not the one that was deleted: its place may be another's by the time purge comes by again.
#[test]
fn what_is_purged_again_after_a_crash_is_passed_by() {
    for seed in 0..20 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        table.fill(&storage, 0..10, b"first");
        table.clear(&storage, 0..10);
        // The checkpoint's list has the delete; then it is purged, and others take the places and the keys.
        storage.checkpoint().unwrap();
        storage.purge().unwrap();
        storage.wait_durable(table.fill(&storage, 0..10, b"second")).unwrap();
        let expected = table.committed(&storage);
        disk.lose_power();
        let storage = open(&disk.after_power_loss(&mut random)).unwrap();
        storage.purge().unwrap();
        assert_eq!(table.committed(&storage), expected, "seed {seed}");
        World::new(storage, table, expected, seed).check_purged().unwrap();
    }
}

/// A checkpoint in the middle of a transaction's purge knows of it: what is left is purged after a crash.
#[test]
fn a_checkpoint_knows_what_purge_is_at() {
    for seed in 0..4 {
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        table.fill(&storage, 0..1000, b"value");
        storage.wait_durable(table.clear(&storage, 0..1000)).unwrap();
        let before = storage.counters().log_records;
        thread::scope(|scope| {
            // The power goes while it is at work, or just when it has ended.
            scope.spawn(|| drop(storage.purge()));
            while storage.counters().log_records < before + 50 {
                thread::yield_now();
            }
            storage.checkpoint().unwrap();
            disk.lose_power();
        });
        drop(storage);
        let storage = open(&disk.after_power_loss(&mut Random::seeded(seed))).unwrap();
        World::new(storage, table, State::new(), seed).check_purged().unwrap();
    }
}

/// A file that the log has changes of, and no drop, has been lost: that is no reason to leave the changes out.
#[test]
fn a_file_that_is_lost_is_missed() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.checkpoint().unwrap();
    storage.wait_durable(table.fill(&storage, [1], b"value")).unwrap();
    drop(storage);
    let lost = disk.after_power_loss(&mut Random::seeded(1));
    lost.remove(&table.by_key.to_string()).unwrap();
    let error = open(&lost).map(drop).unwrap_err();
    assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
    assert_eq!(error.message(), format!("file \"{}\" is missing", table.by_key));
}
