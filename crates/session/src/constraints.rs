//! Unique constraints and foreign keys that are checked late: at the end of the transaction, or at SET CONSTRAINTS ... IMMEDIATE.

use crate::nested::Nested;
use crate::session::Session;
use catalog::object::{Deferral, Object, Trigger};
use commands::Work;
use error::{Error, Result, SqlState};
use execute::{DeferredKey, DeferredTrigger, ForeignKeyEvent, TriggerFiring};
use std::collections::HashMap;
use syntax::ast::SetConstraints;
use types::Oid;

/// What a transaction has still to check, and what SET CONSTRAINTS said in it.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    pub(crate) keys: Vec<DeferredKey>,
    pub(crate) foreign_keys: Vec<ForeignKeyEvent>,
    /// Constraint triggers to be run.
    pub(crate) triggers: Vec<DeferredTrigger>,
    /// For all constraints that are not in `named`.
    all: Option<bool>,
    /// By index of a unique constraint, or by foreign key.
    named: HashMap<Oid, bool>,
}

impl Deferred {
    /// Whether nothing is left to check.
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.foreign_keys.is_empty() && self.triggers.is_empty()
    }

    /// Whether a constraint waits for the transaction's end now; a unique one is told by its index.
    pub(crate) fn is_deferred(&self, index: Oid, deferral: Deferral) -> bool {
        match deferral {
            Deferral::Never => false,
            Deferral::Immediate | Deferral::Deferred => self
                .named
                .get(&index)
                .copied()
                .or(self.all)
                .unwrap_or(deferral == Deferral::Deferred),
        }
    }
}

impl Deferred {
    /// Whether a constraint trigger waits for the transaction's end now.
    pub(crate) fn is_trigger_deferred(&self, trigger: &Trigger) -> bool {
        let deferral = match (trigger.deferrable, trigger.initially_deferred) {
            (false, _) => Deferral::Never,
            (true, false) => Deferral::Immediate,
            (true, true) => Deferral::Deferred,
        };
        self.is_deferred(trigger.constraint, deferral)
    }
}

impl Session {
    /// SET CONSTRAINTS. 42704, 42809; 23505 where something is checked now and wrong.
    pub(crate) fn set_constraints(&mut self, set: &SetConstraints) -> Result<String> {
        if self.is_alone() {
            let text = "SET CONSTRAINTS can only be used in transaction blocks";
            let warning = Error::warning(SqlState::NO_ACTIVE_SQL_TRANSACTION, text);
            self.core.notices.push(warning);
        }
        self.begin_if_none();
        self.nested()?.set_constraints(set)
    }

    /// Checks all that was put off. 23505.
    pub(crate) fn check_deferred(&mut self) -> Result<()> {
        if self.core.deferred.is_empty() {
            return Ok(());
        }
        self.begin_if_none();
        self.nested()?.check_deferred()
    }

    /// The session within its transaction.
    pub(crate) fn nested(&mut self) -> Result<Nested<'_>> {
        let current = self.current.as_mut().ok_or_else(|| Error::internal("no transaction"))?;
        Ok(Nested { core: &mut self.core, transaction: &mut current.transaction })
    }
}

impl Nested<'_> {
    /// Checks all that was put off. 23505, 23503.
    pub(crate) fn check_deferred(&mut self) -> Result<()> {
        // What is checked now is not to be put off again.
        self.core.deferred.all = Some(false);
        self.core.deferred.named.clear();
        // Triggers may put off more.
        while !self.core.deferred.is_empty() {
            let triggers = std::mem::take(&mut self.core.deferred.triggers);
            self.run_triggers(triggers)?;
            let keys = std::mem::take(&mut self.core.deferred.keys);
            self.check_keys(&keys)?;
            let events = std::mem::take(&mut self.core.deferred.foreign_keys);
            self.check_foreign_keys(events)?;
        }
        Ok(())
    }

    fn run_triggers(&mut self, triggers: Vec<DeferredTrigger>) -> Result<()> {
        for deferred in triggers {
            let Some(table) = self.core.access.catalog.table(deferred.table).cloned() else {
                continue;
            };
            self.transaction.begin_command();
            self.fire_trigger(&TriggerFiring {
                table: &table,
                trigger: &deferred.trigger,
                event: deferred.event,
                old: deferred.old,
                new: deferred.new,
            })?;
        }
        Ok(())
    }

    fn check_keys(&mut self, keys: &[DeferredKey]) -> Result<()> {
        self.with_context(&mut |context| {
            keys.iter().try_for_each(|key| execute::check_deferred_key(context, key))
        })
    }

    /// SET CONSTRAINTS. 42704, 42809; 23505 where something is checked now and wrong.
    pub(crate) fn set_constraints(&mut self, set: &SetConstraints) -> Result<String> {
        if set.constraints.is_empty() {
            self.core.deferred.all = Some(set.deferred);
            self.core.deferred.named.clear();
        }
        for name in &set.constraints {
            let constraint = self.deferrable(&name.name)?;
            self.core.deferred.named.insert(constraint, set.deferred);
        }
        if !set.deferred {
            let deferred = std::mem::take(&mut self.core.deferred.keys);
            let (kept, due): (Vec<_>, Vec<_>) = deferred
                .into_iter()
                .partition(|key| self.core.deferred.is_deferred(key.index, Deferral::Deferred));
            self.core.deferred.keys = kept;
            let deferred = std::mem::take(&mut self.core.deferred.triggers);
            let (kept, ready): (Vec<_>, Vec<_>) = deferred
                .into_iter()
                .partition(|one| self.core.deferred.is_trigger_deferred(&one.trigger));
            self.core.deferred.triggers = kept;
            self.run_triggers(ready)?;
            self.check_keys(&due)?;
            // Those that are still deferred are put off again.
            let events = std::mem::take(&mut self.core.deferred.foreign_keys);
            self.check_foreign_keys(events)?;
        }
        Ok("SET CONSTRAINTS".to_owned())
    }

    /// A foreign key, or the index of a unique constraint, that can be deferred.
    fn deferrable(&self, name: &str) -> Result<Oid> {
        let mut found = false;
        for object in self.core.access.catalog.objects() {
            let Object::Table(table) = object else { continue };
            for trigger in table.triggers.iter().filter(|t| t.is_constraint() && t.name == name) {
                found = true;
                if trigger.deferrable {
                    return Ok(trigger.constraint);
                }
            }
            for key in table.keys.iter().filter(|key| key.name == name) {
                found = true;
                let index = self.core.access.catalog.index(key.index);
                if index.is_some_and(|index| index.deferral != Deferral::Never) {
                    return Ok(key.index);
                }
            }
            for key in table.foreign_keys.iter().filter(|key| key.name == name) {
                found = true;
                if key.deferrable {
                    return Ok(key.oid);
                }
            }
        }
        Err(if found {
            let text = format!("constraint \"{name}\" is not deferrable");
            Error::new(SqlState::WRONG_OBJECT_TYPE, text)
        } else {
            let text = format!("constraint \"{name}\" does not exist");
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        })
    }
}
