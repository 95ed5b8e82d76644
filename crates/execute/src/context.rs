//! What operators and programs see of the session and of the execution.

use crate::deferred::DeferredKey;
use crate::foreign_key::ForeignKeyEvent;
use crate::operator::Operator;
use crate::read_ahead::Started;
use crate::store::RowStore;
use crate::subplan::SubplanState;
use crate::trigger::{DeferredTrigger, TriggerFiring};
use catalog::Catalog;
use catalog::object::Deferral;
use error::{Error, Result, SqlState};
use expression::{Evaluation, SessionValue, Subplans};
use functions::{AdvisoryAction, AdvisoryKey, Builtin, CallInfo, Environment};
use plan::Node;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use storage::{
    Limits, RelationId, RowAddress, RowLock, Snapshot, Storage, Transaction, TransactionStatus, Xid,
};
use types::{Datum, Names, Oid, Style};

/// How a transaction sees others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

/// The session, as execution needs it.
pub trait Host: Environment {
    /// The database's OID.
    fn database(&self) -> Oid;
    /// The catalog that the statement was planned with.
    fn catalog(&self) -> &Arc<Catalog>;
    /// CURRENT_USER and the like, other than times.
    fn session_value(&self, value: SessionValue) -> Datum;
    /// How the transaction sees others.
    fn isolation(&self) -> Isolation;
    /// How many threads may help a statement at most.
    fn helper_threads(&self) -> usize;
    /// How long waits may take, and what ends them.
    fn limits(&self) -> Limits<'_>;
    /// The rows of a system relation, all its columns; those that differ from a key may be left out.
    fn system_rows(&mut self, relation: Oid, keys: &[(i16, Datum)]) -> Result<Vec<Vec<Datum>>>;
    /// The binding of a function, those of higher layers among them.
    fn find_function(&self) -> fn(&str) -> Option<Builtin>;
    /// The binding of a set-returning function, those of higher layers among them.
    fn find_set_returning(&self, source: &str) -> Option<functions::SetReturning>;
    /// Whether the current role has these privileges (acl bits) on a relation.
    fn may(&self, relation: Oid, privileges: u32) -> bool;
    /// Puts off the check of a deferrable constraint's key, if that is to be done: else `false`.
    fn defer(&mut self, key: DeferredKey, deferral: Deferral) -> bool;
    /// The value of a call of a function that a user made. 42501, and what its body fails with.
    fn call_function(
        &mut self,
        transaction: &mut Transaction,
        call: &FunctionCall<'_>,
    ) -> Result<Datum>;
    /// The rows of a call of a set-returning function that a user made.
    fn call_set_function(
        &mut self,
        transaction: &mut Transaction,
        call: &FunctionCall<'_>,
    ) -> Result<FunctionRows>;
    /// Checks foreign keys whose rows changed and carries out their actions, now or when their constraints say. 23503, 23001.
    fn check_foreign_keys(
        &mut self,
        transaction: &mut Transaction,
        events: Vec<ForeignKeyEvent>,
    ) -> Result<()>;
    /// Runs a trigger's function: the row that it returns, `None` where it is NULL.
    fn fire_trigger(
        &mut self,
        transaction: &mut Transaction,
        firing: &TriggerFiring<'_>,
    ) -> Result<Option<Datum>>;
    /// Puts a constraint trigger off to the transaction's end, if that is to be done: else `false`.
    fn defer_trigger(&mut self, trigger: &DeferredTrigger) -> bool;
    /// What sequences gave this session: for currval and lastval.
    fn sequence_values(&mut self) -> &mut SequenceValues;
}

/// A call of a function that a user made.
pub struct FunctionCall<'a> {
    /// The function.
    pub function: Oid,
    /// The values of the arguments.
    pub arguments: &'a [Datum],
    /// Their types, and what is expected of the result.
    pub info: &'a CallInfo,
    /// What the calling statement sees.
    pub snapshot: Option<&'a Snapshot>,
}

/// The rows that a function gave.
#[derive(Debug, Default)]
pub struct FunctionRows {
    /// The names and types of the columns.
    pub columns: Vec<(String, Oid)>,
    /// A row is a composite value of these columns, rather than one value.
    pub composite: bool,
    /// The rows.
    pub rows: Vec<Vec<Datum>>,
}

/// The last values that sequences gave a session.
#[derive(Debug, Default)]
pub struct SequenceValues {
    /// By sequence.
    pub last: HashMap<Oid, i64>,
    /// The sequence used last.
    pub newest: Option<Oid>,
}

