//! Expressions.

use crate::Analyzer;
use crate::coerce::Context;
use error::{Error, Result, SqlState, stack_check};
use expression::{Expr, ExprKind, SessionValue, Truth, default_collation};
use syntax::ast::{self, ExprKind as Ast, Location, OperatorName, Quantifier, SqlValueFunction};
use types::{Datum, Oid, array_of, element_of, type_oid};

impl Analyzer<'_> {
    /// The typed form of an expression.
    pub fn expr(&mut self, expr: &ast::Expr) -> Result<Expr> {
        stack_check()?;
        let location = expr.location;
        match &expr.kind {
            Ast::Constant(constant) => self.constant(constant, location),
            Ast::Parameter(number) => self.parameter(*number, location),
            Ast::Column(names) => self.column_or_variable(names, location),
            Ast::Star(names) if !names.is_empty() => self.whole_row_star(names, location),
            Ast::Star(_) => Err(Error::new(
                SqlState::SYNTAX_ERROR,
                "row expansion via \"*\" is not supported here",
            )
            .at(self.position(location))),
            Ast::Operator(operator) => self.operator_expr(operator, location),
            Ast::And(list) => Ok(Expr::boolean(ExprKind::And(self.booleans(list, "AND")?))),
            Ast::Or(list) => Ok(Expr::boolean(ExprKind::Or(self.booleans(list, "OR")?))),
            Ast::Not(arg) => {
                let value = self.expr(arg)?;
                let value = self.boolean(value, "NOT", arg.start())?;
                Ok(Expr::boolean(ExprKind::Not(Box::new(value))))
            }
            Ast::IsNull(node) => {
                let arg = self.expr(&node.arg)?;
                let arg = self.unknown_to_text(arg)?;
                Ok(Expr::boolean(ExprKind::IsNull { arg: Box::new(arg), negated: node.negated }))
            }
            Ast::IsTruth(node) => self.is_truth(node),
            Ast::IsDistinct(node) => self.is_distinct(node, location),
            Ast::Between(node) => self.between(node, location),
            Ast::InList(node) => self.in_list(node, location),
            Ast::QuantifiedArray(node) => self.quantified_array(node, location),
            Ast::Subquery(node) => self.subquery(node, location),
            Ast::Function(call) => self.call(call, location),
            Ast::Cast(cast) => self.cast_expr(cast, location),
            Ast::Collate(node) => self.collate(node, location),
            Ast::Case(case) => self.case(case),
            Ast::Coalesce(list) => {
                let (list, type_id) = self.alike(list, "COALESCE")?;
                let collation = first_collation(&list, type_id);
                Ok(Expr::new(ExprKind::Coalesce(list), type_id, collation))
            }
            Ast::Greatest(list) => self.extreme(list, true),
            Ast::Least(list) => self.extreme(list, false),
            Ast::NullIf(sides) => self.null_if(sides, location),
            Ast::Row(row) => self.row(row),
            Ast::Array(elements) => self.array(elements, None, location),
            Ast::Indirection(node) => self.indirection(node, location),
            Ast::SqlValueFunction(function, precision) => Ok(session_value(*function, *precision)),
            Ast::IsJson(node) => self.is_json(node),
            Ast::Grouping(_) => Err(Error::unsupported("GROUPING").at(self.position(location))),
            Ast::Json(json) => self.json(json, location),
            Ast::Xml(xml) => Err(Error::unsupported(xml.keyword()).at(self.position(location))),
            Ast::CurrentOf(_) => {
                Err(Error::unsupported("WHERE CURRENT OF").at(self.position(location)))
            }
            Ast::Default => {
                Err(Error::new(SqlState::SYNTAX_ERROR, "DEFAULT is not allowed in this context")
                    .at(self.position(location)))
            }
        }
    }

    fn booleans(&mut self, list: &[ast::Expr], what: &str) -> Result<Vec<Expr>> {
        let mut values = Vec::with_capacity(list.len());
        for item in list {
            let value = self.expr(item)?;
            values.push(self.boolean(value, what, item.start())?);
        }
        Ok(values)
    }

    // Operators and comparisons.

    fn operator_expr(&mut self, operator: &ast::Operator, location: Location) -> Result<Expr> {
        if let (Some(left), true) = (&operator.left, is_comparison(&operator.name))
            && let (Ast::Row(a), Ast::Row(b)) = (&left.kind, &operator.right.kind)
        {
            return self.row_comparison(&operator.name, &a.fields, &b.fields, location);
        }
        let left = operator.left.as_ref().map(|left| self.expr(left)).transpose()?;
        let right = self.expr(&operator.right)?;
        // A minus before a literal is part of it.
        if operator.left.is_none()
            && operator.name.qualifier.is_empty()
            && operator.name.name == "-"
        {
            if let ExprKind::Constant(Datum::I32(value)) = right.kind
                && let Some(negative) = value.checked_neg()
            {
                return Ok(Expr::constant(Datum::I32(negative), type_oid::INT4, -1));
            }
            if let ExprKind::Constant(Datum::I64(value)) = right.kind
                && right.type_id == type_oid::INT8
                && value == i64::from(i32::MAX) + 1
            {
                return Ok(Expr::constant(Datum::I64(-value), type_oid::INT8, -1));
            }
        }
        let end = operator.right.start();
        let operands = [operator.left.as_ref().map_or(end, |left| left.start()), end];
        self.operator_at(&operator.name, left, right, location, operands)
    }

    /// `(a, b) op (c, d)`: equality of all, or the order of the first that differ.
    pub(crate) fn row_comparison(
        &mut self,
        name: &OperatorName,
        left: &[ast::Expr],
        right: &[ast::Expr],
        location: Location,
    ) -> Result<Expr> {
        if left.len() != right.len() {
            let text = "unequal number of entries in row expressions";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location)));
        }
        if left.is_empty() {
            let text = "cannot compare rows of zero length";
            return Err(
                Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(self.position(location))
            );
        }
        let mut pairs = Vec::with_capacity(left.len());
        for (a, b) in left.iter().zip(right) {
            pairs.push((self.expr(a)?, self.expr(b)?));
        }
        self.compare_rows(name, pairs, location)
    }

    pub(crate) fn compare_rows(
        &mut self,
        name: &OperatorName,
        pairs: Vec<(Expr, Expr)>,
        location: Location,
    ) -> Result<Expr> {
        let equality = matches!(&*name.name, "=" | "<>" | "!=");
        if equality {
            let mut list = Vec::with_capacity(pairs.len());
            for (a, b) in pairs {
                list.push(self.operator(name, Some(a), b, location)?);
            }
            if list.len() == 1 {
                return Ok(list.remove(0));
            }
            let kind = if &*name.name == "=" { ExprKind::And(list) } else { ExprKind::Or(list) };
            return Ok(Expr::boolean(kind));
        }
        // a < c OR a = c AND (the rest), built from the last pair.
        let strict = name.name.trim_end_matches('=').to_owned();
        let plain = |text: String| OperatorName { qualifier: Vec::new(), name: text.into() };
        let mut result: Option<Expr> = None;
        for (a, b) in pairs.into_iter().rev() {
            result = Some(match result {
                None => self.operator(name, Some(a), b, location)?,
                Some(rest) => {
                    let less = self.operator(
                        &plain(strict.clone()),
                        Some(a.clone()),
                        b.clone(),
                        location,
                    )?;
                    let equal = self.operator(&plain("=".to_owned()), Some(a), b, location)?;
                    let both = Expr::boolean(ExprKind::And(vec![equal, rest]));
                    Expr::boolean(ExprKind::Or(vec![less, both]))
                }
            });
        }
        result.ok_or_else(|| Error::internal("an empty row comparison"))
    }

    fn is_truth(&mut self, node: &ast::IsTruth) -> Result<Expr> {
        let (test, word) = match node.test {
            ast::Truth::True => (Truth::True, "TRUE"),
            ast::Truth::False => (Truth::False, "FALSE"),
            ast::Truth::Unknown => (Truth::Unknown, "UNKNOWN"),
        };
        let arg = self.expr(&node.arg)?;
        let what = format!("IS {}{word}", if node.negated { "NOT " } else { "" });
        let arg = self.boolean(arg, &what, node.arg.start())?;
        Ok(Expr::boolean(ExprKind::IsTruth { arg: Box::new(arg), test, negated: node.negated }))
    }

    fn is_distinct(&mut self, node: &ast::IsDistinct, location: Location) -> Result<Expr> {
        let (left, right) = (self.expr(&node.left)?, self.expr(&node.right)?);
        let null = |expr: &Expr| matches!(expr.kind, ExprKind::Constant(Datum::Null));
        if null(&right) || null(&left) {
            let arg = self.unknown_to_text(if null(&right) { left } else { right })?;
            return Ok(Expr::boolean(ExprKind::IsNull {
                arg: Box::new(arg),
                negated: !node.negated,
            }));
        }
        let equality = self.operator(&equals(), Some(left), right, location)?;
        Ok(Expr::boolean(ExprKind::IsDistinct {
            equality: Box::new(equality),
            negated: node.negated,
        }))
    }

    fn between(&mut self, node: &ast::Between, location: Location) -> Result<Expr> {
        let arg = self.expr(&node.arg)?;
        let (low, high) = (self.expr(&node.low)?, self.expr(&node.high)?);
        let name = |text: &'static str| OperatorName { qualifier: Vec::new(), name: text.into() };
        let mut range = |low: Expr, high: Expr| -> Result<Expr> {
            let (first, second, join): (_, _, fn(Vec<Expr>) -> ExprKind) =
                if node.negated { ("<", ">", ExprKind::Or) } else { (">=", "<=", ExprKind::And) };
            let first = self.operator(&name(first), Some(arg.clone()), low, location)?;
            let second = self.operator(&name(second), Some(arg.clone()), high, location)?;
            Ok(Expr::boolean(join(vec![first, second])))
        };
        if !node.symmetric {
            return range(low, high);
        }
        let both = vec![range(low.clone(), high.clone())?, range(high, low)?];
        Ok(Expr::boolean(if node.negated { ExprKind::And(both) } else { ExprKind::Or(both) }))
    }

    fn in_list(&mut self, node: &ast::InList, location: Location) -> Result<Expr> {
        let name = OperatorName {
            qualifier: Vec::new(),
            name: if node.negated { "<>" } else { "=" }.into(),
        };
        if let Ast::Row(row) = &node.arg.kind {
            let mut list = Vec::with_capacity(node.list.len());
            for item in &node.list {
                let Ast::Row(other) = &item.kind else {
                    let text = "IN with a row on one side only";
                    return Err(Error::unsupported(text).at(self.position(location)));
                };
                list.push(self.row_comparison(&name, &row.fields, &other.fields, location)?);
            }
            return Ok(any_of(list, node.negated));
        }
        let left = self.expr(&node.arg)?;
        let mut items = Vec::with_capacity(node.list.len());
        for item in &node.list {
            items.push((self.expr(item)?, item.start()));
        }
        let types: Vec<(Oid, Location)> = [(left.type_id, node.arg.start())]
            .into_iter()
            .chain(items.iter().map(|(item, place)| (item.type_id, *place)))
            .collect();
        // One array of a common type where there is one, and comparisons one by one where not.
        let constant =
            |expr: &Expr| matches!(expr.kind, ExprKind::Constant(_) | ExprKind::Parameter(_));
        if items.len() > 1
            && items.iter().all(|(item, _)| constant(item) || item.type_id != type_oid::RECORD)
            && let Ok(common) = self.common_type(&types, "IN")
            && let Some(array_type) = array_of(common)
        {
            let mut elements = Vec::with_capacity(items.len());
            for (item, place) in items {
                elements.push(self.to_common(item, common, "IN", place)?);
            }
            let kind = ExprKind::Array { elements, nested: false };
            let array = Expr::new(kind, array_type, default_collation(array_type));
            return self.quantified(&name, left, array, node.negated, location);
        }
        let mut list = Vec::with_capacity(items.len());
        for (item, _) in items {
            list.push(self.operator(&name, Some(left.clone()), item, location)?);
        }
        Ok(any_of(list, node.negated))
    }

    fn quantified_array(
        &mut self,
        node: &ast::QuantifiedArray,
        location: Location,
    ) -> Result<Expr> {
        let left = self.expr(&node.left)?;
        let array = self.expr(&node.array)?;
        let mut array = self.without_domain(array);
        if array.type_id == type_oid::UNKNOWN {
            // An untyped literal is an array of what the left side is.
            let element =
                if left.type_id == type_oid::UNKNOWN { type_oid::TEXT } else { left.type_id };
            let target = array_of(element).unwrap_or(type_oid::TEXT_ARRAY);
            array = self.cast(array, target, -1, Context::Implicit, node.array.start())?;
        }
        self.quantified(&node.operator, left, array, node.quantifier == Quantifier::All, location)
    }

    fn quantified(
        &mut self,
        name: &OperatorName,
        left: Expr,
        array: Expr,
        all: bool,
        location: Location,
    ) -> Result<Expr> {
        let Some(element) = element_of(array.type_id) else {
            let text = "op ANY/ALL (array) requires array on right side";
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(self.position(location)));
        };
        let operator = self.find_operator(name, left.type_id, element, location)?;
        let operand = Expr::new(ExprKind::CaseOperand, element, default_collation(element));
        let comparison =
            self.operator_call(operator, Some(left), operand, location, [location; 2])?;
        if comparison.type_id != type_oid::BOOL {
            let text = "op ANY/ALL (array) requires operator to yield boolean";
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(self.position(location)));
        }
        let kind = ExprKind::QuantifiedArray {
            comparison: Box::new(comparison),
            array: Box::new(array),
            all,
        };
        Ok(Expr::boolean(kind))
    }

    // Casts and branches.

    fn cast_expr(&mut self, cast: &ast::Cast, location: Location) -> Result<Expr> {
        let (target, typmod) = self.type_name(&cast.type_name)?;
        if let Ast::Array(elements) = &cast.arg.kind
            && element_of(target).is_some()
        {
            return self.array(elements, Some((target, typmod)), location);
        }
        let value = self.expr(&cast.arg)?;
        let place = if value.type_id == type_oid::UNKNOWN { cast.arg.start() } else { location };
        self.cast(value, target, typmod, Context::Explicit, place)
    }

    fn collate(&mut self, node: &ast::Collate, location: Location) -> Result<Expr> {
        let arg = self.expr(&node.arg)?;
        let arg = self.unknown_to_text(arg)?;
        let collation = self.collation(&node.collation)?;
        if !default_collation(arg.type_id).is_valid() {
            let text = format!(
                "collations are not supported by type {}",
                types::format_type(arg.type_id, None)
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location)));
        }
        let (type_id, typmod) = (arg.type_id, arg.typmod);
        Ok(Expr { kind: ExprKind::Collate(Box::new(arg)), type_id, typmod, collation })
    }

    fn case(&mut self, case: &ast::Case) -> Result<Expr> {
        let operand = match &case.arg {
            None => None,
            Some(arg) => {
                let value = self.expr(arg)?;
                Some(self.unknown_to_text(value)?)
            }
        };
        let mut conditions = Vec::with_capacity(case.whens.len());
        let mut values = Vec::with_capacity(case.whens.len() + 1);
        for when in &case.whens {
            let condition = self.expr(&when.condition)?;
            let condition = match &operand {
                None => condition,
                Some(operand) => {
                    let (type_id, collation) = (operand.type_id, operand.collation);
                    let left = Expr::new(ExprKind::CaseOperand, type_id, collation);
                    self.operator(&equals(), Some(left), condition, when.condition.start())?
                }
            };
            conditions.push(self.boolean(condition, "CASE/WHEN", when.condition.start())?);
            values.push((self.expr(&when.result)?, when.result.start()));
        }
        match &case.default {
            Some(default) => values.push((self.expr(default)?, default.start())),
            None => values.push((
                Expr::new(ExprKind::Constant(Datum::Null), type_oid::UNKNOWN, Oid::INVALID),
                Location::NONE,
            )),
        }
        // PostgreSQL looks at ELSE first.
        let mut order: Vec<(Oid, Location)> = values.iter().map(|(v, l)| (v.type_id, *l)).collect();
        order.rotate_right(1);
        let type_id = self.common_type(&order, "CASE")?;
        let mut coerced = Vec::with_capacity(values.len());
        for (value, location) in values {
            coerced.push(self.to_common(value, type_id, "CASE/WHEN", location)?);
        }
        let default = coerced.pop().ok_or_else(|| Error::internal("CASE without a value"))?;
        let collation = first_collation(&coerced, type_id);
        let typmod = common_typmod(coerced.iter().chain([&default]));
        let arms = conditions.into_iter().zip(coerced).collect();
        let kind =
            ExprKind::Case { operand: operand.map(Box::new), arms, default: Box::new(default) };
        Ok(Expr { kind, type_id, typmod, collation })
    }

    /// Values made of one type.
    fn alike(&mut self, list: &[ast::Expr], what: &str) -> Result<(Vec<Expr>, Oid)> {
        let mut values = Vec::with_capacity(list.len());
        for item in list {
            values.push((self.expr(item)?, item.start()));
        }
        let types: Vec<(Oid, Location)> = values.iter().map(|(v, l)| (v.type_id, *l)).collect();
        let type_id = self.common_type(&types, what)?;
        let mut coerced = Vec::with_capacity(values.len());
        for (value, location) in values {
            coerced.push(self.to_common(value, type_id, what, location)?);
        }
        Ok((coerced, type_id))
    }

    fn extreme(&mut self, list: &[ast::Expr], greatest: bool) -> Result<Expr> {
        let (arguments, type_id) = self.alike(list, if greatest { "GREATEST" } else { "LEAST" })?;
        let collation = first_collation(&arguments, type_id);
        Ok(Expr::new(ExprKind::Extreme { greatest, arguments }, type_id, collation))
    }

    fn null_if(&mut self, sides: &[ast::Expr; 2], location: Location) -> Result<Expr> {
        let (left, right) = (self.expr(&sides[0])?, self.expr(&sides[1])?);
        let equality = self.operator(&equals(), Some(left), right, location)?;
        let ExprKind::Call(call) = &equality.kind else {
            return Err(Error::internal("a comparison is a call"));
        };
        let value = call.arguments[0].clone();
        let (type_id, collation) = (value.type_id, value.collation);
        let kind = ExprKind::NullIf { equality: Box::new(equality), value: Box::new(value) };
        Ok(Expr::new(kind, type_id, collation))
    }

    // Rows and arrays.

    fn row(&mut self, row: &ast::Row) -> Result<Expr> {
        let mut fields = Vec::with_capacity(row.fields.len());
        for field in &row.fields {
            if let Ast::Star(_) = field.kind {
                let star =
                    ast::Target { alias: None, value: field.clone(), location: field.location };
                let targets = self.targets(std::slice::from_ref(&star))?;
                fields.extend(targets.into_iter().map(|target| target.expr));
                continue;
            }
            let value = self.expr(field)?;
            fields.push(self.unknown_to_text(value)?);
        }
        Ok(Expr::new(ExprKind::Row(fields), type_oid::RECORD, Oid::INVALID))
    }

    /// ARRAY[...], of a type where one is asked for.
    fn array(
        &mut self,
        elements: &[ast::Expr],
        target: Option<(Oid, i32)>,
        location: Location,
    ) -> Result<Expr> {
        let mut values = Vec::with_capacity(elements.len());
        let mut nested = false;
        for element in elements {
            let value = match (&element.kind, target) {
                (Ast::Array(inner), target) => {
                    nested = true;
                    self.array(inner, target, element.location)?
                }
                _ => self.expr(element)?,
            };
            nested = nested
                || element_of(value.type_id).is_some()
                    && target.is_none()
                    && value.type_id != type_oid::INT2VECTOR
                    && value.type_id != type_oid::OIDVECTOR;
            values.push((value, element.start()));
        }
        let (array_type, wanted, typmod) = match target {
            Some((array, typmod)) => {
                let element = element_of(array)
                    .ok_or_else(|| Error::internal("an array type has elements"))?;
                (array, if nested { array } else { element }, typmod)
            }
            None => {
                if values.is_empty() {
                    return Err(Error::new(
                        SqlState::INDETERMINATE_DATATYPE,
                        "cannot determine type of empty array",
                    )
                    .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
                    .at(self.position(location)));
                }
                let types: Vec<(Oid, Location)> =
                    values.iter().map(|(v, l)| (v.type_id, *l)).collect();
                let common = self.common_type(&types, "ARRAY")?;
                let array = if nested { Some(common) } else { array_of(common) };
                let array = array.ok_or_else(|| {
                    let name = types::format_type(common, None);
                    let text = format!("could not find array type for data type {name}");
                    Error::new(SqlState::UNDEFINED_OBJECT, text).at(self.position(location))
                })?;
                (array, common, -1)
            }
        };
        let context = if target.is_some() { Context::Explicit } else { Context::Implicit };
        let mut coerced = Vec::with_capacity(values.len());
        for (value, place) in values {
            coerced.push(self.cast(value, wanted, typmod, context, place)?);
        }
        let kind = ExprKind::Array { elements: coerced, nested };
        Ok(Expr { kind, type_id: array_type, typmod, collation: default_collation(array_type) })
    }

    fn indirection(&mut self, node: &ast::IndirectionExpr, location: Location) -> Result<Expr> {
        let mut value = self.expr(&node.arg)?;
        let mut path = node.path.as_slice();
        while let Some(step) = path.first() {
            match step {
                ast::Indirection::Index(_) | ast::Indirection::Slice(..) => {
                    let count = path
                        .iter()
                        .take_while(|s| {
                            matches!(s, ast::Indirection::Index(_) | ast::Indirection::Slice(..))
                        })
                        .count();
                    value = self.subscript(value, &path[..count], location)?;
                    path = &path[count..];
                }
                ast::Indirection::Field(name) => {
                    value = self.field(value, name, location)?;
                    path = &path[1..];
                }
                ast::Indirection::Star => {
                    let text = "row expansion via \"*\" is not supported here";
                    return Err(
                        Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location))
                    );
                }
            }
        }
        Ok(value)
    }

    fn subscript(
        &mut self,
        value: Expr,
        steps: &[ast::Indirection],
        location: Location,
    ) -> Result<Expr> {
        let value = self.without_domain(value);
        let element = self.element_type(value.type_id, location)?;
        if value.type_id == type_oid::JSONB {
            return self.json_subscript(value, steps);
        }
        let (indexes, slice) = self.subscripts(steps)?;
        let type_id = if slice { value.type_id } else { element };
        let (typmod, collation) = (value.typmod, value.collation);
        let kind = ExprKind::Subscript { array: Box::new(value), indexes, slice };
        Ok(Expr { kind, type_id, typmod, collation })
    }

    /// The type of what subscripts of a type give. 42804 where it has none.
    pub(crate) fn element_type(&self, type_id: Oid, location: Location) -> Result<Oid> {
        let found = match type_id {
            type_oid::JSONB => Some(type_oid::JSONB),
            _ => element_of(type_id).or_else(|| {
                let row = types::builtin_type(type_id)?;
                (row.subscript == "raw_array_subscript_handler").then_some(row.element)
            }),
        };
        found.ok_or_else(|| {
            let text = format!(
                "cannot subscript type {} because it does not support subscripting",
                self.shown_type(type_id)
            );
            Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location))
        })
    }

    /// `value['a'][1]` is jsonb_extract_path(value, 'a', '1').
    fn json_subscript(&mut self, value: Expr, steps: &[ast::Indirection]) -> Result<Expr> {
        let mut path = Vec::with_capacity(steps.len());
        for (_, index) in self.json_subscripts(steps)? {
            let Some(index) = index else { continue };
            path.push(self.cast(index, type_oid::TEXT, -1, Context::Explicit, Location::NONE)?);
        }
        let function = catalog::facts()
            .function_by_source("jsonb_extract_path")
            .ok_or_else(|| Error::internal("there is no jsonb_extract_path"))?;
        let array = type_oid::TEXT_ARRAY;
        let kind = ExprKind::Array { elements: path, nested: false };
        let path = Expr::new(kind, array, default_collation(array));
        let call = expression::Call {
            function: function.oid,
            arguments: vec![value, path],
            input_collation: Oid::INVALID,
            form: expression::CallForm::Function,
            variadic: true,
            user: None,
        };
        Ok(Expr::new(ExprKind::Call(Box::new(call)), type_oid::JSONB, Oid::INVALID))
    }

    /// The subscripts of jsonb: int4 or text. 42804.
    pub(crate) fn json_subscripts(
        &mut self,
        steps: &[ast::Indirection],
    ) -> Result<Vec<(Option<Expr>, Option<Expr>)>> {
        let mut list = Vec::with_capacity(steps.len());
        for step in steps {
            let index = match step {
                ast::Indirection::Index(index) => index,
                ast::Indirection::Slice(lower, upper) => {
                    let place =
                        lower.as_ref().or(upper.as_ref()).map_or(Location::NONE, ast::Expr::start);
                    let text = "jsonb subscript does not support slices";
                    return Err(
                        Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(place))
                    );
                }
                ast::Indirection::Field(_) | ast::Indirection::Star => {
                    return Err(Error::internal("only subscripts were counted"));
                }
            };
            let value = self.expr(index)?;
            let source = value.type_id;
            let fitting: Vec<Oid> = [type_oid::INT4, type_oid::TEXT]
                .into_iter()
                .filter(|target| crate::coerce::can_coerce(source, *target, Context::Implicit))
                .collect();
            let target = match fitting.as_slice() {
                _ if source == type_oid::UNKNOWN => type_oid::TEXT,
                [one] => *one,
                list => {
                    let detail = if list.is_empty() {
                        "jsonb subscript must be coercible to either integer or text."
                    } else {
                        "jsonb subscript must be coercible to only one type, integer or text."
                    };
                    let text =
                        format!("subscript type {} is not supported", self.shown_type(source));
                    return Err(Error::new(SqlState::DATATYPE_MISMATCH, text)
                        .hint(detail)
                        .at(self.position(index.start())));
                }
            };
            list.push((
                None,
                Some(self.cast(value, target, -1, Context::Implicit, index.start())?),
            ));
        }
        Ok(list)
    }

    /// The bounds that subscripts give, and whether they are of a slice.
    #[expect(clippy::type_complexity, reason = "lower and upper bounds, as Subscript has them")]
    pub(crate) fn subscripts(
        &mut self,
        steps: &[ast::Indirection],
    ) -> Result<(Vec<(Option<Expr>, Option<Expr>)>, bool)> {
        let slice = steps.iter().any(|step| matches!(step, ast::Indirection::Slice(..)));
        let mut indexes = Vec::with_capacity(steps.len());
        for step in steps {
            let mut bound = |expr: &ast::Expr| -> Result<Expr> {
                let value = self.expr(expr)?;
                self.coerce(value, type_oid::INT4, -1, Context::Assignment, expr.start())?
                    .ok_or_else(|| {
                        Error::new(
                            SqlState::DATATYPE_MISMATCH,
                            "array subscript must have type integer",
                        )
                        .at(self.position(expr.start()))
                    })
            };
            indexes.push(match step {
                ast::Indirection::Index(index) if slice => {
                    let one = Expr::constant(Datum::I32(1), type_oid::INT4, -1);
                    (Some(one), Some(bound(index)?))
                }
                ast::Indirection::Index(index) => (None, Some(bound(index)?)),
                ast::Indirection::Slice(lower, upper) => (
                    lower.as_ref().map(&mut bound).transpose()?,
                    upper.as_ref().map(&mut bound).transpose()?,
                ),
                ast::Indirection::Field(_) | ast::Indirection::Star => {
                    return Err(Error::internal("only subscripts were counted"));
                }
            });
        }
        Ok((indexes, slice))
    }

    fn field(&mut self, value: Expr, name: &str, location: Location) -> Result<Expr> {
        let position = self.position(location);
        let found = self.field_of(value.clone(), name);
        if let Some(field) = found.map_err(|error| error.at_default(position))? {
            return Ok(field);
        }
        let (shown, is_row) = (self.shown_type(value.type_id), self.columns_of(&value)?.is_some());
        if let Some(called) = self.attribute_function(value, name, location)? {
            return Ok(called);
        }
        Err(if is_row {
            let text = format!("column \"{name}\" not found in data type {shown}");
            Error::new(SqlState::UNDEFINED_COLUMN, text).at(position)
        } else {
            let text = format!(
                "column notation .{name} applied to type {shown}, which is not a composite type"
            );
            Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(position)
        })
    }

    /// The field of that name of a composite value; `None` where it has none.
    pub(crate) fn field_of(&mut self, value: Expr, name: &str) -> Result<Option<Expr>> {
        let Some(columns) = self.columns_of(&value)? else { return Ok(None) };
        let Some(index) = columns.iter().position(|column| column.0 == name) else {
            return Ok(None);
        };
        let (_, type_id, typmod, collation) = columns[index].clone();
        let number =
            i16::try_from(index + 1).map_err(|_| Error::internal("a row has too many columns"))?;
        let kind = ExprKind::Field { record: Box::new(value), number };
        Ok(Some(Expr { kind, type_id, typmod, collation }))
    }

    /// The columns of a composite type: name, type, typmod, collation.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn row_columns(&self, type_id: Oid) -> Option<Vec<(String, Oid, i32, Oid)>> {
        let type_id = self.base_type(type_id);
        let columns = match self.resolver.catalog().relation_of_row_type(type_id)? {
            catalog::object::Object::Table(table) if table.row_type == type_id => &table.columns,
            catalog::object::Object::View(view) if view.row_type == type_id => &view.columns,
            catalog::object::Object::Type(own) if own.oid == type_id => match &own.definition {
                catalog::object::TypeDefinition::Composite { columns, .. } => columns,
                catalog::object::TypeDefinition::Enum(_)
                | catalog::object::TypeDefinition::Domain(_)
                | catalog::object::TypeDefinition::Range(_) => return None,
            },
            _ => return None,
        };
        let kept = columns.iter().filter(|column| !column.dropped);
        Some(kept.map(|c| (c.name.clone(), c.type_id, c.typmod, c.collation)).collect())
    }
}

