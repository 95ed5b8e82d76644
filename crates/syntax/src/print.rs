//! Syntax trees back to SQL: one canonical text, whatever way it was written. Parsing what is printed gives the
//! same tree again, places apart.
//!
//! Operands that are no primary expressions stand in parentheses, so precedence needs no thought; names are quoted
//! where a column's name must be, types have SQL's own names.

mod alter;
mod expression;
mod function;
mod grant;
mod json;
mod object;
mod query;
mod system;
mod table;
mod utility;

use crate::ast::{
    DefinitionOption, DropBehavior, Expr, Name, ObjectName, OperatorName, OptionValue,
    RelationName, RoleSpec, RoleSpecKind, Select, Statement, TypeName,
};
use crate::keywords::{quote_identifier, quote_literal};
use error::Result;

impl Statement {
    /// The statement as SQL, without a semicolon. 54001 where it is nested too deeply.
    pub fn to_sql(&self) -> Result<String> {
        let mut printer = Printer::default();
        printer.statement(&self.kind)?;
        Ok(printer.out)
    }
}

impl Select {
    /// The query as SQL. 54001 where it is nested too deeply.
    pub fn to_sql(&self) -> Result<String> {
        let mut printer = Printer::default();
        printer.select(self)?;
        Ok(printer.out)
    }
}

impl Expr {
    /// The expression as SQL. 54001 where it is nested too deeply.
    pub fn to_sql(&self) -> Result<String> {
        let mut printer = Printer::default();
        printer.expr(self)?;
        Ok(printer.out)
    }
}

impl TypeName {
    /// The type as SQL. 54001 where its modifiers are nested too deeply.
    pub fn to_sql(&self) -> Result<String> {
        let mut printer = Printer::default();
        printer.type_name(self)?;
        Ok(printer.out)
    }
}

/// The text so far.
#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    fn word(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// The words, if the condition holds.
    fn word_if(&mut self, condition: bool, text: &str) {
        if condition {
            self.word(text);
        }
    }

    fn name(&mut self, name: &str) {
        self.out.push_str(&quote_identifier(name));
    }

    /// A name that may also be written as a string, which may be empty and is not cut to a name's length.
    fn name_or_string(&mut self, name: &str) {
        if (1..64).contains(&name.len()) { self.name(name) } else { self.string(name) }
    }

    fn string(&mut self, text: &str) {
        self.out.push_str(&quote_literal(text));
    }

    /// Things with commas between them.
    fn list<T>(
        &mut self,
        items: &[T],
        mut print: impl FnMut(&mut Self, &T) -> Result<()>,
    ) -> Result<()> {
        for (index, item) in items.iter().enumerate() {
            self.word_if(index > 0, ", ");
            print(self, item)?;
        }
        Ok(())
    }

    fn in_parentheses<T>(
        &mut self,
        items: &[T],
        print: impl FnMut(&mut Self, &T) -> Result<()>,
    ) -> Result<()> {
        self.word("(");
        self.list(items, print)?;
        self.word(")");
        Ok(())
    }

    fn names(&mut self, names: &[Name]) {
        for (index, name) in names.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.name(name);
        }
    }

    /// ` (names)`, or nothing for none.
    fn column_list(&mut self, names: &[Name]) {
        if !names.is_empty() {
            self.word(" (");
            self.names(names);
            self.word(")");
        }
    }

    fn dotted(&mut self, names: &[Name]) {
        for (index, name) in names.iter().enumerate() {
            self.word_if(index > 0, ".");
            self.name(name);
        }
    }

    fn object_name(&mut self, name: &ObjectName) {
        self.dotted(&name.names);
    }

    fn object_names(&mut self, names: &[ObjectName]) {
        for (index, name) in names.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.object_name(name);
        }
    }

    fn relation(&mut self, relation: &RelationName) {
        for qualifier in [&relation.database, &relation.schema].into_iter().flatten() {
            self.name(qualifier);
            self.word(".");
        }
        self.name(&relation.name);
    }

    fn role(&mut self, role: &RoleSpec) {
        match &role.kind {
            RoleSpecKind::Name(name) => self.name(name),
            RoleSpecKind::CurrentRole => self.word("CURRENT_ROLE"),
            RoleSpecKind::CurrentUser => self.word("CURRENT_USER"),
            RoleSpecKind::SessionUser => self.word("SESSION_USER"),
            RoleSpecKind::Public => self.word("public"),
        }
    }

    fn roles(&mut self, roles: &[RoleSpec]) {
        for (index, role) in roles.iter().enumerate() {
            self.word_if(index > 0, ", ");
            self.role(role);
        }
    }

    fn behavior(&mut self, behavior: DropBehavior) {
        self.word_if(behavior == DropBehavior::Cascade, " CASCADE");
    }

    /// ` word name`, or nothing.
    fn optional_name(&mut self, word: &str, name: Option<&Name>) {
        if let Some(name) = name {
            self.word(word);
            self.name(name);
        }
    }

    /// An operator as it stands between operands.
    fn operator(&mut self, operator: &OperatorName) {
        if operator.qualifier.is_empty() {
            self.word(&operator.name);
            return;
        }
        self.word("OPERATOR(");
        self.any_operator(operator);
        self.word(")");
    }

    fn any_operator(&mut self, operator: &OperatorName) {
        for name in &operator.qualifier {
            self.name(name);
            self.word(".");
        }
        self.word(&operator.name);
    }

    fn expressions(&mut self, list: &[Expr]) -> Result<()> {
        self.list(list, Self::expr)
    }

    fn option_value(&mut self, value: &OptionValue) -> Result<()> {
        match value {
            OptionValue::Integer(value) => self.word(&value.to_string()),
            OptionValue::Float(text) => self.word(text),
            OptionValue::String(text) => self.string(text),
            OptionValue::TypeName(type_name) => self.type_name(type_name)?,
            OptionValue::Operator(operator) => self.operator(operator),
            OptionValue::Boolean(value) => self.word(if *value { "true" } else { "false" }),
            OptionValue::Star => self.word("*"),
            OptionValue::None => self.word("NONE"),
            OptionValue::List(list) => self.in_parentheses(list, Self::option_value)?,
        }
        Ok(())
    }

    /// `(name = value, ...)`.
    fn definition(&mut self, options: &[DefinitionOption]) -> Result<()> {
        self.in_parentheses(options, |printer, option| {
            printer.option_name(option);
            if let Some(value) = &option.value {
                printer.word(" = ");
                printer.option_value(value)?;
            }
            Ok(())
        })
    }

    fn option_name(&mut self, option: &DefinitionOption) {
        if let Some(namespace) = &option.namespace {
            self.name(namespace);
            self.word(".");
        }
        self.name(&option.name);
    }

    /// ` WITH (...)`, or nothing for no options.
    fn with_options(&mut self, options: &[DefinitionOption]) -> Result<()> {
        if !options.is_empty() {
            self.word(" WITH ");
            self.definition(options)?;
        }
        Ok(())
    }

    /// `(name value, ...)`, as EXPLAIN, VACUUM and COPY have it.
    fn utility_options(&mut self, options: &[DefinitionOption]) -> Result<()> {
        self.in_parentheses(options, |printer, option| {
            printer.name(&option.name);
            if let Some(value) = &option.value {
                printer.word(" ");
                printer.option_value(value)?;
            }
            Ok(())
        })
    }
}
