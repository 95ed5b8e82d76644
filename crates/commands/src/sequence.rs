//! CREATE SEQUENCE and ALTER SEQUENCE, and the sequences of SERIAL and identity columns.

use crate::name::{creation_schema, find_relation, is_taken, lock_relation};
use crate::privilege::check_owner;
use crate::work::Work;
use analyze::{Analyzer, Relation};
use catalog::object::{Object, Persistence, Sequence, SequenceOwner};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::{self, AlterSequence, CreateSequence, SequenceOption, SequenceOptionKind};
use types::{Oid, type_oid};

/// CREATE SEQUENCE.
pub(crate) fn create_sequence(
    work: &mut dyn Work,
    create: &CreateSequence,
    sql: &str,
) -> Result<()> {
    let schema = creation_schema(work, &create.relation, create.persistence, sql)?;
    if is_taken(work, schema, &create.relation.name, create.if_not_exists)? {
        return Ok(());
    }
    let name = create.relation.name.to_string();
    let mut sequence = blank(work, name, schema, type_oid::INT8)?;
    sequence.persistence = persistence(create.persistence);
    let start = apply(work, &mut sequence, &create.options, true, sql)?;
    make(work, sequence, start)
}

/// How the catalog calls a persistence.
pub(crate) fn persistence(persistence: ast::Persistence) -> Persistence {
    match persistence {
        ast::Persistence::Permanent => Persistence::Permanent,
        ast::Persistence::Temporary => Persistence::Temporary,
        ast::Persistence::Unlogged => Persistence::Unlogged,
    }
}

/// A sequence of a type with its defaults.
pub(crate) fn blank(
    work: &mut dyn Work,
    name: String,
    schema: Oid,
    type_id: Oid,
) -> Result<Sequence> {
    let owner = work.current_user();
    let storage = Arc::clone(work.transaction().storage());
    Ok(Sequence {
        oid: Oid(storage.allocate_oid()?),
        name,
        schema,
        owner,
        persistence: Persistence::Permanent,
        file: storage.allocate_file()?,
        type_id,
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: bounds(type_id).1,
        cache: 1,
        cycle: false,
        owned_by: None,
        acl: None,
        comment: None,
    })
}

fn bounds(type_id: Oid) -> (i64, i64) {
    match type_id {
        type_oid::INT2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        type_oid::INT4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Writes a new sequence with its first value.
pub(crate) fn make(work: &mut dyn Work, sequence: Sequence, start: i64) -> Result<()> {
    let id = RelationId { database: work.database().0, file: sequence.file };
    work.transaction().create_sequence(id, &execute::sequence_bytes(start, false))?;
    work.put(Object::Sequence(Arc::new(sequence)))
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| {
        let text = format!("value \"{text}\" is out of range for type bigint");
        Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text)
    })
}

