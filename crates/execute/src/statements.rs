//! The re-entry: what the bodies of functions ask of the session, and their statements with their plans.

use crate::context::{FunctionCall, FunctionRows, Host};
use crate::operator::Execution;
use analyze::{Analyzer, Resolver, Variables};
use batch::{Batch, ROWS_MAX};
use error::Result;
use expression::Query;
use parking_lot::Mutex;
use plan::Plan;
use std::sync::Arc;
use storage::{Savepoint, Snapshot, Transaction};
use syntax::ast::{Statement, StatementKind};
use types::Datum;

/// A session within a statement: what functions run statements through.
pub trait Statements {
    /// The session and its transaction, for executions.
    fn parts(&mut self) -> (&mut dyn Host, &mut Transaction);
    /// For analysis.
    fn resolver(&mut self) -> &mut dyn Resolver;
    /// Changes when plans made before may be old.
    fn generation(&self) -> u64;
    /// The plan of a typed query.
    fn plan(&mut self, query: Query) -> Result<Plan>;
    /// Locks the tables of a plan that was made before.
    fn lock_plan(&mut self, plan: &Plan) -> Result<()>;
    /// 42501 where the role lacks a privilege, 25006 in a read-only transaction.
    fn check_plan(&self, plan: &Plan) -> Result<()>;
    /// Begins a command: what was done before is seen by it.
    fn next_snapshot(&mut self) -> Result<Snapshot>;
    /// Runs a statement that is not planned and returns its tag.
    fn command(&mut self, sql: &str, statement: &Statement) -> Result<String>;
    /// Runs a procedure: its OUT parameters as one row.
    fn run_procedure(&mut self, call: &FunctionCall<'_>) -> Result<FunctionRows>;
    /// Begins what can be undone by itself.
    fn savepoint(&mut self) -> Savepoint;
    /// Undoes all since the savepoint, which is gone then.
    fn rollback_to(&mut self, savepoint: Savepoint) -> Result<()>;
    /// What was done since the savepoint stays; it is gone.
    fn release(&mut self, savepoint: Savepoint);
}

/// A statement of a body, with its plan as long as that is good.
pub struct BodyStatement {
    /// The text that it is in.
    pub sql: Arc<str>,
    /// It.
    pub statement: Statement,
    cached: Mutex<Option<Cached>>,
}

struct Cached {
    plan: Arc<Plan>,
    generation: u64,
    /// Executions that are not in use: a recursive function has several.
    #[expect(clippy::vec_box, reason = "they go in and out as they are")]
    idle: Vec<Box<Execution>>,
}

/// A statement ready to run.
pub struct Ready {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// What runs it.
    pub execution: Box<Execution>,
    generation: u64,
}

impl BodyStatement {
    /// A statement of a text.
    pub fn new(sql: Arc<str>, statement: Statement) -> Self {
        Self { sql, statement, cached: Mutex::new(None) }
    }

    /// Whether it is planned, rather than carried out by `commands`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub fn is_query(&self) -> bool {
        match &self.statement.kind {
            StatementKind::Select(select) => !select.has_into(),
            StatementKind::Insert(_) | StatementKind::Update(_) | StatementKind::Delete(_) => true,
            _ => false,
        }
    }

    /// Forgets the plan: the types of what it uses changed.
    pub fn forget(&self) {
        *self.cached.lock() = None;
    }

    /// The plan that there is, with its tables locked, if it is still good.
    pub fn known(&self, statements: &mut dyn Statements) -> Result<Option<Ready>> {
        let generation = statements.generation();
        let (plan, idle) = {
            let mut cached = self.cached.lock();
            match &mut *cached {
                Some(cached) if cached.generation == generation => {
                    (Arc::clone(&cached.plan), cached.idle.pop())
                }
                Some(_) | None => return Ok(None),
            }
        };
        statements.lock_plan(&plan)?;
        if statements.generation() != generation {
            return Ok(None);
        }
        self.ready(statements, plan, idle, generation).map(Some)
    }

    /// The plan made anew.
    pub fn prepare(
        &self,
        statements: &mut dyn Statements,
        variables: &dyn Variables,
    ) -> Result<Ready> {
        let mut analyzer = Analyzer::new(&self.sql, statements.resolver());
        analyzer.variables = Some(variables);
        analyzer.inlines = true;
        let query = analyzer.query(&self.statement.kind)?;
        self.prepare_query(statements, query)
    }

    /// The plan of a query that was made of the statement.
    pub fn prepare_query(&self, statements: &mut dyn Statements, query: Query) -> Result<Ready> {
        let plan = Arc::new(statements.plan(query)?);
        let generation = statements.generation();
        let idle = Vec::new();
        *self.cached.lock() = Some(Cached { plan: Arc::clone(&plan), generation, idle });
        self.ready(statements, plan, None, generation)
    }

    fn ready(
        &self,
        statements: &mut dyn Statements,
        plan: Arc<Plan>,
        idle: Option<Box<Execution>>,
        generation: u64,
    ) -> Result<Ready> {
        statements.check_plan(&plan)?;
        let execution = match idle {
            Some(execution) => execution,
            None => Box::new(Execution::new(&plan, statements.parts().0)?),
        };
        Ok(Ready { plan, execution, generation })
    }

    /// Keeps the execution for the next time.
    pub fn give_back(&self, mut ready: Ready) {
        const IDLE_MAX: usize = 16;
        ready.execution.reset();
        let mut cached = self.cached.lock();
        if let Some(cached) = &mut *cached
            && cached.generation == ready.generation
            && Arc::ptr_eq(&cached.plan, &ready.plan)
            && cached.idle.len() < IDLE_MAX
        {
            cached.idle.push(ready.execution);
        }
    }
}

impl Ready {
    /// Sets the parameters and what is seen.
    pub fn begin(&mut self, parameters: Vec<Datum>, snapshot: Snapshot) {
        self.execution.run.parameters = parameters;
        self.execution.run.snapshot = Some(snapshot);
    }

    /// Runs to the end, or until `f` says `false`, handing batches over; returns how many rows there were or were changed.
    pub fn run(
        &mut self,
        statements: &mut dyn Statements,
        rows_max: usize,
        f: &mut dyn FnMut(&Batch) -> Result<bool>,
    ) -> Result<u64> {
        let mut batch = Batch::default();
        let mut count = 0;
        loop {
            let (host, transaction) = statements.parts();
            self.execution.next(host, transaction, rows_max.min(ROWS_MAX), &mut batch)?;
            let rows = batch.rows().count() as u64;
            count += rows;
            if rows == 0 || !f(&batch)? {
                let changed = self.execution.run.changed;
                return Ok(if self.plan.modifies.is_some() { changed } else { count });
            }
        }
    }
}
