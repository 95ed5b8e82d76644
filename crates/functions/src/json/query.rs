//! SQL/JSON: JSON_EXISTS, JSON_VALUE, JSON_QUERY, IS JSON and the constructors, as their expressions call them.

use super::path::{is_passed_over, run};
use super::record::convert;
use super::value::open_binary;
use crate::Environment;
use crate::json_build::{Builder, Form, Key, Style, duplicate_key};
use error::{Error, Result, SqlState, stack_check};
use types::json::jsonb::{self, Json};
use types::json::{Lexer, Token};
use types::{Datum, Numeric, Oid, ValueRef, type_oid};

/// When JSON_QUERY makes an array of what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum JsonWrapper {
    /// Never: several items are an error.
    Without,
    /// Of several items.
    Conditional,
    /// Always.
    Unconditional,
}

/// What a query function finds.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonFound {
    /// No item.
    Empty,
    /// One jsonb value.
    Item(Vec<u8>),
}

/// The arguments of a query function.
#[derive(Clone, Copy)]
pub struct JsonQueryInput<'a> {
    /// The jsonb value.
    pub context: &'a [u8],
    /// The jsonpath.
    pub path: &'a str,
    /// An object of the variables; none is an empty one.
    pub variables: Option<&'a [u8]>,
    /// The column of JSON_TABLE that it is for.
    pub column: Option<&'a str>,
}

fn items(input: JsonQueryInput<'_>, environment: &dyn Environment) -> Result<Vec<Vec<u8>>> {
    let mut empty = Vec::new();
    jsonb::write_pairs(Vec::new(), &mut empty)?;
    let path = types::jsonpath::parse(input.path)?;
    let variables = input.variables.unwrap_or(&empty);
    let found = run(&path, input.context, variables, true, environment)?;
    Ok(found.into_iter().map(super::path::Item::into_bytes).collect())
}

/// Whether the path finds anything.
pub fn json_exists(input: JsonQueryInput<'_>, environment: &dyn Environment) -> Result<bool> {
    Ok(!items(input, environment)?.is_empty())
}

/// What JSON_QUERY finds. 22034 for several items without a wrapper.
pub fn json_query(
    input: JsonQueryInput<'_>,
    wrapper: JsonWrapper,
    environment: &dyn Environment,
) -> Result<JsonFound> {
    let mut list = items(input, environment)?;
    let wrap = match wrapper {
        JsonWrapper::Without => false,
        JsonWrapper::Conditional => list.len() > 1,
        JsonWrapper::Unconditional => true,
    };
    if list.is_empty() {
        return Ok(JsonFound::Empty);
    }
    if wrap {
        let mut out = Vec::new();
        jsonb::write_items(list.iter().map(Vec::as_slice), &mut out)?;
        return Ok(JsonFound::Item(out));
    }
    if list.len() > 1 {
        let place = match input.column {
            Some(column) => format!("for column \"{column}\""),
            None => "in JSON_QUERY".to_owned(),
        };
        let text = format!(
            "JSON path expression {place} must return single item when no wrapper is requested"
        );
        return Err(Error::new(SqlState::MORE_THAN_ONE_SQL_JSON_ITEM, text)
            .hint("Use the WITH WRAPPER clause to wrap SQL/JSON items into an array."));
    }
    Ok(JsonFound::Item(list.remove(0)))
}

