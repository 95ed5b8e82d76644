//! CREATE SCHEMA.

use crate::name::{lock_name, role_of};
use crate::privilege::has_privilege;
use crate::work::Work;
use catalog::acl::Privileges;
use catalog::object::{Object, Schema};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::CreateSchema;
use types::Oid;

/// CREATE SCHEMA.
pub(crate) fn create_schema(work: &mut dyn Work, create: &CreateSchema) -> Result<()> {
    let owner = match &create.authorization {
        Some(role) => role_of(work, role)?,
        None => work.current_user(),
    };
    let catalog = work.catalog();
    let name = match &create.name {
        Some(name) => name.to_string(),
        None => catalog.role_by_oid(owner).map(|role| role.name.clone()).unwrap_or_default(),
    };
    let database = catalog.object(work.database()).cloned();
    if let Some(database) = database
        && !has_privilege(&catalog, work.current_user(), &database, Privileges::CREATE)
    {
        let text = format!("permission denied for database {}", database.name());
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
    }
    if name.starts_with("pg_") {
        let text = format!("unacceptable schema name \"{name}\"");
        return Err(Error::new(SqlState::RESERVED_NAME, text)
            .detail("The prefix \"pg_\" is reserved for system schemas."));
    }
    lock_name(work, "schema", Oid::INVALID, &name, false)?;
    if work.catalog().schema(&name).is_some() {
        let text = format!("schema \"{name}\" already exists");
        if create.if_not_exists {
            work.notice(Error::notice(SqlState::DUPLICATE_SCHEMA, format!("{text}, skipping")));
            return Ok(());
        }
        return Err(Error::new(SqlState::DUPLICATE_SCHEMA, text));
    }
    if !create.elements.is_empty() {
        return Err(Error::unsupported("CREATE SCHEMA with elements"));
    }
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    work.put(Object::Schema(Arc::new(Schema { oid, name, owner, acl: None, comment: None })))
}
