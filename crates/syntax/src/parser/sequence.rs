//! CREATE and ALTER SEQUENCE, and the options that identity columns share with them.

use super::Parser;
use crate::ast::{AlterSequence, CreateSequence, Persistence, SequenceOption, SequenceOptionKind};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE and its persistence, at SEQUENCE.
    pub(super) fn create_sequence(&mut self, persistence: Persistence) -> Result<CreateSequence> {
        self.expect(Kind::SEQUENCE)?;
        let if_not_exists = self.if_not_exists()?;
        let relation = self.relation_name()?;
        Ok(CreateSequence {
            relation,
            persistence,
            if_not_exists,
            options: self.sequence_options()?,
        })
    }

    /// Options up to what is none; at least one.
    pub(super) fn alter_sequence(
        &mut self,
        relation: crate::ast::RelationName,
        if_exists: bool,
    ) -> Result<AlterSequence> {
        let options = self.sequence_options()?;
        if options.is_empty() {
            return Err(self.unexpected());
        }
        Ok(AlterSequence { relation, if_exists, options })
    }

    /// Whether an option of a sequence stands here, rather than an action of ALTER TABLE.
    pub(super) fn at_sequence_option(&self) -> bool {
        match self.kind() {
            Kind::AS
            | Kind::CACHE
            | Kind::CYCLE
            | Kind::INCREMENT
            | Kind::LOGGED
            | Kind::UNLOGGED
            | Kind::MAXVALUE
            | Kind::MINVALUE
            | Kind::OWNED
            | Kind::SEQUENCE
            | Kind::START
            | Kind::RESTART => true,
            Kind::NO => !matches!(self.kind_at(1), Kind::INHERIT | Kind::FORCE),
            _ => false,
        }
    }

    fn sequence_options(&mut self) -> Result<Vec<SequenceOption>> {
        let mut options = Vec::new();
        while let Some(option) = self.sequence_option()? {
            options.push(option);
        }
        Ok(options)
    }

    /// `(options)`, or nothing.
    pub(super) fn identity_options(&mut self) -> Result<Vec<SequenceOption>> {
        if !self.accept(Kind::LEFT_PAREN) {
            return Ok(Vec::new());
        }
        let options = self.sequence_options()?;
        if options.is_empty() {
            return Err(self.unexpected());
        }
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(options)
    }

    /// One option, or nothing.
    pub(super) fn sequence_option(&mut self) -> Result<Option<SequenceOption>> {
        let location = self.location();
        let word = self.kind();
        let known = matches!(
            word,
            Kind::AS
                | Kind::CACHE
                | Kind::CYCLE
                | Kind::INCREMENT
                | Kind::LOGGED
                | Kind::MAXVALUE
                | Kind::MINVALUE
                | Kind::NO
                | Kind::OWNED
                | Kind::SEQUENCE
                | Kind::START
                | Kind::RESTART
                | Kind::UNLOGGED
        );
        if !known {
            return Ok(None);
        }
        self.bump();
        let kind = match word {
            Kind::AS => SequenceOptionKind::As(self.type_name()?),
            Kind::CACHE => SequenceOptionKind::Cache(self.number_text()?),
            Kind::CYCLE => SequenceOptionKind::Cycle(true),
            Kind::INCREMENT => {
                self.accept(Kind::BY);
                SequenceOptionKind::Increment(self.number_text()?)
            }
            Kind::LOGGED => SequenceOptionKind::Logged(true),
            Kind::UNLOGGED => SequenceOptionKind::Logged(false),
            Kind::MAXVALUE => SequenceOptionKind::MaxValue(Some(self.number_text()?)),
            Kind::MINVALUE => SequenceOptionKind::MinValue(Some(self.number_text()?)),
            Kind::NO => self.no_option()?,
            Kind::OWNED => {
                self.expect(Kind::BY)?;
                let name = self.object_name()?;
                let none = matches!(name.names.as_slice(), [only] if &**only == "none");
                SequenceOptionKind::OwnedBy(if none { None } else { Some(name) })
            }
            Kind::SEQUENCE => {
                self.expect(Kind::NAME)?;
                SequenceOptionKind::SequenceName(self.object_name()?)
            }
            Kind::START => {
                self.accept(Kind::WITH);
                SequenceOptionKind::Start(self.number_text()?)
            }
            _ => {
                let with = self.accept(Kind::WITH);
                let numbered =
                    with || self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS);
                SequenceOptionKind::Restart(if numbered { Some(self.number_text()?) } else { None })
            }
        };
        Ok(Some(SequenceOption { kind, location }))
    }

    fn no_option(&mut self) -> Result<SequenceOptionKind> {
        let kind = match self.kind() {
            Kind::CYCLE => SequenceOptionKind::Cycle(false),
            Kind::MAXVALUE => SequenceOptionKind::MaxValue(None),
            Kind::MINVALUE => SequenceOptionKind::MinValue(None),
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(kind)
    }
}
