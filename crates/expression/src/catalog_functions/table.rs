//! Sequences, acls and options as rows, and what relations of statistics ask.

use super::privilege::{column_place, undefined_column};
use super::{access, session};
use crate::names::{Shown, find_relation_of_text, relation_name};
use batch::Vector;
use catalog::Access;
use catalog::acl::{AclItem, Privileges, default_acl};
use catalog::object::Object;
use error::{Error, Result, SqlState};
use functions::{Builtin, Call, Environment, RowSource, SetReturning, builtin, set_returning};
use types::array::{Array, array_of_values};
use types::record::build_named_record;
use types::{Datum, Oid, ValueRef, type_oid};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_get_serial_sequence", |call| {
        call.map2_in(|table: &str, column: &str, env, _| {
            serial_sequence(access(env)?, table, column)
        })
    }),
    builtin("pg_sequence_parameters", |call| {
        call.map1_in(|sequence: Oid, env, _| sequence_parameters(access(env)?, sequence))
    }),
    builtin("pg_sequence_last_value", |call| {
        call.map1_in(|sequence: Oid, env, _| {
            let access = access(env)?;
            let file = access.catalog.sequence(sequence).map(|sequence| sequence.file);
            let value = file.and_then(|file| access.sources.sequence_value(file));
            Ok(value.filter(|(_, given)| *given).map(|(value, _)| value))
        })
    }),
    builtin("pg_get_sequence_data", |call| {
        call.map1_in(|sequence: Oid, env, _| {
            let access = access(env)?;
            let file = access.catalog.sequence(sequence).map(|sequence| sequence.file);
            let value = file.and_then(|file| access.sources.sequence_value(file));
            let fields = match value {
                Some((last, called)) => [
                    (type_oid::INT8, ValueRef::I64(last)),
                    (type_oid::BOOL, ValueRef::Bool(called)),
                ],
                None => [(type_oid::INT8, ValueRef::Null), (type_oid::BOOL, ValueRef::Null)],
            };
            Ok(build_named_record(&["last_value", "is_called"], fields))
        })
    }),
    builtin("acldefault_sql", |call| {
        call.map2_in(|kind: i16, owner: Oid, env, _| acl_default(access(env)?, kind, owner))
    }),
    builtin("pg_tablespace_location", |call| {
        call.map1(|tablespace: Oid| {
            if !matches!(tablespace.0, 0 | 1663 | 1664) {
                let text = format!(
                    "could not stat file \"pg_tblspc/{tablespace}\": No such file or directory"
                );
                return Err(Error::new(SqlState::UNDEFINED_FILE, text));
            }
            Ok("")
        })
    }),
    builtin("pg_relation_is_updatable", |call| {
        call.map2_in(|relation: Oid, _: bool, env, _| {
            // INSERT, UPDATE and DELETE as bits of their commands' numbers.
            const ALL: i32 = 1 << 3 | 1 << 2 | 1 << 4;
            let access = access(env)?;
            let fact = catalog::facts().relations.get(&relation);
            let is_table = access.catalog.table(relation).is_some()
                || fact.is_some_and(|fact| fact.kind == "r");
            Ok(if is_table { ALL } else { 0 })
        })
    }),
    builtin("pg_relation_is_publishable", |call| {
        call.map1_in(|relation: Oid, env, _| {
            let access = access(env)?;
            let own = access.catalog.object(relation).filter(|object| object.schema().is_some());
            let built_in = catalog::facts().relations.contains_key(&relation);
            let answer = own.map(|object| matches!(object, Object::Table(_)));
            Ok(answer.or(built_in.then_some(false)))
        })
    }),
    builtin("pg_get_replica_identity_index", |call| {
        call.map1_in(|relation: Oid, env, _| {
            let access = access(env)?;
            if relation_name(access, relation, Shown::Qualified).is_none() {
                let text = format!("could not open relation with OID {relation}");
                return Err(Error::internal(text));
            }
            let table = access.catalog.table(relation);
            Ok(table.and_then(|t| t.keys.iter().find(|key| key.primary)).map(|key| key.index))
        })
    }),
    builtin("pg_partition_root", |call| call.map1(|_: Oid| Ok(None::<Oid>))),
    builtin("pg_stat_get_numscans", not_counted),
    builtin("pg_stat_get_tuples_returned", not_counted),
    builtin("pg_stat_get_tuples_fetched", not_counted),
    builtin("pg_stat_get_tuples_inserted", not_counted),
    builtin("pg_stat_get_tuples_updated", not_counted),
    builtin("pg_stat_get_tuples_deleted", not_counted),
    builtin("pg_stat_get_tuples_hot_updated", not_counted),
    builtin("pg_stat_get_live_tuples", not_counted),
    builtin("pg_stat_get_dead_tuples", not_counted),
    builtin("pg_stat_get_mod_since_analyze", not_counted),
    builtin("pg_stat_get_analyze_count", not_counted),
    builtin("pg_stat_get_last_vacuum_time", never),
    builtin("pg_stat_get_last_autovacuum_time", never),
    builtin("pg_stat_get_last_analyze_time", never),
    builtin("pg_stat_get_last_autoanalyze_time", never),
];

