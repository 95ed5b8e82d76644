//! nextval, currval and setval.

use crate::context::Context;
use crate::system_scan::{sequence_bytes, sequence_state};
use catalog::acl::Privileges;
use catalog::object::Sequence;
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::RelationId;
use types::Oid;

fn find(context: &Context<'_>, oid: Oid, privileges: &[Privileges]) -> Result<Arc<Sequence>> {
    let catalog = context.host.catalog();
    let Some(sequence) = catalog.sequence(oid) else {
        let text = match catalog.object(oid) {
            Some(object) => format!("\"{}\" is not a sequence", object.name()),
            None => format!("could not open relation with OID {oid}"),
        };
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    };
    if !privileges.iter().any(|privilege| context.host.may(oid, privilege.0)) {
        let text = format!("permission denied for sequence {}", sequence.name);
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    Ok(Arc::clone(sequence))
}

fn file(context: &Context<'_>, sequence: &Sequence) -> RelationId {
    RelationId { database: context.host.database().0, file: sequence.file }
}

/// The next value of a sequence. 2200H at its end.
pub(crate) fn nextval(context: &mut Context<'_>, oid: Oid) -> Result<i64> {
    let sequence = find(context, oid, &[Privileges::USAGE, Privileges::UPDATE])?;
    let id = file(context, &sequence);
    let value = context.transaction.sequence_next(id, |state| {
        let (last, called) = sequence_state(state)?;
        let value = if called { step(&sequence, last)? } else { last };
        state.copy_from_slice(&sequence_bytes(value, true));
        Ok(value)
    })?;
    let values = context.host.sequence_values();
    values.last.insert(oid, value);
    values.newest = Some(oid);
    Ok(value)
}

fn step(sequence: &Sequence, last: i64) -> Result<i64> {
    let next = last.checked_add(sequence.increment);
    let (word, end, start) = if sequence.increment > 0 {
        ("maximum", sequence.maximum, sequence.minimum)
    } else {
        ("minimum", sequence.minimum, sequence.maximum)
    };
    match next.filter(|next| (sequence.minimum..=sequence.maximum).contains(next)) {
        Some(next) => Ok(next),
        None if sequence.cycle => Ok(start),
        None => {
            let text =
                format!("nextval: reached {word} value of sequence \"{}\" ({end})", sequence.name);
            Err(Error::new(SqlState::SEQUENCE_GENERATOR_LIMIT_EXCEEDED, text))
        }
    }
}

/// The value that a sequence gave this session last; of the one used last where `oid` is invalid.
pub(crate) fn currval(context: &mut Context<'_>, oid: Oid) -> Result<i64> {
    if !oid.is_valid() {
        let values = context.host.sequence_values();
        let last = values.newest.and_then(|oid| values.last.get(&oid).copied());
        return last.ok_or_else(|| {
            let text = "lastval is not yet defined in this session";
            Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text)
        });
    }
    let sequence = find(context, oid, &[Privileges::USAGE, Privileges::SELECT])?;
    context.host.sequence_values().last.get(&oid).copied().ok_or_else(|| {
        let text =
            format!("currval of sequence \"{}\" is not yet defined in this session", sequence.name);
        Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text)
    })
}

/// Sets a sequence's value. 22003 outside its bounds.
pub(crate) fn setval(context: &mut Context<'_>, oid: Oid, value: i64, called: bool) -> Result<i64> {
    let sequence = find(context, oid, &[Privileges::UPDATE])?;
    if !(sequence.minimum..=sequence.maximum).contains(&value) {
        let text = format!(
            "setval: value {value} is out of bounds for sequence \"{}\" ({}..{})",
            sequence.name, sequence.minimum, sequence.maximum
        );
        return Err(Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text));
    }
    let id = file(context, &sequence);
    context.transaction.sequence_next(id, |state| {
        state.copy_from_slice(&sequence_bytes(value, called));
        Ok(())
    })?;
    let values = context.host.sequence_values();
    values.newest = Some(oid);
    if called {
        values.last.insert(oid, value);
    }
    Ok(value)
}
