//! JSON_TABLE in FROM.
//!
//! It is taken apart into what SQL has otherwise. Each path is a function in FROM that gives its items, and each column a query
//! function over an item; what is NESTED is joined to the rows of its parent, siblings one after the other:
//!
//! ```text
//! SELECT JSON_VALUE(r.item, '$.a') AS a, n.b, n.c
//! FROM jsonb_path_query_tz(context, path, variables, silent) WITH ORDINALITY AS r (item, number)
//! LEFT JOIN LATERAL (SELECT ... b, NULL AS c FROM ... UNION ALL SELECT NULL, ... c FROM ...) AS n ON true
//! ```

use crate::Analyzer;
use error::{Error, Result, SqlState, stack_check};
use expression::JoinTree;
use syntax::ast::{
    self, Constant, ExprKind as Ast, FromItem, JsonBehavior, JsonColumnKind, JsonExpr, JsonFormat,
    JsonQuery, JsonQueryKind, JsonReturning, JsonTable, JsonTableColumn, JsonValue, JsonWrapper,
    Location, Name, TypeName,
};
use types::{Oid, type_oid};

/// One path with its columns.
struct Level<'a> {
    path: &'a str,
    columns: &'a [JsonTableColumn],
}

/// A column of the result: its name and type.
struct Output {
    name: Name,
    type_name: TypeName,
}

fn expr(kind: Ast) -> ast::Expr {
    ast::Expr { kind, location: Location::NONE }
}

fn text(value: &str) -> ast::Expr {
    expr(Ast::Constant(Constant::String(value.into())))
}

