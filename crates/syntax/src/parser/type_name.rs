//! Names of types.

use super::Parser;
use super::expression::expr;
use crate::ast::{Constant, Expr, ExprKind, Location, Name, TypeName, interval_mask as mask};
use crate::kind::Kind;
use error::Result;

impl TypeName {
    /// `pg_catalog.name` without modifiers.
    pub(super) fn system(name: &str, location: Location) -> Self {
        Self::named(vec!["pg_catalog".into(), name.into()], location)
    }

    /// A type by its names.
    pub(super) fn named(names: Vec<Name>, location: Location) -> Self {
        Self {
            names,
            setof: false,
            percent_type: false,
            modifiers: Vec::new(),
            array_bounds: Vec::new(),
            location,
        }
    }
}

fn integer(value: i32, location: Location) -> Expr {
    expr(ExprKind::Constant(Constant::Integer(value)), location)
}

impl Parser<'_> {
    /// Typename.
    pub(crate) fn type_name(&mut self) -> Result<TypeName> {
        let setof = self.accept(Kind::SETOF);
        let mut type_name = self.simple_type_name()?;
        type_name.setof = setof;
        if self.accept(Kind::ARRAY) {
            let mut bound = None;
            if self.accept(Kind::LEFT_BRACKET) {
                bound = Some(self.integer()?);
                self.expect(Kind::RIGHT_BRACKET)?;
            }
            type_name.array_bounds.push(bound);
            return Ok(type_name);
        }
        while self.accept(Kind::LEFT_BRACKET) {
            let bound = if self.is(Kind::RIGHT_BRACKET) { None } else { Some(self.integer()?) };
            self.expect(Kind::RIGHT_BRACKET)?;
            type_name.array_bounds.push(bound);
        }
        Ok(type_name)
    }

    /// func_type: a type, or that of a column: `table.column%TYPE`.
    pub(super) fn function_type(&mut self) -> Result<TypeName> {
        let words = usize::from(self.is(Kind::SETOF));
        let qualified = self.kind_at(words + 1) == Kind::DOT;
        let mut type_name = self.type_name()?;
        let bare = type_name.modifiers.is_empty() && type_name.array_bounds.is_empty();
        if qualified && bare && self.accept(Kind::PERCENT) {
            self.expect(Kind::TYPE)?;
            type_name.percent_type = true;
        }
        Ok(type_name)
    }

    pub(super) fn simple_type_name(&mut self) -> Result<TypeName> {
        let location = self.location();
        if let Some(known) = self.sql_type_name(location)? {
            return Ok(known);
        }
        // A qualified name's first word may be of the categories of both columns and types; a lone one only of
        // the latter.
        let mut type_name = if self.kind_at(1) == Kind::DOT {
            let first = if self.kind().is_type_or_function_name() {
                self.type_or_function_name()?
            } else {
                return Err(self.unexpected());
            };
            let mut names = vec![first];
            while self.accept(Kind::DOT) {
                names.push(self.label()?);
            }
            TypeName::named(names, location)
        } else {
            TypeName::named(vec![self.type_or_function_name()?], location)
        };
        type_name.modifiers = self.optional_parenthesised(Self::expression)?;
        Ok(type_name)
    }

    /// A type that SQL gives keywords.
    fn sql_type_name(&mut self, location: Location) -> Result<Option<TypeName>> {
        let name = match self.kind() {
            Kind::INT | Kind::INTEGER => "int4",
            Kind::SMALLINT => "int2",
            Kind::BIGINT => "int8",
            Kind::REAL => "float4",
            Kind::BOOLEAN => "bool",
            Kind::JSON => "json",
            Kind::FLOAT => {
                self.bump();
                return self.float(location).map(Some);
            }
            Kind::DOUBLE if self.kind_at(1) == Kind::PRECISION => {
                self.bump();
                "float8"
            }
            Kind::DECIMAL | Kind::DEC | Kind::NUMERIC => {
                self.bump();
                let mut type_name = TypeName::system("numeric", location);
                type_name.modifiers = self.optional_parenthesised(Self::expression)?;
                return Ok(Some(type_name));
            }
            Kind::BIT => return self.bit(location).map(Some),
            Kind::CHARACTER | Kind::CHAR | Kind::VARCHAR | Kind::NATIONAL | Kind::NCHAR => {
                return self.character(location).map(Some);
            }
            Kind::TIMESTAMP => {
                return self.timestamp("timestamp", "timestamptz", location).map(Some);
            }
            Kind::TIME => return self.timestamp("time", "timetz", location).map(Some),
            Kind::INTERVAL => {
                self.bump();
                let mut type_name = TypeName::system("interval", location);
                type_name.modifiers = self.interval_modifiers()?;
                return Ok(Some(type_name));
            }
            _ => return Ok(None),
        };
        self.bump();
        Ok(Some(TypeName::system(name, location)))
    }

    fn float(&mut self, location: Location) -> Result<TypeName> {
        if !self.accept(Kind::LEFT_PAREN) {
            return Ok(TypeName::system("float8", location));
        }
        let at = self.location();
        let bits = self.integer()?;
        self.expect(Kind::RIGHT_PAREN)?;
        let code = error::SqlState::INVALID_PARAMETER_VALUE;
        match bits {
            ..=0 => Err(self.error_at(code, "precision for type float must be at least 1 bit", at)),
            1..=24 => Ok(TypeName::system("float4", location)),
            25..=53 => Ok(TypeName::system("float8", location)),
            _ => Err(self.error_at(code, "precision for type float must be less than 54 bits", at)),
        }
    }

    fn bit(&mut self, location: Location) -> Result<TypeName> {
        self.bump();
        let varying = self.accept(Kind::VARYING);
        let mut type_name = TypeName::system(if varying { "varbit" } else { "bit" }, location);
        if self.is(Kind::LEFT_PAREN) {
            type_name.modifiers = self.parenthesised(Self::expression)?;
        } else if !varying {
            type_name.modifiers = vec![integer(1, Location::NONE)];
        }
        Ok(type_name)
    }

    fn character(&mut self, location: Location) -> Result<TypeName> {
        let mut varying = self.is(Kind::VARCHAR);
        if self.accept(Kind::NATIONAL) && !matches!(self.kind(), Kind::CHARACTER | Kind::CHAR) {
            return Err(self.unexpected());
        }
        self.bump();
        varying = varying || self.accept(Kind::VARYING);
        let mut type_name = TypeName::system(if varying { "varchar" } else { "bpchar" }, location);
        if self.accept(Kind::LEFT_PAREN) {
            let at = self.location();
            type_name.modifiers = vec![integer(self.integer()?, at)];
            self.expect(Kind::RIGHT_PAREN)?;
        } else if !varying {
            type_name.modifiers = vec![integer(1, Location::NONE)];
        }
        Ok(type_name)
    }

    /// TIMESTAMP or TIME with its precision and zone.
    fn timestamp(&mut self, plain: &str, zoned: &str, location: Location) -> Result<TypeName> {
        self.bump();
        let mut modifiers = Vec::new();
        if self.accept(Kind::LEFT_PAREN) {
            let at = self.location();
            modifiers.push(integer(self.integer()?, at));
            self.expect(Kind::RIGHT_PAREN)?;
        }
        let with_zone = self.accept(Kind::WITH_LA);
        if with_zone || self.accept(Kind::WITHOUT_LA) {
            self.expect_all(&[Kind::TIME, Kind::ZONE])?;
        }
        let type_name = TypeName::system(if with_zone { zoned } else { plain }, location);
        Ok(TypeName { modifiers, ..type_name })
    }

    /// opt_interval or `(precision)`, behind INTERVAL.
    pub(super) fn interval_modifiers(&mut self) -> Result<Vec<Expr>> {
        let location = self.location();
        if self.accept(Kind::LEFT_PAREN) {
            let at = self.location();
            let precision = self.integer()?;
            self.expect(Kind::RIGHT_PAREN)?;
            return Ok(vec![integer(mask::FULL_RANGE, Location::NONE), integer(precision, at)]);
        }
        let Some(first) = interval_field(self.kind()) else { return Ok(Vec::new()) };
        let mut fields = first;
        let mut last = self.kind();
        self.bump();
        if self.is(Kind::TO) && !matches!(last, Kind::MONTH | Kind::SECOND) {
            let second = self.kind_at(1);
            let order =
                [Kind::YEAR, Kind::MONTH, Kind::DAY, Kind::HOUR, Kind::MINUTE, Kind::SECOND];
            let place = |kind| order.iter().position(|field| *field == kind);
            self.bump();
            let ordered = place(last) < place(second);
            let same_part = (place(last) == Some(0)) == (second == Kind::MONTH);
            if !ordered || !same_part {
                return Err(self.unexpected());
            }
            let range = place(last).unwrap_or(0)..=place(second).unwrap_or(0);
            fields = order[range].iter().filter_map(|kind| interval_field(*kind)).sum();
            last = second;
            self.bump();
        }
        let mut modifiers = vec![integer(fields, location)];
        if last == Kind::SECOND && self.accept(Kind::LEFT_PAREN) {
            let at = self.location();
            modifiers.push(integer(self.integer()?, at));
            self.expect(Kind::RIGHT_PAREN)?;
        }
        Ok(modifiers)
    }

    /// `type 'literal'` of a type that SQL gives keywords; none where the word is something else here.
    pub(super) fn typed_literal(&mut self, location: Location) -> Result<Option<Expr>> {
        let next = self.kind_at(1);
        let follows = match self.kind() {
            Kind::DOUBLE => next == Kind::PRECISION,
            Kind::INT
            | Kind::INTEGER
            | Kind::SMALLINT
            | Kind::BIGINT
            | Kind::REAL
            | Kind::BOOLEAN
            | Kind::JSON => next == Kind::STRING_LITERAL,
            Kind::FLOAT | Kind::DECIMAL | Kind::DEC | Kind::NUMERIC | Kind::INTERVAL => {
                matches!(next, Kind::STRING_LITERAL | Kind::LEFT_PAREN)
            }
            Kind::BIT | Kind::CHARACTER | Kind::CHAR | Kind::VARCHAR | Kind::NCHAR => {
                matches!(next, Kind::STRING_LITERAL | Kind::LEFT_PAREN | Kind::VARYING)
            }
            Kind::NATIONAL => matches!(next, Kind::CHARACTER | Kind::CHAR),
            Kind::TIMESTAMP | Kind::TIME => {
                matches!(next, Kind::STRING_LITERAL | Kind::LEFT_PAREN)
                    || matches!(next, Kind::WITH_LA | Kind::WITHOUT_LA)
            }
            _ => false,
        };
        if !follows {
            return Ok(None);
        }
        if self.is(Kind::INTERVAL) && next == Kind::STRING_LITERAL {
            self.bump();
            let mut literal = self.literal_of(TypeName::system("interval", location), location)?;
            let modifiers = self.interval_modifiers_without_precision()?;
            if let ExprKind::Cast(cast) = &mut literal.kind {
                cast.type_name.modifiers = modifiers;
            }
            return Ok(Some(literal));
        }
        let is_character =
            matches!(self.kind(), Kind::CHARACTER | Kind::CHAR | Kind::NATIONAL | Kind::NCHAR);
        let is_bit = self.is(Kind::BIT);
        let Some(mut type_name) = self.sql_type_name(location)? else { return Ok(None) };
        // A literal of char or bit without a length keeps its own.
        if (is_character || is_bit)
            && type_name.modifiers.iter().all(|value| value.location == Location::NONE)
        {
            type_name.modifiers.clear();
        }
        self.literal_of(type_name, location).map(Some)
    }

    /// opt_interval alone.
    pub(super) fn interval_modifiers_without_precision(&mut self) -> Result<Vec<Expr>> {
        if self.is(Kind::LEFT_PAREN) { Ok(Vec::new()) } else { self.interval_modifiers() }
    }
}

fn interval_field(kind: Kind) -> Option<i32> {
    Some(match kind {
        Kind::YEAR => mask::YEAR,
        Kind::MONTH => mask::MONTH,
        Kind::DAY => mask::DAY,
        Kind::HOUR => mask::HOUR,
        Kind::MINUTE => mask::MINUTE,
        Kind::SECOND => mask::SECOND,
        _ => return None,
    })
}
