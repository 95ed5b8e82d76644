//! The table of transactions under every order of the steps of writers, readers and who cleans it.

use super::*;
use crate::Snapshot;
use crate::Version;
use crate::locks::Locks;
use os::sync::{Mutex, explore, thread};
use std::sync::Arc;

/// What is known to have happened, by those who made it happen: ids that committed, with their CSNs.
type Commits = Arc<Mutex<Vec<(Xid, Csn)>>>;

const FIRST_XID: u64 = 10;
const FIRST_CSN: u64 = 100;
const HOLDER: Holder = Holder { process: 1, log_bytes_max: u64::MAX };

fn writer(table: &Arc<Table>, owner: &Arc<Owner>, committed: &Commits) {
    let active = table.begin(owner, || Lsn(table.published().0));
    let _committing = table.committing.lock();
    let csn = Csn(table.published().0 + 1);
    table.commit(active.xid, Committed { csn, lasting: true });
    committed.lock().push((active.xid, csn));
}

/// A snapshot sees what committed before it was taken, nothing else, and always the same, whatever is forgotten meanwhile.
fn reader(table: &Arc<Table>, committed: &Commits) {
    let before = committed.lock().clone();
    let snapshot = Snapshot::take(table, &Arc::default(), HOLDER);
    let seen = |xid: Xid| snapshot.sees(xid, Version(1));
    for (xid, csn) in before {
        assert!(seen(xid), "{xid:?} committed before the snapshot");
        assert!(csn <= snapshot.csn());
    }
    let all: Vec<Xid> = (FIRST_XID..FIRST_XID + 4).map(Xid).collect();
    let first: Vec<bool> = all.iter().map(|xid| seen(*xid)).collect();
    thread::yield_now();
    let second: Vec<bool> = all.iter().map(|xid| seen(*xid)).collect();
    assert_eq!(first, second, "the snapshot at {:?} changed", snapshot.csn());
    for (xid, csn) in committed.lock().iter() {
        assert_eq!(seen(*xid), *csn <= snapshot.csn(), "{xid:?} at {csn:?}");
    }
}

#[test]
fn snapshots_stay_what_they_were() {
    explore(4000, || {
        let table = Arc::new(Table::new(Xid(FIRST_XID), Csn(FIRST_CSN)));
        let owner = Locks::new(Arc::clone(&table)).owner(1);
        let committed = Commits::default();
        let threads = [0, 1, 2, 3].map(|role| {
            let (table, owner) = (Arc::clone(&table), Arc::clone(&owner));
            let committed = Arc::clone(&committed);
            thread::spawn(move || match role {
                0 | 1 => {
                    writer(&table, &owner, &committed);
                    writer(&table, &owner, &committed);
                }
                2 => {
                    reader(&table, &committed);
                    reader(&table, &committed);
                }
                _ => {
                    for _ in 0..3 {
                        table.maintain(Lsn(u64::MAX));
                    }
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
        // With nobody reading, all is forgotten: seen by everybody.
        table.maintain(Lsn(u64::MAX));
        reader(&table, &committed);
        assert_eq!(committed.lock().len(), 4);
    });
}

#[test]
fn what_is_rolled_back_is_never_seen() {
    explore(2000, || {
        let table = Arc::new(Table::new(Xid(FIRST_XID), Csn(FIRST_CSN)));
        let owner = Locks::new(Arc::clone(&table)).owner(1);
        // Both had begun when the snapshot was taken: their ids tell nothing.
        let [aborted, done] = [0, 1].map(|_| table.begin(&owner, || Lsn(FIRST_CSN)).xid);
        let snapshot = Snapshot::take(&table, &Arc::default(), HOLDER);
        let threads = [0, 1, 2].map(|role| {
            let table = Arc::clone(&table);
            thread::spawn(move || match role {
                0 => table.abort(aborted),
                1 => {
                    let _committing = table.committing.lock();
                    table.commit(done, Committed { csn: Csn(FIRST_CSN + 1), lasting: true });
                }
                _ => {
                    table.maintain(Lsn(u64::MAX));
                    table.maintain(Lsn(u64::MAX));
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
        table.maintain(Lsn(u64::MAX));
        // As long as the old snapshot is there it may have a copy of what was rolled back.
        assert!(!snapshot.sees(aborted, Version(1)) && !snapshot.sees(done, Version(1)));
    });
}

/// A snapshot that is given up says so to whoever reads something else by it than before.
#[test]
fn who_is_given_up_is_told() {
    explore(3000, || {
        let table = Arc::new(Table::new(Xid(FIRST_XID), Csn(FIRST_CSN)));
        let owner = Locks::new(Arc::clone(&table)).owner(1);
        let xid = table.begin(&owner, || Lsn(FIRST_CSN)).xid;
        let holder = Holder { process: 1, log_bytes_max: 0 };
        let snapshot = Snapshot::take(&table, &Arc::default(), holder);
        let threads = [0, 1, 2].map(|role| {
            let (table, snapshot) = (Arc::clone(&table), snapshot.clone());
            thread::spawn(move || match role {
                0 => {
                    let _committing = table.committing.lock();
                    table.commit(xid, Committed { csn: Csn(FIRST_CSN + 1), lasting: true });
                }
                1 => {
                    let seen = snapshot.sees(xid, Version(1));
                    assert!(!seen || snapshot.check().is_err());
                }
                _ => {
                    table.give_up(Lsn(u64::MAX));
                    table.maintain(Lsn(u64::MAX));
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
        assert!(snapshot.check().is_err());
    });
}

/// The log is kept from the first record of whoever had not ended when a living snapshot was taken.
#[test]
fn what_a_snapshot_needs_of_the_log_is_kept() {
    explore(20_000, || {
        let table = Arc::new(Table::new(Xid(FIRST_XID), Csn(FIRST_CSN)));
        let owner = Locks::new(Arc::clone(&table)).owner(1);
        // One began, then another was committed.
        let active = table.begin(&owner, || Lsn(FIRST_CSN));
        let other = table.begin(&owner, || Lsn(FIRST_CSN + 1)).xid;
        table.commit(other, Committed { csn: Csn(FIRST_CSN + 2), lasting: true });
        // How far the log was given back.
        let released = Arc::new(AtomicU64::new(0));
        let threads = [0, 1, 2].map(|role| {
            let (table, active) = (Arc::clone(&table), Arc::clone(&active));
            let released = Arc::clone(&released);
            thread::spawn(move || match role {
                0 => {
                    let _committing = table.committing.lock();
                    let csn = Csn(FIRST_CSN + 3);
                    table.commit(active.xid, Committed { csn, lasting: true });
                }
                1 => {
                    let snapshot = Snapshot::take(&table, &Arc::default(), HOLDER);
                    thread::yield_now();
                    let is_needed = !snapshot.sees(active.xid, Version(1));
                    assert!(!is_needed || released.load(Ordering::SeqCst) <= active.first.0);
                }
                _ => {
                    table.maintain(Lsn(u64::MAX));
                    let firsts = table.all_active().into_iter().map(|active| active.first);
                    let keep = firsts.fold(table.keep_lsn(), Lsn::min);
                    released.fetch_max(keep.0, Ordering::SeqCst);
                }
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
    });
}
