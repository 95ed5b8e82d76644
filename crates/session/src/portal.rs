//! Portals: statements with their parameters, running or run.

use crate::block::Block;
use crate::output::{Field, Output, Progress};
use crate::prepared::{Body, CachedPlan, Prepared};
use crate::session::Session;
use batch::{Batch, ROWS_MAX};
use error::{Error, Result, SqlState};
use execute::Execution;
use plan::{ModifyKindTag, Plan};
use std::sync::Arc;
use std::time::{Duration, Instant};
use syntax::ast::StatementKind;
use types::Datum;

/// What took longer is not done again for the sake of a thread: its wait costs about 75 us of CPU.
const PARK_TIME: Duration = Duration::from_micros(200);

/// A statement ready to run, running, or run.
pub(crate) struct Portal {
    pub(crate) prepared: Arc<Prepared>,
    parameters: Vec<Datum>,
    pub(crate) fields: Vec<Field>,
    state: State,
    row_count: u64,
    /// It may be left, and run again, where it waits for a row.
    pub(crate) may_park: bool,
}

enum State {
    Ready,
    Running {
        execution: Box<Execution>,
        plan: Arc<Plan>,
        generation: u64,
    },
    /// The tag was told.
    Done,
}

impl Portal {
    pub(crate) fn new(prepared: Arc<Prepared>, parameters: Vec<Datum>, fields: Vec<Field>) -> Self {
        Self { prepared, parameters, fields, state: State::Ready, row_count: 0, may_park: true }
    }

    /// Gives the execution back to its statement for the next time.
    pub(crate) fn give_back(self) {
        if let State::Running { mut execution, plan, generation } = self.state {
            execution.reset();
            store(&self.prepared, execution, &plan, generation);
        }
    }

    /// Whether it ended the transaction that portals live in.
    pub(crate) fn ends_transaction(&self) -> bool {
        matches!(
            &self.prepared.body,
            Body::Utility(statement) if matches!(statement.kind, StatementKind::Transaction(_))
        )
    }
}

fn store(prepared: &Prepared, execution: Box<Execution>, plan: &Arc<Plan>, generation: u64) {
    let mut cached = prepared.cached.lock();
    if let Some(cached) = &mut *cached
        && cached.generation == generation
        && Arc::ptr_eq(&cached.plan, plan)
    {
        cached.idle = Some(execution);
    }
}

impl Session {
    /// The plan of a typed query.
    pub(crate) fn plan(&self, query: expression::Query) -> Result<Plan> {
        self.core.plan(query)
    }

    /// Runs a portal for up to so many rows; 0 stands for all.
    pub(crate) fn run_portal(
        &mut self,
        portal: &mut Portal,
        rows_max: u32,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let prepared = Arc::clone(&portal.prepared);
        match &prepared.body {
            Body::Empty => {
                out.empty_query();
                return Ok(Progress::Done);
            }
            Body::Utility(statement) => {
                if matches!(portal.state, State::Done) {
                    return Err(Error::new(
                        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                        "portal cannot be run anymore",
                    ));
                }
                portal.state = State::Done;
                return self.utility(&prepared.sql, statement, &portal.fields, out);
            }
            Body::Query(..) => {}
        }
        if matches!(portal.state, State::Ready) {
            self.start(portal)?;
        }
        self.pull(portal, rows_max, out)
    }

    /// Plans, or takes the plan that there is, checks privileges and takes a snapshot.
    fn start(&mut self, portal: &mut Portal) -> Result<()> {
        self.begin_if_none();
        let (plan, generation, idle) = self.planned(&portal.prepared)?;
        self.check_plan(&plan)?;
        let mut execution = match idle {
            Some(execution) => execution,
            None => Box::new(Execution::new(&plan, &self.core)?),
        };
        let snapshot = self.take_snapshot()?;
        execution.run.snapshot = Some(snapshot);
        execution.run.parameters = std::mem::take(&mut portal.parameters);
        portal.state = State::Running { execution, plan, generation };
        Ok(())
    }

