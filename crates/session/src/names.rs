//! Names for the text forms of reg* types.

use catalog::Access;
use error::{Error, Result, SqlState};
use types::{Names, Oid, type_oid};

/// The catalog's names as a session sees them.
pub(crate) struct SessionNames(pub(crate) Access);

impl Names for SessionNames {
    fn reg_name(&self, reg_type: Oid, object: Oid) -> Option<String> {
        if reg_type == type_oid::REGTYPE {
            return Some(types::format_type(object, None));
        }
        self.0
            .catalog
            .object(object)
            .map(|object| syntax::quote_identifier(object.name()).into_owned())
    }

    fn reg_object(&self, reg_type: Oid, name: &str) -> Result<Oid> {
        let plain = name.trim_matches('"');
        let found = match reg_type {
            type_oid::REGCLASS => self
                .0
                .search_path
                .iter()
                .find_map(|schema| self.0.catalog.relation(*schema, plain))
                .map(|object| object.oid()),
            type_oid::REGTYPE => types::builtin_type_named(plain).map(|t| t.oid),
            _ => None,
        };
        found.ok_or_else(|| {
            Error::new(SqlState::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
        })
    }
}
