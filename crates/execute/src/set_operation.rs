//! INTERSECT and EXCEPT.

use crate::context::Context;
use crate::distinct::KeySet;
use crate::operator::{Builder, Operator};
use batch::{Batch, ROWS_MAX};
use error::Result;
use expression::{Expr, SetOperator};
use functions::Environment;
use plan::Node;

/// Counts the right side's rows by value, then lets left rows through or holds them back.
pub(crate) struct SetOperation {
    operator: SetOperator,
    all: bool,
    left: Box<dyn Operator>,
    right: Box<dyn Operator>,
    right_values: KeySet,
    right_counts: Vec<u64>,
    given: KeySet,
    counted: bool,
}

impl SetOperation {
    pub(crate) fn new(
        builder: &Builder,
        operator: SetOperator,
        all: bool,
        sides: (&Node, &Node),
        keys: &[Expr],
    ) -> Result<Self> {
        Ok(Self {
            operator,
            all,
            left: builder.operator(sides.0)?,
            right: builder.operator(sides.1)?,
            right_values: KeySet::new(builder, keys)?,
            right_counts: Vec::new(),
            given: KeySet::new(builder, keys)?,
            counted: false,
        })
    }

    fn count(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.right.open(context)?;
        let (mut batch, mut numbers) = (Batch::default(), Vec::new());
        loop {
            batch.clear();
            self.right.next(context, ROWS_MAX, &mut batch)?;
            if batch.rows().count() == 0 {
                break;
            }
            self.right_values.number(context, &batch, &mut numbers)?;
            self.right_counts.resize(self.right_values.len(), 0);
            for row in batch.rows().iter() {
                self.right_counts[numbers[row] as usize] += 1;
            }
            context.check_cancel()?;
        }
        self.counted = true;
        Ok(())
    }
}

impl Operator for SetOperation {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.right_values.clear();
        self.right_counts.clear();
        self.given.clear();
        self.counted = false;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        if !self.counted {
            self.count(context)?;
        }
        let mut found = Vec::new();
        loop {
            self.left.next(context, rows_max, out)?;
            if out.rows().count() == 0 {
                return Ok(());
            }
            self.right_values.find(context, out, &mut found)?;
            let intersect = self.operator == SetOperator::Intersect;
            let mut selected = Vec::new();
            for row in out.rows().iter() {
                let present = match found[row] {
                    None => false,
                    Some(_) if !self.all => true,
                    Some(number) => {
                        // ALL: each right row stands against one left row.
                        let count = &mut self.right_counts[number as usize];
                        let present = *count > 0;
                        *count = count.saturating_sub(1);
                        present
                    }
                };
                if present == intersect {
                    selected.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
                }
            }
            let any = !selected.is_empty();
            out.selection = Some(selected);
            if any && (self.all || self.given.select_new(context, out)?) {
                return Ok(());
            }
            context.check_cancel()?;
        }
    }
}
