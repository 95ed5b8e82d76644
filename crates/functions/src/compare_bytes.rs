//! Comparison of texts, bytes, numerics, arrays, records, tids and jsonb; the greater and smaller of two values.

use crate::{Builtin, Call, builtin};
use error::Result;
use std::cmp::Ordering;
use types::array::Array;
use types::{Numeric, Oid, ValueRef, compare, text::trim_blanks, type_oid};

fn blanks(a: &[u8], b: &[u8]) -> Ordering {
    trim_blanks(a).cmp(trim_blanks(b))
}

fn plain(a: &[u8], b: &[u8]) -> Ordering {
    a.cmp(b)
}

/// By how much the first bytes that differ do, as PostgreSQL's comparison support functions tell it; else by length.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> i32 {
    let pair = a.iter().zip(b).find(|(x, y)| x != y);
    pair.map_or(a.len().cmp(&b.len()) as i32, |(x, y)| i32::from(*x) - i32::from(*y))
}

/// As [`difference`], the shorter ending with a zero.
fn name_difference(a: &[u8], b: &[u8]) -> i32 {
    let at = |text: &[u8], index: usize| text.get(index).copied().unwrap_or(0);
    let place = (0..a.len().max(b.len())).find(|index| at(a, *index) != at(b, *index));
    place.map_or(0, |index| i32::from(at(a, index)) - i32::from(at(b, index)))
}

fn numeric(a: Numeric, b: Numeric) -> Ordering {
    a.cmp(&b)
}

fn of_type(type_id: Oid) -> impl Fn(&[u8], &[u8]) -> Ordering {
    move |a, b| compare(type_id, Oid::INVALID, ValueRef::Bytes(a), ValueRef::Bytes(b))
}

/// The greater of two values by their type's order; the second where they are equal.
fn larger(call: &mut Call<'_>) -> Result<()> {
    pick(call, Ordering::is_gt)
}

/// The smaller of two values by their type's order; the second where they are equal.
fn smaller(call: &mut Call<'_>) -> Result<()> {
    pick(call, Ordering::is_lt)
}

