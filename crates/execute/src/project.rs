//! Expressions over each row.

use crate::context::Context;
use crate::function_scan::SetCall;
use crate::operator::{Builder, Operator};
use crate::store::shape;
use batch::{Batch, Rows, Vector};
use error::{Error, Result};
use expression::{Expr, ExprKind, Program};
use functions::Environment;
use plan::Node;
use types::Kind;

/// Computes the output columns of each row.
pub(crate) struct Project {
    input: Box<dyn Operator>,
    programs: Vec<Program>,
    kinds: Vec<Kind>,
    rows: Batch,
}

impl Project {
    pub(crate) fn new(
        input: Box<dyn Operator>,
        programs: Vec<Program>,
        input_kinds: &[Kind],
    ) -> Self {
        let kinds = programs.iter().map(|program| Kind::of(program.type_id)).collect();
        Self { input, programs, kinds, rows: Batch::new(input_kinds.iter().copied()) }
    }
}

impl Operator for Project {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        self.rows.clear();
        self.input.next(context, rows_max, &mut self.rows)?;
        shape(out, &self.kinds);
        let rows = self.rows.rows();
        if rows.count() == 0 {
            return Ok(());
        }
        for (program, column) in self.programs.iter_mut().zip(&mut out.columns) {
            let values = program.run(&self.rows.columns, rows, context)?;
            // The output is dense: rows that were left out are closed up.
            for (place, row) in rows.iter().enumerate() {
                column.set(place, values.get(row));
            }
        }
        out.row_count = rows.count();
        Ok(())
    }
}

/// Computes output columns some of which are sets: a row for each of their rows, NULL where a shorter set ended.
pub(crate) struct ProjectSet {
    input: Box<dyn Operator>,
    /// The set-returning calls, wherever they stand in expressions.
    calls: Vec<SetCall>,
    /// The output columns over the input's columns and then the calls' values.
    programs: Vec<Program>,
    kinds: Vec<Kind>,
    call_kinds: Vec<Kind>,
    input_width: usize,
    rows: Batch,
    row_list: Vec<usize>,
    /// The input row in turn, if its sets still give rows.
    current: Option<usize>,
    next_row: usize,
}

impl ProjectSet {
    pub(crate) fn new(builder: &Builder, input: &Node, exprs: &[Expr]) -> Result<Self> {
        let input_width = input.columns.len();
        let mut sets = Vec::new();
        let mut outer = Vec::with_capacity(exprs.len());
        for expr in exprs {
            outer.push(lift_sets(expr.clone(), input_width, &mut sets)?);
        }
        let calls =
            sets.iter().map(|expr| SetCall::new(builder, expr, &[])).collect::<Result<_>>()?;
        Ok(Self {
            input: builder.operator(input)?,
            calls,
            programs: builder.programs(&outer)?,
            kinds: exprs.iter().map(|expr| Kind::of(expr.type_id)).collect(),
            call_kinds: sets.iter().map(|expr| Kind::of(expr.type_id)).collect(),
            input_width,
            rows: Batch::new(input.columns.iter().copied()),
            row_list: Vec::new(),
            current: None,
            next_row: 0,
        })
    }
}

/// Replaces set-returning calls by slots behind the input's columns.
fn lift_sets(expr: Expr, width: usize, sets: &mut Vec<Expr>) -> Result<Expr> {
    if let ExprKind::Call(call) = &expr.kind
        && call.returns_set()
    {
        let mut nested = false;
        expr.for_each_child(&mut |child| {
            nested = nested
                || child.any(&mut |e| matches!(&e.kind, ExprKind::Call(c) if c.returns_set()));
        });
        if nested {
            return Err(Error::unsupported("a set-returning function as argument of another"));
        }
        let slot =
            u32::try_from(width + sets.len()).map_err(|_| Error::internal("too many columns"))?;
        let lifted = Expr {
            kind: ExprKind::Slot(slot),
            type_id: expr.type_id,
            typmod: expr.typmod,
            collation: expr.collation,
        };
        sets.push(expr);
        return Ok(lifted);
    }
    expr.map_children(&mut |child| lift_sets(child, width, sets))
}

impl Operator for ProjectSet {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.rows.clear();
        self.row_list.clear();
        self.current = None;
        self.next_row = 0;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            if self.current.is_none() {
                if self.next_row == self.row_list.len() {
                    self.rows.clear();
                    self.input.next(context, rows_max, &mut self.rows)?;
                    self.row_list.clear();
                    self.row_list.extend(self.rows.rows().iter());
                    self.next_row = 0;
                    if self.row_list.is_empty() {
                        shape(out, &self.kinds);
                        return Ok(());
                    }
                }
                let row = self.row_list[self.next_row];
                self.next_row += 1;
                for call in &mut self.calls {
                    call.open(context, &self.rows.columns, row)?;
                }
                self.current = Some(row);
            }
            let row = self.current.unwrap_or_default();
            if self.give(context, row, rows_max, out)? {
                return Ok(());
            }
            context.check_cancel()?;
        }
    }
}

impl ProjectSet {
    /// Gives the next rows of the input row in turn; `false` when there is none.
    fn give(
        &mut self,
        context: &mut Context<'_>,
        row: usize,
        rows_max: usize,
        out: &mut Batch,
    ) -> Result<bool> {
        let mut sets: Vec<Vector> = self.call_kinds.iter().map(|kind| Vector::new(*kind)).collect();
        let mut longest = 0;
        for (call, column) in self.calls.iter_mut().zip(&mut sets) {
            let count = call.next(
                context,
                &self.rows.columns,
                row,
                std::slice::from_mut(column),
                rows_max,
            )?;
            longest = longest.max(count);
        }
        if longest < rows_max {
            self.current = None;
        }
        shape(out, &self.kinds);
        if longest == 0 {
            return Ok(false);
        }
        let mut columns: Vec<Vector> = Vec::with_capacity(self.input_width + sets.len());
        for column in &self.rows.columns {
            columns.push(Vector::constant(column.kind(), column.get(row)));
        }
        for mut column in sets {
            for place in column.len()..longest {
                column.set_null(place);
            }
            columns.push(column);
        }
        for (program, column) in self.programs.iter_mut().zip(&mut out.columns) {
            let values = program.run(&columns, Rows::All(longest), context)?;
            column.copy_rows(values, Rows::All(longest));
        }
        out.row_count = longest;
        Ok(true)
    }
}
