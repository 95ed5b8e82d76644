//! EXPLAIN.

use super::Parser;
use super::create_table::TableForm;
use super::definition::option;
use crate::ast::{Explain, Persistence, Statement, StatementKind};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    pub(super) fn explain(&mut self) -> Result<Explain> {
        self.bump();
        let mut options = Vec::new();
        if self.is(Kind::LEFT_PAREN) && !self.parentheses_begin_query() {
            options = self.utility_options()?;
        } else {
            let location = self.location();
            if self.accept(Kind::ANALYZE) || self.accept(Kind::ANALYSE) {
                options.push(option("analyze", None, location));
            }
            let location = self.location();
            if self.accept(Kind::VERBOSE) {
                options.push(option("verbose", None, location));
            }
        }
        let statement = self.explained()?;
        Ok(Explain { options, statement })
    }

    /// ExplainableStmt.
    fn explained(&mut self) -> Result<Statement> {
        match self.kind() {
            Kind::SELECT
            | Kind::VALUES
            | Kind::WITH
            | Kind::WITH_LA
            | Kind::TABLE
            | Kind::LEFT_PAREN
            | Kind::INSERT
            | Kind::UPDATE
            | Kind::DELETE
            | Kind::MERGE
            | Kind::DECLARE
            | Kind::REFRESH
            | Kind::EXECUTE => self.statement(),
            Kind::CREATE => {
                let outer = self.enter()?;
                let location = self.location();
                let kind = self.explained_create()?;
                self.leave(outer)?;
                Ok(Statement { kind, location, length: self.end_of_previous() - location.0 })
            }
            _ => Err(self.unexpected()),
        }
    }

    /// CREATE TABLE AS and CREATE MATERIALIZED VIEW.
    fn explained_create(&mut self) -> Result<StatementKind> {
        self.bump();
        let persistence = self.persistence()?;
        if self.is(Kind::MATERIALIZED) && persistence != Persistence::Temporary {
            let node = self.create_materialized_view(persistence)?;
            return Ok(StatementKind::CreateTableAs(Box::new(node)));
        }
        self.create_table(persistence, TableForm::As)
    }

    fn parentheses_begin_query(&self) -> bool {
        self.parentheses_hold_query()
    }
}
