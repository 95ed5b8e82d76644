//! Who may do what.

use catalog::Catalog;
use catalog::acl::Privileges;
use catalog::object::Object;
use catalog::privilege::object_acl;
use error::{Error, Result, SqlState};
use types::Oid;

/// Whether a role has all of these privileges on an object, directly or through roles that it is in.
pub fn has_privilege(catalog: &Catalog, role: Oid, object: &Object, wanted: Privileges) -> bool {
    if catalog.role_by_oid(role).is_some_and(|r| r.superuser)
        || catalog.is_member(role, object.owner())
    {
        return true;
    }
    let mut held = Privileges::NONE;
    for item in object_acl(object) {
        if !item.grantee.is_valid() || catalog.is_member(role, item.grantee) {
            held = held.union(item.privileges);
        }
    }
    held.contains(wanted)
}

/// 42501 unless the role has the privileges on the relation; system relations may be read by all.
pub fn check_privileges(
    catalog: &Catalog,
    role: Oid,
    relation: Oid,
    wanted: Privileges,
) -> Result<()> {
    let Some(object) = catalog.object(relation) else { return Ok(()) };
    if has_privilege(catalog, role, object, wanted) {
        return Ok(());
    }
    let text = format!("permission denied for {} {}", object.kind_name(), object.name());
    Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text))
}

/// 42501 unless the role owns the object.
pub(crate) fn check_owner(catalog: &Catalog, role: Oid, object: &Object) -> Result<()> {
    if catalog.is_member(role, object.owner()) {
        return Ok(());
    }
    let text = format!("must be owner of {} {}", object.kind_name(), object.name());
    Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text))
}

/// Whether the role is a superuser.
pub(crate) fn is_superuser(catalog: &Catalog, role: Oid) -> bool {
    catalog.role_by_oid(role).is_some_and(|role| role.superuser)
}
