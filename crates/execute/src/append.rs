//! The rows of several inputs, one after the other.

use crate::context::Context;
use crate::operator::Operator;
use batch::Batch;
use error::Result;

/// All rows of each input.
pub(crate) struct Append {
    inputs: Vec<Box<dyn Operator>>,
    current: usize,
}

impl Append {
    pub(crate) fn new(inputs: Vec<Box<dyn Operator>>) -> Self {
        Self { inputs, current: 0 }
    }
}

impl Operator for Append {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.current = 0;
        match self.inputs.first_mut() {
            Some(first) => first.open(context),
            None => Ok(()),
        }
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        while let Some(input) = self.inputs.get_mut(self.current) {
            input.next(context, rows_max, out)?;
            if out.rows().count() > 0 {
                return Ok(());
            }
            self.current += 1;
            if let Some(input) = self.inputs.get_mut(self.current) {
                input.open(context)?;
            }
        }
        out.clear();
        Ok(())
    }
}
