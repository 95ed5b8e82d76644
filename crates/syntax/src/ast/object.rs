//! Schemas, sequences, views, types, domains, extensions, and what applies to objects of any kind.

use super::{
    Constraint, DefinitionOption, DropBehavior, Expr, FunctionColumn, FunctionSignature, Location,
    Name, ObjectName, OperatorName, Persistence, RefusedAttribute, RelationName, RoleSpec, Select,
    Statement, TypeName,
};

/// Every kind of object that DROP, ALTER, COMMENT and GRANT know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Column,
    Conversion,
    Database,
    Domain,
    DomainConstraint,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignServer,
    ForeignTable,
    Function,
    Index,
    Language,
    LargeObject,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    Parameter,
    Policy,
    Procedure,
    Publication,
    Role,
    Routine,
    Rule,
    Schema,
    Sequence,
    Statistics,
    Subscription,
    Table,
    TableConstraint,
    Tablespace,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    Transform,
    Trigger,
    Type,
    TypeAttribute,
    View,
}

/// How an object is named in DROP, COMMENT, ALTER ...
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectReference {
    /// Relations, schemas, roles, databases, extensions, collations, columns (`table.column`) ...
    Name(ObjectName),
    /// Types and domains.
    Type(TypeName),
    /// Functions, procedures, routines, aggregates.
    Function(FunctionSignature),
    /// An operator with its operands' types; none for NONE.
    Operator {
        name: OperatorName,
        left: Option<TypeName>,
        right: Option<TypeName>,
        location: Location,
    },
    /// Triggers, rules, policies, constraints of a relation.
    OnRelation {
        name: Name,
        relation: ObjectName,
    },
    /// A constraint of a domain.
    OnDomain {
        name: Name,
        domain: TypeName,
    },
    Cast {
        source: TypeName,
        target: TypeName,
    },
    /// Operator classes and families.
    UsingMethod {
        name: ObjectName,
        method: Name,
    },
    Transform {
        type_name: TypeName,
        language: Name,
    },
    /// A number, as written.
    LargeObject(Box<str>),
}

/// `DROP kind [IF EXISTS] objects [CASCADE | RESTRICT]`; roles and databases have their own nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct DropObjects {
    pub kind: ObjectKind,
    pub if_exists: bool,
    /// DROP INDEX CONCURRENTLY.
    pub concurrently: bool,
    pub objects: Vec<ObjectReference>,
    pub behavior: DropBehavior,
}

/// `ALTER kind ... RENAME [sub-object] TO new_name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    /// What is renamed: Column, TableConstraint, TypeAttribute ... for parts.
    pub kind: ObjectKind,
    /// For parts: the kind of the whole, as written after ALTER.
    pub of: ObjectKind,
    pub if_exists: bool,
    /// ONLY was written.
    pub only: bool,
    /// The object, or the whole that the part belongs to.
    pub object: ObjectReference,
    /// The part's old name.
    pub part: Option<Name>,
    pub new_name: Name,
    pub behavior: DropBehavior,
}

/// `ALTER kind ... OWNER TO role`; for relations it is an action of ALTER TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterOwner {
    pub kind: ObjectKind,
    pub object: ObjectReference,
    pub owner: RoleSpec,
}

/// `ALTER kind ... SET SCHEMA schema`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterObjectSchema {
    pub kind: ObjectKind,
    pub if_exists: bool,
    pub object: ObjectReference,
    pub schema: Name,
}

/// `COMMENT ON kind object IS text`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub kind: ObjectKind,
    pub object: ObjectReference,
    /// None for NULL.
    pub text: Option<Box<str>>,
}

/// `CREATE SCHEMA ...`, with the statements that stand inside it.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSchema {
    /// None: named as the role of AUTHORIZATION.
    pub name: Option<Name>,
    pub authorization: Option<RoleSpec>,
    pub if_not_exists: bool,
    pub elements: Vec<Statement>,
}

/// One option of CREATE and ALTER SEQUENCE, and of an identity column. Numbers are as written, signs included.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceOption {
    pub kind: SequenceOptionKind,
    pub location: Location,
}

