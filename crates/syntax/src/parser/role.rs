//! CREATE and ALTER ROLE.

use super::Parser;
use crate::ast::{
    AlterRole, AlterRoleSet, CreateRole, Location, RoleOption, RoleOptionKind, RoleStatementKind,
    StatementKind,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE, at ROLE, USER or GROUP.
    pub(super) fn create_role(&mut self, kind: RoleStatementKind) -> Result<CreateRole> {
        self.bump();
        let location = self.location();
        let name = self.role_name()?;
        self.accept(Kind::WITH);
        let mut options = Vec::new();
        while let Some(option) = self.role_option(true)? {
            options.push(option);
        }
        Ok(CreateRole { kind, name, options, location })
    }

    /// One option, or nothing; `creating` allows those of CREATE alone.
    fn role_option(&mut self, creating: bool) -> Result<Option<RoleOption>> {
        let location = self.location();
        let kind = match self.kind() {
            Kind::PASSWORD => {
                self.bump();
                let null = self.accept(Kind::NULL);
                RoleOptionKind::Password(if null { None } else { Some(self.string()?) })
            }
            Kind::ENCRYPTED => {
                self.bump();
                self.expect(Kind::PASSWORD)?;
                RoleOptionKind::Password(Some(self.string()?))
            }
            Kind::UNENCRYPTED => {
                self.bump();
                self.expect(Kind::PASSWORD)?;
                self.string()?;
                return Err(self
                    .feature_error("UNENCRYPTED PASSWORD is no longer supported", location)
                    .hint("Remove UNENCRYPTED to store the password in encrypted form instead."));
            }
            Kind::INHERIT => {
                self.bump();
                RoleOptionKind::Inherit(true)
            }
            Kind::CONNECTION => {
                self.bump();
                self.expect(Kind::LIMIT)?;
                RoleOptionKind::ConnectionLimit(self.signed_integer()?)
            }
            Kind::VALID => {
                self.bump();
                self.expect(Kind::UNTIL)?;
                RoleOptionKind::ValidUntil(self.string()?)
            }
            Kind::USER => {
                self.bump();
                RoleOptionKind::Members(self.list(Self::role)?)
            }
            Kind::SYSID if creating => {
                self.bump();
                RoleOptionKind::SysId(self.integer()?)
            }
            Kind::ADMIN if creating => {
                self.bump();
                RoleOptionKind::AdminMembers(self.list(Self::role)?)
            }
            Kind::ROLE if creating => {
                self.bump();
                RoleOptionKind::Members(self.list(Self::role)?)
            }
            Kind::IN if creating => {
                self.bump();
                if !self.accept(Kind::ROLE) {
                    self.expect(Kind::GROUP)?;
                }
                RoleOptionKind::MemberOf(self.list(Self::role)?)
            }
            Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER => self.role_word(location)?,
            _ => return Ok(None),
        };
        Ok(Some(RoleOption { kind, location }))
    }

    /// The options that are no keywords.
    fn role_word(&mut self, location: Location) -> Result<RoleOptionKind> {
        let word = self.column_name()?;
        Ok(match &*word {
            "superuser" => RoleOptionKind::Superuser(true),
            "nosuperuser" => RoleOptionKind::Superuser(false),
            "createrole" => RoleOptionKind::CreateRole(true),
            "nocreaterole" => RoleOptionKind::CreateRole(false),
            "createdb" => RoleOptionKind::CreateDb(true),
            "nocreatedb" => RoleOptionKind::CreateDb(false),
            "login" => RoleOptionKind::Login(true),
            "nologin" => RoleOptionKind::Login(false),
            "replication" => RoleOptionKind::Replication(true),
            "noreplication" => RoleOptionKind::Replication(false),
            "bypassrls" => RoleOptionKind::BypassRls(true),
            "nobypassrls" => RoleOptionKind::BypassRls(false),
            "noinherit" => RoleOptionKind::Inherit(false),
            _ => {
                let message = format!("unrecognized role option \"{word}\"");
                return Err(self.syntax_error(&message, location));
            }
        })
    }

    /// Behind ALTER, at ROLE or USER.
    pub(super) fn alter_role(&mut self) -> Result<StatementKind> {
        self.bump();
        let role = if self.accept(Kind::ALL) { None } else { Some(self.role()?) };
        let mut database = None;
        if self.accept_all(&[Kind::IN, Kind::DATABASE]) {
            database = Some(self.column_name()?);
        }
        let sets = matches!(self.kind(), Kind::SET | Kind::RESET);
        if sets || database.is_some() || role.is_none() {
            let set = self.set_or_reset()?;
            let node = AlterRoleSet { role, database, set };
            return Ok(StatementKind::AlterRoleSet(Box::new(node)));
        }
        let Some(role) = role else { return Err(self.unexpected()) };
        if self.is(Kind::RENAME) {
            return self.rename_named(crate::ast::ObjectKind::Role, role);
        }
        self.accept(Kind::WITH);
        let mut options = Vec::new();
        while let Some(option) = self.role_option(false)? {
            options.push(option);
        }
        Ok(StatementKind::AlterRole(Box::new(AlterRole { role, options, change_members: None })))
    }

    /// Behind ALTER, at GROUP.
    pub(super) fn alter_group(&mut self) -> Result<StatementKind> {
        self.bump();
        let role = self.role()?;
        if self.is(Kind::RENAME) {
            return self.rename_named(crate::ast::ObjectKind::Role, role);
        }
        let add = self.accept(Kind::ADD);
        if !add {
            self.expect(Kind::DROP)?;
        }
        let location = self.location();
        self.expect(Kind::USER)?;
        let kind = RoleOptionKind::Members(self.list(Self::role)?);
        let options = vec![RoleOption { kind, location }];
        Ok(StatementKind::AlterRole(Box::new(AlterRole {
            role,
            options,
            change_members: Some(add),
        })))
    }
}
