//! pg_type: the built-in types, and the row types of tables and views with their arrays.

use super::value::{
    NO, NULL, OWNER, YES, boolean, function_named, letter, oid, optional_text, text,
};
use super::{Reading, Rows};
use crate::object::{Object, TypeDefinition};
use crate::snapshot::PG_CATALOG;
use error::Result;
use types::{BuiltinType, Datum, Oid};

/// The longest name in bytes.
const NAME_BYTES_MAX: usize = 63;

pub(super) fn pg_type(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    match (r.oid_key(1), r.text_key(2)) {
        (Some(key), _) => {
            rows.extend(types::builtin_type(key).map(builtin));
            rows.extend(
                r.catalog.relation_of_row_type(key).into_iter().flat_map(|o| row_types(r, o)),
            );
            return Ok(rows);
        }
        (None, Some(name)) => rows.extend(types::builtin_type_named(name).map(builtin)),
        (None, None) => rows.extend(types::builtin_types().iter().map(builtin)),
    }
    for object in r.catalog.objects_by_oid() {
        rows.extend(row_types(r, object));
    }
    Ok(rows)
}

/// The labels of enums.
pub(super) fn pg_enum(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        if let Object::Type(own) = object
            && let TypeDefinition::Enum(labels) = &own.definition
        {
            for label in labels {
                #[expect(clippy::cast_possible_truncation, reason = "pg_enum shows a float4")]
                let order = label.order as f32;
                rows.push(vec![
                    oid(label.oid),
                    oid(own.oid),
                    Datum::F32(order),
                    text(&label.label),
                ]);
            }
        }
    }
    Ok(rows)
}

fn builtin(fact: &BuiltinType) -> Vec<Datum> {
    vec![
        oid(fact.oid),
        text(fact.name),
        oid(PG_CATALOG),
        oid(OWNER),
        Datum::I16(fact.length),
        boolean(fact.by_value),
        letter(fact.kind),
        letter(fact.category),
        boolean(fact.preferred),
        boolean(fact.defined),
        letter(fact.delimiter),
        oid(fact.relation),
        function_named(fact.subscript),
        oid(fact.element),
        oid(fact.array),
        function_named(fact.input),
        function_named(fact.output),
        function_named(fact.receive),
        function_named(fact.send),
        function_named(fact.typmod_in),
        function_named(fact.typmod_out),
        function_named(fact.analyze),
        letter(fact.align),
        letter(fact.storage),
        boolean(fact.not_null),
        oid(fact.base_type),
        Datum::I32(fact.typmod),
        Datum::I32(fact.dimensions),
        oid(fact.collation),
        NULL,
        optional_text(fact.default),
        NULL,
    ]
}

/// A row type or an array of one.
struct RowType<'a> {
    oid: Oid,
    name: &'a str,
    schema: Oid,
    owner: Oid,
    kind: char,
    category: char,
    relation: Oid,
    subscript: &'a str,
    element: Oid,
    array: Oid,
    functions: [&'a str; 4],
    analyze: &'a str,
}

impl RowType<'_> {
    fn row(&self) -> Vec<Datum> {
        vec![
            oid(self.oid),
            text(self.name),
            oid(self.schema),
            oid(self.owner),
            Datum::I16(-1),
            NO,
            letter(self.kind),
            letter(self.category),
            NO,
            YES,
            letter(','),
            oid(self.relation),
            function_named(self.subscript),
            oid(self.element),
            oid(self.array),
            function_named(self.functions[0]),
            function_named(self.functions[1]),
            function_named(self.functions[2]),
            function_named(self.functions[3]),
            oid(Oid::INVALID),
            oid(Oid::INVALID),
            function_named(self.analyze),
            letter('d'),
            letter('x'),
            NO,
            oid(Oid::INVALID),
            Datum::I32(-1),
            Datum::I32(0),
            oid(Oid::INVALID),
            NULL,
            NULL,
            NULL,
        ]
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only types differ")]
fn row_types(r: &Reading<'_>, object: &Object) -> Rows {
    let (row_type, array_type) = match object {
        Object::Table(table) => (table.row_type, table.array_type),
        Object::View(view) => (view.row_type, view.array_type),
        Object::Type(own) => (own.oid, own.array_type),
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => return Vec::new(),
    };
    let (labels, relation) = match object {
        Object::Type(own) => match &own.definition {
            TypeDefinition::Enum(labels) => (Some(labels), Oid::INVALID),
            TypeDefinition::Composite { relation, .. } => (None, *relation),
        },
        _ => (None, object.oid()),
    };
    let row = RowType {
        oid: row_type,
        name: object.name(),
        schema: object.schema().unwrap_or_default(),
        owner: object.owner(),
        kind: if labels.is_some() { 'e' } else { 'c' },
        category: if labels.is_some() { 'E' } else { 'C' },
        relation,
        subscript: "-",
        element: Oid::INVALID,
        array: array_type,
        functions: if labels.is_some() {
            ["enum_in", "enum_out", "enum_recv", "enum_send"]
        } else {
            ["record_in", "record_out", "record_recv", "record_send"]
        },
        analyze: "-",
    };
    let name = array_name(object.name(), &|name| {
        r.catalog.relation(row.schema, name).is_some_and(|o| o.oid() != object.oid())
    });
    let array = RowType {
        oid: array_type,
        name: &name,
        kind: 'b',
        category: 'A',
        relation: Oid::INVALID,
        subscript: "array_subscript_handler",
        element: row_type,
        array: Oid::INVALID,
        functions: ["array_in", "array_out", "array_recv", "array_send"],
        analyze: "array_typanalyze",
        ..row
    };
    vec![row.row(), array.row()]
}

/// The name of the array type of a type: underscores before it until it is free.
pub(super) fn array_name(name: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    let mut candidate = name.to_owned();
    loop {
        candidate.insert(0, '_');
        let mut end = candidate.len().min(NAME_BYTES_MAX);
        while !candidate.is_char_boundary(end) {
            end -= 1;
        }
        candidate.truncate(end);
        let only_underscores = candidate.bytes().all(|byte| byte == b'_');
        if !is_taken(&candidate) || only_underscores {
            return candidate;
        }
    }
}
