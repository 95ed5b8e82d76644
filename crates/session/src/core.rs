//! The session as analysis, execution and statements see it: its catalog, settings, role, times and limits.

use crate::clock;
use crate::constraints::Deferred;
use crate::engine::Engine;
use crate::foreign_key::ForeignKeyWork;
use crate::function::Functions;
use crate::names::SessionNames;
use crate::nested::{Nested, NestedSavepoint};
use crate::session::limit_ms;
use crate::shared::Shared;
use crate::sources::SessionSources;
use analyze::{RelationUse, Resolver};
use catalog::object::{Object, Schema};
use catalog::{Access, Catalog, Change, PG_CATALOG};
use error::{Error, Result, SqlState};
use execute::{
    DeferredTrigger, ForeignKeyEvent, FunctionCall, FunctionRows, Host, Isolation, SequenceValues,
    TriggerFiring,
};
use expression::SessionValue;
use functions::{Builtin, Environment, SetReturning};
use settings::{Scope, Settings};
use std::any::Any;
use std::sync::Arc;
use storage::{Limits, LockMode, LockSession, LockTag, Snapshot, Transaction};
use types::{Datum, Names, Oid, Style, TextContext};

/// What a session is apart from its transaction, statements and portals.
pub(crate) struct Core {
    pub(crate) engine: Arc<Engine>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) database_name: String,
    pub(crate) settings: Settings,
    /// The catalog with the transaction's own changes, and who looks at it.
    pub(crate) access: Access,
    pub(crate) names: SessionNames,
    sources: Arc<SessionSources>,
    /// The published catalog that `access` is made from.
    published: u64,
    /// The settings that the search path is made from.
    path_settings: u64,
    /// The transaction's changes of the catalog.
    pub(crate) changes: Vec<Change>,
    /// The transaction's checks that are put off.
    pub(crate) deferred: Deferred,
    /// Counts what makes cached plans old: catalogs, own changes, search paths, roles.
    pub(crate) generation: u64,
    /// REPEATABLE READ: the snapshot of the transaction's first statement.
    pub(crate) first_snapshot: Option<Snapshot>,
    /// The transaction had a snapshot: its modes are settled.
    pub(crate) has_begun: bool,
    /// The functions that were called, made ready.
    pub(crate) functions: Functions,
    /// Statements of foreign keys, and what they have to check.
    pub(crate) foreign_keys: ForeignKeyWork,
    /// How many trigger functions run, one within the other.
    pub(crate) trigger_depth: i32,
    /// What undoes parts of functions.
    pub(crate) nested: Vec<NestedSavepoint>,
    pub(crate) temporary_schema: Option<Oid>,
    pub(crate) isolation: Isolation,
    pub(crate) read_only: bool,
    pub(crate) deferrable: bool,
    /// Its locks beyond transactions.
    pub(crate) lock_session: Arc<LockSession>,
    pub(crate) transaction_time: i64,
    pub(crate) statement_time: i64,
    pub(crate) notices: Vec<Error>,
    memory_used: usize,
    sequences: SequenceValues,
    random: os::Random,
    /// Fails when the session is to stop waiting.
    check: Box<dyn Fn() -> Result<()> + Send + Sync>,
}

impl Core {
    pub(crate) fn new(
        engine: &Arc<Engine>,
        shared: &Arc<Shared>,
        (access, sources): (Access, Arc<SessionSources>),
        database_name: String,
        settings: Settings,
    ) -> Result<Self> {
        let checked = Arc::clone(shared);
        Ok(Self {
            engine: Arc::clone(engine),
            shared: Arc::clone(shared),
            database_name,
            settings,
            names: SessionNames(access.clone()),
            sources,
            access,
            published: 0,
            path_settings: u64::MAX,
            changes: Vec::new(),
            deferred: Deferred::default(),
            generation: 0,
            first_snapshot: None,
            has_begun: false,
            functions: Functions::default(),
            foreign_keys: ForeignKeyWork::default(),
            trigger_depth: 0,
            nested: Vec::new(),
            temporary_schema: None,
            isolation: Isolation::ReadCommitted,
            read_only: false,
            deferrable: false,
            lock_session: engine.storage().lock_session(shared.process),
            transaction_time: clock::now(),
            statement_time: clock::now(),
            notices: Vec::new(),
            memory_used: 0,
            sequences: SequenceValues::default(),
            random: os::Random::from_system()?,
            check: Box::new(move || checked.check()),
        })
    }

