//! Writing rows into a table: constraints, the heap, the indexes.

use crate::context::Context;
use crate::deferred::{DeferredKey, check_deferred_key, constraint_name};
use crate::foreign_key::ForeignKeys;
use crate::key::{KeyPart, key_of_row};
use crate::operator::Builder;
use crate::row::{build_body, column_kind, row_layout};
use crate::seq_scan::heap_id;
use crate::trigger::Triggers;
use batch::{Batch, Rows, Values, Vector};
use catalog::object::{Deferral, Index, Table, Trigger};
use error::{Error, Result, SqlState};
use expression::{Expr, ExprKind, Program};
use functions::Environment;
use plan::{IndexPlan, ModifyTable};
use std::sync::Arc;
use storage::{
    ColumnKind, EntryKey, IndexInsert, NewEntry, RelationId, RowAddress, RowBuilder, RowLayout,
    Unique, UpdateKind, Version, Write,
};
use types::{Kind, ValueRef};

/// What writes rows into one table. Batches of rows hold all columns of the table.
pub struct TableWriter {
    /// The table.
    pub table: Arc<Table>,
    kinds: Vec<ColumnKind>,
    layout: RowLayout,
    indexes: Vec<IndexWriter>,
    checks: Vec<(String, Program)>,
    generated: Vec<(usize, Program)>,
    builder: RowBuilder,
    /// Bodies of rows, one behind the other, and where each ends.
    bodies: Vec<u8>,
    ends: Vec<usize>,
    /// Keys of deferrable constraints, to be checked at the statement's end.
    late: Vec<DeferredKey>,
    foreign_keys: ForeignKeys,
    /// The table's triggers, where it has any.
    pub(crate) triggers: Option<Box<Triggers>>,
    /// The events that happened, for the triggers of statements.
    pub(crate) events: Vec<i16>,
}

struct IndexWriter {
    index: Arc<Index>,
    columns: Vec<Column>,
    predicate: Option<Program>,
    /// The table's columns that its keys and predicate use.
    uses: Vec<usize>,
    key: Vec<u8>,
    part: KeyPart,
    old_key: Vec<u8>,
    old_part: KeyPart,
}

const NO_KEY: KeyPart = KeyPart { length: 0, has_null: false };

#[expect(clippy::large_enum_variant, reason = "there are few of them a table")]
enum Column {
    Slot(usize),
    Program(Program),
}

/// Why a row was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UniqueFailure {
    /// Another row has the key of the writer's index of this place.
    Duplicate(usize, RowAddress),
}

/// What became of an insert that may conflict.
pub(crate) enum Insertion {
    Done,
    Conflict(RowAddress),
}

/// The values out of line that an update leaves where they are.
enum Kept {
    /// By column.
    Values(Vec<(usize, Vec<u8>)>),
    /// There is another version by now: what the update would find.
    Refused(Write),
}

impl TableWriter {
    /// A writer for a table as planned.
    pub(crate) fn new(builder: &Builder, target: &ModifyTable) -> Result<Self> {
        let table = Arc::clone(&target.table);
        let kinds =
            table.columns.iter().map(|column| column_kind(Kind::of(column.type_id))).collect();
        let indexes = target
            .indexes
            .iter()
            .map(|plan| IndexWriter::new(builder, plan))
            .collect::<Result<_>>()?;
        let checks = target
            .checks
            .iter()
            .map(|(name, expr)| Ok((name.clone(), builder.program(expr)?)))
            .collect::<Result<_>>()?;
        let generated = target
            .generated
            .iter()
            .map(|(number, expr)| {
                Ok((usize::try_from(number - 1).unwrap_or(0), builder.program(expr)?))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            layout: row_layout(&table),
            table,
            kinds,
            indexes,
            checks,
            generated,
            builder: RowBuilder::new(),
            bodies: Vec::new(),
            ends: Vec::new(),
            late: Vec::new(),
            foreign_keys: ForeignKeys::new(target),
            triggers: Triggers::new(builder, target)?,
            events: Vec::new(),
        })
    }

