//! Names to objects.

use catalog::facts::facts;
use catalog::object::Object;
use catalog::{Access, PG_CATALOG};
use error::{Error, Result, SqlState};
use types::{Oid, array_of, builtin_type_named, type_oid};

fn undefined(code: SqlState, what: &str, name: &str) -> Error {
    Error::new(code, format!("{what} \"{name}\" does not exist"))
}

/// 42P01.
pub(crate) fn undefined_relation(name: &str) -> Error {
    undefined(SqlState::UNDEFINED_TABLE, "relation", name)
}

/// 42704.
pub(crate) fn undefined_role(name: &str) -> Error {
    undefined(SqlState::UNDEFINED_OBJECT, "role", name)
}

/// The parts of a name with dots and quotes, folded to lower case outside quotes. 42602.
pub(crate) fn parse_name(text: &str) -> Result<Vec<String>> {
    let invalid = || Error::new(SqlState::INVALID_NAME, "invalid name syntax");
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut part = String::new();
                let mut chars = quoted.char_indices().peekable();
                loop {
                    match chars.next().ok_or_else(invalid)? {
                        (_, '"') if chars.next_if(|next| next.1 == '"').is_some() => part.push('"'),
                        (end, '"') => break (part, &quoted[end + 1..]),
                        (_, c) => part.push(c),
                    }
                }
            }
            None => {
                let end = rest.find(|c: char| c == '.' || c.is_whitespace()).unwrap_or(rest.len());
                (rest[..end].to_lowercase(), &rest[end..])
            }
        };
        if part.is_empty() {
            return Err(invalid());
        }
        parts.push(types::text::name(&part).to_owned());
        let after = after.trim_start();
        match after.strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None if after.is_empty() => return Ok(parts),
            None => return Err(invalid()),
        }
    }
}

/// The schema that a name says, if any, and the last part.
fn split(access: &Access, parts: &[String], kind: &str) -> Result<(Option<Oid>, String)> {
    match parts {
        [name] => Ok((None, name.clone())),
        [schema, name] => Ok((Some(find_schema(access, schema)?), name.clone())),
        [database, schema, name] => {
            let own = access.catalog.database_by_oid(access.database);
            if own.is_some_and(|own| own.name == *database) {
                return Ok((Some(find_schema(access, schema)?), name.clone()));
            }
            let text =
                format!("cross-database references are not implemented: {}", parts.join("."));
            Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text))
        }
        _ => {
            let text = format!("improper {kind} name (too many dotted names): {}", parts.join("."));
            Err(Error::new(SqlState::SYNTAX_ERROR, text))
        }
    }
}

/// The schemas to look in.
fn schemas(access: &Access, schema: Option<Oid>) -> Vec<Oid> {
    schema.map_or_else(|| access.search_path.clone(), |schema| vec![schema])
}

/// A schema by name. 3F000.
pub(crate) fn find_schema(access: &Access, name: &str) -> Result<Oid> {
    if let Some(schema) = access.catalog.schema(name) {
        return Ok(schema.oid);
    }
    let built_in = catalog::facts::raw_rows(catalog::facts::RawTable::Namespace);
    let found = built_in.iter().find(|fields| fields.text(1) == name && name != "public");
    found
        .map(|fields| fields.oid(0))
        .ok_or_else(|| undefined(SqlState::INVALID_SCHEMA_NAME, "schema", name))
}

/// A role by name. 42704.
pub(crate) fn find_role(access: &Access, name: &str) -> Result<Oid> {
    access.catalog.role(name).map(|role| role.oid).ok_or_else(|| undefined_role(name))
}

/// A relation of any kind by its name as SQL text. 42P01.
pub(crate) fn find_relation(access: &Access, text: &str) -> Result<Oid> {
    let parts = parse_name(text)?;
    let shown = parts.join(".");
    let split = match parts.as_slice() {
        [_, _] => split(access, &parts, "relation").map_err(|_| undefined_relation(&shown)),
        _ => split(access, &parts, "relation"),
    };
    let (schema, name) = split?;
    let found = schemas(access, schema).into_iter().find_map(|schema| {
        let own = access.catalog.relation(schema, &name).map(Object::oid);
        own.or_else(|| facts().relation_named(schema, &name).map(|fact| fact.oid))
    });
    found.ok_or_else(|| undefined_relation(&shown))
}