    /// A statement begins: its time, its memory, the newest catalog.
    pub(crate) fn begin_statement(&mut self) -> Result<()> {
        self.statement_time = clock::now();
        self.memory_used = 0;
        self.refresh()
    }

    /// Takes over the newest committed catalog, with the transaction's changes on top; tells whether anything moved.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        let version = self.engine.catalogs().version();
        if version != self.published {
            self.rebuild()?;
            self.published = version;
        }
        if self.path_settings != self.settings.version() {
            self.make_search_path();
        }
        Ok(())
    }

    /// Makes the catalog anew: after a publication, or when changes were taken back.
    pub(crate) fn rebuild(&mut self) -> Result<()> {
        let newest = self.engine.catalogs().newest(self.access.database)?;
        self.access.catalog = if self.changes.is_empty() {
            newest
        } else {
            let mut own = (*newest).clone();
            self.changes.iter().for_each(|change| own.apply(change));
            Arc::new(own)
        };
        self.make_search_path();
        Ok(())
    }

    /// Adds a change of the transaction's own.
    pub(crate) fn change(&mut self, change: Change) {
        Arc::make_mut(&mut self.access.catalog).apply(&change);
        self.changes.push(change);
        self.make_search_path();
    }

    /// search_path as schemas: what is named and there, then as names are looked up.
    fn make_search_path(&mut self) {
        let catalog = &self.access.catalog;
        let mut named = Vec::new();
        for name in self.settings.search_path().iter() {
            let found = match name.as_str() {
                "$user" => {
                    let role = catalog.role_by_oid(self.access.current_user);
                    role.and_then(|role| catalog.schema(&role.name)).map(|schema| schema.oid)
                }
                "pg_temp" => self.temporary_schema,
                name => catalog.schema(name).map(|schema| schema.oid),
            };
            named.extend(found.filter(|oid| !named.contains(oid)));
        }
        let mut path = Vec::with_capacity(named.len() + 2);
        path.extend(self.temporary_schema.filter(|schema| !named.contains(schema)));
        if !named.contains(&PG_CATALOG) {
            path.push(PG_CATALOG);
        }
        path.extend(&named);
        self.access.named_path = named;
        self.access.search_path = path;
        self.names = SessionNames(self.access.clone());
        self.path_settings = self.settings.version();
        self.generation += 1;
    }

    /// Becomes another role (SET ROLE, SET SESSION AUTHORIZATION).
    pub(crate) fn set_user(&mut self, user: Oid) {
        self.access.current_user = user;
        self.make_search_path();
    }

    pub(crate) fn is_superuser(&self) -> bool {
        self.access.catalog.role_by_oid(self.access.current_user).is_some_and(|role| role.superuser)
    }

    /// The rows of pg_settings.
    fn setting_rows(&self) -> Vec<catalog::SettingRow> {
        let settings = &self.settings;
        let mut rows: Vec<catalog::SettingRow> = Vec::new();
        for id in settings.ids() {
            let Some(fact) = id.fact().filter(|fact| !fact.is_hidden) else { continue };
            let text = |text: &str| Some(text.to_owned());
            let optional = |text: Option<&str>| text.map(str::to_owned);
            rows.push(vec![
                text(fact.name),
                Some(settings.plain(id)),
                optional(fact.unit),
                text(&fact.category),
                text(&fact.short_desc),
                optional(fact.extra_desc.as_deref()),
                text(fact.context.word()),
                text(fact.kind.word()),
                text(settings.source(id).words()),
                optional(fact.min_val),
                optional(fact.max_val),
                enum_text(&fact.enum_values),
                optional(fact.boot_val.as_deref()),
                Some(settings.plain_reset(id)),
                None,
                None,
                text("f"),
            ]);
        }
        rows
    }

    /// The name of a role.
    pub(crate) fn role_name(&self, role: Oid) -> String {
        self.access.catalog.role_by_oid(role).map(|role| role.name.clone()).unwrap_or_default()
    }

    /// The session's schema for temporary objects, made if it is not there.
    pub(crate) fn make_temporary_schema(&mut self, transaction: &mut Transaction) -> Result<Oid> {
        if let Some(schema) = self.temporary_schema
            && self.access.catalog.schema_by_oid(schema).is_some()
        {
            return Ok(schema);
        }
        let oid = Oid(transaction.storage().allocate_oid()?);
        let schema = Schema {
            oid,
            name: format!("pg_temp_{}", self.shared.process),
            owner: self.access.current_user,
            acl: None,
            comment: None,
        };
        let change = catalog::put(
            transaction,
            self.access.database,
            Object::Schema(Arc::new(schema)),
            None,
        )?;
        self.temporary_schema = Some(oid);
        self.change(change);
        Ok(oid)
    }
}

