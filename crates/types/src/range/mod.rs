//! Ranges and multiranges.
//!
//! As bytes, little-endian. A range: the type of its bounds (4), flags (1), and for each finite bound, lower first, its
//! length (4) and its form on disk. A multirange: the type of the bounds (4), then each range's length (4) and bytes;
//! its ranges are in order, not empty, and neither overlap nor touch.

mod multirange;
mod text;

pub(crate) use multirange::{
    compare_multiranges, input_multirange, multirange_key, write_multirange,
};
pub use multirange::{decode_multirange, encode_multirange, intersection, minus, normalised};
pub(crate) use text::{input_range, receive_range, send_range, write_range};

use crate::key::{KeyOrder, encode_key};
use crate::{Datum, Kind, Oid, ValueRef, datetime, order, own, type_oid};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

const EMPTY: u8 = 1;
const LOWER_INCLUSIVE: u8 = 2;
const UPPER_INCLUSIVE: u8 = 4;
const LOWER_INFINITE: u8 = 8;
const UPPER_INFINITE: u8 = 16;

/// The built-in range types: range, multirange, the type of bounds.
const TYPES: [(Oid, Oid, Oid); 6] = [
    (type_oid::INT4RANGE, type_oid::INT4MULTIRANGE, type_oid::INT4),
    (type_oid::INT8RANGE, type_oid::INT8MULTIRANGE, type_oid::INT8),
    (type_oid::NUMRANGE, type_oid::NUMMULTIRANGE, type_oid::NUMERIC),
    (type_oid::TSRANGE, type_oid::TSMULTIRANGE, type_oid::TIMESTAMP),
    (type_oid::TSTZRANGE, type_oid::TSTZMULTIRANGE, type_oid::TIMESTAMPTZ),
    (type_oid::DATERANGE, type_oid::DATEMULTIRANGE, type_oid::DATE),
];

/// Whether a type is a range type.
pub fn is_range(type_id: Oid) -> bool {
    subtype_of_range(type_id).is_some() || own::is_own_range(type_id)
}

/// Whether a type is a multirange type.
pub fn is_multirange(type_id: Oid) -> bool {
    subtype_of_multirange(type_id).is_some() || own::is_own_multirange(type_id)
}

/// The type of a range's bounds, by the built-in range type; for those of users the catalog is asked
/// ([`Names::range_subtype`](crate::Names::range_subtype)).
pub fn subtype_of_range(range: Oid) -> Option<Oid> {
    TYPES.iter().find(|row| row.0 == range).map(|row| row.2)
}

/// The type of a multirange's bounds, by the multirange type.
pub fn subtype_of_multirange(multirange: Oid) -> Option<Oid> {
    TYPES.iter().find(|row| row.1 == multirange).map(|row| row.2)
}

/// The range type of a multirange type.
pub fn range_of_multirange(multirange: Oid) -> Option<Oid> {
    let built_in = TYPES.iter().find(|row| row.1 == multirange).map(|row| row.0);
    built_in.or_else(|| own::range_of_own(multirange))
}

/// The multirange type of a range type.
pub fn multirange_of_range(range: Oid) -> Option<Oid> {
    let built_in = TYPES.iter().find(|row| row.0 == range).map(|row| row.1);
    built_in.or_else(|| own::multirange_of_own(range))
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The value; `None` for no end.
    pub value: Option<Datum>,
    /// Whether the value belongs to the range.
    pub inclusive: bool,
    /// Whether it is the lower end.
    pub lower: bool,
}

/// A range.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The type of the bounds.
    pub subtype: Oid,
    /// Whether it holds nothing; the bounds mean nothing then.
    pub empty: bool,
    /// Where it begins.
    pub lower: Bound,
    /// Where it ends.
    pub upper: Bound,
}

impl Bound {
    fn none(lower: bool) -> Self {
        Self { value: None, inclusive: false, lower }
    }

    /// The same place as an end of the range on its other side.
    pub fn turned(&self) -> Self {
        Self { value: self.value.clone(), inclusive: !self.inclusive, lower: !self.lower }
    }
}

/// The order of two bounds by value alone.
pub fn compare_values(subtype: Oid, a: &Bound, b: &Bound) -> Ordering {
    let end = |bound: &Bound| if bound.lower { Ordering::Less } else { Ordering::Greater };
    match (&a.value, &b.value) {
        (None, None) => {
            if a.lower == b.lower {
                Ordering::Equal
            } else {
                end(a)
            }
        }
        (None, Some(_)) => end(a),
        (Some(_), None) => end(b).reverse(),
        (Some(x), Some(y)) => order::compare(subtype, Oid(100), x.as_ref(), y.as_ref()),
    }
}

