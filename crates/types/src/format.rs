//! The SQL names of built-in types.

use crate::datetime::interval;
use crate::{Oid, builtin_type, numeric, text, type_oid};

/// The SQL name of a built-in type (`character varying(100)`, `integer[]`); `???` for any other, `-` for none.
/// `None` for a typmod leaves it out; -1 says that there is none, which some names show (`bpchar`).
pub fn format_type(type_id: Oid, typmod: Option<i32>) -> String {
    if !type_id.is_valid() {
        return "-".to_owned();
    }
    let Some(row) = builtin_type(type_id) else { return "???".to_owned() };
    if row.subscript == "array_subscript_handler" && row.storage != 'p' {
        return format!("{}[]", format_type(row.element, typmod));
    }
    let given = typmod.filter(|typmod| *typmod >= 0);
    let precision = given.map_or(String::new(), |typmod| format!("({typmod})"));
    match type_id {
        type_oid::BIT if given.is_none() && typmod.is_some() => "\"bit\"".to_owned(),
        type_oid::BIT => format!("bit{precision}"),
        type_oid::BOOL => "boolean".to_owned(),
        type_oid::BPCHAR => match (given.and_then(text::length_limit), typmod) {
            (Some(length), _) => format!("character({length})"),
            (None, Some(_)) => "bpchar".to_owned(),
            (None, None) => "character".to_owned(),
        },
        type_oid::FLOAT4 => "real".to_owned(),
        type_oid::FLOAT8 => "double precision".to_owned(),
        type_oid::INT2 => "smallint".to_owned(),
        type_oid::INT4 => "integer".to_owned(),
        type_oid::INT8 => "bigint".to_owned(),
        type_oid::NUMERIC => match given.and_then(numeric::precision_scale) {
            Some((precision, scale)) => format!("numeric({precision},{scale})"),
            None => "numeric".to_owned(),
        },
        type_oid::INTERVAL => {
            format!("interval{}", given.map_or(String::new(), interval::typmod_text))
        }
        type_oid::TIME => format!("time{precision} without time zone"),
        type_oid::TIMETZ => format!("time{precision} with time zone"),
        type_oid::TIMESTAMP => format!("timestamp{precision} without time zone"),
        type_oid::TIMESTAMPTZ => format!("timestamp{precision} with time zone"),
        type_oid::VARBIT => format!("bit varying{precision}"),
        type_oid::VARCHAR => match given.and_then(text::length_limit) {
            Some(length) => format!("character varying({length})"),
            None => "character varying".to_owned(),
        },
        type_oid::CHAR => format!("\"char\"{precision}"),
        type_oid::ANY => format!("\"any\"{precision}"),
        _ => format!("{}{precision}", row.name),
    }
}