pub(super) const SET_RETURNING: &[SetReturning] = &[
    set_returning("aclexplode", |arguments, _, env| {
        let (access, _) = session(env)?;
        rows(explode(&access, &arguments[0])?)
    }),
    set_returning("pg_options_to_table", |arguments, _, _| rows(options(&arguments[0])?)),
    set_returning("show_all_settings", |_, _, env| {
        let access = access(env)?;
        let relation = catalog::facts().relation_named(catalog::PG_CATALOG, "pg_settings");
        let relation = relation.ok_or_else(|| Error::internal("there is no pg_settings"))?;
        rows(catalog::system::rows(relation.oid, access, &[])?)
    }),
    set_returning("pg_get_keywords", |_, _, _| rows(keywords())),
    set_returning("pg_listening_channels", |_, _, _| rows(Vec::new())),
    // No table is partitioned.
    set_returning("pg_partition_ancestors", |_, _, _| rows(Vec::new())),
    set_returning("pg_partition_tree", |_, _, _| rows(Vec::new())),
];

/// 0: surus does not count it.
fn not_counted(call: &mut Call<'_>) -> Result<()> {
    call.map1(|_: Oid| Ok(0i64))
}

/// NULL: it was never done.
fn never(call: &mut Call<'_>) -> Result<()> {
    call.map1(|_: Oid| Ok(None::<i64>))
}

/// Rows that are all at hand.
struct Ready(std::vec::IntoIter<Vec<Datum>>);

impl RowSource for Ready {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        _: &mut dyn Environment,
    ) -> Result<usize> {
        for row in 0..rows_max {
            let Some(values) = self.0.next() else { return Ok(row) };
            for (column, value) in columns.iter_mut().zip(&values) {
                column.push(value.as_ref());
            }
        }
        Ok(rows_max)
    }
}

fn rows(rows: Vec<Vec<Datum>>) -> Result<Box<dyn RowSource>> {
    Ok(Box::new(Ready(rows.into_iter())))
}

fn serial_sequence(access: &Access, table: &str, column: &str) -> Result<Option<String>> {
    let relation = find_relation_of_text(access, table)?;
    let place = column_place(access, relation, column)
        .ok_or_else(|| undefined_column(access, relation, column))?;
    let owned = access.catalog.objects().find_map(|object| match object {
        Object::Sequence(sequence) => sequence
            .owned_by
            .filter(|owner| {
                owner.table == relation && usize::try_from(owner.column - 1) == Ok(place)
            })
            .map(|_| sequence.oid),
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Table(_)
        | Object::Index(_)
        | Object::View(_) => None,
    });
    Ok(owned.and_then(|sequence| relation_name(access, sequence, Shown::Qualified)))
}

