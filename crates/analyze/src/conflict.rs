//! ON CONFLICT's target: which unique indexes tell of a conflict.

use crate::Analyzer;
use crate::dml::TableExpression;
use catalog::object::{Deferral, Index, IndexTarget, Table};
use error::{Error, Result, SqlState};
use expression::{ColumnRef, Expr, ExprKind, implies};
use syntax::ast;
use types::Oid;

impl Analyzer<'_> {
    /// The index of the constraint that a conflict target names.
    fn conflict_constraint(
        &mut self,
        name: &str,
        location: ast::Location,
        table: &Table,
    ) -> Result<Vec<Oid>> {
        let key = table.keys.iter().find(|key| *key.name == *name).ok_or_else(|| {
            let text = format!("constraint \"{name}\" for table \"{}\" does not exist", table.name);
            Error::new(SqlState::UNDEFINED_OBJECT, text).at(self.position(location))
        })?;
        let index = self.resolver.catalog().index(key.index);
        if index.is_some_and(|index| index.deferral != Deferral::Never) {
            return Err(deferrable_arbiter());
        }
        Ok(vec![key.index])
    }

    /// The unique indexes that a conflict target means: those of its columns and expressions, in any order, whose
    /// predicate, if there is one, its condition implies.
    pub(crate) fn conflict_indexes(
        &mut self,
        target: &ast::ConflictTarget,
        table: &Table,
    ) -> Result<Vec<Oid>> {
        let (elements, where_clause) = match target {
            ast::ConflictTarget::Constraint(name, location) => {
                return self.conflict_constraint(name, *location, table);
            }
            ast::ConflictTarget::Index { elements, where_clause, .. } => (elements, where_clause),
        };
        let mut keys = Vec::with_capacity(elements.len());
        for element in elements {
            keys.push(self.conflict_key(element, table)?);
        }
        let condition = match where_clause {
            None => None,
            Some(expr) => {
                Some(self.table_expression(expr, table, TableExpression::IndexPredicate)?)
            }
        };
        let catalog = self.resolver.catalog();
        let mut found = Vec::new();
        for index in catalog.indexes_of(table.oid).filter(|index| index.unique && index.is_valid) {
            if has_keys(index, &keys)? && is_implied(index, condition.as_ref())? {
                if index.deferral != Deferral::Never {
                    return Err(deferrable_arbiter());
                }
                found.push(index.oid);
            }
        }
        if found.is_empty() {
            let text =
                "there is no unique or exclusion constraint matching the ON CONFLICT specification";
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text));
        }
        Ok(found)
    }

    /// A column or an expression of a conflict target, over range entry 0.
    fn conflict_key(&mut self, element: &ast::IndexElement, table: &Table) -> Result<Expr> {
        match &element.key {
            ast::IndexKey::Column(name) => {
                let found = (1..)
                    .zip(&table.columns)
                    .find(|(_, column)| !column.dropped && *column.name == **name);
                let (number, column) = found.ok_or_else(|| {
                    let text = format!("column \"{name}\" does not exist");
                    Error::new(SqlState::UNDEFINED_COLUMN, text).at(self.position(element.location))
                })?;
                Ok(key_column(number, column.type_id))
            }
            ast::IndexKey::Expr(expr) => {
                self.table_expression(expr, table, TableExpression::IndexColumn)
            }
        }
    }
}

fn key_column(number: i16, type_id: Oid) -> Expr {
    let column = ColumnRef { level: 0, range: 0, column: number };
    Expr::new(ExprKind::Column(column), type_id, Oid::INVALID)
}

/// Whether an index's keys are these, each of them once or more.
fn has_keys(index: &Index, wanted: &[Expr]) -> Result<bool> {
    let mut keys = Vec::with_capacity(index.key_count);
    for column in &index.columns[..index.key_count] {
        keys.push(match &column.target {
            IndexTarget::Column(number) => key_column(*number, column.type_id),
            IndexTarget::Expression(tree) => expression::decode(tree)?,
        });
    }
    let is_in = |expr: &Expr, list: &[Expr]| list.iter().any(|other| other.kind == expr.kind);
    Ok(keys.iter().all(|key| is_in(key, wanted)) && wanted.iter().all(|key| is_in(key, &keys)))
}

/// Whether an index holds all rows of a condition.
fn is_implied(index: &Index, condition: Option<&Expr>) -> Result<bool> {
    let Some(tree) = &index.predicate else { return Ok(true) };
    let predicate = expression::decode(tree)?;
    Ok(condition.is_some_and(|condition| implies(condition, &predicate)))
}

/// 55000 for a constraint that cannot tell of a conflict at once.
fn deferrable_arbiter() -> Error {
    Error::new(
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters",
    )
}