/// What a sequence option says.
#[derive(Debug, Clone, PartialEq)]
pub enum SequenceOptionKind {
    As(TypeName),
    Cache(Box<str>),
    Cycle(bool),
    Increment(Box<str>),
    /// None for NO MAXVALUE.
    MaxValue(Option<Box<str>>),
    /// None for NO MINVALUE.
    MinValue(Option<Box<str>>),
    /// None for NONE.
    OwnedBy(Option<ObjectName>),
    /// SEQUENCE NAME, in identity columns.
    SequenceName(ObjectName),
    Start(Box<str>),
    /// None without a value.
    Restart(Option<Box<str>>),
    Logged(bool),
}

/// `CREATE SEQUENCE ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSequence {
    pub relation: RelationName,
    pub persistence: Persistence,
    pub if_not_exists: bool,
    pub options: Vec<SequenceOption>,
}

/// `ALTER SEQUENCE ...` with sequence options.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterSequence {
    pub relation: RelationName,
    pub if_exists: bool,
    pub options: Vec<SequenceOption>,
}

/// WITH CHECK OPTION of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOption {
    None,
    Local,
    Cascaded,
}

/// `CREATE [OR REPLACE] [TEMP] [RECURSIVE] VIEW ...`; RECURSIVE is already turned into WITH RECURSIVE.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    pub or_replace: bool,
    pub persistence: Persistence,
    pub relation: RelationName,
    pub columns: Vec<Name>,
    pub options: Vec<DefinitionOption>,
    pub query: Select,
    pub check_option: CheckOption,
}

/// `REFRESH MATERIALIZED VIEW ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshMaterializedView {
    pub relation: RelationName,
    pub concurrently: bool,
    pub with_data: bool,
}

/// `CREATE EXTENSION ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateExtension {
    pub name: Name,
    pub if_not_exists: bool,
    pub schema: Option<Name>,
    pub version: Option<Box<str>>,
    pub cascade: bool,
}

/// `CREATE TYPE ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateType {
    pub name: ObjectName,
    pub definition: TypeDefinition,
}

/// What a new type is.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeDefinition {
    Shell,
    Base(Vec<DefinitionOption>),
    Enum(Vec<Box<str>>),
    Composite(Vec<FunctionColumn>),
    Range(Vec<DefinitionOption>),
}

/// `ALTER TYPE ... ADD VALUE` and `RENAME VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterEnum {
    pub name: ObjectName,
    pub change: EnumChange,
}

/// A change of an enum's labels.
#[derive(Debug, Clone, PartialEq)]
pub enum EnumChange {
    Add { value: Box<str>, if_not_exists: bool, position: EnumPosition },
    Rename { old: Box<str>, new: Box<str> },
}

/// Where a new label goes.
#[derive(Debug, Clone, PartialEq)]
pub enum EnumPosition {
    Last,
    Before(Box<str>),
    After(Box<str>),
}

/// `CREATE DOMAIN ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDomain {
    pub name: ObjectName,
    pub type_name: TypeName,
    pub collation: Option<ObjectName>,
    pub constraints: Vec<Constraint>,
    /// Attributes of constraints, which a domain never has.
    pub refused: Vec<RefusedAttribute>,
}

/// `ALTER DOMAIN ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDomain {
    pub name: ObjectName,
    pub action: AlterDomainAction,
}

/// One change of a domain.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterDomainAction {
    SetDefault(Option<Expr>),
    SetNotNull,
    DropNotNull,
    AddConstraint(Constraint),
    DropConstraint { name: Name, if_exists: bool, behavior: DropBehavior },
    ValidateConstraint(Name),
}

/// `CREATE AGGREGATE | OPERATOR | COLLATION name (definition)`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDefinition {
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub name: ObjectName,
    /// Of an aggregate.
    pub signature: Option<FunctionSignature>,
    pub definition: Vec<DefinitionOption>,
    /// CREATE COLLATION ... FROM.
    pub from: Option<ObjectName>,
}

/// How a cast is done.
#[derive(Debug, Clone, PartialEq)]
pub enum CastMethod {
    Function(FunctionSignature),
    WithoutFunction,
    InOut,
}

/// When a cast is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastContext {
    Explicit,
    Assignment,
    Implicit,
}

/// `CREATE CAST ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateCast {
    pub source: TypeName,
    pub target: TypeName,
    pub method: CastMethod,
    pub context: CastContext,
}
