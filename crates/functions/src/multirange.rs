//! Multiranges, and ranges beside them: a range is a set of one.

use crate::Environment;
use crate::{Argument, Builtin, Call, Output, RowSource, SetReturning, builtin, set_returning};
use batch::{BytesColumn, Vector};
use error::{Error, Result, SqlState};
use types::array::Array;
use types::range::{
    Bound, Range, adjacent, compare_bounds, decode_multirange, encode_multirange, intersection,
    minus, normalised,
};
use types::{Datum, Oid, ValueRef};

/// A set of points: a multirange's ranges in normal form.
struct Set {
    subtype: Oid,
    ranges: Vec<Range>,
}

/// A range as a set; of an empty range one that has no range.
struct One(Set);

impl<'a> Argument<'a> for Set {
    type Column = &'a BytesColumn;
    fn column(vector: &'a Vector) -> Self::Column {
        <&[u8] as Argument>::column(vector)
    }
    fn get(column: Self::Column, row: usize) -> Self {
        let bytes = column.get(row);
        let head = bytes.get(..4).and_then(|head| head.try_into().ok());
        let subtype = Oid(head.map_or(0, u32::from_le_bytes));
        Self { subtype, ranges: decode_multirange(bytes).unwrap_or_default() }
    }
}

impl<'a> Argument<'a> for One {
    type Column = &'a BytesColumn;
    fn column(vector: &'a Vector) -> Self::Column {
        <&[u8] as Argument>::column(vector)
    }
    fn get(column: Self::Column, row: usize) -> Self {
        let range = <Range as Argument>::get(column, row);
        let subtype = range.subtype;
        Self(Set { subtype, ranges: if range.empty { Vec::new() } else { vec![range] } })
    }
}

impl Output for Set {
    fn put(self, out: &mut Vector, row: usize) {
        encode_multirange(self.subtype, &self.ranges).put(out, row);
    }
}

impl Set {
    fn lower(&self) -> Option<&Bound> {
        self.ranges.first().map(|range| &range.lower)
    }

    fn upper(&self) -> Option<&Bound> {
        self.ranges.last().map(|range| &range.upper)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.ranges.iter().any(|a| other.ranges.iter().any(|b| a.overlaps(b)))
    }

    fn contains(&self, other: &Self) -> bool {
        other.ranges.iter().all(|b| self.ranges.iter().any(|a| a.contains(b)))
    }

    fn contains_value(&self, value: ValueRef<'_>) -> bool {
        self.ranges.iter().any(|range| range.contains_value(value))
    }

    /// Whether two ends are in an order; never where a set is empty.
    fn ends(
        &self,
        a: Option<&Bound>,
        b: Option<&Bound>,
        holds: fn(std::cmp::Ordering) -> bool,
    ) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => holds(compare_bounds(self.subtype, a, b)),
            (None, _) | (_, None) => false,
        }
    }

    fn before(&self, other: &Self) -> bool {
        self.ends(self.upper(), other.lower(), std::cmp::Ordering::is_lt)
    }

    fn overleft(&self, other: &Self) -> bool {
        self.ends(self.upper(), other.upper(), std::cmp::Ordering::is_le)
    }

    fn overright(&self, other: &Self) -> bool {
        self.ends(self.lower(), other.lower(), std::cmp::Ordering::is_ge)
    }

    fn adjacent(&self, other: &Self) -> bool {
        let touch = |a: Option<&Bound>, b: Option<&Bound>| {
            a.zip(b).is_some_and(|(a, b)| adjacent(self.subtype, a, b))
        };
        touch(self.upper(), other.lower()) || touch(other.upper(), self.lower())
    }

    fn union(mut self, other: Self) -> Self {
        self.ranges.extend(other.ranges);
        Self { subtype: self.subtype, ranges: normalised(self.ranges) }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let by_range = self.ranges.iter().zip(&other.ranges).map(|(a, b)| a.order(b));
        by_range
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.ranges.len().cmp(&other.ranges.len()))
    }

    /// The least range that holds the set.
    fn merged(&self) -> Range {
        match (self.ranges.first(), self.ranges.last()) {
            (Some(first), Some(last)) => first.merge(last),
            (None, _) | (_, None) => Range::empty(self.subtype),
        }
    }
}

