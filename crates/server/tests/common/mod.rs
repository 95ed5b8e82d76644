//! A server in this process, on a simulated disk, and clients that speak by hand.

mod engine;
pub(crate) mod wire;

use engine::engine;
use os::SimDisk;
use server::{Address, Admission, Server, ServerOptions};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wire::{first_packet, until_ready};

pub(crate) fn start(data: &Path) -> (Arc<Server>, PathBuf) {
    let (server, path) = bind(data, &SimDisk::new());
    server.start().unwrap();
    (server, path)
}

/// A server that does not serve yet, and its socket.
pub(crate) fn bind(data: &Path, disk: &SimDisk) -> (Arc<Server>, PathBuf) {
    std::fs::create_dir_all(data).unwrap();
    let engine = engine(disk);
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

/// A client that was let in.
pub(crate) fn log_in(path: &Path) -> UnixStream {
    let mut stream = connect(path);
    stream.write_all(&first_packet()).unwrap();
    until_ready(&mut stream);
    stream
}
