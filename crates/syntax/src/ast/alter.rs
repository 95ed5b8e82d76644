//! ALTER TABLE and the other statements with its actions.

use super::{
    ColumnDefinition, Constraint, ConstraintAttributes, DefinitionOption, DropBehavior, Expr, Name,
    ObjectKind, ObjectName, OptionChange, PartitionBound, RelationName, RoleSpec, SequenceOption,
    TypeName,
};

/// `ALTER TABLE | INDEX | SEQUENCE | VIEW | MATERIALIZED VIEW | FOREIGN TABLE name actions`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    /// Table, Index, View, MaterializedView, Sequence, ForeignTable or Type.
    pub kind: ObjectKind,
    pub if_exists: bool,
    pub only: bool,
    pub relation: RelationName,
    pub actions: Vec<AlterTableAction>,
}

/// Which triggers or rules ENABLE and DISABLE mean.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerTarget {
    Name(Name),
    All,
    User,
}

/// How a trigger or rule is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enablement {
    Enable,
    EnableAlways,
    EnableReplica,
    Disable,
}

/// REPLICA IDENTITY.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplicaIdentity {
    Nothing,
    Full,
    Default,
    Index(Name),
}

/// A column of ALTER COLUMN: by name, or by number for an index.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnSelector {
    Name(Name),
    Number(i32),
}

/// One change of an ALTER ... ALTER COLUMN ... identity.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentityChange {
    /// RESTART, SET INCREMENT BY ...
    Option(SequenceOption),
    /// SET GENERATED: `true` for ALWAYS.
    SetGenerated(bool),
}

/// One action of ALTER TABLE.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterTableAction {
    AddColumn {
        column: ColumnDefinition,
        if_not_exists: bool,
        behavior: DropBehavior,
    },
    DropColumn {
        name: Name,
        if_exists: bool,
        behavior: DropBehavior,
    },
    ColumnDefault {
        column: ColumnSelector,
        default: Option<Expr>,
    },
    SetNotNull(Name),
    DropNotNull(Name),
    SetExpression {
        column: Name,
        expr: Expr,
    },
    DropExpression {
        column: Name,
        if_exists: bool,
    },
    SetStatistics {
        column: ColumnSelector,
        target: Option<i32>,
    },
    SetColumnOptions {
        column: Name,
        options: Vec<DefinitionOption>,
    },
    ResetColumnOptions {
        column: Name,
        options: Vec<DefinitionOption>,
    },
    /// `ALTER COLUMN column OPTIONS (...)` of a foreign table.
    ChangeColumnOptions {
        column: Name,
        options: Vec<OptionChange>,
    },
    SetStorage {
        column: Name,
        storage: Name,
    },
    SetCompression {
        column: Name,
        compression: Name,
    },
    AddIdentity {
        column: Name,
        always: bool,
        options: Vec<SequenceOption>,
    },
    SetIdentity {
        column: Name,
        changes: Vec<IdentityChange>,
    },
    DropIdentity {
        column: Name,
        if_exists: bool,
    },
    AlterType {
        column: Name,
        type_name: TypeName,
        collation: Option<ObjectName>,
        using: Option<Expr>,
        behavior: DropBehavior,
    },
    AddConstraint(Constraint),
    AlterConstraint {
        name: Name,
        attributes: ConstraintAttributes,
        inherit: bool,
    },
    ValidateConstraint(Name),
    DropConstraint {
        name: Name,
        if_exists: bool,
        behavior: DropBehavior,
    },
    Trigger(Enablement, TriggerTarget),
    Rule(Enablement, Name),
    ClusterOn(Name),
    SetWithoutCluster,
    SetWithoutOids,
    SetLogged,
    SetUnlogged,
    Inherit(RelationName),
    NoInherit(RelationName),
    OfType(TypeName),
    NotOf,
    OwnerTo(RoleSpec),
    SetTablespace(Name),
    SetAccessMethod(Option<Name>),
    SetOptions(Vec<DefinitionOption>),
    ResetOptions(Vec<DefinitionOption>),
    ReplicaIdentity(ReplicaIdentity),
    /// `OPTIONS (...)` of a foreign table.
    ChangeOptions(Vec<OptionChange>),
    /// `true` for ENABLE.
    RowSecurity(bool),
    /// `true` for FORCE.
    ForceRowSecurity(bool),
    AttachPartition {
        relation: RelationName,
        bound: Option<PartitionBound>,
    },
    DetachPartition {
        relation: RelationName,
        concurrently: bool,
        finalize: bool,
    },
}
