//! Row locks, table locks, waiting, deadlocks.

use crate::harness::{Outcome, Table, open};
use error::{Error, Result, SqlState};
use os::{SimDisk, WaitSlot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use storage::*;

struct Client {
    slot: Arc<WaitSlot>,
    cancelled: AtomicBool,
}

impl Client {
    fn new() -> Arc<Self> {
        Arc::new(Self { slot: Arc::new(WaitSlot::new()), cancelled: AtomicBool::new(false) })
    }

    fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::SeqCst) {
            return Err(Error::new(
                SqlState::QUERY_CANCELED,
                "canceling statement due to user request",
            ));
        }
        Ok(())
    }

    fn with<T>(&self, lock_timeout: Option<Duration>, run: impl FnOnce(Limits<'_>) -> T) -> T {
        let check = || self.check();
        run(Limits {
            slot: &self.slot,
            check: &check,
            lock_timeout,
            deadline: None,
            deadlock_timeout: Duration::from_millis(20),
        })
    }
}

fn relation(relation: u32) -> LockTag {
    LockTag::Relation { database: 5, relation }
}

fn world() -> (Arc<Storage>, Table, Vec<RowAddress>) {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    let insert = |key| match table.insert(&mut transaction, key, b"value").unwrap() {
        Outcome::Done(address) => address,
        other => panic!("{other:?}"),
    };
    let addresses = [1, 2, 3].map(insert).to_vec();
    transaction.commit(&mut |_| {}).unwrap();
    (storage, table, addresses)
}

#[test]
fn table_lock_modes_conflict_as_documented() {
    use LockMode::*;
    let modes = [
        AccessShare,
        RowShare,
        RowExclusive,
        ShareUpdateExclusive,
        Share,
        ShareRowExclusive,
        Exclusive,
        AccessExclusive,
    ];
    // PostgreSQL's table "Conflicting Lock Modes", one row a mode.
    let conflicts = [
        ".......x", "......xx", "....xxxx", "...xxxxx", "..xx.xxx", "..xxxxxx", ".xxxxxxx",
        "xxxxxxxx",
    ];
    let (storage, ..) = world();
    for (held, row) in modes.iter().zip(conflicts) {
        for (asked, conflict) in modes.iter().zip(row.chars()) {
            let (mut one, mut other) = (storage.begin(1), storage.begin(2));
            assert!(one.try_lock(relation(9), *held).unwrap());
            assert!(one.try_lock(relation(9), *asked).unwrap(), "nobody is in its own way");
            drop(one);
            let mut one = storage.begin(1);
            assert!(one.try_lock(relation(9), *held).unwrap());
            assert_eq!(
                other.try_lock(relation(9), *asked).unwrap(),
                conflict == '.',
                "{held:?} {asked:?}"
            );
        }
    }
}

#[test]
fn a_savepoint_frees_its_locks() {
    let (storage, table, addresses) = world();
    let (mut one, mut other) = (storage.begin(1), storage.begin(2));
    let savepoint = one.savepoint();
    assert!(one.try_lock(relation(9), LockMode::Exclusive).unwrap());
    let snapshot = one.take_snapshot().unwrap();
    table.delete(&mut one, &snapshot, 1).unwrap();
    assert!(!other.try_lock(relation(9), LockMode::Share).unwrap());
    let snapshot = other.take_snapshot().unwrap();
    let blocked = table.delete(&mut other, &snapshot, 1).unwrap();
    assert_eq!(blocked, Outcome::Blocked(one.xid().unwrap()));
    one.rollback_to(savepoint).unwrap();
    assert!(other.try_lock(relation(9), LockMode::Share).unwrap());
    assert_eq!(table.delete(&mut other, &snapshot, 1).unwrap(), Outcome::Done(addresses[0]));
}

#[test]
fn row_locks() {
    use RowLock::*;
    let (storage, table, addresses) = world();
    let locks = [KeyShare, Share, NoKeyUpdate, Update];
    let conflicts = ["...x", "..xx", ".xxx", "xxxx"];
    for (held, row) in locks.iter().zip(conflicts) {
        for (asked, conflict) in locks.iter().zip(row.chars()) {
            let (mut one, mut other) = (storage.begin(1), storage.begin(2));
            let version = storage
                .fetch_newest(&one, table.heap, addresses[0], |version, _| version)
                .unwrap()
                .unwrap();
            assert_eq!(
                one.lock_row(table.heap, addresses[0], version, *held).unwrap(),
                Write::Done(version)
            );
            let write = other.lock_row(table.heap, addresses[0], version, *asked).unwrap();
            let expected = if conflict == '.' {
                Write::Done(version)
            } else {
                Write::WaitFor(one.xid().unwrap())
            };
            assert_eq!(write, expected, "{held:?} {asked:?}");
            let update = other
                .update(
                    table.heap,
                    addresses[0],
                    version,
                    &crate::harness::small_body(1, b"other"),
                    UpdateKind::KeyKept,
                )
                .unwrap();
            assert_eq!(update == Write::WaitFor(one.xid().unwrap()), *held != KeyShare, "{held:?}");
        }
    }
}