impl Environment for Core {
    fn style(&self) -> &Style {
        self.settings.style()
    }
    fn names(&self) -> &dyn Names {
        &self.names
    }
    fn transaction_time(&self) -> i64 {
        self.transaction_time
    }
    fn statement_time(&self) -> i64 {
        self.statement_time
    }
    fn trigger_depth(&self) -> i32 {
        self.trigger_depth
    }
    fn clock_time(&self) -> i64 {
        clock::now()
    }
    fn random(&mut self) -> u64 {
        self.random.next_u64()
    }
    fn seed_random(&mut self, seed: u64) {
        self.random = os::Random::seeded(seed);
    }
    fn fill_random(&mut self, bytes: &mut [u8]) {
        os::Random::fill(bytes).expect("the system has a source of randomness");
    }
    fn check_cancel(&self) -> Result<()> {
        self.shared.check()
    }
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.memory_used = self.memory_used.saturating_add(bytes);
        if self.memory_used <= self.engine.options.statement_memory_bytes {
            return Ok(());
        }
        let detail =
            format!("Failed on request of size {bytes}: the statement's memory limit is reached.");
        Err(Error::new(SqlState::OUT_OF_MEMORY, "out of memory").detail(detail))
    }
    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name)
    }
    fn notice(&mut self, notice: Error) {
        self.notices.push(notice);
    }
    fn set_setting(&mut self, name: &str, value: &str, local: bool) -> Result<String> {
        let scope = if local { Scope::Local } else { Scope::Session };
        self.settings.set(name, value, scope)?;
        self.refresh()?;
        Ok(self.settings.get(name).unwrap_or_default())
    }
    fn nextval(&mut self, _sequence: Oid) -> Result<i64> {
        Err(Error::internal("a sequence is used within an execution"))
    }
    fn currval(&mut self, _sequence: Oid) -> Result<i64> {
        Err(Error::internal("a sequence is used within an execution"))
    }
    fn setval(&mut self, _sequence: Oid, _value: i64, _called: bool) -> Result<i64> {
        Err(Error::internal("a sequence is used within an execution"))
    }
    fn process(&self) -> i32 {
        self.shared.process
    }
    fn transaction_id(&mut self, _assign: bool) -> Result<Option<u64>> {
        Err(Error::internal("a transaction's id is asked for within an execution"))
    }
    fn transaction_snapshot(&mut self) -> Result<types::snapshot::Snapshot> {
        Err(Error::internal("a snapshot is asked for within an execution"))
    }
    fn transaction_status(&mut self, _id: u64) -> Result<Option<&'static str>> {
        Err(Error::internal("a transaction's status is asked for within an execution"))
    }
    fn signal(&mut self, process: i32, terminate: bool) -> Result<bool> {
        let Some(session) = self.engine.session(process) else {
            let text = format!("PID {process} is not a PostgreSQL backend process");
            self.notices.push(Error::warning(SqlState::WARNING, text));
            return Ok(false);
        };
        let other = session.activity().user;
        if !self.is_superuser() && !self.access.catalog.is_member(self.access.current_user, other) {
            let what = if terminate { "terminate process" } else { "cancel query" };
            return Err(Error::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied to {what}"),
            ));
        }
        if terminate {
            session.terminate()
        } else {
            session.cancel()
        }
        Ok(true)
    }
    fn advisory(
        &mut self,
        _key: functions::AdvisoryKey,
        _shared: bool,
        _action: functions::AdvisoryAction,
    ) -> Result<bool> {
        Err(Error::internal("an advisory lock is taken within an execution"))
    }
    fn advisory_unlock_all(&mut self) -> Result<()> {
        self.lock_session.unlock_all();
        Ok(())
    }
    fn check_domain(&mut self, _: Oid, _: types::ValueRef<'_>) -> Result<()> {
        // Nothing is evaluated outside a statement's context.
        Ok(())
    }
    fn as_any(&mut self) -> &mut dyn Any {
        &mut self.access
    }
}

