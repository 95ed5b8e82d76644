//! Going through expressions: one place knows what each kind holds.

use crate::expr::{Call, Expr, ExprKind, JsonBehavior, Sort, SqlJson, SubqueryKind};
use catalog::facts::Volatility;
use error::{Result, stack_check};

impl Expr {
    /// Calls `f` with each expression directly within this one; a subquery's comparisons are, its query is not.
    #[expect(clippy::too_many_lines, reason = "one arm a kind")]
    pub fn for_each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Constant(_)
            | ExprKind::Column(_)
            | ExprKind::Slot(_)
            | ExprKind::Parameter(_)
            | ExprKind::Outer(_)
            | ExprKind::CaseOperand
            | ExprKind::SessionValue(_)
            | ExprKind::Default => {}
            ExprKind::Call(call) => call.arguments.iter().for_each(f),
            ExprKind::And(list)
            | ExprKind::Or(list)
            | ExprKind::Coalesce(list)
            | ExprKind::Row(list) => {
                list.iter().for_each(f);
            }
            ExprKind::Not(arg)
            | ExprKind::IsNull { arg, .. }
            | ExprKind::IsTruth { arg, .. }
            | ExprKind::IsDistinct { equality: arg, .. }
            | ExprKind::Field { record: arg, .. }
            | ExprKind::Convert { arg, .. }
            | ExprKind::ToDomain { arg, .. }
            | ExprKind::Collate(arg) => f(arg),
            ExprKind::Case { operand, arms, default } => {
                operand.iter().for_each(|operand| f(operand));
                for (condition, value) in arms {
                    f(condition);
                    f(value);
                }
                f(default);
            }
            ExprKind::NullIf { equality, value } => {
                f(equality);
                f(value);
            }
            ExprKind::Extreme { arguments, .. } => arguments.iter().for_each(f),
            ExprKind::QuantifiedArray { comparison, array, .. } => {
                f(comparison);
                f(array);
            }
            ExprKind::Array { elements, .. } => elements.iter().for_each(f),
            ExprKind::Subscript { array, indexes, .. } => {
                f(array);
                for (lower, upper) in indexes {
                    lower.iter().for_each(&mut *f);
                    upper.iter().for_each(&mut *f);
                }
            }
            ExprKind::AssignElement { array, indexes, value, .. } => {
                f(array);
                for (lower, upper) in indexes {
                    lower.iter().for_each(&mut *f);
                    upper.iter().for_each(&mut *f);
                }
                f(value);
            }
            ExprKind::SqlJson(json) => {
                json.arguments.iter().for_each(&mut *f);
                for behavior in [&json.on_empty, &json.on_error].into_iter().flatten() {
                    if let JsonBehavior::Default(value) = behavior {
                        f(value);
                    }
                }
            }
            ExprKind::AssignField { record, value, .. } => {
                f(record);
                f(value);
            }
            ExprKind::Subquery(subquery) => match &subquery.kind {
                SubqueryKind::Any(list) | SubqueryKind::All(list) => list.iter().for_each(f),
                SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => {}
            },
            ExprKind::Subplan { arguments, lefts, .. } => arguments.iter().chain(lefts).for_each(f),
            ExprKind::Aggregate(aggregate) => {
                aggregate.arguments.iter().for_each(&mut *f);
                aggregate.order_by.iter().for_each(|sort| f(&sort.expr));
                aggregate.filter.iter().for_each(f);
            }
            ExprKind::Window(call) => call.arguments.iter().chain(&call.filter).for_each(f),
        }
    }

    /// The same expression with each one directly within it replaced by `f`'s answer.
    pub fn map_children(self, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Self> {
        stack_check()?;
        let kind = map_kind(self.kind, f)?;
        Ok(Self { kind, ..self })
    }

    /// Whether `test` holds for this expression or any within it, subqueries' own queries apart.
    pub fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.for_each_child(&mut |child| found = found || child.any(test));
        found
    }

    /// Whether it may differ from row to row by itself, or have effects: it must be neither moved nor done again.
    pub fn is_volatile(&self) -> bool {
        self.any(&mut |expr| {
            matches!(&expr.kind, ExprKind::Call(call) if call.volatility() == Volatility::Volatile)
        })
    }
}

