//! CREATE DOMAIN and ALTER DOMAIN.

use crate::constraint::choose_name;
use crate::user_type::{find, names_of, new_name, undefined};
use crate::work::Work;
use analyze::Analyzer;
use catalog::Catalog;
use catalog::object::{Check, Column, Domain, Object, Table, TypeDefinition, UserType};
use error::{Error, Result, SqlState};
use expression::{Expr, ExprKind, Program};
use std::sync::Arc;
use syntax::ast::{self, AlterDomain, AlterDomainAction, ConstraintKind, CreateDomain, Rename};
use types::{Datum, Oid};

/// CREATE DOMAIN. 42804 for a base type that is none, 42601 for constraints that domains have not.
pub(crate) fn create_domain(work: &mut dyn Work, create: &CreateDomain, sql: &str) -> Result<()> {
    let (schema, name) = new_name(work, &create.name)?;
    let mut analyzer = Analyzer::new(sql, work.resolver());
    let (base, typmod) = analyzer.type_name(&create.type_name)?;
    if types::builtin_type(base).is_some_and(|row| row.kind == 'p') {
        let shown = types::format_type(base, None);
        let text = format!("\"{shown}\" is not a valid base type for a domain");
        let position = syntax::position(sql, create.type_name.location);
        return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(position));
    }
    let own = expression::default_collation(base);
    let collation = match &create.collation {
        None => own,
        Some(_) if !own.is_valid() => {
            let shown = types::format_type(base, None);
            let text = format!("collations are not supported by type {shown}");
            let place = create.collation.as_ref().map_or(create.type_name.location, |c| c.location);
            let position = syntax::position(sql, place);
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(position));
        }
        Some(name) => analyzer.collation(name)?,
    };
    let inherited = work.catalog().domain(base).and_then(|(_, domain)| domain.default.clone());
    let mut domain = Domain {
        base,
        typmod,
        dimensions: i16::try_from(create.type_name.array_bounds.len()).unwrap_or(0),
        collation,
        default: inherited,
        not_null: None,
        checks: Vec::new(),
    };
    check_constraints(&create.constraints, &create.refused, sql)?;
    for constraint in &create.constraints {
        match &constraint.kind {
            ConstraintKind::Default(expr) => {
                domain.default = default_of(work, &name, &domain, expr, sql)?;
            }
            ConstraintKind::NotNull(_) => add_not_null(work, &name, &mut domain, constraint)?,
            ConstraintKind::Check(expr) => {
                add_check(work, &name, &mut domain, constraint, expr, sql)?
            }
            ConstraintKind::Null
            | ConstraintKind::Generated { .. }
            | ConstraintKind::Identity { .. }
            | ConstraintKind::Unique(_)
            | ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Exclusion(_)
            | ConstraintKind::ForeignKey(_) => {}
        }
    }
    let storage = Arc::clone(work.transaction().storage());
    let mut oid = types::domain_oid(base, storage.allocate_oid()?);
    while work.catalog().object(oid).is_some() {
        oid = types::domain_oid(base, storage.allocate_oid()?);
    }
    let own = UserType {
        oid,
        array_type: types::array_of(oid).unwrap_or_default(),
        name,
        schema,
        owner: work.current_user(),
        definition: TypeDefinition::Domain(Box::new(domain)),
        acl: None,
        comment: None,
    };
    work.put(Object::Type(Arc::new(own)))
}

