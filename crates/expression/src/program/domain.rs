//! Domains: values that a cast to a domain, or to a type with domains within it, must satisfy.

use super::compile::Find;
use super::{Node, Program, Run};
use crate::Expr;
use crate::expr::ExprKind;
use crate::names::format_type;
use crate::stored::decode;
use batch::{Rows, Values, Vector};
use catalog::Access;
use catalog::object::{Object, TypeDefinition};
use error::{Error, Result, SqlState, stack_check};
use types::array::Array;
use types::record::Record;
use types::{Kind, Oid, ValueRef, element_of};

/// What a value of a type must satisfy; found in the catalog at the first run, and kept with the program.
pub(super) struct Checks {
    find: Find,
    type_id: Oid,
    checker: Option<Option<Box<Checker>>>,
}

impl Checks {
    pub(super) fn new(type_id: Oid, find: Find) -> Self {
        Self { find, type_id, checker: None }
    }
}

/// The constraints of a domain, those of its base types first, and what its parts must satisfy.
struct Checker {
    schema: String,
    name: String,
    not_null: bool,
    checks: Vec<(String, Program)>,
    value: Vector,
    parts: Parts,
}

enum Parts {
    None,
    Elements(Box<Checker>),
    Fields(Vec<Option<Box<Checker>>>),
}

/// Whether values of a type may have to satisfy something: it is a domain, or one is within it.
pub fn has_domain(access: &catalog::Catalog, type_id: Oid) -> bool {
    if types::is_domain(type_id) {
        return true;
    }
    if let Some(element) = element_of(type_id) {
        return has_domain(access, element);
    }
    if types::builtin_type(type_id).is_some() {
        return false;
    }
    let fields = columns(access, type_id);
    fields.is_some_and(|fields| fields.iter().any(|field| has_domain(access, *field)))
}

/// The types of the fields of a composite type.
fn columns(catalog: &catalog::Catalog, type_id: Oid) -> Option<Vec<Oid>> {
    let columns = match catalog.relation_of_row_type(type_id)? {
        Object::Table(table) if table.row_type == type_id => &table.columns,
        Object::View(view) if view.row_type == type_id => &view.columns,
        Object::Type(own) if own.oid == type_id => match &own.definition {
            TypeDefinition::Composite { columns, .. } => columns,
            TypeDefinition::Enum(_) | TypeDefinition::Domain(_) | TypeDefinition::Range(_) => {
                return None;
            }
        },
        Object::Table(_)
        | Object::View(_)
        | Object::Type(_)
        | Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => return None,
    };
    Some(columns.iter().map(|column| column.type_id).collect())
}

fn checker(access: &Access, type_id: Oid, find: Find) -> Result<Option<Box<Checker>>> {
    stack_check()?;
    if !has_domain(&access.catalog, type_id) {
        return Ok(None);
    }
    let mut levels = Vec::new();
    let mut base = type_id;
    while let Some((_, domain)) = access.catalog.domain(base) {
        levels.push(domain);
        base = domain.base;
    }
    let mut checks = Vec::new();
    for domain in levels.iter().rev() {
        let mut own: Vec<_> = domain.checks.iter().collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        for check in own {
            let expr = value_as_slot(decode(&check.expression)?)?;
            checks.push((check.name.clone(), Program::compile(&expr, find)?));
        }
    }
    let parts = if let Some(element) = element_of(base) {
        checker(access, element, find)?.map_or(Parts::None, Parts::Elements)
    } else if let Some(fields) = columns(&access.catalog, base) {
        let list: Result<Vec<_>> =
            fields.iter().map(|field| checker(access, *field, find)).collect();
        Parts::Fields(list?)
    } else {
        Parts::None
    };
    Ok(Some(Box::new(Checker {
        schema: access
            .catalog
            .domain(type_id)
            .and_then(|(own, _)| crate::names::schema_name(access, own.schema))
            .unwrap_or_default(),
        name: format_type(access, type_id, None),
        not_null: levels.iter().any(|domain| domain.not_null.is_some()),
        checks,
        value: Vector::new(Kind::of(type_id)),
        parts,
    })))
}

