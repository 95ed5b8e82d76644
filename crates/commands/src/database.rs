//! CREATE, ALTER and DROP DATABASE.

use crate::name::lock_name;
use crate::privilege::check_owner;
use crate::work::Work;
use catalog::Catalogs;
use catalog::acl::{AclItem, Privileges};
use catalog::object::{Database, Object, Schema};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use std::time::{Duration, Instant};
use syntax::ast::{
    AlterDatabase, AlterDatabaseSet, CreateDatabase, DefinitionOption, DropDatabase, OptionValue,
};
use types::Oid;

/// How long DROP DATABASE waits for sessions that are about to end, and how often it looks.
const LEAVE_MAX: Duration = Duration::from_secs(5);
const LEAVE_TICK: Duration = Duration::from_millis(10);

/// CREATE DATABASE. The new database is empty, as template1 and template0 are.
#[expect(clippy::too_many_lines, reason = "one flat list of cases")]
pub(crate) fn create_database(work: &mut dyn Work, create: &CreateDatabase) -> Result<()> {
    let catalog = work.catalog();
    let user = catalog.role_by_oid(work.current_user());
    if !user.is_some_and(|role| role.superuser || role.create_database) {
        return Err(Error::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            "permission denied to create database",
        ));
    }
    let name = create.name.to_string();
    let mut owner = work.current_user();
    let mut database = Database {
        oid: Oid(work.transaction().storage().allocate_oid()?),
        name: name.clone(),
        owner,
        is_template: false,
        allow_connections: true,
        connection_limit: -1,
        acl: None,
        settings: Vec::new(),
        comment: None,
    };
    for option in &create.options {
        let value = option_text(option);
        match &*option.name {
            "owner" => {
                owner = catalog.role(&value).map(|role| role.oid).ok_or_else(|| {
                    Error::new(
                        SqlState::UNDEFINED_OBJECT,
                        format!("role \"{value}\" does not exist"),
                    )
                })?;
                if !catalog.is_member(work.current_user(), owner) {
                    let text = format!("must be able to SET ROLE \"{value}\"");
                    return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
                }
            }
            "template" => {
                let template = catalog.database(&value);
                let Some(template) = template else {
                    let text = format!("template database \"{value}\" does not exist");
                    return Err(Error::new(SqlState::UNDEFINED_DATABASE, text));
                };
                // template0 and template1 hold nothing but what every database starts with.
                const BUILT_IN: [Oid; 2] = [Oid(1), Oid(4)];
                if !BUILT_IN.contains(&template.oid) {
                    return Err(Error::unsupported(
                        "a template other than template0 and template1",
                    ));
                }
            }
            "encoding" => {
                let known = value.to_ascii_lowercase().replace(['-', '_'], "");
                if !matches!(&*known, "utf8" | "unicode" | "6" | "default") {
                    return Err(Error::unsupported(format!("encoding {value}")));
                }
            }
            "connection_limit" => database.connection_limit = value.parse().unwrap_or(-1),
            "is_template" => database.is_template = value == "true",
            "allow_connections" => database.allow_connections = value == "true",
            "locale" | "lc_collate" | "lc_ctype" | "locale_provider" | "icu_locale"
            | "builtin_locale" | "strategy" | "tablespace" | "collation_version" | "oid"
            | "icu_rules" => {}
            other => {
                let text = format!("option \"{other}\" not recognized");
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
        }
    }
    database.owner = owner;
    lock_name(work, "database", Oid::INVALID, &name, true)?;
    if work.catalog().database(&name).is_some() {
        return Err(Error::new(
            SqlState::DUPLICATE_DATABASE,
            format!("database \"{name}\" already exists"),
        ));
    }
    let oid = database.oid;
    Catalogs::create_database(work.transaction(), oid)?;
    catalog::put(work.transaction(), oid, Object::Schema(Arc::new(public_schema())), None)?;
    work.put(Object::Database(Arc::new(database)))
}

/// The schema public as every database starts with it.
fn public_schema() -> Schema {
    /// pg_database_owner, which stands for whoever owns the database.
    const DATABASE_OWNER: Oid = Oid(6171);
    let item = |grantee, privileges| AclItem {
        grantee,
        grantor: DATABASE_OWNER,
        privileges,
        grant_options: Privileges::NONE,
    };
    Schema {
        oid: catalog::PUBLIC,
        name: "public".to_owned(),
        owner: DATABASE_OWNER,
        acl: Some(vec![
            item(DATABASE_OWNER, Privileges::SCHEMA),
            item(Oid::INVALID, Privileges::USAGE),
        ]),
        comment: Some("standard public schema".to_owned()),
    }
}

