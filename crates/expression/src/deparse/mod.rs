//! Stored expressions as SQL text, as PostgreSQL prints them.
//!
//! Casts that were not written are printed where a call or an operator takes their value, and left out at the top and
//! under a cast, as PostgreSQL does. Without pretty-printing each operator has its own parentheses; with it, only
//! those that its place needs.

mod call;
mod constant;
mod json;
mod simple;

use crate::expr::{Call, CallForm, ColumnRef, Expr, ExprKind, SessionValue, Truth};
use crate::names::format_type;
use catalog::Access;
use catalog::facts::facts;
use error::{Error, Result};
use types::{Oid, Style, quote_identifier};

/// How many parentheses are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parentheses {
    /// Around each operator.
    All,
    /// Where they are needed: pretty-printing.
    Needed,
}

/// What the text of an expression depends on.
#[derive(Clone, Copy)]
pub struct DeparseContext<'a> {
    /// The catalog.
    pub access: &'a Access,
    /// The names of the columns that `ColumnRef`s of range entry 0 mean, by number from 1.
    pub columns: &'a [&'a str],
    /// How many parentheses.
    pub parentheses: Parentheses,
    /// The settings that constants' text depends on.
    pub style: &'a Style,
}

/// The SQL text of an expression without subqueries. 0A000 where it has one.
pub fn deparse(expr: &Expr, context: &DeparseContext<'_>) -> Result<String> {
    let mut printer =
        Printer { context, out: String::new(), indent: 0, ranges: &[], plan: PlanNames::default() };
    printer.expr(expr, Casts::Written)?;
    Ok(printer.out)
}

/// As [`deparse`], over several range entries of the same columns, each shown by its name.
pub(crate) fn deparse_ranges(
    expr: &Expr,
    context: &DeparseContext<'_>,
    ranges: &[&str],
) -> Result<String> {
    let mut printer =
        Printer { context, out: String::new(), indent: 0, ranges, plan: PlanNames::default() };
    printer.expr(expr, Casts::Written)?;
    Ok(printer.out)
}

/// What the values of a plan's expressions are called; those without a name have no text.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanNames<'a> {
    /// Each `Slot`.
    pub slots: &'a [Option<String>],
    /// Each `Outer`.
    pub outer: &'a [Option<String>],
}

/// As [`deparse`], of a plan's expression. 0A000 where a value has no name.
pub fn deparse_plan(
    expr: &Expr,
    context: &DeparseContext<'_>,
    plan: PlanNames<'_>,
) -> Result<String> {
    let mut printer = Printer { context, out: String::new(), indent: 0, ranges: &[], plan };
    printer.expr(expr, Casts::Written)?;
    Ok(printer.out)
}

/// Which casts are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Casts {
    /// All.
    All,
    /// Those that were written.
    Written,
}

struct Printer<'a> {
    context: &'a DeparseContext<'a>,
    out: String,
    indent: usize,
    /// The names of range entries, where there are several.
    ranges: &'a [&'a str],
    plan: PlanNames<'a>,
}

