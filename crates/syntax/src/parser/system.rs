//! Tablespaces, extensions' members, event triggers, security labels, text search.

use super::Parser;
use crate::ast::{
    AlterDefinition, AlterExtension, AlterExtensionContents, AlterStatistics, AlterTablespace,
    AlterTextSearchConfiguration, CreateEventTrigger, CreateTablespace, CreateTextSearch,
    DropTablespace, Enablement, EventFilter, MoveTablespace, Name, ObjectKind, ObjectName,
    ObjectReference, SecurityLabel, StatementKind, TextSearchChange,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE, at TABLESPACE.
    pub(super) fn create_tablespace(&mut self) -> Result<CreateTablespace> {
        self.bump();
        let name = self.column_name()?;
        let owner = if self.accept(Kind::OWNER) { Some(self.role()?) } else { None };
        self.expect(Kind::LOCATION)?;
        let directory = self.string()?;
        let options = if self.accept(Kind::WITH) { self.relation_options()? } else { Vec::new() };
        Ok(CreateTablespace { name, owner, directory, options })
    }

    /// Behind the name of ALTER TABLESPACE, where neither RENAME nor OWNER stands.
    pub(super) fn alter_tablespace(&mut self, name: Name) -> Result<StatementKind> {
        let reset = self.accept(Kind::RESET);
        if !reset {
            self.expect(Kind::SET)?;
        }
        let options = self.relation_options()?;
        let node = AlterTablespace { name, reset, options };
        Ok(StatementKind::AlterTablespace(Box::new(node)))
    }

    /// Behind DROP, at TABLESPACE.
    pub(super) fn drop_tablespace(&mut self) -> Result<DropTablespace> {
        self.bump();
        let if_exists = self.if_exists();
        Ok(DropTablespace { name: self.column_name()?, if_exists })
    }

    /// Behind ALTER kind, at ALL IN TABLESPACE.
    pub(super) fn move_tablespace(&mut self, kind: ObjectKind) -> Result<StatementKind> {
        self.expect_all(&[Kind::ALL, Kind::IN, Kind::TABLESPACE])?;
        let tablespace = self.column_name()?;
        let mut owners = Vec::new();
        if self.accept(Kind::OWNED) {
            self.expect(Kind::BY)?;
            owners = self.list(Self::role)?;
        }
        self.expect_all(&[Kind::SET, Kind::TABLESPACE])?;
        let new_tablespace = self.column_name()?;
        let no_wait = self.accept(Kind::NOWAIT);
        let node = MoveTablespace { kind, tablespace, owners, new_tablespace, no_wait };
        Ok(StatementKind::MoveTablespace(Box::new(node)))
    }

    /// Behind the name of ALTER EXTENSION, where no SET SCHEMA stands.
    pub(super) fn alter_extension(&mut self, name: Name) -> Result<StatementKind> {
        if self.accept(Kind::UPDATE) {
            let mut versions = Vec::new();
            while self.accept(Kind::TO) {
                versions.push(self.word_or_literal()?);
            }
            let node = AlterExtension { name, versions };
            return Ok(StatementKind::AlterExtension(Box::new(node)));
        }
        let add = self.accept(Kind::ADD);
        if !add {
            self.expect(Kind::DROP)?;
        }
        let kind = self.object_kind(|kind| {
            !matches!(
                kind,
                ObjectKind::Column
                    | ObjectKind::LargeObject
                    | ObjectKind::Policy
                    | ObjectKind::Rule
                    | ObjectKind::Trigger
            )
        })?;
        let object = self.object_reference(kind)?;
        let node = AlterExtensionContents { name, add, kind, object };
        Ok(StatementKind::AlterExtensionContents(Box::new(node)))
    }

    /// NonReservedWord_or_Sconst.
    pub(super) fn word_or_literal(&mut self) -> Result<Box<str>> {
        if self.is(Kind::STRING_LITERAL) { self.string() } else { self.non_reserved_word() }
    }

    /// Behind CREATE, at EVENT.
    pub(super) fn create_event_trigger(&mut self) -> Result<CreateEventTrigger> {
        self.expect_all(&[Kind::EVENT, Kind::TRIGGER])?;
        let name = self.column_name()?;
        self.expect(Kind::ON)?;
        let event = self.label()?;
        let mut filters = Vec::new();
        if self.accept(Kind::WHEN) {
            filters.push(self.event_filter()?);
            while self.accept(Kind::AND) {
                filters.push(self.event_filter()?);
            }
        }
        self.expect(Kind::EXECUTE)?;
        if !self.accept(Kind::FUNCTION) {
            self.expect(Kind::PROCEDURE)?;
        }
        let function = self.function_name()?;
        self.expect_all(&[Kind::LEFT_PAREN, Kind::RIGHT_PAREN])?;
        Ok(CreateEventTrigger { name, event, filters, function })
    }

    fn event_filter(&mut self) -> Result<EventFilter> {
        let location = self.location();
        let variable = self.column_name()?;
        self.expect(Kind::IN)?;
        Ok(EventFilter { variable, values: self.parenthesised(Self::string)?, location })
    }

    /// enable_trigger: ENABLE [REPLICA | ALWAYS] or DISABLE.
    pub(super) fn event_trigger_enablement(&mut self) -> Result<Enablement> {
        if self.accept(Kind::DISABLE) {
            return Ok(Enablement::Disable);
        }
        self.expect(Kind::ENABLE)?;
        Ok(if self.accept(Kind::REPLICA) {
            Enablement::EnableReplica
        } else if self.accept(Kind::ALWAYS) {
            Enablement::EnableAlways
        } else {
            Enablement::Enable
        })
    }

    /// At SECURITY.
    pub(super) fn security_label(&mut self) -> Result<SecurityLabel> {
        self.expect_all(&[Kind::SECURITY, Kind::LABEL])?;
        let provider = if self.accept(Kind::FOR) { Some(self.word_or_literal()?) } else { None };
        self.expect(Kind::ON)?;
        let kind = self.object_kind(|kind| {
            !matches!(
                kind,
                ObjectKind::Cast
                    | ObjectKind::Operator
                    | ObjectKind::OperatorClass
                    | ObjectKind::OperatorFamily
                    | ObjectKind::Policy
                    | ObjectKind::Rule
                    | ObjectKind::Transform
                    | ObjectKind::Trigger
            )
        })?;
        let object = self.object_reference(kind)?;
        self.expect(Kind::IS)?;
        let label = if self.accept(Kind::NULL) { None } else { Some(self.string()?) };
        Ok(SecurityLabel { provider, kind, object, label })
    }

    /// Behind CREATE, at TEXT.
    pub(super) fn create_text_search(&mut self) -> Result<CreateTextSearch> {
        let kind = self.object_kind(|_| true)?;
        let name = self.object_name()?;
        Ok(CreateTextSearch { kind, name, definition: self.definition()? })
    }

    /// Behind the name of ALTER TEXT SEARCH CONFIGURATION, where none of the common actions stands.
    pub(super) fn alter_text_search(&mut self, name: ObjectName) -> Result<StatementKind> {
        let change = match self.kind() {
            Kind::ADD => {
                self.expect_all(&[Kind::ADD, Kind::MAPPING, Kind::FOR])?;
                let tokens = self.list(Self::column_name)?;
                self.any_with()?;
                TextSearchChange::Add { tokens, dictionaries: self.list(Self::object_name)? }
            }
            Kind::ALTER => {
                self.expect_all(&[Kind::ALTER, Kind::MAPPING])?;
                self.alter_mapping()?
            }
            _ => {
                self.expect_all(&[Kind::DROP, Kind::MAPPING])?;
                let if_exists = self.if_exists();
                self.expect(Kind::FOR)?;
                TextSearchChange::Drop { tokens: self.list(Self::column_name)?, if_exists }
            }
        };
        let node = AlterTextSearchConfiguration { name, change };
        Ok(StatementKind::AlterTextSearchConfiguration(Box::new(node)))
    }

    fn any_with(&mut self) -> Result<()> {
        if self.accept(Kind::WITH_LA) { Ok(()) } else { self.expect(Kind::WITH) }
    }

    fn alter_mapping(&mut self) -> Result<TextSearchChange> {
        let mut tokens = Vec::new();
        if self.accept(Kind::FOR) {
            tokens = self.list(Self::column_name)?;
            if matches!(self.kind(), Kind::WITH | Kind::WITH_LA) {
                self.any_with()?;
                let dictionaries = self.list(Self::object_name)?;
                return Ok(TextSearchChange::Alter { tokens, dictionaries });
            }
        }
        self.expect(Kind::REPLACE)?;
        let old = self.object_name()?;
        self.any_with()?;
        Ok(TextSearchChange::Replace { tokens, old, new: self.object_name()? })
    }

    /// Behind ALTER STATISTICS and its name, at SET STATISTICS.
    pub(super) fn alter_statistics(
        &mut self,
        name: ObjectName,
        if_exists: bool,
    ) -> Result<StatementKind> {
        self.expect_all(&[Kind::SET, Kind::STATISTICS])?;
        let target = self.statistics_target()?;
        let node = AlterStatistics { name, if_exists, target };
        Ok(StatementKind::AlterStatistics(Box::new(node)))
    }

    /// `SET (options)` of an operator or a type; at the parenthesis.
    pub(super) fn alter_definition(
        &mut self,
        kind: ObjectKind,
        object: ObjectReference,
    ) -> Result<StatementKind> {
        let options = if kind == ObjectKind::TextSearchDictionary {
            self.definition()?
        } else {
            self.operator_definition()?
        };
        let node = AlterDefinition { kind, object, options };
        Ok(StatementKind::AlterDefinition(Box::new(node)))
    }
}
