//! Publications and subscriptions.

use super::{DefinitionOption, Expr, FromTable, Location, Name};

/// What a publication publishes.
#[derive(Debug, Clone, PartialEq)]
pub enum PublicationObject {
    /// `TABLE table [(columns)] [WHERE (condition)]`.
    Table(Box<PublicationTable>),
    /// `TABLES IN SCHEMA name`.
    Schema(Name, Location),
    /// `TABLES IN SCHEMA CURRENT_SCHEMA`.
    CurrentSchema(Location),
}

/// A table of a publication.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicationTable {
    pub relation: FromTable,
    /// Empty for all.
    pub columns: Vec<Name>,
    pub where_clause: Option<Expr>,
    pub location: Location,
}

/// `CREATE PUBLICATION name [FOR ALL TABLES | FOR objects] [WITH (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePublication {
    pub name: Name,
    pub all_tables: bool,
    pub objects: Vec<PublicationObject>,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER PUBLICATION name ADD | SET | DROP objects`, `SET (...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPublication {
    pub name: Name,
    pub change: PublicationChange,
}

/// One change of a publication.
#[derive(Debug, Clone, PartialEq)]
pub enum PublicationChange {
    Options(Vec<DefinitionOption>),
    Add(Vec<PublicationObject>),
    Set(Vec<PublicationObject>),
    Drop(Vec<PublicationObject>),
}

/// `CREATE SUBSCRIPTION name CONNECTION text PUBLICATION names [WITH (...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSubscription {
    pub name: Name,
    pub connection: Box<str>,
    pub publications: Vec<Name>,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER SUBSCRIPTION name change`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterSubscription {
    pub name: Name,
    pub change: SubscriptionChange,
}

/// One change of a subscription; options are those of WITH behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum SubscriptionChange {
    Options(Vec<DefinitionOption>),
    Connection(Box<str>),
    Refresh(Vec<DefinitionOption>),
    Add(Vec<Name>, Vec<DefinitionOption>),
    Drop(Vec<Name>, Vec<DefinitionOption>),
    Set(Vec<Name>, Vec<DefinitionOption>),
    Enable,
    Disable,
    Skip(Vec<DefinitionOption>),
}

/// `DROP SUBSCRIPTION [IF EXISTS] name [CASCADE | RESTRICT]`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropSubscription {
    pub name: Name,
    pub if_exists: bool,
    pub behavior: super::DropBehavior,
}
