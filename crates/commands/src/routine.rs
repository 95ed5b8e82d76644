//! Functions and procedures as statements name them: finding, dropping, renaming, changing.

use crate::name::{check_schema_create, lock_name};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::Analyzer;
use catalog::facts::FunctionKind;
use catalog::object::{Function, Object, Table};
use error::{Error, Result, SqlState};
use expression::ExprKind;
use std::sync::Arc;
use syntax::ast::{
    AlterFunction, DropBehavior, DropObjects, FunctionParameter, FunctionSignature, ObjectKind,
    ObjectReference, ParameterMode,
};
use types::Oid;

/// A type's name, those of users among them.
pub(crate) fn shown(work: &mut dyn Work, type_id: Oid) -> String {
    let own = work.resolver().text_context().names.type_name(type_id);
    own.unwrap_or_else(|| types::format_type(type_id, None))
}

/// `f(integer, text)`, qualified where the search path does not find the schema.
pub(crate) fn signature(work: &mut dyn Work, function: &Function) -> String {
    let visible = work.resolver().search_path().contains(&function.schema);
    let catalog = work.catalog();
    let schema = catalog.schema_by_oid(function.schema).filter(|_| !visible);
    let prefix = schema.map(|s| format!("{}.", types::quote_identifier(&s.name)));
    let types: Vec<String> = function.arguments.iter().map(|t| shown(work, *t)).collect();
    let name = types::quote_identifier(&function.name);
    format!("{}{name}({})", prefix.unwrap_or_default(), types.join(","))
}

/// The word for what a statement names.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Procedure => "procedure",
        ObjectKind::Routine => "routine",
        ObjectKind::Aggregate => "aggregate",
        _ => "function",
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn fits(kind: ObjectKind, function: &Function) -> bool {
    match kind {
        ObjectKind::Procedure => function.kind == FunctionKind::Procedure,
        ObjectKind::Routine => true,
        ObjectKind::Aggregate => function.kind == FunctionKind::Aggregate,
        _ => function.kind != FunctionKind::Procedure,
    }
}

/// The function of a signature. 42883, 42725, 42809; `None` where `missing_ok` and there is none.
pub(crate) fn find(
    work: &mut dyn Work,
    kind: ObjectKind,
    named: &FunctionSignature,
    missing_ok: bool,
    sql: &str,
) -> Result<Option<Arc<Function>>> {
    let (schema, name) = named.name.schema_and_name()?;
    let catalog = work.catalog();
    let schemas: Vec<Oid> = match schema {
        None => work.resolver().search_path().to_vec(),
        Some(schema) => match catalog.schema(schema) {
            Some(schema) => vec![schema.oid],
            None if missing_ok => return Ok(None),
            None => {
                let text = format!("schema \"{schema}\" does not exist");
                return Err(Error::new(SqlState::INVALID_SCHEMA_NAME, text));
            }
        },
    };
    let place = |function: &Function| schemas.iter().position(|s| *s == function.schema);
    let mut list: Vec<Arc<Function>> =
        catalog.functions_named(name).filter(|f| place(f).is_some()).cloned().collect();
    list.sort_by_key(|function| place(function));
    let Some(parameters) = &named.parameters else {
        return find_by_name(kind, named, list, missing_ok);
    };
    let (inputs, all) = match types_of(work, parameters, sql) {
        Ok(types) => types,
        Err(error) if missing_ok && error.code() == SqlState::UNDEFINED_OBJECT => return Ok(None),
        Err(error) => return Err(error),
    };
    let matches = |function: &&Arc<Function>| {
        let every: Vec<Oid> = function.parameters.iter().map(|p| p.type_id).collect();
        function.arguments == inputs
            || function.kind == FunctionKind::Procedure
                && every == all
                && kind != ObjectKind::Function
    };
    let found = list.iter().find(matches).cloned();
    let types: Vec<String> = inputs.iter().map(|t| shown(work, *t)).collect();
    let text = format!("{}({})", named.name.dotted(), types.join(", "));
    match found {
        Some(function) if fits(kind, &function) => Ok(Some(function)),
        Some(_) => {
            let text = format!("{text} is not a {}", word(kind));
            Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text))
        }
        None if missing_ok => Ok(None),
        None => {
            let text = format!("{} {text} does not exist", word(kind));
            Err(Error::new(SqlState::UNDEFINED_FUNCTION, text))
        }
    }
}

fn find_by_name(
    kind: ObjectKind,
    named: &FunctionSignature,
    list: Vec<Arc<Function>>,
    missing_ok: bool,
) -> Result<Option<Arc<Function>>> {
    let mut fitting = list.into_iter().filter(|function| fits(kind, function));
    let (first, second) = (fitting.next(), fitting.next());
    let name = named.name.dotted();
    match (first, second) {
        (Some(function), None) => Ok(Some(function)),
        (Some(_), Some(_)) => {
            let word = word(kind);
            let text = format!("{word} name \"{name}\" is not unique");
            let hint = format!("Specify the argument list to select the {word} unambiguously.");
            Err(Error::new(SqlState::AMBIGUOUS_FUNCTION, text).hint(hint))
        }
        (None, _) if missing_ok => Ok(None),
        (None, _) => {
            let text = format!("could not find a {} named \"{name}\"", word(kind));
            Err(Error::new(SqlState::UNDEFINED_FUNCTION, text))
        }
    }
}

