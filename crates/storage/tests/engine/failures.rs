//! Disks that fail: full, unreadable, unsynced, damaged.

use crate::harness::{Outcome, Table, open, options};
use error::SqlState;
use os::{Disk, OpenMode, Random, SimDisk};
use std::sync::Arc;
use storage::*;

#[test]
fn a_full_disk_fails_the_transaction_and_loses_nothing() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"before").unwrap();
    let lsn = transaction.commit(&mut |_| {}).unwrap();
    storage.wait_durable(lsn).unwrap();
    disk.set_room(Some(0));
    let mut random = Random::seeded(1);
    let mut key = 2;
    let error = loop {
        let mut transaction = storage.begin(1);
        let value = vec![u8::try_from(random.below(256)).unwrap(); 5000];
        let lsn = match table.insert(&mut transaction, key, &value) {
            Ok(Outcome::Done(_)) => transaction.commit(&mut |_| {}).unwrap(),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        };
        key += 1;
        // Commits wait until there is room; here nobody waits.
        drop(storage.wait_durable(lsn));
    };
    assert_eq!(error.code(), SqlState::DISK_FULL);
    assert!(storage.failure().is_none());
    disk.set_room(None);
    storage.wait_durable(Lsn(storage.durable_lsn().0 + 1)).unwrap();
    let mut transaction = storage.begin(1);
    assert!(matches!(table.insert(&mut transaction, key, b"after").unwrap(), Outcome::Done(_)));
    let lsn = transaction.commit(&mut |_| {}).unwrap();
    storage.wait_durable(lsn).unwrap();
    drop(storage);
    disk.lose_power();
    let storage = open(&disk.after_power_loss(&mut random)).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let state = table.scan(&storage, &snapshot).unwrap();
    assert_eq!(state.len() as u64, key);
    table.check(&storage, &snapshot, &state, 0).unwrap();
}

#[test]
fn a_failed_sync_stops_the_engine() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"x").unwrap();
    let lsn = transaction.commit(&mut |_| {}).unwrap();
    disk.fail_sync_after(1);
    assert_eq!(storage.wait_durable(lsn).unwrap_err().code(), SqlState::IO_ERROR);
    assert!(storage.failure().is_some());
    assert!(storage.wait_durable(lsn).is_err(), "a later sync proves nothing");
    let mut transaction = storage.begin(1);
    assert!(transaction.take_snapshot().is_err());
    assert!(table.insert(&mut transaction, 2, b"x").is_err());
}

#[test]
fn a_failed_read_fails_its_statement_only() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"x").unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    storage.shutdown().unwrap();
    drop(storage);
    let storage = open(&disk).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    disk.fail_read_after(1);
    assert_eq!(table.scan(&storage, &snapshot).unwrap_err().code(), SqlState::IO_ERROR);
    assert_eq!(table.scan(&storage, &snapshot).unwrap().len(), 1);
}

#[test]
fn damage_is_found() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    table.insert(&mut transaction, 1, b"x").unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    storage.shutdown().unwrap();
    drop(storage);
    // The double-write area would heal it.
    disk.corrupt("doublewrite", 8);
    disk.corrupt(&table.heap.to_string(), 16_000);
    let storage = open(&disk).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let error = table.scan(&storage, &snapshot).unwrap_err();
    assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
    assert_eq!(error.message(), format!("invalid page in block 0 of relation {}", table.heap));
}

#[test]
fn a_log_that_is_damaged_in_the_middle_is_refused() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut middle = 0;
    for key in 0..40 {
        let mut transaction = storage.begin(1);
        table.insert(&mut transaction, key, b"value").unwrap();
        let lsn = transaction.commit(&mut |_| {}).unwrap();
        storage.wait_durable(lsn).unwrap();
        if key == 20 {
            middle = lsn.0;
        }
    }
    drop(storage);
    let place = |lsn: u64| {
        let segment = 64 << 10;
        (format!("wal/{:016x}", lsn / segment), usize::try_from(lsn % segment).unwrap())
    };
    let (path, offset) = place(middle + 30);
    disk.corrupt(&path, offset);
    let error = open(&disk).map(drop).unwrap_err();
    assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
    assert!(error.message().starts_with("the log is damaged at"), "{}", error.message());
}

#[test]
fn a_log_with_a_damaged_tail_ends_there() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut end = 0;
    for key in 0..40 {
        let mut transaction = storage.begin(1);
        table.insert(&mut transaction, key, b"value").unwrap();
        end = transaction.commit(&mut |_| {}).unwrap().0;
        if key == 20 {
            storage.wait_durable(Lsn(end)).unwrap();
        }
    }
    // The last commits are written and never known to be synced: none of what follows says so.
    storage.wait_durable(Lsn(end)).unwrap();
    drop(storage);
    let segment = 64 << 10;
    disk.corrupt(
        &format!("wal/{:016x}", end / segment),
        usize::try_from(end % segment - 5).unwrap(),
    );
    let storage = open(&disk).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    assert_eq!(table.scan(&storage, &snapshot).unwrap().len(), 39);
}

