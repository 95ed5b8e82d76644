//! Literals.

use crate::Analyzer;
use error::{Error, Result};
use expression::{Expr, ExprKind};
use syntax::ast::{Constant, Location};
use types::{Datum, Oid, type_oid};

impl Analyzer<'_> {
    /// The value of a literal: untyped text is `unknown`, numbers have the smallest type that holds them.
    pub(crate) fn constant(&mut self, constant: &Constant, location: Location) -> Result<Expr> {
        let (value, type_id) = match constant {
            Constant::Null => (Datum::Null, type_oid::UNKNOWN),
            Constant::Boolean(value) => (Datum::Bool(*value), type_oid::BOOL),
            Constant::Integer(value) => (Datum::I32(*value), type_oid::INT4),
            Constant::BigInteger(value) => (Datum::I64(*value), type_oid::INT8),
            Constant::Numeric(text) => {
                let value =
                    types::input(type_oid::NUMERIC, -1, text, &self.resolver.text_context())
                        .map_err(|error| error.at(self.position(location)))?;
                (value, type_oid::NUMERIC)
            }
            Constant::String(text) => (Datum::text(text), type_oid::UNKNOWN),
            Constant::Bits(digits) => (self.bits(&format!("b{digits}"), location)?, type_oid::BIT),
            Constant::HexBits(digits) => {
                (self.bits(&format!("x{digits}"), location)?, type_oid::BIT)
            }
        };
        Ok(Expr::new(ExprKind::Constant(value), type_id, Oid::INVALID))
    }

    /// A bit string of its letter and digits. 22P02.
    fn bits(&self, source: &str, location: Location) -> Result<Datum> {
        types::input(type_oid::BIT, -1, source, &self.resolver.text_context())
            .map_err(|error| error.at(self.position(location)))
    }

    /// `$number`.
    pub(crate) fn parameter(&mut self, number: u32, location: Location) -> Result<Expr> {
        let missing = || {
            Error::new(
                error::SqlState::UNDEFINED_PARAMETER,
                format!("there is no parameter ${number}"),
            )
            .at(self.position(location))
        };
        if let Some(variables) = self.variables {
            let type_id = variables.parameter(number).ok_or_else(missing)?;
            let collation = expression::default_collation(type_id);
            return Ok(Expr::new(ExprKind::Parameter(number), type_id, collation));
        }
        let index = (number as usize).checked_sub(1).ok_or_else(missing)?;
        if index >= self.parameters.len() {
            const PARAMETERS_MAX: usize = 65535;
            if !self.infer_parameters || index >= PARAMETERS_MAX {
                return Err(missing());
            }
            self.parameters.resize(index + 1, Oid::INVALID);
        }
        if !self.parameters[index].is_valid() && self.infer_parameters {
            self.parameters[index] = type_oid::UNKNOWN;
        }
        let type_id = self.parameters[index];
        let collation = expression::default_collation(type_id);
        Ok(Expr::new(ExprKind::Parameter(number), type_id, collation))
    }
}
