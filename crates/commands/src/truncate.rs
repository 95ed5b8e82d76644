//! TRUNCATE: a table gets new, empty files.

use crate::create_index::make_index;
use crate::create_table::durability;
use crate::foreign_key::referrers;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_privileges;
use crate::work::Work;
use catalog::acl::Privileges;
use catalog::object::{Index, Object, Table, Trigger};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::{DropBehavior, Truncate};
use types::Oid;

/// TRUNCATE.
pub(crate) fn truncate(work: &mut dyn Work, truncate: &Truncate, sql: &str) -> Result<()> {
    let mut tables: Vec<Arc<Table>> = Vec::new();
    for item in &truncate.tables {
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        // Who may not is told at once; the table may be another after the wait.
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        lock_relation(work, table.oid, LockMode::AccessExclusive)?;
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        if !tables.iter().any(|other| other.oid == table.oid) {
            tables.push(table);
        }
    }
    add_referring(work, &mut tables, truncate.behavior)?;
    for table in &tables {
        fire(work, table, true)?;
        empty(work, table)?;
        if truncate.restart_identity {
            restart_sequences(work, table)?;
        }
    }
    tables.iter().try_for_each(|table| fire(work, table, false))
}

/// Adds the tables that refer to these, or refuses where they are not to be emptied too. 0A000.
fn add_referring(
    work: &mut dyn Work,
    tables: &mut Vec<Arc<Table>>,
    behavior: DropBehavior,
) -> Result<()> {
    let mut place = 0;
    while place < tables.len() {
        let known: Vec<Oid> = tables.iter().map(|table| table.oid).collect();
        let others = referrers(&work.catalog(), known[place], &known, &|_| true);
        if let Some((other, _)) = others.first()
            && behavior == DropBehavior::Restrict
        {
            let text = "cannot truncate a table referenced in a foreign key constraint";
            let (name, referenced) = (&other.name, &tables[place].name);
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
                .detail(format!("Table \"{name}\" references \"{referenced}\"."))
                .hint(format!(
                    "Truncate table \"{name}\" at the same time, or use TRUNCATE ... CASCADE."
                )));
        }
        for (other, _) in others {
            if tables.iter().any(|table| table.oid == other.oid) {
                continue;
            }
            let text = format!("truncate cascades to table \"{}\"", other.name);
            work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            lock_relation(work, other.oid, LockMode::AccessExclusive)?;
            let user = work.current_user();
            check_privileges(&work.catalog(), user, other.oid, Privileges::TRUNCATE)?;
            tables.extend(work.catalog().table(other.oid).cloned());
        }
        place += 1;
    }
    Ok(())
}

/// Runs the table's triggers of TRUNCATE.
fn fire(work: &mut dyn Work, table: &Table, before: bool) -> Result<()> {
    if !table.triggers.iter().any(|trigger| trigger.is(Trigger::TRUNCATE)) {
        return Ok(());
    }
    let target = plan::modify_target(&work.catalog(), table.oid)?;
    work.with_context(&mut |context| {
        execute::fire_statement_triggers(context, &target, Trigger::TRUNCATE, before)
    })
}

fn empty(work: &mut dyn Work, table: &Arc<Table>) -> Result<()> {
    let database = work.database().0;
    let storage = Arc::clone(work.transaction().storage());
    let durability = durability(table.persistence);
    let file = storage.allocate_heap_file(durability)?;
    work.transaction().create_heap(RelationId { database, file })?;
    work.transaction().drop_relation(RelationId { database, file: table.file })?;
    let indexes: Vec<Arc<Index>> = work.catalog().indexes_of(table.oid).cloned().collect();
    for index in indexes {
        let file = storage.allocate_index_file(durability)?;
        let changed = Index { file, ..(*index).clone() };
        make_index(work, &changed)?;
        work.transaction().drop_relation(RelationId { database, file: index.file })?;
        work.put(Object::Index(Arc::new(changed)))?;
    }
    work.put(Object::Table(Arc::new(Table { file, ..(**table).clone() })))
}

fn restart_sequences(work: &mut dyn Work, table: &Table) -> Result<()> {
    let catalog = work.catalog();
    for object in catalog.objects() {
        if let Object::Sequence(sequence) = object
            && sequence.owned_by.is_some_and(|by| by.table == table.oid)
        {
            crate::sequence::restart(work, sequence, sequence.start)?;
        }
    }
    Ok(())
}
