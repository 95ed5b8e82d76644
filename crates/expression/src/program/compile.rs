//! From expressions to programs.

use super::{Narrow, Node, Operation, Program, sql_json};
use crate::expr::{Call, Expr, ExprKind, JsonBehavior, JsonOperation};
use batch::Vector;
use catalog::facts::{Volatility, facts};
use error::{Error, Result, SqlState, stack_check};
use functions::{Builtin, CallInfo};
use types::{Kind, Oid, element_of};

/// Finds the binding of a `prosrc`.
pub(super) type Find = fn(&str) -> Option<Builtin>;

impl Program {
    /// The program of an expression whose columns are slots. 0A000 for a function that has no binding.
    pub fn compile(expr: &Expr, find: Find) -> Result<Self> {
        let mut compiler = Compiler { find, operands: Vec::new(), current: Vec::new() };
        let root = compiler.node(expr)?;
        Ok(Self { root, operands: compiler.operands, type_id: expr.type_id })
    }
}

struct Compiler {
    find: Find,
    operands: Vec<Vector>,
    /// The operands around the expression, innermost last.
    current: Vec<usize>,
}

impl Compiler {
    fn boxed(&mut self, expr: &Expr) -> Result<Box<Node>> {
        Ok(Box::new(self.node(expr)?))
    }

    fn list(&mut self, list: &[Expr]) -> Result<Vec<Node>> {
        list.iter().map(|expr| self.node(expr)).collect()
    }

    fn bounds(&mut self, bounds: &[(Option<Expr>, Option<Expr>)]) -> Result<super::BoundNodes> {
        let mut nodes = Vec::with_capacity(bounds.len());
        for (lower, upper) in bounds {
            let lower = lower.as_ref().map(|expr| self.node(expr)).transpose()?;
            nodes.push((lower, upper.as_ref().map(|expr| self.node(expr)).transpose()?));
        }
        Ok(nodes)
    }

    fn behavior(
        &mut self,
        behavior: Option<&JsonBehavior>,
        default: sql_json::Behavior,
    ) -> Result<sql_json::Behavior> {
        Ok(match behavior {
            None => default,
            Some(JsonBehavior::Error) => sql_json::Behavior::Error,
            Some(JsonBehavior::Null) => sql_json::Behavior::Null,
            Some(JsonBehavior::True) => sql_json::Behavior::True,
            Some(JsonBehavior::False) => sql_json::Behavior::False,
            Some(JsonBehavior::Unknown) => sql_json::Behavior::Unknown,
            Some(JsonBehavior::EmptyArray) => sql_json::Behavior::EmptyArray,
            Some(JsonBehavior::EmptyObject) => sql_json::Behavior::EmptyObject,
            Some(JsonBehavior::Default(value)) => sql_json::Behavior::Default(self.node(value)?),
        })
    }

    fn operand(&mut self, type_id: Oid) -> usize {
        self.operands.push(Vector::new(Kind::of(type_id)));
        self.operands.len() - 1
    }

