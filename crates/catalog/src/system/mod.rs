//! The rows of pg_catalog and information_schema, computed from the objects and facts when they are read.
//!
//! A relation is one function that gives whole rows, its columns in PostgreSQL's order. Keys are equalities of the
//! query: a function may use one to make fewer rows; what it made is tested against all of them at the end.

mod builtin;
mod class;
mod constraint;
mod depend;
mod description;
mod information_schema;
mod locks;
mod routine;
mod shared;
mod statistics;
mod tree;
mod type_rows;
mod value;
mod views;

#[cfg(test)]
mod tests;

pub use tree::NodeTree;

use crate::access::Access;
use crate::facts::facts;
use crate::object::Object;
use crate::snapshot::{Catalog, PG_CATALOG};
use error::{Error, Result};
use types::{Datum, Oid};

/// The rows of a relation.
type Rows = Vec<Vec<Datum>>;

/// One reading of a relation.
struct Reading<'a> {
    access: &'a Access,
    catalog: &'a Catalog,
    keys: &'a [(i16, Datum)],
}

impl<'a> Reading<'a> {
    /// The OID that a column must have.
    fn oid_key(&self, column: i16) -> Option<Oid> {
        self.keys.iter().find(|key| key.0 == column).and_then(|key| match &key.1 {
            Datum::I64(oid) => u32::try_from(*oid).ok().map(Oid),
            Datum::Null
            | Datum::Bool(_)
            | Datum::I16(_)
            | Datum::I32(_)
            | Datum::F32(_)
            | Datum::F64(_)
            | Datum::Fixed16(_)
            | Datum::Bytes(_) => None,
        })
    }

    /// The text that a column must have.
    fn text_key(&self, column: i16) -> Option<&'a str> {
        let key = self.keys.iter().find(|key| key.0 == column)?;
        key.1.as_ref().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// All objects by OID, or the one whose OID the column must have.
    fn objects(&self, column: i16) -> Vec<&'a Object> {
        match self.oid_key(column) {
            Some(oid) => self.catalog.object(oid).into_iter().collect(),
            None => self.catalog.objects_by_oid(),
        }
    }

    /// The name of a schema.
    fn schema_name(&self, schema: Oid) -> Datum {
        self.catalog.schema_by_oid(schema).map_or(Datum::Null, |schema| Datum::text(&schema.name))
    }

    /// The name of a role.
    fn role_name(&self, role: Oid) -> Datum {
        Datum::text(&value::role_name(self.catalog, role))
    }

    /// Whether the current role is a superuser.
    fn is_superuser(&self) -> bool {
        self.catalog.role_by_oid(self.access.current_user).is_some_and(|role| role.superuser)
    }
}

/// The rows of a system relation, all its columns; those that differ from a key (column number, value) may be left
/// out. 42501 where the role may not read it, 0A000 for a relation that is not built.
pub fn rows(relation: Oid, access: &Access, keys: &[(i16, Datum)]) -> Result<Vec<Vec<Datum>>> {
    let fact = facts()
        .relations
        .get(&relation)
        .ok_or_else(|| Error::internal(format!("there is no system relation {relation}")))?;
    if keys.iter().any(|(_, value)| value.is_null()) {
        return Ok(Vec::new());
    }
    let reading = Reading { access, catalog: &access.catalog, keys };
    let unsupported = || Error::unsupported(format!("relation \"{}\"", fact.name));
    let mut rows = if fact.namespace == PG_CATALOG {
        let own = own_rows(&reading, fact.name).or_else(|| more_rows(&reading, fact.name));
        own.unwrap_or_else(|| Err(unsupported()))?
    } else {
        information_schema::rows(&reading, fact.name).ok_or_else(unsupported)??
    };
    if rows.iter().any(|row| row.len() != fact.columns.len()) {
        return Err(Error::internal(format!("the rows of {} have wrong columns", fact.name)));
    }
    for (column, value) in keys {
        let Some(index) = usize::try_from(*column).ok().and_then(|number| number.checked_sub(1))
        else {
            continue;
        };
        rows.retain(|row| row[index] == *value || is_left_open(&row[index], value));
    }
    Ok(rows)
}

/// Whether the query is left to compare the two: they are of different kinds, or equal only by rules of their type.
/// NULL never equals a key.
fn is_left_open(value: &Datum, key: &Datum) -> bool {
    let differ = std::mem::discriminant(value) != std::mem::discriminant(key);
    !value.is_null() && (differ || matches!(value, Datum::F32(_) | Datum::F64(_)))
}

