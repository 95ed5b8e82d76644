//! Names of types.

use crate::Analyzer;
use catalog::PG_CATALOG;
use error::{Error, Result, SqlState};
use syntax::ast::{Constant, ExprKind, ObjectName, OperatorName, TypeName};
use types::{Oid, array_of, builtin_type_named};

impl Analyzer<'_> {
    /// The type and typmod of a type's name. 42704 where there is no such type.
    pub fn type_name(&mut self, name: &TypeName) -> Result<(Oid, i32)> {
        let position = self.position(name.location);
        if name.percent_type {
            return self.column_type(name).map_err(|error| error.at_default(position));
        }
        let base = self
            .find_type(name)
            .ok_or_else(|| undefined_type(&name.names.join(".")).at(position))?;
        let typmod = self.modifiers(base, name)?;
        if name.array_bounds.is_empty() {
            return Ok((base, typmod));
        }
        let array = array_of(base).ok_or_else(|| {
            undefined_type(&format!("{}[]", types::format_type(base, None))).at(position)
        })?;
        Ok((array, typmod))
    }

    /// The type of `table.column%TYPE`. 42P01, 42703.
    fn column_type(&mut self, name: &TypeName) -> Result<(Oid, i32)> {
        let mut names = name.names.iter().rev().cloned();
        let (Some(column), Some(table)) = (names.next(), names.next()) else {
            let text = format!(
                "improper %TYPE reference (too few dotted names): {}",
                name.names.join(".")
            );
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        };
        let relation = syntax::ast::RelationName {
            name: table,
            schema: names.next(),
            database: names.next(),
            location: name.location,
        };
        let found = self.relation(&relation)?;
        let row_type = match &found {
            crate::Relation::Table(table) => table.row_type,
            crate::Relation::View(view) => view.row_type,
            crate::Relation::System(system) => {
                let known = system.columns.iter().find(|c| *c.name == *column);
                if let Some(known) = known {
                    return Ok((known.type_id, known.typmod));
                }
                Oid::INVALID
            }
            crate::Relation::Sequence(_) | crate::Relation::Index(..) => Oid::INVALID,
        };
        let columns = self.row_columns(row_type).unwrap_or_default();
        columns.iter().find(|c| c.0 == *column).map(|c| (c.1, c.2)).ok_or_else(|| {
            let text =
                format!("column \"{column}\" of relation \"{}\" does not exist", found.name());
            Error::new(SqlState::UNDEFINED_COLUMN, text)
        })
    }

    fn find_type(&self, name: &TypeName) -> Option<Oid> {
        let (schema, name) = match name.names.as_slice() {
            [name] => (None, name),
            [schema, name] | [_, schema, name] => (Some(schema), name),
            _ => return None,
        };
        let catalog = self.resolver.catalog();
        let schemas: Vec<Oid> = match schema {
            None => self.resolver.search_path().to_vec(),
            Some(schema) => vec![catalog.schema(schema)?.oid],
        };
        for schema in schemas {
            if schema == PG_CATALOG
                && let Some(found) = builtin_type_named(name)
            {
                return Some(found.oid);
            }
            if let Some(own) = catalog.type_oid_named(schema, name) {
                return Some(own);
            }
            let relation = catalog.relation(schema, name);
            if let Some(catalog::object::Object::Table(table)) = relation {
                return Some(table.row_type);
            }
            if let Some(catalog::object::Object::View(view)) = relation {
                return Some(view.row_type);
            }
        }
        None
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn modifiers(&self, base: Oid, name: &TypeName) -> Result<i32> {
        if name.modifiers.is_empty() {
            return Ok(-1);
        }
        let position = self.position(name.location);
        let mut numbers = Vec::with_capacity(name.modifiers.len());
        for modifier in &name.modifiers {
            match &modifier.kind {
                ExprKind::Constant(Constant::Integer(number)) => numbers.push(*number),
                ExprKind::Operator(operator)
                    if operator.left.is_none()
                        && operator.name
                            == (OperatorName { qualifier: Vec::new(), name: "-".into() }) =>
                {
                    let ExprKind::Constant(Constant::Integer(number)) = operator.right.kind else {
                        return Err(not_constant().at(position));
                    };
                    numbers.push(-number);
                }
                ExprKind::Constant(_) | ExprKind::Column(_) => {
                    return Err(Error::new(
                        SqlState::INVALID_TEXT_REPRESENTATION,
                        "type modifiers must be integers".to_owned(),
                    )
                    .at(position));
                }
                _ => return Err(not_constant().at(position)),
            }
        }
        types::typmod_in(base, &numbers).map_err(|error| error.at_default(position))
    }

    /// The collation of a name. 42704 where there is none.
    pub fn collation(&self, name: &ObjectName) -> Result<Oid> {
        let found = catalog::facts().collation_named(name.name()).map(|collation| collation.oid);
        found.ok_or_else(|| {
            Error::new(
                SqlState::UNDEFINED_OBJECT,
                format!("collation \"{}\" for encoding \"UTF8\" does not exist", name.dotted()),
            )
            .at(self.position(name.location))
        })
    }
}

fn not_constant() -> Error {
    Error::new(SqlState::SYNTAX_ERROR, "type modifiers must be simple constants or identifiers")
}

/// 42704.
pub(crate) fn undefined_type(name: &str) -> Error {
    Error::new(SqlState::UNDEFINED_OBJECT, format!("type \"{name}\" does not exist"))
}
