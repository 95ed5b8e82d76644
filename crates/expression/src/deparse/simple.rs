//! Which operands need no parentheses when they are printed with as few as possible.

use crate::expr::{Call, CallForm, Expr, ExprKind};
use catalog::facts::facts;

/// What an expression is to what stands around it.
#[derive(PartialEq, Eq)]
enum Shape {
    /// Closed in itself.
    Simple,
    /// A cast, whose operand decides.
    Cast,
    /// A binary or prefix operator, or a test like IS NULL.
    Operator,
    /// AND, OR, NOT.
    Boolean,
    /// Always in parentheses.
    Loose,
}

fn shape(expr: &Expr) -> Shape {
    match &expr.kind {
        ExprKind::Call(call) => match call.form {
            CallForm::Operator(_) => Shape::Operator,
            CallForm::Function
            | CallForm::Sql
            | CallForm::ExplicitCast
            | CallForm::ImplicitCast => Shape::Simple,
        },
        ExprKind::Convert { .. } | ExprKind::ToDomain { .. } | ExprKind::Field { .. } => {
            Shape::Cast
        }
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => Shape::Boolean,
        // PostgreSQL keeps it as NOT of a test.
        ExprKind::IsDistinct { negated: true, .. } => Shape::Boolean,
        ExprKind::IsNull { .. }
        | ExprKind::IsTruth { .. }
        | ExprKind::IsDistinct { .. }
        | ExprKind::Subquery(_)
        | ExprKind::Subplan { .. } => Shape::Operator,
        ExprKind::QuantifiedArray { .. } | ExprKind::Collate(_) => Shape::Loose,
        ExprKind::Constant(_)
        | ExprKind::Column(_)
        | ExprKind::Slot(_)
        | ExprKind::Parameter(_)
        | ExprKind::Outer(_)
        | ExprKind::Case { .. }
        | ExprKind::CaseOperand
        | ExprKind::Coalesce(_)
        | ExprKind::NullIf { .. }
        | ExprKind::Extreme { .. }
        | ExprKind::Array { .. }
        | ExprKind::Row(_)
        | ExprKind::Subscript { .. }
        | ExprKind::SessionValue(_)
        | ExprKind::Aggregate(_)
        | ExprKind::Window(_)
        | ExprKind::Default => Shape::Simple,
    }
}

/// Whether an operand needs no parentheses within `parent`.
pub(super) fn is_simple(expr: &Expr, parent: &Expr) -> bool {
    match shape(expr) {
        Shape::Simple => true,
        Shape::Loose => false,
        Shape::Cast => {
            if let ExprKind::Field { record, .. } = &expr.kind {
                !matches!(parent.kind, ExprKind::Field { .. }) && is_simple(record, expr)
            } else if let ExprKind::Convert { arg, .. } = &expr.kind {
                is_simple(arg, expr)
            } else {
                false
            }
        }
        Shape::Operator => match (binary(expr), binary(parent), shape(parent)) {
            (Some(inner), Some(outer), _) => binds(expr, inner, outer),
            (_, _, Shape::Operator) => false,
            (_, _, Shape::Boolean) => true,
            _ => closes(parent),
        },
        Shape::Boolean => match (&expr.kind, &parent.kind) {
            (ExprKind::Or(_), ExprKind::Or(_)) => true,
            (ExprKind::Or(_), ExprKind::And(_) | ExprKind::Not(_)) => false,
            (_, ExprKind::And(_) | ExprKind::Or(_)) => true,
            (_, ExprKind::Not(_)) => false,
            _ => closes(parent),
        },
    }
}

/// Whether what stands around separates its operands by itself.
fn closes(parent: &Expr) -> bool {
    if let ExprKind::Call(call) = &parent.kind {
        return call.form == CallForm::Function;
    }
    matches!(
        parent.kind,
        ExprKind::Subscript { .. }
            | ExprKind::Array { .. }
            | ExprKind::Row(_)
            | ExprKind::Coalesce(_)
            | ExprKind::Extreme { .. }
            | ExprKind::NullIf { .. }
            | ExprKind::Aggregate(_)
            | ExprKind::Window(_)
            | ExprKind::Case { .. }
    )
}

/// The call of an operator of one character with two operands.
fn binary(expr: &Expr) -> Option<(&Call, u8)> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let CallForm::Operator(operator) = call.form else { return None };
    let name = facts().operators.get(&operator)?.name;
    (call.arguments.len() == 2 && name.len() == 1).then(|| (&**call, name.as_bytes()[0]))
}

/// Whether the inner operator binds as tightly as its place needs: `*` in `+`, or the left side of an equal.
fn binds(expr: &Expr, inner: (&Call, u8), outer: (&Call, u8)) -> bool {
    let is_low = |operator: u8| matches!(operator, b'+' | b'-');
    let is_high = |operator: u8| matches!(operator, b'*' | b'/' | b'%');
    if !(is_low(inner.1) || is_high(inner.1)) || !(is_low(outer.1) || is_high(outer.1)) {
        return false;
    }
    if is_high(inner.1) && is_low(outer.1) {
        return true;
    }
    if is_low(inner.1) && is_high(outer.1) {
        return false;
    }
    std::ptr::eq(&raw const outer.0.arguments[0], expr)
}
