//! The rows of a table that an index range holds.

use crate::context::{Context, IndexCounts};
use crate::filter::{select_stored, slots_of};
use crate::key::{push_column, push_key, take_included};
use crate::operator::{Builder, Operator};
use crate::row::{Externals, RowReader};
use crate::seq_scan::heap_id;
use crate::store::shape;
use batch::{Batch, Rows};
use catalog::object::{Index, IndexColumn, IndexTarget, Table};
use error::{Error, Result};
use expression::{Expr, Program};
use plan::{IndexRange, TableScan};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use storage::{Column, Direction, Found, IndexCursor, RelationId, RowRef, Storage, prefix_end};
use types::array::Array;
use types::{KeyOrder, Kind, Oid, ValueRef, type_oid};

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
    /// The slots that the filter uses.
    filter_uses: Vec<usize>,
    cursor: Option<IndexCursor>,
    /// The range holds nothing: a value to search for is NULL.
    empty: bool,
    ended: bool,
    /// Reused for the bounds and for the key of a row.
    lower_key: Vec<u8>,
    upper_key: Vec<u8>,
    row_key: Vec<u8>,
    check: KeyCheck,
    /// Where the index's keys hold all columns of the scan: for each the key column.
    covered: Option<Vec<usize>>,
    search_count: u64,
    /// Its node's, for [`crate::IndexWork`].
    pub(crate) place: usize,
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
            filter_uses: filter.map(slots_of).unwrap_or_default(),
            cursor: None,
            empty: false,
            ended: true,
            lower_key: Vec::new(),
            upper_key: Vec::new(),
            row_key: Vec::new(),
            check: key_check(builder, &scan.table, index)?,
            covered: plan::covered(scan, index),
            search_count: 0,
            place: 0,
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
            self.search_count += 1;
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
    let mut columns = Vec::with_capacity(index.columns.len());
    for column in &index.columns {
        if let IndexTarget::Column(number) = column.target {
            columns.push(usize::try_from(number - 1).expect("numbers start at 1"));
        }
    }
    if columns.len() == index.columns.len() {
        return Ok(KeyCheck::Columns(columns));
    }
    let mut programs = Vec::with_capacity(index.columns.len());
    for column in &index.columns {
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

/// Whether the row's columns make the entry's key; `None` where one of them is out of line.
fn columns_match(
    table: &Table,
    index: &Index,
    columns: &[usize],
    reader: &RowReader,
    row: RowRef<'_>,
    key: &[u8],
    scratch: &mut Vec<u8>,
) -> Option<bool> {
    scratch.clear();
    for (number, place) in columns.iter().enumerate() {
        let value = match reader.layout().column(row, *place) {
            Column::Value(bytes) => {
                ValueRef::from_disk(Kind::of(table.columns[*place].type_id), bytes)
                    .unwrap_or(ValueRef::Null)
            }
            Column::External(_) => return None,
            Column::Null => ValueRef::Null,
            Column::Absent => table.columns[*place].missing.as_ref(),
        };
        push_column(index, number, value, scratch);
    }
    Some(scratch.as_slice() == key)
}

/// The same of a row some of whose key columns are out of line; under no latch.
fn stored_columns_match(
    storage: &Storage,
    heap: RelationId,
    (table, index, columns): (&Table, &Index, &[usize]),
    reader: &RowReader,
    row: &[u8],
    key: &[u8],
) -> Result<bool> {
    let mut found = Vec::new();
    for (number, place) in columns.iter().enumerate() {
        let stored = reader.layout().column(RowRef { bytes: row }, *place);
        let absent = stored == Column::Absent;
        match storage.read_column(heap, stored)? {
            Some(bytes) => {
                let kind = Kind::of(table.columns[*place].type_id);
                let value = ValueRef::from_disk(kind, &bytes).unwrap_or(ValueRef::Null);
                push_column(index, number, value, &mut found);
            }
            None if absent => {
                push_column(index, number, table.columns[*place].missing.as_ref(), &mut found);
            }
            None => push_column(index, number, ValueRef::Null, &mut found),
        }
    }
    Ok(found == key)
}

/// Whether a batch takes more rows.
fn flow(out: &Batch, rows_max: usize) -> ControlFlow<()> {
    if out.row_count >= rows_max { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Puts a key's columns into the next row of a batch.
fn read_key(index: &Index, columns: &[usize], key: &[u8], out: &mut Batch) -> Result<()> {
    let damaged = || Error::corrupted(format!("index \"{}\" has an unreadable key", index.name));
    let place = out.row_count;
    let mut rest = key;
    let last = columns.iter().copied().max().map_or(0, |last| last + 1);
    for (number, column) in index.columns[..last].iter().enumerate() {
        if number >= index.key_count {
            let (value, after) = take_included(rest).ok_or_else(damaged)?;
            let kind = Kind::of(column.type_id);
            let value = match value {
                None => ValueRef::Null,
                Some(bytes) => ValueRef::from_disk(kind, bytes).ok_or_else(damaged)?,
            };
            for (vector, _) in
                out.columns.iter_mut().zip(columns).filter(|(_, wanted)| **wanted == number)
            {
                vector.set(place, value);
            }
            rest = after;
            continue;
        }
        let order = KeyOrder { descending: column.descending, nulls_first: column.nulls_first };
        if columns.contains(&number) {
            let (value, after) =
                types::decode_key(column.type_id, order, rest).ok_or_else(damaged)?;
            for (vector, _) in
                out.columns.iter_mut().zip(columns).filter(|(_, wanted)| **wanted == number)
            {
                vector.set_datum(place, &value);
            }
            rest = after;
        } else {
            rest = types::skip_key(column.type_id, order, rest).ok_or_else(damaged)?;
        }
    }
    Ok(())
}

/// What an index scan found and has to look at again under no latch.
#[derive(Default)]
struct Unchecked {
    /// Rows whose key an expression makes, with the entry's key.
    computed: Vec<(u16, Vec<u8>)>,
    /// Rows with a key column out of line: body and entry's key.
    stored: Vec<(u16, Vec<u8>, Vec<u8>)>,
    /// What the expressions' columns have out of line.
    externals: Externals,
}

impl Operator for IndexScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.equal_keys(context)?;
        self.ended = !self.next_range(context)?;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        shape(out, &self.kinds);
        while !self.ended {
            out.clear();
            let (mut externals, mut unchecked) = (Externals::default(), Unchecked::default());
            if !self.find(context, rows_max, out, &mut externals, &mut unchecked)? {
                break;
            }
            self.drop_mismatches(context, unchecked, out)?;
            if out.rows().count() == 0 {
                context.host.check_cancel()?;
                continue;
            }
            let heap = heap_id(context, self.table.file);
            let filter = self.filter.as_mut().map(|filter| (filter, self.filter_uses.as_slice()));
            if select_stored(filter, context, heap, &mut externals, out)? {
                return Ok(());
            }
            context.host.check_cancel()?;
        }
        shape(out, &self.kinds);
        Ok(())
    }
}

impl IndexScan {
    /// Reads the next rows of the current range; `false` where there is no range.
    fn find(
        &mut self,
        context: &mut Context<'_>,
        rows_max: usize,
        out: &mut Batch,
        externals: &mut Externals,
        unchecked: &mut Unchecked,
    ) -> Result<bool> {
        let storage = context.storage();
        let Some(cursor) = &mut self.cursor else { return Ok(false) };
        let (reader, index, table, row_key) =
            (&self.reader, &self.index, &self.table, &mut self.row_key);
        let check = &mut self.check;
        if let KeyCheck::Programs { whole, .. } = check {
            whole.clear();
        }
        let snapshot = context.snapshot()?;
        let out_cell = std::cell::RefCell::new(out);
        let visit = |found: Found<'_>| {
            let out = &mut *out_cell.borrow_mut();
            let place = out.row_count;
            let number = u16::try_from(place).expect("a batch has at most 1024 rows");
            let (row, address, version) = (found.row, found.address, found.version);
            if found.needs_key_check {
                match &mut *check {
                    KeyCheck::Columns(columns) => {
                        match columns_match(table, index, columns, reader, row, found.key, row_key)
                        {
                            Some(true) => {}
                            Some(false) => return Ok(ControlFlow::Continue(())),
                            None => {
                                let key = found.key.to_vec();
                                unchecked.stored.push((number, row.bytes.to_vec(), key));
                            }
                        }
                    }
                    KeyCheck::Programs { reader, whole, .. } => {
                        let (vectors, late) = (&mut whole.columns, &mut unchecked.externals);
                        reader.read(row, address, version, vectors, place, late)?;
                        unchecked.computed.push((number, found.key.to_vec()));
                    }
                }
            }
            reader.read(row, address, version, &mut out.columns, place, externals)?;
            out.row_count += 1;
            Ok(flow(out, rows_max))
        };
        let more = match &self.covered {
            None => cursor.next(&storage, snapshot, visit)?,
            Some(columns) => {
                let mut visit_key = |key: &[u8], _| {
                    let out = &mut *out_cell.borrow_mut();
                    read_key(index, columns, key, out)?;
                    out.row_count += 1;
                    Ok(flow(out, rows_max))
                };
                cursor.next_covered(&storage, snapshot, &mut visit_key, visit)?
            }
        };
        if let Some(work) = &mut context.run.index_work {
            let counts =
                IndexCounts { searches: self.search_count, heap_fetches: cursor.fetch_count() };
            work.set(self.place, counts);
        }
        self.ended = !more && !self.next_range(context)?;
        Ok(true)
    }

    /// Leaves out the rows whose visible version does not make the entry's key.
    fn drop_mismatches(
        &mut self,
        context: &mut Context<'_>,
        mut unchecked: Unchecked,
        out: &mut Batch,
    ) -> Result<()> {
        let heap = heap_id(context, self.table.file);
        let storage = context.storage();
        let mut wrong: Vec<u16> = Vec::new();
        if let KeyCheck::Columns(columns) = &self.check {
            for (number, row, key) in &unchecked.stored {
                let what = (&*self.table, &*self.index, columns.as_slice());
                if !stored_columns_match(&storage, heap, what, &self.reader, row, key)? {
                    wrong.push(*number);
                }
            }
        }
        if let KeyCheck::Programs { whole, .. } = &mut self.check
            && !unchecked.computed.is_empty()
        {
            unchecked.externals.read(&storage, heap, &mut whole.columns, |_, _| true)?;
            self.compare_computed(context, &unchecked.computed, &mut wrong)?;
        }
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

    /// Adds the rows whose computed key is not the entry's.
    fn compare_computed(
        &mut self,
        context: &mut Context<'_>,
        unchecked: &[(u16, Vec<u8>)],
        wrong: &mut Vec<u16>,
    ) -> Result<()> {
        let KeyCheck::Programs { programs, whole, .. } = &mut self.check else { return Ok(()) };
        let rows: Vec<u16> = unchecked.iter().map(|(row, _)| *row).collect();
        let mut keys: Vec<Vec<u8>> = vec![Vec::new(); rows.len()];
        for (place, program) in programs.iter_mut().enumerate() {
            let values = program.run(&whole.columns, Rows::Some(&rows), context)?;
            for (row, key) in rows.iter().zip(&mut keys) {
                push_column(&self.index, place, values.get(usize::from(*row)), key);
            }
        }
        let differ = unchecked.iter().zip(&keys).filter(|((_, entry), key)| entry != *key);
        wrong.extend(differ.map(|((row, _), _)| *row));
        Ok(())
    }
}
