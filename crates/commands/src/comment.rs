//! COMMENT ON.

use crate::name::{find_relation, relation_name};
use crate::privilege::check_owner;
use crate::work::Work;
use catalog::object::{Object, Table};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::{Comment, ObjectKind, ObjectReference, RelationName};

/// COMMENT ON a table, column, index, sequence, schema, database or role.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub(crate) fn comment(work: &mut dyn Work, comment: &Comment, sql: &str) -> Result<()> {
    let text = comment.text.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
    if matches!(comment.object, ObjectReference::Function(_)) {
        return function_comment(work, comment, text, sql);
    }
    if matches!(comment.kind, ObjectKind::Type | ObjectKind::Domain) {
        let own = crate::user_type::find_named(work, &comment.object)?;
        let changed = catalog::object::UserType { comment: text, ..(*own).clone() };
        return work.put(Object::Type(Arc::new(changed)));
    }
    let name = relation_name(&comment.object)?;
    if comment.kind == ObjectKind::Column {
        return column_comment(work, &comment.object, text, sql);
    }
    let catalog = work.catalog();
    let missing =
        |word: &str, code| Error::new(code, format!("{word} \"{}\" does not exist", name.name));
    let object = match comment.kind {
        ObjectKind::Schema => catalog
            .schema(&name.name)
            .map(|o| Object::Schema(Arc::clone(o)))
            .ok_or_else(|| missing("schema", SqlState::INVALID_SCHEMA_NAME))?,
        ObjectKind::Database => catalog
            .database(&name.name)
            .map(|o| Object::Database(Arc::clone(o)))
            .ok_or_else(|| missing("database", SqlState::UNDEFINED_DATABASE))?,
        ObjectKind::Role => catalog
            .role(&name.name)
            .map(|o| Object::Role(Arc::clone(o)))
            .ok_or_else(|| missing("role", SqlState::UNDEFINED_OBJECT))?,
        ObjectKind::Table | ObjectKind::Index | ObjectKind::Sequence | ObjectKind::View => {
            let relation = find_relation(work, &name, sql)?;
            catalog
                .object(relation.oid())
                .cloned()
                .ok_or_else(|| Error::unsupported("comments on system relations"))?
        }
        _ => return Err(Error::unsupported("comments on this kind of object")),
    };
    check_owner(&catalog, work.current_user(), &object)?;
    let changed = match object {
        Object::Table(o) => Object::Table(Arc::new(Table { comment: text, ..(*o).clone() })),
        Object::Function(o) => {
            Object::Function(Arc::new(catalog::object::Function { comment: text, ..(*o).clone() }))
        }
        Object::Type(o) => {
            Object::Type(Arc::new(catalog::object::UserType { comment: text, ..(*o).clone() }))
        }
        Object::View(o) => {
            Object::View(Arc::new(catalog::object::View { comment: text, ..(*o).clone() }))
        }
        Object::Index(o) => {
            Object::Index(Arc::new(catalog::object::Index { comment: text, ..(*o).clone() }))
        }
        Object::Sequence(o) => {
            Object::Sequence(Arc::new(catalog::object::Sequence { comment: text, ..(*o).clone() }))
        }
        Object::Schema(o) => {
            Object::Schema(Arc::new(catalog::object::Schema { comment: text, ..(*o).clone() }))
        }
        Object::Database(o) => {
            Object::Database(Arc::new(catalog::object::Database { comment: text, ..(*o).clone() }))
        }
        Object::Role(o) => {
            Object::Role(Arc::new(catalog::object::Role { comment: text, ..(*o).clone() }))
        }
    };
    work.put(changed)
}

fn function_comment(
    work: &mut dyn Work,
    comment: &Comment,
    text: Option<String>,
    sql: &str,
) -> Result<()> {
    let function = crate::routine::of_reference(work, comment.kind, &comment.object, sql)?;
    let object = Object::Function(Arc::clone(&function));
    check_owner(&work.catalog(), work.current_user(), &object)?;
    let changed = catalog::object::Function { comment: text, ..(*function).clone() };
    work.put(Object::Function(Arc::new(changed)))
}

fn column_comment(
    work: &mut dyn Work,
    object: &ObjectReference,
    text: Option<String>,
    sql: &str,
) -> Result<()> {
    let ObjectReference::Name(name) = object else {
        return Err(Error::internal("a column has a name"));
    };
    let mut names = name.names.iter().rev().cloned();
    let (Some(column), Some(table)) = (names.next(), names.next()) else {
        return Err(Error::new(SqlState::SYNTAX_ERROR, "column name must be qualified"));
    };
    let relation = RelationName {
        name: table,
        schema: names.next(),
        database: names.next(),
        location: name.location,
    };
    let table = crate::name::plain_table(find_relation(work, &relation, sql)?)?;
    check_owner(&work.catalog(), work.current_user(), &Object::Table(Arc::clone(&table)))?;
    let number = crate::constraint::column_number(&table, &column)?;
    let mut changed = (*table).clone();
    changed.columns[usize::try_from(number - 1).unwrap_or(0)].comment = text;
    work.put(Object::Table(Arc::new(changed)))
}
