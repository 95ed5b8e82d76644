//! Schemas, extensions, types, casts, and how objects of any kind are named.

use super::Parser;
use super::create_table::TableForm;
use crate::ast::{
    AlterEnum, CastContext, CastMethod, Comment, CreateCast, CreateDefinition, CreateExtension,
    CreateSchema, CreateType, DefinitionOption, EnumChange, EnumPosition, ObjectKind, ObjectName,
    ObjectReference, Statement, StatementKind, TypeDefinition, TypeName,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// The kind of object that the words here name, if it is allowed here; moves over them.
    pub(super) fn object_kind(
        &mut self,
        allowed: impl Fn(ObjectKind) -> bool,
    ) -> Result<ObjectKind> {
        let start = self.at;
        let kind = self.any_object_kind(&allowed)?;
        if allowed(kind) {
            return Ok(kind);
        }
        (self.at, self.phrase_end) = (start, 0);
        Err(self.unexpected())
    }

    fn any_object_kind(&mut self, allowed: &impl Fn(ObjectKind) -> bool) -> Result<ObjectKind> {
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
            if allowed(*kind) && self.accept_all(&[*first, *second]) {
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
            ObjectKind::AccessMethod
            | ObjectKind::EventTrigger
            | ObjectKind::Extension
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Language
            | ObjectKind::Publication
            | ObjectKind::Schema
            | ObjectKind::ForeignServer
            | ObjectKind::Database
            | ObjectKind::Role
            | ObjectKind::Subscription
            | ObjectKind::Tablespace => Ok(ObjectReference::Name(self.lone_name()?)),
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

    /// A name that takes no qualifier.
    pub(super) fn lone_name(&mut self) -> Result<ObjectName> {
        let location = self.location();
        Ok(ObjectName { names: vec![self.column_name()?], location })
    }

    fn cast_types(&mut self) -> Result<(TypeName, TypeName)> {
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
        let (left, right) = self.operand_types()?;
        Ok(ObjectReference::Operator { name, left, right, location })
    }

    /// oper_argtypes: `(left, right)`; none for NONE, which only one may be.
    pub(super) fn operand_types(&mut self) -> Result<(Option<TypeName>, Option<TypeName>)> {
        self.expect(Kind::LEFT_PAREN)?;
        if self.accept(Kind::NONE) {
            self.expect(Kind::COMMA)?;
            let right = self.type_name()?;
            self.expect(Kind::RIGHT_PAREN)?;
            return Ok((None, Some(right)));
        }
        let left = self.type_name()?;
        if self.is(Kind::RIGHT_PAREN) {
            let place = self.location();
            return Err(self
                .syntax_error("missing argument", place)
                .hint("Use NONE to denote the missing argument of a unary operator."));
        }
        self.expect(Kind::COMMA)?;
        let right = if self.accept(Kind::NONE) { None } else { Some(self.type_name()?) };
        self.expect(Kind::RIGHT_PAREN)?;
        Ok((Some(left), right))
    }

    /// Behind CREATE, at SCHEMA.
    pub(super) fn create_schema(&mut self) -> Result<CreateSchema> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = if self.is(Kind::AUTHORIZATION) { None } else { Some(self.column_name()?) };
        let authorization =
            if self.accept(Kind::AUTHORIZATION) { Some(self.role()?) } else { None };
        let place = self.location();
        let mut elements = Vec::new();
        while matches!(self.kind(), Kind::CREATE | Kind::GRANT) {
            elements.push(self.schema_element()?);
        }
        if if_not_exists && !elements.is_empty() {
            let message = "CREATE SCHEMA IF NOT EXISTS cannot include schema elements";
            return Err(self.feature_error(message, place));
        }
        Ok(CreateSchema { name, authorization, if_not_exists, elements })
    }

    /// schema_stmt: only some statements, and only their plainest forms.
    fn schema_element(&mut self) -> Result<Statement> {
        let outer = self.enter()?;
        let location = self.location();
        let kind = if self.is(Kind::GRANT) {
            self.bump();
            self.grant_privileges()?
        } else {
            self.bump();
            self.schema_create()?
        };
        self.leave(outer)?;
        Ok(Statement { kind, location, length: self.end_of_previous() - location.0 })
    }

    /// Behind CREATE.
    fn schema_create(&mut self) -> Result<StatementKind> {
        let or_replace = self.is(Kind::OR);
        if or_replace {
            self.expect_all(&[Kind::OR, Kind::REPLACE])?;
        }
        let constraint = self.accept(Kind::CONSTRAINT);
        if constraint || self.is(Kind::TRIGGER) {
            let node = self.create_trigger(or_replace, constraint)?;
            return Ok(StatementKind::CreateTrigger(Box::new(node)));
        }
        if !or_replace && matches!(self.kind(), Kind::INDEX | Kind::UNIQUE) {
            let unique = self.accept(Kind::UNIQUE);
            return Ok(StatementKind::CreateIndex(Box::new(self.create_index(unique)?)));
        }
        let persistence = self.persistence()?;
        match self.kind() {
            Kind::TABLE if !or_replace => self.create_table(persistence, TableForm::Plain),
            Kind::SEQUENCE if !or_replace => {
                let node = self.create_sequence(persistence)?;
                Ok(StatementKind::CreateSequence(Box::new(node)))
            }
            Kind::VIEW | Kind::RECURSIVE => {
                let node = self.create_view(or_replace, persistence)?;
                Ok(StatementKind::CreateView(Box::new(node)))
            }
            _ => Err(self.unexpected()),
        }
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
        let old = matches!(self.kind_at(1), Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER)
            && self.kind_at(2) == Kind::EQUAL;
        let mut signature = None;
        let definition = if self.is(Kind::LEFT_PAREN) && old {
            self.old_aggregate_definition()?
        } else {
            self.at = at;
            signature = Some(self.aggregate_signature()?);
            self.definition()?
        };
        Ok(CreateDefinition {
            or_replace,
            if_not_exists: false,
            name,
            signature,
            definition,
            from: None,
        })
    }

    /// old_aggr_definition: the names are no keywords.
    fn old_aggregate_definition(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(|parser| {
            let location = parser.location();
            if !matches!(parser.kind(), Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER) {
                return Err(parser.unexpected());
            }
            let name = parser.column_name()?;
            parser.expect(Kind::EQUAL)?;
            let value = Some(parser.definition_value()?);
            Ok(DefinitionOption { namespace: None, name, value, location })
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
            let kind = self.object_kind(|_| true)?;
            (kind, self.object_reference(kind)?)
        };
        self.expect(Kind::IS)?;
        let text = if self.accept(Kind::NULL) { None } else { Some(self.string()?) };
        Ok(Comment { kind, object, text })
    }

    fn constraint_reference(&mut self) -> Result<(ObjectKind, ObjectReference)> {
        let name = self.column_name()?;
        self.expect(Kind::ON)?;
        if self.is(Kind::DOMAIN) && !matches!(self.kind_at(1), Kind::IS | Kind::DOT) {
            self.bump();
            let domain = self.object_name()?.into();
            return Ok((ObjectKind::DomainConstraint, ObjectReference::OnDomain { name, domain }));
        }
        let relation = self.object_name()?;
        Ok((ObjectKind::TableConstraint, ObjectReference::OnRelation { name, relation }))
    }
}