/// A name as a jsonpath string.
fn quoted(name: &str) -> String {
    let mut out = Vec::new();
    types::json::write_string(name, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn column(table: &str, name: &str) -> ast::Expr {
    expr(Ast::Column(vec![table.into(), name.into()]))
}

fn cast(arg: ast::Expr, type_name: TypeName) -> ast::Expr {
    expr(Ast::Cast(Box::new(ast::Cast { arg, type_name })))
}

fn int4() -> TypeName {
    TypeName {
        names: vec!["pg_catalog".into(), "int4".into()],
        setof: false,
        percent_type: false,
        modifiers: Vec::new(),
        array_bounds: Vec::new(),
        location: Location::NONE,
    }
}

/// The one query of a text.
pub(crate) fn parsed_select(sql: &str) -> Result<ast::Select> {
    let statement = syntax::parse(sql)?.into_iter().next();
    match statement.map(|statement| statement.kind) {
        Some(ast::StatementKind::Select(select)) => Ok(*select),
        _ => Err(Error::internal("a query was made of something else")),
    }
}

/// The query's core. XX000 for VALUES and set operations.
pub(crate) fn core_of(select: &mut ast::Select) -> Result<&mut ast::SelectCore> {
    match &mut select.body {
        ast::SelectBody::Select(core) => Ok(core),
        ast::SelectBody::Values(_) | ast::SelectBody::SetOperation(_) => {
            Err(Error::internal("a plain query was made"))
        }
    }
}

impl Analyzer<'_> {
    /// The range entry of a JSON_TABLE. 42601, 42712.
    pub(crate) fn json_table(&mut self, table: &JsonTable) -> Result<JoinTree> {
        match &table.on_error {
            None | Some(JsonBehavior::Error | JsonBehavior::EmptyArray) => {}
            Some(_) => {
                let detail =
                    "Only EMPTY [ ARRAY ] or ERROR is allowed in the top-level ON ERROR clause.";
                return Err(
                    Error::new(SqlState::SYNTAX_ERROR, "invalid ON ERROR behavior").detail(detail)
                );
            }
        }
        let mut names: Vec<&str> = table.path_name.as_deref().into_iter().collect();
        self.check_table_names(&table.columns, &mut names)?;
        let level = Level { path: &table.path, columns: &table.columns };
        let context = table.value.value.clone();
        let context = JsonValue { value: context, format: table.value.format };
        let mut outputs = Vec::new();
        let query = self.json_level(table, &level, Context::Root(&context), 0, &mut outputs)?;
        let alias = table
            .alias
            .clone()
            .unwrap_or_else(|| ast::Alias { name: "json_table".into(), columns: Vec::new() });
        if alias.columns.len() > outputs.len() {
            let text = format!(
                "JSON_TABLE function has {} columns available but {} columns specified",
                outputs.len(),
                alias.columns.len()
            );
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text));
        }
        let location = table.location;
        self.from_subquery(&ast::FromSubquery {
            lateral: true,
            query,
            alias: Some(alias),
            location,
        })
    }

    fn check_table_names<'a>(
        &self,
        columns: &'a [JsonTableColumn],
        names: &mut Vec<&'a str>,
    ) -> Result<()> {
        stack_check()?;
        let mut ordinality = false;
        for column in columns {
            let position = self.position(column.location);
            let (name, inner): (Option<&str>, &[JsonTableColumn]) = match &column.kind {
                JsonColumnKind::Nested { path_name, columns, .. } => {
                    (path_name.as_deref(), columns)
                }
                JsonColumnKind::Ordinality => {
                    if std::mem::replace(&mut ordinality, true) {
                        let text = "only one FOR ORDINALITY column is allowed";
                        return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
                    }
                    (Some(&column.name), &[])
                }
                JsonColumnKind::Regular(_) | JsonColumnKind::Exists { .. } => {
                    (Some(&column.name), &[])
                }
            };
            if let Some(name) = name {
                if names.contains(&name) {
                    let text = format!("duplicate JSON_TABLE column or path name: {name}");
                    return Err(Error::new(SqlState::DUPLICATE_ALIAS, text).at(position));
                }
                names.push(name);
            }
            self.check_table_names(inner, names)?;
        }
        Ok(())
    }

    /// The query of one path's rows; `depth` makes the names of its parts its own.
    fn json_level(
        &mut self,
        table: &JsonTable,
        level: &Level<'_>,
        context: Context<'_>,
        depth: usize,
        outputs: &mut Vec<Output>,
    ) -> Result<ast::Select> {
        stack_check()?;
        let (row, nest) = (format!("json_table row {depth}"), format!("json_table nested {depth}"));
        let mut query = parsed_select(&format!(
            "SELECT 1 FROM pg_catalog.jsonb_path_query_tz(NULL::jsonb, NULL, NULL, true) WITH ORDINALITY AS \"{row}\" (item, number) LEFT JOIN LATERAL (SELECT 1) AS \"{nest}\" ON true"
        ))?;
        let mut targets = Vec::new();
        let mut nested = Vec::new();
        let fails = table.on_error == Some(JsonBehavior::Error);
        for item in level.columns {
            if let JsonColumnKind::Nested { path, columns, .. } = &item.kind {
                nested.push(Level { path, columns });
                continue;
            }
            let (value, type_name) = self.json_column(table, item, &row, fails)?;
            targets.push(target(value, &item.name));
            outputs.push(Output { name: item.name.clone(), type_name });
        }
        let mut lists = Vec::new();
        let mut queries = Vec::new();
        for inner in &nested {
            let mut list = Vec::new();
            let item = column(&row, "item");
            let context = Context::Item(&item);
            queries.push(self.json_level(table, inner, context, depth + 1, &mut list)?);
            lists.push(list);
        }
        let mut union: Option<ast::Select> = None;
        for (index, inner) in queries.into_iter().enumerate() {
            let inner = padded(inner, &lists, index)?;
            union = Some(match union {
                None => inner,
                Some(before) => both(before, inner)?,
            });
        }
        for output in lists.into_iter().flatten() {
            targets.push(target(column(&nest, &output.name), &output.name));
            outputs.push(output);
        }
        let core = core_of(&mut query)?;
        core.targets = targets;
        self.fill_level(core, table, level, context, fails, union)?;
        Ok(query)
    }

    /// Puts the arguments of the function that gives the items, and what is nested, in their places.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the query was made of a known text")]
    fn fill_level(
        &mut self,
        core: &mut ast::SelectCore,
        table: &JsonTable,
        level: &Level<'_>,
        context: Context<'_>,
        fails: bool,
        union: Option<ast::Select>,
    ) -> Result<()> {
        let unexpected = || Error::internal("the query of a JSON_TABLE is made otherwise");
        let Some(FromItem::Join(mut join)) = core.from.pop() else { return Err(unexpected()) };
        let FromItem::Function(function) = &mut join.left else { return Err(unexpected()) };
        function.lateral = true;
        let call = function.functions.first_mut().ok_or_else(unexpected)?;
        let call = match &mut call.0.kind {
            Ast::Function(call) => call,
            _ => return Err(unexpected()),
        };
        call.args[0].value = match context {
            Context::Root(value) => json_context(value),
            Context::Item(item) => item.clone(),
        };
        call.args[1].value = text(level.path);
        call.args[2].value = if table.passing.is_empty() {
            text("{}")
        } else {
            let mut pairs = Vec::with_capacity(table.passing.len());
            for argument in &table.passing {
                let key = text(&argument.name);
                pairs.push(ast::JsonPair { key, value: argument.value.clone() });
            }
            let returning = JsonReturning {
                type_name: TypeName { names: vec!["pg_catalog".into(), "jsonb".into()], ..int4() },
                format: JsonFormat::Default,
            };
            expr(Ast::Json(Box::new(JsonExpr::Object {
                pairs,
                absent_on_null: false,
                unique_keys: false,
                returning: Some(returning),
            })))
        };
        if fails {
            call.args[3].value = expr(Ast::Constant(Constant::Boolean(false)));
        }
        match union {
            None => core.from.push(join.left),
            Some(union) => {
                let FromItem::Subquery(subquery) = &mut join.right else {
                    return Err(unexpected());
                };
                subquery.query = union;
                core.from.push(FromItem::Join(join));
            }
        }
        Ok(())
    }

    /// The value and the type of a column.
    fn json_column(
        &mut self,
        table: &JsonTable,
        item: &JsonTableColumn,
        row: &str,
        fails: bool,
    ) -> Result<(ast::Expr, TypeName)> {
        let default_path = format!("$.{}", quoted(&item.name));
        let value = JsonValue { value: column(row, "item"), format: JsonFormat::Default };
        let plain = |kind, path: Option<&str>, type_name: &TypeName| JsonQuery {
            kind,
            value: value.clone(),
            path: text(path.unwrap_or(&default_path)),
            passing: table.passing.clone(),
            returning: Some(JsonReturning {
                type_name: type_name.clone(),
                format: JsonFormat::Default,
            }),
            wrapper: JsonWrapper::Unspecified,
            keep_quotes: None,
            on_empty: None,
            on_error: fails.then_some(JsonBehavior::Error),
        };
        let (query, type_name) = match &item.kind {
            JsonColumnKind::Ordinality => {
                return Ok((cast(column(row, "number"), int4()), int4()));
            }
            JsonColumnKind::Nested { .. } => return Err(Error::internal("a path is no column")),
            JsonColumnKind::Exists { type_name, path, on_error } => {
                let mut query = plain(JsonQueryKind::Exists, path.as_deref(), type_name);
                query.on_error = on_error.clone().or(query.on_error);
                (query, type_name)
            }
            JsonColumnKind::Regular(regular) => {
                let (type_id, _) = self.type_name(&regular.type_name)?;
                let formatted = regular.format != JsonFormat::Default
                    || regular.wrapper != JsonWrapper::Unspecified
                    || regular.keep_quotes.is_some()
                    || self.is_structured(type_id);
                let kind = if formatted { JsonQueryKind::Query } else { JsonQueryKind::Value };
                let mut query = plain(kind, regular.path.as_deref(), &regular.type_name);
                query.wrapper = regular.wrapper;
                query.keep_quotes = regular.keep_quotes;
                query.on_empty.clone_from(&regular.on_empty);
                query.on_error = regular.on_error.clone().or(query.on_error);
                (query, &regular.type_name)
            }
        };
        // What is wrong with the column is told with its name and place, before all is analysed.
        self.check_json_column(&query, &item.name)?;
        let kind = Ast::Json(Box::new(JsonExpr::Query(query)));
        let location = item.location;
        Ok((ast::Expr { kind, location }, type_name.clone()))
    }

    /// Whether values of a type are read from JSON by its structure.
    fn is_structured(&self, type_id: Oid) -> bool {
        let base = self.base_type(type_id);
        matches!(base, type_oid::JSON | type_oid::JSONB | type_oid::RECORD)
            || types::element_of(base).is_some()
            || self.row_columns(base).is_some()
    }
}

