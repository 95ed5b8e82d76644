//! Expressions: operators and their precedence, as gram.y declares it.

use super::Parser;
use super::primary::Operand;
use crate::ast::{
    Between, Cast, Collate, Constant, Expr, ExprKind, FunctionForm, InList, IsDistinct, IsJson,
    IsNull, IsTruth, JsonKind, Location, Operator, OperatorForm, OperatorName, QuantifiedArray,
    Quantifier, Subquery, SubqueryKind, Truth, XmlExpr,
};
use crate::kind::Kind;
use error::Result;
use std::borrow::Cow;

// Precedences, loosest first. An operand on the right is parsed one above its operator's, if that is
// left-associative or not associative.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const IS: u8 = 4;
const COMPARISON: u8 = 5;
const MEMBERSHIP: u8 = 6;
const ANY_OPERATOR: u8 = 8;
const SUM: u8 = 9;
const PRODUCT: u8 = 10;
const POWER: u8 = 11;
const AT: u8 = 12;
const COLLATE: u8 = 13;
const SIGN: u8 = 14;
const TYPECAST: u8 = 16;

/// Which grammar an expression follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// a_expr.
    Full,
    /// b_expr: without AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL, AT and COLLATE.
    Restricted,
}

/// What stands at an operator's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Infix {
    Or,
    And,
    Is,
    IsNull,
    NotNull,
    Symbol,
    OperatorCall,
    In,
    Like,
    ILike,
    Similar,
    Between,
    /// NOT before one of the four above.
    Negated,
    AtTimeZone,
    AtLocal,
    Collate,
    Typecast,
}

pub(super) fn expr(kind: ExprKind, location: Location) -> Expr {
    Expr { kind, location }
}

pub(super) fn string_constant(text: &str, location: Location) -> Expr {
    expr(ExprKind::Constant(Constant::String(text.into())), location)
}

