//! The rows that pass a condition.

use crate::context::Context;
use crate::operator::Operator;
use crate::row::Externals;
use batch::Batch;
use error::Result;
use expression::{Expr, ExprKind, Program};
use storage::RelationId;

/// The rows of an input that pass.
pub(crate) struct Filter {
    input: Box<dyn Operator>,
    condition: Program,
}

impl Filter {
    pub(crate) fn new(input: Box<dyn Operator>, condition: Program) -> Self {
        Self { input, condition }
    }
}

impl Operator for Filter {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            self.input.next(context, rows_max, out)?;
            if out.rows().count() == 0 || select(&mut self.condition, context, out)? {
                return Ok(());
            }
            context.host.check_cancel()?;
        }
    }
}

/// Narrows a batch to the rows that pass; tells whether any does.
pub(crate) fn select(
    condition: &mut Program,
    context: &mut Context<'_>,
    batch: &mut Batch,
) -> Result<bool> {
    let mut selected = Vec::with_capacity(batch.rows().count());
    condition.select(batch, context, &mut selected)?;
    let any = !selected.is_empty();
    if selected.len() < batch.row_count {
        batch.selection = Some(selected);
    }
    Ok(any)
}

/// The slots that an expression uses.
pub(crate) fn slots_of(expr: &Expr) -> Vec<usize> {
    let mut slots = Vec::new();
    expr.any(&mut |e| {
        if let ExprKind::Slot(slot) = e.kind {
            slots.push(slot as usize);
        }
        false
    });
    slots
}

/// Filters rows just read, reading what is out of line only where it is used: before the condition the columns that it
/// uses, after it the others of the rows that passed. Tells whether any did.
pub(crate) fn select_stored(
    filter: Option<(&mut Program, &[usize])>,
    context: &mut Context<'_>,
    heap: RelationId,
    externals: &mut Externals,
    batch: &mut Batch,
) -> Result<bool> {
    let storage = context.storage();
    if let Some((program, uses)) = filter {
        if !externals.is_empty() {
            externals.read(&storage, heap, &mut batch.columns, |slot, _| uses.contains(&slot))?;
        }
        if !select(program, context, batch)? {
            return Ok(false);
        }
    }
    if !externals.is_empty() {
        let selection = batch.selection.as_deref();
        let passed = |row: usize| {
            let number = u16::try_from(row).unwrap_or(u16::MAX);
            selection.is_none_or(|rows| rows.binary_search(&number).is_ok())
        };
        externals.read(&storage, heap, &mut batch.columns, |_, row| passed(row))?;
    }
    Ok(true)
}
