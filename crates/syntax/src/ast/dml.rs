//! INSERT, UPDATE, DELETE, MERGE, TRUNCATE.

use super::{
    DefinitionOption, DropBehavior, Expr, FromItem, FromTable, Indirection, Location, Name,
    NullsOrder, ObjectName, RelationName, Select, SortDirection, Target, With,
};

/// RETURNING, with PostgreSQL 18's `WITH (OLD AS ..., NEW AS ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Returning {
    /// Each at most once, which analysis checks.
    pub aliases: Vec<ReturningAlias>,
    pub targets: Vec<Target>,
}

/// `OLD AS name` or `NEW AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturningAlias {
    /// `false` for OLD.
    pub is_new: bool,
    pub name: Name,
    pub location: Location,
}

/// A column to be set: `name`, `name[1]`, `name.field`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnTarget {
    pub name: Name,
    pub path: Vec<Indirection>,
    pub location: Location,
}

/// INSERT's OVERRIDING clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overriding {
    None,
    User,
    System,
}

/// `INSERT INTO ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    pub with: Option<With>,
    pub relation: RelationName,
    pub alias: Option<Name>,
    /// Empty where no list was written.
    pub columns: Vec<ColumnTarget>,
    pub overriding: Overriding,
    pub source: InsertSource,
    pub on_conflict: Option<OnConflict>,
    pub returning: Option<Returning>,
}

/// The rows of an INSERT.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    DefaultValues,
    /// VALUES too.
    Select(Box<Select>),
}

/// `ON CONFLICT [target] DO ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct OnConflict {
    pub target: Option<ConflictTarget>,
    pub action: ConflictAction,
    pub location: Location,
}

/// Which conflicts are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum ConflictTarget {
    /// Columns or expressions of a unique index, and its predicate.
    Index {
        elements: Vec<IndexElement>,
        where_clause: Option<Expr>,
        location: Location,
    },
    Constraint(Name, Location),
}

/// DO NOTHING or DO UPDATE.
#[derive(Debug, Clone, PartialEq)]
pub enum ConflictAction {
    Nothing,
    Update { assignments: Vec<Assignment>, where_clause: Option<Expr> },
}

/// An element of an index or of a conflict target.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexElement {
    pub key: IndexKey,
    pub collation: Option<ObjectName>,
    pub operator_class: Option<ObjectName>,
    pub operator_class_options: Vec<DefinitionOption>,
    pub direction: SortDirection,
    pub nulls: NullsOrder,
    pub location: Location,
}

/// What an index element indexes.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexKey {
    Column(Name),
    Expr(Expr),
}

/// One item of SET in UPDATE.
#[derive(Debug, Clone, PartialEq)]
pub enum Assignment {
    Single {
        target: ColumnTarget,
        value: Expr,
    },
    /// `(a, b) = source`: a row, a subquery, or any expression of a row type.
    Multiple {
        targets: Vec<ColumnTarget>,
        source: Expr,
    },
}

/// `UPDATE ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub with: Option<With>,
    /// Its `sample` is none; its alias has no columns.
    pub relation: FromTable,
    pub assignments: Vec<Assignment>,
    pub from: Vec<FromItem>,
    pub where_clause: Option<Expr>,
    pub returning: Option<Returning>,
}

/// `DELETE FROM ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    pub with: Option<With>,
    /// Its `sample` is none; its alias has no columns.
    pub relation: FromTable,
    pub using: Vec<FromItem>,
    pub where_clause: Option<Expr>,
    pub returning: Option<Returning>,
}

/// `MERGE INTO ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    pub with: Option<With>,
    pub relation: FromTable,
    pub source: FromItem,
    pub condition: Expr,
    pub whens: Vec<MergeWhen>,
    pub returning: Option<Returning>,
}

/// Which rows a WHEN of MERGE is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMatch {
    Matched,
    NotMatchedBySource,
    NotMatchedByTarget,
}

/// One WHEN of MERGE.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeWhen {
    pub matched: MergeMatch,
    pub condition: Option<Expr>,
    pub action: MergeAction,
    pub location: Location,
}

/// What a WHEN of MERGE does.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeAction {
    DoNothing,
    Delete,
    Update(Vec<Assignment>),
    /// `values` is none for DEFAULT VALUES.
    Insert {
        columns: Vec<ColumnTarget>,
        overriding: Overriding,
        values: Option<Vec<Expr>>,
    },
}

/// `TRUNCATE [TABLE] ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Truncate {
    pub tables: Vec<FromTable>,
    pub restart_identity: bool,
    pub behavior: DropBehavior,
}
