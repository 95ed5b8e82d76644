//! What pg_type says of the built-in types: read once from the checked-in table.

use crate::Oid;
use crate::own::{array_of_own, element_of_own};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A row of pg_type. Functions are named as regproc prints them, `-` for none.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are pg_type's columns")]
pub struct BuiltinType {
    pub oid: Oid,
    pub name: &'static str,
    pub length: i16,
    pub by_value: bool,
    pub kind: char,
    pub category: char,
    pub preferred: bool,
    pub defined: bool,
    pub delimiter: char,
    pub relation: Oid,
    pub subscript: &'static str,
    pub element: Oid,
    pub array: Oid,
    pub input: &'static str,
    pub output: &'static str,
    pub receive: &'static str,
    pub send: &'static str,
    pub typmod_in: &'static str,
    pub typmod_out: &'static str,
    pub analyze: &'static str,
    pub align: char,
    pub storage: char,
    pub not_null: bool,
    pub base_type: Oid,
    pub typmod: i32,
    pub dimensions: i32,
    pub collation: Oid,
    pub default: Option<&'static str>,
}

struct Facts {
    types: Vec<BuiltinType>,
    by_oid: HashMap<Oid, usize>,
    by_name: HashMap<&'static str, usize>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let types: Vec<_> = include_str!("../data/pg_type.tsv").lines().skip(1).map(parse).collect();
    let by_oid = types.iter().enumerate().map(|(index, row)| (row.oid, index)).collect();
    let by_name = types.iter().enumerate().map(|(index, row)| (row.name, index)).collect();
    Facts { types, by_oid, by_name }
});

/// All built-in types, by OID.
pub fn builtin_types() -> &'static [BuiltinType] {
    &FACTS.types
}

/// The built-in type of an OID.
pub fn builtin_type(type_id: Oid) -> Option<&'static BuiltinType> {
    FACTS.by_oid.get(&type_id).map(|&index| &FACTS.types[index])
}

/// The built-in type of a name of pg_type (`"int4"`, `"_int4"`).
pub fn builtin_type_named(name: &str) -> Option<&'static BuiltinType> {
    FACTS.by_name.get(name).map(|&index| &FACTS.types[index])
}

/// The type of arrays of a type.
pub fn array_of(type_id: Oid) -> Option<Oid> {
    match builtin_type(type_id) {
        Some(row) => Some(row.array).filter(|array| array.is_valid()),
        None => array_of_own(type_id),
    }
}

/// The type of the elements of an array type; also of int2vector and oidvector.
pub fn element_of(type_id: Oid) -> Option<Oid> {
    match builtin_type(type_id) {
        Some(row) => (row.subscript == "array_subscript_handler").then_some(row.element),
        None => element_of_own(type_id),
    }
}

fn parse(line: &'static str) -> BuiltinType {
    let mut fields = line.split('\t');
    let mut next = || fields.next().expect("a row of pg_type.tsv has all columns");
    let flag = |text: &str| text == "t";
    let letter = |text: &str| text.chars().next().expect("a \"char\" is one character");
    let oid = |text: &str| Oid(text.parse().expect("an oid is a number"));
    let number = |text: &str| text.parse::<i32>().expect("a number");
    BuiltinType {
        oid: oid(next()),
        name: next(),
        length: next().parse().expect("a number"),
        by_value: flag(next()),
        kind: letter(next()),
        category: letter(next()),
        preferred: flag(next()),
        defined: flag(next()),
        delimiter: letter(next()),
        relation: oid(next()),
        subscript: next(),
        element: oid(next()),
        array: oid(next()),
        input: next(),
        output: next(),
        receive: next(),
        send: next(),
        typmod_in: next(),
        typmod_out: next(),
        analyze: next(),
        align: letter(next()),
        storage: letter(next()),
        not_null: flag(next()),
        base_type: oid(next()),
        typmod: number(next()),
        dimensions: number(next()),
        collation: oid(next()),
        default: Some(next()).filter(|text| *text != "\\N"),
    }
}
