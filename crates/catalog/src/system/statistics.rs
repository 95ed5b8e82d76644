//! Statistics of the running server. What surus does not count is NULL.

use super::value::{NULL, oid, optional_text, text};
use super::views::system_schema;
use super::{Reading, Rows};
use crate::access::Activity;
use crate::facts::{RawTable, facts, raw_rows};
use crate::object::Object;
use crate::snapshot::PG_CATALOG;
use error::Result;
use types::{Datum, Oid};

/// Which relations a view of statistics lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    System,
    User,
}

pub(super) fn pg_stat_activity(r: &Reading<'_>) -> Result<Rows> {
    let all = r.access.sources.activity();
    Ok(all.iter().map(|activity| activity_row(r, activity)).collect())
}

fn activity_row(r: &Reading<'_>, activity: &Activity) -> Vec<Datum> {
    let time = |time: Option<i64>| time.map_or(NULL, Datum::I64);
    // Others' statements are for superusers and for roles that the session's is a member of.
    let visible = r.catalog.is_member(r.access.current_user, activity.user);
    let shown = |value: Datum| if visible { value } else { NULL };
    let database = r.catalog.database_by_oid(activity.database);
    let (wait_type, wait) = activity.wait_event.unzip();
    let (address, port) = match activity.client_address {
        Some(address) => (text(&address.ip().to_string()), Datum::I32(i32::from(address.port()))),
        None => (NULL, Datum::I32(-1)),
    };
    vec![
        oid(activity.database),
        database.map_or(NULL, |database| text(&database.name)),
        Datum::I32(activity.process),
        NULL,
        oid(activity.user),
        r.role_name(activity.user),
        text(&activity.application_name),
        shown(address),
        NULL,
        shown(port),
        shown(Datum::I64(activity.backend_start)),
        shown(time(activity.transaction_start)),
        shown(time(activity.query_start)),
        shown(Datum::I64(activity.state_change)),
        shown(optional_text(wait_type)),
        shown(optional_text(wait)),
        shown(text(activity.state)),
        NULL,
        NULL,
        NULL,
        if visible { text(&activity.query) } else { text("<insufficient privilege>") },
        text("client backend"),
    ]
}

/// `leading`, then NULLs up to the columns of the relation.
fn padded(leading: Vec<Datum>, relation: &str) -> Vec<Datum> {
    let fact = facts().relation_named(PG_CATALOG, relation);
    let mut row = leading;
    row.resize(fact.map_or(row.len(), |fact| fact.columns.len()), NULL);
    row
}

pub(super) fn tables(r: &Reading<'_>, scope: Scope) -> Result<Rows> {
    let mut rows = Vec::new();
    if scope != Scope::User {
        for fields in raw_rows(RawTable::Class) {
            if fields.text(10) == "r" {
                let schema = text(system_schema(fields.oid(2)));
                rows.push(padded(
                    vec![oid(fields.oid(0)), schema, text(fields.text(1))],
                    "pg_stat_all_tables",
                ));
            }
        }
    }
    if scope != Scope::System {
        for object in r.objects(1) {
            if let Object::Table(table) = object {
                let schema = r.schema_name(table.schema);
                rows.push(padded(
                    vec![oid(table.oid), schema, text(&table.name)],
                    "pg_stat_all_tables",
                ));
            }
        }
    }
    Ok(rows)
}

pub(super) fn indexes(r: &Reading<'_>, scope: Scope) -> Result<Rows> {
    let mut rows = Vec::new();
    if scope != Scope::User {
        for fields in raw_rows(RawTable::Index) {
            let relation = |oid: Oid| facts().relations.get(&oid);
            let (Some(index), Some(table)) = (relation(fields.oid(0)), relation(fields.oid(1)))
            else {
                continue;
            };
            let row = vec![
                oid(table.oid),
                oid(index.oid),
                text(system_schema(table.namespace)),
                text(table.name),
                text(index.name),
            ];
            rows.push(padded(row, "pg_stat_all_indexes"));
        }
    }
    if scope != Scope::System {
        for object in r.catalog.objects_by_oid() {
            let Object::Index(index) = object else { continue };
            let Some(table) = r.catalog.table(index.table) else { continue };
            let row = vec![
                oid(table.oid),
                oid(index.oid),
                r.schema_name(table.schema),
                text(&table.name),
                text(&index.name),
            ];
            rows.push(padded(row, "pg_stat_all_indexes"));
        }
    }
    Ok(rows)
}

pub(super) fn databases(r: &Reading<'_>) -> Result<Rows> {
    let activity = r.access.sources.activity();
    let mut rows = Vec::new();
    for object in r.objects(1) {
        let Object::Database(database) = object else { continue };
        let sessions = activity.iter().filter(|a| a.database == database.oid).count();
        let sessions = Datum::I32(i32::try_from(sessions).unwrap_or(i32::MAX));
        rows.push(padded(
            vec![oid(database.oid), text(&database.name), sessions],
            "pg_stat_database",
        ));
    }
    Ok(rows)
}
