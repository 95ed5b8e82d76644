//! CREATE, ALTER and DROP ROLE.

use crate::name::{lock_name, relation_name, role_of};
use crate::privilege::is_superuser;
use crate::work::Work;
use catalog::object::{Database, Membership, Object, Role, SettingOverride};
use error::{Error, Result, SqlState};
use settings::{Context, SettingId};
use std::sync::Arc;
use syntax::ast::{
    AlterRole, AlterRoleSet, CreateRole, DropRole, ObjectKind, Rename, RoleOption, RoleOptionKind,
    RoleSpec, RoleStatementKind, SetAction, SetVariable,
};
use types::{Oid, type_oid};

/// CREATE ROLE, USER and GROUP.
pub(crate) fn create_role(work: &mut dyn Work, create: &CreateRole, sql: &str) -> Result<()> {
    may_create(work)?;
    let name = create.name.to_string();
    if name.starts_with("pg_") || matches!(&*name, "public" | "none") {
        let text = format!("role name \"{name}\" is reserved");
        return Err(Error::new(SqlState::RESERVED_NAME, text)
            .detail("Role names starting with \"pg_\" are reserved.")
            .at(syntax::position(sql, create.location)));
    }
    lock_name(work, "role", Oid::INVALID, &name, true)?;
    if work.catalog().role(&name).is_some() {
        return Err(Error::new(
            SqlState::DUPLICATE_OBJECT,
            format!("role \"{name}\" already exists"),
        ));
    }
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    let mut role = Role {
        oid,
        name,
        superuser: false,
        inherit: true,
        create_role: false,
        create_database: false,
        login: create.kind == RoleStatementKind::User,
        replication: false,
        bypass_row_security: false,
        connection_limit: -1,
        password: None,
        valid_until: None,
        member_of: Vec::new(),
        settings: Vec::new(),
        comment: None,
    };
    let mut members: Vec<(RoleSpec, bool)> = Vec::new();
    apply(work, &mut role, &create.options, &mut members)?;
    work.put(Object::Role(Arc::new(role)))?;
    for (member, admin) in members {
        let member = role_of(work, &member)?;
        add_member(work, oid, member, admin)?;
    }
    Ok(())
}

fn may_create(work: &dyn Work) -> Result<()> {
    let catalog = work.catalog();
    let user = catalog.role_by_oid(work.current_user());
    if user.is_some_and(|role| role.superuser || role.create_role) {
        return Ok(());
    }
    Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied to create role")
        .detail("Only roles with the CREATEROLE attribute may create roles."))
}

#[expect(clippy::too_many_lines, reason = "one flat list of cases")]
fn apply(
    work: &mut dyn Work,
    role: &mut Role,
    options: &[RoleOption],
    members: &mut Vec<(RoleSpec, bool)>,
) -> Result<()> {
    let superuser = is_superuser(&work.catalog(), work.current_user());
    let only_superuser = |word: &str| {
        if superuser {
            return Ok(());
        }
        let text = "permission denied to alter role";
        let detail =
            format!("Only roles with the SUPERUSER attribute may change the {word} attribute.");
        Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text).detail(detail))
    };
    for option in options {
        match &option.kind {
            RoleOptionKind::Password(None) => role.password = None,
            RoleOptionKind::Password(Some(password)) => {
                if password.is_empty() {
                    let text = "empty string is not a valid password, clearing password";
                    work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
                    role.password = None;
                } else {
                    role.password = Some(work.password_verifier(password)?);
                }
            }
            RoleOptionKind::Superuser(on) => {
                only_superuser("SUPERUSER")?;
                role.superuser = *on;
            }
            RoleOptionKind::Inherit(on) => role.inherit = *on,
            RoleOptionKind::CreateRole(on) => role.create_role = *on,
            RoleOptionKind::CreateDb(on) => role.create_database = *on,
            RoleOptionKind::Login(on) => role.login = *on,
            RoleOptionKind::Replication(on) => {
                only_superuser("REPLICATION")?;
                role.replication = *on;
            }
            RoleOptionKind::BypassRls(on) => {
                only_superuser("BYPASSRLS")?;
                role.bypass_row_security = *on;
            }
            RoleOptionKind::ConnectionLimit(limit) => {
                if *limit < -1 {
                    let text = format!("invalid connection limit: {limit}");
                    return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
                }
                role.connection_limit = *limit;
            }
            RoleOptionKind::ValidUntil(text) => {
                let context = work.resolver().text_context();
                let value = types::input(type_oid::TIMESTAMPTZ, -1, text, &context)?;
                role.valid_until =
                    if let types::Datum::I64(time) = value { Some(time) } else { None };
            }
            RoleOptionKind::Members(list) => {
                members.extend(list.iter().map(|member| (member.clone(), false)))
            }
            RoleOptionKind::AdminMembers(list) => {
                members.extend(list.iter().map(|member| (member.clone(), true)))
            }
            RoleOptionKind::MemberOf(list) => {
                for spec in list {
                    let of = role_of(work, spec)?;
                    let membership = membership(work, of, false)?;
                    role.member_of.push(membership);
                }
            }
            RoleOptionKind::SysId(_) => {
                let text = "SYSID can no longer be specified";
                work.notice(Error::notice(SqlState::SUCCESSFUL_COMPLETION, text));
            }
        }
    }
    Ok(())
}