/// What JSON_VALUE finds. 22034 for several items, 2203F for one that is no scalar.
pub fn json_value(input: JsonQueryInput<'_>, environment: &dyn Environment) -> Result<JsonFound> {
    let mut list = items(input, environment)?;
    if list.is_empty() {
        return Ok(JsonFound::Empty);
    }
    let place = match input.column {
        Some(column) => format!("for column \"{column}\""),
        None => "in JSON_VALUE".to_owned(),
    };
    let text = format!("JSON path expression {place} must return single scalar item");
    if list.len() > 1 {
        return Err(Error::new(SqlState::MORE_THAN_ONE_SQL_JSON_ITEM, text));
    }
    let item = list.remove(0);
    match jsonb::parse(&item) {
        Json::Array(_) | Json::Object(_) => {
            Err(Error::new(SqlState::SQL_JSON_SCALAR_REQUIRED, text))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(JsonFound::Item(item)),
    }
}

/// 22035.
pub fn json_empty(column: Option<&str>) -> Error {
    let of = column.map_or(String::new(), |column| format!(" of column \"{column}\""));
    let text = format!("no SQL/JSON item found for specified path{of}");
    Error::new(SqlState::NO_SQL_JSON_ITEM, text)
}

/// Whether ON ERROR handles an error.
pub fn json_handles(error: &Error) -> bool {
    is_passed_over(error)
        || error.code().to_string().starts_with("23")
        || error.code() == SqlState::SYNTAX_ERROR
}

/// The base type of a domain with its typmod; any other type itself.
fn base_of(type_id: Oid, typmod: i32, environment: &dyn Environment) -> (Oid, i32) {
    let (mut base, mut own) = (type_id, typmod);
    while types::is_domain(base) {
        let Some((next, of_next)) = environment.names().domain_base(base) else { break };
        base = next;
        own = of_next;
    }
    (base, own)
}

fn from_text(
    text: &str,
    type_id: Oid,
    typmod: i32,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    let (base, typmod) = base_of(type_id, typmod, environment);
    let value = types::input(base, -1, text, &environment.text_context())?;
    let value = types::apply_typmod(base, typmod, value, false)?;
    environment.check_domain(type_id, value.as_ref())?;
    Ok(value)
}

/// A scalar that JSON_VALUE found as a value of the type that it returns.
pub fn json_scalar_as(
    item: &[u8],
    type_id: Oid,
    typmod: i32,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    let (base, _) = base_of(type_id, typmod, environment);
    if matches!(base, type_oid::JSON | type_oid::JSONB) && !matches!(jsonb::parse(item), Json::Null)
    {
        return json_as(item, type_id, typmod, false, environment);
    }
    let text = match jsonb::parse(item) {
        Json::Null => {
            environment.check_domain(type_id, ValueRef::Null)?;
            return Ok(Datum::Null);
        }
        Json::Bool(value) => if value { "t" } else { "f" }.to_owned(),
        Json::Number(number) => {
            let mut out = Vec::new();
            Numeric::decode(number).write(&mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Json::String(text) => text.to_owned(),
        Json::Array(_) | Json::Object(_) => {
            return Err(Error::internal("JSON_VALUE finds scalars"));
        }
    };
    from_text(&text, type_id, typmod, environment)
}

/// A jsonb value as a value of the type that JSON_QUERY returns.
pub fn json_as(
    item: &[u8],
    type_id: Oid,
    typmod: i32,
    omit_quotes: bool,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    let (base, _) = base_of(type_id, typmod, environment);
    if let (Json::String(text), true) = (jsonb::parse(item), omit_quotes) {
        return from_text(text, type_id, typmod, environment);
    }
    if base == type_oid::JSONB {
        environment.check_domain(type_id, ValueRef::Bytes(item))?;
        return Ok(Datum::Bytes(item.into()));
    }
    let structured =
        types::element_of(base).is_some() || environment.names().fields(base).is_some();
    if structured && matches!(jsonb::parse(item), Json::String(_)) {
        return Err(if types::element_of(base).is_some() {
            Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "expected JSON array")
        } else {
            Error::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "cannot call populate_composite on a scalar",
            )
        });
    }
    if structured {
        return convert(&open_binary(item)?, type_id, typmod, "", environment);
    }
    let mut out = Vec::new();
    jsonb::output(item, &mut out)?;
    from_text(&String::from_utf8_lossy(&out), type_id, typmod, environment)
}

/// What JSON_EXISTS answers as a value of another type than boolean.
pub fn json_truth_as(
    truth: bool,
    type_id: Oid,
    typmod: i32,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    match base_of(type_id, typmod, environment).0 {
        type_oid::BOOL => Ok(Datum::Bool(truth)),
        type_oid::INT4 => {
            let value = Datum::I32(i32::from(truth));
            environment.check_domain(type_id, value.as_ref())?;
            Ok(value)
        }
        _ => from_text(if truth { "true" } else { "false" }, type_id, typmod, environment),
    }
}

/// What IS JSON asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum JsonKind {
    Value,
    Object,
    Array,
    Scalar,
}

