//! Snapshots that keep more log than they may are given up: who reads by them is told, and never sees a wrong row.

use crate::harness::{Outcome, State, Table, open, options};
use error::SqlState;
use os::{Disk, SimDisk};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use storage::*;

const ROWS: u64 = 20;
const LOG_MAX: u64 = 256 << 10;

/// A table of small and large rows.
fn filled(storage: &Arc<Storage>) -> Table {
    let table = Table::create(storage).unwrap();
    let mut transaction = storage.begin(1);
    for key in 0..ROWS {
        let value = vec![b'a'; if key % 5 == 0 { 20_000 } else { 50 }];
        let made = table.insert(&mut transaction, key, &value).unwrap();
        assert!(matches!(made, Outcome::Done(_)));
    }
    storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()).unwrap();
    table
}

/// Changes a row and commits: deletes and inserts, moves and new keys among the changes.
fn change(storage: &Arc<Storage>, table: &Table, round: u64) {
    let mut transaction = storage.begin(1);
    let key = round % ROWS;
    let snapshot = transaction.take_snapshot().unwrap();
    let length = usize::try_from(50 + round * 37 % 3000).unwrap();
    let value = format!("{round:0>length$}");
    let outcome = match round % 3 {
        0 => {
            table.delete(&mut transaction, &snapshot, key).unwrap();
            table.insert(&mut transaction, key, value.as_bytes()).unwrap()
        }
        _ => table.update(&mut transaction, &snapshot, key, key, value.as_bytes()).unwrap(),
    };
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()).unwrap();
}

/// Changes rows until that took so many bytes of log.
fn change_for(storage: &Arc<Storage>, table: &Table, bytes: u64) {
    let begin = storage.log_end();
    for round in 0.. {
        change(storage, table, round);
        if storage.log_end().0 > begin.0 + bytes {
            break;
        }
    }
}

/// No snapshot keeps too much, and purge takes nothing from those that there are.
fn is_not_given_up(storage: &Storage) {
    storage.checkpoint().unwrap();
    assert!(!storage.limit_snapshots());
    storage.purge().unwrap();
    storage.checkpoint().unwrap();
}

/// Where the log begins that there is on the disk.
fn log_begin(disk: &SimDisk) -> u64 {
    let segments = disk.list("wal").unwrap().into_iter();
    let first = segments.map(|name| u64::from_str_radix(&name, 16).unwrap()).min().unwrap();
    first * options().log_segment_bytes
}

fn is_too_old<T: std::fmt::Debug>(result: error::Result<T>) {
    assert_eq!(result.unwrap_err().code(), SqlState::SNAPSHOT_TOO_OLD);
}

#[test]
fn a_snapshot_that_keeps_too_much_log_is_given_up() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = filled(&storage);
    let mut reader = storage.begin(2);
    reader.set_snapshot_log_max(Some(LOG_MAX));
    let snapshot = reader.take_snapshot().unwrap();
    let before = table.scan(&storage, &snapshot).unwrap();
    let begin = storage.log_end();
    let mut round = 0;
    loop {
        change(&storage, &table, round);
        round += 1;
        if round % 20 == 0 {
            storage.checkpoint().unwrap();
            if storage.limit_snapshots() {
                break;
            }
            storage.purge().unwrap();
            table.check(&storage, &snapshot, &before, 0).unwrap();
        }
    }
    let kept = storage.log_end().0 - begin.0;
    assert!(kept > LOG_MAX && kept < 2 * LOG_MAX, "{kept}");
    assert!(!storage.limit_snapshots(), "there are no more");
    assert!(log_begin(&disk) <= begin.0);
    storage.purge().unwrap();
    storage.checkpoint().unwrap();
    let kept = storage.log_end().0 - log_begin(&disk);
    assert!(kept < LOG_MAX / 2, "the log is given back, but for {kept}");

    is_too_old(table.scan(&storage, &snapshot));
    is_too_old(table.find(&storage, &snapshot, 1));
    is_too_old(table.has_key(&storage, &snapshot, 1));
    let own = reader.reuse_snapshot(&snapshot);
    is_too_old(table.scan(&storage, &own));
    // What it does beside goes on, with another snapshot.
    assert!(matches!(table.insert(&mut reader, 100, b"x").unwrap(), Outcome::Done(_)));
    reader.begin_command();
    let newer = reader.take_snapshot().unwrap();
    let now = table.scan(&storage, &newer).unwrap();
    assert_eq!(now.len() as u64, ROWS + 1);
    reader.rollback().unwrap();
    // The place of the one that was given up serves others.
    drop((snapshot, own, newer));
    let mut transaction = storage.begin(3);
    let snapshot = transaction.take_snapshot().unwrap();
    assert_eq!(table.scan(&storage, &snapshot).unwrap().len() as u64, ROWS);
}

