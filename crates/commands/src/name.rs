//! Names of objects: where new ones go, locks on names, renaming and new owners.

use crate::privilege::{check_owner, has_privilege, is_superuser};
use crate::work::Work;
use analyze::{Analyzer, Relation};
use catalog::acl::Privileges;
use catalog::object::{Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, LockTag};
use syntax::ast::{
    AlterObjectSchema, AlterOwner, ObjectKind, ObjectReference, Persistence, RelationName, Rename,
    RoleSpec, RoleSpecKind,
};
use types::Oid;

/// A name's lock: a second creator waits for the first.
pub(crate) fn lock_name(
    work: &mut dyn Work,
    kind: &str,
    schema: Oid,
    name: &str,
    shared: bool,
) -> Result<()> {
    // FNV-1a over kind, schema and name.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in kind.bytes().chain(schema.0.to_le_bytes()).chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    let database = if shared { 0 } else { work.database().0 };
    work.lock(LockTag::Name { database, hash }, LockMode::AccessExclusive)
}

/// Locks a relation.
pub(crate) fn lock_relation(work: &mut dyn Work, relation: Oid, mode: LockMode) -> Result<()> {
    let database = work.database().0;
    work.lock(LockTag::Relation { database, relation: relation.0 }, mode)
}

/// The schema that a new relation goes to. 3F000, 42501.
pub(crate) fn creation_schema(
    work: &mut dyn Work,
    name: &RelationName,
    persistence: Persistence,
    sql: &str,
) -> Result<Oid> {
    let catalog = work.catalog();
    let position = syntax::position(sql, name.location);
    let oid = match name.schema.as_deref() {
        Some("pg_temp") => return work.temporary_schema(),
        Some(_) if persistence == Persistence::Temporary => {
            let text = "cannot create temporary relation in non-temporary schema";
            return Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text).at(position));
        }
        None if persistence == Persistence::Temporary => return work.temporary_schema(),
        Some(schema) => {
            let found = catalog.schema(schema).map(|schema| schema.oid);
            found.ok_or_else(|| {
                Error::new(
                    SqlState::INVALID_SCHEMA_NAME,
                    format!("schema \"{schema}\" does not exist"),
                )
                .at(position)
            })?
        }
        None => work.named_path().first().copied().ok_or_else(|| {
            Error::new(SqlState::INVALID_SCHEMA_NAME, "no schema has been selected to create in")
                .at(position)
        })?,
    };
    check_schema_create(work, oid).map_err(|error| error.at(position))?;
    Ok(oid)
}

/// 42501 unless the role may create objects in a schema.
pub(crate) fn check_schema_create(work: &mut dyn Work, schema: Oid) -> Result<()> {
    let catalog = work.catalog();
    let Some(object) = catalog.object(schema) else {
        return Err(Error::internal("a schema vanished"));
    };
    let system = schema == catalog::PG_CATALOG || object.name() == "information_schema";
    if system || !has_privilege(&catalog, work.current_user(), object, Privileges::CREATE) {
        let text = format!("permission denied for schema {}", object.name());
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    Ok(())
}

/// 42P07 for a relation's name that is taken; with `if_not_exists` a notice and `true`.
pub(crate) fn is_taken(
    work: &mut dyn Work,
    schema: Oid,
    name: &str,
    if_not_exists: bool,
) -> Result<bool> {
    lock_name(work, "relation", schema, name, false)?;
    let catalog = work.catalog();
    let taken = catalog.relation(schema, name).is_some()
        || catalog::facts().relation_named(schema, name).is_some();
    if !taken {
        return Ok(false);
    }
    let text = format!("relation \"{name}\" already exists");
    if if_not_exists {
        work.notice(Error::notice(SqlState::DUPLICATE_TABLE, format!("{text}, skipping")));
        return Ok(true);
    }
    Err(Error::new(SqlState::DUPLICATE_TABLE, text))
}

/// A relation by name. 42P01.
pub(crate) fn find_relation(
    work: &mut dyn Work,
    name: &RelationName,
    sql: &str,
) -> Result<Relation> {
    // As in PostgreSQL, statements that are no queries tell no position.
    Analyzer::new(sql, work.resolver()).relation(name).map_err(|error| error.at(0))
}

/// A table by name that the current role owns, locked, as it is after the lock. 42P01, 42809, 42501.
pub(crate) fn owned_table(
    work: &mut dyn Work,
    name: &RelationName,
    mode: LockMode,
    sql: &str,
) -> Result<Arc<Table>> {
    loop {
        let table = plain_table(find_relation(work, name, sql)?)?;
        lock_relation(work, table.oid, mode)?;
        // The catalog may have moved while the lock was waited for.
        let again = plain_table(find_relation(work, name, sql)?)?;
        if again.oid == table.oid {
            check_owner(&work.catalog(), work.current_user(), &Object::Table(Arc::clone(&again)))?;
            return Ok(again);
        }
    }
}

/// 42809 for a relation that is no table.
pub(crate) fn plain_table(relation: Relation) -> Result<Arc<Table>> {
    match relation {
        Relation::Table(table) => Ok(table),
        Relation::System(system) => Err(Error::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!("permission denied: \"{}\" is a system catalog", system.name),
        )),
        other @ (Relation::View(_) | Relation::Sequence(_) | Relation::Index(..)) => Err(
            Error::new(SqlState::WRONG_OBJECT_TYPE, format!("\"{}\" is not a table", other.name())),
        ),
    }
}