/// 42601 for constraints that a domain cannot have, or not twice.
fn check_constraints(
    list: &[ast::Constraint],
    refused: &[ast::RefusedAttribute],
    sql: &str,
) -> Result<()> {
    let (mut nulls, mut default) = (None, false);
    let refused = refused.first();
    for (index, constraint) in list.iter().enumerate() {
        if let Some(refused) = refused.filter(|refused| refused.behind <= index) {
            return Err(refused.error.clone());
        }
        let position = syntax::position(sql, constraint.location);
        let syntax = |text: &str| Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
        let impossible =
            |what: &str| syntax(&format!("{what} constraints not possible for domains"));
        match &constraint.kind {
            ConstraintKind::Default(_) => {
                if std::mem::replace(&mut default, true) {
                    return syntax("multiple default expressions");
                }
            }
            ConstraintKind::NotNull(_) | ConstraintKind::Null => {
                if constraint.attributes.no_inherit {
                    let text = "not-null constraints for domains cannot be marked NO INHERIT";
                    return Err(Error::new(SqlState::INVALID_OBJECT_DEFINITION, text).at(position));
                }
                let not_null = matches!(constraint.kind, ConstraintKind::NotNull(_));
                if nulls.replace(not_null).is_some_and(|before| before != not_null) {
                    return syntax("conflicting NULL/NOT NULL constraints");
                }
            }
            ConstraintKind::Check(_) => {
                if constraint.attributes.no_inherit {
                    let text = "check constraints for domains cannot be marked NO INHERIT";
                    return Err(Error::new(SqlState::INVALID_OBJECT_DEFINITION, text).at(position));
                }
            }
            ConstraintKind::Unique(_) => return impossible("unique"),
            ConstraintKind::PrimaryKey(_) => return impossible("primary key"),
            ConstraintKind::Exclusion(_) => return impossible("exclusion"),
            ConstraintKind::ForeignKey(_) => return impossible("foreign key"),
            ConstraintKind::Generated { .. } => {
                return Err(Error::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "specifying GENERATED not supported for domains",
                )
                .at(position));
            }
            ConstraintKind::Identity { .. } => {
                return Err(Error::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "specifying GENERATED not supported for domains",
                )
                .at(position));
            }
        }
    }
    refused.map_or(Ok(()), |refused| Err(refused.error.clone()))
}

fn default_of(
    work: &mut dyn Work,
    name: &str,
    domain: &Domain,
    expr: &ast::Expr,
    sql: &str,
) -> Result<Option<catalog::object::StoredTree>> {
    let mut analyzer = Analyzer::new(sql, work.resolver());
    let value = analyzer.default_expression(expr, name, domain.base, domain.typmod)?;
    if value.as_constant().is_some_and(Datum::is_null) {
        return Ok(None);
    }
    expression::encode(&value).map(Some)
}

fn taken(domain: &Domain, name: &str) -> bool {
    domain.checks.iter().any(|check| check.name == name)
        || domain.not_null.as_ref().is_some_and(|(_, own)| own == name)
}

fn constraint_name(
    name: &str,
    domain: &Domain,
    constraint: &ast::Constraint,
    suffix: &str,
) -> Result<String> {
    let Some(given) = &constraint.name else {
        return Ok(choose_name(name, &[], suffix, &|candidate| taken(domain, candidate)));
    };
    if taken(domain, given) {
        let text = format!("constraint \"{given}\" for domain \"{name}\" already exists");
        return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
    }
    Ok(given.to_string())
}

fn add_not_null(
    work: &mut dyn Work,
    name: &str,
    domain: &mut Domain,
    constraint: &ast::Constraint,
) -> Result<()> {
    if domain.not_null.is_some() {
        return Ok(());
    }
    let own = constraint_name(name, domain, constraint, "not_null")?;
    domain.not_null = Some((Oid(work.transaction().storage().allocate_oid()?), own));
    Ok(())
}

fn add_check(
    work: &mut dyn Work,
    name: &str,
    domain: &mut Domain,
    constraint: &ast::Constraint,
    expr: &ast::Expr,
    sql: &str,
) -> Result<()> {
    let own = constraint_name(name, domain, constraint, "check")?;
    let mut analyzer = Analyzer::new(sql, work.resolver());
    let condition = analyzer.domain_check(expr, domain.base, domain.typmod)?;
    domain.checks.push(Check {
        oid: Oid(work.transaction().storage().allocate_oid()?),
        name: own,
        expression: expression::encode(&condition)?,
        columns: Vec::new(),
        validated: !constraint.attributes.not_valid,
        no_inherit: false,
        enforced: true,
        comment: None,
    });
    Ok(())
}

