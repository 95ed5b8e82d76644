//! CREATE TYPE, ALTER TYPE and DROP TYPE.

use crate::name::{check_schema_create, lock_name};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::Analyzer;
use catalog::object::{Column, EnumLabel, Object, TypeDefinition, UserType};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::{self, AlterEnum, CreateType, EnumChange, EnumPosition, ObjectReference, Rename};
use types::Oid;

/// The most bytes of a label.
const LABEL_BYTES_MAX: usize = 63;

fn duplicate(message: String) -> Error {
    Error::new(SqlState::DUPLICATE_OBJECT, message)
}

/// The schema and name that a new type gets. 3F000, 42501, 42710.
pub(crate) fn new_name(work: &mut dyn Work, name: &ast::ObjectName) -> Result<(Oid, String)> {
    let (schema, own) = name.schema_and_name()?;
    let catalog = work.catalog();
    let schema = match schema {
        Some(schema) => catalog.schema(schema).map(|found| found.oid).ok_or_else(|| {
            let text = format!("schema \"{schema}\" does not exist");
            Error::new(SqlState::INVALID_SCHEMA_NAME, text)
        })?,
        None => work.named_path().first().copied().ok_or_else(|| {
            Error::new(SqlState::INVALID_SCHEMA_NAME, "no schema has been selected to create in")
        })?,
    };
    check_schema_create(work, schema)?;
    check_free(work, schema, own)?;
    Ok((schema, own.to_owned()))
}

/// 42710 where a type or a relation's row type has the name.
fn check_free(work: &mut dyn Work, schema: Oid, name: &str) -> Result<()> {
    lock_name(work, "type", schema, name, false)?;
    let catalog = work.catalog();
    if catalog.type_oid_named(schema, name).is_some() || catalog.relation(schema, name).is_some() {
        return Err(duplicate(format!("type \"{name}\" already exists")));
    }
    Ok(())
}

/// CREATE TYPE. 0A000 for base types.
pub(crate) fn create_type(work: &mut dyn Work, create: &CreateType, sql: &str) -> Result<()> {
    let (schema, name) = new_name(work, &create.name)?;
    let storage = Arc::clone(work.transaction().storage());
    let definition = match &create.definition {
        ast::TypeDefinition::Enum(labels) => {
            let mut list: Vec<EnumLabel> = Vec::with_capacity(labels.len());
            let mut order = 0.0;
            for label in labels {
                check_label(label)?;
                if list.iter().any(|known| *known.label == **label) {
                    let text = format!("enum label \"{label}\" used more than once");
                    return Err(duplicate(text));
                }
                order += 1.0;
                let oid = Oid(storage.allocate_oid()?);
                list.push(EnumLabel { oid, order, label: label.to_string() });
            }
            TypeDefinition::Enum(list)
        }
        ast::TypeDefinition::Composite(fields) => {
            let relation = Oid(storage.allocate_oid()?);
            TypeDefinition::Composite { relation, columns: fields_of(work, fields, sql)? }
        }
        ast::TypeDefinition::Shell => return Err(Error::unsupported("a shell type")),
        ast::TypeDefinition::Base(_) => {
            return Err(Error::unsupported("CREATE TYPE of a base type"));
        }
        ast::TypeDefinition::Range(options) => {
            let range = crate::range_type::definition(work, schema, &name, options, sql)?;
            TypeDefinition::Range(Box::new(range))
        }
    };
    let oid = match &definition {
        TypeDefinition::Range(_) => types::range_oid(storage.allocate_oid()?),
        TypeDefinition::Enum(_) | TypeDefinition::Composite { .. } | TypeDefinition::Domain(_) => {
            Oid(storage.allocate_oid()?)
        }
    };
    let own = UserType {
        oid,
        array_type: types::array_of(oid).unwrap_or_default(),
        name,
        schema,
        owner: work.current_user(),
        definition,
        acl: None,
        comment: None,
    };
    work.put(Object::Type(Arc::new(own)))
}

fn check_label(label: &str) -> Result<()> {
    if label.len() <= LABEL_BYTES_MAX {
        return Ok(());
    }
    let text = format!("invalid enum label \"{label}\"");
    Err(Error::new(SqlState::INVALID_NAME, text).detail("Labels must be 63 bytes or less."))
}

fn fields_of(
    work: &mut dyn Work,
    fields: &[ast::FunctionColumn],
    sql: &str,
) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::with_capacity(fields.len());
    for field in fields {
        if columns.iter().any(|known| *known.name == *field.name) {
            let text = format!("column \"{}\" specified more than once", field.name);
            return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
        }
        let (type_id, typmod) = Analyzer::new(sql, work.resolver()).type_name(&field.type_name)?;
        if types::builtin_type(type_id).is_some_and(|row| row.kind == 'p') {
            let shown = types::format_type(type_id, None);
            let text = format!("column \"{}\" has pseudo-type {shown}", field.name);
            return Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text));
        }
        columns.push(Column {
            name: field.name.to_string(),
            type_id,
            typmod,
            collation: expression::default_collation(type_id),
            dimensions: i16::try_from(field.type_name.array_bounds.len()).unwrap_or(0),
            not_null: false,
            default: None,
            identity: None,
            missing: types::Datum::Null,
            dropped: false,
            acl: None,
            comment: None,
        });
    }
    Ok(columns)
}

