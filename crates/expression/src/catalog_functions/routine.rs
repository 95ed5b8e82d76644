//! Users' functions and triggers as SQL: pg_get_functiondef, pg_get_triggerdef.

use super::access;
use crate::deparse::{DeparseContext, Parentheses, deparse, deparse_ranges};
use crate::names::{Shown, format_type, relation_name, schema_name, user_function_name};
use crate::stored::decode;
use catalog::Access;
use catalog::facts::{FunctionKind, Volatility};
use catalog::object::{Function, Object, ParameterMode, StoredTree, Table, Trigger};
use error::Result;
use functions::{Builtin, builtin};
use std::sync::Arc;
use types::{Oid, Style, quote_identifier};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_get_functiondef", |call| {
        call.map1_in(|function: Oid, env, _| {
            let style = env.style().clone();
            let access = access(env)?;
            let Some(own) = access.catalog.function(function) else { return Ok(None) };
            definition(access, &style, own).map(Some)
        })
    }),
    builtin("pg_get_function_sqlbody", |call| {
        call.map1_in(|function: Oid, env, _| {
            let access = access(env)?;
            Ok(access.catalog.function(function).and_then(|own| own.sql_body.clone()))
        })
    }),
    builtin("pg_get_triggerdef", |call| {
        call.map1_in(|trigger: Oid, env, _| {
            let style = env.style().clone();
            trigger_definition(access(env)?, &style, trigger, Parentheses::All)
        })
    }),
    builtin("pg_get_triggerdef_ext", |call| {
        call.map2_in(|trigger: Oid, pretty: bool, env, _| {
            let style = env.style().clone();
            let form = if pretty { Parentheses::Needed } else { Parentheses::All };
            trigger_definition(access(env)?, &style, trigger, form)
        })
    }),
];

fn expression(access: &Access, style: &Style, tree: &StoredTree) -> Result<String> {
    let context = DeparseContext { access, columns: &[], parentheses: Parentheses::All, style };
    deparse(&decode(tree)?, &context)
}

/// The parameters as CREATE FUNCTION has them.
pub(super) fn arguments(
    access: &Access,
    style: &Style,
    function: &Function,
    whole: bool,
) -> Result<String> {
    let mut texts = Vec::new();
    // Modes are shown where any is not IN.
    for parameter in &function.parameters {
        let prefix = match parameter.mode {
            ParameterMode::In if function.kind == FunctionKind::Procedure => "IN ",
            ParameterMode::In => "",
            ParameterMode::Out => "OUT ",
            ParameterMode::InOut => "INOUT ",
            ParameterMode::Variadic => "VARIADIC ",
            ParameterMode::Table => continue,
        };
        // Procedures are told apart by their OUT parameters too.
        let hidden =
            parameter.mode == ParameterMode::Out && function.kind != FunctionKind::Procedure;
        if !whole && hidden {
            continue;
        }
        let mut text = prefix.to_owned();
        if !parameter.name.is_empty() {
            text.push_str(&format!("{} ", quote_identifier(&parameter.name)));
        }
        text.push_str(&format_type(access, parameter.type_id, None));
        if let Some(default) = parameter.default.as_ref().filter(|_| whole) {
            text.push_str(&format!(" DEFAULT {}", expression(access, style, default)?));
        }
        texts.push(text);
    }
    Ok(texts.join(", "))
}

/// The result as CREATE FUNCTION has it; none for a procedure.
pub(super) fn result(access: &Access, function: &Function) -> Option<String> {
    if function.kind == FunctionKind::Procedure {
        return None;
    }
    let table: Vec<String> = function
        .parameters
        .iter()
        .filter(|parameter| parameter.mode == ParameterMode::Table)
        .map(|parameter| {
            let type_name = format_type(access, parameter.type_id, None);
            format!("{} {type_name}", quote_identifier(&parameter.name))
        })
        .collect();
    if !table.is_empty() {
        return Some(format!("TABLE({})", table.join(", ")));
    }
    let set = if function.returns_set { "SETOF " } else { "" };
    Some(format!("{set}{}", format_type(access, function.result, None)))
}

/// The default of an argument by its number from 1 among those that callers give.
pub(super) fn default_text(
    access: &Access,
    style: &Style,
    function: &Function,
    number: i32,
) -> Result<Option<String>> {
    let place = usize::try_from(number - 1).ok();
    let parameter = place.and_then(|place| function.parameters.get(place));
    let default = parameter
        .filter(|parameter| parameter.mode.is_input())
        .and_then(|parameter| parameter.default.as_ref());
    default.map(|tree| expression(access, style, tree)).transpose()
}

