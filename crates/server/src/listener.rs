//! Sockets that clients connect to.

use error::{Error, Result, SqlState};
use std::fmt;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A Unix socket's path.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Who may open a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The server's own user.
    Owner,
    /// All users; they are asked for passwords.
    All,
}

#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, _) => listener.as_fd(),
        }
    }
}

impl Listener {
    /// Listens on a TCP address; port 0 stands for a free one. 55006 if it is taken.
    pub(crate) fn tcp(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).map_err(|error| {
            if error.kind() == ErrorKind::AddrInUse {
                let port = address.port();
                return in_use(format!(
                    "port {port} is in use: is another server running? Choose another with --listen ADDRESS:PORT"
                ));
            }
            Error::new(SqlState::IO_ERROR, format!("could not listen on {address}: {error}"))
        })?;
        listener.set_nonblocking(true)?;
        raise_backlog(&listener)?;
        Ok(Self::Tcp(listener))
    }

    /// Listens on the socket in a directory that clients look for by its port. 55006 if a server answers there.
    pub(crate) fn unix(directory: &Path, port: u16, reach: Reach) -> Result<Self> {
        let path = directory.join(format!(".s.PGSQL.{port}"));
        if UnixStream::connect(&path).is_ok() {
            return Err(in_use(format!("another server answers on {}", path.display())));
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path).map_err(|error| {
            let code = SqlState::IO_ERROR;
            Error::new(code, format!("could not listen on {}: {error}", path.display()))
        })?;
        let mode = match reach {
            Reach::Owner => 0o700,
            Reach::All => 0o777,
        };
        std::fs::set_permissions(&path, Permissions::from_mode(mode))?;
        listener.set_nonblocking(true)?;
        raise_backlog(&listener)?;
        Ok(Self::Unix(listener, path))
    }

    pub(crate) fn address(&self) -> Result<Address> {
        match self {
            Self::Tcp(listener) => Ok(Address::Tcp(listener.local_addr()?)),
            Self::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    /// Removes the socket's file.
    pub(crate) fn clean_up(&self) {
        match self {
            Self::Tcp(_) => {}
            Self::Unix(_, path) => {
                // One that somebody removed before is fine.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// Lets so many clients wait to be accepted that thousands can come at once.
fn raise_backlog(listener: impl AsFd) -> Result<()> {
    rustix::net::listen(listener, 4096).map_err(std::io::Error::from)?;
    Ok(())
}

fn in_use(message: String) -> Error {
    Error::new(SqlState::OBJECT_IN_USE, message)
}
