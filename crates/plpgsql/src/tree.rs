//! A body as a tree.

use analyze::RowColumn;
use error::{Severity, SqlState};
use execute::BodyStatement;
use expression::{Expr, Program};
use parking_lot::Mutex;
use std::sync::Arc;
use types::Oid;

/// A body made ready: its variables and its outermost block.
pub(crate) struct Body {
    pub(crate) variables: Vec<Variable>,
    pub(crate) names: Vec<Name>,
    pub(crate) block: Block,
}

/// What a record's columns are.
pub(crate) type Shape = Arc<Vec<RowColumn>>;

/// A variable, by its index in the frame.
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) kind: VariableKind,
    pub(crate) constant: bool,
    pub(crate) not_null: bool,
    pub(crate) default: Option<Expression>,
    pub(crate) line: usize,
}

/// What a variable holds.
pub(crate) enum VariableKind {
    Scalar(Oid, i32),
    /// A value of a composite type.
    Row(Oid, Shape),
    /// RECORD: whatever is assigned to it.
    Record,
    /// A cursor, with its query and the parameters' variables where it is bound.
    Cursor(Option<Box<Cursor>>),
}

/// A bound cursor.
pub(crate) struct Cursor {
    pub(crate) query: Expression,
    pub(crate) parameters: Vec<usize>,
}

/// A name: of a variable, or the label of the block whose names come before it.
pub(crate) struct Name {
    pub(crate) text: String,
    /// None for a label.
    pub(crate) variable: Option<usize>,
    /// The next name outwards.
    pub(crate) next: Option<usize>,
}

/// A piece of SQL with what it was made into.
pub(crate) struct Expression {
    /// What the user wrote.
    pub(crate) text: String,
    /// How many characters go before it in `statement`'s text, and after it in what errors show.
    pub(crate) offset: i64,
    /// The innermost name that it sees.
    pub(crate) scope: Option<usize>,
    pub(crate) statement: BodyStatement,
    /// The type that its value is to have.
    pub(crate) want: Option<(Oid, i32)>,
    /// What errors of its own execution call it.
    pub(crate) form: Form,
    pub(crate) cache: Mutex<Option<Cache>>,
}

/// How errors name a piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Expression,
    Statement,
    /// A SELECT of which PERFORM is written.
    Perform,
}

/// What an expression was made into.
pub(crate) struct Cache {
    pub(crate) generation: u64,
    /// The records used, with what they were.
    pub(crate) shapes: Vec<(usize, Option<Shape>)>,
    /// The parameters used, from 0.
    pub(crate) used: Vec<usize>,
    /// One value without a query: the expression, and programs that are not in use.
    pub(crate) simple: Option<Simple>,
}

/// An expression that needs no query.
pub(crate) struct Simple {
    pub(crate) expr: Arc<Expr>,
    pub(crate) programs: Vec<Program>,
}

/// BEGIN ... END.
pub(crate) struct Block {
    pub(crate) label: Option<String>,
    /// The variables that it initialises.
    pub(crate) variables: Vec<usize>,
    pub(crate) body: Vec<Statement>,
    pub(crate) handlers: Option<Handlers>,
}

/// EXCEPTION.
pub(crate) struct Handlers {
    pub(crate) sqlstate: usize,
    pub(crate) sqlerrm: usize,
    pub(crate) list: Vec<Handler>,
}

/// WHEN ... THEN.
pub(crate) struct Handler {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) body: Vec<Statement>,
}

/// What a handler catches.
pub(crate) enum Condition {
    Others,
    /// A code; one that ends in 000 stands for its class.
    Code(SqlState),
}

pub(crate) struct Statement {
    pub(crate) line: usize,
    pub(crate) kind: StatementKind,
}