/// 23502 and 23514 where a value breaks a constraint of the domain that its type is, or of one within it.
pub fn check_domain(
    type_id: Oid,
    value: ValueRef<'_>,
    find: fn(&str) -> Option<functions::Builtin>,
    evaluation: &mut dyn super::Evaluation,
) -> Result<()> {
    if types::builtin_type(type_id).is_some() {
        return Ok(());
    }
    let access = evaluation.environment().as_any().downcast_ref::<Access>().cloned();
    let Some(access) = access else { return Ok(()) };
    match checker(&access, type_id, find)? {
        None => Ok(()),
        Some(mut checker) => {
            let mut run = Run { input: &[], operands: &mut Vec::new(), evaluation };
            checker.check(value, &mut run)
        }
    }
}

/// VALUE is column 1 of range entry 0 in what is stored.
fn value_as_slot(expr: Expr) -> Result<Expr> {
    if matches!(expr.kind, ExprKind::Column(_)) {
        return Ok(Expr { kind: ExprKind::Slot(0), ..expr });
    }
    expr.map_children(&mut value_as_slot)
}

impl Checker {
    /// 23502 and 23514 where the value breaks a constraint.
    fn check(&mut self, value: ValueRef<'_>, run: &mut Run<'_>) -> Result<()> {
        stack_check()?;
        match (&mut self.parts, value) {
            (Parts::Elements(element), ValueRef::Bytes(bytes)) => {
                for part in Array::parse(bytes)?.iter() {
                    element.check(part, run)?;
                }
            }
            (Parts::Fields(fields), ValueRef::Bytes(bytes)) => {
                let record = Record::parse(bytes)?;
                for (part, field) in record.iter().zip(fields) {
                    if let Some(field) = field {
                        field.check(part.1, run)?;
                    }
                }
            }
            (Parts::None | Parts::Elements(_) | Parts::Fields(_), _) => {}
        }
        if self.not_null && value.is_null() {
            let text = format!("domain {} does not allow null values", self.name);
            return Err(Error::new(SqlState::NOT_NULL_VIOLATION, text)
                .schema_name(&self.schema)
                .data_type(&self.name));
        }
        if self.checks.is_empty() {
            return Ok(());
        }
        self.value.set_constant(value);
        for (name, program) in &mut self.checks {
            let input = std::slice::from_ref(&self.value);
            let result = program.run(input, Rows::All(1), run.evaluation)?;
            let passed = matches!(&result.values, Values::Bool(values) if values[0]);
            if !passed && !result.nulls.get(0) {
                let text =
                    format!("value for domain {} violates check constraint \"{name}\"", self.name);
                return Err(Error::new(SqlState::CHECK_VIOLATION, text)
                    .schema_name(&self.schema)
                    .data_type(&self.name)
                    .constraint(name.clone()));
            }
        }
        Ok(())
    }
}

/// The values as they are, each one checked.
pub(super) fn to_domain(
    arg: &mut Node,
    checks: &mut Checks,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    arg.run(rows, run)?;
    if checks.checker.is_none() {
        let access = run.evaluation.environment().as_any().downcast_ref::<Access>().cloned();
        let access =
            access.ok_or_else(|| Error::internal("a domain was checked without a catalog"))?;
        checks.checker = Some(checker(&access, checks.type_id, checks.find)?);
    }
    let result = arg.output(run.input);
    let constant = result.is_constant() && rows.count() > 0;
    let rows = if constant { Rows::All(1) } else { rows };
    out.reset(rows.end());
    for row in rows.iter() {
        let value = result.get(row);
        if let Some(Some(checker)) = &mut checks.checker {
            checker.check(value, run)?;
        }
        out.set(row, value);
    }
    if constant {
        out.make_constant();
    }
    Ok(())
}