fn list(list: Vec<Expr>, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Vec<Expr>> {
    list.into_iter().map(f).collect()
}

#[expect(clippy::boxed_local, reason = "the box comes from the tree and a new one goes back")]
fn boxed(expr: Box<Expr>, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Box<Expr>> {
    Ok(Box::new(f(*expr)?))
}

fn optional(expr: Option<Expr>, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Option<Expr>> {
    expr.map(f).transpose()
}

fn map_behavior(
    behavior: Option<JsonBehavior>,
    f: &mut dyn FnMut(Expr) -> Result<Expr>,
) -> Result<Option<JsonBehavior>> {
    Ok(match behavior {
        Some(JsonBehavior::Default(value)) => Some(JsonBehavior::Default(f(value)?)),
        other => other,
    })
}

type Bounds = Vec<(Option<Expr>, Option<Expr>)>;

fn map_bounds(bounds: Bounds, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Bounds> {
    let mut mapped = Vec::with_capacity(bounds.len());
    for (lower, upper) in bounds {
        let lower = optional(lower, f)?;
        mapped.push((lower, optional(upper, f)?));
    }
    Ok(mapped)
}

#[expect(clippy::too_many_lines, reason = "one arm a kind")]
fn map_kind(kind: ExprKind, f: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<ExprKind> {
    Ok(match kind {
        ExprKind::Constant(_)
        | ExprKind::Column(_)
        | ExprKind::Slot(_)
        | ExprKind::Parameter(_)
        | ExprKind::Outer(_)
        | ExprKind::CaseOperand
        | ExprKind::SessionValue(_)
        | ExprKind::Default => kind,
        ExprKind::Call(call) => {
            let call = *call;
            ExprKind::Call(Box::new(Call { arguments: list(call.arguments, f)?, ..call }))
        }
        ExprKind::And(items) => ExprKind::And(list(items, f)?),
        ExprKind::Or(items) => ExprKind::Or(list(items, f)?),
        ExprKind::Coalesce(items) => ExprKind::Coalesce(list(items, f)?),
        ExprKind::Row(items) => ExprKind::Row(list(items, f)?),
        ExprKind::Not(arg) => ExprKind::Not(boxed(arg, f)?),
        ExprKind::IsNull { arg, negated } => ExprKind::IsNull { arg: boxed(arg, f)?, negated },
        ExprKind::IsTruth { arg, test, negated } => {
            ExprKind::IsTruth { arg: boxed(arg, f)?, test, negated }
        }
        ExprKind::IsDistinct { equality, negated } => {
            ExprKind::IsDistinct { equality: boxed(equality, f)?, negated }
        }
        ExprKind::Field { record, number } => ExprKind::Field { record: boxed(record, f)?, number },
        ExprKind::Convert { arg, conversion, explicit } => {
            ExprKind::Convert { arg: boxed(arg, f)?, conversion, explicit }
        }
        ExprKind::ToDomain { arg, explicit } => {
            ExprKind::ToDomain { arg: boxed(arg, f)?, explicit }
        }
        ExprKind::Collate(arg) => ExprKind::Collate(boxed(arg, f)?),
        ExprKind::Case { operand, arms, default } => {
            let operand = operand.map(|expr| boxed(expr, f)).transpose()?;
            let mut mapped = Vec::with_capacity(arms.len());
            for (condition, value) in arms {
                let condition = f(condition)?;
                mapped.push((condition, f(value)?));
            }
            ExprKind::Case { operand, arms: mapped, default: boxed(default, f)? }
        }
        ExprKind::NullIf { equality, value } => {
            ExprKind::NullIf { equality: boxed(equality, f)?, value: boxed(value, f)? }
        }
        ExprKind::Extreme { greatest, arguments } => {
            ExprKind::Extreme { greatest, arguments: list(arguments, f)? }
        }
        ExprKind::QuantifiedArray { comparison, array, all } => ExprKind::QuantifiedArray {
            comparison: boxed(comparison, f)?,
            array: boxed(array, f)?,
            all,
        },
        ExprKind::Array { elements, nested } => {
            ExprKind::Array { elements: list(elements, f)?, nested }
        }
        ExprKind::Subscript { array, indexes, slice } => {
            let array = boxed(array, f)?;
            ExprKind::Subscript { array, indexes: map_bounds(indexes, f)?, slice }
        }
        ExprKind::AssignElement { array, indexes, slice, value } => {
            let array = boxed(array, f)?;
            let indexes = map_bounds(indexes, f)?;
            ExprKind::AssignElement { array, indexes, slice, value: boxed(value, f)? }
        }
        ExprKind::SqlJson(json) => {
            let json = *json;
            let arguments = list(json.arguments, f)?;
            let on_empty = map_behavior(json.on_empty, f)?;
            let on_error = map_behavior(json.on_error, f)?;
            ExprKind::SqlJson(Box::new(SqlJson { arguments, on_empty, on_error, ..json }))
        }
        ExprKind::AssignField { record, number, types, value } => {
            let record = boxed(record, f)?;
            ExprKind::AssignField { record, number, types, value: boxed(value, f)? }
        }
        ExprKind::Subquery(mut subquery) => {
            subquery.kind = match subquery.kind {
                SubqueryKind::Any(items) => SubqueryKind::Any(list(items, f)?),
                SubqueryKind::All(items) => SubqueryKind::All(list(items, f)?),
                other @ (SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array) => {
                    other
                }
            };
            ExprKind::Subquery(subquery)
        }
        ExprKind::Subplan { index, arguments, lefts } => {
            ExprKind::Subplan { index, arguments: list(arguments, f)?, lefts: list(lefts, f)? }
        }
        ExprKind::Aggregate(mut aggregate) => {
            aggregate.arguments = list(aggregate.arguments, f)?;
            let mut order_by = Vec::with_capacity(aggregate.order_by.len());
            for sort in aggregate.order_by {
                order_by.push(Sort { expr: f(sort.expr)?, ..sort });
            }
            aggregate.order_by = order_by;
            aggregate.filter = optional(aggregate.filter, f)?;
            ExprKind::Aggregate(aggregate)
        }
        ExprKind::Window(mut call) => {
            call.arguments = list(call.arguments, f)?;
            call.filter = optional(call.filter, f)?;
            ExprKind::Window(call)
        }
    })
}
