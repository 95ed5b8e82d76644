//! Bodies to trees: the parser's state, tokens, names and pieces of SQL.

use crate::lexer::{Kind, Token, lex, position};
use crate::tree::{
    Block, Body, Expression, Form, Handler, Handlers, Into, Name, Step, Target, Variable,
    VariableKind,
};
use analyze::{Analyzer, Resolver};
use error::{Error, Result, SqlState};
use execute::BodyStatement;
use parking_lot::Mutex;
use std::sync::Arc;
use syntax::ast::{Location, Statement as SqlStatement, StatementKind as SqlKind};
use types::{Oid, type_oid};

/// What a function returns, as the parser needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returns {
    pub(crate) result: Oid,
    pub(crate) set: bool,
    /// It has OUT parameters: RETURN takes no value.
    pub(crate) outputs: bool,
    pub(crate) procedure: bool,
    pub(crate) trigger: bool,
}

pub(crate) struct Parser<'a> {
    pub(crate) source: &'a str,
    pub(crate) tokens: Vec<Token>,
    pub(crate) at: usize,
    pub(crate) resolver: &'a mut dyn Resolver,
    pub(crate) variables: Vec<Variable>,
    pub(crate) names: Vec<Name>,
    pub(crate) scope: Option<usize>,
    pub(crate) returns: Returns,
    /// The labels of the loops (`true`) and blocks around.
    pub(crate) labels: Vec<(Option<String>, bool)>,
}

