//! Constraints of tables: their names, their indexes, and rows checked against new ones.

use crate::create_index::{build, make_index};
use crate::create_table::durability;
use crate::foreign_key::{add_foreign_key, check_rows};
use crate::work::Work;
use analyze::{Analyzer, TableExpression};
use catalog::object::{
    Check, Deferral, Index, IndexColumn, IndexTarget, Key, NotNull, Object, Table,
};
use catalog::{Catalog, facts};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::{self, ConstraintKind, UniqueConstraint};
use types::Oid;

/// `{table}_{columns}_{suffix}`, cut to 63 bytes and numbered until it is free.
pub(crate) fn choose_name(
    table: &str,
    columns: &[&str],
    suffix: &str,
    is_taken: &dyn Fn(&str) -> bool,
) -> String {
    const NAME_MAX: usize = 63;
    let middle = columns.join("_");
    let mut number = 0;
    loop {
        let tail = if number == 0 { suffix.to_owned() } else { format!("{suffix}{number}") };
        let fixed = tail.len() + 1 + usize::from(!middle.is_empty());
        let (mut first, mut second) = (table.to_owned(), middle.clone());
        while first.len() + second.len() + fixed > NAME_MAX {
            let longer = if first.len() > second.len() { &mut first } else { &mut second };
            longer.pop();
        }
        let name = if second.is_empty() {
            format!("{first}_{tail}")
        } else {
            format!("{first}_{second}_{tail}")
        };
        if !is_taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// Whether a table has a constraint of the name, or the schema a relation.
pub(crate) fn name_taken(catalog: &Catalog, table: &Table, name: &str) -> bool {
    catalog.relation(table.schema, name).is_some() || constraint_exists(table, name)
}

pub(crate) fn constraint_exists(table: &Table, name: &str) -> bool {
    table.checks.iter().any(|c| c.name == name)
        || table.keys.iter().any(|c| c.name == name)
        || table.not_nulls.iter().any(|c| c.name == name)
        || table.foreign_keys.iter().any(|c| c.name == name)
}

/// Adds a table constraint to a table that is written by the caller afterwards. Rows there are checked against it
/// where `rows_exist`.
pub(crate) fn add_constraint(
    work: &mut dyn Work,
    table: &mut Table,
    constraint: &ast::Constraint,
    rows_exist: bool,
    sql: &str,
) -> Result<()> {
    let attributes = &constraint.attributes;
    let deferral = match (attributes.deferrable, attributes.initially_deferred) {
        (_, Some(true)) => Deferral::Deferred,
        (Some(true), _) => Deferral::Immediate,
        (Some(false) | None, Some(false) | None) => Deferral::Never,
    };
    let name = constraint.name.as_deref();
    if let Some(name) = name
        && constraint_exists(table, name)
    {
        let text = format!("constraint \"{name}\" for relation \"{}\" already exists", table.name);
        return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
    }
    match &constraint.kind {
        ConstraintKind::Check(expr) => {
            add_check(work, table, name, expr, constraint, rows_exist, sql)
        }
        ConstraintKind::PrimaryKey(unique) => {
            add_key(work, table, name, (unique, true, deferral), rows_exist)
        }
        ConstraintKind::Unique(unique) => {
            add_key(work, table, name, (unique, false, deferral), rows_exist)
        }
        ConstraintKind::NotNull(Some(column)) => {
            let number = column_number(table, column)?;
            if rows_exist {
                crate::rows::check_not_null(work, table, number)?;
            }
            add_not_null(work, table, number, name)
        }
        ConstraintKind::ForeignKey(wanted) => {
            let key = add_foreign_key(work, table, (name, wanted), *attributes, sql)?;
            if rows_exist && key.validated {
                // The query over both tables finds them in the catalog.
                work.put(Object::Table(Arc::new(table.clone())))?;
                check_rows(work, table, &key)?;
            }
            Ok(())
        }
        ConstraintKind::Exclusion(_) => Err(Error::unsupported("an exclusion constraint")),
        ConstraintKind::Null
        | ConstraintKind::NotNull(None)
        | ConstraintKind::Default(_)
        | ConstraintKind::Generated { .. }
        | ConstraintKind::Identity { .. } => Err(Error::internal("not a table constraint")),
    }
}

/// The number of a column. 42703.
pub(crate) fn column_number(table: &Table, name: &str) -> Result<i16> {
    let found = (1..).zip(&table.columns).find(|(_, c)| !c.dropped && c.name == name);
    found.map(|(number, _)| number).ok_or_else(|| {
        let text = format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
        Error::new(SqlState::UNDEFINED_COLUMN, text)
    })
}

fn add_check(
    work: &mut dyn Work,
    table: &mut Table,
    name: Option<&str>,
    expr: &ast::Expr,
    constraint: &ast::Constraint,
    rows_exist: bool,
    sql: &str,
) -> Result<()> {
    let typed = Analyzer::new(sql, work.resolver()).table_expression(
        expr,
        table,
        TableExpression::Check,
    )?;
    let mut columns: Vec<i16> = Vec::new();
    typed.any(&mut |e| {
        if let expression::ExprKind::Column(column) = e.kind
            && !columns.contains(&column.column)
        {
            columns.push(column.column);
        }
        false
    });
    let named: Vec<&str> = match columns.as_slice() {
        [one] => vec![table.columns[usize::try_from(one - 1).unwrap_or(0)].name.as_str()],
        _ => Vec::new(),
    };
    let catalog = work.catalog();
    let name = match name {
        Some(name) => name.to_owned(),
        None => {
            choose_name(&table.name, &named, "check", &|name| name_taken(&catalog, table, name))
        }
    };
    let enforced = constraint.attributes.enforced != Some(false);
    let validated = !constraint.attributes.not_valid && enforced;
    if rows_exist && validated {
        crate::rows::check_condition(work, table, &typed, &name)?;
    }
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    table.checks.push(Check {
        oid,
        name,
        expression: expression::encode(&typed)?,
        columns,
        validated,
        no_inherit: constraint.attributes.no_inherit,
        enforced,
        comment: None,
    });
    Ok(())
}

/// Makes a column NOT NULL, with PostgreSQL 18's named constraint.
pub(crate) fn add_not_null(
    work: &mut dyn Work,
    table: &mut Table,
    number: i16,
    name: Option<&str>,
) -> Result<()> {
    let place = usize::try_from(number - 1)
        .map_err(|_| Error::internal("a column's number is positive"))?;
    table.columns[place].not_null = true;
    if table.not_nulls.iter().any(|not_null| not_null.column == number) {
        return Ok(());
    }
    let catalog = work.catalog();
    let column = table.columns[place].name.clone();
    let name = match name {
        Some(name) => name.to_owned(),
        None => choose_name(&table.name, &[&column], "not_null", &|name| {
            name_taken(&catalog, table, name)
        }),
    };
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    table.not_nulls.push(NotNull { oid, name, column: number, no_inherit: false });
    Ok(())
}

#[expect(clippy::too_many_lines, reason = "one flat list of cases")]
fn add_key(
    work: &mut dyn Work,
    table: &mut Table,
    name: Option<&str>,
    (unique, primary, deferral): (&UniqueConstraint, bool, Deferral),
    rows_exist: bool,
) -> Result<()> {
    if unique.using_index.is_some() || unique.without_overlaps {
        return Err(Error::unsupported("this form of a unique constraint"));
    }
    if primary && table.keys.iter().any(|key| key.primary) {
        let text = format!("multiple primary keys for table \"{}\" are not allowed", table.name);
        return Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text));
    }
    let mut numbers = Vec::with_capacity(unique.columns.len());
    for column in &unique.columns {
        let number = column_number(table, column).map_err(|_| {
            let text = format!("column \"{column}\" named in key does not exist");
            Error::new(SqlState::UNDEFINED_COLUMN, text)
        })?;
        if numbers.contains(&number) {
            let what = if primary { "primary key" } else { "unique" };
            let text = format!("column \"{column}\" appears twice in {what} constraint");
            return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
        }
        numbers.push(number);
    }
    if primary {
        for number in &numbers {
            let place = usize::try_from(number - 1).unwrap_or(0);
            if rows_exist && !table.columns[place].not_null {
                crate::rows::check_not_null(work, table, *number)?;
            }
            add_not_null(work, table, *number, None)?;
        }
    }
    let catalog = work.catalog();
    let names: Vec<&str> = unique.columns.iter().map(|column| &**column).collect();
    let name = match (name, primary) {
        (Some(name), _) => name.to_owned(),
        (None, true) => {
            choose_name(&table.name, &[], "pkey", &|name| name_taken(&catalog, table, name))
        }
        (None, false) => {
            choose_name(&table.name, &names, "key", &|name| name_taken(&catalog, table, name))
        }
    };
    if catalog.relation(table.schema, &name).is_some() {
        return Err(Error::new(
            SqlState::DUPLICATE_TABLE,
            format!("relation \"{name}\" already exists"),
        ));
    }
    let mut columns = key_columns(table, &numbers)?;
    for column in &unique.include {
        let number = column_number(table, column)?;
        columns.push(included_column(table, number));
    }
    let storage = Arc::clone(work.transaction().storage());
    let constraint = Oid(storage.allocate_oid()?);
    let index = Index {
        oid: Oid(storage.allocate_oid()?),
        name: name.clone(),
        schema: table.schema,
        owner: table.owner,
        persistence: table.persistence,
        table: table.oid,
        file: storage.allocate_index_file(durability(table.persistence))?,
        unique: true,
        primary,
        nulls_not_distinct: unique.nulls_not_distinct,
        method: facts::BTREE,
        columns,
        key_count: numbers.len(),
        predicate: None,
        constraint: Some(constraint),
        deferral,
        is_valid: true,
        is_live: true,
        valid_from: if rows_exist { storage.newest_csn().0 } else { 0 },
        options: crate::create_table::option_texts(&unique.options)?,
        comment: None,
    };
    table.keys.push(Key { oid: constraint, name, index: index.oid, primary, comment: None });
    let index = Arc::new(index);
    make_index(work, &index)?;
    if rows_exist {
        build(work, table, &index)?;
    }
    work.put(Object::Index(index))?;
    Ok(())
}

