//! Relations and their columns: pg_class, pg_attribute, pg_attrdef, pg_index, pg_sequence, pg_namespace.

use super::tree::node_tree;
use super::value::{
    BLANK, NO, NULL, OWNER, YES, acl, array_of_one, boolean, int2, int2_vector, letter, oid,
    oid_vector, options, parse, text,
};
use super::{Reading, Rows};
use crate::facts::{Fields, RawTable, SystemRelation, facts, raw_rows, raw_rows_of};
use crate::object::{
    Column, Deferral, Identity, Index, IndexTarget, Object, Persistence, Statistics, StoredTree,
    TypeDefinition,
};
use error::Result;
use types::{Datum, Oid, builtin_type, type_oid};

/// relfrozenxid of what has rows: the first id that a transaction may have. Nothing is ever frozen.
const FROZEN: Datum = Datum::I64(3);

/// What pg_class says of a relation where kinds differ.
struct Class<'a> {
    oid: Oid,
    name: &'a str,
    schema: Oid,
    row_type: Oid,
    owner: Oid,
    method: Oid,
    file: u32,
    pages: u32,
    rows: f64,
    has_index: bool,
    persistence: Persistence,
    kind: char,
    columns: usize,
    checks: usize,
    has_rules: bool,
    has_triggers: bool,
    acl: Datum,
    options: Datum,
}

impl Class<'_> {
    fn row(self) -> Vec<Datum> {
        let has_rows = self.kind == 'r';
        vec![
            oid(self.oid),
            text(self.name),
            oid(self.schema),
            oid(self.row_type),
            oid(Oid::INVALID),
            oid(self.owner),
            oid(self.method),
            Datum::I64(i64::from(self.file)),
            oid(Oid::INVALID),
            Datum::I32(i32::try_from(self.pages).unwrap_or(i32::MAX)),
            reltuples(self.rows),
            Datum::I32(0),
            Datum::I32(0),
            oid(Oid::INVALID),
            boolean(self.has_index),
            NO,
            letter(match self.persistence {
                Persistence::Permanent => 'p',
                Persistence::Unlogged => 'u',
                Persistence::Temporary => 't',
            }),
            letter(self.kind),
            int2(self.columns),
            int2(self.checks),
            boolean(self.has_rules),
            boolean(self.has_triggers),
            NO,
            NO,
            NO,
            YES,
            letter(if has_rows { 'd' } else { 'n' }),
            NO,
            oid(Oid::INVALID),
            if has_rows { FROZEN } else { Datum::I64(0) },
            Datum::I64(i64::from(has_rows)),
            self.acl,
            self.options,
            NULL,
        ]
    }
}

#[expect(clippy::cast_possible_truncation, reason = "reltuples is an estimate in single precision")]
fn reltuples(rows: f64) -> Datum {
    Datum::F32(rows as f32)
}

pub(super) fn pg_class(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    match (r.oid_key(1), r.text_key(2)) {
        (Some(key), _) => rows.extend(facts().relations.get(&key).map(system_class).transpose()?),
        (None, Some(name)) => {
            for relation in facts().relations.values().filter(|relation| relation.name == name) {
                rows.push(system_class(relation)?);
            }
        }
        (None, None) => {
            for fields in raw_rows(RawTable::Class) {
                rows.push(system_class_fields(&fields)?);
            }
        }
    }
    let name = r.text_key(2);
    for object in relations(r) {
        if name.is_none_or(|name| object.name() == name) {
            rows.extend(object_class(r, object)?.map(Class::row));
        }
    }
    Ok(rows)
}

/// The objects that may be relations, where a key says which one only that; composite types have pg_class's OID in
/// their definition.
fn relations<'a>(r: &Reading<'a>) -> Vec<&'a Object> {
    let found = r.objects(1);
    match r.oid_key(1) {
        Some(key) if found.is_empty() => r
            .catalog
            .objects()
            .filter(|object| {
                matches!(object, Object::Type(own)
                    if matches!(&own.definition, TypeDefinition::Composite { relation, .. }
                        if *relation == key))
            })
            .collect(),
        Some(_) | None => found,
    }
}

fn system_class(relation: &SystemRelation) -> Result<Vec<Datum>> {
    system_class_fields(&relation.fields)
}

