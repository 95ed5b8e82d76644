//! has_table_privilege and kin: a role (the current one where none is said), an object and a list of privileges.

use super::access;
use super::names::role_or_public;
use crate::names::{find_relation_of_text, find_schema};
use catalog::Access;
use catalog::acl::Privileges;
use catalog::facts::{RawTable, facts, raw_rows, raw_rows_of};
use catalog::object::Object;
use catalog::privilege::held;
use error::{Error, Result, SqlState};
use functions::{Builtin, Call, builtin};
use types::{Names, Oid, ValueRef, type_oid};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("has_table_privilege_name_name", table),
    builtin("has_table_privilege_name_id", table),
    builtin("has_table_privilege_id_name", table),
    builtin("has_table_privilege_id_id", table),
    builtin("has_table_privilege_name", table),
    builtin("has_table_privilege_id", table),
    builtin("has_sequence_privilege_name_name", sequence),
    builtin("has_sequence_privilege_name_id", sequence),
    builtin("has_sequence_privilege_id_name", sequence),
    builtin("has_sequence_privilege_id_id", sequence),
    builtin("has_sequence_privilege_name", sequence),
    builtin("has_sequence_privilege_id", sequence),
    builtin("has_schema_privilege_name_name", schema),
    builtin("has_schema_privilege_name_id", schema),
    builtin("has_schema_privilege_id_name", schema),
    builtin("has_schema_privilege_id_id", schema),
    builtin("has_schema_privilege_name", schema),
    builtin("has_schema_privilege_id", schema),
    builtin("has_database_privilege_name_name", database),
    builtin("has_database_privilege_name_id", database),
    builtin("has_database_privilege_id_name", database),
    builtin("has_database_privilege_id_id", database),
    builtin("has_database_privilege_name", database),
    builtin("has_database_privilege_id", database),
    builtin("has_function_privilege_name_name", function),
    builtin("has_function_privilege_name_id", function),
    builtin("has_function_privilege_id_name", function),
    builtin("has_function_privilege_id_id", function),
    builtin("has_function_privilege_name", function),
    builtin("has_function_privilege_id", function),
    builtin("has_type_privilege_name_name", type_privilege),
    builtin("has_type_privilege_name_id", type_privilege),
    builtin("has_type_privilege_id_name", type_privilege),
    builtin("has_type_privilege_id_id", type_privilege),
    builtin("has_type_privilege_name", type_privilege),
    builtin("has_type_privilege_id", type_privilege),
    builtin("has_language_privilege_name_name", language),
    builtin("has_language_privilege_name_id", language),
    builtin("has_language_privilege_id_name", language),
    builtin("has_language_privilege_id_id", language),
    builtin("has_language_privilege_name", language),
    builtin("has_language_privilege_id", language),
    builtin("has_tablespace_privilege_name_name", tablespace),
    builtin("has_tablespace_privilege_name_id", tablespace),
    builtin("has_tablespace_privilege_id_name", tablespace),
    builtin("has_tablespace_privilege_id_id", tablespace),
    builtin("has_tablespace_privilege_name", tablespace),
    builtin("has_tablespace_privilege_id", tablespace),
    builtin("has_any_column_privilege_name_name", any_column),
    builtin("has_any_column_privilege_name_id", any_column),
    builtin("has_any_column_privilege_id_name", any_column),
    builtin("has_any_column_privilege_id_id", any_column),
    builtin("has_any_column_privilege_name", any_column),
    builtin("has_any_column_privilege_id", any_column),
    builtin("has_column_privilege_name_name_name", column),
    builtin("has_column_privilege_name_name_attnum", column),
    builtin("has_column_privilege_name_id_name", column),
    builtin("has_column_privilege_name_id_attnum", column),
    builtin("has_column_privilege_id_name_name", column),
    builtin("has_column_privilege_id_name_attnum", column),
    builtin("has_column_privilege_id_id_name", column),
    builtin("has_column_privilege_id_id_attnum", column),
    builtin("has_column_privilege_name_name", column),
    builtin("has_column_privilege_name_attnum", column),
    builtin("has_column_privilege_id_name", column),
    builtin("has_column_privilege_id_attnum", column),
    builtin("pg_has_role_name_name", has_role),
    builtin("pg_has_role_name_id", has_role),
    builtin("pg_has_role_id_name", has_role),
    builtin("pg_has_role_id_id", has_role),
    builtin("pg_has_role_name", has_role),
    builtin("pg_has_role_id", has_role),
];

