//! Seeded malformed messages to a server in this process: none may crash or hang it, nor hurt another connection.
//! `SURUS_FUZZ` sets how many messages.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

mod common;

use common::wire::{first_packet, framed, query, until_ready};
use common::{connect, log_in, start};
use os::Random;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::path::Path;

const KINDS: &[u8] = b"QPBDECHSdcfFpX";
const TEXTS: &[&str] = &[
    "select 1",
    "begin",
    "rollback",
    "bad",
    "copy t from stdin",
    "select 1; select 2",
    "",
    "s",
    "p",
];

/// A message that is nearly right: its type is one that there is, its body is made of texts, zeros and small counts.
fn message(random: &mut Random) -> Vec<u8> {
    let mut body = Vec::new();
    for _ in 0..random.below(6) {
        match random.below(4) {
            0 => {
                let text = TEXTS[usize::try_from(random.below(TEXTS.len() as u64)).unwrap()];
                body.extend_from_slice(text.as_bytes());
                body.push(0);
            }
            1 => body.extend_from_slice(&[0, 0]),
            2 => body.extend_from_slice(&random.next_u64().to_be_bytes()[..4]),
            _ => body.push(random.next_u64().to_be_bytes()[0]),
        }
    }
    let kind = KINDS[usize::try_from(random.below(KINDS.len() as u64)).unwrap()];
    let mut bytes = framed(kind, &body);
    if random.one_in(5) {
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
        bytes[at] = random.next_u64().to_be_bytes()[0];
    }
    bytes
}

/// Sends messages, ends its side, and reads until the server ends its own.
fn attack(path: &Path, random: &mut Random, message_count: u64) {
    let mut stream = connect(path);
    let mut bytes = if random.one_in(10) { Vec::new() } else { first_packet() };
    for _ in 0..message_count {
        bytes.extend(message(random));
    }
    // The server may end the connection first.
    let _ = stream.write_all(&bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert!(error.kind() == std::io::ErrorKind::ConnectionReset, "{error}"),
    }
}

#[test]
fn malformed_messages_hurt_only_their_connection() {
    let total =
        std::env::var("SURUS_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let data = std::env::temp_dir().join(format!("surus-hostile-{}", std::process::id()));
    let (server, path) = start(&data);
    let mut good = log_in(&path);
    let mut random = Random::seeded(7);
    let mut sent = 0;
    while sent < total {
        let count = random.below(50) + 1;
        attack(&path, &mut random, count);
        sent += count;
    }
    good.write_all(&query("select 1")).unwrap();
    let answer = until_ready(&mut good);
    assert!(answer.contains(&b'D'), "{answer:?}");
    drop(good);
    server.stop().unwrap();
    std::fs::remove_dir_all(&data).unwrap();
}