    /// A writer outside a plan: for COPY and changes of tables.
    pub fn for_target(
        target: &ModifyTable,
        find: fn(&str) -> Option<functions::Builtin>,
    ) -> Result<Self> {
        Self::new(&Builder::with(find), target)
    }

    /// Computes stored generated columns and checks NOT NULL and CHECK for all rows.
    pub fn check(&mut self, context: &mut Context<'_>, batch: &mut Batch) -> Result<()> {
        for (slot, program) in &mut self.generated {
            let rows: Vec<u16> =
                batch.rows().iter().filter_map(|row| u16::try_from(row).ok()).collect();
            let values = program.run(&batch.columns, Rows::Some(&rows), context)?.clone();
            batch.columns[*slot].copy_rows(&values, Rows::Some(&rows));
        }
        for (slot, column) in
            self.table.columns.iter().enumerate().filter(|(_, c)| c.not_null && !c.dropped)
        {
            let vector = &batch.columns[slot];
            if vector.nulls.any()
                && let Some(row) = batch.rows().iter().find(|row| vector.is_null(*row))
            {
                let text = format!(
                    "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                    column.name, self.table.name
                );
                return Err(self
                    .failing(context, Error::new(SqlState::NOT_NULL_VIOLATION, text), batch, row)
                    .column(&column.name));
            }
        }
        for index in 0..self.checks.len() {
            let (name, program) = &mut self.checks[index];
            let name = name.clone();
            let result = program.run(&batch.columns, batch.rows(), context)?;
            let Values::Bool(values) = &result.values else {
                return Err(Error::internal("a check is a boolean"));
            };
            let mask = result.mask();
            let failed = batch
                .rows()
                .iter()
                .find(|row| !values[row & mask] && !result.nulls.get(row & mask));
            if let Some(row) = failed {
                let text = format!(
                    "new row for relation \"{}\" violates check constraint \"{name}\"",
                    self.table.name
                );
                let error = Error::new(SqlState::CHECK_VIOLATION, text);
                return Err(self.failing(context, error, batch, row).constraint(name));
            }
        }
        Ok(())
    }

    /// Adds `Failing row contains (...)` and the table's name.
    fn failing(&self, context: &Context<'_>, error: Error, batch: &Batch, row: usize) -> Error {
        const SHOWN_MAX: usize = 64;
        let mut list = Vec::with_capacity(self.table.columns.len());
        for (column, vector) in
            self.table.columns.iter().zip(&batch.columns).filter(|(c, _)| !c.dropped)
        {
            let text = shown(context, column.type_id, vector.get(row));
            let cut: String = text.chars().take(SHOWN_MAX).collect();
            list.push(if cut.len() < text.len() { format!("{cut}...") } else { text });
        }
        let detail = format!("Failing row contains ({}).", list.join(", "));
        error.detail(detail).table(schema_name(context, &self.table), &self.table.name)
    }

    /// Adds all rows; 23505 where a key is there already. Checks come before.
    pub fn insert_all(
        &mut self,
        context: &mut Context<'_>,
        batch: &Batch,
        addresses: &mut Vec<RowAddress>,
    ) -> Result<()> {
        let heap = heap_id(context, self.table.file);
        self.bodies.clear();
        self.ends.clear();
        for row in batch.rows().iter() {
            build_body(
                context.transaction,
                heap,
                &mut self.builder,
                &self.kinds,
                (&batch.columns, row),
                &[],
                &mut self.bodies,
            )?;
            self.ends.push(self.bodies.len());
        }
        addresses.clear();
        if self.ends.len() == 1 {
            addresses.push(context.transaction.insert(heap, &self.bodies)?.0);
        } else {
            let starts = std::iter::once(0).chain(self.ends.iter().copied());
            let bodies: Vec<&[u8]> =
                starts.zip(&self.ends).map(|(start, end)| &self.bodies[start..*end]).collect();
            context.transaction.insert_many(heap, &bodies, addresses)?;
        }
        let rows: Vec<usize> = batch.rows().iter().collect();
        for place in 0..self.indexes.len() {
            let duplicate = if let ([row], [address]) = (rows.as_slice(), addresses.as_slice()) {
                let failure = self.insert_entry(context, place, batch, *row, *address)?;
                failure.map(|_| *row)
            } else {
                self.insert_entries(context, place, batch, (&rows, addresses))?
            };
            if let Some(row) = duplicate {
                return Err(self.duplicate(context, place, batch, row));
            }
        }
        for (row, address) in rows.iter().zip(addresses.iter()) {
            self.foreign_keys.added(batch, *row, *address);
        }
        Ok(())
    }