/// The types of the inputs, and of all parameters.
fn types_of(
    work: &mut dyn Work,
    parameters: &[FunctionParameter],
    sql: &str,
) -> Result<(Vec<Oid>, Vec<Oid>)> {
    let (mut inputs, mut all) = (Vec::new(), Vec::new());
    for parameter in parameters {
        let type_id = Analyzer::new(sql, work.resolver())
            .type_name(&parameter.type_name)
            .map_err(|error| error.at(0))?
            .0;
        all.push(type_id);
        if !matches!(parameter.mode, ParameterMode::Out | ParameterMode::Table) {
            inputs.push(type_id);
        }
    }
    Ok((inputs, all))
}

/// The function that an object's reference names. 42883.
pub(crate) fn of_reference(
    work: &mut dyn Work,
    kind: ObjectKind,
    reference: &ObjectReference,
    sql: &str,
) -> Result<Arc<Function>> {
    let ObjectReference::Function(named) = reference else {
        return Err(Error::internal("a function is named by its signature"));
    };
    find(work, kind, named, false, sql)?.ok_or_else(|| Error::internal("a function vanished"))
}

/// DROP FUNCTION, PROCEDURE, ROUTINE.
pub(crate) fn drop_functions(work: &mut dyn Work, drop: &DropObjects, sql: &str) -> Result<()> {
    let mut list: Vec<Arc<Function>> = Vec::new();
    for reference in &drop.objects {
        let ObjectReference::Function(named) = reference else {
            return Err(Error::internal("a function is named by its signature"));
        };
        let Some(function) = find(work, drop.kind, named, drop.if_exists, sql)? else {
            let types: Vec<String> = named
                .parameters
                .iter()
                .flatten()
                .map(|parameter| {
                    match Analyzer::new(sql, work.resolver()).type_name(&parameter.type_name) {
                        Ok((type_id, _)) => shown(work, type_id),
                        Err(_) => parameter.type_name.names.join("."),
                    }
                })
                .collect();
            let text = format!(
                "{} {}({}) does not exist, skipping",
                word(drop.kind),
                named.name.dotted(),
                types.join(",")
            );
            work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            continue;
        };
        check_owner(
            &work.catalog(),
            work.current_user(),
            &Object::Function(Arc::clone(&function)),
        )?;
        list.push(function);
    }
    for function in list {
        drop_function(work, &function, drop.behavior)?;
    }
    Ok(())
}

/// Something that depends on a function.
enum Dependent {
    Trigger(Arc<Table>, String),
    Default(Arc<Table>, usize),
    Check(Arc<Table>, String),
    Function(Arc<Function>),
    View(Oid, String),
}

/// What depends on a function.
fn dependents(work: &mut dyn Work, function: Oid) -> Vec<Dependent> {
    let calls = |tree: &catalog::object::StoredTree| {
        expression::decode(tree).is_ok_and(|expr| {
            expr.any(&mut |e| matches!(&e.kind, ExprKind::Call(call) if call.function == function))
        })
    };
    let mut list = Vec::new();
    for object in work.catalog().objects_by_oid() {
        if let Object::Table(table) = object {
            for (place, column) in table.columns.iter().enumerate() {
                if column.default.as_ref().is_some_and(|d| calls(&d.expression)) {
                    list.push(Dependent::Default(Arc::clone(table), place));
                }
            }
            for check in table.checks.iter().filter(|check| calls(&check.expression)) {
                list.push(Dependent::Check(Arc::clone(table), check.name.clone()));
            }
            for trigger in table.triggers.iter().filter(|t| t.function == function) {
                list.push(Dependent::Trigger(Arc::clone(table), trigger.name.clone()));
            }
        } else if let Object::Function(other) = object {
            if other.depends_on.contains(&function) {
                list.push(Dependent::Function(Arc::clone(other)));
            }
        } else if let Object::View(view) = object
            && view.depends_on.contains(&function)
        {
            list.push(Dependent::View(view.oid, view.name.clone()));
        }
    }
    list
}

fn describe(work: &mut dyn Work, dependent: &Dependent) -> String {
    match dependent {
        Dependent::Trigger(table, name) => format!("trigger {name} on table {}", table.name),
        Dependent::Default(table, place) => {
            let column = &table.columns[*place].name;
            format!("default value for column {column} of table {}", table.name)
        }
        Dependent::Check(table, name) => format!("constraint {name} on table {}", table.name),
        Dependent::Function(other) => {
            format!("{} {}", other.kind_name(), signature(work, other))
        }
        Dependent::View(_, name) => format!("view {name}"),
    }
}

