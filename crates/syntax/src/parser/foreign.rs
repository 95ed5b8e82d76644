//! Foreign data wrappers, servers, user mappings, foreign tables, IMPORT FOREIGN SCHEMA.

use super::Parser;
use super::definition::option;
use crate::ast::{
    AlterForeignDataWrapper, AlterForeignServer, AlterUserMapping, CreateForeignDataWrapper,
    CreateForeignServer, CreateForeignTable, CreateUserMapping, DefinitionOption, DropUserMapping,
    ImportForeignSchema, ImportQualification, Name, ObjectName, OptionAction, OptionChange,
    OptionValue, Persistence, RoleSpec, RoleSpecKind, StatementKind, WrapperFunction,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// `(name 'value', ...)`.
    pub(super) fn foreign_options(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(|parser| {
            let location = parser.location();
            let name = parser.label()?;
            let value = OptionValue::String(parser.string()?);
            Ok(option(&name, Some(value), location))
        })
    }

    /// create_generic_options: `OPTIONS (...)`, or nothing.
    pub(super) fn optional_foreign_options(&mut self) -> Result<Vec<DefinitionOption>> {
        if self.accept(Kind::OPTIONS) { self.foreign_options() } else { Ok(Vec::new()) }
    }

    /// alter_generic_options, at OPTIONS.
    pub(super) fn option_changes(&mut self) -> Result<Vec<OptionChange>> {
        self.expect(Kind::OPTIONS)?;
        self.parenthesised(|parser| {
            // SET, ADD and DROP may be names of options, too: then the value follows.
            let action = match parser.kind() {
                _ if parser.kind_at(1) == Kind::STRING_LITERAL => OptionAction::Default,
                Kind::SET => OptionAction::Set,
                Kind::ADD => OptionAction::Add,
                Kind::DROP => OptionAction::Drop,
                _ => OptionAction::Default,
            };
            if action != OptionAction::Default {
                parser.bump();
            }
            let name = parser.label()?;
            let value = match action {
                OptionAction::Drop => None,
                OptionAction::Default | OptionAction::Add | OptionAction::Set => {
                    Some(parser.string()?)
                }
            };
            Ok(OptionChange { action, name, value })
        })
    }

    /// handler_name: `name.name...`.
    pub(super) fn handler_name(&mut self) -> Result<ObjectName> {
        self.object_name()
    }

    fn wrapper_functions(&mut self) -> Result<Vec<WrapperFunction>> {
        let mut functions = Vec::new();
        loop {
            functions.push(match self.kind() {
                Kind::HANDLER => {
                    self.bump();
                    WrapperFunction::Handler(Some(self.handler_name()?))
                }
                Kind::VALIDATOR => {
                    self.bump();
                    WrapperFunction::Validator(Some(self.handler_name()?))
                }
                Kind::NO => {
                    self.bump();
                    if self.accept(Kind::HANDLER) {
                        WrapperFunction::Handler(None)
                    } else {
                        self.expect(Kind::VALIDATOR)?;
                        WrapperFunction::Validator(None)
                    }
                }
                _ => return Ok(functions),
            });
        }
    }

    /// Behind CREATE, at FOREIGN.
    pub(super) fn create_foreign(&mut self) -> Result<StatementKind> {
        self.bump();
        if self.is(Kind::TABLE) {
            return self.create_foreign_table();
        }
        self.expect_all(&[Kind::DATA, Kind::WRAPPER])?;
        let name = self.column_name()?;
        let functions = self.wrapper_functions()?;
        let options = self.optional_foreign_options()?;
        let node = CreateForeignDataWrapper { name, functions, options };
        Ok(StatementKind::CreateForeignDataWrapper(Box::new(node)))
    }

    /// Behind the name of ALTER FOREIGN DATA WRAPPER, where neither RENAME nor OWNER stands.
    pub(super) fn alter_foreign_data_wrapper(&mut self, name: Name) -> Result<StatementKind> {
        let functions = self.wrapper_functions()?;
        let options = if self.is(Kind::OPTIONS) || functions.is_empty() {
            self.option_changes()?
        } else {
            Vec::new()
        };
        let node = AlterForeignDataWrapper { name, functions, options };
        Ok(StatementKind::AlterForeignDataWrapper(Box::new(node)))
    }

    fn create_foreign_table(&mut self) -> Result<StatementKind> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let mut table = self.empty_table(Persistence::Permanent, if_not_exists)?;
        if self.accept(Kind::PARTITION) {
            self.expect(Kind::OF)?;
            let parent = self.relation_name()?;
            table.elements = self.typed_table_elements()?;
            table.partition_of = Some((parent, self.partition_bound()?));
        } else {
            self.expect(Kind::LEFT_PAREN)?;
            if !self.is(Kind::RIGHT_PAREN) {
                table.elements = self.list(Self::table_element)?;
            }
            self.expect(Kind::RIGHT_PAREN)?;
            if self.accept(Kind::INHERITS) {
                table.inherits = self.parenthesised(Self::relation_name)?;
            }
        }
        self.expect(Kind::SERVER)?;
        let server = self.column_name()?;
        let options = self.optional_foreign_options()?;
        let node = CreateForeignTable { table, server, options };
        Ok(StatementKind::CreateForeignTable(Box::new(node)))
    }

    /// Behind CREATE, at SERVER.
    pub(super) fn create_server(&mut self) -> Result<CreateForeignServer> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.column_name()?;
        let kind = if self.accept(Kind::TYPE) { Some(self.string()?) } else { None };
        let version = if self.is(Kind::VERSION) { self.server_version()? } else { None };
        self.expect_all(&[Kind::FOREIGN, Kind::DATA, Kind::WRAPPER])?;
        let wrapper = self.column_name()?;
        let options = self.optional_foreign_options()?;
        Ok(CreateForeignServer { name, if_not_exists, kind, version, wrapper, options })
    }

    /// At VERSION; none for NULL.
    fn server_version(&mut self) -> Result<Option<Box<str>>> {
        self.bump();
        if self.accept(Kind::NULL) { Ok(None) } else { self.string().map(Some) }
    }

    /// Behind the name of ALTER SERVER, where neither RENAME nor OWNER stands.
    pub(super) fn alter_server(&mut self, name: Name) -> Result<StatementKind> {
        let version = if self.is(Kind::VERSION) { Some(self.server_version()?) } else { None };
        let options = if self.is(Kind::OPTIONS) || version.is_none() {
            self.option_changes()?
        } else {
            Vec::new()
        };
        let node = AlterForeignServer { name, version, options };
        Ok(StatementKind::AlterForeignServer(Box::new(node)))
    }

    /// Whether USER MAPPING stands here; a role may be called mapping.
    pub(super) fn at_user_mapping(&self) -> bool {
        self.are(&[Kind::USER, Kind::MAPPING]) && matches!(self.kind_at(2), Kind::FOR | Kind::IF)
    }

    /// auth_ident: USER is the current user.
    fn mapped_user(&mut self) -> Result<RoleSpec> {
        let location = self.location();
        if self.accept(Kind::USER) {
            return Ok(RoleSpec { kind: RoleSpecKind::CurrentUser, location });
        }
        self.role()
    }

    /// `FOR user SERVER server`.
    fn mapping(&mut self) -> Result<(RoleSpec, Name)> {
        self.expect(Kind::FOR)?;
        let user = self.mapped_user()?;
        self.expect(Kind::SERVER)?;
        Ok((user, self.column_name()?))
    }

    /// Behind CREATE, at USER MAPPING.
    pub(super) fn create_user_mapping(&mut self) -> Result<CreateUserMapping> {
        self.expect_all(&[Kind::USER, Kind::MAPPING])?;
        let if_not_exists = self.accept(Kind::IF);
        if if_not_exists {
            self.expect_all(&[Kind::NOT, Kind::EXISTS])?;
        }
        let (user, server) = self.mapping()?;
        let options = self.optional_foreign_options()?;
        Ok(CreateUserMapping { user, server, if_not_exists, options })
    }

    /// Behind ALTER, at USER MAPPING.
    pub(super) fn alter_user_mapping(&mut self) -> Result<AlterUserMapping> {
        self.expect_all(&[Kind::USER, Kind::MAPPING])?;
        let (user, server) = self.mapping()?;
        Ok(AlterUserMapping { user, server, options: self.option_changes()? })
    }

    /// Behind DROP, at USER MAPPING.
    pub(super) fn drop_user_mapping(&mut self) -> Result<DropUserMapping> {
        self.expect_all(&[Kind::USER, Kind::MAPPING])?;
        let if_exists = self.accept(Kind::IF);
        if if_exists {
            self.expect(Kind::EXISTS)?;
        }
        let (user, server) = self.mapping()?;
        Ok(DropUserMapping { user, server, if_exists })
    }

    /// At IMPORT.
    pub(super) fn import_foreign_schema(&mut self) -> Result<ImportForeignSchema> {
        self.expect_all(&[Kind::IMPORT, Kind::FOREIGN, Kind::SCHEMA])?;
        let remote_schema = self.column_name()?;
        let qualification = if self.accept(Kind::LIMIT) {
            self.expect(Kind::TO)?;
            ImportQualification::LimitTo(self.parenthesised(Self::relation_expression)?)
        } else if self.accept(Kind::EXCEPT) {
            ImportQualification::Except(self.parenthesised(Self::relation_expression)?)
        } else {
            ImportQualification::All
        };
        self.expect_all(&[Kind::FROM, Kind::SERVER])?;
        let server = self.column_name()?;
        self.expect(Kind::INTO)?;
        let local_schema = self.column_name()?;
        let options = self.optional_foreign_options()?;
        Ok(ImportForeignSchema { remote_schema, qualification, server, local_schema, options })
    }
}