    /// Adds the entries of many rows to an index, in the order of their keys; returns the first row whose key another has.
    fn insert_entries(
        &mut self,
        context: &mut Context<'_>,
        place: usize,
        batch: &Batch,
        (rows, addresses): (&[usize], &[RowAddress]),
    ) -> Result<Option<usize>> {
        let heap = heap_id(context, self.table.file);
        let writer = &mut self.indexes[place];
        let index = RelationId { file: writer.index.file, ..heap };
        let (mut bytes, mut keys) = (Vec::new(), Vec::with_capacity(rows.len()));
        for (number, row) in rows.iter().enumerate() {
            let Some(has_null) = writer.key(context, &batch.columns, *row)? else { continue };
            let start = bytes.len();
            bytes.extend_from_slice(&writer.key);
            let (length, unique) = (writer.part.length, writer.unique(has_null));
            keys.push((start..bytes.len(), number, unique, length));
        }
        keys.sort_unstable_by(|a, b| {
            let by_key = bytes[a.0.clone()].cmp(&bytes[b.0.clone()]);
            by_key.then_with(|| addresses[a.1].cmp(&addresses[b.1]))
        });
        let entries: Vec<NewEntry<'_>> = keys
            .iter()
            .map(|(range, number, unique, length)| NewEntry {
                key: EntryKey { bytes: &bytes[range.clone()], length: *length },
                address: addresses[*number],
                unique: *unique,
            })
            .collect();
        let mut duplicate: Option<usize> = None;
        let (mut done, mut window_max) = (0, RUN_MIN);
        while done < entries.len() {
            // Where few go at once, few are tried.
            let window = &entries[done..entries.len().min(done + window_max)];
            let count = context.transaction.index_insert_run(index, window)?;
            let all = count == window.len();
            window_max = if all { window_max * 4 } else { (count * 2).max(RUN_MIN) };
            done += count;
            if all {
                continue;
            }
            let Some((_, number, ..)) = keys.get(done) else { break };
            let (row, address) = (rows[*number], addresses[*number]);
            // Of several rows that cannot be added the first is told, as if they had come one by one.
            if self.insert_entry(context, place, batch, row, address)?.is_some() {
                duplicate = Some(duplicate.map_or(row, |other| other.min(row)));
            }
            done += 1;
        }
        Ok(duplicate)
    }

    /// Adds the row's entry to an index, waiting for whoever is adding or removing its key.
    fn insert_entry(
        &mut self,
        context: &mut Context<'_>,
        place: usize,
        batch: &Batch,
        row: usize,
        address: RowAddress,
    ) -> Result<Option<UniqueFailure>> {
        let heap = heap_id(context, self.table.file);
        let writer = &mut self.indexes[place];
        let index = RelationId { file: writer.index.file, ..heap };
        let Some(has_null) = writer.key(context, &batch.columns, row)? else { return Ok(None) };
        let unique = writer.unique(has_null);
        loop {
            let key = writer.entry();
            match context.transaction.index_insert(index, heap, key, address, unique)? {
                IndexInsert::Done => return Ok(None),
                IndexInsert::Shared => {
                    self.check_later(context, place, address);
                    return Ok(None);
                }
                IndexInsert::Duplicate(other) => {
                    return Ok(Some(UniqueFailure::Duplicate(place, other)));
                }
                IndexInsert::WaitFor(xid) => {
                    let limits = context.host.limits();
                    context.transaction.wait_for(xid, limits)?;
                }
            }
        }
    }

