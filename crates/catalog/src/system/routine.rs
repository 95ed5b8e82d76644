//! Users' functions in pg_proc, and pg_trigger.

use super::tree::node_tree;
use super::value::{
    NO, NULL, acl, boolean, int2, int2_vector, letter, oid, oid_array, oid_vector, optional_text,
    text, text_array,
};
use super::{Reading, Rows};
use crate::facts::{FunctionKind, Volatility};
use crate::object::{Function, Object, ParameterMode, Table, Trigger};
use error::Result;
use types::array::array_of_values;
use types::{Datum, Oid, ValueRef, type_oid};

/// Adds the functions that users made to the rows of pg_proc.
pub(super) fn functions(r: &Reading<'_>, rows: &mut Rows) -> Result<()> {
    const NAME: i16 = 2;
    if let (None, Some(name)) = (r.oid_key(1), r.text_key(NAME)) {
        for function in r.catalog.functions_named(name) {
            rows.push(row(r, function)?);
        }
        return Ok(());
    }
    for object in r.objects(1) {
        if let Object::Function(function) = object {
            rows.push(row(r, function)?);
        }
    }
    Ok(())
}

fn row(r: &Reading<'_>, function: &Function) -> Result<Vec<Datum>> {
    let parameters = &function.parameters;
    let plain = parameters.iter().all(|p| p.mode == ParameterMode::In);
    let all: Vec<Oid> = parameters.iter().map(|p| p.type_id).collect();
    let modes: Vec<ValueRef<'_>> = parameters
        .iter()
        .map(|p| ValueRef::I16(i16::try_from(u32::from(p.mode.letter())).unwrap_or(0)))
        .collect();
    let names: Vec<String> = parameters.iter().map(|p| p.name.clone()).collect();
    let unnamed = names.iter().all(String::is_empty);
    let settings: Vec<String> =
        function.settings.iter().map(|s| format!("{}={}", s.name, s.value)).collect();
    Ok(vec![
        oid(function.oid),
        text(&function.name),
        oid(function.schema),
        oid(function.owner),
        oid(function.language.oid()),
        Datum::F32(function.cost),
        Datum::F32(function.rows),
        oid(function.variadic),
        oid(Oid::INVALID),
        letter(match function.kind {
            FunctionKind::Plain => 'f',
            FunctionKind::Aggregate => 'a',
            FunctionKind::Window => 'w',
            FunctionKind::Procedure => 'p',
        }),
        boolean(function.security_definer),
        boolean(function.leakproof),
        boolean(function.strict),
        boolean(function.returns_set),
        letter(match function.volatility {
            Volatility::Immutable => 'i',
            Volatility::Stable => 's',
            Volatility::Volatile => 'v',
        }),
        letter(function.parallel),
        int2(function.arguments.len()),
        int2(function.default_count()),
        oid(function.result),
        oid_vector(&function.arguments)?,
        if plain { NULL } else { oid_array(&all)? },
        if plain { NULL } else { Datum::Bytes(array_of_values(type_oid::CHAR, modes)?.into()) },
        if unnamed { NULL } else { text_array(&names)? },
        node_tree(function.inputs().filter_map(|p| p.default.as_ref())),
        NULL,
        text(&function.source),
        NULL,
        optional_text(function.sql_body.as_deref()),
        if settings.is_empty() { NULL } else { text_array(&settings)? },
        acl(r.catalog, &function.acl)?,
    ])
}

/// pg_trigger.
pub(super) fn pg_trigger(r: &Reading<'_>) -> Result<Rows> {
    const RELATION: i16 = 2;
    let mut rows = Vec::new();
    for object in r.objects(RELATION) {
        if let Object::Table(table) = object {
            for trigger in &table.triggers {
                rows.push(trigger_row(table, trigger)?);
            }
        }
    }
    Ok(rows)
}

fn trigger_row(table: &Table, trigger: &Trigger) -> Result<Vec<Datum>> {
    let mut arguments = Vec::new();
    for argument in &trigger.arguments {
        arguments.extend_from_slice(argument.as_bytes());
        arguments.push(0);
    }
    Ok(vec![
        oid(trigger.oid),
        oid(table.oid),
        oid(Oid::INVALID),
        text(&trigger.name),
        oid(trigger.function),
        Datum::I16(trigger.kind),
        letter(trigger.enabled.letter()),
        NO,
        oid(trigger.constraint_table),
        oid(Oid::INVALID),
        oid(trigger.constraint),
        boolean(trigger.deferrable),
        boolean(trigger.initially_deferred),
        int2(trigger.arguments.len()),
        int2_vector(&trigger.columns)?,
        Datum::Bytes(arguments.into()),
        node_tree(trigger.condition.as_ref()),
        optional_text(trigger.old_table.as_deref()),
        optional_text(trigger.new_table.as_deref()),
    ])
}
