//! Typed queries: SELECT, INSERT, UPDATE and DELETE with all names resolved.

use crate::expr::{Expr, Sort};
use serde::{Deserialize, Serialize};
use types::Oid;

/// A query. The rows of `from`, filtered, grouped, ordered and limited, give the targets; a set operation or a
/// modification changes what that means.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Query {
    /// The common tables of WITH.
    pub common_tables: Vec<CommonTable>,
    /// Whether WITH says RECURSIVE.
    pub recursive: bool,
    /// What `ColumnRef::range` counts.
    pub range: Vec<RangeEntry>,
    /// FROM: all joined with each other.
    pub from: Vec<JoinTree>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// The output columns, then junk ones that only order and group.
    pub targets: Vec<Target>,
    /// GROUP BY, as indexes of `targets`.
    pub group_by: Vec<usize>,
    /// Whether rows are grouped: GROUP BY, HAVING or an aggregate.
    pub grouped: bool,
    /// HAVING.
    pub having: Option<Expr>,
    /// The windows that calls in targets are over, by the index in them.
    pub windows: Vec<Window>,
    /// DISTINCT.
    pub distinct: Distinct,
    /// ORDER BY; each expression is a `Slot` of the target's index.
    pub order_by: Vec<Sort>,
    /// LIMIT, as int8.
    pub limit: Option<Expr>,
    /// OFFSET, as int8.
    pub offset: Option<Expr>,
    /// FETCH ... WITH TIES.
    pub with_ties: bool,
    /// UNION and the like, instead of `from`; the targets are then columns of its first leaf.
    pub set_operation: Option<SetTree>,
    /// FOR UPDATE and the like.
    pub locking: Vec<RowLocking>,
    /// INSERT, UPDATE or DELETE; the targets are then what RETURNING gives, over the result relation's columns.
    pub modify: Option<Box<Modify>>,
    /// A target returns a set.
    pub has_set_returning: bool,
}

/// A window: how rows are divided and ordered, and which of them are a row's frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its name in the WINDOW clause.
    pub name: Option<String>,
    /// PARTITION BY, as indexes of `targets`.
    pub partition_by: Vec<usize>,
    /// ORDER BY; each expression is a `Slot` of the target's index.
    pub order_by: Vec<Sort>,
    /// The frame.
    pub frame: WindowFrame,
}

/// Which rows of its partition are a row's frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowFrame {
    /// What bounds count.
    pub mode: FrameMode,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
    /// What is left out of it.
    pub exclusion: FrameExclusion,
}

/// What the bounds of a frame count: values of the one ORDER BY column, rows, or groups of peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum FrameMode {
    Range,
    Rows,
    Groups,
}

/// One end of a frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(FrameOffset),
    CurrentRow,
    Following(FrameOffset),
    UnboundedFollowing,
}

/// How far from the current row an end of a frame is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameOffset {
    /// An int8 for ROWS and GROUPS; uses no columns of its query.
    pub value: Expr,
    /// RANGE: the function `in_range` for the ORDER BY column's type and the offset's.
    pub in_range: Option<Oid>,
}

/// What is left out of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum FrameExclusion {
    NoOthers,
    CurrentRow,
    Group,
    Ties,
}

impl Default for WindowFrame {
    /// RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW.
    fn default() -> Self {
        Self {
            mode: FrameMode::Range,
            start: FrameBound::UnboundedPreceding,
            end: FrameBound::CurrentRow,
            exclusion: FrameExclusion::NoOthers,
        }
    }
}

impl WindowFrame {
    /// The offsets of its bounds.
    pub fn offsets_mut(&mut self) -> impl Iterator<Item = &mut FrameOffset> {
        [&mut self.start, &mut self.end].into_iter().filter_map(|bound| match bound {
            FrameBound::Preceding(offset) | FrameBound::Following(offset) => Some(offset),
            FrameBound::UnboundedPreceding
            | FrameBound::CurrentRow
            | FrameBound::UnboundedFollowing => None,
        })
    }
}

/// An output column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The value.
    pub expr: Expr,
    /// Its name.
    pub name: String,
    /// Not part of the result.
    pub junk: bool,
    /// The table and column that it is, for clients that ask.
    pub origin: Option<(Oid, i16)>,
}

/// A common table expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonTable {
    /// Its name.
    pub name: String,
    /// The query.
    pub query: Query,
    /// Its columns' names.
    pub columns: Vec<String>,
    /// MATERIALIZED or NOT MATERIALIZED.
    pub materialized: Option<bool>,
    /// It refers to itself.
    pub recursive: bool,
}

