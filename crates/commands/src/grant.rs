//! GRANT and REVOKE.

use crate::name::{find_relation, relation_name, role_of};
use crate::privilege::check_owner;
use crate::role::add_member;
use crate::work::Work;
use catalog::acl::{AclItem, Privileges};
use catalog::object::{Database, Object, Schema, Sequence, Table, View};
use catalog::privilege::object_acl;
use error::{Error, Result, SqlState};
use std::sync::Arc;
use syntax::ast::{Grant, GrantRole, GrantTarget, ObjectKind, ObjectReference};
use types::Oid;

/// GRANT and REVOKE on objects.
pub(crate) fn grant(work: &mut dyn Work, grant: &Grant, sql: &str) -> Result<()> {
    let objects = targets(work, grant, sql)?;
    let mut grantees = Vec::with_capacity(grant.grantees.len());
    for spec in &grant.grantees {
        grantees.push(role_of(work, spec)?);
    }
    for object in objects {
        let all = all_of(&object)?;
        let mut wanted = if grant.privileges.is_empty() { all } else { Privileges::NONE };
        for privilege in &grant.privileges {
            if !privilege.columns.is_empty() {
                return Err(Error::unsupported("privileges on columns"));
            }
            let one = match &privilege.name {
                None => all,
                Some(name) => Privileges::named(name).ok_or_else(|| {
                    Error::new(
                        SqlState::SYNTAX_ERROR,
                        format!("unrecognized privilege type \"{name}\""),
                    )
                })?,
            };
            if !all.contains(one) {
                let text = format!(
                    "invalid privilege type {} for {}",
                    privilege.name.as_deref().unwrap_or("ALL").to_uppercase(),
                    object.kind_name()
                );
                return Err(Error::new(SqlState::INVALID_GRANT_OPERATION, text));
            }
            wanted = wanted.union(one);
        }
        check_grantor(work, &object)?;
        let mut acl = object_acl(&object);
        for grantee in &grantees {
            change(&mut acl, *grantee, object.owner(), wanted, grant);
        }
        put_acl(work, &object, acl)?;
    }
    Ok(())
}

