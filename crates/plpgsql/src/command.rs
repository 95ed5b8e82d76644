//! Statements that have SQL, cursors or messages in them: EXECUTE, GET DIAGNOSTICS, OPEN, FETCH, RAISE and SQL itself.

use crate::lexer::Kind;
use crate::parser::Parser;
use crate::tree::{
    Direction, Dynamic, Expression, OpenQuery, Raise, RaiseOption, StatementKind, Target,
    VariableKind,
};
use error::{Error, Result, Severity, SqlState};
use types::{Oid, type_oid};

const INTEGER: Option<(Oid, i32)> = Some((type_oid::INT4, -1));
const TEXT: Option<(Oid, i32)> = Some((type_oid::TEXT, -1));

impl Parser<'_> {
    /// The text of EXECUTE and its USING.
    pub(crate) fn dynamic(&mut self, ends: &[&str]) -> Result<Dynamic> {
        let mut all = vec!["using", "into"];
        all.extend(ends);
        let text = self.expression(&all, TEXT)?;
        let mut using = Vec::new();
        if self.accept("using") {
            self.using(&mut using, ends)?;
        }
        Ok(Dynamic { text, using })
    }

    fn using(&mut self, using: &mut Vec<Expression>, ends: &[&str]) -> Result<()> {
        let mut all = vec![",", "into"];
        all.extend(ends);
        loop {
            using.push(self.expression(&all, None)?);
            if !self.accept(",") {
                return Ok(());
            }
        }
    }

    pub(crate) fn execute(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let mut query = self.dynamic(&[";"])?;
        let mut into = None;
        if self.accept("into") {
            into = Some(self.into()?);
            if self.accept("using") {
                self.using(&mut query.using, &[";"])?;
            }
        }
        self.expect(";")?;
        Ok(StatementKind::Execute { query, into })
    }

    pub(crate) fn diagnostics(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let stacked = self.accept("stacked");
        if !stacked {
            self.accept("current");
        }
        self.expect("diagnostics")?;
        let mut items = Vec::new();
        loop {
            let target = self.checked_target()?;
            if !self.accept(":=") && !self.accept("=") {
                return Err(self.unexpected());
            }
            let refused = self.unexpected();
            let item = self.identifier()?;
            const CURRENT: [&str; 3] = ["row_count", "pg_context", "pg_routine_oid"];
            const STACKED: [&str; 10] = [
                "returned_sqlstate",
                "message_text",
                "pg_exception_detail",
                "pg_exception_hint",
                "pg_exception_context",
                "column_name",
                "constraint_name",
                "pg_datatype_name",
                "table_name",
                "schema_name",
            ];
            let (own, other) = (CURRENT.contains(&&*item), STACKED.contains(&&*item));
            if !own && !other {
                let text = format!("unrecognized GET DIAGNOSTICS item at or near \"{item}\"");
                let at = refused.fields().position.unwrap_or(0);
                return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(at));
            }
            if own == stacked {
                let which = if stacked { "STACKED" } else { "CURRENT" };
                let text = format!(
                    "diagnostics item {} is not allowed in GET {which} DIAGNOSTICS",
                    item.to_uppercase()
                );
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
            items.push((target, item));
            if !self.accept(",") {
                break;
            }
        }
        self.expect(";")?;
        Ok(StatementKind::Diagnostics { stacked, items })
    }

    /// A cursor variable.
    pub(crate) fn cursor_variable(&mut self) -> Result<usize> {
        let target: Target = self.target()?;
        match self.variables[target.variable].kind {
            VariableKind::Cursor(_) => Ok(target.variable),
            VariableKind::Scalar(type_oid::REFCURSOR, _) => Ok(target.variable),
            VariableKind::Scalar(..) | VariableKind::Row(..) | VariableKind::Record => {
                let text = format!(
                    "variable \"{}\" must be of type cursor or refcursor",
                    self.variables[target.variable].name
                );
                Err(self.error(SqlState::DATATYPE_MISMATCH, text))
            }
        }
    }

    pub(crate) fn cursor_arguments(&mut self, cursor: usize) -> Result<Vec<Expression>> {
        let mut arguments = Vec::new();
        let wanted: Vec<Option<(Oid, i32)>> = match &self.variables[cursor].kind {
            VariableKind::Cursor(Some(bound)) => {
                bound.parameters.iter().map(|parameter| self.want_of(*parameter)).collect()
            }
            VariableKind::Cursor(None)
            | VariableKind::Scalar(..)
            | VariableKind::Row(..)
            | VariableKind::Record => Vec::new(),
        };
        if self.accept("(") {
            loop {
                // name := value
                if self.is_at(1, ":=") || self.is_at(1, "=>") {
                    self.at += 2;
                }
                let want = wanted.get(arguments.len()).copied().flatten();
                arguments.push(self.expression(&[",", ")"], want)?);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        if arguments.len() != wanted.len() {
            let text = format!(
                "cursor \"{}\" has {} arguments",
                self.variables[cursor].name,
                if wanted.is_empty() { "no" } else { "other" }
            );
            return Err(self.error(SqlState::SYNTAX_ERROR, text));
        }
        Ok(arguments)
    }

    pub(crate) fn open(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let cursor = self.cursor_variable()?;
        let query = if matches!(self.variables[cursor].kind, VariableKind::Cursor(Some(_))) {
            OpenQuery::Bound(self.cursor_arguments(cursor)?)
        } else {
            if self.accept("no") {
                self.expect("scroll")?;
            } else {
                self.accept("scroll");
            }
            self.expect("for")?;
            if self.accept("execute") {
                OpenQuery::Execute(self.dynamic(&[";"])?)
            } else {
                OpenQuery::Query(self.query(&[";"])?)
            }
        };
        self.expect(";")?;
        Ok(StatementKind::Open { cursor, query })
    }

    pub(crate) fn fetch(&mut self) -> Result<StatementKind> {
        let moves = self.is("move");
        self.at += 1;
        let mut direction = Direction::Next;
        if self.accept("next") {
        } else if self.accept("forward") {
            if self.accept("all") {
                direction = Direction::All;
            } else if !self.is("from") && !self.is("in") {
                direction = Direction::Forward(self.expression(&["from", "in"], INTEGER)?);
            }
        } else if self.accept("all") {
            direction = Direction::All;
        } else if ["prior", "first", "last", "absolute", "relative", "backward"]
            .iter()
            .any(|word| self.is(word))
            && self.variable_ahead().is_none()
        {
            return Err(Error::unsupported("a cursor that scrolls"));
        }
        if !self.accept("from") {
            self.accept("in");
        }
        let cursor = self.cursor_variable()?;
        let into = if moves {
            None
        } else {
            self.expect("into")?;
            Some(self.into()?)
        };
        self.expect(";")?;
        Ok(StatementKind::Fetch { cursor, into, direction, moves })
    }

    /// A statement of SQL, its INTO taken out.
    pub(crate) fn sql(&mut self) -> Result<StatementKind> {
        let start = self.token(0).start;
        let first = self.text(0).to_lowercase();
        let mut into = None;
        let mut text = String::new();
        let mut from = start;
        loop {
            let token = self.token(0);
            if self.is(";") || token.kind == Kind::End {
                break;
            }
            let after_insert = self.at > 0
                && matches!(
                    self.source[self.tokens[self.at - 1].start..self.tokens[self.at - 1].end]
                        .to_lowercase()
                        .as_str(),
                    "insert" | "merge"
                );
            if self.is("into") && !after_insert && first != "import" && self.token(0).start != start
            {
                if into.is_some() {
                    let text = "INTO specified more than once";
                    return Err(self.error(SqlState::SYNTAX_ERROR, text));
                }
                text.push_str(&self.source[from..token.start]);
                self.at += 1;
                into = Some(self.into()?);
                from = self.tokens[self.at - 1].end;
                continue;
            }
            // The body of a function that is created in the body.
            self.at += 1;
        }
        let end = self.tokens[self.at.saturating_sub(1)].end.max(from);
        text.push_str(&self.source[from..end]);
        let statement = self.statement_of(text.trim_end().to_owned(), start)?;
        self.expect(";")?;
        Ok(StatementKind::Sql { statement, into })
    }

    pub(crate) fn raise(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let mut raise = Raise {
            severity: Severity::Error,
            log: false,
            condition: None,
            message: None,
            parameters: Vec::new(),
            options: Vec::new(),
        };
        if self.accept(";") {
            return Ok(StatementKind::Raise(Box::new(raise)));
        }
        if self.accept("exception") {
        } else if self.accept("warning") {
            raise.severity = Severity::Warning;
        } else if self.accept("notice") {
            raise.severity = Severity::Notice;
        } else if self.accept("info") {
            raise.severity = Severity::Info;
        } else if self.accept("log") {
            raise.severity = Severity::Debug;
            raise.log = true;
        } else if self.accept("debug") {
            raise.severity = Severity::Debug;
        }
        if self.token(0).kind == Kind::Text {
            raise.message = Some(self.string()?);
            while self.accept(",") {
                raise.parameters.push(self.expression(&[",", ";", "using"], None)?);
            }
        } else if self.accept("sqlstate") {
            let code = self.code()?;
            raise.condition = Some((code, code.as_str().to_owned()));
        } else if !self.is("using") && !self.is(";") {
            let place = self.error(SqlState::UNDEFINED_OBJECT, "");
            let name = self.identifier()?;
            let code = SqlState::conditions_named(&name).next().ok_or_else(|| {
                let text = format!("unrecognized exception condition \"{name}\"");
                Error::new(SqlState::UNDEFINED_OBJECT, text)
                    .at(place.fields().position.unwrap_or(0))
            })?;
            raise.condition = Some((code, name));
        }
        if self.accept("using") {
            self.raise_options(&mut raise)?;
        }
        self.expect(";")?;
        self.check_raise(&raise)?;
        Ok(StatementKind::Raise(Box::new(raise)))
    }

    fn raise_options(&mut self, raise: &mut Raise) -> Result<()> {
        loop {
            let name = self.text(0).to_lowercase();
            let option = match name.as_str() {
                "errcode" => RaiseOption::Errcode,
                "message" => RaiseOption::Message,
                "detail" => RaiseOption::Detail,
                "hint" => RaiseOption::Hint,
                "column" => RaiseOption::Column,
                "constraint" => RaiseOption::Constraint,
                "datatype" => RaiseOption::Datatype,
                "table" => RaiseOption::Table,
                "schema" => RaiseOption::Schema,
                _ => {
                    let text = format!("unrecognized RAISE statement option at or near \"{name}\"");
                    return Err(self.error(SqlState::SYNTAX_ERROR, text));
                }
            };
            self.at += 1;
            if !self.accept("=") && !self.accept(":=") {
                return Err(self.unexpected());
            }
            raise.options.push((option, self.expression(&[",", ";"], TEXT)?));
            if !self.accept(",") {
                return Ok(());
            }
        }
    }

    /// 42601 where parameters and placeholders differ in number.
    fn check_raise(&self, raise: &Raise) -> Result<()> {
        let Some(message) = &raise.message else { return Ok(()) };
        let mut placeholders = 0;
        let mut chars = message.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '%' && chars.next_if_eq(&'%').is_none() {
                placeholders += 1;
            }
        }
        let text = match placeholders.cmp(&raise.parameters.len()) {
            std::cmp::Ordering::Equal => return Ok(()),
            std::cmp::Ordering::Less => "too many parameters specified for RAISE",
            std::cmp::Ordering::Greater => "too few parameters specified for RAISE",
        };
        Err(Error::new(SqlState::SYNTAX_ERROR, text))
    }
}
