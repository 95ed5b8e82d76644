//! Operator classes and families, access methods, conversions, languages, transforms.

use super::Parser;
use crate::ast::{
    AlterOperatorFamily, CreateAccessMethod, CreateConversion, CreateLanguage, CreateOperatorClass,
    CreateOperatorFamily, CreateTransform, DefinitionOption, DroppedClassItem, FunctionSignature,
    ObjectReference, OperatorClassItem, OperatorFamilyChange, OperatorPurpose, OptionValue,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE OPERATOR, at CLASS.
    pub(super) fn create_operator_class(&mut self) -> Result<CreateOperatorClass> {
        self.bump();
        let name = self.object_name()?;
        let default = self.accept(Kind::DEFAULT);
        self.expect_all(&[Kind::FOR, Kind::TYPE])?;
        let type_name = self.type_name()?;
        self.expect(Kind::USING)?;
        let method = self.column_name()?;
        let family = if self.accept(Kind::FAMILY) { Some(self.object_name()?) } else { None };
        self.expect(Kind::AS)?;
        let items = self.list(Self::operator_class_item)?;
        Ok(CreateOperatorClass { name, default, type_name, method, family, items })
    }

    /// Behind CREATE OPERATOR, at FAMILY.
    pub(super) fn create_operator_family(&mut self) -> Result<CreateOperatorFamily> {
        self.bump();
        let name = self.object_name()?;
        self.expect(Kind::USING)?;
        Ok(CreateOperatorFamily { name, method: self.column_name()? })
    }

    /// Behind `ALTER OPERATOR FAMILY name USING method`, at ADD or DROP.
    pub(super) fn alter_operator_family(
        &mut self,
        object: ObjectReference,
    ) -> Result<AlterOperatorFamily> {
        let ObjectReference::UsingMethod { name, method } = object else {
            return Err(self.unexpected());
        };
        let change = if self.accept(Kind::ADD) {
            OperatorFamilyChange::Add(self.list(Self::operator_class_item)?)
        } else {
            self.expect(Kind::DROP)?;
            OperatorFamilyChange::Drop(self.list(Self::dropped_class_item)?)
        };
        Ok(AlterOperatorFamily { name, method, change })
    }

    fn operator_class_item(&mut self) -> Result<OperatorClassItem> {
        match self.kind() {
            Kind::OPERATOR => {
                self.bump();
                let number = self.integer()?;
                let name = self.any_operator()?;
                let types =
                    if self.is(Kind::LEFT_PAREN) { Some(self.operand_types()?) } else { None };
                let purpose = self.operator_purpose()?;
                Ok(OperatorClassItem::Operator { number, name, types, purpose })
            }
            Kind::FUNCTION => {
                self.bump();
                let number = self.integer()?;
                let types = self.optional_parenthesised(Self::type_name)?;
                let function = self.function_signature()?;
                Ok(OperatorClassItem::Function { number, types, function })
            }
            _ => {
                self.expect(Kind::STORAGE)?;
                Ok(OperatorClassItem::Storage(self.type_name()?))
            }
        }
    }

    fn operator_purpose(&mut self) -> Result<OperatorPurpose> {
        if !self.accept(Kind::FOR) || self.accept(Kind::SEARCH) {
            return Ok(OperatorPurpose::Search);
        }
        self.expect_all(&[Kind::ORDER, Kind::BY])?;
        Ok(OperatorPurpose::OrderBy(self.object_name()?))
    }

    fn dropped_class_item(&mut self) -> Result<DroppedClassItem> {
        let is_function = self.accept(Kind::FUNCTION);
        if !is_function {
            self.expect(Kind::OPERATOR)?;
        }
        let number = self.integer()?;
        Ok(DroppedClassItem { is_function, number, types: self.parenthesised(Self::type_name)? })
    }

    /// operator_def_list: `(name [= value], ...)`.
    pub(super) fn operator_definition(&mut self) -> Result<Vec<DefinitionOption>> {
        self.parenthesised(|parser| {
            let location = parser.location();
            let name = parser.label()?;
            let value = if !parser.accept(Kind::EQUAL) {
                None
            } else if parser.is(Kind::NONE) {
                parser.bump();
                Some(OptionValue::None)
            } else {
                Some(parser.definition_value()?)
            };
            Ok(DefinitionOption { namespace: None, name, value, location })
        })
    }

    /// Behind CREATE, at ACCESS.
    pub(super) fn create_access_method(&mut self) -> Result<CreateAccessMethod> {
        self.expect_all(&[Kind::ACCESS, Kind::METHOD])?;
        let name = self.column_name()?;
        self.expect(Kind::TYPE)?;
        let is_table = self.accept(Kind::TABLE);
        if !is_table {
            self.expect(Kind::INDEX)?;
        }
        self.expect(Kind::HANDLER)?;
        Ok(CreateAccessMethod { name, is_table, handler: self.handler_name()? })
    }

    /// Behind CREATE, at [DEFAULT] CONVERSION.
    pub(super) fn create_conversion(&mut self) -> Result<CreateConversion> {
        let default = self.accept(Kind::DEFAULT);
        self.expect(Kind::CONVERSION)?;
        let name = self.object_name()?;
        self.expect(Kind::FOR)?;
        let from_encoding = self.string()?;
        self.expect(Kind::TO)?;
        let to_encoding = self.string()?;
        self.expect(Kind::FROM)?;
        let function = self.object_name()?;
        Ok(CreateConversion { name, default, from_encoding, to_encoding, function })
    }

    /// Behind CREATE [OR REPLACE], at [TRUSTED] [PROCEDURAL] LANGUAGE.
    pub(super) fn create_language(&mut self, or_replace: bool) -> Result<CreateLanguage> {
        let trusted = self.accept(Kind::TRUSTED);
        self.accept(Kind::PROCEDURAL);
        self.expect(Kind::LANGUAGE)?;
        let name = self.column_name()?;
        let (mut handler, mut inline, mut validator) = (None, None, None);
        if self.accept(Kind::HANDLER) {
            handler = Some(self.handler_name()?);
            if self.accept(Kind::INLINE) {
                inline = Some(self.handler_name()?);
            }
            if self.accept(Kind::VALIDATOR) {
                validator = Some(self.handler_name()?);
            } else if self.accept(Kind::NO) {
                self.expect(Kind::VALIDATOR)?;
            }
        }
        Ok(CreateLanguage { name, or_replace, trusted, handler, inline, validator })
    }

    /// Behind CREATE [OR REPLACE], at TRANSFORM.
    pub(super) fn create_transform(&mut self, or_replace: bool) -> Result<CreateTransform> {
        self.expect_all(&[Kind::TRANSFORM, Kind::FOR])?;
        let type_name = self.type_name()?;
        self.expect(Kind::LANGUAGE)?;
        let language = self.column_name()?;
        self.expect(Kind::LEFT_PAREN)?;
        let (mut from_sql, mut to_sql) = (None, None);
        let from_first = self.is(Kind::FROM);
        if !from_first && !self.is(Kind::TO) {
            return Err(self.unexpected());
        }
        for is_from in [from_first, !from_first] {
            let function = self.transform_function(is_from)?;
            *(if is_from { &mut from_sql } else { &mut to_sql }) = Some(function);
            if is_from == from_first && !self.accept(Kind::COMMA) {
                break;
            }
        }
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(CreateTransform { or_replace, type_name, language, from_sql, to_sql })
    }

    fn transform_function(&mut self, is_from: bool) -> Result<FunctionSignature> {
        self.expect(if is_from { Kind::FROM } else { Kind::TO })?;
        self.expect_all(&[Kind::SQL, Kind::WITH, Kind::FUNCTION])?;
        self.function_signature()
    }
}
