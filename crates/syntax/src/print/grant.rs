//! Roles, databases, privileges.

use super::Printer;
use crate::ast::{
    AlterDatabase, AlterDefaultPrivileges, AlterRole, AlterRoleSet, CreateRole, DefinitionOption,
    Grant, GrantRole, GrantTarget, ObjectKind, ObjectReference, OptionValue, Privilege, RoleOption,
    RoleOptionKind, RoleSpec, RoleStatementKind,
};
use error::Result;

impl Printer {
    pub(super) fn create_role(&mut self, node: &CreateRole) {
        self.word(match node.kind {
            RoleStatementKind::Role => "CREATE ROLE ",
            RoleStatementKind::User => "CREATE USER ",
            RoleStatementKind::Group => "CREATE GROUP ",
        });
        self.name(&node.name);
        self.role_options(&node.options);
    }

    pub(super) fn alter_role(&mut self, node: &AlterRole) {
        let Some(add) = node.change_members else {
            self.word("ALTER ROLE ");
            self.role(&node.role);
            return self.role_options(&node.options);
        };
        self.word("ALTER GROUP ");
        self.role(&node.role);
        self.word(if add { " ADD" } else { " DROP" });
        self.role_options(&node.options);
    }

    fn role_options(&mut self, options: &[RoleOption]) {
        for option in options {
            self.role_option(&option.kind);
        }
    }

    fn members(&mut self, word: &str, roles: &[RoleSpec]) {
        self.word(word);
        self.roles(roles);
    }

    fn role_option(&mut self, option: &RoleOptionKind) {
        let flag = |value: bool, yes: &'static str, no: &'static str| if value { yes } else { no };
        match option {
            RoleOptionKind::Password(None) => self.word(" PASSWORD NULL"),
            RoleOptionKind::Password(Some(password)) => {
                self.word(" PASSWORD ");
                self.string(password);
            }
            RoleOptionKind::Superuser(value) => {
                self.word(flag(*value, " SUPERUSER", " NOSUPERUSER"));
            }
            RoleOptionKind::Inherit(value) => self.word(flag(*value, " INHERIT", " NOINHERIT")),
            RoleOptionKind::CreateRole(value) => {
                self.word(flag(*value, " CREATEROLE", " NOCREATEROLE"));
            }
            RoleOptionKind::CreateDb(value) => self.word(flag(*value, " CREATEDB", " NOCREATEDB")),
            RoleOptionKind::Login(value) => self.word(flag(*value, " LOGIN", " NOLOGIN")),
            RoleOptionKind::Replication(value) => {
                self.word(flag(*value, " REPLICATION", " NOREPLICATION"));
            }
            RoleOptionKind::BypassRls(value) => {
                self.word(flag(*value, " BYPASSRLS", " NOBYPASSRLS"));
            }
            RoleOptionKind::ConnectionLimit(limit) => {
                self.word(&format!(" CONNECTION LIMIT {limit}"));
            }
            RoleOptionKind::ValidUntil(text) => {
                self.word(" VALID UNTIL ");
                self.string(text);
            }
            RoleOptionKind::Members(roles) => self.members(" USER ", roles),
            RoleOptionKind::AdminMembers(roles) => self.members(" ADMIN ", roles),
            RoleOptionKind::MemberOf(roles) => self.members(" IN ROLE ", roles),
            RoleOptionKind::SysId(number) => self.word(&format!(" SYSID {number}")),
        }
    }

    pub(super) fn alter_role_set(&mut self, node: &AlterRoleSet) -> Result<()> {
        self.word("ALTER ROLE ");
        match &node.role {
            Some(role) => self.role(role),
            None => self.word("ALL"),
        }
        self.optional_name(" IN DATABASE ", node.database.as_ref());
        self.word(" ");
        self.set(&node.set)
    }

    pub(super) fn database_options(&mut self, options: &[DefinitionOption]) -> Result<()> {
        for option in options {
            self.word(" ");
            match &*option.name {
                "connection_limit" => self.word("CONNECTION LIMIT"),
                name @ ("encoding" | "location" | "owner" | "tablespace" | "template") => {
                    self.word(name);
                }
                name => self.name(name),
            }
            self.word(" = ");
            match &option.value {
                Some(value) => self.option_value(value)?,
                None => self.word("DEFAULT"),
            }
        }
        Ok(())
    }

