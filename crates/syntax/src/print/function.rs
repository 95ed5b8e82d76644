//! Function calls, in SQL's own syntax where they were written so.

use super::Printer;
use crate::ast::{
    Argument, Constant, Expr, ExprKind, FunctionCall, FunctionForm, Over, SqlBody, WindowSpec,
};
use error::Result;

/// Whether a call can stand where c_expr must.
pub(super) fn is_primary(call: &FunctionCall) -> bool {
    call.form != FunctionForm::Sql
        || !matches!(call.name.name(), "timezone" | "overlaps" | "is_normalized")
}

impl Printer {
    pub(super) fn call(&mut self, call: &FunctionCall) -> Result<()> {
        let values: Vec<&Expr> = call.args.iter().map(|argument| &argument.value).collect();
        if call.form == FunctionForm::Sql && self.sql_call(call.name.name(), &values)? {
            return Ok(());
        }
        match call.name.names.as_slice() {
            // At the beginning of an item of GROUP BY these would be its clauses.
            [name] if matches!(&**name, "cube" | "rollup") => {
                self.word("\"");
                self.word(name);
                self.word("\"");
            }
            _ => self.object_name(&call.name),
        }
        self.word("(");
        self.word_if(call.star, "*");
        self.word_if(call.distinct, "DISTINCT ");
        let last = call.args.len().saturating_sub(1);
        for (index, argument) in call.args.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.word_if(call.variadic && index == last, "VARIADIC ");
            self.argument(argument)?;
        }
        if !call.within_group {
            self.order_by(&call.order_by)?;
        }
        self.word(")");
        if call.within_group {
            self.word(" WITHIN GROUP (");
            self.word("ORDER BY ");
            self.list(&call.order_by, Self::sort_by)?;
            self.word(")");
        }
        self.filter_and_over(call.filter.as_ref(), call.over.as_ref())
    }

    pub(super) fn filter_and_over(
        &mut self,
        filter: Option<&Expr>,
        over: Option<&Over>,
    ) -> Result<()> {
        if let Some(filter) = filter {
            self.word(" FILTER (WHERE ");
            self.expr(filter)?;
            self.word(")");
        }
        match over {
            Some(Over::Name(name, _)) => {
                self.word(" OVER ");
                self.name(name);
            }
            Some(Over::Window(window)) => {
                self.word(" OVER ");
                let window: &WindowSpec = window;
                self.window(window)?;
            }
            None => {}
        }
        Ok(())
    }

    fn argument(&mut self, argument: &Argument) -> Result<()> {
        if let Some((name, _)) = &argument.name {
            self.name(name);
            self.word(" => ");
        }
        self.expr(&argument.value)
    }

    /// The operand on the right of LIKE and SIMILAR TO, with its ESCAPE.
    pub(super) fn pattern(&mut self, pattern: &Expr) -> Result<()> {
        if let ExprKind::Function(call) = &pattern.kind
            && call.form == FunctionForm::Escape
        {
            for (index, argument) in call.args.iter().enumerate() {
                self.word_if(index > 0, " ESCAPE ");
                self.operand(&argument.value)?;
            }
            return Ok(());
        }
        self.operand(pattern)
    }

    /// A call that SQL has a syntax for; `false` where there is none.
    fn sql_call(&mut self, name: &str, args: &[&Expr]) -> Result<bool> {
        match (name, args) {
            ("timezone", [zone, value]) => self.between_operands(value, " AT TIME ZONE ", zone)?,
            ("timezone", [value]) => {
                self.operand(value)?;
                self.word(" AT LOCAL");
            }
            ("overlaps", [a, b, c, d]) => {
                self.pair(a, b)?;
                self.word(" OVERLAPS ");
                self.pair(c, d)?;
            }
            ("extract", [field, value]) => {
                self.call_with("EXTRACT", &[("", field), (" FROM ", value)])?
            }
            ("position", [text, needle]) => {
                self.word("POSITION(");
                self.between_operands(needle, " IN ", text)?;
                self.word(")");
            }
            ("overlay", [text, with, from]) => {
                self.call_with("OVERLAY", &[("", text), (" PLACING ", with), (" FROM ", from)])?;
            }
            ("overlay", [text, with, from, count]) => {
                let parts = [("", *text), (" PLACING ", with), (" FROM ", from), (" FOR ", count)];
                self.call_with("OVERLAY", &parts)?;
            }
            ("substring", _) => self.substring(args)?,
            ("btrim", _) => self.trim("BOTH", args)?,
            ("ltrim", _) => self.trim("LEADING", args)?,
            ("rtrim", _) => self.trim("TRAILING", args)?,
            ("normalize", [value]) => self.call_with("NORMALIZE", &[("", value)])?,
            ("normalize", [value, form]) => {
                self.word("NORMALIZE(");
                self.expr(value)?;
                self.word(", ");
                self.bare_text(form);
                self.word(")");
            }
            ("is_normalized", [value]) => {
                self.operand(value)?;
                self.word(" IS NORMALIZED");
            }
            ("is_normalized", [value, form]) => {
                self.operand(value)?;
                self.word(" IS ");
                self.bare_text(form);
                self.word(" NORMALIZED");
            }
            ("pg_collation_for", [value]) => self.call_with("COLLATION FOR ", &[("", value)])?,
            ("system_user", []) => self.word("SYSTEM_USER"),
            ("merge_action", []) => self.word("MERGE_ACTION()"),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn between_operands(&mut self, left: &Expr, word: &str, right: &Expr) -> Result<()> {
        self.operand(left)?;
        self.word(word);
        self.operand(right)
    }

    fn pair(&mut self, left: &Expr, right: &Expr) -> Result<()> {
        self.word("(");
        self.expr(left)?;
        self.word(", ");
        self.expr(right)?;
        self.word(")");
        Ok(())
    }

    /// `WORD(value WORD value ...)`.
    fn call_with(&mut self, word: &str, parts: &[(&str, &Expr)]) -> Result<()> {
        self.word(word);
        self.word("(");
        for (word, value) in parts {
            self.word(word);
            self.expr(value)?;
        }
        self.word(")");
        Ok(())
    }

    /// A string constant without its quotes: NFC ...
    fn bare_text(&mut self, expr: &Expr) {
        if let ExprKind::Constant(Constant::String(text)) = &expr.kind {
            self.word(text);
        }
    }

    fn substring(&mut self, args: &[&Expr]) -> Result<()> {
        match args {
            [text, from] => self.call_with("SUBSTRING", &[("", text), (" FROM ", from)]),
            [text, from, count] => {
                let parts = [("", *text), (" FROM ", from), (" FOR ", count)];
                self.call_with("SUBSTRING", &parts)
            }
            _ => Ok(()),
        }
    }

    fn trim(&mut self, side: &str, args: &[&Expr]) -> Result<()> {
        self.word("TRIM(");
        self.word(side);
        self.word(" ");
        match args {
            // `characters FROM text` has its arguments the other way round.
            [text, characters] => self.call_parts(characters, text)?,
            _ => {
                self.word("FROM ");
                self.list(args, |printer, arg| printer.expr(arg))?;
            }
        }
        self.word(")");
        Ok(())
    }

    fn call_parts(&mut self, characters: &Expr, text: &Expr) -> Result<()> {
        self.expr(characters)?;
        self.word(" FROM ");
        self.expr(text)
    }

    /// RETURN or BEGIN ATOMIC.
    pub(super) fn sql_body(&mut self, body: &SqlBody) -> Result<()> {
        match body {
            SqlBody::Return(value) => {
                self.word(" RETURN ");
                self.expr(value)
            }
            SqlBody::Atomic(statements) => {
                self.word(" BEGIN ATOMIC");
                for statement in statements {
                    self.word(" ");
                    self.statement(&statement.kind)?;
                    self.word(";");
                }
                self.word(" END");
                Ok(())
            }
        }
    }
}
