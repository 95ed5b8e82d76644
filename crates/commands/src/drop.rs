//! DROP.

use crate::foreign_key::{Referrer, drop_referrers, referrers};
use crate::name::{find_relation, lock_relation, relation_name};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::{Analyzer, Relation};
use catalog::Catalog;
use catalog::object::{Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::{DropBehavior, DropObjects, ObjectKind};
use types::Oid;

/// DROP TABLE, INDEX, SEQUENCE, VIEW, SCHEMA.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn drop_objects(work: &mut dyn Work, drop: &DropObjects, sql: &str) -> Result<()> {
    if matches!(drop.kind, ObjectKind::Type | ObjectKind::Domain) {
        return crate::drop_type::drop_types(work, drop);
    }
    if matches!(drop.kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine) {
        return crate::routine::drop_functions(work, drop, sql);
    }
    if drop.kind == ObjectKind::Trigger {
        return crate::trigger::drop_triggers(work, drop, sql);
    }
    if drop.kind == ObjectKind::Table {
        free_of_referrers(work, drop, sql)?;
    }
    if drop.concurrently && drop.objects.len() > 1 {
        let text = "DROP INDEX CONCURRENTLY does not support dropping multiple objects";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    if drop.concurrently && drop.behavior == DropBehavior::Cascade {
        let text = "DROP INDEX CONCURRENTLY does not support CASCADE";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    for reference in &drop.objects {
        let name = relation_name(reference)?;
        match drop.kind {
            ObjectKind::Table | ObjectKind::Index | ObjectKind::Sequence | ObjectKind::View => {
                let missing_schema =
                    name.schema.as_deref().is_some_and(|s| work.catalog().schema(s).is_none());
                let found = Analyzer::new(sql, work.resolver()).find_relation(&name)?;
                let word = word_of(drop.kind);
                let Some(relation) = found else {
                    if drop.if_exists {
                        let text = match (&name.schema, missing_schema) {
                            (Some(schema), true) => {
                                format!("schema \"{schema}\" does not exist, skipping")
                            }
                            _ => format!("{word} \"{}\" does not exist, skipping", name.name),
                        };
                        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
                        continue;
                    }
                    let text = format!("{word} \"{}\" does not exist", name.name);
                    let code = if drop.kind == ObjectKind::Index {
                        SqlState::UNDEFINED_OBJECT
                    } else {
                        SqlState::UNDEFINED_TABLE
                    };
                    return Err(Error::new(code, text));
                };
                check_kind(&relation, drop.kind)?;
                lock_relation(work, relation.oid(), lock_mode(drop))?;
                let relation = find_relation(work, &name, sql)?;
                drop_relation(work, relation.oid(), drop)?;
            }
            ObjectKind::Schema => drop_schema(work, &name.name, drop)?,
            _ => return Err(Error::unsupported("dropping this kind of object")),
        }
    }
    Ok(())
}

/// What a DROP locks.
fn lock_mode(drop: &DropObjects) -> LockMode {
    if drop.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive }
}

/// Refuses a DROP TABLE while foreign keys of other tables than it names refer to one, or drops them. 2BP01.
fn free_of_referrers(work: &mut dyn Work, drop: &DropObjects, sql: &str) -> Result<()> {
    let mut tables = Vec::new();
    for reference in &drop.objects {
        let name = relation_name(reference)?;
        let found = Analyzer::new(sql, work.resolver()).find_relation(&name)?;
        tables.extend(found.map(|relation| relation.oid()));
    }
    let catalog = work.catalog();
    let name =
        |oid: Oid| catalog.table(oid).map_or_else(String::new, |t| format!("table {}", t.name));
    let list: Vec<Referrer> =
        tables.iter().flat_map(|oid| referrers(&catalog, *oid, &tables, &|_| true)).collect();
    let only = if let [only] = tables.as_slice() { Some(name(*only)) } else { None };
    let on = |(_, key): &Referrer| name(key.table);
    drop_referrers(work, &list, only.as_deref(), &on, drop.behavior)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn word_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Index => "index",
        ObjectKind::Sequence => "sequence",
        ObjectKind::View => "view",
        _ => "table",
    }
}

