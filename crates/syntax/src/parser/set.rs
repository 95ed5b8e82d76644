//! SET, RESET, SHOW, DISCARD.

use super::Parser;
use crate::ast::{
    Constant, DiscardTarget, Location, Name, SetAction, SetValue, SetVariable, ShowVariable,
    StatementKind, TypeName,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// A setting's name: `name.name...`, as written.
    fn setting_name(&mut self) -> Result<Name> {
        let first = self.column_name()?;
        if !self.is(Kind::DOT) {
            return Ok(first);
        }
        let mut name = String::from(first);
        while self.accept(Kind::DOT) {
            name.push('.');
            name.push_str(&self.column_name()?);
        }
        Ok(name.into())
    }

    /// SET as a statement.
    pub(super) fn set(&mut self) -> Result<StatementKind> {
        self.bump();
        if self.is(Kind::CONSTRAINTS) && self.kind_at(1).is_label() {
            return Ok(StatementKind::SetConstraints(Box::new(self.set_constraints()?)));
        }
        // LOCAL and SESSION may be names of settings too.
        let next_is_value = matches!(self.kind_at(1), Kind::TO | Kind::EQUAL | Kind::DOT);
        let local = !next_is_value && self.accept(Kind::LOCAL);
        if !local
            && !next_is_value
            && self.is(Kind::SESSION)
            && !matches!(self.kind_at(1), Kind::AUTHORIZATION | Kind::CHARACTERISTICS)
        {
            self.bump();
        }
        let action = self.set_rest(true)?;
        Ok(StatementKind::Set(Box::new(SetVariable { local, action })))
    }

    /// `SET ...` or `RESET ...` inside another statement.
    pub(super) fn set_or_reset(&mut self) -> Result<SetVariable> {
        let action = if self.is(Kind::RESET) {
            self.reset_action()?
        } else {
            self.expect(Kind::SET)?;
            self.set_rest(false)?
        };
        Ok(SetVariable { local: false, action })
    }

    /// set_rest: what follows SET; transactions in a statement of its own only.
    fn set_rest(&mut self, own_statement: bool) -> Result<SetAction> {
        let location = self.location();
        let next_is_value = matches!(self.kind_at(1), Kind::TO | Kind::EQUAL | Kind::DOT);
        match self.kind() {
            _ if next_is_value => {}
            Kind::TRANSACTION if own_statement => {
                self.bump();
                if self.accept(Kind::SNAPSHOT) {
                    return Ok(SetAction::Snapshot(self.string()?));
                }
                return Ok(SetAction::Transaction(self.transaction_modes()?));
            }
            Kind::SESSION if own_statement && self.kind_at(1) == Kind::CHARACTERISTICS => {
                self.bump();
                self.bump();
                self.expect_all(&[Kind::AS, Kind::TRANSACTION])?;
                return Ok(SetAction::SessionCharacteristics(self.transaction_modes()?));
            }
            Kind::TIME => {
                self.bump();
                self.expect(Kind::ZONE)?;
                return self.time_zone();
            }
            Kind::SCHEMA | Kind::ROLE | Kind::NAMES | Kind::CATALOG | Kind::XML => {
                return self.special_setting();
            }
            Kind::SESSION if self.kind_at(1) == Kind::AUTHORIZATION => {
                self.bump();
                self.bump();
                if self.accept(Kind::DEFAULT) {
                    return Ok(SetAction::Default("session_authorization".into()));
                }
                return Ok(one_value("session_authorization", self.word_or_string()?, location));
            }
            _ => {}
        }
        let name = self.setting_name()?;
        if self.accept_all(&[Kind::FROM, Kind::CURRENT]) {
            return Ok(SetAction::FromCurrent(name));
        }
        if !self.accept(Kind::TO) {
            self.expect(Kind::EQUAL)?;
        }
        if self.accept(Kind::DEFAULT) {
            return Ok(SetAction::Default(name));
        }
        let location = self.location();
        let values = self.list(Self::set_value)?;
        Ok(SetAction::Value { name, values, location })
    }

    fn word_or_string(&mut self) -> Result<SetValue> {
        let text =
            if self.is(Kind::STRING_LITERAL) { self.string()? } else { self.non_reserved_word()? };
        Ok(SetValue::String(text))
    }

    fn special_setting(&mut self) -> Result<SetAction> {
        let location = self.location();
        let word = self.kind();
        self.bump();
        match word {
            Kind::SCHEMA => {
                Ok(one_value("search_path", SetValue::String(self.string()?), location))
            }
            Kind::ROLE => Ok(one_value("role", self.word_or_string()?, location)),
            Kind::NAMES => match self.kind() {
                Kind::STRING_LITERAL => {
                    Ok(one_value("client_encoding", SetValue::String(self.string()?), location))
                }
                _ => {
                    self.accept(Kind::DEFAULT);
                    Ok(SetAction::Default("client_encoding".into()))
                }
            },
            Kind::XML => {
                self.expect(Kind::OPTION)?;
                if !matches!(self.kind(), Kind::DOCUMENT | Kind::CONTENT) {
                    return Err(self.unexpected());
                }
                let value = SetValue::String(self.text().to_ascii_uppercase().into());
                self.bump();
                Ok(one_value("xmloption", value, location))
            }
            _ => {
                self.string()?;
                Err(self.feature_error("current database cannot be changed", location))
            }
        }
    }

    fn time_zone(&mut self) -> Result<SetAction> {
        let location = self.location();
        let value = match self.kind() {
            Kind::DEFAULT | Kind::LOCAL => {
                self.bump();
                return Ok(SetAction::Default("timezone".into()));
            }
            Kind::STRING_LITERAL => SetValue::String(self.string()?),
            Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER => SetValue::String(self.column_name()?),
            Kind::INTERVAL => {
                self.bump();
                let mut type_name = TypeName::system("interval", location);
                if self.is(Kind::LEFT_PAREN) {
                    type_name.modifiers = self.interval_modifiers()?;
                }
                let text = self.string()?;
                if type_name.modifiers.is_empty() {
                    type_name.modifiers = self.interval_modifiers_without_precision()?;
                }
                SetValue::Interval(Box::new(type_name), text)
            }
            _ => self.set_number()?,
        };
        Ok(one_value("timezone", value, location))
    }

    fn set_number(&mut self) -> Result<SetValue> {
        let number = self.signed_number()?;
        if let Constant::Integer(value) = number {
            return Ok(SetValue::Integer(value));
        }
        Ok(SetValue::Float(number.to_text()))
    }

    /// var_value.
    fn set_value(&mut self) -> Result<SetValue> {
        if self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS) {
            return self.set_number();
        }
        Ok(SetValue::String(self.boolean_or_string()?))
    }

    /// At RESET.
    pub(super) fn reset_action(&mut self) -> Result<SetAction> {
        self.bump();
        if self.accept(Kind::ALL) {
            return Ok(SetAction::ResetAll);
        }
        Ok(SetAction::Reset(self.special_name()?))
    }

    /// A setting's name, or the words that stand for one.
    fn special_name(&mut self) -> Result<Name> {
        if self.accept_all(&[Kind::TIME, Kind::ZONE]) {
            return Ok("timezone".into());
        }
        if self.accept_all(&[Kind::TRANSACTION, Kind::ISOLATION, Kind::LEVEL]) {
            return Ok("transaction_isolation".into());
        }
        if self.accept_all(&[Kind::SESSION, Kind::AUTHORIZATION]) {
            return Ok("session_authorization".into());
        }
        self.setting_name()
    }

    pub(super) fn show(&mut self) -> Result<ShowVariable> {
        self.bump();
        if self.accept(Kind::ALL) {
            return Ok(ShowVariable::All);
        }
        Ok(ShowVariable::Name(self.special_name()?))
    }

    pub(super) fn discard(&mut self) -> Result<DiscardTarget> {
        self.bump();
        let target = match self.kind() {
            Kind::ALL => DiscardTarget::All,
            Kind::PLANS => DiscardTarget::Plans,
            Kind::SEQUENCES => DiscardTarget::Sequences,
            Kind::TEMP | Kind::TEMPORARY => DiscardTarget::Temporary,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(target)
    }

    /// Behind ALTER, at SYSTEM.
    pub(super) fn alter_system(&mut self) -> Result<SetVariable> {
        self.bump();
        if self.is(Kind::RESET) {
            return Ok(SetVariable { local: false, action: self.reset_action()? });
        }
        self.expect(Kind::SET)?;
        Ok(SetVariable { local: false, action: self.set_rest(false)? })
    }
}

fn one_value(name: &str, value: SetValue, location: Location) -> SetAction {
    SetAction::Value { name: name.into(), values: vec![value], location }
}
