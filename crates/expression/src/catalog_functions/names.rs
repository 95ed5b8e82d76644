//! Names of things: types, roles, schemas, the database; and to_reg*.

use super::access;
use crate::names::{CatalogNames, find_role, format_type, role_name, schema_name};
use catalog::Access;
use error::{Result, SqlState};
use functions::{Builtin, Call, builtin};
use types::array::array_of_values;
use types::{Names, Oid, ValueRef, type_oid};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("format_type", |call| {
        call.map2_in(|type_id: Option<Oid>, typmod: Option<i32>, env, _| {
            let access = access(env)?;
            Ok(type_id.map(|type_id| format_type(access, type_id, typmod)))
        })
    }),
    builtin("pg_get_userbyid", |call| {
        call.map1_in(|role: Oid, env, _| {
            let name = role_name(access(env)?, role);
            Ok(name.unwrap_or_else(|| format!("unknown (OID={role})")))
        })
    }),
    builtin("current_user", |call| {
        call.map0(|env| {
            let access = access(env)?;
            Ok(role_name(access, access.current_user))
        })
    }),
    builtin("session_user", |call| {
        call.map0(|env| {
            let access = access(env)?;
            Ok(role_name(access, access.session_user))
        })
    }),
    builtin("current_database", |call| {
        call.map0(|env| {
            let access = access(env)?;
            let database = access.catalog.database_by_oid(access.database);
            Ok(database.map(|database| database.name.clone()))
        })
    }),
    builtin("current_schema", |call| {
        call.map0(|env| {
            let access = access(env)?;
            Ok(access.named_path.first().and_then(|schema| schema_name(access, *schema)))
        })
    }),
    builtin("current_schemas", |call| {
        call.map1_in(|implicit: bool, env, _| {
            let access = access(env)?;
            let path = if implicit { &access.search_path } else { &access.named_path };
            let names: Vec<String> =
                path.iter().filter_map(|schema| schema_name(access, *schema)).collect();
            let values = names.iter().map(|name| ValueRef::Bytes(name.as_bytes()));
            array_of_values(type_oid::NAME, values)
        })
    }),
    builtin("pg_typeof", |call| {
        call.map_rows(|_, _, _, info| Ok(info.argument_types.first().copied().unwrap_or_default()))
    }),
    builtin("pg_basetype", |call| {
        call.map1_in(|type_id: Oid, _, _| {
            let base = types::builtin_type(type_id).map(|t| t.base_type);
            Ok(match base {
                Some(base) if base.is_valid() => Some(base),
                Some(_) => Some(type_id),
                None => None,
            })
        })
    }),
    builtin("pg_collation_for", collation_for),
    builtin("text_regclass", |call| {
        call.map1_in(|name: &str, env, _| crate::names::find_relation_of_text(access(env)?, name))
    }),
    builtin("to_regclass", |call| to_reg(call, type_oid::REGCLASS)),
    builtin("to_regtype", |call| to_reg(call, type_oid::REGTYPE)),
    builtin("to_regproc", |call| to_reg(call, type_oid::REGPROC)),
    builtin("to_regprocedure", |call| to_reg(call, type_oid::REGPROCEDURE)),
    builtin("to_regoper", |call| to_reg(call, type_oid::REGOPER)),
    builtin("to_regoperator", |call| to_reg(call, type_oid::REGOPERATOR)),
    builtin("to_regrole", |call| to_reg(call, type_oid::REGROLE)),
    builtin("to_regnamespace", |call| to_reg(call, type_oid::REGNAMESPACE)),
    builtin("to_regcollation", |call| to_reg(call, type_oid::REGCOLLATION)),
];

/// The object of a name; NULL where there is none or the name is malformed.
fn to_reg(call: &mut Call<'_>, reg_type: Oid) -> Result<()> {
    call.map1_in(|name: &str, env, _| {
        let access = access(env)?;
        if reg_type == type_oid::REGTYPE && name.trim().is_empty() {
            return Ok(None);
        }
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(name.parse().ok().map(Oid));
        }
        match CatalogNames(access).reg_object(reg_type, name) {
            Ok(oid) => Ok(Some(oid)),
            // What is no name of a type at all is an error.
            Err(error)
                if reg_type == type_oid::REGTYPE && error.code() == SqlState::SYNTAX_ERROR =>
            {
                Err(error)
            }
            Err(error) if is_missing(error.code()) => Ok(None),
            Err(error) => Err(error),
        }
    })
}

fn is_missing(code: SqlState) -> bool {
    [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::AMBIGUOUS_FUNCTION,
        SqlState::INVALID_NAME,
        SqlState::SYNTAX_ERROR,
        SqlState::INVALID_TEXT_REPRESENTATION,
        SqlState::FEATURE_NOT_SUPPORTED,
    ]
    .contains(&code)
}

fn collation_for(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|_, _, _, info| {
        let type_id = info.argument_types.first().copied().unwrap_or_default();
        let collatable = types::builtin_type(type_id).is_some_and(|t| t.collation.is_valid());
        if !collatable && type_id != type_oid::UNKNOWN {
            let text = format!(
                "collations are not supported by type {}",
                types::format_type(type_id, None)
            );
            return Err(error::Error::new(SqlState::DATATYPE_MISMATCH, text));
        }
        let found = catalog::facts().collations.iter().find(|c| c.oid == info.collation);
        Ok(found.map(|collation| types::quote_identifier(collation.name)))
    })
}

/// A role by name, or PUBLIC, which is none.
pub(super) fn role_or_public(access: &Access, name: &str) -> Result<Oid> {
    if name == "public" { Ok(Oid::INVALID) } else { find_role(access, name) }
}
