//! The views of constraints.

use super::{database, has_role};
use crate::object::{ForeignKey, Object, ReferentialAction, Table};
use crate::system::constraint::key_columns;
use crate::system::value::{NULL, text, yes_or_no};
use crate::system::{Reading, Rows};
use error::Result;
use std::sync::Arc;
use types::Datum;

/// The tables that the current role owns, or may change where the views show those.
fn tables<'a>(r: &Reading<'a>) -> Vec<&'a Arc<Table>> {
    r.catalog
        .objects_by_oid()
        .into_iter()
        .filter_map(|object| if let Object::Table(table) = object { Some(table) } else { None })
        .filter(|table| has_role(r, table.owner))
        .collect()
}

/// Catalog, schema and name.
fn named(r: &Reading<'_>, table: &Table, name: &str) -> [Datum; 3] {
    [database(r), r.schema_name(table.schema), text(name)]
}

fn column_name(table: &Table, number: i16) -> Datum {
    let index = usize::try_from(number - 1).ok();
    index.and_then(|index| table.columns.get(index)).map_or(NULL, |column| text(&column.name))
}

pub(super) fn table_constraints(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        let mut push = |name: &str, kind: &str, flags: [bool; 3], distinct: Datum| {
            let mut row = Vec::with_capacity(11);
            row.extend(named(r, table, name));
            row.extend(named(r, table, &table.name));
            row.push(text(kind));
            row.extend(flags.map(yes_or_no));
            row.push(distinct);
            rows.push(row);
        };
        for check in &table.checks {
            push(&check.name, "CHECK", [false, false, check.enforced], NULL);
        }
        for not_null in &table.not_nulls {
            push(&not_null.name, "CHECK", [false, false, true], NULL);
        }
        for key in &table.keys {
            let index = r.catalog.index(key.index);
            let distinct = !index.is_some_and(|index| index.nulls_not_distinct);
            if key.primary {
                push(&key.name, "PRIMARY KEY", [false, false, true], NULL);
            } else {
                push(&key.name, "UNIQUE", [false, false, true], yes_or_no(distinct));
            }
        }
        for key in &table.foreign_keys {
            let flags = [key.deferrable, key.initially_deferred, true];
            push(&key.name, "FOREIGN KEY", flags, NULL);
        }
    }
    Ok(rows)
}

pub(super) fn key_column_usage(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        let mut push = |name: &str, column: i16, place: usize, unique: Datum| {
            let mut row = Vec::with_capacity(9);
            row.extend(named(r, table, name));
            row.extend(named(r, table, &table.name));
            row.push(column_name(table, column));
            row.push(Datum::I32(i32::try_from(place).unwrap_or(i32::MAX)));
            row.push(unique);
            rows.push(row);
        };
        for key in &table.keys {
            let columns = r.catalog.index(key.index).map_or_else(Vec::new, |i| key_columns(i));
            for (place, column) in (1..).zip(columns) {
                push(&key.name, column, place, NULL);
            }
        }
        for key in &table.foreign_keys {
            let unique = r.catalog.index(key.index).map_or_else(Vec::new, |i| key_columns(i));
            for (index, column) in key.columns.iter().enumerate() {
                let place = unique.iter().position(|number| *number == key.referenced[index]);
                let place = place.and_then(|place| i32::try_from(place + 1).ok());
                push(&key.name, *column, index + 1, place.map_or(NULL, Datum::I32));
            }
        }
    }
    Ok(rows)
}

/// The table that a foreign key refers to.
fn referenced<'a>(r: &Reading<'a>, key: &ForeignKey) -> Option<&'a Arc<Table>> {
    r.catalog.table(key.table)
}

pub(super) fn constraint_column_usage(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        let mut push = |of: &Table, column: i16, name: &str| {
            let mut row = Vec::with_capacity(7);
            row.extend(named(r, of, &of.name));
            row.push(column_name(of, column));
            row.extend(named(r, table, name));
            rows.push(row);
        };
        for check in &table.checks {
            check.columns.iter().for_each(|column| push(table, *column, &check.name));
        }
        for not_null in &table.not_nulls {
            push(table, not_null.column, &not_null.name);
        }
        for key in &table.keys {
            let columns = r.catalog.index(key.index).map_or_else(Vec::new, |i| key_columns(i));
            columns.into_iter().for_each(|column| push(table, column, &key.name));
        }
        for key in &table.foreign_keys {
            if let Some(other) = referenced(r, key) {
                key.referenced.iter().for_each(|column| push(other, *column, &key.name));
            }
        }
    }
    Ok(rows)
}

pub(super) fn constraint_table_usage(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        let mut push = |of: &Table, name: &str| {
            let mut row = Vec::with_capacity(6);
            row.extend(named(r, of, &of.name));
            row.extend(named(r, table, name));
            rows.push(row);
        };
        table.keys.iter().for_each(|key| push(table, &key.name));
        for key in &table.foreign_keys {
            if let Some(other) = referenced(r, key) {
                push(other, &key.name);
            }
        }
    }
    Ok(rows)
}

fn rule(action: ReferentialAction) -> Datum {
    text(match action {
        ReferentialAction::NoAction => "NO ACTION",
        ReferentialAction::Restrict => "RESTRICT",
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    })
}

pub(super) fn referential_constraints(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        for key in &table.foreign_keys {
            let unique = referenced(r, key).and_then(|other| {
                other.keys.iter().find(|k| k.index == key.index).map(|k| (other, k))
            });
            let mut row = Vec::with_capacity(9);
            row.extend(named(r, table, &key.name));
            match unique {
                Some((other, unique)) => row.extend(named(r, other, &unique.name)),
                None => row.extend([NULL, NULL, NULL]),
            }
            row.push(text(if key.match_full { "FULL" } else { "NONE" }));
            row.push(rule(key.on_update));
            row.push(rule(key.on_delete));
            rows.push(row);
        }
    }
    Ok(rows)
}

pub(super) fn check_constraints(r: &Reading<'_>) -> Result<Rows> {
    let mut rows = Vec::new();
    for table in tables(r) {
        for check in &table.checks {
            let source =
                r.access.sources.expression_text(r.access, table.oid, &check.expression)?;
            let mut row = Vec::from(named(r, table, &check.name));
            row.push(text(&source));
            rows.push(row);
        }
        for not_null in &table.not_nulls {
            let mut row = Vec::from(named(r, table, &not_null.name));
            let index = usize::try_from(not_null.column - 1).ok();
            let column = index.and_then(|index| table.columns.get(index));
            let name = column.map_or_else(String::new, |c| types::quote_identifier(&c.name));
            row.push(text(&format!("{name} IS NOT NULL")));
            rows.push(row);
        }
    }
    Ok(rows)
}