fn pick(call: &mut Call<'_>, first: fn(Ordering) -> bool) -> Result<()> {
    let (a, b) = (call.arguments[0], call.arguments[1]);
    let type_id = call.info.argument_types[0];
    for row in call.rows.iter() {
        let (x, y) = (a.get(row), b.get(row));
        if x.is_null() || y.is_null() {
            call.out.set_null(row);
        } else {
            let kept = first(compare(type_id, call.info.collation, x, y));
            call.out.set(row, if kept { x } else { y });
        }
    }
    Ok(())
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("text_lt", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("text_le", |call| call.compare2(plain, Ordering::is_le)),
    builtin("text_gt", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("text_ge", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("bttextcmp", |call| call.map2(|a, b| Ok(difference(a, b)))),
    builtin("texteq", |call| call.map2(|a: &[u8], b: &[u8]| Ok(a == b))),
    builtin("textne", |call| call.map2(|a: &[u8], b: &[u8]| Ok(a != b))),
    builtin("nameeq", |call| call.compare2(plain, Ordering::is_eq)),
    builtin("namene", |call| call.compare2(plain, Ordering::is_ne)),
    builtin("namelt", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("namele", |call| call.compare2(plain, Ordering::is_le)),
    builtin("namegt", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("namege", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("btnamecmp", |call| call.map2(|a, b| Ok(name_difference(a, b)))),
    builtin("nameeqtext", |call| call.compare2(plain, Ordering::is_eq)),
    builtin("namenetext", |call| call.compare2(plain, Ordering::is_ne)),
    builtin("namelttext", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("nameletext", |call| call.compare2(plain, Ordering::is_le)),
    builtin("namegttext", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("namegetext", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("btnametextcmp", |call| call.map2(|a, b| Ok(difference(a, b)))),
    builtin("texteqname", |call| call.compare2(plain, Ordering::is_eq)),
    builtin("textnename", |call| call.compare2(plain, Ordering::is_ne)),
    builtin("textltname", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("textlename", |call| call.compare2(plain, Ordering::is_le)),
    builtin("textgtname", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("textgename", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("bttextnamecmp", |call| call.map2(|a, b| Ok(difference(a, b)))),
    builtin("bpchareq", |call| call.compare2(blanks, Ordering::is_eq)),
    builtin("bpcharne", |call| call.compare2(blanks, Ordering::is_ne)),
    builtin("bpcharlt", |call| call.compare2(blanks, Ordering::is_lt)),
    builtin("bpcharle", |call| call.compare2(blanks, Ordering::is_le)),
    builtin("bpchargt", |call| call.compare2(blanks, Ordering::is_gt)),
    builtin("bpcharge", |call| call.compare2(blanks, Ordering::is_ge)),
    builtin("bpcharcmp", |call| call.map2(|a, b| Ok(difference(trim_blanks(a), trim_blanks(b))))),
    builtin("byteaeq", |call| call.compare2(plain, Ordering::is_eq)),
    builtin("byteane", |call| call.compare2(plain, Ordering::is_ne)),
    builtin("bytealt", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("byteale", |call| call.compare2(plain, Ordering::is_le)),
    builtin("byteagt", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("byteage", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("byteacmp", |call| call.map2(|a, b| Ok(difference(a, b)))),
    builtin("text_pattern_lt", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("text_pattern_le", |call| call.compare2(plain, Ordering::is_le)),
    builtin("text_pattern_gt", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("text_pattern_ge", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("bttext_pattern_cmp", |call| call.map2(|a, b| Ok(difference(a, b)))),
    builtin("bpchar_pattern_lt", |call| call.compare2(blanks, Ordering::is_lt)),
    builtin("bpchar_pattern_le", |call| call.compare2(blanks, Ordering::is_le)),
    builtin("bpchar_pattern_gt", |call| call.compare2(blanks, Ordering::is_gt)),
    builtin("bpchar_pattern_ge", |call| call.compare2(blanks, Ordering::is_ge)),
    builtin("btbpchar_pattern_cmp", |call| {
        call.map2(|a, b| Ok(difference(trim_blanks(a), trim_blanks(b))))
    }),
    builtin("tideq", |call| call.compare2(plain, Ordering::is_eq)),
    builtin("tidne", |call| call.compare2(plain, Ordering::is_ne)),
    builtin("tidlt", |call| call.compare2(plain, Ordering::is_lt)),
    builtin("tidle", |call| call.compare2(plain, Ordering::is_le)),
    builtin("tidgt", |call| call.compare2(plain, Ordering::is_gt)),
    builtin("tidge", |call| call.compare2(plain, Ordering::is_ge)),
    builtin("bttidcmp", |call| call.map2(|a, b| Ok(plain(a, b) as i32))),
    builtin("numeric_eq", |call| call.compare2(numeric, Ordering::is_eq)),
    builtin("numeric_ne", |call| call.compare2(numeric, Ordering::is_ne)),
    builtin("numeric_lt", |call| call.compare2(numeric, Ordering::is_lt)),
    builtin("numeric_le", |call| call.compare2(numeric, Ordering::is_le)),
    builtin("numeric_gt", |call| call.compare2(numeric, Ordering::is_gt)),
    builtin("numeric_ge", |call| call.compare2(numeric, Ordering::is_ge)),
    builtin("numeric_cmp", |call| call.map2(|a, b| Ok(numeric(a, b) as i32))),
    builtin("array_eq", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_eq)),
    builtin("array_ne", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_ne)),
    builtin("array_lt", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_lt)),
    builtin("array_le", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_le)),
    builtin("array_gt", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_gt)),
    builtin("array_ge", |call| call.compare2(of_type(type_oid::ANYARRAY), Ordering::is_ge)),
    builtin("btarraycmp", |call| call.map2(|a, b| Ok(of_type(type_oid::ANYARRAY)(a, b) as i32))),
    builtin("record_eq", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_eq)),
    builtin("record_ne", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_ne)),
    builtin("record_lt", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_lt)),
    builtin("record_le", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_le)),
    builtin("record_gt", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_gt)),
    builtin("record_ge", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_ge)),
    builtin("btrecordcmp", |call| call.map2(|a, b| Ok(of_type(type_oid::RECORD)(a, b) as i32))),
    builtin("jsonb_eq", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_eq)),
    builtin("jsonb_ne", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_ne)),
    builtin("jsonb_lt", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_lt)),
    builtin("jsonb_le", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_le)),
    builtin("jsonb_gt", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_gt)),
    builtin("jsonb_ge", |call| call.compare2(of_type(type_oid::JSONB), Ordering::is_ge)),
    builtin("jsonb_cmp", |call| call.map2(|a, b| Ok(of_type(type_oid::JSONB)(a, b) as i32))),
    builtin("oidvectoreq", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_eq)),
    builtin("oidvectorne", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_ne)),
    builtin("oidvectorlt", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_lt)),
    builtin("oidvectorle", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_le)),
    builtin("oidvectorgt", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_gt)),
    builtin("oidvectorge", |call| call.compare2(of_type(type_oid::OIDVECTOR), Ordering::is_ge)),
    builtin("btoidvectorcmp", |call| {
        // The difference of the lengths, where they differ.
        call.map2(|a: &[u8], b: &[u8]| {
            let (x, y) = (Array::parse(a)?.len(), Array::parse(b)?.len());
            let (x, y) = (crate::text::count(x)?, crate::text::count(y)?);
            Ok(if x == y { of_type(type_oid::OIDVECTOR)(a, b) as i32 } else { x - y })
        })
    }),
    builtin("record_image_eq", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_eq)),
    builtin("record_image_ne", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_ne)),
    builtin("record_image_lt", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_lt)),
    builtin("record_image_le", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_le)),
    builtin("record_image_gt", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_gt)),
    builtin("record_image_ge", |call| call.compare2(of_type(type_oid::RECORD), Ordering::is_ge)),
    builtin("btrecordimagecmp", |call| {
        call.map2(|a, b| Ok(of_type(type_oid::RECORD)(a, b) as i32))
    }),
    builtin("int2larger", larger),
    builtin("int2smaller", smaller),
    builtin("int4larger", larger),
    builtin("int4smaller", smaller),
    builtin("int8larger", larger),
    builtin("int8smaller", smaller),
    builtin("float4larger", larger),
    builtin("float4smaller", smaller),
    builtin("float8larger", larger),
    builtin("float8smaller", smaller),
    builtin("oidlarger", larger),
    builtin("oidsmaller", smaller),
    builtin("tidlarger", larger),
    builtin("tidsmaller", smaller),
    builtin("date_larger", larger),
    builtin("date_smaller", smaller),
    builtin("time_larger", larger),
    builtin("time_smaller", smaller),
    builtin("timetz_larger", larger),
    builtin("timetz_smaller", smaller),
    builtin("timestamp_larger", larger),
    builtin("timestamp_smaller", smaller),
    builtin("interval_larger", larger),
    builtin("interval_smaller", smaller),
    builtin("text_larger", larger),
    builtin("text_smaller", smaller),
    builtin("bpchar_larger", |call| pick(call, Ordering::is_ge)),
    builtin("bpchar_smaller", |call| pick(call, Ordering::is_le)),
    builtin("numeric_larger", larger),
    builtin("numeric_smaller", smaller),
    builtin("bytea_larger", larger),
    builtin("bytea_smaller", smaller),
    builtin("enum_eq", |call| call.compare_by_type(Ordering::is_eq)),
    builtin("enum_ne", |call| call.compare_by_type(Ordering::is_ne)),
    builtin("enum_lt", |call| call.compare_by_type(Ordering::is_lt)),
    builtin("enum_le", |call| call.compare_by_type(Ordering::is_le)),
    builtin("enum_gt", |call| call.compare_by_type(Ordering::is_gt)),
    builtin("enum_ge", |call| call.compare_by_type(Ordering::is_ge)),
    builtin("enum_cmp", |call| call.order_by_type()),
    builtin("enum_larger", larger),
    builtin("enum_smaller", smaller),
    builtin("array_larger", larger),
    builtin("array_smaller", smaller),
    builtin("record_larger", larger),
    builtin("record_smaller", smaller),
    builtin("xid8_larger", larger),
    builtin("xid8_smaller", smaller),
    builtin("pg_lsn_larger", larger),
    builtin("pg_lsn_smaller", smaller),
];