/// An identifier's text: lower case unless it was quoted.
fn identifier(text: &str) -> String {
    match text.strip_prefix('"') {
        Some(inner) => inner[..inner.len() - 1].replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

impl<'a> Parser<'a> {
    pub(crate) fn new(
        source: &'a str,
        resolver: &'a mut dyn Resolver,
        returns: Returns,
    ) -> Result<Self> {
        Ok(Self {
            source,
            tokens: lex(source)?,
            at: 0,
            resolver,
            variables: Vec::new(),
            names: Vec::new(),
            scope: None,
            returns,
            labels: Vec::new(),
        })
    }

    /// The whole body.
    pub(crate) fn body(mut self) -> Result<Body> {
        if self.text(0) == "#" {
            // #option, #variable_conflict and the like.
            return Err(Error::unsupported("an option of PL/pgSQL's compiler"));
        }
        let label = self.label()?;
        let block = self.block(label)?;
        if self.text(0) == ";" {
            self.at += 1;
        }
        if self.token(0).kind != Kind::End {
            return Err(self.unexpected());
        }
        Ok(Body { variables: self.variables, names: self.names, block })
    }

    // Tokens.

    pub(crate) fn token(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.at + ahead).min(last)]
    }

    pub(crate) fn text(&self, ahead: usize) -> &'a str {
        let token = self.token(ahead);
        &self.source[token.start..token.end]
    }

    /// Whether the next token is this word.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.is_at(0, word)
    }

    pub(crate) fn is_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.token(ahead);
        match token.kind {
            Kind::Word => self.text(ahead).eq_ignore_ascii_case(word),
            Kind::Symbol => self.text(ahead) == word,
            Kind::Quoted | Kind::Text | Kind::Number | Kind::Parameter | Kind::End => false,
        }
    }

    pub(crate) fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// 42601 at the next token.
    pub(crate) fn unexpected(&self) -> Error {
        let token = self.token(0);
        let text = if token.kind == Kind::End {
            "syntax error at end of input".to_owned()
        } else {
            format!("syntax error at or near \"{}\"", self.text(0))
        };
        Error::new(SqlState::SYNTAX_ERROR, text).at(position(self.source, token.start))
    }

    /// An error at the next token.
    pub(crate) fn error(&self, state: SqlState, text: impl std::convert::Into<String>) -> Error {
        Error::new(state, text).at(position(self.source, self.token(0).start))
    }

    /// The line of the next token, from 1; the line of AS is the first one.
    pub(crate) fn line(&self) -> usize {
        let start = self.token(0).start.min(self.source.len());
        1 + self.source[..start].matches('\n').count()
    }

    pub(crate) fn is_identifier(&self) -> bool {
        matches!(self.token(0).kind, Kind::Word | Kind::Quoted)
    }

    pub(crate) fn identifier(&mut self) -> Result<String> {
        if !self.is_identifier() {
            return Err(self.unexpected());
        }
        let text = identifier(self.text(0));
        self.at += 1;
        Ok(text)
    }

    // Labels and names.

    /// `<<label>>`.
    pub(crate) fn label(&mut self) -> Result<Option<String>> {
        if !self.accept("<<") {
            return Ok(None);
        }
        let name = self.identifier()?;
        self.expect(">>")?;
        Ok(Some(name))
    }

    pub(crate) fn push_name(&mut self, text: &str, variable: Option<usize>) {
        self.names.push(Name { text: text.to_owned(), variable, next: self.scope });
        self.scope = Some(self.names.len() - 1);
    }

    pub(crate) fn add_variable(&mut self, name: &str, kind: VariableKind) -> usize {
        let line = self.line();
        self.variables.push(Variable {
            name: name.to_owned(),
            kind,
            constant: false,
            not_null: false,
            default: None,
            line,
        });
        self.variables.len() - 1
    }

    /// The variable of a name, and how many of the names it took.
    pub(crate) fn find(&self, names: &[String]) -> Option<(usize, usize)> {
        find_variable(&self.names, self.scope, names)
    }

    /// `name.name.name` at the next tokens, and how many tokens it takes.
    fn dotted(&self) -> (Vec<String>, usize) {
        let (mut names, mut count) = (Vec::new(), 0);
        while matches!(self.token(count).kind, Kind::Word | Kind::Quoted) {
            names.push(identifier(self.text(count)));
            count += 1;
            if !(self.is_at(count, ".") && self.token(count).start == self.token(count - 1).end) {
                break;
            }
            count += 1;
        }
        (names, count)
    }

    /// The variable that the next tokens begin with.
    pub(crate) fn variable_ahead(&self) -> Option<usize> {
        let (names, _) = self.dotted();
        self.find(&names).map(|(variable, _)| variable)
    }

    /// A variable or a part of one. 42601 where there is none of the name.
    pub(crate) fn target(&mut self) -> Result<Target> {
        let start = self.token(0).start;
        let (names, count) = self.dotted();
        let Some((variable, used)) = self.find(&names) else {
            if names.is_empty() {
                return Err(self.unexpected());
            }
            let text = format!("\"{}\" is not a known variable", names.join("."));
            return Err(self.error(SqlState::SYNTAX_ERROR, text));
        };
        self.at += count;
        let mut path: Vec<Step> = names[used..].iter().cloned().map(Step::Field).collect();
        loop {
            if self.accept("[") {
                let index = self.expression(&["]", ":"], None)?;
                path.push(if self.accept(":") {
                    self.expression(&["]"], None)?;
                    Step::Slice
                } else {
                    Step::Index(index)
                });
                self.expect("]")?;
            } else if !path.is_empty() && self.accept(".") {
                path.push(Step::Field(self.identifier()?));
            } else {
                break;
            }
        }
        let end = self.tokens[self.at - 1].end;
        Ok(Target { variable, path, text: self.source[start..end].to_owned() })
    }

    /// A target that can be changed. 42601 for a constant.
    pub(crate) fn checked_target(&mut self) -> Result<Target> {
        let error_at = self.at;
        let target = self.target()?;
        let variable = &self.variables[target.variable];
        if variable.constant {
            let text = format!("variable \"{}\" is declared CONSTANT", variable.name);
            let end = std::mem::replace(&mut self.at, error_at);
            let error = self.error(SqlState::ERROR_IN_ASSIGNMENT, text);
            self.at = end;
            return Err(error);
        }
        Ok(target)
    }

    /// The targets of INTO.
    pub(crate) fn into(&mut self) -> Result<Into> {
        let strict = self.accept("strict");
        let mut targets = vec![self.checked_target()?];
        while self.accept(",") {
            targets.push(self.checked_target()?);
        }
        Ok(Into { targets, strict })
    }

    // Pieces of SQL.

    /// Reads up to one of the words outside parentheses, which stays; gives the text's place.
    pub(crate) fn until(&mut self, ends: &[&str]) -> Result<(usize, usize)> {
        let start = self.token(0).start;
        let mut depth = 0i32;
        loop {
            let token = self.token(0);
            let text = self.text(0);
            if depth == 0 && ends.iter().any(|end| self.is(end)) {
                break;
            }
            match text {
                "(" | "[" => depth += 1,
                ")" | "]" => {
                    depth -= 1;
                    if depth < 0 {
                        return Err(self.error(SqlState::SYNTAX_ERROR, "mismatched parentheses"));
                    }
                }
                _ => {}
            }
            if token.kind == Kind::End || text == ";" {
                if depth > 0 {
                    return Err(self.error(SqlState::SYNTAX_ERROR, "mismatched parentheses"));
                }
                return Err(self.missing(ends));
            }
            self.at += 1;
        }
        let end = if self.at == 0 { start } else { self.tokens[self.at - 1].end.max(start) };
        Ok((start, end))
    }

    fn missing(&self, ends: &[&str]) -> Error {
        let Some(word) = ends.last() else { return self.unexpected() };
        if ends.contains(&";") || self.token(0).kind == Kind::End && *word == ";" {
            return self.unexpected();
        }
        let word = if word.chars().all(|c| c.is_ascii_alphabetic()) {
            word.to_uppercase()
        } else {
            (*word).to_owned()
        };
        let text = format!("missing \"{word}\" at end of SQL expression");
        self.error(SqlState::SYNTAX_ERROR, text)
    }

    /// An expression up to one of the words, which stays.
    pub(crate) fn expression(
        &mut self,
        ends: &[&str],
        want: Option<(Oid, i32)>,
    ) -> Result<Expression> {
        let (start, end) = self.until(ends)?;
        if start >= end {
            if self.is(";") || self.token(0).kind == Kind::End {
                return Err(self.unexpected());
            }
            return Err(self.error(SqlState::SYNTAX_ERROR, "missing expression"));
        }
        self.expression_of(start, end, want)
    }

    /// The expression of a place in the source.
    pub(crate) fn expression_of(
        &self,
        start: usize,
        end: usize,
        want: Option<(Oid, i32)>,
    ) -> Result<Expression> {
        const PREFIX: &str = "SELECT ";
        let text = self.source[start..end].to_owned();
        let sql = format!("{PREFIX}{text}");
        let statement = self.parse_one(&sql, start, PREFIX.len())?;
        Ok(Expression {
            text,
            offset: 0,
            scope: self.scope,
            statement: BodyStatement::new(sql.into(), statement),
            want,
            form: Form::Expression,
            cache: Mutex::new(None),
        })
    }

    /// A statement of a text, whose place in the source is known.
    pub(crate) fn statement_of(&self, text: String, start: usize) -> Result<Expression> {
        let statement = self.parse_one(&text, start, 0)?;
        Ok(Expression {
            statement: BodyStatement::new(text.as_str().into(), statement),
            text,
            offset: 0,
            scope: self.scope,
            want: None,
            form: Form::Statement,
            cache: Mutex::new(None),
        })
    }

    fn parse_one(&self, sql: &str, start: usize, prefix: usize) -> Result<SqlStatement> {
        let place = |error: Error| {
            let within = error.fields().position.map_or(0, |p| p as usize).saturating_sub(prefix);
            let first = position(self.source, start) as usize;
            error.at(u32::try_from((first + within).saturating_sub(1)).unwrap_or(0))
        };
        let mut list = syntax::parse(sql).map_err(place)?;
        match (list.pop(), list.is_empty()) {
            (Some(statement), true) => Ok(statement),
            _ => {
                Ok(SqlStatement { kind: SqlKind::Checkpoint, location: Location::NONE, length: 0 })
                    .and_then(|_: SqlStatement| Err(self.unexpected()))
            }
        }
    }

    // Types.

    /// The type written between two places.
    pub(crate) fn type_of(&mut self, start: usize, end: usize) -> Result<VariableKind> {
        let text = self.source[start..end].trim();
        let at = position(self.source, start);
        let lower = text.to_lowercase();
        if lower == "record" {
            return Ok(VariableKind::Record);
        }
        if lower == "refcursor" {
            return Ok(VariableKind::Cursor(None));
        }
        if let Some(name) = lower.strip_suffix("%rowtype") {
            let name = text[..name.trim_end().len()].trim_end();
            return self.row_type(name).map_err(|error| error.at(at));
        }
        if let Some(name) = lower.strip_suffix("%type") {
            let names: Vec<String> = text[..name.len()]
                .trim_end()
                .split('.')
                .map(|part| identifier(part.trim()))
                .collect();
            if let Some((variable, used)) = self.find(&names) {
                return self.type_of_variable(variable, &names[used..]).map_err(|e| e.at(at));
            }
        }
        let plain = lower.strip_suffix("%type").map_or(text, |name| &text[..name.len()]);
        let mut name = syntax::parse_type_name(plain).map_err(|error| error.at(at))?;
        name.percent_type = plain.len() < text.len();
        let (type_id, typmod) =
            Analyzer::new(text, self.resolver).type_name(&name).map_err(|error| error.at(at))?;
        let pseudo = types::builtin_type(type_id).is_some_and(|row| row.kind == 'p');
        if pseudo {
            let text = format!(
                "variable \"{}\" has pseudo-type {}",
                "?",
                types::format_type(type_id, None)
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(at));
        }
        Ok(self.kind_of(type_id, typmod))
    }

    fn type_of_variable(&mut self, variable: usize, fields: &[String]) -> Result<VariableKind> {
        Ok(match &self.variables[variable].kind {
            VariableKind::Scalar(type_id, typmod) => VariableKind::Scalar(*type_id, *typmod),
            VariableKind::Row(type_id, shape) => match fields {
                [] => VariableKind::Row(*type_id, Arc::clone(shape)),
                [field, ..] => {
                    let found = shape.iter().find(|column| column.0 == *field);
                    let (type_id, typmod) = found.map(|c| (c.1, c.2)).ok_or_else(|| {
                        let text = format!("record has no field \"{field}\"");
                        Error::new(SqlState::UNDEFINED_COLUMN, text)
                    })?;
                    self.kind_of(type_id, typmod)
                }
            },
            VariableKind::Record => VariableKind::Record,
            VariableKind::Cursor(_) => VariableKind::Scalar(type_oid::REFCURSOR, -1),
        })
    }

    /// What a variable of a type is.
    pub(crate) fn kind_of(&self, type_id: Oid, typmod: i32) -> VariableKind {
        if type_id == type_oid::RECORD {
            return VariableKind::Record;
        }
        match self.resolver.text_context().names.fields(type_id) {
            Some(fields) => VariableKind::Row(type_id, shape_of(fields)),
            None => VariableKind::Scalar(type_id, typmod),
        }
    }

    fn row_type(&mut self, name: &str) -> Result<VariableKind> {
        let names: Vec<String> = name.split('.').map(|part| identifier(part.trim())).collect();
        let mut reversed = names.iter().rev();
        let relation = syntax::ast::RelationName {
            name: reversed.next().cloned().unwrap_or_default().into(),
            schema: reversed.next().cloned().map(std::convert::Into::into),
            database: None,
            location: Location::NONE,
        };
        let found = Analyzer::new(name, self.resolver).relation(&relation)?;
        let row_type = match &found {
            analyze::Relation::Table(table) => table.row_type,
            analyze::Relation::View(view) => view.row_type,
            analyze::Relation::System(system) => {
                let columns = system
                    .columns
                    .iter()
                    .map(|c| (c.name.to_owned(), c.type_id, c.typmod))
                    .collect();
                return Ok(VariableKind::Row(system.row_type, shape_of(columns)));
            }
            analyze::Relation::Sequence(_) | analyze::Relation::Index(..) => {
                let text = format!("relation \"{}\" does not have a composite type", found.name());
                return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
            }
        };
        Ok(self.kind_of(row_type, -1))
    }

    // Blocks.

    /// A block behind its label, up to END's label.
    pub(crate) fn block(&mut self, label: Option<String>) -> Result<Block> {
        error::stack_check()?;
        let outer = self.scope;
        // Names of the block come before the block's label, outwards.
        self.push_name(label.as_deref().unwrap_or(""), None);
        let mut variables = Vec::new();
        if self.accept("declare") {
            variables = self.declarations()?;
        }
        self.expect("begin")?;
        self.labels.push((label.clone(), false));
        let body = self.statements(&["end", "exception"])?;
        let handlers = if self.accept("exception") { Some(self.handlers()?) } else { None };
        self.labels.pop();
        self.expect("end")?;
        self.end_label(label.as_deref())?;
        self.scope = outer;
        Ok(Block { label, variables, body, handlers })
    }

    /// The label behind END, if any. 42601 where it is another.
    pub(crate) fn end_label(&mut self, label: Option<&str>) -> Result<()> {
        if self.is(";") || !self.is_identifier() {
            return Ok(());
        }
        let name = identifier(self.text(0));
        match label {
            Some(label) if label == name => {
                self.at += 1;
                Ok(())
            }
            Some(label) => {
                let text = format!("end label \"{name}\" differs from block's label \"{label}\"");
                Err(self.error(SqlState::SYNTAX_ERROR, text))
            }
            None => {
                let text = format!("end label \"{name}\" specified for unlabeled block");
                Err(self.error(SqlState::SYNTAX_ERROR, text))
            }
        }
    }

    fn handlers(&mut self) -> Result<Handlers> {
        let outer = self.scope;
        let text = |p: &mut Self, name: &str| {
            let variable = p.add_variable(name, VariableKind::Scalar(type_oid::TEXT, -1));
            p.variables[variable].constant = true;
            p.push_name(name, Some(variable));
            variable
        };
        let sqlstate = text(self, "sqlstate");
        let sqlerrm = text(self, "sqlerrm");
        let mut list = Vec::new();
        while self.accept("when") {
            let mut conditions = self.conditions()?;
            while self.accept("or") {
                conditions.extend(self.conditions()?);
            }
            self.expect("then")?;
            let body = self.statements(&["when", "end"])?;
            list.push(Handler { conditions, body });
        }
        self.scope = outer;
        if list.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Handlers { sqlstate, sqlerrm, list })
    }

    /// A condition's name, or SQLSTATE and a code. 42704.
    fn conditions(&mut self) -> Result<Vec<crate::tree::Condition>> {
        use crate::tree::Condition;
        if self.accept("others") {
            return Ok(vec![Condition::Others]);
        }
        if self.is("sqlstate") && self.token(1).kind == Kind::Text {
            self.at += 1;
            return Ok(vec![Condition::Code(self.code()?)]);
        }
        let error = self.error(SqlState::UNDEFINED_OBJECT, "");
        let name = self.identifier()?;
        let codes: Vec<Condition> =
            SqlState::conditions_named(&name).map(Condition::Code).collect();
        if codes.is_empty() {
            let text = format!("unrecognized exception condition \"{name}\"");
            let at = error.fields().position.unwrap_or(0);
            return Err(Error::new(SqlState::UNDEFINED_OBJECT, text).at(at));
        }
        Ok(codes)
    }

    /// A SQLSTATE in quotes. 42601.
    pub(crate) fn code(&mut self) -> Result<SqlState> {
        let text = self.string()?;
        SqlState::parse(&text).ok_or_else(|| {
            self.at -= 1;
            self.error(SqlState::SYNTAX_ERROR, "invalid SQLSTATE code")
        })
    }

    /// A string constant's value.
    pub(crate) fn string(&mut self) -> Result<String> {
        if self.token(0).kind != Kind::Text {
            return Err(self.unexpected());
        }
        let expr = syntax::parse_expression(self.text(0))?;
        let syntax::ast::ExprKind::Constant(syntax::ast::Constant::String(text)) = expr.kind else {
            return Err(self.unexpected());
        };
        self.at += 1;
        Ok(text.to_string())
    }
}

/// Columns with their collations.
pub(crate) fn shape_of(fields: Vec<(String, Oid, i32)>) -> crate::tree::Shape {
    let column = |(name, type_id, typmod): (String, Oid, i32)| {
        (name, type_id, typmod, expression::default_collation(type_id))
    };
    Arc::new(fields.into_iter().map(column).collect())
}

/// The variable of a name seen from a place: plain, or behind a block's label; and how many of the names it took.
pub(crate) fn find_variable<S: AsRef<str>>(
    names: &[Name],
    scope: Option<usize>,
    wanted: &[S],
) -> Option<(usize, usize)> {
    let first = wanted.first()?.as_ref();
    let second = wanted.get(1).map(AsRef::as_ref);
    let mut next = scope;
    let mut in_block: Option<usize> = None;
    while let Some(index) = next {
        let name = &names[index];
        match name.variable {
            Some(variable) if name.text == first => return Some((variable, 1)),
            Some(variable) if second == Some(name.text.as_str()) && in_block.is_none() => {
                in_block = Some(variable);
            }
            Some(_) => {}
            None if name.text == first && in_block.is_some() => {
                return in_block.map(|variable| (variable, 2));
            }
            None => in_block = None,
        }
        next = name.next;
    }
    None
}
