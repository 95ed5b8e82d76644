//! Threads that wait for locks.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

mod common;
#[path = "common/workers.rs"]
mod workers;

use common::wire::{query, until_ready};
use common::{log_in, start};
use std::io::Write;
use std::os::unix::net::UnixStream;
use workers::workers;

const CLIENT_COUNT: usize = 20;

fn send(stream: &mut UnixStream, sql: &str) {
    stream.write_all(&query(sql)).unwrap();
}

/// Has all clients wait for a lock at once, and get it.
fn contend(clients: &mut [UnixStream], holder: &mut UnixStream) {
    send(holder, "select pg_advisory_lock(1)");
    until_ready(holder);
    let waiting = "select pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1)";
    clients.iter_mut().for_each(|client| send(client, waiting));
    let all = format!(
        "select 'all wait' from pg_locks where not granted having count(*) = {CLIENT_COUNT}"
    );
    loop {
        send(holder, &all);
        if until_ready(holder).windows(8).any(|part| part == b"all wait") {
            break;
        }
    }
    send(holder, "select pg_advisory_unlock(1)");
    until_ready(holder);
    for client in clients {
        until_ready(client);
    }
}

/// Clients that wait for each other's locks again and again do so in threads that there are.
#[test]
fn threads_that_waited_are_kept_for_the_next_who_wait() {
    let data = std::env::temp_dir().join(format!("surus-threads-{}", std::process::id()));
    let (server, path) = start(&data);
    let mut clients: Vec<UnixStream> = (0..CLIENT_COUNT).map(|_| log_in(&path)).collect();
    let mut holder = log_in(&path);
    contend(&mut clients, &mut holder);
    let first = workers();
    assert!(first.len() >= CLIENT_COUNT, "each waits in a thread of its own: {first:?}");
    for _ in 0..10 {
        contend(&mut clients, &mut holder);
    }
    let started = workers().difference(&first).count();
    assert!(started < CLIENT_COUNT, "{started} threads were started anew");
    server.stop().unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
