//! All bindings, by name.

use crate::{
    Aggregate, Builtin, SetReturning, boolean, bytes, compare_bytes, compare_fixed, concat, float,
    integer, like, numeric, text,
};
use std::collections::HashMap;
use std::sync::LazyLock;

const FUNCTIONS: &[&[Builtin]] = &[
    boolean::FUNCTIONS,
    bytes::FUNCTIONS,
    compare_bytes::FUNCTIONS,
    compare_fixed::FUNCTIONS,
    concat::FUNCTIONS,
    float::FUNCTIONS,
    integer::FUNCTIONS,
    like::FUNCTIONS,
    numeric::FUNCTIONS,
    text::FUNCTIONS,
];
const AGGREGATES: &[&[Aggregate]] = &[];
const SET_RETURNING: &[&[SetReturning]] = &[];

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
