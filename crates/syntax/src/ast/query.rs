//! SELECT and its parts.

use super::{
    Expr, Location, Name, ObjectName, OperatorName, RelationName, StatementKind, TypeName,
};

/// A query: SELECT, VALUES or a set operation, with what surrounds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    pub with: Option<With>,
    pub body: SelectBody,
    pub order_by: Vec<SortBy>,
    /// `LIMIT ALL` is a NULL constant.
    pub limit: Option<Expr>,
    /// FETCH FIRST ... WITH TIES.
    pub with_ties: bool,
    pub offset: Option<Expr>,
    pub locking: Vec<LockingClause>,
    pub location: Location,
}

/// The core of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectBody {
    /// `SELECT ...`; `TABLE name` is `SELECT * FROM name`.
    Select(Box<SelectCore>),
    Values(Vec<Vec<Expr>>),
    SetOperation(Box<SetOperation>),
}

/// UNION, INTERSECT or EXCEPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// `left UNION [ALL] right`. An operand without clauses of its own has none in its `Select`.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    pub operator: SetOperator,
    pub all: bool,
    pub left: Select,
    pub right: Select,
}

/// `SELECT [DISTINCT] targets [INTO] [FROM] [WHERE] [GROUP BY] [HAVING] [WINDOW]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectCore {
    pub distinct: Distinct,
    pub targets: Vec<Target>,
    pub into: Option<IntoClause>,
    pub from: Vec<FromItem>,
    pub where_clause: Option<Expr>,
    pub group_by: Vec<GroupItem>,
    /// GROUP BY DISTINCT.
    pub group_distinct: bool,
    pub having: Option<Expr>,
    /// The WINDOW clause: each has a name.
    pub windows: Vec<WindowSpec>,
}

/// The DISTINCT clause.
#[derive(Debug, Clone, PartialEq)]
pub enum Distinct {
    /// SELECT or SELECT ALL.
    All,
    Distinct,
    On(Vec<Expr>),
}

/// One output column of SELECT or RETURNING; `value` may be a `Star`.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub value: Expr,
    pub alias: Option<Name>,
    pub location: Location,
}

/// `SELECT ... INTO [TEMP | UNLOGGED] table`.
#[derive(Debug, Clone, PartialEq)]
pub struct IntoClause {
    pub relation: RelationName,
    pub persistence: super::Persistence,
}

/// `WITH [RECURSIVE] ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct With {
    pub recursive: bool,
    pub tables: Vec<CommonTable>,
    pub location: Location,
}

/// One common table expression.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    pub name: Name,
    pub columns: Vec<Name>,
    /// `Some(true)` for MATERIALIZED, `Some(false)` for NOT MATERIALIZED.
    pub materialized: Option<bool>,
    /// Select, Insert, Update, Delete or Merge.
    pub query: StatementKind,
    pub search: Option<SearchClause>,
    pub cycle: Option<CycleClause>,
    pub location: Location,
}

/// `SEARCH DEPTH | BREADTH FIRST BY columns SET sequence_column`.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchClause {
    pub columns: Vec<Name>,
    pub breadth_first: bool,
    pub sequence_column: Name,
    pub location: Location,
}

/// `CYCLE columns SET mark_column [TO value DEFAULT value] USING path_column`.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleClause {
    pub columns: Vec<Name>,
    pub mark_column: Name,
    pub mark_values: Option<Box<(Expr, Expr)>>,
    pub path_column: Name,
    pub location: Location,
}

/// An alias of a FROM item: `AS name (columns)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    pub name: Name,
    pub columns: Vec<Name>,
}

/// An item of FROM.
#[derive(Debug, Clone, PartialEq)]
pub enum FromItem {
    Table(Box<FromTable>),
    Subquery(Box<FromSubquery>),
    Function(Box<FromFunction>),
    Join(Box<Join>),
    JsonTable(Box<super::JsonTable>),
    XmlTable(Box<super::XmlTable>),
}

