//! CREATE TRIGGER.

use super::Parser;
use crate::ast::{
    ConstraintAttributes, CreateTrigger, TriggerEvent, TriggerTiming, TriggerTransition,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE [OR REPLACE] [CONSTRAINT], at TRIGGER.
    pub(super) fn create_trigger(
        &mut self,
        or_replace: bool,
        constraint: bool,
    ) -> Result<CreateTrigger> {
        self.expect(Kind::TRIGGER)?;
        let name = self.column_name()?;
        let timing = self.trigger_timing(constraint)?;
        let mut events = vec![self.trigger_event()?];
        while self.accept(Kind::OR) {
            let event = self.trigger_event()?;
            let kind = std::mem::discriminant(&event);
            if events.iter().any(|other| std::mem::discriminant(other) == kind) {
                // UPDATE is complete only where what follows it is known.
                if !matches!(event, TriggerEvent::Update(_)) {
                    self.at -= 1;
                }
                return Err(self.error_here("duplicate trigger events specified"));
            }
            events.push(event);
        }
        self.expect(Kind::ON)?;
        let relation = self.relation_name()?;
        let (mut from, mut attributes) = (None, ConstraintAttributes::default());
        if constraint {
            if self.accept(Kind::FROM) {
                from = Some(self.relation_name()?);
            }
            attributes = self.constraint_attributes()?;
        }
        let transitions = if constraint { Vec::new() } else { self.transitions()? };
        let for_each_row = self.for_each_row(constraint)?;
        let mut when = None;
        if self.accept(Kind::WHEN) {
            self.expect(Kind::LEFT_PAREN)?;
            when = Some(self.expression()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        self.expect(Kind::EXECUTE)?;
        if !self.accept(Kind::FUNCTION) {
            self.expect(Kind::PROCEDURE)?;
        }
        let function = self.function_name()?;
        self.expect(Kind::LEFT_PAREN)?;
        // An empty first argument is none at all.
        let first_is_empty = self.accept(Kind::COMMA);
        let args = if self.is(Kind::RIGHT_PAREN) && !first_is_empty {
            Vec::new()
        } else {
            self.list(Self::trigger_argument)?
        };
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(CreateTrigger {
            or_replace,
            constraint,
            name,
            timing,
            events,
            relation,
            from,
            attributes,
            transitions,
            for_each_row,
            when,
            function,
            args,
        })
    }

    fn trigger_timing(&mut self, constraint: bool) -> Result<TriggerTiming> {
        if constraint || self.is(Kind::AFTER) {
            self.expect(Kind::AFTER)?;
            return Ok(TriggerTiming::After);
        }
        if self.accept(Kind::BEFORE) {
            return Ok(TriggerTiming::Before);
        }
        self.expect_all(&[Kind::INSTEAD, Kind::OF])?;
        Ok(TriggerTiming::InsteadOf)
    }

    fn trigger_event(&mut self) -> Result<TriggerEvent> {
        let event = match self.kind() {
            Kind::INSERT => TriggerEvent::Insert,
            Kind::DELETE => TriggerEvent::Delete,
            Kind::TRUNCATE => TriggerEvent::Truncate,
            Kind::UPDATE => {
                self.bump();
                let columns =
                    if self.accept(Kind::OF) { self.list(Self::column_name)? } else { Vec::new() };
                return Ok(TriggerEvent::Update(columns));
            }
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(event)
    }

    fn transitions(&mut self) -> Result<Vec<TriggerTransition>> {
        let mut transitions = Vec::new();
        if !self.accept(Kind::REFERENCING) {
            return Ok(transitions);
        }
        while matches!(self.kind(), Kind::NEW | Kind::OLD) {
            let new = self.is(Kind::NEW);
            self.bump();
            let table = self.accept(Kind::TABLE);
            if !table {
                self.expect(Kind::ROW)?;
            }
            self.accept(Kind::AS);
            transitions.push(TriggerTransition { new, table, name: self.column_name()? });
        }
        if transitions.is_empty() { Err(self.unexpected()) } else { Ok(transitions) }
    }

    fn for_each_row(&mut self, constraint: bool) -> Result<bool> {
        if !constraint && !self.is(Kind::FOR) {
            return Ok(false);
        }
        self.expect(Kind::FOR)?;
        if constraint {
            self.expect(Kind::EACH)?;
        } else {
            self.accept(Kind::EACH);
        }
        if constraint || self.is(Kind::ROW) {
            self.expect(Kind::ROW)?;
            return Ok(true);
        }
        self.expect(Kind::STATEMENT)?;
        Ok(false)
    }

    fn trigger_argument(&mut self) -> Result<Box<str>> {
        if self.is(Kind::STRING_LITERAL) {
            return self.string();
        }
        if self.at_number() {
            return Ok(self.number().to_text());
        }
        self.label()
    }
}
