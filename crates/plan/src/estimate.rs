//! How many rows pass a condition, and what work costs. The units are PostgreSQL's: a page read in sequence is 1.

use expression::{Expr, ExprKind};
use types::Datum;

/// A page read in sequence.
pub(crate) const PAGE: f64 = 1.0;
/// A page read anywhere.
pub(crate) const RANDOM_PAGE: f64 = 1.1;
/// A row handled.
pub(crate) const ROW: f64 = 0.01;
/// An index entry handled.
pub(crate) const INDEX_ROW: f64 = 0.005;
/// An operator or function called.
pub(crate) const OPERATOR: f64 = 0.0025;

/// The share of rows that pass a condition.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn selectivity(expr: &Expr) -> f64 {
    match &expr.kind {
        ExprKind::And(list) => list.iter().map(selectivity).product::<f64>().max(1e-9),
        ExprKind::Or(list) => 1.0 - list.iter().map(|e| 1.0 - selectivity(e)).product::<f64>(),
        ExprKind::Not(arg) => 1.0 - selectivity(arg),
        ExprKind::IsNull { negated, .. } => {
            if *negated {
                0.995
            } else {
                0.005
            }
        }
        ExprKind::Call(call) => match operator_name(call.function) {
            Some("=") => 0.005,
            Some("<>") => 0.995,
            Some("<" | "<=" | ">" | ">=") => 1.0 / 3.0,
            _ => 0.3,
        },
        ExprKind::QuantifiedArray { comparison, array, all: false } => {
            (selectivity(comparison) * element_count(array)).min(1.0)
        }
        ExprKind::QuantifiedArray { comparison, array, all: true } => {
            selectivity(comparison).powf(element_count(array))
        }
        _ => 0.5,
    }
}

/// How many elements an array has.
pub(crate) fn element_count(array: &Expr) -> f64 {
    const UNKNOWN: f64 = 10.0;
    let count = if let ExprKind::Array { elements, nested: false } = &array.kind {
        elements.len()
    } else if let Some(Datum::Bytes(bytes)) = array.as_constant() {
        types::array::Array::parse(bytes).map_or(0, |array| array.len())
    } else if array.as_constant().is_some() {
        0
    } else {
        return UNKNOWN;
    };
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The name of a comparison operator that a function implements.
fn operator_name(function: types::Oid) -> Option<&'static str> {
    let source = catalog::facts().functions.get(&function)?.source;
    if source.ends_with("eq") {
        Some("=")
    } else if source.ends_with("ne") {
        Some("<>")
    } else if source.ends_with("lt") || source.ends_with("gt") {
        Some("<")
    } else if source.ends_with("le") || source.ends_with("ge") {
        Some("<=")
    } else {
        None
    }
}