/// ALTER DOMAIN. 42809 where it is none; 23502 and 23514 where rows break a new constraint.
pub(crate) fn alter_domain(work: &mut dyn Work, alter: &AlterDomain, sql: &str) -> Result<()> {
    let own = find_domain(work, &alter.name.names)?;
    let TypeDefinition::Domain(domain) = &own.definition else {
        return Err(Error::internal("a domain is a domain"));
    };
    let mut changed = domain.clone();
    match &alter.action {
        AlterDomainAction::SetDefault(None) => changed.default = None,
        AlterDomainAction::SetDefault(Some(expr)) => {
            changed.default = default_of(work, &own.name, &changed, expr, sql)?;
        }
        AlterDomainAction::SetNotNull => {
            if changed.not_null.is_none() {
                check_rows(work, own.oid, None)?;
                let name = choose_name(&own.name, &[], "not_null", &|name| taken(&changed, name));
                let oid = Oid(work.transaction().storage().allocate_oid()?);
                changed.not_null = Some((oid, name));
            }
        }
        AlterDomainAction::DropNotNull => changed.not_null = None,
        AlterDomainAction::AddConstraint(constraint) => {
            check_constraints(std::slice::from_ref(constraint), &[], sql)?;
            match &constraint.kind {
                ConstraintKind::Check(expr) => {
                    add_check(work, &own.name, &mut changed, constraint, expr, sql)?;
                    if !constraint.attributes.not_valid {
                        check_rows(work, own.oid, changed.checks.last())?;
                    }
                }
                ConstraintKind::NotNull(_) => {
                    check_rows(work, own.oid, None)?;
                    add_not_null(work, &own.name, &mut changed, constraint)?;
                }
                ConstraintKind::Null
                | ConstraintKind::Default(_)
                | ConstraintKind::Generated { .. }
                | ConstraintKind::Identity { .. }
                | ConstraintKind::Unique(_)
                | ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Exclusion(_)
                | ConstraintKind::ForeignKey(_) => {
                    return Err(Error::internal("no constraint of a domain"));
                }
            }
        }
        AlterDomainAction::DropConstraint { name, if_exists, .. } => {
            if !taken(&changed, name) {
                let text =
                    format!("constraint \"{name}\" of domain \"{}\" does not exist", own.name);
                if !if_exists {
                    return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
                }
                let text = format!("{text}, skipping");
                work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
                return Ok(());
            }
            changed.checks.retain(|check| *check.name != **name);
            changed.not_null = changed.not_null.filter(|(_, own)| **own != **name);
        }
        AlterDomainAction::ValidateConstraint(name) => {
            validate(work, &own, &mut changed, name)?;
        }
    }
    let definition = TypeDefinition::Domain(changed);
    work.put(Object::Type(Arc::new(UserType { definition, ..(*own).clone() })))
}

/// VALIDATE CONSTRAINT. 42704, 42809; 23514 where a row breaks it.
fn validate(work: &mut dyn Work, own: &UserType, changed: &mut Domain, name: &str) -> Result<()> {
    let check = changed.checks.iter_mut().find(|check| check.name == name);
    let Some(check) = check else {
        let is_other = changed.not_null.as_ref().is_some_and(|(_, own)| own == name);
        let (code, what) = if is_other {
            (SqlState::WRONG_OBJECT_TYPE, "is not a check constraint")
        } else {
            (SqlState::UNDEFINED_OBJECT, "does not exist")
        };
        let text = format!("constraint \"{name}\" of domain \"{}\" {what}", own.name);
        return Err(Error::new(code, text));
    };
    check.validated = true;
    let check = check.clone();
    check_rows(work, own.oid, Some(&check))
}

fn find_domain(work: &mut dyn Work, names: &[ast::Name]) -> Result<Arc<UserType>> {
    let own = find(work, names)?.ok_or_else(|| undefined(names))?;
    if !matches!(own.definition, TypeDefinition::Domain(_)) {
        let text = format!("{} is not a domain", own.name);
        return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
    }
    Ok(own)
}

/// ALTER DOMAIN ... RENAME CONSTRAINT.
pub(crate) fn rename_constraint(work: &mut dyn Work, rename: &Rename) -> Result<()> {
    let names = names_of(&rename.object)?;
    let own = find_domain(work, names)?;
    let TypeDefinition::Domain(domain) = &own.definition else {
        return Err(Error::internal("a domain is a domain"));
    };
    let mut changed = domain.clone();
    let old = rename.part.as_deref().unwrap_or_default();
    if taken(&changed, &rename.new_name) {
        let text = format!(
            "constraint \"{}\" for domain \"{}\" already exists",
            rename.new_name, own.name
        );
        return Err(Error::new(SqlState::DUPLICATE_OBJECT, text));
    }
    if let Some(check) = changed.checks.iter_mut().find(|check| check.name == old) {
        check.name = rename.new_name.to_string();
    } else if let Some((_, name)) = changed.not_null.as_mut().filter(|(_, name)| name == old) {
        *name = rename.new_name.to_string();
    } else {
        let text = format!("constraint \"{old}\" for domain {} does not exist", own.name);
        return Err(Error::new(SqlState::UNDEFINED_OBJECT, text));
    }
    let definition = TypeDefinition::Domain(changed);
    work.put(Object::Type(Arc::new(UserType { definition, ..(*own).clone() })))
}

