//! ALTER TABLE, one action after the other.

use crate::constraint::{add_constraint, add_not_null, column_number, constraint_exists};
use crate::create_table::{add_column, column_default, column_sequence, option_texts, set_default};
use crate::foreign_key::{Referrer, check_rows, drop_referrers, referrers};
use crate::name::{lock_relation, owned_table, role_of, set_owner};
use crate::work::Work;
use analyze::Analyzer;
use catalog::object::{Column, Identity, Object, Table};
use error::{Error, Result, SqlState};
use expression::Program;
use std::sync::Arc;
use storage::{LockMode, RelationId};
use syntax::ast::{
    AlterTable, AlterTableAction, ColumnDefinition, ColumnSelector, ConstraintAttributes,
    DropBehavior, ObjectKind,
};
use types::{Datum, Oid};

/// ALTER TABLE; OWNER TO serves indexes, sequences and views too.
pub(crate) fn alter_table(work: &mut dyn Work, alter: &AlterTable, sql: &str) -> Result<()> {
    if alter.if_exists
        && Analyzer::new(sql, work.resolver()).find_relation(&alter.relation)?.is_none()
    {
        let text = format!("relation \"{}\" does not exist, skipping", alter.relation.name);
        work.notice(Error::notice(SqlState::UNDEFINED_TABLE, text));
        return Ok(());
    }
    if let [AlterTableAction::OwnerTo(role)] = alter.actions.as_slice() {
        let owner = role_of(work, role)?;
        let relation = crate::name::find_relation(work, &alter.relation, sql)?;
        lock_relation(work, relation.oid(), LockMode::AccessExclusive)?;
        let object = work.catalog().object(relation.oid()).cloned();
        let object = object.ok_or_else(|| {
            Error::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied: system catalog")
        })?;
        return set_owner(work, &object, owner);
    }
    if !matches!(alter.kind, ObjectKind::Table) {
        return Err(Error::unsupported("altering this kind of relation"));
    }
    let triggers = alter.actions.iter().all(|a| matches!(a, AlterTableAction::Trigger(..)));
    let mode = if triggers { LockMode::ShareRowExclusive } else { LockMode::AccessExclusive };
    let mut table = owned_table(work, &alter.relation, mode, sql)?;
    for action in &alter.actions {
        apply(work, &table, action, sql)?;
        let again = work.catalog().table(table.oid).cloned();
        table = again.ok_or_else(|| Error::internal("a table vanished while it was altered"))?;
    }
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
#[expect(clippy::too_many_lines, reason = "one arm an action")]
fn apply(
    work: &mut dyn Work,
    table: &Arc<Table>,
    action: &AlterTableAction,
    sql: &str,
) -> Result<()> {
    let mut changed = (**table).clone();
    match action {
        AlterTableAction::AddColumn { column, if_not_exists, .. } => {
            return add(work, changed, column, *if_not_exists, sql);
        }
        AlterTableAction::DropColumn { name, if_exists, behavior } => {
            return drop_column(work, changed, name, *if_exists, *behavior);
        }
        AlterTableAction::ColumnDefault { column, default } => {
            let number = selected(&changed, column)?;
            let place = usize::try_from(number - 1).unwrap_or(0);
            match default {
                None => changed.columns[place].default = None,
                Some(expr) => {
                    let target = changed.columns[place].clone();
                    let value = Analyzer::new(sql, work.resolver()).default_expression(
                        expr,
                        &target.name,
                        target.type_id,
                        target.typmod,
                    )?;
                    set_default(work, &mut changed, number, &value)?;
                }
            }
        }
        AlterTableAction::AddIdentity { column, always, options } => {
            add_identity(work, &mut changed, column, *always, options, sql)?;
        }
        AlterTableAction::SetNotNull(name) => {
            let number = column_number(&changed, name)?;
            if !changed.columns[usize::try_from(number - 1).unwrap_or(0)].not_null {
                crate::rows::check_not_null(work, &changed, number)?;
            }
            add_not_null(work, &mut changed, number, None)?;
        }
        AlterTableAction::Trigger(enablement, target) => {
            crate::trigger::enable(&mut changed, *enablement, target)?;
        }
        AlterTableAction::DropNotNull(name) => drop_not_null(work, &mut changed, name)?,
        AlterTableAction::AddConstraint(constraint) => {
            add_constraint(work, &mut changed, constraint, true, sql)?
        }
        AlterTableAction::DropConstraint { name, if_exists, behavior } => {
            drop_constraint(work, &mut changed, name, *if_exists, *behavior)?;
        }
        AlterTableAction::ValidateConstraint(name) => validate(work, &mut changed, name)?,
        AlterTableAction::AlterConstraint { name, attributes, inherit: false } => {
            alter_constraint(&mut changed, name, *attributes)?;
        }
        AlterTableAction::SetOptions(options) => {
            for text in option_texts(options)? {
                let key = text.split('=').next().unwrap_or_default().to_owned() + "=";
                changed.options.retain(|option| !option.starts_with(&key));
                changed.options.push(text);
            }
        }
        AlterTableAction::ResetOptions(options) => {
            for option in options {
                let key = format!("{}=", option.name);
                changed.options.retain(|text| !text.starts_with(&key));
            }
        }
        AlterTableAction::OwnerTo(role) => {
            let owner = role_of(work, role)?;
            return set_owner(work, &Object::Table(Arc::clone(table)), owner);
        }
        // What is only a hint to PostgreSQL's storage changes nothing here.
        AlterTableAction::SetStatistics { .. }
        | AlterTableAction::SetStorage { .. }
        | AlterTableAction::SetCompression { .. }
        | AlterTableAction::ClusterOn(_)
        | AlterTableAction::SetWithoutCluster
        | AlterTableAction::SetWithoutOids => return Ok(()),
        _ => return Err(Error::unsupported("this action of ALTER TABLE")),
    }
    work.put(Object::Table(Arc::new(changed)))
}

fn selected(table: &Table, column: &ColumnSelector) -> Result<i16> {
    match column {
        ColumnSelector::Name(name) => column_number(table, name),
        ColumnSelector::Number(_) => Err(Error::unsupported("a column by number")),
    }
}

/// ADD COLUMN: rows that are there read the default's value as it is now; a default that differs from row to row
/// would have to be written to each.
fn add(
    work: &mut dyn Work,
    mut table: Table,
    definition: &ColumnDefinition,
    if_not_exists: bool,
    sql: &str,
) -> Result<()> {
    if table.columns.iter().any(|c| !c.dropped && *c.name == *definition.name) {
        let text =
            format!("column \"{}\" of relation \"{}\" already exists", definition.name, table.name);
        if if_not_exists {
            work.notice(Error::notice(SqlState::DUPLICATE_COLUMN, format!("{text}, skipping")));
            return Ok(());
        }
        return Err(Error::new(SqlState::DUPLICATE_COLUMN, text));
    }
    let mut constraints = Vec::new();
    add_column(work, &mut table, definition, &mut constraints, sql)?;
    let number = column_number(&table, &definition.name)?;
    column_sequence(work, &mut table, number, definition, sql)?;
    column_default(work, &mut table, number, definition, sql)?;
    let place = usize::try_from(number - 1).unwrap_or(0);
    if has_rows(work, &table)? {
        fill(work, &mut table, place)?;
    }
    for constraint in &constraints {
        // The rows that are checked must have the column in the catalog's eyes.
        work.put(Object::Table(Arc::new(table.clone())))?;
        add_constraint(work, &mut table, constraint, true, sql)?;
    }
    work.put(Object::Table(Arc::new(table)))
}

fn has_rows(work: &mut dyn Work, table: &Table) -> Result<bool> {
    Ok(crate::rows::count(work, table)? > 0)
}

/// The value of a new column in rows that are there.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn fill(work: &mut dyn Work, table: &mut Table, place: usize) -> Result<()> {
    let column: Column = table.columns[place].clone();
    let Some(default) = &column.default else {
        if column.not_null {
            return Err(crate::rows::null_violation(work, table, &column.name));
        }
        return Ok(());
    };
    let expr = expression::decode(&default.expression)?;
    let volatile = expr.any(&mut |e| match &e.kind {
        expression::ExprKind::Call(call) => {
            call.volatility() == catalog::facts::Volatility::Volatile
        }
        expression::ExprKind::Column(_) => true,
        _ => false,
    });
    if volatile {
        return Err(Error::unsupported("ADD COLUMN with a volatile default to a table with rows"));
    }
    let mut value = Datum::Null;
    work.with_context(&mut |context| {
        value = Program::compile(&expr, context.host.find_function())?.value(context)?;
        Ok(())
    })?;
    if column.not_null && value.is_null() {
        return Err(crate::rows::null_violation(work, table, &column.name));
    }
    table.columns[place].missing = value;
    Ok(())
}

