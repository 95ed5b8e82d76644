//! Analysis: from the syntax tree to typed queries.
//!
//! Names are resolved against the catalog, literals and parameters get their types from where they are used, overloads are
//! chosen by PostgreSQL's rules (manual, chapter "Type Conversion"), and every implicit cast becomes explicit. The
//! privileges that a query needs are noted on its range entries; they are checked when it runs.

mod aggregate;
mod analyzer;
mod assign;
mod coerce;
mod column;
mod common_table;
mod conflict;
mod constant;
mod dml;
mod expr;
mod from;
mod function;
mod inline;
mod insert;
mod json_table;
mod operator;
mod polymorphic;
mod procedure;
mod routine;
mod scope;
mod select;
mod set_operation;
mod sql_json;
mod subquery;
mod target;
mod type_name;
mod variables;
mod window;

pub use analyzer::{Analyzer, Relation, RelationUse, Resolver};
pub use coerce::{Context, can_coerce};
pub use dml::TableExpression;
pub use polymorphic::resolve_type;
pub use scope::Scope;
pub use variables::{RowColumn, VariableConflict, Variables};
