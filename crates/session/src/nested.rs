//! The session within a statement: what functions run their statements through, and statements that change objects there.

use crate::block::{newest_snapshot, next_snapshot};
use crate::core::{Core, Resolving, lock_relation};
use analyze::{RelationUse, Resolver};
use batch::{Batch, ROWS_MAX};
use catalog::Catalog;
use catalog::object::Object;
use commands::{Work, check_privileges, set_text};
use error::{Error, Result, SqlState};
use execute::{Context, Execution, FunctionCall, FunctionRows, Host, RunState, Statements};
use expression::Query;
use plan::{ModifyKindTag, Plan};
use settings::Scope;
use std::sync::Arc;
use storage::{LockMode, LockTag, RelationId, Savepoint, Snapshot, Transaction};
use syntax::ast::{SetAction, SetVariable, Statement, StatementKind};
use types::{Oid, TextContext};

/// A session's core and transaction, for the time of one statement.
pub(crate) struct Nested<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) transaction: &'a mut Transaction,
}

/// A savepoint of a function.
#[derive(Debug)]
pub(crate) struct NestedSavepoint {
    point: Savepoint,
    change_count: usize,
    deferred_count: usize,
    foreign_key_count: usize,
    trigger_count: usize,
}

/// How many pages a table has, for the planner.
struct Sizes<'a> {
    core: &'a Core,
}

impl plan::Statistics for Sizes<'_> {
    fn pages(&self, table: Oid) -> u32 {
        let catalog = &self.core.access.catalog;
        let Some(table) = catalog.table(table) else { return 1 };
        let id = RelationId { database: self.core.access.database.0, file: table.file };
        self.core.engine.storage().page_count(id).unwrap_or(1)
    }
    fn snapshot_csn(&self) -> Option<u64> {
        self.core.first_snapshot.as_ref().map(|snapshot| snapshot.csn().0)
    }
}

impl Core {
    /// The plan of a typed query.
    pub(crate) fn plan(&self, query: Query) -> Result<Plan> {
        plan::plan(query, &self.access.catalog, &Sizes { core: self })
    }

    /// Locks the tables of a plan that was made before.
    pub(crate) fn lock_plan(&mut self, transaction: &mut Transaction, plan: &Plan) -> Result<()> {
        for required in &plan.required {
            let usage = if required.privileges == catalog::acl::Privileges::SELECT.0 {
                RelationUse::Reads
            } else if plan.modifies.is_none() {
                RelationUse::LocksRows
            } else {
                RelationUse::Writes
            };
            lock_relation(self, transaction, required.relation, usage)?;
        }
        Ok(())
    }

    /// 42501 where the role lacks a privilege, 25006 in a read-only transaction.
    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<()> {
        for required in &plan.required {
            let wanted = catalog::acl::Privileges(required.privileges);
            let (catalog, user) = (&self.access.catalog, self.access.current_user);
            check_privileges(catalog, user, required.relation, wanted)?;
        }
        if self.read_only && plan.writes {
            let word = match plan.modifies {
                Some(ModifyKindTag::Insert) => "INSERT",
                Some(ModifyKindTag::Update) => "UPDATE",
                Some(ModifyKindTag::Delete) => "DELETE",
                None => "SELECT FOR UPDATE",
            };
            return Err(read_only(word));
        }
        Ok(())
    }

    pub(crate) fn password_verifier(&self, password: &str) -> Result<String> {
        let make = self.engine.options.make_verifier;
        os::blocking(os::Reason::Compute, || make(password))
    }

    pub(crate) fn sessions_in(&self, database: Oid) -> usize {
        let sessions = self.engine.sessions();
        sessions.iter().filter(|session| session.activity().database == database).count()
    }
}

fn read_only(word: &str) -> Error {
    let text = format!("cannot execute {word} in a read-only transaction");
    Error::new(SqlState::READ_ONLY_SQL_TRANSACTION, text)
}

