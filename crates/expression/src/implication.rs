//! Whether one condition on a table's rows implies another: for partial indexes. What cannot be shown is taken not to.

use crate::{Call, CallForm, Expr, ExprKind};
use catalog::facts::facts;
use std::cmp::Ordering;

/// Whether every row that passes `given` passes `wanted`.
pub fn implies(given: &Expr, wanted: &Expr) -> bool {
    if same(given, wanted) {
        return true;
    }
    match (&given.kind, &wanted.kind) {
        (_, ExprKind::And(parts)) => parts.iter().all(|part| implies(given, part)),
        (ExprKind::Or(arms), _) => arms.iter().all(|arm| implies(arm, wanted)),
        (ExprKind::And(parts), ExprKind::Or(arms)) => {
            parts.iter().any(|part| implies(part, wanted))
                || arms.iter().any(|arm| implies(given, arm))
        }
        (ExprKind::And(parts), _) => parts.iter().any(|part| implies(part, wanted)),
        (_, ExprKind::Or(arms)) => arms.iter().any(|arm| implies(given, arm)),
        (_, ExprKind::IsNull { arg, negated: true }) => needs_value(given, arg),
        _ => comparison_implies(given, wanted),
    }
}

/// Whether two expressions are written alike.
fn same(a: &Expr, b: &Expr) -> bool {
    a.kind == b.kind
}

/// Whether a condition is not true where a value is NULL: it is a strict operator's operand.
fn needs_value(condition: &Expr, value: &Expr) -> bool {
    let ExprKind::Call(call) = &condition.kind else { return false };
    let is_strict = facts().functions.get(&call.function).is_some_and(|f| f.strict);
    is_strict
        && call
            .arguments
            .iter()
            .any(|argument| same(argument, value) || needs_value(argument, value))
}

/// A comparison with a constant: the operator's strategy in its B+tree family (1 `<` to 5 `>`), and what is compared.
fn comparison(expr: &Expr) -> Option<(&Call, u16, &Expr, &Expr)> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let CallForm::Operator(operator) = call.form else { return None };
    let strategy = facts().btree_strategies(operator).map(|row| row.strategy).next()?;
    let [left, right] = call.arguments.as_slice() else { return None };
    if matches!(right.kind, ExprKind::Constant(_)) {
        return Some((call, strategy, left, right));
    }
    // The other way round the order turns.
    matches!(left.kind, ExprKind::Constant(_)).then_some((call, 6 - strategy, right, left))
}

/// Whether a comparison of a value with a constant implies another of the same value: `x > 5` implies `x > 3`.
fn comparison_implies(given: &Expr, wanted: &Expr) -> bool {
    let (Some((call, have, value, bound)), Some((other_call, want, other, limit))) =
        (comparison(given), comparison(wanted))
    else {
        return false;
    };
    let (ExprKind::Constant(bound_value), ExprKind::Constant(limit_value)) =
        (&bound.kind, &limit.kind)
    else {
        return false;
    };
    let collation = call.input_collation;
    if !same(value, other)
        || bound.type_id != limit.type_id
        || collation != other_call.input_collation
        || bound_value.as_ref().is_null()
        || limit_value.as_ref().is_null()
    {
        return false;
    }
    let order =
        types::compare(bound.type_id, collation, bound_value.as_ref(), limit_value.as_ref());
    match (have, want) {
        (2 | 3, 1) => order == Ordering::Less,
        (1..=3, 2) => order != Ordering::Greater,
        (1, 1) => order != Ordering::Greater,
        (3, 3) => order == Ordering::Equal,
        (3 | 4, 5) => order == Ordering::Greater,
        (3..=5, 4) | (5, 5) => order != Ordering::Less,
        _ => false,
    }
}
