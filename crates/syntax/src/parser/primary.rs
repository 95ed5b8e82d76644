//! Primary expressions: constants, columns, parentheses, CASE, ROW, ARRAY, subqueries.

use super::Parser;
use super::expression::{expr, string_constant};
use crate::ast::{
    Case, Cast, Constant, Expr, ExprKind, Indirection, IndirectionExpr, Location, Row, Select,
    Subquery, SubqueryKind, TypeName, When,
};
use crate::kind::Kind;
use error::Result;

/// What stood between two parentheses.
pub(super) enum Parentheses {
    Query(Select),
    /// One expression or more.
    Exprs(Vec<Expr>),
}

/// What begins where a query or an expression may stand.
pub(super) enum Operand {
    /// A query that does not just stand in parentheses.
    Query(Select),
    QueryInParentheses(Select),
    Expr(Expr),
}

impl Parser<'_> {
    /// c_expr.
    pub(super) fn primary(&mut self) -> Result<Expr> {
        let location = self.location();
        let kind = self.kind();
        let constant = match kind {
            Kind::INTEGER_LITERAL | Kind::DECIMAL_LITERAL => self.number(),
            Kind::STRING_LITERAL => Constant::String(self.string()?),
            Kind::BIT_STRING => Constant::Bits(self.bit_string()),
            Kind::HEX_STRING => Constant::HexBits(self.bit_string()),
            Kind::NULL => self.word_constant(Constant::Null),
            Kind::TRUE => self.word_constant(Constant::Boolean(true)),
            Kind::FALSE => self.word_constant(Constant::Boolean(false)),
            Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER => return self.name_expression(location),
            Kind::PARAMETER_SYMBOL => {
                let number = self.text()[1..].parse().unwrap_or(0);
                self.bump();
                return self.indirection_of(expr(ExprKind::Parameter(number), location));
            }
            Kind::LEFT_PAREN => return self.parenthesised_expression(location),
            Kind::CASE => return self.case(location),
            Kind::ARRAY => return self.array(location),
            Kind::ROW if self.kind_at(1) == Kind::LEFT_PAREN => return self.row(location),
            Kind::EXISTS if self.kind_at(1) == Kind::LEFT_PAREN => {
                self.bump();
                return self.subquery(SubqueryKind::Exists, location);
            }
            _ => return self.keyword_expression(location),
        };
        Ok(expr(ExprKind::Constant(constant), location))
    }

    fn word_constant(&mut self, constant: Constant) -> Constant {
        self.bump();
        constant
    }

    /// An expression that begins with a keyword: SQL's own functions and types, else a name.
    fn keyword_expression(&mut self, location: Location) -> Result<Expr> {
        if !self.kind().is_keyword() {
            return Err(self.unexpected());
        }
        if let Some(special) = self.special_function(location)? {
            return self.json_suffixes(special);
        }
        if let Some(literal) = self.typed_literal(location)? {
            return Ok(literal);
        }
        self.name_expression(location)
    }

    /// A column, a function call, or `type 'literal'` of a type that SQL has no keyword for.
    fn name_expression(&mut self, location: Location) -> Result<Expr> {
        match self.kind_at(1) {
            Kind::LEFT_PAREN if self.kind().is_type_or_function_name() => {
                let name = self.function_name()?;
                self.call_or_typed_literal(name, location)
            }
            Kind::STRING_LITERAL if self.kind().is_type_or_function_name() => {
                let name = self.function_name()?;
                self.generic_literal(name.names, Vec::new(), location)
            }
            Kind::DOT | Kind::LEFT_BRACKET if self.kind().is_column_name() => {
                self.qualified_expression(location)
            }
            _ => {
                if !self.kind().is_column_name() && self.kind().is_type_or_function_name() {
                    // A function's name, and then no parenthesis.
                    self.bump();
                    return Err(self.unexpected());
                }
                let name = self.column_name()?;
                Ok(expr(ExprKind::Column(vec![name]), location))
            }
        }
    }

    fn qualified_expression(&mut self, location: Location) -> Result<Expr> {
        let mut names = vec![self.column_name()?];
        while self.accept(Kind::DOT) {
            if self.accept(Kind::STAR) {
                if matches!(self.kind(), Kind::DOT | Kind::LEFT_BRACKET) {
                    return Err(self.star_misused());
                }
                return Ok(expr(ExprKind::Star(names), location));
            }
            names.push(self.label()?);
        }
        match self.kind() {
            Kind::LEFT_PAREN => {
                let name = crate::ast::ObjectName { names, location };
                self.call_or_typed_literal(name, location)
            }
            Kind::STRING_LITERAL => self.generic_literal(names, Vec::new(), location),
            Kind::LEFT_BRACKET => self.indirection_of(expr(ExprKind::Column(names), location)),
            _ => Ok(expr(ExprKind::Column(names), location)),
        }
    }

    /// `name 'text'` or `name(modifiers) 'text'`, at the string.
    pub(super) fn generic_literal(
        &mut self,
        names: Vec<crate::ast::Name>,
        modifiers: Vec<Expr>,
        location: Location,
    ) -> Result<Expr> {
        let type_name = TypeName {
            names,
            setof: false,
            percent_type: false,
            modifiers,
            array_bounds: Vec::new(),
            location,
        };
        self.literal_of(type_name, location)
    }

    /// The string that a type's name stands before.
    pub(super) fn literal_of(&mut self, type_name: TypeName, location: Location) -> Result<Expr> {
        let at = self.location();
        let arg = string_constant(&self.string()?, at);
        Ok(expr(ExprKind::Cast(Box::new(Cast { arg, type_name })), location))
    }

    /// Subscripts and fields behind an expression.
    fn indirection_of(&mut self, arg: Expr) -> Result<Expr> {
        let location = arg.location;
        let path = self.indirection()?;
        if path.is_empty() {
            return Ok(arg);
        }
        self.grow()?;
        Ok(expr(ExprKind::Indirection(Box::new(IndirectionExpr { arg, path })), location))
    }

    /// opt_indirection. 42601 for a star that is not last.
    pub(super) fn indirection(&mut self) -> Result<Vec<Indirection>> {
        let path = self.indirection_unchecked()?;
        let star = path.iter().position(|step| matches!(step, Indirection::Star));
        match star {
            Some(index) if index + 1 < path.len() => Err(self.star_misused_here()),
            _ => Ok(path),
        }
    }

    /// opt_indirection with stars anywhere.
    pub(super) fn indirection_unchecked(&mut self) -> Result<Vec<Indirection>> {
        let mut path = Vec::new();
        loop {
            if self.accept(Kind::DOT) {
                if self.accept(Kind::STAR) {
                    path.push(Indirection::Star);
                } else {
                    path.push(Indirection::Field(self.label()?));
                }
            } else if self.accept(Kind::LEFT_BRACKET) {
                path.push(self.subscript()?);
                self.expect(Kind::RIGHT_BRACKET)?;
            } else {
                return Ok(path);
            }
        }
    }

    /// The error of a star that is not last, at its end; it is found behind the whole indirection.
    fn star_misused(&mut self) -> error::Error {
        match self.indirection() {
            Ok(_) => self.star_misused_here(),
            Err(error) => error,
        }
    }

    fn star_misused_here(&mut self) -> error::Error {
        // What could be a function's or type's name is refused as that.
        if matches!(self.kind(), Kind::LEFT_PAREN | Kind::STRING_LITERAL) {
            return self.unexpected();
        }
        self.error_here("improper use of \"*\"")
    }

    fn subscript(&mut self) -> Result<Indirection> {
        let lower = if self.is(Kind::COLON) { None } else { Some(self.expression()?) };
        if !self.accept(Kind::COLON) {
            return match lower {
                Some(index) => Ok(Indirection::Index(index)),
                None => Err(self.unexpected()),
            };
        }
        let upper = if self.is(Kind::RIGHT_BRACKET) { None } else { Some(self.expression()?) };
        Ok(Indirection::Slice(lower, upper))
    }

    fn parenthesised_expression(&mut self, location: Location) -> Result<Expr> {
        match self.parentheses()? {
            Parentheses::Query(query) => self.scalar_subquery(query, location),
            Parentheses::Exprs(mut list) => match list.pop() {
                Some(inner) if list.is_empty() => self.indirection_of(inner),
                Some(last) => {
                    list.push(last);
                    let row = Row { fields: list, explicit: false };
                    self.overlaps(expr(ExprKind::Row(Box::new(row)), location))
                }
                None => Err(self.unexpected()),
            },
        }
    }

    pub(super) fn scalar_subquery(&mut self, query: Select, location: Location) -> Result<Expr> {
        let node = Subquery { kind: SubqueryKind::Scalar, query: Box::new(query) };
        self.indirection_of(expr(ExprKind::Subquery(Box::new(node)), location))
    }

    /// From `(` to `)`: a query or expressions. Only what is inside tells which, so a query in inner parentheses
    /// may turn out to be the first operand of either.
    pub(super) fn parentheses(&mut self) -> Result<Parentheses> {
        let outer = self.enter()?;
        self.expect(Kind::LEFT_PAREN)?;
        let found = self.parentheses_body()?;
        self.expect(Kind::RIGHT_PAREN)?;
        self.leave(outer)?;
        Ok(found)
    }

    fn parentheses_body(&mut self) -> Result<Parentheses> {
        let location = self.location();
        let first = match self.operand()? {
            Operand::Query(query) => return Ok(Parentheses::Query(query)),
            Operand::QueryInParentheses(query) if self.is(Kind::RIGHT_PAREN) => {
                return Ok(Parentheses::Query(query));
            }
            Operand::QueryInParentheses(query) => {
                let operand = self.scalar_subquery(query, location)?;
                self.expression_from(operand)?
            }
            Operand::Expr(first) => first,
        };
        let mut list = vec![first];
        while self.accept(Kind::COMMA) {
            list.push(self.expression()?);
        }
        Ok(Parentheses::Exprs(list))
    }

    /// A query or an expression; behind a query in parentheses the expression may go on.
    pub(super) fn operand(&mut self) -> Result<Operand> {
        if self.at_query_word() {
            return Ok(Operand::Query(self.query()?));
        }
        if !self.is(Kind::LEFT_PAREN) {
            return Ok(Operand::Expr(self.expression()?));
        }
        let location = self.location();
        let first = match self.parentheses()? {
            Parentheses::Query(query) if self.at_query_continuation() => {
                return Ok(Operand::Query(self.query_from(query)?));
            }
            Parentheses::Query(query) => return Ok(Operand::QueryInParentheses(query)),
            Parentheses::Exprs(mut list) if list.len() == 1 => {
                let inner = list.swap_remove(0);
                self.indirection_of(inner)?
            }
            Parentheses::Exprs(fields) => {
                let row = Row { fields, explicit: false };
                self.overlaps(expr(ExprKind::Row(Box::new(row)), location))?
            }
        };
        Ok(Operand::Expr(self.expression_from(first)?))
    }

    /// A query in parentheses, as an expression of this kind.
    fn subquery(&mut self, kind: SubqueryKind, location: Location) -> Result<Expr> {
        let query = Box::new(self.query_in_parentheses()?);
        Ok(expr(ExprKind::Subquery(Box::new(Subquery { kind, query })), location))
    }

    fn case(&mut self, location: Location) -> Result<Expr> {
        self.bump();
        let arg = if self.is(Kind::WHEN) { None } else { Some(self.expression()?) };
        let mut whens = Vec::new();
        if !self.is(Kind::WHEN) {
            return Err(self.unexpected());
        }
        while self.is(Kind::WHEN) {
            let location = self.location();
            self.bump();
            let condition = self.expression()?;
            self.expect(Kind::THEN)?;
            let result = self.expression()?;
            whens.push(When { condition, result, location });
        }
        let default = if self.accept(Kind::ELSE) { Some(self.expression()?) } else { None };
        self.expect(Kind::END)?;
        Ok(expr(ExprKind::Case(Box::new(Case { arg, whens, default })), location))
    }

    fn array(&mut self, location: Location) -> Result<Expr> {
        self.bump();
        if self.is(Kind::LEFT_PAREN) {
            return self.subquery(SubqueryKind::Array, location);
        }
        let elements = self.array_elements()?;
        Ok(expr(ExprKind::Array(elements), location))
    }

    /// `[a, b]`, `[[a], [b]]` or `[]`.
    fn array_elements(&mut self) -> Result<Vec<Expr>> {
        let outer = self.enter()?;
        self.expect(Kind::LEFT_BRACKET)?;
        let elements = if self.is(Kind::RIGHT_BRACKET) {
            Vec::new()
        } else if self.is(Kind::LEFT_BRACKET) {
            self.list(|parser| {
                let location = parser.location();
                Ok(expr(ExprKind::Array(parser.array_elements()?), location))
            })?
        } else {
            self.expressions()?
        };
        self.expect(Kind::RIGHT_BRACKET)?;
        self.leave(outer)?;
        Ok(elements)
    }

    fn row(&mut self, location: Location) -> Result<Expr> {
        self.bump();
        self.expect(Kind::LEFT_PAREN)?;
        let fields = if self.is(Kind::RIGHT_PAREN) { Vec::new() } else { self.expressions()? };
        self.expect(Kind::RIGHT_PAREN)?;
        self.overlaps(expr(ExprKind::Row(Box::new(Row { fields, explicit: true })), location))
    }

    /// A row, or `row OVERLAPS row`.
    fn overlaps(&mut self, left: Expr) -> Result<Expr> {
        let at = self.location();
        if !self.accept(Kind::OVERLAPS) {
            return Ok(left);
        }
        let location = self.location();
        let right = match self.kind() {
            Kind::ROW => self.row(location)?,
            _ => self.parenthesised_expression(location)?,
        };
        let mut args = Vec::with_capacity(4);
        for (row, side) in [(left, "left"), (right, "right")] {
            let place = row.location;
            let ExprKind::Row(row) = row.kind else { return Err(self.unexpected()) };
            if row.fields.len() != 2 {
                let message =
                    format!("wrong number of parameters on {side} side of OVERLAPS expression");
                return Err(self.syntax_error(&message, place));
            }
            args.extend(row.fields);
        }
        Ok(super::expression::sql_function("overlaps", args, at))
    }
}