/// ADD GENERATED AS IDENTITY. 55000 where the column is one already, has a default or may be NULL.
fn add_identity(
    work: &mut dyn Work,
    table: &mut Table,
    name: &str,
    always: bool,
    options: &[syntax::ast::SequenceOption],
    sql: &str,
) -> Result<()> {
    let number = column_number(table, name)?;
    let column = &table.columns[usize::try_from(number - 1).unwrap_or(0)];
    let of = format!("column \"{name}\" of relation \"{}\"", table.name);
    let wrong = if column.identity.is_some() {
        Some(format!("{of} is already an identity column"))
    } else if column.default.is_some() {
        Some(format!("{of} already has a default value"))
    } else if !column.not_null {
        Some(format!("{of} must be declared NOT NULL before identity can be added"))
    } else {
        None
    };
    if let Some(text) = wrong {
        return Err(Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text));
    }
    crate::create_table::owned_sequence(work, table, number, Some(options), sql)?;
    let identity = if always { Identity::Always } else { Identity::ByDefault };
    table.columns[usize::try_from(number - 1).unwrap_or(0)].identity = Some(identity);
    Ok(())
}

fn drop_not_null(work: &mut dyn Work, table: &mut Table, name: &str) -> Result<()> {
    let number = column_number(table, name)?;
    let place = usize::try_from(number - 1).unwrap_or(0);
    let catalog = work.catalog();
    let in_key = catalog.indexes_of(table.oid).any(|index| {
        index.primary
            && index.columns[..index.key_count]
                .iter()
                .any(|c| matches!(c.target, catalog::object::IndexTarget::Column(n) if n == number))
    });
    if in_key {
        let text = format!("column \"{name}\" is in a primary key");
        return Err(Error::new(SqlState::INVALID_TABLE_DEFINITION, text));
    }
    if table.columns[place].identity.is_some() {
        let text =
            format!("column \"{name}\" of relation \"{}\" is an identity column", table.name);
        return Err(Error::new(SqlState::SYNTAX_ERROR, text));
    }
    table.columns[place].not_null = false;
    table.not_nulls.retain(|not_null| not_null.column != number);
    Ok(())
}