/// What an execution keeps between two calls.
#[derive(Default)]
pub struct RunState {
    /// The statement's snapshot; none for statements that read nothing.
    pub snapshot: Option<Snapshot>,
    /// `$1`, `$2` ...
    pub parameters: Vec<Datum>,
    /// How many rows were changed.
    pub changed: u64,
    /// Before this a wait for a row may end a call with an error, for the execution to be begun again when it is over.
    pub park_before: Option<Instant>,
    /// That is so.
    pub is_parked: bool,
    pub(crate) outer: Vec<Datum>,
    pub(crate) subplans: Vec<Option<Box<SubplanState>>>,
    pub(crate) common: Vec<CommonState>,
    pub(crate) work_tables: Vec<Arc<RowStore>>,
    /// All rows of what is read are taken at once.
    pub(crate) draining: bool,
    pub(crate) ahead: Started,
    /// What index scans did, where EXPLAIN wants to know it.
    pub index_work: Option<IndexWork>,
}

/// What each index scan of a plan did.
#[derive(Debug, Default)]
pub struct IndexWork(HashMap<usize, IndexCounts>);

/// What an index scan did in all its turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexCounts {
    /// How often it went down the tree for a range.
    pub searches: u64,
    /// How often it looked for a row in the table.
    pub heap_fetches: u64,
}

impl IndexWork {
    /// What the scan of this node of the plan did.
    pub fn of(&self, node: &Node) -> IndexCounts {
        self.0.get(&place_of(node)).copied().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, place: usize, counts: IndexCounts) {
        self.0.insert(place, counts);
    }
}

/// What tells the nodes of a plan from each other while it is there.
pub(crate) fn place_of(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// A common table: its operator until it was run, then its rows.
#[derive(Default)]
pub(crate) struct CommonState {
    pub(crate) operator: Option<Box<dyn Operator>>,
    pub(crate) rows: Option<Arc<RowStore>>,
}

/// What one call of an operator may use.
pub struct Context<'a> {
    /// The execution's own.
    pub run: &'a mut RunState,
    /// The session.
    pub host: &'a mut dyn Host,
    /// The session's transaction.
    pub transaction: &'a mut Transaction,
}

impl Context<'_> {
    /// Takes all rows of an input in one go: large tables are read ahead for it.
    pub(crate) fn drain<T>(&mut self, take: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = std::mem::replace(&mut self.run.draining, true);
        let started = self.run.ahead.count();
        let result = take(self);
        self.run.draining = outer;
        self.run.ahead.truncate(started);
        result
    }

    /// Waits for the transaction that holds a row, to lock it so: in this thread, or by failing with
    /// [`RunState::is_parked`] set.
    pub(crate) fn wait_for_row(
        &mut self,
        row: (RelationId, RowAddress),
        lock: RowLock,
        holder: Xid,
    ) -> Result<()> {
        let limits = self.host.limits();
        let may_park = self.run.park_before.is_some_and(|before| Instant::now() < before);
        if may_park && self.transaction.park_for_row(row, lock, holder, limits)? {
            self.run.is_parked = true;
            return Err(Error::internal("the statement waits for a row"));
        }
        self.transaction.wait_for_row(row, lock, holder, limits)
    }

    /// Runs a trigger's function.
    pub(crate) fn fire_trigger(&mut self, firing: &TriggerFiring<'_>) -> Result<Option<Datum>> {
        let start = self.transaction.command_start();
        let result = self.host.fire_trigger(self.transaction, firing);
        self.transaction.resume_command(start);
        result
    }

    /// The rows of a call of a set-returning function that a user made.
    pub(crate) fn call_set_function(
        &mut self,
        function: Oid,
        arguments: &[Datum],
        info: &CallInfo,
    ) -> Result<FunctionRows> {
        let snapshot = self.run.snapshot.as_ref();
        let start = self.transaction.command_start();
        let call = FunctionCall { function, arguments, info, snapshot };
        let rows = self.host.call_set_function(self.transaction, &call);
        self.transaction.resume_command(start);
        rows
    }

    /// The statement's snapshot.
    pub fn snapshot(&self) -> Result<&Snapshot> {
        self.run
            .snapshot
            .as_ref()
            .ok_or_else(|| Error::internal("a statement that reads has a snapshot"))
    }

    /// The storage.
    pub fn storage(&self) -> Arc<Storage> {
        Arc::clone(self.transaction.storage())
    }
}