/// As [`find_relation`], for functions that are given a name as text: 3F000 where its schema is missing.
pub(crate) fn find_relation_of_text(access: &Access, text: &str) -> Result<Oid> {
    if let [schema, _] = parse_name(text)?.as_slice() {
        find_schema(access, schema)?;
    }
    find_relation(access, text)
}

/// A type by its name as SQL text. 42704, 42601.
fn find_type(access: &Access, text: &str) -> Result<Oid> {
    let parsed = syntax::parse_type_name(text).map_err(|error| {
        let whole = format!("invalid type name \"{text}\"");
        if error.message() == whole { error } else { error.context(whole) }
    })?;
    let parts: Vec<String> = parsed.names.iter().map(|name| name.to_string()).collect();
    let (schema, name) = split(access, &parts, "type")?;
    let base = schemas(access, schema).into_iter().find_map(|schema| {
        if schema == PG_CATALOG
            && let Some(found) = builtin_type_named(&name)
        {
            return Some((found.oid, None));
        }
        if let Some(own) = access.catalog.type_oid_named(schema, &name) {
            return Some((own, array_of(own)));
        }
        match access.catalog.relation(schema, &name)? {
            Object::Table(table) => Some((table.row_type, Some(table.array_type))),
            Object::View(view) => Some((view.row_type, Some(view.array_type))),
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Index(_)
            | Object::Function(_)
            | Object::Sequence(_) => None,
        }
    });
    let is_array = !parsed.array_bounds.is_empty();
    let found = base.and_then(|(oid, array)| match (is_array, array) {
        (false, _) => Some(oid),
        (true, Some(array)) => Some(array),
        // An array's array is itself.
        (true, None) if types::element_of(oid).is_some() && array_of(oid).is_none() => Some(oid),
        (true, None) => array_of(oid),
    });
    let suffix = if is_array { "[]" } else { "" };
    found.ok_or_else(|| {
        undefined(SqlState::UNDEFINED_OBJECT, "type", &format!("{}{suffix}", parts.join(".")))
    })
}

fn ambiguous(what: &str, name: &str) -> Error {
    Error::new(SqlState::AMBIGUOUS_FUNCTION, format!("more than one {what} named {name}"))
}

fn find_function(access: &Access, text: &str) -> Result<Oid> {
    let parts = parse_name(text)?;
    let (schema, name) = split(access, &parts, "function")?;
    let schemas = schemas(access, schema);
    let built_in = facts().functions_named(&name).filter(|f| schemas.contains(&f.namespace));
    let own = access.catalog.functions_named(&name).filter(|f| schemas.contains(&f.schema));
    let mut found = built_in.map(|f| f.oid).chain(own.map(|f| f.oid));
    match (found.next(), found.next()) {
        (Some(function), None) => Ok(function),
        (Some(_), Some(_)) => Err(ambiguous("function", &format!("\"{text}\""))),
        (None, _) => Err(undefined(SqlState::UNDEFINED_FUNCTION, "function", text)),
    }
}

/// The name before the parentheses and the types within.
fn arguments<'t>(text: &'t str, access: &Access) -> Result<(&'t str, Vec<Option<Oid>>)> {
    let malformed = |what: &str| {
        Error::new(SqlState::INVALID_TEXT_REPRESENTATION, format!("expected a {what}"))
    };
    let open = text.find('(').ok_or_else(|| malformed("left parenthesis"))?;
    let inner = text[open + 1..].trim_end();
    let inner = inner.strip_suffix(')').ok_or_else(|| malformed("right parenthesis"))?;
    let mut list = Vec::new();
    if !inner.trim().is_empty() {
        let (mut depth, mut start) = (0i32, 0);
        let ends = inner.char_indices().chain([(inner.len(), ',')]);
        for (index, c) in ends {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                ',' if depth == 0 => {
                    let word = inner[start..index].trim();
                    let none = word.eq_ignore_ascii_case("none");
                    list.push(if none { None } else { Some(find_type(access, word)?) });
                    start = index + 1;
                }
                _ => {}
            }
        }
    }
    Ok((text[..open].trim(), list))
}

