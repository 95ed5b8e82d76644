//! Functions' signatures, and objects in words: pg_get_function_arguments, pg_describe_object and kin.

use super::{access, routine};
use crate::names::{Shown, format_type, function_signature, relation_name, role_name, schema_name};
use catalog::Access;
use catalog::facts::{Function, facts};
use catalog::object::Object;
use error::{Error, Result};
use functions::{Builtin, builtin};
use types::{Oid, quote_identifier};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_get_function_arguments", |call| {
        call.map1_in(|function: Oid, env, _| {
            let access = access(env)?;
            if let Some(own) = access.catalog.function(function) {
                let (own, style) = (std::sync::Arc::clone(own), env.style().clone());
                return routine::arguments(super::access(env)?, &style, &own, true).map(Some);
            }
            Ok(facts().functions.get(&function).map(|f| arguments(access, f, Defaults::Shown)))
        })
    }),
    builtin("pg_get_function_identity_arguments", |call| {
        call.map1_in(|function: Oid, env, _| {
            let access = access(env)?;
            if let Some(own) = access.catalog.function(function) {
                let (own, style) = (std::sync::Arc::clone(own), env.style().clone());
                return routine::arguments(super::access(env)?, &style, &own, false).map(Some);
            }
            Ok(facts().functions.get(&function).map(|f| arguments(access, f, Defaults::Hidden)))
        })
    }),
    builtin("pg_get_function_result", |call| {
        call.map1_in(|function: Oid, env, _| {
            let access = access(env)?;
            if let Some(own) = access.catalog.function(function) {
                return Ok(routine::result(access, own));
            }
            Ok(facts().functions.get(&function).and_then(|f| result(access, f)))
        })
    }),
    builtin("pg_get_function_arg_default", |call| {
        call.map2_in(|function: Oid, number: i32, env, _| {
            let style = env.style().clone();
            let access = access(env)?;
            if let Some(own) = access.catalog.function(function) {
                return routine::default_text(access, &style, own, number);
            }
            let Some(function) = facts().functions.get(&function) else { return Ok(None) };
            let first = function.arguments.len() - function.defaults.len();
            let place = usize::try_from(number - 1).ok().and_then(|n| n.checked_sub(first));
            Ok(place.and_then(|place| function.defaults.get(place)).cloned())
        })
    }),
    builtin("pg_describe_object", |call| {
        call.map3_in(|class: Oid, object: Oid, part: i32, env, _| {
            describe(access(env)?, class, object, part)
        })
    }),
];

/// Whether arguments' defaults are part of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defaults {
    Shown,
    Hidden,
}