fn check_grantor(work: &dyn Work, object: &Object) -> Result<()> {
    let catalog = work.catalog();
    check_owner(&catalog, work.current_user(), object).map_err(|_| {
        let text = format!("permission denied for {} {}", object.kind_name(), object.name());
        Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text)
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn targets(work: &mut dyn Work, grant: &Grant, sql: &str) -> Result<Vec<Object>> {
    let catalog = work.catalog();
    match &grant.target {
        GrantTarget::Objects(list) => {
            let mut objects = Vec::with_capacity(list.len());
            for reference in list {
                if matches!(reference, ObjectReference::Function(_)) {
                    let function = crate::routine::of_reference(work, grant.kind, reference, sql)?;
                    objects.push(Object::Function(function));
                    continue;
                }
                let name = relation_name(reference)?;
                let object = match grant.kind {
                    ObjectKind::Database => {
                        catalog.database(&name.name).map(|d| Object::Database(Arc::clone(d)))
                    }
                    ObjectKind::Schema => {
                        catalog.schema(&name.name).map(|s| Object::Schema(Arc::clone(s)))
                    }
                    ObjectKind::Table | ObjectKind::Sequence => {
                        let relation = find_relation(work, &name, sql)?;
                        catalog.object(relation.oid()).cloned()
                    }
                    _ => return Err(Error::unsupported("privileges on this kind of object")),
                };
                let missing = || {
                    let (word, code) = match grant.kind {
                        ObjectKind::Database => ("database", SqlState::UNDEFINED_DATABASE),
                        ObjectKind::Schema => ("schema", SqlState::INVALID_SCHEMA_NAME),
                        _ => ("relation", SqlState::UNDEFINED_TABLE),
                    };
                    Error::new(code, format!("{word} \"{}\" does not exist", name.name))
                };
                objects.push(object.ok_or_else(missing)?);
            }
            Ok(objects)
        }
        GrantTarget::AllInSchemas(names) => {
            let mut schemas = Vec::with_capacity(names.len());
            for name in names {
                schemas.push(catalog.schema(name).map(|schema| schema.oid).ok_or_else(|| {
                    Error::new(
                        SqlState::INVALID_SCHEMA_NAME,
                        format!("schema \"{name}\" does not exist"),
                    )
                })?);
            }
            let wanted = |object: &&Object| match grant.kind {
                ObjectKind::Table => matches!(object, Object::Table(_) | Object::View(_)),
                ObjectKind::Sequence => matches!(object, Object::Sequence(_)),
                ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                    matches!(object, Object::Function(_))
                }
                _ => false,
            };
            Ok(catalog
                .objects()
                .filter(|object| object.schema().is_some_and(|schema| schemas.contains(&schema)))
                .filter(wanted)
                .cloned()
                .collect())
        }
        GrantTarget::Defaults => Err(Error::unsupported("ALTER DEFAULT PRIVILEGES")),
    }
}

fn all_of(object: &Object) -> Result<Privileges> {
    match object {
        Object::Table(_) | Object::View(_) => Ok(Privileges::TABLE),
        Object::Sequence(_) => Ok(Privileges::SEQUENCE),
        Object::Function(_) => Ok(Privileges::EXECUTE),
        Object::Schema(_) | Object::Type(_) => Ok(Privileges::SCHEMA),
        Object::Database(_) => Ok(Privileges::DATABASE),
        Object::Index(index) => {
            Err(Error::new(SqlState::WRONG_OBJECT_TYPE, format!("\"{}\" is an index", index.name)))
        }
        Object::Role(_) => Err(Error::internal("roles are granted otherwise")),
    }
}

fn change(acl: &mut Vec<AclItem>, grantee: Oid, grantor: Oid, wanted: Privileges, grant: &Grant) {
    let place = acl.iter().position(|item| item.grantee == grantee && item.grantor == grantor);
    if grant.grant {
        let options = if grant.grant_option { wanted } else { Privileges::NONE };
        match place {
            Some(place) => {
                acl[place].privileges = acl[place].privileges.union(wanted);
                acl[place].grant_options = acl[place].grant_options.union(options);
            }
            None => {
                acl.push(AclItem { grantee, grantor, privileges: wanted, grant_options: options })
            }
        }
        return;
    }
    let Some(place) = place else { return };
    acl[place].grant_options = acl[place].grant_options.without(wanted);
    if !grant.grant_option {
        acl[place].privileges = acl[place].privileges.without(wanted);
    }
    if acl[place].privileges == Privileges::NONE {
        acl.remove(place);
    }
}

fn put_acl(work: &mut dyn Work, object: &Object, acl: Vec<AclItem>) -> Result<()> {
    let acl = Some(acl);
    let changed = match object {
        Object::Table(o) => Object::Table(Arc::new(Table { acl, ..(**o).clone() })),
        Object::Type(o) => {
            Object::Type(Arc::new(catalog::object::UserType { acl, ..(**o).clone() }))
        }
        Object::Function(o) => {
            Object::Function(Arc::new(catalog::object::Function { acl, ..(**o).clone() }))
        }
        Object::View(o) => Object::View(Arc::new(View { acl, ..(**o).clone() })),
        Object::Sequence(o) => Object::Sequence(Arc::new(Sequence { acl, ..(**o).clone() })),
        Object::Schema(o) => Object::Schema(Arc::new(Schema { acl, ..(**o).clone() })),
        Object::Database(o) => Object::Database(Arc::new(Database { acl, ..(**o).clone() })),
        Object::Role(_) | Object::Index(_) => {
            return Err(Error::internal("no privileges on such an object"));
        }
    };
    work.put(changed)
}

/// GRANT and REVOKE of roles.
pub(crate) fn grant_role(work: &mut dyn Work, grant: &GrantRole) -> Result<()> {
    if grant.has_columns {
        let text = "column names cannot be included in GRANT/REVOKE ROLE";
        return Err(Error::new(SqlState::INVALID_GRANT_OPERATION, text));
    }
    let admin = grant.options.iter().any(|option| &*option.name == "admin");
    for (name, _) in &grant.roles {
        let catalog = work.catalog();
        let role = catalog.role(name).map(|role| role.oid).ok_or_else(|| {
            Error::new(SqlState::UNDEFINED_OBJECT, format!("role \"{name}\" does not exist"))
        })?;
        let user = work.current_user();
        let may = catalog.role_by_oid(user).is_some_and(|u| {
            u.superuser || u.create_role || u.member_of.iter().any(|m| m.role == role && m.admin)
        });
        if !may {
            let text = format!(
                "permission denied to {} role \"{name}\"",
                if grant.grant { "grant" } else { "revoke" }
            );
            return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text));
        }
        for spec in &grant.grantees {
            let member = role_of(work, spec)?;
            if grant.grant {
                add_member(work, role, member, admin)?
            } else {
                remove_member(work, role, member)?
            }
        }
    }
    Ok(())
}

/// Ends a membership.
pub(crate) fn remove_member(work: &mut dyn Work, role: Oid, member: Oid) -> Result<()> {
    let catalog = work.catalog();
    let Some(there) = catalog.role_by_oid(member) else { return Ok(()) };
    let mut changed = (**there).clone();
    changed.member_of.retain(|m| m.role != role);
    work.put(Object::Role(Arc::new(changed)))
}