fn check_kind(relation: &Relation, kind: ObjectKind) -> Result<()> {
    let fits = match relation {
        Relation::Table(_) => kind == ObjectKind::Table,
        Relation::Index(..) => kind == ObjectKind::Index,
        Relation::Sequence(_) => kind == ObjectKind::Sequence,
        Relation::View(_) => kind == ObjectKind::View,
        Relation::System(system) => {
            let text = format!("permission denied: \"{}\" is a system catalog", system.name);
            return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
        }
    };
    if fits {
        return Ok(());
    }
    let word = word_of(kind);
    let article = if kind == ObjectKind::Index { "an" } else { "a" };
    let text = format!("\"{}\" is not {article} {word}", relation.name());
    let own = match relation {
        Relation::Table(_) | Relation::System(_) => "TABLE",
        Relation::Index(..) => "INDEX",
        Relation::Sequence(_) => "SEQUENCE",
        Relation::View(_) => "VIEW",
    };
    let article = if own == "INDEX" { "an" } else { "a" };
    let hint = format!("Use DROP {own} to remove {article} {}.", own.to_lowercase());
    Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).hint(hint))
}

/// Drops a relation with what belongs to it.
fn drop_relation(work: &mut dyn Work, oid: Oid, drop: &DropObjects) -> Result<()> {
    let behavior = drop.behavior;
    let catalog = work.catalog();
    let object =
        catalog.object(oid).cloned().ok_or_else(|| Error::internal("a relation vanished"))?;
    // The owner of its schema may drop it too.
    let schema_owner = object.schema().and_then(|s| catalog.schema_by_oid(s)).map(|s| s.owner);
    if !schema_owner.is_some_and(|owner| catalog.is_member(work.current_user(), owner)) {
        check_owner(&catalog, work.current_user(), &object)?;
    }
    match &object {
        Object::Table(table) => {
            // What refers to it was looked at with the whole statement's tables.
            drop_table(work, table, behavior)
        }
        Object::Index(index) => {
            if index.constraint.is_some() {
                let table = catalog.table(index.table).map_or("?", |table| &table.name);
                let text = format!(
                    "cannot drop index {} because constraint {} on table {table} requires it",
                    index.name, index.name
                );
                let hint =
                    format!("You can drop constraint {} on table {table} instead.", index.name);
                return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text).hint(hint));
            }
            lock_relation(work, index.table, lock_mode(drop))?;
            let list = referrers(&catalog, index.table, &[], &|key| key.index == index.oid);
            let name = format!("index {}", index.name);
            drop_referrers(work, &list, Some(&name), &|_| name.clone(), behavior)?;
            if drop.concurrently {
                return crate::reindex::drop_concurrently(work, index);
            }
            drop_file(work, index.file)?;
            work.remove(oid)
        }
        Object::Sequence(sequence) => {
            let needed =
                sequence.owned_by.filter(|by| by.identity || default_uses(work, by.table, oid));
            if let Some(by) = needed {
                let users = catalog.table(by.table).cloned();
                drop_sequence_users(work, &sequence.name, users, by.column, behavior)?;
            }
            drop_file(work, sequence.file)?;
            work.remove(oid)
        }
        Object::View(_) => work.remove(oid),
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_) => {
            Err(Error::internal(format!("not a relation of kind {:?}", drop.kind)))
        }
    }
}

/// Whether a table's default calls a sequence.
fn default_uses(work: &dyn Work, table: Oid, sequence: Oid) -> bool {
    let catalog = work.catalog();
    let Some(table) = catalog.table(table) else { return false };
    table.columns.iter().filter_map(|column| column.default.as_ref()).any(|default| {
        expression::decode(&default.expression).is_ok_and(|expr| {
            expr.any(&mut |e| {
                e.type_id == types::type_oid::REGCLASS
                    && e.as_constant() == Some(&types::Datum::I64(i64::from(sequence.0)))
            })
        })
    })
}

