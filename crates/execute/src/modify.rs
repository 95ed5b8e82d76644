//! INSERT, UPDATE and DELETE.

use crate::context::Context;
use crate::lock_rows::{newest, passes, refuse_changed};
use crate::operator::{Builder, Operator};
use crate::row::{Externals, RowReader, number_address, number_version, version_number};
use crate::seq_scan::heap_id;
use crate::store::shape;
use crate::writer::{Insertion, TableWriter};
use batch::{Batch, ROWS_MAX, Rows, Vector};
use catalog::object::Trigger;
use error::{Error, Result, SqlState};
use expression::{Expr, Program};
use functions::Environment;
use plan::{ConflictPlan, ModifyAction, ModifyPlan};
use storage::{RowAddress, RowLock, Version, Write};
use types::{Kind, Oid, ValueRef};

/// Changes a table by the rows of its input.
pub(crate) struct Modify {
    input: Box<dyn Operator>,
    writer: TableWriter,
    action: Action,
    /// Where address, version and the table's columns are in the input.
    address: usize,
    columns: Vec<(usize, usize)>,
    recheck: Option<Program>,
    returning: Option<Vec<Program>>,
    /// The statement's triggers ran.
    begun: bool,
    returning_kinds: Vec<Kind>,
    reader: RowReader,
    table_kinds: Vec<Kind>,
    rows: Batch,
    /// The old and new columns of the rows of the batch in turn.
    old: Batch,
    new: Batch,
    scratch: Batch,
}

#[expect(clippy::large_enum_variant, reason = "there is one of them a plan")]
enum Action {
    Insert(Option<Conflict>),
    Update { assignments: Vec<(usize, Program)>, changed: Vec<usize> },
    Delete,
}

struct Conflict {
    indexes: Vec<Oid>,
    update: Option<ConflictUpdate>,
}

struct ConflictUpdate {
    assignments: Vec<(usize, Program)>,
    changed: Vec<usize>,
    filter: Option<Program>,
}

impl Modify {
    pub(crate) fn new(builder: &Builder, plan: &ModifyPlan) -> Result<Self> {
        let reader = RowReader::whole(&plan.target.table);
        let table_kinds: Vec<Kind> = reader.kinds().collect();
        let mut action = match &plan.action {
            ModifyAction::Insert(conflict) => {
                Action::Insert(conflict.as_ref().map(|c| Conflict::new(builder, c)).transpose()?)
            }
            ModifyAction::Update(list) => {
                let mut changed: Vec<usize> =
                    list.iter().map(|(number, _)| place(*number)).collect();
                changed.extend(plan.target.generated.iter().map(|(number, _)| place(*number)));
                Action::Update { assignments: assignments(builder, list)?, changed }
            }
            ModifyAction::Delete => Action::Delete,
        };
        let mut writer = TableWriter::new(builder, &plan.target)?;
        if let Some(triggers) = &mut writer.triggers {
            triggers.assigned = assigned(&plan.action);
            // What a trigger may change is written.
            if let Action::Update { changed, .. } = &mut action
                && triggers.any(Trigger::BEFORE | Trigger::ROW | Trigger::UPDATE)
            {
                *changed = (0..plan.target.table.columns.len()).collect();
            }
        }
        Ok(Self {
            input: builder.operator(&plan.input)?,
            writer,
            begun: false,
            action,
            address: plan.address,
            columns: plan.columns.iter().map(|(number, slot)| (place(*number), *slot)).collect(),
            recheck: builder.optional(plan.recheck.as_ref())?,
            returning_kinds: plan.returning.iter().flatten().map(|e| Kind::of(e.type_id)).collect(),
            returning: plan.returning.as_ref().map(|list| builder.programs(list)).transpose()?,
            rows: Batch::new(plan.input.columns.iter().copied()),
            old: Batch::new(table_kinds.iter().copied()),
            new: Batch::new(table_kinds.iter().copied()),
            scratch: Batch::new(table_kinds.iter().copied()),
            table_kinds,
            reader,
        })
    }

