//! Threads at work on one engine, with its background threads.

use crate::harness::{Outcome, Table, options, parts, small_body};
use os::{Random, SimDisk, WaitSlot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use storage::*;

const ACCOUNTS: u64 = 40;
const BALANCE: u64 = 1000;

fn amount(value: &[u8]) -> u64 {
    u64::from_le_bytes(value[..8].try_into().unwrap())
}

fn total(storage: &Arc<Storage>, table: &Table) -> u64 {
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    table.scan(storage, &snapshot).unwrap().values().map(|row| amount(&row.1)).sum()
}

/// Waits as a statement does.
fn wait(transaction: &mut Transaction, xid: Xid) -> error::Result<()> {
    let limits = Limits {
        slot: &Arc::new(WaitSlot::new()),
        check: &|| Ok(()),
        lock_timeout: None,
        deadline: None,
        deadlock_timeout: Duration::from_millis(2),
    };
    transaction.wait_for(xid, limits)
}

/// Adds to an account's balance as READ COMMITTED does.
fn add(
    transaction: &mut Transaction,
    table: &Table,
    account: u64,
    by: i64,
    random: &mut Random,
) -> error::Result<()> {
    loop {
        transaction.begin_command();
        let snapshot = transaction.take_snapshot()?;
        let (.., value) =
            table.find(transaction.storage(), &snapshot, account)?.expect("accounts stay");
        let mut new = amount(&value).wrapping_add_signed(by).to_le_bytes().to_vec();
        new.resize(8 + usize::try_from(random.below(300)).unwrap(), 7);
        match table.update(transaction, &snapshot, account, account, &new)? {
            Outcome::Done(_) => return Ok(()),
            Outcome::Blocked(xid) => wait(transaction, xid)?,
            Outcome::Conflict => {}
            other => panic!("{other:?}"),
        }
    }
}

fn transfer(storage: &Arc<Storage>, table: &Table, random: &mut Random) -> error::Result<()> {
    let mut transaction = storage.begin(1);
    let by = i64::try_from(random.below(10)).unwrap();
    add(&mut transaction, table, random.below(ACCOUNTS), -by, random)?;
    add(&mut transaction, table, random.below(ACCOUNTS), by, random)?;
    if random.one_in(10) {
        return transaction.rollback();
    }
    let lsn = transaction.commit(&mut |_| {})?;
    storage.wait_durable(lsn)
}

#[test]
fn transfers_keep_the_total() {
    let disk = SimDisk::new();
    let options = Options {
        background: true,
        shared_buffers_bytes: 1 << 20,
        checkpoint_bytes: 200_000,
        log_segment_bytes: 256 << 10,
        log_memory_bytes: 64 << 10,
        old_snapshot_bytes: 1 << 10,
        undo: UndoTime::Behind,
    };
    let storage = Storage::open(Arc::new(disk.clone()), options.clone()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    for account in 0..ACCOUNTS {
        let made = table.insert(&mut transaction, account, &BALANCE.to_le_bytes()).unwrap();
        assert!(matches!(made, Outcome::Done(_)));
    }
    transaction.commit(&mut |_| {}).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|number| {
                let (storage, table) = (&storage, &table);
                scope.spawn(move || {
                    let mut random = Random::seeded(number);
                    for _ in 0..400 {
                        if let Err(error) = transfer(storage, table, &mut random) {
                            assert_eq!(
                                error.code(),
                                error::SqlState::T_R_DEADLOCK_DETECTED,
                                "{error}"
                            );
                        }
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                assert_eq!(total(&storage, &table), ACCOUNTS * BALANCE);
            }
        });
        // An old snapshot sees the same all the time.
        let mut old = storage.begin(1);
        let snapshot = old.take_snapshot().unwrap();
        let before = table.scan(&storage, &snapshot).unwrap();
        for worker in workers {
            worker.join().unwrap();
        }
        stop.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        assert_eq!(table.scan(&storage, &snapshot).unwrap(), before);
    });
    assert_eq!(total(&storage, &table), ACCOUNTS * BALANCE);
    table.check_structure(&storage).unwrap();
    storage.shutdown().unwrap();
    drop(storage);
    let storage = Storage::open(Arc::new(disk), options).unwrap();
    assert_eq!(total(&storage, &table), ACCOUNTS * BALANCE);
}

#[test]
fn a_unique_key_is_taken_once() {
    let storage = Storage::open(
        Arc::new(SimDisk::new()),
        Options { background: true, shared_buffers_bytes: 1 << 20, ..options() },
    )
    .unwrap();
    let table = Table::create(&storage).unwrap();
    let mut made: Vec<u64> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|number| {
                let (storage, table) = (&storage, &table);
                scope.spawn(move || {
                    let mut random = Random::seeded(number);
                    let mut made = Vec::new();
                    for key in 0..300 {
                        let mut transaction = storage.begin(1);
                        loop {
                            match table.insert(&mut transaction, key, b"x").unwrap() {
                                Outcome::Done(_) if random.one_in(3) => {
                                    break transaction.rollback().unwrap();
                                }
                                Outcome::Done(_) => {
                                    transaction.commit(&mut |_| {}).unwrap();
                                    break made.push(key);
                                }
                                Outcome::Blocked(xid) => wait(&mut transaction, xid).unwrap(),
                                Outcome::Duplicate => break,
                                other => panic!("{other:?}"),
                            }
                        }
                    }
                    made
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    made.sort_unstable();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let state = table.scan(&storage, &snapshot).unwrap();
    let mut found: Vec<u64> = state.values().map(|row| row.0).collect();
    found.sort_unstable();
    assert_eq!(found, made);
    table.check(&storage, &snapshot, &state, 0).unwrap();
    assert!(state.iter().all(|(address, _)| {
        storage.fetch(&snapshot, table.heap, *address, |_, row| parts(row)).unwrap().is_some()
    }));
}

/// The entry of a row that was deleted is in nobody's way, and leads all who insert its key to look for others: one at a time.
#[test]
fn a_unique_key_that_is_free_again_is_taken_once() {
    const THREADS: usize = 2;
    const KEYS: usize = 3000;
    let storage = Storage::open(
        Arc::new(SimDisk::new()),
        Options { shared_buffers_bytes: 1 << 20, ..options() },
    )
    .unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    for key in 0..KEYS as u64 {
        table.insert(&mut transaction, key, b"first").unwrap();
    }
    transaction.commit(&mut |_| {}).unwrap();
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    for key in 0..KEYS as u64 {
        table.delete(&mut transaction, &snapshot, key).unwrap();
    }
    transaction.commit(&mut |_| {}).unwrap();
    let arrived = AtomicUsize::new(0);
    // They meet by looking, not by sleeping: then they go on at the same time.
    let meet = |count: usize| {
        arrived.fetch_add(1, Ordering::SeqCst);
        while arrived.load(Ordering::SeqCst) < count * THREADS {
            thread::yield_now();
        }
    };
    let made: usize = thread::scope(|scope| {
        let take = || {
            let mut made = 0;
            for round in 0..KEYS {
                let key = (round as u64).to_be_bytes();
                let mut transaction = storage.begin(1);
                let body = small_body(round as u64, b"second");
                let (address, _) = transaction.insert(table.heap, &body).unwrap();
                meet(2 * round + 1);
                let entry = EntryKey::from(key.as_slice());
                let added = transaction
                    .index_insert(table.by_key, table.heap, entry, address, Unique::Yes)
                    .unwrap();
                made += usize::from(added == IndexInsert::Done);
                // All have looked before the first of them ends.
                meet(2 * round + 2);
                transaction.rollback().unwrap();
            }
            made
        };
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(take)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(made, KEYS);
}
