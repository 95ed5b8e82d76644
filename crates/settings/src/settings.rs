//! A session's settings.
//!
//! A session keeps an entry only for a setting that differs from the server's defaults. An entry has up to three values:
//! `reset` (from the connection's start), `session` (by SET) and `local` (by SET LOCAL, until the transaction ends);
//! the last of them that is there counts. Each level of the transaction (itself, then its savepoints) remembers the
//! entries as they were before its first change: rolling a level back restores them, and a released savepoint's
//! memory goes to the level above.

mod hot;
#[cfg(test)]
mod tests;

use crate::check::parse_date_style;
use crate::parse::{invalid_value, parse};
use crate::{Context, SettingFact, SettingId, Value, facts};
use error::{Error, Result, SqlState};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use hot::{Hot, Isolation};

/// How long a value lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// SET: until the session ends.
    Session,
    /// SET LOCAL: until the transaction ends.
    Local,
}

/// Who gave a value; a later one overrules an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody.
    Default,
    /// The server's start.
    Server,
    /// ALTER DATABASE SET.
    Database,
    /// ALTER ROLE SET.
    User,
    /// ALTER ROLE IN DATABASE SET.
    DatabaseUser,
    /// The client's start-up message.
    Client,
    /// SET.
    Session,
}

impl Source {
    /// The words in pg_settings.
    pub fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Server => "command line",
            Self::Database => "database",
            Self::User => "user",
            Self::DatabaseUser => "database user",
            Self::Client => "client",
            Self::Session => "session",
        }
    }
}

/// The values that sessions start with.
#[derive(Debug)]
pub struct Defaults {
    values: Vec<Value>,
    is_given: Vec<bool>,
    hot: Hot,
}

/// What surus is, where PostgreSQL's own default is another or none.
const OWN: &[(&str, &str)] = &[
    ("client_encoding", "UTF8"),
    ("server_encoding", "UTF8"),
    ("data_checksums", "on"),
    ("default_text_search_config", "pg_catalog.english"),
    ("lc_messages", "C"),
    ("max_stack_depth", "2048"),
    ("timezone_abbreviations", "Default"),
    ("TimeZone", "Etc/UTC"),
    ("log_timezone", "Etc/UTC"),
    ("jit", "off"),
    ("huge_pages_status", "off"),
    ("archive_command", "(disabled)"),
];

impl Defaults {
    /// The defaults, with the values that a server gives: of any setting, whatever its context. 42704, 22023.
    pub fn new(given: &[(&str, &str)]) -> Result<Arc<Self>> {
        let mut values = Vec::with_capacity(facts().len());
        for fact in facts() {
            let own = OWN.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| *value);
            let text = own.or(fact.boot_val.as_deref()).unwrap_or_default();
            values.push(parse(fact, text)?);
        }
        let mut is_given = vec![false; values.len()];
        for (name, text) in given {
            let id = SettingId::find(name).ok_or_else(|| unrecognized(name))?;
            values[usize::from(id.0)] = parse(fact_of(id), text)?;
            is_given[usize::from(id.0)] = true;
        }
        let mut hot = Hot::default();
        for (value, index) in values.iter().zip(0..) {
            hot.update(SettingId(index), value);
        }
        Ok(Arc::new(Self { values, is_given, hot }))
    }

    /// The value of a setting that is an integer, in its own unit.
    pub fn integer(&self, name: &str) -> Option<i32> {
        let id = SettingId::find(name)?;
        match &self.values[usize::from(id.0)] {
            Value::Integer(value) => Some(*value),
            Value::Bool(_) | Value::Real(_) | Value::Text(_) => None,
        }
    }
}

fn fact_of(id: SettingId) -> &'static SettingFact {
    id.fact().expect("the id is of a setting of the server")
}

fn unrecognized(name: &str) -> Error {
    Error::new(
        SqlState::UNDEFINED_OBJECT,
        format!("unrecognized configuration parameter \"{name}\""),
    )
}

/// What a session has of one setting.
#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    reset: Option<(Value, Source)>,
    session: Option<Value>,
    local: Option<Value>,
}

impl Entry {
    fn current(&self) -> Option<&Value> {
        let reset = self.reset.as_ref().map(|(value, _)| value);
        self.local.as_ref().or(self.session.as_ref()).or(reset)
    }
}

/// What [`Settings::replace`] overlaid, to be given to [`Settings::restore`].
#[derive(Debug)]
pub struct Saved {
    id: SettingId,
    entry: Entry,
}

/// A session's settings.
#[derive(Debug)]
pub struct Settings {
    defaults: Arc<Defaults>,
    entries: BTreeMap<SettingId, Entry>,
    /// The names of custom settings; their ids follow those of the server's.
    custom: Vec<Arc<str>>,
    /// Per level of the transaction, the entries before its first change of them.
    levels: Vec<BTreeMap<SettingId, Entry>>,
    hot: Hot,
    /// Values that the client was told.
    reported: Vec<Value>,
    is_report_due: bool,
    version: u64,
}