#[expect(clippy::large_enum_variant, reason = "they are made once a function and not moved")]
pub(crate) enum StatementKind {
    Block(Block),
    Null,
    Assign(Target, Expression),
    If(Vec<(Expression, Vec<Statement>)>, Vec<Statement>),
    Case {
        /// The variable of the value after CASE.
        operand: Option<(usize, Expression)>,
        arms: Vec<(Expression, Vec<Statement>)>,
        otherwise: Option<Vec<Statement>>,
    },
    Loop(Loop),
    While(Expression, Loop),
    ForInteger {
        variable: usize,
        lower: Expression,
        upper: Expression,
        step: Option<Expression>,
        reverse: bool,
        body: Loop,
    },
    ForQuery {
        target: Into,
        query: Expression,
        body: Loop,
    },
    ForExecute {
        target: Into,
        query: Dynamic,
        body: Loop,
    },
    ForCursor {
        record: usize,
        cursor: usize,
        arguments: Vec<Expression>,
        body: Loop,
    },
    Foreach {
        target: Into,
        slice: usize,
        array: Expression,
        body: Loop,
    },
    Exit {
        leave: bool,
        label: Option<String>,
        condition: Option<Expression>,
    },
    Return(Option<Expression>),
    ReturnNext(Option<Expression>),
    ReturnQuery(Expression),
    ReturnExecute(Dynamic),
    Raise(Box<Raise>),
    Assert(Expression, Option<Expression>),
    Sql {
        statement: Expression,
        into: Option<Into>,
    },
    Perform(Expression),
    Execute {
        query: Dynamic,
        into: Option<Into>,
    },
    Call(Box<CallStatement>),
    Diagnostics {
        stacked: bool,
        items: Vec<(Target, String)>,
    },
    Open {
        cursor: usize,
        query: OpenQuery,
    },
    Fetch {
        cursor: usize,
        into: Option<Into>,
        direction: Direction,
        moves: bool,
    },
    Close(usize),
    Transaction(&'static str),
}

/// CALL and DO.
pub(crate) struct CallStatement {
    pub(crate) statement: Expression,
    /// What the arguments of CALL are, where they are variables.
    pub(crate) targets: Vec<Option<Target>>,
}

/// How a cursor is opened.
pub(crate) enum OpenQuery {
    Bound(Vec<Expression>),
    Query(Expression),
    Execute(Dynamic),
}

/// Where FETCH goes.
#[expect(clippy::large_enum_variant, reason = "they are made once a function and not moved")]
pub(crate) enum Direction {
    Next,
    /// So many rows forward.
    Forward(Expression),
    All,
}

/// The statements of a loop.
pub(crate) struct Loop {
    pub(crate) label: Option<String>,
    pub(crate) body: Vec<Statement>,
}

/// EXECUTE with USING.
pub(crate) struct Dynamic {
    pub(crate) text: Expression,
    pub(crate) using: Vec<Expression>,
}

/// INTO.
pub(crate) struct Into {
    pub(crate) targets: Vec<Target>,
    pub(crate) strict: bool,
}

/// What is assigned to: a variable or a part of one.
pub(crate) struct Target {
    pub(crate) variable: usize,
    pub(crate) path: Vec<Step>,
    /// As it was written.
    pub(crate) text: String,
}

/// A step into a part.
#[expect(clippy::large_enum_variant, reason = "they are made once a function and not moved")]
pub(crate) enum Step {
    Field(String),
    Index(Expression),
    Slice,
}

/// RAISE.
pub(crate) struct Raise {
    pub(crate) severity: Severity,
    /// LOG rather than what `severity` says.
    pub(crate) log: bool,
    pub(crate) condition: Option<(SqlState, String)>,
    pub(crate) message: Option<String>,
    pub(crate) parameters: Vec<Expression>,
    pub(crate) options: Vec<(RaiseOption, Expression)>,
}

/// What USING sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RaiseOption {
    Errcode,
    Message,
    Detail,
    Hint,
    Column,
    Constraint,
    Datatype,
    Table,
    Schema,
}

impl StatementKind {
    /// As error contexts name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Block(_) => "statement block",
            Self::Null => "NULL",
            Self::Assign(..) => "assignment",
            Self::If(..) => "IF",
            Self::Case { .. } => "CASE",
            Self::Loop(_) => "LOOP",
            Self::While(..) => "WHILE",
            Self::ForInteger { .. } => "FOR with integer loop variable",
            Self::ForQuery { .. } => "FOR over SELECT rows",
            Self::ForExecute { .. } => "FOR over EXECUTE statement",
            Self::ForCursor { .. } => "FOR over cursor",
            Self::Foreach { .. } => "FOREACH over array",
            Self::Exit { leave: true, .. } => "EXIT",
            Self::Exit { .. } => "CONTINUE",
            Self::Return(_) => "RETURN",
            Self::ReturnNext(_) => "RETURN NEXT",
            Self::ReturnQuery(_) | Self::ReturnExecute(_) => "RETURN QUERY",
            Self::Raise(_) => "RAISE",
            Self::Assert(..) => "ASSERT",
            Self::Sql { .. } => "SQL statement",
            Self::Perform(_) => "PERFORM",
            Self::Execute { .. } => "EXECUTE",
            Self::Call(_) => "CALL",
            Self::Diagnostics { stacked: true, .. } => "GET STACKED DIAGNOSTICS",
            Self::Diagnostics { .. } => "GET DIAGNOSTICS",
            Self::Open { .. } => "OPEN",
            Self::Fetch { moves: true, .. } => "MOVE",
            Self::Fetch { .. } => "FETCH",
            Self::Close(_) => "CLOSE",
            Self::Transaction(word) => word,
        }
    }
}
