//! Triggers of a table that is changed.
//!
//! A BEFORE ROW trigger sees a row just before it is written and may change it or leave it out. What an AFTER trigger is to
//! see is queued, its condition tested at once, and the queue is run when the statement ends; a deferred constraint
//! trigger goes to the session for the transaction's end.

use crate::context::Context;
use crate::operator::Builder;
use batch::{Batch, Rows, Vector};
use catalog::object::{Table, Trigger, TriggerEnabled};
use error::{Error, Result, SqlState};
use expression::Program;
use functions::Environment;
use plan::ModifyTable;
use std::sync::Arc;
use types::{Datum, Kind, Oid, ValueRef, record::Record};

/// One firing of a trigger.
pub struct TriggerFiring<'a> {
    /// The table.
    pub table: &'a Arc<Table>,
    /// The trigger.
    pub trigger: &'a Trigger,
    /// `Trigger::INSERT` and the like.
    pub event: i16,
    /// The row before, as a record.
    pub old: Option<Datum>,
    /// The row after.
    pub new: Option<Datum>,
}

/// A constraint trigger that waits for the transaction's end.
#[derive(Debug, Clone)]
pub struct DeferredTrigger {
    /// The table.
    pub table: Oid,
    /// The trigger.
    pub trigger: Arc<Trigger>,
    /// `Trigger::INSERT` and the like.
    pub event: i16,
    /// The row before, as a record.
    pub old: Option<Datum>,
    /// The row after.
    pub new: Option<Datum>,
}

/// The triggers of a table, with what is queued for the statement's end.
pub(crate) struct Triggers {
    table: Arc<Table>,
    list: Vec<One>,
    queue: Vec<Queued>,
    /// The numbers of the columns that an UPDATE assigns.
    pub(crate) assigned: Vec<i16>,
}

struct One {
    trigger: Arc<Trigger>,
    condition: Option<Program>,
}

struct Queued {
    place: usize,
    event: i16,
    old: Option<Datum>,
    new: Option<Datum>,
}

impl Triggers {
    /// The triggers as planned; `None` where there are none.
    pub(crate) fn new(builder: &Builder, target: &ModifyTable) -> Result<Option<Box<Self>>> {
        if target.triggers.is_empty() {
            return Ok(None);
        }
        builder.note_effects();
        let list = target
            .triggers
            .iter()
            .map(|plan| {
                let condition = builder.optional(plan.condition.as_ref())?;
                Ok(One { trigger: Arc::clone(&plan.trigger), condition })
            })
            .collect::<Result<_>>()?;
        let table = Arc::clone(&target.table);
        Ok(Some(Box::new(Self { table, list, queue: Vec::new(), assigned: Vec::new() })))
    }

    /// Whether any trigger has all of these bits.
    pub(crate) fn any(&self, bits: i16) -> bool {
        self.list.iter().any(|one| one.trigger.is(bits))
    }

    /// The triggers for an event at a level, before or after it.
    fn for_event(&self, context: &Context<'_>, event: i16, row: bool, before: bool) -> Vec<usize> {
        let replica = is_replica(context);
        let fits = |one: &One| {
            let trigger = &one.trigger;
            let assigned = event != Trigger::UPDATE
                || trigger.columns.is_empty()
                || trigger.columns.iter().any(|column| self.assigned.contains(column));
            trigger.is(event)
                && trigger.is(Trigger::ROW) == row
                && trigger.is(Trigger::BEFORE) == before
                && !trigger.is(Trigger::INSTEAD)
                && is_enabled(trigger.enabled, replica)
                && assigned
        };
        (0..self.list.len()).filter(|place| fits(&self.list[*place])).collect()
    }

    /// Runs the BEFORE ROW triggers; `false` where one of them leaves the row out. The new row is changed in its place.
    pub(crate) fn before_row(
        &mut self,
        context: &mut Context<'_>,
        event: i16,
        old: Option<(&Batch, usize)>,
        mut new: Option<(&mut Batch, usize)>,
    ) -> Result<bool> {
        for place in self.for_event(context, event, true, true) {
            let new_row = new.as_ref().map(|(batch, row)| (&**batch, *row));
            if !self.passes(context, place, old, new_row)? {
                continue;
            }
            let firing = TriggerFiring {
                table: &self.table,
                trigger: &self.list[place].trigger,
                event,
                old: old.map(|(batch, row)| row_record(&self.table, batch, row)),
                new: new_row.map(|(batch, row)| row_record(&self.table, batch, row)),
            };
            let Some(result) = context.fire_trigger(&firing)? else { return Ok(false) };
            if let Some((batch, row)) = &mut new {
                put_record(&self.table, &result, batch, *row)?;
            }
        }
        Ok(true)
    }

