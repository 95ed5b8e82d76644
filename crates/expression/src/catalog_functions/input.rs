//! pg_input_is_valid and pg_input_error_info: whether a text is a value of a type, without an error.

use super::access;
use crate::names::CatalogNames;
use batch::Vector;
use error::{Error, Result, SqlState};
use functions::{Builtin, CallInfo, Environment, RowSource, SetReturning, builtin, set_returning};
use types::{Datum, Names, Oid, TextContext, ValueRef, type_oid};

pub(super) const FUNCTIONS: &[Builtin] = &[builtin("pg_input_is_valid", |call| {
    call.map2_in(|text: &str, type_name: &str, env, _| Ok(fault(text, type_name, env)?.is_none()))
})];

pub(super) const SET_RETURNING: &[SetReturning] =
    &[set_returning("pg_input_error_info", error_info)];

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
    match read {
        Ok(_) => Ok(None),
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

struct Once(Option<[Option<String>; 4]>);

impl RowSource for Once {
    fn next(&mut self, columns: &mut [Vector], _: usize, _: &mut dyn Environment) -> Result<usize> {
        let Some(row) = self.0.take() else { return Ok(0) };
        for (column, value) in columns.iter_mut().zip(&row) {
            match value {
                Some(text) => column.push(ValueRef::Bytes(text.as_bytes())),
                None => column.push(ValueRef::Null),
            }
        }
        Ok(1)
    }
}

fn error_info(
    arguments: &[Datum],
    _: &CallInfo,
    env: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let text = |index: usize| -> Option<String> {
        let bytes = arguments.get(index)?.as_ref().bytes()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    let (Some(source), Some(type_name)) = (text(0), text(1)) else {
        return Ok(Box::new(Once(None)));
    };
    let row = match fault(&source, &type_name, env)? {
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
    Ok(Box::new(Once(Some(row))))
}
