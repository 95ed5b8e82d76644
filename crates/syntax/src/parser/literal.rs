//! Numbers.

use super::Parser;
use crate::ast::Constant;
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// The number that is the current token; moves on.
    pub(super) fn number(&mut self) -> Constant {
        let text = self.text();
        let is_integer = self.is(Kind::INTEGER_LITERAL);
        self.bump();
        if is_integer
            && text.len() < 10
            && let Ok(value) = text.parse()
        {
            return Constant::Integer(value);
        }
        let text = text.replace('_', "");
        if !is_integer {
            return Constant::Numeric(text.into());
        }
        match integer(&text) {
            Some(value) => Constant::from(value),
            None => Constant::Numeric(text.into()),
        }
    }

    /// Whether the current token is a number.
    pub(super) fn at_number(&self) -> bool {
        matches!(self.kind(), Kind::INTEGER_LITERAL | Kind::DECIMAL_LITERAL)
    }

    /// Iconst: an integer that fits four bytes.
    pub(super) fn integer(&mut self) -> Result<i32> {
        let start = self.at;
        if self.is(Kind::INTEGER_LITERAL)
            && let Constant::Integer(value) = self.number()
        {
            return Ok(value);
        }
        self.at = start;
        Err(self.unexpected())
    }

    /// SignedIconst.
    pub(super) fn signed_integer(&mut self) -> Result<i32> {
        if self.accept(Kind::MINUS) {
            return Ok(-self.integer()?);
        }
        self.accept(Kind::PLUS);
        self.integer()
    }

    /// NumericOnly: a number with its sign, as written; integers in decimal.
    pub(super) fn signed_number(&mut self) -> Result<Constant> {
        let negative = self.is(Kind::MINUS);
        if negative || self.is(Kind::PLUS) {
            self.bump();
        }
        if !self.at_number() {
            return Err(self.unexpected());
        }
        let number = self.number();
        Ok(if negative { number.negated() } else { number })
    }

    /// NumericOnly as text.
    pub(super) fn number_text(&mut self) -> Result<Box<str>> {
        Ok(self.signed_number()?.to_text())
    }
}

fn integer(text: &str) -> Option<i64> {
    let radix = match text.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => return text.parse().ok(),
    };
    i64::from_str_radix(&text[2..], radix).ok()
}

impl Constant {
    /// The number with its sign changed, in the smallest form; anything else as it is.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Integer(value) => Self::from(-i64::from(value)),
            Self::BigInteger(value) => value
                .checked_neg()
                .map_or_else(|| Self::Numeric(value.to_string()[1..].into()), Self::from),
            Self::Numeric(text) => {
                let text: Box<str> = match text.strip_prefix('-') {
                    Some(positive) => positive.into(),
                    None => format!("-{text}").into(),
                };
                text.parse::<i64>().map_or(Self::Numeric(text), Self::from)
            }
            other @ (Self::Null
            | Self::Boolean(_)
            | Self::String(_)
            | Self::Bits(_)
            | Self::HexBits(_)) => other,
        }
    }

    /// A number or string as text.
    pub(super) fn to_text(&self) -> Box<str> {
        match self {
            Self::Null => "".into(),
            Self::Boolean(value) => value.to_string().into(),
            Self::Integer(value) => value.to_string().into(),
            Self::BigInteger(value) => value.to_string().into(),
            Self::Numeric(text) | Self::String(text) | Self::Bits(text) | Self::HexBits(text) => {
                text.clone()
            }
        }
    }
}

impl From<i64> for Constant {
    /// The smallest integer constant.
    fn from(value: i64) -> Self {
        i32::try_from(value).map_or(Self::BigInteger(value), Self::Integer)
    }
}
