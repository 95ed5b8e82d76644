//! Physical plans.

use catalog::object::{ForeignKey, Index, Table, Trigger};
use expression::{
    AggregateCall, Expr, LockStrength, LockWait, SetOperator, Sort, SubplanKind, WindowCall,
    WindowFrame,
};
use std::sync::Arc;
use types::{Kind, Oid};

/// The name, type and typmod of a column that a function in FROM gives.
pub type FunctionColumn = (String, Oid, i32);

/// A plan for one statement.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What gives the result's rows.
    pub root: Node,
    /// Subqueries of expressions, by the index in `ExprKind::Subplan`.
    pub subplans: Vec<SubplanPlan>,
    /// Common tables, by the index in `NodeKind::Common`.
    pub common: Vec<CommonPlan>,
    /// The result's columns; none where the statement gives no rows.
    pub output: Vec<OutputColumn>,
    /// The privileges to check at each execution.
    pub required: Vec<Required>,
    /// How many `Outer` values there are.
    pub outer_count: usize,
    /// How many work tables there are.
    pub work_tables: usize,
    /// The kind of modification, for the command tag; `None` for SELECT.
    pub modifies: Option<ModifyKindTag>,
    /// Whether the statement may write or lock rows.
    pub writes: bool,
}

/// Which tag a modification's completion has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum ModifyKindTag {
    Insert,
    Update,
    Delete,
}

/// A privilege that the statement needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Required {
    /// The relation.
    pub relation: Oid,
    /// The acl bits.
    pub privileges: u32,
}

/// A column of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_id: Oid,
    /// Its modifier.
    pub typmod: i32,
    /// The table and column that it is.
    pub origin: Option<(Oid, i16)>,
}

/// A subquery of an expression.
#[derive(Debug, Clone)]
pub struct SubplanPlan {
    /// What gives its rows.
    pub root: Node,
    /// How they become a value.
    pub kind: SubplanKind,
    /// ANY and ALL: the left sides are `Outer`, the row's columns are slots.
    pub comparison: Option<Expr>,
    /// Which `Outer` each argument is.
    pub arguments: Vec<u32>,
    /// Which `Outer` each left side is.
    pub lefts: Vec<u32>,
    /// The type of its value.
    pub type_id: Oid,
    /// The common tables defined within it, to be forgotten when its arguments change.
    pub common: Vec<usize>,
}

/// A common table.
#[derive(Debug, Clone)]
pub struct CommonPlan {
    /// Its name, for EXPLAIN.
    pub name: String,
    /// What gives its rows.
    pub root: Node,
}

/// A node of a plan.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it does.
    pub kind: NodeKind,
    /// The physical kinds of its output columns.
    pub columns: Vec<Kind>,
    /// How many rows it is thought to give.
    pub rows: f64,
    /// What it is thought to cost up to its first row and to its last.
    pub cost: (f64, f64),
}

/// Which rows a join gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the field's")]
pub enum JoinType {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

/// What a scan's output column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnSource {
    /// A column by number from 1.
    Column(i16),
    /// A column by number from 1 of which only values inside the row are read: one out of line reads as empty, because
    /// whoever changes the row leaves it where it is.
    Carried(i16),
    /// ctid.
    Ctid,
    /// tableoid.
    TableOid,
    /// xmin and the like, which in-place storage does not keep by version: 0 or the writer.
    Xid,
    /// The row's address as a number, for those that change or lock it.
    Address,
    /// The version's number, for those that change or lock it.
    Version,
}

/// A scan of a table.
#[derive(Debug, Clone)]
pub struct TableScan {
    /// The table as planned.
    pub table: Arc<Table>,
    /// The alias.
    pub name: String,
    /// Its output columns.
    pub columns: Vec<ColumnSource>,
}

/// One end of an index range: values of the index's leading columns.
#[derive(Debug, Clone)]
pub struct IndexBound {
    /// The value of the column after the equal ones.
    pub value: Expr,
    /// The value itself is in the range.
    pub inclusive: bool,
}

/// A range of an index: equal values of leading columns, then bounds of the next one.
#[derive(Debug, Clone)]
pub struct IndexRange {
    /// The values of the leading columns.
    pub equal: Vec<Expr>,
    /// The place in `equal` of an array any of whose elements will do, and the elements' type.
    pub any: Option<(usize, Oid)>,
    /// The lower end of the next column, in key order.
    pub lower: Option<IndexBound>,
    /// The upper end of the next column, in key order.
    pub upper: Option<IndexBound>,
    /// The condition shown by EXPLAIN.
    pub condition: Option<Expr>,
}