/// IS JSON.
pub fn is_json(value: &[u8], binary: bool, kind: JsonKind, unique: bool) -> Result<bool> {
    if binary {
        return Ok(match jsonb::parse(value) {
            Json::Object(_) => matches!(kind, JsonKind::Value | JsonKind::Object),
            Json::Array(_) => matches!(kind, JsonKind::Value | JsonKind::Array),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                matches!(kind, JsonKind::Value | JsonKind::Scalar)
            }
        });
    }
    let Ok(text) = std::str::from_utf8(value) else { return Ok(false) };
    let passed = match types::json::validate(text) {
        Ok(()) => true,
        Err(error) if is_passed_over(&error) => false,
        Err(error) => return Err(error),
    };
    let fits = match (kind, text.trim_start().bytes().next()) {
        (JsonKind::Value, _) => true,
        (JsonKind::Object, first) => first == Some(b'{'),
        (JsonKind::Array, first) => first == Some(b'['),
        (JsonKind::Scalar, first) => !matches!(first, Some(b'{' | b'[')),
    };
    Ok(passed && fits && !(unique && has_duplicates(text)?))
}

/// A text checked to be json. 22P02, 22030 where keys must be unique and are not.
pub fn json_parse(text: &str, unique: bool) -> Result<()> {
    types::json::validate(text)?;
    if unique && has_duplicates(text)? {
        return Err(Error::new(
            SqlState::DUPLICATE_JSON_OBJECT_KEY_VALUE,
            "duplicate JSON object key value",
        ));
    }
    Ok(())
}

/// Whether an object within a valid json text has a key twice.
fn has_duplicates(text: &str) -> Result<bool> {
    let mut lexer = Lexer::new(text);
    let first = lexer.next_token()?;
    duplicates_in(&mut lexer, first)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many tokens only few matter here")]
fn duplicates_in(lexer: &mut Lexer<'_>, first: Token) -> Result<bool> {
    stack_check()?;
    let mut found = false;
    if first == Token::OpenArray {
        loop {
            match lexer.next_token()? {
                Token::CloseArray | Token::End => return Ok(found),
                Token::Comma => {}
                token => found |= duplicates_in(lexer, token)?,
            }
        }
    }
    if first == Token::OpenObject {
        let mut keys = std::collections::HashSet::new();
        loop {
            match lexer.next_token()? {
                Token::CloseObject | Token::End => return Ok(found),
                Token::Comma => {}
                _ => {
                    found |= !keys.insert(lexer.unescaped()?);
                    lexer.next_token()?;
                    let value = lexer.next_token()?;
                    found |= duplicates_in(lexer, value)?;
                }
            }
        }
    }
    Ok(found)
}

/// What a constructor makes.
#[derive(Debug, Clone, Copy)]
pub struct JsonMake {
    /// An object of keys and values in turn, rather than an array.
    pub object: bool,
    /// jsonb rather than json.
    pub binary: bool,
    /// NULLs are left out.
    pub absent_on_null: bool,
    /// Keys must be unique.
    pub unique: bool,
}

/// JSON_OBJECT of keys and values in turn; JSON_ARRAY of values. 22004, 22030.
pub fn json_construct(
    make: JsonMake,
    values: &[(Oid, ValueRef<'_>)],
    environment: &mut dyn Environment,
) -> Result<Vec<u8>> {
    let JsonMake { object, binary, absent_on_null, unique } = make;
    let form = if binary { Form::Binary } else { Form::Text };
    let mut builder = Builder::new(Style::Build);
    if !object {
        for (type_id, value) in values.iter().filter(|v| !(absent_on_null && v.1.is_null())) {
            builder.push(form, None, *type_id, *value, environment)?;
        }
        return builder.finish(form, false);
    }
    let mut seen = std::collections::HashSet::new();
    for pair in values.chunks_exact(2) {
        let key = Key::of(pair[0].0, pair[0].1, environment)?;
        if absent_on_null && pair[1].1.is_null() {
            continue;
        }
        if unique && !seen.insert(key.text.clone()) {
            return Err(duplicate_key(&key));
        }
        builder.push(form, Some(&key), pair[1].0, pair[1].1, environment)?;
    }
    builder.finish(form, true)
}
