//! Operators, and executions as their trees with what they keep.

use crate::context::{CommonState, Context, Host, RunState, place_of};
use crate::{
    aggregate, append, common_table, distinct, filter, function_scan, hash_join, index_scan, limit,
    lock_rows, modify, nested_loop, project, seq_scan, set_operation, sort, subplan, system_scan,
    values, window,
};
use batch::Batch;
use error::{Result, stack_check};
use expression::{Expr, Program};
use functions::Builtin;
use plan::{Node, NodeKind, Plan};
use std::cell::Cell;
use storage::Transaction;

/// Something that gives rows.
pub trait Operator: Send {
    /// Starts from the first row, with the outer values as they are now.
    fn open(&mut self, context: &mut Context<'_>) -> Result<()>;

    /// Fills `out`, cleared before, with up to `rows_max` rows; none means that there are no more.
    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()>;
}

/// A plan made ready to run, and run again: its state is reset, not rebuilt.
pub struct Execution {
    root: Box<dyn Operator>,
    /// What it keeps between calls.
    pub run: RunState,
    opened: bool,
    has_effects: bool,
}

/// Builds operators from nodes.
pub(crate) struct Builder {
    find: fn(&str) -> Option<Builtin>,
    /// Something that was built has effects of its own: volatile functions, triggers.
    has_effects: Cell<bool>,
}

impl Execution {
    /// The execution of a plan. 0A000 for a function that has no binding.
    pub fn new(plan: &Plan, host: &dyn Host) -> Result<Self> {
        let builder = Builder::with(host.find_function());
        let mut run = RunState::default();
        run.outer.resize(plan.outer_count, types::Datum::Null);
        run.work_tables.resize_with(plan.work_tables, Default::default);
        for subplan in &plan.subplans {
            run.subplans.push(Some(Box::new(subplan::SubplanState::new(subplan, &builder)?)));
        }
        for common in &plan.common {
            run.common
                .push(CommonState { operator: Some(builder.operator(&common.root)?), rows: None });
        }
        let root = builder.operator(&plan.root)?;
        Ok(Self { root, run, opened: false, has_effects: builder.has_effects.get() })
    }

    /// Whether running it does more than changing the rows of one table: it may call volatile functions and triggers.
    pub fn has_effects(&self) -> bool {
        self.has_effects
    }

    /// An execution that begins in the place of this one, which failed: with its snapshot and parameters.
    pub fn begin_again(&mut self, plan: &Plan, host: &dyn Host) -> Result<Self> {
        let mut again = Self::new(plan, host)?;
        again.run.snapshot = self.run.snapshot.take();
        again.run.parameters = std::mem::take(&mut self.run.parameters);
        Ok(again)
    }

    /// Makes it start from the first row with the next call, and forgets what it kept.
    pub fn reset(&mut self) {
        self.opened = false;
        self.run.changed = 0;
        self.run.snapshot = None;
        for common in &mut self.run.common {
            common.rows = None;
        }
        for subplan in self.run.subplans.iter_mut().flatten() {
            subplan.forget();
        }
    }

    /// Fills `out` with up to `rows_max` rows; none means that there are no more. 72000 where its snapshot was given up.
    pub fn next(
        &mut self,
        host: &mut dyn Host,
        transaction: &mut Transaction,
        rows_max: usize,
        out: &mut Batch,
    ) -> Result<()> {
        let filled = self.fill(host, transaction, rows_max, out);
        match (&filled, &self.run.snapshot) {
            // A row that it waited for, and then left alone, is for others.
            (Ok(()), _) => transaction.release_turn(),
            // Where it was given up, something may be wrong only because it is gone.
            (Err(_), Some(snapshot)) => snapshot.check()?,
            (Err(_), None) => {}
        }
        filled
    }

    fn fill(
        &mut self,
        host: &mut dyn Host,
        transaction: &mut Transaction,
        rows_max: usize,
        out: &mut Batch,
    ) -> Result<()> {
        let mut context = Context { run: &mut self.run, host, transaction };
        if !self.opened {
            self.root.open(&mut context)?;
            self.opened = true;
        }
        out.clear();
        self.root.next(&mut context, rows_max.min(batch::ROWS_MAX), out)
    }
}

impl Builder {
    pub(crate) fn with(find: fn(&str) -> Option<Builtin>) -> Self {
        Self { find, has_effects: Cell::new(false) }
    }

    /// What is built has effects of its own.
    pub(crate) fn note_effects(&self) {
        self.has_effects.set(true);
    }

    /// What is built evaluates this.
    pub(crate) fn note_effects_of(&self, expr: &Expr) {
        if expr.is_volatile() {
            self.note_effects();
        }
    }

