//! Keys of deferrable unique constraints: a row is added first, and looked at later for others with its key.

use crate::context::Context;
use crate::seq_scan::heap_id;
use catalog::object::Index;
use error::{Error, Result, SqlState};
use functions::Environment;
use std::sync::Arc;
use storage::{EntryKey, IndexInsert, RelationId, RowAddress};
use types::Oid;

/// A row that had others of its key beside it when it was added.
#[derive(Debug, Clone)]
pub struct DeferredKey {
    /// The index of the constraint.
    pub index: Oid,
    /// The entry.
    pub key: Vec<u8>,
    /// How much of that is of the key columns.
    pub key_length: usize,
    /// The row.
    pub address: RowAddress,
}

/// Checks that a row, if it still has its key, has it alone; waits for who is adding or removing another. 23505.
pub fn check_deferred_key(context: &mut Context<'_>, deferred: &DeferredKey) -> Result<()> {
    let catalog = Arc::clone(context.host.catalog());
    let Some(index) = catalog.index(deferred.index) else { return Ok(()) };
    let Some(table) = catalog.table(index.table) else { return Ok(()) };
    let heap = heap_id(context, table.file);
    let id = RelationId { file: index.file, ..heap };
    let entry = EntryKey { bytes: &deferred.key, length: deferred.key_length };
    loop {
        let found = context.transaction.index_check(id, heap, entry, deferred.address)?;
        match found {
            IndexInsert::Done | IndexInsert::Shared => return Ok(()),
            IndexInsert::WaitFor(xid) => {
                let limits = context.host.limits();
                context.transaction.wait_for(xid, limits)?;
            }
            IndexInsert::Duplicate(_) => {
                let schema = catalog.schema_by_oid(table.schema).map_or("", |s| &*s.name);
                let name = constraint_name(table, index);
                let text = format!("duplicate key value violates unique constraint \"{name}\"");
                let mut error = Error::new(SqlState::UNIQUE_VIOLATION, text);
                if let Some(detail) = key_text(context, index, &deferred.key) {
                    error = error.detail(format!("{detail} already exists."));
                }
                return Err(error.table(schema, &table.name).constraint(name));
            }
        }
    }
}

/// The name of the constraint that an index serves, or its own.
pub(crate) fn constraint_name<'a>(table: &'a catalog::object::Table, index: &'a Index) -> &'a str {
    let key = table.keys.iter().find(|key| Some(key.oid) == index.constraint);
    key.map_or(&index.name, |key| &key.name)
}

/// `Key (a, b)=(1, 2)`, of an entry's key; `None` where it cannot be read back.
fn key_text(context: &Context<'_>, index: &Index, key: &[u8]) -> Option<String> {
    let columns = &index.columns[..index.key_count];
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut values = Vec::new();
    let mut rest = key;
    for column in columns {
        let order =
            types::KeyOrder { descending: column.descending, nulls_first: column.nulls_first };
        let (value, after) = types::decode_key(column.type_id, order, rest)?;
        let mut text = Vec::new();
        types::output(column.type_id, value.as_ref(), &context.text_context(), &mut text).ok()?;
        values.push(String::from_utf8_lossy(&text).into_owned());
        rest = after;
    }
    Some(format!("Key ({})=({})", names.join(", "), values.join(", ")))
}