pub(crate) fn membership(work: &mut dyn Work, role: Oid, admin: bool) -> Result<Membership> {
    let oid = Oid(work.transaction().storage().allocate_oid()?);
    Ok(Membership { oid, role, grantor: work.current_user(), admin, inherit: true, set: true })
}

/// Makes `member` a member of `role`.
pub(crate) fn add_member(work: &mut dyn Work, role: Oid, member: Oid, admin: bool) -> Result<()> {
    let catalog = work.catalog();
    let Some(there) = catalog.role_by_oid(member) else {
        return Err(Error::internal("a role vanished"));
    };
    let reaches = |from: Oid, to: Oid| {
        catalog.role_by_oid(from).is_some_and(|r| !r.superuser) && catalog.is_member(from, to)
    };
    if role == member || reaches(role, member) {
        let name = catalog.role_by_oid(role).map_or("?", |r| &r.name);
        let text = format!("role \"{name}\" is a member of role \"{}\"", there.name);
        return Err(Error::new(SqlState::INVALID_GRANT_OPERATION, text));
    }
    let mut changed = (**there).clone();
    if let Some(known) = changed.member_of.iter_mut().find(|m| m.role == role) {
        known.admin = known.admin || admin;
    } else {
        let membership = membership(work, role, admin)?;
        changed.member_of.push(membership);
    }
    work.put(Object::Role(Arc::new(changed)))
}

/// ALTER ROLE.
pub(crate) fn alter_role(work: &mut dyn Work, alter: &AlterRole) -> Result<()> {
    let oid = role_of(work, &alter.role)?;
    let catalog = work.catalog();
    let role = catalog.role_by_oid(oid).ok_or_else(|| Error::internal("a role vanished"))?;
    let user = work.current_user();
    let own_password = oid == user
        && alter.options.iter().all(|option| matches!(option.kind, RoleOptionKind::Password(_)));
    let allowed = catalog
        .role_by_oid(user)
        .is_some_and(|u| u.superuser || u.create_role && !role.superuser || own_password);
    if !allowed {
        return Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied to alter role").detail(format!(
            "Only roles with the CREATEROLE attribute and the ADMIN option on role \"{}\" may alter this role.",
            role.name
        )));
    }
    let mut changed = (**role).clone();
    let mut members = Vec::new();
    apply(work, &mut changed, &alter.options, &mut members)?;
    work.put(Object::Role(Arc::new(changed)))?;
    for (member, admin) in members {
        let member = role_of(work, &member)?;
        match alter.change_members {
            Some(false) => crate::grant::remove_member(work, oid, member)?,
            Some(true) | None => add_member(work, oid, member, admin)?,
        }
    }
    Ok(())
}

/// ALTER ROLE ... SET.
pub(crate) fn alter_role_set(work: &mut dyn Work, alter: &AlterRoleSet) -> Result<()> {
    let (Some(role), None) = (&alter.role, &alter.database) else {
        return Err(Error::unsupported("ALTER ROLE ALL or IN DATABASE"));
    };
    let oid = role_of(work, role)?;
    let catalog = work.catalog();
    let role = catalog.role_by_oid(oid).ok_or_else(|| Error::internal("a role vanished"))?;
    if oid != work.current_user() {
        may_create(work)?;
    }
    let mut changed = (**role).clone();
    change_settings(work, &mut changed.settings, &alter.set)?;
    work.put(Object::Role(Arc::new(changed)))
}

/// Applies SET or RESET to a list of overrides, which sessions take as they are. 42501 for settings of superusers.
pub(crate) fn change_settings(
    work: &dyn Work,
    list: &mut Vec<SettingOverride>,
    set: &SetVariable,
) -> Result<()> {
    let is_superuser = is_superuser(&work.catalog(), work.current_user());
    let may_set = |name: &str| {
        let fact = SettingId::find(name).and_then(SettingId::fact);
        let is_guarded = fact
            .filter(|fact| matches!(fact.context, Context::Superuser | Context::SuperuserBackend));
        match is_guarded.filter(|_| !is_superuser) {
            None => Ok(()),
            Some(fact) => Err(Error::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied to set parameter \"{}\"", fact.name),
            )),
        }
    };
    match &set.action {
        SetAction::Value { name, values, .. } => {
            may_set(name)?;
            let value = set_text(values)?;
            list.retain(|setting| !setting.name.eq_ignore_ascii_case(name));
            list.push(SettingOverride { name: name.to_string(), value });
        }
        SetAction::Default(name) | SetAction::Reset(name) => {
            may_set(name)?;
            list.retain(|setting| !setting.name.eq_ignore_ascii_case(name));
        }
        SetAction::ResetAll => list.retain(|setting| may_set(&setting.name).is_err()),
        SetAction::FromCurrent(_)
        | SetAction::Transaction(_)
        | SetAction::SessionCharacteristics(_)
        | SetAction::Snapshot(_) => return Err(Error::unsupported("this form of SET here")),
    }
    Ok(())
}

