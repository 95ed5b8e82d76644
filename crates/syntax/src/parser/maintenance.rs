//! VACUUM, ANALYZE, REINDEX, CLUSTER, NOTIFY, DO, CALL.

use super::Parser;
use super::definition::option;
use crate::ast::{
    Call, Cluster, DefinitionOption, Do, DoOption, Notify, Reindex, ReindexTarget, Vacuum,
    VacuumRelation,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// An option where its word stands.
    fn word_option(&mut self, word: Kind, name: &str, options: &mut Vec<DefinitionOption>) {
        let location = self.location();
        if self.accept(word) {
            options.push(option(name, None, location));
        }
    }

    pub(super) fn vacuum(&mut self) -> Result<Vacuum> {
        let vacuum = self.is(Kind::VACUUM);
        self.bump();
        let mut options = Vec::new();
        if self.is(Kind::LEFT_PAREN) {
            options = self.utility_options()?;
        } else {
            if vacuum {
                self.word_option(Kind::FULL, "full", &mut options);
                self.word_option(Kind::FREEZE, "freeze", &mut options);
            }
            self.word_option(Kind::VERBOSE, "verbose", &mut options);
            if vacuum {
                self.word_option(Kind::ANALYZE, "analyze", &mut options);
                self.word_option(Kind::ANALYSE, "analyze", &mut options);
            }
        }
        let relations = if self.at_end() { Vec::new() } else { self.list(Self::vacuum_relation)? };
        Ok(Vacuum { vacuum, options, relations })
    }

    fn at_end(&self) -> bool {
        matches!(self.kind(), Kind::END_OF_INPUT | Kind::SEMICOLON)
    }

    fn vacuum_relation(&mut self) -> Result<VacuumRelation> {
        let table = self.relation_expression()?;
        let columns = self.optional_column_list()?;
        Ok(VacuumRelation { relation: table.relation, only: table.only, columns })
    }

    pub(super) fn reindex(&mut self) -> Result<Reindex> {
        self.bump();
        let mut options =
            if self.is(Kind::LEFT_PAREN) { self.utility_options()? } else { Vec::new() };
        let kind = self.kind();
        let start = self.at;
        self.bump();
        let known = [Kind::INDEX, Kind::TABLE, Kind::SCHEMA, Kind::SYSTEM, Kind::DATABASE];
        if known.contains(&kind) {
            self.word_option(Kind::CONCURRENTLY, "concurrently", &mut options);
        }
        let target = match kind {
            Kind::INDEX => ReindexTarget::Index(self.relation_name()?),
            Kind::TABLE => ReindexTarget::Table(self.relation_name()?),
            Kind::SCHEMA => ReindexTarget::Schema(self.column_name()?),
            Kind::SYSTEM if self.at_end() => ReindexTarget::System(None),
            Kind::SYSTEM => ReindexTarget::System(Some(self.column_name()?)),
            Kind::DATABASE if self.at_end() => ReindexTarget::Database(None),
            Kind::DATABASE => ReindexTarget::Database(Some(self.column_name()?)),
            _ => {
                self.at = start;
                return Err(self.unexpected());
            }
        };
        Ok(Reindex { options, target })
    }

    pub(super) fn cluster(&mut self) -> Result<Cluster> {
        self.bump();
        let mut options = Vec::new();
        if self.is(Kind::LEFT_PAREN) {
            options = self.utility_options()?;
        } else {
            self.word_option(Kind::VERBOSE, "verbose", &mut options);
        }
        if self.at_end() {
            return Ok(Cluster { options, relation: None, index: None });
        }
        let relation = self.relation_name()?;
        if self.accept(Kind::ON) {
            // The old syntax: CLUSTER index ON table.
            let table = self.relation_name()?;
            return Ok(Cluster { options, relation: Some(table), index: Some(relation.name) });
        }
        let index = if self.accept(Kind::USING) { Some(self.column_name()?) } else { None };
        Ok(Cluster { options, relation: Some(relation), index })
    }

    pub(super) fn notify(&mut self) -> Result<Notify> {
        self.bump();
        let channel = self.column_name()?;
        let payload = if self.accept(Kind::COMMA) { Some(self.string()?) } else { None };
        Ok(Notify { channel, payload })
    }

    pub(super) fn do_block(&mut self) -> Result<Do> {
        self.bump();
        let mut options = Vec::new();
        loop {
            let location = self.location();
            let option = if self.is(Kind::STRING_LITERAL) {
                DoOption::Code(self.string()?)
            } else if self.accept(Kind::LANGUAGE) {
                DoOption::Language(self.word_or_literal()?)
            } else {
                break;
            };
            options.push((option, location));
        }
        if options.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Do { options })
    }

    pub(super) fn call(&mut self) -> Result<Call> {
        self.bump();
        let location = self.location();
        let name = self.function_name()?;
        if !self.is(Kind::LEFT_PAREN) {
            return Err(self.unexpected());
        }
        let call = self.call_application(name)?;
        Ok(Call { call, location })
    }
}
