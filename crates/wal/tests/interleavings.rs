//! The log under every order of the steps of those who append, wait and write.

#![cfg(feature = "shuttle")]
#![expect(clippy::unwrap_used, reason = "a test fails where it must not go on")]

use os::sync::atomic::{AtomicU64, Ordering};
use os::sync::{Mutex, explore, thread};
use os::{Random, SimDisk};
use std::sync::Arc;
use wal::{Log, Lsn, Options, Urgency};

fn open(disk: &SimDisk, epoch: u32) -> Arc<Log> {
    let options = Options { segment_bytes: 16 << 10, memory_bytes: 8 << 10 };
    Log::open(Arc::new(disk.clone()), options, Lsn::FIRST, epoch).unwrap()
}

fn records(log: &Log) -> Vec<Vec<u8>> {
    let mut records = log.records(Lsn::FIRST);
    let mut found = Vec::new();
    while let Some((_, payload)) = records.next_record().unwrap() {
        found.push(payload.to_vec());
    }
    found
}

/// Who waited finds its record on the disk whatever became of the power, in the order of the log.
fn committed_records_are_durable(with_writer: bool) {
    let disk = SimDisk::new();
    let log = open(&disk, 1);
    if with_writer {
        log.start_writer().unwrap();
    }
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (0..3u8)
        .map(|number| {
            let (log, acknowledged) = (Arc::clone(&log), Arc::clone(&acknowledged));
            thread::spawn(move || {
                for round in 0..2u8 {
                    let span = log.append(&[number, round], Urgency::Ordinary, |_| {}).unwrap();
                    log.wait(span.end).unwrap();
                    assert!(log.durable_lsn() >= span.end);
                    acknowledged.lock().push(vec![number, round]);
                }
            })
        })
        .collect();
    // The power fails at some time: what was acknowledged before is there after it.
    let (promised, after) = {
        let acknowledged = acknowledged.lock();
        (acknowledged.clone(), disk.after_power_loss(&mut Random::seeded(1)))
    };
    let found = records(&open(&after, 2));
    assert!(promised.iter().all(|record| found.contains(record)), "{promised:?} {found:?}");
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    log.stop_writer();
    let all = records(&open(&disk.after_power_loss(&mut Random::seeded(2)), 3));
    assert_eq!(all.len(), 6);
}

#[test]
fn who_waits_for_the_writer_is_durable() {
    explore(1000, || committed_records_are_durable(true));
}

#[test]
fn who_syncs_without_a_writer_is_durable() {
    explore(1000, || committed_records_are_durable(false));
}

/// As a server's poller does: it notes what an answer waits for, asks for it, and looks once more. The writer's call comes for
/// each, so that no answer is left lying.
#[test]
fn nobody_who_asked_is_forgotten() {
    explore(1000, || {
        let log = open(&SimDisk::new(), 1);
        log.start_writer().unwrap();
        let waiting = Arc::new(Mutex::new(Vec::new()));
        let answered = Arc::new(AtomicU64::new(0));
        let answer = {
            let (waiting, answered) = (Arc::clone(&waiting), Arc::clone(&answered));
            move |durable: Lsn| {
                let mut waiting = waiting.lock();
                let before = waiting.len();
                waiting.retain(|lsn| *lsn > durable);
                answered.fetch_add((before - waiting.len()) as u64, Ordering::SeqCst);
            }
        };
        log.on_durable(Box::new(answer.clone()));
        let threads: Vec<_> = (0..3u8)
            .map(|number| {
                let (log, waiting, answer) =
                    (Arc::clone(&log), Arc::clone(&waiting), answer.clone());
                thread::spawn(move || {
                    let span = log.append(&[number], Urgency::Ordinary, |_| {}).unwrap();
                    waiting.lock().push(span.end);
                    log.request(span.end);
                    if log.durable_lsn() >= span.end {
                        answer(log.durable_lsn());
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // A lost one would wait for ever, which is told as a deadlock.
        while answered.load(Ordering::SeqCst) < 3 {
            thread::yield_now();
        }
        log.stop_writer();
    });
}
