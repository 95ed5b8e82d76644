//! pg_type: the built-in types, and the row types of tables and views with their arrays.

use super::value::{
    NO, NULL, OWNER, YES, acl, boolean, function_named, letter, oid, optional_text, text,
};
use super::{Reading, Rows};
use crate::acl::Acl;
use crate::object::{Domain, Object, TypeDefinition, UserType};
use crate::snapshot::{Catalog, PG_CATALOG};
use error::{Error, Result};
use types::{BuiltinType, Datum, Kind, Oid};

/// The longest name in bytes.
const NAME_BYTES_MAX: usize = 63;

pub(super) fn pg_type(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    match (r.oid_key(1), r.text_key(2)) {
        (Some(key), _) => {
            rows.extend(types::builtin_type(key).map(builtin));
            if let Some(object) = r.catalog.relation_of_row_type(key) {
                rows.extend(row_types(r, object)?);
            }
            return Ok(rows);
        }
        (None, Some(name)) => rows.extend(types::builtin_type_named(name).map(builtin)),
        (None, None) => rows.extend(types::builtin_types().iter().map(builtin)),
    }
    for object in r.catalog.objects_by_oid() {
        rows.extend(row_types(r, object)?);
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

/// A type of a user, a row type, or an array of one.
struct OwnType<'a> {
    oid: Oid,
    name: &'a str,
    schema: Oid,
    owner: Oid,
    length: i16,
    by_value: bool,
    kind: char,
    category: char,
    delimiter: char,
    relation: Oid,
    subscript: &'a str,
    element: Oid,
    array: Oid,
    /// Input, output, receive, send, typmod_in, typmod_out, analyze.
    functions: [&'a str; 7],
    align: char,
    storage: char,
    not_null: bool,
    base: Oid,
    typmod: i32,
    dimensions: i16,
    collation: Oid,
    default: Datum,
    acl: &'a Acl,
}

impl OwnType<'_> {
    fn row(&self, catalog: &Catalog) -> Result<Vec<Datum>> {
        let [input, output, receive, send, typmod_in, typmod_out, analyze] = self.functions;
        Ok(vec![
            oid(self.oid),
            text(self.name),
            oid(self.schema),
            oid(self.owner),
            Datum::I16(self.length),
            boolean(self.by_value),
            letter(self.kind),
            letter(self.category),
            NO,
            YES,
            letter(self.delimiter),
            oid(self.relation),
            function_named(self.subscript),
            oid(self.element),
            oid(self.array),
            function_named(input),
            function_named(output),
            function_named(receive),
            function_named(send),
            function_named(typmod_in),
            function_named(typmod_out),
            function_named(analyze),
            letter(self.align),
            letter(self.storage),
            boolean(self.not_null),
            oid(self.base),
            Datum::I32(self.typmod),
            Datum::I32(i32::from(self.dimensions)),
            oid(self.collation),
            self.default.clone(),
            NULL,
            acl(catalog, self.acl)?,
        ])
    }
}

const NO_ACL: &Acl = &None;

/// A type whose values are rows; the others differ from it by what is said of them.
fn row_type(object: &Object, type_id: Oid) -> OwnType<'_> {
    OwnType {
        oid: type_id,
        name: object.name(),
        schema: object.schema().unwrap_or_default(),
        owner: object.owner(),
        length: -1,
        by_value: false,
        kind: 'c',
        category: 'C',
        delimiter: ',',
        relation: object.oid(),
        subscript: "-",
        element: Oid::INVALID,
        array: types::array_of(type_id).unwrap_or_default(),
        functions: ["record_in", "record_out", "record_recv", "record_send", "-", "-", "-"],
        align: 'd',
        storage: 'x',
        not_null: false,
        base: Oid::INVALID,
        typmod: -1,
        dimensions: 0,
        collation: Oid::INVALID,
        default: NULL,
        acl: NO_ACL,
    }
}

fn user_type<'a>(own: &'a UserType, whole: OwnType<'a>, rows: &mut Vec<OwnType<'a>>) {
    let whole = OwnType { relation: Oid::INVALID, acl: &own.acl, ..whole };
    match &own.definition {
        TypeDefinition::Enum(_) => rows.push(OwnType {
            length: 4,
            by_value: true,
            kind: 'e',
            category: 'E',
            align: 'i',
            storage: 'p',
            functions: ["enum_in", "enum_out", "enum_recv", "enum_send", "-", "-", "-"],
            ..whole
        }),
        TypeDefinition::Composite { relation, .. } => {
            rows.push(OwnType { relation: *relation, ..whole });
        }
        TypeDefinition::Domain(_) | TypeDefinition::Range(_) => rows.push(whole),
    }
}

