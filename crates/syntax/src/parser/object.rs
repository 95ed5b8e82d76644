//! Schemas, extensions, types, casts, and how objects of any kind are named.

use super::Parser;
use crate::ast::{
    AlterEnum, CastContext, CastMethod, Comment, CreateCast, CreateDefinition, CreateExtension,
    CreateSchema, CreateType, EnumChange, EnumPosition, ObjectKind, ObjectName, ObjectReference,
    Statement, StatementKind, TypeDefinition,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// The kind of object that the words here name; moves over them.
    pub(super) fn object_kind(&mut self) -> Result<ObjectKind> {
        const TWO_WORDS: &[(Kind, Kind, ObjectKind)] = &[
            (Kind::ACCESS, Kind::METHOD, ObjectKind::AccessMethod),
            (Kind::EVENT, Kind::TRIGGER, ObjectKind::EventTrigger),
            (Kind::FOREIGN, Kind::TABLE, ObjectKind::ForeignTable),
            (Kind::MATERIALIZED, Kind::VIEW, ObjectKind::MaterializedView),
            (Kind::OPERATOR, Kind::CLASS, ObjectKind::OperatorClass),
            (Kind::OPERATOR, Kind::FAMILY, ObjectKind::OperatorFamily),
            (Kind::PROCEDURAL, Kind::LANGUAGE, ObjectKind::Language),
            (Kind::LARGE, Kind::OBJECT, ObjectKind::LargeObject),
        ];
        const ONE_WORD: &[(Kind, ObjectKind)] = &[
            (Kind::AGGREGATE, ObjectKind::Aggregate),
            (Kind::CAST, ObjectKind::Cast),
            (Kind::COLLATION, ObjectKind::Collation),
            (Kind::COLUMN, ObjectKind::Column),
            (Kind::CONVERSION, ObjectKind::Conversion),
            (Kind::DATABASE, ObjectKind::Database),
            (Kind::DOMAIN, ObjectKind::Domain),
            (Kind::EXTENSION, ObjectKind::Extension),
            (Kind::FUNCTION, ObjectKind::Function),
            (Kind::INDEX, ObjectKind::Index),
            (Kind::LANGUAGE, ObjectKind::Language),
            (Kind::OPERATOR, ObjectKind::Operator),
            (Kind::POLICY, ObjectKind::Policy),
            (Kind::PROCEDURE, ObjectKind::Procedure),
            (Kind::PUBLICATION, ObjectKind::Publication),
            (Kind::ROLE, ObjectKind::Role),
            (Kind::ROUTINE, ObjectKind::Routine),
            (Kind::RULE, ObjectKind::Rule),
            (Kind::SCHEMA, ObjectKind::Schema),
            (Kind::SEQUENCE, ObjectKind::Sequence),
            (Kind::SERVER, ObjectKind::ForeignServer),
            (Kind::STATISTICS, ObjectKind::Statistics),
            (Kind::SUBSCRIPTION, ObjectKind::Subscription),
            (Kind::TABLE, ObjectKind::Table),
            (Kind::TABLESPACE, ObjectKind::Tablespace),
            (Kind::TRANSFORM, ObjectKind::Transform),
            (Kind::TRIGGER, ObjectKind::Trigger),
            (Kind::TYPE, ObjectKind::Type),
            (Kind::VIEW, ObjectKind::View),
        ];
        for (first, second, kind) in TWO_WORDS {
            if self.accept_all(&[*first, *second]) {
                return Ok(*kind);
            }
        }
        if self.accept_all(&[Kind::FOREIGN, Kind::DATA, Kind::WRAPPER]) {
            return Ok(ObjectKind::ForeignDataWrapper);
        }
        if self.accept_all(&[Kind::TEXT, Kind::SEARCH]) {
            return self.text_search_kind();
        }
        let found = ONE_WORD.iter().find(|(word, _)| self.is(*word)).map(|(_, kind)| *kind);
        let Some(kind) = found else { return Err(self.unexpected()) };
        self.bump();
        Ok(kind)
    }

    fn text_search_kind(&mut self) -> Result<ObjectKind> {
        let kind = match self.kind() {
            Kind::CONFIGURATION => ObjectKind::TextSearchConfiguration,
            Kind::DICTIONARY => ObjectKind::TextSearchDictionary,
            Kind::PARSER => ObjectKind::TextSearchParser,
            Kind::TEMPLATE => ObjectKind::TextSearchTemplate,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(kind)
    }

    /// One object of this kind, as DROP, COMMENT and ALTER name it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other kinds are named by a name alone")]
    pub(super) fn object_reference(&mut self, kind: ObjectKind) -> Result<ObjectReference> {
        match kind {
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                Ok(ObjectReference::Function(self.function_signature()?))
            }
            ObjectKind::Aggregate => Ok(ObjectReference::Function(self.aggregate_signature()?)),
            ObjectKind::Type | ObjectKind::Domain => Ok(ObjectReference::Type(self.type_name()?)),
            ObjectKind::Operator => self.operator_reference(),
            ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => {
                let name = self.column_name()?;
                self.expect(Kind::ON)?;
                Ok(ObjectReference::OnRelation { name, relation: self.object_name()? })
            }
            ObjectKind::Cast => {
                let (source, target) = self.cast_types()?;
                Ok(ObjectReference::Cast { source, target })
            }
            ObjectKind::OperatorClass | ObjectKind::OperatorFamily => {
                let name = self.object_name()?;
                self.expect(Kind::USING)?;
                Ok(ObjectReference::UsingMethod { name, method: self.column_name()? })
            }
            ObjectKind::Transform => {
                self.expect(Kind::FOR)?;
                let type_name = self.type_name()?;
                self.expect(Kind::LANGUAGE)?;
                Ok(ObjectReference::Transform { type_name, language: self.column_name()? })
            }
            ObjectKind::LargeObject => Ok(ObjectReference::LargeObject(self.number_text()?)),
            _ => Ok(ObjectReference::Name(self.object_name()?)),
        }
    }

    fn cast_types(&mut self) -> Result<(crate::ast::TypeName, crate::ast::TypeName)> {
        self.expect(Kind::LEFT_PAREN)?;
        let source = self.type_name()?;
        self.expect(Kind::AS)?;
        let target = self.type_name()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok((source, target))
    }

    /// `operator (left, right)`.
    fn operator_reference(&mut self) -> Result<ObjectReference> {
        let location = self.location();
        let name = self.any_operator()?;
        self.expect(Kind::LEFT_PAREN)?;
        let left = if self.accept(Kind::NONE) { None } else { Some(self.type_name()?) };
        if self.is(Kind::RIGHT_PAREN) {
            let place = self.location();
            return Err(self
                .syntax_error("missing argument", place)
                .hint("Use NONE to denote the missing argument of a unary operator."));
        }
        self.expect(Kind::COMMA)?;
        let right = if self.accept(Kind::NONE) { None } else { Some(self.type_name()?) };
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(ObjectReference::Operator { name, left, right, location })
    }

    /// Behind CREATE, at SCHEMA.
    pub(super) fn create_schema(&mut self) -> Result<CreateSchema> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = if self.is(Kind::AUTHORIZATION) { None } else { Some(self.column_name()?) };
        let authorization =
            if self.accept(Kind::AUTHORIZATION) { Some(self.role()?) } else { None };
        let mut elements = Vec::new();
        while matches!(self.kind(), Kind::CREATE | Kind::GRANT) {
            if if_not_exists {
                let message = "CREATE SCHEMA IF NOT EXISTS cannot include schema elements";
                return Err(self.feature_error(message, self.location()));
            }
            elements.push(self.schema_element()?);
        }
        Ok(CreateSchema { name, authorization, if_not_exists, elements })
    }

    fn schema_element(&mut self) -> Result<Statement> {
        let start = self.at;
        let element = self.statement()?;
        let allowed = matches!(
            element.kind,
            StatementKind::CreateTable(_)
                | StatementKind::CreateIndex(_)
                | StatementKind::CreateSequence(_)
                | StatementKind::CreateTrigger(_)
                | StatementKind::Grant(_)
                | StatementKind::CreateView(_)
        );
        if !allowed {
            self.at = start + 1;
            self.phrase_end = 0;
            return Err(self.unexpected());
        }
        Ok(element)
    }

    /// Behind CREATE, at EXTENSION.
    pub(super) fn create_extension(&mut self) -> Result<CreateExtension> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.column_name()?;
        self.accept(Kind::WITH);
        let mut extension =
            CreateExtension { name, if_not_exists, schema: None, version: None, cascade: false };
        loop {
            if self.accept(Kind::SCHEMA) {
                extension.schema = Some(self.column_name()?);
            } else if self.accept(Kind::VERSION) {
                extension.version = Some(if self.is(Kind::STRING_LITERAL) {
                    self.string()?
                } else {
                    self.non_reserved_word()?
                });
            } else if self.accept(Kind::CASCADE) {
                extension.cascade = true;
            } else {
                return Ok(extension);
            }
        }
    }

    /// Behind CREATE, at TYPE.
    pub(super) fn create_type(&mut self) -> Result<CreateType> {
        self.bump();
        let name = self.object_name()?;
        let definition = if self.accept(Kind::AS) {
            if self.accept(Kind::ENUM) {
                self.expect(Kind::LEFT_PAREN)?;
                let empty = self.is(Kind::RIGHT_PAREN);
                let labels = if empty { Vec::new() } else { self.list(Self::string)? };
                self.expect(Kind::RIGHT_PAREN)?;
                TypeDefinition::Enum(labels)
            } else if self.accept(Kind::RANGE) {
                TypeDefinition::Range(self.definition()?)
            } else {
                self.expect(Kind::LEFT_PAREN)?;
                let empty = self.is(Kind::RIGHT_PAREN);
                let columns = if empty { Vec::new() } else { self.list(Self::function_column)? };
                self.expect(Kind::RIGHT_PAREN)?;
                TypeDefinition::Composite(columns)
            }
        } else if self.is(Kind::LEFT_PAREN) {
            TypeDefinition::Base(self.definition()?)
        } else {
            TypeDefinition::Shell
        };
        Ok(CreateType { name, definition })
    }

    /// Behind ALTER TYPE name, at ADD or RENAME VALUE.
    pub(super) fn alter_enum(&mut self, name: ObjectName) -> Result<AlterEnum> {
        let add = self.is(Kind::ADD);
        self.bump();
        self.expect(Kind::VALUE)?;
        if !add {
            let old = self.string()?;
            self.expect(Kind::TO)?;
            let change = EnumChange::Rename { old, new: self.string()? };
            return Ok(AlterEnum { name, change });
        }
        let if_not_exists = self.if_not_exists()?;
        let value = self.string()?;
        let position = if self.accept(Kind::BEFORE) {
            EnumPosition::Before(self.string()?)
        } else if self.accept(Kind::AFTER) {
            EnumPosition::After(self.string()?)
        } else {
            EnumPosition::Last
        };
        Ok(AlterEnum { name, change: EnumChange::Add { value, if_not_exists, position } })
    }

    /// Behind CREATE, at COLLATION.
    pub(super) fn create_collation(&mut self) -> Result<CreateDefinition> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let (mut definition, mut from) = (Vec::new(), None);
        if self.accept(Kind::FROM) {
            from = Some(self.object_name()?);
        } else {
            definition = self.definition()?;
        }
        Ok(CreateDefinition {
            or_replace: false,
            if_not_exists,
            name,
            signature: None,
            definition,
            from,
        })
    }

    /// Behind CREATE [OR REPLACE], at AGGREGATE.
    pub(super) fn create_aggregate(&mut self, or_replace: bool) -> Result<CreateDefinition> {
        self.bump();
        // The old syntax has no parameters, only the definition.
        let at = self.at;
        let name = self.function_name()?;
        let old = self.is(Kind::LEFT_PAREN) && self.kind_at(2) == Kind::EQUAL;
        let mut signature = None;
        if !old {
            self.at = at;
            signature = Some(self.aggregate_signature()?);
        }
        let definition = self.definition()?;
        Ok(CreateDefinition {
            or_replace,
            if_not_exists: false,
            name,
            signature,
            definition,
            from: None,
        })
    }

    /// Behind CREATE, at OPERATOR.
    pub(super) fn create_operator(&mut self) -> Result<CreateDefinition> {
        self.bump();
        let location = self.location();
        let operator = self.any_operator()?;
        let mut names = operator.qualifier;
        names.push(operator.name.into());
        let name = ObjectName { names, location };
        let definition = self.definition()?;
        Ok(CreateDefinition {
            or_replace: false,
            if_not_exists: false,
            name,
            signature: None,
            definition,
            from: None,
        })
    }

    /// Behind CREATE, at CAST.
    pub(super) fn create_cast(&mut self) -> Result<CreateCast> {
        self.bump();
        let (source, target) = self.cast_types()?;
        let method = if self.accept_all(&[Kind::WITHOUT, Kind::FUNCTION]) {
            CastMethod::WithoutFunction
        } else if self.accept_all(&[Kind::WITH, Kind::INOUT]) {
            CastMethod::InOut
        } else {
            self.expect_all(&[Kind::WITH, Kind::FUNCTION])?;
            CastMethod::Function(self.function_signature()?)
        };
        let context = if self.accept_all(&[Kind::AS, Kind::IMPLICIT]) {
            CastContext::Implicit
        } else if self.accept(Kind::AS) {
            self.expect(Kind::ASSIGNMENT)?;
            CastContext::Assignment
        } else {
            CastContext::Explicit
        };
        Ok(CreateCast { source, target, method, context })
    }

    /// `COMMENT ON kind object IS text`.
    pub(super) fn comment(&mut self) -> Result<Comment> {
        self.bump();
        self.expect(Kind::ON)?;
        let (kind, object) = if self.accept(Kind::CONSTRAINT) {
            self.constraint_reference()?
        } else {
            let kind = self.object_kind()?;
            (kind, self.object_reference(kind)?)
        };
        self.expect(Kind::IS)?;
        let text = if self.accept(Kind::NULL) { None } else { Some(self.string()?) };
        Ok(Comment { kind, object, text })
    }

    fn constraint_reference(&mut self) -> Result<(ObjectKind, ObjectReference)> {
        let name = self.column_name()?;
        self.expect(Kind::ON)?;
        if self.accept(Kind::DOMAIN) {
            let domain = self.object_name()?.into();
            return Ok((ObjectKind::DomainConstraint, ObjectReference::OnDomain { name, domain }));
        }
        let relation = self.object_name()?;
        Ok((ObjectKind::TableConstraint, ObjectReference::OnRelation { name, relation }))
    }
}