    /// Runs the triggers of the statement's beginning.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<()> {
        match &self.action {
            Action::Insert(conflict) => {
                let updates = conflict.as_ref().is_some_and(|c| c.update.is_some());
                self.writer.begin(context, Trigger::INSERT)?;
                if updates {
                    self.writer.begin(context, Trigger::UPDATE)?;
                }
                Ok(())
            }
            Action::Update { .. } => self.writer.begin(context, Trigger::UPDATE),
            Action::Delete => self.writer.begin(context, Trigger::DELETE),
        }
    }

    /// Changes the rows of `self.rows`; `self.new` then holds those that were changed, selected.
    fn change(&mut self, context: &mut Context<'_>) -> Result<()> {
        match self.action {
            Action::Insert(None) => self.insert(context),
            Action::Insert(Some(_)) => self.insert_or_conflict(context),
            Action::Update { .. } => self.update(context),
            Action::Delete => self.delete(context),
        }
    }

    fn insert(&mut self, context: &mut Context<'_>) -> Result<()> {
        std::mem::swap(&mut self.rows, &mut self.new);
        context.run.changed += self.writer.insert_rows(context, &mut self.new)?;
        Ok(())
    }

    fn insert_or_conflict(&mut self, context: &mut Context<'_>) -> Result<()> {
        std::mem::swap(&mut self.rows, &mut self.new);
        let before = self.writer.has_before_row(Trigger::INSERT);
        if !before {
            self.writer.check(context, &mut self.new)?;
        }
        let rows: Vec<usize> = self.new.rows().iter().collect();
        let mut selected = Vec::with_capacity(rows.len());
        for row in rows {
            if before {
                if !self.writer.before_insert(context, &mut self.new, row)? {
                    continue;
                }
                self.new.selection = Some(vec![number_of(row)?]);
                self.writer.check(context, &mut self.new)?;
            }
            if self.insert_one(context, row)? {
                context.run.changed += 1;
                selected.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
            }
        }
        self.new.selection = Some(selected);
        Ok(())
    }

    /// Inserts a row, or updates the one that it conflicts with; `false` where neither happens.
    fn insert_one(&mut self, context: &mut Context<'_>, row: usize) -> Result<bool> {
        loop {
            let Action::Insert(Some(conflict)) = &mut self.action else {
                return Err(Error::internal("ON CONFLICT belongs to INSERT"));
            };
            let other =
                match self.writer.insert_or_conflict(context, &self.new, row, &conflict.indexes)? {
                    Insertion::Done => {
                        if let Some(triggers) = &mut self.writer.triggers {
                            let new = Some((&self.new, row));
                            triggers.after_row(context, Trigger::INSERT, None, new)?;
                        }
                        return Ok(true);
                    }
                    Insertion::Conflict(other) => other,
                };
            let Some(update) = &mut conflict.update else {
                self.check_visible(context, other)?;
                return Ok(false);
            };
            let version =
                newest(context, self.writer.table.file, &self.reader, &mut self.scratch, other)?;
            // The row may be gone again: then the insert is tried once more.
            let Some(version) = version else { continue };
            let outcome = update.run(
                context,
                &mut self.writer,
                (&self.scratch, &mut self.new, row),
                other,
                version,
            )?;
            match outcome {
                None => return Ok(false),
                Some(Write::Done(_)) => return Ok(true),
                Some(Write::SelfModified) => {
                    let text = "ON CONFLICT DO UPDATE command cannot affect row a second time";
                    return Err(Error::new(SqlState::CARDINALITY_VIOLATION, text).hint(
                        "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
                    ));
                }
                Some(Write::WaitFor(xid)) => {
                    let heap = heap_id(context, self.writer.table.file);
                    context.wait_for_row((heap, other), RowLock::NoKeyUpdate, xid)?;
                }
                Some(Write::Changed | Write::Deleted) => refuse_changed(context, "update")?,
            }
        }
    }

    /// With one snapshot for the transaction, DO NOTHING must not depend on a row that it does not see.
    fn check_visible(&self, context: &mut Context<'_>, address: RowAddress) -> Result<()> {
        let heap = heap_id(context, self.writer.table.file);
        let storage = context.storage();
        let snapshot = context.snapshot()?.clone();
        // What the command itself added is no other's change.
        if !context.transaction.is_own(heap, address)?
            && storage.fetch(&snapshot, heap, address, |_, _| ())?.is_none()
        {
            refuse_changed(context, "update")?;
        }
        Ok(())
    }

    /// The old rows' columns from the input.
    fn read_old(&mut self) {
        shape(&mut self.old, &self.table_kinds);
        for (index, slot) in &self.columns {
            self.old.columns[*index].copy_rows(&self.rows.columns[*slot], self.rows.rows());
        }
        self.old.row_count = self.rows.row_count;
    }

    fn update(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.read_old();
        let rows: Vec<u16> =
            self.rows.rows().iter().filter_map(|row| u16::try_from(row).ok()).collect();
        if self.writer.triggers.is_some() {
            return self.update_with_triggers(context, rows);
        }
        self.compute_new(context, Rows::Some(&rows))?;
        self.new.selection = Some(rows.clone());
        if let Err(error) = self.writer.check(context, &mut self.new) {
            return Err(self.check_whole(context, &rows)?.unwrap_or(error));
        }
        let mut selected = Vec::with_capacity(rows.len());
        for number in rows {
            if self.update_one(context, usize::from(number))? {
                selected.push(number);
            }
        }
        context.run.changed += selected.len() as u64;
        self.new.selection = Some(selected);
        Ok(())
    }

    /// Updates rows one by one, each locked before its triggers run.
    fn update_with_triggers(&mut self, context: &mut Context<'_>, rows: Vec<u16>) -> Result<()> {
        let mut selected = Vec::with_capacity(rows.len());
        for number in rows {
            let row = usize::from(number);
            if self.writer.has_before_row(Trigger::UPDATE)
                && !self.lock_for_trigger(context, row, RowLock::NoKeyUpdate)?
            {
                continue;
            }
            let one = [number];
            if selected.is_empty() {
                self.compute_new(context, Rows::Some(&one))?;
            } else {
                compute_rows(
                    &mut self.action,
                    context,
                    (&self.rows, &self.old),
                    &mut self.new,
                    Rows::Some(&one),
                )?;
            }
            if let Some(triggers) = &mut self.writer.triggers {
                let (old, new) = (Some((&self.old, row)), Some((&mut self.new, row)));
                if !triggers.before_row(context, Trigger::UPDATE, old, new)? {
                    continue;
                }
            }
            self.new.selection = Some(one.to_vec());
            self.writer.check(context, &mut self.new)?;
            if self.update_one(context, row)? {
                selected.push(number);
                if let Some(triggers) = &mut self.writer.triggers {
                    let (old, new) = (Some((&self.old, row)), Some((&self.new, row)));
                    triggers.after_row(context, Trigger::UPDATE, old, new)?;
                }
            }
        }
        context.run.changed += selected.len() as u64;
        self.new.selection = Some(selected);
        Ok(())
    }

    /// Locks a row before its triggers run, with its newest version read; `false` where it is to be left alone.
    fn lock_for_trigger(
        &mut self,
        context: &mut Context<'_>,
        row: usize,
        lock: RowLock,
    ) -> Result<bool> {
        let Some((address, mut expected)) = identity(&self.rows, self.address, row) else {
            return Ok(false);
        };
        let heap = heap_id(context, self.writer.table.file);
        loop {
            match context.transaction.lock_row(heap, address, expected, lock)? {
                Write::Done(_) => return Ok(true),
                Write::SelfModified => return Ok(false),
                outcome @ (Write::WaitFor(_) | Write::Changed | Write::Deleted) => {
                    match self.again(context, outcome, address, expected, row)? {
                        Some(version) => expected = version,
                        None => return Ok(false),
                    }
                    let version = types::Datum::I64(version_number(expected));
                    self.rows.columns[self.address + 1].set_datum(row, &version);
                }
            }
        }
    }

    /// The failure of a check again, shown with the columns out of line that an update does not read.
    fn check_whole(&mut self, context: &mut Context<'_>, rows: &[u16]) -> Result<Option<Error>> {
        let heap = heap_id(context, self.writer.table.file);
        let storage = context.storage();
        if !storage.has_external(heap)? {
            return Ok(None);
        }
        let snapshot = context.snapshot()?.clone();
        let mut externals = Externals::default();
        for row in rows.iter().map(|row| usize::from(*row)) {
            let Some((address, _)) = identity(&self.rows, self.address, row) else { continue };
            let (reader, old) = (&self.reader, &mut self.old);
            let read = storage.fetch(&snapshot, heap, address, |version, body| {
                reader.read(body, address, version, &mut old.columns, row, &mut externals)
            })?;
            read.transpose()?;
        }
        externals.read(&storage, heap, &mut self.old.columns, |_, _| true)?;
        self.compute_new(context, Rows::Some(rows))?;
        self.new.selection = Some(rows.to_vec());
        Ok(self.writer.check(context, &mut self.new).err())
    }

    /// The new rows: the old columns with what SET gives.
    fn compute_new(&mut self, context: &mut Context<'_>, rows: Rows<'_>) -> Result<()> {
        shape(&mut self.new, &self.table_kinds);
        compute_rows(&mut self.action, context, (&self.rows, &self.old), &mut self.new, rows)
    }

    /// Updates one row; `false` where it is to be left alone.
    fn update_one(&mut self, context: &mut Context<'_>, row: usize) -> Result<bool> {
        let Some((address, mut expected)) = identity(&self.rows, self.address, row) else {
            return Ok(false);
        };
        loop {
            let Action::Update { changed, .. } = &self.action else {
                return Err(Error::internal("an update has assignments"));
            };
            let changed = changed.as_slice();
            match self
                .writer
                .update(context, address, expected, &self.old, &self.new, row, changed)?
            {
                Write::Done(_) => return Ok(true),
                Write::SelfModified => return Ok(false),
                outcome @ (Write::WaitFor(_) | Write::Changed | Write::Deleted) => {
                    let Some(version) = self.again(context, outcome, address, expected, row)?
                    else {
                        return Ok(false);
                    };
                    if version != expected {
                        expected = version;
                        let number = [u16::try_from(row)
                            .map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
                        compute_rows(
                            &mut self.action,
                            context,
                            (&self.rows, &self.old),
                            &mut self.new,
                            Rows::Some(&number),
                        )?;
                        let kept = self.new.selection.replace(number.to_vec());
                        self.writer.check(context, &mut self.new)?;
                        self.new.selection = kept;
                    }
                }
            }
        }
    }

    /// Waits for, or reads again, a row that another transaction changed: the version to try next, or `None` where the
    /// row is gone or fulfils the condition no more.
    fn again(
        &mut self,
        context: &mut Context<'_>,
        outcome: Write,
        address: RowAddress,
        expected: Version,
        row: usize,
    ) -> Result<Option<Version>> {
        match outcome {
            Write::WaitFor(xid) => {
                let heap = heap_id(context, self.writer.table.file);
                // Of an update that changes the key it is known only later: who wants to keep it waits once more.
                let lock = match self.action {
                    Action::Delete => RowLock::Update,
                    Action::Insert(_) | Action::Update { .. } => RowLock::NoKeyUpdate,
                };
                context.wait_for_row((heap, address), lock, xid)?;
                Ok(Some(expected))
            }
            Write::Deleted => {
                refuse_changed(context, "delete")?;
                Ok(None)
            }
            Write::Changed => {
                refuse_changed(context, "update")?;
                let version = newest(
                    context,
                    self.writer.table.file,
                    &self.reader,
                    &mut self.scratch,
                    address,
                )?;
                let Some(version) = version else { return Ok(None) };
                for (index, slot) in &self.columns {
                    let value = self.scratch.columns[*index].get(0);
                    self.rows.columns[*slot].set(row, value);
                    self.old.columns[*index].set(row, value);
                }
                Ok(passes(&mut self.recheck, context, &self.rows, row)?.then_some(version))
            }
            Write::Done(_) | Write::SelfModified => Ok(None),
        }
    }

    fn delete(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.read_old();
        let rows: Vec<usize> = self.rows.rows().iter().collect();
        let mut selected = Vec::with_capacity(rows.len());
        let before = self.writer.has_before_row(Trigger::DELETE);
        'rows: for row in rows {
            if before {
                if !self.lock_for_trigger(context, row, RowLock::Update)? {
                    continue;
                }
                if let Some(triggers) = &mut self.writer.triggers {
                    let old = Some((&self.old, row));
                    if !triggers.before_row(context, Trigger::DELETE, old, None)? {
                        continue;
                    }
                }
            }
            let Some((address, mut expected)) = identity(&self.rows, self.address, row) else {
                continue;
            };
            loop {
                match self.writer.delete(context, address, expected, &self.old, row)? {
                    Write::Done(_) => break,
                    Write::SelfModified => continue 'rows,
                    outcome @ (Write::WaitFor(_) | Write::Changed | Write::Deleted) => {
                        match self.again(context, outcome, address, expected, row)? {
                            Some(version) => expected = version,
                            None => continue 'rows,
                        }
                    }
                }
            }
            if let Some(triggers) = &mut self.writer.triggers {
                triggers.after_row(context, Trigger::DELETE, Some((&self.old, row)), None)?;
            }
            selected.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
        }
        context.run.changed += selected.len() as u64;
        // RETURNING of a DELETE sees the old row.
        std::mem::swap(&mut self.old, &mut self.new);
        self.new.selection = Some(selected);
        Ok(())
    }

    /// RETURNING over the changed rows and what they came from.
    fn give(&mut self, context: &mut Context<'_>, out: &mut Batch) -> Result<()> {
        shape(out, &self.returning_kinds);
        let Some(programs) = &mut self.returning else { return Ok(()) };
        let rows: Vec<u16> =
            self.new.rows().iter().filter_map(|row| u16::try_from(row).ok()).collect();
        let mut columns: Vec<Vector> = self.new.columns.clone();
        if !matches!(self.action, Action::Insert(_)) {
            columns.extend(self.rows.columns.iter().cloned());
        }
        for (program, column) in programs.iter_mut().zip(&mut out.columns) {
            let values = program.run(&columns, Rows::Some(&rows), context)?;
            for (place, row) in rows.iter().enumerate() {
                column.set(place, values.get(usize::from(*row)));
            }
        }
        out.row_count = rows.len();
        Ok(())
    }
}

