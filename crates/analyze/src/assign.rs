//! Assignments to parts of columns: elements and slices of arrays, fields of composite values, parts of jsonb.

use crate::Analyzer;
use crate::coerce::Context;
use error::{Error, Result, SqlState, stack_check};
use expression::{Expr, ExprKind};
use syntax::ast::{Indirection, Location};
use types::{Oid, type_oid};

/// A part of a column as a target: its name and place are for messages.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) column: &'a str,
    pub(crate) path: &'a [Indirection],
    pub(crate) location: Location,
}

fn is_subscript(step: &Indirection) -> bool {
    matches!(step, Indirection::Index(_) | Indirection::Slice(..))
}

impl Analyzer<'_> {
    /// The type and typmod that a value for the part must have. 42804.
    pub(crate) fn part_type(
        &mut self,
        type_id: Oid,
        typmod: i32,
        part: Part<'_>,
    ) -> Result<(Oid, i32)> {
        let mut found = (type_id, typmod);
        let mut path = part.path;
        while let Some(step) = path.first() {
            let base = self.base_type(found.0);
            if is_subscript(step) {
                let count = path.iter().take_while(|step| is_subscript(step)).count();
                let slice = path[..count].iter().any(|s| matches!(s, Indirection::Slice(..)));
                let element = self.element_type(base, part.location)?;
                found = if slice { (base, found.1) } else { (element, found.1) };
                path = &path[count..];
            } else {
                let (_, column) = self.target_field(base, step, part)?;
                found = (column.1, column.2);
                path = &path[1..];
            }
        }
        Ok(found)
    }

    /// The number and the column of the field that a step names. 42804, 42703.
    fn target_field(
        &mut self,
        type_id: Oid,
        step: &Indirection,
        part: Part<'_>,
    ) -> Result<(usize, (String, Oid, i32, Oid))> {
        let position = self.position(part.location);
        let Indirection::Field(name) = step else {
            let text = "row expansion via \"*\" is not supported here";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
        };
        let Some(columns) = self.row_columns(type_id) else {
            let text = format!(
                "cannot assign to field \"{name}\" of column \"{}\" because its type {} is not a composite type",
                part.column,
                self.shown_type(type_id)
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(position));
        };
        let found = columns.iter().position(|column| *column.0 == **name);
        let Some(index) = found else {
            let text = format!(
                "cannot assign to field \"{name}\" of column \"{}\" because there is no such column in data type {}",
                part.column,
                self.shown_type(type_id)
            );
            return Err(Error::new(SqlState::UNDEFINED_COLUMN, text).at(position));
        };
        Ok((index, columns[index].clone()))
    }

    /// `base` with the part that a path names replaced by a value. 42804 where the value does not fit.
    pub(crate) fn assign_into(
        &mut self,
        base: Expr,
        part: Part<'_>,
        value: Expr,
        value_location: Location,
    ) -> Result<Expr> {
        stack_check()?;
        let Some(step) = part.path.first() else { return Ok(value) };
        let own = base.type_id;
        let base = self.without_domain(base);
        let changed = if is_subscript(step) {
            self.assign_subscript(base, part, value, value_location)?
        } else {
            let (index, column) = self.target_field(base.type_id, step, part)?;
            let number = i16::try_from(index + 1)
                .map_err(|_| Error::internal("a row has too many columns"))?;
            let kind = ExprKind::Field { record: Box::new(base.clone()), number };
            let old = Expr { kind, type_id: column.1, typmod: column.2, collation: column.3 };
            let rest = Part { path: &part.path[1..], ..part };
            let value = if rest.path.is_empty() {
                let source = value.type_id;
                let context = Context::Assignment;
                let fitted = self.coerce(value, column.1, column.2, context, value_location)?;
                fitted.ok_or_else(|| {
                    let text = format!(
                        "subfield \"{}\" is of type {} but expression is of type {}",
                        column.0,
                        self.shown_type(column.1),
                        self.shown_type(source)
                    );
                    Error::new(SqlState::DATATYPE_MISMATCH, text)
                        .hint("You will need to rewrite or cast the expression.")
                        .at(self.position(part.location))
                })?
            } else {
                self.assign_into(old, rest, value, value_location)?
            };
            let columns = self.row_columns(base.type_id).unwrap_or_default();
            let types = columns.iter().map(|column| column.1).collect();
            let type_id = base.type_id;
            let (record, value) = (Box::new(base), Box::new(value));
            Expr::new(ExprKind::AssignField { record, number, types, value }, type_id, Oid::INVALID)
        };
        self.cast(changed, own, -1, Context::Implicit, part.location)
    }

    fn assign_subscript(
        &mut self,
        base: Expr,
        part: Part<'_>,
        value: Expr,
        value_location: Location,
    ) -> Result<Expr> {
        let count = part.path.iter().take_while(|step| is_subscript(step)).count();
        let steps = &part.path[..count];
        let element = self.element_type(base.type_id, part.location)?;
        let (indexes, slice) = if base.type_id == type_oid::JSONB {
            (self.json_subscripts(steps)?, false)
        } else {
            self.subscripts(steps)?
        };
        let wanted = if slice { base.type_id } else { element };
        let rest = Part { path: &part.path[count..], ..part };
        let value = if rest.path.is_empty() {
            let source = value.type_id;
            let (typmod, context) = (base.typmod, Context::Assignment);
            let fitted = self.coerce(value, wanted, typmod, context, value_location)?;
            fitted.ok_or_else(|| {
                let text = format!(
                    "subscripted assignment to \"{}\" requires a value of type {} but expression is of type {}",
                    part.column,
                    self.shown_type(wanted),
                    self.shown_type(source)
                );
                Error::new(SqlState::DATATYPE_MISMATCH, text)
                    .hint("You will need to rewrite or cast the expression.")
                    .at(self.position(part.location))
            })?
        } else {
            let (array, indexes) = (Box::new(base.clone()), indexes.clone());
            let kind = ExprKind::Subscript { array, indexes, slice };
            let old =
                Expr { kind, type_id: wanted, typmod: base.typmod, collation: base.collation };
            self.assign_into(old, rest, value, value_location)?
        };
        let (type_id, typmod, collation) = (base.type_id, base.typmod, base.collation);
        let (array, value) = (Box::new(base), Box::new(value));
        let kind = ExprKind::AssignElement { array, indexes, slice, value };
        Ok(Expr { kind, type_id, typmod, collation })
    }
}
