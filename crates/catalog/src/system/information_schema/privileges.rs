//! The views of privileges.

use super::{database, has_role};
use crate::acl::Privileges;
use crate::object::Object;
use crate::privilege::object_acl;
use crate::system::value::{role_name, text, yes_or_no};
use crate::system::{Reading, Rows};
use error::Result;

/// Whose privileges a view shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grantees {
    /// Those of all whom the current role granted or holds them with.
    All,
    /// Those of the current role's own roles, not of PUBLIC.
    Own,
}

/// What the views call a table's privileges.
const NAMES: [(Privileges, &str); 7] = [
    (Privileges::INSERT, "INSERT"),
    (Privileges::SELECT, "SELECT"),
    (Privileges::UPDATE, "UPDATE"),
    (Privileges::DELETE, "DELETE"),
    (Privileges::TRUNCATE, "TRUNCATE"),
    (Privileges::REFERENCES, "REFERENCES"),
    (Privileges::TRIGGER, "TRIGGER"),
];

pub(super) fn table_privileges(r: &Reading<'_>, grantees: Grantees) -> Result<Rows> {
    let mut rows = Vec::new();
    for object in r.catalog.objects_by_oid() {
        let (Object::Table(_) | Object::View(_)) = object else { continue };
        for item in object_acl(object) {
            let own =
                has_role(r, item.grantor) || item.grantee.is_valid() && has_role(r, item.grantee);
            let shown = match grantees {
                Grantees::All => own || !item.grantee.is_valid(),
                Grantees::Own => own && item.grantee.is_valid(),
            };
            if !shown {
                continue;
            }
            let grantee = if item.grantee.is_valid() {
                role_name(r.catalog, item.grantee)
            } else {
                "PUBLIC".to_owned()
            };
            for (privilege, name) in NAMES {
                if !item.privileges.contains(privilege) {
                    continue;
                }
                let grantable =
                    item.grant_options.contains(privilege) || item.grantee == object.owner();
                rows.push(vec![
                    r.role_name(item.grantor),
                    text(&grantee),
                    database(r),
                    r.schema_name(object.schema().unwrap_or_default()),
                    text(object.name()),
                    text(name),
                    yes_or_no(grantable),
                    yes_or_no(privilege == Privileges::SELECT),
                ]);
            }
        }
    }
    Ok(rows)
}