/// What ParameterStatus tells, in PostgreSQL's order.
const REPORTED: &[&str] = &[
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "scram_iterations",
    "search_path",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

impl Settings {
    /// The settings of a new session.
    pub fn new(defaults: &Arc<Defaults>) -> Self {
        Self {
            hot: defaults.hot.clone(),
            defaults: Arc::clone(defaults),
            entries: BTreeMap::new(),
            custom: Vec::new(),
            levels: Vec::new(),
            reported: Vec::new(),
            is_report_due: true,
            version: 0,
        }
    }

    /// SET. 42704 for an unknown name, 42602 for a bad custom one, 22023 for a bad value, 55P02 for what cannot be
    /// changed now, 42501 for what only superusers may.
    pub fn set(&mut self, name: &str, text: &str, scope: Scope) -> Result<()> {
        let id = self.writable(name)?;
        let value = self.parse(id, text)?;
        self.put(id, value, scope);
        Ok(())
    }

    /// RESET, and SET ... TO DEFAULT. As [`Self::set`]; 0A000 for the transaction's own settings.
    pub fn reset(&mut self, name: &str, scope: Scope) -> Result<()> {
        let id = self.writable(name)?;
        if let Some(fact) = id.fact() {
            let is_own = fact.name.starts_with("transaction_")
                && fact.name != "transaction_timeout"
                || fact.name == "seed";
            if is_own && fact.context == Context::User {
                return Err(Error::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    format!("parameter \"{}\" cannot be reset", fact.name),
                ));
            }
        }
        let value = self.reset_value(id);
        self.put(id, value, scope);
        Ok(())
    }

    /// RESET ALL: all that the user may set, apart from the transaction's own settings and the role.
    pub fn reset_all(&mut self) {
        let ids: Vec<_> = self.entries.keys().copied().collect();
        for id in ids {
            let is_kept = id.fact().is_some_and(|fact| {
                fact.is_hidden
                    || fact.context == Context::Internal
                    || matches!(
                        fact.name,
                        "transaction_isolation"
                            | "transaction_read_only"
                            | "transaction_deferrable"
                    )
            });
            if !is_kept {
                let value = self.reset_value(id);
                self.put(id, value, Scope::Session);
            }
        }
    }

    /// Sets a value whatever its context, as the session itself does (is_superuser, transaction_isolation ...). 42704, 22023.
    pub fn set_internal(&mut self, name: &str, text: &str, scope: Scope) -> Result<()> {
        let id = SettingId::find(name).ok_or_else(|| unrecognized(name))?;
        let value = self.parse(id, text)?;
        self.put(id, value, scope);
        Ok(())
    }

    /// A value of the connection's start, from the client, a role or a database; RESET goes back to it. A value of a
    /// stronger source stays. Errors as [`Self::set`].
    pub fn set_at_start(&mut self, name: &str, text: &str, source: Source) -> Result<()> {
        let id = match SettingId::find(name).and_then(SettingId::fact).map(|fact| fact.context) {
            Some(Context::Backend) => SettingId::known(name),
            // Who gave it to the role or database was asked then whether he may.
            Some(Context::Superuser | Context::SuperuserBackend)
                if matches!(source, Source::Database | Source::User | Source::DatabaseUser) =>
            {
                SettingId::known(name)
            }
            Some(Context::SuperuserBackend) if self.hot.is_superuser => SettingId::known(name),
            _ => self.writable(name)?,
        };
        let value = self.parse(id, text)?;
        let entry = self.entries.entry(id).or_default();
        if entry.reset.as_ref().is_none_or(|(_, given)| *given <= source) {
            entry.reset = Some((value, source));
        }
        self.changed(id);
        Ok(())
    }

    /// What SHOW prints; `None` for an unknown setting.
    pub fn get(&self, name: &str) -> Option<String> {
        let id = self.find(name)?;
        Some(self.shown(id))
    }

    /// What SHOW prints, with the name of its column. 42704 for an unknown setting.
    pub fn show(&self, name: &str) -> Result<(String, String)> {
        let id = self.find(name).ok_or_else(|| unrecognized(name))?;
        Ok((self.name(id).to_owned(), self.shown(id)))
    }

    /// What SHOW prints of a setting.
    pub fn shown(&self, id: SettingId) -> String {
        match id.fact() {
            Some(fact) if fact.name == "seed" => "unavailable".to_owned(),
            Some(fact) => self.value(id).shown(fact),
            None => self.value(id).plain(),
        }
    }

    /// The value as the column `setting` of pg_settings has it: without units.
    pub fn plain(&self, id: SettingId) -> String {
        self.value(id).plain()
    }

    /// What RESET would set, as the column `reset_val` of pg_settings has it.
    pub fn plain_reset(&self, id: SettingId) -> String {
        self.reset_value(id).plain()
    }

    /// Where the value is from.
    pub fn source(&self, id: SettingId) -> Source {
        let is_given = || self.defaults.is_given.get(usize::from(id.0)) == Some(&true);
        match self.entries.get(&id) {
            Some(entry) if entry.local.is_some() || entry.session.is_some() => Source::Session,
            Some(Entry { reset: Some((_, source)), .. }) => *source,
            Some(_) | None if is_given() => Source::Server,
            Some(_) | None => Source::Default,
        }
    }

    /// All settings: those of the server, then the custom ones.
    pub fn ids(&self) -> impl Iterator<Item = SettingId> + use<> {
        let count = facts().len() + self.custom.len();
        (0..count).map(|index| SettingId(u16::try_from(index).unwrap_or(u16::MAX)))
    }

    /// The name of a setting as SHOW ALL writes it.
    pub fn name(&self, id: SettingId) -> &str {
        match id.fact() {
            Some(fact) => fact.name,
            None => &self.custom[usize::from(id.0) - facts().len()],
        }
    }

    /// The setting of a name, custom ones too.
    pub fn find(&self, name: &str) -> Option<SettingId> {
        SettingId::find(name).or_else(|| {
            let index = self.custom.iter().position(|known| known.eq_ignore_ascii_case(name))?;
            Some(custom_id(index))
        })
    }

    /// The current value.
    pub fn value(&self, id: SettingId) -> &Value {
        let own = self.entries.get(&id).and_then(Entry::current);
        own.or_else(|| self.defaults.values.get(usize::from(id.0))).unwrap_or(&EMPTY)
    }

    /// Whether a Boolean setting of the server is on, by its name.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.value(SettingId::known(name)), Value::Bool(true))
    }

    /// An integer setting of the server in its unit, by its name.
    pub fn integer(&self, name: &str) -> i32 {
        match self.value(SettingId::known(name)) {
            Value::Integer(number) => *number,
            Value::Bool(_) | Value::Real(_) | Value::Text(_) => 0,
        }
    }

    /// A real setting of the server in its unit, by its name.
    pub fn real(&self, name: &str) -> f64 {
        match self.value(SettingId::known(name)) {
            Value::Real(number) => *number,
            Value::Integer(number) => f64::from(*number),
            Value::Bool(_) | Value::Text(_) => 0.0,
        }
    }

    /// Typed copies of what is read often.
    #[inline]
    pub fn hot(&self) -> &Hot {
        &self.hot
    }

    /// What the text form of values depends on.
    #[inline]
    pub fn style(&self) -> &types::Style {
        &self.hot.style
    }

    /// Sets the transaction's start, in microseconds since 2000-01-01 UTC, in [`Self::style`].
    pub fn set_transaction_time(&mut self, time_us: i64) {
        self.hot.style.transaction_time = time_us;
    }

    /// The names of search_path; `"$user"` is one of them as such.
    #[inline]
    pub fn search_path(&self) -> &Arc<[String]> {
        &self.hot.search_path
    }

    /// Grows with every change: what was derived from the settings is checked against it.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A transaction begins.
    pub fn begin_transaction(&mut self) {
        self.levels.clear();
        self.levels.push(BTreeMap::new());
    }

    /// The transaction commits: SET stays, SET LOCAL ends.
    pub fn commit_transaction(&mut self) {
        let Some(first) = self.levels.first() else {
            return;
        };
        let mut ids: Vec<_> = first.keys().copied().collect();
        for level in &self.levels[1..] {
            ids.extend(level.keys().copied());
        }
        self.levels.clear();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id)
                && entry.local.take().is_some()
            {
                self.changed(id);
            }
        }
    }

    /// The transaction is rolled back: all is as it was when it began.
    pub fn rollback_transaction(&mut self) {
        while !self.levels.is_empty() {
            self.pop_rollback();
        }
    }

    /// A savepoint is set.
    pub fn push(&mut self) {
        self.levels.push(BTreeMap::new());
    }

    /// The innermost savepoint is released.
    pub fn pop_release(&mut self) {
        let Some(level) = self.levels.pop() else {
            return;
        };
        if let Some(above) = self.levels.last_mut() {
            for (id, entry) in level {
                above.entry(id).or_insert(entry);
            }
        }
    }

    /// The innermost level is rolled back and gone; after ROLLBACK TO the caller pushes it anew.
    pub fn pop_rollback(&mut self) {
        for (id, entry) in self.levels.pop().unwrap_or_default() {
            self.entries.insert(id, entry);
            self.changed(id);
        }
    }

    /// Overlays a value for the time of a function call (its SET clause). Errors as [`Self::set`].
    pub fn replace(&mut self, name: &str, text: &str) -> Result<Saved> {
        let id = self.writable(name)?;
        let value = self.parse(id, text)?;
        let saved = Saved { id, entry: self.entries.get(&id).cloned().unwrap_or_default() };
        self.put(id, value, Scope::Local);
        Ok(saved)
    }

    /// Takes back what [`Self::replace`] did; the latest first.
    pub fn restore(&mut self, saved: Saved) {
        self.entries.insert(saved.id, saved.entry);
        self.changed(saved.id);
    }

    /// What ParameterStatus is to tell now: all at first, then what changed since the last call.
    pub fn take_reports(&mut self) -> Vec<(&'static str, String)> {
        if !self.is_report_due {
            return Vec::new();
        }
        self.is_report_due = false;
        let mut reports = Vec::new();
        for (index, name) in REPORTED.iter().enumerate() {
            let id = SettingId::known(name);
            let value = self.value(id).clone();
            match self.reported.get_mut(index) {
                Some(told) if *told == value => continue,
                Some(told) => *told = value,
                None => self.reported.push(value),
            }
            reports.push((*name, self.shown(id)));
        }
        reports
    }

    /// The setting that SET of the name changes, made if it is a new custom one.
    fn writable(&mut self, name: &str) -> Result<SettingId> {
        let Some(id) = self.find(name) else {
            return self.new_custom(name);
        };
        let Some(fact) = id.fact() else {
            return Ok(id);
        };
        let refuse = |code, why: &str| {
            Err(Error::new(code, format!("parameter \"{}\" cannot be {why}", fact.name)))
        };
        let unchangeable = SqlState::CANT_CHANGE_RUNTIME_PARAM;
        match fact.context {
            Context::Internal => refuse(unchangeable, "changed"),
            Context::Postmaster => refuse(unchangeable, "changed without restarting the server"),
            Context::Sighup => refuse(unchangeable, "changed now"),
            Context::Backend | Context::SuperuserBackend => {
                refuse(unchangeable, "set after connection start")
            }
            Context::Superuser if !self.hot.is_superuser => Err(Error::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied to set parameter \"{}\"", fact.name),
            )),
            Context::Superuser | Context::User => Ok(id),
        }
    }

    fn new_custom(&mut self, name: &str) -> Result<SettingId> {
        if !name.contains('.') {
            return Err(unrecognized(name));
        }
        let is_identifier = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii())
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii())
        };
        if !name.split('.').all(is_identifier) {
            return Err(Error::new(
                SqlState::INVALID_NAME,
                format!("invalid configuration parameter name \"{name}\""),
            )
            .detail(
                "Custom parameter names must be two or more simple identifiers separated by dots.",
            ));
        }
        if facts().len() + self.custom.len() >= usize::from(u16::MAX) {
            return Err(Error::new(SqlState::OUT_OF_MEMORY, "too many custom parameters"));
        }
        self.custom.push(Arc::from(name));
        Ok(custom_id(self.custom.len() - 1))
    }

    fn parse(&self, id: SettingId, text: &str) -> Result<Value> {
        let Some(fact) = id.fact() else {
            return Ok(Value::text(text));
        };
        if text.contains('\0') {
            return Err(invalid_value(fact.name, text));
        }
        if fact.name == "DateStyle" {
            let style = &self.hot.style;
            let (form, order) = parse_date_style(text, style.date_form, style.date_order)?;
            return Ok(Value::text(&crate::check::date_style_text(form, order)));
        }
        parse(fact, text)
    }

    fn reset_value(&self, id: SettingId) -> Value {
        let start = self.entries.get(&id).and_then(|entry| entry.reset.as_ref());
        match start {
            Some((value, _)) => value.clone(),
            None => self.defaults.values.get(usize::from(id.0)).unwrap_or(&EMPTY).clone(),
        }
    }

    fn put(&mut self, id: SettingId, value: Value, scope: Scope) {
        let entry = self.entries.entry(id).or_default();
        if let Some(level) = self.levels.last_mut() {
            level.entry(id).or_insert_with(|| entry.clone());
        }
        match scope {
            Scope::Session => {
                entry.session = Some(value);
                entry.local = None;
            }
            Scope::Local => entry.local = Some(value),
        }
        self.changed(id);
    }

    fn changed(&mut self, id: SettingId) {
        self.version += 1;
        let Some(fact) = id.fact() else {
            return;
        };
        self.is_report_due |= REPORTED.contains(&fact.name);
        let value = self.value(id).clone();
        self.hot.update(id, &value);
    }
}

static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::text(""));

fn custom_id(index: usize) -> SettingId {
    SettingId(u16::try_from(facts().len() + index).unwrap_or(u16::MAX))
}