fn system_class_fields(fields: &Fields) -> Result<Vec<Datum>> {
    let kind = fields.text(10);
    let mut row = Class {
        oid: fields.oid(0),
        name: fields.text(1),
        schema: fields.oid(2),
        row_type: fields.oid(3),
        owner: OWNER,
        method: fields.oid(6),
        file: 0,
        pages: 0,
        rows: if kind == "v" { -1.0 } else { 0.0 },
        has_index: fields.bool(7),
        persistence: Persistence::Permanent,
        kind: kind.chars().next().unwrap_or('r'),
        columns: fields.text(11).parse().unwrap_or(0),
        checks: 0,
        has_rules: fields.bool(13),
        has_triggers: fields.bool(14),
        acl: parse(type_oid::ACLITEM_ARRAY, fields.optional(17))?,
        options: NULL,
    }
    .row();
    row[15] = boolean(fields.bool(8));
    row[26] = parse(type_oid::CHAR, fields.optional(15))?;
    Ok(row)
}

#[expect(clippy::too_many_lines, reason = "one arm a kind of object")]
fn object_class<'a>(r: &Reading<'a>, object: &'a Object) -> Result<Option<Class<'a>>> {
    let none = Class {
        oid: object.oid(),
        name: object.name(),
        schema: object.schema().unwrap_or_default(),
        row_type: Oid::INVALID,
        owner: object.owner(),
        method: Oid::INVALID,
        file: 0,
        pages: 0,
        rows: -1.0,
        has_index: false,
        persistence: Persistence::Permanent,
        kind: 'r',
        columns: 0,
        checks: 0,
        has_rules: false,
        has_triggers: false,
        acl: NULL,
        options: NULL,
    };
    Ok(Some(match object {
        Object::Role(_) | Object::Database(_) | Object::Schema(_) | Object::Function(_) => {
            return Ok(None);
        }
        Object::Type(own) => match &own.definition {
            TypeDefinition::Composite { relation, columns } => Class {
                oid: *relation,
                row_type: own.oid,
                rows: 0.0,
                kind: 'c',
                columns: columns.len(),
                ..none
            },
            TypeDefinition::Enum(_) | TypeDefinition::Domain(_) | TypeDefinition::Range(_) => {
                return Ok(None);
            }
        },
        Object::Table(table) => Class {
            row_type: table.row_type,
            method: Oid(2),
            file: table.file,
            pages: table.statistics.pages,
            rows: known_rows(&table.statistics),
            has_index: r.catalog.indexes_of(table.oid).next().is_some(),
            persistence: table.persistence,
            columns: table.columns.len(),
            checks: table.checks.len(),
            has_triggers: !table.triggers.is_empty()
                || !table.foreign_keys.is_empty()
                || is_referenced(r, table.oid),
            acl: acl(r.catalog, &table.acl)?,
            options: options(&table.options)?,
            ..none
        },
        Object::Index(index) => Class {
            method: index.method,
            file: index.file,
            pages: 1,
            rows: 0.0,
            persistence: index.persistence,
            kind: 'i',
            columns: index.columns.len(),
            options: options(&index.options)?,
            ..none
        },
        Object::Sequence(sequence) => Class {
            file: sequence.file,
            pages: 1,
            rows: 1.0,
            persistence: sequence.persistence,
            kind: 'S',
            columns: 3,
            acl: acl(r.catalog, &sequence.acl)?,
            ..none
        },
        Object::View(view) => Class {
            row_type: view.row_type,
            rows: -1.0,
            kind: 'v',
            columns: view.columns.len(),
            has_rules: true,
            acl: acl(r.catalog, &view.acl)?,
            ..none
        },
    }))
}

/// Rows as ANALYZE found them; -1 before.
fn known_rows(statistics: &Statistics) -> f64 {
    if *statistics == Statistics::default() { -1.0 } else { statistics.rows }
}

/// Whether a foreign key refers to the table.
fn is_referenced(r: &Reading<'_>, table: Oid) -> bool {
    r.catalog.objects().any(|object| match object {
        Object::Table(other) => other.foreign_keys.iter().any(|key| key.table == table),
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Index(_)
        | Object::Sequence(_)
        | Object::View(_) => false,
    })
}

/// A column, as all kinds of relations have them.
struct Attribute<'a> {
    relation: Oid,
    number: i16,
    name: &'a str,
    type_id: Oid,
    typmod: i32,
    dimensions: i16,
    not_null: bool,
    collation: Oid,
}

