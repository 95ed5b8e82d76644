//! Going through a table's rows for statements that change the table.

use crate::work::Work;
use batch::{Batch, Rows, Values};
use catalog::object::{Index, IndexTarget, Table};
use error::{Error, Result, SqlState};
use execute::{key_of_row, over_slots};
use expression::{Expr, ExprKind, Program};
use plan::ColumnSource;
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::RowAddress;

/// What [`for_each_batch`] calls.
type EachBatch<'f> = dyn FnMut(&mut execute::Context<'_>, &Batch, &[RowAddress]) -> Result<()> + 'f;

/// Calls `f` with batches of all rows, all columns (and one more behind them), and the rows' addresses.
pub(crate) fn for_each_batch(
    work: &mut dyn Work,
    table: &Table,
    f: &mut EachBatch<'_>,
) -> Result<()> {
    let columns: Vec<_> = (1..).take(table.columns.len()).map(ColumnSource::Column).collect();
    for_each_batch_of(work, table, &columns, f)
}

/// How many rows a table has.
pub(crate) fn count(work: &mut dyn Work, table: &Table) -> Result<usize> {
    let mut count = 0;
    for_each_batch_of(work, table, &[], &mut |_, batch, _| {
        count += batch.row_count;
        Ok(())
    })?;
    Ok(count)
}

/// The same, of these columns.
fn for_each_batch_of(
    work: &mut dyn Work,
    table: &Table,
    columns: &[ColumnSource],
    f: &mut EachBatch<'_>,
) -> Result<()> {
    let table = Arc::new(table.clone());
    work.with_context(&mut |context| {
        let mut addresses: Vec<RowAddress> = Vec::new();
        execute::scan_table(context, &table, columns, &mut |context, batch| {
            addresses.clear();
            if let Some(Values::I64(numbers)) = batch.columns.last().map(|column| &column.values) {
                addresses.extend(numbers.iter().copied().map(execute::number_address));
            }
            f(context, batch, &addresses)
        })
    })
}

/// The keys of all rows that an index holds.
pub(crate) fn index_keys(
    work: &mut dyn Work,
    table: &Table,
    index: &Index,
    f: &mut dyn FnMut(&[u8], RowAddress) -> Result<()>,
) -> Result<()> {
    let mut exprs = Vec::with_capacity(index.columns.len());
    for column in &index.columns {
        exprs.push(match &column.target {
            IndexTarget::Column(number) => {
                let slot = u32::try_from(number - 1)
                    .map_err(|_| Error::internal("a column's number is positive"))?;
                Expr {
                    kind: ExprKind::Slot(slot),
                    type_id: column.type_id,
                    typmod: column.typmod,
                    collation: column.collation,
                }
            }
            IndexTarget::Expression(tree) => over_slots(expression::decode(tree)?)?,
        });
    }
    let predicate = match &index.predicate {
        None => None,
        Some(tree) => Some(over_slots(expression::decode(tree)?)?),
    };
    let mut programs: Option<(Vec<Program>, Option<Program>)> = None;
    let mut key = Vec::new();
    let mut used = BTreeSet::new();
    for expr in exprs.iter().chain(&predicate) {
        expr.any(&mut |e| {
            if let ExprKind::Slot(slot) = e.kind {
                used.insert(slot);
            }
            false
        });
    }
    // Only the columns that the index uses are read.
    let used: Vec<u32> = used.into_iter().collect();
    let exprs: Vec<Expr> =
        exprs.into_iter().map(|expr| renumber(expr, &used)).collect::<Result<_>>()?;
    let predicate = predicate.map(|expr| renumber(expr, &used)).transpose()?;
    let sources: Vec<ColumnSource> = used
        .iter()
        .filter_map(|slot| i16::try_from(slot + 1).ok())
        .map(ColumnSource::Column)
        .collect();
    for_each_batch_of(work, table, &sources, &mut |context, batch, addresses| {
        if programs.is_none() {
            let find = context.host.find_function();
            let columns =
                exprs.iter().map(|e| Program::compile(e, find)).collect::<Result<Vec<_>>>()?;
            let condition = predicate.as_ref().map(|e| Program::compile(e, find)).transpose()?;
            programs = Some((columns, condition));
        }
        let Some((columns, condition)) = &mut programs else { return Ok(()) };
        let mut selected: Vec<u16> = Vec::new();
        match condition {
            Some(condition) => condition.select(batch, context, &mut selected)?,
            None => selected.extend(batch.rows().iter().filter_map(|row| u16::try_from(row).ok())),
        }
        for program in columns.iter_mut() {
            program.run(&batch.columns, Rows::Some(&selected), context)?;
        }
        for row in selected.into_iter().map(usize::from) {
            let vectors = columns.iter().map(|program| program.result(&batch.columns));
            key_of_row(index, vectors, row, &mut key);
            f(&key, addresses[row])?;
        }
        Ok(())
    })
}