/// The relations of which there are objects or facts.
fn own_rows(r: &Reading<'_>, name: &str) -> Option<Result<Rows>> {
    Some(match name {
        "pg_class" => class::pg_class(r),
        "pg_attribute" => class::pg_attribute(r),
        "pg_attrdef" => class::pg_attrdef(r),
        "pg_index" => class::pg_index(r),
        "pg_init_privs" => class::pg_init_privs(r),
        "pg_sequence" => class::pg_sequence(r),
        "pg_namespace" => class::pg_namespace(r),
        "pg_constraint" => constraint::pg_constraint(r),
        "pg_trigger" => routine::pg_trigger(r),
        "pg_depend" => depend::pg_depend(r),
        "pg_description" => description::pg_description(r),
        "pg_shdescription" => description::pg_shdescription(r),
        "pg_type" => type_rows::pg_type(r),
        "pg_enum" => type_rows::pg_enum(r),
        "pg_range" => type_rows::pg_range(r),
        "pg_authid" => shared::pg_authid(r),
        "pg_roles" => shared::pg_roles(r),
        "pg_user" => shared::pg_user(r),
        "pg_shadow" => shared::pg_shadow(r),
        "pg_group" => shared::pg_group(r),
        "pg_auth_members" => shared::pg_auth_members(r),
        "pg_database" => shared::pg_database(r),
        "pg_tablespace" => shared::pg_tablespace(r),
        "pg_db_role_setting" => shared::pg_db_role_setting(r),
        "pg_tables" => views::pg_tables(r),
        "pg_indexes" => views::pg_indexes(r),
        "pg_views" => views::pg_views(r),
        "pg_sequences" => views::pg_sequences(r),
        "pg_settings" => views::pg_settings(r),
        "pg_locks" => locks::pg_locks(r),
        "pg_prepared_xacts" => locks::pg_prepared_xacts(r),
        _ => return builtin::rows(r, name),
    })
}

/// Statistics, and the relations that are empty: surus has nothing of their kind.
fn more_rows(r: &Reading<'_>, name: &str) -> Option<Result<Rows>> {
    Some(match name {
        "pg_stat_activity" => statistics::pg_stat_activity(r),
        "pg_stat_all_tables" => statistics::tables(r, statistics::Scope::All),
        "pg_stat_sys_tables" => statistics::tables(r, statistics::Scope::System),
        "pg_stat_user_tables" => statistics::tables(r, statistics::Scope::User),
        "pg_stat_all_indexes" => statistics::indexes(r, statistics::Scope::All),
        "pg_stat_sys_indexes" => statistics::indexes(r, statistics::Scope::System),
        "pg_stat_user_indexes" => statistics::indexes(r, statistics::Scope::User),
        "pg_stat_database" => statistics::databases(r),
        _ if EMPTY.contains(&name) => Ok(Vec::new()),
        _ => return None,
    })
}

/// Relations of what surus has not.
const EMPTY: &[&str] = &[
    "pg_available_extension_versions",
    "pg_available_extensions",
    "pg_cursors",
    "pg_default_acl",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_inherits",
    "pg_largeobject",
    "pg_largeobject_metadata",
    "pg_matviews",
    "pg_parameter_acl",
    "pg_partitioned_table",
    "pg_policies",
    "pg_policy",
    "pg_prepared_statements",
    "pg_publication",
    "pg_publication_namespace",
    "pg_publication_rel",
    "pg_publication_tables",
    "pg_replication_origin",
    "pg_replication_origin_status",
    "pg_replication_slots",
    "pg_rewrite",
    "pg_rules",
    "pg_seclabel",
    "pg_seclabels",
    "pg_shdepend",
    "pg_shseclabel",
    "pg_stat_replication",
    "pg_stat_replication_slots",
    "pg_stat_subscription",
    "pg_stat_wal_receiver",
    "pg_statistic",
    "pg_statistic_ext",
    "pg_statistic_ext_data",
    "pg_stats",
    "pg_stats_ext",
    "pg_stats_ext_exprs",
    "pg_subscription",
    "pg_subscription_rel",
    "pg_transform",
    "pg_ts_config",
    "pg_ts_config_map",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_user_mapping",
    "pg_user_mappings",
];
