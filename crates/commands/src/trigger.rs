//! CREATE TRIGGER, DROP TRIGGER, ALTER TRIGGER ... RENAME, ENABLE and DISABLE TRIGGER.

use crate::name::{find_relation, lock_relation, owned_table, plain_table};
use crate::privilege::has_privilege;
use crate::work::Work;
use analyze::Analyzer;
use catalog::acl::Privileges;
use catalog::object::{Object, Table, Trigger, TriggerEnabled};
use error::{Error, Result, SqlState};
use expression::ExprKind;
use std::sync::Arc;
use storage::LockMode;
use syntax::ast::{
    CreateTrigger, DropObjects, Enablement, ObjectName, ObjectReference, RelationName, Rename,
    TriggerEvent, TriggerTarget, TriggerTiming,
};
use types::{Oid, type_oid};

fn invalid(text: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_OBJECT_DEFINITION, text)
}

/// CREATE [OR REPLACE] [CONSTRAINT] TRIGGER.
pub(crate) fn create_trigger(work: &mut dyn Work, create: &CreateTrigger, sql: &str) -> Result<()> {
    let table = table_of(work, &create.relation, sql)?;
    if !create.transitions.is_empty() {
        return Err(Error::unsupported("REFERENCING in a trigger"));
    }
    let constraint_table = match &create.from {
        Some(name) => find_relation(work, name, sql)?.oid(),
        None => Oid::INVALID,
    };
    let (kind, columns) = kind_of(create, &table)?;
    let condition = match &create.when {
        None => None,
        Some(expr) => {
            let value = Analyzer::new(sql, work.resolver()).trigger_condition(expr, &table)?;
            check_condition(&value, kind)?;
            Some(expression::encode(&value)?)
        }
    };
    let function = function_of(work, &create.function)?;
    let old = table.triggers.iter().find(|trigger| trigger.name == *create.name);
    if let Some(old) = old {
        if !create.or_replace {
            let text = format!(
                "trigger \"{}\" for relation \"{}\" already exists",
                create.name, table.name
            );
            return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
        }
        if old.is_constraint() || create.constraint {
            let text = format!(
                "trigger \"{}\" for relation \"{}\" is {}a constraint trigger",
                create.name,
                table.name,
                if old.is_constraint() { "" } else { "not " }
            );
            return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
        }
    }
    let storage = Arc::clone(work.transaction().storage());
    let oid = match old {
        Some(old) => old.oid,
        None => Oid(storage.allocate_oid()?),
    };
    let constraint = if create.constraint { Oid(storage.allocate_oid()?) } else { Oid::INVALID };
    let deferred = create.attributes.initially_deferred == Some(true);
    let trigger = Trigger {
        oid,
        name: create.name.to_string(),
        function,
        kind,
        enabled: TriggerEnabled::Origin,
        constraint,
        constraint_table,
        deferrable: create.attributes.deferrable.unwrap_or(deferred),
        initially_deferred: deferred,
        columns,
        arguments: create.args.iter().map(ToString::to_string).collect(),
        condition,
        old_table: None,
        new_table: None,
        comment: old.and_then(|old| old.comment.clone()),
    };
    let mut changed = (*table).clone();
    changed.triggers.retain(|known| known.name != trigger.name);
    changed.triggers.push(trigger);
    changed.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    work.put(Object::Table(Arc::new(changed)))
}

