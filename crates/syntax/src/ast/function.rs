//! CREATE FUNCTION and PROCEDURE, and how functions are named.

use super::{Expr, Location, Name, ObjectName, SetVariable, Statement, TypeName};

/// The mode of a function's parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterMode {
    /// None was written: IN.
    Default,
    In,
    Out,
    InOut,
    Variadic,
    /// A column of RETURNS TABLE.
    Table,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionParameter {
    pub mode: ParameterMode,
    pub name: Option<Name>,
    pub type_name: TypeName,
    pub default: Option<Expr>,
    pub location: Location,
}

/// A function named with or without its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSignature {
    pub name: ObjectName,
    /// None where no parentheses were written.
    pub parameters: Option<Vec<FunctionParameter>>,
    /// `aggregate(*)`.
    pub star: bool,
    /// An ordered-set aggregate: how many of the parameters are direct.
    pub direct_count: Option<usize>,
}

/// IMMUTABLE, STABLE or VOLATILE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// One clause after the parameters of CREATE and ALTER FUNCTION.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionOption {
    pub kind: FunctionOptionKind,
    pub location: Location,
}

/// What a function option says.
#[derive(Debug, Clone, PartialEq)]
pub enum FunctionOptionKind {
    /// The body, and the link symbol of a C function.
    As(Box<str>, Option<Box<str>>),
    Language(Name),
    /// The types of TRANSFORM FOR TYPE.
    Transform(Vec<TypeName>),
    Window,
    /// `true` for STRICT.
    Strict(bool),
    Volatility(Volatility),
    Leakproof(bool),
    SecurityDefiner(bool),
    /// As written.
    Cost(Box<str>),
    /// As written.
    Rows(Box<str>),
    Support(ObjectName),
    Set(Box<SetVariable>),
    Parallel(Name),
}

/// A body in SQL: RETURN or BEGIN ATOMIC.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlBody {
    Return(Expr),
    Atomic(Vec<Statement>),
}

/// What a function returns.
#[derive(Debug, Clone, PartialEq)]
pub enum FunctionReturn {
    /// Nothing written: by the OUT parameters, or a procedure.
    None,
    Type(TypeName),
    /// RETURNS TABLE: the columns are parameters of mode `Table`.
    Table,
}

/// `CREATE [OR REPLACE] FUNCTION | PROCEDURE ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    pub procedure: bool,
    pub or_replace: bool,
    pub name: ObjectName,
    pub parameters: Vec<FunctionParameter>,
    pub returns: FunctionReturn,
    pub options: Vec<FunctionOption>,
    pub sql_body: Option<SqlBody>,
}

/// `ALTER FUNCTION | PROCEDURE | ROUTINE signature options`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterFunction {
    pub kind: super::ObjectKind,
    pub signature: FunctionSignature,
    pub options: Vec<FunctionOption>,
}
