//! Whether the search path finds objects by their names alone.

use super::access;
use crate::names::{
    is_visible_function, is_visible_operator, is_visible_relation, is_visible_type,
};
use catalog::PG_CATALOG;
use catalog::facts::{RawTable, raw_rows_of};
use error::Result;
use functions::{Builtin, Call, builtin};
use types::Oid;

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_table_is_visible", |call| {
        call.map1_in(|oid: Oid, env, _| Ok(is_visible_relation(access(env)?, oid)))
    }),
    builtin("pg_type_is_visible", |call| {
        call.map1_in(|oid: Oid, env, _| Ok(is_visible_type(access(env)?, oid)))
    }),
    builtin("pg_function_is_visible", |call| {
        call.map1_in(|oid: Oid, env, _| Ok(is_visible_function(access(env)?, oid)))
    }),
    builtin("pg_operator_is_visible", |call| {
        call.map1_in(|oid: Oid, env, _| Ok(is_visible_operator(access(env)?, oid)))
    }),
    builtin("pg_opclass_is_visible", |call| built_in(call, RawTable::OperatorClass)),
    builtin("pg_opfamily_is_visible", |call| built_in(call, RawTable::OperatorFamily)),
    builtin("pg_conversion_is_visible", |call| built_in(call, RawTable::Conversion)),
    builtin("pg_collation_is_visible", |call| built_in(call, RawTable::Collation)),
    builtin("pg_statistics_obj_is_visible", no_such_object),
    builtin("pg_ts_parser_is_visible", no_such_object),
    builtin("pg_ts_dict_is_visible", no_such_object),
    builtin("pg_ts_config_is_visible", no_such_object),
    builtin("pg_ts_template_is_visible", no_such_object),
];

/// Objects of which there are only built-in ones, all in pg_catalog.
fn built_in(call: &mut Call<'_>, table: RawTable) -> Result<()> {
    call.map1_in(|oid: Oid, env, _| {
        let exists = !raw_rows_of(table, oid).is_empty();
        Ok(exists.then_some(access(env)?.search_path.contains(&PG_CATALOG)))
    })
}

fn no_such_object(call: &mut Call<'_>) -> Result<()> {
    call.map1(|_: Oid| Ok(None::<bool>))
}
