//! The session as statements that change objects need it.

use crate::core::{Core, Resolving};
use crate::session::Session;
use analyze::Resolver;
use batch::{Batch, ROWS_MAX};
use catalog::Catalog;
use catalog::object::Object;
use commands::Work;
use error::{Error, Result, SqlState};
use execute::{Context, Execution, RunState};
use expression::Query;
use std::sync::Arc;
use storage::{LockMode, LockTag, Transaction};
use types::{Oid, TextContext};

/// A session's core and transaction, for the time of one statement.
pub(crate) struct SessionWork<'a> {
    pub(crate) session: &'a mut Session,
}

impl Session {
    /// Runs `f` with the session as a statement sees it, in a transaction.
    pub(crate) fn in_work<T>(&mut self, f: impl FnOnce(&mut dyn Work) -> Result<T>) -> Result<T> {
        self.begin_if_none();
        f(&mut SessionWork { session: self })
    }
}

impl SessionWork<'_> {
    fn parts(&mut self) -> Result<(&mut Core, &mut Transaction)> {
        let current =
            self.session.current.as_mut().ok_or_else(|| Error::internal("no transaction"))?;
        Ok((&mut self.session.core, &mut current.transaction))
    }
}

impl Resolver for SessionWork<'_> {
    fn catalog(&self) -> &Catalog {
        &self.session.core.access.catalog
    }
    fn search_path(&self) -> &[Oid] {
        &self.session.core.access.search_path
    }
    fn text_context(&self) -> TextContext<'_> {
        functions::Environment::text_context(&self.session.core)
    }
    fn database_name(&self) -> &str {
        &self.session.core.database_name
    }
    fn lock_relation(&mut self, relation: Oid, writes: bool) -> Result<bool> {
        let (core, transaction) = self.parts()?;
        Resolving { core, transaction }.lock_relation(relation, writes)
    }
}

impl Work for SessionWork<'_> {
    fn resolver(&mut self) -> &mut dyn Resolver {
        self
    }
    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.session.core.access.catalog)
    }
    fn database(&self) -> Oid {
        self.session.core.access.database
    }
    fn current_user(&self) -> Oid {
        self.session.core.access.current_user
    }
    fn transaction(&mut self) -> &mut Transaction {
        &mut self.session.begin_if_none().transaction
    }
    fn put(&mut self, object: Object) -> Result<()> {
        let (core, transaction) = self.parts()?;
        let address = core.access.catalog.entry(object.oid()).map(|entry| entry.address);
        let change = catalog::put(transaction, core.access.database, object, address)?;
        core.change(change);
        Ok(())
    }
    fn remove(&mut self, oid: Oid) -> Result<()> {
        let (core, transaction) = self.parts()?;
        let catalog = Arc::clone(&core.access.catalog);
        let entry = catalog
            .entry(oid)
            .ok_or_else(|| Error::internal("an object to remove is not there"))?;
        if oid < Oid::FIRST_NORMAL
            && !matches!(entry.object, Object::Database(_) | Object::Schema(_))
        {
            let text = format!(
                "cannot drop {} {} because it is required by the database system",
                entry.object.kind_name(),
                entry.object.name()
            );
            return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text));
        }
        let change = catalog::remove(transaction, core.access.database, entry)?;
        core.change(change);
        Ok(())
    }
    fn notice(&mut self, notice: Error) {
        self.session.core.notices.push(notice);
    }
    fn named_path(&self) -> Vec<Oid> {
        self.session.core.access.named_path.clone()
    }
    fn temporary_schema(&mut self) -> Result<Oid> {
        let (core, transaction) = self.parts()?;
        core.make_temporary_schema(transaction)
    }
    fn lock(&mut self, tag: LockTag, mode: LockMode) -> Result<()> {
        let (core, transaction) = self.parts()?;
        transaction.lock(tag, mode, execute::Host::limits(core))?;
        core.refresh()
    }
    fn commit_and_begin(&mut self) -> Result<()> {
        self.session.commit()?;
        self.session.begin_if_none();
        self.session.core.refresh()
    }
    fn with_context(&mut self, f: &mut dyn FnMut(&mut Context<'_>) -> Result<()>) -> Result<()> {
        let session = &mut *self.session;
        session.begin_if_none();
        let current = session.current.as_mut().ok_or_else(|| Error::internal("no transaction"))?;
        // What a statement checks or copies is the newest committed state, whatever the isolation level.
        let snapshot = current.newest_snapshot()?;
        let mut run = RunState::default();
        run.snapshot = Some(snapshot);
        let mut context = Context {
            run: &mut run,
            host: &mut session.core,
            transaction: &mut current.transaction,
        };
        f(&mut context)
    }
    fn run_query(
        &mut self,
        query: Query,
        f: &mut dyn FnMut(&mut dyn Work, &Batch) -> Result<()>,
    ) -> Result<u64> {
        let plan = self.session.plan(query)?;
        self.session.check_plan(&plan)?;
        let mut execution = Execution::new(&plan, &self.session.core)?;
        execution.run.snapshot = Some(self.session.take_snapshot()?);
        let mut count = 0;
        let mut batch = Batch::default();
        loop {
            let (core, transaction) = self.parts()?;
            execution.next(core, transaction, ROWS_MAX, &mut batch)?;
            let rows = batch.rows().count() as u64;
            if rows == 0 {
                return Ok(count);
            }
            count += rows;
            f(self, &batch)?;
        }
    }
    fn password_verifier(&self, password: &str) -> Result<String> {
        let make = self.session.core.engine.options.make_verifier;
        os::blocking(os::Reason::Compute, || make(password))
    }
    fn sessions_in(&self, database: Oid) -> usize {
        self.session
            .core
            .engine
            .sessions()
            .iter()
            .filter(|session| session.activity().database == database)
            .count()
    }
}
