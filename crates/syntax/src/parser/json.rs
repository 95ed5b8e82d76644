//! SQL/JSON constructors, query functions and aggregates.

use super::Parser;
use super::expression::expr;
use super::primary::Operand;
use crate::ast::{
    Expr, ExprKind, JsonAggregate, JsonArgument, JsonBehavior, JsonExpr, JsonFormat, JsonPair,
    JsonQuery, JsonQueryKind, JsonReturning, JsonValue, JsonWrapper, Location,
};
use crate::kind::Kind;
use error::{Result, SqlState};

impl Parser<'_> {
    /// A SQL/JSON function, behind its `(`; up to the `)`.
    pub(super) fn json_arguments(&mut self, word: Kind, location: Location) -> Result<Expr> {
        let json = match word {
            Kind::JSON_OBJECT => return self.json_object(location),
            Kind::JSON_ARRAY => self.json_array()?,
            Kind::JSON => {
                let value = self.json_value()?;
                JsonExpr::Parse { value, unique_keys: self.json_unique_keys()? }
            }
            Kind::JSON_SCALAR => JsonExpr::Scalar(self.expression()?),
            Kind::JSON_SERIALIZE => {
                let value = self.json_value()?;
                JsonExpr::Serialize { value, returning: self.json_returning()? }
            }
            Kind::JSON_QUERY => JsonExpr::Query(self.json_query(JsonQueryKind::Query)?),
            Kind::JSON_EXISTS => JsonExpr::Query(self.json_query(JsonQueryKind::Exists)?),
            Kind::JSON_VALUE => JsonExpr::Query(self.json_query(JsonQueryKind::Value)?),
            Kind::JSON_OBJECTAGG => self.json_object_aggregate()?,
            _ => self.json_array_aggregate()?,
        };
        Ok(expr(ExprKind::Json(Box::new(json)), location))
    }

    /// json_value_expr: an expression with its format.
    pub(super) fn json_value(&mut self) -> Result<JsonValue> {
        let value = self.expression()?;
        Ok(JsonValue { value, format: self.json_format()? })
    }

    /// `FORMAT JSON [ENCODING name]`, or nothing. 22023 for an encoding that JSON lacks.
    pub(super) fn json_format(&mut self) -> Result<JsonFormat> {
        if !self.accept_all(&[Kind::FORMAT_LA, Kind::JSON]) {
            return Ok(JsonFormat::Default);
        }
        let location = self.location_before();
        if !self.accept(Kind::ENCODING) {
            return Ok(JsonFormat::Json);
        }
        let name = self.column_name()?;
        match &*name.to_ascii_lowercase() {
            "utf8" => Ok(JsonFormat::Utf8),
            "utf16" => Ok(JsonFormat::Utf16),
            "utf32" => Ok(JsonFormat::Utf32),
            _ => {
                let message = format!("unrecognized JSON encoding: {name}");
                Err(self.error_at(SqlState::INVALID_PARAMETER_VALUE, &message, location))
            }
        }
    }

    /// `RETURNING type [FORMAT JSON]`, or nothing.
    pub(super) fn json_returning(&mut self) -> Result<Option<JsonReturning>> {
        if !self.accept(Kind::RETURNING) {
            return Ok(None);
        }
        let type_name = self.type_name()?;
        Ok(Some(JsonReturning { type_name, format: self.json_format()? }))
    }

    /// `WITH UNIQUE [KEYS]`, `WITHOUT UNIQUE [KEYS]`, or nothing.
    pub(super) fn json_unique_keys(&mut self) -> Result<bool> {
        let with = self.accept(Kind::WITH);
        if !with && !self.accept(Kind::WITHOUT) {
            return Ok(false);
        }
        self.expect(Kind::UNIQUE)?;
        self.accept(Kind::KEYS);
        Ok(with)
    }

    /// `NULL ON NULL` or `ABSENT ON NULL`; what is given where neither is written.
    fn json_null_clause(&mut self, default: bool) -> Result<bool> {
        let absent = match self.kind() {
            Kind::ABSENT => true,
            Kind::NULL => false,
            _ => return Ok(default),
        };
        self.bump();
        self.expect_all(&[Kind::ON, Kind::NULL])?;
        Ok(absent)
    }

    /// A pair's key, if `VALUE` or `:` follows it; otherwise an expression of another kind.
    fn json_key(&mut self) -> Result<(Expr, bool)> {
        let prefixed = matches!(
            self.kind(),
            Kind::PLUS
                | Kind::MINUS
                | Kind::SYMBOL
                | Kind::NOT
                | Kind::NOT_LA
                | Kind::OPERATOR
                | Kind::DEFAULT
                | Kind::UNIQUE
        );
        if !prefixed {
            let first = self.primary()?;
            if self.accept(Kind::VALUE) {
                return Ok((first, true));
            }
            let whole = self.expression_from(first)?;
            return Ok((whole, self.accept(Kind::COLON)));
        }
        let whole = self.expression()?;
        Ok((whole, self.accept(Kind::COLON)))
    }

    fn json_pair(&mut self) -> Result<JsonPair> {
        let (key, is_pair) = self.json_key()?;
        if !is_pair {
            return Err(self.unexpected());
        }
        Ok(JsonPair { key, value: self.json_value()? })
    }

    fn json_object(&mut self, location: Location) -> Result<Expr> {
        let mut pairs = Vec::new();
        let (mut absent_on_null, mut unique_keys) = (false, false);
        if !matches!(self.kind(), Kind::RIGHT_PAREN | Kind::RETURNING) {
            if self.at_argument_name() {
                return self.plain_arguments("json_object", None, location);
            }
            let (key, is_pair) = self.json_key()?;
            if !is_pair {
                let first = crate::ast::Argument { name: None, value: key };
                return self.plain_arguments("json_object", Some(first), location);
            }
            pairs.push(JsonPair { key, value: self.json_value()? });
            while self.accept(Kind::COMMA) {
                pairs.push(self.json_pair()?);
            }
            absent_on_null = self.json_null_clause(false)?;
            unique_keys = self.json_unique_keys()?;
        }
        let returning = self.json_returning()?;
        let json = JsonExpr::Object { pairs, absent_on_null, unique_keys, returning };
        Ok(expr(ExprKind::Json(Box::new(json)), location))
    }

    fn json_array(&mut self) -> Result<JsonExpr> {
        if matches!(self.kind(), Kind::RIGHT_PAREN | Kind::RETURNING) {
            let returning = self.json_returning()?;
            return Ok(JsonExpr::Array { values: Vec::new(), absent_on_null: true, returning });
        }
        let location = self.location();
        let first = match self.operand()? {
            Operand::Query(query) => {
                let format = self.json_format()?;
                let returning = self.json_returning()?;
                return Ok(JsonExpr::ArrayQuery { query: Box::new(query), format, returning });
            }
            Operand::QueryInParentheses(query) => {
                let operand = self.scalar_subquery(query, location)?;
                self.expression_from(operand)?
            }
            Operand::Expr(first) => first,
        };
        let mut values = vec![JsonValue { value: first, format: self.json_format()? }];
        while self.accept(Kind::COMMA) {
            values.push(self.json_value()?);
        }
        let absent_on_null = self.json_null_clause(true)?;
        Ok(JsonExpr::Array { values, absent_on_null, returning: self.json_returning()? })
    }

    /// PASSING and its list, or nothing.
    pub(super) fn json_passing(&mut self) -> Result<Vec<JsonArgument>> {
        if !self.accept(Kind::PASSING) {
            return Ok(Vec::new());
        }
        self.list(|parser| {
            let value = parser.json_value()?;
            parser.expect(Kind::AS)?;
            Ok(JsonArgument { value, name: parser.label()? })
        })
    }

    fn json_query(&mut self, kind: JsonQueryKind) -> Result<JsonQuery> {
        let value = self.json_value()?;
        self.expect(Kind::COMMA)?;
        let path = self.expression()?;
        let passing = self.json_passing()?;
        let mut query = JsonQuery {
            kind,
            value,
            path,
            passing,
            returning: None,
            wrapper: JsonWrapper::Unspecified,
            keep_quotes: None,
            on_empty: None,
            on_error: None,
        };
        if kind == JsonQueryKind::Exists {
            query.on_error = self.json_on_error()?;
            return Ok(query);
        }
        query.returning = self.json_returning()?;
        if kind == JsonQueryKind::Query {
            query.wrapper = self.json_wrapper()?;
            query.keep_quotes = self.json_quotes()?;
        }
        (query.on_empty, query.on_error) = self.json_behaviors()?;
        Ok(query)
    }

    /// json_wrapper_behavior.
    pub(super) fn json_wrapper(&mut self) -> Result<JsonWrapper> {
        let wrapper = if self.accept(Kind::WITHOUT) {
            JsonWrapper::Without
        } else if self.accept(Kind::WITH) {
            if self.accept(Kind::CONDITIONAL) {
                JsonWrapper::Conditional
            } else {
                self.accept(Kind::UNCONDITIONAL);
                JsonWrapper::Unconditional
            }
        } else {
            return Ok(JsonWrapper::Unspecified);
        };
        self.accept(Kind::ARRAY);
        self.expect(Kind::WRAPPER)?;
        Ok(wrapper)
    }

    /// json_quotes_clause_opt.
    pub(super) fn json_quotes(&mut self) -> Result<Option<bool>> {
        let keep = self.accept(Kind::KEEP);
        if !keep && !self.accept(Kind::OMIT) {
            return Ok(None);
        }
        self.expect(Kind::QUOTES)?;
        if self.accept(Kind::ON) {
            self.expect_all(&[Kind::SCALAR, Kind::STRING])?;
        }
        Ok(Some(keep))
    }

    fn json_behavior(&mut self) -> Result<Option<JsonBehavior>> {
        let behavior = match self.kind() {
            Kind::DEFAULT => {
                self.bump();
                return Ok(Some(JsonBehavior::Default(self.expression()?)));
            }
            Kind::ERROR => JsonBehavior::Error,
            Kind::NULL => JsonBehavior::Null,
            Kind::TRUE => JsonBehavior::True,
            Kind::FALSE => JsonBehavior::False,
            Kind::UNKNOWN => JsonBehavior::Unknown,
            Kind::EMPTY => {
                self.bump();
                if self.accept(Kind::OBJECT) {
                    return Ok(Some(JsonBehavior::EmptyObject));
                }
                self.accept(Kind::ARRAY);
                return Ok(Some(JsonBehavior::EmptyArray));
            }
            _ => return Ok(None),
        };
        self.bump();
        Ok(Some(behavior))
    }

    /// `behavior ON ERROR`, or nothing.
    pub(super) fn json_on_error(&mut self) -> Result<Option<JsonBehavior>> {
        let behavior = self.json_behavior()?;
        if behavior.is_some() {
            self.expect_all(&[Kind::ON, Kind::ERROR])?;
        }
        Ok(behavior)
    }

    /// `[behavior ON EMPTY] [behavior ON ERROR]`.
    pub(super) fn json_behaviors(
        &mut self,
    ) -> Result<(Option<JsonBehavior>, Option<JsonBehavior>)> {
        let Some(first) = self.json_behavior()? else { return Ok((None, None)) };
        self.expect(Kind::ON)?;
        if self.accept(Kind::ERROR) {
            return Ok((None, Some(first)));
        }
        self.expect(Kind::EMPTY)?;
        Ok((Some(first), self.json_on_error()?))
    }

    fn json_object_aggregate(&mut self) -> Result<JsonExpr> {
        let pair = self.json_pair()?;
        let absent_on_null = self.json_null_clause(false)?;
        let unique_keys = self.json_unique_keys()?;
        let returning = self.json_returning()?;
        let aggregate = JsonAggregate { returning, absent_on_null, filter: None, over: None };
        Ok(JsonExpr::ObjectAggregate { pair, unique_keys, aggregate })
    }

    fn json_array_aggregate(&mut self) -> Result<JsonExpr> {
        let value = self.json_value()?;
        let order_by = self.order_by()?;
        let absent_on_null = self.json_null_clause(true)?;
        let returning = self.json_returning()?;
        let aggregate = JsonAggregate { returning, absent_on_null, filter: None, over: None };
        Ok(JsonExpr::ArrayAggregate { value, order_by, aggregate })
    }

    /// FILTER and OVER behind a JSON aggregate.
    pub(super) fn json_suffixes(&mut self, mut json: Expr) -> Result<Expr> {
        if let ExprKind::Json(node) = &mut json.kind
            && let JsonExpr::ObjectAggregate { aggregate, .. }
            | JsonExpr::ArrayAggregate { aggregate, .. } = &mut **node
        {
            aggregate.filter = self.filter_clause()?;
            aggregate.over = self.over_clause()?;
        }
        Ok(json)
    }
}
