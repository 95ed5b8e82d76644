//! What all sessions of a data directory share.

use crate::shared::Shared;
use crate::two_phase::TwoPhase;
use catalog::acl::{AclItem, Privileges};
use catalog::object::{Database, Object, Role, Schema};
use catalog::{BOOTSTRAP_ROLE, Catalogs, Change, DATABASE_OWNER, PUBLIC};
use error::Result;
use hashbrown::{HashMap, HashSet};
use os::Disk;
use parking_lot::Mutex;
use settings::Defaults;
use std::sync::Arc;
use storage::{Lsn, Storage, Transaction};
use types::Oid;

/// How a password becomes what is stored.
pub type MakeVerifier = fn(&str) -> Result<String>;

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
    /// What a statement may take, in bytes; more fails with 53200.
    pub statement_memory_bytes: usize,
    /// The settings that sessions start with.
    pub defaults: Arc<Defaults>,
    /// How a password becomes what is stored.
    pub make_verifier: MakeVerifier,
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
    sessions: Mutex<HashMap<i32, Arc<Shared>>>,
    /// The databases that had a session since the start.
    visited: Mutex<HashSet<Oid>>,
    /// Prepared transactions, in the order of their preparation.
    pub(crate) two_phase: Mutex<Vec<TwoPhase>>,
    pub(crate) options: EngineOptions,
    is_new: bool,
    pub(crate) start_time: i64,
}

impl Engine {
    /// Opens the data directory, making or recovering it as needed.
    pub fn open(disk: Arc<dyn Disk>, options: EngineOptions) -> Result<Arc<Self>> {
        let storage = Storage::open(disk, options.storage.clone())?;
        let is_new = storage.is_new();
        if is_new {
            bootstrap(&storage, &options)?;
        }
        let two_phase = Mutex::new(crate::two_phase::recovered(&storage)?);
        let catalogs = Catalogs::open(Arc::clone(&storage))?;
        let start_time = crate::clock::now();
        let engine = Self {
            storage,
            catalogs,
            sessions: Mutex::default(),
            visited: Mutex::default(),
            two_phase,
            options,
            is_new,
            start_time,
        };
        Ok(Arc::new(engine))
    }

    /// Whether this open made the directory.
    pub fn is_new(&self) -> bool {
        self.is_new
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
    pub fn login(&self, role: &str) -> Result<Option<Login>> {
        let shared = self.catalogs.shared();
        Ok(shared.role(role).map(|role| Login {
            role: role.oid,
            verifier: role.password.clone(),
            allowed: role.login,
            valid_until: role.valid_until,
        }))
    }

    /// The shared part of the session with this process id and secret key, for a cancel request.
    pub fn find_session(&self, process: i32, secret: &[u8]) -> Option<Arc<Shared>> {
        let found = self.session(process)?;
        found.has_secret(secret).then_some(found)
    }

    /// Whether a database has its first session since the start, which clears what a crash left.
    pub(crate) fn sweeps(&self, database: Oid) -> bool {
        self.visited.lock().insert(database)
    }

    /// The shared part of the session with this process id.
    pub(crate) fn session(&self, process: i32) -> Option<Arc<Shared>> {
        self.sessions.lock().get(&process).cloned()
    }

    /// The shared parts of all sessions.
    pub(crate) fn sessions(&self) -> Vec<Arc<Shared>> {
        self.sessions.lock().values().cloned().collect()
    }

    pub(crate) fn register(&self, process: i32, shared: &Arc<Shared>) {
        self.sessions.lock().insert(process, Arc::clone(shared));
    }

    pub(crate) fn unregister(&self, process: i32) {
        self.sessions.lock().remove(&process);
    }

    /// Tells all sessions to end (57P01) and wakes those that wait.
    pub fn terminate_sessions(&self) {
        for session in self.sessions() {
            session.terminate();
        }
    }

    /// Makes a checkpoint and closes; all sessions must have ended.
    pub fn shutdown(&self) -> Result<()> {
        self.storage.shutdown()
    }

    /// How far the log is durable.
    pub fn durable_lsn(&self) -> Lsn {
        self.storage.durable_lsn()
    }
}

/// Makes the objects of a new data directory, in one transaction.
fn bootstrap(storage: &Arc<Storage>, options: &EngineOptions) -> Result<()> {
    let mut transaction = storage.begin(0);
    Catalogs::create_shared(&mut transaction)?;
    let superuser = Role {
        oid: BOOTSTRAP_ROLE,
        name: options.superuser.clone(),
        superuser: true,
        inherit: true,
        create_role: true,
        create_database: true,
        login: true,
        replication: true,
        bypass_row_security: true,
        connection_limit: -1,
        password: options.superuser_verifier.clone(),
        valid_until: None,
        member_of: Vec::new(),
        settings: Vec::new(),
        comment: None,
    };
    put(&mut transaction, Oid::INVALID, Object::Role(Arc::new(superuser)))?;
    let built_in = [
        (Oid(1), "template1", "default template for new databases"),
        (Oid(4), "template0", "unmodifiable empty database"),
        (Oid(5), "postgres", "default administrative connection database"),
    ];
    for (oid, name, comment) in built_in {
        make_database(&mut transaction, oid, name, Some(comment))?;
    }
    if let Some(name) = &options.database
        && !built_in.iter().any(|(_, other, _)| other == name)
    {
        let oid = Oid(storage.allocate_oid()?);
        make_database(&mut transaction, oid, name, None)?;
    }
    let lsn = transaction.commit(&mut |_| {})?;
    storage.wait_durable(lsn)
}

fn put(transaction: &mut Transaction, database: Oid, object: Object) -> Result<Change> {
    catalog::put(transaction, database, object, None)
}

fn make_database(
    transaction: &mut Transaction,
    oid: Oid,
    name: &str,
    comment: Option<&str>,
) -> Result<()> {
    let template = matches!(oid, Oid(1 | 4));
    let item = |grantee, grantor, privileges| AclItem {
        grantee,
        grantor,
        privileges,
        grant_options: Privileges::NONE,
    };
    let acl = template.then(|| {
        vec![
            item(Oid::INVALID, BOOTSTRAP_ROLE, Privileges::CONNECT),
            item(BOOTSTRAP_ROLE, BOOTSTRAP_ROLE, Privileges::DATABASE),
        ]
    });
    let database = Database {
        oid,
        name: name.to_owned(),
        owner: BOOTSTRAP_ROLE,
        is_template: template,
        allow_connections: oid != Oid(4),
        connection_limit: -1,
        acl,
        settings: Vec::new(),
        comment: comment.map(str::to_owned),
    };
    put(transaction, Oid::INVALID, Object::Database(Arc::new(database)))?;
    Catalogs::create_database(transaction, oid)?;
    let public = Schema {
        oid: PUBLIC,
        name: "public".to_owned(),
        owner: DATABASE_OWNER,
        acl: Some(vec![
            item(DATABASE_OWNER, DATABASE_OWNER, Privileges::SCHEMA),
            item(Oid::INVALID, DATABASE_OWNER, Privileges::USAGE),
        ]),
        comment: Some("standard public schema".to_owned()),
    };
    put(transaction, oid, Object::Schema(Arc::new(public)))?;
    Ok(())
}