/// Index columns over columns of a table, with their default operator classes. 42704.
pub(crate) fn key_columns(table: &Table, numbers: &[i16]) -> Result<Vec<IndexColumn>> {
    numbers
        .iter()
        .map(|number| {
            let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
            Ok(IndexColumn {
                name: column.name.clone(),
                target: IndexTarget::Column(*number),
                type_id: column.type_id,
                typmod: column.typmod,
                collation: column.collation,
                operator_class: default_class(column.type_id)?,
                descending: false,
                nulls_first: false,
            })
        })
        .collect()
}

/// A column that an index keeps with its keys.
pub(crate) fn included_column(table: &Table, number: i16) -> IndexColumn {
    let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
    IndexColumn {
        name: column.name.clone(),
        target: IndexTarget::Column(number),
        type_id: column.type_id,
        typmod: column.typmod,
        collation: column.collation,
        operator_class: Oid::INVALID,
        descending: false,
        nulls_first: false,
    }
}

/// The default B+tree operator class of a type. 42704 where there is none.
pub(crate) fn default_class(type_id: Oid) -> Result<Oid> {
    // A user's type is an enum here: composite ones have no order that an index knows yet.
    let own = types::builtin_type(type_id).is_none();
    let class_type = if own { types::type_oid::ANYENUM } else { type_id };
    facts().default_operator_class(class_type).map(|class| class.oid).ok_or_else(|| {
        let name = types::format_type(type_id, None);
        let text = format!("data type {name} has no default operator class for access method \"btree\"");
        Error::new(SqlState::UNDEFINED_OBJECT, text)
            .hint("You must specify an operator class for the index or define a default operator class for the data type.")
    })
}
