//! pg_constraint.

use super::tree::node_tree;
use super::value::{NO, NULL, YES, boolean, int2_array, letter, oid, oid_array, text};
use super::{Reading, Rows};
use crate::facts::facts;
use crate::object::{
    Deferral, Domain, ForeignKey, Index, IndexTarget, Object, ReferentialAction, Table,
    TypeDefinition, UserType,
};
use error::Result;
use types::{Datum, Oid};

/// A constraint as pg_constraint lists it.
struct Constraint<'a> {
    oid: Oid,
    name: &'a str,
    schema: Oid,
    kind: char,
    deferrable: bool,
    deferred: bool,
    enforced: bool,
    validated: bool,
    table: Oid,
    domain: Oid,
    index: Oid,
    referenced: Oid,
    on_update: char,
    on_delete: char,
    matching: char,
    no_inherit: bool,
    columns: Datum,
    referenced_columns: Datum,
    operators: Datum,
    set_columns: Datum,
    expression: Datum,
}

impl Constraint<'_> {
    fn row(self) -> Vec<Datum> {
        vec![
            oid(self.oid),
            text(self.name),
            oid(self.schema),
            letter(self.kind),
            boolean(self.deferrable),
            boolean(self.deferred),
            boolean(self.enforced),
            boolean(self.validated),
            oid(self.table),
            oid(self.domain),
            oid(self.index),
            oid(Oid::INVALID),
            oid(self.referenced),
            letter(self.on_update),
            letter(self.on_delete),
            letter(self.matching),
            YES,
            Datum::I16(0),
            boolean(self.no_inherit),
            NO,
            self.columns,
            self.referenced_columns,
            self.operators.clone(),
            self.operators.clone(),
            self.operators,
            self.set_columns,
            NULL,
            self.expression,
        ]
    }
}

pub(super) fn pg_constraint(r: &Reading<'_>) -> Result<Rows> {
    const RELATION: i16 = 9;
    let mut rows = Vec::new();
    for object in r.objects(RELATION) {
        if let Object::Table(table) = object {
            table_constraints(r, table, &mut rows)?;
        }
    }
    for object in r.catalog.objects_by_oid() {
        if let Object::Type(own) = object
            && let TypeDefinition::Domain(domain) = &own.definition
        {
            domain_constraints(own, domain, &mut rows);
        }
    }
    Ok(rows)
}

fn domain_constraints(own: &UserType, domain: &Domain, rows: &mut Rows) {
    for check in &domain.checks {
        let constraint = Constraint {
            validated: check.validated,
            domain: own.oid,
            expression: node_tree([&check.expression]),
            ..bare(own.schema, check.oid, &check.name, 'c')
        };
        rows.push(constraint.row());
    }
    if let Some((oid, name)) = &domain.not_null {
        rows.push(Constraint { domain: own.oid, ..bare(own.schema, *oid, name, 'n') }.row());
    }
}

fn plain<'a>(table: &Table, constraint: Oid, name: &'a str, kind: char) -> Constraint<'a> {
    Constraint { table: table.oid, ..bare(table.schema, constraint, name, kind) }
}

fn bare(schema: Oid, constraint: Oid, name: &str, kind: char) -> Constraint<'_> {
    Constraint {
        oid: constraint,
        name,
        schema,
        kind,
        deferrable: false,
        deferred: false,
        enforced: true,
        validated: true,
        table: Oid::INVALID,
        domain: Oid::INVALID,
        index: Oid::INVALID,
        referenced: Oid::INVALID,
        on_update: ' ',
        on_delete: ' ',
        matching: ' ',
        no_inherit: false,
        columns: NULL,
        referenced_columns: NULL,
        set_columns: NULL,
        operators: NULL,
        expression: NULL,
    }
}

fn table_constraints(r: &Reading<'_>, table: &Table, rows: &mut Rows) -> Result<()> {
    for check in &table.checks {
        let columns = if check.columns.is_empty() { NULL } else { int2_array(&check.columns)? };
        let constraint = Constraint {
            enforced: check.enforced,
            validated: check.validated,
            no_inherit: check.no_inherit,
            columns,
            expression: node_tree([&check.expression]),
            ..plain(table, check.oid, &check.name, 'c')
        };
        rows.push(constraint.row());
    }
    for not_null in &table.not_nulls {
        let constraint = Constraint {
            no_inherit: not_null.no_inherit,
            columns: int2_array(&[not_null.column])?,
            ..plain(table, not_null.oid, &not_null.name, 'n')
        };
        rows.push(constraint.row());
    }
    for key in &table.keys {
        let deferral = r.catalog.index(key.index).map_or(Deferral::Never, |i| i.deferral);
        let columns = r.catalog.index(key.index).map_or_else(Vec::new, |index| key_columns(index));
        let constraint = Constraint {
            index: key.index,
            deferrable: deferral != Deferral::Never,
            deferred: deferral == Deferral::Deferred,
            no_inherit: true,
            columns: int2_array(&columns)?,
            ..plain(table, key.oid, &key.name, if key.primary { 'p' } else { 'u' })
        };
        rows.push(constraint.row());
    }
    for key in &table.foreign_keys {
        let constraint = Constraint {
            deferrable: key.deferrable,
            deferred: key.initially_deferred,
            validated: key.validated,
            index: key.index,
            referenced: key.table,
            on_update: action_letter(key.on_update),
            on_delete: action_letter(key.on_delete),
            matching: if key.match_full { 'f' } else { 's' },
            no_inherit: true,
            columns: int2_array(&key.columns)?,
            referenced_columns: int2_array(&key.referenced)?,
            operators: equalities(r, key)?,
            enforced: key.enforced,
            set_columns: if key.delete_columns.is_empty() {
                NULL
            } else {
                int2_array(&key.delete_columns)?
            },
            ..plain(table, key.oid, &key.name, 'f')
        };
        rows.push(constraint.row());
    }
    Ok(())
}

/// The columns that an index's keys are.
pub(super) fn key_columns(index: &Index) -> Vec<i16> {
    let keys = &index.columns[..index.key_count];
    keys.iter()
        .filter_map(|column| match column.target {
            IndexTarget::Column(number) => Some(number),
            IndexTarget::Expression(_) => None,
        })
        .collect()
}

fn action_letter(action: ReferentialAction) -> char {
    match action {
        ReferentialAction::NoAction => 'a',
        ReferentialAction::Restrict => 'r',
        ReferentialAction::Cascade => 'c',
        ReferentialAction::SetNull => 'n',
        ReferentialAction::SetDefault => 'd',
    }
}

/// The operators that compare the columns of a foreign key with those that it refers to.
fn equalities(r: &Reading<'_>, key: &ForeignKey) -> Result<Datum> {
    const EQUAL: u16 = 3;
    let Some(index) = r.catalog.index(key.index) else { return Ok(NULL) };
    let operators: Vec<Oid> = index.columns[..index.key_count]
        .iter()
        .filter_map(|column| {
            let class = facts().operator_classes.get(&column.operator_class)?;
            let input = class.input_type;
            facts().btree_operator(class.family, input, input, EQUAL).map(|operator| operator.oid)
        })
        .collect();
    oid_array(&operators)
}
