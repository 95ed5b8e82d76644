//! pg_input_is_valid and pg_input_error_info: whether a text is a value of a type, without an error.

use super::access;
use crate::names::CatalogNames;
use error::{Error, Result, SqlState};
use functions::{Builtin, Call, Environment, builtin};
use types::{Names, Oid, TextContext, ValueRef, type_oid};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_input_is_valid", |call| {
        call.map2_in(|text: &str, type_name: &str, env, _| {
            Ok(fault(text, type_name, env)?.is_none())
        })
    }),
    builtin("pg_input_error_info", error_info),
];

/// The type and typmod of a name as written in SQL.
fn type_of(name: &str, env: &mut dyn Environment) -> Result<(Oid, i32)> {
    let (base, modifiers) = match name.split_once('(') {
        Some((base, rest)) => {
            let (list, tail) = rest.split_once(')').unwrap_or((rest, ""));
            let modifiers: Vec<i32> =
                list.split(',').filter_map(|number| number.trim().parse().ok()).collect();
            (format!("{}{tail}", base.trim_end()), modifiers)
        }
        None => (name.to_owned(), Vec::new()),
    };
    let access = access(env)?;
    let type_id = CatalogNames(access).reg_object(type_oid::REGTYPE, &base)?;
    let implied = matches!(base.trim(), "bit" | "char" | "character") && modifiers.is_empty();
    let typmod = match (modifiers.is_empty(), implied) {
        (false, _) => types::typmod_in(type_id, &modifiers)?,
        (true, true) => types::typmod_in(type_id, &[1])?,
        (true, false) => -1,
    };
    Ok((type_id, typmod))
}

/// What is wrong with a text as a value of a type; errors that are not about the value are raised.
fn fault(text: &str, type_name: &str, env: &mut dyn Environment) -> Result<Option<Error>> {
    let (type_id, typmod) = type_of(type_name, env)?;
    let style = env.style().clone();
    let names = CatalogNames(access(env)?);
    let context = TextContext { style: &style, names: &names };
    let read = types::input(type_id, typmod, text, &context)
        .and_then(|value| types::apply_typmod(type_id, typmod, value, false));
    let read = read.and_then(|value| env.check_domain(type_id, value.as_ref()));
    match read {
        Ok(()) => Ok(None),
        Err(error) if is_hard(&error) => Err(error),
        Err(error) => Ok(Some(error)),
    }
}

/// Errors that say nothing of the text.
fn is_hard(error: &Error) -> bool {
    matches!(
        error.code(),
        SqlState::INTERNAL_ERROR | SqlState::QUERY_CANCELED | SqlState::STATEMENT_TOO_COMPLEX
    ) || error.code() == SqlState::FEATURE_NOT_SUPPORTED
        && error.message().ends_with("is not supported by surus yet")
}

fn error_info(call: &mut Call<'_>) -> Result<()> {
    call.map2_in(|source: &str, type_name: &str, env, _| {
        let row = match fault(source, type_name, env)? {
            None => [None, None, None, None],
            Some(error) => {
                let fields = error.fields();
                [
                    Some(error.message().to_owned()),
                    fields.detail.clone(),
                    fields.hint.clone(),
                    Some(error.code().to_string()),
                ]
            }
        };
        let names = ["message", "detail", "hint", "sql_error_code"];
        let fields = row.iter().map(|text| {
            let value = text.as_ref().map_or(ValueRef::Null, |t| ValueRef::Bytes(t.as_bytes()));
            (type_oid::TEXT, value)
        });
        Ok(types::record::build_named_record(&names, fields))
    })
}
