//! Names for the text forms of reg* types.

use catalog::Access;
use error::Result;
use expression::CatalogNames;
use types::{Names, Oid};

/// The catalog's names as a session sees them.
pub(crate) struct SessionNames(pub(crate) Access);

impl Names for SessionNames {
    fn reg_name(&self, reg_type: Oid, object: Oid) -> Option<String> {
        CatalogNames(&self.0).reg_name(reg_type, object)
    }

    fn reg_object(&self, reg_type: Oid, name: &str) -> Result<Oid> {
        CatalogNames(&self.0).reg_object(reg_type, name)
    }

    fn field_names(&self, type_id: Oid) -> Option<Vec<String>> {
        CatalogNames(&self.0).field_names(type_id)
    }
}