/// The operator `=` of pg_catalog.
pub(crate) fn equals() -> OperatorName {
    OperatorName { qualifier: Vec::new(), name: "=".into() }
}

fn is_comparison(name: &OperatorName) -> bool {
    matches!(&*name.name, "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=")
}

fn any_of(mut list: Vec<Expr>, negated: bool) -> Expr {
    if list.len() == 1 {
        return list.remove(0);
    }
    Expr::boolean(if negated { ExprKind::And(list) } else { ExprKind::Or(list) })
}

pub(crate) fn first_collation(list: &[Expr], type_id: Oid) -> Oid {
    let default = default_collation(type_id);
    if !default.is_valid() {
        return default;
    }
    list.iter().map(|e| e.collation).find(|c| c.is_valid()).unwrap_or(default)
}

/// The typmod that all have, or none.
pub(crate) fn common_typmod<'a>(mut list: impl Iterator<Item = &'a Expr>) -> i32 {
    let first = list.next().map_or(-1, |expr| expr.typmod);
    if list.all(|expr| expr.typmod == first) { first } else { -1 }
}

fn session_value(function: SqlValueFunction, precision: Option<i32>) -> Expr {
    let (value, type_id) = match function {
        SqlValueFunction::CurrentDate => (SessionValue::CurrentDate, type_oid::DATE),
        SqlValueFunction::CurrentTime => (SessionValue::CurrentTime, type_oid::TIMETZ),
        SqlValueFunction::CurrentTimestamp => {
            (SessionValue::CurrentTimestamp, type_oid::TIMESTAMPTZ)
        }
        SqlValueFunction::LocalTime => (SessionValue::LocalTime, type_oid::TIME),
        SqlValueFunction::LocalTimestamp => (SessionValue::LocalTimestamp, type_oid::TIMESTAMP),
        SqlValueFunction::CurrentRole => (SessionValue::CurrentRole, type_oid::NAME),
        SqlValueFunction::CurrentUser => (SessionValue::CurrentUser, type_oid::NAME),
        SqlValueFunction::User => (SessionValue::User, type_oid::NAME),
        SqlValueFunction::SessionUser => (SessionValue::SessionUser, type_oid::NAME),
        SqlValueFunction::CurrentCatalog => (SessionValue::CurrentCatalog, type_oid::NAME),
        SqlValueFunction::CurrentSchema => (SessionValue::CurrentSchema, type_oid::NAME),
    };
    let kind = ExprKind::SessionValue(value);
    Expr { kind, type_id, typmod: precision.unwrap_or(-1), collation: default_collation(type_id) }
}