    /// Has a key that others may have too checked when its constraint says.
    fn check_later(&mut self, context: &mut Context<'_>, place: usize, address: RowAddress) {
        let writer = &self.indexes[place];
        let key = DeferredKey {
            index: writer.index.oid,
            key: writer.key.clone(),
            key_length: writer.part.length,
            address,
        };
        if !context.host.defer(key.clone(), writer.index.deferral) {
            self.late.push(key);
        }
    }

    /// Checks what was left for the statement's end. 23505, 23503, 23001.
    pub fn finish(&mut self, context: &mut Context<'_>) -> Result<()> {
        let late = std::mem::take(&mut self.late);
        late.iter().try_for_each(|key| check_deferred_key(context, key))?;
        self.foreign_keys.finish(context)?;
        let events = std::mem::take(&mut self.events);
        match &mut self.triggers {
            Some(triggers) => triggers.finish(context, &events),
            None => Ok(()),
        }
    }

    /// The statement begins: runs BEFORE STATEMENT triggers of its event.
    pub fn begin(&mut self, context: &mut Context<'_>, event: i16) -> Result<()> {
        if let Some(triggers) = &mut self.triggers {
            self.events.push(event);
            triggers.before_statement(context, event)?;
        }
        Ok(())
    }

    /// Whether rows go one by one, since a BEFORE ROW trigger may change them.
    pub fn has_before_row(&self, event: i16) -> bool {
        let bits = Trigger::BEFORE | Trigger::ROW | event;
        self.triggers.as_ref().is_some_and(|triggers| triggers.any(bits))
    }

    /// Checks and adds the rows that are selected, with the triggers of INSERT; those added are selected then.
    pub fn insert_rows(&mut self, context: &mut Context<'_>, batch: &mut Batch) -> Result<u64> {
        if !self.has_before_row(Trigger::INSERT) {
            self.check(context, batch)?;
            let mut addresses = Vec::with_capacity(batch.rows().count());
            self.insert_all(context, batch, &mut addresses)?;
            self.after_inserts(context, batch)?;
            return Ok(addresses.len() as u64);
        }
        let rows: Vec<u16> =
            batch.rows().iter().filter_map(|row| u16::try_from(row).ok()).collect();
        let (mut kept, mut addresses) = (Vec::with_capacity(rows.len()), Vec::new());
        for number in rows {
            let row = usize::from(number);
            if !self.before_insert(context, batch, row)? {
                continue;
            }
            batch.selection = Some(vec![number]);
            self.check(context, batch)?;
            self.insert_all(context, batch, &mut addresses)?;
            self.after_inserts(context, batch)?;
            kept.push(number);
        }
        let count = kept.len() as u64;
        batch.selection = Some(kept);
        Ok(count)
    }

    /// Runs BEFORE ROW triggers of INSERT; `false` where one leaves the row out.
    pub(crate) fn before_insert(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
        row: usize,
    ) -> Result<bool> {
        match &mut self.triggers {
            Some(triggers) => {
                triggers.before_row(context, Trigger::INSERT, None, Some((batch, row)))
            }
            None => Ok(true),
        }
    }

    /// Queues AFTER ROW triggers of INSERT for the rows that are selected.
    pub(crate) fn after_inserts(&mut self, context: &mut Context<'_>, batch: &Batch) -> Result<()> {
        let Some(triggers) = &mut self.triggers else { return Ok(()) };
        for row in batch.rows().iter() {
            triggers.after_row(context, Trigger::INSERT, None, Some((batch, row)))?;
        }
        Ok(())
    }

