//! Schemas, extensions, types, domains, functions and definitions; DROP, COMMENT and their like.

use super::Printer;
use crate::ast::{
    AlterEnum, AlterFunction, CastContext, CastMethod, CreateCast, CreateDefinition, CreateDomain,
    CreateExtension, CreateFunction, CreateSchema, CreateType, DropObjects, EnumChange,
    EnumPosition, FunctionOption, FunctionOptionKind, FunctionParameter, FunctionReturn,
    ParameterMode, TypeDefinition, Volatility,
};
use error::Result;

impl Printer {
    pub(super) fn create_schema(&mut self, node: &CreateSchema) -> Result<()> {
        self.word("CREATE SCHEMA");
        self.word_if(node.if_not_exists, " IF NOT EXISTS");
        self.optional_name(" ", node.name.as_ref());
        if let Some(role) = &node.authorization {
            self.word(" AUTHORIZATION ");
            self.role(role);
        }
        for element in &node.elements {
            self.word(" ");
            self.statement(&element.kind)?;
        }
        Ok(())
    }

    pub(super) fn create_extension(&mut self, node: &CreateExtension) {
        self.word("CREATE EXTENSION ");
        self.word_if(node.if_not_exists, "IF NOT EXISTS ");
        self.name(&node.name);
        self.optional_name(" SCHEMA ", node.schema.as_ref());
        if let Some(version) = &node.version {
            self.word(" VERSION ");
            self.string(version);
        }
        self.word_if(node.cascade, " CASCADE");
    }

    pub(super) fn create_type(&mut self, node: &CreateType) -> Result<()> {
        self.word("CREATE TYPE ");
        self.object_name(&node.name);
        match &node.definition {
            TypeDefinition::Shell => Ok(()),
            TypeDefinition::Base(options) => {
                self.word(" ");
                self.definition(options)
            }
            TypeDefinition::Enum(labels) => {
                self.word(" AS ENUM ");
                self.in_parentheses(labels, |printer, label| {
                    printer.string(label);
                    Ok(())
                })
            }
            TypeDefinition::Composite(columns) => {
                self.word(" AS ");
                self.in_parentheses(columns, Self::function_column)
            }
            TypeDefinition::Range(options) => {
                self.word(" AS RANGE ");
                self.definition(options)
            }
        }
    }

    pub(super) fn alter_enum(&mut self, node: &AlterEnum) {
        self.word("ALTER TYPE ");
        self.object_name(&node.name);
        match &node.change {
            EnumChange::Add { value, if_not_exists, position } => {
                self.word(" ADD VALUE ");
                self.word_if(*if_not_exists, "IF NOT EXISTS ");
                self.string(value);
                match position {
                    EnumPosition::Last => {}
                    EnumPosition::Before(label) => {
                        self.word(" BEFORE ");
                        self.string(label);
                    }
                    EnumPosition::After(label) => {
                        self.word(" AFTER ");
                        self.string(label);
                    }
                }
            }
            EnumChange::Rename { old, new } => {
                self.word(" RENAME VALUE ");
                self.string(old);
                self.word(" TO ");
                self.string(new);
            }
        }
    }

    pub(super) fn create_domain(&mut self, node: &CreateDomain) -> Result<()> {
        self.word("CREATE DOMAIN ");
        self.object_name(&node.name);
        self.word(" AS ");
        self.type_name(&node.type_name)?;
        if let Some(collation) = &node.collation {
            self.word(" COLLATE ");
            self.object_name(collation);
        }
        self.attached_constraints(&node.constraints, &node.refused)
    }

    pub(super) fn create_function(&mut self, node: &CreateFunction) -> Result<()> {
        self.word("CREATE ");
        self.word_if(node.or_replace, "OR REPLACE ");
        self.word(if node.procedure { "PROCEDURE " } else { "FUNCTION " });
        self.object_name(&node.name);
        let is_column = |parameter: &&FunctionParameter| parameter.mode == ParameterMode::Table;
        let (columns, parameters): (Vec<_>, Vec<_>) = node.parameters.iter().partition(is_column);
        self.word("(");
        self.list(&parameters, |printer, parameter| printer.parameter(parameter))?;
        self.word(")");
        match &node.returns {
            FunctionReturn::None => {}
            FunctionReturn::Type(type_name) => {
                self.word(" RETURNS ");
                self.type_name(type_name)?;
            }
            FunctionReturn::Table => {
                self.word(" RETURNS TABLE (");
                self.list(&columns, |printer, parameter| printer.parameter(parameter))?;
                self.word(")");
            }
        }
        self.function_options(&node.options)?;
        match &node.sql_body {
            Some(body) => self.sql_body(body),
            None => Ok(()),
        }
    }

