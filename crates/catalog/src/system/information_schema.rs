//! information_schema: what standard SQL says of tables, columns, constraints and privileges.

mod columns;
mod constraints;
mod privileges;

use super::value::{NULL, OWNER, role_name, text, yes_or_no};
use super::views::system_schema;
use super::{Reading, Rows};
use crate::acl::Privileges;
use crate::facts::{RawTable, raw_rows};
use crate::object::{Object, Persistence, Sequence};
use crate::privilege::has_any_privilege;
use error::Result;
use types::{Datum, Oid};

/// The rows of a relation; `None` for one that is not built.
pub(super) fn rows(r: &Reading<'_>, name: &str) -> Option<Result<Rows>> {
    Some(match name {
        "information_schema_catalog_name" => Ok(vec![vec![database(r)]]),
        "tables" => tables(r),
        "columns" => columns::columns(r),
        "schemata" => schemata(r),
        "sequences" => sequences(r),
        "views" => views(r),
        "enabled_roles" => enabled_roles(r),
        "character_sets" => character_sets(r),
        "table_constraints" => constraints::table_constraints(r),
        "key_column_usage" => constraints::key_column_usage(r),
        "constraint_column_usage" => constraints::constraint_column_usage(r),
        "constraint_table_usage" => constraints::constraint_table_usage(r),
        "referential_constraints" => constraints::referential_constraints(r),
        "check_constraints" => constraints::check_constraints(r),
        "table_privileges" => privileges::table_privileges(r, privileges::Grantees::All),
        "role_table_grants" => privileges::table_privileges(r, privileges::Grantees::Own),
        "column_domain_usage"
        | "domains"
        | "domain_constraints"
        | "domain_udt_usage"
        | "triggers"
        | "triggered_update_columns"
        | "foreign_tables"
        | "foreign_servers"
        | "foreign_data_wrappers"
        | "foreign_table_options"
        | "foreign_server_options"
        | "foreign_data_wrapper_options"
        | "user_mappings"
        | "user_mapping_options"
        | "transforms"
        | "column_column_usage"
        | "column_options"
        | "user_defined_types" => Ok(Vec::new()),
        _ => return None,
    })
}

/// The database's name: the catalog of all that these views list.
fn database(r: &Reading<'_>) -> Datum {
    let database = r.catalog.database_by_oid(r.access.database);
    database.map_or(NULL, |database| text(&database.name))
}

/// Whether the current role has the role's rights.
fn has_role(r: &Reading<'_>, role: Oid) -> bool {
    r.catalog.is_member(r.access.current_user, role)
}

/// Whether a relation is shown: the role owns it or may do something with it.
fn is_visible(r: &Reading<'_>, object: &Object) -> bool {
    has_role(r, object.owner())
        || has_any_privilege(r.catalog, r.access.current_user, object, Privileges::TABLE)
}

fn tables(r: &Reading<'_>) -> Result<Rows> {
    let database = database(r);
    let row = |schema: Datum, name: &str, kind: &str, insertable: bool| {
        vec![
            database.clone(),
            schema,
            text(name),
            text(kind),
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            yes_or_no(insertable),
            yes_or_no(false),
            NULL,
        ]
    };
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Class) {
        let (kind, insertable) = match fields.text(10) {
            "r" => ("BASE TABLE", true),
            "v" => ("VIEW", false),
            _ => continue,
        };
        let schema = text(system_schema(fields.oid(2)));
        rows.push(row(schema, fields.text(1), kind, insertable));
    }
    for object in r.catalog.objects_by_oid() {
        let (kind, insertable) = match object {
            Object::Table(table) if table.persistence == Persistence::Temporary => {
                ("LOCAL TEMPORARY", true)
            }
            Object::Table(_) => ("BASE TABLE", true),
            Object::View(_) => ("VIEW", false),
            Object::Role(_)
            | Object::Database(_)
            | Object::Schema(_)
            | Object::Type(_)
            | Object::Function(_)
            | Object::Index(_)
            | Object::Sequence(_) => continue,
        };
        if is_visible(r, object) {
            let schema = r.schema_name(object.schema().unwrap_or_default());
            rows.push(row(schema, object.name(), kind, insertable));
        }
    }
    Ok(rows)
}

fn schemata(r: &Reading<'_>) -> Result<Rows> {
    let database = database(r);
    let row = |name: &str, owner: Datum| {
        vec![database.clone(), text(name), owner, NULL, NULL, NULL, NULL]
    };
    let mut rows = Vec::new();
    for fields in raw_rows(RawTable::Namespace) {
        let built_in = r.catalog.schema_by_oid(fields.oid(0)).is_none();
        if built_in && fields.text(1) != "public" && has_role(r, OWNER) {
            rows.push(row(fields.text(1), r.role_name(fields.oid(2))));
        }
    }
    for object in r.catalog.objects_by_oid() {
        if let Object::Schema(schema) = object {
            let may =
                has_any_privilege(r.catalog, r.access.current_user, object, Privileges::SCHEMA);
            if may || has_role(r, schema.owner) {
                rows.push(row(&schema.name, r.role_name(schema.owner)));
            }
        }
    }
    Ok(rows)
}

fn sequences(r: &Reading<'_>) -> Result<Rows> {
    let database = database(r);
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let Object::Sequence(sequence) = object else { continue };
        let internal = sequence.owned_by.is_some_and(|owner| owner.identity);
        if internal || !is_visible(r, object) {
            continue;
        }
        rows.push(sequence_row(r, &database, sequence));
    }
    Ok(rows)
}

fn sequence_row(r: &Reading<'_>, database: &Datum, sequence: &Sequence) -> Vec<Datum> {
    let number = |value: i64| text(&value.to_string());
    vec![
        database.clone(),
        r.schema_name(sequence.schema),
        text(&sequence.name),
        text(&types::format_type(sequence.type_id, None)),
        columns::numeric_precision(sequence.type_id),
        Datum::I32(2),
        Datum::I32(0),
        number(sequence.start),
        number(sequence.minimum),
        number(sequence.maximum),
        number(sequence.increment),
        yes_or_no(sequence.cycle),
    ]
}

fn views(r: &Reading<'_>) -> Result<Rows> {
    let database = database(r);
    let no = yes_or_no(false);
    let row = |schema: Datum, name: &str| {
        let mut row = vec![database.clone(), schema, text(name), NULL, text("NONE")];
        row.extend(std::iter::repeat_n(no.clone(), 5));
        row
    };
    if r.catalog.objects().any(|object| matches!(object, Object::View(_))) {
        return Err(error::Error::unsupported("relation \"views\" with views"));
    }
    let fields = raw_rows(RawTable::Class);
    let views = fields.iter().filter(|fields| fields.text(10) == "v");
    Ok(views.map(|fields| row(text(system_schema(fields.oid(2))), fields.text(1))).collect())
}

fn enabled_roles(r: &Reading<'_>) -> Result<Rows> {
    let roles = r.catalog.objects_by_oid().into_iter().filter_map(|object| match object {
        Object::Role(role) if has_role(r, role.oid) => {
            Some(vec![text(&role_name(r.catalog, role.oid))])
        }
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Table(_)
        | Object::Index(_)
        | Object::Sequence(_)
        | Object::View(_) => None,
    });
    Ok(roles.collect())
}

fn character_sets(r: &Reading<'_>) -> Result<Rows> {
    Ok(vec![vec![
        NULL,
        NULL,
        text("UTF8"),
        text("UCS"),
        text("UTF8"),
        database(r),
        text("pg_catalog"),
        text("C.UTF-8"),
    ]])
}
