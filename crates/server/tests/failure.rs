//! A disk that does not keep what it is given ends the server.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

#[expect(dead_code, reason = "a server that serves at once is for other tests")]
mod common;

use common::wire::query;
use common::{bind, log_in};
use os::SimDisk;
use std::io::Write;
use std::sync::Arc;

#[test]
fn a_failed_sync_stops_the_server() {
    let data = std::env::temp_dir().join(format!("surus-failure-{}", std::process::id()));
    let disk = SimDisk::new();
    let (server, path) = bind(&data, &disk);
    let running = Arc::clone(&server);
    let run = std::thread::spawn(move || running.run());
    let mut stream = log_in(&path);
    disk.fail_sync_after(1);
    stream.write_all(&query("create table t (id int)")).unwrap();
    let error = run.join().unwrap().unwrap_err();
    assert_eq!(error.code(), error::SqlState::IO_ERROR);
    assert!(error.fields().hint.as_deref().is_some_and(|hint| hint.contains("start the server")));
    std::fs::remove_dir_all(data).unwrap();
}