    /// 23505 for a row whose key another row has.
    fn duplicate(&self, context: &Context<'_>, place: usize, batch: &Batch, row: usize) -> Error {
        let writer = &self.indexes[place];
        let index = &writer.index;
        let name = constraint_name(&self.table, index);
        let text = format!("duplicate key value violates unique constraint \"{name}\"");
        let mut error = Error::new(SqlState::UNIQUE_VIOLATION, text);
        let plain = writer.columns[..index.key_count].iter().map(|column| match column {
            Column::Slot(slot) => Some(*slot),
            Column::Program(_) => None,
        });
        if let Some(slots) = plain.collect::<Option<Vec<usize>>>() {
            let names: Vec<&str> =
                slots.iter().map(|slot| self.table.columns[*slot].name.as_str()).collect();
            let values: Vec<String> = slots
                .iter()
                .map(|slot| {
                    shown(context, self.table.columns[*slot].type_id, batch.columns[*slot].get(row))
                })
                .collect();
            error = error.detail(format!(
                "Key ({})=({}) already exists.",
                names.join(", "),
                values.join(", ")
            ));
        }
        error.table(schema_name(context, &self.table), &self.table.name).constraint(name)
    }

    /// Adds a row unless it conflicts with another in one of these indexes (all unique ones where there is none).
    pub(crate) fn insert_or_conflict(
        &mut self,
        context: &mut Context<'_>,
        batch: &Batch,
        row: usize,
        arbiters: &[types::Oid],
    ) -> Result<Insertion> {
        let heap = heap_id(context, self.table.file);
        let is_arbiter = |index: &Index| {
            is_immediate(index) && (arbiters.is_empty() || arbiters.contains(&index.oid))
        };
        let mut order: Vec<usize> = (0..self.indexes.len()).collect();
        order.sort_by_key(|place| !is_arbiter(&self.indexes[*place].index));
        'again: loop {
            let savepoint = context.transaction.savepoint();
            self.bodies.clear();
            build_body(
                context.transaction,
                heap,
                &mut self.builder,
                &self.kinds,
                (&batch.columns, row),
                &[],
                &mut self.bodies,
            )?;
            let (address, _) = context.transaction.insert(heap, &self.bodies)?;
            for place in &order {
                let writer = &mut self.indexes[*place];
                let index = RelationId { file: writer.index.file, ..heap };
                let Some(has_null) = writer.key(context, &batch.columns, row)? else { continue };
                let unique = writer.unique(has_null);
                let key = writer.entry();
                match context.transaction.index_insert(index, heap, key, address, unique)? {
                    IndexInsert::Done => {}
                    IndexInsert::Shared => self.check_later(context, *place, address),
                    IndexInsert::Duplicate(other) => {
                        // The row that was tried is withdrawn before anything else happens.
                        let conflict = is_arbiter(&self.indexes[*place].index);
                        context.transaction.rollback_to(savepoint)?;
                        context.transaction.release(savepoint);
                        if conflict {
                            return Ok(Insertion::Conflict(other));
                        }
                        return Err(self.duplicate(context, *place, batch, row));
                    }
                    IndexInsert::WaitFor(xid) => {
                        context.transaction.rollback_to(savepoint)?;
                        context.transaction.release(savepoint);
                        let limits = context.host.limits();
                        context.transaction.wait_for(xid, limits)?;
                        continue 'again;
                    }
                }
            }
            context.transaction.release(savepoint);
            self.foreign_keys.added(batch, row, address);
            return Ok(Insertion::Done);
        }
    }

    /// Replaces a row: `old` and `new` hold its columns in the same row. Entries of changed keys are added and the old
    /// ones marked, once the heap's row is changed.
    #[expect(clippy::too_many_arguments, reason = "the parts of one change of a row")]
    pub(crate) fn update(
        &mut self,
        context: &mut Context<'_>,
        address: RowAddress,
        expected: Version,
        old: &Batch,
        new: &Batch,
        row: usize,
        changed: &[usize],
    ) -> Result<Write> {
        let heap = heap_id(context, self.table.file);
        let mut kind = UpdateKind::KeyKept;
        let mut touched = Vec::new();
        for (place, writer) in self.indexes.iter_mut().enumerate() {
            if !writer.uses.iter().any(|slot| changed.contains(slot)) {
                continue;
            }
            let old_there = writer.key(context, &old.columns, row)?.is_some();
            std::mem::swap(&mut writer.key, &mut writer.old_key);
            writer.old_part = writer.part;
            let new_there = writer.key(context, &new.columns, row)?.is_some();
            if old_there == new_there && (!new_there || writer.key == writer.old_key) {
                continue;
            }
            // A row that the index leaves out has no key, and may have none yet to be cut.
            let same_key = old_there == new_there
                && writer.old_key[..writer.old_part.length] == writer.key[..writer.part.length];
            if writer.index.unique && !same_key {
                kind = UpdateKind::KeyChanged;
            }
            touched.push((place, old_there));
        }
        let kept = match self.kept(context, heap, address, expected, changed)? {
            Kept::Values(kept) => kept,
            Kept::Refused(outcome) => return Ok(outcome),
        };
        let savepoint = context.transaction.savepoint();
        let before = context.transaction.external_count();
        self.bodies.clear();
        build_body(
            context.transaction,
            heap,
            &mut self.builder,
            &self.kinds,
            (&new.columns, row),
            &kept,
            &mut self.bodies,
        )?;
        let outcome = context.transaction.update(heap, address, expected, &self.bodies, kind)?;
        if !matches!(outcome, Write::Done(_)) && context.transaction.external_count() > before {
            // What was written out of line belongs to no row.
            context.transaction.rollback_to(savepoint)?;
        }
        context.transaction.release(savepoint);
        if !matches!(outcome, Write::Done(_)) {
            return Ok(outcome);
        }
        for (place, old_there) in touched {
            let old_key = std::mem::take(&mut self.indexes[place].old_key);
            if let Some(UniqueFailure::Duplicate(place, _)) =
                self.insert_entry(context, place, new, row, address)?
            {
                return Err(self.duplicate(context, place, new, row));
            }
            if old_there {
                let writer = &self.indexes[place];
                let key = EntryKey { bytes: &old_key, length: writer.old_part.length };
                writer.mark(context, heap, key, address)?;
            }
            self.indexes[place].old_key = old_key;
        }
        self.foreign_keys.changed((old, new, row), address, changed);
        Ok(outcome)
    }

    /// The values out of line of columns that an update does not change: they stay where they are. Where the row's
    /// version is another by now, what the update would find.
    fn kept(
        &self,
        context: &Context<'_>,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        changed: &[usize],
    ) -> Result<Kept> {
        let storage = context.storage();
        if !storage.has_external(heap)? {
            return Ok(Kept::Values(Vec::new()));
        }
        loop {
            let found =
                storage.fetch_newest(context.transaction, heap, address, |version, row| {
                    let mut kept = Vec::new();
                    for index in (0..self.kinds.len()).filter(|index| !changed.contains(index)) {
                        if let storage::Column::External(pointer) = self.layout.column(row, index) {
                            kept.push((index, pointer.to_vec()));
                        }
                    }
                    (version, kept)
                })?;
            if let Some((_, kept)) = found.filter(|(version, _)| *version == expected) {
                return Ok(Kept::Values(kept));
            }
            // Nothing can be changed then; unless the other version was rolled back just now.
            if let Some(outcome) = context.transaction.refused(heap, address, expected)? {
                return Ok(Kept::Refused(outcome));
            }
        }
    }

    /// Deletes a row whose columns are in a row of `old`, and marks its entries.
    pub(crate) fn delete(
        &mut self,
        context: &mut Context<'_>,
        address: RowAddress,
        expected: Version,
        old: &Batch,
        row: usize,
    ) -> Result<Write> {
        let heap = heap_id(context, self.table.file);
        let outcome = context.transaction.delete(heap, address, expected)?;
        if !matches!(outcome, Write::Done(_)) {
            return Ok(outcome);
        }
        for writer in &mut self.indexes {
            if writer.key(context, &old.columns, row)?.is_some() {
                writer.mark(context, heap, writer.entry(), address)?;
            }
        }
        self.foreign_keys.deleted(old, row);
        Ok(outcome)
    }
}

