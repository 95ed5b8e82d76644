//! The parser: recursive descent over the tokens, one file per family of statements; expressions by
//! climbing over PostgreSQL's operator precedences.
//!
//! Depth: what recurses is guarded by `stack_check`; trees that grow in loops (`a + b + c ...`) are bounded by
//! `HEIGHT_MAX`, so that whoever walks or drops a tree recurses no deeper. `height` is the height of what was
//! parsed last: `enter` and `leave` take the maximum over siblings, `grow` adds a level.

mod alter;
mod alter_table;
mod constraint;
mod copy;
mod create_table;
mod cursor;
mod database;
mod definition;
mod dml;
mod domain;
mod drop;
mod explain;
mod expression;
mod foreign;
mod from;
mod function;
mod grant;
mod index;
mod json;
mod json_table;
mod literal;
mod maintenance;
mod merge;
mod name;
mod object;
mod operator;
mod policy;
mod primary;
mod replication;
mod role;
mod select;
mod sequence;
mod set;
mod special;
mod statement;
mod system;
mod transaction;
mod trigger;
mod type_name;
mod view;
mod window;
mod xml;

use crate::ast::Location;
use crate::kind::Kind;
use crate::lexer::{Token, Tokens, lex};
use crate::position;
use error::{Error, Result, SqlState, stack_check};

/// The height at which a tree is refused with 54001.
pub(crate) const HEIGHT_MAX: u32 = 2000;

/// The state of one parse.
pub(crate) struct Parser<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    values: Vec<Box<str>>,
    has_long_name: bool,
    error: Option<Error>,
    at: usize,
    /// The token up to which a phrase of several words matched, and failed.
    phrase_end: usize,
    height: u32,
    /// The token of an operator's keyword that is a label, not an operator.
    label_at: usize,
    label_retries: u32,
    /// How many tokens were looked at.
    #[cfg(any(test, feature = "count-steps"))]
    steps: std::cell::Cell<u64>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        let Tokens { tokens, values, has_long_name, error } = lex(sql);
        Self {
            sql,
            tokens,
            values,
            has_long_name,
            error,
            at: 0,
            phrase_end: 0,
            height: 0,
            label_at: usize::MAX,
            label_retries: 0,
            #[cfg(any(test, feature = "count-steps"))]
            steps: std::cell::Cell::new(0),
        }
    }

    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    /// How many tokens were looked at so far, each time anew.
    #[cfg(any(test, feature = "count-steps"))]
    pub(crate) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// The current token's kind.
    pub(crate) fn kind(&self) -> Kind {
        #[cfg(any(test, feature = "count-steps"))]
        self.steps.set(self.steps.get() + 1);
        self.tokens[self.at].kind
    }

    /// The kind of a token ahead; that of the last beyond the end.
    fn kind_at(&self, ahead: usize) -> Kind {
        #[cfg(any(test, feature = "count-steps"))]
        self.steps.set(self.steps.get() + 1);
        self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].kind
    }

    /// Where the current token begins.
    fn location(&self) -> Location {
        Location(self.token().start)
    }

    fn token_before(&self) -> Token {
        self.tokens[self.at.saturating_sub(1)]
    }

    /// The kind of the token before the current one.
    fn previous_kind(&self) -> Kind {
        self.at.checked_sub(1).map_or(Kind::END_OF_INPUT, |index| self.tokens[index].kind)
    }

    /// Where the token before the current one begins.
    fn location_before(&self) -> Location {
        Location(self.token_before().start)
    }

    /// Where the token before the current one ends.
    fn end_of_previous(&self) -> u32 {
        self.at.checked_sub(1).map_or(0, |index| self.tokens[index].end)
    }

    /// The current token's text in the source.
    fn text(&self) -> &'a str {
        let token = self.token();
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        self.sql.get(at(token.start)..at(token.end)).unwrap_or("")
    }

    fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    /// Whether the tokens from here are of these kinds.
    fn are(&self, kinds: &[Kind]) -> bool {
        kinds.iter().enumerate().all(|(ahead, kind)| self.kind_at(ahead) == *kind)
    }

    fn accept(&mut self, kind: Kind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Takes all of these tokens or none.
    fn accept_all(&mut self, kinds: &[Kind]) -> bool {
        let matched =
            kinds.iter().enumerate().take_while(|(ahead, kind)| self.kind_at(*ahead) == **kind);
        let count = matched.count();
        if count == kinds.len() {
            kinds.iter().for_each(|_| self.bump());
            return true;
        }
        if count > 0 {
            self.phrase_end = self.phrase_end.max(self.at + count);
        }
        false
    }

    pub(crate) fn expect(&mut self, kind: Kind) -> Result<()> {
        if self.accept(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn expect_all(&mut self, kinds: &[Kind]) -> Result<()> {
        kinds.iter().try_for_each(|kind| self.expect(*kind))
    }

    /// The error of a token that cannot stand here: the lexer's, or 42601 "syntax error".
    #[cold]
    pub(crate) fn unexpected(&mut self) -> Error {
        // A phrase that began here and broke off: the word where it did is to blame.
        self.at = self.at.max(self.phrase_end.min(self.tokens.len() - 1));
        if self.is(Kind::INVALID)
            && let Some(error) = self.error.take()
        {
            return error;
        }
        let message = match self.text() {
            "" => "syntax error at end of input".to_owned(),
            text => format!("syntax error at or near \"{text}\""),
        };
        self.error_at(SqlState::SYNTAX_ERROR, &message, self.location())
    }

    /// 42601 `message at or near "token"` at the current token; the lexer's error where it has one.
    #[cold]
    fn error_here(&mut self, message: &str) -> Error {
        if self.is(Kind::INVALID) {
            return self.unexpected();
        }
        let message = match self.text() {
            "" => format!("{message} at end of input"),
            text => format!("{message} at or near \"{text}\""),
        };
        self.error_at(SqlState::SYNTAX_ERROR, &message, self.location())
    }

    #[cold]
    fn error_at(&self, code: SqlState, message: &str, location: Location) -> Error {
        Error::new(code, message).at(position(self.sql, location))
    }

    #[cold]
    fn syntax_error(&self, message: &str, location: Location) -> Error {
        self.error_at(SqlState::SYNTAX_ERROR, message, location)
    }

    /// Begins a nested part; gives what `leave` wants.
    fn enter(&mut self) -> Result<u32> {
        stack_check()?;
        Ok(std::mem::take(&mut self.height))
    }

    /// Ends a nested part.
    fn leave(&mut self, outer: u32) -> Result<()> {
        self.grow()?;
        self.height = self.height.max(outer);
        Ok(())
    }

    /// Another level is put over what was parsed last.
    fn grow(&mut self) -> Result<()> {
        self.height += 1;
        if self.height <= HEIGHT_MAX { Ok(()) } else { Err(too_deep()) }
    }

    /// One or more things with commas between them.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut list = vec![item(self)?];
        while self.accept(Kind::COMMA) {
            list.push(item(self)?);
        }
        Ok(list)
    }

    /// A list in parentheses.
    fn parenthesised<T>(&mut self, item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.expect(Kind::LEFT_PAREN)?;
        let list = self.list(item)?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(list)
    }

    /// A list in parentheses, or nothing.
    fn optional_parenthesised<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        if self.is(Kind::LEFT_PAREN) { self.parenthesised(item) } else { Ok(Vec::new()) }
    }
}

#[cold]
fn too_deep() -> Error {
    Error::new(SqlState::STATEMENT_TOO_COMPLEX, "stack depth limit exceeded").hint(
        "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.",
    )
}
