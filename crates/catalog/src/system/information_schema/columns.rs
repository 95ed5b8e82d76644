//! information_schema.columns.

use super::{database, has_role, is_visible};
use crate::facts::{RawTable, SystemColumn, facts, raw_rows};
use crate::object::{Column, Identity, Object, Sequence};
use crate::system::value::{NULL, text, yes_or_no};
use crate::system::views::system_schema;
use crate::system::{Reading, Rows};
use error::Result;
use std::sync::Arc;
use types::{Datum, Oid, builtin_type, type_oid};

/// The precision of a number type: in bits, for numeric in decimal digits.
pub(super) fn numeric_precision(type_id: Oid) -> Datum {
    match type_id {
        type_oid::INT2 => Datum::I32(16),
        type_oid::INT4 => Datum::I32(32),
        type_oid::INT8 => Datum::I32(64),
        type_oid::FLOAT4 => Datum::I32(24),
        type_oid::FLOAT8 => Datum::I32(53),
        _ => NULL,
    }
}

/// How many bytes of the typmods of text and numeric are no length.
const TYPMOD_HEADER: i32 = 4;
/// How many bytes a character of UTF-8 has at most.
const CHARACTER_BYTES_MAX: i32 = 4;

/// What depends on a column's type alone.
struct Facets {
    length: Datum,
    octets: Datum,
    precision: Datum,
    radix: Datum,
    scale: Datum,
    time_precision: Datum,
    interval: Datum,
}

fn facets(type_id: Oid, typmod: i32) -> Facets {
    let mut facets = Facets {
        length: NULL,
        octets: NULL,
        precision: numeric_precision(type_id),
        radix: NULL,
        scale: NULL,
        time_precision: NULL,
        interval: NULL,
    };
    match type_id {
        type_oid::VARCHAR | type_oid::BPCHAR => {
            if typmod >= TYPMOD_HEADER {
                let length = typmod - TYPMOD_HEADER;
                facets.length = Datum::I32(length);
                facets.octets = Datum::I32(length.saturating_mul(CHARACTER_BYTES_MAX));
            } else {
                facets.octets = Datum::I32(1 << 30);
            }
        }
        type_oid::TEXT => facets.octets = Datum::I32(1 << 30),
        type_oid::BIT | type_oid::VARBIT if typmod >= 0 => facets.length = Datum::I32(typmod),
        type_oid::INT2 | type_oid::INT4 | type_oid::INT8 => {
            facets.radix = Datum::I32(2);
            facets.scale = Datum::I32(0);
        }
        type_oid::FLOAT4 | type_oid::FLOAT8 => facets.radix = Datum::I32(2),
        type_oid::NUMERIC => {
            facets.radix = Datum::I32(10);
            if typmod >= TYPMOD_HEADER {
                let packed = typmod - TYPMOD_HEADER;
                facets.precision = Datum::I32(packed >> 16 & 0xFFFF);
                // The scale is a signed number of 11 bits.
                facets.scale = Datum::I32(((packed & 0x7FF) ^ 1024) - 1024);
            }
        }
        type_oid::DATE => facets.time_precision = Datum::I32(0),
        type_oid::TIME | type_oid::TIMETZ | type_oid::TIMESTAMP | type_oid::TIMESTAMPTZ => {
            facets.time_precision = Datum::I32(if typmod < 0 { 6 } else { typmod });
        }
        type_oid::INTERVAL => {
            let precision = typmod & 0xFFFF;
            let given = typmod >= 0 && precision != 0xFFFF;
            facets.time_precision = Datum::I32(if given { precision } else { 6 });
            let name = types::format_type(type_id, Some(typmod));
            let fields = name.trim_start_matches("interval").trim_start();
            let fields = fields.split('(').next().unwrap_or("");
            if !fields.is_empty() {
                facets.interval = text(&fields.to_uppercase());
            }
        }
        _ => {}
    }
    facets
}

/// A column, as tables and system relations have them.
struct Shown<'a> {
    schema: Datum,
    table: &'a str,
    name: &'a str,
    number: i32,
    type_id: Oid,
    typmod: i32,
    collation: Oid,
    not_null: bool,
    default: Datum,
    generated: Datum,
    identity: Option<(Identity, Option<Arc<Sequence>>)>,
    updatable: bool,
}

pub(super) fn columns(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    // Keys: table_schema and table_name are the second and third column.
    let (schema_key, table_key) = (r.text_key(2), r.text_key(3));
    for fields in raw_rows(RawTable::Class) {
        let schema = system_schema(fields.oid(2));
        let wanted = schema_key.is_none_or(|key| key == schema)
            && table_key.is_none_or(|key| key == fields.text(1))
            && matches!(fields.text(10), "r" | "v");
        let Some(relation) = facts().relations.get(&fields.oid(0)).filter(|_| wanted) else {
            continue;
        };
        for (number, column) in (1..).zip(&relation.columns) {
            rows.push(system_column(r, schema, relation.name, number, column));
        }
    }
    for object in r.catalog.objects_by_oid() {
        let (Object::Table(_) | Object::View(_)) = object else { continue };
        if table_key.is_some_and(|key| key != object.name()) || !is_visible(r, object) {
            continue;
        }
        for (number, column) in (1..).zip(crate::system::class::columns(object)) {
            if !column.dropped {
                rows.push(user_column(r, object, number, column)?);
            }
        }
    }
    Ok(rows)
}

