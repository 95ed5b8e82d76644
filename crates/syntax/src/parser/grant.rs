//! GRANT, REVOKE, ALTER DEFAULT PRIVILEGES.

use super::Parser;
use super::definition::option;
use crate::ast::{
    AlterDefaultPrivileges, DefinitionOption, DropBehavior, Grant, GrantRole, GrantTarget,
    Location, Name, ObjectKind, ObjectName, ObjectReference, OptionValue, Privilege, ReassignOwned,
    RoleSpec, StatementKind,
};
use crate::kind::Kind;
use error::Result;

/// A privilege or a role, which look alike until ON or TO tells.
struct Granted {
    privilege: Privilege,
    location: Location,
}

impl Parser<'_> {
    /// GRANT of either kind: the two look alike up to ON or TO.
    pub(super) fn grant(&mut self) -> Result<StatementKind> {
        self.bump();
        let granted = self.granted()?;
        if granted.is_empty() || self.is(Kind::ON) {
            let grant = self.grant_on(true, granted, false)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let (roles, has_columns) = granted_roles(granted);
        self.expect(Kind::TO)?;
        let grantees = self.list(Self::role)?;
        let options =
            if self.accept(Kind::WITH) { self.list(Self::grant_role_option)? } else { Vec::new() };
        let granted_by = self.granted_by()?;
        Ok(StatementKind::GrantRole(Box::new(GrantRole {
            grant: true,
            roles,
            has_columns,
            grantees,
            options,
            granted_by,
            behavior: DropBehavior::Restrict,
        })))
    }

    /// Behind GRANT in CREATE SCHEMA: privileges on objects.
    pub(super) fn grant_privileges(&mut self) -> Result<StatementKind> {
        let granted = self.granted()?;
        let grant = self.grant_on(true, granted, false)?;
        Ok(StatementKind::Grant(Box::new(grant)))
    }

    pub(super) fn revoke(&mut self) -> Result<StatementKind> {
        self.bump();
        let location = self.location();
        if self.accept(Kind::GRANT) {
            self.expect_all(&[Kind::OPTION, Kind::FOR])?;
            let granted = self.granted()?;
            let grant = self.grant_on(false, granted, true)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let mut options = Vec::new();
        if self.kind().is_column_name() && self.kind_at(1) == Kind::OPTION {
            let name = self.column_name()?;
            self.expect_all(&[Kind::OPTION, Kind::FOR])?;
            options.push(option(&name, Some(OptionValue::Boolean(false)), location));
        }
        let granted = if options.is_empty() { self.granted()? } else { self.granted_list()? };
        if options.is_empty() && (granted.is_empty() || self.is(Kind::ON)) {
            let grant = self.grant_on(false, granted, false)?;
            return Ok(StatementKind::Grant(Box::new(grant)));
        }
        let (roles, has_columns) = granted_roles(granted);
        self.expect(Kind::FROM)?;
        let grantees = self.list(Self::role)?;
        let granted_by = self.granted_by()?;
        let behavior = self.drop_behavior();
        Ok(StatementKind::GrantRole(Box::new(GrantRole {
            grant: false,
            roles,
            has_columns,
            grantees,
            options,
            granted_by,
            behavior,
        })))
    }

    /// The list after GRANT; empty for ALL without columns.
    fn granted(&mut self) -> Result<Vec<Granted>> {
        let location = self.location();
        if !self.accept(Kind::ALL) {
            return self.granted_list();
        }
        self.accept(Kind::PRIVILEGES);
        let columns = self.optional_column_list()?;
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        if !self.is(Kind::ON) {
            return Err(self.unexpected());
        }
        Ok(vec![Granted { privilege: Privilege { name: None, columns }, location }])
    }

    /// privilege_list.
    fn granted_list(&mut self) -> Result<Vec<Granted>> {
        self.list(|parser| {
            let location = parser.location();
            let name = match parser.kind() {
                Kind::ALTER if parser.kind_at(1) == Kind::SYSTEM => {
                    parser.bump();
                    parser.bump();
                    let privilege =
                        Privilege { name: Some("alter system".into()), columns: Vec::new() };
                    return Ok(Granted { privilege, location });
                }
                Kind::SELECT | Kind::REFERENCES | Kind::CREATE => Some(parser.label()?),
                _ => Some(parser.column_name()?),
            };
            let columns = parser.optional_column_list()?;
            Ok(Granted { privilege: Privilege { name, columns }, location })
        })
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
        let with_option = grant && self.accept(Kind::WITH);
        if with_option {
            self.expect_all(&[Kind::GRANT, Kind::OPTION])?;
        }
        let defaults = target == GrantTarget::Defaults;
        let granted_by = if defaults { None } else { self.granted_by()? };
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
        let next = self.kind_at(1);
        // The words may be a table's name, too.
        let named = matches!(next, Kind::COMMA | Kind::DOT | Kind::TO | Kind::FROM);
        let kind = match self.kind() {
            Kind::TABLE => ObjectKind::Table,
            Kind::FOREIGN => {
                self.bump();
                if self.accept(Kind::SERVER) {
                    return self.granted_on(ObjectKind::ForeignServer);
                }
                self.expect(Kind::DATA)?;
                if !self.is(Kind::WRAPPER) {
                    return Err(self.unexpected());
                }
                ObjectKind::ForeignDataWrapper
            }
            Kind::LARGE if !named => {
                self.bump();
                if !self.is(Kind::OBJECT) {
                    return Err(self.unexpected());
                }
                ObjectKind::LargeObject
            }
            Kind::DATABASE if !named => ObjectKind::Database,
            Kind::DOMAIN if !named => ObjectKind::Domain,
            Kind::FUNCTION if !named => ObjectKind::Function,
            Kind::LANGUAGE if !named => ObjectKind::Language,
            Kind::PARAMETER if !named => ObjectKind::Parameter,
            Kind::PROCEDURE if !named => ObjectKind::Procedure,
            Kind::ROUTINE if !named => ObjectKind::Routine,
            Kind::SCHEMA if !named => ObjectKind::Schema,
            Kind::SEQUENCE if !named => ObjectKind::Sequence,
            Kind::TABLESPACE if !named => ObjectKind::Tablespace,
            Kind::TYPE if !named => ObjectKind::Type,
            _ => {
                let objects =
                    self.list(|parser| Ok(ObjectReference::Name(parser.relation_name()?.into())))?;
                return Ok((ObjectKind::Table, GrantTarget::Objects(objects)));
            }
        };
        self.bump();
        self.granted_on(kind)
    }

    /// The objects of a privilege, all of one kind.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other kinds are named as DROP names them"
    )]
    fn granted_on(&mut self, kind: ObjectKind) -> Result<(ObjectKind, GrantTarget)> {
        let objects = self.list(|parser| match kind {
            ObjectKind::Table | ObjectKind::Sequence => {
                Ok(ObjectReference::Name(parser.relation_name()?.into()))
            }
            ObjectKind::Type | ObjectKind::Domain => {
                Ok(ObjectReference::Type(parser.object_name()?.into()))
            }
            ObjectKind::Parameter => {
                let location = parser.location();
                let mut names = vec![parser.column_name()?];
                while parser.accept(Kind::DOT) {
                    names.push(parser.column_name()?);
                }
                Ok(ObjectReference::Name(ObjectName { names, location }))
            }
            kind => parser.object_reference(kind),
        })?;
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
            if self.accept(Kind::IN) {
                self.expect(Kind::SCHEMA)?;
                schemas = self.list(Self::column_name)?;
            } else if self.accept(Kind::FOR) {
                if !self.accept(Kind::ROLE) {
                    self.expect(Kind::USER)?;
                }
                roles = self.list(Self::role)?;
            } else {
                break;
            }
        }
        let grants = self.accept(Kind::GRANT);
        if !grants {
            self.expect(Kind::REVOKE)?;
        }
        let option_only = !grants && self.accept(Kind::GRANT);
        if option_only {
            self.expect_all(&[Kind::OPTION, Kind::FOR])?;
        }
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

/// The names of roles among what is granted, and whether any has columns, as only privileges may.
fn granted_roles(granted: Vec<Granted>) -> (Vec<(Name, Location)>, bool) {
    let has_columns = granted.iter().any(|granted| !granted.privilege.columns.is_empty());
    let roles = granted
        .into_iter()
        .filter_map(|granted| Some((granted.privilege.name?, granted.location)))
        .collect();
    (roles, has_columns)
}
