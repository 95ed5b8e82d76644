//! Prepared statements: text, types of parameters, and the plan as long as it is good.

use crate::output::{Field, Format};
use error::{Error, Result};
use execute::Execution;
use parking_lot::Mutex;
use plan::{OutputColumn, Plan};
use std::sync::Arc;
use syntax::ast::{Location, Statement, StatementKind};
use types::{Oid, builtin_type, type_oid};

/// A statement that was parsed, and its plan where it is a query.
pub(crate) struct Prepared {
    /// The whole text that the statement is in.
    pub(crate) sql: Arc<str>,
    /// What there is of it beside the text.
    pub(crate) body: Body,
    /// The types of its parameters.
    pub(crate) parameters: Vec<Oid>,
    /// The result's columns; none where it gives no rows.
    pub(crate) columns: Vec<OutputColumn>,
    /// Made by PREPARE rather than by Parse.
    pub(crate) by_sql: bool,
    pub(crate) cached: Mutex<Option<CachedPlan>>,
}

/// What there is of a statement beside its text.
pub(crate) enum Body {
    /// The text is empty.
    Empty,
    /// A query, at this place of the text. Its tree lived until it was analysed, and is made anew where the plan is old; only
    /// one whose parameters stand for literals of the text keeps it.
    Query(Location, Option<Box<Statement>>),
    /// It is carried out from its tree.
    Utility(Box<Statement>),
}

/// A plan and what it was made with.
pub(crate) struct CachedPlan {
    pub(crate) plan: Arc<Plan>,
    pub(crate) generation: u64,
    /// An execution that is not in use.
    pub(crate) idle: Option<Box<Execution>>,
}

impl Prepared {
    /// Whether its plan was made with this generation of the session's catalog and settings.
    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.cached.lock().as_ref().is_some_and(|cached| cached.generation == generation)
    }

    /// Whether it is SELECT, INSERT, UPDATE or DELETE.
    pub(crate) fn is_query(&self) -> bool {
        matches!(self.body, Body::Query(..))
    }

    /// Calls `f` with a query's tree.
    pub(crate) fn with_query<T>(&self, f: impl FnOnce(&StatementKind) -> Result<T>) -> Result<T> {
        let lost = || Error::internal("a prepared query is not where it was in its text");
        let Body::Query(location, tree) = &self.body else { return Err(lost()) };
        if let Some(tree) = tree {
            return f(&tree.kind);
        }
        for statement in &syntax::parse(&self.sql)? {
            let statement = if let StatementKind::Prepare(prepare) = &statement.kind {
                &prepare.statement
            } else {
                statement
            };
            if statement.location == *location {
                return f(&statement.kind);
            }
        }
        Err(lost())
    }
}

/// Whether a statement is planned and executed.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn is_query(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::Select(select) => !select.has_into(),
        StatementKind::Insert(_) | StatementKind::Update(_) | StatementKind::Delete(_) => true,
        _ => false,
    }
}

/// Result columns as clients are told of them.
pub(crate) fn fields(columns: &[OutputColumn], formats: &[Format]) -> Vec<Field> {
    columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let (table, number) = column.origin.unwrap_or((Oid::INVALID, 0));
            // Clients see a domain as its base type; what stands for several types is left as it is.
            let like = types::lies_as(column.type_id);
            let known =
                builtin_type(like).is_some_and(|row| row.kind == 'b' && like != type_oid::BYTEA);
            let type_id = if known { like } else { column.type_id };
            Field {
                name: column.name.clone(),
                table,
                column: number,
                type_id,
                type_size: builtin_type(type_id).map_or(-1, |t| t.length),
                typmod: column.typmod,
                format: match formats {
                    [] => Format::Text,
                    [one] => *one,
                    many => many.get(index).copied().unwrap_or(Format::Text),
                },
            }
        })
        .collect()
}