/// The new columns of some rows of an update.
fn compute_rows(
    action: &mut Action,
    context: &mut Context<'_>,
    (input, old): (&Batch, &Batch),
    new: &mut Batch,
    rows: Rows<'_>,
) -> Result<()> {
    let Action::Update { assignments, .. } = action else {
        return Err(Error::internal("an update has assignments"));
    };
    for (target, source) in new.columns.iter_mut().zip(&old.columns) {
        target.copy_rows(source, rows);
    }
    for (slot, program) in assignments {
        let values = program.run(&input.columns, rows, context)?;
        new.columns[*slot].copy_rows(values, rows);
    }
    new.row_count = input.row_count;
    Ok(())
}

/// The columns that SET of an update, or of ON CONFLICT, assigns.
fn assigned(action: &ModifyAction) -> Vec<i16> {
    let numbers = |list: &[(i16, Expr)]| list.iter().map(|(number, _)| *number).collect();
    match action {
        ModifyAction::Insert(Some(ConflictPlan { update: Some(update), .. })) => {
            numbers(&update.assignments)
        }
        ModifyAction::Update(list) => numbers(list),
        ModifyAction::Insert(_) | ModifyAction::Delete => Vec::new(),
    }
}

fn number_of(row: usize) -> Result<u16> {
    u16::try_from(row).map_err(|_| Error::internal("a batch has at most 1024 rows"))
}