impl Nested<'_> {
    /// SET and RESET within a function.
    fn set(&mut self, set: &SetVariable) -> Result<()> {
        let scope = if set.local { Scope::Local } else { Scope::Session };
        match &set.action {
            SetAction::Value { name, values, .. }
                if !matches!(&**name, "role" | "session_authorization") =>
            {
                self.core.settings.set(name, &set_text(values)?, scope)?;
            }
            SetAction::Default(name) | SetAction::Reset(name)
                if !matches!(&**name, "role" | "session_authorization") =>
            {
                self.core.settings.reset(name, scope)?;
            }
            SetAction::Value { .. }
            | SetAction::Default(_)
            | SetAction::Reset(_)
            | SetAction::ResetAll
            | SetAction::Transaction(_)
            | SetAction::SessionCharacteristics(_)
            | SetAction::FromCurrent(_)
            | SetAction::Snapshot(_) => {
                return Err(Error::unsupported("this form of SET in a function"));
            }
        }
        self.core.refresh()
    }
}

impl Resolver for Nested<'_> {
    fn catalog(&self) -> &Catalog {
        &self.core.access.catalog
    }
    fn search_path(&self) -> &[Oid] {
        &self.core.access.search_path
    }
    fn text_context(&self) -> TextContext<'_> {
        functions::Environment::text_context(self.core)
    }
    fn database_name(&self) -> &str {
        &self.core.database_name
    }
    fn lock_relation(&mut self, relation: Oid, usage: RelationUse) -> Result<bool> {
        Resolving { core: self.core, transaction: self.transaction }.lock_relation(relation, usage)
    }
}

impl Work for Nested<'_> {
    fn resolver(&mut self) -> &mut dyn Resolver {
        self
    }
    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.core.access.catalog)
    }
    fn database(&self) -> Oid {
        self.core.access.database
    }
    fn current_user(&self) -> Oid {
        self.core.access.current_user
    }
    fn transaction(&mut self) -> &mut Transaction {
        self.transaction
    }
    fn put(&mut self, object: Object) -> Result<()> {
        let address = self.core.access.catalog.entry(object.oid()).map(|entry| entry.address);
        let database = self.core.access.database;
        let change = catalog::put(self.transaction, database, object, address)?;
        self.core.change(change);
        Ok(())
    }
    fn remove(&mut self, oid: Oid) -> Result<()> {
        let catalog = Arc::clone(&self.core.access.catalog);
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
        let change = catalog::remove(self.transaction, self.core.access.database, entry)?;
        self.core.change(change);
        Ok(())
    }
    fn notice(&mut self, notice: Error) {
        self.core.notices.push(notice);
    }
    fn named_path(&self) -> Vec<Oid> {
        self.core.access.named_path.clone()
    }
    fn temporary_schema(&mut self) -> Result<Oid> {
        self.core.make_temporary_schema(self.transaction)
    }
    fn lock(&mut self, tag: LockTag, mode: LockMode) -> Result<()> {
        self.transaction.lock(tag, mode, self.core.limits())?;
        self.core.refresh()
    }
    fn commit_and_begin(&mut self) -> Result<()> {
        let text = "this statement cannot be executed from a function";
        Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text))
    }
    fn with_context(&mut self, f: &mut dyn FnMut(&mut Context<'_>) -> Result<()>) -> Result<()> {
        // What a statement checks or copies is the newest committed state, whatever the isolation level.
        let snapshot = newest_snapshot(self.transaction)?;
        let mut run = RunState::default();
        run.snapshot = Some(snapshot);
        f(&mut Context { run: &mut run, host: self.core, transaction: self.transaction })
    }
    fn run_query(
        &mut self,
        query: Query,
        f: &mut dyn FnMut(&mut dyn Work, &Batch) -> Result<()>,
    ) -> Result<u64> {
        let plan = self.core.plan(query)?;
        self.core.check_plan(&plan)?;
        let mut execution = Execution::new(&plan, self.core)?;
        execution.run.snapshot = Some(next_snapshot(self.core, self.transaction)?);
        let mut count = 0;
        let mut batch = Batch::default();
        loop {
            execution.next(self.core, self.transaction, ROWS_MAX, &mut batch)?;
            let rows = batch.rows().count() as u64;
            if rows == 0 {
                return Ok(count);
            }
            count += rows;
            f(self, &batch)?;
        }
    }
    fn password_verifier(&self, password: &str) -> Result<String> {
        self.core.password_verifier(password)
    }
    fn sessions_in(&self, database: Oid) -> usize {
        self.core.sessions_in(database)
    }
}