/// Whether a type is the domain or a domain over it.
fn is_over(catalog: &Catalog, type_id: Oid, domain: Oid) -> bool {
    let mut base = type_id;
    loop {
        if base == domain {
            return true;
        }
        match catalog.domain(base) {
            Some((_, next)) => base = next.base,
            None => return false,
        }
    }
}

/// Checks all columns of a domain against a new check of it, or against NOT NULL.
fn check_rows(work: &mut dyn Work, domain: Oid, check: Option<&Check>) -> Result<()> {
    let catalog = work.catalog();
    let mut tables: Vec<Arc<Table>> = Vec::new();
    for object in catalog.objects_by_oid() {
        if let Object::Table(table) = object {
            tables.push(Arc::clone(table));
        }
    }
    for table in tables {
        for column in table.columns.iter().filter(|column| !column.dropped) {
            if is_over(&catalog, column.type_id, domain) {
                check_column(work, &table, column, check)?;
            } else if within(&catalog, column.type_id, domain) {
                let text = format!(
                    "cannot alter type \"{}\" because column \"{}.{}\" uses it",
                    catalog.user_type(domain).map_or("?", |own| &own.name),
                    table.name,
                    column.name
                );
                return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
            }
        }
    }
    Ok(())
}

/// Whether values of a type hold values of the domain.
fn within(catalog: &Catalog, type_id: Oid, domain: Oid) -> bool {
    if is_over(catalog, type_id, domain) {
        return true;
    }
    let (base, _) = catalog.base_type(type_id, -1);
    if let Some(element) = types::element_of(base) {
        return within(catalog, element, domain);
    }
    let Some(Object::Type(own)) = catalog.relation_of_row_type(base) else { return false };
    match &own.definition {
        TypeDefinition::Composite { columns, .. } => {
            columns.iter().any(|column| within(catalog, column.type_id, domain))
        }
        TypeDefinition::Enum(_) | TypeDefinition::Domain(_) | TypeDefinition::Range(_) => false,
    }
}

fn check_column(
    work: &mut dyn Work,
    table: &Table,
    column: &Column,
    check: Option<&Check>,
) -> Result<()> {
    let schema = work.catalog().schema_by_oid(table.schema).map(|schema| schema.name.clone());
    let text = format!(
        "SELECT {} FROM ONLY {}.{}",
        syntax::quote_identifier(&column.name),
        syntax::quote_identifier(&schema.unwrap_or_default()),
        syntax::quote_identifier(&table.name)
    );
    let statements = syntax::parse(&text)?;
    let statement =
        statements.first().ok_or_else(|| Error::internal("a query was made of nothing"))?;
    let query = Analyzer::new(&text, work.resolver()).query(&statement.kind)?;
    let condition = check.map(|check| expression::decode(&check.expression)).transpose()?;
    let condition = condition.map(value_as_slot).transpose()?;
    let mut program: Option<Program> = None;
    work.run_query(query, &mut |work, batch| {
        let Some(condition) = &condition else {
            if batch.rows().iter().any(|row| batch.columns[0].is_null(row)) {
                let text = format!(
                    "column \"{}\" of table \"{}\" contains null values",
                    column.name, table.name
                );
                return Err(Error::new(SqlState::NOT_NULL_VIOLATION, text));
            }
            return Ok(());
        };
        work.with_context(&mut |context| {
            if program.is_none() {
                program = Some(Program::compile(condition, context.host.find_function())?);
            }
            let Some(program) = &mut program else { return Ok(()) };
            let result = program.run(&batch.columns, batch.rows(), context)?;
            let broken = |row: usize| matches!(result.get(row), types::ValueRef::Bool(false));
            if batch.rows().iter().any(broken) {
                let text = format!(
                    "column \"{}\" of table \"{}\" contains values that violate the new constraint",
                    column.name, table.name
                );
                return Err(Error::new(SqlState::CHECK_VIOLATION, text));
            }
            Ok(())
        })
    })?;
    Ok(())
}

fn value_as_slot(expr: Expr) -> Result<Expr> {
    if matches!(expr.kind, ExprKind::Column(_)) {
        return Ok(Expr { kind: ExprKind::Slot(0), ..expr });
    }
    expr.map_children(&mut value_as_slot)
}