/// A column's place by its number.
fn place(number: i16) -> usize {
    usize::try_from(number - 1).expect("numbers start at 1")
}

fn assignments(builder: &Builder, list: &[(i16, Expr)]) -> Result<Vec<(usize, Program)>> {
    list.iter().map(|(number, expr)| Ok((place(*number), builder.program(expr)?))).collect()
}

/// The row's address and version; `None` on the NULL side of a join.
fn identity(batch: &Batch, slot: usize, row: usize) -> Option<(RowAddress, Version)> {
    match (batch.columns[slot].get(row), batch.columns[slot + 1].get(row)) {
        (ValueRef::I64(address), ValueRef::I64(version)) => {
            Some((number_address(address), number_version(version)))
        }
        _ => None,
    }
}

impl Conflict {
    fn new(builder: &Builder, plan: &ConflictPlan) -> Result<Self> {
        let update = match &plan.update {
            None => None,
            Some(update) => Some(ConflictUpdate {
                changed: update.assignments.iter().map(|(number, _)| place(*number)).collect(),
                assignments: assignments(builder, &update.assignments)?,
                filter: builder.optional(update.filter.as_ref())?,
            }),
        };
        Ok(Self { indexes: plan.indexes.clone(), update })
    }
}

impl ConflictUpdate {
    /// Updates the row that is there; `None` where WHERE leaves it alone. The new row is left in row `row` of `new`.
    fn run(
        &mut self,
        context: &mut Context<'_>,
        writer: &mut TableWriter,
        (there, new, row): (&Batch, &mut Batch, usize),
        address: RowAddress,
        version: Version,
    ) -> Result<Option<Write>> {
        let mut both: Vec<Vector> = Vec::with_capacity(there.columns.len() * 2);
        both.extend(there.columns.iter().cloned());
        for column in &new.columns {
            let mut one = Vector::new(column.kind());
            one.set(0, column.get(row));
            both.push(one);
        }
        if let Some(filter) = &mut self.filter
            && filter.run(&both, Rows::All(1), context)?.get(0) != ValueRef::Bool(true)
        {
            return Ok(None);
        }
        let mut changed_row = there.clone();
        for (slot, program) in &mut self.assignments {
            let value = program.run(&both, Rows::All(1), context)?.get(0).to_datum();
            changed_row.columns[*slot].set_datum(0, &value);
        }
        changed_row.row_count = 1;
        if let Some(triggers) = &mut writer.triggers {
            let (old, new) = (Some((there, 0)), Some((&mut changed_row, 0)));
            if !triggers.before_row(context, Trigger::UPDATE, old, new)? {
                return Ok(None);
            }
        }
        writer.check(context, &mut changed_row)?;
        let all: Vec<usize>;
        let changed = if writer.has_before_row(Trigger::UPDATE) {
            all = (0..changed_row.columns.len()).collect();
            &all
        } else {
            &self.changed
        };
        let outcome = writer.update(context, address, version, there, &changed_row, 0, changed)?;
        if matches!(outcome, Write::Done(_)) {
            if let Some(triggers) = &mut writer.triggers {
                let (old, new) = (Some((there, 0)), Some((&changed_row, 0)));
                triggers.after_row(context, Trigger::UPDATE, old, new)?;
            }
            for (target, source) in new.columns.iter_mut().zip(&changed_row.columns) {
                target.set(row, source.get(0));
            }
        }
        Ok(Some(outcome))
    }
}

impl Operator for Modify {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.begun = false;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        if !self.begun {
            self.begun = true;
            self.begin(context)?;
        }
        loop {
            self.rows.clear();
            let wanted = if self.returning.is_some() { rows_max } else { ROWS_MAX };
            self.input.next(context, wanted, &mut self.rows)?;
            if self.rows.rows().count() == 0 {
                self.writer.finish(context)?;
                shape(out, &self.returning_kinds);
                return Ok(());
            }
            self.change(context)?;
            context.check_cancel()?;
            if self.returning.is_some() && self.new.rows().count() > 0 {
                return self.give(context, out);
            }
        }
    }
}
