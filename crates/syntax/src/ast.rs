//! The syntax tree: what a statement says, with names unresolved and the byte offsets that errors point at.
//! Its shape follows PostgreSQL's raw parse tree, so that names of nodes can be looked up there.
#![expect(missing_docs, reason = "fields and variants bear the names of the SQL clauses they hold")]

mod alter;
mod dml;
mod expression;
mod foreign;
mod function;
mod index;
mod json;
mod maintenance;
mod object;
mod operator;
mod query;
mod replication;
mod role;
mod table;
mod type_name;
mod utility;
mod xml;

pub use alter::*;
pub use dml::*;
pub use expression::*;
pub use foreign::*;
pub use function::*;
pub use index::*;
pub use json::*;
pub use maintenance::*;
pub use object::*;
pub use operator::*;
pub use query::*;
pub use replication::*;
pub use role::*;
pub use table::*;
pub use type_name::*;
pub use utility::*;
pub use xml::*;

use error::{Error, Result, SqlState};

/// An identifier: folded to lower case unless it was quoted, at most 63 bytes.
pub type Name = Box<str>;

/// A byte offset into the source text, or [`Location::NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Location(pub u32);

impl Location {
    /// The location of what was not written by the user; it sorts after every other.
    pub const NONE: Self = Self(u32::MAX);
}

/// One statement and where its text is: `sql[location..location + length]`, without the semicolon.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub location: Location,
    pub length: u32,
}

/// A name of an object that may be qualified: functions, types, operators classes, collations ...
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectName {
    /// Outermost first; never empty.
    pub names: Vec<Name>,
    pub location: Location,
}

impl ObjectName {
    /// The last name.
    pub fn name(&self) -> &str {
        self.names.last().map_or("", |name| name)
    }

    /// Schema and name. 0A000 for a database's name before them, 42601 for more names than three.
    pub fn schema_and_name(&self) -> Result<(Option<&str>, &str)> {
        match self.names.as_slice() {
            [name] => Ok((None, name)),
            [schema, name] => Ok((Some(schema), name)),
            [_, _, _] => Err(Error::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("cross-database references are not implemented: {}", self.dotted()),
            )),
            _ => Err(Error::new(
                SqlState::SYNTAX_ERROR,
                format!("improper qualified name (too many dotted names): {}", self.dotted()),
            )),
        }
    }

    /// All names joined by dots, unquoted, as error messages show them.
    pub fn dotted(&self) -> String {
        self.names.join(".")
    }
}

/// The name of a table, index, view or sequence: `[[database.]schema.]name`.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationName {
    pub database: Option<Name>,
    pub schema: Option<Name>,
    pub name: Name,
    pub location: Location,
}

/// One option of a list such as `WITH (fillfactor = 70)`, `COPY ... (FORMAT csv)`, `EXPLAIN (ANALYZE)`.
#[derive(Debug, Clone, PartialEq)]
pub struct DefinitionOption {
    /// `toast` in `toast.fillfactor`.
    pub namespace: Option<Name>,
    pub name: Name,
    /// None where the option stands alone.
    pub value: Option<OptionValue>,
    pub location: Location,
}

/// The value of a [`DefinitionOption`].
#[derive(Debug, Clone, PartialEq)]
pub enum OptionValue {
    Integer(i32),
    /// A number that is no `i32`, as written (sign included).
    Float(Box<str>),
    String(Box<str>),
    /// A word or a type's name in `WITH (...)` and definitions: `storage = plain`. Utility statements
    /// (COPY, EXPLAIN, VACUUM, CREATE DATABASE ...) have their words as `String`, `true` and `on` too.
    TypeName(Box<TypeName>),
    Operator(OperatorName),
    Boolean(bool),
    Star,
    None,
    List(Vec<OptionValue>),
}

/// `CASCADE` or `RESTRICT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DropBehavior {
    #[default]
    Restrict,
    Cascade,
}