    /// Queues the AFTER ROW triggers of a row.
    pub(crate) fn after_row(
        &mut self,
        context: &mut Context<'_>,
        event: i16,
        old: Option<(&Batch, usize)>,
        new: Option<(&Batch, usize)>,
    ) -> Result<()> {
        for place in self.for_event(context, event, true, false) {
            if !self.passes(context, place, old, new)? {
                continue;
            }
            let old = old.map(|(batch, row)| row_record(&self.table, batch, row));
            let new = new.map(|(batch, row)| row_record(&self.table, batch, row));
            let size = |datum: &Option<Datum>| {
                datum.as_ref().and_then(|d| d.as_ref().bytes()).map_or(0, <[u8]>::len)
            };
            context.charge(size(&old) + size(&new) + size_of::<Queued>())?;
            self.queue.push(Queued { place, event, old, new });
        }
        Ok(())
    }

    /// Runs the BEFORE STATEMENT triggers.
    pub(crate) fn before_statement(&mut self, context: &mut Context<'_>, event: i16) -> Result<()> {
        self.statement(context, event, true)
    }

    fn statement(&mut self, context: &mut Context<'_>, event: i16, before: bool) -> Result<()> {
        for place in self.for_event(context, event, false, before) {
            if !self.passes(context, place, None, None)? {
                continue;
            }
            context.fire_trigger(&TriggerFiring {
                table: &self.table,
                trigger: &self.list[place].trigger,
                event,
                old: None,
                new: None,
            })?;
        }
        Ok(())
    }

    /// Runs what was queued, then the AFTER STATEMENT triggers of the events.
    pub(crate) fn finish(&mut self, context: &mut Context<'_>, events: &[i16]) -> Result<()> {
        for queued in std::mem::take(&mut self.queue) {
            let trigger = &self.list[queued.place].trigger;
            let deferred = DeferredTrigger {
                table: self.table.oid,
                trigger: Arc::clone(trigger),
                event: queued.event,
                old: queued.old,
                new: queued.new,
            };
            if trigger.is_constraint() && context.host.defer_trigger(&deferred) {
                continue;
            }
            context.fire_trigger(&TriggerFiring {
                table: &self.table,
                trigger,
                event: queued.event,
                old: deferred.old,
                new: deferred.new,
            })?;
            context.check_cancel()?;
        }
        events.iter().rev().try_for_each(|event| self.statement(context, *event, false))
    }

    /// Whether WHEN holds.
    fn passes(
        &mut self,
        context: &mut Context<'_>,
        place: usize,
        old: Option<(&Batch, usize)>,
        new: Option<(&Batch, usize)>,
    ) -> Result<bool> {
        let Some(condition) = &mut self.list[place].condition else { return Ok(true) };
        let mut columns: Vec<Vector> = Vec::with_capacity(self.table.columns.len() * 2);
        for side in [old, new] {
            for (index, column) in self.table.columns.iter().enumerate() {
                let mut one = Vector::new(Kind::of(column.type_id));
                match side {
                    Some((batch, row)) => one.set(0, batch.columns[index].get(row)),
                    None => one.set_null(0),
                }
                columns.push(one);
            }
        }
        let value = condition.run(&columns, Rows::All(1), context)?.get(0);
        Ok(value == ValueRef::Bool(true))
    }
}

fn is_replica(context: &Context<'_>) -> bool {
    context.host.setting("session_replication_role").is_some_and(|role| role == "replica")
}

fn is_enabled(enabled: TriggerEnabled, replica: bool) -> bool {
    match enabled {
        TriggerEnabled::Always => true,
        TriggerEnabled::Disabled => false,
        TriggerEnabled::Origin => !replica,
        TriggerEnabled::Replica => replica,
    }
}

/// A row of a batch of all columns as a record.
fn row_record(table: &Table, batch: &Batch, row: usize) -> Datum {
    let live = || table.columns.iter().enumerate().filter(|(_, column)| !column.dropped);
    let names: Vec<&str> = live().map(|(_, column)| column.name.as_str()).collect();
    let fields = live().map(|(index, column)| (column.type_id, batch.columns[index].get(row)));
    Datum::Bytes(types::record::build_named_record(&names, fields).into())
}

/// Puts a record into a row of a batch of all columns. 42804 where it is not the table's.
fn put_record(table: &Table, record: &Datum, batch: &mut Batch, row: usize) -> Result<()> {
    let wrong = || {
        let text = "returned row structure does not match the structure of the triggering table";
        Error::new(SqlState::DATATYPE_MISMATCH, text)
    };
    let Datum::Bytes(bytes) = record else { return Err(wrong()) };
    let record = Record::parse(bytes)?;
    let live: Vec<usize> =
        (0..table.columns.len()).filter(|index| !table.columns[*index].dropped).collect();
    if record.len() != live.len() {
        return Err(wrong());
    }
    for (field, index) in live.into_iter().enumerate() {
        let (type_id, value) = record.get(field);
        if !value.is_null() && Kind::of(type_id) != batch.columns[index].kind() {
            return Err(wrong());
        }
        batch.columns[index].set(row, value);
    }
    Ok(())
}

/// Runs a table's statement triggers of an event that is no change of rows: TRUNCATE.
pub fn fire_statement_triggers(
    context: &mut Context<'_>,
    target: &ModifyTable,
    event: i16,
    before: bool,
) -> Result<()> {
    let builder = Builder::with(context.host.find_function());
    match Triggers::new(&builder, target)? {
        Some(mut triggers) => triggers.statement(context, event, before),
        None => Ok(()),
    }
}