/// Something in FROM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RangeEntry {
    /// What it is.
    pub kind: RangeKind,
    /// The alias or name.
    pub name: String,
    /// The columns' names, by number from 1; empty for a dropped one.
    pub columns: Vec<String>,
    /// The columns' types, modifiers and collations.
    pub types: Vec<(Oid, i32, Oid)>,
    /// The privileges that must be held on it, as acl bits, checked at each execution.
    pub required: u32,
    /// LATERAL: it may refer to entries before it.
    pub lateral: bool,
}

/// A function in FROM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionSource {
    /// The call; any expression, whose value is one row where it returns no set.
    pub call: Expr,
    /// How many columns it gives.
    pub columns: Vec<(String, Oid, i32)>,
}

/// What a range entry is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RangeKind {
    /// A user table by OID.
    Table(Oid),
    /// A system relation by OID.
    System(Oid),
    /// A sequence read as a table.
    Sequence(Oid),
    /// A subquery, or a view's query; its columns of level 1 are those of this query where it is LATERAL.
    Subquery(Box<Query>),
    /// VALUES lists.
    Values(Vec<Vec<Expr>>),
    /// Functions side by side, with a row number where `ordinality`.
    Functions {
        /// The functions.
        list: Vec<FunctionSource>,
        /// WITH ORDINALITY.
        ordinality: bool,
    },
    /// A common table: so many queries up, by index.
    Common {
        /// How many queries up.
        level: u16,
        /// The index in that query's `common_tables`.
        index: usize,
        /// Within its own definition: the rows of the last round.
        recursive: bool,
    },
    /// The row proposed by INSERT ... ON CONFLICT, or the old or new row of RETURNING.
    Row,
}

/// How two sides are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// An item of FROM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JoinTree {
    /// A range entry.
    Range(u16),
    /// A join.
    Join {
        /// Which.
        kind: JoinKind,
        /// The left side.
        left: Box<JoinTree>,
        /// The right side.
        right: Box<JoinTree>,
        /// ON or USING; none for CROSS.
        condition: Option<Expr>,
    },
}

/// DISTINCT.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Distinct {
    /// All rows.
    #[default]
    No,
    /// Each row once.
    All,
    /// The first row of each combination of these targets.
    On(Vec<usize>),
}

/// UNION, INTERSECT or EXCEPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// A tree of set operations; leaves are subqueries in the range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SetTree {
    /// A range entry.
    Leaf(u16),
    /// An operation.
    Operation(Box<SetOperation>),
}

/// One set operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetOperation {
    /// Which.
    pub operator: SetOperator,
    /// ALL.
    pub all: bool,
    /// The left side.
    pub left: SetTree,
    /// The right side.
    pub right: SetTree,
    /// The columns' types, modifiers and collations, to which both sides are coerced by these, over their columns as slots.
    pub types: Vec<(Oid, i32, Oid)>,
    /// What makes the left side's columns those types.
    pub left_columns: Vec<Expr>,
    /// What makes the right side's columns those types.
    pub right_columns: Vec<Expr>,
}

/// The strength of a row lock, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum LockStrength {
    KeyShare,
    Share,
    NoKeyUpdate,
    Update,
}

/// What a row lock does when it would have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum LockWait {
    Block,
    SkipLocked,
    NoWait,
}

/// Rows of a range entry are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowLocking {
    /// The entry.
    pub range: u16,
    /// How strongly.
    pub strength: LockStrength,
    /// What if it must wait.
    pub wait: LockWait,
}

/// A column and the value it gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The column's number from 1.
    pub column: i16,
    /// The value, coerced to the column's type.
    pub value: Expr,
}

/// A change of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Modify {
    /// Which.
    pub kind: ModifyKind,
    /// The table's range entry.
    pub range: u16,
    /// RETURNING was written.
    pub returning: bool,
}

/// Which change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ModifyKind {
    /// INSERT.
    Insert {
        /// The range entry of the rows: VALUES or a subquery; none for DEFAULT VALUES.
        source: Option<u16>,
        /// What each column gets, over the source's columns; columns left out get their default.
        columns: Vec<Assignment>,
        /// ON CONFLICT.
        conflict: Option<Conflict>,
    },
    /// UPDATE.
    Update(Vec<Assignment>),
    /// DELETE.
    Delete,
}

/// ON CONFLICT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The unique indexes meant; empty for all.
    pub indexes: Vec<Oid>,
    /// What then.
    pub action: ConflictAction,
}

/// What ON CONFLICT does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ConflictAction {
    /// Nothing.
    Nothing,
    /// DO UPDATE.
    Update {
        /// The range entry of the row proposed, `excluded`.
        excluded: u16,
        /// What each column gets.
        assignments: Vec<Assignment>,
        /// WHERE.
        filter: Option<Expr>,
    },
}
