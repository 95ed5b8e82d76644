//! The views of pg_catalog that list relations and settings by name.

use super::value::{NO, NULL, boolean, oid, parse, text};
use super::{Reading, Rows};
use crate::facts::{RawTable, facts, raw_rows};
use crate::object::Object;
use crate::snapshot::PG_CATALOG;
use error::{Error, Result};
use types::{Datum, Oid};

/// The name of a schema of built-in relations.
pub(super) fn system_schema(schema: Oid) -> &'static str {
    if schema == PG_CATALOG { "pg_catalog" } else { "information_schema" }
}

pub(super) fn pg_tables(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Class) {
        if fields.text(10) == "r" {
            rows.push(vec![
                text(system_schema(fields.oid(2))),
                text(fields.text(1)),
                r.role_name(fields.oid(5)),
                if fields.bool(8) { text("pg_global") } else { NULL },
                boolean(fields.bool(7)),
                NO,
                NO,
                NO,
            ]);
        }
    }
    for object in r.catalog.objects_by_oid() {
        if let Object::Table(table) = object {
            rows.push(vec![
                r.schema_name(table.schema),
                text(&table.name),
                r.role_name(table.owner),
                NULL,
                boolean(r.catalog.indexes_of(table.oid).next().is_some()),
                NO,
                boolean(!table.foreign_keys.is_empty()),
                NO,
            ]);
        }
    }
    Ok(rows)
}

pub(super) fn pg_indexes(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Index) {
        let (index, table) = (fields.oid(0), fields.oid(1));
        let (Some(index_fact), Some(table_fact)) =
            (facts().relations.get(&index), facts().relations.get(&table))
        else {
            continue;
        };
        rows.push(vec![
            text(system_schema(table_fact.namespace)),
            text(table_fact.name),
            text(index_fact.name),
            if table_fact.shared { text("pg_global") } else { NULL },
            text(&r.access.sources.index_definition(r.access, index)?),
        ]);
    }
    for object in r.catalog.objects_by_oid() {
        let Object::Index(index) = object else { continue };
        let Some(table) = r.catalog.table(index.table) else { continue };
        rows.push(vec![
            r.schema_name(table.schema),
            text(&table.name),
            text(&index.name),
            NULL,
            text(&r.access.sources.index_definition(r.access, index.oid)?),
        ]);
    }
    Ok(rows)
}

/// The views of users; the definitions of the built-in ones are PostgreSQL's own and not shown.
pub(super) fn pg_views(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Class) {
        if fields.text(10) == "v" {
            rows.push(vec![
                text(system_schema(fields.oid(2))),
                text(fields.text(1)),
                r.role_name(fields.oid(5)),
                NULL,
            ]);
        }
    }
    if r.catalog.objects().any(|object| matches!(object, Object::View(_))) {
        return Err(Error::unsupported("relation \"pg_views\" with views"));
    }
    Ok(rows)
}

pub(super) fn pg_sequences(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let Object::Sequence(sequence) = object else { continue };
        let last = r.access.sources.sequence_value(sequence.file);
        rows.push(vec![
            r.schema_name(sequence.schema),
            text(&sequence.name),
            r.role_name(sequence.owner),
            oid(sequence.type_id),
            Datum::I64(sequence.start),
            Datum::I64(sequence.minimum),
            Datum::I64(sequence.maximum),
            Datum::I64(sequence.increment),
            boolean(sequence.cycle),
            Datum::I64(sequence.cache),
            last.filter(|(_, given)| *given).map_or(NULL, |(value, _)| Datum::I64(value)),
        ]);
    }
    Ok(rows)
}

pub(super) fn pg_settings(r: &Reading<'_>) -> Result<Rows> {
    let relation = facts()
        .relation_named(PG_CATALOG, "pg_settings")
        .ok_or_else(|| Error::internal("pg_settings is a system relation"))?;
    let types: Vec<Oid> = relation.columns.iter().map(|column| column.type_id).collect();
    let name = r.text_key(1);
    let settings = r.access.sources.settings();
    let wanted =
        settings.iter().filter(|row| name.is_none_or(|name| row[0].as_deref() == Some(name)));
    wanted
        .map(|row| {
            let value = |(type_id, text): (&Oid, &Option<String>)| match text {
                // Texts are as they are; what parse undoes are COPY's escapes.
                Some(value) if *type_id == types::type_oid::TEXT => Ok(text_value(value)),
                _ => parse(*type_id, text.as_deref()),
            };
            types.iter().zip(row).map(value).collect()
        })
        .collect()
}

fn text_value(value: &str) -> Datum {
    text(value)
}
