//! The rows of pg_settings.

use std::collections::HashMap;
use std::sync::OnceLock;

/// When a setting can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Never.
    Internal,
    /// At the server's start.
    Postmaster,
    /// By a reload of the server's configuration.
    Sighup,
    /// At a connection's start, by superusers.
    SuperuserBackend,
    /// At a connection's start.
    Backend,
    /// By superusers.
    Superuser,
    /// By anyone.
    User,
}

impl Context {
    /// The word in pg_settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Postmaster => "postmaster",
            Self::Sighup => "sighup",
            Self::SuperuserBackend => "superuser-backend",
            Self::Backend => "backend",
            Self::Superuser => "superuser",
            Self::User => "user",
        }
    }
}

/// What values a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum Kind {
    Bool,
    Integer,
    Real,
    String,
    Enum,
}

impl Kind {
    /// The word in pg_settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::String => "string",
            Self::Enum => "enum",
        }
    }
}

/// A row of pg_settings: what does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingFact {
    /// The name as SHOW ALL writes it.
    pub name: &'static str,
    /// The unit of its number: B, kB, 8kB, MB, us, ms, s, min.
    pub unit: Option<&'static str>,
    /// The group that it belongs to.
    pub category: String,
    /// One line about it.
    pub short_desc: String,
    /// More about it.
    pub extra_desc: Option<String>,
    /// When it can be changed.
    pub context: Context,
    /// What values it has.
    pub kind: Kind,
    /// The least value, as text.
    pub min_val: Option<&'static str>,
    /// The greatest value, as text.
    pub max_val: Option<&'static str>,
    /// The values of an enum that are told.
    pub enum_values: Vec<&'static str>,
    /// The value without any configuration.
    pub boot_val: Option<String>,
    /// Left out of SHOW ALL and pg_settings.
    pub is_hidden: bool,
}

/// A setting's place: of one of [`facts`], or beyond them of a session's custom setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingId(pub(crate) u16);

impl SettingId {
    /// The fact; `None` for a custom setting.
    pub fn fact(self) -> Option<&'static SettingFact> {
        facts().get(usize::from(self.0))
    }

    /// The setting of the name in any case; `None` for what is no setting of the server.
    pub fn find(name: &str) -> Option<Self> {
        let table = table();
        if let Some(id) = table.by_name.get(name) {
            return Some(*id);
        }
        let lower = name.to_ascii_lowercase();
        let lower = match lower.as_str() {
            "sort_mem" => "work_mem",
            "vacuum_mem" => "maintenance_work_mem",
            other => other,
        };
        table.by_name.get(lower).copied()
    }

    /// The setting of a name that is one of the server's.
    pub(crate) fn known(name: &str) -> Self {
        Self::find(name).expect("a name of the table of settings")
    }
}

/// All settings of the server, sorted by name.
pub fn facts() -> &'static [SettingFact] {
    &table().facts
}

struct Table {
    facts: Vec<SettingFact>,
    /// By lower-case name.
    by_name: HashMap<String, SettingId>,
}

const DATA: &str = include_str!("../data/pg_settings.tsv");

/// Settings that PostgreSQL does not have, in the form of its rows.
const OWN: &str = "\
max_snapshot_wal_keep_size\tMB\tResource Usage / Disk\tSets the maximum WAL size that a snapshot can keep when nothing \
else needs it.\tA snapshot that would keep more is given up, and what reads by it fails. -1 means no limit.\tsuperuser\t\
integer\t-1\t2147483647\t\\N\t-1
";

/// Settings that pg_settings does not list, in the form of its rows.
const HIDDEN: &str = "\
is_superuser\t\\N\tReporting and Logging\tShows whether the current user is a superuser.\t\\N\tinternal\tbool\t\\N\t\\N\t\\N\toff
role\t\\N\tUngrouped\tSets the current role.\t\\N\tuser\tstring\t\\N\t\\N\t\\N\tnone
seed\t\\N\tUngrouped\tSets the seed for random-number generation.\t\\N\tuser\treal\t-1\t1\t\\N\t0
session_authorization\t\\N\tUngrouped\tSets the session user name.\t\\N\tuser\tstring\t\\N\t\\N\t\\N\t\\N
";

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let listed = DATA.lines().chain(OWN.lines()).filter_map(|line| fact_of(line, false));
        let hidden = HIDDEN.lines().filter_map(|line| fact_of(line, true));
        let mut facts: Vec<_> = listed.chain(hidden).collect();
        facts.sort_by_key(|fact| fact.name.to_ascii_lowercase());
        let by_name = facts
            .iter()
            .zip(0..)
            .map(|(fact, index)| (fact.name.to_ascii_lowercase(), SettingId(index)))
            .collect();
        Table { facts, by_name }
    })
}

/// A row in COPY's text format.
fn fact_of(line: &'static str, is_hidden: bool) -> Option<SettingFact> {
    let mut columns = line.split('\t').map(|column| (column != "\\N").then_some(column));
    let mut next = || columns.next().flatten();
    Some(SettingFact {
        name: next()?,
        unit: next(),
        category: next().map(unescape).unwrap_or_default(),
        short_desc: next().map(unescape).unwrap_or_default(),
        extra_desc: next().map(unescape),
        context: context_of(next()?),
        kind: kind_of(next()?),
        min_val: next(),
        max_val: next(),
        enum_values: next().map(elements).unwrap_or_default(),
        boot_val: next().map(unescape),
        is_hidden,
    })
}

fn unescape(column: &str) -> String {
    let mut text = String::with_capacity(column.len());
    let mut characters = column.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    text
}

/// The elements of an array's text form; those of the table hold no comma and no backslash.
fn elements(array: &'static str) -> Vec<&'static str> {
    let inner = array.trim_start_matches('{').trim_end_matches('}');
    inner.split(',').map(|element| element.trim_matches('"')).collect()
}

fn context_of(word: &str) -> Context {
    match word {
        "internal" => Context::Internal,
        "postmaster" => Context::Postmaster,
        "sighup" => Context::Sighup,
        "superuser-backend" => Context::SuperuserBackend,
        "backend" => Context::Backend,
        "superuser" => Context::Superuser,
        _ => Context::User,
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        "bool" => Kind::Bool,
        "integer" => Kind::Integer,
        "real" => Kind::Real,
        "enum" => Kind::Enum,
        _ => Kind::String,
    }
}
