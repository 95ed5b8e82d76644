//! TRUNCATE: a table gets new, empty files.

use crate::create_index::make_index;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_privileges;
use crate::work::Work;
use catalog::acl::Privileges;
use catalog::object::{Index, Object, Table, Trigger};
use error::Result;
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::Truncate;

/// TRUNCATE.
pub(crate) fn truncate(work: &mut dyn Work, truncate: &Truncate, sql: &str) -> Result<()> {
    let mut emptied = Vec::with_capacity(truncate.tables.len());
    for item in &truncate.tables {
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        // Who may not is told at once; the table may be another after the wait.
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        lock_relation(work, table.oid, LockMode::AccessExclusive)?;
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        fire(work, &table, true)?;
        empty(work, &table)?;
        emptied.push(Arc::clone(&table));
        if truncate.restart_identity {
            restart_sequences(work, &table)?;
        }
    }
    emptied.iter().try_for_each(|table| fire(work, table, false))
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
    let file = storage.allocate_file()?;
    work.transaction().create_heap(RelationId { database, file })?;
    work.transaction().drop_relation(RelationId { database, file: table.file })?;
    let indexes: Vec<Arc<Index>> = work.catalog().indexes_of(table.oid).cloned().collect();
    for index in indexes {
        let changed = Index { file: storage.allocate_file()?, ..(*index).clone() };
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
