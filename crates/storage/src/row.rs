//! The layout of a row's body: any column is reached in O(1).
//!
//! ```text
//! 0..2      column count n, little-endian
//! then      null bitmap, (n + 7) / 8 bytes; a set bit is a NULL
//! then      the fixed-width columns among the first n, in column order, NULLs taking their room too
//! then      per variable column among the first n: u16, where its bytes end, from the first byte of all
//! then      the bytes of the variable columns
//! then      only where values are out of line: per such a value u16, where its pointer is, then how many u16
//! ```
//!
//! A set top bit of the column count tells that values are out of line, one of a column's end that this one is.
//!
//! Every place is a function of the column's index and of n, so a column added later is absent from older
//! rows and nothing else moves.

use crate::large::EXTERNAL_SIZE;
use error::{Error, Result, SqlState};

/// In the column count: there are values out of line. In a column's end: this one is.
const EXTERNAL: u16 = 1 << 15;
const _: () = assert!(ROW_SIZE_MAX < EXTERNAL as usize);

/// How a column's values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// So many bytes, always: 1, 2, 4, 8 or 16.
    Fixed(u8),
    /// Any number of bytes.
    Variable,
}

/// The largest body that fits a page, in bytes.
pub const ROW_SIZE_MAX: usize = crate::heap::page::BODY_MAX;

/// A column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column<'a> {
    /// Its bytes.
    Value(&'a [u8]),
    /// Its bytes are out of line: what `Storage::read_external` takes.
    External(&'a [u8]),
    /// NULL.
    Null,
    /// The row is older than the column: it reads as the column's stored default.
    Absent,
}

/// A row's body, borrowed from a page or from a version rebuilt from the log.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    /// The bytes of the body.
    pub bytes: &'a [u8],
}

impl RowRef<'_> {
    /// How many columns the row has.
    #[inline]
    pub fn column_count(self) -> usize {
        usize::from(u16::from_le_bytes([self.bytes[0], self.bytes[1]]) & !EXTERNAL)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The pointers to values out of line that a body has.
pub(crate) fn external_pointers(body: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let has_any = u16_at(body, 0).is_some_and(|count| count & EXTERNAL != 0);
    let end = body.len().saturating_sub(2);
    let count = if has_any { u16_at(body, end).unwrap_or(0) } else { 0 };
    (1..=usize::from(count)).filter_map(move |index| {
        let at = usize::from(u16_at(body, end.checked_sub(2 * index)?)?);
        body.get(at..at + EXTERNAL_SIZE)
    })
}

/// Where the columns of a relation's rows are; made once per relation.
#[derive(Debug, Clone)]
pub struct RowLayout {
    places: Vec<Place>,
    /// For each column count n: the width of all fixed columns among the first n.
    fixed_sizes: Vec<u32>,
    /// For each column count n: how many of the first n are variable.
    variable_counts: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Fixed { offset: u32, width: u8 },
    Variable { index: u32 },
}

impl RowLayout {
    /// The layout of rows with these columns.
    pub fn new(columns: &[ColumnKind]) -> Self {
        let (mut fixed, mut variable) = (0, 0);
        let mut layout = Self {
            places: Vec::with_capacity(columns.len()),
            fixed_sizes: vec![0],
            variable_counts: vec![0],
        };
        for kind in columns {
            match *kind {
                ColumnKind::Fixed(width) => {
                    layout.places.push(Place::Fixed { offset: fixed, width });
                    fixed += u32::from(width);
                }
                ColumnKind::Variable => {
                    layout.places.push(Place::Variable { index: variable });
                    variable += 1;
                }
            }
            layout.fixed_sizes.push(fixed);
            layout.variable_counts.push(variable);
        }
        layout
    }

    /// How many columns the layout has.
    pub fn column_count(&self) -> usize {
        self.places.len()
    }

    /// Where a column is in the rows that have all columns.
    pub fn usual_place(&self, index: usize) -> UsualPlace {
        let count = self.column_count();
        let fixed = 2 + count.div_ceil(8);
        let start = match self.places[index] {
            Place::Fixed { offset, .. } => fixed + offset as usize,
            Place::Variable { index } => {
                fixed + self.fixed_sizes[count] as usize + 2 * index as usize
            }
        };
        UsualPlace {
            count: u16::try_from(count).unwrap_or(u16::MAX),
            null_byte: 2 + index / 8,
            null_bit: 1 << (index % 8),
            start,
            is_first: matches!(self.places[index], Place::Variable { index: 0 }),
            data: fixed
                + self.fixed_sizes[count] as usize
                + 2 * self.variable_counts[count] as usize,
        }
    }

    /// A column of a row, whose count may be smaller than the layout's but not greater.
    #[inline]
    pub fn column<'a>(&self, row: RowRef<'a>, index: usize) -> Column<'a> {
        let count = row.column_count();
        if index >= count {
            return Column::Absent;
        }
        let bytes = row.bytes;
        if bytes[2 + index / 8] & 1 << (index % 8) != 0 {
            return Column::Null;
        }
        let fixed = 2 + count.div_ceil(8);
        match self.places[index] {
            Place::Fixed { offset, width } => {
                let start = fixed + offset as usize;
                Column::Value(&bytes[start..start + usize::from(width)])
            }
            Place::Variable { index } => {
                let table = fixed + self.fixed_sizes[count] as usize;
                let data = table + 2 * self.variable_counts[count] as usize;
                let end_at = |index: usize| {
                    u16::from_le_bytes([bytes[table + 2 * index], bytes[table + 2 * index + 1]])
                };
                let index = index as usize;
                let start = if index == 0 { 0 } else { usize::from(end_at(index - 1) & !EXTERNAL) };
                let end = end_at(index);
                if end & EXTERNAL == 0 {
                    Column::Value(&bytes[data + start..data + usize::from(end)])
                } else {
                    Column::External(&bytes[data + start..data + usize::from(end & !EXTERNAL)])
                }
            }
        }
    }
}