    pub(super) fn alter_function(&mut self, node: &AlterFunction) -> Result<()> {
        self.word("ALTER ");
        self.kind_words(node.kind);
        self.signature(&node.signature)?;
        self.function_options(&node.options)
    }

    fn function_options(&mut self, options: &[FunctionOption]) -> Result<()> {
        for option in options {
            self.word(" ");
            self.function_option(&option.kind)?;
        }
        Ok(())
    }

    fn function_option(&mut self, option: &FunctionOptionKind) -> Result<()> {
        match option {
            FunctionOptionKind::As(body, symbol) => {
                self.word("AS ");
                self.string(body);
                if let Some(symbol) = symbol {
                    self.word(", ");
                    self.string(symbol);
                }
            }
            FunctionOptionKind::Language(name) => {
                self.word("LANGUAGE ");
                self.name_or_string(name);
            }
            FunctionOptionKind::Transform(types) => {
                self.word("TRANSFORM ");
                self.list(types, |printer, type_name| {
                    printer.word("FOR TYPE ");
                    printer.type_name(type_name)
                })?;
            }
            FunctionOptionKind::Window => self.word("WINDOW"),
            FunctionOptionKind::Strict(true) => self.word("STRICT"),
            FunctionOptionKind::Strict(false) => self.word("CALLED ON NULL INPUT"),
            FunctionOptionKind::Volatility(volatility) => self.word(match volatility {
                Volatility::Immutable => "IMMUTABLE",
                Volatility::Stable => "STABLE",
                Volatility::Volatile => "VOLATILE",
            }),
            FunctionOptionKind::Leakproof(true) => self.word("LEAKPROOF"),
            FunctionOptionKind::Leakproof(false) => self.word("NOT LEAKPROOF"),
            FunctionOptionKind::SecurityDefiner(true) => self.word("SECURITY DEFINER"),
            FunctionOptionKind::SecurityDefiner(false) => self.word("SECURITY INVOKER"),
            FunctionOptionKind::Cost(cost) => self.word(&format!("COST {cost}")),
            FunctionOptionKind::Rows(rows) => self.word(&format!("ROWS {rows}")),
            FunctionOptionKind::Support(name) => {
                self.word("SUPPORT ");
                self.object_name(name);
            }
            FunctionOptionKind::Set(set) => self.set(set)?,
            FunctionOptionKind::Parallel(name) => self.optional_name("PARALLEL ", Some(name)),
        }
        Ok(())
    }

    /// CREATE AGGREGATE, OPERATOR and COLLATION, whose word is given.
    pub(super) fn create_definition(&mut self, word: &str, node: &CreateDefinition) -> Result<()> {
        self.word("CREATE ");
        self.word_if(node.or_replace, "OR REPLACE ");
        self.word(word);
        self.word_if(node.if_not_exists, "IF NOT EXISTS ");
        match (&node.signature, node.name.names.split_last()) {
            (Some(signature), _) => self.signature(signature)?,
            (None, Some((name, schema))) if word == "OPERATOR " => {
                for qualifier in schema {
                    self.name(qualifier);
                    self.word(".");
                }
                self.word(name);
            }
            _ => self.object_name(&node.name),
        }
        if let Some(from) = &node.from {
            self.word(" FROM ");
            self.object_name(from);
            return Ok(());
        }
        self.word(" ");
        self.definition(&node.definition)
    }

    pub(super) fn create_cast(&mut self, node: &CreateCast) -> Result<()> {
        self.word("CREATE CAST (");
        self.type_name(&node.source)?;
        self.word(" AS ");
        self.type_name(&node.target)?;
        match &node.method {
            CastMethod::Function(signature) => {
                self.word(") WITH FUNCTION ");
                self.signature(signature)?;
            }
            CastMethod::WithoutFunction => self.word(") WITHOUT FUNCTION"),
            CastMethod::InOut => self.word(") WITH INOUT"),
        }
        self.word(match node.context {
            CastContext::Explicit => "",
            CastContext::Assignment => " AS ASSIGNMENT",
            CastContext::Implicit => " AS IMPLICIT",
        });
        Ok(())
    }

    pub(super) fn drop_objects(&mut self, node: &DropObjects) -> Result<()> {
        self.word("DROP ");
        self.kind_words(node.kind);
        self.word_if(node.concurrently, "CONCURRENTLY ");
        self.word_if(node.if_exists, "IF EXISTS ");
        self.list(&node.objects, Self::object)?;
        self.behavior(node.behavior);
        Ok(())
    }
}
