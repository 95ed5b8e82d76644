//! SQL/JSON: query functions, constructors, IS JSON.

use crate::Analyzer;
use crate::coerce::{Context, category};
use crate::json_table::{parsed_select, replace_subquery};
use error::{Error, Result, SqlState};
use expression::{
    Call, CallForm, Conversion, Expr, ExprKind, JsonBehavior, JsonKind, JsonOperation, JsonWrapper,
    SqlJson, default_collation,
};
use syntax::ast::{
    self, FunctionCall, JsonArgument, JsonExpr, JsonFormat, JsonQueryKind, JsonReturning,
    JsonValue, Location,
};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// A SQL/JSON expression.
    pub(crate) fn json(&mut self, json: &JsonExpr, location: Location) -> Result<Expr> {
        match json {
            JsonExpr::Query(query) => self.json_query(query, None, location),
            JsonExpr::Object { pairs, absent_on_null, unique_keys, returning } => {
                let mut arguments = Vec::with_capacity(pairs.len() * 2);
                for pair in pairs {
                    let key = self.expr(&pair.key)?;
                    arguments.push(self.unknown_to_text(key)?);
                    arguments.push(self.json_value(&pair.value)?);
                }
                let (absent_on_null, unique) = (*absent_on_null, *unique_keys);
                let operation = JsonOperation::Object { absent_on_null, unique };
                self.json_make(operation, arguments, returning.as_ref(), location)
            }
            JsonExpr::Array { values, absent_on_null, returning } => {
                let mut arguments = Vec::with_capacity(values.len());
                for value in values {
                    arguments.push(self.json_value(value)?);
                }
                let operation = JsonOperation::Array { absent_on_null: *absent_on_null };
                self.json_make(operation, arguments, returning.as_ref(), location)
            }
            JsonExpr::ArrayQuery { query, returning, .. } => {
                self.json_array_query(query, returning.as_ref(), location)
            }
            JsonExpr::Parse { value, unique_keys } => {
                let text = self.expr(&value.value)?;
                let text = self.unknown_to_text(text)?;
                if matches!(self.base_type(text.type_id), type_oid::JSON | type_oid::JSONB) {
                    return self.cast(text, type_oid::JSON, -1, Context::Explicit, location);
                }
                let text = self.json_text(text, value.value.start())?;
                let operation = JsonOperation::Parse { unique: *unique_keys };
                Ok(made(operation, vec![text], type_oid::JSON))
            }
            JsonExpr::Scalar(value) => {
                let value = self.expr(value)?;
                let value = self.unknown_to_text(value)?;
                self.json_call("to_json", vec![value], type_oid::JSON)
            }
            JsonExpr::Serialize { value, returning } => {
                let value = self.json_input(value)?;
                let value = self.cast(value, type_oid::TEXT, -1, Context::Explicit, location)?;
                self.json_returning(value, returning.as_ref(), location)
            }
            JsonExpr::ObjectAggregate { pair, unique_keys, aggregate } => {
                let (target, prefix) = self.json_target(aggregate.returning.as_ref())?;
                let strict = if aggregate.absent_on_null { "_strict" } else { "" };
                let unique = if *unique_keys { "_unique" } else { "" };
                let name = format!("{prefix}_object_agg{unique}{strict}");
                let arguments = vec![pair.key.clone(), formatted(&pair.value)];
                self.json_aggregate(&name, arguments, Vec::new(), aggregate, target, location)
            }
            JsonExpr::ArrayAggregate { value, order_by, aggregate } => {
                let (target, prefix) = self.json_target(aggregate.returning.as_ref())?;
                let strict = if aggregate.absent_on_null { "_strict" } else { "" };
                let name = format!("{prefix}_agg{strict}");
                let arguments = vec![formatted(value)];
                self.json_aggregate(&name, arguments, order_by.clone(), aggregate, target, location)
            }
        }
    }

    /// IS JSON. 42804 for what is no text.
    pub(crate) fn is_json(&mut self, node: &ast::IsJson) -> Result<Expr> {
        let arg = self.expr(&node.arg)?;
        let arg = self.unknown_to_text(arg)?;
        let base = self.base_type(arg.type_id);
        let is_text = category(base).0 == 'S';
        if !is_text && !matches!(base, type_oid::JSON | type_oid::JSONB | type_oid::BYTEA) {
            let text = format!("cannot use type {} in IS JSON predicate", self.shown_type(base));
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
        }
        let kind = match node.kind {
            ast::JsonKind::Value => JsonKind::Value,
            ast::JsonKind::Object => JsonKind::Object,
            ast::JsonKind::Array => JsonKind::Array,
            ast::JsonKind::Scalar => JsonKind::Scalar,
        };
        let (unique, negated) = (node.unique_keys, node.negated);
        let operation = JsonOperation::IsJson { kind, unique, negated };
        Ok(made(operation, vec![arg], type_oid::BOOL))
    }

    /// The type that RETURNING says (json where it is not written), and which of json and jsonb makes it.
    fn json_target(
        &mut self,
        returning: Option<&JsonReturning>,
    ) -> Result<((Oid, i32), &'static str)> {
        let target = match returning {
            None => (type_oid::JSON, -1),
            Some(returning) => self.type_name(&returning.type_name)?,
        };
        let prefix = if self.base_type(target.0) == type_oid::JSONB { "jsonb" } else { "json" };
        Ok((target, prefix))
    }

    fn json_make(
        &mut self,
        operation: JsonOperation,
        arguments: Vec<Expr>,
        returning: Option<&JsonReturning>,
        location: Location,
    ) -> Result<Expr> {
        let ((type_id, typmod), prefix) = self.json_target(returning)?;
        let own = if prefix == "jsonb" { type_oid::JSONB } else { type_oid::JSON };
        let value = made(operation, arguments, own);
        self.json_cast(value, type_id, typmod, location)
    }

    fn json_cast(
        &mut self,
        value: Expr,
        type_id: Oid,
        typmod: i32,
        location: Location,
    ) -> Result<Expr> {
        if self.base_type(type_id) == type_oid::BYTEA {
            // The bytes of the text in UTF-8.
            let conversion = Conversion::Relabel;
            let kind = ExprKind::Convert { arg: Box::new(value), conversion, explicit: true };
            return Ok(Expr::new(kind, type_oid::BYTEA, Oid::INVALID));
        }
        self.cast(value, type_id, typmod, Context::Assignment, location)
    }

    fn json_returning(
        &mut self,
        value: Expr,
        returning: Option<&JsonReturning>,
        location: Location,
    ) -> Result<Expr> {
        let Some(returning) = returning else { return Ok(value) };
        let (type_id, typmod) = self.type_name(&returning.type_name)?;
        self.json_cast(value, type_id, typmod, location)
    }

    fn json_aggregate(
        &mut self,
        name: &str,
        arguments: Vec<ast::Expr>,
        order_by: Vec<ast::SortBy>,
        aggregate: &ast::JsonAggregate,
        target: (Oid, i32),
        location: Location,
    ) -> Result<Expr> {
        let args = arguments.into_iter().map(|value| ast::Argument { name: None, value });
        let call = FunctionCall {
            order_by,
            filter: aggregate.filter.clone(),
            over: aggregate.over.clone(),
            ..FunctionCall::plain(system_name(name, location), args.collect())
        };
        let value = self.call(&call, location)?;
        self.json_cast(value, target.0, target.1, location)
    }

    /// JSON_ARRAY of a query's rows: an aggregate over it.
    fn json_array_query(
        &mut self,
        query: &ast::Select,
        returning: Option<&JsonReturning>,
        location: Location,
    ) -> Result<Expr> {
        let text = "SELECT pg_catalog.json_agg_strict(q.a) FROM (SELECT 1) AS q (a)";
        let (_, prefix) = self.json_target(returning)?;
        let text =
            if prefix == "jsonb" { text.replace("json_agg", "jsonb_agg") } else { text.to_owned() };
        let mut outer = parsed_select(&text)?;
        replace_subquery(&mut outer, query)?;
        let node = ast::Subquery { kind: ast::SubqueryKind::Scalar, query: Box::new(outer) };
        let value = self.subquery(&node, location)?;
        self.json_returning(value, returning, location)
    }

    fn json_call(&mut self, source: &str, arguments: Vec<Expr>, type_id: Oid) -> Result<Expr> {
        let function = catalog::facts()
            .function_by_source(source)
            .ok_or_else(|| Error::internal(format!("there is no {source}")))?;
        let call = Call {
            function: function.oid,
            arguments,
            input_collation: Oid::INVALID,
            form: CallForm::Function,
            variadic: false,
            user: None,
        };
        Ok(Expr::new(ExprKind::Call(Box::new(call)), type_id, Oid::INVALID))
    }

    /// A value of any type, json where FORMAT JSON says so.
    fn json_value(&mut self, value: &JsonValue) -> Result<Expr> {
        let expr = self.expr(&value.value)?;
        let expr = self.unknown_to_text(expr)?;
        if value.format == JsonFormat::Default {
            return Ok(expr);
        }
        let base = self.base_type(expr.type_id);
        if matches!(base, type_oid::JSON | type_oid::JSONB) {
            return Ok(expr);
        }
        let text = self.json_text(expr, value.value.start())?;
        self.cast(text, type_oid::JSON, -1, Context::Explicit, value.value.start())
    }

    /// Text, or the bytes of one. 42804 for other types.
    fn json_text(&mut self, value: Expr, location: Location) -> Result<Expr> {
        let base = self.base_type(value.type_id);
        if base == type_oid::BYTEA {
            let conversion = Conversion::Relabel;
            let kind = ExprKind::Convert { arg: Box::new(value), conversion, explicit: false };
            return Ok(Expr::new(kind, type_oid::TEXT, default_collation(type_oid::TEXT)));
        }
        if category(base).0 == 'S' {
            return self.cast(value, type_oid::TEXT, -1, Context::Implicit, location);
        }
        let text = "cannot use non-string types with explicit FORMAT JSON clause";
        Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location)))
    }

    /// A json value, of json, jsonb or text.
    fn json_input(&mut self, value: &JsonValue) -> Result<Expr> {
        let expr = self.expr(&value.value)?;
        let place = value.value.start();
        if expr.type_id == type_oid::UNKNOWN {
            return self.cast(expr, type_oid::JSON, -1, Context::Implicit, place);
        }
        let base = self.base_type(expr.type_id);
        if matches!(base, type_oid::JSON | type_oid::JSONB) {
            return Ok(expr);
        }
        if category(base).0 != 'S' && base != type_oid::BYTEA {
            let text = "cannot use non-string types with implicit FORMAT JSON clause";
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(place)));
        }
        let text = self.json_text(expr, place)?;
        self.cast(text, type_oid::JSON, -1, Context::Explicit, place)
    }

    /// JSON_EXISTS, JSON_VALUE and JSON_QUERY; also the columns of JSON_TABLE, whose names messages have.
    pub(crate) fn json_query(
        &mut self,
        query: &ast::JsonQuery,
        column: Option<&str>,
        location: Location,
    ) -> Result<Expr> {
        self.check_behaviors(query, column)?;
        let wrapped =
            !matches!(query.wrapper, ast::JsonWrapper::Unspecified | ast::JsonWrapper::Without);
        if wrapped && query.keep_quotes == Some(false) {
            let text = "SQL/JSON QUOTES behavior must not be specified when WITH WRAPPER is used";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location)));
        }
        let context = self.json_input(&query.value)?;
        let place = query.value.value.start();
        let context = self.cast(context, type_oid::JSONB, -1, Context::Explicit, place)?;
        let path = self.expr(&query.path)?;
        let place = query.path.start();
        let source = path.type_id;
        let path = self.coerce(path, type_oid::JSONPATH, -1, Context::Explicit, place)?;
        let fits = matches!(self.base_type(source), type_oid::UNKNOWN | type_oid::JSONPATH)
            || category(source).0 == 'S';
        let Some(path) = path.filter(|_| fits) else {
            let text = format!(
                "JSON path expression must be of type jsonpath, not of type {}",
                self.shown_type(source)
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(place)));
        };
        let mut arguments = vec![context, path];
        if !query.passing.is_empty() {
            arguments.push(self.json_variables(&query.passing)?);
        }
        let (operation, default) = match query.kind {
            JsonQueryKind::Exists => (JsonOperation::Exists, (type_oid::BOOL, -1)),
            JsonQueryKind::Value => (JsonOperation::Value, (type_oid::TEXT, -1)),
            JsonQueryKind::Query => {
                let wrapper = match query.wrapper {
                    ast::JsonWrapper::Unspecified | ast::JsonWrapper::Without => {
                        JsonWrapper::Without
                    }
                    ast::JsonWrapper::Conditional => JsonWrapper::Conditional,
                    ast::JsonWrapper::Unconditional => JsonWrapper::Unconditional,
                };
                let omit_quotes = query.keep_quotes == Some(false);
                (JsonOperation::Query { wrapper, omit_quotes }, (type_oid::JSONB, -1))
            }
        };
        let (type_id, typmod) = match &query.returning {
            None => default,
            Some(returning) => {
                if returning.format != JsonFormat::Default && query.kind == JsonQueryKind::Value {
                    let text = "cannot specify FORMAT JSON in RETURNING clause of JSON_VALUE()";
                    let position = self.position(returning.type_name.location);
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
                }
                self.type_name(&returning.type_name)?
            }
        };
        if types::builtin_type(type_id).is_some_and(|row| row.kind == 'p') {
            let text = "returning pseudo-types is not supported in SQL/JSON functions";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let on_empty = self.behavior(query.on_empty.as_ref(), type_id, typmod, query)?;
        let on_error = self.behavior(query.on_error.as_ref(), type_id, typmod, query)?;
        let json =
            SqlJson { operation, arguments, on_empty, on_error, column: column.map(str::to_owned) };
        let collation = default_collation(type_id);
        Ok(Expr { kind: ExprKind::SqlJson(Box::new(json)), type_id, typmod, collation })
    }

    /// PASSING as an object.
    pub(crate) fn json_variables(&mut self, passing: &[JsonArgument]) -> Result<Expr> {
        let mut arguments = Vec::with_capacity(passing.len() * 2);
        for argument in passing {
            let text = types::Datum::text(&argument.name);
            arguments.push(Expr::constant(text, type_oid::TEXT, -1));
            arguments.push(self.json_value(&argument.value)?);
        }
        let operation = JsonOperation::Object { absent_on_null: false, unique: false };
        Ok(made(operation, arguments, type_oid::JSONB))
    }

    fn behavior(
        &mut self,
        behavior: Option<&ast::JsonBehavior>,
        type_id: Oid,
        typmod: i32,
        query: &ast::JsonQuery,
    ) -> Result<Option<JsonBehavior>> {
        let Some(behavior) = behavior else { return Ok(None) };
        Ok(Some(match behavior {
            ast::JsonBehavior::Error => JsonBehavior::Error,
            ast::JsonBehavior::Null => JsonBehavior::Null,
            ast::JsonBehavior::True => JsonBehavior::True,
            ast::JsonBehavior::False => JsonBehavior::False,
            ast::JsonBehavior::Unknown => JsonBehavior::Unknown,
            ast::JsonBehavior::EmptyArray => JsonBehavior::EmptyArray,
            ast::JsonBehavior::EmptyObject => JsonBehavior::EmptyObject,
            ast::JsonBehavior::Default(expr) => {
                let place = expr.start();
                let value = self.expr(expr)?;
                let bad = |text: &str, position| {
                    Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(position))
                };
                let position = self.position(place);
                if value.any(&mut |e| matches!(e.kind, ExprKind::Column(_))) {
                    return bad("DEFAULT expression must not contain column references", position);
                }
                if value.any(&mut |e| {
                    matches!(
                        e.kind,
                        ExprKind::Subquery(_) | ExprKind::Aggregate(_) | ExprKind::Window(_)
                    )
                }) {
                    let text = "can only specify a constant, non-aggregate function, or operator expression for DEFAULT";
                    return bad(text, position);
                }
                if returns_set(&value) {
                    return bad("DEFAULT expression must not return a set", position);
                }
                let source = value.type_id;
                let (base, typmod) = self.resolver.catalog().base_type(type_id, typmod);
                let from_json =
                    query.kind == JsonQueryKind::Query && self.base_type(source) == type_oid::JSONB;
                let value = if from_json && base != type_oid::JSONB {
                    let operation = JsonOperation::Query {
                        wrapper: JsonWrapper::Without,
                        omit_quotes: query.keep_quotes == Some(false),
                    };
                    let path = types::Datum::text("$");
                    let path = Expr::constant(path, type_oid::JSONPATH, -1);
                    let on_error = Some(JsonBehavior::Error);
                    let arguments = vec![value, path];
                    let json =
                        SqlJson { operation, arguments, on_empty: None, on_error, column: None };
                    let kind = ExprKind::SqlJson(Box::new(json));
                    Some(Expr { kind, type_id: base, typmod, collation: default_collation(base) })
                } else {
                    self.coerce(value, base, typmod, Context::Assignment, place)?
                };
                let Some(value) = value else {
                    let shown = self.shown_type(base);
                    let text = format!(
                        "cannot cast behavior expression of type {} to {shown}",
                        self.shown_type(source)
                    );
                    return Err(Error::new(SqlState::CANNOT_COERCE, text)
                        .hint(format!(
                            "You will need to explicitly cast the expression to type {shown}."
                        ))
                        .at(position));
                };
                JsonBehavior::Default(value)
            }
        }))
    }

    /// 42601 for what a column of JSON_TABLE may not have.
    pub(crate) fn check_json_column(&self, query: &ast::JsonQuery, column: &str) -> Result<()> {
        self.check_behaviors(query, Some(column))
    }

    /// 42601 for what ON EMPTY and ON ERROR of the function may not give.
    fn check_behaviors(&self, query: &ast::JsonQuery, column: Option<&str>) -> Result<()> {
        use ast::JsonBehavior as B;
        let of = column.map_or(String::new(), |column| format!(" for column \"{column}\""));
        for (behavior, when) in [(&query.on_empty, "ON EMPTY"), (&query.on_error, "ON ERROR")] {
            let Some(behavior) = behavior else { continue };
            let (fits, allowed, function, columns) = match query.kind {
                JsonQueryKind::Exists => (
                    matches!(behavior, B::Error | B::True | B::False | B::Unknown),
                    "ERROR, TRUE, FALSE, or UNKNOWN",
                    "JSON_EXISTS()",
                    "EXISTS columns",
                ),
                JsonQueryKind::Value => (
                    matches!(behavior, B::Error | B::Null | B::Default(_)),
                    "ERROR, NULL, or DEFAULT expression",
                    "JSON_VALUE()",
                    "scalar columns",
                ),
                JsonQueryKind::Query => (
                    matches!(
                        behavior,
                        B::Error | B::Null | B::EmptyArray | B::EmptyObject | B::Default(_)
                    ),
                    "ERROR, NULL, EMPTY ARRAY, EMPTY OBJECT, or DEFAULT expression",
                    "JSON_QUERY()",
                    "formatted columns",
                ),
            };
            if !fits {
                let place = if column.is_some() { columns } else { function };
                let text = format!("invalid {when} behavior{of}");
                return Err(Error::new(SqlState::SYNTAX_ERROR, text)
                    .detail(format!("Only {allowed} is allowed in {when} for {place}.")));
            }
        }
        Ok(())
    }
}