/// The order of two bounds as places: an exclusive lower bound is just after its value, an exclusive upper one before.
pub fn compare_bounds(subtype: Oid, a: &Bound, b: &Bound) -> Ordering {
    let by_value = compare_values(subtype, a, b);
    if by_value.is_ne() || a.value.is_none() {
        return by_value;
    }
    let place = |bound: &Bound| match (bound.inclusive, bound.lower) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => -1,
    };
    place(a).cmp(&place(b))
}

/// Whether an upper bound and a lower one touch with nothing between and nothing in both.
pub fn adjacent(subtype: Oid, upper: &Bound, lower: &Bound) -> bool {
    upper.value.is_some()
        && compare_values(subtype, upper, lower).is_eq()
        && upper.inclusive != lower.inclusive
}

#[cold]
fn disordered() -> Error {
    let text = "range lower bound must be less than or equal to range upper bound";
    Error::new(SqlState::DATA_EXCEPTION, text)
}

impl Range {
    /// The empty range.
    pub fn empty(subtype: Oid) -> Self {
        Self { subtype, empty: true, lower: Bound::none(true), upper: Bound::none(false) }
    }

    /// A range of its bounds; whole numbers and dates get the form `[a,b)`. 22000 where the lower one is greater,
    /// 22003 and 22008 where the form would be out of range.
    pub fn new(subtype: Oid, lower: Bound, upper: Bound) -> Result<Self> {
        let range = Self::of(subtype, lower, upper)?;
        if range.empty || !matches!(subtype, type_oid::INT4 | type_oid::INT8 | type_oid::DATE) {
            return Ok(range);
        }
        let Self { mut lower, mut upper, .. } = range;
        if let Some(value) = &lower.value
            && !lower.inclusive
            && has_next(subtype, value)
        {
            lower.value = Some(next(subtype, value)?);
            lower.inclusive = true;
        }
        if let Some(value) = &upper.value
            && upper.inclusive
            && has_next(subtype, value)
        {
            upper.value = Some(next(subtype, value)?);
            upper.inclusive = false;
        }
        Self::of(subtype, lower, upper)
    }

    fn of(subtype: Oid, mut lower: Bound, mut upper: Bound) -> Result<Self> {
        lower.inclusive &= lower.value.is_some();
        upper.inclusive &= upper.value.is_some();
        match compare_values(subtype, &lower, &upper) {
            Ordering::Greater => Err(disordered()),
            Ordering::Equal if !(lower.inclusive && upper.inclusive) => Ok(Self::empty(subtype)),
            Ordering::Less | Ordering::Equal => Ok(Self { subtype, empty: false, lower, upper }),
        }
    }

    /// A range of bounds that the caller took from others and knows to be in order.
    pub fn between(subtype: Oid, lower: Bound, upper: Bound) -> Self {
        Self::of(subtype, lower, upper).unwrap_or_else(|_| Self::empty(subtype))
    }

