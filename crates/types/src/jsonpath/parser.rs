//! From the text of a jsonpath to its tree.

use super::lexer::{Lexer, Token};
use super::{Binary, Expr, JsonPath, Method, Step};
use crate::numeric::{self, Numeric};
use error::{Error, Result, SqlState, stack_check};

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    /// How many filters, and subscripts, are around.
    filters: usize,
    subscripts: usize,
}

/// The path of a text. 42601 and 22P02 where it is none.
pub fn parse(source: &str) -> Result<JsonPath> {
    let mut lexer = Lexer::new(source);
    let token = lexer.next()?;
    if token == Token::End {
        let text = format!("invalid input syntax for type jsonpath: \"{source}\"");
        return Err(Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text));
    }
    let mut parser = Parser { lexer, token, filters: 0, subscripts: 0 };
    let lax = match &parser.token {
        Token::Word(word) if word.eq_ignore_ascii_case("strict") => {
            parser.advance()?;
            false
        }
        Token::Word(word) if word.eq_ignore_ascii_case("lax") => {
            parser.advance()?;
            true
        }
        Token::Word(_)
        | Token::Text(_)
        | Token::Variable(_)
        | Token::Number(_)
        | Token::Sign(_)
        | Token::End => true,
    };
    let expr = parser.or()?;
    if parser.token != Token::End {
        return Err(parser.syntax());
    }
    Ok(JsonPath { lax, expr })
}