fn arguments(access: &Access, function: &Function, defaults: Defaults) -> String {
    let types = function.all_arguments.as_ref().unwrap_or(&function.arguments);
    let first_default = function.arguments.len() - function.defaults.len();
    let (mut texts, mut inputs) = (Vec::new(), 0);
    for (index, type_id) in types.iter().enumerate() {
        let mode = function.modes.as_ref().and_then(|modes| modes.get(index)).copied();
        let is_input = matches!(mode, None | Some("i" | "b" | "v"));
        let place = inputs;
        inputs += usize::from(is_input);
        let prefix = match mode {
            Some("o") => "OUT ",
            Some("b") => "INOUT ",
            Some("v") => "VARIADIC ",
            // Columns of RETURNS TABLE belong to the result.
            Some("t") => continue,
            None if function.variadic.is_valid() && index + 1 == types.len() => "VARIADIC ",
            _ => "",
        };
        if defaults == Defaults::Hidden && !is_input {
            continue;
        }
        let mut text = prefix.to_owned();
        if let Some(name) = function.names.as_ref().and_then(|names| names.get(index))
            && !name.is_empty()
        {
            text.push_str(&format!("{} ", quote_identifier(name)));
        }
        text.push_str(&format_type(access, *type_id, None));
        if defaults == Defaults::Shown
            && is_input
            && let Some(default) =
                place.checked_sub(first_default).and_then(|place| function.defaults.get(place))
        {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        texts.push(text);
    }
    texts.join(", ")
}

fn result(access: &Access, function: &Function) -> Option<String> {
    if function.kind == catalog::facts::FunctionKind::Procedure {
        return None;
    }
    let table: Vec<String> = match (&function.modes, &function.all_arguments) {
        (Some(modes), Some(types)) => (0..types.len())
            .filter(|index| modes.get(*index) == Some(&"t"))
            .map(|index| {
                let name = function.names.as_ref().and_then(|names| names.get(index));
                let name = name.map_or_else(String::new, |name| quote_identifier(name));
                format!("{name} {}", format_type(access, types[index], None))
            })
            .collect(),
        _ => Vec::new(),
    };
    if !table.is_empty() {
        return Some(format!("TABLE({})", table.join(", ")));
    }
    let set = if function.returns_set { "SETOF " } else { "" };
    Some(format!("{set}{}", format_type(access, function.result, None)))
}

const CLASS: Oid = Oid(1259);
const TYPE: Oid = Oid(1247);
const FUNCTION: Oid = Oid(1255);
const ROLE: Oid = Oid(1260);
const DATABASE: Oid = Oid(1262);
const SCHEMA: Oid = Oid(2615);
const CONSTRAINT: Oid = Oid(2606);
const DEFAULT: Oid = Oid(2604);

/// An object in words; NULL where there is none.
fn describe(access: &Access, class: Oid, object: Oid, part: i32) -> Result<Option<String>> {
    Ok(match class {
        Oid::INVALID if !object.is_valid() => None,
        CLASS => relation(access, object, part),
        TYPE => match format_type(access, object, None).as_str() {
            "???" | "-" => None,
            name => Some(format!("type {name}")),
        },
        FUNCTION => function_signature(access, object).map(|name| format!("function {name}")),
        ROLE => role_name(access, object).map(|name| format!("role {name}")),
        DATABASE => access.catalog.database_by_oid(object).map(|d| format!("database {}", d.name)),
        SCHEMA => schema_name(access, object).map(|name| format!("schema {name}")),
        CONSTRAINT => part_of_table(access, |table| {
            let checks = table.checks.iter().map(|c| (c.oid, &c.name));
            let not_nulls = table.not_nulls.iter().map(|c| (c.oid, &c.name));
            let keys = table.keys.iter().map(|c| (c.oid, &c.name));
            let foreign = table.foreign_keys.iter().map(|c| (c.oid, &c.name));
            let mut all = checks.chain(not_nulls).chain(keys).chain(foreign);
            let found = all.find(|(oid, _)| *oid == object)?;
            Some(format!("constraint {} on table", found.1))
        }),
        DEFAULT => part_of_table(access, |table| {
            let column = table
                .columns
                .iter()
                .find(|c| c.default.as_ref().is_some_and(|default| default.oid == object))?;
            Some(format!("default value for column {} of table", column.name))
        }),
        _ if facts().relations.contains_key(&class) => {
            return Err(Error::unsupported(format!("describing objects of class {class}")));
        }
        _ => return Err(Error::internal(format!("unsupported object class: {class}"))),
    })
}

/// Words of a part of a table, then the table's name.
fn part_of_table(
    access: &Access,
    words: impl Fn(&catalog::object::Table) -> Option<String>,
) -> Option<String> {
    access.catalog.objects().find_map(|object| {
        let Object::Table(table) = object else { return None };
        let words = words(table)?;
        Some(format!("{words} {}", relation_name(access, table.oid, Shown::WhereNeeded)?))
    })
}

fn relation(access: &Access, oid: Oid, part: i32) -> Option<String> {
    let name = relation_name(access, oid, Shown::WhereNeeded)?;
    let object = access.catalog.object(oid);
    let kind = match (object, catalog::facts().relations.get(&oid)) {
        (Some(object), _) => object.kind_name(),
        (None, Some(fact)) => match fact.kind {
            "i" => "index",
            "v" => "view",
            _ => "table",
        },
        (None, None) => return None,
    };
    if part == 0 {
        return Some(format!("{kind} {name}"));
    }
    const SYSTEM: [&str; 6] = ["ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"];
    let system = usize::try_from(-i64::from(part) - 1).ok().and_then(|place| SYSTEM.get(place));
    if let Some(column) = system.filter(|_| kind == "table") {
        return Some(format!("column {column} of {kind} {name}"));
    }
    let place = usize::try_from(part - 1).ok()?;
    let column = match object {
        Some(Object::Table(table)) => table.columns.get(place).map(|c| c.name.clone()),
        Some(Object::View(view)) => view.columns.get(place).map(|c| c.name.clone()),
        _ => {
            let fact = catalog::facts().relations.get(&oid)?;
            fact.columns.get(place).map(|c| c.name.to_owned())
        }
    }?;
    Some(format!("column {column} of {kind} {name}"))
}