fn find_procedure(access: &Access, text: &str) -> Result<Oid> {
    let (name, types) = arguments(text, access)?;
    let parts = parse_name(name)?;
    let (schema, name) = split(access, &parts, "function")?;
    let schemas = schemas(access, schema);
    let same = |types_of: &[Oid]| {
        types_of.len() == types.len() && types_of.iter().zip(&types).all(|(a, b)| Some(*a) == *b)
    };
    facts()
        .functions_named(&name)
        .find(|f| schemas.contains(&f.namespace) && same(&f.arguments))
        .map(|f| f.oid)
        .or_else(|| {
            let mut own = access.catalog.functions_named(&name);
            own.find(|f| schemas.contains(&f.schema) && same(&f.arguments)).map(|f| f.oid)
        })
        .ok_or_else(|| undefined(SqlState::UNDEFINED_FUNCTION, "function", text))
}

/// The schema that an operator's name says, and the operator.
fn operator_parts<'t>(access: &Access, text: &'t str) -> Result<(Vec<Oid>, &'t str)> {
    let text = text.trim();
    // An operator may hold no dot, so what is before the last one is its schema.
    match text.rsplit_once('.') {
        Some((schema, name)) => {
            let schema = parse_name(schema)?;
            Ok((vec![find_schema(access, &schema.join("."))?], name))
        }
        None => Ok((access.search_path.clone(), text)),
    }
}

fn undefined_operator(text: &str) -> Error {
    Error::new(SqlState::UNDEFINED_FUNCTION, format!("operator does not exist: {text}"))
}

fn find_operator(access: &Access, text: &str) -> Result<Oid> {
    let (schemas, name) = operator_parts(access, text)?;
    let mut found = facts().operators_named(name).filter(|o| schemas.contains(&o.namespace));
    match (found.next(), found.next()) {
        (Some(operator), None) => Ok(operator.oid),
        (Some(_), Some(_)) => Err(ambiguous("operator", text)),
        (None, _) => Err(undefined_operator(text)),
    }
}

fn find_operator_of(access: &Access, text: &str) -> Result<Oid> {
    let (name, types) = arguments(text, access)?;
    let (schemas, name) = operator_parts(access, name)?;
    let [left, right] = types.as_slice() else {
        let few = types.len() < 2;
        let text = if few { "missing argument" } else { "too many arguments" };
        let error = Error::new(SqlState::UNDEFINED_PARAMETER, text);
        return Err(if few {
            error.hint("Use NONE to denote the missing argument of a unary operator.")
        } else {
            error.hint("Provide two argument types for operator.")
        });
    };
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    facts()
        .operators_named(name)
        .find(|o| schemas.contains(&o.namespace) && o.left == left && o.right == right)
        .map(|o| o.oid)
        .ok_or_else(|| undefined_operator(text))
}

/// The one part that names of roles and schemas have. 42602.
fn single(text: &str) -> Result<String> {
    let mut parts = parse_name(text)?;
    let invalid = || Error::new(SqlState::INVALID_NAME, "invalid name syntax");
    let name = parts.pop().ok_or_else(invalid)?;
    if parts.is_empty() { Ok(name) } else { Err(invalid()) }
}

/// The object that a reg* type's text names.
pub(super) fn reg_object(access: &Access, reg_type: Oid, text: &str) -> Result<Oid> {
    match reg_type {
        type_oid::REGCLASS => find_relation(access, text),
        type_oid::REGTYPE => find_type(access, text),
        type_oid::REGPROC => find_function(access, text),
        type_oid::REGPROCEDURE => find_procedure(access, text),
        type_oid::REGOPER => find_operator(access, text),
        type_oid::REGOPERATOR => find_operator_of(access, text),
        type_oid::REGROLE => find_role(access, &single(text)?),
        type_oid::REGNAMESPACE => find_schema(access, &single(text)?),
        type_oid::REGCOLLATION => {
            let (schema, name) = split(access, &parse_name(text)?, "collation")?;
            let schemas = schemas(access, schema);
            let found = facts()
                .collations
                .iter()
                .find(|c| c.name == name && schemas.contains(&c.namespace));
            found.map(|collation| collation.oid).ok_or_else(|| {
                let text = format!("collation \"{name}\" for encoding \"UTF8\" does not exist");
                Error::new(SqlState::UNDEFINED_OBJECT, text)
            })
        }
        type_oid::REGCONFIG => {
            Err(undefined(SqlState::UNDEFINED_OBJECT, "text search configuration", text))
        }
        type_oid::REGDICTIONARY => {
            Err(undefined(SqlState::UNDEFINED_OBJECT, "text search dictionary", text))
        }
        _ => Err(Error::internal(format!("type {reg_type} names no objects"))),
    }
}
