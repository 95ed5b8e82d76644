//! A connected socket.

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// A connected socket that does not block.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// What a read or write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// So many bytes.
    Bytes(usize),
    /// None now.
    Blocked,
    /// The connection is gone.
    Gone,
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream, _) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

impl Stream {
    pub(crate) fn tcp(stream: TcpStream, address: SocketAddr) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        rustix::net::sockopt::set_socket_keepalive(&stream, true)?;
        Ok(Self::Tcp(stream, address))
    }

    pub(crate) fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::Unix(stream))
    }

    /// The client's address; `None` on a Unix socket.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// The user that runs the client, on a Unix socket.
    pub(crate) fn peer_user(&self) -> Option<u32> {
        match self {
            Self::Tcp(..) => None,
            Self::Unix(stream) => rustix::net::sockopt::socket_peercred(stream)
                .ok()
                .map(|credentials| credentials.uid.as_raw()),
        }
    }

    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Transfer {
        match rustix::io::retry_on_intr(|| {
            rustix::net::recv(self, &mut *buffer, RecvFlags::empty())
        }) {
            Ok((0, _)) => Transfer::Gone,
            Ok((count, _)) => Transfer::Bytes(count),
            Err(error) => failed(error),
        }
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> Transfer {
        match rustix::io::retry_on_intr(|| rustix::net::send(self, bytes, SendFlags::NOSIGNAL)) {
            Ok(count) => Transfer::Bytes(count),
            Err(error) => failed(error),
        }
    }

    pub(crate) fn shutdown(&self) {
        // The client may have gone before, which is as good.
        let _ = match self {
            Self::Tcp(stream, _) => stream.shutdown(Shutdown::Both),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

fn failed(error: Errno) -> Transfer {
    if error == Errno::AGAIN || error == Errno::WOULDBLOCK {
        Transfer::Blocked
    } else {
        Transfer::Gone
    }
}