fn drop_constraint(
    work: &mut dyn Work,
    table: &mut Table,
    name: &str,
    if_exists: bool,
    behavior: DropBehavior,
) -> Result<()> {
    if !constraint_exists(table, name) {
        let text = format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name);
        if if_exists {
            work.notice(Error::notice(SqlState::UNDEFINED_OBJECT, format!("{text}, skipping")));
            return Ok(());
        }
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    if let Some(key) = table.keys.iter().find(|key| key.name == name).cloned() {
        let index = work.catalog().index(key.index).cloned();
        if let Some(index) = index {
            let list = referrers(&work.catalog(), table.oid, &[], &|key| key.index == index.oid);
            let what = format!("constraint {name} on table {}", table.name);
            let on = |_: &Referrer| format!("index {}", index.name);
            drop_referrers(work, &list, Some(&what), &on, behavior)?;
            // Those of the table itself are not to be written again.
            table.foreign_keys.retain(|key| key.table != table.oid || key.index != index.oid);
            let id = RelationId { database: work.database().0, file: index.file };
            work.transaction().drop_relation(id)?;
            work.remove(index.oid)?;
        }
    }
    if let Some(not_null) = table.not_nulls.iter().find(|n| n.name == name) {
        let place = usize::try_from(not_null.column - 1).unwrap_or(0);
        table.columns[place].not_null = false;
    }
    table.keys.retain(|key| key.name != name);
    table.checks.retain(|check| check.name != name);
    table.not_nulls.retain(|not_null| not_null.name != name);
    if let Some(key) = table.foreign_keys.iter().find(|key| key.name == name) {
        lock_relation(work, key.table, LockMode::AccessExclusive)?;
    }
    table.foreign_keys.retain(|key| key.name != name);
    Ok(())
}

