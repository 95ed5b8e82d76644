//! Settings whose text has rules of its own, and the form that it is kept in.

use crate::parse::invalid_value;
use crate::{SettingFact, Value, parse_name_list};
use error::{Error, Result, SqlState};
use types::{DateForm, DateOrder};

/// The value as it is kept; 22023 where the setting does not take it.
pub(crate) fn check(fact: &SettingFact, value: Value) -> Result<Value> {
    let text = match &value {
        Value::Text(text) => &**text,
        Value::Integer(number) => return check_integer(fact, *number).map(|()| value),
        Value::Bool(_) | Value::Real(_) => return Ok(value),
    };
    match fact.name {
        "DateStyle" => {
            let (form, order) = parse_date_style(text, DateForm::Iso, DateOrder::Mdy)?;
            Ok(Value::text(&date_style_text(form, order)))
        }
        "TimeZone" | "log_timezone" => {
            let (_, name) =
                types::set_time_zone(text).map_err(|_| invalid_value(fact.name, text))?;
            Ok(Value::text(&name))
        }
        "client_encoding" => check_encoding(text),
        "application_name" | "cluster_name" => Ok(Value::text(&printable(text))),
        "search_path"
        | "temp_tablespaces"
        | "local_preload_libraries"
        | "session_preload_libraries" => match parse_name_list(text) {
            Some(_) => Ok(value),
            None => Err(invalid_value(fact.name, text).detail("List syntax is invalid.")),
        },
        "default_table_access_method" if text != "heap" => Err(invalid_value(fact.name, text)
            .detail(format!("Table access method \"{text}\" does not exist."))),
        "default_tablespace" if !matches!(text, "" | "pg_default" | "pg_global") => {
            Err(invalid_value(fact.name, text)
                .detail(format!("Tablespace \"{text}\" does not exist.")))
        }
        "lc_messages" | "lc_monetary" | "lc_numeric" | "lc_time" if !is_locale(text) => {
            Err(invalid_value(fact.name, text))
        }
        _ => Ok(value),
    }
}

fn check_integer(fact: &SettingFact, number: i32) -> Result<()> {
    let is_small = fact.name == "vacuum_buffer_usage_limit" && (1..128).contains(&number);
    if !is_small {
        return Ok(());
    }
    Err(Error::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("invalid value for parameter \"{}\": {number}", fact.name),
    )
    .detail("\"vacuum_buffer_usage_limit\" must be 0 or between 128 kB and 16777216 kB."))
}

fn is_locale(text: &str) -> bool {
    let base = text.split('.').next().unwrap_or(text);
    matches!(base, "" | "C" | "POSIX" | "en_US")
}

/// Bytes beyond printable ASCII become `\xNN`.
fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' => clean.push(char::from(byte)),
            other => clean.push_str(&format!("\\x{other:02x}")),
        }
    }
    clean
}

fn check_encoding(text: &str) -> Result<Value> {
    let encoding = types::encoding::Encoding::named(text)
        .ok_or_else(|| invalid_value("client_encoding", text))?;
    match encoding.name {
        name @ ("UTF8" | "SQL_ASCII") => Ok(Value::text(name)),
        _ => Err(Error::unsupported(format!("client_encoding {}", text.to_ascii_uppercase()))),
    }
}

/// The form and order that a DateStyle says; what it leaves out stays as it was. 22023.
pub(crate) fn parse_date_style(
    text: &str,
    form: DateForm,
    order: DateOrder,
) -> Result<(DateForm, DateOrder)> {
    let invalid = || invalid_value("DateStyle", text);
    let words = parse_name_list(text).ok_or_else(|| invalid().detail("List syntax is invalid."))?;
    let (mut new_form, mut new_order) = (None, None);
    let mut is_conflicting = false;
    for word in &words {
        let (form, order) = match word.to_ascii_lowercase().as_str() {
            "iso" => (Some(DateForm::Iso), None),
            "sql" => (Some(DateForm::Sql), None),
            "german" => (Some(DateForm::German), None),
            "ymd" => (None, Some(DateOrder::Ymd)),
            "mdy" | "us" => (None, Some(DateOrder::Mdy)),
            "dmy" => (None, Some(DateOrder::Dmy)),
            "default" => (Some(DateForm::Iso), Some(DateOrder::Mdy)),
            other if other.starts_with("postgres") => (Some(DateForm::Postgres), None),
            other if other.starts_with("euro") => (None, Some(DateOrder::Dmy)),
            other if other.starts_with("noneuro") => (None, Some(DateOrder::Mdy)),
            _ => {
                return Err(invalid().detail(format!("Unrecognized key word: \"{word}\".")));
            }
        };
        is_conflicting |= form.is_some() && new_form.is_some() && form != new_form;
        is_conflicting |= order.is_some() && new_order.is_some() && order != new_order;
        new_form = form.or(new_form);
        new_order = order.or(new_order);
    }
    if is_conflicting {
        return Err(invalid().detail("Conflicting \"DateStyle\" specifications."));
    }
    if new_form == Some(DateForm::German) && new_order.is_none() {
        new_order = Some(DateOrder::Dmy);
    }
    Ok((new_form.unwrap_or(form), new_order.unwrap_or(order)))
}

/// What SHOW DateStyle prints.
pub(crate) fn date_style_text(form: DateForm, order: DateOrder) -> String {
    let form = match form {
        DateForm::Iso => "ISO",
        DateForm::Sql => "SQL",
        DateForm::Postgres => "Postgres",
        DateForm::German => "German",
    };
    let order = match order {
        DateOrder::Mdy => "MDY",
        DateOrder::Dmy => "DMY",
        DateOrder::Ymd => "YMD",
    };
    format!("{form}, {order}")
}
