//! MERGE.

use super::Parser;
use crate::ast::{Merge, MergeAction, MergeMatch, MergeWhen, Overriding, With};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    pub(super) fn merge(&mut self, with: Option<With>) -> Result<Merge> {
        self.expect_all(&[Kind::MERGE, Kind::INTO])?;
        let relation = self.relation_with_alias()?;
        self.expect(Kind::USING)?;
        let source = self.table_reference()?;
        self.expect(Kind::ON)?;
        let condition = self.expression()?;
        if !self.is(Kind::WHEN) {
            return Err(self.unexpected());
        }
        let mut whens = Vec::new();
        while self.is(Kind::WHEN) {
            whens.push(self.merge_when()?);
        }
        let returning = self.returning()?;
        Ok(Merge { with, relation, source, condition, whens, returning })
    }

    fn merge_when(&mut self) -> Result<MergeWhen> {
        let location = self.location();
        self.bump();
        let negated = self.accept(Kind::NOT);
        self.expect(Kind::MATCHED)?;
        let matched = if !negated {
            MergeMatch::Matched
        } else if self.accept_all(&[Kind::BY, Kind::SOURCE]) {
            MergeMatch::NotMatchedBySource
        } else {
            if self.accept(Kind::BY) {
                self.expect(Kind::TARGET)?;
            }
            MergeMatch::NotMatchedByTarget
        };
        let condition = if self.accept(Kind::AND) { Some(self.expression()?) } else { None };
        self.expect(Kind::THEN)?;
        let action = self.merge_action(matched)?;
        Ok(MergeWhen { matched, condition, action, location })
    }

    fn merge_action(&mut self, matched: MergeMatch) -> Result<MergeAction> {
        let inserts = matched == MergeMatch::NotMatchedByTarget;
        if self.accept_all(&[Kind::DO, Kind::NOTHING]) {
            return Ok(MergeAction::DoNothing);
        }
        if inserts {
            self.expect(Kind::INSERT)?;
            return self.merge_insert();
        }
        if self.accept(Kind::DELETE) {
            return Ok(MergeAction::Delete);
        }
        self.expect_all(&[Kind::UPDATE, Kind::SET])?;
        Ok(MergeAction::Update(self.assignments()?))
    }

    fn merge_insert(&mut self) -> Result<MergeAction> {
        if self.accept_all(&[Kind::DEFAULT, Kind::VALUES]) {
            let (columns, overriding) = (Vec::new(), Overriding::None);
            return Ok(MergeAction::Insert { columns, overriding, values: None });
        }
        let columns = self.optional_parenthesised(Self::insert_column)?;
        let overriding = self.overriding()?;
        self.expect(Kind::VALUES)?;
        let values = Some(self.parenthesised(Self::expression)?);
        Ok(MergeAction::Insert { columns, overriding, values })
    }
}