/// VALIDATE CONSTRAINT. 42704, 42809; 23503, 23514 where a row does not hold.
fn validate(work: &mut dyn Work, table: &mut Table, name: &str) -> Result<()> {
    if let Some(key) = table.foreign_keys.iter_mut().find(|key| key.name == name) {
        let wanted = key.clone();
        if !key.enforced {
            let text = "cannot validate NOT ENFORCED constraint";
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
        }
        key.validated = true;
        return if wanted.validated { Ok(()) } else { check_rows(work, table, &wanted) };
    }
    if let Some(place) = table.checks.iter().position(|check| check.name == name) {
        let check = table.checks[place].clone();
        if !check.enforced {
            let text = "cannot validate NOT ENFORCED constraint";
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
        }
        if !check.validated {
            let expr = expression::decode(&check.expression)?;
            crate::rows::check_condition(work, table, &expr, name)?;
        }
        table.checks[place].validated = true;
        return Ok(());
    }
    if table.not_nulls.iter().any(|not_null| not_null.name == name) {
        return Ok(());
    }
    if !constraint_exists(table, name) {
        let text = format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    let text = format!("cannot validate constraint \"{name}\" of relation \"{}\"", table.name);
    Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
        .detail("This operation is not supported for this type of constraint."))
}

/// ALTER CONSTRAINT: when a foreign key is checked. 42704, 42809.
fn alter_constraint(table: &mut Table, name: &str, attributes: ConstraintAttributes) -> Result<()> {
    if !constraint_exists(table, name) {
        let text = format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    let relation = table.name.clone();
    let Some(key) = table.foreign_keys.iter_mut().find(|key| key.name == name) else {
        let text = format!(
            "constraint \"{name}\" of relation \"{relation}\" is not a foreign key constraint"
        );
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    };
    if attributes.enforced.is_some() {
        return Err(Error::unsupported("ALTER CONSTRAINT [NOT] ENFORCED"));
    }
    key.initially_deferred = attributes.initially_deferred == Some(true);
    key.deferrable = attributes.deferrable == Some(true) || key.initially_deferred;
    Ok(())
}

/// DROP COLUMN: the column's place stays, and reads as NULL.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn drop_column(
    work: &mut dyn Work,
    mut table: Table,
    name: &str,
    if_exists: bool,
    behavior: DropBehavior,
) -> Result<()> {
    let number = match column_number(&table, name) {
        Ok(number) => number,
        Err(error) if if_exists => {
            let text = format!("{}, skipping", error.message());
            work.notice(Error::notice(SqlState::UNDEFINED_COLUMN, text));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let uses = |column: &catalog::object::IndexColumn| {
        match &column.target {
        catalog::object::IndexTarget::Column(n) => *n == number,
        catalog::object::IndexTarget::Expression(tree) => expression::decode(tree).is_ok_and(|expr| {
            expr.any(&mut |e| matches!(e.kind, expression::ExprKind::Column(c) if c.column == number))
        }),
    }
    };
    let catalog = work.catalog();
    // The table's own go with the column.
    let list =
        referrers(&catalog, table.oid, &[table.oid], &|key| key.referenced.contains(&number));
    let what = format!("column {name} of table {}", table.name);
    drop_referrers(work, &list, Some(&what), &|_| what.clone(), behavior)?;
    let own = table.oid;
    table.foreign_keys.retain(|key| {
        !key.columns.contains(&number) && (key.table != own || !key.referenced.contains(&number))
    });
    for index in catalog.indexes_of(table.oid).filter(|index| index.columns.iter().any(uses)) {
        let id = RelationId { database: work.database().0, file: index.file };
        work.transaction().drop_relation(id)?;
        work.remove(index.oid)?;
        table.keys.retain(|key| key.index != index.oid);
    }
    table.checks.retain(|check| !check.columns.contains(&number));
    table.not_nulls.retain(|not_null| not_null.column != number);
    if let Some(trigger) = table.triggers.iter().find(|t| t.columns.contains(&number)) {
        let text = format!(
            "cannot drop column {name} of table {} because other objects depend on it",
            table.name
        );
        let detail = format!(
            "trigger {} on table {} depends on column {name} of table {}",
            trigger.name, table.name, table.name
        );
        return Err(Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text)
            .detail(detail)
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    let owned: Vec<(Oid, u32)> = catalog
        .objects()
        .filter_map(|object| match object {
            Object::Sequence(s) => s
                .owned_by
                .is_some_and(|by| by.table == table.oid && by.column == number)
                .then_some((s.oid, s.file)),
            _ => None,
        })
        .collect();
    for (oid, file) in owned {
        let id = RelationId { database: work.database().0, file };
        work.transaction().drop_relation(id)?;
        work.remove(oid)?;
    }
    let column = &mut table.columns[usize::try_from(number - 1).unwrap_or(0)];
    column.name = format!("........pg.dropped.{number}........");
    column.dropped = true;
    column.not_null = false;
    column.default = None;
    column.identity = None::<Identity>;
    work.put(Object::Table(Arc::new(table)))
}
