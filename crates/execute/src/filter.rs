//! The rows that pass a condition.

use crate::context::Context;
use crate::operator::Operator;
use batch::Batch;
use error::Result;
use expression::Program;

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
