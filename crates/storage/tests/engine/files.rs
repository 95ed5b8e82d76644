//! Relations, sequences, numbers and the data directory itself.

use crate::harness::{DATABASE, Table, open, options};
use error::SqlState;
use os::{Disk, OpenMode, Random, SimDisk};
use std::sync::Arc;
use storage::*;

fn exists(disk: &SimDisk, relation: RelationId) -> bool {
    disk.exists(&relation.to_string()).unwrap()
}

#[test]
fn creation_and_drop_are_transactional() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    assert!(storage.is_new());
    let table = Table::create(&storage).unwrap();
    let other = RelationId { database: DATABASE, file: storage.allocate_file().unwrap() };
    let mut transaction = storage.begin(1);
    transaction.create_heap(other).unwrap();
    transaction.insert(other, b"\0\0").unwrap();
    transaction.rollback().unwrap();
    let mut transaction = storage.begin(1);
    let savepoint = transaction.savepoint();
    transaction.drop_relation(table.by_value).unwrap();
    transaction.rollback_to(savepoint).unwrap();
    transaction.drop_relation(table.heap).unwrap();
    let lsn = transaction.commit(&mut |_| {}).unwrap();
    assert!(exists(&disk, table.heap), "a file stays until the commit is durable");
    storage.wait_durable(lsn).unwrap();
    storage.shutdown().unwrap();
    assert!(!exists(&disk, other));
    assert!(!exists(&disk, table.heap));
    assert!(exists(&disk, table.by_value));
    let mut transaction = storage.begin(1);
    transaction.drop_database_dir(DATABASE).unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    storage.shutdown().unwrap();
    assert!(!disk.exists("base/5").unwrap());
}

#[test]
fn files_after_a_crash() {
    for seed in 0..60 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        let lost = RelationId { database: DATABASE, file: storage.allocate_file().unwrap() };
        let kept = RelationId { database: DATABASE, file: storage.allocate_file().unwrap() };
        let mut unfinished = storage.begin(1);
        unfinished.create_heap(lost).unwrap();
        unfinished.insert(lost, b"\0\0").unwrap();
        let mut transaction = storage.begin(1);
        transaction.create_heap(kept).unwrap();
        let (address, _) = transaction.insert(kept, b"\0\0\x07").unwrap();
        transaction.drop_relation(table.heap).unwrap();
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        if random.one_in(2) {
            storage.checkpoint().unwrap();
        }
        storage.wait_durable(lsn).unwrap();
        if random.one_in(2) {
            storage.checkpoint().unwrap();
        }
        disk.lose_power();
        let disk = disk.after_power_loss(&mut random);
        let storage = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(!exists(&disk, lost), "seed {seed}");
        assert!(!exists(&disk, table.heap), "seed {seed}");
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        let row = storage.fetch(&snapshot, kept, address, |_, row| row.bytes.to_vec()).unwrap();
        assert_eq!(row.as_deref(), Some(&b"\0\0\x07"[..]), "seed {seed}");
        assert!(storage.allocate_file().unwrap() > kept.file, "numbers are not reused");
    }
}

#[test]
fn sequences() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    Table::create(&storage).unwrap();
    let sequence = RelationId { database: DATABASE, file: storage.allocate_file().unwrap() };
    let mut transaction = storage.begin(1);
    transaction.create_sequence(sequence, &1u64.to_le_bytes()).unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    let next = |transaction: &mut Transaction| {
        transaction.sequence_next(sequence, |state| {
            let value = u64::from_le_bytes((&*state).try_into().unwrap());
            state.copy_from_slice(&(value + 1).to_le_bytes());
            Ok(value)
        })
    };
    let mut transaction = storage.begin(1);
    assert_eq!(next(&mut transaction).unwrap(), 1);
    assert_eq!(next(&mut transaction).unwrap(), 2);
    let lsn = transaction.answer_lsn();
    transaction.rollback().unwrap();
    storage.wait_durable(lsn).unwrap();
    drop(storage);
    disk.lose_power();
    let storage = open(&disk.after_power_loss(&mut Random::seeded(1))).unwrap();
    assert_eq!(
        storage.sequence_read(sequence, |state| state.to_vec()).unwrap(),
        3u64.to_le_bytes()
    );
}

#[test]
fn the_directory_is_ours_alone() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let error = open(&disk).map(drop).unwrap_err();
    assert_eq!(error.code(), SqlState::OBJECT_IN_USE);
    drop(storage);
    let foreign = SimDisk::new();
    foreign.open("PG_VERSION", OpenMode::Create).unwrap();
    let error = open(&foreign).map(drop).unwrap_err();
    assert_eq!(error.code(), SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE);
    let newer = SimDisk::new();
    drop(open(&newer).unwrap());
    let file = newer.open("control", OpenMode::Existing).unwrap();
    for slot in [0, 4096] {
        let mut bytes = [0; 68];
        file.read_at(&mut bytes, slot).unwrap();
        bytes[8] += 1;
        let crc = crc32c::crc32c(&bytes[..64]);
        bytes[64..].copy_from_slice(&crc.to_le_bytes());
        file.write_at(&bytes, slot).unwrap();
    }
    assert_eq!(open(&newer).map(drop).unwrap_err().code(), SqlState::FEATURE_NOT_SUPPORTED);
}