fn drop_sequence_users(
    work: &mut dyn Work,
    sequence: &str,
    table: Option<Arc<Table>>,
    column: i16,
    behavior: DropBehavior,
) -> Result<()> {
    let Some(table) = table else { return Ok(()) };
    let place = usize::try_from(column - 1).unwrap_or(0);
    let name = table.columns[place].name.clone();
    if behavior == DropBehavior::Restrict {
        let text = format!("cannot drop sequence {sequence} because other objects depend on it");
        let detail = format!(
            "default value for column {name} of table {} depends on sequence {sequence}",
            table.name
        );
        return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
            .detail(detail)
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    let mut changed = (*table).clone();
    changed.columns[place].default = None;
    changed.columns[place].identity = None;
    let text = format!("drop cascades to default value for column {name} of table {}", table.name);
    work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
    work.put(Object::Table(Arc::new(changed)))
}

fn drop_file(work: &mut dyn Work, file: u32) -> Result<()> {
    let id = RelationId { database: work.database().0, file };
    work.transaction().drop_relation(id)
}

/// Drops a table with its indexes and the sequences of its columns.
pub(crate) fn drop_table(
    work: &mut dyn Work,
    table: &Table,
    _behavior: DropBehavior,
) -> Result<()> {
    let catalog = work.catalog();
    for index in catalog.indexes_of(table.oid) {
        drop_file(work, index.file)?;
        work.remove(index.oid)?;
    }
    for object in catalog.objects() {
        if let Object::Sequence(sequence) = object
            && sequence.owned_by.is_some_and(|by| by.table == table.oid)
        {
            drop_file(work, sequence.file)?;
            work.remove(sequence.oid)?;
        }
    }
    drop_file(work, table.file)?;
    work.remove(table.oid)
}

fn drop_schema(work: &mut dyn Work, name: &str, drop: &DropObjects) -> Result<()> {
    let catalog = work.catalog();
    let Some(schema) = catalog.schema(name) else {
        if drop.if_exists {
            let text = format!("schema \"{name}\" does not exist, skipping");
            work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            return Ok(());
        }
        return Err(Error::new(
            SqlState::INVALID_SCHEMA_NAME,
            format!("schema \"{name}\" does not exist"),
        ));
    };
    check_owner(&catalog, work.current_user(), &Object::Schema(Arc::clone(schema)))?;
    let inside: Vec<Object> = contents(work, schema.oid);
    let outside = referrers_from_outside(&catalog, &inside);
    if !inside.is_empty() && drop.behavior == DropBehavior::Restrict {
        let text = format!("cannot drop schema {name} because other objects depend on it");
        let detail: Vec<String> = inside
            .iter()
            .map(|o| format!("{} depends on schema {name}", shown(work, o, name)))
            .collect();
        return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
            .detail(detail.join("\n"))
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    let mut lines: Vec<String> =
        inside.iter().map(|o| format!("drop cascades to {}", shown(work, o, name))).collect();
    lines.extend(outside.iter().map(|(table, key)| {
        format!("drop cascades to constraint {} on table {}", key.name, table.name)
    }));
    for referrer in &outside {
        crate::foreign_key::remove(work, referrer)?;
    }
    if let [only] = lines.as_slice() {
        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, only));
    } else if !lines.is_empty() {
        let text = format!("drop cascades to {} other objects", lines.len());
        work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text).detail(lines.join("\n")));
    }
    empty_schema(work, schema.oid)?;
    work.remove(schema.oid)
}

/// The foreign keys of other tables to tables among these objects.
fn referrers_from_outside(catalog: &Catalog, inside: &[Object]) -> Vec<Referrer> {
    let own: Vec<Oid> = inside.iter().map(Object::oid).collect();
    own.iter().flat_map(|oid| referrers(catalog, *oid, &own, &|_| true)).collect()
}

/// The tables, views and free sequences of a schema.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn contents(work: &dyn Work, schema: Oid) -> Vec<Object> {
    let catalog = work.catalog();
    catalog
        .objects_by_oid()
        .into_iter()
        .filter(|object| object.schema() == Some(schema))
        .filter(|object| match object {
            Object::Index(_) => false,
            Object::Sequence(sequence) => sequence.owned_by.is_none(),
            _ => true,
        })
        .cloned()
        .collect()
}

/// Drops all that a schema has.
pub fn empty_schema(work: &mut dyn Work, schema: Oid) -> Result<()> {
    for object in contents(work, schema) {
        match &object {
            Object::Table(table) => {
                lock_relation(work, table.oid, LockMode::AccessExclusive)?;
                drop_table(work, table, DropBehavior::Cascade)?;
            }
            Object::Sequence(sequence) => {
                drop_file(work, sequence.file)?;
                work.remove(sequence.oid)?;
            }
            Object::View(view) => work.remove(view.oid)?,
            Object::Function(function) => {
                // What uses it may have gone first.
                if let Some(function) = work.catalog().function(function.oid).cloned() {
                    crate::routine::drop_function(work, &function, DropBehavior::Cascade)?;
                }
            }
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Index(_) => {}
        }
    }
    Ok(())
}

/// Drops a session's temporary schema with all in it.
pub fn drop_temporary_schema(work: &mut dyn Work, schema: Oid) -> Result<()> {
    empty_schema(work, schema)?;
    work.remove(schema)
}

/// An object of a schema in words: functions with the types of their arguments.
fn shown(work: &mut dyn Work, object: &Object, schema: &str) -> String {
    let arguments = match object {
        Object::Function(function) => {
            let list = function.arguments.iter();
            let types: Vec<String> =
                list.map(|type_id| crate::routine::shown(work, *type_id)).collect();
            format!("({})", types.join(","))
        }
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Table(_)
        | Object::Index(_)
        | Object::Sequence(_)
        | Object::View(_)
        | Object::Type(_) => String::new(),
    };
    format!("{} {schema}.{}{arguments}", object.kind_name(), object.name())
}