/// Rows to lock.
#[derive(Debug, Clone)]
pub struct LockTarget {
    /// The table.
    pub table: Arc<Table>,
    /// The slot of the address; the version follows.
    pub address: usize,
    /// How strongly.
    pub strength: LockStrength,
    /// What if it must wait.
    pub wait: LockWait,
    /// Where each of the table's columns is in the input, to be read again.
    pub columns: Vec<(i16, usize)>,
}

/// What a node does.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// One row without columns.
    One,
    /// No rows.
    Nothing,
    /// Rows of expressions.
    Values(Vec<Vec<Expr>>),
    /// All rows of a table that pass.
    SeqScan {
        /// The table and columns.
        scan: TableScan,
        /// Over the scan's columns.
        filter: Option<Expr>,
    },
    /// The rows of a table that an index range holds and that pass.
    IndexScan {
        /// The table and columns.
        scan: TableScan,
        /// The index.
        index: Arc<Index>,
        /// The range; its values see `Outer` only.
        range: IndexRange,
        /// In descending order.
        backward: bool,
        /// Over the scan's columns.
        filter: Option<Expr>,
    },
    /// The rows of a system relation.
    SystemScan {
        /// Its OID.
        relation: Oid,
        /// Its columns by number from 1.
        columns: Vec<i16>,
        /// Equalities that its look-up keys can use: column number and value, which sees `Outer` only.
        keys: Vec<(i16, Expr)>,
        /// Over the scan's columns.
        filter: Option<Expr>,
    },
    /// A sequence's one row.
    SequenceScan {
        /// Its OID.
        sequence: Oid,
    },
    /// Functions side by side.
    FunctionScan {
        /// The calls and how many columns each gives.
        functions: Vec<(Expr, Vec<FunctionColumn>)>,
        /// A row number at the end.
        ordinality: bool,
    },
    /// The rows of a common table.
    Common {
        /// Its index in the plan.
        index: usize,
    },
    /// The rows of the last round of the recursive common table around it.
    WorkTable {
        /// Which.
        index: usize,
    },
    /// A recursive common table: the first side, then the second until it gives nothing.
    RecursiveUnion {
        /// The non-recursive side.
        first: Box<Node>,
        /// The recursive side.
        again: Box<Node>,
        /// Which work table it reads.
        index: usize,
        /// UNION ALL.
        all: bool,
    },
    /// The rows that pass.
    Filter {
        /// The rows.
        input: Box<Node>,
        /// The condition.
        condition: Expr,
    },
    /// Expressions over each row.
    Project {
        /// The rows.
        input: Box<Node>,
        /// The output columns.
        exprs: Vec<Expr>,
    },
    /// As `Project`, with set-returning calls at the top of expressions: a row for each of their rows.
    ProjectSet {
        /// The rows.
        input: Box<Node>,
        /// The output columns.
        exprs: Vec<Expr>,
    },
    /// For each left row the right rows, whose `Outer` values are `parameters` of the left row.
    NestedLoop {
        /// Which rows.
        join: JoinType,
        /// The left side.
        left: Box<Node>,
        /// The right side.
        right: Box<Node>,
        /// Which `Outer` gets which value of the left row; none where the right side needs nothing of it and is kept.
        parameters: Vec<(u32, Expr)>,
        /// Over the columns of both.
        condition: Option<Expr>,
    },
    /// Rows of both sides with equal keys.
    HashJoin {
        /// Which rows.
        join: JoinType,
        /// The side that is streamed.
        left: Box<Node>,
        /// The side that is hashed.
        right: Box<Node>,
        /// Over the left columns.
        left_keys: Vec<Expr>,
        /// Over the right columns.
        right_keys: Vec<Expr>,
        /// The rest of the condition, over the columns of both.
        condition: Option<Expr>,
    },
    /// Groups: the keys, then the aggregates.
    Aggregate {
        /// The rows.
        input: Box<Node>,
        /// The keys; none makes one group of all, which is there without a row too.
        keys: Vec<Expr>,
        /// The aggregates over the input's columns.
        aggregates: Vec<(AggregateCall, Oid)>,
    },
    /// The rows, which come in order of the window's keys, with the window functions' values beside.
    Window {
        /// The rows.
        input: Box<Node>,
        /// PARTITION BY.
        partition: Vec<Expr>,
        /// ORDER BY.
        order: Vec<Sort>,
        /// The frame; its offsets see `Outer` only.
        frame: WindowFrame,
        /// The calls over the input's columns, and their types.
        calls: Vec<(WindowCall, Oid)>,
    },
    /// All rows in order.
    Sort {
        /// The rows.
        input: Box<Node>,
        /// The keys.
        keys: Vec<Sort>,
        /// Only so many are wanted, where that is known.
        limit: Option<usize>,
    },
    /// Some rows.
    Limit {
        /// The rows.
        input: Box<Node>,
        /// At most so many; sees `Outer` only.
        limit: Option<Expr>,
        /// After so many.
        offset: Option<Expr>,
        /// And those equal to the last by these keys.
        ties: Option<Vec<Sort>>,
    },
    /// Each row once, by the types of its columns.
    Distinct {
        /// The rows.
        input: Box<Node>,
        /// The columns that count, with their types and collations; the first row of each combination stays.
        keys: Vec<Expr>,
    },
    /// All rows of each input.
    Append(Vec<Node>),
    /// INTERSECT and EXCEPT.
    SetOperation {
        /// Which.
        operator: SetOperator,
        /// ALL.
        all: bool,
        /// The left side.
        left: Box<Node>,
        /// The right side.
        right: Box<Node>,
        /// The columns as slots, with types and collations.
        keys: Vec<Expr>,
    },
    /// Rows, locked.
    LockRows {
        /// The rows.
        input: Box<Node>,
        /// What to lock.
        targets: Vec<LockTarget>,
        /// What a row that changed meanwhile must still fulfil.
        recheck: Option<Expr>,
    },
    /// A change of a table.
    Modify(Box<ModifyPlan>),
}

