//! Built-in functions and how they are called.

use crate::{Argument, Environment, Output};
use batch::{Rows, Vector};
use error::Result;
use types::Oid;

/// A function of pg_proc, bound by its `prosrc`.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// pg_proc's `prosrc`.
    pub prosrc: &'static str,
    /// Fills `call.out` for `call.rows`.
    pub run: fn(&mut Call<'_>) -> Result<()>,
}

/// A binding row.
pub const fn builtin(prosrc: &'static str, run: fn(&mut Call<'_>) -> Result<()>) -> Builtin {
    Builtin { prosrc, run }
}

/// What is known of a call before it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallInfo {
    /// The arguments' types after coercion.
    pub argument_types: Vec<Oid>,
    /// The result's type.
    pub result_type: Oid,
    /// The collation that comparisons use; invalid for none.
    pub collation: Oid,
    /// The names, types and typmods of the columns that FROM expects of a function that returns a record.
    pub fields: Vec<(String, Oid, i32)>,
}

/// One call over rows: `out` holds `rows.end()` rows, none of them NULL yet.
pub struct Call<'a> {
    /// The arguments; a constant vector stands for all rows.
    pub arguments: &'a [&'a Vector],
    /// The rows to compute.
    pub rows: Rows<'a>,
    /// Where results go, by row.
    pub out: &'a mut Vector,
    /// Types and collation.
    pub info: &'a CallInfo,
    /// The session.
    pub environment: &'a mut dyn Environment,
}

/// Whether the row's value of a vector makes a strict call NULL.
#[inline]
fn null<'a, A: Argument<'a>>(vector: &Vector, row: usize) -> bool {
    !A::TAKES_NULL && vector.nulls.any() && vector.nulls.get(row)
}

impl<'a> Call<'a> {
    /// Calls `f` once a row with no arguments.
    pub fn map0<R: Output>(&mut self, f: impl Fn(&mut dyn Environment) -> Result<R>) -> Result<()> {
        for row in self.rows.iter() {
            f(self.environment)?.put(self.out, row);
        }
        Ok(())
    }

    /// Calls `f` with the argument of each row.
    pub fn map1<A: Argument<'a>, R: Output>(&mut self, f: impl Fn(A) -> Result<R>) -> Result<()> {
        self.map1_in(|a, _, _| f(a))
    }

    /// Calls `f` with the arguments of each row.
    pub fn map2<A: Argument<'a>, B: Argument<'a>, R: Output>(
        &mut self,
        f: impl Fn(A, B) -> Result<R>,
    ) -> Result<()> {
        self.map2_in(|a, b, _, _| f(a, b))
    }

    /// Calls `f` with the arguments of each row.
    pub fn map3<A: Argument<'a>, B: Argument<'a>, C: Argument<'a>, R: Output>(
        &mut self,
        f: impl Fn(A, B, C) -> Result<R>,
    ) -> Result<()> {
        self.map3_in(|a, b, c, _, _| f(a, b, c))
    }

    /// As [`map1`](Self::map1), with the session and the call's types.
    pub fn map1_in<A: Argument<'a>, R: Output>(
        &mut self,
        f: impl Fn(A, &mut dyn Environment, &CallInfo) -> Result<R>,
    ) -> Result<()> {
        let a = self.arguments[0];
        let (column, mask) = (A::column(a), a.mask());
        for row in self.rows.iter() {
            if null::<A>(a, row & mask) {
                self.out.set_null(row);
            } else {
                f(A::get(column, row & mask), self.environment, self.info)?.put(self.out, row);
            }
        }
        Ok(())
    }

    /// As [`map2`](Self::map2), with the session and the call's types.
    pub fn map2_in<A: Argument<'a>, B: Argument<'a>, R: Output>(
        &mut self,
        f: impl Fn(A, B, &mut dyn Environment, &CallInfo) -> Result<R>,
    ) -> Result<()> {
        let (a, b) = (self.arguments[0], self.arguments[1]);
        let (column_a, mask_a) = (A::column(a), a.mask());
        let (column_b, mask_b) = (B::column(b), b.mask());
        for row in self.rows.iter() {
            if null::<A>(a, row & mask_a) || null::<B>(b, row & mask_b) {
                self.out.set_null(row);
                continue;
            }
            let (x, y) = (A::get(column_a, row & mask_a), B::get(column_b, row & mask_b));
            f(x, y, self.environment, self.info)?.put(self.out, row);
        }
        Ok(())
    }

    /// As [`map3`](Self::map3), with the session and the call's types.
    pub fn map3_in<A: Argument<'a>, B: Argument<'a>, C: Argument<'a>, R: Output>(
        &mut self,
        f: impl Fn(A, B, C, &mut dyn Environment, &CallInfo) -> Result<R>,
    ) -> Result<()> {
        let (a, b, c) = (self.arguments[0], self.arguments[1], self.arguments[2]);
        let (column_a, mask_a) = (A::column(a), a.mask());
        let (column_b, mask_b) = (B::column(b), b.mask());
        let (column_c, mask_c) = (C::column(c), c.mask());
        for row in self.rows.iter() {
            let (i, j, k) = (row & mask_a, row & mask_b, row & mask_c);
            if null::<A>(a, i) || null::<B>(b, j) || null::<C>(c, k) {
                self.out.set_null(row);
                continue;
            }
            let (x, y, z) = (A::get(column_a, i), B::get(column_b, j), C::get(column_c, k));
            f(x, y, z, self.environment, self.info)?.put(self.out, row);
        }
        Ok(())
    }

    /// Calls `f` once a row for functions with more or a variable number of arguments, NULLs included: it reads
    /// `arguments[i].get(row)`.
    pub fn map_rows<R: Output>(
        &mut self,
        f: impl Fn(&[&'a Vector], usize, &mut dyn Environment, &CallInfo) -> Result<R>,
    ) -> Result<()> {
        for row in self.rows.iter() {
            f(self.arguments, row, self.environment, self.info)?.put(self.out, row);
        }
        Ok(())
    }

    /// As [`map_rows`](Self::map_rows) for strict functions: a row with a NULL argument is NULL without a call.
    pub fn map_rows_strict<R: Output>(
        &mut self,
        f: impl Fn(&[&'a Vector], usize, &mut dyn Environment, &CallInfo) -> Result<R>,
    ) -> Result<()> {
        for row in self.rows.iter() {
            if self.arguments.iter().any(|argument| argument.is_null(row)) {
                self.out.set_null(row);
            } else {
                f(self.arguments, row, self.environment, self.info)?.put(self.out, row);
            }
        }
        Ok(())
    }
}

/// The int4 of a value that is one; 0 for any other.
pub(crate) fn int4(value: types::ValueRef<'_>) -> i32 {
    if let types::ValueRef::I32(value) = value { value } else { 0 }
}

/// The int8 of a value that is one; 0 for any other.
pub(crate) fn int8(value: types::ValueRef<'_>) -> i64 {
    if let types::ValueRef::I64(value) = value { value } else { 0 }
}

/// The float8 of a value that is one; 0 for any other.
pub(crate) fn float8(value: types::ValueRef<'_>) -> f64 {
    if let types::ValueRef::F64(value) = value { value } else { 0.0 }
}

/// Whether a value is true.
pub(crate) fn is_true(value: types::ValueRef<'_>) -> bool {
    value == types::ValueRef::Bool(true)
}

/// The text of a value; empty for one that is none.
pub(crate) fn text(value: types::ValueRef<'_>) -> &str {
    value.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
}
