//! All bindings, by name.

use crate::{
    Aggregate, Builtin, SetReturning, aggregates, array, bits, boolean, bytes, clock,
    compare_bytes, compare_fixed, concat, date_part, float, format, geometry, hash, in_range,
    integer, interval, json, json_make, like, lsn, money, multirange, network, numeric, range,
    regex, series, sql, text, timestamp, type_io,
};
use std::collections::HashMap;
use std::sync::LazyLock;
use types::Oid;

const FUNCTIONS: &[&[Builtin]] = &[
    array::FUNCTIONS,
    bits::FUNCTIONS,
    boolean::FUNCTIONS,
    bytes::FUNCTIONS,
    crate::encoding::FUNCTIONS,
    clock::FUNCTIONS,
    compare_bytes::FUNCTIONS,
    compare_fixed::FUNCTIONS,
    concat::FUNCTIONS,
    date_part::FUNCTIONS,
    float::FUNCTIONS,
    format::FUNCTIONS,
    geometry::FAMILIES[0],
    geometry::FAMILIES[1],
    geometry::FAMILIES[2],
    geometry::FAMILIES[3],
    geometry::FAMILIES[4],
    geometry::FAMILIES[5],
    geometry::FAMILIES[6],
    hash::FUNCTIONS,
    in_range::FUNCTIONS,
    integer::FUNCTIONS,
    interval::FUNCTIONS,
    json::FUNCTIONS,
    json::PATH_FUNCTIONS,
    json::RECORD_FUNCTIONS,
    json_make::FUNCTIONS,
    like::FUNCTIONS,
    lsn::FUNCTIONS,
    money::FUNCTIONS,
    multirange::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    range::FUNCTIONS,
    regex::FUNCTIONS,
    text::FUNCTIONS,
    timestamp::FUNCTIONS,
    crate::transaction::FUNCTIONS,
    type_io::FUNCTIONS,
    crate::unicode::FUNCTIONS,
];
const AGGREGATES: &[&[Aggregate]] = aggregates::AGGREGATES;
const SET_RETURNING: &[&[SetReturning]] = &[
    json::SET_RETURNING,
    json::PATH_SET_RETURNING,
    json::RECORD_SET_RETURNING,
    multirange::SET_RETURNING,
    regex::SET_RETURNING,
    series::SET_RETURNING,
    crate::transaction::SET_RETURNING,
];

static FUNCTIONS_BY_NAME: LazyLock<HashMap<&'static str, Builtin>> =
    LazyLock::new(|| FUNCTIONS.iter().copied().flatten().map(|row| (row.prosrc, *row)).collect());
static AGGREGATES_BY_NAME: LazyLock<HashMap<(&'static str, &'static str), Aggregate>> =
    LazyLock::new(|| {
        let rows = AGGREGATES.iter().copied().flatten();
        rows.map(|row| ((row.transition, row.finish), *row)).collect()
    });
static SET_RETURNING_BY_NAME: LazyLock<HashMap<&'static str, SetReturning>> = LazyLock::new(|| {
    SET_RETURNING.iter().copied().flatten().map(|row| (row.prosrc, *row)).collect()
});

/// The function bound to a `prosrc`.
pub fn find(prosrc: &str) -> Option<Builtin> {
    FUNCTIONS_BY_NAME.get(prosrc).copied()
}

/// The binding of a function that PostgreSQL has in SQL, by its OID: its row has no `prosrc` to go by.
pub fn find_by_oid(function: Oid) -> Option<Builtin> {
    sql::FUNCTIONS.iter().find(|(oid, _)| *oid == function).map(|(_, row)| *row)
}

/// The aggregate bound to its transition and final function; the latter empty where pg_aggregate has none.
pub fn find_aggregate(transition: &str, finish: &str) -> Option<Aggregate> {
    AGGREGATES_BY_NAME.get(&(transition, finish)).copied()
}

/// The set-returning function bound to a `prosrc`.
pub fn find_set_returning(prosrc: &str) -> Option<SetReturning> {
    SET_RETURNING_BY_NAME.get(prosrc).copied()
}

/// All functions bound.
pub fn bound_functions() -> impl Iterator<Item = Builtin> {
    FUNCTIONS.iter().copied().flatten().copied()
}

/// All aggregates bound.
pub fn bound_aggregates() -> impl Iterator<Item = Aggregate> {
    AGGREGATES.iter().copied().flatten().copied()
}

/// All set-returning functions bound.
pub fn bound_set_returning() -> impl Iterator<Item = SetReturning> {
    SET_RETURNING.iter().copied().flatten().copied()
}