/// Privileges asked for: any of these, or with the right to grant it on.
struct Wanted(Vec<(Privileges, bool)>);

impl Wanted {
    /// `select, update with grant option`. 22023.
    fn parse(text: &str, allowed: Privileges) -> Result<Self> {
        const GRANT: &str = " with grant option";
        let mut list = Vec::new();
        for word in text.split(',').map(str::trim) {
            let lower = word.to_ascii_lowercase();
            let (name, grant) = match lower.strip_suffix(GRANT) {
                Some(name) => (name.trim_end(), true),
                None => (lower.as_str(), false),
            };
            let found = Privileges::named(name).filter(|found| allowed.contains(*found));
            list.push((found.ok_or_else(|| unrecognized(word))?, grant));
        }
        Ok(Self(list))
    }

    fn met(&self, (held, options): (Privileges, Privileges)) -> bool {
        self.0.iter().any(|(privilege, grant)| {
            let own = if *grant { options } else { held };
            own.contains(*privilege)
        })
    }
}

fn unrecognized(word: &str) -> Error {
    let text = format!("unrecognized privilege type: \"{word}\"");
    Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
}

/// An object as an argument names it.
#[derive(Clone, Copy)]
enum Named<'a> {
    Name(&'a str),
    Oid(Oid),
}

fn named(value: ValueRef<'_>) -> Named<'_> {
    match value {
        ValueRef::I64(oid) => Named::Oid(Oid(u32::try_from(oid).unwrap_or(0))),
        ValueRef::Bytes(bytes) => Named::Name(std::str::from_utf8(bytes).unwrap_or("")),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::I16(_)
        | ValueRef::I32(_)
        | ValueRef::F32(_)
        | ValueRef::F64(_)
        | ValueRef::Fixed16(_) => Named::Name(""),
    }
}

/// Whether `public` may stand for a role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Public {
    IsARole,
    IsNone,
}