impl Environment for Context<'_> {
    fn style(&self) -> &Style {
        self.host.style()
    }
    fn names(&self) -> &dyn Names {
        self.host.names()
    }
    fn transaction_time(&self) -> i64 {
        self.host.transaction_time()
    }
    fn statement_time(&self) -> i64 {
        self.host.statement_time()
    }
    fn trigger_depth(&self) -> i32 {
        self.host.trigger_depth()
    }
    fn clock_time(&self) -> i64 {
        self.host.clock_time()
    }
    fn random(&mut self) -> u64 {
        self.host.random()
    }
    fn seed_random(&mut self, seed: u64) {
        self.host.seed_random(seed);
    }
    fn fill_random(&mut self, bytes: &mut [u8]) {
        self.host.fill_random(bytes);
    }
    fn check_cancel(&self) -> Result<()> {
        self.host.check_cancel()
    }
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.host.charge(bytes)
    }
    fn setting(&self, name: &str) -> Option<String> {
        self.host.setting(name)
    }
    fn notice(&mut self, notice: Error) {
        self.host.notice(notice);
    }
    fn set_setting(&mut self, name: &str, value: &str, local: bool) -> Result<String> {
        self.host.set_setting(name, value, local)
    }
    fn nextval(&mut self, sequence: Oid) -> Result<i64> {
        crate::sequence::nextval(self, sequence)
    }
    fn currval(&mut self, sequence: Oid) -> Result<i64> {
        crate::sequence::currval(self, sequence)
    }
    fn setval(&mut self, sequence: Oid, value: i64, called: bool) -> Result<i64> {
        crate::sequence::setval(self, sequence, value, called)
    }
    fn process(&self) -> i32 {
        self.host.process()
    }
    fn transaction_id(&mut self, assign: bool) -> Result<Option<u64>> {
        if assign {
            return Ok(Some(self.transaction.assign_xid()?.0));
        }
        Ok(self.transaction.xid().map(|xid| xid.0))
    }
    fn transaction_snapshot(&mut self) -> Result<types::snapshot::Snapshot> {
        let (xmax, running) = match &self.run.snapshot {
            Some(snapshot) => {
                let running = snapshot.running();
                snapshot.check()?;
                (snapshot.xmax(), running)
            }
            None => {
                let snapshot = self.transaction.take_snapshot()?;
                (snapshot.xmax(), snapshot.running())
            }
        };
        let mut running: Vec<u64> = running.into_iter().map(|xid| xid.0).collect();
        // As in PostgreSQL it ends after the last that has ended, and one's own does not count as running.
        let mut xmax = xmax.0;
        while running.last().is_some_and(|last| *last + 1 == xmax) {
            running.pop();
            xmax -= 1;
        }
        let own = self.transaction.xid().map(|xid| xid.0);
        let xmin = running.first().copied().unwrap_or(xmax);
        running.retain(|xid| Some(*xid) != own);
        Ok(types::snapshot::Snapshot { xmin, xmax, running })
    }
    fn transaction_status(&mut self, id: u64) -> Result<Option<&'static str>> {
        let status = self.transaction.storage().transaction_status(Xid(id));
        Ok(match status {
            TransactionStatus::InProgress => Some("in progress"),
            TransactionStatus::Committed => Some("committed"),
            TransactionStatus::Aborted => Some("aborted"),
            TransactionStatus::Forgotten => None,
            TransactionStatus::Future => {
                let text = format!("transaction ID {id} is in the future");
                return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
            }
        })
    }
    fn signal(&mut self, process: i32, terminate: bool) -> Result<bool> {
        self.host.signal(process, terminate)
    }
    fn advisory(&mut self, key: AdvisoryKey, shared: bool, action: AdvisoryAction) -> Result<bool> {
        crate::advisory::run(self, key, shared, action)
    }
    fn advisory_unlock_all(&mut self) -> Result<()> {
        if let Some(session) = self.transaction.lock_session() {
            session.unlock_all();
        }
        Ok(())
    }
    fn check_domain(&mut self, type_id: Oid, value: types::ValueRef<'_>) -> Result<()> {
        let find = self.host.find_function();
        expression::check_domain(type_id, value, find, self)
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self.host.as_any()
    }
}

impl Subplans for Context<'_> {
    fn run_subplan(&mut self, index: usize, arguments: &[Datum], lefts: &[Datum]) -> Result<Datum> {
        crate::subplan::run(self, index, arguments, lefts)
    }
}

impl Evaluation for Context<'_> {
    fn parameter(&self, number: u32) -> Result<Datum> {
        let index = (number as usize).checked_sub(1);
        index.and_then(|index| self.run.parameters.get(index)).cloned().ok_or_else(|| {
            Error::new(
                error::SqlState::UNDEFINED_PARAMETER,
                format!("there is no parameter ${number}"),
            )
        })
    }
    fn outer(&self, index: u32) -> Datum {
        self.run.outer.get(index as usize).cloned().unwrap_or_default()
    }
    fn session_value(&self, value: SessionValue) -> Datum {
        self.host.session_value(value)
    }
    fn call_function(
        &mut self,
        function: Oid,
        arguments: &[Datum],
        info: &CallInfo,
    ) -> Result<Datum> {
        let snapshot = self.run.snapshot.as_ref();
        let start = self.transaction.command_start();
        let call = FunctionCall { function, arguments, info, snapshot };
        let value = self.host.call_function(self.transaction, &call);
        self.transaction.resume_command(start);
        value
    }
    fn environment(&mut self) -> &mut dyn Environment {
        self
    }
}
