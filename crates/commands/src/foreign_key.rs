//! FOREIGN KEY constraints: making them, checking the rows that are there, and what depends on what they refer to.

use crate::constraint::{choose_name, column_number, name_taken};
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_privileges;
use crate::work::Work;
use analyze::{Analyzer, Context, can_coerce};
use batch::Batch;
use catalog::acl::Privileges;
use catalog::object::{
    Deferral, ForeignKey, Index, IndexTarget, Object, Persistence, ReferentialAction, Table,
};
use catalog::{Catalog, facts};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::LockMode;
use syntax::ast::{self, ConstraintAttributes, DropBehavior, ForeignKeyMatch, Name};
use types::{Datum, Oid};

/// A referring table and the name of its constraint.
pub(crate) type Referrer = (Arc<Table>, ForeignKey);

/// Adds a foreign key to a table that is written by the caller afterwards; rows there are checked with
/// [`check_rows`] then, where this says so.
pub(crate) fn add_foreign_key(
    work: &mut dyn Work,
    table: &mut Table,
    (name, wanted): (Option<&str>, &ast::ForeignKey),
    attributes: ConstraintAttributes,
    sql: &str,
) -> Result<ForeignKey> {
    if wanted.period || wanted.referenced_period {
        return Err(Error::unsupported("a foreign key with PERIOD"));
    }
    if wanted.matching == ForeignKeyMatch::Partial {
        return Err(Error::unsupported("MATCH PARTIAL"));
    }
    let referenced = referenced_table(work, table, &wanted.relation, sql)?;
    let referenced = referenced.as_deref().unwrap_or(table).clone();
    check_persistence(table.persistence, referenced.persistence)?;
    let columns = numbers(table, &wanted.columns)?;
    let catalog = work.catalog();
    let (index, keys) = if wanted.referenced.is_empty() {
        primary_key(&catalog, &referenced)?
    } else {
        let keys = numbers(&referenced, &wanted.referenced)?;
        (matching_index(&catalog, &referenced, &keys)?, keys)
    };
    if keys.len() != columns.len() {
        let text = "number of referencing and referenced columns for foreign key disagree";
        return Err(Error::new(SqlState::INVALID_FOREIGN_KEY, text));
    }
    let names: Vec<&str> = wanted.columns.iter().map(|column| &**column).collect();
    let name = match name {
        Some(name) => name.to_owned(),
        None => choose_name(&table.name, &names, "fkey", &|name| name_taken(&catalog, table, name)),
    };
    check_types(&name, (table, &columns), (&referenced, &keys), &index)?;
    let (on_update, _) = action(&wanted.on_update, table, &columns)?;
    let (on_delete, delete_columns) = action(&wanted.on_delete, table, &columns)?;
    let enforced = attributes.enforced != Some(false);
    let key = ForeignKey {
        oid: Oid(work.transaction().storage().allocate_oid()?),
        name,
        columns,
        table: referenced.oid,
        referenced: keys,
        index: index.oid,
        on_update,
        on_delete,
        match_full: wanted.matching == ForeignKeyMatch::Full,
        delete_columns,
        deferrable: attributes.deferrable == Some(true)
            || attributes.initially_deferred == Some(true),
        initially_deferred: attributes.initially_deferred == Some(true),
        validated: !attributes.not_valid && enforced,
        enforced,
        comment: None,
    };
    table.foreign_keys.push(key.clone());
    Ok(key)
}

/// The table referred to, locked; none where it is the table itself, which may not be in the catalog yet. 42809, 42501.
fn referenced_table(
    work: &mut dyn Work,
    table: &Table,
    name: &ast::RelationName,
    sql: &str,
) -> Result<Option<Arc<Table>>> {
    let own_schema = work.catalog().schema_by_oid(table.schema).map(|schema| schema.name.clone());
    let may_be_own = *name.name == *table.name
        && name.schema.as_deref().is_none_or(|schema| own_schema.as_deref() == Some(schema));
    if may_be_own {
        let found = Analyzer::new(sql, work.resolver()).find_relation(name)?;
        if found.is_none_or(|relation| relation.oid() == table.oid) {
            return Ok(None);
        }
    }
    let relation = find_relation(work, name, sql)?;
    let analyze::Relation::Table(_) = &relation else {
        let text = format!("referenced relation \"{}\" is not a table", name.name);
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    };
    lock_relation(work, relation.oid(), LockMode::ShareRowExclusive)?;
    let other = plain_table(find_relation(work, name, sql)?)?;
    check_privileges(&work.catalog(), work.current_user(), other.oid, Privileges::REFERENCES)?;
    Ok(Some(other))
}