impl Attribute<'_> {
    fn row(&self) -> Vec<Datum> {
        let fact = builtin_type(self.type_id);
        let (length, by_value, align, storage) =
            fact.map_or((-1, false, 'd', 'x'), |t| (t.length, t.by_value, t.align, t.storage));
        vec![
            oid(self.relation),
            text(self.name),
            oid(self.type_id),
            Datum::I16(length),
            Datum::I16(self.number),
            Datum::I32(self.typmod),
            Datum::I16(self.dimensions),
            boolean(by_value),
            letter(align),
            letter(storage),
            BLANK,
            boolean(self.not_null),
            NO,
            NO,
            BLANK,
            BLANK,
            NO,
            YES,
            Datum::I16(0),
            oid(self.collation),
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
        ]
    }
}

/// The columns that every table has.
const SYSTEM_COLUMNS: [(i16, &str, Oid); 6] = [
    (-6, "tableoid", type_oid::OID),
    (-5, "cmax", type_oid::CID),
    (-4, "xmax", type_oid::XID),
    (-3, "cmin", type_oid::CID),
    (-2, "xmin", type_oid::XID),
    (-1, "ctid", type_oid::TID),
];

fn system_columns(relation: Oid, rows: &mut Rows) {
    for (number, name, type_id) in SYSTEM_COLUMNS {
        let attribute = Attribute {
            relation,
            number,
            name,
            type_id,
            typmod: -1,
            dimensions: 0,
            not_null: true,
            collation: Oid::INVALID,
        };
        rows.push(attribute.row());
    }
}

/// The privileges that built-in objects have from the start.
pub(super) fn pg_init_privs(_: &Reading<'_>) -> Result<Rows> {
    const TABLES: [(RawTable, u32, usize); 3] = [
        (RawTable::Procedure, 1255, 26),
        (RawTable::Class, 1259, 17),
        (RawTable::Namespace, 2615, 3),
    ];
    let mut rows = Vec::new();
    for (table, class, acl) in TABLES {
        for fields in raw_rows(table) {
            if let Some(text) = fields.optional(acl) {
                rows.push(vec![
                    oid(fields.oid(0)),
                    oid(Oid(class)),
                    Datum::I32(0),
                    letter('i'),
                    parse(type_oid::ACLITEM_ARRAY, Some(text))?,
                ]);
            }
        }
    }
    Ok(rows)
}

pub(super) fn pg_attribute(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    let system = match r.oid_key(1) {
        Some(relation) => raw_rows_of(RawTable::Attribute, relation),
        None => raw_rows(RawTable::Attribute),
    };
    let mut before = Oid::INVALID;
    for fields in &system {
        let relation = fields.oid(0);
        if relation != before
            && facts().relations.get(&relation).is_some_and(|fact| fact.kind == "r")
        {
            system_columns(relation, &mut rows);
        }
        before = relation;
        rows.push(system_attribute(fields)?);
    }
    for object in relations(r) {
        object_attributes(r, object, &mut rows)?;
    }
    Ok(rows)
}

fn system_attribute(fields: &Fields) -> Result<Vec<Datum>> {
    let mut row = Attribute {
        relation: fields.oid(0),
        number: fields.text(4).parse().unwrap_or(0),
        name: fields.text(1),
        type_id: fields.oid(2),
        typmod: fields.text(5).parse().unwrap_or(-1),
        dimensions: fields.text(6).parse().unwrap_or(0),
        not_null: fields.bool(11),
        collation: fields.oid(13),
    }
    .row();
    row[3] = parse(type_oid::INT2, Some(fields.text(3)))?;
    row[7] = boolean(fields.bool(7));
    row[8] = parse(type_oid::CHAR, Some(fields.text(8)))?;
    row[9] = parse(type_oid::CHAR, Some(fields.text(9)))?;
    Ok(row)
}