#[test]
fn a_key_share_lock_passes_an_update_that_keeps_the_key() {
    let (storage, table, addresses) = world();
    let (mut one, mut other) = (storage.begin(1), storage.begin(2));
    let version = storage
        .fetch_newest(&one, table.heap, addresses[0], |version, _| version)
        .unwrap()
        .unwrap();
    let body = crate::harness::small_body(1, b"other");
    let write = one.update(table.heap, addresses[0], version, &body, UpdateKind::KeyKept).unwrap();
    assert!(matches!(write, Write::Done(_)));
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::KeyShare).unwrap();
    assert_eq!(locked, Write::Done(version));
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::Share).unwrap();
    assert_eq!(locked, Write::WaitFor(one.xid().unwrap()));
    // Nor is it in the way once it is committed.
    one.commit(&mut |_| {}).unwrap();
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::KeyShare).unwrap();
    assert_eq!(locked, Write::Done(version));
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::Share).unwrap();
    assert_eq!(locked, Write::Changed);
    other.rollback().unwrap();
    // A change of the key is, also behind later updates of the row.
    let mut one = storage.begin(1);
    let change = |one: &mut Transaction, kind| {
        let newest =
            storage.fetch_newest(one, table.heap, addresses[0], |version, _| version).unwrap();
        one.begin_command();
        let write = one.update(table.heap, addresses[0], newest.unwrap(), &body, kind).unwrap();
        assert!(matches!(write, Write::Done(_)), "{write:?}");
    };
    change(&mut one, UpdateKind::KeyChanged);
    change(&mut one, UpdateKind::KeyKept);
    let mut other = storage.begin(2);
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::KeyShare).unwrap();
    assert_eq!(locked, Write::WaitFor(one.xid().unwrap()));
    one.commit(&mut |_| {}).unwrap();
    let locked = other.lock_row(table.heap, addresses[0], version, RowLock::KeyShare).unwrap();
    assert_eq!(locked, Write::Changed);
}

