//! Rows that come from no table.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use batch::{Batch, Rows};
use error::Result;
use expression::{Expr, Program};
use types::{Datum, Kind};

/// One row without columns.
#[derive(Default)]
pub(crate) struct One {
    given: bool,
}

impl Operator for One {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        self.given = false;
        Ok(())
    }

    fn next(
        &mut self,
        _context: &mut Context<'_>,
        _rows_max: usize,
        out: &mut Batch,
    ) -> Result<()> {
        out.clear();
        out.columns.clear();
        out.row_count = usize::from(!self.given);
        self.given = true;
        Ok(())
    }
}

/// No row.
pub(crate) struct Nothing;

impl Operator for Nothing {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        Ok(())
    }

    fn next(
        &mut self,
        _context: &mut Context<'_>,
        _rows_max: usize,
        out: &mut Batch,
    ) -> Result<()> {
        out.clear();
        Ok(())
    }
}

/// VALUES.
pub(crate) struct ValueRows {
    rows: Vec<Vec<Value>>,
    kinds: Vec<Kind>,
    next: usize,
}

enum Value {
    Constant(Datum),
    Computed(Box<Program>),
}

impl ValueRows {
    pub(crate) fn new(builder: &Builder, rows: &[Vec<Expr>]) -> Result<Self> {
        let kinds = rows
            .first()
            .map(|row| row.iter().map(|e| Kind::of(e.type_id)).collect())
            .unwrap_or_default();
        let value = |expr: &Expr| match expr.as_constant() {
            Some(value) => Ok(Value::Constant(value.clone())),
            None => Ok(Value::Computed(Box::new(builder.program(expr)?))),
        };
        let rows = rows.iter().map(|row| row.iter().map(value).collect()).collect::<Result<_>>()?;
        Ok(Self { rows, kinds, next: 0 })
    }
}

impl Operator for ValueRows {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        self.next = 0;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        crate::store::shape(out, &self.kinds);
        while out.row_count < rows_max && self.next < self.rows.len() {
            let place = out.row_count;
            for (value, column) in self.rows[self.next].iter_mut().zip(&mut out.columns) {
                match value {
                    Value::Constant(value) => column.set(place, value.as_ref()),
                    Value::Computed(program) => {
                        let value = program.run(&[], Rows::All(1), context)?;
                        column.set(place, value.get(0));
                    }
                }
            }
            out.row_count += 1;
            self.next += 1;
        }
        Ok(())
    }
}
