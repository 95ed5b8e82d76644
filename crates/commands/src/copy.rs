//! COPY: rows as lines of text or csv, from the client and to it.

mod fields;
mod options;
mod read;
mod write;

pub(crate) use options::Options;
pub use read::CopyIn;
pub use write::CopyOut;

use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_privileges;
use crate::work::Work;
use analyze::{Analyzer, Relation};
use catalog::acl::Privileges;
use catalog::object::Table;
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::LockMode;
use syntax::ast::{
    CopyEndpoint, CopySource, CopyStatement, Location, Name, RelationName, StatementKind,
};
use types::Oid;

/// Whether a COPY reads from the client.
pub fn copy_is_from(copy: &CopyStatement) -> bool {
    copy.is_from
}

/// The role that may read files of the server.
const READ_SERVER_FILES: Oid = Oid(4569);
/// The role that may write files of the server.
const WRITE_SERVER_FILES: Oid = Oid(4570);

/// 42501 for a file that the role may not read or write; 42602 for a relative path to write to.
fn check_endpoint(work: &mut dyn Work, copy: &CopyStatement) -> Result<()> {
    let path = match &copy.endpoint {
        CopyEndpoint::Client => return Ok(()),
        CopyEndpoint::File(path) => path,
        CopyEndpoint::Program(_) => return Err(Error::unsupported("COPY with a program")),
    };
    let (role, name, verb) = if copy.is_from {
        (READ_SERVER_FILES, "pg_read_server_files", "from")
    } else {
        (WRITE_SERVER_FILES, "pg_write_server_files", "to")
    };
    if !work.catalog().is_member(work.current_user(), role) {
        let text = format!("permission denied to COPY {verb} a file");
        let detail =
            format!("Only roles with privileges of the \"{name}\" role may COPY {verb} a file.");
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text).detail(detail).hint(
            "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.",
        ));
    }
    if !copy.is_from && !std::path::Path::new(&**path).is_absolute() {
        return Err(Error::new(
            SqlState::INVALID_NAME,
            "relative path not allowed for COPY to file",
        ));
    }
    Ok(())
}

/// Begins COPY ... FROM STDIN.
pub fn begin_copy_in(work: &mut dyn Work, copy: &CopyStatement, sql: &str) -> Result<CopyIn> {
    check_endpoint(work, copy)?;
    if copy.where_clause.is_some() {
        return Err(Error::unsupported("COPY with WHERE"));
    }
    let CopySource::Table { relation, columns } = &copy.source else {
        return Err(Error::new(SqlState::SYNTAX_ERROR, "COPY query cannot be read into"));
    };
    let options = Options::parse(copy, sql)?;
    let (table, numbers) = table_columns(work, relation, columns, LockMode::RowExclusive, sql)?;
    check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::INSERT)?;
    CopyIn::begin(work, table, numbers, options, sql)
}

/// Begins COPY ... TO STDOUT: what turns rows into lines, and the query that gives them.
pub fn begin_copy_out(
    work: &mut dyn Work,
    copy: &CopyStatement,
    sql: &str,
) -> Result<(CopyOut, expression::Query)> {
    check_endpoint(work, copy)?;
    let options = Options::parse(copy, sql)?;
    let query = match &copy.source {
        CopySource::Query(statement) => {
            Analyzer::new(sql, work.resolver()).query(&statement.kind)?
        }
        CopySource::Table { relation, columns } => {
            if let Relation::View(view) = find_relation(work, relation, sql)? {
                let text = format!("cannot copy from view \"{}\"", view.name);
                return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                    .hint("Try the COPY (SELECT ...) TO variant."));
            }
            let (table, numbers) =
                table_columns(work, relation, columns, LockMode::AccessShare, sql)?;
            check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::SELECT)?;
            table_query(work, relation, &table, &numbers)?
        }
    };
    if query.modify.as_ref().is_some_and(|modify| !modify.returning) {
        let text = "COPY query must have a RETURNING clause";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    Ok((CopyOut::new(&query, options), query))
}

/// `SELECT columns FROM ONLY table`.
fn table_query(
    work: &mut dyn Work,
    relation: &RelationName,
    table: &Table,
    numbers: &[i16],
) -> Result<expression::Query> {
    let columns: Vec<String> = numbers
        .iter()
        .map(|number| &table.columns[usize::try_from(number - 1).unwrap_or(0)].name)
        .map(|name| syntax::quote_identifier(name).into_owned())
        .collect();
    let schema =
        relation.schema.as_deref().map(|schema| format!("{}.", syntax::quote_identifier(schema)));
    let text = format!(
        "SELECT {} FROM {}{}",
        columns.join(", "),
        schema.unwrap_or_default(),
        syntax::quote_identifier(&relation.name)
    );
    let statements = syntax::parse(&text)?;
    let statement =
        statements.first().ok_or_else(|| Error::internal("a query was made of nothing"))?;
    debug_assert!(matches!(statement.kind, StatementKind::Select(_)), "the text is a SELECT");
    Analyzer::new(&text, work.resolver()).query(&statement.kind)
}

/// The table of a COPY, locked, and the numbers of its columns; generated ones are left out.
fn table_columns(
    work: &mut dyn Work,
    relation: &RelationName,
    columns: &[(Name, Location)],
    mode: LockMode,
    sql: &str,
) -> Result<(Arc<Table>, Vec<i16>)> {
    let table = plain_table(find_relation(work, relation, sql)?)?;
    lock_relation(work, table.oid, mode)?;
    let table = plain_table(find_relation(work, relation, sql)?)?;
    if columns.is_empty() {
        let numbers = (1..)
            .zip(&table.columns)
            .filter(|(_, c)| !c.dropped && !c.default.as_ref().is_some_and(|d| d.generated))
            .map(|(number, _)| number)
            .collect();
        return Ok((table, numbers));
    }
    let mut numbers = Vec::with_capacity(columns.len());
    for (name, location) in columns {
        let number = crate::constraint::column_number(&table, name)
            .map_err(|error| error.at(syntax::position(sql, *location)))?;
        if numbers.contains(&number) {
            let text = format!("column \"{name}\" specified more than once");
            return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
        }
        numbers.push(number);
    }
    Ok((table, numbers))
}
