//! New clients.

use crate::listener::Listener;
use crate::server::Server;
use crate::sockets::Sockets;
use crate::stream::Stream;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How long a client may take to be authenticated.
const AUTHENTICATION_MAX: Duration = Duration::from_secs(60);
/// So many are taken at once; the others wait for the next turn.
const AT_ONCE: usize = 16;

/// Takes in clients that wait at a listener; each goes to the poller that has fewest.
pub(crate) fn accept(server: &Arc<Server>, listener_index: usize) {
    for _ in 0..AT_ONCE {
        let stream = match accept_one(&server.listeners[listener_index]) {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                eprintln!("surus: a client could not be accepted: {error}");
                // Most likely there are too many open files; the client waits until there are fewer.
                std::thread::sleep(Duration::from_millis(10));
                return;
            }
        };
        let pollers = server.workers.pollers().iter();
        let Some(poller) =
            pollers.min_by_key(|poller| poller.events.connection_count.load(Relaxed))
        else {
            return;
        };
        server.connection_began();
        let deadline = Instant::now() + AUTHENTICATION_MAX;
        if let Err(error) = Sockets::add_connection(poller, stream, deadline) {
            eprintln!("surus: a client could not be taken in: {error}");
            server.connection_ended();
        }
    }
}

fn accept_one(listener: &Listener) -> io::Result<Stream> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept()?;
            Stream::tcp(stream, address)
        }
        Listener::Unix(listener, _) => Stream::unix(listener.accept()?.0),
    }
}
