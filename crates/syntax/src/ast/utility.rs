//! Transactions, settings, prepared statements, cursors, COPY, EXPLAIN, maintenance.

use error::{Error, SqlState};

use super::{
    DefinitionOption, Expr, FromTable, FunctionCall, Location, Name, RelationName, Statement,
    TypeName,
};

/// Isolation levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

/// One mode of BEGIN and SET TRANSACTION.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionMode {
    Isolation(IsolationLevel),
    ReadOnly(bool),
    Deferrable(bool),
}

/// A transaction control statement.
#[derive(Debug, Clone, PartialEq)]
pub enum TransactionStatement {
    Begin(Vec<TransactionMode>),
    Start(Vec<TransactionMode>),
    Commit { chain: bool },
    Rollback { chain: bool },
    Savepoint(Name, Location),
    Release(Name, Location),
    RollbackTo(Name, Location),
    Prepare(Box<str>),
    CommitPrepared(Box<str>),
    RollbackPrepared(Box<str>),
}

/// `SET CONSTRAINTS ALL | names DEFERRED | IMMEDIATE`.
#[derive(Debug, Clone, PartialEq)]
pub struct SetConstraints {
    /// Empty for ALL.
    pub constraints: Vec<RelationName>,
    pub deferred: bool,
}

/// PostgreSQL's table lock modes, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

/// `LOCK TABLE ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct LockTable {
    pub tables: Vec<FromTable>,
    pub mode: LockMode,
    pub no_wait: bool,
}

/// SET, SET LOCAL and RESET in all their forms.
#[derive(Debug, Clone, PartialEq)]
pub struct SetVariable {
    /// SET LOCAL.
    pub local: bool,
    pub action: SetAction,
}

/// What SET or RESET does. Names of settings are as written, dots included; special forms have
/// been turned into the setting that they mean (TIME ZONE: `timezone`, NAMES: `client_encoding`, ROLE: `role`,
/// SESSION AUTHORIZATION: `session_authorization`, SCHEMA: `search_path`, XML OPTION: `xmloption`).
#[derive(Debug, Clone, PartialEq)]
pub enum SetAction {
    Value {
        name: Name,
        values: Vec<SetValue>,
        location: Location,
    },
    Default(Name),
    /// SET name FROM CURRENT, in CREATE FUNCTION and ALTER ROLE.
    FromCurrent(Name),
    /// RESET name.
    Reset(Name),
    /// RESET ALL.
    ResetAll,
    /// SET TRANSACTION.
    Transaction(Vec<TransactionMode>),
    /// SET SESSION CHARACTERISTICS AS TRANSACTION.
    SessionCharacteristics(Vec<TransactionMode>),
    /// SET TRANSACTION SNAPSHOT.
    Snapshot(Box<str>),
}

/// One value of SET.
#[derive(Debug, Clone, PartialEq)]
pub enum SetValue {
    Integer(i32),
    /// Another number, as written.
    Float(Box<str>),
    /// A word or a quoted string.
    String(Box<str>),
    /// SET TIME ZONE INTERVAL '...': the type with its modifiers, and the text.
    Interval(Box<TypeName>, Box<str>),
}

/// SHOW.
#[derive(Debug, Clone, PartialEq)]
pub enum ShowVariable {
    /// As written; special forms are turned as in [`SetAction`].
    Name(Name),
    All,
}

/// DISCARD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscardTarget {
    All,
    Plans,
    Sequences,
    Temporary,
}

/// `PREPARE name [(types)] AS statement`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepare {
    pub name: Name,
    pub types: Vec<TypeName>,
    pub statement: Statement,
}

/// `EXECUTE name [(params)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Execute {
    pub name: Name,
    pub params: Vec<Expr>,
}

/// `DECLARE name ... CURSOR ... FOR query`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclareCursor {
    pub name: Name,
    pub binary: bool,
    /// `Some(false)` for ASENSITIVE.
    pub insensitive: Option<bool>,
    /// `Some(false)` for NO SCROLL.
    pub scroll: Option<bool>,
    pub hold: bool,
    /// Always a `Select`.
    pub query: Statement,
}

