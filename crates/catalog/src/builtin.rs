//! Objects that every data directory has and none stores: predefined roles and system schemas.

use crate::acl::{AclItem, Privileges};
use crate::facts::{RawTable, raw_rows};
use crate::object::{Object, Role, Schema};
use crate::snapshot::{Change, Entry};
use std::sync::Arc;
use storage::RowAddress;
use types::Oid;

/// The superuser that a data directory starts with.
pub const BOOTSTRAP_ROLE: Oid = Oid(10);

/// Where the rows of objects without rows are.
const NOWHERE: RowAddress = RowAddress { page: u32::MAX, slot: u16::MAX };

fn put(object: Object) -> Change {
    Change::Put(Entry { object, address: NOWHERE })
}

/// The predefined roles.
pub(crate) fn shared_objects() -> Vec<Change> {
    raw_rows(RawTable::Roles)
        .into_iter()
        .filter(|row| row.oid(0) != BOOTSTRAP_ROLE)
        .map(|row| {
            put(Object::Role(Arc::new(Role {
                oid: row.oid(0),
                name: row.text(1).to_owned(),
                superuser: row.bool(2),
                inherit: row.bool(3),
                create_role: row.bool(4),
                create_database: row.bool(5),
                login: row.bool(6),
                replication: row.bool(7),
                bypass_row_security: row.bool(8),
                connection_limit: -1,
                password: None,
                valid_until: None,
                member_of: Vec::new(),
                settings: Vec::new(),
                comment: None,
            })))
        })
        .collect()
}

/// The system schemas.
pub(crate) fn database_objects() -> Vec<Change> {
    let item = |grantee, privileges| AclItem {
        grantee,
        grantor: BOOTSTRAP_ROLE,
        privileges,
        grant_options: Privileges::NONE,
    };
    raw_rows(RawTable::Namespace)
        .into_iter()
        .filter(|row| row.oid(0) != crate::PUBLIC)
        .map(|row| {
            let readable = row.optional(3).is_some();
            let acl = vec![
                item(BOOTSTRAP_ROLE, Privileges::SCHEMA),
                item(Oid::INVALID, Privileges::USAGE),
            ];
            put(Object::Schema(Arc::new(Schema {
                oid: row.oid(0),
                name: row.text(1).to_owned(),
                owner: BOOTSTRAP_ROLE,
                acl: readable.then_some(acl),
                comment: None,
            })))
        })
        .collect()
}
