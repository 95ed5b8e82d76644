//! Lists of options: `WITH (...)`, definitions of objects, options of utility statements.

use super::Parser;
use crate::ast::{Constant, DefinitionOption, DropBehavior, Location, Name, OptionValue};
use crate::kind::Kind;
use error::Result;

/// An option as the parser makes it from words that are no list.
pub(super) fn option(
    name: &str,
    value: Option<OptionValue>,
    location: Location,
) -> DefinitionOption {
    DefinitionOption { namespace: None, name: name.into(), value, location }
}

fn number_value(constant: &Constant) -> OptionValue {
    if let Constant::Integer(value) = constant {
        return OptionValue::Integer(*value);
    }
    OptionValue::Float(constant.to_text())
}

impl Parser<'_> {
    /// NumericOnly as an option's value.
    pub(super) fn number_option(&mut self) -> Result<OptionValue> {
        Ok(number_value(&self.signed_number()?))
    }

    /// reloptions: `([namespace.]name [= value], ...)`.
    pub(super) fn relation_options(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(Self::relation_option)
    }

    /// `WITH (...)`, or nothing.
    pub(super) fn with_options(&mut self) -> Result<Vec<DefinitionOption>> {
        if self.accept(Kind::WITH) { self.relation_options() } else { Ok(Vec::new()) }
    }

    fn relation_option(&mut self) -> Result<DefinitionOption> {
        let location = self.location();
        let mut name = self.label()?;
        let mut namespace: Option<Name> = None;
        if self.accept(Kind::DOT) {
            namespace = Some(std::mem::replace(&mut name, self.label()?));
        }
        let value = if self.accept(Kind::EQUAL) { Some(self.definition_value()?) } else { None };
        Ok(DefinitionOption { namespace, name, value, location })
    }

    /// definition: `(name [= value], ...)`.
    pub(super) fn definition(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(|parser| {
            let location = parser.location();
            let name = parser.label()?;
            let value =
                if parser.accept(Kind::EQUAL) { Some(parser.definition_value()?) } else { None };
            Ok(DefinitionOption { namespace: None, name, value, location })
        })
    }

    /// def_arg.
    pub(super) fn definition_value(&mut self) -> Result<OptionValue> {
        match self.kind() {
            Kind::STRING_LITERAL => Ok(OptionValue::String(self.string()?)),
            Kind::INTEGER_LITERAL | Kind::DECIMAL_LITERAL => self.number_option(),
            Kind::PLUS | Kind::MINUS
                if matches!(self.kind_at(1), Kind::INTEGER_LITERAL | Kind::DECIMAL_LITERAL) =>
            {
                self.number_option()
            }
            Kind::NONE => {
                self.bump();
                Ok(OptionValue::None)
            }
            Kind::OPERATOR if self.kind_at(1) == Kind::LEFT_PAREN => {
                Ok(OptionValue::Operator(self.operator_call()?))
            }
            _ if self.at_operator() => Ok(OptionValue::Operator(self.take_operator())),
            kind if kind.is_column_name() || kind.is_type_or_function_name() => {
                Ok(OptionValue::TypeName(Box::new(self.function_type()?)))
            }
            _ => Ok(OptionValue::String(self.label()?)),
        }
    }

    /// opt_boolean_or_string.
    pub(super) fn boolean_or_string(&mut self) -> Result<Box<str>> {
        match self.kind() {
            Kind::TRUE | Kind::FALSE | Kind::ON => self.label(),
            Kind::STRING_LITERAL => self.string(),
            _ => self.non_reserved_word(),
        }
    }

    /// utility_option_list: `(name [value], ...)`.
    pub(super) fn utility_options(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(Self::utility_option)
    }

    fn utility_option(&mut self) -> Result<DefinitionOption> {
        let location = self.location();
        let name = match self.kind() {
            Kind::ANALYZE | Kind::ANALYSE => {
                self.bump();
                "analyze".into()
            }
            Kind::FORMAT_LA => {
                self.bump();
                "format".into()
            }
            _ => self.non_reserved_word()?,
        };
        let value = match self.kind() {
            Kind::COMMA | Kind::RIGHT_PAREN => None,
            _ if self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS) => {
                Some(self.number_option()?)
            }
            _ => Some(OptionValue::String(self.boolean_or_string()?)),
        };
        Ok(DefinitionOption { namespace: None, name, value, location })
    }

    /// opt_drop_behavior.
    pub(super) fn drop_behavior(&mut self) -> DropBehavior {
        if self.accept(Kind::CASCADE) {
            return DropBehavior::Cascade;
        }
        self.accept(Kind::RESTRICT);
        DropBehavior::Restrict
    }

    pub(super) fn if_exists(&mut self) -> bool {
        self.accept_all(&[Kind::IF, Kind::EXISTS])
    }

    pub(super) fn if_not_exists(&mut self) -> Result<bool> {
        if !self.is(Kind::IF) || self.kind_at(1) != Kind::NOT {
            return Ok(false);
        }
        self.bump();
        self.bump();
        self.expect(Kind::EXISTS)?;
        Ok(true)
    }
}