/// A role as written. 42704.
pub(crate) fn role_of(work: &dyn Work, spec: &RoleSpec) -> Result<Oid> {
    match &spec.kind {
        RoleSpecKind::Name(name) => {
            let catalog = work.catalog();
            catalog.role(name).map(|role| role.oid).ok_or_else(|| {
                Error::new(SqlState::UNDEFINED_OBJECT, format!("role \"{name}\" does not exist"))
            })
        }
        RoleSpecKind::CurrentRole | RoleSpecKind::CurrentUser | RoleSpecKind::SessionUser => {
            Ok(work.current_user())
        }
        RoleSpecKind::Public => Ok(Oid::INVALID),
    }
}

/// The last name of a reference and its schema, as a relation's name.
pub(crate) fn relation_name(reference: &ObjectReference) -> Result<RelationName> {
    let ObjectReference::Name(name) = reference else {
        return Err(Error::unsupported("this kind of object"));
    };
    let mut names = name.names.iter().rev().cloned();
    let last = names.next().unwrap_or_default();
    Ok(RelationName {
        name: last,
        schema: names.next(),
        database: names.next(),
        location: name.location,
    })
}

/// ALTER ... RENAME.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn rename(work: &mut dyn Work, rename: &Rename, sql: &str) -> Result<()> {
    match rename.kind {
        ObjectKind::Table | ObjectKind::Index | ObjectKind::Sequence | ObjectKind::View => {
            rename_relation(work, rename, sql)
        }
        ObjectKind::Type | ObjectKind::Domain => crate::user_type::rename_type(work, rename),
        ObjectKind::DomainConstraint => crate::domain::rename_constraint(work, rename),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            crate::routine::rename(work, rename.kind, &rename.object, &rename.new_name, sql)
        }
        ObjectKind::Column => rename_column(work, rename, sql),
        ObjectKind::Trigger => crate::trigger::rename_trigger(work, rename, sql),
        ObjectKind::TableConstraint => rename_constraint(work, rename, sql),
        ObjectKind::Schema => {
            let name = relation_name(&rename.object)?.name;
            let catalog = work.catalog();
            let Some(schema) = catalog.schema(&name) else {
                return Err(Error::new(
                    SqlState::INVALID_SCHEMA_NAME,
                    format!("schema \"{name}\" does not exist"),
                ));
            };
            check_owner(&catalog, work.current_user(), &Object::Schema(Arc::clone(schema)))?;
            if catalog.schema(&rename.new_name).is_some() {
                let text = format!("schema \"{}\" already exists", rename.new_name);
                return Err(Error::new(SqlState::DUPLICATE_SCHEMA, text));
            }
            let mut schema = (**schema).clone();
            schema.name = rename.new_name.to_string();
            work.put(Object::Schema(Arc::new(schema)))
        }
        ObjectKind::Database | ObjectKind::Role => crate::role::rename_shared(work, rename),
        _ => Err(Error::unsupported("renaming this kind of object")),
    }
}

