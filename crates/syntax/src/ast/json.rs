//! SQL/JSON: constructors, query functions, JSON_TABLE.

use super::{Alias, Expr, Location, Name, Over, SortBy, TypeName};

/// `FORMAT JSON [ENCODING ...]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFormat {
    /// Not written.
    Default,
    /// FORMAT JSON.
    Json,
    Utf8,
    Utf16,
    Utf32,
}

/// A value with its format.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonValue {
    pub value: Expr,
    pub format: JsonFormat,
}

/// `RETURNING type [FORMAT JSON]`.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonReturning {
    pub type_name: TypeName,
    pub format: JsonFormat,
}

/// `key: value` or `key VALUE value`.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPair {
    pub key: Expr,
    pub value: JsonValue,
}

/// `value AS name` of PASSING.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonArgument {
    pub value: JsonValue,
    pub name: Name,
}

/// What ON EMPTY and ON ERROR give.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonBehavior {
    Error,
    Null,
    True,
    False,
    Unknown,
    /// EMPTY alone means EMPTY ARRAY.
    EmptyArray,
    EmptyObject,
    Default(Expr),
}

/// WRAPPER of JSON_QUERY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonWrapper {
    /// Not written.
    Unspecified,
    Without,
    Conditional,
    Unconditional,
}

/// Which of the query functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonQueryKind {
    Exists,
    Query,
    Value,
}

/// `JSON_EXISTS | JSON_QUERY | JSON_VALUE (value, path ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonQuery {
    pub kind: JsonQueryKind,
    pub value: JsonValue,
    pub path: Expr,
    pub passing: Vec<JsonArgument>,
    pub returning: Option<JsonReturning>,
    pub wrapper: JsonWrapper,
    /// `Some(false)` for OMIT QUOTES.
    pub keep_quotes: Option<bool>,
    pub on_empty: Option<JsonBehavior>,
    pub on_error: Option<JsonBehavior>,
}

/// FILTER and OVER of JSON_OBJECTAGG and JSON_ARRAYAGG.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonAggregate {
    pub returning: Option<JsonReturning>,
    /// NULL ON NULL is `false`.
    pub absent_on_null: bool,
    pub filter: Option<Expr>,
    pub over: Option<Over>,
}

/// A SQL/JSON function with a syntax of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonExpr {
    /// `JSON_OBJECT([pairs] [NULL | ABSENT ON NULL] [WITH UNIQUE KEYS] [RETURNING type])`.
    Object {
        pairs: Vec<JsonPair>,
        absent_on_null: bool,
        unique_keys: bool,
        returning: Option<JsonReturning>,
    },
    /// `JSON_ARRAY(values [NULL | ABSENT ON NULL] [RETURNING type])`.
    Array {
        values: Vec<JsonValue>,
        absent_on_null: bool,
        returning: Option<JsonReturning>,
    },
    /// `JSON_ARRAY(query [FORMAT JSON] [RETURNING type])`.
    ArrayQuery {
        query: Box<super::Select>,
        format: JsonFormat,
        returning: Option<JsonReturning>,
    },
    /// `JSON(value [WITH UNIQUE KEYS])`.
    Parse {
        value: JsonValue,
        unique_keys: bool,
    },
    /// `JSON_SCALAR(value)`.
    Scalar(Expr),
    /// `JSON_SERIALIZE(value [RETURNING type])`.
    Serialize {
        value: JsonValue,
        returning: Option<JsonReturning>,
    },
    Query(JsonQuery),
    /// `JSON_OBJECTAGG(pair ...)`.
    ObjectAggregate {
        pair: JsonPair,
        unique_keys: bool,
        aggregate: JsonAggregate,
    },
    /// `JSON_ARRAYAGG(value [ORDER BY ...] ...)`.
    ArrayAggregate {
        value: JsonValue,
        order_by: Vec<SortBy>,
        aggregate: JsonAggregate,
    },
}

/// `JSON_TABLE(value, path [AS name] [PASSING ...] COLUMNS (...) [behavior ON ERROR])` in FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTable {
    pub lateral: bool,
    pub value: JsonValue,
    pub path: Box<str>,
    pub path_location: Location,
    pub path_name: Option<Name>,
    pub passing: Vec<JsonArgument>,
    pub columns: Vec<JsonTableColumn>,
    pub on_error: Option<JsonBehavior>,
    pub alias: Option<Alias>,
    pub location: Location,
}

/// One column of JSON_TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTableColumn {
    /// Empty for NESTED.
    pub name: Name,
    pub kind: JsonColumnKind,
    pub location: Location,
}

/// What a column of JSON_TABLE is.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonColumnKind {
    /// FOR ORDINALITY.
    Ordinality,
    /// `name type [FORMAT JSON] [PATH ...] ...`.
    Regular(Box<JsonRegularColumn>),
    /// `name type EXISTS [PATH ...] [behavior ON ERROR]`.
    Exists { type_name: TypeName, path: Option<Box<str>>, on_error: Option<JsonBehavior> },
    /// `NESTED [PATH] path [AS name] COLUMNS (...)`.
    Nested { path: Box<str>, path_name: Option<Name>, columns: Vec<JsonTableColumn> },
}

/// A column of JSON_TABLE with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonRegularColumn {
    pub type_name: TypeName,
    pub format: JsonFormat,
    pub path: Option<Box<str>>,
    pub wrapper: JsonWrapper,
    pub keep_quotes: Option<bool>,
    pub on_empty: Option<JsonBehavior>,
    pub on_error: Option<JsonBehavior>,
}
