//! A server in this process, on a simulated disk, and clients that speak by hand.

use os::SimDisk;
use server::{Address, Admission, Server, ServerOptions};
use session::{Engine, EngineOptions};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn start(data: &Path) -> (Arc<Server>, PathBuf) {
    let (server, path) = bind(data, &SimDisk::new());
    server.start().unwrap();
    (server, path)
}

/// A server that does not serve yet, and its socket.
pub(crate) fn bind(data: &Path, disk: &SimDisk) -> (Arc<Server>, PathBuf) {
    std::fs::create_dir_all(data).unwrap();
    let options = EngineOptions {
        storage: storage::Options::default(),
        superuser: "postgres".to_owned(),
        superuser_verifier: None,
        database: None,
        statement_memory_bytes: 1 << 24,
        defaults: settings::Defaults::new(&[]).unwrap(),
        make_verifier: |_| Err(error::Error::unsupported("passwords")),
    };
    let engine = Engine::open(Arc::new(disk.clone()), options).unwrap();
    let options = ServerOptions {
        data: data.to_path_buf(),
        listen: "127.0.0.1:0".parse().unwrap(),
        socket_dir: None,
        admission: Admission::Trust,
        connections_max: 100,
        worker_count: 2,
    };
    let server = Server::bind(engine, options).unwrap();
    let addresses = server.addresses().unwrap();
    let path = addresses.into_iter().find_map(|address| match address {
        Address::Unix(path) => Some(path),
        Address::Tcp(_) => None,
    });
    (server, path.unwrap())
}

pub(crate) fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

pub(crate) fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

pub(crate) fn first_packet() -> Vec<u8> {
    let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(body.len() + 4).unwrap();
    [&length.to_be_bytes()[..], body].concat()
}

/// Reads up to ReadyForQuery.
pub(crate) fn until_ready(stream: &mut UnixStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !answer.ends_with(b"Z\0\0\0\x05I") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the connection ended");
        answer.extend_from_slice(&buffer[..count]);
    }
    answer
}