fn returns_set(expr: &Expr) -> bool {
    expr.any(&mut |e| {
        let ExprKind::Call(call) = &e.kind else { return false };
        catalog::facts().functions.get(&call.function).is_some_and(|f| f.returns_set)
    })
}

fn made(operation: JsonOperation, arguments: Vec<Expr>, type_id: Oid) -> Expr {
    let json = SqlJson { operation, arguments, on_empty: None, on_error: None, column: None };
    Expr::new(ExprKind::SqlJson(Box::new(json)), type_id, Oid::INVALID)
}

/// A function of pg_catalog.
fn system_name(name: &str, location: Location) -> ast::ObjectName {
    ast::ObjectName { names: vec!["pg_catalog".into(), name.into()], location }
}

/// A value of an aggregate, json where FORMAT JSON says so.
fn formatted(value: &JsonValue) -> ast::Expr {
    if value.format == JsonFormat::Default {
        return value.value.clone();
    }
    let location = value.value.location;
    let type_name = ast::TypeName {
        names: vec!["pg_catalog".into(), "json".into()],
        setof: false,
        percent_type: false,
        modifiers: Vec::new(),
        array_bounds: Vec::new(),
        location,
    };
    let cast = ast::Cast { arg: value.value.clone(), type_name };
    ast::Expr { kind: ast::ExprKind::Cast(Box::new(cast)), location }
}