fn object_attributes(r: &Reading<'_>, object: &Object, rows: &mut Rows) -> Result<()> {
    match object {
        Object::Role(_) | Object::Database(_) | Object::Schema(_) | Object::Function(_) => {}
        Object::Type(own) => {
            if let TypeDefinition::Composite { relation, columns } = &own.definition {
                for (index, column) in columns.iter().enumerate() {
                    rows.push(table_attribute(r, *relation, index, column)?);
                }
            }
        }
        Object::Table(table) => {
            system_columns(table.oid, rows);
            for (index, column) in table.columns.iter().enumerate() {
                rows.push(table_attribute(r, table.oid, index, column)?);
            }
        }
        Object::View(view) => {
            for (index, column) in view.columns.iter().enumerate() {
                rows.push(table_attribute(r, view.oid, index, column)?);
            }
        }
        Object::Index(index) => {
            for (number, column) in (1..).zip(&index.columns) {
                let attribute = Attribute {
                    relation: index.oid,
                    number,
                    name: &column.name,
                    type_id: column.type_id,
                    typmod: column.typmod,
                    dimensions: 0,
                    not_null: false,
                    collation: column.collation,
                };
                rows.push(attribute.row());
            }
        }
        Object::Sequence(sequence) => {
            system_columns(sequence.oid, rows);
            let columns = [
                ("last_value", type_oid::INT8),
                ("log_cnt", type_oid::INT8),
                ("is_called", type_oid::BOOL),
            ];
            for (number, (name, type_id)) in (1..).zip(columns) {
                let attribute = Attribute {
                    relation: sequence.oid,
                    number,
                    name,
                    type_id,
                    typmod: -1,
                    dimensions: 0,
                    not_null: true,
                    collation: Oid::INVALID,
                };
                rows.push(attribute.row());
            }
        }
    }
    Ok(())
}

fn table_attribute(
    r: &Reading<'_>,
    relation: Oid,
    index: usize,
    column: &Column,
) -> Result<Vec<Datum>> {
    let mut row = Attribute {
        relation,
        number: i16::try_from(index + 1).unwrap_or(i16::MAX),
        name: &column.name,
        type_id: column.type_id,
        typmod: column.typmod,
        dimensions: column.dimensions,
        not_null: column.not_null,
        collation: column.collation,
    }
    .row();
    if column.dropped {
        row[1] = text(&format!("........pg.dropped.{}........", index + 1));
        row[2] = oid(Oid::INVALID);
        row[11] = NO;
        row[16] = YES;
        return Ok(row);
    }
    storage_of_own(r, column.type_id, &mut row);
    row[12] = boolean(column.default.is_some());
    if !column.missing.is_null() {
        row[13] = YES;
        row[24] = array_of_one(column.type_id, &column.missing)?;
    }
    row[14] = match column.identity {
        None => BLANK,
        Some(Identity::Always) => letter('a'),
        Some(Identity::ByDefault) => letter('d'),
    };
    if column.default.as_ref().is_some_and(|default| default.generated) {
        row[15] = letter('s');
    }
    row[21] = acl(r.catalog, &column.acl)?;
    Ok(row)
}

pub(super) fn pg_attrdef(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.objects(2) {
        let (Object::Table(_) | Object::View(_)) = object else { continue };
        for (number, column) in (1..).zip(columns(object)) {
            if let Some(default) = &column.default {
                rows.push(vec![
                    oid(default.oid),
                    oid(object.oid()),
                    Datum::I16(number),
                    node_tree([&default.expression]),
                ]);
            }
        }
    }
    Ok(rows)
}

/// The columns of a table or view.
pub(super) fn columns(object: &Object) -> &[Column] {
    match object {
        Object::Table(table) => &table.columns,
        Object::View(view) => &view.columns,
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Index(_)
        | Object::Sequence(_) => &[],
    }
}

pub(super) fn pg_index(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    let system = match r.oid_key(1) {
        Some(index) => raw_rows_of(RawTable::Index, index),
        None => raw_rows(RawTable::Index),
    };
    for fields in &system {
        rows.push(system_index(fields)?);
    }
    if let Some(table) = r.oid_key(2) {
        for index in r.catalog.indexes_of(table) {
            rows.push(index_row(index)?);
        }
        return Ok(rows);
    }
    for object in r.objects(1) {
        if let Object::Index(index) = object {
            rows.push(index_row(index)?);
        }
    }
    Ok(rows)
}