impl Host for Core {
    fn database(&self) -> Oid {
        self.access.database
    }
    fn catalog(&self) -> &Arc<Catalog> {
        &self.access.catalog
    }
    fn session_value(&self, value: SessionValue) -> Datum {
        let name = match value {
            SessionValue::CurrentRole | SessionValue::CurrentUser | SessionValue::User => {
                self.role_name(self.access.current_user)
            }
            SessionValue::SessionUser => self.role_name(self.access.session_user),
            SessionValue::CurrentCatalog => self.database_name.clone(),
            SessionValue::CurrentSchema => {
                let schema = self
                    .access
                    .named_path
                    .first()
                    .and_then(|oid| self.access.catalog.schema_by_oid(*oid));
                match schema {
                    Some(schema) => schema.name.clone(),
                    None => return Datum::Null,
                }
            }
            SessionValue::CurrentDate
            | SessionValue::CurrentTime
            | SessionValue::CurrentTimestamp
            | SessionValue::LocalTime
            | SessionValue::LocalTimestamp => return Datum::Null,
        };
        Datum::text(&name)
    }
    fn isolation(&self) -> Isolation {
        self.isolation
    }
    fn helper_threads(&self) -> usize {
        usize::try_from(self.settings.hot().max_parallel_workers_per_gather).unwrap_or(0)
    }
    fn limits(&self) -> Limits<'_> {
        let hot = self.settings.hot();
        Limits {
            slot: self.shared.slot(),
            check: &*self.check,
            lock_timeout: limit_ms(hot.lock_timeout_ms),
            deadline: self.shared.deadline(),
            deadlock_timeout: limit_ms(hot.deadlock_timeout_ms).unwrap_or_default(),
        }
    }
    fn system_rows(&mut self, relation: Oid, keys: &[(i16, Datum)]) -> Result<Vec<Vec<Datum>>> {
        if Some(relation) == settings_relation() {
            *self.sources.settings.lock() = self.setting_rows();
        }
        crate::bindings::system_rows(relation, &self.access, keys)
    }
    fn find_function(&self) -> fn(&str) -> Option<Builtin> {
        crate::bindings::find_function
    }
    fn find_set_returning(&self, source: &str) -> Option<SetReturning> {
        crate::bindings::find_set_returning(source)
    }
    fn may(&self, relation: Oid, privileges: u32) -> bool {
        let wanted = catalog::acl::Privileges(privileges);
        let catalog = &self.access.catalog;
        commands::check_privileges(catalog, self.access.current_user, relation, wanted).is_ok()
    }
    fn defer(&mut self, key: execute::DeferredKey, deferral: catalog::object::Deferral) -> bool {
        let deferred = self.deferred.is_deferred(key.index, deferral);
        if deferred {
            self.deferred.keys.push(key);
        }
        deferred
    }
    fn sequence_values(&mut self) -> &mut SequenceValues {
        &mut self.sequences
    }
    fn check_foreign_keys(
        &mut self,
        transaction: &mut Transaction,
        events: Vec<ForeignKeyEvent>,
    ) -> Result<()> {
        Nested { core: self, transaction }.check_foreign_keys(events)
    }
    fn fire_trigger(
        &mut self,
        transaction: &mut Transaction,
        firing: &TriggerFiring<'_>,
    ) -> Result<Option<Datum>> {
        Nested { core: self, transaction }.fire_trigger(firing)
    }
    fn defer_trigger(&mut self, trigger: &DeferredTrigger) -> bool {
        let deferred = self.deferred.is_trigger_deferred(&trigger.trigger);
        if deferred {
            self.deferred.triggers.push(trigger.clone());
        }
        deferred
    }
    fn call_function(
        &mut self,
        transaction: &mut Transaction,
        call: &FunctionCall<'_>,
    ) -> Result<Datum> {
        Nested { core: self, transaction }.call_function(call)
    }
    fn call_set_function(
        &mut self,
        transaction: &mut Transaction,
        call: &FunctionCall<'_>,
    ) -> Result<FunctionRows> {
        Nested { core: self, transaction }.call_set_function(call)
    }
}

