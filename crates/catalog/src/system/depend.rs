//! pg_depend: what is dropped with what, for the objects of users.

use super::constraint::key_columns;
use super::value::{letter, oid};
use super::{Reading, Rows};
use crate::object::{Index, IndexTarget, Object, Table};
use error::Result;
use types::{Datum, Oid};

const CLASS: Oid = Oid(1259);
const TYPE: Oid = Oid(1247);
const SCHEMA: Oid = Oid(2615);
const FUNCTION: Oid = Oid(1255);
const TRIGGER: Oid = Oid(2620);
const CONSTRAINT: Oid = Oid(2606);
const DEFAULT: Oid = Oid(2604);

/// An object or a column of one: the catalog that lists it, its OID and the column's number.
#[derive(Clone, Copy)]
struct Address(Oid, Oid, i16);

fn depend(rows: &mut Rows, on: Address, from: Address, kind: char) {
    rows.push(vec![
        oid(from.0),
        oid(from.1),
        Datum::I32(i32::from(from.2)),
        oid(on.0),
        oid(on.1),
        Datum::I32(i32::from(on.2)),
        letter(kind),
    ]);
}

pub(super) fn pg_depend(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let class = if let Object::Function(_) = object { FUNCTION } else { CLASS };
        let whole = Address(class, object.oid(), 0);
        if let Some(schema) = object.schema()
            && !matches!(object, Object::Index(_))
        {
            depend(&mut rows, Address(SCHEMA, schema, 0), whole, 'n');
        }
        match object {
            Object::Role(_) | Object::Database(_) | Object::Schema(_) | Object::Type(_) => {}
            Object::Table(table) => {
                row_types(&mut rows, whole, table.row_type, table.array_type);
                table_parts(r, &mut rows, table);
            }
            Object::Function(function) => {
                for used in &function.depends_on {
                    let class = match r.catalog.object(*used) {
                        Some(Object::Function(_)) => FUNCTION,
                        Some(Object::Type(_)) => TYPE,
                        Some(_) | None => CLASS,
                    };
                    depend(&mut rows, Address(class, *used, 0), whole, 'n');
                }
            }
            Object::View(view) => {
                row_types(&mut rows, whole, view.row_type, view.array_type);
                for used in &view.depends_on {
                    depend(&mut rows, Address(CLASS, *used, 0), whole, 'n');
                }
            }
            Object::Index(index) => index_parts(&mut rows, index),
            Object::Sequence(sequence) => {
                if let Some(owner) = sequence.owned_by {
                    let kind = if owner.identity { 'i' } else { 'a' };
                    depend(&mut rows, Address(CLASS, owner.table, owner.column), whole, kind);
                    let default = r.catalog.table(owner.table).and_then(|table| {
                        let index = usize::try_from(owner.column - 1).ok()?;
                        table.columns.get(index)?.default.as_ref()
                    });
                    if let Some(default) = default {
                        depend(&mut rows, whole, Address(DEFAULT, default.oid, 0), 'n');
                    }
                }
            }
        }
    }
    Ok(rows)
}

fn row_types(rows: &mut Rows, relation: Address, row_type: Oid, array_type: Oid) {
    depend(rows, relation, Address(TYPE, row_type, 0), 'i');
    depend(rows, Address(TYPE, row_type, 0), Address(TYPE, array_type, 0), 'i');
}

fn table_parts(r: &Reading<'_>, rows: &mut Rows, table: &Table) {
    let column = |number| Address(CLASS, table.oid, number);
    for (number, definition) in (1..).zip(&table.columns) {
        if let Some(default) = &definition.default {
            depend(rows, column(number), Address(DEFAULT, default.oid, 0), 'a');
        }
    }
    for trigger in &table.triggers {
        let whole = Address(TRIGGER, trigger.oid, 0);
        depend(rows, Address(FUNCTION, trigger.function, 0), whole, 'n');
        depend(rows, column(0), whole, 'a');
        for number in &trigger.columns {
            depend(rows, column(*number), whole, 'n');
        }
    }
    for check in &table.checks {
        for number in &check.columns {
            depend(rows, column(*number), Address(CONSTRAINT, check.oid, 0), 'a');
        }
    }
    for not_null in &table.not_nulls {
        depend(rows, column(not_null.column), Address(CONSTRAINT, not_null.oid, 0), 'a');
    }
    for key in &table.keys {
        for number in r.catalog.index(key.index).map_or_else(Vec::new, |index| key_columns(index)) {
            depend(rows, column(number), Address(CONSTRAINT, key.oid, 0), 'a');
        }
    }
    for key in &table.foreign_keys {
        let constraint = Address(CONSTRAINT, key.oid, 0);
        for number in &key.columns {
            depend(rows, column(*number), constraint, 'a');
        }
        for number in &key.referenced {
            depend(rows, Address(CLASS, key.table, *number), constraint, 'n');
        }
        depend(rows, Address(CLASS, key.index, 0), constraint, 'n');
    }
}

fn index_parts(rows: &mut Rows, index: &Index) {
    let whole = Address(CLASS, index.oid, 0);
    if let Some(constraint) = index.constraint {
        depend(rows, Address(CONSTRAINT, constraint, 0), whole, 'i');
        return;
    }
    for column in &index.columns {
        match column.target {
            IndexTarget::Column(number) => {
                depend(rows, Address(CLASS, index.table, number), whole, 'a');
            }
            IndexTarget::Expression(_) => {
                depend(rows, Address(CLASS, index.table, 0), whole, 'a');
            }
        }
    }
}