/// Every kind of statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    // Queries.
    Select(Box<Select>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Merge(Box<Merge>),
    // Tables.
    CreateTable(Box<CreateTable>),
    /// `CREATE [MATERIALIZED] TABLE/VIEW ... AS`; `SELECT INTO` is a `Select` with `into` set.
    CreateTableAs(Box<CreateTableAs>),
    AlterTable(Box<AlterTable>),
    MoveTablespace(Box<MoveTablespace>),
    CreateIndex(Box<CreateIndex>),
    CreateSequence(Box<CreateSequence>),
    AlterSequence(Box<AlterSequence>),
    CreateView(Box<CreateView>),
    RefreshMaterializedView(Box<RefreshMaterializedView>),
    CreateTrigger(Box<CreateTrigger>),
    CreateRule(Box<CreateRule>),
    CreatePolicy(Box<CreatePolicy>),
    AlterPolicy(Box<AlterPolicy>),
    CreateStatistics(Box<CreateStatistics>),
    AlterStatistics(Box<AlterStatistics>),
    Truncate(Box<Truncate>),
    // Other objects.
    CreateSchema(Box<CreateSchema>),
    CreateExtension(Box<CreateExtension>),
    AlterExtension(Box<AlterExtension>),
    AlterExtensionContents(Box<AlterExtensionContents>),
    CreateType(Box<CreateType>),
    AlterEnum(Box<AlterEnum>),
    AlterCompositeType(Box<AlterTable>),
    CreateDomain(Box<CreateDomain>),
    AlterDomain(Box<AlterDomain>),
    CreateFunction(Box<CreateFunction>),
    AlterFunction(Box<AlterFunction>),
    CreateAggregate(Box<CreateDefinition>),
    CreateOperator(Box<CreateDefinition>),
    CreateCollation(Box<CreateDefinition>),
    /// `ALTER COLLATION name REFRESH VERSION`.
    RefreshCollation(Box<ObjectName>),
    CreateCast(Box<CreateCast>),
    CreateTextSearch(Box<CreateTextSearch>),
    AlterTextSearchConfiguration(Box<AlterTextSearchConfiguration>),
    /// ALTER OPERATOR, ALTER TYPE and ALTER TEXT SEARCH DICTIONARY with a list of options.
    AlterDefinition(Box<AlterDefinition>),
    CreateOperatorClass(Box<CreateOperatorClass>),
    CreateOperatorFamily(Box<CreateOperatorFamily>),
    AlterOperatorFamily(Box<AlterOperatorFamily>),
    CreateAccessMethod(Box<CreateAccessMethod>),
    CreateConversion(Box<CreateConversion>),
    CreateLanguage(Box<CreateLanguage>),
    CreateTransform(Box<CreateTransform>),
    CreateEventTrigger(Box<CreateEventTrigger>),
    AlterEventTrigger(Box<AlterEventTrigger>),
    AlterObjectDepends(Box<AlterObjectDepends>),
    Drop(Box<DropObjects>),
    Rename(Box<Rename>),
    AlterOwner(Box<AlterOwner>),
    AlterObjectSchema(Box<AlterObjectSchema>),
    Comment(Box<Comment>),
    SecurityLabel(Box<SecurityLabel>),
    // Foreign data.
    CreateForeignDataWrapper(Box<CreateForeignDataWrapper>),
    AlterForeignDataWrapper(Box<AlterForeignDataWrapper>),
    CreateForeignServer(Box<CreateForeignServer>),
    AlterForeignServer(Box<AlterForeignServer>),
    CreateForeignTable(Box<CreateForeignTable>),
    CreateUserMapping(Box<CreateUserMapping>),
    AlterUserMapping(Box<AlterUserMapping>),
    DropUserMapping(Box<DropUserMapping>),
    ImportForeignSchema(Box<ImportForeignSchema>),
    // Replication.
    CreatePublication(Box<CreatePublication>),
    AlterPublication(Box<AlterPublication>),
    CreateSubscription(Box<CreateSubscription>),
    AlterSubscription(Box<AlterSubscription>),
    DropSubscription(Box<DropSubscription>),
    // Roles, databases, privileges.
    CreateRole(Box<CreateRole>),
    AlterRole(Box<AlterRole>),
    AlterRoleSet(Box<AlterRoleSet>),
    DropRole(Box<DropRole>),
    CreateDatabase(Box<CreateDatabase>),
    AlterDatabase(Box<AlterDatabase>),
    AlterDatabaseSet(Box<AlterDatabaseSet>),
    DropDatabase(Box<DropDatabase>),
    CreateTablespace(Box<CreateTablespace>),
    AlterTablespace(Box<AlterTablespace>),
    DropTablespace(Box<DropTablespace>),
    Grant(Box<Grant>),
    GrantRole(Box<GrantRole>),
    AlterDefaultPrivileges(Box<AlterDefaultPrivileges>),
    ReassignOwned(Box<ReassignOwned>),
    DropOwned(Box<DropOwned>),
    AlterSystem(Box<SetVariable>),
    // Transactions.
    Transaction(Box<TransactionStatement>),
    SetConstraints(Box<SetConstraints>),
    LockTable(Box<LockTable>),
    // Session and utility.
    Set(Box<SetVariable>),
    Show(ShowVariable),
    Discard(DiscardTarget),
    Prepare(Box<Prepare>),
    Execute(Box<Execute>),
    /// None for ALL.
    Deallocate(Option<Name>),
    DeclareCursor(Box<DeclareCursor>),
    Fetch(Box<Fetch>),
    /// None for ALL.
    ClosePortal(Option<Name>),
    Copy(Box<CopyStatement>),
    Explain(Box<Explain>),
    Vacuum(Box<Vacuum>),
    Reindex(Box<Reindex>),
    Cluster(Box<Cluster>),
    Checkpoint,
    Listen(Name),
    /// None for `*`.
    Unlisten(Option<Name>),
    Notify(Box<Notify>),
    Do(Box<Do>),
    Call(Box<Call>),
    Load(Box<str>),
    /// RETURN, in the body of a function in SQL.
    Return(Box<Expr>),
}