/// Runs a question for each row: the role, the arguments after it but the last, and the list of privileges.
fn ask(
    call: &mut Call<'_>,
    objects: usize,
    public: Public,
    answer: impl Fn(&Access, Oid, &[ValueRef<'_>], &str) -> Result<Option<bool>>,
) -> Result<()> {
    call.map_rows_strict(|arguments, row, env, _| {
        let access = access(env)?;
        let values: Vec<ValueRef<'_>> = arguments.iter().map(|column| column.get(row)).collect();
        let (role, rest) = if values.len() == objects + 2 {
            let role = match named(values[0]) {
                Named::Name(name) if public == Public::IsARole => role_or_public(access, name)?,
                Named::Name(name) => crate::names::find_role(access, name)?,
                Named::Oid(oid) => oid,
            };
            (role, &values[1..])
        } else {
            (access.current_user, &values[..])
        };
        let (last, objects) = rest.split_last().ok_or_else(|| Error::internal("no arguments"))?;
        let Named::Name(privileges) = named(*last) else {
            return Err(Error::internal("privileges are text"));
        };
        answer(access, role, objects, privileges)
    })
}

const ALL: (Privileges, Privileges) = (Privileges(u32::MAX), Privileges(u32::MAX));

fn is_superuser(access: &Access, role: Oid) -> bool {
    access.catalog.role_by_oid(role).is_some_and(|role| role.superuser)
}

/// What PUBLIC may do by the text of a built-in object's acl.
fn public_privileges(acl: &str) -> Privileges {
    let items = acl.trim_start_matches('{').trim_end_matches('}').split(',');
    let public = items.filter_map(|item| item.strip_prefix('=')).next();
    let letters = public.and_then(|item| item.split('/').next()).unwrap_or("");
    letters.chars().fold(Privileges::NONE, |sum, letter| {
        sum.union(match letter {
            'r' => Privileges::SELECT,
            'X' => Privileges::EXECUTE,
            'U' => Privileges::USAGE,
            'w' => Privileges::UPDATE,
            _ => Privileges::NONE,
        })
    })
}

/// What a role may do with a relation; `None` where there is no such relation.
fn on_relation(access: &Access, role: Oid, relation: Oid) -> Option<(Privileges, Privileges)> {
    if let Some(object) = access.catalog.object(relation) {
        object.schema()?;
        return Some(held(&access.catalog, role, object));
    }
    let fact = facts().relations.get(&relation)?;
    if is_superuser(access, role) {
        return Some(ALL);
    }
    const ACL: usize = 17;
    let public = fact.fields.optional(ACL).map_or(Privileges::NONE, public_privileges);
    Some((public, Privileges::NONE))
}

fn relation_of(access: &Access, value: ValueRef<'_>) -> Result<Oid> {
    match named(value) {
        Named::Name(name) => find_relation_of_text(access, name),
        Named::Oid(oid) => Ok(oid),
    }
}

fn table(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let relation = relation_of(access, objects[0])?;
        let wanted = Wanted::parse(text, Privileges::TABLE)?;
        Ok(on_relation(access, role, relation).map(|held| wanted.met(held)))
    })
}

fn sequence(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let wanted = Wanted::parse(text, Privileges::SEQUENCE)?;
        let relation = relation_of(access, objects[0])?;
        let wrong = |name: &str| {
            let text = format!("\"{name}\" is not a sequence");
            Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text))
        };
        match access.catalog.object(relation) {
            Some(object @ Object::Sequence(_)) => {
                Ok(Some(wanted.met(held(&access.catalog, role, object))))
            }
            Some(object) if object.schema().is_some() => wrong(object.name()),
            Some(_) | None => match facts().relations.get(&relation) {
                Some(fact) => wrong(fact.name),
                None => Ok(None),
            },
        }
    })
}

fn schema(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let schema = match named(objects[0]) {
            Named::Name(name) => find_schema(access, name)?,
            Named::Oid(oid) => oid,
        };
        let wanted = Wanted::parse(text, Privileges::SCHEMA)?;
        if let Some(object) = access.catalog.object(schema) {
            return Ok(Some(wanted.met(held(&access.catalog, role, object))));
        }
        let rows = raw_rows_of(RawTable::Namespace, schema);
        Ok(rows.first().map(|fields| {
            let public = fields.optional(3).map_or(Privileges::NONE, public_privileges);
            is_superuser(access, role) || wanted.met((public, Privileges::NONE))
        }))
    })
}

fn database(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let found = match named(objects[0]) {
            Named::Name(name) => {
                let found = access.catalog.database(name).ok_or_else(|| {
                    let text = format!("database \"{name}\" does not exist");
                    Error::new(SqlState::INVALID_CATALOG_NAME, text)
                })?;
                access.catalog.object(found.oid)
            }
            Named::Oid(oid) => access.catalog.object(oid),
        };
        let wanted = Wanted::parse(text, Privileges::DATABASE)?;
        Ok(found.map(|object| wanted.met(held(&access.catalog, role, object))))
    })
}

/// As the input function of a reg type reads it: digits are an OID.
fn reg_object(access: &Access, type_id: Oid, name: &str) -> Result<Oid> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        let invalid = || {
            let text = format!("value \"{name}\" is out of range for type oid");
            Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text)
        };
        return name.parse().map(Oid).map_err(|_| invalid());
    }
    crate::CatalogNames(access).reg_object(type_id, name)
}