    /// The plan of a statement: the cached one where nothing moved since, with its tables locked.
    pub(crate) fn planned(
        &mut self,
        prepared: &Prepared,
    ) -> Result<(Arc<Plan>, u64, Option<Box<Execution>>)> {
        let known = {
            let mut cached = prepared.cached.lock();
            match &mut *cached {
                Some(cached) if cached.generation == self.core.generation => {
                    Some((Arc::clone(&cached.plan), cached.idle.take()))
                }
                Some(_) | None => None,
            }
        };
        if let Some((plan, idle)) = known {
            let generation = self.core.generation;
            let Some(current) = &mut self.current else {
                return Err(Error::internal("no transaction"));
            };
            self.core.lock_plan(&mut current.transaction, &plan)?;
            if self.core.generation == generation {
                return Ok((plan, generation, idle));
            }
        }
        let (query, _) = prepared
            .with_query(|kind| self.analyze(&prepared.sql, kind, &prepared.parameters, false))?;
        self.check_same_result(prepared, &query)?;
        let plan = Arc::new(self.plan(query)?);
        let generation = self.core.generation;
        *prepared.cached.lock() =
            Some(CachedPlan { plan: Arc::clone(&plan), generation, idle: None });
        Ok((plan, generation, None))
    }

    /// 0A000 where a table changed so that the result's columns are others than were told.
    fn check_same_result(&self, prepared: &Prepared, query: &expression::Query) -> Result<()> {
        let types = query.targets.iter().filter(|t| !t.junk).map(|t| t.expr.type_id);
        if prepared.cached.lock().is_some() && !types.eq(prepared.columns.iter().map(|c| c.type_id))
        {
            let text = "cached plan must not change result type";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        Ok(())
    }

    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<()> {
        self.core.check_plan(plan)
    }

    /// Takes rows from a running portal to the output.
    fn pull(
        &mut self,
        portal: &mut Portal,
        rows_max: u32,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        let mut left = if rows_max == 0 { u64::MAX } else { u64::from(rows_max) };
        let mut batch = Batch::default();
        let State::Running { execution, plan, .. } = &mut portal.state else {
            // It ran to its end before: there is nothing more.
            out.command_complete(&tag_of(None, 0));
            return Ok(Progress::Done);
        };
        // What was told cannot be told again.
        let may_park = portal.may_park && portal.row_count == 0 && !execution.has_effects();
        execution.run.park_before = may_park.then(|| Instant::now() + PARK_TIME);
        loop {
            let wanted = usize::try_from(left).unwrap_or(ROWS_MAX).min(ROWS_MAX);
            let Some(current) = &mut self.current else {
                return Err(Error::internal("no transaction"));
            };
            let transaction = &mut current.transaction;
            let filled = execution.next(&mut self.core, transaction, wanted, &mut batch);
            if execution.run.is_parked {
                self.parked = Some(Instant::now());
                **execution = execution.begin_again(plan, &self.core)?;
                return Ok(Progress::Parked);
            }
            filled?;
            let count = batch.rows().count() as u64;
            if count > 0 {
                execution.run.park_before = None;
                let context = functions::Environment::text_context(&self.core);
                out.data_rows(&batch, &portal.fields, &context)?;
                portal.row_count += count;
                left -= count.min(left);
            }
            if count == 0 {
                // One that ended its own session is not done.
                functions::Environment::check_cancel(&self.core)?;
                let changed = execution.run.changed;
                let rows = if plan.modifies.is_some() { changed } else { portal.row_count };
                let tag = tag_of(plan.modifies, rows);
                let state = std::mem::replace(&mut portal.state, State::Done);
                if let State::Running { mut execution, plan, generation } = state {
                    execution.reset();
                    store(&portal.prepared, execution, &plan, generation);
                }
                out.command_complete(&tag);
                return Ok(Progress::Done);
            }
            if left == 0 {
                out.portal_suspended();
                return Ok(Progress::Done);
            }
            if out.is_full() {
                return Ok(Progress::Suspended);
            }
        }
    }

    /// Whether a statement outside a block is committed at once.
    pub(crate) fn is_alone(&self) -> bool {
        self.block == Block::None
    }
}

fn tag_of(modifies: Option<ModifyKindTag>, rows: u64) -> String {
    match modifies {
        None => format!("SELECT {rows}"),
        Some(ModifyKindTag::Insert) => format!("INSERT 0 {rows}"),
        Some(ModifyKindTag::Update) => format!("UPDATE {rows}"),
        Some(ModifyKindTag::Delete) => format!("DELETE {rows}"),
    }
}