fn check_persistence(own: Persistence, other: Persistence) -> Result<()> {
    let text = match (own, other) {
        (Persistence::Permanent, Persistence::Unlogged | Persistence::Temporary) => {
            "constraints on permanent tables may reference only permanent tables"
        }
        (Persistence::Unlogged, Persistence::Temporary) => {
            "constraints on unlogged tables may reference only permanent or unlogged tables"
        }
        (Persistence::Temporary, Persistence::Permanent | Persistence::Unlogged) => {
            "constraints on temporary tables may reference only temporary tables"
        }
        (Persistence::Permanent, Persistence::Permanent)
        | (Persistence::Unlogged, Persistence::Permanent | Persistence::Unlogged)
        | (Persistence::Temporary, Persistence::Temporary) => return Ok(()),
    };
    Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text))
}

fn numbers(table: &Table, names: &[Name]) -> Result<Vec<i16>> {
    let number = |name: &Name| {
        column_number(table, name).map_err(|_| {
            let text =
                format!("column \"{name}\" referenced in foreign key constraint does not exist");
            Error::new(SqlState::UNDEFINED_COLUMN, text)
        })
    };
    names.iter().map(number).collect()
}

/// The columns of an index's key; none where one is an expression.
fn plain_columns(index: &Index) -> Option<Vec<i16>> {
    index.columns[..index.key_count]
        .iter()
        .map(|column| match column.target {
            IndexTarget::Column(number) => Some(number),
            IndexTarget::Expression(_) => None,
        })
        .collect()
}

fn primary_key(catalog: &Catalog, table: &Table) -> Result<(Arc<Index>, Vec<i16>)> {
    let index = catalog.indexes_of(table.oid).find(|index| index.primary);
    let found = index.and_then(|index| Some((Arc::clone(index), plain_columns(index)?)));
    let (index, columns) = found.ok_or_else(|| {
        let text = format!("there is no primary key for referenced table \"{}\"", table.name);
        Error::new(SqlState::UNDEFINED_OBJECT, text)
    })?;
    check_immediate(&index, "primary key", table)?;
    Ok((index, columns))
}

fn check_immediate(index: &Index, what: &str, table: &Table) -> Result<()> {
    if index.deferral == Deferral::Never {
        return Ok(());
    }
    let text = format!("cannot use a deferrable {what} for referenced table \"{}\"", table.name);
    Err(Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text))
}

/// The unique index over just these columns, in whatever order.
fn matching_index(catalog: &Catalog, table: &Table, keys: &[i16]) -> Result<Arc<Index>> {
    let mut wanted = keys.to_vec();
    wanted.sort_unstable();
    if wanted.windows(2).any(|pair| pair[0] == pair[1]) {
        let text = "foreign key referenced-columns list must not contain duplicates";
        return Err(Error::new(SqlState::INVALID_FOREIGN_KEY, text));
    }
    let fits = |index: &&Arc<Index>| {
        index.unique
            && index.is_valid
            && index.predicate.is_none()
            && plain_columns(index).is_some_and(|mut columns| {
                columns.sort_unstable();
                columns == wanted
            })
    };
    let all: Vec<&Arc<Index>> = catalog.indexes_of(table.oid).filter(fits).collect();
    let immediate = all.iter().find(|index| index.deferral == Deferral::Never);
    if let Some(index) = immediate.or(all.first()) {
        check_immediate(index, "unique constraint", table)?;
        return Ok(Arc::clone(index));
    }
    let text = format!(
        "there is no unique constraint matching given keys for referenced table \"{}\"",
        table.name
    );
    Err(Error::new(SqlState::INVALID_FOREIGN_KEY, text))
}

