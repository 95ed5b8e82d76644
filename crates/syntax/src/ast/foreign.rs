//! Foreign data: wrappers, servers, user mappings, foreign tables.

use super::{CreateTable, DefinitionOption, FromTable, Name, ObjectName, RoleSpec};

/// What ALTER does with one option of `OPTIONS (...)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionAction {
    /// No word was written: ADD.
    Default,
    Add,
    Set,
    Drop,
}

/// One item of ALTER's `OPTIONS (SET name 'value', DROP name ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionChange {
    pub action: OptionAction,
    pub name: Name,
    /// None for DROP.
    pub value: Option<Box<str>>,
}

/// `HANDLER f`, `NO HANDLER`, `VALIDATOR f`, `NO VALIDATOR`.
#[derive(Debug, Clone, PartialEq)]
pub enum WrapperFunction {
    /// None for NO HANDLER.
    Handler(Option<ObjectName>),
    /// None for NO VALIDATOR.
    Validator(Option<ObjectName>),
}

/// `CREATE FOREIGN DATA WRAPPER name [HANDLER ...] [VALIDATOR ...] [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateForeignDataWrapper {
    pub name: Name,
    pub functions: Vec<WrapperFunction>,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER FOREIGN DATA WRAPPER name [HANDLER ...] [VALIDATOR ...] [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterForeignDataWrapper {
    pub name: Name,
    pub functions: Vec<WrapperFunction>,
    pub options: Vec<OptionChange>,
}

/// `CREATE SERVER [IF NOT EXISTS] name [TYPE ...] [VERSION ...] FOREIGN DATA WRAPPER wrapper [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateForeignServer {
    pub name: Name,
    pub if_not_exists: bool,
    pub kind: Option<Box<str>>,
    /// None where not written or NULL.
    pub version: Option<Box<str>>,
    pub wrapper: Name,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER SERVER name [VERSION ...] [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterForeignServer {
    pub name: Name,
    /// `Some(None)` for VERSION NULL.
    pub version: Option<Option<Box<str>>>,
    pub options: Vec<OptionChange>,
}

/// `CREATE FOREIGN TABLE ... SERVER server [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateForeignTable {
    pub table: CreateTable,
    pub server: Name,
    pub options: Vec<DefinitionOption>,
}

/// `CREATE USER MAPPING [IF NOT EXISTS] FOR user SERVER server [OPTIONS (...)]`; USER is `CurrentUser`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateUserMapping {
    pub user: RoleSpec,
    pub server: Name,
    pub if_not_exists: bool,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER USER MAPPING FOR user SERVER server OPTIONS (...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterUserMapping {
    pub user: RoleSpec,
    pub server: Name,
    pub options: Vec<OptionChange>,
}

/// `DROP USER MAPPING [IF EXISTS] FOR user SERVER server`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropUserMapping {
    pub user: RoleSpec,
    pub server: Name,
    pub if_exists: bool,
}

/// Which tables IMPORT FOREIGN SCHEMA takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportQualification {
    All,
    LimitTo(Vec<FromTable>),
    Except(Vec<FromTable>),
}

/// `IMPORT FOREIGN SCHEMA remote [LIMIT TO | EXCEPT (...)] FROM SERVER server INTO local [OPTIONS (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportForeignSchema {
    pub remote_schema: Name,
    pub qualification: ImportQualification,
    pub server: Name,
    pub local_schema: Name,
    pub options: Vec<DefinitionOption>,
}