#[test]
fn what_has_no_limit_is_kept() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = filled(&storage);
    let mut reader = storage.begin(2);
    let snapshot = reader.take_snapshot().unwrap();
    let before = table.scan(&storage, &snapshot).unwrap();
    change_for(&storage, &table, 4 * LOG_MAX);
    is_not_given_up(&storage);
    table.check(&storage, &snapshot, &before, 0).unwrap();
}

/// What a writer may have to undo is needed whoever reads: giving up the snapshot would give nothing back.
#[test]
fn the_log_of_a_writer_is_not_counted() {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = filled(&storage);
    let mut writer = storage.begin(2);
    assert!(matches!(table.insert(&mut writer, 100, b"mine").unwrap(), Outcome::Done(_)));
    writer.set_snapshot_log_max(Some(LOG_MAX));
    let snapshot = writer.take_snapshot().unwrap();
    let before = table.scan(&storage, &snapshot).unwrap();
    change_for(&storage, &table, 3 * LOG_MAX);
    is_not_given_up(&storage);
    assert_eq!(table.scan(&storage, &snapshot).unwrap(), before);
    // Its snapshot may be given up once its writing has ended.
    writer.rollback().unwrap();
    storage.checkpoint().unwrap();
    assert!(storage.limit_snapshots());
    is_too_old(table.scan(&storage, &snapshot));
    let mut transaction = storage.begin(3);
    let snapshot = transaction.take_snapshot().unwrap();
    assert!(table.find(&storage, &snapshot, 100).unwrap().is_none());
}

/// Readers at work while their snapshots are given up see what they saw, or are told.
#[test]
fn a_reader_sees_the_same_until_it_is_told() {
    let options = Options {
        background: true,
        shared_buffers_bytes: 1 << 20,
        checkpoint_bytes: 100_000,
        ..options()
    };
    let storage = Storage::open(Arc::new(SimDisk::new()), options).unwrap();
    let table = filled(&storage);
    let stop = AtomicBool::new(false);
    let told = thread::scope(|scope| {
        let readers: Vec<_> =
            (0..2).map(|_| scope.spawn(|| read_until_stopped(&storage, &table, &stop))).collect();
        for round in 0..3000 {
            change(&storage, &table, round);
        }
        stop.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>()
    });
    assert!(told > 0, "no snapshot was given up");
    table.check_structure(&storage).unwrap();
}

/// How many of its snapshots were given up.
fn read_until_stopped(storage: &Arc<Storage>, table: &Table, stop: &AtomicBool) -> u64 {
    let mut told = 0;
    while !stop.load(Ordering::SeqCst) {
        let mut transaction = storage.begin(2);
        transaction.set_snapshot_log_max(Some(64 << 10));
        let snapshot = transaction.take_snapshot().unwrap();
        let Ok(before) = look(storage, table, &snapshot) else { continue };
        assert_eq!(before.len() as u64, ROWS);
        while !stop.load(Ordering::SeqCst) {
            let looked = look(storage, table, &snapshot);
            // A read of what is gone fails in one way or another; only what a snapshot vouches for counts.
            if snapshot.check().is_err() {
                told += 1;
                break;
            }
            assert_eq!(looked.unwrap(), before);
        }
    }
    told
}

/// All rows, by the heap and by the index: the same.
fn look(storage: &Storage, table: &Table, snapshot: &Snapshot) -> error::Result<State> {
    let state = table.scan(storage, snapshot)?;
    for key in 0..ROWS {
        let found = table.find(storage, snapshot, key)?;
        let (has, _) = table.has_key(storage, snapshot, key)?;
        let expected = state.iter().find(|(_, row)| row.0 == key);
        assert_eq!(has, expected.is_some());
        let found = found.map(|(address, _, value)| (address, (key, value)));
        assert_eq!(found, expected.map(|(address, row)| (*address, row.clone())));
    }
    Ok(state)
}