fn definition(access: &Access, style: &Style, function: &Function) -> Result<String> {
    let schema = schema_name(access, function.schema).unwrap_or_default();
    let word = if function.kind == FunctionKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
    let mut out = format!(
        "CREATE OR REPLACE {word} {}.{}({})\n",
        quote_identifier(&schema),
        quote_identifier(&function.name),
        arguments(access, style, function, true)?
    );
    if let Some(result) = result(access, function) {
        out.push_str(&format!(" RETURNS {result}\n"));
    }
    out.push_str(&format!(" LANGUAGE {}\n", function.language.name()));
    let mut options: Vec<String> = Vec::new();
    match function.volatility {
        Volatility::Immutable => options.push("IMMUTABLE".to_owned()),
        Volatility::Stable => options.push("STABLE".to_owned()),
        Volatility::Volatile => {}
    }
    match function.parallel {
        's' => options.push("PARALLEL SAFE".to_owned()),
        'r' => options.push("PARALLEL RESTRICTED".to_owned()),
        _ => {}
    }
    if function.strict {
        options.push("STRICT".to_owned());
    }
    if function.security_definer {
        options.push("SECURITY DEFINER".to_owned());
    }
    if function.leakproof {
        options.push("LEAKPROOF".to_owned());
    }
    const COST_DEFAULT: f32 = 100.0;
    const ROWS_DEFAULT: f32 = 1000.0;
    if (function.cost - COST_DEFAULT).abs() > f32::EPSILON {
        options.push(format!("COST {}", function.cost));
    }
    if function.returns_set && (function.rows - ROWS_DEFAULT).abs() > f32::EPSILON {
        options.push(format!("ROWS {}", function.rows));
    }
    if !options.is_empty() {
        out.push_str(&format!(" {}\n", options.join(" ")));
    }
    for setting in &function.settings {
        let value = if setting.name.eq_ignore_ascii_case("search_path") {
            setting.value.clone()
        } else {
            types::quote_literal(&setting.value)
        };
        out.push_str(&format!(" SET {} TO {value}\n", quote_identifier(&setting.name)));
    }
    match &function.sql_body {
        Some(body) => out.push_str(&format!("{body}\n")),
        None => {
            let mut tag = format!("${}$", word.to_lowercase());
            while function.source.contains(&tag) {
                tag.insert(1, 'x');
            }
            out.push_str(&format!("AS {tag}{}{tag}\n", function.source));
        }
    }
    Ok(out)
}

/// The table and the trigger of an OID.
fn find_trigger(access: &Access, trigger: Oid) -> Option<(Arc<Table>, Trigger)> {
    access.catalog.objects().find_map(|object| {
        let Object::Table(table) = object else { return None };
        let found = table.triggers.iter().find(|t| t.oid == trigger)?;
        Some((Arc::clone(table), found.clone()))
    })
}

/// `INSERT`, `UPDATE OF a, b` and so on.
fn trigger_events(table: &Table, trigger: &Trigger) -> Vec<String> {
    let mut events = Vec::new();
    for (bit, word) in [
        (Trigger::INSERT, "INSERT"),
        (Trigger::DELETE, "DELETE"),
        (Trigger::UPDATE, "UPDATE"),
        (Trigger::TRUNCATE, "TRUNCATE"),
    ] {
        if !trigger.is(bit) {
            continue;
        }
        let mut event = word.to_owned();
        if bit == Trigger::UPDATE && !trigger.columns.is_empty() {
            let names: Vec<String> = trigger
                .columns
                .iter()
                .filter_map(|number| table.columns.get(usize::try_from(number - 1).ok()?))
                .map(|column| quote_identifier(&column.name))
                .collect();
            event.push_str(&format!(" OF {}", names.join(", ")));
        }
        events.push(event);
    }
    events
}

fn trigger_definition(
    access: &Access,
    style: &Style,
    trigger: Oid,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    let Some((table, trigger)) = find_trigger(access, trigger) else { return Ok(None) };
    let mut out = format!(
        "CREATE {}TRIGGER {} ",
        if trigger.is_constraint() { "CONSTRAINT " } else { "" },
        quote_identifier(&trigger.name)
    );
    out.push_str(if trigger.is(Trigger::INSTEAD) {
        "INSTEAD OF"
    } else if trigger.is(Trigger::BEFORE) {
        "BEFORE"
    } else {
        "AFTER"
    });
    let events = trigger_events(&table, &trigger);
    let shown =
        if parentheses == Parentheses::Needed { Shown::WhereNeeded } else { Shown::Qualified };
    let name = |oid| relation_name(access, oid, shown).unwrap_or_default();
    out.push_str(&format!(" {} ON {} ", events.join(" OR "), name(table.oid)));
    if trigger.is_constraint() {
        if trigger.constraint_table.is_valid() {
            out.push_str(&format!("FROM {} ", name(trigger.constraint_table)));
        }
        out.push_str(if trigger.deferrable { "DEFERRABLE " } else { "NOT DEFERRABLE " });
        out.push_str(if trigger.initially_deferred {
            "INITIALLY DEFERRED "
        } else {
            "INITIALLY IMMEDIATE "
        });
    }
    if trigger.old_table.is_some() || trigger.new_table.is_some() {
        out.push_str("REFERENCING ");
        if let Some(name) = &trigger.old_table {
            out.push_str(&format!("OLD TABLE AS {} ", quote_identifier(name)));
        }
        if let Some(name) = &trigger.new_table {
            out.push_str(&format!("NEW TABLE AS {} ", quote_identifier(name)));
        }
    }
    out.push_str(if trigger.is(Trigger::ROW) { "FOR EACH ROW " } else { "FOR EACH STATEMENT " });
    if let Some(condition) = &trigger.condition {
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let context = DeparseContext { access, columns: &columns, parentheses, style };
        let text = deparse_ranges(&decode(condition)?, &context, &["old", "new"])?;
        out.push_str(&format!("WHEN ({text}) "));
    }
    let function = access.catalog.function(trigger.function);
    let function = function.map(|own| user_function_name(access, own)).unwrap_or_default();
    let arguments: Vec<String> =
        trigger.arguments.iter().map(|argument| types::quote_literal(argument)).collect();
    out.push_str(&format!("EXECUTE FUNCTION {function}({})", arguments.join(", ")));
    Ok(Some(out))
}