#[test]
fn a_clean_restart_has_nothing_to_do() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    for key in 0..50 {
        table.insert(&mut transaction, key, b"value").unwrap();
    }
    transaction.commit(&mut |_| {}).unwrap();
    storage.shutdown().unwrap();
    drop(storage);
    let storage = Storage::open(Arc::new(disk), options()).unwrap();
    let counters = storage.counters();
    assert_eq!((counters.page_reads, counters.page_writes, counters.log_records), (0, 0, 0));
}

#[test]
fn a_first_start_that_is_cut_short_is_made_again() {
    for seed in 0..80 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        disk.lose_power_after(1 + random.below(30));
        let shared = RelationId { database: 0, file: 1 };
        let first = |disk: &SimDisk| {
            let storage = open(disk)?;
            if storage.is_new() {
                let mut transaction = storage.begin(1);
                transaction.create_heap(shared)?;
                transaction.insert(shared, b"\0\0")?;
                let lsn = transaction.commit(&mut |_| {})?;
                storage.wait_durable(lsn)?;
            }
            storage.checkpoint()?;
            Ok::<_, error::Error>(storage)
        };
        let _ = first(&disk).map(drop);
        disk.lose_power();
        let disk = disk.after_power_loss(&mut random);
        let storage = first(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(storage.heap_usage(shared).unwrap().rows, 1, "seed {seed}");
    }
}

#[test]
fn on_the_real_disk() {
    let root = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("real-{}", std::process::id()));
    let disk = || Arc::new(os::RealDisk::open(&root).unwrap());
    let options = Options {
        background: true,
        log_segment_bytes: 64 << 10,
        checkpoint_bytes: 100_000,
        ..options()
    };
    let storage = Storage::open(disk(), options.clone()).unwrap();
    let error = Storage::open(disk(), options.clone()).map(drop).unwrap_err();
    assert_eq!(error.code(), SqlState::OBJECT_IN_USE);
    let table = Table::create(&storage).unwrap();
    for key in 0..300 {
        let mut transaction = storage.begin(1);
        table.insert(&mut transaction, key, &[b'v'; 300]).unwrap();
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        if key % 50 == 0 {
            storage.wait_durable(lsn).unwrap();
        }
    }
    storage.shutdown().unwrap();
    drop(storage);
    let storage = Storage::open(disk(), options).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let state = table.scan(&storage, &snapshot).unwrap();
    assert_eq!(state.len(), 300);
    table.check(&storage, &snapshot, &state, 0).unwrap();
    drop((transaction, snapshot, storage));
    std::fs::remove_dir_all(&root).unwrap();
}

/// Purge may work on a relation behind the commit that drops it: recovery knows that the file has gone.
#[test]
fn what_is_purged_behind_its_drop_is_not_missed() {
    for whole_database in [false, true] {
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        table.fill(&storage, 0..5, b"value");
        storage.wait_durable(table.clear(&storage, 0..5)).unwrap();
        let mut dropper = storage.begin(1);
        if whole_database {
            dropper.drop_database_dir(DATABASE).unwrap();
        } else {
            dropper.drop_relation(table.heap).unwrap();
            dropper.drop_relation(table.by_key).unwrap();
        }
        dropper.commit(&mut |_| {}).unwrap();
        // The drop is not durable yet, so the files are there to be purged.
        let before = storage.log_end();
        storage.purge().unwrap();
        assert!(storage.log_end() > before, "purge had something to do");
        storage.wait_durable(storage.log_end()).unwrap();
        disk.lose_power();
        let disk = disk.after_power_loss(&mut Random::seeded(1));
        open(&disk).unwrap().shutdown().unwrap();
        assert!(!exists(&disk, table.heap));
    }
}

/// A file whose making is rolled back goes when the log says so durably: else recovery would miss it.
#[test]
fn a_rollback_unlinks_what_the_log_has_given_up() {
    for seed in 0..60 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        Table::create(&storage).unwrap();
        let made = RelationId { database: DATABASE, file: storage.allocate_file().unwrap() };
        let mut transaction = storage.begin(1);
        transaction.create_heap(made).unwrap();
        transaction.insert(made, b"\0\0").unwrap();
        // Recovery begins behind the file's making, with a change of it.
        storage.checkpoint().unwrap();
        transaction.insert(made, b"\0\0").unwrap();
        storage.wait_durable(storage.log_end()).unwrap();
        transaction.rollback().unwrap();
        if random.one_in(2) {
            storage.purge().unwrap();
        }
        disk.lose_power();
        let disk = disk.after_power_loss(&mut random);
        let storage = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        storage.shutdown().unwrap();
        assert!(!exists(&disk, made), "seed {seed}");
    }
}