/// The table that is changed, with all that keeps it right.
#[derive(Debug, Clone)]
pub struct ModifyTable {
    /// The table.
    pub table: Arc<Table>,
    /// Its indexes, with what their columns and predicates are over the table's columns as slots.
    pub indexes: Vec<IndexPlan>,
    /// Its checks, over the table's columns as slots.
    pub checks: Vec<(String, Expr)>,
    /// Stored generated columns: number and expression over the table's columns as slots.
    pub generated: Vec<(i16, Expr)>,
    /// The enforced foreign keys that refer to it, with their tables.
    pub referenced_by: Vec<(Oid, ForeignKey)>,
    /// Its triggers in the order of their names.
    pub triggers: Vec<TriggerPlan>,
}

/// A trigger of a table that is changed.
#[derive(Debug, Clone)]
pub struct TriggerPlan {
    /// The trigger.
    pub trigger: Arc<Trigger>,
    /// WHEN, over the old row's columns as slots, then the new row's.
    pub condition: Option<Expr>,
}

/// An index of a table that is changed.
#[derive(Debug, Clone)]
pub struct IndexPlan {
    /// The index.
    pub index: Arc<Index>,
    /// Its columns over the table's columns as slots.
    pub columns: Vec<Expr>,
    /// Its predicate.
    pub predicate: Option<Expr>,
}

/// ON CONFLICT.
#[derive(Debug, Clone)]
pub struct ConflictPlan {
    /// The unique indexes meant; empty for all.
    pub indexes: Vec<Oid>,
    /// DO UPDATE: over the old row's columns as slots, then the proposed row's.
    pub update: Option<ConflictUpdate>,
}

/// DO UPDATE.
#[derive(Debug, Clone)]
pub struct ConflictUpdate {
    /// Column numbers and values.
    pub assignments: Vec<(i16, Expr)>,
    /// WHERE.
    pub filter: Option<Expr>,
}

/// What is done with each input row.
#[derive(Debug, Clone)]
pub enum ModifyAction {
    /// The input's columns are the new row's.
    Insert(Option<ConflictPlan>),
    /// Column numbers and values over the input's columns.
    Update(Vec<(i16, Expr)>),
    /// The row goes.
    Delete,
}

/// A change of a table.
#[derive(Debug, Clone)]
pub struct ModifyPlan {
    /// What gives the rows.
    pub input: Node,
    /// The table.
    pub target: ModifyTable,
    /// What is done.
    pub action: ModifyAction,
    /// UPDATE and DELETE: the slot of the address; the version follows.
    pub address: usize,
    /// UPDATE and DELETE: where the table's columns are in the input.
    pub columns: Vec<(i16, usize)>,
    /// UPDATE and DELETE: what a row that changed meanwhile must still fulfil.
    pub recheck: Option<Expr>,
    /// RETURNING, over the table's columns (all, by number) as slots, then the input's columns.
    pub returning: Option<Vec<Expr>>,
}

impl Node {
    /// A node whose cost is not its own matter.
    pub fn new(kind: NodeKind, columns: Vec<Kind>, rows: f64, cost: (f64, f64)) -> Self {
        Self { kind, columns, rows: rows.max(1.0), cost }
    }
}
