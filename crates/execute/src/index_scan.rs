//! The rows of a table that an index range holds.

use crate::context::Context;
use crate::filter::select;
use crate::key::push_key;
use crate::operator::{Builder, Operator};
use crate::row::RowReader;
use crate::seq_scan::heap_id;
use crate::store::shape;
use batch::{Batch, Rows};
use catalog::object::{Index, IndexColumn, IndexTarget, Table};
use error::{Error, Result};
use expression::{Expr, Program};
use plan::{IndexRange, TableScan};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use storage::{Column, Direction, IndexCursor, RelationId, RowRef, prefix_end};
use types::array::Array;
use types::{Kind, Oid, ValueRef, type_oid};

/// Looks rows up through an index.
pub(crate) struct IndexScan {
    table: Arc<Table>,
    index: Arc<Index>,
    reader: RowReader,
    kinds: Vec<Kind>,
    equal: Vec<Program>,
    /// Which of these is an array of alternatives, and its elements' type.
    any: Option<(usize, Oid)>,
    /// The keys of the columns before and after the alternatives.
    before: Vec<u8>,
    after: Vec<u8>,
    /// The keys still to look up, the next one last; one empty key where there are no alternatives.
    alternatives: Vec<Vec<u8>>,
    lower: Option<(Program, bool)>,
    upper: Option<(Program, bool)>,
    direction: Direction,
    filter: Option<Program>,
    cursor: Option<IndexCursor>,
    /// The range holds nothing: a value to search for is NULL.
    empty: bool,
    ended: bool,
    /// Reused for the bounds and for the key of a row.
    lower_key: Vec<u8>,
    upper_key: Vec<u8>,
    row_key: Vec<u8>,
    check: KeyCheck,
}

/// How a row's key is computed to be compared with an entry's.
enum KeyCheck {
    /// From these columns as they lie in the row.
    Columns(Vec<usize>),
    /// By programs over all columns.
    Programs { reader: RowReader, programs: Vec<Program>, whole: Batch },
}

impl IndexScan {
    pub(crate) fn new(
        builder: &Builder,
        scan: &TableScan,
        index: &Arc<Index>,
        range: &IndexRange,
        backward: bool,
        filter: Option<&Expr>,
    ) -> Result<Self> {
        let reader = RowReader::new(&scan.table, &scan.columns);
        let kinds = reader.kinds().collect();
        let bound = |bound: &Option<plan::IndexBound>| -> Result<Option<(Program, bool)>> {
            bound.as_ref().map(|b| Ok((builder.program(&b.value)?, b.inclusive))).transpose()
        };
        Ok(Self {
            table: Arc::clone(&scan.table),
            index: Arc::clone(index),
            reader,
            kinds,
            equal: builder.programs(&range.equal)?,
            any: range.any,
            before: Vec::new(),
            after: Vec::new(),
            alternatives: Vec::new(),
            lower: bound(&range.lower)?,
            upper: bound(&range.upper)?,
            direction: if backward { Direction::Backward } else { Direction::Forward },
            filter: builder.optional(filter)?,
            cursor: None,
            empty: false,
            ended: true,
            lower_key: Vec::new(),
            upper_key: Vec::new(),
            row_key: Vec::new(),
            check: key_check(builder, &scan.table, index)?,
        })
    }

    /// Computes the keys of the equal columns; no alternative is left where one is NULL.
    fn equal_keys(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.before.clear();
        self.after.clear();
        self.alternatives.clear();
        let mut has_null = false;
        for (place, (program, column)) in self.equal.iter_mut().zip(&self.index.columns).enumerate()
        {
            let value = program.run(&[], Rows::All(1), context)?.get(0);
            has_null = has_null || value.is_null();
            match self.any {
                Some((any, element)) if any == place => {
                    if let ValueRef::Bytes(bytes) = value {
                        add_alternatives(column, element, bytes, &mut self.alternatives)?;
                    }
                }
                Some((any, _)) if any < place => push_key(column, value, &mut self.after),
                Some(_) | None => push_key(column, value, &mut self.before),
            }
        }
        if has_null {
            self.alternatives.clear();
        } else if self.any.is_none() {
            self.alternatives.push(Vec::new());
        }
        self.alternatives.sort_unstable();
        self.alternatives.dedup();
        if self.direction == Direction::Forward {
            self.alternatives.reverse();
        }
        Ok(())
    }

    /// Goes to the next alternative's range; tells whether there is one.
    fn next_range(&mut self, context: &mut Context<'_>) -> Result<bool> {
        while let Some(alternative) = self.alternatives.pop() {
            let (lower, upper) = self.bounds(context, &alternative)?;
            if self.empty {
                continue;
            }
            let heap = heap_id(context, self.table.file);
            let index = RelationId { file: self.index.file, ..heap };
            let cursor = self.cursor.get_or_insert_with(|| IndexCursor::new(index, heap));
            let lower = lower.map(|()| self.lower_key.as_slice());
            let upper = upper.map(|()| self.upper_key.as_slice());
            cursor.reset(lower, upper, self.direction);
            return Ok(true);
        }
        Ok(false)
    }

