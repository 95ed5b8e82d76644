//! Who may do what.

use crate::acl::{AclItem, Privileges, default_acl};
use crate::object::Object;
use crate::snapshot::Catalog;
use types::Oid;

/// The privileges on an object, the default ones of its kind where none were granted.
pub fn object_acl(object: &Object) -> Vec<AclItem> {
    let (acl, owner, all, public) = match object {
        Object::Table(o) => (&o.acl, o.owner, Privileges::TABLE, Privileges::NONE),
        Object::Type(o) => (&o.acl, o.owner, Privileges::USAGE, Privileges::USAGE),
        Object::Function(o) => (&o.acl, o.owner, Privileges::EXECUTE, Privileges::EXECUTE),
        Object::View(o) => (&o.acl, o.owner, Privileges::TABLE, Privileges::NONE),
        Object::Sequence(o) => (&o.acl, o.owner, Privileges::SEQUENCE, Privileges::NONE),
        Object::Schema(o) => (&o.acl, o.owner, Privileges::SCHEMA, Privileges::NONE),
        Object::Database(o) => (
            &o.acl,
            o.owner,
            Privileges::DATABASE,
            Privileges::CONNECT.union(Privileges::TEMPORARY),
        ),
        Object::Role(_) | Object::Index(_) => return Vec::new(),
    };
    acl.clone().unwrap_or_else(|| default_acl(owner, all, public))
}

/// The privileges that a role holds on an object, directly or through roles that it is in, and those of them that it
/// may grant on.
pub fn held(catalog: &Catalog, role: Oid, object: &Object) -> (Privileges, Privileges) {
    let all = Privileges(u32::MAX);
    if catalog.role_by_oid(role).is_some_and(|r| r.superuser) {
        return (all, all);
    }
    let owns = catalog.is_member(role, object.owner());
    let mut held = (Privileges::NONE, if owns { all } else { Privileges::NONE });
    for item in object_acl(object) {
        if !item.grantee.is_valid() || catalog.is_member(role, item.grantee) {
            held.0 = held.0.union(item.privileges);
            held.1 = held.1.union(item.grant_options);
        }
    }
    held
}

/// Whether a role holds any of these privileges on an object.
pub fn has_any_privilege(
    catalog: &Catalog,
    role: Oid,
    object: &Object,
    wanted: Privileges,
) -> bool {
    held(catalog, role, object).0.intersection(wanted) != Privileges::NONE
}
