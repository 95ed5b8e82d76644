//! The catalog as one session sees it: what pg_catalog relations and catalog functions are computed from.

use crate::object::StoredTree;
use crate::snapshot::Catalog;
use error::Result;
use std::sync::Arc;
use types::Oid;

/// A session as pg_stat_activity lists it.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the fields are pg_stat_activity's columns")]
pub struct Activity {
    pub process: i32,
    pub database: Oid,
    pub user: Oid,
    pub application_name: String,
    pub client_address: Option<std::net::SocketAddr>,
    /// Microseconds since 2000-01-01 UTC, here and below.
    pub backend_start: i64,
    pub transaction_start: Option<i64>,
    pub query_start: Option<i64>,
    pub state_change: i64,
    /// `active`, `idle`, `idle in transaction` ...
    pub state: &'static str,
    pub wait_event: Option<(&'static str, &'static str)>,
    pub query: String,
}

/// A setting as pg_settings lists it: the columns of pg_settings in their order, as text; `None` for NULL.
pub type SettingRow = Vec<Option<String>>;

/// What else the relations show, asked for when they are read.
pub trait Sources: Send + Sync {
    /// All sessions.
    fn activity(&self) -> Vec<Activity>;
    /// The session's settings.
    fn settings(&self) -> Vec<SettingRow>;
    /// How many bytes a file of the database has.
    fn file_size(&self, file: u32) -> u64;
    /// A sequence's last value and whether it was given.
    fn sequence_value(&self, file: u32) -> Option<(i64, bool)>;
    /// The prepared transactions.
    fn prepared(&self) -> Vec<PreparedRow>;
    /// All locks.
    fn locks(&self) -> Vec<storage::LockRow>;
    /// The processes that keep a session from going on.
    fn blocking_processes(&self, process: i32) -> Vec<i32>;
    /// The processes that a session waits for with READ ONLY DEFERRABLE.
    fn snapshot_blocking_processes(&self, process: i32) -> Vec<i32>;
    /// Where the log ends, and how far it is durable.
    fn log_positions(&self) -> (storage::Lsn, storage::Lsn);
    /// When the server started, in microseconds since 2000-01-01 UTC.
    fn server_start(&self) -> i64;
    /// A stored expression over a relation's columns as SQL text; what prints it lies above this crate.
    fn expression_text(&self, access: &Access, relation: Oid, tree: &StoredTree) -> Result<String>;
    /// The statement that makes an index.
    fn index_definition(&self, access: &Access, index: Oid) -> Result<String>;
}

/// A prepared transaction.
#[derive(Debug, Clone)]
pub struct PreparedRow {
    /// Its id.
    pub xid: u64,
    /// Its name.
    pub name: String,
    /// When it was prepared, in microseconds since 2000-01-01 UTC.
    pub prepared_at: i64,
    /// Who prepared it.
    pub owner: Oid,
    /// Its database.
    pub database: Oid,
}

/// What a session sees of the catalog. A function of the catalog finds it by `Environment::as_any`.
#[derive(Clone)]
pub struct Access {
    /// The objects.
    pub catalog: Arc<Catalog>,
    /// The session's database.
    pub database: Oid,
    /// CURRENT_USER.
    pub current_user: Oid,
    /// SESSION_USER.
    pub session_user: Oid,
    /// The schemas that unqualified names are looked for in, pg_catalog among them.
    pub search_path: Vec<Oid>,
    /// The schemas of search_path as it is written: what current_schemas shows.
    pub named_path: Vec<Oid>,
    /// The session's process id.
    pub process: i32,
    /// What else there is.
    pub sources: Arc<dyn Sources>,
}