    #[expect(clippy::too_many_lines, reason = "one arm a kind")]
    fn node(&mut self, expr: &Expr) -> Result<Node> {
        stack_check()?;
        let kind = Kind::of(expr.type_id);
        let operation = match &expr.kind {
            ExprKind::Constant(value) => {
                return Ok(Node {
                    operation: Operation::Constant,
                    out: Vector::constant(kind, value.as_ref()),
                });
            }
            ExprKind::Slot(slot) => Operation::Slot(*slot as usize),
            ExprKind::Parameter(number) => Operation::Parameter(*number),
            ExprKind::Outer(index) => Operation::Outer(*index),
            ExprKind::Call(call) => self.call(expr, call)?,
            ExprKind::And(list) => Operation::And(self.list(list)?, Narrow::default()),
            ExprKind::Or(list) => Operation::Or(self.list(list)?, Narrow::default()),
            ExprKind::Not(arg) => Operation::Not(self.boxed(arg)?),
            ExprKind::IsNull { arg, negated } => Operation::IsNull(self.boxed(arg)?, *negated),
            ExprKind::IsTruth { arg, test, negated } => {
                Operation::IsTruth(self.boxed(arg)?, *test, *negated)
            }
            ExprKind::IsDistinct { equality, negated } => self.is_distinct(equality, *negated)?,
            ExprKind::Case { operand, arms, default } => {
                self.case(operand.as_deref(), arms, default)?
            }
            ExprKind::CaseOperand => {
                let index = self
                    .current
                    .last()
                    .copied()
                    .ok_or_else(|| Error::internal("no CASE around an operand"))?;
                Operation::Operand(index)
            }
            ExprKind::Coalesce(list) => Operation::Coalesce(self.list(list)?, Narrow::default()),
            ExprKind::NullIf { equality, value } => {
                Operation::NullIf { equality: self.boxed(equality)?, value: self.boxed(value)? }
            }
            ExprKind::Extreme { greatest, arguments } => Operation::Extreme {
                greatest: *greatest,
                arguments: self.list(arguments)?,
                type_id: expr.type_id,
                collation: expr.collation,
            },
            ExprKind::QuantifiedArray { comparison, array, all } => {
                self.quantified(comparison, array, *all)?
            }
            ExprKind::Array { elements, nested } => Operation::Array {
                elements: self.list(elements)?,
                nested: *nested,
                element_type: element_of(expr.type_id).unwrap_or(Oid::INVALID),
            },
            ExprKind::Row(fields) => Operation::Row(
                self.list(fields)?,
                fields.iter().map(|field| field.type_id).collect(),
            ),
            ExprKind::Subscript { array, indexes, slice } => {
                let indexes = self.bounds(indexes)?;
                let array_type = array.type_id;
                Operation::Subscript {
                    array: self.boxed(array)?,
                    indexes,
                    slice: *slice,
                    array_type,
                }
            }
            ExprKind::AssignElement { array, indexes, slice, value } => Operation::AssignElement {
                indexes: self.bounds(indexes)?,
                slice: *slice,
                array_type: array.type_id,
                array: self.boxed(array)?,
                value: self.boxed(value)?,
            },
            ExprKind::SqlJson(json) => Operation::SqlJson(Box::new(sql_json::SqlJson {
                operation: json.operation,
                arguments: self.list(&json.arguments)?,
                argument_types: json.arguments.iter().map(|argument| argument.type_id).collect(),
                on_empty: self.behavior(json.on_empty.as_ref(), sql_json::Behavior::Null)?,
                on_error: self.behavior(
                    json.on_error.as_ref(),
                    if json.operation == JsonOperation::Exists {
                        sql_json::Behavior::False
                    } else {
                        sql_json::Behavior::Null
                    },
                )?,
                column: json.column.clone(),
                type_id: expr.type_id,
                typmod: expr.typmod,
            })),
            ExprKind::AssignField { record, number, types, value } => Operation::AssignField {
                record: self.boxed(record)?,
                number: usize::try_from(*number - 1).unwrap_or(0),
                types: types.clone(),
                value: self.boxed(value)?,
            },
            ExprKind::Field { record, number } => Operation::Field {
                record: self.boxed(record)?,
                number: usize::try_from(*number - 1)
                    .map_err(|_| Error::unsupported("a system column of a row value"))?,
            },
            ExprKind::Convert { arg, conversion, explicit } => Operation::Convert {
                source: arg.type_id,
                arg: self.boxed(arg)?,
                conversion: *conversion,
                target: expr.type_id,
                typmod: expr.typmod,
                explicit: *explicit,
            },
            ExprKind::ToDomain { arg, .. } => Operation::ToDomain(
                self.boxed(arg)?,
                Box::new(super::domain::Checks::new(expr.type_id, self.find)),
            ),
            ExprKind::Collate(arg) => return self.node(arg),
            ExprKind::SessionValue(value) => Operation::SessionValue(*value, expr.typmod),
            ExprKind::Subplan { index, arguments, lefts } => Operation::Subplan {
                index: *index,
                arguments: self.list(arguments)?,
                lefts: self.list(lefts)?,
            },
            ExprKind::Column(_)
            | ExprKind::Subquery(_)
            | ExprKind::Aggregate(_)
            | ExprKind::Window(_)
            | ExprKind::Default => {
                return Err(Error::internal(format!(
                    "an expression was not planned: {:?}",
                    expr.kind
                )));
            }
        };
        Ok(Node::new(operation, kind))
    }