fn rename_relation(work: &mut dyn Work, rename: &Rename, sql: &str) -> Result<()> {
    let name = relation_name(&rename.object)?;
    let found = Analyzer::new(sql, work.resolver()).find_relation(&name)?;
    let Some(relation) = found else {
        if rename.if_exists {
            let text = format!("relation \"{}\" does not exist, skipping", name.name);
            work.notice(Error::notice(SqlState::UNDEFINED_TABLE, text));
            return Ok(());
        }
        return find_relation(work, &name, sql).map(|_| ());
    };
    lock_relation(work, relation.oid(), LockMode::AccessExclusive)?;
    let catalog = work.catalog();
    let object = catalog
        .object(relation.oid())
        .cloned()
        .ok_or_else(|| Error::internal("a relation without an object"))?;
    check_owner(&catalog, work.current_user(), &object)?;
    let schema = object.schema().ok_or_else(|| Error::internal("a relation without a schema"))?;
    is_taken(work, schema, &rename.new_name, false)?;
    let new_name = rename.new_name.to_string();
    match object {
        Object::Table(table) => {
            work.put(Object::Table(Arc::new(Table { name: new_name, ..(*table).clone() })))
        }
        Object::View(view) => work.put(Object::View(Arc::new(catalog::object::View {
            name: new_name,
            ..(*view).clone()
        }))),
        Object::Sequence(sequence) => {
            let renamed = catalog::object::Sequence { name: new_name, ..(*sequence).clone() };
            work.put(Object::Sequence(Arc::new(renamed)))
        }
        Object::Index(index) => {
            // A constraint bears its index's name.
            if let Some(table) = index.constraint.and_then(|_| catalog.table(index.table)) {
                let mut table = (**table).clone();
                for key in table.keys.iter_mut().filter(|key| key.index == index.oid) {
                    key.name.clone_from(&new_name);
                }
                work.put(Object::Table(Arc::new(table)))?;
            }
            work.put(Object::Index(Arc::new(catalog::object::Index {
                name: new_name,
                ..(*index).clone()
            })))
        }
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_) => Err(Error::internal("not a relation")),
    }
}

fn rename_column(work: &mut dyn Work, rename: &Rename, sql: &str) -> Result<()> {
    let name = relation_name(&rename.object)?;
    let table = owned_table(work, &name, LockMode::AccessExclusive, sql)?;
    let old = rename.part.as_deref().unwrap_or_default();
    if table.columns.iter().any(|c| !c.dropped && *c.name == *rename.new_name) {
        let text =
            format!("column \"{}\" of relation \"{}\" already exists", rename.new_name, table.name);
        return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
    }
    let mut table = (*table).clone();
    let Some(column) = table.columns.iter_mut().find(|c| !c.dropped && c.name == old) else {
        return Err(Error::new(
            SqlState::UNDEFINED_COLUMN,
            format!("column \"{old}\" does not exist"),
        ));
    };
    column.name = rename.new_name.to_string();
    let indexes: Vec<_> = work.catalog().indexes_of(table.oid).cloned().collect();
    for index in indexes {
        let mut changed = (*index).clone();
        for column in changed.columns.iter_mut().filter(|column| column.name == old) {
            column.name = rename.new_name.to_string();
        }
        work.put(Object::Index(Arc::new(changed)))?;
    }
    work.put(Object::Table(Arc::new(table)))
}