/// Who waits for itself over two who came before it to a queue goes before both.
#[test]
fn a_waiter_overtakes_all_who_wait_for_it() {
    use LockMode::*;
    let (storage, ..) = world();
    let (mut one, mut two) = (storage.begin(1), storage.begin(2));
    assert!(one.try_lock(relation(1), ShareUpdateExclusive).unwrap());
    assert!(two.try_lock(relation(2), AccessShare).unwrap());
    let patient = |process: i32, tag, mode, mut transaction: Transaction| {
        let inner = Arc::clone(&storage);
        let thread = thread::spawn(move || {
            let client = Client::new();
            let check = || client.check();
            let limits = Limits {
                slot: &client.slot,
                check: &check,
                lock_timeout: None,
                deadline: None,
                deadlock_timeout: Duration::from_secs(100),
            };
            transaction.lock(tag, mode, limits).unwrap();
            transaction.commit(&mut |_| {}).unwrap();
        });
        while inner.blocking_processes(process).is_empty() {
            thread::yield_now();
        }
        thread
    };
    let (three, four) = (storage.begin(3), storage.begin(4));
    let threads = [
        patient(2, relation(1), ShareUpdateExclusive, two),
        patient(3, relation(2), AccessExclusive, three),
        patient(4, relation(2), AccessExclusive, four),
    ];
    let client = Client::new();
    client
        .with(None, |limits| one.lock(relation(2), ShareUpdateExclusive, limits))
        .expect("nobody else can go on");
    one.commit(&mut |_| {}).unwrap();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn waiters_of_a_row_go_on_when_its_writer_ends() {
    let (storage, table, _) = world();
    let mut one = storage.begin(1);
    let snapshot = one.take_snapshot().unwrap();
    table.update(&mut one, &snapshot, 1, 1, b"first").unwrap();
    let waiters: Vec<_> = (0..5)
        .map(|number| {
            let storage = Arc::clone(&storage);
            thread::spawn(move || {
                let client = Client::new();
                let mut transaction = storage.begin(number);
                loop {
                    let snapshot = transaction.take_snapshot().unwrap();
                    let value = format!("waiter {number}");
                    match table.update(&mut transaction, &snapshot, 1, 1, value.as_bytes()).unwrap()
                    {
                        Outcome::Done(_) => break,
                        Outcome::Blocked(xid) => {
                            client.with(None, |limits| transaction.wait_for(xid, limits)).unwrap();
                        }
                        Outcome::Conflict => {}
                        other => panic!("{other:?}"),
                    }
                }
                transaction.commit(&mut |_| {}).unwrap();
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(20));
    one.commit(&mut |_| {}).unwrap();
    for waiter in waiters {
        waiter.join().unwrap();
    }
}

#[test]
fn deadlock() {
    let (storage, table, addresses) = world();
    let mut one = storage.begin(11);
    let snapshot = one.take_snapshot().unwrap();
    table.update(&mut one, &snapshot, 1, 1, b"one").unwrap();
    let other_storage = Arc::clone(&storage);
    let (locked, wait) = std::sync::mpsc::channel();
    let other = thread::spawn(move || {
        let client = Client::new();
        let mut other = other_storage.begin(22);
        let snapshot = other.take_snapshot().unwrap();
        table.update(&mut other, &snapshot, 2, 2, b"other").unwrap();
        assert!(other.try_lock(relation(9), LockMode::AccessExclusive).unwrap());
        locked.send(other.xid().unwrap()).unwrap();
        let xid = match table.update(&mut other, &snapshot, 1, 1, b"other").unwrap() {
            Outcome::Blocked(xid) => xid,
            other => panic!("{other:?}"),
        };
        let waited = client.with(None, |limits| {
            let row = (table.heap, addresses[0]);
            other.wait_for_row(row, RowLock::NoKeyUpdate, xid, limits)
        });
        drop(other);
        waited
    });
    let xid = wait.recv().unwrap();
    let client = Client::new();
    let waited = client.with(None, |limits| one.lock(relation(9), LockMode::AccessShare, limits));
    let own = one.xid().unwrap();
    drop(one);
    let errors = [waited.err(), other.join().unwrap().err()];
    let errors: Vec<_> = errors.into_iter().flatten().collect();
    assert_eq!(errors.len(), 1, "{errors:?} {xid}");
    let fields = errors[0].fields();
    assert_eq!(fields.code, SqlState::T_R_DEADLOCK_DETECTED);
    assert_eq!(fields.message, "deadlock detected");
    let first =
        "Process 11 waits for AccessShareLock on relation 9 of database 5; blocked by process 22.";
    let second =
        format!("Process 22 waits for ShareLock on transaction {own}; blocked by process 11.");
    let detail = fields.detail.clone().unwrap();
    assert!(
        detail == format!("{first}\n{second}") || detail == format!("{second}\n{first}"),
        "{detail}"
    );
}

#[test]
fn timeouts_and_cancel() {
    let (storage, ..) = world();
    let mut one = storage.begin(1);
    assert!(one.try_lock(relation(9), LockMode::AccessExclusive).unwrap());
    let client = Client::new();
    let mut other = storage.begin(2);
    let timeout = Some(Duration::from_millis(10));
    let error = client
        .with(timeout, |limits| other.lock(relation(9), LockMode::Share, limits))
        .unwrap_err();
    assert_eq!(error.code(), SqlState::LOCK_NOT_AVAILABLE);
    assert_eq!(error.message(), "canceling statement due to lock timeout");
    let canceller = Arc::clone(&client);
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        canceller.cancelled.store(true, Ordering::SeqCst);
        canceller.slot.wake();
    });
    let error =
        client.with(None, |limits| other.lock(relation(9), LockMode::Share, limits)).unwrap_err();
    assert_eq!(error.code(), SqlState::QUERY_CANCELED);
    thread.join().unwrap();
    // Who gave up is not in the queue any more.
    one.rollback().unwrap();
    assert!(storage.begin(3).try_lock(relation(9), LockMode::AccessExclusive).unwrap());
}

/// Who waits for a row that a rollback to a savepoint gave back goes on at once, not at the transaction's end.
#[test]
fn a_rollback_to_a_savepoint_wakes_who_waits() {
    let (storage, table, _) = world();
    let mut one = storage.begin(1);
    let snapshot = one.take_snapshot().unwrap();
    table.update(&mut one, &snapshot, 2, 2, b"kept").unwrap();
    let savepoint = one.savepoint();
    table.update(&mut one, &snapshot, 1, 1, b"undone").unwrap();
    let waiter = thread::spawn({
        let storage = Arc::clone(&storage);
        move || {
            let client = Client::new();
            let mut two = storage.begin(2);
            let snapshot = two.take_snapshot().unwrap();
            let Outcome::Blocked(xid) = table.update(&mut two, &snapshot, 1, 1, b"two").unwrap()
            else {
                panic!("the row is written")
            };
            let check = || client.check();
            // That it looks whether it is deadlocked must not be what wakes it.
            let limits = Limits {
                slot: &client.slot,
                check: &check,
                lock_timeout: Some(Duration::from_secs(20)),
                deadline: None,
                deadlock_timeout: Duration::from_secs(100),
            };
            let begin = Instant::now();
            two.wait_for(xid, limits).unwrap();
            assert!(begin.elapsed() < Duration::from_secs(20), "it was woken");
            let outcome = table.update(&mut two, &snapshot, 1, 1, b"two").unwrap();
            two.commit(&mut |_| {}).unwrap();
            outcome
        }
    });
    while storage.blocking_processes(2).is_empty() {
        thread::yield_now();
    }
    one.rollback_to(savepoint).unwrap();
    assert!(matches!(waiter.join().unwrap(), Outcome::Done(_)));
    one.commit(&mut |_| {}).unwrap();
}

/// Who waits for what: the processes, and whether it is for a row.
fn waiting(storage: &Storage) -> Vec<(i32, bool)> {
    let waits = storage.lock_rows().into_iter().filter(|row| !row.granted);
    let mut waits: Vec<_> =
        waits.map(|row| (row.process, matches!(row.thing, LockedThing::Row(..)))).collect();
    waits.sort_unstable();
    waits
}

/// A client whose session leaves, and how often it was called.
fn callable() -> (Arc<Client>, Arc<AtomicUsize>) {
    let (client, count) = (Client::new(), Arc::new(AtomicUsize::new(0)));
    let calls = Arc::clone(&count);
    client.slot.set_call(Box::new(move || {
        calls.fetch_add(1, Ordering::SeqCst);
    }));
    (client, count)
}

/// A transaction that has just been parked at a row that it wants to update.
fn parked(
    storage: &Arc<Storage>,
    process: i32,
    row: (RelationId, RowAddress),
    lock: RowLock,
    (client, holder): (&Client, Xid),
) -> Transaction {
    let mut transaction = storage.begin(process);
    let park = |limits: Limits<'_>| transaction.park_for_row(row, lock, holder, limits);
    assert!(client.with(None, park).unwrap());
    transaction
}

/// A row that a transaction has written.
fn contested() -> (Arc<Storage>, Table, (RelationId, RowAddress), Transaction) {
    let (storage, table, addresses) = world();
    let mut one = storage.begin(1);
    let snapshot = one.take_snapshot().unwrap();
    table.update(&mut one, &snapshot, 1, 1, b"one").unwrap();
    let row = (table.heap, addresses[0]);
    (storage, table, row, one)
}

/// Runs the command of a parked transaction again: it locks the row.
fn take(transaction: &mut Transaction, row: (RelationId, RowAddress), lock: RowLock) {
    transaction.unpark();
    let storage = Arc::clone(transaction.storage());
    let seen = storage.fetch_newest(transaction, row.0, row.1, |version, _| version);
    let seen = seen.unwrap().unwrap();
    assert_eq!(transaction.lock_row(row.0, row.1, seen, lock).unwrap(), Write::Done(seen));
    transaction.begin_command();
}

#[test]
fn the_next_in_turn_waits_once() {
    let (storage, _, row, one) = contested();
    let holder = one.xid().unwrap();
    let (clients, calls): (Vec<_>, Vec<_>) = (0..3).map(|_| callable()).unzip();
    let called = || calls.iter().map(|count| count.load(Ordering::SeqCst)).collect::<Vec<_>>();
    let update = RowLock::NoKeyUpdate;
    let mut two = parked(&storage, 2, row, update, (&clients[0], holder));
    let mut three = parked(&storage, 3, row, update, (&clients[1], holder));
    assert_eq!(waiting(&storage), [(2, false), (3, true)]);
    one.commit(&mut |_| {}).unwrap();
    assert_eq!(called(), [1, 0, 0], "one at a time");
    take(&mut two, row, update);
    // The row's new holder keeps the turn, so that the next is not woken only to wait for it.
    assert_eq!(called(), [1, 0, 0]);
    assert_eq!(waiting(&storage), [(3, true)]);
    assert_eq!(storage.blocking_processes(3), [2]);
    // Who wants to keep the key is in nobody's way: with the key kept, it need not wait for the turn either.
    let mut four = storage.begin(4);
    take(&mut four, row, RowLock::KeyShare);
    let xid = two.xid().unwrap();
    let five = parked(&storage, 5, row, RowLock::KeyShare, (&clients[2], xid));
    assert_eq!(waiting(&storage), [(3, true), (5, false)], "it has a turn already");
    drop((four, five));
    two.commit(&mut |_| {}).unwrap();
    assert_eq!(called(), [1, 1, 0]);
    take(&mut three, row, update);
    assert_eq!(waiting(&storage), []);
}

#[test]
fn a_parked_transaction_that_ends_waits_no_more() {
    let (storage, _, row, one) = contested();
    let holder = one.xid().unwrap();
    let (clients, calls): (Vec<_>, Vec<_>) = (0..4).map(|_| callable()).unzip();
    let park = |process, client: usize| {
        parked(&storage, process, row, RowLock::Update, (&clients[client], holder))
    };
    let (two, three, four) = (park(2, 0), park(3, 1), park(4, 2));
    assert_eq!(waiting(&storage), [(2, false), (3, true), (4, true)]);
    // Out of the queue, then from the holder's end with the turn.
    drop(three);
    assert_eq!(waiting(&storage), [(2, false), (4, true)]);
    drop(two);
    assert_eq!(calls[2].load(Ordering::SeqCst), 1, "the turn is the next one's");
    let mut four = four;
    four.unpark();
    // It goes on to wait for the holder's end, and another command of it does not.
    let again = |limits: Limits<'_>| four.park_for_row(row, RowLock::Update, holder, limits);
    assert!(clients[2].with(None, again).unwrap());
    assert_eq!(waiting(&storage), [(4, false)]);
    four.begin_command();
    assert_eq!(waiting(&storage), []);
    let five = park(5, 3);
    assert_eq!(waiting(&storage), [(5, false)], "the turn is free");
    drop((five, four, one));
    assert_eq!(storage.lock_rows(), []);
}

#[test]
fn who_must_wait_in_a_thread_is_not_parked() {
    let (storage, table, row, one) = contested();
    let holder = one.xid().unwrap();
    let ((client, _), lonely) = (callable(), Client::new());
    let mut two = storage.begin(2);
    let park = |two: &mut Transaction, client: &Client, timeout| {
        let park = |limits: Limits<'_>| two.park_for_row(row, RowLock::Update, holder, limits);
        client.with(timeout, park)
    };
    assert!(!park(&mut two, &lonely, None).unwrap(), "nothing can call it");
    let timeout = Some(Duration::from_secs(60));
    assert!(!park(&mut two, &client, timeout).unwrap(), "it may wait for so long only");
    assert!(park(&mut two, &client, None).unwrap());
    thread::sleep(Duration::from_millis(30));
    client.slot.come_back();
    two.unpark();
    assert!(!park(&mut two, &client, None).unwrap(), "it is time to look for a deadlock");
    drop(two);
    let mut two = storage.begin(2);
    client.cancelled.store(true, Ordering::SeqCst);
    assert_eq!(park(&mut two, &client, None).unwrap_err().code(), SqlState::QUERY_CANCELED);
    client.cancelled.store(false, Ordering::SeqCst);
    let snapshot = two.take_snapshot().unwrap();
    table.update(&mut two, &snapshot, 2, 2, b"two").unwrap();
    assert!(!park(&mut two, &client, None).unwrap(), "it has written");
    two.begin_command();
    assert!(park(&mut two, &client, None).unwrap());
    one.commit(&mut |_| {}).unwrap();
    two.unpark();
    assert!(!park(&mut two, &client, None).unwrap(), "there is nothing to wait for");
    assert_eq!(waiting(&storage), []);
}

#[test]
fn a_prepared_transaction_keeps_no_turn() {
    let (storage, _, row, one) = contested();
    let holder = one.xid().unwrap();
    let (clients, calls): (Vec<_>, Vec<_>) = (0..2).map(|_| callable()).unzip();
    let lock = RowLock::Update;
    let mut two = parked(&storage, 2, row, lock, (&clients[0], holder));
    let mut three = parked(&storage, 3, row, lock, (&clients[1], holder));
    drop(one);
    take(&mut two, row, lock);
    assert_eq!(calls[1].load(Ordering::SeqCst), 0);
    two.prepare("two", b"").unwrap();
    assert_eq!(calls[1].load(Ordering::SeqCst), 1, "it is nobody's session any more");
    three.unpark();
    let xid = two.xid().unwrap();
    let park = |limits: Limits<'_>| three.park_for_row(row, lock, xid, limits);
    assert!(clients[1].with(None, park).unwrap());
    assert_eq!(waiting(&storage), [(3, false)]);
}
