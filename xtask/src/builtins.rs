//! How many of pg_proc's functions are bound, by family.

use catalog::facts::{Function, FunctionKind, facts};
use std::collections::BTreeMap;
use std::fmt::Write;
use types::{Oid, builtin_type, type_oid};

/// The window functions are bound where frames are known, by these names.
const WINDOW_PREFIX: &str = "window_";

/// Whether calling the function does something.
pub(crate) fn is_bound(function: &Function) -> bool {
    match function.kind {
        FunctionKind::Aggregate => facts()
            .aggregates
            .get(&function.oid)
            .is_some_and(|fact| functions::find_aggregate(fact.transition, fact.finish).is_some()),
        FunctionKind::Window => function.source.starts_with(WINDOW_PREFIX),
        FunctionKind::Plain | FunctionKind::Procedure => {
            functions::find(function.source).is_some()
                || functions::find_set_returning(function.source).is_some()
                || functions::find_by_oid(function.oid).is_some()
                || expression::catalog_functions::find(function.source).is_some()
                || expression::catalog_functions::find_set_returning(function.source).is_some()
                || expression::catalog_functions::find_by_oid(function.oid).is_some()
        }
    }
}

/// Whether it is support code that SQL never calls, because a type is `internal` or the like.
pub(crate) fn is_internal(function: &Function) -> bool {
    let internal = |type_id: &Oid| {
        builtin_type(*type_id).is_none_or(|row| {
            row.kind == 'p'
                && !row.name.starts_with("any")
                && !matches!(
                    *type_id,
                    type_oid::CSTRING | type_oid::RECORD | type_oid::VOID | type_oid::UNKNOWN
                )
                && !row.name.starts_with('_')
        })
    };
    function.kind == FunctionKind::Plain
        && (function.arguments.iter().any(internal) || internal(&function.result))
}

/// A function's family: its kind, or the type of its first argument, else of its result.
pub(crate) fn family(function: &Function) -> String {
    let name = |type_id: Oid| builtin_type(type_id).map_or("?", |row| row.name).to_owned();
    match function.kind {
        FunctionKind::Aggregate => "(aggregates)".to_owned(),
        FunctionKind::Window => "(window functions)".to_owned(),
        FunctionKind::Plain | FunctionKind::Procedure if is_internal(function) => {
            "(support)".to_owned()
        }
        FunctionKind::Plain | FunctionKind::Procedure => {
            name(function.arguments.first().copied().unwrap_or(function.result))
        }
    }
}

/// `name(type, type)` as pg_proc has it.
pub(crate) fn signature(function: &Function) -> String {
    let list: Vec<String> =
        function.arguments.iter().map(|t| types::format_type(*t, None)).collect();
    format!("{}({})", function.name, list.join(", "))
}

/// A line a family: bound, all, and with `list` the functions that are not bound.
pub(crate) fn builtins(list: bool) -> String {
    let mut families: BTreeMap<String, (usize, usize, Vec<String>)> = BTreeMap::new();
    for function in facts().functions.values() {
        let entry = families.entry(family(function)).or_default();
        entry.1 += 1;
        if is_bound(function) {
            entry.0 += 1;
        } else {
            entry.2.push(signature(function));
        }
    }
    let (mut bound, mut all, mut out) = (0, 0, String::new());
    for (family, (some, total, mut missing)) in families {
        bound += some;
        all += total;
        let _ = writeln!(out, "{some:5} of {total:5}  {family}");
        if list {
            missing.sort();
            missing.iter().for_each(|name| {
                let _ = writeln!(out, "                  {name}");
            });
        }
    }
    let _ = writeln!(out, "{bound:5} of {all:5}  in all");
    out
}