/// Where a column is in the rows of the usual form: with all columns, nothing out of line, the column not NULL.
#[derive(Debug, Clone, Copy)]
pub struct UsualPlace {
    count: u16,
    null_byte: usize,
    null_bit: u8,
    /// Of a fixed column, its bytes; of a variable one, its end.
    start: usize,
    /// It is the first variable column.
    is_first: bool,
    data: usize,
}

impl UsualPlace {
    #[inline]
    fn is_usual(&self, row: RowRef<'_>) -> bool {
        u16_at(row.bytes, 0) == Some(self.count)
            && row.bytes.get(self.null_byte).is_some_and(|byte| byte & self.null_bit == 0)
    }

    /// The bytes of a fixed column; `None` where the row is of another form, which [`RowLayout::column`] knows.
    #[inline]
    pub fn fixed<'a, const WIDTH: usize>(&self, row: RowRef<'a>) -> Option<&'a [u8; WIDTH]> {
        if !self.is_usual(row) {
            return None;
        }
        row.bytes.get(self.start..self.start + WIDTH)?.try_into().ok()
    }

    /// The same of a variable column.
    #[inline]
    pub fn variable<'a>(&self, row: RowRef<'a>) -> Option<&'a [u8]> {
        if !self.is_usual(row) {
            return None;
        }
        let start = if self.is_first { 0 } else { usize::from(u16_at(row.bytes, self.start - 2)?) };
        let end = usize::from(u16_at(row.bytes, self.start)?);
        row.bytes.get(self.data + start..self.data + end)
    }
}

/// Makes row bodies, one after the other, reusing its memory.
#[derive(Debug, Default)]
pub struct RowBuilder {
    nulls: Vec<u8>,
    fixed: Vec<u8>,
    variable: Vec<Piece>,
    data: Vec<u8>,
    body: Vec<u8>,
    count: usize,
}

/// A variable column: where its bytes end, and whether they are a pointer.
#[derive(Debug, Clone, Copy)]
struct Piece {
    end: usize,
    is_external: bool,
}

/// More memory than this is not kept from row to row.
const KEPT_BYTES: usize = 1 << 20;

impl RowBuilder {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a row.
    pub fn clear(&mut self) {
        self.nulls.clear();
        self.fixed.clear();
        self.variable.clear();
        self.data.clear();
        self.data.shrink_to(KEPT_BYTES);
        self.count = 0;
    }

    /// Adds the next column's value; a fixed one must have its kind's width.
    #[inline]
    pub fn push(&mut self, kind: ColumnKind, value: &[u8]) {
        self.next(false);
        match kind {
            ColumnKind::Fixed(width) => {
                assert_eq!(usize::from(width), value.len(), "width of a fixed column");
                self.fixed.extend_from_slice(value);
            }
            ColumnKind::Variable => self.push_piece(value, false),
        }
    }