impl Printer<'_> {
    fn pretty(&self) -> bool {
        self.context.parentheses == Parentheses::Needed
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// The parenthesis that every operator has without pretty-printing.
    fn own(&mut self, parenthesis: char) {
        if !self.pretty() {
            self.out.push(parenthesis);
        }
    }

    /// An operand of `parent`, in parentheses where pretty-printing needs them.
    fn operand(&mut self, expr: &Expr, casts: Casts, parent: &Expr) -> Result<()> {
        let needed = self.pretty() && !simple::is_simple(expr, parent);
        if needed {
            self.out.push('(');
        }
        self.expr(expr, casts)?;
        if needed {
            self.out.push(')');
        }
        Ok(())
    }

    fn list(&mut self, list: &[Expr]) -> Result<()> {
        for (index, expr) in list.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expr(expr, Casts::All)?;
        }
        Ok(())
    }

    /// A new line at the current depth.
    fn line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', self.indent));
    }

    #[expect(clippy::too_many_lines, reason = "one flat match over the kinds")]
    fn expr(&mut self, expr: &Expr, casts: Casts) -> Result<()> {
        error::stack_check()?;
        match &expr.kind {
            ExprKind::Constant(value) => {
                self.constant(value, expr, constant::Label::WhereNeeded)?;
            }
            ExprKind::Column(column) => self.column(*column)?,
            ExprKind::Parameter(number) => self.push(&format!("${number}")),
            ExprKind::CaseOperand => self.push("CASE_TEST_EXPR"),
            ExprKind::Default => self.push("DEFAULT"),
            ExprKind::Call(call) => self.call(expr, call, casts)?,
            ExprKind::And(list) => self.joined(expr, list, " AND ")?,
            ExprKind::Or(list) => self.joined(expr, list, " OR ")?,
            ExprKind::Not(arg) => {
                self.own('(');
                self.push("NOT ");
                self.operand(arg, Casts::Written, expr)?;
                self.own(')');
            }
            ExprKind::IsNull { arg, negated } => {
                self.test(expr, arg, if *negated { " IS NOT NULL" } else { " IS NULL" })?;
            }
            ExprKind::IsTruth { arg, test, negated } => {
                let word = match test {
                    Truth::True => "TRUE",
                    Truth::False => "FALSE",
                    Truth::Unknown => "UNKNOWN",
                };
                let not = if *negated { "NOT " } else { "" };
                self.test(expr, arg, &format!(" IS {not}{word}"))?;
            }
            ExprKind::IsDistinct { equality, negated } => {
                self.is_distinct(expr, equality, *negated)?;
            }
            ExprKind::Case { operand, arms, default } => {
                self.case(operand.as_deref(), arms, default)?;
            }
            ExprKind::Coalesce(list) => self.function("COALESCE", list)?,
            ExprKind::NullIf { equality, .. } => {
                self.function("NULLIF", &sides(equality)?.arguments)?;
            }
            ExprKind::Extreme { greatest, arguments } => {
                self.function(if *greatest { "GREATEST" } else { "LEAST" }, arguments)?;
            }
            ExprKind::QuantifiedArray { comparison, array, all } => {
                self.quantified(expr, comparison, array, if *all { "ALL" } else { "ANY" })?;
            }
            ExprKind::Array { elements, .. } => {
                self.push("ARRAY[");
                self.list(elements)?;
                self.push("]");
                if elements.is_empty() {
                    self.cast_to(expr.type_id, expr.typmod);
                }
            }
            ExprKind::Row(fields) => self.function("ROW", fields)?,
            ExprKind::Subscript { array, indexes, slice } => {
                self.subscript(expr, array, indexes, *slice)?;
            }
            ExprKind::Field { record, number } => self.field(record, *number)?,
            ExprKind::Convert { arg, explicit, .. } => {
                let hidden = !*explicit && casts == Casts::Written;
                if hidden { self.expr(arg, Casts::Written)? } else { self.cast(expr, arg)? }
            }
            ExprKind::ToDomain { arg, explicit } => {
                if *explicit {
                    self.cast(expr, arg)?;
                } else {
                    self.expr(arg, casts)?;
                }
            }
            ExprKind::Collate(arg) => {
                self.own('(');
                self.operand(arg, Casts::All, expr)?;
                let name = facts().collations.iter().find(|c| c.oid == expr.collation);
                let name = name.map_or_else(String::new, |c| quote_identifier(c.name));
                self.push(&format!(" COLLATE {name}"));
                self.own(')');
            }
            ExprKind::SessionValue(value) => self.session_value(*value, expr.typmod),
            ExprKind::SqlJson(json) => self.sql_json(expr, json)?,
            ExprKind::Slot(number) => self.named(self.plan.slots, *number)?,
            ExprKind::Outer(number) => self.named(self.plan.outer, *number)?,
            ExprKind::AssignElement { .. }
            | ExprKind::AssignField { .. }
            | ExprKind::Subquery(_)
            | ExprKind::Subplan { .. }
            | ExprKind::Aggregate(_)
            | ExprKind::Window(_) => {
                return Err(Error::unsupported("printing a subquery or an aggregate"));
            }
        }
        Ok(())
    }

    fn named(&mut self, names: &[Option<String>], number: u32) -> Result<()> {
        let name = usize::try_from(number).ok().and_then(|number| names.get(number)?.as_deref());
        self.push(name.ok_or_else(|| Error::unsupported("printing a value without a name"))?);
        Ok(())
    }

    fn column(&mut self, column: ColumnRef) -> Result<()> {
        let system = match column.column {
            -1 => Some("ctid"),
            -2 => Some("xmin"),
            -3 => Some("cmin"),
            -4 => Some("xmax"),
            -5 => Some("cmax"),
            -6 => Some("tableoid"),
            _ => None,
        };
        let index = usize::try_from(i32::from(column.column) - 1).ok();
        let name = system.or_else(|| index.and_then(|i| self.context.columns.get(i).copied()));
        let range = self.ranges.get(usize::from(column.range));
        if column.level > 0 || column.range > 0 && range.is_none() {
            return Err(Error::unsupported("printing an expression over several relations"));
        }
        let name = name.ok_or_else(|| {
            Error::internal(format!("an expression names the column {}", column.column))
        })?;
        if let Some(range) = range {
            self.push(&format!("{range}."));
            if column.column == 0 {
                self.out.truncate(self.out.len() - 1);
                self.push(".*");
                return Ok(());
            }
        }
        // The value that a domain's check is about has no name.
        if name.is_empty() {
            self.push("VALUE");
        } else {
            self.push(&quote_identifier(name));
        }
        Ok(())
    }

    fn joined(&mut self, expr: &Expr, list: &[Expr], word: &str) -> Result<()> {
        self.own('(');
        for (index, item) in list.iter().enumerate() {
            if index > 0 {
                self.push(word);
            }
            self.operand(item, Casts::Written, expr)?;
        }
        self.own(')');
        Ok(())
    }

    fn test(&mut self, expr: &Expr, arg: &Expr, suffix: &str) -> Result<()> {
        self.own('(');
        let casts =
            if matches!(expr.kind, ExprKind::IsNull { .. }) { Casts::All } else { Casts::Written };
        self.operand(arg, casts, expr)?;
        self.push(suffix);
        self.own(')');
        Ok(())
    }

    /// IS NOT DISTINCT FROM is printed as the negation that PostgreSQL keeps it as.
    fn is_distinct(&mut self, expr: &Expr, equality: &Expr, negated: bool) -> Result<()> {
        let call = sides(equality)?;
        self.own('(');
        if negated {
            self.push("NOT ");
            self.own('(');
        }
        self.operand(&call.arguments[0], Casts::All, expr)?;
        self.push(" IS DISTINCT FROM ");
        self.operand(&call.arguments[1], Casts::All, expr)?;
        if negated {
            self.own(')');
        }
        self.own(')');
        Ok(())
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        arms: &[(Expr, Expr)],
        default: &Expr,
    ) -> Result<()> {
        const STEP: usize = 4;
        self.line();
        self.indent += STEP;
        self.push("CASE");
        if let Some(operand) = operand {
            self.push(" ");
            self.expr(operand, Casts::All)?;
        }
        for (condition, result) in arms {
            self.line();
            self.push("WHEN ");
            match (&condition.kind, operand) {
                // Only what is compared with the value after CASE was written.
                (ExprKind::Call(call), Some(_)) if call.arguments.len() == 2 => {
                    self.expr(&call.arguments[1], Casts::Written)?;
                }
                _ => self.expr(condition, Casts::Written)?,
            }
            self.push(" THEN ");
            self.expr(result, Casts::All)?;
        }
        self.line();
        self.push("ELSE ");
        self.expr(default, Casts::All)?;
        self.indent -= STEP;
        self.line();
        self.push("END");
        Ok(())
    }

    fn function(&mut self, name: &str, arguments: &[Expr]) -> Result<()> {
        self.push(name);
        self.push("(");
        self.list(arguments)?;
        self.push(")");
        Ok(())
    }

    fn quantified(
        &mut self,
        expr: &Expr,
        comparison: &Expr,
        array: &Expr,
        word: &str,
    ) -> Result<()> {
        let call = sides(comparison)?;
        self.own('(');
        self.operand(&call.arguments[0], Casts::All, expr)?;
        let operator = operator_name(call)?;
        self.push(&format!(" {operator} {word} ("));
        // A cast of each element is printed as one of the array.
        let element = &call.arguments[1];
        let bare = matches!(element.kind, ExprKind::CaseOperand);
        let cast = if bare { None } else { types::array_of(element.type_id) };
        match cast {
            None => self.operand(array, Casts::All, expr)?,
            Some(array_type) => {
                self.own('(');
                self.operand(array, Casts::Written, expr)?;
                self.own(')');
                self.cast_to(array_type, -1);
            }
        }
        self.push(")");
        self.own(')');
        Ok(())
    }

    fn subscript(
        &mut self,
        expr: &Expr,
        array: &Expr,
        indexes: &[(Option<Expr>, Option<Expr>)],
        slice: bool,
    ) -> Result<()> {
        let bare = matches!(array.kind, ExprKind::Column(_) | ExprKind::Field { .. });
        if !bare {
            self.push("(");
        }
        self.expr(array, Casts::All)?;
        if !bare {
            self.push(")");
        }
        for (lower, upper) in indexes {
            self.push("[");
            if slice {
                if let Some(lower) = lower {
                    self.operand(lower, Casts::Written, expr)?;
                }
                self.push(":");
            }
            if let Some(upper) = upper {
                self.expr(upper, Casts::Written)?;
            }
            self.push("]");
        }
        Ok(())
    }

    fn field(&mut self, record: &Expr, number: i16) -> Result<()> {
        use types::Names;
        let bare = matches!(record.kind, ExprKind::Field { .. });
        if !bare {
            self.push("(");
        }
        self.expr(record, Casts::All)?;
        if !bare {
            self.push(")");
        }
        let names = crate::CatalogNames(self.context.access).field_names(record.type_id);
        let index = usize::try_from(i32::from(number) - 1).ok();
        let name = names.and_then(|names| names.into_iter().nth(index?));
        let name = name.unwrap_or_else(|| format!("f{number}"));
        self.push(&format!(".{}", quote_identifier(&name)));
        Ok(())
    }

    /// `(arg)::type`; a constant of the type needs only its label.
    fn cast(&mut self, expr: &Expr, arg: &Expr) -> Result<()> {
        let arg = call::before_length(expr, arg);
        if let ExprKind::Constant(value) = &arg.kind
            && arg.type_id == expr.type_id
            && arg.typmod < 0
        {
            self.constant(value, arg, constant::Label::Never)?;
        } else {
            self.own('(');
            self.operand(arg, Casts::Written, expr)?;
            self.own(')');
        }
        self.cast_to(expr.type_id, expr.typmod);
        Ok(())
    }

    fn cast_to(&mut self, type_id: Oid, typmod: i32) {
        let name = format_type(self.context.access, type_id, Some(typmod));
        self.push(&format!("::{name}"));
    }

    fn session_value(&mut self, value: SessionValue, precision: i32) {
        let name = match value {
            SessionValue::CurrentDate => "CURRENT_DATE",
            SessionValue::CurrentTime => "CURRENT_TIME",
            SessionValue::CurrentTimestamp => "CURRENT_TIMESTAMP",
            SessionValue::LocalTime => "LOCALTIME",
            SessionValue::LocalTimestamp => "LOCALTIMESTAMP",
            SessionValue::CurrentRole => "CURRENT_ROLE",
            SessionValue::CurrentUser => "CURRENT_USER",
            SessionValue::User => "USER",
            SessionValue::SessionUser => "SESSION_USER",
            SessionValue::CurrentCatalog => "CURRENT_CATALOG",
            SessionValue::CurrentSchema => "CURRENT_SCHEMA",
        };
        self.push(name);
        if precision >= 0 {
            self.push(&format!("({precision})"));
        }
    }
}

/// The call that compares two sides.
fn sides(comparison: &Expr) -> Result<&Call> {
    if let ExprKind::Call(call) = &comparison.kind
        && call.arguments.len() == 2
    {
        return Ok(call);
    }
    // A comparison may be negated.
    if let ExprKind::Not(inner) = &comparison.kind {
        return sides(inner);
    }
    Err(Error::internal("a comparison is a call with two sides"))
}

/// The operator that a call was written with.
fn operator_name(call: &Call) -> Result<&'static str> {
    let operator = match call.form {
        CallForm::Operator(oid) => facts().operators.get(&oid),
        CallForm::Function | CallForm::Sql | CallForm::ExplicitCast | CallForm::ImplicitCast => {
            None
        }
    };
    operator.map(|operator| operator.name).ok_or_else(|| Error::internal("a call has no operator"))
}
