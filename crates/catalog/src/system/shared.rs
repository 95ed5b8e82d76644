//! What all databases share: roles, databases, tablespaces.

use super::value::{
    NO, NULL, OWNER, acl, boolean, letter, oid, oid_array, optional_text, options, text,
};
use super::{Reading, Rows};
use crate::facts::{RawTable, raw_rows};
use crate::object::{Object, Role, SettingOverride};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use types::{Datum, Oid};

/// pg_encoding_to_char's number of UTF-8.
const UTF8: Datum = Datum::I32(6);
/// The tablespace of all databases.
const PG_DEFAULT: Oid = Oid(1663);
const PG_GLOBAL: Oid = Oid(1664);
/// The locale of all databases, as `initdb --locale-provider=builtin --locale=C.UTF-8` makes it.
const LOCALE: &str = "C.UTF-8";

fn roles<'a>(r: &Reading<'a>) -> Vec<Arc<Role>> {
    let mut list: Vec<Arc<Role>> = r
        .catalog
        .objects_by_oid()
        .into_iter()
        .filter_map(
            |object| if let Object::Role(role) = object { Some(Arc::clone(role)) } else { None },
        )
        .collect();
    for fields in raw_rows(RawTable::Roles) {
        if r.catalog.role_by_oid(fields.oid(0)).is_none() && fields.oid(0) != OWNER {
            list.push(Arc::new(Role {
                oid: fields.oid(0),
                name: fields.text(1).to_owned(),
                superuser: fields.bool(2),
                inherit: fields.bool(3),
                create_role: fields.bool(4),
                create_database: fields.bool(5),
                login: fields.bool(6),
                replication: fields.bool(7),
                bypass_row_security: fields.bool(8),
                connection_limit: -1,
                password: None,
                valid_until: None,
                member_of: Vec::new(),
                settings: Vec::new(),
                comment: None,
            }));
        }
    }
    list.sort_unstable_by_key(|role| role.oid);
    list
}

fn valid_until(role: &Role) -> Datum {
    role.valid_until.map_or(NULL, Datum::I64)
}

fn setting_list(settings: &[SettingOverride]) -> Result<Datum> {
    let list: Vec<String> =
        settings.iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect();
    options(&list)
}

fn denied(relation: &str) -> Error {
    let text = format!("permission denied for table {relation}");
    Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text)
}

pub(super) fn pg_authid(r: &Reading<'_>) -> Result<Rows> {
    if !r.is_superuser() {
        return Err(denied("pg_authid"));
    }
    Ok(roles(r)
        .iter()
        .map(|role| {
            vec![
                oid(role.oid),
                text(&role.name),
                boolean(role.superuser),
                boolean(role.inherit),
                boolean(role.create_role),
                boolean(role.create_database),
                boolean(role.login),
                boolean(role.replication),
                boolean(role.bypass_row_security),
                Datum::I32(role.connection_limit),
                optional_text(role.password.as_deref()),
                valid_until(role),
            ]
        })
        .collect())
}

pub(super) fn pg_roles(r: &Reading<'_>) -> Result<Rows> {
    roles(r)
        .iter()
        .map(|role| {
            Ok(vec![
                text(&role.name),
                boolean(role.superuser),
                boolean(role.inherit),
                boolean(role.create_role),
                boolean(role.create_database),
                boolean(role.login),
                boolean(role.replication),
                Datum::I32(role.connection_limit),
                text("********"),
                valid_until(role),
                boolean(role.bypass_row_security),
                setting_list(&role.settings)?,
                oid(role.oid),
            ])
        })
        .collect()
}

pub(super) fn pg_user(r: &Reading<'_>) -> Result<Rows> {
    let users = roles(r).into_iter().filter(|role| role.login);
    users.map(|role| user_row(&role, text("********"))).collect()
}

pub(super) fn pg_shadow(r: &Reading<'_>) -> Result<Rows> {
    if !r.is_superuser() {
        return Err(denied("pg_shadow"));
    }
    let users = roles(r).into_iter().filter(|role| role.login);
    users.map(|role| user_row(&role, optional_text(role.password.as_deref()))).collect()
}

fn user_row(role: &Role, password: Datum) -> Result<Vec<Datum>> {
    Ok(vec![
        text(&role.name),
        oid(role.oid),
        boolean(role.create_database),
        boolean(role.superuser),
        boolean(role.replication),
        boolean(role.bypass_row_security),
        password,
        valid_until(role),
        setting_list(&role.settings)?,
    ])
}

pub(super) fn pg_group(r: &Reading<'_>) -> Result<Rows> {
    let all = roles(r);
    let groups = all.iter().filter(|role| !role.login);
    groups
        .map(|group| {
            let members: Vec<Oid> = all
                .iter()
                .filter(|role| role.member_of.iter().any(|m| m.role == group.oid))
                .map(|role| role.oid)
                .collect();
            Ok(vec![text(&group.name), oid(group.oid), oid_array(&members)?])
        })
        .collect()
}

pub(super) fn pg_auth_members(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for role in roles(r) {
        for membership in &role.member_of {
            rows.push(vec![
                oid(membership.oid),
                oid(membership.role),
                oid(role.oid),
                oid(membership.grantor),
                boolean(membership.admin),
                boolean(membership.inherit),
                boolean(membership.set),
            ]);
        }
    }
    Ok(rows)
}

pub(super) fn pg_database(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.objects(1) {
        let Object::Database(database) = object else { continue };
        rows.push(vec![
            oid(database.oid),
            text(&database.name),
            oid(database.owner),
            UTF8,
            letter('b'),
            boolean(database.is_template),
            boolean(database.allow_connections),
            NO,
            Datum::I32(database.connection_limit),
            Datum::I64(3),
            Datum::I64(1),
            oid(PG_DEFAULT),
            text(LOCALE),
            text(LOCALE),
            text(LOCALE),
            NULL,
            text("1"),
            acl(r.catalog, &database.acl)?,
        ]);
    }
    Ok(rows)
}

pub(super) fn pg_tablespace(_: &Reading<'_>) -> Result<Rows> {
    let row = |tablespace, name| vec![oid(tablespace), text(name), oid(OWNER), NULL, NULL];
    Ok(vec![row(PG_DEFAULT, "pg_default"), row(PG_GLOBAL, "pg_global")])
}

pub(super) fn pg_db_role_setting(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let (database, role, settings) = match object {
            Object::Role(role) => (Oid::INVALID, role.oid, &role.settings),
            Object::Database(database) => (database.oid, Oid::INVALID, &database.settings),
            Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_)
            | Object::Table(_)
            | Object::Index(_)
            | Object::Sequence(_)
            | Object::View(_) => continue,
        };
        if !settings.is_empty() {
            rows.push(vec![oid(database), oid(role), setting_list(settings)?]);
        }
    }
    Ok(rows)
}