/// Where a path starts.
#[derive(Clone, Copy)]
enum Context<'a> {
    Root(&'a JsonValue),
    Item(&'a ast::Expr),
}

/// The context item as jsonb.
fn json_context(value: &JsonValue) -> ast::Expr {
    let jsonb = TypeName { names: vec!["pg_catalog".into(), "jsonb".into()], ..int4() };
    cast(value.value.clone(), jsonb)
}

fn target(value: ast::Expr, name: &Name) -> ast::Target {
    ast::Target { value, alias: Some(name.clone()), location: Location::NONE }
}

/// A query of one of several siblings: the columns of the others are NULL.
fn padded(mut query: ast::Select, lists: &[Vec<Output>], own: usize) -> Result<ast::Select> {
    let core = core_of(&mut query)?;
    let mut mine = std::mem::take(&mut core.targets);
    for (index, list) in lists.iter().enumerate() {
        if index == own {
            core.targets.append(&mut mine);
            continue;
        }
        for output in list {
            let null = expr(Ast::Constant(Constant::Null));
            core.targets.push(target(cast(null, output.type_name.clone()), &output.name));
        }
    }
    Ok(query)
}

/// `a UNION ALL b`.
fn both(a: ast::Select, b: ast::Select) -> Result<ast::Select> {
    let mut query = parsed_select("SELECT 1 UNION ALL SELECT 1")?;
    if let ast::SelectBody::SetOperation(operation) = &mut query.body {
        operation.left = a;
        operation.right = b;
    }
    Ok(query)
}

/// Puts a query in the place of the first subquery in FROM.
pub(crate) fn replace_subquery(outer: &mut ast::Select, query: &ast::Select) -> Result<()> {
    if let Some(FromItem::Subquery(subquery)) = core_of(outer)?.from.first_mut() {
        subquery.query = query.clone();
    }
    Ok(())
}
