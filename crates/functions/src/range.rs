//! Ranges.

use crate::Environment;
use crate::call::text;
use crate::{Argument, Builtin, Call, Output, builtin};
use batch::{BytesColumn, Vector};
use error::{Error, Result, SqlState};

use types::range::{Bound, Range, compare_bounds, subtype_of_range};
use types::{Datum, Numeric, Oid, ValueRef};

impl<'a> Argument<'a> for Range {
    type Column = &'a BytesColumn;
    fn column(vector: &'a Vector) -> Self::Column {
        <&[u8] as Argument>::column(vector)
    }
    fn get(column: Self::Column, row: usize) -> Self {
        Self::decode(column.get(row)).unwrap_or_else(|_| Self::empty(Oid::INVALID))
    }
}

impl Output for Range {
    fn put(self, out: &mut Vector, row: usize) {
        self.encode().put(out, row);
    }
}

#[cold]
pub(crate) fn data(message: &str) -> Error {
    Error::new(SqlState::DATA_EXCEPTION, message)
}

/// The type of the bounds of a range type.
pub(crate) fn range_subtype(range: Oid, environment: &dyn Environment) -> Option<Oid> {
    subtype_of_range(range).or_else(|| environment.names().range_subtype(range))
}

/// A range of its two bounds and perhaps `[)` and the like. 22000, 42601.
fn construct(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let subtype = range_subtype(info.result_type, environment)
            .ok_or_else(|| Error::internal("the constructor of a range of an unknown type"))?;
        let flags = match arguments.get(2).map(|vector| vector.get(row)) {
            None => "[)",
            Some(ValueRef::Null) => {
                return Err(data("range constructor flags argument must not be null"));
            }
            Some(value) => text(value),
        };
        if !matches!(flags, "[]" | "[)" | "(]" | "()") {
            return Err(Error::new(SqlState::SYNTAX_ERROR, "invalid range bound flags")
                .hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\"."));
        }
        let value = |index: usize| {
            let value = arguments[index].get(row);
            (!value.is_null()).then(|| value.to_datum())
        };
        let lower = Bound { value: value(0), inclusive: flags.starts_with('['), lower: true };
        let upper = Bound { value: value(1), inclusive: flags.ends_with(']'), lower: false };
        Range::new(subtype, lower, upper)
    })
}

/// What both cover, as one range. 22000 where there is a gap.
fn union(a: Range, b: Range) -> Result<Range> {
    if !a.empty && !b.empty && !a.overlaps(&b) && !a.is_adjacent(&b) {
        return Err(data("result of range union would not be contiguous"));
    }
    Ok(a.merge(&b))
}

/// What the first covers and the second does not. 22000 where that is two ranges.
fn minus(a: Range, b: Range) -> Result<Range> {
    if a.empty || b.empty {
        return Ok(a);
    }
    let subtype = a.subtype;
    let order = |x: &Bound, y: &Bound| compare_bounds(subtype, x, y);
    if order(&a.lower, &b.lower).is_lt() && order(&a.upper, &b.upper).is_gt() {
        return Err(data("result of range difference would not be contiguous"));
    }
    if !a.overlaps(&b) {
        return Ok(a);
    }
    if order(&a.lower, &b.lower).is_ge() && order(&a.upper, &b.upper).is_le() {
        return Ok(Range::empty(subtype));
    }
    Ok(if order(&a.lower, &b.lower).is_lt() {
        Range::between(subtype, a.lower, b.lower.turned())
    } else {
        Range::between(subtype, b.upper.turned(), a.upper)
    })
}

fn both(a: &Range, b: &Range) -> bool {
    !a.empty && !b.empty
}

fn bound(range: Range, upper: bool) -> Option<Datum> {
    if range.empty {
        return None;
    }
    if upper { range.upper.value } else { range.lower.value }
}