#[test]
fn a_full_disk_serves_readers() {
    let disk = SimDisk::new();
    let options = Options { shared_buffers_bytes: 1 << 20, ..options() };
    let storage = Storage::open(Arc::new(disk.clone()), options).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    for key in 0..800 {
        table.insert(&mut transaction, key, &[7; 3000]).unwrap();
    }
    let lsn = transaction.commit(&mut |_| {}).unwrap();
    storage.wait_durable(lsn).unwrap();
    storage.checkpoint().unwrap();
    disk.set_room(Some(0));
    let mut key = 800;
    let error = loop {
        let mut transaction = storage.begin(1);
        match table.insert(&mut transaction, key, &[7; 3000]) {
            Ok(Outcome::Done(_)) => {
                drop(storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
        key += 1;
    };
    assert_eq!(error.code(), SqlState::DISK_FULL);
    // The table is larger than the pool: pages are read again and again, and each of them is there.
    for _ in 0..3 {
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        let state = table.scan(&storage, &snapshot).unwrap();
        assert!(state.len() as u64 >= 800, "{} rows", state.len());
        assert!(table.has_key(&storage, &snapshot, 100).unwrap().0);
    }
    assert!(storage.failure().is_none());
}

/// Whichever sync fails, the log's, a data file's, a directory's, the double-write area's or the control file's: no commit and no checkpoint
/// after it says that it is good, and the next start has all that was acknowledged.
#[test]
fn whichever_sync_fails_the_engine_stops() {
    let mut failed_count = 0;
    for nth in 1..40 {
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        let mut acknowledged = 0;
        disk.fail_sync_after(nth);
        let failure = (0..60).find_map(|key| {
            let mut transaction = storage.begin(1);
            let inserted = table.insert(&mut transaction, key, &[1; 2000]);
            let committed = inserted.and_then(|_| transaction.commit(&mut |_| {}));
            let durable = committed.and_then(|lsn| storage.wait_durable(lsn));
            acknowledged += u64::from(durable.is_ok());
            let checkpoint = if key % 10 == 9 { storage.checkpoint() } else { Ok(()) };
            durable.and(checkpoint).err()
        });
        if let Some(error) = failure {
            failed_count += 1;
            assert_eq!(error.code(), SqlState::IO_ERROR, "sync {nth}: {error:?}");
            assert!(storage.failure().is_some(), "sync {nth}: {error:?}");
            assert!(storage.checkpoint().is_err(), "sync {nth}");
            let mut transaction = storage.begin(1);
            assert!(table.insert(&mut transaction, 1000, b"x").is_err(), "sync {nth}");
        }
        drop(storage);
        disk.lose_power();
        let storage = open(&disk.after_power_loss(&mut Random::seeded(nth))).unwrap();
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        let found = table.scan(&storage, &snapshot).unwrap().len() as u64;
        assert!((acknowledged..=acknowledged + 1).contains(&found), "sync {nth}: {found} rows");
    }
    assert!(failed_count > 30, "only {failed_count} syncs failed");
}

/// Where the control file's fields and its second slot are.
const FORMAT: usize = 8;
const CONTROL_CRC: usize = 64;
const CONTROL_SLOT: usize = 4096;

#[test]
fn data_of_another_format_is_refused() {
    for (version, is_known) in [(4_u32, true), (1, false), (3, false), (5, false), (70, false)] {
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        storage.shutdown().unwrap();
        drop(storage);
        let file = disk.open("control", OpenMode::Existing).unwrap();
        for slot in [0, CONTROL_SLOT] {
            let mut bytes = [0; CONTROL_CRC + 4];
            file.read_at(&mut bytes, slot as u64).unwrap();
            bytes[FORMAT..FORMAT + 4].copy_from_slice(&version.to_le_bytes());
            let crc = crc32c::crc32c(&bytes[..CONTROL_CRC]);
            bytes[CONTROL_CRC..].copy_from_slice(&crc.to_le_bytes());
            file.write_at(&bytes, slot as u64).unwrap();
        }
        let opened = open(&disk).map(drop);
        if is_known {
            opened.unwrap();
            continue;
        }
        let error = opened.unwrap_err();
        assert_eq!(error.code(), SqlState::FEATURE_NOT_SUPPORTED);
        assert!(error.message().contains(&format!("format {version},")), "{}", error.message());
    }
}