/// A user's type by name, owned by the current role. 42704, 42501; `None` where there is none of the name.
pub(crate) fn find(work: &mut dyn Work, names: &[ast::Name]) -> Result<Option<Arc<UserType>>> {
    let catalog = work.catalog();
    let (schema, name) = match names {
        [name] => (None, name),
        [schema, name] | [_, schema, name] => (Some(schema), name),
        _ => return Ok(None),
    };
    let schemas = match schema {
        Some(schema) => catalog.schema(schema).map(|found| found.oid).into_iter().collect(),
        None => work.resolver().search_path().to_vec(),
    };
    let mut schemas = schemas.into_iter();
    let found = schemas.find_map(|schema| catalog.user_type_named(schema, name).cloned());
    if let Some(own) = &found {
        check_owner(&catalog, work.current_user(), &Object::Type(Arc::clone(own)))?;
    }
    Ok(found)
}

pub(crate) fn undefined(names: &[ast::Name]) -> Error {
    let shown: Vec<&str> = names.iter().map(|name| &**name).collect();
    let text = format!("type \"{}\" does not exist", shown.join("."));
    Error::new(SqlState::UNDEFINED_OBJECT, text)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many references only names matter here")]
pub(crate) fn names_of(reference: &ObjectReference) -> Result<&[ast::Name]> {
    match reference {
        ObjectReference::Type(name) => Ok(&name.names),
        ObjectReference::Name(name) => Ok(&name.names),
        _ => Err(Error::unsupported("this kind of object")),
    }
}

/// ALTER TYPE ... ADD VALUE and RENAME VALUE.
pub(crate) fn alter_enum(work: &mut dyn Work, alter: &AlterEnum) -> Result<()> {
    let own = find(work, &alter.name.names)?.ok_or_else(|| undefined(&alter.name.names))?;
    let TypeDefinition::Enum(labels) = &own.definition else {
        let text = format!("{} is not an enum", own.name);
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    };
    let mut labels = labels.clone();
    let place = |labels: &[EnumLabel], wanted: &str| {
        labels.iter().position(|known| known.label == wanted).ok_or_else(|| {
            let text = format!("\"{wanted}\" is not an existing enum label");
            Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
        })
    };
    match &alter.change {
        EnumChange::Rename { old, new } => {
            let at = place(&labels, old)?;
            check_label(new)?;
            if labels.iter().any(|known| *known.label == **new) {
                return Err(duplicate(format!("enum label \"{new}\" already exists")));
            }
            labels[at].label = new.to_string();
        }
        EnumChange::Add { value, if_not_exists, position } => {
            check_label(value)?;
            if labels.iter().any(|known| *known.label == **value) {
                let text = format!("enum label \"{value}\" already exists");
                if *if_not_exists {
                    let text = format!("{text}, skipping");
                    work.notice(Error::notice(SqlState::DUPLICATE_OBJECT, text));
                    return Ok(());
                }
                return Err(duplicate(text));
            }
            let at = match position {
                EnumPosition::Last => labels.len(),
                EnumPosition::Before(other) => place(&labels, other)?,
                EnumPosition::After(other) => place(&labels, other)? + 1,
            };
            let before = at.checked_sub(1).map(|index| labels[index].order);
            let order = match (before, labels.get(at).map(|label| label.order)) {
                (Some(before), Some(after)) => f64::midpoint(before, after),
                (Some(before), None) => before + 1.0,
                (None, Some(after)) => after - 1.0,
                (None, None) => 1.0,
            };
            if labels.iter().any(|known| known.order.to_bits() == order.to_bits()) {
                return Err(Error::unsupported("so many labels between two others"));
            }
            let oid = Oid(work.transaction().storage().allocate_oid()?);
            labels.insert(at, EnumLabel { oid, order, label: value.to_string() });
        }
    }
    let changed = UserType { definition: TypeDefinition::Enum(labels), ..(*own).clone() };
    work.put(Object::Type(Arc::new(changed)))
}

/// ALTER TYPE ... RENAME TO.
pub(crate) fn rename_type(work: &mut dyn Work, rename: &Rename) -> Result<()> {
    let names = names_of(&rename.object)?;
    let own = find(work, names)?.ok_or_else(|| undefined(names))?;
    check_free(work, own.schema, &rename.new_name)?;
    let changed = UserType { name: rename.new_name.to_string(), ..(*own).clone() };
    work.put(Object::Type(Arc::new(changed)))
}

/// A user's type that a reference names, owned by the current role. 42704, 42501.
pub(crate) fn find_named(
    work: &mut dyn Work,
    reference: &ObjectReference,
) -> Result<Arc<UserType>> {
    let names = names_of(reference)?;
    find(work, names)?.ok_or_else(|| undefined(names))
}

/// ALTER TYPE ... SET SCHEMA.
pub(crate) fn set_schema(
    work: &mut dyn Work,
    reference: &ObjectReference,
    schema: &str,
) -> Result<()> {
    let own = find_named(work, reference)?;
    let Some(schema) = work.catalog().schema(schema).map(|schema| schema.oid) else {
        let text = format!("schema \"{schema}\" does not exist");
        return Err(Error::new(SqlState::INVALID_SCHEMA_NAME, text));
    };
    if schema == own.schema {
        return Ok(());
    }
    check_schema_create(work, schema)?;
    check_free(work, schema, &own.name)?;
    work.put(Object::Type(Arc::new(UserType { schema, ..(*own).clone() })))
}