/// Whether it computes a truth rather than items.
fn is_predicate(expr: &Expr) -> bool {
    match expr {
        Expr::Not(_) | Expr::IsUnknown(_) | Expr::Exists(_) | Expr::LikeRegex { .. } => true,
        Expr::Binary(operator, _, _) => operator.priority() <= 2,
        Expr::Root
        | Expr::Current
        | Expr::Last
        | Expr::Null
        | Expr::Bool(_)
        | Expr::String(_)
        | Expr::Number(_)
        | Expr::Variable(_)
        | Expr::Plus(_)
        | Expr::Minus(_)
        | Expr::Access(..) => false,
    }
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn syntax(&self) -> Error {
        self.lexer.error("syntax error")
    }

    fn at(&self, sign: &str) -> bool {
        matches!(&self.token, Token::Sign(found) if *found == sign)
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(found) if found == word)
    }

    fn take(&mut self, sign: &str) -> Result<bool> {
        let found = self.at(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.take(sign)? { Ok(()) } else { Err(self.syntax()) }
    }

    fn predicate(&self, expr: Expr) -> Result<Expr> {
        if is_predicate(&expr) { Ok(expr) } else { Err(self.syntax()) }
    }

    fn items(&self, expr: Expr) -> Result<Expr> {
        if is_predicate(&expr) { Err(self.syntax()) } else { Ok(expr) }
    }

    fn or(&mut self) -> Result<Expr> {
        stack_check()?;
        let mut left = self.and()?;
        while self.at("||") {
            left = self.predicate(left)?;
            self.advance()?;
            let right = self.and()?;
            left = Expr::Binary(Binary::Or, Box::new(left), Box::new(self.predicate(right)?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let mut left = self.comparison()?;
        while self.at("&&") {
            left = self.predicate(left)?;
            self.advance()?;
            let right = self.comparison()?;
            left = Expr::Binary(Binary::And, Box::new(left), Box::new(self.predicate(right)?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr> {
        let left = self.sum()?;
        let operator = match &self.token {
            Token::Sign("==") => Binary::Equal,
            Token::Sign("!=") => Binary::NotEqual,
            Token::Sign("<") => Binary::Less,
            Token::Sign("<=") => Binary::LessOrEqual,
            Token::Sign(">") => Binary::Greater,
            Token::Sign(">=") => Binary::GreaterOrEqual,
            Token::Word(word) if word == "starts" => return self.starts_with(left),
            Token::Word(word) if word == "like_regex" => return self.like_regex(left),
            Token::Word(_)
            | Token::Text(_)
            | Token::Variable(_)
            | Token::Number(_)
            | Token::Sign(_)
            | Token::End => {
                return Ok(left);
            }
        };
        let left = self.items(left)?;
        self.advance()?;
        let right = self.sum()?;
        Ok(Expr::Binary(operator, Box::new(left), Box::new(self.items(right)?)))
    }

    fn starts_with(&mut self, left: Expr) -> Result<Expr> {
        let left = self.items(left)?;
        self.advance()?;
        if !self.at_word("with") {
            return Err(self.syntax());
        }
        self.advance()?;
        if !matches!(self.token, Token::Text(_) | Token::Variable(_)) {
            return Err(self.syntax());
        }
        let right = match self.advance()? {
            Token::Text(text) => Expr::String(text),
            Token::Variable(name) => Expr::Variable(name),
            Token::Word(_) | Token::Number(_) | Token::Sign(_) | Token::End => {
                return Err(self.syntax());
            }
        };
        Ok(Expr::Binary(Binary::StartsWith, Box::new(left), Box::new(right)))
    }

    fn like_regex(&mut self, left: Expr) -> Result<Expr> {
        let value = Box::new(self.items(left)?);
        self.advance()?;
        let pattern = self.text()?;
        let mut flags = String::new();
        if self.at_word("flag") {
            self.advance()?;
            flags = self.text()?;
        }
        if let Some(bad) = flags.chars().find(|flag| !"ismxq".contains(*flag)) {
            let text = "invalid input syntax for type jsonpath";
            let detail = format!("Unrecognized flag character \"{bad}\" in LIKE_REGEX predicate.");
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).detail(detail));
        }
        if flags.contains('x') && !flags.contains('q') {
            let text = "XQuery \"x\" flag (expanded regular expressions) is not implemented";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        Ok(Expr::LikeRegex { value, pattern, flags })
    }

    fn text(&mut self) -> Result<String> {
        if !matches!(self.token, Token::Text(_)) {
            return Err(self.syntax());
        }
        match self.advance()? {
            Token::Text(text) => Ok(text),
            Token::Word(_)
            | Token::Variable(_)
            | Token::Number(_)
            | Token::Sign(_)
            | Token::End => Err(self.syntax()),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many tokens only these go on")]
    fn sum(&mut self) -> Result<Expr> {
        let mut left = self.product()?;
        loop {
            let operator = match self.token {
                Token::Sign("+") => Binary::Add,
                Token::Sign("-") => Binary::Subtract,
                _ => return Ok(left),
            };
            left = self.items(left)?;
            self.advance()?;
            let right = self.product()?;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.items(right)?));
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many tokens only these go on")]
    fn product(&mut self) -> Result<Expr> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.token {
                Token::Sign("*") => Binary::Multiply,
                Token::Sign("/") => Binary::Divide,
                Token::Sign("%") => Binary::Remainder,
                _ => return Ok(left),
            };
            left = self.items(left)?;
            self.advance()?;
            let right = self.unary()?;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.items(right)?));
        }
    }

    fn unary(&mut self) -> Result<Expr> {
        stack_check()?;
        if self.at("+") || self.at("-") {
            let plus = self.at("+");
            self.advance()?;
            let arg = self.unary()?;
            let arg = self.items(arg)?;
            // A sign before a number is part of it.
            return Ok(match (arg, plus) {
                (Expr::Number(number), true) => Expr::Number(number),
                (Expr::Number(number), false) => Expr::Number(number.neg()),
                (arg, true) => Expr::Plus(Box::new(arg)),
                (arg, false) => Expr::Minus(Box::new(arg)),
            });
        }
        if self.at("!") {
            self.advance()?;
            if !self.at("(") && !self.at_word("exists") {
                return Err(self.syntax());
            }
            let arg = self.primary()?;
            return Ok(Expr::Not(Box::new(self.predicate(arg)?)));
        }
        let primary = self.primary()?;
        self.accessors(primary)
    }

    fn primary(&mut self) -> Result<Expr> {
        if self.at("(") {
            self.advance()?;
            let inner = self.or()?;
            self.expect(")")?;
            if self.at_word("is") {
                let inner = self.predicate(inner)?;
                self.advance()?;
                if !self.at_word("unknown") {
                    return Err(self.syntax());
                }
                self.advance()?;
                return Ok(Expr::IsUnknown(Box::new(inner)));
            }
            return Ok(inner);
        }
        let expr = match &self.token {
            Token::Sign("$") => Expr::Root,
            Token::Sign("@") => {
                if self.filters == 0 {
                    return Err(Error::new(
                        SqlState::SYNTAX_ERROR,
                        "@ is not allowed in root expressions",
                    ));
                }
                Expr::Current
            }
            Token::Text(text) => Expr::String(text.clone()),
            Token::Variable(name) => Expr::Variable(name.clone()),
            Token::Number(text) => Expr::Number(numeric::input(text)?),
            Token::Word(word) => match word.as_str() {
                "last" => {
                    if self.subscripts == 0 {
                        let text = "LAST is allowed only in array subscripts";
                        return Err(Error::new(SqlState::SYNTAX_ERROR, text));
                    }
                    Expr::Last
                }
                word if word.eq_ignore_ascii_case("null") && word == "null" => Expr::Null,
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                "exists" => {
                    self.advance()?;
                    self.expect("(")?;
                    let inner = self.sum()?;
                    let inner = self.items(inner)?;
                    self.expect(")")?;
                    return Ok(Expr::Exists(Box::new(inner)));
                }
                _ => return Err(self.syntax()),
            },
            Token::Sign(_) | Token::End => return Err(self.syntax()),
        };
        self.advance()?;
        Ok(expr)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many tokens only these go on")]
    fn accessors(&mut self, base: Expr) -> Result<Expr> {
        let mut steps = Vec::new();
        loop {
            match &self.token {
                Token::Sign(".") => {
                    self.advance()?;
                    steps.push(self.member()?);
                }
                Token::Sign("[") => {
                    self.advance()?;
                    steps.push(self.subscript()?);
                }
                Token::Sign("?") => {
                    self.advance()?;
                    self.expect("(")?;
                    self.filters += 1;
                    let condition = self.or()?;
                    let condition = self.predicate(condition)?;
                    self.filters -= 1;
                    self.expect(")")?;
                    steps.push(Step::Filter(condition));
                }
                _ => break,
            }
        }
        Ok(if steps.is_empty() { base } else { Expr::Access(Box::new(base), steps) })
    }

    fn member(&mut self) -> Result<Step> {
        match self.token.clone() {
            Token::Sign("*") => {
                self.advance()?;
                Ok(Step::AnyKey)
            }
            Token::Sign("**") => {
                self.advance()?;
                self.levels()
            }
            Token::Text(name) => {
                self.advance()?;
                Ok(Step::Key(name))
            }
            Token::Word(name) => {
                self.advance()?;
                if self.at("(")
                    && let Some(method) = self.method(&name)?
                {
                    return Ok(Step::Method(method));
                }
                Ok(Step::Key(name))
            }
            Token::Sign(_) | Token::Number(_) | Token::Variable(_) | Token::End => {
                Err(self.syntax())
            }
        }
    }

    fn levels(&mut self) -> Result<Step> {
        if !self.take("{")? {
            return Ok(Step::Any { first: 0, last: u32::MAX });
        }
        let first = self.level()?;
        let last = if self.at_word("to") {
            self.advance()?;
            self.level()?
        } else {
            first
        };
        self.expect("}")?;
        Ok(Step::Any { first, last })
    }

    fn level(&mut self) -> Result<u32> {
        let level = match &self.token {
            Token::Number(text) => text.parse().map_err(|_| self.syntax())?,
            Token::Word(word) if word == "last" => u32::MAX,
            Token::Word(_) | Token::Text(_) | Token::Variable(_) | Token::Sign(_) | Token::End => {
                return Err(self.syntax());
            }
        };
        self.advance()?;
        Ok(level)
    }

    fn subscript(&mut self) -> Result<Step> {
        if self.take("*")? {
            self.expect("]")?;
            return Ok(Step::AnyArray);
        }
        self.subscripts += 1;
        let mut list = Vec::new();
        loop {
            let from = self.sum()?;
            let from = self.items(from)?;
            let mut to = None;
            if self.at_word("to") {
                self.advance()?;
                let end = self.sum()?;
                to = Some(self.items(end)?);
            }
            list.push((from, to));
            if !self.take(",")? {
                break;
            }
        }
        self.subscripts -= 1;
        self.expect("]")?;
        Ok(Step::Index(list))
    }

    /// The method of a name before `(`; `None` where there is none of the name.
    fn method(&mut self, name: &str) -> Result<Option<Method>> {
        let simple = match name {
            "type" => Some(Method::Type),
            "size" => Some(Method::Size),
            "abs" => Some(Method::Abs),
            "ceiling" => Some(Method::Ceiling),
            "floor" => Some(Method::Floor),
            "double" => Some(Method::Double),
            "keyvalue" => Some(Method::KeyValue),
            "bigint" => Some(Method::BigInt),
            "boolean" => Some(Method::Boolean),
            "date" => Some(Method::Date),
            "integer" => Some(Method::Integer),
            "number" => Some(Method::Number),
            "string" => Some(Method::StringOf),
            _ => None,
        };
        if let Some(method) = simple {
            self.advance()?;
            self.expect(")")?;
            return Ok(Some(method));
        }
        if !matches!(
            name,
            "datetime" | "decimal" | "time" | "time_tz" | "timestamp" | "timestamp_tz"
        ) {
            return Ok(None);
        }
        self.advance()?;
        let method = match name {
            "datetime" => {
                let template = if self.at(")") { None } else { Some(self.text()?) };
                Method::Datetime(template)
            }
            "decimal" => {
                let precision = self.argument(true)?;
                let scale = if precision.is_some() && self.take(",")? {
                    self.argument(true)?
                } else {
                    None
                };
                Method::Decimal(precision.map(|precision| (precision, scale)))
            }
            "time" => Method::Time(self.argument(false)?),
            "time_tz" => Method::TimeTz(self.argument(false)?),
            "timestamp" => Method::Timestamp(self.argument(false)?),
            _ => Method::TimestampTz(self.argument(false)?),
        };
        self.expect(")")?;
        Ok(Some(method))
    }

    /// A whole number, perhaps signed.
    fn argument(&mut self, signed: bool) -> Result<Option<Numeric>> {
        let mut negative = false;
        if signed && (self.at("-") || self.at("+")) {
            negative = self.at("-");
            self.advance()?;
        }
        let Token::Number(text) = &self.token else {
            return if negative { Err(self.syntax()) } else { Ok(None) };
        };
        let number = numeric::input(text)?;
        self.advance()?;
        Ok(Some(if negative { number.neg() } else { number }))
    }
}
