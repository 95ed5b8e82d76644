//! Checking a whole database: tables against their indexes.

use crate::work::Work;
use catalog::object::{Index, Object, Table};
use error::Result;
use std::sync::Arc;
use storage::{RelationId, RowAddress};

/// Checks all tables of the session's database, each with its indexes; `wrong` gets what is found. Nobody writes meanwhile.
/// Returns how many tables there are.
pub fn check_database(work: &mut dyn Work, wrong: &mut dyn FnMut(String)) -> Result<usize> {
    let tables: Vec<Arc<Table>> = work
        .catalog()
        .objects_by_oid()
        .into_iter()
        .filter_map(|object| match object {
            Object::Table(table) => Some(Arc::clone(table)),
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_)
            | Object::Index(_)
            | Object::Sequence(_)
            | Object::View(_) => None,
        })
        .collect();
    for table in &tables {
        let storage = Arc::clone(work.transaction().storage());
        let heap = RelationId { database: work.database().0, file: table.file };
        storage.check_rows(heap, wrong)?;
        let indexes: Vec<Arc<Index>> = work.catalog().indexes_of(table.oid).cloned().collect();
        for index in indexes.iter().filter(|index| index.is_valid) {
            if let Err(error) = check_index(work, table, index, wrong) {
                wrong(format!(
                    "index \"{}\" of table \"{}\": {}",
                    index.name,
                    table.name,
                    error.message()
                ));
            }
        }
    }
    Ok(tables.len())
}

/// Checks an index's structure, that each row has its entry, and that each entry that is not marked has its row.
fn check_index(
    work: &mut dyn Work,
    table: &Table,
    index: &Index,
    wrong: &mut dyn FnMut(String),
) -> Result<()> {
    let storage = Arc::clone(work.transaction().storage());
    let id = RelationId { database: work.database().0, file: index.file };
    storage.check_index(id)?;
    let mut rows: Vec<(Vec<u8>, RowAddress)> = Vec::new();
    crate::rows::index_keys(work, table, index, &mut |key, address| {
        rows.push((key.to_vec(), address));
        Ok(())
    })?;
    rows.sort_unstable();
    let mut entries: Vec<(Vec<u8>, RowAddress)> = Vec::new();
    storage.index_entries(id, |key, address, is_marked| {
        if !is_marked {
            entries.push((key.to_vec(), address));
        }
        Ok(())
    })?;
    entries.sort_unstable();
    let name = &index.name;
    for (_, address) in rows.iter().filter(|row| entries.binary_search(row).is_err()) {
        wrong(format!("index \"{name}\" of table \"{}\" lacks row {address}", table.name));
    }
    for (_, address) in entries.iter().filter(|entry| rows.binary_search(entry).is_err()) {
        wrong(format!(
            "index \"{name}\" of table \"{}\" has an entry for row {address} that the row does not have",
            table.name
        ));
    }
    Ok(())
}
