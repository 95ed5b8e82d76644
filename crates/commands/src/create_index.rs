//! CREATE INDEX, and filling an index with a table's rows.

use crate::constraint::{choose_name, column_number, default_class};
use crate::create_table::durability;
use crate::key_list::KeyList;
use crate::name::{find_relation, lock_relation, plain_table};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::{Analyzer, TableExpression};
use catalog::facts::{self, facts};
use catalog::object::{Deferral, Index, IndexColumn, IndexTarget, Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{EntryKey, IndexInsert, LockMode, LockTag, RelationId, Unique};
use syntax::ast::{self, CreateIndex, IndexKey, NullsOrder, SortDirection};
use types::Oid;

/// CREATE INDEX.
pub(crate) fn create_index(work: &mut dyn Work, create: &CreateIndex, sql: &str) -> Result<()> {
    let table = plain_table(find_relation(work, &create.relation, sql)?)?;
    let mode = if create.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
    lock_relation(work, table.oid, mode)?;
    let table = plain_table(find_relation(work, &create.relation, sql)?)?;
    check_owner(&work.catalog(), work.current_user(), &Object::Table(Arc::clone(&table)))?;
    let Some(index) = describe(work, create, &table, sql)? else { return Ok(()) };
    make_index(work, &index)?;
    if create.concurrently {
        return build_concurrently(work, &table, index);
    }
    build(work, &table, &index)?;
    work.put(Object::Index(index))
}

/// The index that a statement wants; `None` where its name is taken and that is fine.
fn describe(
    work: &mut dyn Work,
    create: &CreateIndex,
    table: &Arc<Table>,
    sql: &str,
) -> Result<Option<Arc<Index>>> {
    let method = access_method(create.access_method.as_deref())?;
    let mut columns = Vec::with_capacity(create.elements.len() + create.include.len());
    for element in &create.elements {
        columns.push(index_column(work, table, element, sql)?);
    }
    let key_count = columns.len();
    for element in &create.include {
        columns.push(included_column(table, element)?);
    }
    let predicate = match &create.where_clause {
        None => None,
        Some(expr) => {
            let mut analyzer = Analyzer::new(sql, work.resolver());
            Some(expression::encode(&analyzer.table_expression(
                expr,
                table,
                TableExpression::IndexPredicate,
            )?)?)
        }
    };
    let catalog = work.catalog();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let name = match &create.name {
        Some(name) => {
            if crate::name::is_taken(work, table.schema, name, create.if_not_exists)? {
                return Ok(None);
            }
            name.to_string()
        }
        None => choose_name(&table.name, &names, "idx", &|name| {
            catalog.relation(table.schema, name).is_some()
        }),
    };
    let storage = Arc::clone(work.transaction().storage());
    Ok(Some(Arc::new(Index {
        oid: Oid(storage.allocate_oid()?),
        name,
        schema: table.schema,
        owner: table.owner,
        persistence: table.persistence,
        table: table.oid,
        file: storage.allocate_index_file(durability(table.persistence))?,
        unique: create.unique,
        primary: false,
        nulls_not_distinct: create.nulls_not_distinct,
        method,
        columns,
        key_count,
        predicate,
        constraint: None,
        deferral: Deferral::Never,
        is_valid: !create.concurrently,
        is_live: true,
        // Where others write meanwhile, older snapshots are waited for instead.
        valid_from: if create.concurrently { 0 } else { storage.newest_csn().0 },
        options: crate::create_table::option_texts(&create.options)?,
        comment: None,
    })))
}

/// A column that is kept with the key: any type will do.
fn included_column(table: &Table, element: &ast::IndexElement) -> Result<IndexColumn> {
    let IndexKey::Column(name) = &element.key else {
        return Err(Error::unsupported("expressions are not supported in included columns"));
    };
    let number = column_number(table, name).map_err(|_| undefined_column(name))?;
    Ok(crate::constraint::included_column(table, number))
}

fn undefined_column(name: &str) -> Error {
    Error::new(SqlState::UNDEFINED_COLUMN, format!("column \"{name}\" does not exist"))
}

fn access_method(name: Option<&str>) -> Result<Oid> {
    match name {
        None | Some("btree") => Ok(facts::BTREE),
        // A hash index answers equality alone, which a B+tree does too.
        Some("hash") => Ok(Oid(405)),
        Some(method @ ("gin" | "gist" | "brin" | "spgist")) => {
            Err(Error::unsupported(format!("access method {method}")))
        }
        Some(other) => {
            let text = format!("access method \"{other}\" does not exist");
            Err(Error::new(SqlState::UNDEFINED_OBJECT, text))
        }
    }
}

/// Fills an index while others write: they keep it up to date from its first commit on, and it is read from its last. If
/// it fails in between, an index stays that is kept up to date and not read (PostgreSQL's INVALID).
fn build_concurrently(work: &mut dyn Work, table: &Table, index: Arc<Index>) -> Result<()> {
    holding_table(work, table.oid, &mut |work, tag| {
        fill_concurrently(work, table, &index, tag)?;
        work.put(Object::Index(Arc::new(Index { is_valid: true, ..(*index).clone() })))
    })
}

/// Runs something that is several transactions while the table is not changed otherwise.
pub(crate) fn holding_table(
    work: &mut dyn Work,
    table: Oid,
    run: &mut dyn FnMut(&mut dyn Work, LockTag) -> Result<()>,
) -> Result<()> {
    let tag = LockTag::Relation { database: work.database().0, relation: table.0 };
    let session = work.transaction().lock_session().map(Arc::clone);
    let session = session.ok_or_else(|| Error::internal("a statement belongs to a session"))?;
    session.try_lock(tag, LockMode::ShareUpdateExclusive);
    let done = run(work, tag);
    session.unlock(tag, LockMode::ShareUpdateExclusive);
    done
}

/// Registers an index that is not valid yet and adds the entries of all rows; then it may be read.
pub(crate) fn fill_concurrently(
    work: &mut dyn Work,
    table: &Table,
    index: &Arc<Index>,
    tag: LockTag,
) -> Result<()> {
    work.put(Object::Index(Arc::clone(index)))?;
    work.commit_and_begin()?;
    // Those who may have written without knowing of the index.
    work.with_context(&mut |context| {
        let limits = context.host.limits();
        context.transaction.wait_for_holders(tag, LockMode::Share, limits)
    })?;
    // Nothing that the rows of now lead to is purged before the entries are there.
    let kept = work.transaction().take_snapshot()?;
    let storage = Arc::clone(work.transaction().storage());
    let mut keys = KeyList::new(storage, memory_bytes(work)?);
    crate::rows::index_keys(work, table, index, &mut |key, address| keys.push(key, address))?;
    let mut keys = keys.sorted()?;
    let heap = RelationId { database: work.database().0, file: table.file };
    let id = RelationId { file: index.file, ..heap };
    let mut key = Vec::new();
    while let Some(address) = keys.next(&mut key)? {
        let unique = index.unique && (index.nulls_not_distinct || !key_has_null(index, &key));
        let unique = if unique { Unique::Yes } else { Unique::No };
        let entry = EntryKey { bytes: &key, length: execute::key_length(index, &key) };
        if let IndexInsert::Duplicate(_) = add_missing(work, id, heap, entry, address, unique)? {
            return Err(not_unique(work, table, index, &key));
        }
    }
    drop(kept);
    work.commit_and_begin()?;
    // Older snapshots may want rows that the index never had.
    let csn = work.transaction().storage().newest_csn();
    work.with_context(&mut |context| {
        let limits = context.host.limits();
        context.transaction.wait_for_snapshots(csn, limits)
    })
}

/// Adds a row's entry if nobody did, waiting for whoever is writing the row.
fn add_missing(
    work: &mut dyn Work,
    index: RelationId,
    heap: RelationId,
    key: EntryKey<'_>,
    address: storage::RowAddress,
    unique: Unique,
) -> Result<IndexInsert> {
    loop {
        let outcome = work.transaction().index_add_missing(index, heap, key, address, unique)?;
        let IndexInsert::WaitFor(xid) = outcome else { return Ok(outcome) };
        work.with_context(&mut |context| {
            let limits = context.host.limits();
            context.transaction.wait_for(xid, limits)
        })?;
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn index_column(
    work: &mut dyn Work,
    table: &Table,
    element: &ast::IndexElement,
    sql: &str,
) -> Result<IndexColumn> {
    let (name, target, type_id, typmod, mut collation) = match &element.key {
        IndexKey::Column(name) => {
            let number = column_number(table, name).map_err(|_| undefined_column(name))?;
            let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
            (
                column.name.clone(),
                IndexTarget::Column(number),
                column.type_id,
                column.typmod,
                column.collation,
            )
        }
        IndexKey::Expr(expr) => {
            let mut analyzer = Analyzer::new(sql, work.resolver());
            let typed = analyzer.table_expression(expr, table, TableExpression::IndexColumn)?;
            check_immutable(&typed)?;
            let name = match &expr.kind {
                ast::ExprKind::Function(call) => call.name.name().to_owned(),
                _ => "expr".to_owned(),
            };
            let target = IndexTarget::Expression(expression::encode(&typed)?);
            (name, target, typed.type_id, typed.typmod, typed.collation)
        }
    };
    if let Some(wanted) = &element.collation {
        let found = facts().collation_named(wanted.name()).map(|c| c.oid);
        collation = found.ok_or_else(|| {
            let text =
                format!("collation \"{}\" for encoding \"UTF8\" does not exist", wanted.dotted());
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        })?;
    }
    let operator_class = match &element.operator_class {
        None => default_class(type_id)?,
        Some(class) => {
            let found = facts()
                .operator_classes
                .values()
                .find(|c| c.method == facts::BTREE && c.name == class.name())
                .map(|c| c.oid);
            found.ok_or_else(|| {
                let text = format!(
                    "operator class \"{}\" does not exist for access method \"btree\"",
                    class.dotted()
                );
                Error::new(SqlState::UNDEFINED_OBJECT, text)
            })?
        }
    };
    let descending = element.direction == SortDirection::Descending;
    let nulls_first = match element.nulls {
        NullsOrder::Default => descending,
        NullsOrder::First => true,
        NullsOrder::Last => false,
    };
    Ok(IndexColumn {
        name,
        target,
        type_id,
        typmod,
        collation,
        operator_class,
        descending,
        nulls_first,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn check_immutable(expr: &expression::Expr) -> Result<()> {
    let mutable = expr.any(&mut |e| match &e.kind {
        expression::ExprKind::Call(call) => {
            call.volatility() != catalog::facts::Volatility::Immutable
        }
        expression::ExprKind::SessionValue(_) => true,
        expression::ExprKind::SqlJson(json) => json.is_mutable(),
        _ => false,
    });
    if mutable {
        let text = "functions in index expression must be marked IMMUTABLE";
        return Err(Error::new(SqlState::INVALID_OBJECT_DEFINITION, text));
    }
    Ok(())
}

/// Makes an index's file.
pub(crate) fn make_index(work: &mut dyn Work, index: &Index) -> Result<()> {
    let id = RelationId { database: work.database().0, file: index.file };
    work.transaction().create_index(id)
}

/// Fills an empty index with the rows of its table. 23505 where a unique one finds a key twice.
pub(crate) fn build(work: &mut dyn Work, table: &Table, index: &Arc<Index>) -> Result<()> {
    let storage = Arc::clone(work.transaction().storage());
    let mut keys = KeyList::new(storage, memory_bytes(work)?);
    crate::rows::index_keys(work, table, index, &mut |key, address| keys.push(key, address))?;
    let mut keys = keys.sorted()?;
    let (mut before, mut duplicate) = (Vec::new(), None);
    let mut source = |key: &mut Vec<u8>| {
        if index.unique {
            std::mem::swap(key, &mut before);
        }
        let address = keys.next(key)?;
        let is_same = index.unique && address.is_some() && !before.is_empty() && {
            let length = execute::key_length(index, key);
            key[..length] == before[..length.min(before.len())]
        };
        if is_same && (index.nulls_not_distinct || !key_has_null(index, key)) {
            duplicate = Some(key.clone());
            return Err(Error::internal("a key is there twice"));
        }
        Ok(address)
    };
    let id = RelationId { database: work.database().0, file: index.file };
    let built = work.transaction().index_build(id, &mut source);
    let Some(key) = duplicate else { return built };
    Err(not_unique(work, table, index, &key))
}

/// 23505 for a key that more than one row has.
fn not_unique(work: &mut dyn Work, table: &Table, index: &Index, key: &[u8]) -> Error {
    let text = format!("could not create unique index \"{}\"", index.name);
    let detail = duplicate_detail(work, index, key);
    crate::rows::violation(work, table, SqlState::UNIQUE_VIOLATION, text)
        .detail(detail)
        .constraint(&index.name)
}

/// How much memory an index's keys may take (maintenance_work_mem).
fn memory_bytes(work: &mut dyn Work) -> Result<usize> {
    const DEFAULT_BYTES: usize = 64 << 20;
    let mut text = None;
    work.with_context(&mut |context| {
        text = context.host.setting("maintenance_work_mem");
        Ok(())
    })?;
    let units = [("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40)];
    let parsed = text.as_deref().and_then(|text| {
        let (unit, bytes) = units.iter().find(|(unit, _)| text.ends_with(unit))?;
        text.strip_suffix(unit)?.parse::<usize>().ok()?.checked_mul(*bytes)
    });
    Ok(parsed.unwrap_or(DEFAULT_BYTES))
}

/// Whether any column of a key is NULL.
fn key_has_null(index: &Index, key: &[u8]) -> bool {
    let mut rest = key;
    for column in &index.columns[..index.key_count] {
        let order =
            types::KeyOrder { descending: column.descending, nulls_first: column.nulls_first };
        let mut null = Vec::new();
        types::encode_key(column.type_id, types::ValueRef::Null, order, &mut null);
        if rest.starts_with(&null) {
            return true;
        }
        match types::skip_key(column.type_id, order, rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    false
}

/// `Key (a, b)=(1, 2) is duplicated.`
fn duplicate_detail(work: &mut dyn Work, index: &Index, key: &[u8]) -> String {
    let names: Vec<&str> =
        index.columns[..index.key_count].iter().map(|c| c.name.as_str()).collect();
    let mut values = Vec::new();
    let mut rest = key;
    for column in &index.columns[..index.key_count] {
        let order =
            types::KeyOrder { descending: column.descending, nulls_first: column.nulls_first };
        let Some((value, after)) = types::decode_key(column.type_id, order, rest) else { break };
        let mut text = Vec::new();
        let context = work.resolver().text_context();
        if types::output(column.type_id, value.as_ref(), &context, &mut text).is_ok() {
            values.push(String::from_utf8_lossy(&text).into_owned());
        }
        rest = after;
    }
    if values.len() == names.len() {
        format!("Key ({})=({}) is duplicated.", names.join(", "), values.join(", "))
    } else {
        "Duplicate keys exist.".to_owned()
    }
}