/// Each pair of columns must be comparable by the index. 42804.
fn check_types(
    name: &str,
    (table, columns): (&Table, &[i16]),
    (referenced, keys): (&Table, &[i16]),
    index: &Index,
) -> Result<()> {
    const EQUAL: u16 = 3;
    let column = |table: &Table, number: i16| {
        table.columns[usize::try_from(number - 1).unwrap_or(0)].clone()
    };
    for (own, key) in columns.iter().zip(keys) {
        let (own, key) = (column(table, *own), column(referenced, *key));
        let class = index.columns[..index.key_count]
            .iter()
            .find(|c| c.name == key.name)
            .and_then(|c| facts().operator_classes.get(&c.operator_class));
        let comparable = own.type_id == key.type_id
            || class.is_some_and(|class| {
                facts().btree_operator(class.family, class.input_type, own.type_id, EQUAL).is_some()
                    || can_coerce(own.type_id, class.input_type, Context::Implicit)
            });
        if !comparable {
            let text = format!("foreign key constraint \"{name}\" cannot be implemented");
            let detail = format!(
                "Key columns \"{}\" of the referencing table and \"{}\" of the referenced table are of incompatible types: {} and {}.",
                own.name,
                key.name,
                types::format_type(own.type_id, Some(own.typmod)),
                types::format_type(key.type_id, Some(key.typmod)),
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail));
        }
    }
    Ok(())
}

fn action(
    wanted: &ast::ReferentialAction,
    table: &Table,
    columns: &[i16],
) -> Result<(ReferentialAction, Vec<i16>)> {
    let (action, names) = match wanted {
        ast::ReferentialAction::NoAction => return Ok((ReferentialAction::NoAction, Vec::new())),
        ast::ReferentialAction::Restrict => return Ok((ReferentialAction::Restrict, Vec::new())),
        ast::ReferentialAction::Cascade => return Ok((ReferentialAction::Cascade, Vec::new())),
        ast::ReferentialAction::SetNull(names) => (ReferentialAction::SetNull, names),
        ast::ReferentialAction::SetDefault(names) => (ReferentialAction::SetDefault, names),
    };
    let set = numbers(table, names)?;
    if let Some((_, name)) = set.iter().zip(names).find(|(number, _)| !columns.contains(number)) {
        let text = format!(
            "column \"{name}\" referenced in ON DELETE SET action must be part of foreign key"
        );
        return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text));
    }
    Ok((action, set))
}

/// Checks that every row of a table refers to a row that there is. 23503.
pub(crate) fn check_rows(work: &mut dyn Work, table: &Table, key: &ForeignKey) -> Result<()> {
    let catalog = work.catalog();
    let referenced = catalog.table(key.table).cloned();
    let referenced = referenced.ok_or_else(|| Error::internal("a referenced table vanished"))?;
    let sql = orphans(&catalog, table, &referenced, key);
    let statements = syntax::parse(&sql)?;
    let statement = statements.first().ok_or_else(|| Error::internal("no statement"))?;
    let query = Analyzer::new(&sql, work.resolver()).query(&statement.kind)?;
    let mut orphan: Option<Vec<Datum>> = None;
    work.run_query(query, &mut |_, batch: &Batch| {
        if orphan.is_none()
            && let Some(row) = batch.rows().iter().next()
        {
            orphan = Some(batch.columns.iter().map(|c| c.get(row).to_datum()).collect());
        }
        Ok(())
    })?;
    let Some(values) = orphan else { return Ok(()) };
    let mut detail = String::new();
    work.with_context(&mut |context| {
        detail = if values.iter().any(Datum::is_null) {
            "MATCH FULL does not allow mixing of null and nonnull key values.".to_owned()
        } else {
            let shown = execute::key_shown(context, table, &key.columns, &values);
            format!("Key {shown} is not present in table \"{}\".", referenced.name)
        };
        Ok(())
    })?;
    let text = format!(
        "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
        table.name, key.name
    );
    let schema = catalog.schema_by_oid(table.schema).map_or("", |schema| &*schema.name);
    Err(Error::new(SqlState::FOREIGN_KEY_VIOLATION, text)
        .detail(detail)
        .table(schema, &table.name)
        .constraint(&key.name))
}