/// Built-in functions may be called by all, but for those whose acl says otherwise.
fn function(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let function = match named(objects[0]) {
            Named::Name(name) => reg_object(access, type_oid::REGPROCEDURE, name)?,
            Named::Oid(oid) => oid,
        };
        let wanted = Wanted::parse(text, Privileges::EXECUTE)?;
        if let Some(object) = access.catalog.object(function)
            && let catalog::object::Object::Function(_) = object
        {
            return Ok(Some(wanted.met(catalog::privilege::held(&access.catalog, role, object))));
        }
        Ok(facts().functions.get(&function).map(|function| {
            let public = function.acl.map_or(Privileges::EXECUTE, public_privileges);
            is_superuser(access, role) || wanted.met((public, Privileges::NONE))
        }))
    })
}

fn type_privilege(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let type_id = match named(objects[0]) {
            Named::Name(name) => reg_object(access, type_oid::REGTYPE, name)?,
            Named::Oid(oid) => oid,
        };
        let wanted = Wanted::parse(text, Privileges::USAGE)?;
        let exists = types::builtin_type(type_id).is_some()
            || access.catalog.relation_of_row_type(type_id).is_some();
        let answer =
            is_superuser(access, role) || wanted.met((Privileges::USAGE, Privileges::NONE));
        Ok(exists.then_some(answer))
    })
}

fn language(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let rows = raw_rows(RawTable::Language);
        let found = match named(objects[0]) {
            Named::Name(name) => {
                let found = rows.iter().find(|fields| fields.text(1) == name);
                Some(found.ok_or_else(|| {
                    let text = format!("language \"{name}\" does not exist");
                    Error::new(SqlState::UNDEFINED_OBJECT, text)
                })?)
            }
            Named::Oid(oid) => rows.iter().find(|fields| fields.oid(0) == oid),
        };
        let wanted = Wanted::parse(text, Privileges::USAGE)?;
        Ok(found.map(|_| {
            is_superuser(access, role) || wanted.met((Privileges::USAGE, Privileges::NONE))
        }))
    })
}

/// Nothing can be granted on a tablespace, so only superusers may create in one.
fn tablespace(call: &mut Call<'_>) -> Result<()> {
    const TABLESPACES: [(Oid, &str); 2] = [(Oid(1663), "pg_default"), (Oid(1664), "pg_global")];
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let exists = match named(objects[0]) {
            Named::Name(name) => {
                if !TABLESPACES.iter().any(|(_, own)| *own == name) {
                    let text = format!("tablespace \"{name}\" does not exist");
                    return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
                }
                true
            }
            Named::Oid(oid) => TABLESPACES.iter().any(|(own, _)| *own == oid),
        };
        Wanted::parse(text, Privileges::CREATE)?;
        Ok(exists.then_some(is_superuser(access, role)))
    })
}

/// The privileges that columns have.
const COLUMN: Privileges = Privileges(
    Privileges::SELECT.0 | Privileges::INSERT.0 | Privileges::UPDATE.0 | Privileges::REFERENCES.0,
);

/// What was granted on the columns of a relation that a test picks.
fn on_columns(
    access: &Access,
    role: Oid,
    relation: Oid,
    picked: impl Fn(usize) -> bool,
) -> (Privileges, Privileges) {
    let none = (Privileges::NONE, Privileges::NONE);
    let columns = match access.catalog.object(relation) {
        Some(Object::Table(table)) => &table.columns,
        Some(Object::View(view)) => &view.columns,
        _ => return none,
    };
    let columns = columns.iter().enumerate().filter(|(index, _)| picked(*index));
    let items = columns.flat_map(|(_, column)| column.acl.iter().flatten());
    items
        .filter(|item| !item.grantee.is_valid() || access.catalog.is_member(role, item.grantee))
        .fold(none, |sum, item| (sum.0.union(item.privileges), sum.1.union(item.grant_options)))
}

