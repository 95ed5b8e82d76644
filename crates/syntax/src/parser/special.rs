//! Function calls, and the functions that SQL gives a syntax of their own.

use super::Parser;
use super::expression::{expr, string_constant};
use crate::ast::{
    Argument, Cast, Constant, Expr, ExprKind, FunctionCall, FunctionForm, Location, ObjectName,
    Over, SortBy, SqlValueFunction, TypeName,
};
use crate::kind::Kind;
use error::{Result, SqlState};

/// A call of `pg_catalog.name`.
pub(super) fn system_function(
    name: &str,
    args: Vec<Expr>,
    form: FunctionForm,
    location: Location,
) -> Expr {
    let name = ObjectName { names: vec!["pg_catalog".into(), name.into()], location };
    call(name, args, form, location)
}

fn call(name: ObjectName, args: Vec<Expr>, form: FunctionForm, location: Location) -> Expr {
    let args = args.into_iter().map(|value| Argument { name: None, value }).collect();
    let call = FunctionCall { form, ..FunctionCall::plain(name, args) };
    expr(ExprKind::Function(Box::new(call)), location)
}

impl Parser<'_> {
    /// A call, at its `(`; or, where a string follows it, a literal of a type with modifiers.
    pub(super) fn call_or_typed_literal(
        &mut self,
        name: ObjectName,
        location: Location,
    ) -> Result<Expr> {
        let quantified = matches!(self.kind_at(1), Kind::ALL | Kind::DISTINCT);
        let call = self.call_application(name)?;
        let plain = !call.args.is_empty() && !call.variadic && !quantified;
        if plain && self.is(Kind::STRING_LITERAL) {
            return self.literal_with_modifiers(call, location);
        }
        let call = self.call_suffixes(call)?;
        Ok(expr(ExprKind::Function(Box::new(call)), location))
    }

    fn literal_with_modifiers(&mut self, call: FunctionCall, location: Location) -> Result<Expr> {
        if let Some((_, place)) = call.args.iter().find_map(|argument| argument.name.as_ref()) {
            return Err(self.syntax_error("type modifier cannot have parameter name", *place));
        }
        if let Some(sort) = call.order_by.first() {
            let place = sort.value.location;
            return Err(self.syntax_error("type modifier cannot have ORDER BY", place));
        }
        let modifiers = call.args.into_iter().map(|argument| argument.value).collect();
        self.generic_literal(call.name.names, modifiers, location)
    }

    /// func_application: `name(...)`, at the parenthesis.
    pub(super) fn call_application(&mut self, name: ObjectName) -> Result<FunctionCall> {
        let mut call = FunctionCall::plain(name, Vec::new());
        self.expect(Kind::LEFT_PAREN)?;
        if self.accept(Kind::RIGHT_PAREN) {
            return Ok(call);
        }
        if self.accept(Kind::STAR) {
            self.expect(Kind::RIGHT_PAREN)?;
            call.star = true;
            return Ok(call);
        }
        if self.accept(Kind::DISTINCT) {
            call.distinct = true;
        } else {
            self.accept(Kind::ALL);
        }
        loop {
            call.variadic = self.accept(Kind::VARIADIC);
            call.args.push(self.argument()?);
            if call.variadic || !self.accept(Kind::COMMA) {
                break;
            }
        }
        call.order_by = self.order_by()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(call)
    }

    fn argument(&mut self) -> Result<Argument> {
        if !self.at_argument_name() {
            return Ok(Argument { name: None, value: self.expression()? });
        }
        let location = self.location();
        let name = self.type_or_function_name()?;
        self.bump();
        Ok(Argument { name: Some((name, location)), value: self.expression()? })
    }

    /// Whether `name =>` or `name :=` stands here.
    pub(super) fn at_argument_name(&self) -> bool {
        matches!(self.kind_at(1), Kind::EQUALS_GREATER | Kind::COLON_EQUALS)
            && self.kind().is_type_or_function_name()
    }

    /// WITHIN GROUP, FILTER and OVER.
    fn call_suffixes(&mut self, mut call: FunctionCall) -> Result<FunctionCall> {
        let location = self.location();
        let mut problem = None;
        if self.accept_all(&[Kind::WITHIN, Kind::GROUP]) {
            if !call.order_by.is_empty() {
                problem = Some("cannot use multiple ORDER BY clauses with WITHIN GROUP");
            } else if call.distinct {
                problem = Some("cannot use DISTINCT with WITHIN GROUP");
            } else if call.variadic {
                problem = Some("cannot use VARIADIC with WITHIN GROUP");
            }
            self.expect(Kind::LEFT_PAREN)?;
            if !self.is(Kind::ORDER) {
                return Err(self.unexpected());
            }
            call.order_by = self.order_by()?;
            call.within_group = true;
            self.expect(Kind::RIGHT_PAREN)?;
        }
        call.filter = self.filter_clause()?;
        call.over = self.over_clause()?;
        match problem {
            Some(message) => Err(self.syntax_error(message, location)),
            None => Ok(call),
        }
    }

    /// `FILTER (WHERE condition)`, or nothing.
    pub(super) fn filter_clause(&mut self) -> Result<Option<Expr>> {
        if !self.accept_all(&[Kind::FILTER, Kind::LEFT_PAREN]) {
            return Ok(None);
        }
        self.expect(Kind::WHERE)?;
        let condition = self.expression()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(Some(condition))
    }

    /// `OVER name` or `OVER (...)`, or nothing.
    pub(super) fn over_clause(&mut self) -> Result<Option<Over>> {
        if !self.accept(Kind::OVER) {
            return Ok(None);
        }
        let location = self.location();
        Ok(Some(if self.is(Kind::LEFT_PAREN) {
            Over::Window(Box::new(self.window_specification()?))
        } else {
            Over::Name(self.column_name()?, location)
        }))
    }

    /// A function that SQL gives a keyword; none where the word is something else here.
    pub(super) fn special_function(&mut self, location: Location) -> Result<Option<Expr>> {
        if let Some(found) = self.value_function(location)? {
            return Ok(Some(found));
        }
        if self.kind_at(1) != Kind::LEFT_PAREN {
            if self.accept(Kind::CAST) {
                return Err(self.unexpected());
            }
            if self.is(Kind::COLLATION) && self.kind_at(1) == Kind::FOR {
                self.bump();
                self.bump();
                self.expect(Kind::LEFT_PAREN)?;
                let args = vec![self.expression()?];
                self.expect(Kind::RIGHT_PAREN)?;
                return Ok(Some(super::expression::sql_function(
                    "pg_collation_for",
                    args,
                    location,
                )));
            }
            return Ok(None);
        }
        let word = self.kind();
        let (json, xml) = (is_json_function(word), is_xml_function(word));
        if !json && !xml && !is_special_function(word) {
            return Ok(None);
        }
        self.bump();
        self.bump();
        let found = if json {
            self.json_arguments(word, location)?
        } else if xml {
            self.xml_arguments(word, location)?
        } else {
            self.special_arguments(word, location)?
        };
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(Some(found))
    }

    /// Whether a function with a syntax of its own stands here.
    pub(super) fn at_special_function(&self) -> bool {
        let word = self.kind();
        word == Kind::CAST
            || self.kind_at(1) == Kind::LEFT_PAREN
                && (is_special_function(word) || is_json_function(word) || is_xml_function(word))
    }

    fn special_arguments(&mut self, word: Kind, location: Location) -> Result<Expr> {
        let kind = match word {
            Kind::CAST => {
                let arg = self.expression()?;
                self.expect(Kind::AS)?;
                let type_name = self.type_name()?;
                ExprKind::Cast(Box::new(Cast { arg, type_name }))
            }
            Kind::COALESCE => ExprKind::Coalesce(self.expressions()?),
            Kind::GREATEST => ExprKind::Greatest(self.expressions()?),
            Kind::LEAST => ExprKind::Least(self.expressions()?),
            Kind::GROUPING => ExprKind::Grouping(self.expressions()?),
            Kind::NULLIF => {
                let left = self.expression()?;
                self.expect(Kind::COMMA)?;
                ExprKind::NullIf(Box::new([left, self.expression()?]))
            }
            Kind::EXTRACT => return self.extract(location),
            Kind::NORMALIZE => return self.normalize(location),
            Kind::OVERLAY => return self.overlay(location),
            Kind::POSITION => return self.position_call(location),
            Kind::SUBSTRING => return self.substring(location),
            Kind::TREAT => return self.treat(location),
            Kind::TRIM => return self.trim(location),
            _ => return Ok(super::expression::sql_function("merge_action", Vec::new(), location)),
        };
        Ok(expr(kind, location))
    }

    /// CURRENT_DATE and its kin.
    fn value_function(&mut self, location: Location) -> Result<Option<Expr>> {
        let (function, has_precision) = match self.kind() {
            Kind::CURRENT_DATE => (SqlValueFunction::CurrentDate, false),
            Kind::CURRENT_TIME => (SqlValueFunction::CurrentTime, true),
            Kind::CURRENT_TIMESTAMP => (SqlValueFunction::CurrentTimestamp, true),
            Kind::LOCALTIME => (SqlValueFunction::LocalTime, true),
            Kind::LOCALTIMESTAMP => (SqlValueFunction::LocalTimestamp, true),
            Kind::CURRENT_ROLE => (SqlValueFunction::CurrentRole, false),
            Kind::CURRENT_USER => (SqlValueFunction::CurrentUser, false),
            Kind::SESSION_USER => (SqlValueFunction::SessionUser, false),
            Kind::USER => (SqlValueFunction::User, false),
            Kind::CURRENT_CATALOG => (SqlValueFunction::CurrentCatalog, false),
            Kind::CURRENT_SCHEMA
                if !matches!(self.kind_at(1), Kind::LEFT_PAREN | Kind::STRING_LITERAL) =>
            {
                (SqlValueFunction::CurrentSchema, false)
            }
            Kind::SYSTEM_USER => {
                self.bump();
                let call = super::expression::sql_function("system_user", Vec::new(), location);
                return Ok(Some(call));
            }
            _ => return Ok(None),
        };
        self.bump();
        let mut precision = None;
        if has_precision && self.accept(Kind::LEFT_PAREN) {
            precision = Some(self.integer()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        Ok(Some(expr(ExprKind::SqlValueFunction(function, precision), location)))
    }

    fn extract(&mut self, location: Location) -> Result<Expr> {
        let at = self.location();
        let field = match self.kind() {
            Kind::STRING_LITERAL => self.string()?,
            Kind::IDENTIFIER
            | Kind::QUOTED_IDENTIFIER
            | Kind::YEAR
            | Kind::MONTH
            | Kind::DAY
            | Kind::HOUR
            | Kind::MINUTE
            | Kind::SECOND => self.label()?,
            _ => return Err(self.unexpected()),
        };
        self.expect(Kind::FROM)?;
        let args = vec![string_constant(&field, at), self.expression()?];
        Ok(super::expression::sql_function("extract", args, location))
    }

    fn normalize(&mut self, location: Location) -> Result<Expr> {
        let mut args = vec![self.expression()?];
        if self.accept(Kind::COMMA) {
            if !matches!(self.kind(), Kind::NFC | Kind::NFD | Kind::NFKC | Kind::NFKD) {
                return Err(self.unexpected());
            }
            args.push(string_constant(&self.text().to_ascii_uppercase(), self.location()));
            self.bump();
        }
        Ok(super::expression::sql_function("normalize", args, location))
    }

    /// The arguments of a plain call of one of SQL's own functions, up to the parenthesis.
    pub(super) fn plain_arguments(
        &mut self,
        name: &str,
        first: Option<Argument>,
        location: Location,
    ) -> Result<Expr> {
        let mut args: Vec<Argument> = first.into_iter().collect();
        let more =
            if args.is_empty() { !self.is(Kind::RIGHT_PAREN) } else { self.accept(Kind::COMMA) };
        if more {
            args.extend(self.list(Self::argument)?);
        }
        // The plain call of JSON_OBJECT is of the system's function; the others go by the search path.
        let names = match name {
            "json_object" => vec!["pg_catalog".into(), name.into()],
            _ => vec![name.into()],
        };
        let name = ObjectName { names, location };
        let call = FunctionCall::plain(name, args);
        Ok(expr(ExprKind::Function(Box::new(call)), location))
    }

    fn overlay(&mut self, location: Location) -> Result<Expr> {
        if self.is(Kind::RIGHT_PAREN) {
            return self.plain_arguments("overlay", None, location);
        }
        let first = self.argument()?;
        if first.name.is_some() || !self.accept(Kind::PLACING) {
            return self.plain_arguments("overlay", Some(first), location);
        }
        let mut args = vec![first.value, self.expression()?];
        self.expect(Kind::FROM)?;
        args.push(self.expression()?);
        if self.accept(Kind::FOR) {
            args.push(self.expression()?);
        }
        Ok(super::expression::sql_function("overlay", args, location))
    }

    fn position_call(&mut self, location: Location) -> Result<Expr> {
        let needle = self.restricted_expression()?;
        self.expect(Kind::IN)?;
        let args = vec![self.restricted_expression()?, needle];
        Ok(super::expression::sql_function("position", args, location))
    }

    fn substring(&mut self, location: Location) -> Result<Expr> {
        if self.is(Kind::RIGHT_PAREN) {
            return self.plain_arguments("substring", None, location);
        }
        // SIMILAR here is this function's word, which the operator would take for its own.
        let first = self.argument()?;
        if first.name.is_some() {
            return self.plain_arguments("substring", Some(first), location);
        }
        let mut args = Vec::with_capacity(3);
        match self.kind() {
            Kind::FROM => {
                self.bump();
                args.push(first.value);
                args.push(self.expression()?);
                if self.accept(Kind::FOR) {
                    args.push(self.expression()?);
                }
            }
            Kind::FOR => {
                self.bump();
                let at = self.location();
                let length = self.expression()?;
                args.push(first.value);
                if self.accept(Kind::FROM) {
                    args.push(self.expression()?);
                    args.push(length);
                } else {
                    // Without FROM the length is an integer, lest a pattern's substring is chosen.
                    let type_name = TypeName::system("int4", at);
                    args.push(expr(ExprKind::Constant(Constant::Integer(1)), Location::NONE));
                    let cast = ExprKind::Cast(Box::new(Cast { arg: length, type_name }));
                    args.push(expr(cast, Location::NONE));
                }
            }
            Kind::SIMILAR => {
                self.bump();
                args.push(first.value);
                args.push(self.expression()?);
                self.expect(Kind::ESCAPE)?;
                args.push(self.expression()?);
            }
            _ => return self.plain_arguments("substring", Some(first), location),
        }
        Ok(super::expression::sql_function("substring", args, location))
    }

    fn treat(&mut self, location: Location) -> Result<Expr> {
        let arg = self.expression()?;
        self.expect(Kind::AS)?;
        let type_name = self.type_name()?;
        let name = type_name.names.last().cloned().unwrap_or_default();
        Ok(system_function(&name, vec![arg], FunctionForm::Plain, location))
    }

    fn trim(&mut self, location: Location) -> Result<Expr> {
        let name = match self.kind() {
            Kind::BOTH => "btrim",
            Kind::LEADING => "ltrim",
            Kind::TRAILING => "rtrim",
            _ => "",
        };
        if !name.is_empty() {
            self.bump();
        }
        let args = if self.accept(Kind::FROM) {
            self.expressions()?
        } else {
            let mut args = self.expressions()?;
            if let [_] = args.as_slice()
                && self.accept(Kind::FROM)
            {
                let mut from = self.expressions()?;
                from.append(&mut args);
                args = from;
            }
            args
        };
        let name = if name.is_empty() { "btrim" } else { name };
        Ok(super::expression::sql_function(name, args, location))
    }

    /// func_expr_windowless, as FROM and CALL take it.
    pub(super) fn windowless_function(&mut self) -> Result<Expr> {
        let location = self.location();
        if self.kind().is_keyword()
            && let Some(found) = self.special_function(location)?
        {
            return Ok(found);
        }
        let name = self.function_name()?;
        if !self.is(Kind::LEFT_PAREN) {
            return Err(self.unexpected());
        }
        let call = self.call_application(name)?;
        Ok(expr(ExprKind::Function(Box::new(call)), location))
    }

    /// ORDER BY, or nothing.
    pub(super) fn order_by(&mut self) -> Result<Vec<SortBy>> {
        if !self.accept(Kind::ORDER) {
            return Ok(Vec::new());
        }
        self.expect(Kind::BY)?;
        self.list(Self::sort_item)
    }

    /// 0A000 with a text of PostgreSQL's own.
    pub(super) fn feature_error(&self, message: &str, location: Location) -> error::Error {
        self.error_at(SqlState::FEATURE_NOT_SUPPORTED, message, location)
    }
}

fn is_special_function(word: Kind) -> bool {
    matches!(
        word,
        Kind::CAST
            | Kind::COALESCE
            | Kind::GREATEST
            | Kind::LEAST
            | Kind::GROUPING
            | Kind::NULLIF
            | Kind::EXTRACT
            | Kind::NORMALIZE
            | Kind::OVERLAY
            | Kind::POSITION
            | Kind::SUBSTRING
            | Kind::TREAT
            | Kind::TRIM
            | Kind::MERGE_ACTION
    )
}

/// SQL/JSON functions, which have a syntax of their own.
fn is_json_function(word: Kind) -> bool {
    matches!(
        word,
        Kind::JSON
            | Kind::JSON_ARRAY
            | Kind::JSON_ARRAYAGG
            | Kind::JSON_EXISTS
            | Kind::JSON_OBJECT
            | Kind::JSON_OBJECTAGG
            | Kind::JSON_QUERY
            | Kind::JSON_SCALAR
            | Kind::JSON_SERIALIZE
            | Kind::JSON_VALUE
    )
}

/// SQL/XML functions, which have a syntax of their own.
fn is_xml_function(word: Kind) -> bool {
    matches!(
        word,
        Kind::XMLCONCAT
            | Kind::XMLELEMENT
            | Kind::XMLEXISTS
            | Kind::XMLFOREST
            | Kind::XMLPARSE
            | Kind::XMLPI
            | Kind::XMLROOT
            | Kind::XMLSERIALIZE
    )
}