#[expect(clippy::cast_precision_loss, reason = "a distance for estimates")]
fn time_distance(a: i64, b: i64) -> f64 {
    (a as f64 - b as f64) / 1e6
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("range_constructor2", construct),
    builtin("range_constructor3", construct),
    builtin("range_lower", |call| call.map1(|r: Range| Ok(bound(r, false)))),
    builtin("range_upper", |call| call.map1(|r: Range| Ok(bound(r, true)))),
    builtin("range_empty", |call| call.map1(|r: Range| Ok(r.empty))),
    builtin("range_lower_inc", |call| call.map1(|r: Range| Ok(!r.empty && r.lower.inclusive))),
    builtin("range_upper_inc", |call| call.map1(|r: Range| Ok(!r.empty && r.upper.inclusive))),
    builtin("range_lower_inf", |call| {
        call.map1(|r: Range| Ok(!r.empty && r.lower.value.is_none()))
    }),
    builtin("range_upper_inf", |call| {
        call.map1(|r: Range| Ok(!r.empty && r.upper.value.is_none()))
    }),
    builtin("range_eq", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_eq()))),
    builtin("range_ne", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_ne()))),
    builtin("range_lt", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_lt()))),
    builtin("range_le", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_le()))),
    builtin("range_gt", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_gt()))),
    builtin("range_ge", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b).is_ge()))),
    builtin("range_cmp", |call| call.map2(|a: Range, b: Range| Ok(a.order(&b) as i32))),
    builtin("range_contains_elem", |call| {
        call.map2(|r: Range, v: Option<ValueRef<'_>>| Ok(v.map(|v| r.contains_value(v))))
    }),
    builtin("elem_contained_by_range", |call| {
        call.map2(|v: Option<ValueRef<'_>>, r: Range| Ok(v.map(|v| r.contains_value(v))))
    }),
    builtin("range_contains", |call| call.map2(|a: Range, b: Range| Ok(a.contains(&b)))),
    builtin("range_contained_by", |call| call.map2(|a: Range, b: Range| Ok(b.contains(&a)))),
    builtin("range_overlaps", |call| call.map2(|a: Range, b: Range| Ok(a.overlaps(&b)))),
    builtin("range_adjacent", |call| call.map2(|a: Range, b: Range| Ok(a.is_adjacent(&b)))),
    builtin("range_before", |call| {
        call.map2(|a: Range, b: Range| {
            Ok(both(&a, &b) && compare_bounds(a.subtype, &a.upper, &b.lower).is_lt())
        })
    }),
    builtin("range_after", |call| {
        call.map2(|a: Range, b: Range| {
            Ok(both(&a, &b) && compare_bounds(a.subtype, &b.upper, &a.lower).is_lt())
        })
    }),
    builtin("range_overleft", |call| {
        call.map2(|a: Range, b: Range| {
            Ok(both(&a, &b) && compare_bounds(a.subtype, &a.upper, &b.upper).is_le())
        })
    }),
    builtin("range_overright", |call| {
        call.map2(|a: Range, b: Range| {
            Ok(both(&a, &b) && compare_bounds(a.subtype, &a.lower, &b.lower).is_ge())
        })
    }),
    builtin("range_union", |call| call.map2(union)),
    builtin("range_merge", |call| call.map2(|a: Range, b: Range| Ok(a.merge(&b)))),
    builtin("range_minus", |call| call.map2(minus)),
    builtin("range_intersect", |call| call.map2(|a: Range, b: Range| Ok(a.intersect(&b)))),
    builtin("int4range_canonical", |call| call.map1(|a: Range| Ok(a))),
    builtin("int8range_canonical", |call| call.map1(|a: Range| Ok(a))),
    builtin("daterange_canonical", |call| call.map1(|a: Range| Ok(a))),
    builtin("int4range_subdiff", |call| {
        call.map2(|a: i32, b: i32| Ok(f64::from(a) - f64::from(b)))
    }),
    #[expect(clippy::cast_precision_loss, reason = "a distance for estimates")]
    builtin("int8range_subdiff", |call| call.map2(|a: i64, b: i64| Ok(a as f64 - b as f64))),
    builtin("numrange_subdiff", |call| call.map2(|a: Numeric, b: Numeric| a.sub(&b)?.to_f64())),
    builtin("daterange_subdiff", |call| {
        call.map2(|a: i32, b: i32| Ok(f64::from(a) - f64::from(b)))
    }),
    builtin("tsrange_subdiff", |call| call.map2(|a, b| Ok(time_distance(a, b)))),
    builtin("tstzrange_subdiff", |call| call.map2(|a, b| Ok(time_distance(a, b)))),
];