/// A table, view or common table in FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct FromTable {
    pub relation: RelationName,
    /// ONLY: without inheriting tables.
    pub only: bool,
    pub alias: Option<Alias>,
    pub sample: Option<TableSample>,
}

/// `TABLESAMPLE method (args) [REPEATABLE (seed)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSample {
    pub method: ObjectName,
    pub args: Vec<Expr>,
    pub repeatable: Option<Expr>,
    pub location: Location,
}

/// A subquery in FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct FromSubquery {
    pub lateral: bool,
    pub query: Select,
    pub alias: Option<Alias>,
    pub location: Location,
}

/// A function, or ROWS FROM (...), in FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct FromFunction {
    pub lateral: bool,
    pub ordinality: bool,
    pub rows_from: bool,
    /// One unless `rows_from`. The expression is a `Function` or one of SQL's own (CURRENT_DATE ...).
    pub functions: Vec<(Expr, Vec<FunctionColumn>)>,
    pub alias: Option<Alias>,
    /// `AS [alias] (name type, ...)`.
    pub columns: Vec<FunctionColumn>,
    pub location: Location,
}

/// One column of a function's column definition list.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionColumn {
    pub name: Name,
    pub type_name: TypeName,
    pub collation: Option<ObjectName>,
    pub location: Location,
}

/// How two FROM items are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Cross,
    Inner,
    Left,
    Right,
    Full,
}

/// What a join joins on.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    /// CROSS JOIN.
    None,
    On(Expr),
    Using {
        columns: Vec<(Name, Location)>,
        alias: Option<Name>,
    },
    Natural,
}

/// `left JOIN right`; `alias` is that of a parenthesised join.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub left: FromItem,
    pub right: FromItem,
    pub condition: JoinCondition,
    pub alias: Option<Alias>,
    pub location: Location,
}

/// One item of GROUP BY.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupItem {
    Expr(Expr),
    /// `()`.
    Empty(Location),
    Rollup(Vec<Expr>, Location),
    Cube(Vec<Expr>, Location),
    GroupingSets(Vec<GroupItem>, Location),
}

/// ASC, DESC or USING.
#[derive(Debug, Clone, PartialEq)]
pub enum SortDirection {
    /// Neither was written: ascending.
    Default,
    Ascending,
    Descending,
    Using(OperatorName, Location),
}

/// NULLS FIRST or LAST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullsOrder {
    Default,
    First,
    Last,
}

/// One item of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct SortBy {
    pub value: Expr,
    pub direction: SortDirection,
    pub nulls: NullsOrder,
}

/// A window: of the WINDOW clause, or after OVER.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSpec {
    /// Its own name, in the WINDOW clause only.
    pub name: Option<Name>,
    /// The window that it extends.
    pub base: Option<Name>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortBy>,
    pub frame: Option<Frame>,
    pub location: Location,
}

/// RANGE, ROWS or GROUPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameMode {
    Range,
    Rows,
    Groups,
}

/// One end of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

/// The EXCLUDE clause of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameExclusion {
    NoOthers,
    CurrentRow,
    Group,
    Ties,
}

/// A window's frame; without BETWEEN its end is the current row.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub mode: FrameMode,
    pub start: FrameBound,
    pub end: FrameBound,
    pub between: bool,
    pub exclusion: FrameExclusion,
}

/// The strength of a row lock, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockStrength {
    KeyShare,
    Share,
    NoKeyUpdate,
    Update,
}

/// What a row lock does when it would have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockWait {
    Block,
    SkipLocked,
    NoWait,
}

/// `FOR UPDATE [OF tables] [NOWAIT | SKIP LOCKED]`.
#[derive(Debug, Clone, PartialEq)]
pub struct LockingClause {
    pub strength: LockStrength,
    pub wait: LockWait,
    /// Empty for all.
    pub tables: Vec<RelationName>,
}
