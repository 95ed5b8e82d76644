//! DROP TYPE and DROP DOMAIN.

use crate::user_type::{find, names_of, undefined};
use crate::work::Work;
use catalog::Catalog;
use catalog::object::{Column, Object, TypeDefinition, UserType};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::{DropBehavior, DropObjects, ObjectKind};
use types::Oid;

/// What uses a type.
enum User {
    /// A column of a table, by its number.
    Column(Oid, String),
    /// A field of a composite type.
    Field(Oid, String),
    /// A type over it.
    Type(Oid),
    /// A view.
    View(Oid),
    /// A function.
    Function(Oid),
}

/// DROP TYPE. 2BP01 where something uses it and CASCADE is not written.
pub(crate) fn drop_types(work: &mut dyn Work, drop: &DropObjects) -> Result<()> {
    let mut dropped = Vec::new();
    for reference in &drop.objects {
        let names = names_of(reference)?;
        let Some(own) = find(work, names)? else {
            if let [schema, _] = names
                && work.catalog().schema(schema).is_none()
            {
                let text = format!("schema \"{schema}\" does not exist");
                if !drop.if_exists {
                    return Err(Error::new(SqlState::INVALID_SCHEMA_NAME, text));
                }
                let text = text + ", skipping";
                work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
                continue;
            }
            if !drop.if_exists {
                return Err(undefined(names));
            }
            let text = undefined(names).message().to_owned() + ", skipping";
            work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            continue;
        };
        if drop.kind == ObjectKind::Domain && !matches!(own.definition, TypeDefinition::Domain(_)) {
            let text = format!("\"{}\" is not a domain", own.name);
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
        }
        dropped.push(own);
    }
    for own in dropped {
        drop_type(work, &own, drop.behavior)?;
    }
    Ok(())
}

