//! Poll loops that change hands.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

mod common;

use common::wire::{query, until_ready};
use common::{log_in, start};
use os::Random;
use std::io::Write;
use std::time::{Duration, Instant};

/// Loops are taken from their threads as the watchdog does, but at any time between a commit's packet and its answer, and
/// once for each: nothing later helps an answer that was left behind.
#[test]
fn loops_that_change_hands_lose_no_answer() {
    let data = std::env::temp_dir().join(format!("surus-hands-{}", std::process::id()));
    let (server, path) = start(&data);
    let mut stream = log_in(&path);
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&query("create table t (id int)")).unwrap();
    until_ready(&mut stream);
    let mut random = Random::seeded(1);
    for _ in 0..8000 {
        stream.write_all(&query("insert into t values (1)")).unwrap();
        let (began, pause) = (Instant::now(), Duration::from_micros(random.below(80)));
        while began.elapsed() < pause {
            std::hint::spin_loop();
        }
        server.change_hands();
        assert!(until_ready(&mut stream).windows(10).any(|part| part == b"INSERT 0 1"));
    }
    server.stop().unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
