//! What happens to a connection between two steps, which no client can time.

#[path = "../../tests/common/engine.rs"]
mod engine;
#[path = "../../tests/common/wire.rs"]
mod wire;

use super::*;
use crate::sockets::Sockets;
use crate::{Admission, ServerOptions};
use engine::engine;
use os::SimDisk;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use wire::{first_packet, query, until_ready};

/// A server that does not serve yet.
fn bind(data: &Path) -> Arc<Server> {
    std::fs::create_dir_all(data).unwrap();
    let options = ServerOptions {
        data: data.to_path_buf(),
        listen: "127.0.0.1:0".parse().unwrap(),
        socket_dir: None,
        admission: Admission::Trust,
        connections_max: 10,
        worker_count: 1,
    };
    Server::bind(engine(&SimDisk::new()), options).unwrap()
}

/// A client and the server's end of its connection.
fn connect(server: &Server) -> (TcpStream, Arc<Connection>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (stream, address) = listener.accept().unwrap();
    let stream = Stream::tcp(stream, address).unwrap();
    server.connection_began();
    let deadline = Instant::now() + Duration::from_secs(60);
    let poller = &server.workers.pollers()[0];
    (client, Sockets::add_connection(poller, stream, deadline).unwrap())
}

/// Receives what is there.
fn drain(client: &mut TcpStream) {
    client.set_nonblocking(true).unwrap();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match client.read(&mut buffer) {
            Ok(count) => assert!(count > 0, "the connection ended"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                break;
            }
        }
    }
    client.set_nonblocking(false).unwrap();
}

/// A connection stops with too much to send; before it looks at its socket for the last time, the client receives all.
#[test]
fn room_that_comes_late_is_used() {
    let data = std::env::temp_dir().join(format!("surus-room-{}", std::process::id()));
    let server = bind(&data);
    let (mut client, connection) = connect(&server);
    let mut scratch = Scratch::default();
    client.write_all(&first_packet()).unwrap();
    connection.serve(&server, &mut scratch, Cause::Ready);
    until_ready(&mut client);

    let much = "select repeat('x', 1000) from generate_series(1, 50000)";
    client.write_all(&query(much)).unwrap();
    let mut cause = Cause::Ready;
    let mut is_late = false;
    while !is_late {
        connection.state.serve(
            cause,
            || (),
            |state, _| {
                connection.run(state, &server, &mut scratch.input, cause);
                assert!(state.out.is_full(), "the socket must take all that waits once");
                drain(&mut client);
                connection.finish(state, &server);
                is_late = state.interest == Interest::Read;
            },
        );
        cause = Cause::Other;
    }
    server.start().unwrap();
    until_ready(&mut client);
    server.stop().unwrap();
    std::fs::remove_dir_all(data).unwrap();
}

/// Neither who is logged in nor who is gone leaves the poll loop an alarm, which would cost it a timer in every sleep.
#[test]
fn the_alarm_of_a_login_ends_with_it() {
    let data = std::env::temp_dir().join(format!("surus-alarm-{}", std::process::id()));
    let server = bind(&data);
    let poller = &server.workers.pollers()[0];
    let mut scratch = Scratch::default();
    let (mut client, connection) = connect(&server);
    assert!(poller.next_alarm().is_some(), "it must log in in time");
    client.write_all(&first_packet()).unwrap();
    connection.serve(&server, &mut scratch, Cause::Ready);
    until_ready(&mut client);
    assert_eq!(poller.next_alarm(), None);

    for (sql, may_be_idle) in [
        ("set idle_in_transaction_session_timeout = '1h'", true),
        ("begin", false),
        ("commit", true),
        ("set idle_session_timeout = '1h'", false),
    ] {
        client.write_all(&query(sql)).unwrap();
        connection.serve(&server, &mut scratch, Cause::Ready);
        drain(&mut client);
        assert_eq!(poller.next_alarm().is_none(), may_be_idle, "after {sql}");
    }
    drop(client);
    connection.serve(&server, &mut scratch, Cause::Ready);
    assert_eq!(poller.next_alarm(), None);
    std::fs::remove_dir_all(data).unwrap();
}