/// An enum's values as an array's text; `None` for a setting that is no enum.
fn enum_text(values: &[&str]) -> Option<String> {
    let quoted: Vec<String> = values
        .iter()
        .map(|value| {
            let plain = !value.is_empty() && !value.contains([',', ' ', '"', '{', '}']);
            if plain { (*value).to_owned() } else { format!("\"{value}\"") }
        })
        .collect();
    (!quoted.is_empty()).then(|| format!("{{{}}}", quoted.join(",")))
}

/// pg_settings' OID.
fn settings_relation() -> Option<Oid> {
    catalog::facts().relation_named(PG_CATALOG, "pg_settings").map(|relation| relation.oid)
}

/// The core with the transaction: what names are resolved with.
pub(crate) struct Resolving<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) transaction: &'a mut Transaction,
}

impl Resolver for Resolving<'_> {
    fn catalog(&self) -> &Catalog {
        &self.core.access.catalog
    }
    fn search_path(&self) -> &[Oid] {
        &self.core.access.search_path
    }
    fn text_context(&self) -> TextContext<'_> {
        Environment::text_context(self.core)
    }
    fn database_name(&self) -> &str {
        &self.core.database_name
    }
    fn lock_relation(&mut self, relation: Oid, usage: RelationUse) -> Result<bool> {
        lock_relation(self.core, self.transaction, relation, usage)
    }
}

/// Locks a user relation; tells whether the catalog moved meanwhile.
pub(crate) fn lock_relation(
    core: &mut Core,
    transaction: &mut Transaction,
    relation: Oid,
    usage: RelationUse,
) -> Result<bool> {
    if relation < Oid::FIRST_NORMAL {
        return Ok(false);
    }
    let mode = match usage {
        RelationUse::Reads => LockMode::AccessShare,
        RelationUse::LocksRows => LockMode::RowShare,
        RelationUse::Writes => LockMode::RowExclusive,
    };
    let tag = LockTag::Relation { database: core.access.database.0, relation: relation.0 };
    transaction.lock(tag, mode, core.limits())?;
    let before = core.generation;
    core.refresh()?;
    Ok(core.generation != before)
}
