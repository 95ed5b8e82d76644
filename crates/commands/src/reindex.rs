//! REINDEX: indexes made anew, in new files.

use crate::create_index::{build, fill_concurrently, holding_table, make_index};
use crate::create_table::durability;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::Relation;
use catalog::object::{Index, Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, LockTag, RelationId};
use syntax::ast::{Reindex, ReindexTarget};
use types::Oid;

/// Whether a REINDEX blocks no writer.
pub fn is_concurrent(reindex: &Reindex) -> bool {
    reindex.options.iter().any(|option| &*option.name == "concurrently")
}

/// REINDEX: readers of the table wait too, unless it is CONCURRENTLY.
pub(crate) fn reindex(work: &mut dyn Work, reindex: &Reindex, sql: &str) -> Result<()> {
    let way = if is_concurrent(reindex) { Way::Concurrent } else { Way::Locked };
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
            if way == Way::Concurrent {
                return rebuild_concurrently(work, index.oid);
            }
            lock_relation(work, index.table, LockMode::AccessExclusive)?;
            rebuild(work, index.oid)
        }
        ReindexTarget::Table(name) => {
            let table = plain_table(find_relation(work, name, sql)?)?;
            check_owner(&work.catalog(), work.current_user(), &Object::Table(Arc::clone(&table)))?;
            of_table(work, table.oid, way)
        }
        ReindexTarget::Schema(name) => {
            let found = work.catalog().schema(name).map(|schema| schema.oid);
            let schema = found.ok_or_else(|| {
                let text = format!("schema \"{name}\" does not exist");
                Error::new(SqlState::INVALID_SCHEMA_NAME, text)
            })?;
            of_tables(work, &|table| table.schema == schema, way)
        }
        ReindexTarget::System(_) => Ok(()),
        ReindexTarget::Database(_) => of_tables(work, &|_| true, way),
    }
}

fn of_tables(work: &mut dyn Work, wanted: &dyn Fn(&Table) -> bool, way: Way) -> Result<()> {
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
    tables.into_iter().try_for_each(|table| of_table(work, table, way))
}

fn of_table(work: &mut dyn Work, table: Oid, way: Way) -> Result<()> {
    if way == Way::Concurrent {
        let indexes: Vec<Arc<Index>> = work.catalog().indexes_of(table).cloned().collect();
        for index in indexes {
            if index.is_valid {
                rebuild_concurrently(work, index.oid)?;
            } else {
                work.notice(skipped(work, &index));
            }
        }
        return Ok(());
    }
    // Who reads the table may be reading the file that goes.
    lock_relation(work, table, LockMode::AccessExclusive)?;
    let indexes: Vec<Oid> = work.catalog().indexes_of(table).map(|index| index.oid).collect();
    indexes.into_iter().try_for_each(|index| rebuild(work, index))
}

/// What is left of one that failed is not worth making anew.
fn skipped(work: &dyn Work, index: &Index) -> Error {
    let catalog = work.catalog();
    let schema = catalog.schema_by_oid(index.schema).map_or("?", |schema| &schema.name);
    let text = format!("skipping reindex of invalid index \"{schema}.{}\"", index.name);
    Error::warning(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text)
        .hint("Use DROP INDEX or REINDEX INDEX.")
}

/// How an index is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At once, while the table is locked.
    Locked,
    /// Beside the old one, in several transactions.
    Concurrent,
}

/// Makes an index anew beside the old one: it is filled while others write to both, then the two change places. When all
/// have ended who may be reading the old one it is kept up to date no more, and goes when all have who may be doing that. If it fails in between, an index that is not valid stays.
fn rebuild_concurrently(work: &mut dyn Work, index: Oid) -> Result<()> {
    let catalog = work.catalog();
    let Some(old) = catalog.index(index).cloned() else { return Ok(()) };
    lock_relation(work, old.table, LockMode::ShareUpdateExclusive)?;
    let Some(table) = work.catalog().table(old.table).cloned() else { return Ok(()) };
    let storage = Arc::clone(work.transaction().storage());
    let new = Arc::new(Index {
        oid: Oid(storage.allocate_oid()?),
        name: free_name(work, &old, "ccnew"),
        file: storage.allocate_index_file(durability(table.persistence))?,
        primary: false,
        constraint: None,
        is_valid: false,
        is_live: true,
        valid_from: 0,
        ..(*old).clone()
    });
    make_index(work, &new)?;
    holding_table(work, table.oid, &mut |work, tag| {
        fill_concurrently(work, &table, &new, tag)?;
        let Some(current) = work.catalog().index(index).cloned() else { return Ok(()) };
        let swapped = Index {
            file: new.file,
            is_valid: true,
            is_live: true,
            valid_from: 0,
            ..(*current).clone()
        };
        // Who still reads the old file has it kept up to date.
        let name = free_name(work, &old, "ccold");
        let left = Index { file: current.file, name, ..(*new).clone() };
        work.put(Object::Index(Arc::new(swapped)))?;
        work.put(Object::Index(Arc::new(left.clone())))?;
        work.commit_and_begin()?;
        wait_for_users(work, tag)?;
        retire(work, left, tag)?;
        work.commit_and_begin()
    })
}

/// DROP INDEX CONCURRENTLY, of a table that is locked: nobody waits for it.
pub(crate) fn drop_concurrently(work: &mut dyn Work, index: &Index) -> Result<()> {
    holding_table(work, index.table, &mut |work, tag| {
        let Some(current) = work.catalog().index(index.oid).cloned() else { return Ok(()) };
        let left = Index { is_valid: false, ..(*current).clone() };
        work.put(Object::Index(Arc::new(left.clone())))?;
        work.commit_and_begin()?;
        wait_for_users(work, tag)?;
        retire(work, left, tag)
    })
}

/// Removes an index that nobody reads any more, once nobody writes it.
fn retire(work: &mut dyn Work, index: Index, tag: LockTag) -> Result<()> {
    let (oid, file) = (index.oid, index.file);
    work.put(Object::Index(Arc::new(Index { is_live: false, ..index })))?;
    work.commit_and_begin()?;
    wait_for_users(work, tag)?;
    let database = work.database().0;
    work.transaction().drop_relation(RelationId { database, file })?;
    work.remove(oid)
}

/// Waits until all have ended who use the table now.
fn wait_for_users(work: &mut dyn Work, tag: LockTag) -> Result<()> {
    work.with_context(&mut |context| {
        let limits = context.host.limits();
        context.transaction.wait_for_holders(tag, LockMode::AccessExclusive, limits)
    })
}

/// A name made of an index's that no relation of its schema has.
fn free_name(work: &dyn Work, index: &Index, word: &str) -> String {
    let catalog = work.catalog();
    let mut name = format!("{}_{word}", index.name);
    let mut number = 0;
    while catalog.relation(index.schema, &name).is_some() {
        number += 1;
        name = format!("{}_{word}{number}", index.name);
    }
    name
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
        is_live: true,
        valid_from: storage.newest_csn().0,
        ..(**old).clone()
    });
    make_index(work, &new)?;
    build(work, &table, &new)?;
    let database = work.database().0;
    work.transaction().drop_relation(RelationId { database, file: old.file })?;
    work.put(Object::Index(new))
}