fn system_index(fields: &Fields) -> Result<Vec<Datum>> {
    Ok(vec![
        oid(fields.oid(0)),
        oid(fields.oid(1)),
        parse(type_oid::INT2, fields.optional(2))?,
        parse(type_oid::INT2, fields.optional(3))?,
        boolean(fields.bool(4)),
        boolean(fields.bool(5)),
        boolean(fields.bool(6)),
        NO,
        YES,
        NO,
        YES,
        NO,
        YES,
        YES,
        NO,
        parse(type_oid::INT2VECTOR, fields.optional(7))?,
        parse(type_oid::OIDVECTOR, fields.optional(8))?,
        parse(type_oid::OIDVECTOR, fields.optional(9))?,
        parse(type_oid::INT2VECTOR, fields.optional(10))?,
        NULL,
        NULL,
    ])
}

fn index_row(index: &Index) -> Result<Vec<Datum>> {
    let keys = &index.columns[..index.key_count];
    let numbers: Vec<i16> = index
        .columns
        .iter()
        .map(|column| match &column.target {
            IndexTarget::Column(number) => *number,
            IndexTarget::Expression(_) => 0,
        })
        .collect();
    let expressions: Vec<&StoredTree> = index
        .columns
        .iter()
        .filter_map(|column| match &column.target {
            IndexTarget::Column(_) => None,
            IndexTarget::Expression(tree) => Some(tree),
        })
        .collect();
    let collations: Vec<Oid> = keys.iter().map(|column| column.collation).collect();
    let classes: Vec<Oid> = keys.iter().map(|column| column.operator_class).collect();
    let flags: Vec<i16> =
        keys.iter().map(|c| i16::from(c.descending) | i16::from(c.nulls_first) << 1).collect();
    Ok(vec![
        oid(index.oid),
        oid(index.table),
        int2(index.columns.len()),
        int2(index.key_count),
        boolean(index.unique),
        boolean(index.nulls_not_distinct),
        boolean(index.primary),
        NO,
        boolean(index.deferral == Deferral::Never),
        NO,
        boolean(index.is_valid),
        NO,
        boolean(index.is_live),
        boolean(index.is_live),
        NO,
        int2_vector(&numbers)?,
        oid_vector(&collations)?,
        oid_vector(&classes)?,
        int2_vector(&flags)?,
        node_tree(expressions),
        node_tree(&index.predicate),
    ])
}

pub(super) fn pg_sequence(r: &Reading<'_>) -> Result<Rows> {
    let sequences = r.objects(1).into_iter().filter_map(|object| {
        let Object::Sequence(sequence) = object else { return None };
        Some(vec![
            oid(sequence.oid),
            oid(sequence.type_id),
            Datum::I64(sequence.start),
            Datum::I64(sequence.increment),
            Datum::I64(sequence.maximum),
            Datum::I64(sequence.minimum),
            Datum::I64(sequence.cache),
            boolean(sequence.cycle),
        ])
    });
    Ok(sequences.collect())
}

pub(super) fn pg_namespace(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Namespace) {
        if r.catalog.schema_by_oid(fields.oid(0)).is_none() && fields.text(1) != "public" {
            rows.push(vec![
                oid(fields.oid(0)),
                text(fields.text(1)),
                oid(fields.oid(2)),
                parse(type_oid::ACLITEM_ARRAY, fields.optional(3))?,
            ]);
        }
    }
    for object in r.objects(1) {
        if let Object::Schema(schema) = object {
            rows.push(vec![
                oid(schema.oid),
                text(&schema.name),
                oid(schema.owner),
                acl(r.catalog, &schema.acl)?,
            ]);
        }
    }
    Ok(rows)
}

/// Length, by value, alignment and storage of a column of a type that a user made, where they are not those of values
/// of any length.
fn storage_of_own(r: &Reading<'_>, type_id: Oid, row: &mut [Datum]) {
    let mut base = type_id;
    loop {
        if let Some(fact) = builtin_type(base) {
            row[3] = Datum::I16(fact.length);
            (row[7], row[8], row[9]) =
                (boolean(fact.by_value), letter(fact.align), letter(fact.storage));
            return;
        }
        let Some(Object::Type(own)) = r.catalog.object(base) else { return };
        match &own.definition {
            TypeDefinition::Domain(domain) => base = domain.base,
            TypeDefinition::Enum(_) => {
                row[3] = Datum::I16(4);
                (row[7], row[8], row[9]) = (YES, letter('i'), letter('p'));
                return;
            }
            TypeDefinition::Composite { .. } | TypeDefinition::Range(_) => return,
        }
    }
}
