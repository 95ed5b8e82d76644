//! The session as statements that change objects need it.

use crate::core::{Core, Resolving};
use crate::nested::Nested;
use crate::session::Session;
use analyze::{RelationUse, Resolver};
use batch::Batch;
use catalog::Catalog;
use catalog::object::Object;
use commands::Work;
use error::{Error, Result};
use execute::Context;
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

impl SessionWork<'_> {
    fn nested(&mut self) -> Result<Nested<'_>> {
        let (core, transaction) = self.parts()?;
        Ok(Nested { core, transaction })
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
    fn lock_relation(&mut self, relation: Oid, usage: RelationUse) -> Result<bool> {
        let (core, transaction) = self.parts()?;
        Resolving { core, transaction }.lock_relation(relation, usage)
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
        self.nested()?.put(object)
    }
    fn remove(&mut self, oid: Oid) -> Result<()> {
        self.nested()?.remove(oid)
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
        self.session.begin_if_none();
        self.nested()?.with_context(f)
    }
    fn run_query(
        &mut self,
        query: Query,
        f: &mut dyn FnMut(&mut dyn Work, &Batch) -> Result<()>,
    ) -> Result<u64> {
        self.nested()?.run_query(query, f)
    }
    fn password_verifier(&self, password: &str) -> Result<String> {
        self.session.core.password_verifier(password)
    }
    fn sessions_in(&self, database: Oid) -> usize {
        self.session.core.sessions_in(database)
    }
}
