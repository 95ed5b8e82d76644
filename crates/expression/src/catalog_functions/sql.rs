//! Functions that PostgreSQL has in SQL, bound by their OID: comments, and sizes.

use super::access;
use catalog::{Access, PG_CATALOG, facts};
use error::Result;
use functions::{Builtin, Call, builtin};
use types::{Datum, Oid};

pub(super) const FUNCTIONS: &[(Oid, Builtin)] = &[
    (
        Oid(1215),
        builtin("obj_description", |call| {
            call.map2_in(|object: Oid, class: &str, env, _| {
                let Some(class) = class_named(class) else { return Ok(None) };
                comment(access(env)?, object, Some(class), 0)
            })
        }),
    ),
    (
        Oid(1348),
        builtin("obj_description", |call| {
            call.map1_in(|object: Oid, env, _| comment(access(env)?, object, None, 0))
        }),
    ),
    (
        Oid(1216),
        builtin("col_description", |call| {
            call.map2_in(|table: Oid, column: i32, env, _| {
                comment(access(env)?, table, class_named("pg_class"), column)
            })
        }),
    ),
    (
        Oid(1993),
        builtin("shobj_description", |call| {
            call.map2_in(|object: Oid, class: &str, env, _| {
                let Some(class) = class_named(class) else { return Ok(None) };
                shared_comment(access(env)?, object, class)
            })
        }),
    ),
    (Oid(2325), builtin("pg_relation_size", relation_size)),
];

/// pg_relation_size of the main fork.
fn relation_size(call: &mut Call<'_>) -> Result<()> {
    let table_size = super::find("pg_table_size").expect("the name is of a function bound here");
    (table_size.run)(call)
}

fn class_named(name: &str) -> Option<Oid> {
    facts().relation_named(PG_CATALOG, name).map(|fact| fact.oid)
}

fn text(value: &Datum) -> Option<String> {
    value.as_ref().bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn key(oid: Oid) -> Datum {
    Datum::I64(i64::from(oid.0))
}

/// A comment of pg_description.
fn comment(access: &Access, object: Oid, class: Option<Oid>, part: i32) -> Result<Option<String>> {
    let Some(relation) = class_named("pg_description") else { return Ok(None) };
    let mut keys = vec![(1, key(object)), (3, Datum::I32(part))];
    keys.extend(class.map(|class| (2, key(class))));
    let rows = catalog::system::rows(relation, access, &keys)?;
    Ok(matching(&rows, &keys).and_then(|row| text(&row[3])))
}

fn shared_comment(access: &Access, object: Oid, class: Oid) -> Result<Option<String>> {
    let Some(relation) = class_named("pg_shdescription") else { return Ok(None) };
    let keys = [(1, key(object)), (2, key(class))];
    let rows = catalog::system::rows(relation, access, &keys)?;
    Ok(matching(&rows, &keys).and_then(|row| text(&row[2])))
}

/// The first row that fulfils the keys: a relation may give more than was asked for.
fn matching<'a>(rows: &'a [Vec<Datum>], keys: &[(i16, Datum)]) -> Option<&'a Vec<Datum>> {
    let fulfils = |row: &&Vec<Datum>| {
        keys.iter().all(|(number, value)| {
            usize::try_from(*number - 1).is_ok_and(|index| row[index] == *value)
        })
    };
    rows.iter().find(fulfils)
}
