//! SQL/XML: functions and XMLTABLE.

use super::{Alias, Expr, Location, Name, TypeName};

/// An expression with an optional name: `value [AS name]`.
#[derive(Debug, Clone, PartialEq)]
pub struct XmlNamed {
    pub value: Expr,
    pub name: Option<Name>,
    pub location: Location,
}

/// STANDALONE of XMLROOT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XmlStandalone {
    /// Nothing was written.
    Omitted,
    Yes,
    No,
    NoValue,
}

/// A SQL/XML function.
#[derive(Debug, Clone, PartialEq)]
pub enum XmlExpr {
    /// `XMLCONCAT(values)`.
    Concat(Vec<Expr>),
    /// `XMLELEMENT(NAME name [, XMLATTRIBUTES(...)] [, content ...])`.
    Element { name: Name, attributes: Vec<XmlNamed>, content: Vec<Expr> },
    /// `XMLEXISTS(path PASSING document)`.
    Exists { path: Expr, document: Expr },
    /// `XMLFOREST(values)`.
    Forest(Vec<XmlNamed>),
    /// `XMLPARSE(DOCUMENT | CONTENT value [PRESERVE | STRIP WHITESPACE])`.
    Parse { document: bool, value: Expr, preserve_whitespace: bool },
    /// `XMLPI(NAME name [, value])`.
    ProcessingInstruction { name: Name, value: Option<Expr> },
    /// `XMLROOT(value, VERSION version [, STANDALONE ...])`; no version for NO VALUE.
    Root { value: Expr, version: Option<Expr>, standalone: XmlStandalone },
    /// `XMLSERIALIZE(DOCUMENT | CONTENT value AS type [INDENT])`.
    Serialize { document: bool, value: Expr, type_name: TypeName, indent: bool },
    /// `value IS [NOT] DOCUMENT`.
    IsDocument { value: Expr, negated: bool },
}

/// `XMLTABLE([XMLNAMESPACES(...),] row PASSING document COLUMNS ...)` in FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct XmlTable {
    pub lateral: bool,
    /// DEFAULT has no name.
    pub namespaces: Vec<XmlNamed>,
    pub row: Expr,
    pub document: Expr,
    pub columns: Vec<XmlColumn>,
    pub alias: Option<Alias>,
    pub location: Location,
}

/// One column of XMLTABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct XmlColumn {
    pub name: Name,
    /// None for FOR ORDINALITY.
    pub type_name: Option<TypeName>,
    pub path: Option<Expr>,
    pub default: Option<Expr>,
    pub not_null: bool,
    pub location: Location,
}
