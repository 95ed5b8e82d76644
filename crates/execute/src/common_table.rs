//! Common tables: computed once and kept, and those that refer to themselves.

use crate::context::Context;
use crate::distinct::KeySet;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, ROWS_MAX};
use error::{Error, Result};
use expression::{Expr, ExprKind};
use plan::Node;
use std::sync::Arc;
use types::Kind;

/// Reads a common table.
pub(crate) struct CommonScan {
    index: usize,
    chunk: usize,
    given: usize,
}

impl CommonScan {
    pub(crate) fn new(index: usize) -> Self {
        Self { index, chunk: 0, given: 0 }
    }
}

/// The rows of a common table, computed at first.
fn rows_of(context: &mut Context<'_>, index: usize) -> Result<Arc<RowStore>> {
    if let Some(rows) = &context.run.common[index].rows {
        return Ok(Arc::clone(rows));
    }
    let mut operator = context.run.common[index]
        .operator
        .take()
        .ok_or_else(|| Error::internal("a common table uses itself"))?;
    let result = drain(operator.as_mut(), context);
    context.run.common[index].operator = Some(operator);
    let rows = Arc::new(result?);
    context.run.common[index].rows = Some(Arc::clone(&rows));
    Ok(rows)
}

/// All rows of an operator, opened first.
pub(crate) fn drain(operator: &mut dyn Operator, context: &mut Context<'_>) -> Result<RowStore> {
    operator.open(context)?;
    let mut store: Option<RowStore> = None;
    let mut batch = Batch::default();
    loop {
        batch.clear();
        operator.next(context, ROWS_MAX, &mut batch)?;
        if batch.rows().count() == 0 {
            return Ok(store.unwrap_or_default());
        }
        let kinds: Vec<Kind> = batch.columns.iter().map(batch::Vector::kind).collect();
        let bytes = store.get_or_insert_with(|| RowStore::new(&kinds)).add(&batch);
        context.host.charge(bytes)?;
        context.host.check_cancel()?;
    }
}

/// Copies the next rows of a store.
fn copy_rows(
    store: &RowStore,
    chunk: &mut usize,
    given: &mut usize,
    rows_max: usize,
    out: &mut Batch,
) {
    let Some(source) = store.chunk(*chunk) else {
        out.clear();
        return;
    };
    let kinds: Vec<Kind> = source.columns.iter().map(batch::Vector::kind).collect();
    shape(out, &kinds);
    let count = (source.row_count - *given).min(rows_max);
    for (target, column) in out.columns.iter_mut().zip(&source.columns) {
        for row in 0..count {
            target.set(row, column.get(*given + row));
        }
    }
    out.row_count = count;
    *given += count;
    if *given == source.row_count {
        *chunk += 1;
        *given = 0;
    }
}

impl Operator for CommonScan {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        (self.chunk, self.given) = (0, 0);
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        let rows = rows_of(context, self.index)?;
        copy_rows(&rows, &mut self.chunk, &mut self.given, rows_max, out);
        Ok(())
    }
}

/// Reads the last round of a recursive common table.
pub(crate) struct WorkTableScan {
    index: usize,
    chunk: usize,
    given: usize,
}

impl WorkTableScan {
    pub(crate) fn new(index: usize) -> Self {
        Self { index, chunk: 0, given: 0 }
    }
}

impl Operator for WorkTableScan {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        (self.chunk, self.given) = (0, 0);
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        let rows = Arc::clone(&context.run.work_tables[self.index]);
        copy_rows(&rows, &mut self.chunk, &mut self.given, rows_max, out);
        Ok(())
    }
}

/// `first UNION [ALL] again`, where the second side reads the rows that the last round gave.
pub(crate) struct RecursiveUnion {
    first: Box<dyn Operator>,
    again: Box<dyn Operator>,
    index: usize,
    kinds: Vec<Kind>,
    /// UNION: the rows given so far.
    seen: Option<KeySet>,
    rounds_begun: bool,
    next_round: RowStore,
}

impl RecursiveUnion {
    pub(crate) fn new(
        builder: &Builder,
        first: &Node,
        again: &Node,
        index: usize,
        all: bool,
    ) -> Result<Self> {
        let seen = if all { None } else { Some(KeySet::new(builder, &typed_slots(first)?)?) };
        Ok(Self {
            kinds: first.columns.clone(),
            first: builder.operator(first)?,
            again: builder.operator(again)?,
            index,
            seen,
            rounds_begun: false,
            next_round: RowStore::default(),
        })
    }
}

/// A node's output columns as slots with their types: its last projection tells them.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn typed_slots(node: &Node) -> Result<Vec<Expr>> {
    let exprs: Vec<&Expr> = match &node.kind {
        plan::NodeKind::Project { exprs, .. } | plan::NodeKind::ProjectSet { exprs, .. } => {
            exprs.iter().collect()
        }
        plan::NodeKind::Values(rows) => {
            rows.first().map(|row| row.iter().collect()).unwrap_or_default()
        }
        _ => return Err(Error::unsupported("this form of a recursive UNION")),
    };
    Ok((0u32..)
        .zip(exprs)
        .map(|(slot, expr)| Expr {
            kind: ExprKind::Slot(slot),
            type_id: expr.type_id,
            typmod: expr.typmod,
            collation: expr.collation,
        })
        .collect())
}

impl Operator for RecursiveUnion {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.rounds_begun = false;
        self.next_round = RowStore::new(&self.kinds);
        if let Some(seen) = &mut self.seen {
            seen.clear();
        }
        self.first.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            shape(out, &self.kinds);
            if self.rounds_begun {
                self.again.next(context, rows_max, out)?;
            } else {
                self.first.next(context, rows_max, out)?;
            }
            if out.rows().count() == 0 {
                if self.next_round.len() == 0 {
                    shape(out, &self.kinds);
                    return Ok(());
                }
                let round = std::mem::replace(&mut self.next_round, RowStore::new(&self.kinds));
                context.run.work_tables[self.index] = Arc::new(round);
                self.rounds_begun = true;
                self.again.open(context)?;
                context.host.check_cancel()?;
                continue;
            }
            if let Some(seen) = &mut self.seen
                && !seen.select_new(context, out)?
            {
                continue;
            }
            let bytes = self.next_round.add(out);
            context.host.charge(bytes)?;
            return Ok(());
        }
    }
}
