//! Roles, databases, privileges.

use super::{
    DefinitionOption, DropBehavior, Location, Name, ObjectKind, ObjectReference, SetVariable,
};

/// A role as written.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleSpec {
    pub kind: RoleSpecKind,
    pub location: Location,
}

/// The ways to name a role.
#[derive(Debug, Clone, PartialEq)]
pub enum RoleSpecKind {
    Name(Name),
    CurrentRole,
    CurrentUser,
    SessionUser,
    Public,
}

/// The word that a role was made with: CREATE USER implies LOGIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleStatementKind {
    Role,
    User,
    Group,
}

/// `CREATE ROLE | USER | GROUP name [WITH] options`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateRole {
    pub kind: RoleStatementKind,
    pub name: Name,
    pub options: Vec<RoleOption>,
    pub location: Location,
}

/// One option of CREATE and ALTER ROLE.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleOption {
    pub kind: RoleOptionKind,
    pub location: Location,
}

/// What a role option says.
#[derive(Debug, Clone, PartialEq)]
pub enum RoleOptionKind {
    /// None for PASSWORD NULL.
    Password(Option<Box<str>>),
    Superuser(bool),
    Inherit(bool),
    CreateRole(bool),
    CreateDb(bool),
    Login(bool),
    Replication(bool),
    BypassRls(bool),
    ConnectionLimit(i32),
    ValidUntil(Box<str>),
    /// ROLE or USER: roles that become members.
    Members(Vec<RoleSpec>),
    /// ADMIN.
    AdminMembers(Vec<RoleSpec>),
    /// IN ROLE or IN GROUP.
    MemberOf(Vec<RoleSpec>),
    SysId(i32),
}

/// `ALTER ROLE role [WITH] options`, `ALTER GROUP role ADD | DROP USER roles`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterRole {
    pub role: RoleSpec,
    pub options: Vec<RoleOption>,
    /// For ALTER GROUP: `Some(true)` to add the members, `Some(false)` to drop them.
    pub change_members: Option<bool>,
}

/// `ALTER ROLE role | ALL [IN DATABASE database] SET | RESET ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterRoleSet {
    /// None for ALL.
    pub role: Option<RoleSpec>,
    pub database: Option<Name>,
    pub set: SetVariable,
}

/// `DROP ROLE | USER | GROUP`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropRole {
    pub if_exists: bool,
    pub roles: Vec<RoleSpec>,
}

/// `CREATE DATABASE name [WITH] options`: names are lower case (`owner`, `template`, `connection_limit` ...).
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDatabase {
    pub name: Name,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER DATABASE name [WITH] options`, `SET TABLESPACE`, `REFRESH COLLATION VERSION`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDatabase {
    pub name: Name,
    pub options: Vec<DefinitionOption>,
    pub refresh_collation_version: bool,
}

/// `ALTER DATABASE name SET | RESET ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDatabaseSet {
    pub name: Name,
    pub set: SetVariable,
}

/// `DROP DATABASE [IF EXISTS] name [WITH (FORCE)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropDatabase {
    pub name: Name,
    pub if_exists: bool,
    pub force: bool,
}

/// One privilege; `name` is lower case, none for ALL.
#[derive(Debug, Clone, PartialEq)]
pub struct Privilege {
    pub name: Option<Name>,
    /// Empty for the whole object.
    pub columns: Vec<Name>,
}

/// What privileges are granted on.
#[derive(Debug, Clone, PartialEq)]
pub enum GrantTarget {
    Objects(Vec<ObjectReference>),
    /// ALL TABLES (SEQUENCES, FUNCTIONS ...) IN SCHEMA.
    AllInSchemas(Vec<Name>),
    /// ALTER DEFAULT PRIVILEGES: what will be made.
    Defaults,
}

/// `GRANT | REVOKE privileges ON ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// `false` for REVOKE.
    pub grant: bool,
    /// Empty for ALL PRIVILEGES.
    pub privileges: Vec<Privilege>,
    pub kind: ObjectKind,
    pub target: GrantTarget,
    pub grantees: Vec<RoleSpec>,
    /// WITH GRANT OPTION, or REVOKE GRANT OPTION FOR.
    pub grant_option: bool,
    pub granted_by: Option<RoleSpec>,
    pub behavior: DropBehavior,
}

/// `GRANT | REVOKE roles TO | FROM roles`.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantRole {
    /// `false` for REVOKE.
    pub grant: bool,
    pub roles: Vec<(Name, Location)>,
    /// Columns were written behind a role, which carrying the statement out refuses.
    pub has_columns: bool,
    pub grantees: Vec<RoleSpec>,
    /// `admin`, `inherit`, `set` with a Boolean: of WITH, or of REVOKE ... OPTION FOR.
    pub options: Vec<DefinitionOption>,
    pub granted_by: Option<RoleSpec>,
    pub behavior: DropBehavior,
}

/// `ALTER DEFAULT PRIVILEGES [FOR ROLE roles] [IN SCHEMA schemas] grant`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDefaultPrivileges {
    pub roles: Vec<RoleSpec>,
    pub schemas: Vec<Name>,
    /// Its target is `Defaults`.
    pub grant: Grant,
}

/// `REASSIGN OWNED BY roles TO role`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReassignOwned {
    pub roles: Vec<RoleSpec>,
    pub new_role: RoleSpec,
}

/// `DROP OWNED BY roles`.
#[derive(Debug, Clone, PartialEq)]
pub struct DropOwned {
    pub roles: Vec<RoleSpec>,
    pub behavior: DropBehavior,
}
