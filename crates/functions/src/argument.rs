//! Rust types as arguments and results of built-in functions.

use batch::{BytesColumn, Values, Vector};
use types::{Datum, Interval, Numeric, Oid, ValueRef};

/// A Rust type that a vector's rows can be read as. `Option<A>` receives NULL; any other makes the function strict in
/// that argument: the row's result is NULL without a call.
pub trait Argument<'a>: Sized {
    /// The vector's values, looked up once a vector.
    type Column: Copy;
    /// Whether NULL is passed on.
    const TAKES_NULL: bool = false;
    /// The column of a vector; panics where its kind is another: the binding is wrong.
    fn column(vector: &'a Vector) -> Self::Column;
    /// The value of a row that is not NULL; the row is masked already.
    fn get(column: Self::Column, row: usize) -> Self;
}

/// A Rust type that a function may return. `Option<R>` can be NULL.
pub trait Output {
    /// Writes the row; the vector holds it already.
    fn put(self, out: &mut Vector, row: usize);
}

macro_rules! fixed {
    ($type:ty, $kind:ident) => {
        impl<'a> Argument<'a> for $type {
            type Column = &'a [$type];
            #[inline]
            fn column(vector: &'a Vector) -> Self::Column {
                match &vector.values {
                    Values::$kind(v) => v,
                    Values::Bool(_)
                    | Values::I16(_)
                    | Values::I32(_)
                    | Values::I64(_)
                    | Values::F32(_)
                    | Values::F64(_)
                    | Values::Fixed16(_)
                    | Values::Bytes(_) => {
                        panic!("argument is {:?}, not {}", vector.kind(), stringify!($kind))
                    }
                }
            }
            #[inline]
            fn get(column: Self::Column, row: usize) -> Self {
                column[row]
            }
        }
        impl Output for $type {
            #[inline]
            fn put(self, out: &mut Vector, row: usize) {
                match &mut out.values {
                    Values::$kind(v) => v[row] = self,
                    Values::Bool(_)
                    | Values::I16(_)
                    | Values::I32(_)
                    | Values::I64(_)
                    | Values::F32(_)
                    | Values::F64(_)
                    | Values::Fixed16(_)
                    | Values::Bytes(_) => {
                        panic!("result is {:?}, not {}", out.kind(), stringify!($kind))
                    }
                }
            }
        }
    };
}

// Each impl matches its own kind first, so the listing that follows names it twice.
#[expect(unreachable_patterns, reason = "the list of all kinds stands for a wildcard")]
mod fixed_kinds {
    use super::{Argument, Output, Values, Vector};
    fixed!(bool, Bool);
    fixed!(i16, I16);
    fixed!(i32, I32);
    fixed!(i64, I64);
    fixed!(f32, F32);
    fixed!(f64, F64);
    fixed!([u8; 16], Fixed16);
}

#[inline]
fn bytes_column(vector: &Vector) -> &BytesColumn {
    if let Values::Bytes(v) = &vector.values {
        v
    } else {
        panic!("argument is {:?}, not Bytes", vector.kind())
    }
}

impl<'a> Argument<'a> for &'a [u8] {
    type Column = &'a BytesColumn;
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        bytes_column(vector)
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        column.get(row)
    }
}

impl<'a> Argument<'a> for &'a str {
    type Column = &'a BytesColumn;
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        bytes_column(vector)
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        column.get_str(row)
    }
}

impl<'a> Argument<'a> for Numeric {
    type Column = &'a BytesColumn;
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        bytes_column(vector)
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        Self::decode(column.get(row))
    }
}

impl<'a> Argument<'a> for Interval {
    type Column = &'a [[u8; 16]];
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        <[u8; 16] as Argument>::column(vector)
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        Self::unpack(column[row])
    }
}

impl<'a> Argument<'a> for Oid {
    type Column = &'a [i64];
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        <i64 as Argument>::column(vector)
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        Oid(u32::try_from(column[row]).expect("an oid is 32 bits"))
    }
}

/// Any kind, NULL included.
impl<'a> Argument<'a> for ValueRef<'a> {
    type Column = &'a Vector;
    const TAKES_NULL: bool = true;
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        vector
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        column.get(row)
    }
}

impl<'a, A: Argument<'a>> Argument<'a> for Option<A> {
    type Column = (&'a Vector, A::Column);
    const TAKES_NULL: bool = true;
    #[inline]
    fn column(vector: &'a Vector) -> Self::Column {
        (vector, A::column(vector))
    }
    #[inline]
    fn get(column: Self::Column, row: usize) -> Self {
        (!column.0.nulls.get(row)).then(|| A::get(column.1, row))
    }
}

impl Output for Numeric {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        if let Values::Bytes(column) = &mut out.values {
            let written = column.set_with(row, |bytes| {
                self.encode(bytes);
                Ok::<(), std::convert::Infallible>(())
            });
            written.expect("writing cannot fail");
        } else {
            panic!("result is {:?}, not Bytes", out.kind());
        }
    }
}

impl Output for Interval {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        self.pack().put(out, row);
    }
}

impl Output for Oid {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        i64::from(self.0).put(out, row);
    }
}

impl Output for &[u8] {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        out.set(row, ValueRef::Bytes(self));
    }
}

impl Output for &str {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        self.as_bytes().put(out, row);
    }
}

impl Output for Vec<u8> {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        self.as_slice().put(out, row);
    }
}

impl Output for String {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        self.as_bytes().put(out, row);
    }
}

impl Output for ValueRef<'_> {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        out.set(row, self);
    }
}

impl Output for Datum {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        out.set(row, self.as_ref());
    }
}

/// void.
impl Output for () {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        out.set(row, ValueRef::Bytes(&[]));
    }
}

impl<R: Output> Output for Option<R> {
    #[inline]
    fn put(self, out: &mut Vector, row: usize) {
        match self {
            Some(value) => value.put(out, row),
            None => out.set_null(row),
        }
    }
}