/// Where FETCH and MOVE go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchDirection {
    /// The count; `i64::MAX` for ALL.
    Forward(i64),
    /// The count; `i64::MAX` for ALL.
    Backward(i64),
    Absolute(i64),
    Relative(i64),
}

/// `FETCH | MOVE direction cursor`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// MOVE.
    pub is_move: bool,
    pub direction: FetchDirection,
    pub cursor: Name,
    pub location: Location,
}

/// COPY. Options of the old syntax come as their new ones.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyStatement {
    pub source: CopySource,
    /// `true` for COPY FROM.
    pub is_from: bool,
    pub endpoint: CopyEndpoint,
    pub options: Vec<DefinitionOption>,
    pub where_clause: Option<Expr>,
}

/// What is copied.
#[derive(Debug, Clone, PartialEq)]
pub enum CopySource {
    Table {
        relation: RelationName,
        columns: Vec<(Name, Location)>,
    },
    /// Select, Insert, Update, Delete or Merge.
    Query(Box<Statement>),
}

/// Where COPY reads or writes.
#[derive(Debug, Clone, PartialEq)]
pub enum CopyEndpoint {
    /// STDIN or STDOUT.
    Client,
    File(Box<str>),
    Program(Box<str>),
}

/// `EXPLAIN [options] statement`; ANALYZE and VERBOSE without parentheses are options too.
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    pub options: Vec<DefinitionOption>,
    pub statement: Statement,
}

/// VACUUM and ANALYZE; the old words come as options.
#[derive(Debug, Clone, PartialEq)]
pub struct Vacuum {
    /// `false` for ANALYZE.
    pub vacuum: bool,
    pub options: Vec<DefinitionOption>,
    /// Empty for all.
    pub relations: Vec<VacuumRelation>,
}

/// A relation of VACUUM and ANALYZE.
#[derive(Debug, Clone, PartialEq)]
pub struct VacuumRelation {
    pub relation: RelationName,
    pub only: bool,
    pub columns: Vec<Name>,
}

/// What REINDEX rebuilds.
#[derive(Debug, Clone, PartialEq)]
pub enum ReindexTarget {
    Index(RelationName),
    Table(RelationName),
    Schema(Name),
    /// None for the current one.
    System(Option<Name>),
    /// None for the current one.
    Database(Option<Name>),
}

/// `REINDEX ...`; CONCURRENTLY is an option.
#[derive(Debug, Clone, PartialEq)]
pub struct Reindex {
    pub options: Vec<DefinitionOption>,
    pub target: ReindexTarget,
}

/// `CLUSTER ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    pub options: Vec<DefinitionOption>,
    /// None for all.
    pub relation: Option<RelationName>,
    pub index: Option<Name>,
}

/// `NOTIFY channel [, payload]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Notify {
    pub channel: Name,
    pub payload: Option<Box<str>>,
}

/// `DO [LANGUAGE name] code`.
#[derive(Debug, Clone, PartialEq)]
pub struct Do {
    /// One at least, in any order and number.
    pub options: Vec<(DoOption, Location)>,
}

/// What DO is written with.
#[derive(Debug, Clone, PartialEq)]
pub enum DoOption {
    Code(Box<str>),
    /// `LANGUAGE name`; plpgsql where it is not written.
    Language(Name),
}

impl Do {
    /// The code and its language; `sql` is the statement's text. 42601 where either is written twice, or no code.
    pub fn code(&self, sql: &str) -> error::Result<(&str, Option<&str>)> {
        let (mut code, mut language) = (None, None);
        for (option, location) in &self.options {
            let before = match option {
                DoOption::Code(text) => code.replace(&**text),
                DoOption::Language(name) => language.replace(&**name),
            };
            if before.is_some() {
                let error = Error::new(SqlState::SYNTAX_ERROR, "conflicting or redundant options");
                return Err(error.at(crate::position(sql, *location)));
            }
        }
        let missing = || Error::new(SqlState::SYNTAX_ERROR, "no inline code specified");
        Ok((code.ok_or_else(missing)?, language))
    }
}

/// `CALL name(args)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub call: FunctionCall,
    pub location: Location,
}
