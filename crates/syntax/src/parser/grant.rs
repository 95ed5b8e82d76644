//! GRANT, REVOKE, ALTER DEFAULT PRIVILEGES.

use super::Parser;
use super::definition::option;
use crate::ast::{
    AlterDefaultPrivileges, DefinitionOption, DropBehavior, Grant, GrantRole, GrantTarget,
    Location, Name, ObjectKind, OptionValue, Privilege, ReassignOwned, RoleSpec, StatementKind,
};
use crate::kind::Kind;
use error::Result;

/// A privilege or a role, which look alike until ON or TO tells.
struct Granted {
    privilege: Privilege,
    location: Location,
}

impl Parser<'_> {
    pub(super) fn grant(&mut self) -> Result<StatementKind> {
        self.bump();
        let granted = self.granted()?;
        if granted.is_empty() || self.is(Kind::ON) {
            let grant = self.grant_on(true, granted, false)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let roles = self.granted_roles(granted)?;
        self.expect(Kind::TO)?;
        let grantees = self.list(Self::role)?;
        let options =
            if self.accept(Kind::WITH) { self.list(Self::grant_role_option)? } else { Vec::new() };
        let granted_by = self.granted_by()?;
        let behavior = DropBehavior::Restrict;
        let node = GrantRole { grant: true, roles, grantees, options, granted_by, behavior };
        Ok(StatementKind::GrantRole(Box::new(node)))
    }

    pub(super) fn revoke(&mut self) -> Result<StatementKind> {
        self.bump();
        let location = self.location();
        if self.accept_all(&[Kind::GRANT, Kind::OPTION, Kind::FOR]) {
            let granted = self.granted()?;
            let grant = self.grant_on(false, granted, true)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let mut options = Vec::new();
        if self.kind_at(1) == Kind::OPTION && self.kind_at(2) == Kind::FOR {
            let name = self.label()?;
            self.expect_all(&[Kind::OPTION, Kind::FOR])?;
            options.push(option(&name, Some(OptionValue::Boolean(false)), location));
        }
        let granted = self.granted()?;
        if options.is_empty() && (granted.is_empty() || self.is(Kind::ON)) {
            let grant = self.grant_on(false, granted, false)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let roles = self.granted_roles(granted)?;
        self.expect(Kind::FROM)?;
        let grantees = self.list(Self::role)?;
        let granted_by = self.granted_by()?;
        let behavior = self.drop_behavior();
        let node = GrantRole { grant: false, roles, grantees, options, granted_by, behavior };
        Ok(StatementKind::GrantRole(Box::new(node)))
    }

    /// The list after GRANT; empty for ALL.
    fn granted(&mut self) -> Result<Vec<Granted>> {
        if self.is(Kind::ALL) && self.kind_at(1) != Kind::LEFT_PAREN {
            self.bump();
            self.accept(Kind::PRIVILEGES);
            return Ok(Vec::new());
        }
        self.list(|parser| {
            let location = parser.location();
            let name = match parser.kind() {
                Kind::ALL => {
                    parser.bump();
                    parser.accept(Kind::PRIVILEGES);
                    None
                }
                Kind::ALTER => {
                    parser.bump();
                    parser.expect(Kind::SYSTEM)?;
                    Some("alter system".into())
                }
                Kind::SELECT | Kind::REFERENCES | Kind::CREATE => Some(parser.label()?),
                _ => Some(parser.column_name()?),
            };
            let columns = parser.optional_column_list()?;
            Ok(Granted { privilege: Privilege { name, columns }, location })
        })
    }

    fn granted_roles(&self, granted: Vec<Granted>) -> Result<Vec<(Name, Location)>> {
        let mut roles = Vec::with_capacity(granted.len());
        for Granted { privilege, location } in granted {
            match privilege.name {
                Some(name) if privilege.columns.is_empty() => roles.push((name, location)),
                _ => {
                    let message = "column names cannot be included in GRANT/REVOKE ROLE";
                    return Err(self.syntax_error(message, location));
                }
            }
        }
        Ok(roles)
    }

    fn grant_role_option(&mut self) -> Result<DefinitionOption> {
        let location = self.location();
        let name = self.label()?;
        let value = match self.kind() {
            Kind::OPTION | Kind::TRUE => true,
            Kind::FALSE => false,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(option(&name, Some(OptionValue::Boolean(value)), location))
    }

    fn granted_by(&mut self) -> Result<Option<RoleSpec>> {
        if !self.accept(Kind::GRANTED) {
            return Ok(None);
        }
        self.expect(Kind::BY)?;
        self.role().map(Some)
    }

    /// From ON to the end.
    fn grant_on(&mut self, grant: bool, granted: Vec<Granted>, option_only: bool) -> Result<Grant> {
        self.expect(Kind::ON)?;
        let (kind, target) = self.grant_target()?;
        self.grant_end(grant, granted, option_only, kind, target)
    }

    fn grant_end(
        &mut self,
        grant: bool,
        granted: Vec<Granted>,
        option_only: bool,
        kind: ObjectKind,
        target: GrantTarget,
    ) -> Result<Grant> {
        self.expect(if grant { Kind::TO } else { Kind::FROM })?;
        let grantees = self.list(|parser| {
            parser.accept(Kind::GROUP);
            parser.role()
        })?;
        let with_option = grant && self.accept_all(&[Kind::WITH, Kind::GRANT]);
        if with_option {
            self.expect(Kind::OPTION)?;
        }
        let granted_by = self.granted_by()?;
        let behavior = if grant { DropBehavior::Restrict } else { self.drop_behavior() };
        Ok(Grant {
            grant,
            privileges: granted.into_iter().map(|granted| granted.privilege).collect(),
            kind,
            target,
            grantees,
            grant_option: option_only || with_option,
            granted_by,
            behavior,
        })
    }

    fn grant_target(&mut self) -> Result<(ObjectKind, GrantTarget)> {
        if self.is(Kind::ALL) {
            self.bump();
            let kind = self.plural_kind()?;
            self.expect_all(&[Kind::IN, Kind::SCHEMA])?;
            return Ok((kind, GrantTarget::AllInSchemas(self.list(Self::column_name)?)));
        }
        let kind = match self.kind() {
            Kind::PARAMETER if self.kind_at(1).is_column_name() => {
                self.bump();
                ObjectKind::Parameter
            }
            Kind::TABLE
            | Kind::SEQUENCE
            | Kind::FOREIGN
            | Kind::FUNCTION
            | Kind::PROCEDURE
            | Kind::ROUTINE
            | Kind::DATABASE
            | Kind::DOMAIN
            | Kind::LANGUAGE
            | Kind::LARGE
            | Kind::SCHEMA
            | Kind::TABLESPACE
            | Kind::TYPE
                if self.kind_at(1).is_column_name()
                    || self.kind_at(1).is_type_or_function_name()
                    || self.kind_at(1) == Kind::INTEGER_LITERAL =>
            {
                // Not the server's kinds that GRANT lacks: PostgreSQL knows FOREIGN SERVER here.
                if self.accept_all(&[Kind::FOREIGN, Kind::SERVER]) {
                    ObjectKind::ForeignServer
                } else {
                    self.object_kind()?
                }
            }
            _ => ObjectKind::Table,
        };
        let objects = self.list(|parser| parser.object_reference(kind))?;
        Ok((kind, GrantTarget::Objects(objects)))
    }

    /// TABLES, SEQUENCES ...
    fn plural_kind(&mut self) -> Result<ObjectKind> {
        let kind = match self.kind() {
            Kind::TABLES => ObjectKind::Table,
            Kind::SEQUENCES => ObjectKind::Sequence,
            Kind::FUNCTIONS => ObjectKind::Function,
            Kind::PROCEDURES => ObjectKind::Procedure,
            Kind::ROUTINES => ObjectKind::Routine,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(kind)
    }

    /// Behind ALTER, at DEFAULT.
    pub(super) fn alter_default_privileges(&mut self) -> Result<AlterDefaultPrivileges> {
        self.expect_all(&[Kind::DEFAULT, Kind::PRIVILEGES])?;
        let (mut roles, mut schemas) = (Vec::new(), Vec::new());
        loop {
            if self.accept_all(&[Kind::IN, Kind::SCHEMA]) {
                schemas = self.list(Self::column_name)?;
            } else if self.accept_all(&[Kind::FOR, Kind::ROLE])
                || self.accept_all(&[Kind::FOR, Kind::USER])
            {
                roles = self.list(Self::role)?;
            } else {
                break;
            }
        }
        let grants = self.accept(Kind::GRANT);
        if !grants {
            self.expect(Kind::REVOKE)?;
        }
        let option_only = !grants && self.accept_all(&[Kind::GRANT, Kind::OPTION, Kind::FOR]);
        let granted = self.granted()?;
        self.expect(Kind::ON)?;
        let kind = if self.accept(Kind::TYPES) {
            ObjectKind::Type
        } else if self.accept(Kind::SCHEMAS) {
            ObjectKind::Schema
        } else if self.accept_all(&[Kind::LARGE, Kind::OBJECTS]) {
            ObjectKind::LargeObject
        } else {
            self.plural_kind()?
        };
        let grant = self.grant_end(grants, granted, option_only, kind, GrantTarget::Defaults)?;
        Ok(AlterDefaultPrivileges { roles, schemas, grant })
    }

    pub(super) fn reassign_owned(&mut self) -> Result<ReassignOwned> {
        self.bump();
        self.expect_all(&[Kind::OWNED, Kind::BY])?;
        let roles = self.list(Self::role)?;
        self.expect(Kind::TO)?;
        Ok(ReassignOwned { roles, new_role: self.role()? })
    }
}
