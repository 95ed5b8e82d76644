//! Sizes of relations and databases, and sizes as text.

use super::access;
use catalog::Access;
use catalog::object::Object;
use error::{Error, Result, SqlState};
use functions::{Builtin, builtin};
use types::{Numeric, Oid};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_relation_size", |call| {
        call.map2_in(|relation: Oid, fork: &str, env, _| match fork {
            "main" => Ok(relation_size(access(env)?, relation)),
            "fsm" | "vm" | "init" => Ok(relation_size(access(env)?, relation).map(|_| 0)),
            _ => Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, "invalid fork name")
                .hint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".")),
        })
    }),
    builtin("pg_table_size", |call| {
        call.map1_in(|relation: Oid, env, _| Ok(relation_size(access(env)?, relation)))
    }),
    builtin("pg_indexes_size", |call| {
        call.map1_in(|relation: Oid, env, _| Ok(indexes_size(access(env)?, relation)))
    }),
    builtin("pg_total_relation_size", |call| {
        call.map1_in(|relation: Oid, env, _| {
            let access = access(env)?;
            let own = relation_size(access, relation);
            Ok(own.map(|size| size + indexes_size(access, relation).unwrap_or(0)))
        })
    }),
    builtin("pg_database_size_oid", |call| {
        call.map1_in(|database: Oid, env, _| {
            let access = access(env)?;
            if access.catalog.database_by_oid(database).is_none() {
                return Ok(None);
            }
            database_size(access, database).map(Some)
        })
    }),
    builtin("pg_database_size_name", |call| {
        call.map1_in(|name: &str, env, _| {
            let access = access(env)?;
            let database = access.catalog.database(name).ok_or_else(|| {
                let text = format!("database \"{name}\" does not exist");
                Error::new(SqlState::INVALID_CATALOG_NAME, text)
            })?;
            database_size(access, database.oid)
        })
    }),
    builtin("pg_relation_filenode", |call| {
        call.map1_in(|relation: Oid, env, _| {
            let file = access(env)?.catalog.object(relation).and_then(file);
            Ok(file.map(Oid))
        })
    }),
    builtin("pg_relation_filepath", |call| {
        call.map1_in(|relation: Oid, env, _| {
            let access = access(env)?;
            let file = access.catalog.object(relation).and_then(file);
            Ok(file.map(|file| format!("base/{}/{file}", access.database)))
        })
    }),
    builtin("pg_size_pretty", |call| call.map1(|size: i64| Ok(pretty(i128::from(size))))),
    builtin("pg_size_pretty_numeric", |call| call.map1(pretty_numeric)),
    builtin("pg_size_bytes", |call| call.map1(size_bytes)),
];

/// The file of a relation that has one.
fn file(object: &Object) -> Option<u32> {
    match object {
        Object::Table(table) => Some(table.file),
        Object::Index(index) => Some(index.file),
        Object::Sequence(sequence) => Some(sequence.file),
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::View(_) => None,
    }
}

fn bytes(access: &Access, file: u32) -> i64 {
    i64::try_from(access.sources.file_size(file)).unwrap_or(i64::MAX)
}

/// The bytes of a relation's file; 0 for what has none, `None` where there is no such relation.
fn relation_size(access: &Access, relation: Oid) -> Option<i64> {
    match access.catalog.object(relation) {
        Some(object) => object.schema().map(|_| file(object).map_or(0, |file| bytes(access, file))),
        None => catalog::facts().relations.get(&relation).map(|_| 0),
    }
}

fn indexes_size(access: &Access, relation: Oid) -> Option<i64> {
    relation_size(access, relation)?;
    Some(access.catalog.indexes_of(relation).map(|index| bytes(access, index.file)).sum())
}

/// The bytes of all files of the session's database. 0A000 for another one.
fn database_size(access: &Access, database: Oid) -> Result<i64> {
    const SYSTEM_FILE: u32 = 1;
    if database != access.database {
        return Err(Error::unsupported("the size of another database"));
    }
    let files = access.catalog.objects().filter_map(file);
    Ok(bytes(access, SYSTEM_FILE) + files.map(|file| bytes(access, file)).sum::<i64>())
}

/// Units, the size from which the next one is used (in halves where sizes are rounded), and their power of two.
const UNITS: [(&str, i128, u32); 6] = [
    ("bytes", 10 * 1024, 0),
    ("kB", 20 * 1024 - 1, 10),
    ("MB", 20 * 1024 - 1, 20),
    ("GB", 20 * 1024 - 1, 30),
    ("TB", 20 * 1024 - 1, 40),
    ("PB", 20 * 1024 - 1, 50),
];

/// A size with the unit that leaves few digits.
fn pretty(size: i128) -> String {
    let mut size = size;
    for (index, (unit, limit, _)) in UNITS.iter().enumerate() {
        let rounded = index > 0;
        if size.abs() < *limit || index + 1 == UNITS.len() {
            // Sizes above bytes are kept doubled until here, so that halves round.
            let shown = if rounded { (size + if size < 0 { -1 } else { 1 }) / 2 } else { size };
            return format!("{shown} {unit}");
        }
        size /= if rounded { 1 << 10 } else { 1 << 9 };
    }
    String::new()
}

/// As [`pretty`], of any size; bytes keep their fraction.
fn pretty_numeric(size: Numeric) -> Result<String> {
    let whole = |number: i128| Numeric::new(number, 0);
    let mut size = size;
    for (index, (unit, limit, _)) in UNITS.iter().enumerate() {
        let rounded = index > 0;
        if size.abs() < whole(*limit) || index + 1 == UNITS.len() {
            if rounded {
                let up = if size.is_negative() { whole(-1) } else { whole(1) };
                size = size.add(&up)?.div_whole(&whole(2))?;
            }
            let mut text = Vec::new();
            size.write(&mut text);
            return Ok(format!("{} {unit}", String::from_utf8_lossy(&text)));
        }
        size = size.div_whole(&whole(if rounded { 1 << 10 } else { 1 << 9 }))?;
    }
    Ok(String::new())
}

/// The bytes of a size as text: a number and perhaps a unit. 22023.
fn size_bytes(text: &str) -> Result<i64> {
    let invalid =
        || Error::new(SqlState::INVALID_PARAMETER_VALUE, format!("invalid size: \"{text}\""));
    let trimmed = text.trim();
    let end = trimmed
        .char_indices()
        .find(|(index, c)| {
            !(c.is_ascii_digit() || *c == '.' || *index == 0 && matches!(c, '-' | '+'))
        })
        .map_or(trimmed.len(), |(index, _)| index);
    let (number, unit) = trimmed.split_at(end);
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let unit = unit.trim();
    let bits = match unit.to_ascii_lowercase().as_str() {
        "" | "b" | "bytes" => 0,
        other => UNITS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(other)).map_or_else(
            || {
                Err(invalid().detail(format!("Invalid size unit: \"{unit}\".")).hint(
                    "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".",
                ))
            },
            |(.., bits)| Ok(*bits),
        )?,
    };
    // More than 18 digits of a fraction are less than a byte in any unit.
    let fraction: String = fraction.chars().take(18).collect();
    let scale = 10i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let range = || Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range");
    let mantissa: i128 = format!("{whole}{fraction}").parse().map_err(|_| invalid())?;
    let scaled = mantissa.checked_mul(1 << bits).ok_or_else(range)?;
    let rounded = (scaled + scale / 2) / scale;
    i64::try_from(rounded * sign).map_err(|_| range())
}