fn system_column(
    r: &Reading<'_>,
    schema: &str,
    table: &str,
    number: i32,
    column: &SystemColumn,
) -> Vec<Datum> {
    let shown = Shown {
        schema: text(schema),
        table,
        name: column.name,
        number,
        type_id: column.type_id,
        typmod: column.typmod,
        collation: column.collation,
        not_null: column.not_null,
        default: NULL,
        generated: NULL,
        identity: None,
        updatable: false,
    };
    row(r, shown)
}

fn user_column(
    r: &Reading<'_>,
    object: &Object,
    number: i32,
    column: &Column,
) -> Result<Vec<Datum>> {
    let (mut default, mut generated) = (NULL, NULL);
    if let Some(stored) = &column.default
        && (has_role(r, object.owner()))
    {
        let source =
            r.access.sources.expression_text(r.access, object.oid(), &stored.expression)?;
        if stored.generated { generated = text(&source) } else { default = text(&source) }
    }
    let identity = column.identity.map(|identity| {
        let sequence = r.catalog.objects().find_map(|other| match other {
            Object::Sequence(sequence) => sequence
                .owned_by
                .filter(|owner| {
                    owner.identity
                        && owner.table == object.oid()
                        && i32::from(owner.column) == number
                })
                .map(|_| Arc::clone(sequence)),
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_)
            | Object::Table(_)
            | Object::Index(_)
            | Object::View(_) => None,
        });
        (identity, sequence)
    });
    let shown = Shown {
        schema: r.schema_name(object.schema().unwrap_or_default()),
        table: object.name(),
        name: &column.name,
        number,
        type_id: column.type_id,
        typmod: column.typmod,
        collation: column.collation,
        not_null: column.not_null,
        default,
        generated,
        identity,
        updatable: matches!(object, Object::Table(_)),
    };
    Ok(row(r, shown))
}

/// The schema, name and SQL name of a type.
fn type_names(r: &Reading<'_>, type_id: Oid) -> (Datum, Datum, String) {
    if let Some(fact) = builtin_type(type_id) {
        let is_array = fact.length == -1 && fact.subscript == "array_subscript_handler";
        let shown = if is_array { "ARRAY".to_owned() } else { types::format_type(type_id, None) };
        return (text("pg_catalog"), text(fact.name), shown);
    }
    let relation = r.catalog.relation_of_row_type(type_id);
    let name = relation.map_or(NULL, |object| text(object.name()));
    let schema = relation.and_then(Object::schema).map_or(NULL, |schema| r.schema_name(schema));
    (schema, name, "USER-DEFINED".to_owned())
}

fn row(r: &Reading<'_>, column: Shown<'_>) -> Vec<Datum> {
    let database = database(r);
    let facets = facets(column.type_id, column.typmod);
    let (type_schema, type_name, data_type) = type_names(r, column.type_id);
    let collation = crate::facts::facts()
        .collations
        .iter()
        .find(|c| c.oid == column.collation && c.name != "default");
    let collated = |value: Datum| if collation.is_some() { value } else { NULL };
    let no = yes_or_no(false);
    let (identity, sequence) = column.identity.unzip();
    let sequence = sequence.flatten();
    let number = |f: fn(&Sequence) -> i64| {
        sequence.as_deref().map_or(NULL, |sequence| text(&f(sequence).to_string()))
    };
    let is_generated = !column.generated.is_null();
    vec![
        database.clone(),
        column.schema,
        text(column.table),
        text(column.name),
        Datum::I32(column.number),
        column.default,
        yes_or_no(!column.not_null),
        text(&data_type),
        facets.length,
        facets.octets,
        facets.precision,
        facets.radix,
        facets.scale,
        facets.time_precision,
        facets.interval,
        NULL,
        NULL,
        NULL,
        NULL,
        collated(database.clone()),
        collated(text("pg_catalog")),
        collation.map_or(NULL, |collation| text(collation.name)),
        NULL,
        NULL,
        NULL,
        database,
        type_schema,
        type_name,
        NULL,
        NULL,
        NULL,
        NULL,
        text(&column.number.to_string()),
        no.clone(),
        yes_or_no(identity.is_some()),
        match identity {
            None => NULL,
            Some(Identity::Always) => text("ALWAYS"),
            Some(Identity::ByDefault) => text("BY DEFAULT"),
        },
        number(|sequence| sequence.start),
        number(|sequence| sequence.increment),
        number(|sequence| sequence.maximum),
        number(|sequence| sequence.minimum),
        yes_or_no(sequence.as_deref().is_some_and(|sequence| sequence.cycle)),
        text(if is_generated { "ALWAYS" } else { "NEVER" }),
        column.generated,
        yes_or_no(column.updatable),
    ]
}
