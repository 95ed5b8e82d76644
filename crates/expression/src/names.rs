//! Names of catalog objects as text, and back: what reg* types, pg_get_* and is_visible functions share.

mod find;
mod show;

pub(crate) use find::{find_relation_of_text, find_role, find_schema, undefined_role};
pub(crate) use show::{
    Shown, format_type, function_signature, is_visible_function, is_visible_operator,
    is_visible_relation, is_visible_type, relation_name, relation_place, role_name, schema_name,
    user_function_name,
};

use catalog::Access;
use catalog::object::{Column, EnumLabel, Object, TypeDefinition};
use error::Result;
use types::{Names, Oid, type_oid};

/// The labels of an enum.
fn labels(access: &Access, type_id: Oid) -> Option<&[EnumLabel]> {
    match &access.catalog.user_type(type_id)?.definition {
        TypeDefinition::Enum(labels) => Some(labels),
        TypeDefinition::Composite { .. } | TypeDefinition::Domain(_) | TypeDefinition::Range(_) => {
            None
        }
    }
}

/// The columns of a composite type or of a relation's row type; not of arrays of them.
fn columns(access: &Access, type_id: Oid) -> Option<&[Column]> {
    match access.catalog.relation_of_row_type(type_id)? {
        Object::Table(table) => (table.row_type == type_id).then_some(&table.columns[..]),
        Object::View(view) => (view.row_type == type_id).then_some(&view.columns[..]),
        Object::Type(own) => match &own.definition {
            TypeDefinition::Composite { columns, .. } if own.oid == type_id => Some(columns),
            TypeDefinition::Composite { .. }
            | TypeDefinition::Enum(_)
            | TypeDefinition::Domain(_)
            | TypeDefinition::Range(_) => None,
        },
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => None,
    }
}

/// The catalog's names as a session sees them, for the text forms of reg* types.
#[derive(Clone, Copy)]
pub struct CatalogNames<'a>(pub &'a Access);

impl Names for CatalogNames<'_> {
    fn reg_name(&self, reg_type: Oid, object: Oid) -> Option<String> {
        let access = self.0;
        match reg_type {
            type_oid::REGCLASS => relation_name(access, object, Shown::WhereNeeded),
            type_oid::REGTYPE => {
                show::known_type(access, object).map(|()| format_type(access, object, None))
            }
            type_oid::REGPROC => show::function_alone(access, object),
            type_oid::REGPROCEDURE => function_signature(access, object),
            type_oid::REGOPER => show::operator_alone(access, object),
            type_oid::REGOPERATOR => show::operator_signature(access, object),
            type_oid::REGROLE => {
                let role = access.catalog.role_by_oid(object)?;
                Some(types::quote_identifier(&role.name))
            }
            type_oid::REGNAMESPACE => {
                schema_name(access, object).map(|name| types::quote_identifier(&name))
            }
            type_oid::REGCOLLATION => show::collation(object),
            _ => None,
        }
    }

    fn reg_object(&self, reg_type: Oid, name: &str) -> Result<Oid> {
        find::reg_object(self.0, reg_type, name)
    }

    fn enum_value(&self, type_id: Oid, label: &str) -> Option<Option<Vec<u8>>> {
        let labels = labels(self.0, type_id)?;
        let found = labels.iter().find(|known| known.label == label);
        Some(found.map(|known| types::enumeration::encode(known.order, known.oid)))
    }

    fn enum_label(&self, type_id: Oid, label: Oid) -> Option<String> {
        let labels = labels(self.0, type_id)?;
        labels.iter().find(|known| known.oid == label).map(|known| known.label.clone())
    }

    fn type_name(&self, type_id: Oid) -> Option<String> {
        show::known_type(self.0, type_id).map(|()| format_type(self.0, type_id, None))
    }

    fn fields(&self, type_id: Oid) -> Option<Vec<(String, Oid, i32)>> {
        let Some(columns) = columns(self.0, type_id) else {
            let relation = catalog::facts::facts().relation_of_row_type(type_id)?;
            let columns = relation.columns.iter();
            return Some(
                columns
                    .map(|column| (column.name.to_owned(), column.type_id, column.typmod))
                    .collect(),
            );
        };
        let kept = columns.iter().filter(|column| !column.dropped);
        Some(kept.map(|column| (column.name.clone(), column.type_id, column.typmod)).collect())
    }

    fn domain_base(&self, type_id: Oid) -> Option<(Oid, i32)> {
        self.0.catalog.domain(type_id).map(|(_, domain)| (domain.base, domain.typmod))
    }

    fn range_subtype(&self, range: Oid) -> Option<Oid> {
        if !types::is_own_range(range) {
            return None;
        }
        self.0.catalog.range_type(range).map(|(_, range)| range.subtype)
    }

    fn field_names(&self, type_id: Oid) -> Option<Vec<String>> {
        let columns = columns(self.0, type_id)?;
        Some(
            columns
                .iter()
                .filter(|column| !column.dropped)
                .map(|column| column.name.clone())
                .collect(),
        )
    }
}