fn option_text(option: &DefinitionOption) -> String {
    match &option.value {
        Some(OptionValue::Integer(number)) => number.to_string(),
        Some(OptionValue::String(text) | OptionValue::Float(text)) => text.to_string(),
        Some(OptionValue::Boolean(value)) => value.to_string(),
        Some(OptionValue::TypeName(name)) => name.names.join("."),
        Some(
            OptionValue::Operator(_) | OptionValue::Star | OptionValue::None | OptionValue::List(_),
        )
        | None => "true".to_owned(),
    }
}

fn owned_database(work: &mut dyn Work, name: &str) -> Result<Arc<Database>> {
    let catalog = work.catalog();
    let database = catalog.database(name).cloned().ok_or_else(|| {
        Error::new(SqlState::UNDEFINED_DATABASE, format!("database \"{name}\" does not exist"))
    })?;
    check_owner(&catalog, work.current_user(), &Object::Database(Arc::clone(&database)))?;
    Ok(database)
}

/// ALTER DATABASE.
pub(crate) fn alter_database(work: &mut dyn Work, alter: &AlterDatabase) -> Result<()> {
    let mut database = (*owned_database(work, &alter.name)?).clone();
    for option in &alter.options {
        let value = option_text(option);
        match &*option.name {
            "connection_limit" => database.connection_limit = value.parse().unwrap_or(-1),
            "is_template" => database.is_template = value == "true",
            "allow_connections" => database.allow_connections = value == "true",
            other => return Err(Error::unsupported(format!("ALTER DATABASE with {other}"))),
        }
    }
    work.put(Object::Database(Arc::new(database)))
}

/// ALTER DATABASE ... SET.
pub(crate) fn alter_database_set(work: &mut dyn Work, alter: &AlterDatabaseSet) -> Result<()> {
    let mut database = (*owned_database(work, &alter.name)?).clone();
    crate::role::change_settings(work, &mut database.settings, &alter.set)?;
    work.put(Object::Database(Arc::new(database)))
}

/// DROP DATABASE.
pub(crate) fn drop_database(work: &mut dyn Work, drop: &DropDatabase) -> Result<()> {
    let catalog = work.catalog();
    let Some(database) = catalog.database(&drop.name) else {
        let text = format!("database \"{}\" does not exist", drop.name);
        if drop.if_exists {
            work.notice(Error::notice(SqlState::UNDEFINED_DATABASE, format!("{text}, skipping")));
            return Ok(());
        }
        return Err(Error::new(SqlState::UNDEFINED_DATABASE, text));
    };
    check_owner(&catalog, work.current_user(), &Object::Database(Arc::clone(database)))?;
    if database.oid == work.database() {
        return Err(Error::new(SqlState::OBJECT_IN_USE, "cannot drop the currently open database"));
    }
    if database.is_template {
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, "cannot drop a template database"));
    }
    let sessions = other_sessions(work, database.oid)?;
    if sessions > 0 {
        if drop.force {
            return Err(Error::unsupported("DROP DATABASE WITH (FORCE) while sessions use it"));
        }
        let text = format!("database \"{}\" is being accessed by other users", drop.name);
        let detail = if sessions == 1 {
            "There is 1 other session using the database.".to_owned()
        } else {
            format!("There are {sessions} other sessions using the database.")
        };
        return Err(Error::new(SqlState::OBJECT_IN_USE, text).detail(detail));
    }
    let oid = database.oid;
    work.transaction().drop_database_dir(oid.0)?;
    work.remove(oid)
}

/// How many sessions use a database. One that is about to end is waited for, as in PostgreSQL for up to 5 seconds.
fn other_sessions(work: &mut dyn Work, database: Oid) -> Result<usize> {
    let deadline = Instant::now() + LEAVE_MAX;
    loop {
        let sessions = work.sessions_in(database);
        if sessions == 0 || Instant::now() >= deadline {
            return Ok(sessions);
        }
        os::blocking(os::Reason::Other, || std::thread::sleep(LEAVE_TICK));
        work.with_context(&mut |context| context.host.check_cancel())?;
    }
}