/// Applies options; returns the value to (re)start with.
pub(crate) fn apply(
    work: &mut dyn Work,
    sequence: &mut Sequence,
    options: &[SequenceOption],
    is_new: bool,
    sql: &str,
) -> Result<i64> {
    let (mut minimum, mut maximum, mut start, mut restart) = (None, None, None, None);
    for option in options {
        match &option.kind {
            SequenceOptionKind::As(name) => {
                let (type_id, _) = Analyzer::new(sql, work.resolver()).type_name(name)?;
                if !matches!(type_id, type_oid::INT2 | type_oid::INT4 | type_oid::INT8) {
                    let text = "sequence type must be smallint, integer, or bigint";
                    return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
                }
                sequence.type_id = type_id;
            }
            SequenceOptionKind::Cache(text) => {
                sequence.cache = number(text)?;
                if sequence.cache < 1 {
                    let text = format!("CACHE ({text}) must be greater than zero");
                    return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
                }
            }
            SequenceOptionKind::Cycle(cycle) => sequence.cycle = *cycle,
            SequenceOptionKind::Increment(text) => {
                sequence.increment = number(text)?;
                if sequence.increment == 0 {
                    return Err(Error::new(
                        SqlState::INVALID_PARAMETER_VALUE,
                        "INCREMENT must not be zero",
                    ));
                }
            }
            SequenceOptionKind::MaxValue(text) => {
                maximum = Some(text.as_deref().map(number).transpose()?)
            }
            SequenceOptionKind::MinValue(text) => {
                minimum = Some(text.as_deref().map(number).transpose()?)
            }
            SequenceOptionKind::Start(text) => start = Some(number(text)?),
            SequenceOptionKind::Restart(text) => {
                restart = Some(text.as_deref().map(number).transpose()?)
            }
            SequenceOptionKind::OwnedBy(owner) => {
                sequence.owned_by = owned_by(work, owner.as_ref(), sequence, sql)?
            }
            SequenceOptionKind::SequenceName(_) | SequenceOptionKind::Logged(_) => {}
        }
    }
    let (lowest, highest) = bounds(sequence.type_id);
    let ascending = sequence.increment > 0;
    if is_new || maximum.is_some() {
        sequence.maximum = maximum.flatten().unwrap_or(if ascending { highest } else { -1 });
    }
    if is_new || minimum.is_some() {
        sequence.minimum = minimum.flatten().unwrap_or(if ascending { 1 } else { lowest });
    }
    check(sequence, lowest, highest)?;
    if let Some(start) = start {
        sequence.start = start;
    } else if is_new {
        sequence.start = if ascending { sequence.minimum } else { sequence.maximum };
    }
    let (start, min, max) = (sequence.start, sequence.minimum, sequence.maximum);
    if start < min {
        let text = format!("START value ({start}) cannot be less than MINVALUE ({min})");
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    if start > max {
        let text = format!("START value ({start}) cannot be greater than MAXVALUE ({max})");
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    Ok(restart.map_or(start, |value| value.unwrap_or(start)))
}

fn check(sequence: &Sequence, lowest: i64, highest: i64) -> Result<()> {
    let wrong = |text: String| Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    let name = types::format_type(sequence.type_id, None);
    if sequence.maximum > highest || sequence.maximum < lowest {
        return wrong(format!(
            "MAXVALUE ({}) is out of range for sequence data type {name}",
            sequence.maximum
        ));
    }
    if sequence.minimum < lowest || sequence.minimum > highest {
        return wrong(format!(
            "MINVALUE ({}) is out of range for sequence data type {name}",
            sequence.minimum
        ));
    }
    if sequence.minimum >= sequence.maximum {
        let (min, max) = (sequence.minimum, sequence.maximum);
        return wrong(format!("MINVALUE ({min}) must be less than MAXVALUE ({max})"));
    }
    Ok(())
}

fn owned_by(
    work: &mut dyn Work,
    owner: Option<&ast::ObjectName>,
    sequence: &Sequence,
    sql: &str,
) -> Result<Option<SequenceOwner>> {
    let Some(owner) = owner else { return Ok(None) };
    let mut names = owner.names.iter().rev().cloned();
    let (Some(column), Some(table)) = (names.next(), names.next()) else {
        return Err(Error::new(SqlState::SYNTAX_ERROR, "invalid OWNED BY option")
            .hint("Specify OWNED BY table.column or OWNED BY NONE."));
    };
    let name = ast::RelationName {
        name: table,
        schema: names.next(),
        database: names.next(),
        location: owner.location,
    };
    let table = crate::name::plain_table(find_relation(work, &name, sql)?)?;
    if table.owner != sequence.owner {
        let text = "sequence must have same owner as table it is linked to";
        return Err(Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text));
    }
    let found = (1..).zip(&table.columns).find(|(_, c)| !c.dropped && *c.name == *column);
    let (number, _) = found.ok_or_else(|| {
        let text = format!("column \"{column}\" of relation \"{}\" does not exist", table.name);
        Error::new(SqlState::UNDEFINED_COLUMN, text)
    })?;
    Ok(Some(SequenceOwner { table: table.oid, column: number, identity: false }))
}

/// ALTER SEQUENCE.
pub(crate) fn alter_sequence(work: &mut dyn Work, alter: &AlterSequence, sql: &str) -> Result<()> {
    let found = Analyzer::new(sql, work.resolver()).find_relation(&alter.relation)?;
    let Some(relation) = found else {
        if alter.if_exists {
            let text = format!("relation \"{}\" does not exist, skipping", alter.relation.name);
            work.notice(Error::notice(SqlState::UNDEFINED_TABLE, text));
            return Ok(());
        }
        return find_relation(work, &alter.relation, sql).map(|_| ());
    };
    let Relation::Sequence(sequence) = relation else {
        let text = format!("\"{}\" is not a sequence", relation.name());
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    };
    lock_relation(work, sequence.oid, LockMode::ShareRowExclusive)?;
    check_owner(&work.catalog(), work.current_user(), &Object::Sequence(Arc::clone(&sequence)))?;
    let mut sequence = (*sequence).clone();
    let start = apply(work, &mut sequence, &alter.options, false, sql)?;
    let restarts =
        alter.options.iter().any(|option| matches!(option.kind, SequenceOptionKind::Restart(_)));
    if restarts {
        restart(work, &sequence, start)?;
    }
    work.put(Object::Sequence(Arc::new(sequence)))
}

/// Makes a sequence give this value next.
pub(crate) fn restart(work: &mut dyn Work, sequence: &Sequence, value: i64) -> Result<()> {
    let id = RelationId { database: work.database().0, file: sequence.file };
    work.transaction().sequence_next(id, |state| {
        state.copy_from_slice(&execute::sequence_bytes(value, false));
        Ok(())
    })
}
