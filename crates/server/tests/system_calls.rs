//! What a look-up costs the server in system calls.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

mod common;

use common::wire::{framed, query, until_ready};
use common::{log_in, start};
use std::io::Write;

const LOOK_UPS: u64 = 100;

#[test]
fn a_look_up_is_a_wait_a_read_and_a_write() {
    let data = std::env::temp_dir().join(format!("surus-calls-{}", std::process::id()));
    let (server, path) = start(&data);
    let mut stream = log_in(&path);
    for sql in [
        "create table t (id int primary key, v int)",
        "insert into t select g, g from generate_series(1, 1000) g",
        "prepare find as select v from t where id = $1",
    ] {
        stream.write_all(&query(sql)).unwrap();
        until_ready(&mut stream);
    }
    let bind = framed(b'B', b"\0find\0\0\0\0\x01\0\0\0\x03123\0\0");
    let execute = framed(b'E', b"\0\0\0\0\0");
    let look_up = [bind, execute, framed(b'S', b"")].concat();
    let before = server.system_calls();
    for _ in 0..LOOK_UPS {
        stream.write_all(&look_up).unwrap();
        let answer = until_ready(&mut stream);
        assert!(answer.windows(3).any(|bytes| bytes == b"123"));
    }
    let after = server.system_calls();
    assert_eq!(after.receives - before.receives, LOOK_UPS);
    assert_eq!(after.sends - before.sends, LOOK_UPS);
    // A loop that another thread takes over waits once more.
    let waits = after.waits - before.waits;
    assert!(waits <= LOOK_UPS + LOOK_UPS / 10 + 2, "{waits} waits for {LOOK_UPS} look-ups");
    server.stop().unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