impl Statements for Nested<'_> {
    fn parts(&mut self) -> (&mut dyn Host, &mut Transaction) {
        (self.core, self.transaction)
    }
    fn resolver(&mut self) -> &mut dyn Resolver {
        self
    }
    fn generation(&self) -> u64 {
        self.core.generation
    }
    fn plan(&mut self, query: Query) -> Result<Plan> {
        self.core.plan(query)
    }
    fn lock_plan(&mut self, plan: &Plan) -> Result<()> {
        self.core.lock_plan(self.transaction, plan)
    }
    fn check_plan(&self, plan: &Plan) -> Result<()> {
        self.core.check_plan(plan)
    }
    fn next_snapshot(&mut self) -> Result<Snapshot> {
        next_snapshot(self.core, self.transaction)
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn command(&mut self, sql: &str, statement: &Statement) -> Result<String> {
        let kind = &statement.kind;
        match kind {
            StatementKind::Set(set) => {
                self.set(set)?;
                return Ok("SET".to_owned());
            }
            StatementKind::SetConstraints(set) => return self.set_constraints(set),
            StatementKind::Transaction(_) => {
                let text = format!("{} is not allowed in a function", kind.tag());
                return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
            }
            StatementKind::CreateDatabase(_)
            | StatementKind::DropDatabase(_)
            | StatementKind::Vacuum(_) => {
                let text = format!("{} cannot be executed from a function", kind.tag());
                return Err(Error::new(SqlState::ACTIVE_SQL_TRANSACTION, text));
            }
            StatementKind::Do(code) => {
                self.do_block(sql, code)?;
                return Ok("DO".to_owned());
            }
            StatementKind::Call(call) => {
                self.call_procedure(sql, call)?;
                return Ok("CALL".to_owned());
            }
            _ => {}
        }
        if self.core.read_only && !matches!(kind, StatementKind::LockTable(_)) {
            return Err(read_only(kind.tag()));
        }
        self.transaction.begin_command();
        commands::run(self, statement, sql)
    }
    fn run_procedure(&mut self, call: &FunctionCall<'_>) -> Result<FunctionRows> {
        self.procedure_outputs(call)
    }
    fn savepoint(&mut self) -> Savepoint {
        let point = self.transaction.savepoint();
        self.core.settings.push();
        self.core.nested.push(NestedSavepoint {
            point,
            change_count: self.core.changes.len(),
            deferred_count: self.core.deferred.keys.len(),
            foreign_key_count: self.core.deferred.foreign_keys.len(),
            trigger_count: self.core.deferred.triggers.len(),
        });
        point
    }
    fn rollback_to(&mut self, savepoint: Savepoint) -> Result<()> {
        while let Some(last) = self.core.nested.pop() {
            self.core.settings.pop_rollback();
            if last.point != savepoint {
                continue;
            }
            self.transaction.rollback_to(savepoint)?;
            self.transaction.release(savepoint);
            self.core.deferred.keys.truncate(last.deferred_count);
            self.core.deferred.foreign_keys.truncate(last.foreign_key_count);
            self.core.deferred.triggers.truncate(last.trigger_count);
            if last.change_count < self.core.changes.len() {
                self.core.changes.truncate(last.change_count);
                self.core.rebuild()?;
            }
            break;
        }
        self.core.refresh()
    }
    fn release(&mut self, savepoint: Savepoint) {
        self.transaction.release(savepoint);
        while let Some(last) = self.core.nested.pop() {
            self.core.settings.pop_release();
            if last.point == savepoint {
                break;
            }
        }
    }
}
