//! Foreign keys: which changes of rows they must be checked for. The checks themselves are statements, which the session runs
//! at the end of the statement that changed the rows, or later.

use crate::context::Context;
use crate::row::{Externals, RowReader};
use crate::seq_scan::heap_id;
use batch::Batch;
use catalog::object::{ForeignKey, Table};
use error::Result;
use functions::Environment;
use plan::{ColumnSource, ModifyTable};
use std::sync::Arc;
use storage::RowAddress;
use types::{Datum, Oid};

/// A change of a row that a foreign key has something to say about.
#[derive(Debug, Clone)]
pub struct ForeignKeyEvent {
    /// The constraint.
    pub constraint: Oid,
    /// The referring table, which has the constraint.
    pub table: Oid,
    /// What happened.
    pub change: ForeignKeyChange,
}

/// What happened to a row.
#[derive(Debug, Clone)]
pub enum ForeignKeyChange {
    /// A referring row is new or has another key: there must be a row that it refers to.
    Referring(RowAddress),
    /// A referenced row is gone, or has another key: who referred to it?
    Referenced {
        /// The key that it had, without NULLs.
        old: Vec<Datum>,
        /// The key that it has now; none if it was deleted.
        new: Option<Vec<Datum>>,
    },
}

/// Notes the changes of one table's rows that foreign keys must be checked for.
pub(crate) struct ForeignKeys {
    table: Oid,
    referring: Vec<Own>,
    referenced: Vec<Referenced>,
    events: Vec<ForeignKeyEvent>,
}

struct Own {
    constraint: Oid,
    slots: Vec<usize>,
    match_full: bool,
}

struct Referenced {
    constraint: Oid,
    /// The referring table.
    table: Oid,
    slots: Vec<usize>,
}

fn slots(numbers: &[i16]) -> Vec<usize> {
    numbers.iter().filter_map(|number| usize::try_from(number - 1).ok()).collect()
}

fn own(key: &ForeignKey) -> Own {
    Own { constraint: key.oid, slots: slots(&key.columns), match_full: key.match_full }
}

impl ForeignKeys {
    pub(crate) fn new(target: &ModifyTable) -> Self {
        let enforced = target.table.foreign_keys.iter().filter(|key| key.enforced);
        let referenced = target.referenced_by.iter().map(|(table, key)| Referenced {
            constraint: key.oid,
            table: *table,
            slots: slots(&key.referenced),
        });
        Self {
            table: target.table.oid,
            referring: enforced.map(own).collect(),
            referenced: referenced.collect(),
            events: Vec::new(),
        }
    }

    /// A row was added.
    pub(crate) fn added(&mut self, new: &Batch, row: usize, address: RowAddress) {
        for own in &self.referring {
            if must_refer(own, new, row) {
                self.events.push(ForeignKeyEvent {
                    constraint: own.constraint,
                    table: self.table,
                    change: ForeignKeyChange::Referring(address),
                });
            }
        }
    }

    /// A row was changed in these columns.
    pub(crate) fn changed(
        &mut self,
        (old, new, row): (&Batch, &Batch, usize),
        address: RowAddress,
        changed: &[usize],
    ) {
        let differs = |slots: &[usize]| {
            slots.iter().any(|slot| {
                changed.contains(slot) && old.columns[*slot].get(row) != new.columns[*slot].get(row)
            })
        };
        for own in &self.referring {
            if differs(&own.slots) && must_refer(own, new, row) {
                self.events.push(ForeignKeyEvent {
                    constraint: own.constraint,
                    table: self.table,
                    change: ForeignKeyChange::Referring(address),
                });
            }
        }
        for key in &self.referenced {
            if differs(&key.slots)
                && let Some(values) = key_values(old, &key.slots, row)
            {
                let now = key.slots.iter().map(|slot| new.columns[*slot].get(row).to_datum());
                let change = ForeignKeyChange::Referenced { old: values, new: Some(now.collect()) };
                let (constraint, table) = (key.constraint, key.table);
                self.events.push(ForeignKeyEvent { constraint, table, change });
            }
        }
    }

    /// A row was deleted.
    pub(crate) fn deleted(&mut self, old: &Batch, row: usize) {
        for key in &self.referenced {
            if let Some(values) = key_values(old, &key.slots, row) {
                let change = ForeignKeyChange::Referenced { old: values, new: None };
                let (constraint, table) = (key.constraint, key.table);
                self.events.push(ForeignKeyEvent { constraint, table, change });
            }
        }
    }

    /// The end of the statement. 23503, 23001, and what referential actions fail with.
    pub(crate) fn finish(&mut self, context: &mut Context<'_>) -> Result<()> {
        if self.events.is_empty() {
            return Ok(());
        }
        let events = std::mem::take(&mut self.events);
        let start = context.transaction.command_start();
        let result = context.host.check_foreign_keys(context.transaction, events);
        context.transaction.resume_command(start);
        result
    }
}

/// Whether a row's key refers to anything: a NULL in it makes it refer to nothing, unless MATCH FULL forbids the rest.
fn must_refer(own: &Own, new: &Batch, row: usize) -> bool {
    let mut nulls = own.slots.iter().map(|slot| new.columns[*slot].is_null(row));
    if own.match_full { nulls.any(|null| !null) } else { !nulls.any(|null| null) }
}

/// A row's values of these columns; none where one is NULL.
fn key_values(batch: &Batch, slots: &[usize], row: usize) -> Option<Vec<Datum>> {
    let value = |slot: &usize| {
        let value = batch.columns[*slot].get(row);
        (!value.is_null()).then(|| value.to_datum())
    };
    slots.iter().map(value).collect()
}

/// The newest values, committed or the transaction's own, of a row's columns; none where it is gone.
pub fn newest_values(
    context: &mut Context<'_>,
    table: &Arc<Table>,
    columns: &[i16],
    address: RowAddress,
) -> Result<Option<Vec<Datum>>> {
    let sources: Vec<ColumnSource> = columns.iter().copied().map(ColumnSource::Column).collect();
    let reader = RowReader::new(table, &sources);
    let mut batch = Batch::new(reader.kinds());
    let heap = heap_id(context, table.file);
    let storage = context.storage();
    let mut externals = Externals::default();
    let found = storage.fetch_newest(context.transaction, heap, address, |version, body| {
        reader.read(body, address, version, &mut batch.columns, 0, &mut externals)
    })?;
    if found.transpose()?.is_none() {
        return Ok(None);
    }
    externals.read(&storage, heap, &mut batch.columns, |_, _| true)?;
    Ok(Some(batch.columns.iter().map(|column| column.get(0).to_datum()).collect()))
}

/// `(a, b)=(1, 2)`: a key as errors show it.
pub fn key_shown(
    environment: &dyn Environment,
    table: &Table,
    columns: &[i16],
    values: &[Datum],
) -> String {
    let context = environment.text_context();
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    for (number, value) in columns.iter().zip(values) {
        let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
        let mut text = Vec::new();
        let written = types::output(column.type_id, value.as_ref(), &context, &mut text);
        let shown = match (value.is_null(), written) {
            (true, _) => "null".to_owned(),
            (false, Ok(())) => String::from_utf8_lossy(&text).into_owned(),
            (false, Err(_)) => "?".to_owned(),
        };
        names.push(column.name.as_str());
        texts.push(shown);
    }
    format!("({})=({})", names.join(", "), texts.join(", "))
}
