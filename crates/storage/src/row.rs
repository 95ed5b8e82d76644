//! The layout of a row's body: any column is reached in O(1).
//!
//! ```text
//! 0..2      column count n, little-endian
//! then      null bitmap, (n + 7) / 8 bytes; a set bit is a NULL
//! then      the fixed-width columns among the first n, in column order, NULLs taking their room too
//! then      per variable column among the first n: u16, where its bytes end, from the first byte of all
//! then      the bytes of the variable columns
//! ```
//!
//! Every place is a function of the column's index and of n, so a column added later is absent from older
//! rows and nothing else moves.

use error::{Error, Result, SqlState};

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
        usize::from(u16::from_le_bytes([self.bytes[0], self.bytes[1]]))
    }
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
                    usize::from(u16::from_le_bytes([
                        bytes[table + 2 * index],
                        bytes[table + 2 * index + 1],
                    ]))
                };
                let index = index as usize;
                let start = if index == 0 { 0 } else { end_at(index - 1) };
                Column::Value(&bytes[data + start..data + end_at(index)])
            }
        }
    }
}

/// Makes row bodies, one after the other, reusing its memory.
#[derive(Debug, Default)]
pub struct RowBuilder {
    nulls: Vec<u8>,
    fixed: Vec<u8>,
    ends: Vec<u8>,
    data: Vec<u8>,
    body: Vec<u8>,
    count: usize,
}

impl RowBuilder {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a row.
    pub fn clear(&mut self) {
        self.nulls.clear();
        self.fixed.clear();
        self.ends.clear();
        self.data.clear();
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
            ColumnKind::Variable => {
                self.data.extend_from_slice(value);
                self.push_end();
            }
        }
    }

    /// Adds a NULL as the next column.
    #[inline]
    pub fn push_null(&mut self, kind: ColumnKind) {
        self.next(true);
        match kind {
            ColumnKind::Fixed(width) => self.fixed.resize(self.fixed.len() + usize::from(width), 0),
            ColumnKind::Variable => self.push_end(),
        }
    }

    /// The body made of the columns pushed. 54000 if it does not fit a page, 54011 beyond 65535 columns.
    pub fn finish(&mut self) -> Result<&[u8]> {
        let size = 2 + self.nulls.len() + self.fixed.len() + self.ends.len() + self.data.len();
        if size > ROW_SIZE_MAX {
            return Err(row_too_big(size));
        }
        let Ok(count) = u16::try_from(self.count) else {
            return Err(Error::new(
                SqlState::TOO_MANY_COLUMNS,
                "tables can have at most 1600 columns",
            ));
        };
        self.body.clear();
        self.body.extend_from_slice(&count.to_le_bytes());
        for part in [&self.nulls, &self.fixed, &self.ends, &self.data] {
            self.body.extend_from_slice(part);
        }
        Ok(&self.body)
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

    fn push_end(&mut self) {
        // Too long a row is refused in `finish`, so a saturated end is never stored.
        let end = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
        self.ends.extend_from_slice(&end.to_le_bytes());
    }
}

/// 54000, as PostgreSQL words it.
pub(crate) fn row_too_big(size: usize) -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("row is too big: size {size}, maximum size {ROW_SIZE_MAX}"),
    )
}