/// The type of the bounds of a multirange type.
fn multirange_subtype(multirange: Oid, environment: &dyn Environment) -> Option<Oid> {
    let range = types::range::range_of_multirange(multirange)?;
    crate::range::range_subtype(range, environment)
}

/// A multirange of no, one or an array of ranges. 22004 for a NULL among them.
fn construct(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, info| {
        let subtype = multirange_subtype(info.result_type, environment)
            .ok_or_else(|| Error::internal("the constructor of a multirange of an unknown type"))?;
        let mut ranges = Vec::new();
        if let Some(argument) = arguments.first() {
            let bytes = argument.get(row).bytes().unwrap_or(&[]);
            if types::element_of(info.argument_types[0]).is_none() {
                ranges.push(Range::decode(bytes)?);
            } else {
                let array = Array::parse(bytes)?;
                if array.dimension_count() > 1 {
                    let text = "multiranges cannot be constructed from multidimensional arrays";
                    return Err(Error::new(SqlState::CARDINALITY_VIOLATION, text));
                }
                for value in array.iter() {
                    let Some(bytes) = value.bytes() else {
                        let text = "multirange values cannot contain null members";
                        return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
                    };
                    ranges.push(Range::decode(bytes)?);
                }
            }
        }
        Ok(encode_multirange(subtype, &normalised(ranges)))
    })
}

fn bound(bound: Option<&Bound>) -> Option<Datum> {
    bound.and_then(|bound| bound.value.clone())
}

fn subtract(a: Set, b: Set) -> Result<Set> {
    Ok(Set { subtype: a.subtype, ranges: minus(&a.ranges, &b.ranges) })
}

fn intersect(a: Set, b: Set) -> Result<Set> {
    Ok(Set { subtype: a.subtype, ranges: intersection(&a.ranges, &b.ranges) })
}

/// A range without another, as one range or two.
fn range_minus_multi(a: One, b: One) -> Result<Vec<Range>> {
    Ok(minus(&a.0.ranges, &b.0.ranges))
}

struct Rows {
    rows: std::vec::IntoIter<Range>,
}

impl RowSource for Rows {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        _: &mut dyn crate::Environment,
    ) -> Result<usize> {
        let mut count = 0;
        for range in self.rows.by_ref().take(rows_max) {
            columns[0].push(ValueRef::Bytes(&range.encode()));
            count += 1;
        }
        Ok(count)
    }
}

fn unnest(
    arguments: &[Datum],
    _: &crate::CallInfo,
    _: &mut dyn crate::Environment,
) -> Result<Box<dyn RowSource>> {
    let ranges = match arguments[0].as_ref().bytes() {
        Some(bytes) => decode_multirange(bytes)?,
        None => Vec::new(),
    };
    Ok(Box::new(Rows { rows: ranges.into_iter() }))
}

fn split(
    arguments: &[Datum],
    _: &crate::CallInfo,
    _: &mut dyn crate::Environment,
) -> Result<Box<dyn RowSource>> {
    let [Datum::Bytes(a), Datum::Bytes(b)] = arguments else {
        return Ok(Box::new(Rows { rows: Vec::new().into_iter() }));
    };
    let one = |bytes: &[u8]| -> Result<One> {
        let range = Range::decode(bytes)?;
        let subtype = range.subtype;
        Ok(One(Set { subtype, ranges: if range.empty { Vec::new() } else { vec![range] } }))
    };
    Ok(Box::new(Rows { rows: range_minus_multi(one(a)?, one(b)?)?.into_iter() }))
}