/// Drops a function, and with CASCADE what depends on it. 2BP01.
pub(crate) fn drop_function(
    work: &mut dyn Work,
    function: &Arc<Function>,
    behavior: DropBehavior,
) -> Result<()> {
    error::stack_check()?;
    let users = dependents(work, function.oid);
    let shown = format!("{} {}", function.kind_name(), signature(work, function));
    let lines: Vec<String> = users.iter().map(|user| describe(work, user)).collect();
    if !users.is_empty() && behavior == DropBehavior::Restrict {
        let text = format!("cannot drop {shown} because other objects depend on it");
        let detail: Vec<String> =
            lines.iter().map(|line| format!("{line} depends on {shown}")).collect();
        return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
            .detail(detail.join("\n"))
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    if let [only] = lines.as_slice() {
        let text = format!("drop cascades to {only}");
        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
    } else if !lines.is_empty() {
        let text = format!("drop cascades to {} other objects", lines.len());
        let detail: Vec<String> =
            lines.iter().map(|line| format!("drop cascades to {line}")).collect();
        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text).detail(detail.join("\n")));
    }
    for user in users {
        drop_dependent(work, user)?;
    }
    work.remove(function.oid)
}

fn drop_dependent(work: &mut dyn Work, dependent: Dependent) -> Result<()> {
    let table = match &dependent {
        Dependent::Trigger(table, _)
        | Dependent::Default(table, _)
        | Dependent::Check(table, _) => table.oid,
        Dependent::Function(other) => return drop_function(work, other, DropBehavior::Cascade),
        Dependent::View(view, _) => return work.remove(*view),
    };
    let Some(table) = work.catalog().table(table).cloned() else { return Ok(()) };
    let mut changed = (*table).clone();
    match dependent {
        Dependent::Trigger(_, name) => changed.triggers.retain(|trigger| trigger.name != name),
        Dependent::Default(_, place) => changed.columns[place].default = None,
        Dependent::Check(_, name) => changed.checks.retain(|check| check.name != name),
        Dependent::Function(_) | Dependent::View(..) => {}
    }
    work.put(Object::Table(Arc::new(changed)))
}

/// 42723 where a schema has a function of these arguments.
pub(crate) fn check_free(
    work: &mut dyn Work,
    schema: Oid,
    function: &Function,
    name: &str,
) -> Result<()> {
    lock_name(work, "function", schema, name, false)?;
    let catalog = work.catalog();
    let taken = catalog
        .functions_named(name)
        .any(|other| other.schema == schema && other.arguments == function.arguments);
    if !taken {
        return Ok(());
    }
    let types: Vec<String> = function.arguments.iter().map(|t| shown(work, *t)).collect();
    let schema = catalog.schema_by_oid(schema).map_or("?", |schema| &schema.name);
    let text = format!(
        "{} {name}({}) already exists in schema \"{schema}\"",
        function.kind_name(),
        types.join(", ")
    );
    Err(Error::new(SqlState::DUPLICATE_FUNCTION, text))
}

/// ALTER FUNCTION ... RENAME TO.
pub(crate) fn rename(
    work: &mut dyn Work,
    kind: ObjectKind,
    reference: &ObjectReference,
    new_name: &str,
    sql: &str,
) -> Result<()> {
    let function = of_reference(work, kind, reference, sql)?;
    check_owner(&work.catalog(), work.current_user(), &Object::Function(Arc::clone(&function)))?;
    check_free(work, function.schema, &function, new_name)?;
    let changed = Function { name: new_name.to_owned(), ..(*function).clone() };
    work.put(Object::Function(Arc::new(changed)))
}

/// ALTER FUNCTION ... SET SCHEMA.
pub(crate) fn set_schema(
    work: &mut dyn Work,
    kind: ObjectKind,
    reference: &ObjectReference,
    schema: &str,
    sql: &str,
) -> Result<()> {
    let function = of_reference(work, kind, reference, sql)?;
    check_owner(&work.catalog(), work.current_user(), &Object::Function(Arc::clone(&function)))?;
    let Some(schema) = work.catalog().schema(schema).map(|schema| schema.oid) else {
        let text = format!("schema \"{schema}\" does not exist");
        return Err(Error::new(SqlState::INVALID_SCHEMA_NAME, text));
    };
    check_schema_create(work, schema)?;
    if schema == function.schema {
        return Ok(());
    }
    check_free(work, schema, &function, &function.name.clone())?;
    work.put(Object::Function(Arc::new(Function { schema, ..(*function).clone() })))
}

/// ALTER FUNCTION with options.
pub(crate) fn alter_function(work: &mut dyn Work, alter: &AlterFunction, sql: &str) -> Result<()> {
    let function = find(work, alter.kind, &alter.signature, false, sql)?
        .ok_or_else(|| Error::internal("a function vanished"))?;
    check_owner(&work.catalog(), work.current_user(), &Object::Function(Arc::clone(&function)))?;
    let mut changed = (*function).clone();
    crate::create_function::apply_options(work, &mut changed, &alter.options, sql)?;
    work.put(Object::Function(Arc::new(changed)))
}
