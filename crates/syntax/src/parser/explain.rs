//! EXPLAIN.

use super::Parser;
use super::definition::option;
use crate::ast::{Explain, StatementKind};
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
        let start = self.at;
        let statement = self.statement()?;
        let explainable = matches!(
            &statement.kind,
            StatementKind::Select(_)
                | StatementKind::Insert(_)
                | StatementKind::Update(_)
                | StatementKind::Delete(_)
                | StatementKind::Merge(_)
                | StatementKind::DeclareCursor(_)
                | StatementKind::RefreshMaterializedView(_)
                | StatementKind::Execute(_)
                | StatementKind::CreateTableAs(_)
        );
        if !explainable {
            self.at = start;
            self.phrase_end = 0;
            return Err(self.unexpected());
        }
        Ok(Explain { options, statement })
    }

    fn parentheses_begin_query(&self) -> bool {
        matches!(
            self.kind_at(1),
            Kind::SELECT | Kind::VALUES | Kind::WITH | Kind::TABLE | Kind::LEFT_PAREN
        )
    }
}
