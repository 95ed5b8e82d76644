//! References to columns.

use crate::Analyzer;
use crate::scope::{Item, RowForm};
use error::{Error, Result, SqlState};
use expression::{ColumnRef, Expr, ExprKind};
use syntax::ast::{self, Location};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    pub(crate) fn column(&mut self, names: &[ast::Name], location: Location) -> Result<Expr> {
        match names {
            [column] => self.unqualified_column(column, location),
            [table, column] => self.qualified_column(None, table, column, location),
            [schema, table, column] => self.qualified_column(Some(schema), table, column, location),
            [database, schema, table, column] => {
                if **database != *self.resolver.database_name() {
                    let text = format!(
                        "cross-database references are not implemented: {}",
                        names.join(".")
                    );
                    return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
                        .at(self.position(location)));
                }
                self.qualified_column(Some(schema), table, column, location)
            }
            _ => {
                let text =
                    format!("improper qualified name (too many dotted names): {}", names.join("."));
                Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location)))
            }
        }
    }

    /// `table.*` as one value.
    pub(crate) fn whole_row_star(
        &mut self,
        names: &[ast::Name],
        location: Location,
    ) -> Result<Expr> {
        let table = names.last().map_or("", |name| name);
        let schema = names.len().checked_sub(2).map(|index| &*names[index]);
        match self.item(schema, table, location) {
            Ok((level, item)) => lift(whole_row(item)?, level),
            Err(error) => self.variable(names, location)?.ok_or(error),
        }
    }

    fn unqualified_column(&mut self, name: &str, location: Location) -> Result<Expr> {
        for (level, scope) in self.scopes.iter().rev().enumerate() {
            let mut found: Option<&Expr> = None;
            if scope.hidden {
                continue;
            }
            for item in scope.items.iter().filter(|item| item.by_column && !item.unusable) {
                for column in item.columns.iter().filter(|column| column.name == name) {
                    if found.is_some() {
                        let text = format!("column reference \"{name}\" is ambiguous");
                        return Err(Error::new(SqlState::AMBIGUOUS_COLUMN, text)
                            .at(self.position(location)));
                    }
                    found = Some(&column.expr);
                }
            }
            if let Some(expr) = found {
                return lift(expr.clone(), level);
            }
            let system = scope.items.iter().filter(|item| item.by_name && item.system_columns);
            if let Some(column) = system_column(name)
                && let [item] = system.collect::<Vec<_>>()[..]
            {
                return lift(system_column_of(item, column), level);
            }
        }
        for (level, scope) in self.scopes.iter().rev().enumerate() {
            if let Some(item) = scope.items.iter().find(|item| item.by_name && item.name == name) {
                return lift(whole_row(item)?, level);
            }
        }
        let text = format!("column \"{name}\" does not exist");
        Err(Error::new(SqlState::UNDEFINED_COLUMN, text).at(self.position(location)))
    }

    fn qualified_column(
        &mut self,
        schema: Option<&str>,
        table: &str,
        name: &str,
        location: Location,
    ) -> Result<Expr> {
        let position = self.position(location);
        let (level, item) = self.item(schema, table, location)?;
        let mut columns = item.columns.iter().filter(|column| column.name == name);
        if let Some(column) = columns.next() {
            if columns.next().is_some() {
                let text = format!("column reference \"{name}\" is ambiguous");
                return Err(Error::new(SqlState::AMBIGUOUS_COLUMN, text).at(position));
            }
            return lift(column.expr.clone(), level);
        }
        if let Some(column) = system_column(name)
            && item.system_columns
        {
            return lift(system_column_of(item, column), level);
        }
        let row = lift(whole_row(item)?, level)?;
        if let Some(value) = self.attribute_function(row, name, location)? {
            return Ok(value);
        }
        let text = format!("column {table}.{name} does not exist");
        Err(Error::new(SqlState::UNDEFINED_COLUMN, text).at(position))
    }

    /// The item of a table's name and how many queries up it is. 42P01 where there is none.
    pub(crate) fn item(
        &self,
        schema: Option<&str>,
        table: &str,
        location: Location,
    ) -> Result<(usize, &Item)> {
        let matches = |item: &&Item| {
            item.by_name
                && item.name == table
                && schema.is_none_or(|schema| item.schema.as_deref() == Some(schema))
        };
        let mut unusable = false;
        for (level, scope) in self.scopes.iter().rev().enumerate() {
            if let Some(item) = scope.items.iter().find(matches) {
                if !scope.hidden && !item.unusable {
                    return Ok((level, item));
                }
                unusable = true;
            }
        }
        let position = self.position(location);
        if unusable {
            let text = format!("invalid reference to FROM-clause entry for table \"{table}\"");
            let detail = format!(
                "There is an entry for table \"{table}\", but it cannot be referenced from this part of the query."
            );
            return Err(Error::new(SqlState::UNDEFINED_TABLE, text).detail(detail).at(position));
        }
        let text = format!("missing FROM-clause entry for table \"{table}\"");
        Err(Error::new(SqlState::UNDEFINED_TABLE, text).at(position))
    }
}

/// An outer query's expression as seen from so many queries within.
pub(crate) fn lift(expr: Expr, levels: usize) -> Result<Expr> {
    if levels == 0 {
        return Ok(expr);
    }
    let up =
        u16::try_from(levels).map_err(|_| Error::unsupported("subqueries nested so deeply"))?;
    if let ExprKind::Column(column) = expr.kind {
        let kind = ExprKind::Column(ColumnRef { level: column.level + up, ..column });
        return Ok(Expr { kind, ..expr });
    }
    expr.map_children(&mut |child| lift(child, levels))
}

/// A system column's number, type.
fn system_column(name: &str) -> Option<(i16, Oid)> {
    Some(match name {
        "ctid" => (-1, type_oid::TID),
        "xmin" => (-2, type_oid::XID),
        "cmin" => (-3, type_oid::CID),
        "xmax" => (-4, type_oid::XID),
        "cmax" => (-5, type_oid::CID),
        "tableoid" => (-6, type_oid::OID),
        _ => return None,
    })
}

fn system_column_of(item: &Item, (column, type_id): (i16, Oid)) -> Expr {
    let range = item.range.unwrap_or_default();
    Expr::new(ExprKind::Column(ColumnRef { level: 0, range, column }), type_id, Oid::INVALID)
}

/// The whole row of an item: a function's only column where it is one value.
fn whole_row(item: &Item) -> Result<Expr> {
    let fields: Vec<Expr> = item.columns.iter().map(|column| column.expr.clone()).collect();
    let type_id = match (item.row, fields.as_slice()) {
        (RowForm::Scalar, [only]) => return Ok(only.clone()),
        (RowForm::Composite(type_id), _) => type_id,
        (RowForm::Scalar | RowForm::Record, _) => type_oid::RECORD,
    };
    Ok(Expr::new(ExprKind::Row(fields), type_id, Oid::INVALID))
}
