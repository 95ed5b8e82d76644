//! What all sessions of a data directory share.

use crate::session::Shared;
use catalog::Catalogs;
use error::{Error, Result};
use os::Disk;
use std::sync::Arc;
use storage::{Lsn, Storage};
use types::Oid;

/// How an engine is opened.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How storage is opened.
    pub storage: storage::Options,
    /// The superuser that a new directory gets.
    pub superuser: String,
    /// The superuser's SCRAM verifier in a new directory; `None` for no password.
    pub superuser_verifier: Option<String>,
    /// A database that a new directory gets beside `postgres`, `template0` and `template1`.
    pub database: Option<String>,
}

/// What authentication needs of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The role.
    pub role: Oid,
    /// The SCRAM verifier.
    pub verifier: Option<String>,
    /// It may log in.
    pub allowed: bool,
    /// Microseconds since 2000-01-01 UTC after which its password is refused.
    pub valid_until: Option<i64>,
}

/// One data directory, open: storage, catalogs, sessions.
pub struct Engine {
    storage: Arc<Storage>,
    catalogs: Arc<Catalogs>,
}

impl Engine {
    /// Opens the data directory, making or recovering it as needed.
    pub fn open(_disk: Arc<dyn Disk>, _options: EngineOptions) -> Result<Arc<Self>> {
        Err(Error::unsupported("opening an engine"))
    }

    /// Whether this open made the directory.
    pub fn is_new(&self) -> bool {
        self.storage.is_new()
    }

    /// The storage, for durability hooks and counters.
    pub fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }

    /// The catalogs.
    pub fn catalogs(&self) -> &Arc<Catalogs> {
        &self.catalogs
    }

    /// What authentication needs of a role; `None` where there is none of the name.
    pub fn login(&self, _role: &str) -> Result<Option<Login>> {
        Err(Error::unsupported("log-in"))
    }

    /// The shared part of the session with this process id and secret key, for a cancel request.
    pub fn find_session(&self, _process: i32, _secret: &[u8]) -> Option<Arc<Shared>> {
        None
    }

    /// Tells all sessions to end (57P01) and wakes those that wait.
    pub fn terminate_sessions(&self) {}

    /// Rolls back what is left, makes a checkpoint and closes.
    pub fn shutdown(&self) -> Result<()> {
        self.storage.shutdown()
    }

    /// How far the log is durable.
    pub fn durable_lsn(&self) -> Lsn {
        self.storage.durable_lsn()
    }
}