/// So many entries are tried to be added at once at first.
const RUN_MIN: usize = 4;

/// Whether an index's rows are unique at any time.
fn is_immediate(index: &Index) -> bool {
    index.unique && index.deferral == Deferral::Never
}

impl IndexWriter {
    /// Marks a row's entry as superseded.
    fn mark(
        &self,
        context: &mut Context<'_>,
        heap: RelationId,
        key: EntryKey<'_>,
        address: RowAddress,
    ) -> Result<()> {
        let index = RelationId { file: self.index.file, ..heap };
        if self.index.is_valid {
            context.transaction.index_mark(index, key.bytes, address)
        } else {
            // CREATE INDEX CONCURRENTLY may not have come to the row yet.
            context.transaction.index_mark_missing(index, key, address)
        }
    }

    /// How far a key, with or without a NULL, must be alone.
    fn unique(&self, has_null: bool) -> Unique {
        let index = &self.index;
        match (index.unique && (!has_null || index.nulls_not_distinct), index.deferral) {
            (false, _) => Unique::No,
            (true, Deferral::Never) => Unique::Yes,
            (true, Deferral::Immediate | Deferral::Deferred) => Unique::Later,
        }
    }

    fn new(builder: &Builder, plan: &IndexPlan) -> Result<Self> {
        let mut columns = Vec::with_capacity(plan.columns.len());
        let mut uses = Vec::new();
        for expr in plan.columns.iter().chain(&plan.predicate) {
            expr.any(&mut |e| {
                if let ExprKind::Slot(slot) = e.kind {
                    uses.push(slot as usize);
                }
                false
            });
        }
        for expr in &plan.columns {
            columns.push(column(builder, expr)?);
        }
        Ok(Self {
            index: Arc::clone(&plan.index),
            columns,
            predicate: builder.optional(plan.predicate.as_ref())?,
            uses,
            key: Vec::new(),
            part: NO_KEY,
            old_key: Vec::new(),
            old_part: NO_KEY,
        })
    }