fn drop_type(work: &mut dyn Work, own: &UserType, behavior: DropBehavior) -> Result<()> {
    let mut found: Vec<(String, String, User)> = Vec::new();
    collect(&work.catalog(), own, &mut found)?;
    collect_functions(work, own, &mut found);
    if !found.is_empty() {
        if behavior == DropBehavior::Restrict {
            let text = format!(
                "cannot drop type {} because other objects depend on it",
                shown(work, own.oid)
            );
            let lines: Vec<String> =
                found.iter().map(|(user, on, _)| format!("{user} depends on type {on}")).collect();
            return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
                .detail(lines.join("\n"))
                .hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        let lines: Vec<String> =
            found.iter().map(|(user, _, _)| format!("drop cascades to {user}")).collect();
        let notice = |text: String| Error::notice(SqlState::SUCCESSFUL_COMPLETION, text);
        work.notice(match lines.as_slice() {
            [line] => notice(line.clone()),
            _ => notice(format!("drop cascades to {} other objects", lines.len()))
                .detail(lines.join("\n")),
        });
    }
    for (_, _, user) in found {
        match user {
            User::Column(table, column) => {
                let table = work.catalog().table(table).cloned();
                if let Some(table) = table {
                    crate::alter_table::drop_column(
                        work,
                        (*table).clone(),
                        &column,
                        true,
                        behavior,
                    )?;
                }
            }
            User::Field(type_id, field) => drop_field(work, type_id, &field)?,
            User::Type(oid) | User::View(oid) => work.remove(oid)?,
            User::Function(oid) => {
                if let Some(function) = work.catalog().function(oid).cloned() {
                    crate::routine::drop_function(work, &function, behavior)?;
                }
            }
        }
    }
    work.remove(own.oid)
}

fn shown(work: &mut dyn Work, type_id: Oid) -> String {
    work.resolver().text_context().names.type_name(type_id).unwrap_or_default()
}

/// The name of a type, its multirange or an array of either, if this is one of them.
fn used_name(own: &UserType, type_id: Oid) -> Option<String> {
    let many = types::range::multirange_of_range(own.oid);
    let element = types::element_of(type_id).unwrap_or(type_id);
    let name = match &own.definition {
        _ if element == own.oid => &own.name,
        TypeDefinition::Range(range) if many == Some(element) => &range.multirange,
        TypeDefinition::Range(_)
        | TypeDefinition::Enum(_)
        | TypeDefinition::Domain(_)
        | TypeDefinition::Composite { .. } => return None,
    };
    let suffix = if element == type_id { "" } else { "[]" };
    Some(format!("{}{suffix}", types::quote_identifier(name)))
}

/// The functions with parameters or results of a type.
fn collect_functions(work: &mut dyn Work, own: &UserType, found: &mut Vec<(String, String, User)>) {
    let catalog = work.catalog();
    for object in catalog.objects_by_oid() {
        let Object::Function(function) = object else { continue };
        let parameters = function.parameters.iter().map(|parameter| parameter.type_id);
        let mut used = parameters.chain([function.result]);
        if let Some(on) = used.find_map(|type_id| used_name(own, type_id)) {
            let text = format!("function {}", crate::routine::signature(work, function));
            found.push((text, on, User::Function(function.oid)));
        }
    }
}

/// What uses a type, with the types over it first followed.
fn collect(
    catalog: &Catalog,
    own: &UserType,
    found: &mut Vec<(String, String, User)>,
) -> Result<()> {
    error::stack_check()?;
    let uses = |type_id: Oid| used_name(own, type_id);
    for object in catalog.objects_by_oid() {
        let name = object.name();
        let (columns, kind): (&[Column], _) = match object {
            Object::Table(table) => (&table.columns, "table"),
            Object::View(view) => (&view.columns, "view"),
            Object::Type(other) => match &other.definition {
                TypeDefinition::Composite { columns, .. } => (columns, "composite type"),
                TypeDefinition::Domain(domain) => {
                    over(catalog, other, domain.base, &uses, found)?;
                    continue;
                }
                TypeDefinition::Range(range) => {
                    over(catalog, other, range.subtype, &uses, found)?;
                    continue;
                }
                TypeDefinition::Enum(_) => continue,
            },
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Index(_)
            | Object::Function(_)
            | Object::Sequence(_) => continue,
        };
        for column in columns.iter().filter(|column| !column.dropped) {
            let Some(on) = uses(column.type_id) else { continue };
            let own_name = column.name.clone();
            let user = match object {
                Object::View(view) => User::View(view.oid),
                Object::Type(other) => User::Field(other.oid, own_name),
                Object::Table(_)
                | Object::Role(_)
                | Object::Database(_)
                | Object::Schema(_)
                | Object::Index(_)
                | Object::Function(_)
                | Object::Sequence(_) => User::Column(object.oid(), own_name),
            };
            let text = match object {
                Object::View(_) => format!("view {name}"),
                Object::Type(_)
                | Object::Table(_)
                | Object::Role(_)
                | Object::Database(_)
                | Object::Schema(_)
                | Object::Index(_)
                | Object::Function(_)
                | Object::Sequence(_) => format!("column {} of {kind} {name}", column.name),
            };
            found.push((text, on, user));
        }
    }
    Ok(())
}

/// A domain or range type that is over the type, and what uses it in turn.
fn over(
    catalog: &Catalog,
    other: &UserType,
    base: Oid,
    uses: &dyn Fn(Oid) -> Option<String>,
    found: &mut Vec<(String, String, User)>,
) -> Result<()> {
    if let Some(on) = uses(base) {
        found.push((
            format!("type {}", types::quote_identifier(&other.name)),
            on,
            User::Type(other.oid),
        ));
        collect(catalog, other, found)?;
    }
    Ok(())
}

fn drop_field(work: &mut dyn Work, type_id: Oid, field: &str) -> Result<()> {
    let Some(own) = work.catalog().user_type(type_id).cloned() else { return Ok(()) };
    let mut changed = (*own).clone();
    if let TypeDefinition::Composite { columns, .. } = &mut changed.definition {
        for (number, column) in (1..).zip(columns.iter_mut()) {
            if column.name == field {
                column.name = format!("........pg.dropped.{number}........");
                column.dropped = true;
            }
        }
    }
    work.put(Object::Type(Arc::new(changed)))
}
