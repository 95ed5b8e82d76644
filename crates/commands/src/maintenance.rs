//! VACUUM, ANALYZE and LOCK TABLE.

use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::{check_privileges, is_superuser};
use crate::work::Work;
use catalog::acl::Privileges;
use catalog::object::{Object, Statistics, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, LockTag, RelationId};
use syntax::ast::{self, LockTable, Vacuum};

/// VACUUM has little to do, as purge follows every transaction; ANALYZE counts rows and pages.
pub(crate) fn vacuum(work: &mut dyn Work, vacuum: &Vacuum, sql: &str) -> Result<()> {
    let analyzes = !vacuum.vacuum || vacuum.options.iter().any(|option| &*option.name == "analyze");
    let mut tables: Vec<Arc<Table>> = Vec::new();
    if vacuum.relations.is_empty() {
        let user = work.current_user();
        let catalog = work.catalog();
        for object in catalog.objects_by_oid() {
            if let Object::Table(table) = object
                && catalog.is_member(user, table.owner)
            {
                tables.push(Arc::clone(table));
            }
        }
    }
    for relation in &vacuum.relations {
        let table = plain_table(find_relation(work, &relation.relation, sql)?)?;
        let catalog = work.catalog();
        let user = work.current_user();
        if !is_superuser(&catalog, user) && !catalog.is_member(user, table.owner) {
            let word = if vacuum.vacuum { "vacuum" } else { "analyze" };
            let text = format!("permission denied to {word} \"{}\", skipping it", table.name);
            work.notice(Error::warning(SqlState::INSUFFICIENT_PRIVILEGE, text));
            continue;
        }
        tables.push(table);
    }
    if analyzes {
        for table in tables {
            lock_relation(work, table.oid, LockMode::ShareUpdateExclusive)?;
            if let Some(table) = work.catalog().table(table.oid).cloned() {
                analyze_table(work, &table)?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count for estimates")]
fn analyze_table(work: &mut dyn Work, table: &Arc<Table>) -> Result<()> {
    let rows = crate::rows::count(work, table)?;
    let id = RelationId { database: work.database().0, file: table.file };
    let pages = work.transaction().storage().page_count(id)?;
    let statistics = Statistics { rows: rows as f64, pages };
    work.put(Object::Table(Arc::new(Table { statistics, ..(**table).clone() })))
}

/// LOCK TABLE.
pub(crate) fn lock_table(work: &mut dyn Work, lock: &LockTable, sql: &str) -> Result<()> {
    let mode = match lock.mode {
        ast::LockMode::AccessShare => LockMode::AccessShare,
        ast::LockMode::RowShare => LockMode::RowShare,
        ast::LockMode::RowExclusive => LockMode::RowExclusive,
        ast::LockMode::ShareUpdateExclusive => LockMode::ShareUpdateExclusive,
        ast::LockMode::Share => LockMode::Share,
        ast::LockMode::ShareRowExclusive => LockMode::ShareRowExclusive,
        ast::LockMode::Exclusive => LockMode::Exclusive,
        ast::LockMode::AccessExclusive => LockMode::AccessExclusive,
    };
    for item in &lock.tables {
        let table = plain_table(find_relation(work, &item.relation, sql)?)?;
        let needed =
            if mode == LockMode::AccessShare { Privileges::SELECT } else { Privileges::UPDATE };
        check_privileges(&work.catalog(), work.current_user(), table.oid, needed)?;
        let tag = LockTag::Relation { database: work.database().0, relation: table.oid.0 };
        if !lock.no_wait {
            work.lock(tag, mode)?;
        } else if !work.transaction().try_lock(tag, mode)? {
            let text = format!("could not obtain lock on relation \"{}\"", table.name);
            return Err(Error::new(SqlState::LOCK_NOT_AVAILABLE, text));
        }
    }
    Ok(())
}