fn rename_constraint(work: &mut dyn Work, rename: &Rename, sql: &str) -> Result<()> {
    let name = relation_name(&rename.object)?;
    let table = owned_table(work, &name, LockMode::AccessExclusive, sql)?;
    let old = rename.part.as_deref().unwrap_or_default();
    let new = rename.new_name.to_string();
    let mut table = (*table).clone();
    if let Some(key) = table.keys.iter_mut().find(|key| key.name == old) {
        key.name.clone_from(&new);
        let index = work.catalog().index(key.index).cloned();
        if let Some(index) = index {
            work.put(Object::Index(Arc::new(catalog::object::Index {
                name: new,
                ..(*index).clone()
            })))?;
        }
    } else if let Some(check) = table.checks.iter_mut().find(|check| check.name == old) {
        check.name = new;
    } else if let Some(not_null) = table.not_nulls.iter_mut().find(|n| n.name == old) {
        not_null.name = new;
    } else {
        let text = format!("constraint \"{old}\" for table \"{}\" does not exist", table.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    work.put(Object::Table(Arc::new(table)))
}

/// ALTER ... OWNER TO, for what is no table.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn alter_owner(work: &mut dyn Work, alter: &AlterOwner, sql: &str) -> Result<()> {
    let owner = role_of(work, &alter.owner)?;
    if matches!(alter.object, ObjectReference::Function(_)) {
        let function = crate::routine::of_reference(work, alter.kind, &alter.object, sql)?;
        return set_owner(work, &Object::Function(function), owner);
    }
    if matches!(alter.kind, ObjectKind::Type | ObjectKind::Domain) {
        let own = crate::user_type::find_named(work, &alter.object)?;
        return set_owner(work, &Object::Type(own), owner);
    }
    let name = relation_name(&alter.object)?;
    let catalog = work.catalog();
    let object = match alter.kind {
        ObjectKind::Schema => catalog.schema(&name.name).map(|s| Object::Schema(Arc::clone(s))),
        ObjectKind::Database => {
            catalog.database(&name.name).map(|d| Object::Database(Arc::clone(d)))
        }
        ObjectKind::Table | ObjectKind::Sequence | ObjectKind::View | ObjectKind::Index => {
            let relation = find_relation(work, &name, sql)?;
            catalog.object(relation.oid()).cloned()
        }
        _ => return Err(Error::unsupported("changing the owner of this kind of object")),
    };
    let object = object.ok_or_else(|| {
        let text = format!("\"{}\" does not exist", name.name);
        Error::new(SqlState::UNDEFINED_OBJECT, text)
    })?;
    set_owner(work, &object, owner)
}

/// Gives an object to another role.
pub(crate) fn set_owner(work: &mut dyn Work, object: &Object, owner: Oid) -> Result<()> {
    let catalog = work.catalog();
    check_owner(&catalog, work.current_user(), object)?;
    if !is_superuser(&catalog, work.current_user())
        && !catalog.is_member(work.current_user(), owner)
    {
        let name = catalog.role_by_oid(owner).map_or("?", |role| &role.name);
        let text = format!("must be able to SET ROLE \"{name}\"");
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    let changed = match object {
        Object::Schema(o) => {
            Object::Schema(Arc::new(catalog::object::Schema { owner, ..(**o).clone() }))
        }
        Object::Database(o) => {
            Object::Database(Arc::new(catalog::object::Database { owner, ..(**o).clone() }))
        }
        Object::Table(o) => {
            for index in catalog.indexes_of(o.oid) {
                work.put(Object::Index(Arc::new(catalog::object::Index {
                    owner,
                    ..(**index).clone()
                })))?;
            }
            Object::Table(Arc::new(Table { owner, ..(**o).clone() }))
        }
        Object::Function(o) => {
            Object::Function(Arc::new(catalog::object::Function { owner, ..(**o).clone() }))
        }
        Object::Type(o) => {
            Object::Type(Arc::new(catalog::object::UserType { owner, ..(**o).clone() }))
        }
        Object::View(o) => Object::View(Arc::new(catalog::object::View { owner, ..(**o).clone() })),
        Object::Sequence(o) => {
            Object::Sequence(Arc::new(catalog::object::Sequence { owner, ..(**o).clone() }))
        }
        Object::Index(o) => {
            Object::Index(Arc::new(catalog::object::Index { owner, ..(**o).clone() }))
        }
        Object::Role(_) => return Err(Error::internal("roles have no owner")),
    };
    work.put(changed)?;
    // What belongs to a column goes with the table.
    if let Object::Table(table) = object {
        let owned: Vec<Object> = catalog
            .objects()
            .filter(|o| matches!(o, Object::Sequence(s) if s.owned_by.is_some_and(|by| by.table == table.oid)))
            .cloned()
            .collect();
        for sequence in owned {
            set_owner(work, &sequence, owner)?;
        }
    }
    Ok(())
}

/// ALTER ... SET SCHEMA.
pub(crate) fn alter_schema(
    work: &mut dyn Work,
    alter: &AlterObjectSchema,
    sql: &str,
) -> Result<()> {
    if matches!(alter.object, ObjectReference::Function(_)) {
        return crate::routine::set_schema(work, alter.kind, &alter.object, &alter.schema, sql);
    }
    if matches!(alter.kind, ObjectKind::Type | ObjectKind::Domain) {
        return crate::user_type::set_schema(work, &alter.object, &alter.schema);
    }
    let name = relation_name(&alter.object)?;
    let table = owned_table(work, &name, LockMode::AccessExclusive, sql)?;
    let catalog = work.catalog();
    let Some(schema) = catalog.schema(&alter.schema).map(|schema| schema.oid) else {
        let text = format!("schema \"{}\" does not exist", alter.schema);
        return Err(Error::new(SqlState::INVALID_SCHEMA_NAME, text));
    };
    check_schema_create(work, schema)?;
    is_taken(work, schema, &table.name, false)?;
    for index in catalog.indexes_of(table.oid) {
        work.put(Object::Index(Arc::new(catalog::object::Index { schema, ..(**index).clone() })))?;
    }
    for object in catalog.objects() {
        if let Object::Sequence(sequence) = object
            && sequence.owned_by.is_some_and(|by| by.table == table.oid)
        {
            work.put(Object::Sequence(Arc::new(catalog::object::Sequence {
                schema,
                ..(**sequence).clone()
            })))?;
        }
    }
    work.put(Object::Table(Arc::new(Table { schema, ..(*table).clone() })))
}
