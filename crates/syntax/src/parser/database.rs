//! CREATE and ALTER DATABASE.

use super::Parser;
use super::definition::option;
use crate::ast::{
    AlterDatabase, AlterDatabaseSet, AlterOwner, CreateDatabase, DefinitionOption, Name,
    ObjectKind, ObjectName, ObjectReference, OptionValue, StatementKind,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE, at DATABASE.
    pub(super) fn create_database(&mut self) -> Result<CreateDatabase> {
        self.bump();
        let name = self.column_name()?;
        self.accept(Kind::WITH);
        Ok(CreateDatabase { name, options: self.database_options()? })
    }

    fn database_options(&mut self) -> Result<Vec<DefinitionOption>> {
        let mut options = Vec::new();
        while let Some(found) = self.database_option()? {
            options.push(found);
        }
        Ok(options)
    }

    fn database_option(&mut self) -> Result<Option<DefinitionOption>> {
        let location = self.location();
        let name: Name = match self.kind() {
            Kind::CONNECTION => {
                self.bump();
                self.expect(Kind::LIMIT)?;
                "connection_limit".into()
            }
            Kind::ENCODING | Kind::LOCATION | Kind::OWNER | Kind::TABLESPACE | Kind::TEMPLATE => {
                self.label()?
            }
            Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER => self.column_name()?,
            _ => return Ok(None),
        };
        self.accept(Kind::EQUAL);
        let value = match self.kind() {
            Kind::DEFAULT => {
                self.bump();
                None
            }
            _ if self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS) => {
                Some(self.number_option()?)
            }
            _ => Some(OptionValue::String(self.boolean_or_string()?)),
        };
        Ok(Some(option(&name, value, location)))
    }

    /// Behind ALTER, at DATABASE.
    pub(super) fn alter_database(&mut self) -> Result<StatementKind> {
        self.bump();
        let location = self.location();
        let name = self.column_name()?;
        let mut node =
            AlterDatabase { name, options: Vec::new(), refresh_collation_version: false };
        match self.kind() {
            Kind::SET if self.kind_at(1) == Kind::TABLESPACE => {
                self.bump();
                let place = self.location();
                self.bump();
                let value = OptionValue::String(self.column_name()?);
                node.options = vec![option("tablespace", Some(value), place)];
            }
            Kind::SET | Kind::RESET => {
                let set = self.set_or_reset()?;
                let node = AlterDatabaseSet { name: node.name, set };
                return Ok(StatementKind::AlterDatabaseSet(Box::new(node)));
            }
            Kind::REFRESH => {
                self.bump();
                self.expect_all(&[Kind::COLLATION, Kind::VERSION])?;
                node.refresh_collation_version = true;
            }
            Kind::OWNER if self.kind_at(1) == Kind::TO => {
                self.bump();
                self.bump();
                let names = vec![node.name];
                let object = ObjectReference::Name(ObjectName { names, location });
                let owner = self.role()?;
                let node = AlterOwner { kind: ObjectKind::Database, object, owner };
                return Ok(StatementKind::AlterOwner(Box::new(node)));
            }
            Kind::RENAME => {
                let names = vec![node.name];
                let object = ObjectReference::Name(ObjectName { names, location });
                return self.rename(ObjectKind::Database, object, false);
            }
            _ => {
                self.accept(Kind::WITH);
                node.options = self.database_options()?;
            }
        }
        Ok(StatementKind::AlterDatabase(Box::new(node)))
    }
}