    pub(crate) fn program(&self, expr: &Expr) -> Result<Program> {
        self.note_effects_of(expr);
        Program::compile(expr, self.find)
    }

    pub(crate) fn programs<'a>(
        &self,
        list: impl IntoIterator<Item = &'a Expr>,
    ) -> Result<Vec<Program>> {
        list.into_iter().map(|expr| self.program(expr)).collect()
    }

    pub(crate) fn optional(&self, expr: Option<&Expr>) -> Result<Option<Program>> {
        expr.map(|expr| self.program(expr)).transpose()
    }

    /// The operator of a node and those beneath it.
    #[expect(clippy::too_many_lines, reason = "one flat list of cases")]
    pub(crate) fn operator(&self, node: &Node) -> Result<Box<dyn Operator>> {
        stack_check()?;
        Ok(match &node.kind {
            NodeKind::One => Box::new(values::One::default()),
            NodeKind::Nothing => Box::new(values::Nothing),
            NodeKind::Values(rows) => Box::new(values::ValueRows::new(self, rows)?),
            NodeKind::SeqScan { scan, filter } => {
                Box::new(seq_scan::SeqScan::new(self, scan, filter.as_ref())?)
            }
            NodeKind::IndexScan { scan, index, range, backward, filter } => {
                let filter = filter.as_ref();
                let mut operator =
                    index_scan::IndexScan::new(self, scan, index, range, *backward, filter)?;
                operator.place = place_of(node);
                Box::new(operator)
            }
            NodeKind::SystemScan { relation, columns, keys, filter } => Box::new(
                system_scan::SystemScan::new(self, *relation, columns, keys, filter.as_ref())?,
            ),
            NodeKind::SequenceScan { sequence } => {
                Box::new(system_scan::SequenceScan::new(*sequence))
            }
            NodeKind::FunctionScan { functions, ordinality } => Box::new(
                function_scan::FunctionScan::new(self, functions, *ordinality, &node.columns)?,
            ),
            NodeKind::Common { index } => Box::new(common_table::CommonScan::new(*index)),
            NodeKind::WorkTable { index } => Box::new(common_table::WorkTableScan::new(*index)),
            NodeKind::RecursiveUnion { first, again, index, all } => {
                Box::new(common_table::RecursiveUnion::new(self, first, again, *index, *all)?)
            }
            NodeKind::Filter { input, condition } => {
                Box::new(filter::Filter::new(self.operator(input)?, self.program(condition)?))
            }
            NodeKind::Project { input, exprs } => Box::new(project::Project::new(
                self.operator(input)?,
                self.programs(exprs)?,
                &input.columns,
            )),
            NodeKind::ProjectSet { input, exprs } => {
                Box::new(project::ProjectSet::new(self, input, exprs)?)
            }
            NodeKind::NestedLoop { join, left, right, parameters, condition } => {
                let nested = nested_loop::NestedLoop::new(
                    self,
                    *join,
                    left,
                    right,
                    parameters,
                    condition.as_ref(),
                )?;
                Box::new(nested)
            }
            NodeKind::HashJoin { .. } => Box::new(hash_join::HashJoin::new(self, node)?),
            NodeKind::Aggregate { input, keys, aggregates } => {
                Box::new(aggregate::HashAggregate::new(self, input, keys, aggregates)?)
            }
            NodeKind::Window { input, partition, order, frame, calls } => {
                Box::new(window::Window::new(self, input, partition, order, frame, calls)?)
            }
            NodeKind::Sort { input, keys, limit } => {
                Box::new(sort::Sort::new(self, input, keys, *limit)?)
            }
            NodeKind::Limit { input, limit, offset, ties } => Box::new(limit::Limit::new(
                self,
                input,
                limit.as_ref(),
                offset.as_ref(),
                ties.as_deref(),
            )?),
            NodeKind::Distinct { input, keys } => {
                Box::new(distinct::Distinct::new(self, input, keys)?)
            }
            NodeKind::Append(inputs) => Box::new(append::Append::new(
                inputs.iter().map(|input| self.operator(input)).collect::<Result<_>>()?,
            )),
            NodeKind::SetOperation { operator, all, left, right, keys } => Box::new(
                set_operation::SetOperation::new(self, *operator, *all, (left, right), keys)?,
            ),
            NodeKind::LockRows { input, targets, recheck } => {
                Box::new(lock_rows::LockRows::new(self, input, targets, recheck.as_ref())?)
            }
            NodeKind::Modify(plan) => Box::new(modify::Modify::new(self, plan)?),
        })
    }
}