    /// The key computed last.
    fn entry(&self) -> EntryKey<'_> {
        EntryKey { bytes: &self.key, length: self.part.length }
    }

    /// Computes the entry of a row into `self.key`, and whether a key column is NULL; `None` where the index leaves the row
    /// out.
    fn key(
        &mut self,
        context: &mut Context<'_>,
        columns: &[Vector],
        row: usize,
    ) -> Result<Option<bool>> {
        let selected =
            [u16::try_from(row).map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
        if let Some(predicate) = &mut self.predicate {
            let value = predicate.run(columns, Rows::Some(&selected), context)?.get(row);
            if value != ValueRef::Bool(true) {
                return Ok(None);
            }
        }
        for column in &mut self.columns {
            if let Column::Program(program) = column {
                program.run(columns, Rows::Some(&selected), context)?;
            }
        }
        let vectors = self.columns.iter().map(|column| match column {
            Column::Slot(slot) => &columns[*slot],
            Column::Program(program) => program.result(columns),
        });
        self.part = key_of_row(&self.index, vectors, row, &mut self.key);
        Ok(Some(self.part.has_null))
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn column(builder: &Builder, expr: &Expr) -> Result<Column> {
    Ok(match expr.kind {
        ExprKind::Slot(slot) => Column::Slot(slot as usize),
        _ => Column::Program(builder.program(expr)?),
    })
}

/// A value as error details show it.
fn shown(context: &Context<'_>, type_id: types::Oid, value: ValueRef<'_>) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    let mut text = Vec::new();
    match types::output(type_id, value, &context.text_context(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => "?".to_owned(),
    }
}

/// The name of a table's schema.
fn schema_name(context: &Context<'_>, table: &Table) -> String {
    context
        .host
        .catalog()
        .schema_by_oid(table.schema)
        .map_or_else(String::new, |schema| schema.name.clone())
}
