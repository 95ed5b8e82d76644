//! A column of values.

use crate::{BytesColumn, Nulls, Rows};
use types::{Datum, Kind, ValueRef};

/// The values of a vector, by physical kind. What stands in the row of a NULL means nothing.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the kinds are documented at Kind")]
pub enum Values {
    Bool(Vec<bool>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Fixed16(Vec<[u8; 16]>),
    Bytes(BytesColumn),
}

/// A column of values with its null mask. A *constant* vector holds one value, in row 0, that stands for every row.
#[derive(Debug, Clone)]
pub struct Vector {
    /// The values.
    pub values: Values,
    /// Which are NULL.
    pub nulls: Nulls,
    constant: bool,
}

/// Runs `$body` with `$v` bound to the values' column, whatever its kind.
macro_rules! each_kind {
    ($values:expr, $v:ident => $fixed:expr, $b:ident => $bytes:expr) => {
        match $values {
            Values::Bool($v) => $fixed,
            Values::I16($v) => $fixed,
            Values::I32($v) => $fixed,
            Values::I64($v) => $fixed,
            Values::F32($v) => $fixed,
            Values::F64($v) => $fixed,
            Values::Fixed16($v) => $fixed,
            Values::Bytes($b) => $bytes,
        }
    };
}

impl Vector {
    /// An empty vector.
    pub fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Bool => Values::Bool(Vec::new()),
            Kind::I16 => Values::I16(Vec::new()),
            Kind::I32 => Values::I32(Vec::new()),
            Kind::I64 => Values::I64(Vec::new()),
            Kind::F32 => Values::F32(Vec::new()),
            Kind::F64 => Values::F64(Vec::new()),
            Kind::Fixed16 => Values::Fixed16(Vec::new()),
            Kind::Bytes => Values::Bytes(BytesColumn::default()),
        };
        Self { values, nulls: Nulls::default(), constant: false }
    }

    /// A constant vector.
    pub fn constant(kind: Kind, value: ValueRef<'_>) -> Self {
        let mut vector = Self::new(kind);
        vector.set(0, value);
        vector.constant = true;
        vector
    }

    /// The physical kind of its values.
    pub fn kind(&self) -> Kind {
        match &self.values {
            Values::Bool(_) => Kind::Bool,
            Values::I16(_) => Kind::I16,
            Values::I32(_) => Kind::I32,
            Values::I64(_) => Kind::I64,
            Values::F32(_) => Kind::F32,
            Values::F64(_) => Kind::F64,
            Values::Fixed16(_) => Kind::Fixed16,
            Values::Bytes(_) => Kind::Bytes,
        }
    }

    /// Whether one value stands for every row.
    #[inline]
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// What a row's index is to be masked with: 0 for a constant, all ones else.
    #[inline]
    pub fn mask(&self) -> usize {
        if self.constant { 0 } else { usize::MAX }
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        each_kind!(&self.values, v => v.len(), b => b.len())
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the rows and keeps the memory; it is no constant any more.
    pub fn clear(&mut self) {
        each_kind!(&mut self.values, v => v.clear(), b => b.clear());
        self.nulls.clear();
        self.constant = false;
    }

    /// Makes it hold at least so many rows; new ones are zero, false or empty.
    #[inline]
    pub fn grow(&mut self, row_count: usize) {
        match &mut self.values {
            Values::Bool(v) if v.len() < row_count => v.resize(row_count, false),
            Values::I16(v) if v.len() < row_count => v.resize(row_count, 0),
            Values::I32(v) if v.len() < row_count => v.resize(row_count, 0),
            Values::I64(v) if v.len() < row_count => v.resize(row_count, 0),
            Values::F32(v) if v.len() < row_count => v.resize(row_count, 0.0),
            Values::F64(v) if v.len() < row_count => v.resize(row_count, 0.0),
            Values::Fixed16(v) if v.len() < row_count => v.resize(row_count, [0; 16]),
            Values::Bytes(v) => v.grow(row_count),
            Values::Bool(_)
            | Values::I16(_)
            | Values::I32(_)
            | Values::I64(_)
            | Values::F32(_)
            | Values::F64(_)
            | Values::Fixed16(_) => {}
        }
    }

    /// Clears it and makes it hold so many rows, to be written by index.
    #[inline]
    pub fn reset(&mut self, row_count: usize) {
        self.clear();
        self.grow(row_count);
    }

    /// Whether the row is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.get(row & self.mask())
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> ValueRef<'_> {
        let row = row & self.mask();
        if self.nulls.get(row) {
            return ValueRef::Null;
        }
        match &self.values {
            Values::Bool(v) => ValueRef::Bool(v[row]),
            Values::I16(v) => ValueRef::I16(v[row]),
            Values::I32(v) => ValueRef::I32(v[row]),
            Values::I64(v) => ValueRef::I64(v[row]),
            Values::F32(v) => ValueRef::F32(v[row]),
            Values::F64(v) => ValueRef::F64(v[row]),
            Values::Fixed16(v) => ValueRef::Fixed16(v[row]),
            Values::Bytes(v) => ValueRef::Bytes(v.get(row)),
        }
    }

    /// Makes the row NULL.
    #[inline]
    pub fn set_null(&mut self, row: usize) {
        self.grow(row + 1);
        self.nulls.set(row);
    }

    /// Sets the value of a row, which must be of the vector's kind or NULL.
    #[inline]
    pub fn set(&mut self, row: usize, value: ValueRef<'_>) {
        self.grow(row + 1);
        match (&mut self.values, value) {
            (_, ValueRef::Null) => return self.nulls.set(row),
            (Values::Bool(v), ValueRef::Bool(x)) => v[row] = x,
            (Values::I16(v), ValueRef::I16(x)) => v[row] = x,
            (Values::I32(v), ValueRef::I32(x)) => v[row] = x,
            (Values::I64(v), ValueRef::I64(x)) => v[row] = x,
            (Values::F32(v), ValueRef::F32(x)) => v[row] = x,
            (Values::F64(v), ValueRef::F64(x)) => v[row] = x,
            (Values::Fixed16(v), ValueRef::Fixed16(x)) => v[row] = x,
            (Values::Bytes(v), ValueRef::Bytes(x)) => v.set(row, x),
            (values, value) => panic!("a {value:?} does not go into a vector of {values:?}"),
        }
        self.nulls.unset(row);
    }

    /// Sets the value of a row to an owned value.
    pub fn set_datum(&mut self, row: usize, value: &Datum) {
        self.set(row, value.as_ref());
    }

    /// Appends a value.
    pub fn push(&mut self, value: ValueRef<'_>) {
        self.set(self.len(), value);
    }

    /// Sets the rows of `self` to those of `source`, row by row.
    pub fn copy_rows(&mut self, source: &Self, rows: Rows<'_>) {
        for row in rows.iter() {
            self.set(row, source.get(row));
        }
    }

    /// Appends the rows of `source` in their order.
    pub fn append(&mut self, source: &Self, rows: Rows<'_>) {
        for (next, row) in (self.len()..).zip(rows.iter()) {
            self.set(next, source.get(row));
        }
    }

    /// Becomes a copy of the constant or the rows of `source`.
    pub fn copy_from(&mut self, source: &Self, rows: Rows<'_>) {
        self.clear();
        if source.constant {
            self.set(0, source.get(0));
            self.constant = true;
        } else {
            self.copy_rows(source, rows);
        }
    }

    /// Lets the value of row 0 stand for every row.
    #[inline]
    pub fn make_constant(&mut self) {
        self.constant = true;
    }

    /// Becomes a constant.
    pub fn set_constant(&mut self, value: ValueRef<'_>) {
        self.clear();
        self.set(0, value);
        self.constant = true;
    }
}