fn any_column(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsARole, |access, role, objects, text| {
        let relation = relation_of(access, objects[0])?;
        let wanted = Wanted::parse(text, COLUMN)?;
        Ok(on_relation(access, role, relation).map(|held| {
            wanted.met(held) || wanted.met(on_columns(access, role, relation, |_| true))
        }))
    })
}

fn column(call: &mut Call<'_>) -> Result<()> {
    ask(call, 2, Public::IsARole, |access, role, objects, text| {
        let relation = relation_of(access, objects[0])?;
        let place = if let ValueRef::I16(number) = objects[1] {
            usize::try_from(i32::from(number) - 1).ok()
        } else {
            let Named::Name(name) = named(objects[1]) else { return Ok(None) };
            let place = column_place(access, relation, name);
            if place.is_none() && crate::names::relation_place(access, relation).is_some() {
                return Err(undefined_column(access, relation, name));
            }
            place
        };
        let wanted = Wanted::parse(text, COLUMN)?;
        let Some(held) = on_relation(access, role, relation) else { return Ok(None) };
        let Some(place) = place else { return Ok(wanted.met(held).then_some(true)) };
        let own = on_columns(access, role, relation, |index| index == place);
        Ok(Some(wanted.met(held) || wanted.met(own)))
    })
}

/// 42703.
pub(super) fn undefined_column(access: &Access, relation: Oid, column: &str) -> Error {
    let own = crate::names::relation_place(access, relation);
    let relation = own.map_or_else(String::new, |(_, name)| name);
    let text = format!("column \"{column}\" of relation \"{relation}\" does not exist");
    Error::new(SqlState::UNDEFINED_COLUMN, text)
}

/// The index from 0 of a column by name.
pub(super) fn column_place(access: &Access, relation: Oid, name: &str) -> Option<usize> {
    let columns = match access.catalog.object(relation) {
        Some(Object::Table(table)) => &table.columns,
        Some(Object::View(view)) => &view.columns,
        _ => {
            let fact = facts().relations.get(&relation)?;
            return fact.columns.iter().position(|column| column.name == name);
        }
    };
    columns.iter().position(|column| !column.dropped && column.name == name)
}

/// What of a membership is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Membership {
    /// Its privileges, without SET ROLE.
    Usage,
    /// Any.
    Member,
    /// The right to SET ROLE.
    Set,
    /// The right to grant it.
    Admin,
}

fn has_role(call: &mut Call<'_>) -> Result<()> {
    ask(call, 1, Public::IsNone, |access, role, objects, text| {
        let of = match named(objects[0]) {
            Named::Name(name) => crate::names::find_role(access, name)?,
            Named::Oid(oid) => oid,
        };
        let mut answer = false;
        for word in text.split(',').map(str::trim) {
            let kind = match word.to_ascii_lowercase().as_str() {
                "usage" => Membership::Usage,
                "member" => Membership::Member,
                "set" => Membership::Set,
                "usage with grant option"
                | "usage with admin option"
                | "member with grant option"
                | "member with admin option"
                | "set with grant option"
                | "set with admin option" => Membership::Admin,
                _ => return Err(unrecognized(word)),
            };
            answer |= is_superuser(access, role) || belongs(access, role, of, kind, 0);
        }
        Ok(Some(answer))
    })
}

fn belongs(access: &Access, role: Oid, of: Oid, kind: Membership, depth: usize) -> bool {
    const DEPTH_MAX: usize = 64;
    if role == of {
        return kind != Membership::Admin;
    }
    let Some(found) = access.catalog.role_by_oid(role) else { return false };
    depth < DEPTH_MAX
        && found.member_of.iter().any(|m| {
            let passes = match kind {
                Membership::Usage => m.inherit,
                Membership::Member => true,
                Membership::Set => m.set,
                Membership::Admin if m.role == of => m.admin,
                Membership::Admin => true,
            };
            passes && (m.role == of || belongs(access, m.role, of, kind, depth + 1))
        })
}