/// An expression over the columns of these slots alone.
fn renumber(expr: Expr, used: &[u32]) -> Result<Expr> {
    if let ExprKind::Slot(slot) = expr.kind {
        let place = used.iter().zip(0..).find(|(other, _)| **other == slot);
        let (_, place) = place.ok_or_else(|| Error::internal("a slot that nothing is read to"))?;
        return Ok(Expr { kind: ExprKind::Slot(place), ..expr });
    }
    expr.map_children(&mut |child| renumber(child, used))
}

/// The error of a table whose rows break a rule.
pub(crate) fn violation(work: &dyn Work, table: &Table, code: SqlState, text: String) -> Error {
    let catalog = work.catalog();
    let schema = catalog.schema_by_oid(table.schema).map_or("", |schema| &*schema.name);
    Error::new(code, text).table(schema, &*table.name)
}

/// 23502 for a column that is NULL in some row.
pub(crate) fn null_violation(work: &dyn Work, table: &Table, column: &str) -> Error {
    let text = format!("column \"{column}\" of relation \"{}\" contains null values", table.name);
    violation(work, table, SqlState::NOT_NULL_VIOLATION, text).column(column)
}

/// 23502 where a column of any row is NULL.
pub(crate) fn check_not_null(work: &mut dyn Work, table: &Table, number: i16) -> Result<()> {
    let place = usize::try_from(number - 1)
        .map_err(|_| Error::internal("a column's number is positive"))?;
    let error = null_violation(work, table, &table.columns[place].name);
    for_each_batch_of(work, table, &[ColumnSource::Carried(number)], &mut |_, batch, _| {
        if batch.rows().iter().any(|row| batch.columns[0].is_null(row)) {
            return Err(error.clone());
        }
        Ok(())
    })
}

/// 23514 where a condition is false for any row.
pub(crate) fn check_condition(
    work: &mut dyn Work,
    table: &Table,
    expr: &Expr,
    name: &str,
) -> Result<()> {
    let expr = over_slots(expr.clone())?;
    let mut program: Option<Program> = None;
    let text = format!(
        "check constraint \"{name}\" of relation \"{}\" is violated by some row",
        table.name
    );
    let error = violation(work, table, SqlState::CHECK_VIOLATION, text).constraint(name);
    for_each_batch(work, table, &mut |context, batch, _| {
        if program.is_none() {
            program = Some(Program::compile(&expr, context.host.find_function())?);
        }
        let Some(program) = &mut program else { return Ok(()) };
        let result = program.run(&batch.columns, batch.rows(), context)?;
        let Values::Bool(values) = &result.values else {
            return Err(Error::internal("a check is a boolean"));
        };
        let mask = result.mask();
        if batch.rows().iter().any(|row| !values[row & mask] && !result.nulls.get(row & mask)) {
            return Err(error.clone());
        }
        Ok(())
    })
}