    /// Computes the range's ends; `empty` where a value is NULL.
    fn bounds(
        &mut self,
        context: &mut Context<'_>,
        alternative: &[u8],
    ) -> Result<(Bound<()>, Bound<()>)> {
        self.empty = false;
        self.lower_key.clear();
        for part in [&self.before, alternative, &self.after] {
            self.lower_key.extend_from_slice(part);
        }
        self.upper_key.clone_from(&self.lower_key);
        if self.lower.is_none() && self.upper.is_none() {
            let upper = end_of(&mut self.upper_key);
            return Ok((
                if self.equal.is_empty() { Bound::Unbounded } else { Bound::Included(()) },
                upper,
            ));
        }
        let column = &self.index.columns[self.equal.len()];
        let lower = match &mut self.lower {
            Some((program, inclusive)) => {
                let value = program.run(&[], Rows::All(1), context)?.get(0);
                self.empty = self.empty || value.is_null();
                push_key(column, value, &mut self.lower_key);
                // Keys go on after this column: those that begin with it are beyond it only as a whole.
                if !*inclusive && matches!(end_of(&mut self.lower_key), Bound::Unbounded) {
                    self.empty = true;
                }
                Bound::Included(())
            }
            None => {
                if column.nulls_first {
                    push_key(column, ValueRef::Null, &mut self.lower_key);
                    end_of(&mut self.lower_key);
                }
                Bound::Included(())
            }
        };
        let upper = match &mut self.upper {
            Some((program, inclusive)) => {
                let value = program.run(&[], Rows::All(1), context)?.get(0);
                self.empty = self.empty || value.is_null();
                push_key(column, value, &mut self.upper_key);
                if *inclusive { end_of(&mut self.upper_key) } else { Bound::Excluded(()) }
            }
            None if column.nulls_first => end_of(&mut self.upper_key),
            None => {
                push_key(column, ValueRef::Null, &mut self.upper_key);
                Bound::Excluded(())
            }
        };
        Ok((lower, upper))
    }
}

/// Adds the keys of an array's elements; those that are NULL or beyond the column's type are equal to nothing.
fn add_alternatives(
    column: &IndexColumn,
    element: Oid,
    array: &[u8],
    alternatives: &mut Vec<Vec<u8>>,
) -> Result<()> {
    for value in Array::parse(array)?.iter() {
        let value = if element == column.type_id { Some(value) } else { fitted(value, column) };
        if let Some(value) = value.filter(|value| !value.is_null()) {
            let mut key = Vec::new();
            push_key(column, value, &mut key);
            alternatives.push(key);
        }
    }
    Ok(())
}

/// A whole number as the column's type has it; other values are the same already.
fn fitted<'a>(value: ValueRef<'a>, column: &IndexColumn) -> Option<ValueRef<'a>> {
    let number = match value {
        ValueRef::I16(number) => i64::from(number),
        ValueRef::I32(number) => i64::from(number),
        ValueRef::I64(number) => number,
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::F32(_)
        | ValueRef::F64(_)
        | ValueRef::Fixed16(_)
        | ValueRef::Bytes(_) => return Some(value),
    };
    match column.type_id {
        type_oid::INT2 => i16::try_from(number).ok().map(ValueRef::I16),
        type_oid::INT4 => i32::try_from(number).ok().map(ValueRef::I32),
        _ => Some(ValueRef::I64(number)),
    }
}

/// Turns a prefix into the end of the keys that begin with it.
fn end_of(key: &mut Vec<u8>) -> Bound<()> {
    match prefix_end(key) {
        Some(end) => {
            *key = end;
            Bound::Excluded(())
        }
        None => Bound::Unbounded,
    }
}

fn key_check(builder: &Builder, table: &Arc<Table>, index: &Index) -> Result<KeyCheck> {
    let mut columns = Vec::with_capacity(index.key_count);
    for column in &index.columns[..index.key_count] {
        if let IndexTarget::Column(number) = column.target {
            columns.push(usize::try_from(number - 1).expect("numbers start at 1"));
        }
    }
    if columns.len() == index.key_count {
        return Ok(KeyCheck::Columns(columns));
    }
    let mut programs = Vec::with_capacity(index.key_count);
    for column in &index.columns[..index.key_count] {
        let expr = match &column.target {
            IndexTarget::Column(number) => {
                let slot = u32::try_from(number - 1).expect("numbers start at 1");
                Expr::new(expression::ExprKind::Slot(slot), column.type_id, column.collation)
            }
            IndexTarget::Expression(tree) => over_slots(expression::decode(tree)?)?,
        };
        programs.push(builder.program(&expr)?);
    }
    let reader = RowReader::whole(table);
    let whole = Batch::new(reader.kinds());
    Ok(KeyCheck::Programs { reader, programs, whole })
}

