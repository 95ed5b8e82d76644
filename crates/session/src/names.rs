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

    fn enum_value(&self, type_id: Oid, label: &str) -> Option<Option<Vec<u8>>> {
        CatalogNames(&self.0).enum_value(type_id, label)
    }

    fn enum_label(&self, type_id: Oid, label: Oid) -> Option<String> {
        CatalogNames(&self.0).enum_label(type_id, label)
    }

    fn type_name(&self, type_id: Oid) -> Option<String> {
        CatalogNames(&self.0).type_name(type_id)
    }

    fn fields(&self, type_id: Oid) -> Option<Vec<(String, Oid, i32)>> {
        CatalogNames(&self.0).fields(type_id)
    }

    fn domain_base(&self, type_id: Oid) -> Option<(Oid, i32)> {
        CatalogNames(&self.0).domain_base(type_id)
    }

    fn range_subtype(&self, range: Oid) -> Option<Oid> {
        CatalogNames(&self.0).range_subtype(range)
    }

    fn field_names(&self, type_id: Oid) -> Option<Vec<String>> {
        CatalogNames(&self.0).field_names(type_id)
    }
}