/// The table, locked, on which the role may make triggers. 42P01, 42809, 42501.
fn table_of(work: &mut dyn Work, name: &RelationName, sql: &str) -> Result<Arc<Table>> {
    let table = trigger_table(find_relation(work, name, sql)?)?;
    lock_relation(work, table.oid, LockMode::ShareRowExclusive)?;
    let table = trigger_table(find_relation(work, name, sql)?)?;
    let object = Object::Table(Arc::clone(&table));
    if !has_privilege(&work.catalog(), work.current_user(), &object, Privileges::TRIGGER) {
        let text = format!("permission denied for table {}", table.name);
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    Ok(table)
}

fn trigger_table(relation: analyze::Relation) -> Result<Arc<Table>> {
    if let analyze::Relation::View(_) = relation {
        return Err(Error::unsupported("a trigger on a view"));
    }
    plain_table(relation)
}

/// pg_trigger's bits, and the columns of UPDATE OF. 42P17, 42703, 42809.
fn kind_of(create: &CreateTrigger, table: &Table) -> Result<(i16, Vec<i16>)> {
    let mut kind = if create.for_each_row { Trigger::ROW } else { 0 };
    match create.timing {
        TriggerTiming::Before => kind |= Trigger::BEFORE,
        TriggerTiming::After => {}
        TriggerTiming::InsteadOf => {
            let text = format!("\"{}\" is a table", table.name);
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                .detail("Tables cannot have INSTEAD OF triggers."));
        }
    }
    let mut columns = Vec::new();
    for event in &create.events {
        let bit = match event {
            TriggerEvent::Insert => Trigger::INSERT,
            TriggerEvent::Delete => Trigger::DELETE,
            TriggerEvent::Truncate => Trigger::TRUNCATE,
            TriggerEvent::Update(names) => {
                for name in names {
                    let number = crate::constraint::column_number(table, name)?;
                    if columns.contains(&number) {
                        let text = format!("column \"{name}\" specified more than once");
                        return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
                    }
                    columns.push(number);
                }
                Trigger::UPDATE
            }
        };
        if kind & bit != 0 {
            let text = "duplicate trigger events specified";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        }
        kind |= bit;
    }
    if kind & Trigger::TRUNCATE != 0 && kind & Trigger::ROW != 0 {
        let text = "TRUNCATE FOR EACH ROW triggers are not supported";
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    Ok((kind, columns))
}

/// 42P17 where WHEN looks at a row that there is not.
fn check_condition(value: &expression::Expr, kind: i16) -> Result<()> {
    let uses = |range: u16| {
        value.any(&mut |e| matches!(e.kind, ExprKind::Column(column) if column.range == range))
    };
    let (old, new) = (uses(0), uses(1));
    if kind & Trigger::ROW == 0 && (old || new) {
        let text = "statement trigger's WHEN condition cannot reference column values";
        return Err(invalid(text));
    }
    if old && kind & Trigger::INSERT != 0 {
        return Err(invalid("INSERT trigger's WHEN condition cannot reference OLD values"));
    }
    if new && kind & Trigger::DELETE != 0 {
        return Err(invalid("DELETE trigger's WHEN condition cannot reference NEW values"));
    }
    Ok(())
}

/// The function that a trigger runs. 42883, 42P17.
fn function_of(work: &mut dyn Work, name: &ObjectName) -> Result<Oid> {
    let (schema, own) = name.schema_and_name()?;
    let catalog = work.catalog();
    let schemas: Vec<Oid> = match schema {
        None => work.resolver().search_path().to_vec(),
        Some(schema) => catalog.schema(schema).map(|schema| schema.oid).into_iter().collect(),
    };
    let place = |schema: Oid| schemas.iter().position(|known| *known == schema);
    let found = catalog
        .functions_named(own)
        .filter(|function| function.arguments.is_empty())
        .filter_map(|function| Some((place(function.schema)?, function)))
        .min_by_key(|(place, _)| *place);
    let Some((_, function)) = found else {
        if catalog::facts().functions_named(own).any(|f| f.result == type_oid::TRIGGER) {
            return Err(Error::unsupported(format!("the trigger function {own}")));
        }
        let text = format!("function {}() does not exist", name.dotted());
        return Err(Error::new(SqlState::UNDEFINED_FUNCTION, text));
    };
    let object = Object::Function(Arc::clone(function));
    if !has_privilege(&catalog, work.current_user(), &object, Privileges::EXECUTE) {
        let text = format!("permission denied for function {own}");
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    if function.result != type_oid::TRIGGER {
        return Err(invalid(format!("function {} must return type trigger", name.dotted())));
    }
    Ok(function.oid)
}

/// DROP TRIGGER.
pub(crate) fn drop_triggers(work: &mut dyn Work, drop: &DropObjects, sql: &str) -> Result<()> {
    for reference in &drop.objects {
        let (relation, name) = part_of(reference)?;
        let found = Analyzer::new(sql, work.resolver()).find_relation(&relation)?;
        if found.is_none() && drop.if_exists {
            let text = format!("relation \"{}\" does not exist, skipping", relation.name);
            work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            continue;
        }
        let table = owned_table(work, &relation, LockMode::AccessExclusive, sql)?;
        if !table.triggers.iter().any(|trigger| trigger.name == *name) {
            let text = format!("trigger \"{name}\" for table \"{}\" does not exist", table.name);
            if drop.if_exists {
                let text = format!(
                    "trigger \"{name}\" for relation \"{}\" does not exist, skipping",
                    table.name
                );
                work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
                continue;
            }
            return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
        }
        let mut changed = (*table).clone();
        changed.triggers.retain(|trigger| trigger.name != *name);
        work.put(Object::Table(Arc::new(changed)))?;
    }
    Ok(())
}

/// A part of a relation: the relation's name and the part's.
fn part_of(reference: &ObjectReference) -> Result<(RelationName, String)> {
    if let ObjectReference::OnRelation { relation, name } = reference {
        let relation = crate::name::relation_name(&ObjectReference::Name(relation.clone()))?;
        return Ok((relation, name.to_string()));
    }
    Err(Error::internal("a trigger is named with its table"))
}

/// ALTER TRIGGER ... RENAME TO.
pub(crate) fn rename_trigger(work: &mut dyn Work, rename: &Rename, sql: &str) -> Result<()> {
    let (relation, old) = part_of(&rename.object)?;
    let table = owned_table(work, &relation, LockMode::AccessExclusive, sql)?;
    let mut changed = (*table).clone();
    if changed.triggers.iter().any(|trigger| trigger.name == *rename.new_name) {
        let text = format!(
            "trigger \"{}\" for relation \"{}\" already exists",
            rename.new_name, table.name
        );
        return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
    }
    let Some(trigger) = changed.triggers.iter_mut().find(|trigger| trigger.name == old) else {
        let text = format!("trigger \"{old}\" for table \"{}\" does not exist", table.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    };
    trigger.name = rename.new_name.to_string();
    changed.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    work.put(Object::Table(Arc::new(changed)))
}

/// ALTER TABLE ... ENABLE and DISABLE TRIGGER. 42704.
pub(crate) fn enable(
    table: &mut Table,
    enablement: Enablement,
    target: &TriggerTarget,
) -> Result<()> {
    let enabled = match enablement {
        Enablement::Enable => TriggerEnabled::Origin,
        Enablement::EnableAlways => TriggerEnabled::Always,
        Enablement::EnableReplica => TriggerEnabled::Replica,
        Enablement::Disable => TriggerEnabled::Disabled,
    };
    if let TriggerTarget::Name(name) = target
        && !table.triggers.iter().any(|trigger| trigger.name == **name)
    {
        let text = format!("trigger \"{name}\" for table \"{}\" does not exist", table.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    for trigger in &mut table.triggers {
        let meant = match target {
            TriggerTarget::Name(name) => trigger.name == **name,
            TriggerTarget::All | TriggerTarget::User => true,
        };
        if meant {
            trigger.enabled = enabled;
        }
    }
    Ok(())
}