    /// Adds a value that the row had out of line already: what [`Column::External`] holds, of the same row and column.
    pub fn push_external(&mut self, pointer: &[u8]) {
        self.next(false);
        self.push_piece(pointer, true);
    }

    /// Adds a NULL as the next column.
    #[inline]
    pub fn push_null(&mut self, kind: ColumnKind) {
        self.next(true);
        match kind {
            ColumnKind::Fixed(width) => self.fixed.resize(self.fixed.len() + usize::from(width), 0),
            ColumnKind::Variable => self.push_piece(&[], false),
        }
    }

    /// The body made of the columns pushed. 54000 if it does not fit a page (`Transaction::move_out` comes before), 54011
    /// beyond 32767 columns.
    pub fn finish(&mut self) -> Result<&[u8]> {
        let size = self.size();
        if size > ROW_SIZE_MAX {
            return Err(row_too_big(size));
        }
        let Some(count) = u16::try_from(self.count).ok().filter(|count| count & EXTERNAL == 0)
        else {
            return Err(Error::new(
                SqlState::TOO_MANY_COLUMNS,
                "tables can have at most 1600 columns",
            ));
        };
        let has_external = self.external_count() > 0;
        let short = |at: usize| u16::try_from(at).unwrap_or(0);
        let flag = |is_external: bool| if is_external { EXTERNAL } else { 0 };
        let body = &mut self.body;
        body.clear();
        body.extend_from_slice(&(count | flag(has_external)).to_le_bytes());
        body.extend_from_slice(&self.nulls);
        body.extend_from_slice(&self.fixed);
        for piece in &self.variable {
            let end = short(piece.end) | flag(piece.is_external);
            body.extend_from_slice(&end.to_le_bytes());
        }
        let data = body.len();
        body.extend_from_slice(&self.data);
        if has_external {
            let pieces = self.variable.iter().filter(|piece| piece.is_external);
            let mut number = 0;
            for piece in pieces {
                let at = data + piece.end - EXTERNAL_SIZE;
                body.extend_from_slice(&short(at).to_le_bytes());
                number += 1;
            }
            body.extend_from_slice(&short(number).to_le_bytes());
        }
        Ok(&self.body)
    }

    /// The length of the body.
    pub(crate) fn size(&self) -> usize {
        let externals = match self.external_count() {
            0 => 0,
            count => 2 * (count + 1),
        };
        let table = 2 * self.variable.len();
        2 + self.nulls.len() + self.fixed.len() + table + self.data.len() + externals
    }

    fn external_count(&self) -> usize {
        self.variable.iter().filter(|piece| piece.is_external).count()
    }

    /// The variable column with most bytes in the row, if it has so many.
    pub(crate) fn largest(&self, size_min: usize) -> Option<usize> {
        let lengths = (0..self.variable.len())
            .filter(|index| !self.variable[*index].is_external)
            .map(|index| (self.variable(index).len(), index));
        lengths.max().filter(|(length, _)| *length >= size_min).map(|(_, index)| index)
    }

    /// The bytes of a variable column.
    pub(crate) fn variable(&self, index: usize) -> &[u8] {
        &self.data[self.start(index)..self.variable[index].end]
    }

    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.variable[before].end)
    }

    /// Puts a pointer in the place of a variable column's bytes.
    pub(crate) fn replace(&mut self, index: usize, pointer: &[u8; EXTERNAL_SIZE]) {
        let (start, end) = (self.start(index), self.variable[index].end);
        self.data.splice(start..end, pointer.iter().copied());
        self.variable[index].is_external = true;
        for piece in &mut self.variable[index..] {
            piece.end = piece.end + EXTERNAL_SIZE - (end - start);
        }
    }

    fn next(&mut self, null: bool) {
        if self.count.is_multiple_of(8) {
            self.nulls.push(0);
        }
        if null {
            self.nulls[self.count / 8] |= 1 << (self.count % 8);
        }
        self.count += 1;
    }

    fn push_piece(&mut self, bytes: &[u8], is_external: bool) {
        self.data.extend_from_slice(bytes);
        self.variable.push(Piece { end: self.data.len(), is_external });
    }
}

/// 54000, as PostgreSQL words it.
pub(crate) fn row_too_big(size: usize) -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("row is too big: size {size}, maximum size {ROW_SIZE_MAX}"),
    )
}
