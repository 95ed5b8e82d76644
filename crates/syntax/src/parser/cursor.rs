//! Cursors and prepared statements.

use super::Parser;
use crate::ast::{DeclareCursor, Fetch, FetchDirection, Name, Prepare, Statement, StatementKind};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// A query or DML as a statement of its own.
    fn preparable(&mut self) -> Result<Statement> {
        let location = self.location();
        let kind = self.preparable_statement()?;
        Ok(Statement { kind, location, length: self.end_of_previous() - location.0 })
    }

    /// Behind PREPARE, at the name.
    pub(super) fn prepare(&mut self) -> Result<Prepare> {
        let name = self.column_name()?;
        let types = self.optional_parenthesised(Self::type_name)?;
        self.expect(Kind::AS)?;
        Ok(Prepare { name, types, statement: self.preparable()? })
    }

    /// None for ALL.
    pub(super) fn deallocate(&mut self) -> Result<Option<Name>> {
        self.bump();
        if self.is(Kind::PREPARE) && self.kind_at(1).is_label() {
            self.bump();
        }
        if self.accept(Kind::ALL) { Ok(None) } else { self.column_name().map(Some) }
    }

    pub(super) fn declare_cursor(&mut self) -> Result<DeclareCursor> {
        self.bump();
        let name = self.column_name()?;
        let (mut binary, mut insensitive, mut scroll) = (false, None, None);
        loop {
            match self.kind() {
                Kind::BINARY => binary = true,
                Kind::INSENSITIVE => insensitive = Some(true),
                Kind::ASENSITIVE => insensitive = Some(false),
                Kind::SCROLL => scroll = Some(true),
                Kind::NO => {
                    self.bump();
                    if !self.is(Kind::SCROLL) {
                        return Err(self.unexpected());
                    }
                    scroll = Some(false);
                }
                _ => break,
            }
            self.bump();
        }
        self.expect(Kind::CURSOR)?;
        let hold = self.accept_all(&[Kind::WITH, Kind::HOLD]);
        if !hold {
            self.accept_all(&[Kind::WITHOUT, Kind::HOLD]);
        }
        self.expect(Kind::FOR)?;
        let location = self.location();
        let query = StatementKind::Select(Box::new(self.query()?));
        let length = self.end_of_previous() - location.0;
        let query = Statement { kind: query, location, length };
        Ok(DeclareCursor { name, binary, insensitive, scroll, hold, query })
    }

    /// None for ALL.
    pub(super) fn close_portal(&mut self) -> Result<Option<Name>> {
        self.bump();
        if self.accept(Kind::ALL) { Ok(None) } else { self.column_name().map(Some) }
    }

    /// FETCH or MOVE.
    pub(super) fn fetch_statement(&mut self) -> Result<Fetch> {
        let is_move = self.is(Kind::MOVE);
        self.bump();
        let location = self.location();
        let direction = self.fetch_direction()?;
        if !self.accept(Kind::FROM) {
            self.accept(Kind::IN);
        }
        Ok(Fetch { is_move, direction, cursor: self.column_name()?, location })
    }

    fn fetch_direction(&mut self) -> Result<FetchDirection> {
        // A direction's word may be the cursor's name: FETCH next.
        let is_name = self.kind().is_column_name()
            && matches!(self.kind_at(1), Kind::END_OF_INPUT | Kind::SEMICOLON);
        let word = self.kind();
        if is_name {
            return Ok(FetchDirection::Forward(1));
        }
        match word {
            Kind::NEXT | Kind::PRIOR | Kind::FIRST | Kind::LAST | Kind::ALL => {
                self.bump();
                Ok(match word {
                    Kind::NEXT => FetchDirection::Forward(1),
                    Kind::PRIOR => FetchDirection::Backward(1),
                    Kind::FIRST => FetchDirection::Absolute(1),
                    Kind::LAST => FetchDirection::Absolute(-1),
                    _ => FetchDirection::Forward(i64::MAX),
                })
            }
            Kind::ABSOLUTE => {
                self.bump();
                Ok(FetchDirection::Absolute(self.signed_integer()?.into()))
            }
            Kind::RELATIVE => {
                self.bump();
                Ok(FetchDirection::Relative(self.signed_integer()?.into()))
            }
            Kind::FORWARD => {
                self.bump();
                Ok(FetchDirection::Forward(self.fetch_count()?))
            }
            Kind::BACKWARD => {
                self.bump();
                Ok(FetchDirection::Backward(self.fetch_count()?))
            }
            _ if self.at_number() || matches!(word, Kind::PLUS | Kind::MINUS) => {
                Ok(FetchDirection::Forward(self.signed_integer()?.into()))
            }
            _ => Ok(FetchDirection::Forward(1)),
        }
    }

    fn fetch_count(&mut self) -> Result<i64> {
        if self.accept(Kind::ALL) {
            return Ok(i64::MAX);
        }
        if self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS) {
            return Ok(self.signed_integer()?.into());
        }
        Ok(1)
    }
}