    pub(super) fn alter_database(&mut self, node: &AlterDatabase) -> Result<()> {
        self.word("ALTER DATABASE ");
        self.name(&node.name);
        if node.refresh_collation_version {
            self.word(" REFRESH COLLATION VERSION");
            return Ok(());
        }
        self.database_options(&node.options)
    }

    fn privileges(&mut self, privileges: &[Privilege]) {
        self.word_if(privileges.is_empty(), "ALL");
        for (index, privilege) in privileges.iter().enumerate() {
            self.word_if(index > 0, ", ");
            match privilege.name.as_deref() {
                None => self.word("ALL"),
                Some("alter system") => self.word("ALTER SYSTEM"),
                Some(name @ ("select" | "references" | "create")) => self.word(name),
                Some(name) => self.name(name),
            }
            self.column_list(&privilege.columns);
        }
    }

    /// GRANT or REVOKE up to the privileges.
    fn grant_head(&mut self, node: &Grant) {
        self.word(match (node.grant, node.grant_option) {
            (true, _) => "GRANT ",
            (false, true) => "REVOKE GRANT OPTION FOR ",
            (false, false) => "REVOKE ",
        });
        self.privileges(&node.privileges);
        self.word(" ON ");
    }

    fn grant_tail(&mut self, node: &Grant) {
        self.word(if node.grant { " TO " } else { " FROM " });
        self.roles(&node.grantees);
        self.word_if(node.grant && node.grant_option, " WITH GRANT OPTION");
        if let Some(role) = &node.granted_by {
            self.word(" GRANTED BY ");
            self.role(role);
        }
        self.behavior(node.behavior);
    }

    fn plural(&mut self, kind: ObjectKind) {
        self.kind_words(kind);
        self.out.truncate(self.out.trim_end().len());
        self.word("S");
    }

    pub(super) fn grant(&mut self, node: &Grant) -> Result<()> {
        self.grant_head(node);
        match &node.target {
            GrantTarget::Objects(objects) => {
                self.word_if(node.kind == ObjectKind::ForeignServer, "FOREIGN ");
                self.kind_words(node.kind);
                self.list(objects, Self::object)?;
            }
            GrantTarget::AllInSchemas(schemas) => {
                self.word("ALL ");
                self.plural(node.kind);
                self.word(" IN SCHEMA ");
                self.names(schemas);
            }
            GrantTarget::Defaults => self.plural(node.kind),
        }
        self.grant_tail(node);
        Ok(())
    }

    pub(super) fn grant_role(&mut self, node: &GrantRole) {
        self.word(if node.grant { "GRANT " } else { "REVOKE " });
        let flag = |option: &DefinitionOption| option.value == Some(OptionValue::Boolean(true));
        if let (false, [option]) = (node.grant, node.options.as_slice()) {
            self.name(&option.name);
            self.word(" OPTION FOR ");
        }
        for (index, (name, _)) in node.roles.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.name(name);
        }
        self.word(if node.grant { " TO " } else { " FROM " });
        self.roles(&node.grantees);
        if node.grant {
            for (index, option) in node.options.iter().enumerate() {
                self.word(if index == 0 { " WITH " } else { ", " });
                self.name(&option.name);
                self.word(if flag(option) { " TRUE" } else { " FALSE" });
            }
        }
        if let Some(role) = &node.granted_by {
            self.word(" GRANTED BY ");
            self.role(role);
        }
        self.behavior(node.behavior);
    }

    pub(super) fn default_privileges(&mut self, node: &AlterDefaultPrivileges) -> Result<()> {
        self.word("ALTER DEFAULT PRIVILEGES ");
        if !node.roles.is_empty() {
            self.members("FOR ROLE ", &node.roles);
            self.word(" ");
        }
        if !node.schemas.is_empty() {
            self.word("IN SCHEMA ");
            self.names(&node.schemas);
            self.word(" ");
        }
        self.grant(&node.grant)
    }

    /// An object of COMMENT and SECURITY LABEL.
    pub(super) fn labelled(&mut self, kind: ObjectKind, object: &ObjectReference) -> Result<()> {
        if kind == ObjectKind::Column {
            self.word("COLUMN ");
        } else if matches!(kind, ObjectKind::TableConstraint | ObjectKind::DomainConstraint) {
            self.word("CONSTRAINT ");
        } else {
            self.kind_words(kind);
        }
        self.object(object)
    }

    pub(super) fn label_text(&mut self, text: Option<&str>) {
        self.word(" IS ");
        match text {
            Some(text) => self.string(text),
            None => self.word("NULL"),
        }
    }
}
