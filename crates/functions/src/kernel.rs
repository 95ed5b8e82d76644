//! Calls over fixed-width columns without a branch per row: arithmetic and comparison of numbers and times.
//!
//! NULLs are marked first, for all rows at once; then the function runs over the values of every row, those of NULLs
//! included, whatever stands there. So it must be total: a failure counts only where the row is not NULL.

use crate::{Argument, Call};
use batch::{Rows, Values, Vector};
use error::{Error, Result};

/// A value that lies in a slice by row.
pub(crate) trait Fixed: Copy + for<'a> Argument<'a, Column = &'a [Self]> {
    /// The slice that results go to; panics where the vector is of another kind: the binding is wrong.
    fn slice(out: &mut Values) -> &mut [Self];
}

macro_rules! fixed {
    ($type:ty, $kind:ident) => {
        impl Fixed for $type {
            #[inline]
            fn slice(out: &mut Values) -> &mut [Self] {
                if let Values::$kind(values) = out {
                    values
                } else {
                    panic!("the result is not {}", stringify!($kind))
                }
            }
        }
    };
}
fixed!(bool, Bool);
fixed!(i16, I16);
fixed!(i32, I32);
fixed!(i64, I64);
fixed!(f32, F32);
fixed!(f64, F64);
fixed!([u8; 16], Fixed16);

impl<'a> Call<'a> {
    /// Marks the rows where a strict function is NULL; false where all are.
    #[inline]
    fn mark_nulls(&mut self) -> bool {
        for argument in self.arguments {
            if !argument.nulls.any() {
                continue;
            }
            if !argument.is_constant() {
                self.out.nulls.union(&argument.nulls);
            } else if argument.nulls.get(0) {
                self.out.nulls.set_all(self.rows.end());
                return false;
            }
        }
        true
    }

    /// A function of one value that cannot fail.
    #[inline]
    pub(crate) fn fixed1<A: Fixed, R: Fixed>(&mut self, f: impl Fn(A) -> R) {
        if !self.mark_nulls() {
            return;
        }
        let vector = self.arguments[0];
        let (a, mask) = (A::column(vector), vector.mask());
        let out = R::slice(&mut self.out.values);
        match self.rows {
            Rows::All(count) if !vector.is_constant() => {
                for (out, a) in out[..count].iter_mut().zip(&a[..count]) {
                    *out = f(*a);
                }
            }
            rows @ (Rows::All(_) | Rows::Some(_)) => {
                rows.iter().for_each(|row| out[row] = f(a[row & mask]));
            }
        }
    }

    /// A function of two values that cannot fail.
    #[inline]
    pub(crate) fn fixed2<A: Fixed, B: Fixed, R: Fixed>(&mut self, f: impl Fn(A, B) -> R) {
        if !self.mark_nulls() {
            return;
        }
        let (left, right) = (self.arguments[0], self.arguments[1]);
        let (a, b) = (A::column(left), B::column(right));
        let out = R::slice(&mut self.out.values);
        match (self.rows, left.is_constant(), right.is_constant()) {
            (Rows::All(count), false, false) => {
                for (out, (a, b)) in out[..count].iter_mut().zip(a[..count].iter().zip(&b[..count]))
                {
                    *out = f(*a, *b);
                }
            }
            (Rows::All(count), false, true) => {
                let b = b[0];
                for (out, a) in out[..count].iter_mut().zip(&a[..count]) {
                    *out = f(*a, b);
                }
            }
            (Rows::All(count), true, false) => {
                let a = a[0];
                for (out, b) in out[..count].iter_mut().zip(&b[..count]) {
                    *out = f(a, *b);
                }
            }
            (rows @ (Rows::All(_) | Rows::Some(_)), _, _) => {
                let (mask_a, mask_b) = (left.mask(), right.mask());
                rows.iter().for_each(|row| out[row] = f(a[row & mask_a], b[row & mask_b]));
            }
        }
    }

    /// A function of one value that is `None` where it fails, always with the same error.
    #[inline]
    pub(crate) fn checked1<A: Fixed, R: Fixed>(
        &mut self,
        error: fn() -> Error,
        f: impl Fn(A) -> Option<R>,
    ) -> Result<()> {
        if !self.mark_nulls() {
            return Ok(());
        }
        let vector = self.arguments[0];
        let (a, mask) = (A::column(vector), vector.mask());
        let Vector { values, nulls, .. } = &mut *self.out;
        let out = R::slice(values);
        for row in self.rows.iter() {
            match f(a[row & mask]) {
                Some(value) => out[row] = value,
                None if nulls.get(row) => {}
                None => return Err(error()),
            }
        }
        Ok(())
    }

    /// A function of two values that is `None` where it fails, always with the same error.
    #[inline]
    pub(crate) fn checked2<A: Fixed, B: Fixed, R: Fixed>(
        &mut self,
        error: fn() -> Error,
        f: impl Fn(A, B) -> Option<R>,
    ) -> Result<()> {
        if !self.mark_nulls() {
            return Ok(());
        }
        let (left, right) = (self.arguments[0], self.arguments[1]);
        let (a, b) = (A::column(left), B::column(right));
        let (mask_a, mask_b) = (left.mask(), right.mask());
        let Vector { values, nulls, .. } = &mut *self.out;
        let out = R::slice(values);
        for row in self.rows.iter() {
            match f(a[row & mask_a], b[row & mask_b]) {
                Some(value) => out[row] = value,
                None if nulls.get(row) => {}
                None => return Err(error()),
            }
        }
        Ok(())
    }
}

impl<'a> Call<'a> {
    /// Compares two values by a rule over their order.
    #[inline]
    pub(crate) fn compare2<A: Argument<'a>, B: Argument<'a>>(
        &mut self,
        order: impl Fn(A, B) -> std::cmp::Ordering,
        holds: impl Fn(std::cmp::Ordering) -> bool,
    ) -> Result<()> {
        self.map2(|a: A, b: B| Ok(holds(order(a, b))))
    }
}

impl Call<'_> {
    /// Compares two values by the order of the first argument's type.
    pub(crate) fn compare_by_type(&mut self, holds: fn(std::cmp::Ordering) -> bool) -> Result<()> {
        self.map2_in(|a: Option<types::ValueRef<'_>>, b: Option<types::ValueRef<'_>>, _, info| {
            Ok(ordering(a, b, info).map(holds))
        })
    }

    /// The order of two values by the first argument's type, as -1, 0 and 1.
    pub(crate) fn order_by_type(&mut self) -> Result<()> {
        self.map2_in(|a: Option<types::ValueRef<'_>>, b: Option<types::ValueRef<'_>>, _, info| {
            Ok(ordering(a, b, info).map(|order| order as i32))
        })
    }
}

fn ordering(
    a: Option<types::ValueRef<'_>>,
    b: Option<types::ValueRef<'_>>,
    info: &crate::CallInfo,
) -> Option<std::cmp::Ordering> {
    let (a, b) = (a?, b?);
    Some(types::compare(info.argument_types[0], info.collation, a, b))
}