fn sequence_parameters(access: &Access, oid: Oid) -> Result<Vec<u8>> {
    let sequence = access.catalog.sequence(oid).ok_or_else(|| {
        if relation_name(access, oid, Shown::Qualified).is_some() {
            return Error::internal(format!("cache lookup failed for sequence {oid}"));
        }
        let text = format!("relation with OID {oid} does not exist");
        Error::new(SqlState::UNDEFINED_TABLE, text)
    })?;
    let names = [
        "start_value",
        "minimum_value",
        "maximum_value",
        "increment",
        "cycle_option",
        "cache_size",
        "data_type",
    ];
    let fields = [
        (type_oid::INT8, ValueRef::I64(sequence.start)),
        (type_oid::INT8, ValueRef::I64(sequence.minimum)),
        (type_oid::INT8, ValueRef::I64(sequence.maximum)),
        (type_oid::INT8, ValueRef::I64(sequence.increment)),
        (type_oid::BOOL, ValueRef::Bool(sequence.cycle)),
        (type_oid::INT8, ValueRef::I64(sequence.cache)),
        (type_oid::OID, ValueRef::I64(i64::from(sequence.type_id.0))),
    ];
    Ok(build_named_record(&names, fields))
}

fn role_text(access: &Access, role: Oid) -> String {
    let name = crate::names::role_name(access, role);
    types::quote_identifier(&name.unwrap_or_else(|| role.to_string()))
}

/// The default privileges of an object of a kind, by pg_default_acl's letter or acldefault's. XX000 for another.
fn acl_default(access: &Access, kind: i16, owner: Oid) -> Result<Vec<u8>> {
    let letter = u8::try_from(kind).map_or('?', char::from);
    let (all, public) = match letter {
        'c' => (Privileges::NONE, Privileges::NONE),
        'r' => (Privileges::TABLE, Privileges::NONE),
        's' => (Privileges::SEQUENCE, Privileges::NONE),
        'd' => (Privileges::DATABASE, Privileges::TEMPORARY.union(Privileges::CONNECT)),
        'f' => (Privileges::EXECUTE, Privileges::EXECUTE),
        'l' | 'T' => (Privileges::USAGE, Privileges::USAGE),
        'L' => (Privileges::SELECT.union(Privileges::UPDATE), Privileges::NONE),
        'n' => (Privileges::SCHEMA, Privileges::NONE),
        't' => (Privileges::CREATE, Privileges::NONE),
        'F' | 'S' => (Privileges::USAGE, Privileges::NONE),
        'p' => (Privileges(1 << 12 | 1 << 13), Privileges::NONE),
        _ => {
            let text = format!("unrecognized object type abbreviation: {letter}");
            return Err(Error::internal(text));
        }
    };
    let items = if letter == 'c' { Vec::new() } else { default_acl(owner, all, public) };
    let texts: Vec<String> =
        items.iter().map(|item| item.text(|role| role_text(access, role))).collect();
    let values = texts.iter().map(|text| ValueRef::Bytes(text.as_bytes()));
    array_of_values(type_oid::ACLITEM, values)
}

/// What each letter of an aclitem's text grants.
const WORDS: [(char, Privileges, &str); 13] = [
    ('a', Privileges::INSERT, "INSERT"),
    ('r', Privileges::SELECT, "SELECT"),
    ('w', Privileges::UPDATE, "UPDATE"),
    ('d', Privileges::DELETE, "DELETE"),
    ('D', Privileges::TRUNCATE, "TRUNCATE"),
    ('x', Privileges::REFERENCES, "REFERENCES"),
    ('t', Privileges::TRIGGER, "TRIGGER"),
    ('X', Privileges::EXECUTE, "EXECUTE"),
    ('U', Privileges::USAGE, "USAGE"),
    ('C', Privileges::CREATE, "CREATE"),
    ('T', Privileges::TEMPORARY, "TEMPORARY"),
    ('c', Privileges::CONNECT, "CONNECT"),
    ('m', Privileges::MAINTAIN, "MAINTAIN"),
];

