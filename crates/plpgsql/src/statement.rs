//! Statements.

use crate::lexer::Kind;
use crate::parser::Parser;
use crate::tree::{
    CallStatement, Expression, Form, Into, Loop, Statement, StatementKind, Target, VariableKind,
};
use error::{Error, Result, SqlState, stack_check};
use types::{Oid, type_oid};

const BOOLEAN: Option<(Oid, i32)> = Some((type_oid::BOOL, -1));
const INTEGER: Option<(Oid, i32)> = Some((type_oid::INT4, -1));
const TEXT: Option<(Oid, i32)> = Some((type_oid::TEXT, -1));

impl Parser<'_> {
    /// Statements up to one of the words.
    pub(crate) fn statements(&mut self, ends: &[&str]) -> Result<Vec<Statement>> {
        stack_check()?;
        let mut list = Vec::new();
        loop {
            if ends.iter().any(|end| self.is(end)) && !self.is_assignment() {
                return Ok(list);
            }
            if self.token(0).kind == Kind::End {
                return Err(self.unexpected());
            }
            let line = self.line();
            let kind = self.statement()?;
            list.push(Statement { line, kind });
        }
    }

    /// Whether the statement assigns to a variable.
    fn is_assignment(&self) -> bool {
        if !self.is_identifier() {
            return false;
        }
        let next = |ahead: usize| [":=", "=", "[", "."].iter().any(|s| self.is_at(ahead, s));
        next(1) && self.variable_ahead().is_some()
    }

    #[expect(clippy::too_many_lines, reason = "one arm a word")]
    fn statement(&mut self) -> Result<StatementKind> {
        if self.is("<<") {
            let label = self.label()?;
            return self.labelled(label);
        }
        if self.is_assignment() {
            return self.assignment();
        }
        if self.token(0).kind != Kind::Word {
            if self.token(0).kind == Kind::Quoted || self.token(0).kind == Kind::Parameter {
                return self.assignment();
            }
            if self.is("(") {
                return self.sql();
            }
            return Err(self.unexpected());
        }
        let word = self.text(0).to_lowercase();
        match word.as_str() {
            "declare" | "begin" | "loop" | "while" | "for" | "foreach" => self.labelled(None),
            "null" if self.is_at(1, ";") => {
                self.at += 2;
                Ok(StatementKind::Null)
            }
            "if" => self.if_statement(),
            "case" => self.case(),
            "exit" | "continue" => self.exit(),
            "return" => self.return_statement(),
            "raise" => self.raise(),
            "assert" => {
                self.at += 1;
                let condition = self.expression(&[",", ";"], BOOLEAN)?;
                let message =
                    if self.accept(",") { Some(self.expression(&[";"], TEXT)?) } else { None };
                self.expect(";")?;
                Ok(StatementKind::Assert(condition, message))
            }
            "perform" => {
                self.at += 1;
                let (start, end) = self.until(&[";"])?;
                if start >= end {
                    return Err(self.unexpected());
                }
                let mut query = self.expression_of(start, end, None)?;
                query.text = format!("SELECT {}", query.text);
                query.form = Form::Perform;
                self.expect(";")?;
                Ok(StatementKind::Perform(query))
            }
            "execute" => self.execute(),
            "get" => self.diagnostics(),
            "open" => self.open(),
            "fetch" | "move" => self.fetch(),
            "close" => {
                self.at += 1;
                let cursor = self.cursor_variable()?;
                self.expect(";")?;
                Ok(StatementKind::Close(cursor))
            }
            "commit" | "rollback" if self.is_at(1, ";") || self.is_at(1, "and") => {
                let word = if word == "commit" { "COMMIT" } else { "ROLLBACK" };
                self.until(&[";"])?;
                self.expect(";")?;
                Ok(StatementKind::Transaction(word))
            }
            "call" | "do" => {
                let start = self.token(0).start;
                let (_, end) = self.until(&[";"])?;
                let statement = self.statement_of(self.source[start..end].to_owned(), start)?;
                let targets = self.call_targets(&statement);
                self.expect(";")?;
                Ok(StatementKind::Call(Box::new(CallStatement { statement, targets })))
            }
            _ => self.sql(),
        }
    }

    /// The arguments of CALL that are variables, which OUT parameters go to.
    fn call_targets(&self, statement: &Expression) -> Vec<Option<Target>> {
        let syntax::ast::StatementKind::Call(call) = &statement.statement.statement.kind else {
            return Vec::new();
        };
        let target = |argument: &syntax::ast::Argument| {
            let syntax::ast::ExprKind::Column(names) = &argument.value.kind else { return None };
            let (variable, used) = crate::parser::find_variable(&self.names, self.scope, names)?;
            let path = names[used..]
                .iter()
                .map(|name| crate::tree::Step::Field(name.to_string()))
                .collect();
            Some(Target { variable, path, text: names.join(".") })
        };
        call.call.args.iter().map(target).collect()
    }

    /// A block or loop behind its label.
    fn labelled(&mut self, label: Option<String>) -> Result<StatementKind> {
        if self.is("declare") || self.is("begin") {
            let block = self.block(label)?;
            self.expect(";")?;
            return Ok(StatementKind::Block(block));
        }
        if self.accept("loop") {
            return Ok(StatementKind::Loop(self.loop_body(label)?));
        }
        if self.accept("while") {
            let condition = self.expression(&["loop"], BOOLEAN)?;
            self.expect("loop")?;
            return Ok(StatementKind::While(condition, self.loop_body(label)?));
        }
        if self.accept("for") {
            return self.for_loop(label);
        }
        if self.accept("foreach") {
            let target = self.loop_target()?;
            let mut slice = 0;
            if self.accept("slice") {
                slice = self.text(0).parse().map_err(|_| self.unexpected())?;
                self.at += 1;
            }
            self.expect("in")?;
            self.expect("array")?;
            let array = self.expression(&["loop"], None)?;
            self.expect("loop")?;
            let body = self.loop_body(label)?;
            return Ok(StatementKind::Foreach { target, slice, array, body });
        }
        Err(self.unexpected())
    }

    fn loop_body(&mut self, label: Option<String>) -> Result<Loop> {
        self.labels.push((label.clone(), true));
        let body = self.statements(&["end"])?;
        self.labels.pop();
        self.expect("end")?;
        self.expect("loop")?;
        self.end_label(label.as_deref())?;
        self.expect(";")?;
        Ok(Loop { label, body })
    }

    fn loop_target(&mut self) -> Result<Into> {
        let mut targets = vec![self.target()?];
        while self.accept(",") {
            targets.push(self.target()?);
        }
        Ok(Into { targets, strict: false })
    }

    fn for_loop(&mut self, label: Option<String>) -> Result<StatementKind> {
        let outer = self.scope;
        let first = self.at;
        // The names before IN.
        let mut at_in = 0;
        while !self.is_at(at_in, "in") {
            if self.token(at_in).kind == Kind::End {
                return Err(self.unexpected());
            }
            at_in += 1;
        }
        let single = at_in == 1;
        self.at += at_in + 1;
        if self.accept("execute") {
            let query = self.dynamic(&["loop"])?;
            self.expect("loop")?;
            let target = self.target_at(first)?;
            let body = self.loop_body(label)?;
            return Ok(StatementKind::ForExecute { target, query, body });
        }
        if let Some(cursor) = self.bound_cursor() {
            return self.for_cursor(label, first, cursor);
        }
        let reverse = self.accept("reverse");
        if self.is_integer_range() {
            if !single {
                let text = "integer FOR loop must have only one target variable";
                return Err(self.error(SqlState::SYNTAX_ERROR, text));
            }
            let lower = self.expression(&[".."], INTEGER)?;
            self.expect("..")?;
            let upper = self.expression(&["by", "loop"], INTEGER)?;
            let step =
                if self.accept("by") { Some(self.expression(&["loop"], INTEGER)?) } else { None };
            self.expect("loop")?;
            let after = std::mem::replace(&mut self.at, first);
            let name = self.identifier()?;
            self.at = after;
            self.push_name(label.as_deref().unwrap_or(""), None);
            let variable = self.add_variable(&name, VariableKind::Scalar(type_oid::INT4, -1));
            self.push_name(&name, Some(variable));
            let body = self.loop_body(label)?;
            self.scope = outer;
            return Ok(StatementKind::ForInteger { variable, lower, upper, step, reverse, body });
        }
        let query = self.query(&["loop"])?;
        self.expect("loop")?;
        let target = self.target_at(first)?;
        let body = self.loop_body(label)?;
        Ok(StatementKind::ForQuery { target, query, body })
    }

    /// The target of a FOR loop, which stands before IN.
    fn target_at(&mut self, place: usize) -> Result<Into> {
        let after = std::mem::replace(&mut self.at, place);
        if self.variable_ahead().is_none() {
            let text = "loop variable of loop over rows must be a record variable or list of scalar variables";
            return Err(self.error(SqlState::SYNTAX_ERROR, text));
        }
        let target = self.loop_target();
        self.at = after;
        target
    }

    /// The bound cursor that the next token names.
    fn bound_cursor(&self) -> Option<usize> {
        if !(self.is_at(1, "loop") || self.is_at(1, "(")) {
            return None;
        }
        let variable = self.variable_ahead()?;
        matches!(self.variables[variable].kind, VariableKind::Cursor(Some(_))).then_some(variable)
    }

    fn for_cursor(
        &mut self,
        label: Option<String>,
        first: usize,
        cursor: usize,
    ) -> Result<StatementKind> {
        let outer = self.scope;
        self.at += 1;
        let arguments = self.cursor_arguments(cursor)?;
        self.expect("loop")?;
        let after = std::mem::replace(&mut self.at, first);
        let name = self.identifier()?;
        self.at = after;
        self.push_name(label.as_deref().unwrap_or(""), None);
        let record = self.add_variable(&name, VariableKind::Record);
        self.push_name(&name, Some(record));
        let body = self.loop_body(label)?;
        self.scope = outer;
        Ok(StatementKind::ForCursor { record, cursor, arguments, body })
    }

    /// Whether `..` stands before LOOP.
    fn is_integer_range(&self) -> bool {
        let (mut ahead, mut depth) = (0, 0);
        loop {
            if self.token(ahead).kind == Kind::End {
                return false;
            }
            match self.text(ahead) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                ".." if depth == 0 => return true,
                ";" => return false,
                _ if depth == 0 && self.is_at(ahead, "loop") => return false,
                _ => {}
            }
            ahead += 1;
        }
    }

    fn assignment(&mut self) -> Result<StatementKind> {
        let target = self.checked_target()?;
        if !self.accept(":=") && !self.accept("=") {
            return Err(self.unexpected());
        }
        let want = if target.path.is_empty() { self.want_of(target.variable) } else { None };
        let (start, end) = self.until(&[";"])?;
        if start >= end {
            return Err(self.unexpected());
        }
        let mut expr = self.expression_of(start, end, want)?;
        let prefix = format!("{} := ", target.text);
        expr.offset = i64::try_from(prefix.chars().count()).unwrap_or(0);
        expr.text = format!("{prefix}{}", expr.text);
        self.expect(";")?;
        Ok(StatementKind::Assign(target, expr))
    }

    fn if_statement(&mut self) -> Result<StatementKind> {
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            // IF, ELSIF or ELSEIF.
            self.at += 1;
            let condition = self.expression(&["then"], BOOLEAN)?;
            self.expect("then")?;
            arms.push((condition, self.statements(&["elsif", "elseif", "else", "end"])?));
            if self.is("elsif") || self.is("elseif") {
                continue;
            }
            if self.accept("else") {
                otherwise = self.statements(&["end"])?;
            }
            break;
        }
        self.expect("end")?;
        self.expect("if")?;
        self.expect(";")?;
        Ok(StatementKind::If(arms, otherwise))
    }

    fn case(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let mut operand = None;
        if !self.is("when") {
            let value = self.expression(&["when"], None)?;
            let variable = self.add_variable("__Case__Variable__", VariableKind::Record);
            self.push_name("__Case__Variable__", Some(variable));
            operand = Some((variable, value));
        }
        let mut arms = Vec::new();
        while self.accept("when") {
            let condition = if operand.is_some() {
                let (start, end) = self.until(&["then"])?;
                let list = &self.source[start..end];
                let text = format!("\"__Case__Variable__\" IN ({list})");
                let mut condition = self.statement_of(format!("SELECT {text}"), start)?;
                condition.text = text;
                condition.form = Form::Expression;
                condition.want = BOOLEAN;
                condition
            } else {
                self.expression(&["then"], BOOLEAN)?
            };
            self.expect("then")?;
            arms.push((condition, self.statements(&["when", "else", "end"])?));
        }
        let otherwise = if self.accept("else") { Some(self.statements(&["end"])?) } else { None };
        self.expect("end")?;
        self.expect("case")?;
        self.expect(";")?;
        Ok(StatementKind::Case { operand, arms, otherwise })
    }

    fn exit(&mut self) -> Result<StatementKind> {
        let leave = self.is("exit");
        let word = if leave { "EXIT" } else { "CONTINUE" };
        let place = self.error(SqlState::SYNTAX_ERROR, "");
        self.at += 1;
        let mut label = None;
        if !self.is(";") && !self.is("when") {
            let missing = self.error(SqlState::SYNTAX_ERROR, "");
            let name = self.identifier()?;
            let found = self.labels.iter().rev().find(|(known, _)| known.as_deref() == Some(&name));
            match found {
                None => {
                    let text = format!(
                        "there is no label \"{name}\" attached to any block or loop enclosing this statement"
                    );
                    let at = missing.fields().position.unwrap_or(0);
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(at));
                }
                Some((_, false)) if !leave => {
                    let text = format!("block label \"{name}\" cannot be used in CONTINUE");
                    let at = missing.fields().position.unwrap_or(0);
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(at));
                }
                Some(_) => {}
            }
            label = Some(name);
        } else if !self.labels.iter().any(|(_, is_loop)| *is_loop) {
            let text = if leave {
                "EXIT cannot be used outside a loop, unless it has a label".to_owned()
            } else {
                format!("{word} cannot be used outside a loop")
            };
            let at = place.fields().position.unwrap_or(0);
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(at));
        }
        let condition =
            if self.accept("when") { Some(self.expression(&[";"], BOOLEAN)?) } else { None };
        self.expect(";")?;
        Ok(StatementKind::Exit { leave, label, condition })
    }

    fn return_statement(&mut self) -> Result<StatementKind> {
        self.at += 1;
        if self.accept("next") {
            return self.return_next();
        }
        if self.is("query") && !self.is_at(1, ";") {
            return self.return_query();
        }
        let returns = self.returns;
        if self.is(";") {
            let needs = !(returns.result == type_oid::VOID
                || returns.set
                || returns.outputs
                || returns.procedure);
            if needs {
                return Err(
                    self.error(SqlState::SYNTAX_ERROR, "missing expression at or near \";\"")
                );
            }
            self.at += 1;
            return Ok(StatementKind::Return(None));
        }
        let refused = if returns.set {
            Some("RETURN cannot have a parameter in function returning set")
        } else if returns.procedure {
            Some("RETURN cannot have a parameter in a procedure")
        } else if returns.result == type_oid::VOID {
            Some("RETURN cannot have a parameter in function returning void")
        } else if returns.outputs {
            Some("RETURN cannot have a parameter in function with OUT parameters")
        } else {
            None
        };
        if let Some(text) = refused {
            let error = self.error(SqlState::DATATYPE_MISMATCH, text);
            return Err(if returns.set {
                error.hint("Use RETURN NEXT or RETURN QUERY.")
            } else {
                error
            });
        }
        let composite = returns.result == type_oid::RECORD
            || returns.trigger
            || matches!(self.kind_of(returns.result, -1), VariableKind::Row(..));
        let want = if composite { None } else { Some((returns.result, -1)) };
        let value = self.expression(&[";"], want)?;
        self.expect(";")?;
        Ok(StatementKind::Return(Some(value)))
    }

    fn return_next(&mut self) -> Result<StatementKind> {
        if !self.returns.set {
            let text = "cannot use RETURN NEXT in a non-SETOF function";
            return Err(self.error(SqlState::DATATYPE_MISMATCH, text));
        }
        if self.accept(";") {
            return Ok(StatementKind::ReturnNext(None));
        }
        if self.returns.outputs {
            let text = "RETURN NEXT cannot have a parameter in function with OUT parameters";
            return Err(self.error(SqlState::DATATYPE_MISMATCH, text));
        }
        let want = match self.kind_of(self.returns.result, -1) {
            VariableKind::Scalar(type_id, typmod) => Some((type_id, typmod)),
            VariableKind::Row(..) | VariableKind::Record | VariableKind::Cursor(_) => None,
        };
        let value = self.expression(&[";"], want)?;
        self.expect(";")?;
        Ok(StatementKind::ReturnNext(Some(value)))
    }

    fn return_query(&mut self) -> Result<StatementKind> {
        if !self.returns.set {
            let text = "cannot use RETURN QUERY in a non-SETOF function";
            return Err(self.error(SqlState::DATATYPE_MISMATCH, text));
        }
        self.expect("query")?;
        if self.accept("execute") {
            let query = self.dynamic(&[";"])?;
            self.expect(";")?;
            return Ok(StatementKind::ReturnExecute(query));
        }
        let query = self.query(&[";"])?;
        self.expect(";")?;
        Ok(StatementKind::ReturnQuery(query))
    }
}
