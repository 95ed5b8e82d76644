//! Reading single records back: by their LSN, from memory or files, and nothing else.

use error::SqlState;
use os::SimDisk;
use std::sync::Arc;
use wal::{Log, Lsn, Options, Urgency};

fn options() -> Options {
    Options { segment_bytes: 64 << 10, memory_bytes: 16 << 10 }
}

/// What a file holds at a position is a record only if it says so itself: neither the middle of one, nor what a recycled
/// segment had there before.
#[test]
fn a_record_is_known_by_its_lsn() {
    let disk = SimDisk::new();
    let log = Log::open(Arc::new(disk), options(), Lsn::FIRST, 1).unwrap();
    let mut lsns = Vec::new();
    let payload = |number: u64| [&number.to_le_bytes()[..], &[3; 1000]].concat();
    let append = |number: u64| log.append(&payload(number), Urgency::Ordinary, |_| {}).unwrap();
    for number in 0..600 {
        lsns.push(append(number).start);
        if number % 20 == 0 {
            log.flush().unwrap();
        }
    }
    log.flush().unwrap();
    let mut found = Vec::new();
    for (number, lsn) in (0..).zip(&lsns) {
        log.read(*lsn, &mut found).unwrap();
        assert_eq!(found, payload(number));
    }
    assert!(!log.read_memory(lsns[0], &mut found), "the first is in files alone");
    for off in [1, 7, 12, 500] {
        let error = log.read(Lsn(lsns[100].0 + off), &mut found).unwrap_err();
        assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
    }
    // The segments of the first half serve again: nothing is found where they were, or where they are now.
    log.release(lsns[300]).unwrap();
    let error = log.read(lsns[0], &mut found).unwrap_err();
    assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
    let end = log.next_lsn();
    for old in &lsns[..300] {
        for segment in 1..20 {
            let now = Lsn(old.0 + segment * options().segment_bytes);
            assert!(now < end || log.read(now, &mut found).is_err(), "{now} is behind the end");
        }
    }
}