    /// The range of its bytes. XX001.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::try_decode(bytes).ok_or_else(|| Error::corrupted("bytes are not a range"))
    }

    fn try_decode(bytes: &[u8]) -> Option<Self> {
        let subtype = Oid(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?));
        let flags = *bytes.get(4)?;
        if flags & EMPTY != 0 {
            return Some(Self::empty(subtype));
        }
        let kind = Kind::of(subtype);
        let mut rest = &bytes[5..];
        let mut value = |infinite: bool| -> Option<Option<Datum>> {
            if infinite {
                return Some(None);
            }
            let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?);
            let length = usize::try_from(length).ok()?;
            let found = ValueRef::from_disk(kind, rest.get(4..4 + length)?)?.to_datum();
            rest = &rest[4 + length..];
            Some(Some(found))
        };
        let (lower, upper) =
            (value(flags & LOWER_INFINITE != 0)?, value(flags & UPPER_INFINITE != 0)?);
        Some(Self {
            subtype,
            empty: false,
            lower: Bound { value: lower, inclusive: flags & LOWER_INCLUSIVE != 0, lower: true },
            upper: Bound { value: upper, inclusive: flags & UPPER_INCLUSIVE != 0, lower: false },
        })
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.subtype.0.to_le_bytes().to_vec();
        if self.empty {
            out.push(EMPTY);
            return out;
        }
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        out.push(
            flag(self.lower.inclusive, LOWER_INCLUSIVE)
                | flag(self.upper.inclusive, UPPER_INCLUSIVE)
                | flag(self.lower.value.is_none(), LOWER_INFINITE)
                | flag(self.upper.value.is_none(), UPPER_INFINITE),
        );
        for value in self.lower.value.iter().chain(&self.upper.value) {
            value.as_ref().with_disk(|bytes| {
                let length = u32::try_from(bytes.len()).expect("a value is at most 1 GB");
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(bytes);
            });
        }
        out
    }

    /// Whether a value is in the range.
    pub fn contains_value(&self, value: ValueRef<'_>) -> bool {
        let compare = |bound: &Datum| order::compare(self.subtype, Oid(100), value, bound.as_ref());
        let after = self.lower.value.as_ref().is_none_or(|bound| match compare(bound) {
            Ordering::Less => false,
            Ordering::Equal => self.lower.inclusive,
            Ordering::Greater => true,
        });
        let before = self.upper.value.as_ref().is_none_or(|bound| match compare(bound) {
            Ordering::Less => true,
            Ordering::Equal => self.upper.inclusive,
            Ordering::Greater => false,
        });
        !self.empty && after && before
    }

    /// Whether another range is within this one.
    pub fn contains(&self, other: &Self) -> bool {
        other.empty
            || !self.empty
                && compare_bounds(self.subtype, &self.lower, &other.lower).is_le()
                && compare_bounds(self.subtype, &self.upper, &other.upper).is_ge()
    }

    /// Whether they have a point in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.empty
            && !other.empty
            && compare_bounds(self.subtype, &self.lower, &other.upper).is_le()
            && compare_bounds(self.subtype, &other.lower, &self.upper).is_le()
    }

    /// Whether they touch without overlapping.
    pub fn is_adjacent(&self, other: &Self) -> bool {
        !self.empty
            && !other.empty
            && (adjacent(self.subtype, &self.upper, &other.lower)
                || adjacent(self.subtype, &other.upper, &self.lower))
    }

    /// What is in both.
    pub fn intersect(&self, other: &Self) -> Self {
        if !self.overlaps(other) {
            return Self::empty(self.subtype);
        }
        let lower = if compare_bounds(self.subtype, &self.lower, &other.lower).is_ge() {
            self
        } else {
            other
        };
        let upper = if compare_bounds(self.subtype, &self.upper, &other.upper).is_le() {
            self
        } else {
            other
        };
        Self::between(self.subtype, lower.lower.clone(), upper.upper.clone())
    }

    /// The least range that holds both.
    pub fn merge(&self, other: &Self) -> Self {
        if self.empty {
            return other.clone();
        }
        if other.empty {
            return self.clone();
        }
        let lower = if compare_bounds(self.subtype, &self.lower, &other.lower).is_le() {
            self
        } else {
            other
        };
        let upper = if compare_bounds(self.subtype, &self.upper, &other.upper).is_ge() {
            self
        } else {
            other
        };
        Self {
            subtype: self.subtype,
            empty: false,
            lower: lower.lower.clone(),
            upper: upper.upper.clone(),
        }
    }

    /// The order: empty first, then by lower and upper bound.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self.empty, other.empty) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => compare_bounds(self.subtype, &self.lower, &other.lower)
                .then_with(|| compare_bounds(self.subtype, &self.upper, &other.upper)),
        }
    }
}

/// Whether there is a value after one: the infinite dates stay as they are.
fn has_next(subtype: Oid, value: &Datum) -> bool {
    !matches!(value, Datum::I32(date) if subtype == type_oid::DATE && !datetime::is_finite_date(*date))
}

/// The value after one of a discrete type. 22003, 22008.
fn next(subtype: Oid, value: &Datum) -> Result<Datum> {
    let overflow = |what: &str| {
        Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, format!("{what} out of range"))
    };
    Ok(match value {
        Datum::I32(date) if subtype == type_oid::DATE => {
            Datum::I32(datetime::check_date(i64::from(*date) + 1)?)
        }
        Datum::I32(number) => Datum::I32(number.checked_add(1).ok_or_else(|| overflow("integer"))?),
        Datum::I64(number) => Datum::I64(number.checked_add(1).ok_or_else(|| overflow("bigint"))?),
        Datum::Null
        | Datum::Bool(_)
        | Datum::I16(_)
        | Datum::F32(_)
        | Datum::F64(_)
        | Datum::Fixed16(_)
        | Datum::Bytes(_) => value.clone(),
    })
}

pub(crate) fn compare_ranges(a: &[u8], b: &[u8]) -> Ordering {
    match (Range::decode(a), Range::decode(b)) {
        (Ok(a), Ok(b)) => a.order(&b),
        (Ok(_) | Err(_), _) => a.cmp(b),
    }
}

/// The key that orders as [`Range::order`] does.
pub(crate) fn range_key(bytes: &[u8], run: &mut Vec<u8>) {
    let Ok(range) = Range::decode(bytes) else { return };
    if range.empty {
        return run.push(0);
    }
    run.push(1);
    for bound in [&range.lower, &range.upper] {
        match &bound.value {
            None => run.push(if bound.lower { 0 } else { 3 }),
            Some(value) => {
                run.push(1);
                encode_key(range.subtype, value.as_ref(), KeyOrder::default(), run);
                run.push(match (bound.inclusive, bound.lower) {
                    (true, _) => 1,
                    (false, true) => 2,
                    (false, false) => 0,
                });
            }
        }
    }
}
