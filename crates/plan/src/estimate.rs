//! How many rows pass a condition, and what work costs. The units are PostgreSQL's: a page read in sequence is 1.

use expression::{Expr, ExprKind};

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
        ExprKind::QuantifiedArray { all: false, .. } => 0.02,
        _ => 0.5,
    }
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