pub(crate) const SET_RETURNING: &[SetReturning] =
    &[set_returning("multirange_unnest", unnest), set_returning("range_minus_multi", split)];

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("multirange_constructor0", construct),
    builtin("multirange_constructor1", construct),
    builtin("multirange_constructor2", construct),
    builtin("multirange_lower", |call| call.map1(|m: Set| Ok(bound(m.lower())))),
    builtin("multirange_upper", |call| call.map1(|m: Set| Ok(bound(m.upper())))),
    builtin("multirange_empty", |call| call.map1(|m: Set| Ok(m.ranges.is_empty()))),
    builtin("multirange_lower_inc", |call| {
        call.map1(|m: Set| Ok(m.lower().is_some_and(|b| b.inclusive)))
    }),
    builtin("multirange_upper_inc", |call| {
        call.map1(|m: Set| Ok(m.upper().is_some_and(|b| b.inclusive)))
    }),
    builtin("multirange_lower_inf", |call| {
        call.map1(|m: Set| Ok(m.lower().is_some_and(|b| b.value.is_none())))
    }),
    builtin("multirange_upper_inf", |call| {
        call.map1(|m: Set| Ok(m.upper().is_some_and(|b| b.value.is_none())))
    }),
    builtin("multirange_eq", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_eq()))),
    builtin("multirange_ne", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_ne()))),
    builtin("multirange_lt", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_lt()))),
    builtin("multirange_le", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_le()))),
    builtin("multirange_gt", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_gt()))),
    builtin("multirange_ge", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b).is_ge()))),
    builtin("multirange_cmp", |call| call.map2(|a: Set, b: Set| Ok(a.order(&b) as i32))),
    builtin("multirange_contains_elem", |call| {
        call.map2(|m: Set, v: Option<ValueRef<'_>>| Ok(v.map(|v| m.contains_value(v))))
    }),
    builtin("elem_contained_by_multirange", |call| {
        call.map2(|v: Option<ValueRef<'_>>, m: Set| Ok(v.map(|v| m.contains_value(v))))
    }),
    builtin("multirange_contains_range", |call| call.map2(|a: Set, b: One| Ok(a.contains(&b.0)))),
    builtin("range_contains_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.contains(&b)))),
    builtin("multirange_contains_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(a.contains(&b)))
    }),
    builtin("multirange_contained_by_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(b.contains(&a)))
    }),
    builtin("range_contained_by_multirange", |call| {
        call.map2(|a: One, b: Set| Ok(b.contains(&a.0)))
    }),
    builtin("multirange_contained_by_range", |call| {
        call.map2(|a: Set, b: One| Ok(b.0.contains(&a)))
    }),
    builtin("range_overlaps_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.overlaps(&b)))),
    builtin("multirange_overlaps_range", |call| call.map2(|a: Set, b: One| Ok(a.overlaps(&b.0)))),
    builtin("multirange_overlaps_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(a.overlaps(&b)))
    }),
    builtin("range_adjacent_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.adjacent(&b)))),
    builtin("multirange_adjacent_range", |call| call.map2(|a: Set, b: One| Ok(a.adjacent(&b.0)))),
    builtin("multirange_adjacent_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(a.adjacent(&b)))
    }),
    builtin("range_before_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.before(&b)))),
    builtin("multirange_before_range", |call| call.map2(|a: Set, b: One| Ok(a.before(&b.0)))),
    builtin("multirange_before_multirange", |call| call.map2(|a: Set, b: Set| Ok(a.before(&b)))),
    builtin("range_after_multirange", |call| call.map2(|a: One, b: Set| Ok(b.before(&a.0)))),
    builtin("multirange_after_range", |call| call.map2(|a: Set, b: One| Ok(b.0.before(&a)))),
    builtin("multirange_after_multirange", |call| call.map2(|a: Set, b: Set| Ok(b.before(&a)))),
    builtin("range_overleft_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.overleft(&b)))),
    builtin("multirange_overleft_range", |call| call.map2(|a: Set, b: One| Ok(a.overleft(&b.0)))),
    builtin("multirange_overleft_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(a.overleft(&b)))
    }),
    builtin("range_overright_multirange", |call| call.map2(|a: One, b: Set| Ok(a.0.overright(&b)))),
    builtin("multirange_overright_range", |call| call.map2(|a: Set, b: One| Ok(a.overright(&b.0)))),
    builtin("multirange_overright_multirange", |call| {
        call.map2(|a: Set, b: Set| Ok(a.overright(&b)))
    }),
    builtin("multirange_union", |call| call.map2(|a: Set, b: Set| Ok(a.union(b)))),
    builtin("multirange_minus", |call| call.map2(subtract)),
    builtin("multirange_intersect", |call| call.map2(intersect)),
    builtin("range_merge_from_multirange", |call| call.map1(|m: Set| Ok(m.merged()))),
];
