//! The log on the simulated disk.

#![expect(clippy::unwrap_used, reason = "a test fails where it must not go on")]

use os::{Direct, Disk, Random, SimDisk};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wal::{Log, Lsn, Options, Urgency};

fn options() -> Options {
    Options { segment_bytes: 16 << 10, memory_bytes: 8 << 10 }
}

fn open(disk: &SimDisk, from: Lsn, epoch: u32) -> Arc<Log> {
    Log::open(Arc::new(disk.clone()), options(), from, epoch).unwrap()
}

fn payload(random: &mut Random) -> Vec<u8> {
    let limit = if random.one_in(20) { 40_000 } else { 300 };
    let length = 1 + random.below(limit);
    (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect()
}

#[test]
fn what_was_flushed_is_read_back_after_any_crash() {
    for seed in 0..25 {
        let mut random = Random::seeded(seed);
        let mut disk = SimDisk::new();
        let mut durable: Vec<(Lsn, Vec<u8>)> = Vec::new();
        let mut from = Lsn::FIRST;
        for epoch in 1..6 {
            disk.set_direct(
                [Direct::Taken, Direct::NotOpened, Direct::NotWritten, Direct::Taken]
                    [epoch as usize % 4],
            );
            let log = open(&disk, from, epoch);
            let mut records = log.records(from);
            for (lsn, expected) in &durable {
                let (span, found) = records.next_record().unwrap().unwrap();
                assert_eq!((span.start, found), (*lsn, expected.as_slice()), "seed {seed}");
            }
            // What was appended and not flushed may have become durable too.
            while let Some((span, found)) = records.next_record().unwrap() {
                durable.push((span.start, found.to_vec()));
            }
            let mut pending = Vec::new();
            for _ in 0..random.below(120) {
                let payload = payload(&mut random);
                let span = log.append(&payload, Urgency::Ordinary, |_| {}).unwrap();
                pending.push((span.start, payload));
                if random.one_in(5) {
                    log.wait(span.end).unwrap();
                    durable.append(&mut pending);
                }
                let all = durable.len() + pending.len();
                let index = usize::try_from(random.below(all as u64)).unwrap();
                let (lsn, expected) = durable.iter().chain(&pending).nth(index).unwrap();
                let mut found = Vec::new();
                log.read(*lsn, &mut found).unwrap();
                assert_eq!(&found, expected, "seed {seed}");
                if random.one_in(30) && durable.len() > 4 {
                    durable.drain(..durable.len() / 2);
                    from = durable[0].0;
                    log.release(from).unwrap();
                }
            }
            disk.lose_power();
            disk = disk.after_power_loss(&mut random);
        }
        let count = disk.list("wal").unwrap().len();
        assert!(count < 60, "segments are given up");
    }
}

#[test]
fn one_sync_serves_all_that_wait() {
    let disk = SimDisk::new();
    let log = open(&disk, Lsn::FIRST, 1);
    let seen = Arc::new(AtomicU64::new(0));
    let hook = Arc::clone(&seen);
    log.on_durable(Box::new(move |lsn| hook.store(lsn.0, Ordering::SeqCst)));
    let spans: Vec<_> =
        (0..100).map(|_| log.append(b"record", Urgency::Ordinary, |_| {}).unwrap()).collect();
    for span in &spans {
        log.wait(span.end).unwrap();
    }
    assert_eq!(log.sync_count(), 1);
    assert_eq!(seen.load(Ordering::SeqCst), spans[99].end.0);
}

#[test]
fn threads_wait_for_the_writer() {
    let disk = SimDisk::new();
    let log = open(&disk, Lsn::FIRST, 1);
    log.start_writer().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let span = log.append(b"a record", Urgency::Ordinary, |_| {}).unwrap();
                    log.wait(span.end).unwrap();
                    assert!(log.durable_lsn() >= span.end);
                }
            });
        }
    });
    log.stop_writer();
    let mut records = log.records(Lsn::FIRST);
    let mut count = 0;
    while records.next_record().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 800);
}

#[test]
fn a_log_that_nobody_waits_for_is_written_all_the_same() {
    let log = open(&SimDisk::new(), Lsn::FIRST, 1);
    log.start_writer().unwrap();
    let limit = 4 * options().memory_bytes;
    for _ in 0..1000 {
        log.wait_for_room().unwrap();
        log.append(&[7; 300], Urgency::Ordinary, |_| {}).unwrap();
        assert!(log.next_lsn().0 - log.durable_lsn().0 <= limit + 1000);
    }
    assert!(log.sync_count() > 0);
    log.stop_writer();
}
