//! Calls: functions, operators, casts and what SQL writes in a syntax of its own.

use super::{Casts, Printer, operator_name};
use crate::expr::{Call, CallForm, Conversion, Expr, ExprKind};
use catalog::facts::{Function, facts};
use error::{Error, Result};
use types::{Datum, quote_identifier, type_oid};

impl Printer<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call, casts: Casts) -> Result<()> {
        match call.form {
            CallForm::Operator(_) => self.operator(expr, call),
            CallForm::ImplicitCast if casts == Casts::Written => {
                self.expr(first(call)?, Casts::Written)
            }
            CallForm::ImplicitCast | CallForm::ExplicitCast => self.cast(expr, first(call)?),
            CallForm::Sql => {
                let function = function_of(call)?;
                if self.sql_call(expr, call, function)? {
                    Ok(())
                } else {
                    self.plain(call, function)
                }
            }
            CallForm::Function if call.user.is_some() => self.user_call(call),
            CallForm::Function => self.plain(call, function_of(call)?),
        }
    }

    fn operator(&mut self, expr: &Expr, call: &Call) -> Result<()> {
        let name = operator_name(call)?;
        self.own('(');
        match call.arguments.as_slice() {
            [right] => {
                self.push(&format!("{name} "));
                self.operand(right, Casts::All, expr)?;
            }
            [left, right] => {
                self.operand(left, Casts::All, expr)?;
                self.push(&format!(" {name} "));
                self.operand(right, Casts::All, expr)?;
            }
            _ => return Err(Error::internal("an operator has one or two operands")),
        }
        self.own(')');
        Ok(())
    }

    fn plain(&mut self, call: &Call, function: &Function) -> Result<()> {
        let name = quote_identifier(function.name);
        let visible = self.context.access.search_path.contains(&function.namespace);
        if !visible {
            let schema = crate::names::schema_name(self.context.access, function.namespace);
            let schema = schema.unwrap_or_else(|| function.namespace.to_string());
            self.push(&format!("{}.", quote_identifier(&schema)));
        }
        self.push(&format!("{name}("));
        // What a variadic parameter of a type collects is stored as the array that it makes.
        let collects =
            function.variadic.is_valid() && (function.variadic != type_oid::ANY || call.variadic);
        let last = call.arguments.len().saturating_sub(1);
        for (index, argument) in call.arguments.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            if collects && index == last {
                self.push("VARIADIC ");
            }
            self.expr(argument, Casts::All)?;
        }
        self.push(")");
        Ok(())
    }

    /// A call of a function that a user made.
    fn user_call(&mut self, call: &Call) -> Result<()> {
        let access = self.context.access;
        let function = access.catalog.function(call.function).ok_or_else(|| {
            Error::internal(format!("cache lookup failed for function {}", call.function))
        })?;
        let name = crate::names::user_function_name(access, function);
        self.push(&format!("{name}("));
        let last = call.arguments.len().saturating_sub(1);
        for (index, argument) in call.arguments.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            if function.variadic.is_valid() && index == last {
                self.push("VARIADIC ");
            }
            self.expr(argument, Casts::All)?;
        }
        self.push(")");
        Ok(())
    }

    /// The special syntax of some functions; `false` where the function has none.
    fn sql_call(&mut self, expr: &Expr, call: &Call, function: &Function) -> Result<bool> {
        let arguments = call.arguments.as_slice();
        match (function.name, arguments) {
            ("timezone", [zone, value]) => self.at_time_zone(expr, Some(zone), value)?,
            ("timezone", [value]) => self.at_time_zone(expr, None, value)?,
            ("extract", [field, value]) => {
                let ExprKind::Constant(Datum::Bytes(name)) = &field.kind else { return Ok(false) };
                let name = String::from_utf8_lossy(name).into_owned();
                self.push(&format!("EXTRACT({name} FROM "));
                self.expr(value, Casts::Written)?;
                self.push(")");
            }
            ("is_normalized", [value, rest @ ..]) => {
                self.push("((");
                self.expr(value, Casts::Written)?;
                self.push(") IS");
                self.normal_form(rest, " ")?;
                self.push(" NORMALIZED)");
            }
            ("normalize", [value, rest @ ..]) => {
                self.push("NORMALIZE(");
                self.expr(value, Casts::Written)?;
                self.normal_form(rest, ", ")?;
                self.push(")");
            }
            ("pg_collation_for", [value]) => self.words("COLLATION FOR (", &[("", value)])?,
            ("overlaps", [a, b, c, d]) => {
                self.words("((", &[("", a), (", ", b), (") OVERLAPS (", c), (", ", d)])?;
                self.push(")");
            }
            ("overlay", [a, b, c]) => {
                self.words("OVERLAY(", &[("", a), (" PLACING ", b), (" FROM ", c)])?;
            }
            ("overlay", [a, b, c, d]) => {
                let parts = [("", a), (" PLACING ", b), (" FROM ", c), (" FOR ", d)];
                self.words("OVERLAY(", &parts)?;
            }
            ("position", [text, part]) => {
                self.words("POSITION((", &[("", part), (") IN (", text)])?;
                self.push(")");
            }
            ("substring", [a, b]) => self.words("SUBSTRING(", &[("", a), (" FROM ", b)])?,
            ("substring", [a, b, c]) if c.type_id == type_oid::TEXT => {
                self.words("SUBSTRING(", &[("", a), (" SIMILAR ", b), (" ESCAPE ", c)])?;
            }
            ("substring", [a, b, c]) => {
                self.words("SUBSTRING(", &[("", a), (" FROM ", b), (" FOR ", c)])?;
            }
            ("btrim" | "ltrim" | "rtrim", [value, rest @ ..]) => {
                let side = match function.name {
                    "btrim" => "BOTH",
                    "ltrim" => "LEADING",
                    _ => "TRAILING",
                };
                self.push(&format!("TRIM({side}"));
                if let [characters] = rest {
                    self.push(" ");
                    self.expr(characters, Casts::Written)?;
                }
                self.words(" FROM ", &[("", value)])?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `(value AT TIME ZONE zone)`; AT LOCAL without a zone.
    fn at_time_zone(&mut self, expr: &Expr, zone: Option<&Expr>, value: &Expr) -> Result<()> {
        self.push("(");
        self.operand(value, Casts::Written, expr)?;
        match zone {
            Some(zone) => {
                self.push(" AT TIME ZONE ");
                self.operand(zone, Casts::Written, expr)?;
            }
            None => self.push(" AT LOCAL"),
        }
        self.push(")");
        Ok(())
    }

    /// Words and values by turns, closed by a parenthesis.
    fn words(&mut self, start: &str, parts: &[(&str, &Expr)]) -> Result<()> {
        self.push(start);
        for (word, value) in parts {
            self.push(word);
            self.expr(value, Casts::Written)?;
        }
        self.push(")");
        Ok(())
    }

    fn normal_form(&mut self, rest: &[Expr], before: &str) -> Result<()> {
        if let [form] = rest
            && let ExprKind::Constant(Datum::Bytes(name)) = &form.kind
        {
            self.push(before);
            self.push(&String::from_utf8_lossy(name));
        }
        Ok(())
    }
}

/// What a cast with a modifier takes: the cast to the type itself, which goes before the one to its length, was not
/// written.
pub(super) fn before_length<'e>(expr: &Expr, arg: &'e Expr) -> &'e Expr {
    if expr.typmod < 0 || arg.type_id != expr.type_id {
        return arg;
    }
    if let ExprKind::Convert { arg: inner, conversion, .. } = &arg.kind
        && *conversion != Conversion::Typmod
    {
        return inner;
    }
    if let ExprKind::Call(call) = &arg.kind
        && matches!(call.form, CallForm::ExplicitCast | CallForm::ImplicitCast)
        && let Some(inner) = call.arguments.first()
        && inner.type_id != arg.type_id
    {
        return inner;
    }
    arg
}

fn first(call: &Call) -> Result<&Expr> {
    call.arguments.first().ok_or_else(|| Error::internal("a cast has an argument"))
}

fn function_of(call: &Call) -> Result<&'static Function> {
    facts().functions.get(&call.function).ok_or_else(|| {
        Error::internal(format!("cache lookup failed for function {}", call.function))
    })
}
