//! A client's messages, written by hand.

use std::io::Read;

pub(crate) fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// A simple query's message.
pub(crate) fn query(sql: &str) -> Vec<u8> {
    framed(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

pub(crate) fn first_packet() -> Vec<u8> {
    let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(body.len() + 4).unwrap();
    [&length.to_be_bytes()[..], body].concat()
}

/// Reads up to ReadyForQuery.
pub(crate) fn until_ready(stream: &mut impl Read) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut buffer = [0; 1 << 16];
    while !answer.ends_with(b"Z\0\0\0\x05I") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the connection ended");
        answer.extend_from_slice(&buffer[..count]);
    }
    answer
}