impl Parser<'_> {
    /// a_expr.
    pub(crate) fn expression(&mut self) -> Result<Expr> {
        self.binary(0, Grammar::Full)
    }

    /// b_expr.
    pub(super) fn restricted_expression(&mut self) -> Result<Expr> {
        self.binary(0, Grammar::Restricted)
    }

    pub(super) fn expressions(&mut self) -> Result<Vec<Expr>> {
        self.list(Self::expression)
    }

    /// An expression whose operators bind at least as `minimum` does.
    fn binary(&mut self, minimum: u8, grammar: Grammar) -> Result<Expr> {
        let outer = self.enter()?;
        let left = self.prefix(grammar)?;
        let whole = self.operators(left, minimum, grammar)?;
        self.leave(outer)?;
        Ok(whole)
    }

    /// Goes on with an expression whose first operand has been parsed.
    pub(super) fn expression_from(&mut self, left: Expr) -> Result<Expr> {
        self.operators(left, 0, Grammar::Full)
    }

    fn prefix(&mut self, grammar: Grammar) -> Result<Expr> {
        let location = self.location();
        match self.kind() {
            Kind::MINUS => {
                self.bump();
                let operand = self.binary(SIGN, grammar)?;
                if let ExprKind::Constant(
                    constant @ (Constant::Integer(_)
                    | Constant::BigInteger(_)
                    | Constant::Numeric(_)),
                ) = operand.kind
                {
                    return Ok(expr(ExprKind::Constant(constant.negated()), location));
                }
                self.grow()?;
                Ok(prefix_operator(
                    OperatorName { qualifier: Vec::new(), name: "-".into() },
                    operand,
                    location,
                ))
            }
            Kind::PLUS => {
                let name = self.take_operator();
                let operand = self.binary(SIGN, grammar)?;
                Ok(prefix_operator(name, operand, location))
            }
            Kind::SYMBOL => {
                let name = self.take_operator();
                let operand = self.binary(ANY_OPERATOR + 1, grammar)?;
                Ok(prefix_operator(name, operand, location))
            }
            Kind::OPERATOR if self.kind_at(1) == Kind::LEFT_PAREN => {
                let name = self.operator_call()?;
                let operand = self.binary(ANY_OPERATOR + 1, grammar)?;
                Ok(prefix_operator(name, operand, location))
            }
            Kind::NOT | Kind::NOT_LA if grammar == Grammar::Full => {
                self.bump();
                let operand = self.binary(NOT, grammar)?;
                Ok(expr(ExprKind::Not(Box::new(operand)), location))
            }
            Kind::DEFAULT if grammar == Grammar::Full => {
                self.bump();
                Ok(expr(ExprKind::Default, location))
            }
            Kind::UNIQUE if grammar == Grammar::Full => self.unique_predicate(location),
            _ => self.primary(),
        }
    }

    /// UNIQUE (query), which PostgreSQL parses and refuses.
    fn unique_predicate(&mut self, location: Location) -> Result<Expr> {
        self.bump();
        self.nulls_not_distinct()?;
        self.query_in_parentheses()?;
        Err(self.feature_error("UNIQUE predicate is not yet implemented", location))
    }

    fn infix(&self, grammar: Grammar) -> Option<(Infix, u8)> {
        let full = grammar == Grammar::Full;
        Some(match self.kind() {
            Kind::EQUAL
            | Kind::LESS
            | Kind::GREATER
            | Kind::LESS_EQUALS
            | Kind::GREATER_EQUALS
            | Kind::NOT_EQUALS => (Infix::Symbol, COMPARISON),
            Kind::PLUS | Kind::MINUS => (Infix::Symbol, SUM),
            Kind::STAR | Kind::SLASH | Kind::PERCENT => (Infix::Symbol, PRODUCT),
            Kind::CARET => (Infix::Symbol, POWER),
            Kind::SYMBOL => (Infix::Symbol, ANY_OPERATOR),
            Kind::OPERATOR if self.kind_at(1) == Kind::LEFT_PAREN => {
                (Infix::OperatorCall, ANY_OPERATOR)
            }
            Kind::TYPECAST => (Infix::Typecast, TYPECAST),
            Kind::IS => (Infix::Is, IS),
            Kind::OR if full => (Infix::Or, OR),
            Kind::AND if full => (Infix::And, AND),
            Kind::ISNULL if full => (Infix::IsNull, IS),
            Kind::NOTNULL if full => (Infix::NotNull, IS),
            Kind::IN if full => (Infix::In, MEMBERSHIP),
            Kind::LIKE if full => (Infix::Like, MEMBERSHIP),
            Kind::ILIKE if full => (Infix::ILike, MEMBERSHIP),
            Kind::SIMILAR if full && self.kind_at(1) == Kind::TO => (Infix::Similar, MEMBERSHIP),
            Kind::BETWEEN if full => (Infix::Between, MEMBERSHIP),
            Kind::NOT_LA if full => (Infix::Negated, MEMBERSHIP),
            Kind::AT if full && self.kind_at(1) == Kind::TIME => (Infix::AtTimeZone, AT),
            Kind::AT if full && self.kind_at(1) == Kind::LOCAL => (Infix::AtLocal, AT),
            Kind::COLLATE if full => (Infix::Collate, COLLATE),
            _ => return None,
        })
    }

    fn operators(&mut self, mut left: Expr, minimum: u8, grammar: Grammar) -> Result<Expr> {
        // The level of a non-associative operator that has just taken its right operand.
        let mut barred = 0;
        while let Some((infix, level)) = self.infix(grammar) {
            if level < minimum || (self.at == self.label_at && minimum == 0) {
                break;
            }
            if level == barred {
                return Err(self.unexpected());
            }
            let location = self.location();
            let operand_last;
            (left, operand_last) = self.apply(infix, level, left, grammar, location)?;
            let associative = !matches!(level, IS | COMPARISON | MEMBERSHIP);
            barred = if operand_last && !associative { level } else { 0 };
        }
        self.note_broken_operator(grammar, barred);
        Ok(left)
    }

    /// A word that begins an operator of several is to blame for what follows it.
    fn note_broken_operator(&mut self, grammar: Grammar, barred: u8) {
        let begins = match self.kind() {
            Kind::SIMILAR => {
                let free = grammar == Grammar::Full && barred != MEMBERSHIP;
                free && self.kind_at(1) != Kind::TO
            }
            Kind::AT => {
                grammar == Grammar::Full && !matches!(self.kind_at(1), Kind::TIME | Kind::LOCAL)
            }
            Kind::OPERATOR => self.kind_at(1) != Kind::LEFT_PAREN,
            _ => false,
        };
        if begins {
            self.phrase_end = self.phrase_end.max(self.at + 1);
        }
    }

    /// Takes one operator with what is right of it; tells whether that ended in an operand.
    fn apply(
        &mut self,
        infix: Infix,
        level: u8,
        left: Expr,
        grammar: Grammar,
        location: Location,
    ) -> Result<(Expr, bool)> {
        if !matches!(infix, Infix::And | Infix::Or) {
            self.grow()?;
        }
        let kind = match infix {
            Infix::Symbol => {
                let name = self.take_operator();
                return self.symbol(name, OperatorForm::Plain, level, left, grammar, location);
            }
            Infix::OperatorCall => {
                let name = self.operator_call()?;
                return self.symbol(name, OperatorForm::Plain, level, left, grammar, location);
            }
            Infix::And => return self.and_or(left, level, location, true),
            Infix::Or => return self.and_or(left, level, location, false),
            Infix::Is => return self.is_test(left, grammar, location),
            Infix::Negated => {
                self.bump();
                return self.membership(left, true, location);
            }
            Infix::In | Infix::Like | Infix::ILike | Infix::Similar | Infix::Between => {
                return self.membership(left, false, location);
            }
            Infix::IsNull | Infix::NotNull => {
                self.bump();
                ExprKind::IsNull(Box::new(IsNull { arg: left, negated: infix == Infix::NotNull }))
            }
            Infix::AtTimeZone => {
                self.bump();
                self.bump();
                self.expect(Kind::ZONE)?;
                let zone = self.binary(AT + 1, Grammar::Full)?;
                return Ok((sql_function("timezone", vec![zone, left], location), true));
            }
            Infix::AtLocal => {
                self.bump();
                self.bump();
                return Ok((sql_function("timezone", vec![left], location), false));
            }
            Infix::Collate => {
                self.bump();
                let collation = self.object_name()?;
                ExprKind::Collate(Box::new(Collate { arg: left, collation }))
            }
            Infix::Typecast => {
                self.bump();
                let type_name = self.type_name()?;
                ExprKind::Cast(Box::new(Cast { arg: left, type_name }))
            }
        };
        Ok((expr(kind, location), false))
    }

    /// AND and OR chains are one flat node.
    fn and_or(
        &mut self,
        left: Expr,
        level: u8,
        location: Location,
        and: bool,
    ) -> Result<(Expr, bool)> {
        self.bump();
        let right = self.binary(level + 1, Grammar::Full)?;
        let joined = match left {
            Expr { kind: ExprKind::And(mut list), location } if and => {
                list.push(right);
                expr(ExprKind::And(list), location)
            }
            Expr { kind: ExprKind::Or(mut list), location } if !and => {
                list.push(right);
                expr(ExprKind::Or(list), location)
            }
            left => {
                self.grow()?;
                let list = vec![left, right];
                expr(if and { ExprKind::And(list) } else { ExprKind::Or(list) }, location)
            }
        };
        Ok((joined, true))
    }

    /// Behind an operator: its operand, or ANY/ALL with a subquery or an array.
    fn symbol(
        &mut self,
        name: OperatorName,
        form: OperatorForm,
        level: u8,
        left: Expr,
        grammar: Grammar,
        location: Location,
    ) -> Result<(Expr, bool)> {
        let quantifier = match self.kind() {
            Kind::ANY | Kind::SOME => Some(Quantifier::Any),
            Kind::ALL => Some(Quantifier::All),
            _ => None,
        };
        if let (Some(quantifier), Grammar::Full) = (quantifier, grammar) {
            self.bump();
            return Ok((self.quantified(name, form, quantifier, left, location)?, false));
        }
        let right = self.binary(level + 1, grammar)?;
        let kind = ExprKind::Operator(Box::new(Operator { name, form, left: Some(left), right }));
        Ok((expr(kind, location), true))
    }

    fn quantified(
        &mut self,
        operator: OperatorName,
        form: OperatorForm,
        quantifier: Quantifier,
        left: Expr,
        location: Location,
    ) -> Result<Expr> {
        let outer = self.enter()?;
        self.expect(Kind::LEFT_PAREN)?;
        let at = self.location();
        let array = match self.operand()? {
            Operand::Expr(array) => Ok(array),
            Operand::QueryInParentheses(query) if !self.is(Kind::RIGHT_PAREN) => {
                let first = self.scalar_subquery(query, at)?;
                Ok(self.expression_from(first)?)
            }
            Operand::Query(query) | Operand::QueryInParentheses(query) => Err(query),
        };
        self.expect(Kind::RIGHT_PAREN)?;
        self.leave(outer)?;
        let kind = match array {
            Ok(array) => {
                let node = QuantifiedArray { left, operator, form, quantifier, array };
                ExprKind::QuantifiedArray(Box::new(node))
            }
            Err(query) => {
                let kind = SubqueryKind::Quantified { left, operator, form, quantifier };
                ExprKind::Subquery(Box::new(Subquery { kind, query: Box::new(query) }))
            }
        };
        Ok(expr(kind, location))
    }

    /// IN, LIKE, ILIKE, SIMILAR TO, BETWEEN.
    fn membership(
        &mut self,
        left: Expr,
        negated: bool,
        location: Location,
    ) -> Result<(Expr, bool)> {
        let word = self.kind();
        self.bump();
        match word {
            Kind::IN => Ok((self.in_list(left, negated, location)?, false)),
            Kind::LIKE => self.like(left, OperatorForm::Like, negated, location),
            Kind::ILIKE => self.like(left, OperatorForm::ILike, negated, location),
            Kind::SIMILAR => {
                self.expect(Kind::TO)?;
                let right = self.binary(MEMBERSHIP + 1, Grammar::Full)?;
                let mut args = vec![right];
                if self.accept(Kind::ESCAPE) {
                    args.push(self.binary(MEMBERSHIP + 1, Grammar::Full)?);
                }
                self.grow()?;
                let right = escape_function("similar_to_escape", args, location);
                Ok((like_operator(left, OperatorForm::Similar, negated, right, location), true))
            }
            _ => self.between(left, negated, location),
        }
    }

    fn in_list(&mut self, left: Expr, negated: bool, location: Location) -> Result<Expr> {
        if !self.is(Kind::LEFT_PAREN) {
            return Err(self.unexpected());
        }
        match self.parentheses()? {
            super::primary::Parentheses::Query(query) => {
                let kind = SubqueryKind::In { left };
                let query = Box::new(query);
                let membership =
                    expr(ExprKind::Subquery(Box::new(Subquery { kind, query })), location);
                if negated {
                    self.grow()?;
                    return Ok(expr(ExprKind::Not(Box::new(membership)), location));
                }
                Ok(membership)
            }
            super::primary::Parentheses::Exprs(list) => {
                Ok(expr(ExprKind::InList(Box::new(InList { arg: left, list, negated })), location))
            }
        }
    }

    fn like(
        &mut self,
        left: Expr,
        form: OperatorForm,
        negated: bool,
        location: Location,
    ) -> Result<(Expr, bool)> {
        if matches!(self.kind(), Kind::ANY | Kind::SOME | Kind::ALL) {
            let name = like_name(form, negated);
            return self.symbol(name, form, MEMBERSHIP, left, Grammar::Full, location);
        }
        let mut right = self.binary(MEMBERSHIP + 1, Grammar::Full)?;
        if self.accept(Kind::ESCAPE) {
            let escape = self.binary(MEMBERSHIP + 1, Grammar::Full)?;
            self.grow()?;
            right = escape_function("like_escape", vec![right, escape], location);
        }
        Ok((like_operator(left, form, negated, right, location), true))
    }

    fn between(&mut self, arg: Expr, negated: bool, location: Location) -> Result<(Expr, bool)> {
        let symmetric = self.accept(Kind::SYMMETRIC);
        if !symmetric {
            self.accept(Kind::ASYMMETRIC);
        }
        let low = self.restricted_expression()?;
        self.expect(Kind::AND)?;
        let high = self.binary(MEMBERSHIP + 1, Grammar::Full)?;
        let node = Between { arg, low, high, symmetric, negated };
        Ok((expr(ExprKind::Between(Box::new(node)), location), true))
    }

    /// IS and what follows it.
    fn is_test(&mut self, arg: Expr, grammar: Grammar, location: Location) -> Result<(Expr, bool)> {
        self.bump();
        let negated = self.accept(Kind::NOT);
        let word = self.kind();
        if grammar == Grammar::Restricted && !matches!(word, Kind::DISTINCT | Kind::DOCUMENT) {
            return Err(self.unexpected());
        }
        let start = self.at;
        self.bump();
        let kind = match word {
            Kind::NULL => ExprKind::IsNull(Box::new(IsNull { arg, negated })),
            Kind::TRUE => is_truth(arg, Truth::True, negated),
            Kind::FALSE => is_truth(arg, Truth::False, negated),
            Kind::UNKNOWN => is_truth(arg, Truth::Unknown, negated),
            Kind::DISTINCT => {
                self.expect(Kind::FROM)?;
                let right = self.binary(IS + 1, grammar)?;
                let node = IsDistinct { left: arg, right, negated };
                return Ok((expr(ExprKind::IsDistinct(Box::new(node)), location), true));
            }
            Kind::JSON => self.is_json(arg, negated)?,
            Kind::NORMALIZED | Kind::NFC | Kind::NFD | Kind::NFKC | Kind::NFKD => {
                self.at = start;
                return Ok((self.is_normalized(arg, negated, location)?, false));
            }
            Kind::DOCUMENT => ExprKind::Xml(Box::new(XmlExpr::IsDocument { value: arg, negated })),
            _ => {
                self.at = start;
                return Err(self.unexpected());
            }
        };
        Ok((expr(kind, location), false))
    }

    fn is_json(&mut self, arg: Expr, negated: bool) -> Result<ExprKind> {
        let kind = match self.kind() {
            Kind::VALUE => Some(JsonKind::Value),
            Kind::OBJECT => Some(JsonKind::Object),
            Kind::ARRAY => Some(JsonKind::Array),
            Kind::SCALAR => Some(JsonKind::Scalar),
            _ => None,
        };
        if kind.is_some() {
            self.bump();
        }
        let unique_keys = self.json_unique_keys()?;
        let kind = kind.unwrap_or(JsonKind::Value);
        Ok(ExprKind::IsJson(Box::new(IsJson { arg, kind, unique_keys, negated })))
    }

    fn is_normalized(&mut self, arg: Expr, negated: bool, location: Location) -> Result<Expr> {
        let mut args = vec![arg];
        if !self.is(Kind::NORMALIZED) {
            args.push(string_constant(&self.text().to_ascii_uppercase(), self.location()));
            self.bump();
        }
        self.expect(Kind::NORMALIZED)?;
        let call = sql_function("is_normalized", args, location);
        if negated {
            self.grow()?;
            return Ok(expr(ExprKind::Not(Box::new(call)), location));
        }
        Ok(call)
    }
}