/// The query for a row that refers to none.
fn orphans(catalog: &Catalog, table: &Table, referenced: &Table, key: &ForeignKey) -> String {
    let name = |table: &Table| {
        let schema = catalog.schema_by_oid(table.schema).map_or("", |schema| &*schema.name);
        let (schema, name) =
            (syntax::quote_identifier(schema), syntax::quote_identifier(&table.name));
        format!("{schema}.{name}")
    };
    let column = |table: &Table, number: i16| {
        let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
        syntax::quote_identifier(&column.name).into_owned()
    };
    let pairs: Vec<(String, String)> = key
        .columns
        .iter()
        .zip(&key.referenced)
        .map(|(own, other)| (column(table, *own), column(referenced, *other)))
        .collect();
    let join = |form: &dyn Fn(&(String, String)) -> String, between: &str| {
        pairs.iter().map(form).collect::<Vec<String>>().join(between)
    };
    format!(
        "SELECT {} FROM ONLY {} fk LEFT OUTER JOIN ONLY {} pk ON ({}) WHERE pk.{} IS NULL AND ({}) LIMIT 1",
        join(&|(own, _)| format!("fk.{own}"), ", "),
        name(table),
        name(referenced),
        join(&|(own, other)| format!("pk.{other} OPERATOR(pg_catalog.=) fk.{own}"), " AND "),
        pairs.first().map_or("", |(_, other)| other),
        join(
            &|(own, _)| format!("fk.{own} IS NOT NULL"),
            if key.match_full { " OR " } else { " AND " }
        ),
    )
}

/// The foreign keys of other tables than these that refer to a table and pass a test.
pub(crate) fn referrers(
    catalog: &Catalog,
    table: Oid,
    without: &[Oid],
    test: &dyn Fn(&ForeignKey) -> bool,
) -> Vec<Referrer> {
    let mut list: Vec<Referrer> = catalog
        .foreign_keys_to(table)
        .filter(|(other, key)| !without.contains(&other.oid) && test(key))
        .map(|(other, key)| (Arc::clone(other), key.clone()))
        .collect();
    list.sort_by_key(|(_, key)| key.oid);
    list
}

/// Refuses to drop what foreign keys depend on, or drops them with a notice. `what` is dropped, none for several objects;
/// they depend on what `on` gives. 2BP01.
pub(crate) fn drop_referrers(
    work: &mut dyn Work,
    list: &[Referrer],
    what: Option<&str>,
    on: &dyn Fn(&Referrer) -> String,
    behavior: DropBehavior,
) -> Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let name = |(table, key): &Referrer| format!("constraint {} on table {}", key.name, table.name);
    if behavior == DropBehavior::Restrict {
        let text = match what {
            Some(what) => format!("cannot drop {what} because other objects depend on it"),
            None => "cannot drop desired object(s) because other objects depend on them".to_owned(),
        };
        let lines: Vec<String> = list
            .iter()
            .map(|referrer| format!("{} depends on {}", name(referrer), on(referrer)))
            .collect();
        return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
            .detail(lines.join("\n"))
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    let lines: Vec<String> =
        list.iter().map(|referrer| format!("drop cascades to {}", name(referrer))).collect();
    let notice = if let [line] = lines.as_slice() {
        Error::notice(SqlState::SUCCESSFUL_COMPLETION, line)
    } else {
        let text = format!("drop cascades to {} other objects", lines.len());
        Error::notice(SqlState::SUCCESSFUL_COMPLETION, text).detail(lines.join("\n"))
    };
    work.notice(notice);
    for referrer in list {
        remove(work, referrer)?;
    }
    Ok(())
}

/// Drops a foreign key.
pub(crate) fn remove(work: &mut dyn Work, (table, key): &Referrer) -> Result<()> {
    lock_relation(work, table.oid, LockMode::AccessExclusive)?;
    let Some(table) = work.catalog().table(table.oid).cloned() else { return Ok(()) };
    let mut changed = (*table).clone();
    changed.foreign_keys.retain(|other| other.oid != key.oid);
    work.put(Object::Table(Arc::new(changed)))
}
