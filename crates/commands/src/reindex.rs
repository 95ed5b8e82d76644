//! REINDEX: indexes made anew, in new files.

use crate::create_index::{build, make_index};
use crate::create_table::durability;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::Relation;
use catalog::object::{Index, Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::{Reindex, ReindexTarget};
use types::Oid;

/// REINDEX: readers of the table wait too. CONCURRENTLY takes the same locks: it is done in one transaction.
pub(crate) fn reindex(work: &mut dyn Work, reindex: &Reindex, sql: &str) -> Result<()> {
    match &reindex.target {
        ReindexTarget::Index(name) => {
            let found = match find_relation(work, name, sql)? {
                Relation::Index(oid, _) => work.catalog().index(oid).cloned(),
                Relation::Table(_)
                | Relation::View(_)
                | Relation::Sequence(_)
                | Relation::System(_) => None,
            };
            let index = found.ok_or_else(|| {
                let text = format!("\"{}\" is not an index", name.name);
                Error::new(SqlState::WRONG_OBJECT_TYPE, text)
            })?;
            check_owner(&work.catalog(), work.current_user(), &Object::Index(Arc::clone(&index)))?;
            lock_relation(work, index.table, LockMode::AccessExclusive)?;
            rebuild(work, index.oid)
        }
        ReindexTarget::Table(name) => {
            let table = plain_table(find_relation(work, name, sql)?)?;
            check_owner(&work.catalog(), work.current_user(), &Object::Table(Arc::clone(&table)))?;
            of_table(work, table.oid)
        }
        ReindexTarget::Schema(name) => {
            let found = work.catalog().schema(name).map(|schema| schema.oid);
            let schema = found.ok_or_else(|| {
                let text = format!("schema \"{name}\" does not exist");
                Error::new(SqlState::INVALID_SCHEMA_NAME, text)
            })?;
            of_tables(work, &|table| table.schema == schema)
        }
        ReindexTarget::System(_) => Ok(()),
        ReindexTarget::Database(_) => of_tables(work, &|_| true),
    }
}

fn of_tables(work: &mut dyn Work, wanted: &dyn Fn(&Table) -> bool) -> Result<()> {
    let (catalog, user) = (work.catalog(), work.current_user());
    let mut tables: Vec<Oid> = Vec::new();
    for object in catalog.objects_by_oid() {
        if let Object::Table(table) = object
            && wanted(table)
            && catalog.is_member(user, table.owner)
        {
            tables.push(table.oid);
        }
    }
    tables.into_iter().try_for_each(|table| of_table(work, table))
}

fn of_table(work: &mut dyn Work, table: Oid) -> Result<()> {
    // Who reads the table may be reading the file that goes.
    lock_relation(work, table, LockMode::AccessExclusive)?;
    let indexes: Vec<Oid> = work.catalog().indexes_of(table).map(|index| index.oid).collect();
    indexes.into_iter().try_for_each(|index| rebuild(work, index))
}

/// Makes an index anew, if it is still there. Its table is locked.
fn rebuild(work: &mut dyn Work, index: Oid) -> Result<()> {
    lock_relation(work, index, LockMode::AccessExclusive)?;
    let catalog = work.catalog();
    let Some(old) = catalog.index(index) else { return Ok(()) };
    let Some(table) = catalog.table(old.table).cloned() else { return Ok(()) };
    let storage = Arc::clone(work.transaction().storage());
    let file = storage.allocate_index_file(durability(table.persistence))?;
    let new = Arc::new(Index {
        file,
        is_valid: true,
        valid_from: storage.newest_csn().0,
        ..(**old).clone()
    });
    make_index(work, &new)?;
    build(work, &table, &new)?;
    let database = work.database().0;
    work.transaction().drop_relation(RelationId { database, file: old.file })?;
    work.put(Object::Index(new))
}