fn prefix_operator(name: OperatorName, right: Expr, location: Location) -> Expr {
    let node = Operator { name, form: OperatorForm::Plain, left: None, right };
    expr(ExprKind::Operator(Box::new(node)), location)
}

fn like_name(form: OperatorForm, negated: bool) -> OperatorName {
    let name = match (form, negated) {
        (OperatorForm::Like, false) => "~~",
        (OperatorForm::Like, true) => "!~~",
        (OperatorForm::ILike, false) => "~~*",
        (OperatorForm::ILike, true) => "!~~*",
        (OperatorForm::Similar | OperatorForm::Plain, false) => "~",
        (OperatorForm::Similar | OperatorForm::Plain, true) => "!~",
    };
    OperatorName { qualifier: Vec::new(), name: Cow::Borrowed(name) }
}

fn like_operator(
    left: Expr,
    form: OperatorForm,
    negated: bool,
    right: Expr,
    location: Location,
) -> Expr {
    let node = Operator { name: like_name(form, negated), form, left: Some(left), right };
    expr(ExprKind::Operator(Box::new(node)), location)
}

/// A call that SQL's own syntax stands for.
pub(super) fn sql_function(name: &str, args: Vec<Expr>, location: Location) -> Expr {
    super::special::system_function(name, args, FunctionForm::Sql, location)
}

fn escape_function(name: &str, args: Vec<Expr>, location: Location) -> Expr {
    super::special::system_function(name, args, FunctionForm::Escape, location)
}

fn is_truth(arg: Expr, test: Truth, negated: bool) -> ExprKind {
    ExprKind::IsTruth(Box::new(IsTruth { arg, test, negated }))
}