/// The text of SET's values: several are a list.
pub fn set_text(values: &[syntax::ast::SetValue]) -> Result<String> {
    use syntax::ast::SetValue;
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        texts.push(match value {
            SetValue::Integer(number) => number.to_string(),
            SetValue::Float(text) => text.to_string(),
            SetValue::String(text) if values.len() > 1 => {
                syntax::quote_identifier(text).into_owned()
            }
            SetValue::String(text) => text.to_string(),
            SetValue::Interval(..) => return Err(Error::unsupported("SET TIME ZONE INTERVAL")),
        });
    }
    Ok(texts.join(", "))
}

/// DROP ROLE.
pub(crate) fn drop_role(work: &mut dyn Work, drop: &DropRole) -> Result<()> {
    may_create(work).map_err(|_| {
        Error::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied to drop role")
            .detail("Only roles with the CREATEROLE attribute and the ADMIN option on the target roles may drop roles.")
    })?;
    for spec in &drop.roles {
        let oid = match role_of(work, spec) {
            Ok(oid) => oid,
            Err(error) if drop.if_exists => {
                let text = format!("{}, skipping", error.message());
                work.notice(Error::notice(SqlState::UNDEFINED_OBJECT, text));
                continue;
            }
            Err(error) => return Err(error),
        };
        if oid == work.current_user() {
            return Err(Error::new(SqlState::OBJECT_IN_USE, "current user cannot be dropped"));
        }
        let catalog = work.catalog();
        let name = catalog.role_by_oid(oid).map(|role| role.name.clone()).unwrap_or_default();
        let owned: Vec<String> = catalog
            .objects_by_oid()
            .into_iter()
            .filter(|object| !matches!(object, Object::Role(_)))
            .filter_map(|object| dependency(object, oid))
            .collect();
        if !owned.is_empty() {
            let text =
                format!("role \"{name}\" cannot be dropped because some objects depend on it");
            return Err(
                Error::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, text).detail(owned.join("\n"))
            );
        }
        for object in catalog.objects() {
            if let Object::Role(role) = object
                && role.member_of.iter().any(|m| m.role == oid)
            {
                let mut changed = (**role).clone();
                changed.member_of.retain(|m| m.role != oid);
                work.put(Object::Role(Arc::new(changed)))?;
            }
        }
        work.remove(oid)?;
    }
    Ok(())
}

/// How an object depends on a role: as its owner or through privileges.
fn dependency(object: &Object, role: Oid) -> Option<String> {
    let what = format!("{} {}", object.kind_name(), object.name());
    if object.owner() == role {
        return Some(format!("owner of {what}"));
    }
    let items = catalog::privilege::object_acl(object);
    items.iter().any(|item| item.grantee == role).then(|| format!("privileges for {what}"))
}

/// ALTER ROLE and ALTER DATABASE ... RENAME TO.
pub(crate) fn rename_shared(work: &mut dyn Work, rename: &Rename) -> Result<()> {
    let name = relation_name(&rename.object)?.name;
    let catalog = work.catalog();
    let new_name = rename.new_name.to_string();
    if rename.kind == ObjectKind::Role {
        let Some(role) = catalog.role(&name) else {
            return Err(Error::new(
                SqlState::UNDEFINED_OBJECT,
                format!("role \"{name}\" does not exist"),
            ));
        };
        may_create(work)?;
        if catalog.role(&new_name).is_some() {
            return Err(Error::new(
                SqlState::DUPLICATE_OBJECT,
                format!("role \"{new_name}\" already exists"),
            ));
        }
        return work.put(Object::Role(Arc::new(Role { name: new_name, ..(**role).clone() })));
    }
    let Some(database) = catalog.database(&name) else {
        return Err(Error::new(
            SqlState::UNDEFINED_DATABASE,
            format!("database \"{name}\" does not exist"),
        ));
    };
    crate::privilege::check_owner(
        &catalog,
        work.current_user(),
        &Object::Database(Arc::clone(database)),
    )?;
    if catalog.database(&new_name).is_some() {
        return Err(Error::new(
            SqlState::DUPLICATE_DATABASE,
            format!("database \"{new_name}\" already exists"),
        ));
    }
    if database.oid == work.database() {
        return Err(Error::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "current database cannot be renamed",
        ));
    }
    work.put(Object::Database(Arc::new(Database { name: new_name, ..(**database).clone() })))
}
