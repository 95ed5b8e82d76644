//! Tablespaces, extensions' members, event triggers, security labels, text search configurations.

use super::{
    DefinitionOption, Enablement, Location, Name, ObjectKind, ObjectName, ObjectReference, RoleSpec,
};

/// `CREATE TABLESPACE name [OWNER role] LOCATION 'directory' [WITH (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTablespace {
    pub name: Name,
    pub owner: Option<RoleSpec>,
    pub directory: Box<str>,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER TABLESPACE name SET | RESET (...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTablespace {
    pub name: Name,
    pub reset: bool,
    pub options: Vec<DefinitionOption>,
}

/// `DROP TABLESPACE [IF EXISTS] name`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropTablespace {
    pub name: Name,
    pub if_exists: bool,
}

/// `ALTER TABLE | INDEX | MATERIALIZED VIEW ALL IN TABLESPACE name [OWNED BY roles] SET TABLESPACE new [NOWAIT]`.
#[derive(Debug, Clone, PartialEq)]
pub struct MoveTablespace {
    pub kind: ObjectKind,
    pub tablespace: Name,
    /// Empty for all.
    pub owners: Vec<RoleSpec>,
    pub new_tablespace: Name,
    pub no_wait: bool,
}

/// `ALTER EXTENSION name UPDATE [TO version]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterExtension {
    pub name: Name,
    /// Each version that TO names; more than one is refused later.
    pub versions: Vec<Box<str>>,
}

/// `ALTER EXTENSION name ADD | DROP object`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterExtensionContents {
    pub name: Name,
    /// `false` for DROP.
    pub add: bool,
    pub kind: ObjectKind,
    pub object: ObjectReference,
}

/// `CREATE EVENT TRIGGER name ON event [WHEN variable IN (...) AND ...] EXECUTE FUNCTION f()`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateEventTrigger {
    pub name: Name,
    pub event: Name,
    pub filters: Vec<EventFilter>,
    pub function: ObjectName,
}

/// `variable IN ('value', ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFilter {
    pub variable: Name,
    pub values: Vec<Box<str>>,
    pub location: Location,
}

/// `ALTER EVENT TRIGGER name ENABLE [REPLICA | ALWAYS] | DISABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterEventTrigger {
    pub name: Name,
    pub enablement: Enablement,
}

/// `SECURITY LABEL [FOR provider] ON kind object IS label`.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityLabel {
    pub provider: Option<Name>,
    pub kind: ObjectKind,
    pub object: ObjectReference,
    /// None for NULL.
    pub label: Option<Box<str>>,
}

/// `ALTER STATISTICS [IF EXISTS] name SET STATISTICS target`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterStatistics {
    pub name: ObjectName,
    pub if_exists: bool,
    /// None for DEFAULT.
    pub target: Option<i32>,
}

/// `ALTER TEXT SEARCH CONFIGURATION name change`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTextSearchConfiguration {
    pub name: ObjectName,
    pub change: TextSearchChange,
}

/// One change of a text search configuration.
#[derive(Debug, Clone, PartialEq)]
pub enum TextSearchChange {
    /// `ADD MAPPING FOR tokens WITH dictionaries`.
    Add { tokens: Vec<Name>, dictionaries: Vec<ObjectName> },
    /// `ALTER MAPPING FOR tokens WITH dictionaries`.
    Alter { tokens: Vec<Name>, dictionaries: Vec<ObjectName> },
    /// `ALTER MAPPING [FOR tokens] REPLACE old WITH new`; no tokens for all.
    Replace { tokens: Vec<Name>, old: ObjectName, new: ObjectName },
    /// `DROP MAPPING [IF EXISTS] FOR tokens`.
    Drop { tokens: Vec<Name>, if_exists: bool },
}

/// `CREATE TEXT SEARCH CONFIGURATION | DICTIONARY | PARSER | TEMPLATE name (definition)`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTextSearch {
    /// TextSearchConfiguration, TextSearchDictionary, TextSearchParser or TextSearchTemplate.
    pub kind: ObjectKind,
    pub name: ObjectName,
    pub definition: Vec<DefinitionOption>,
}