/// The row of a domain: what its base type's row says, but for what domains have of their own.
fn domain_row(
    r: &Reading<'_>,
    own: &UserType,
    domain: &Domain,
    whole: &OwnType<'_>,
) -> Result<Vec<Datum>> {
    const LENGTH: usize = 4;
    let mut row = whole.row(r.catalog)?;
    let base = base_row(r, domain.base)?;
    // Length, by value, category, delimiter, output, send, analyze, alignment and storage are the base type's.
    for column in [LENGTH, 5, 7, 10, 16, 18, 21, 22, 23] {
        row[column] = base[column].clone();
    }
    row[6] = letter('d');
    row[11] = oid(Oid::INVALID);
    row[15] = function_named("domain_in");
    row[17] = function_named("domain_recv");
    row[24] = boolean(domain.not_null.is_some());
    row[25] = oid(domain.base);
    row[26] = Datum::I32(domain.typmod);
    row[27] = Datum::I32(i32::from(domain.dimensions));
    row[28] = oid(domain.collation);
    if let Some(tree) = &domain.default {
        row[29] = super::tree::node_tree([tree]);
        row[30] = text(&r.access.sources.expression_text(r.access, Oid::INVALID, tree)?);
    }
    row[31] = acl(r.catalog, &own.acl)?;
    Ok(row)
}

/// The row of pg_type of any type.
fn base_row(r: &Reading<'_>, type_id: Oid) -> Result<Vec<Datum>> {
    error::stack_check()?;
    if let Some(fact) = types::builtin_type(type_id) {
        return Ok(builtin(fact));
    }
    let object = r.catalog.relation_of_row_type(type_id);
    let rows = match object {
        Some(object) => row_types(r, object)?,
        None => Vec::new(),
    };
    let found = rows.into_iter().find(|row| row[0] == oid(type_id));
    found.ok_or_else(|| Error::internal(format!("cache lookup failed for type {type_id}")))
}

/// The rows that an object has in pg_type: its own, that of its multirange type, and those of their arrays.
fn row_types(r: &Reading<'_>, object: &Object) -> Result<Rows> {
    let type_id = match object {
        Object::Table(table) => table.row_type,
        Object::View(view) => view.row_type,
        Object::Type(own) => own.oid,
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => return Ok(Vec::new()),
    };
    let whole = row_type(object, type_id);
    let mut rows = Vec::new();
    let mut list = Vec::new();
    match object {
        Object::Type(own) => match &own.definition {
            TypeDefinition::Domain(domain) => {
                rows.push(domain_row(r, own, domain, &whole)?);
                list.push(whole);
            }
            TypeDefinition::Range(range) => {
                let ranges = OwnType {
                    kind: 'r',
                    category: 'R',
                    relation: Oid::INVALID,
                    functions: RANGE_FUNCTIONS,
                    align: if matches!(types::Kind::of(range.subtype), Kind::I64 | Kind::F64) {
                        'd'
                    } else {
                        'i'
                    },
                    ..whole
                };
                rows.push(ranges.row(r.catalog)?);
                let many = types::range::multirange_of_range(own.oid).unwrap_or_default();
                let many = OwnType {
                    oid: many,
                    name: &range.multirange,
                    kind: 'm',
                    array: types::array_of(many).unwrap_or_default(),
                    functions: MULTIRANGE_FUNCTIONS,
                    ..row_type(object, many)
                };
                let many =
                    OwnType { category: 'R', relation: Oid::INVALID, align: ranges.align, ..many };
                rows.push(many.row(r.catalog)?);
                list.extend([ranges, many]);
            }
            TypeDefinition::Enum(_) | TypeDefinition::Composite { .. } => {
                user_type(own, whole, &mut list);
                rows.push(list[0].row(r.catalog)?);
            }
        },
        Object::Table(_)
        | Object::View(_)
        | Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => {
            rows.push(whole.row(r.catalog)?);
            list.push(whole);
        }
    }
    for element in &list {
        let name = array_name(element.name, &|name| {
            r.catalog.relation(element.schema, name).is_some_and(|o| o.oid() != object.oid())
                || r.catalog.type_oid_named(element.schema, name).is_some()
        });
        let array = OwnType {
            oid: element.array,
            name: &name,
            category: 'A',
            kind: 'b',
            subscript: "array_subscript_handler",
            element: element.oid,
            array: Oid::INVALID,
            relation: Oid::INVALID,
            functions: ARRAY_FUNCTIONS,
            owner: element.owner,
            ..row_type(object, element.oid)
        };
        rows.push(array.row(r.catalog)?);
    }
    Ok(rows)
}

const RANGE_FUNCTIONS: [&str; 7] =
    ["range_in", "range_out", "range_recv", "range_send", "-", "-", "range_typanalyze"];
const MULTIRANGE_FUNCTIONS: [&str; 7] = [
    "multirange_in",
    "multirange_out",
    "multirange_recv",
    "multirange_send",
    "-",
    "-",
    "multirange_typanalyze",
];
const ARRAY_FUNCTIONS: [&str; 7] =
    ["array_in", "array_out", "array_recv", "array_send", "-", "-", "array_typanalyze"];

/// The range types, those of users after the built-in ones.
pub(super) fn pg_range(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = super::builtin::rows(r, "pg_range").transpose()?.unwrap_or_default();
    for object in r.catalog.objects_by_oid() {
        if let Object::Type(own) = object
            && let TypeDefinition::Range(range) = &own.definition
        {
            let difference = match crate::facts::facts().functions.get(&range.difference) {
                Some(function) => function_named(function.source),
                None => function_named("-"),
            };
            rows.push(vec![
                oid(own.oid),
                oid(range.subtype),
                oid(types::range::multirange_of_range(own.oid).unwrap_or_default()),
                oid(range.collation),
                oid(range.operator_class),
                function_named("-"),
                difference,
            ]);
        }
    }
    Ok(rows)
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
