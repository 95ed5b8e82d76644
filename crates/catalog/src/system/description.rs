//! Comments: pg_description and pg_shdescription.

use super::value::{oid, parse, text};
use super::{Reading, Rows};
use crate::facts::{RawTable, raw_rows, raw_rows_of};
use crate::object::Object;
use error::Result;
use types::{Datum, Oid, type_oid};

const CLASS: Oid = Oid(1259);
const SCHEMA: Oid = Oid(2615);
const CONSTRAINT: Oid = Oid(2606);
const ROLE: Oid = Oid(1260);
const DATABASE: Oid = Oid(1262);

pub(super) fn pg_description(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    let system = match r.oid_key(1) {
        Some(object) => raw_rows_of(RawTable::Description, object),
        None => raw_rows(RawTable::Description),
    };
    for fields in &system {
        // A schema's comment is the user's once the schema is an object of the catalog.
        if fields.oid(1) == SCHEMA
            && r.catalog.schema_by_oid(fields.oid(0)).is_some_and(|s| s.comment.is_some())
        {
            continue;
        }
        rows.push(vec![
            oid(fields.oid(0)),
            oid(fields.oid(1)),
            parse(type_oid::INT4, fields.optional(2))?,
            parse(type_oid::TEXT, fields.optional(3))?,
        ]);
    }
    // A key that is no object's OID may be a constraint's, which its table holds.
    if let Some(object) = r.oid_key(1).and_then(|key| r.catalog.object(key)) {
        object_comments(object, &mut rows);
        return Ok(rows);
    }
    if r.oid_key(1).is_none_or(|key| key >= Oid::FIRST_NORMAL) {
        for object in r.catalog.objects_by_oid() {
            object_comments(object, &mut rows);
        }
    }
    Ok(rows)
}

const TRIGGER: Oid = Oid(2620);
const FUNCTION: Oid = Oid(1255);
/// The OID of pg_type.
const TYPE: Oid = Oid(1247);

fn push(rows: &mut Rows, object: Oid, class: Oid, part: i32, comment: Option<&String>) {
    if let Some(comment) = comment {
        rows.push(vec![oid(object), oid(class), Datum::I32(part), text(comment)]);
    }
}

fn object_comments(object: &Object, rows: &mut Rows) {
    let own = match object {
        Object::Role(_) | Object::Database(_) => return,
        Object::Schema(schema) => {
            return push(rows, schema.oid, SCHEMA, 0, schema.comment.as_ref());
        }
        Object::Function(own) => return push(rows, own.oid, FUNCTION, 0, own.comment.as_ref()),
        Object::Type(own) => return push(rows, own.oid, TYPE, 0, own.comment.as_ref()),
        Object::Table(table) => table.comment.as_ref(),
        Object::Index(index) => index.comment.as_ref(),
        Object::Sequence(sequence) => sequence.comment.as_ref(),
        Object::View(view) => view.comment.as_ref(),
    };
    push(rows, object.oid(), CLASS, 0, own);
    for (number, column) in (1..).zip(super::class::columns(object)) {
        push(rows, object.oid(), CLASS, number, column.comment.as_ref());
    }
    if let Object::Table(table) = object {
        for trigger in &table.triggers {
            push(rows, trigger.oid, TRIGGER, 0, trigger.comment.as_ref());
        }
        for check in &table.checks {
            push(rows, check.oid, CONSTRAINT, 0, check.comment.as_ref());
        }
        for key in &table.keys {
            push(rows, key.oid, CONSTRAINT, 0, key.comment.as_ref());
        }
        for key in &table.foreign_keys {
            push(rows, key.oid, CONSTRAINT, 0, key.comment.as_ref());
        }
    }
}

pub(super) fn pg_shdescription(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let (class, comment) = match object {
            Object::Role(role) => (ROLE, &role.comment),
            Object::Database(database) => (DATABASE, &database.comment),
            Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_)
            | Object::Table(_)
            | Object::Index(_)
            | Object::Sequence(_)
            | Object::View(_) => continue,
        };
        if let Some(comment) = comment {
            rows.push(vec![oid(object.oid()), oid(class), text(comment)]);
        }
    }
    Ok(rows)
}