    fn call(&mut self, expr: &Expr, call: &Call) -> Result<Operation> {
        if let Some(user) = &call.user {
            return Ok(Operation::UserCall {
                function: call.function,
                arguments: self.list(&call.arguments)?,
                info: call_info(expr, call),
                strict: user.strict,
                stable: user.volatility != Volatility::Volatile,
            });
        }
        let function = facts().functions.get(&call.function).ok_or_else(|| {
            Error::internal(format!("cache lookup failed for function {}", call.function))
        })?;
        let binding = (self.find)(function.source)
            .or_else(|| functions::find_by_oid(function.oid))
            .or_else(|| crate::catalog_functions::find_by_oid(function.oid))
            .ok_or_else(|| unbound(function))?;
        let arguments = self.list(&call.arguments)?;
        let info = call_info(expr, call);
        let stable = function.volatility != Volatility::Volatile;
        if call.variadic && function.variadic == types::type_oid::ANY {
            return Ok(Operation::Spread { function: binding, arguments, info });
        }
        Ok(Operation::Call { function: binding, arguments, info, strict: function.strict, stable })
    }

    /// Both sides are computed once; the comparison sees them as operands.
    fn is_distinct(&mut self, equality: &Expr, negated: bool) -> Result<Operation> {
        let ExprKind::Call(call) = &equality.kind else {
            return Err(Error::internal("IS DISTINCT FROM without a comparison"));
        };
        let [left, right] = call.arguments.as_slice() else {
            return Err(Error::internal("IS DISTINCT FROM without two sides"));
        };
        let operand = self.operand(left.type_id);
        self.operand(right.type_id);
        let Operation::Call { function, info, strict, stable, .. } = self.call(equality, call)?
        else {
            return Err(Error::internal("a call compiled to something else"));
        };
        let arguments = vec![
            Node::new(Operation::Operand(operand), Kind::of(left.type_id)),
            Node::new(Operation::Operand(operand + 1), Kind::of(right.type_id)),
        ];
        let equality =
            Node::new(Operation::Call { function, arguments, info, strict, stable }, Kind::Bool);
        Ok(Operation::IsDistinct {
            left: self.boxed(left)?,
            right: self.boxed(right)?,
            equality: Box::new(equality),
            operand,
            negated,
        })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        arms: &[(Expr, Expr)],
        default: &Expr,
    ) -> Result<Operation> {
        let operand = match operand {
            None => None,
            Some(expr) => {
                let node = self.boxed(expr)?;
                Some((node, self.operand(expr.type_id)))
            }
        };
        let mut nodes = Vec::with_capacity(arms.len());
        for (condition, value) in arms {
            // Only the conditions see this CASE's operand; a result may be within another CASE's condition.
            if let Some((_, index)) = &operand {
                self.current.push(*index);
            }
            let condition = self.node(condition);
            if operand.is_some() {
                self.current.pop();
            }
            nodes.push((condition?, self.node(value)?));
        }
        Ok(Operation::Case {
            operand,
            arms: nodes,
            default: self.boxed(default)?,
            narrow: Narrow::default(),
        })
    }

    fn quantified(&mut self, comparison: &Expr, array: &Expr, all: bool) -> Result<Operation> {
        let element_type = element_of(array.type_id)
            .ok_or_else(|| Error::internal("a quantified comparison without an array"))?;
        let array = self.boxed(array)?;
        let operand = self.operand(element_type);
        self.current.push(operand);
        let comparison = self.boxed(comparison);
        self.current.pop();
        Ok(Operation::Quantified { array, comparison: comparison?, operand, element_type, all })
    }
}

/// What is known of a call before it runs.
fn call_info(expr: &Expr, call: &Call) -> CallInfo {
    CallInfo {
        argument_types: call.arguments.iter().map(|argument| argument.type_id).collect(),
        result_type: expr.type_id,
        collation: call.input_collation,
        fields: Vec::new(),
    }
}

/// 0A000 for a function that PostgreSQL has and surus has not yet.
fn unbound(function: &catalog::facts::Function) -> Error {
    let arguments: Vec<String> =
        function.arguments.iter().map(|oid| types::format_type(*oid, None)).collect();
    Error::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!(
            "function {}({}) is not supported by surus yet",
            function.name,
            arguments.join(", ")
        ),
    )
}
