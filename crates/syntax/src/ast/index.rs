//! CREATE INDEX and other statements about what belongs to a table.

use super::{
    ConstraintAttributes, DefinitionOption, Expr, IndexElement, Name, ObjectName, RelationName,
    RoleSpec, StatementKind,
};

/// `CREATE [UNIQUE] INDEX ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// None lets the server choose.
    pub name: Option<Name>,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    pub relation: RelationName,
    pub only: bool,
    /// None for btree.
    pub access_method: Option<Name>,
    pub elements: Vec<IndexElement>,
    pub include: Vec<IndexElement>,
    pub nulls_not_distinct: bool,
    pub options: Vec<DefinitionOption>,
    pub tablespace: Option<Name>,
    pub where_clause: Option<Expr>,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerTiming {
    Before,
    After,
    InsteadOf,
}

/// What a trigger fires on.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerEvent {
    Insert,
    Delete,
    /// The columns of UPDATE OF, empty for all.
    Update(Vec<Name>),
    Truncate,
}

/// `REFERENCING {OLD | NEW} TABLE AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerTransition {
    pub new: bool,
    pub table: bool,
    pub name: Name,
}

/// `CREATE [CONSTRAINT] TRIGGER ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTrigger {
    pub or_replace: bool,
    pub constraint: bool,
    pub name: Name,
    pub timing: TriggerTiming,
    pub events: Vec<TriggerEvent>,
    pub relation: RelationName,
    pub from: Option<RelationName>,
    pub attributes: ConstraintAttributes,
    pub transitions: Vec<TriggerTransition>,
    pub for_each_row: bool,
    pub when: Option<Expr>,
    pub function: ObjectName,
    pub args: Vec<Box<str>>,
}

/// The event of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleEvent {
    Select,
    Insert,
    Update,
    Delete,
}

/// `CREATE RULE ...`; no actions for NOTHING.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateRule {
    pub or_replace: bool,
    pub name: Name,
    pub event: RuleEvent,
    pub relation: RelationName,
    pub where_clause: Option<Expr>,
    pub instead: bool,
    pub actions: Vec<StatementKind>,
}

/// The command of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyCommand {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

/// `CREATE POLICY ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePolicy {
    pub name: Name,
    pub relation: RelationName,
    pub permissive: bool,
    pub command: PolicyCommand,
    /// PUBLIC where none was written.
    pub roles: Vec<RoleSpec>,
    pub using: Option<Expr>,
    pub with_check: Option<Expr>,
}

/// `ALTER POLICY ...`; renaming is a [`super::Rename`].
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPolicy {
    pub name: Name,
    pub relation: RelationName,
    pub roles: Option<Vec<RoleSpec>>,
    pub using: Option<Expr>,
    pub with_check: Option<Expr>,
}

/// `CREATE STATISTICS ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateStatistics {
    pub if_not_exists: bool,
    pub name: Option<ObjectName>,
    pub kinds: Vec<Name>,
    pub elements: Vec<IndexElement>,
    pub from: Vec<super::FromItem>,
}