/// A table's stored expression over all its columns as slots. 0A000 for one that uses a system column.
pub fn over_slots(expr: Expr) -> Result<Expr> {
    if let expression::ExprKind::Column(column) = expr.kind {
        let slot = u32::try_from(column.column - 1)
            .map_err(|_| Error::unsupported("a system column here"))?;
        return Ok(Expr { kind: expression::ExprKind::Slot(slot), ..expr });
    }
    expr.map_children(&mut over_slots)
}

/// Whether the row's columns make the entry's key.
fn columns_match(
    table: &Table,
    index: &Index,
    columns: &[usize],
    reader: &RowReader,
    row: RowRef<'_>,
    key: &[u8],
    scratch: &mut Vec<u8>,
) -> bool {
    scratch.clear();
    for (column, place) in index.columns.iter().zip(columns) {
        let value = match reader.layout().column(row, *place) {
            Column::Value(bytes) => {
                ValueRef::from_disk(Kind::of(table.columns[*place].type_id), bytes)
                    .unwrap_or(ValueRef::Null)
            }
            Column::Null => ValueRef::Null,
            Column::Absent => table.columns[*place].missing.as_ref(),
        };
        push_key(column, value, scratch);
    }
    scratch.as_slice() == key
}

impl Operator for IndexScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.equal_keys(context)?;
        self.ended = !self.next_range(context)?;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        shape(out, &self.kinds);
        let storage = context.storage();
        while !self.ended {
            out.clear();
            let Some(cursor) = &mut self.cursor else { break };
            let (reader, index, table, row_key) =
                (&self.reader, &self.index, &self.table, &mut self.row_key);
            // Entries whose key an expression makes are checked after the latch is gone.
            let mut unchecked: Vec<(u16, Vec<u8>)> = Vec::new();
            let check = &mut self.check;
            if let KeyCheck::Programs { whole, .. } = check {
                whole.clear();
            }
            let snapshot = context.snapshot()?;
            let more = cursor.next(&storage, snapshot, |found| {
                let place = out.row_count;
                if found.needs_key_check {
                    match &mut *check {
                        KeyCheck::Columns(columns) => {
                            if !columns_match(
                                table, index, columns, reader, found.row, found.key, row_key,
                            ) {
                                return Ok(ControlFlow::Continue(()));
                            }
                        }
                        KeyCheck::Programs { reader, whole, .. } => {
                            reader.read(
                                found.row,
                                found.address,
                                found.version,
                                &mut whole.columns,
                                place,
                            )?;
                            let number =
                                u16::try_from(place).expect("a batch has at most 1024 rows");
                            unchecked.push((number, found.key.to_vec()));
                        }
                    }
                }
                reader.read(found.row, found.address, found.version, &mut out.columns, place)?;
                out.row_count += 1;
                Ok(if out.row_count >= rows_max {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })?;
            self.ended = !more && !self.next_range(context)?;
            if !unchecked.is_empty() {
                self.drop_mismatches(context, &unchecked, out)?;
            }
            if out.rows().count() == 0 {
                continue;
            }
            match &mut self.filter {
                None => return Ok(()),
                Some(filter) => {
                    if select(filter, context, out)? {
                        return Ok(());
                    }
                }
            }
            context.host.check_cancel()?;
        }
        shape(out, &self.kinds);
        Ok(())
    }
}

impl IndexScan {
    /// Leaves out the rows whose visible version does not make the entry's key.
    fn drop_mismatches(
        &mut self,
        context: &mut Context<'_>,
        unchecked: &[(u16, Vec<u8>)],
        out: &mut Batch,
    ) -> Result<()> {
        let KeyCheck::Programs { programs, whole, .. } = &mut self.check else { return Ok(()) };
        let rows: Vec<u16> = unchecked.iter().map(|(row, _)| *row).collect();
        let mut keys: Vec<Vec<u8>> = vec![Vec::new(); rows.len()];
        for (program, column) in programs.iter_mut().zip(&self.index.columns) {
            let values = program.run(&whole.columns, Rows::Some(&rows), context)?;
            for (row, key) in rows.iter().zip(&mut keys) {
                push_key(column, values.get(usize::from(*row)), key);
            }
        }
        let wrong: Vec<u16> = unchecked
            .iter()
            .zip(&keys)
            .filter(|((_, entry), key)| entry != *key)
            .map(|((row, _), _)| *row)
            .collect();
        if !wrong.is_empty() {
            let kept = out
                .rows()
                .iter()
                .filter_map(|row| u16::try_from(row).ok())
                .filter(|row| !wrong.contains(row));
            out.selection = Some(kept.collect());
        }
        Ok(())
    }
}
