//! CREATE TABLE, its columns and constraints, and CREATE TABLE AS.

use super::{
    DefinitionOption, Execute, Expr, IndexElement, Location, Name, ObjectName, OperatorName,
    RelationName, Select, SequenceOption, TypeName,
};

/// How long a relation lives and whether it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Persistence {
    #[default]
    Permanent,
    Temporary,
    Unlogged,
}

/// What happens to a temporary table at commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCommit {
    /// Not written: PRESERVE ROWS.
    #[default]
    None,
    PreserveRows,
    DeleteRows,
    Drop,
}

/// `CREATE TABLE ...` (not AS), `CREATE FOREIGN TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    pub relation: RelationName,
    pub persistence: Persistence,
    pub if_not_exists: bool,
    pub elements: Vec<TableElement>,
    pub inherits: Vec<RelationName>,
    /// `OF type`.
    pub of_type: Option<TypeName>,
    /// `PARTITION OF parent FOR VALUES ...`.
    pub partition_of: Option<(RelationName, PartitionBound)>,
    pub partition_by: Option<PartitionSpec>,
    pub access_method: Option<Name>,
    pub options: Vec<DefinitionOption>,
    pub on_commit: OnCommit,
    pub tablespace: Option<Name>,
}

/// One element between the parentheses of CREATE TABLE.
#[derive(Debug, Clone, PartialEq)]
pub enum TableElement {
    Column(ColumnDefinition),
    Constraint(Constraint),
    Like(LikeClause),
}

/// A column of CREATE TABLE, ALTER TABLE ADD, or (without a type) of OF and PARTITION OF.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: Name,
    /// None in typed tables and partitions.
    pub type_name: Option<TypeName>,
    pub storage: Option<Name>,
    pub compression: Option<Name>,
    pub collation: Option<ObjectName>,
    pub options: Vec<DefinitionOption>,
    pub constraints: Vec<Constraint>,
    pub refused: Vec<RefusedAttribute>,
    pub location: Location,
}

/// A misplaced or repeated attribute (DEFERRABLE ...), which carrying the statement out refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedAttribute {
    /// How many constraints it stands behind.
    pub behind: usize,
    /// The one attribute.
    pub attribute: ConstraintAttributes,
    pub error: error::Error,
}

/// A constraint of a column, a table or a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub name: Option<Name>,
    pub kind: ConstraintKind,
    pub attributes: ConstraintAttributes,
    pub location: Location,
}

/// DEFERRABLE and its kin; each is none where not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConstraintAttributes {
    /// `Some(false)` for NOT DEFERRABLE.
    pub deferrable: Option<bool>,
    /// `Some(false)` for INITIALLY IMMEDIATE.
    pub initially_deferred: Option<bool>,
    pub not_valid: bool,
    pub no_inherit: bool,
    /// `Some(false)` for NOT ENFORCED.
    pub enforced: Option<bool>,
}

/// What a constraint says.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    Null,
    /// The column is named when it stands as a table constraint.
    NotNull(Option<Name>),
    Default(Expr),
    Check(Expr),
    Generated {
        expr: Expr,
        stored: bool,
    },
    Identity {
        always: bool,
        options: Vec<SequenceOption>,
    },
    Unique(UniqueConstraint),
    PrimaryKey(UniqueConstraint),
    Exclusion(ExclusionConstraint),
    ForeignKey(ForeignKey),
}

/// PRIMARY KEY or UNIQUE; `columns` is empty as a column's constraint or with USING INDEX.
#[derive(Debug, Clone, PartialEq)]
pub struct UniqueConstraint {
    pub columns: Vec<Name>,
    pub without_overlaps: bool,
    pub nulls_not_distinct: bool,
    pub include: Vec<Name>,
    pub options: Vec<DefinitionOption>,
    pub tablespace: Option<Name>,
    /// `USING INDEX name`, of an index that exists.
    pub using_index: Option<Name>,
}

/// `EXCLUDE USING method (element WITH operator, ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExclusionConstraint {
    pub access_method: Option<Name>,
    pub elements: Vec<(IndexElement, OperatorName)>,
    pub include: Vec<Name>,
    pub options: Vec<DefinitionOption>,
    pub tablespace: Option<Name>,
    pub where_clause: Option<Expr>,
}

/// What a foreign key does when the referenced row goes.
#[derive(Debug, Clone, PartialEq)]
pub enum ReferentialAction {
    NoAction,
    Restrict,
    Cascade,
    /// The columns, empty for all.
    SetNull(Vec<Name>),
    /// The columns, empty for all.
    SetDefault(Vec<Name>),
}

/// The MATCH clause of a foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKeyMatch {
    Simple,
    Full,
    Partial,
}

/// `[FOREIGN KEY (columns)] REFERENCES relation (referenced)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKey {
    /// Empty as a column's constraint.
    pub columns: Vec<Name>,
    /// PERIOD before the last column.
    pub period: bool,
    pub relation: RelationName,
    /// Empty for the primary key.
    pub referenced: Vec<Name>,
    pub referenced_period: bool,
    pub matching: ForeignKeyMatch,
    pub on_update: ReferentialAction,
    pub on_delete: ReferentialAction,
}

/// What LIKE copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeOption {
    Comments,
    Compression,
    Constraints,
    Defaults,
    Generated,
    Identity,
    Indexes,
    Statistics,
    Storage,
}

impl LikeOption {
    /// What INCLUDING ALL means.
    pub const ALL: [Self; 9] = [
        Self::Comments,
        Self::Compression,
        Self::Constraints,
        Self::Defaults,
        Self::Generated,
        Self::Identity,
        Self::Indexes,
        Self::Statistics,
        Self::Storage,
    ];
}

/// `LIKE relation [INCLUDING ...]`; `including` is after all EXCLUDINGs.
#[derive(Debug, Clone, PartialEq)]
pub struct LikeClause {
    pub relation: RelationName,
    pub including: Vec<LikeOption>,
}

/// LIST, RANGE or HASH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionStrategy {
    List,
    Range,
    Hash,
}

/// `PARTITION BY strategy (elements)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionSpec {
    pub strategy: PartitionStrategy,
    pub elements: Vec<IndexElement>,
    pub location: Location,
}

/// `FOR VALUES ...` or DEFAULT. MINVALUE and MAXVALUE are `Column` expressions of those names.
#[derive(Debug, Clone, PartialEq)]
pub enum PartitionBound {
    Default,
    In(Vec<Expr>),
    Range { from: Vec<Expr>, to: Vec<Expr> },
    Hash { modulus: i32, remainder: i32 },
}

/// `CREATE TABLE ... AS`, `CREATE MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTableAs {
    pub relation: RelationName,
    pub columns: Vec<Name>,
    pub persistence: Persistence,
    pub materialized_view: bool,
    pub if_not_exists: bool,
    pub access_method: Option<Name>,
    pub options: Vec<DefinitionOption>,
    pub on_commit: OnCommit,
    pub tablespace: Option<Name>,
    pub source: TableSource,
    pub with_data: bool,
}

/// The rows of CREATE TABLE AS.
#[derive(Debug, Clone, PartialEq)]
pub enum TableSource {
    Select(Box<Select>),
    Execute(Box<Execute>),
}
