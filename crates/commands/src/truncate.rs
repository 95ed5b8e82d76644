//! TRUNCATE: a table gets new, empty files.

use crate::create_index::make_index;
use crate::create_table::durability;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_privileges;
use crate::work::Work;
use catalog::acl::Privileges;
use catalog::object::{Index, Object, Table};
use error::Result;
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::Truncate;

/// TRUNCATE.
pub(crate) fn truncate(work: &mut dyn Work, truncate: &Truncate, sql: &str) -> Result<()> {
    for item in &truncate.tables {
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        // Who may not is told at once; the table may be another after the wait.
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        lock_relation(work, table.oid, LockMode::AccessExclusive)?;
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        check_privileges(&work.catalog(), work.current_user(), table.oid, Privileges::TRUNCATE)?;
        empty(work, &table)?;
        if truncate.restart_identity {
            restart_sequences(work, &table)?;
        }
    }
    Ok(())
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