/// An aclitem from its text. 22P02.
fn parse_item(access: &Access, text: &str) -> Result<AclItem> {
    let malformed = || {
        let text = format!("malformed aclitem: \"{text}\"");
        Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text)
    };
    let role = |name: &str| -> Result<Oid> {
        let plain = match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inner) => inner.replace("\"\"", "\""),
            None => name.to_owned(),
        };
        if plain.is_empty() {
            return Ok(Oid::INVALID);
        }
        // A role that is gone is shown by its number.
        match access.catalog.role(&plain) {
            Some(role) => Ok(role.oid),
            None => plain.parse().map(Oid).map_err(|_| crate::names::undefined_role(&plain)),
        }
    };
    let (head, grantor) = text.rsplit_once('/').ok_or_else(malformed)?;
    let (grantee, letters) = head.rsplit_once('=').ok_or_else(malformed)?;
    let (mut privileges, mut options) = (Privileges::NONE, Privileges::NONE);
    let mut last = Privileges::NONE;
    for letter in letters.chars() {
        if letter == '*' {
            options = options.union(last);
            continue;
        }
        let found = WORDS.iter().find(|(own, ..)| *own == letter).ok_or_else(malformed)?;
        last = found.1;
        privileges = privileges.union(last);
    }
    Ok(AclItem {
        grantee: role(grantee)?,
        grantor: role(grantor)?,
        privileges,
        grant_options: options,
    })
}

fn explode(access: &Access, acl: &Datum) -> Result<Vec<Vec<Datum>>> {
    let Some(bytes) = acl.as_ref().bytes() else { return Ok(Vec::new()) };
    let oid = |oid: Oid| Datum::I64(i64::from(oid.0));
    let mut rows = Vec::new();
    let list = Array::parse(bytes)?;
    if list.dimension_count() != 1 {
        let text = "ACL arrays must be one-dimensional";
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    if list.has_nulls() {
        let text = "ACL arrays must not contain null values";
        return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
    }
    for item in list.iter() {
        let text = item.bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let item = parse_item(access, &text)?;
        for (_, privilege, word) in WORDS {
            if item.privileges.contains(privilege) {
                rows.push(vec![
                    oid(item.grantor),
                    oid(item.grantee),
                    Datum::text(word),
                    Datum::Bool(item.grant_options.contains(privilege)),
                ]);
            }
        }
    }
    Ok(rows)
}

fn options(list: &Datum) -> Result<Vec<Vec<Datum>>> {
    let Some(bytes) = list.as_ref().bytes() else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    let list = Array::parse(bytes)?;
    if list.has_nulls() {
        let text = "null array element not allowed in this context";
        return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
    }
    for option in list.iter() {
        let text = option.bytes().map(String::from_utf8_lossy).unwrap_or_default();
        rows.push(match text.split_once('=') {
            Some((name, value)) => vec![Datum::text(name), Datum::text(value)],
            None => vec![Datum::text(&text), Datum::Null],
        });
    }
    Ok(rows)
}

fn keywords() -> Vec<Vec<Datum>> {
    let row = |(word, category, bare): &(&str, syntax::Category, bool)| {
        let code = category.code();
        let description = match code {
            'U' => "unreserved",
            'C' => "unreserved (cannot be function or type name)",
            'T' => "reserved (can be function or type name)",
            _ => "reserved",
        };
        vec![
            Datum::text(word),
            Datum::I16(i16::try_from(u32::from(code)).unwrap_or(0)),
            Datum::Bool(*bare),
            Datum::text(description),
            Datum::text(if *bare { "can be bare label" } else { "requires AS" }),
        ]
    };
    syntax::keywords().iter().map(row).collect()
}
