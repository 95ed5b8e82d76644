//! Opening and closing sessions.

use crate::block::Block;
use crate::core::Core;
use crate::engine::Engine;
use crate::known::KnownStatements;
use crate::session::{Session, Startup};
use crate::shared::Shared;
use crate::sources::SessionSources;
use catalog::acl::Privileges;
use catalog::object::Object;
use catalog::{Access, Activity};
use error::{Error, Result, SqlState};
use hashbrown::HashMap;
use parking_lot::Mutex;
use settings::{Scope, Settings, Source};
use std::sync::Arc;
use storage::Lsn;

impl Session {
    /// Opens a session for an authenticated role: 3D000, 42501, 53300, 28000.
    #[expect(clippy::too_many_lines, reason = "one flat list of cases")]
    pub fn open(engine: &Arc<Engine>, startup: Startup) -> Result<Self> {
        let shared_objects = engine.catalogs().shared();
        let Some(role) = shared_objects.role(&startup.user) else {
            let text = format!("role \"{}\" does not exist", startup.user);
            return Err(Error::fatal(SqlState::INVALID_AUTHORIZATION_SPECIFICATION, text));
        };
        if !role.login {
            let text = format!("role \"{}\" is not permitted to log in", startup.user);
            return Err(Error::fatal(SqlState::INVALID_AUTHORIZATION_SPECIFICATION, text));
        }
        let name = if startup.database.is_empty() { &startup.user } else { &startup.database };
        let Some(database) = shared_objects.database(name) else {
            let text = format!("database \"{name}\" does not exist");
            return Err(Error::fatal(SqlState::UNDEFINED_DATABASE, text));
        };
        if !database.allow_connections {
            let text = format!("database \"{name}\" is not currently accepting connections");
            return Err(Error::fatal(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text));
        }
        let object = Object::Database(Arc::clone(database));
        if !commands::has_privilege(&shared_objects, role.oid, &object, Privileges::CONNECT) {
            let text = format!("permission denied for database \"{name}\"");
            return Err(Error::fatal(SqlState::INSUFFICIENT_PRIVILEGE, text)
                .detail("User does not have CONNECT privilege."));
        }
        check_limits(engine, role, database)?;
        let now = crate::clock::now();
        let mut settings = Settings::new(&engine.options.defaults);
        settings.set_internal(
            "is_superuser",
            if role.superuser { "on" } else { "off" },
            Scope::Session,
        )?;
        settings.set_internal("session_authorization", &role.name, Scope::Session)?;
        for setting in &database.settings {
            settings.set_at_start(&setting.name, &setting.value, Source::Database)?;
        }
        for setting in &role.settings {
            settings.set_at_start(&setting.name, &setting.value, Source::User)?;
        }
        for (name, value) in &startup.settings {
            settings
                .set_at_start(name, value, Source::Client)
                .map_err(|error| error.severity(error::Severity::Fatal))?;
        }
        let activity = Activity {
            process: startup.process,
            database: database.oid,
            user: role.oid,
            application_name: settings.get("application_name").unwrap_or_default(),
            client_address: startup.client_address,
            backend_start: now,
            state_change: now,
            state: "idle",
            ..Activity::default()
        };
        let shared = Arc::new(Shared::new(startup.process, startup.secret, activity));
        let sources = Arc::new(SessionSources {
            engine: Arc::clone(engine),
            database: database.oid,
            settings: Mutex::default(),
        });
        let access = Access {
            catalog: engine.catalogs().newest(database.oid)?,
            database: database.oid,
            current_user: role.oid,
            session_user: role.oid,
            search_path: Vec::new(),
            named_path: Vec::new(),
            process: startup.process,
            sources: Arc::<SessionSources>::clone(&sources),
        };
        let mut core =
            Core::new(engine, &shared, (access, sources), database.name.clone(), settings)?;
        core.refresh()?;
        engine.register(startup.process, &shared);
        let mut session = Self {
            core,
            current: None,
            block: Block::None,
            statements: HashMap::new(),
            portals: HashMap::new(),
            suspended: None,
            parked: None,
            simple: None,
            known: KnownStatements::default(),
            copy: None,
            answer_lsn: Lsn(0),
            is_over: false,
        };
        // Left for the next session that comes, if it fails.
        if engine.sweeps(database.oid) && session.drop_leftovers().is_err() {
            let _ = session.rollback();
        }
        Ok(session)
    }

    /// Drops the temporary objects of sessions that a crash ended.
    fn drop_leftovers(&mut self) -> Result<()> {
        self.core.begin_statement()?;
        let engine = Arc::clone(&self.core.engine);
        let is_left = |name: &str| {
            let process = name.strip_prefix("pg_temp_").and_then(|number| number.parse().ok());
            process.is_some_and(|process| {
                process == self.core.shared.process || engine.session(process).is_none()
            })
        };
        let schemas: Vec<types::Oid> = self
            .core
            .access
            .catalog
            .objects()
            .filter(|object| matches!(object, Object::Schema(schema) if is_left(&schema.name)))
            .map(Object::oid)
            .collect();
        for schema in schemas {
            self.in_work(|work| commands::drop_temporary_schema(work, schema))?;
        }
        self.commit()
    }

    /// Drops the session's temporary objects.
    fn drop_temporary(&mut self) -> Result<()> {
        let Some(schema) = self.core.temporary_schema else { return Ok(()) };
        self.rollback()?;
        self.core.begin_statement()?;
        self.in_work(|work| commands::drop_temporary_schema(work, schema))?;
        self.commit()
    }
}

fn check_limits(
    engine: &Engine,
    role: &catalog::object::Role,
    database: &catalog::object::Database,
) -> Result<()> {
    let count = |test: &dyn Fn(&Activity) -> bool| {
        engine.sessions().iter().filter(|session| test(&session.activity())).count()
    };
    let beyond = |limit: i32, used: usize| usize::try_from(limit).is_ok_and(|limit| used >= limit);
    if !role.superuser {
        if role.connection_limit >= 0
            && beyond(role.connection_limit, count(&|a| a.user == role.oid))
        {
            let text = format!("too many connections for role \"{}\"", role.name);
            return Err(Error::fatal(SqlState::TOO_MANY_CONNECTIONS, text));
        }
        if database.connection_limit >= 0
            && beyond(database.connection_limit, count(&|a| a.database == database.oid))
        {
            let text = format!("too many connections for database \"{}\"", database.name);
            return Err(Error::fatal(SqlState::TOO_MANY_CONNECTIONS, text));
        }
    }
    Ok(())
}

impl Drop for Session {
    fn drop(&mut self) {
        // What cannot be dropped now (the log failed) is dropped by the next start.
        let _ = self.drop_temporary();
        self.core.engine.unregister(self.core.shared.process);
    }
}
