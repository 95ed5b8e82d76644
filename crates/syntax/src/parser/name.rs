//! Identifiers and qualified names.

use super::Parser;
use crate::ast::{
    Indirection, Location, Name, ObjectName, OperatorName, RelationName, RoleSpec, RoleSpecKind,
};
use crate::keywords;
use crate::kind::Kind;
use crate::lexer::{NAME_LENGTH_MAX, RAW};
use error::{Error, Result, SqlState};
use std::borrow::Cow;

/// Cuts an identifier to 63 bytes, between characters.
fn truncated(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_LENGTH_MAX)]
}

impl Parser<'_> {
    /// The name that the current token, a word, spells; moves on.
    fn take_name(&mut self) -> Name {
        let token = self.token();
        let name: Name = if token.kind.is_keyword() {
            keywords::word(token.kind.0).into()
        } else if token.value != RAW {
            truncated(self.value(token.value)).into()
        } else if token.kind == Kind::QUOTED_IDENTIFIER {
            let text = self.text();
            truncated(&text[1..text.len() - 1]).into()
        } else {
            let text = truncated(self.text());
            if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                text.to_ascii_lowercase().into()
            } else {
                text.into()
            }
        };
        self.bump();
        name
    }

    /// A NOTICE for each identifier up to the current token that is cut.
    pub(crate) fn truncation_notices(&self) -> Vec<Error> {
        if !self.has_long_name {
            return Vec::new();
        }
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let read = self.tokens.get(..=self.at).unwrap_or(&self.tokens);
        let names = read.iter().filter_map(|token| {
            let text = self.sql.get(at(token.start)..at(token.end))?;
            match token.kind {
                Kind::IDENTIFIER => Some(text.to_ascii_lowercase()),
                Kind::QUOTED_IDENTIFIER if token.value == RAW => {
                    Some(text[1..text.len() - 1].to_owned())
                }
                Kind::QUOTED_IDENTIFIER => Some(self.value(token.value).to_owned()),
                _ => None,
            }
        });
        let notice = |name: String| {
            let cut = truncated(&name);
            let message = format!("identifier \"{name}\" will be truncated to \"{cut}\"");
            Error::notice(SqlState::NAME_TOO_LONG, message)
        };
        names.filter(|name| name.len() > NAME_LENGTH_MAX).map(notice).collect()
    }

    fn value(&self, index: u32) -> &str {
        usize::try_from(index).map_or("", |index| &self.values[index])
    }

    /// ColId.
    pub(super) fn column_name(&mut self) -> Result<Name> {
        if self.kind().is_column_name() { Ok(self.take_name()) } else { Err(self.unexpected()) }
    }

    /// ColLabel: any word.
    pub(super) fn label(&mut self) -> Result<Name> {
        if self.kind().is_label() { Ok(self.take_name()) } else { Err(self.unexpected()) }
    }

    /// NonReservedWord.
    pub(super) fn non_reserved_word(&mut self) -> Result<Name> {
        if self.kind().is_non_reserved_word() {
            Ok(self.take_name())
        } else {
            Err(self.unexpected())
        }
    }

    pub(super) fn type_or_function_name(&mut self) -> Result<Name> {
        if self.kind().is_type_or_function_name() {
            Ok(self.take_name())
        } else {
            Err(self.unexpected())
        }
    }

    /// A label where one may stand without AS.
    pub(super) fn bare_label(&mut self) -> Option<Name> {
        self.kind().is_bare_label().then(|| self.take_name())
    }

    /// A column's name and its place.
    pub(super) fn located_name(&mut self) -> Result<(Name, Location)> {
        let location = self.location();
        Ok((self.column_name()?, location))
    }

    /// any_name: `name.name...`.
    pub(super) fn object_name(&mut self) -> Result<ObjectName> {
        let location = self.location();
        let mut names = vec![self.column_name()?];
        while self.accept(Kind::DOT) {
            names.push(self.label()?);
        }
        Ok(ObjectName { names, location })
    }

    /// func_name: a word of another category where it is not qualified.
    pub(super) fn function_name(&mut self) -> Result<ObjectName> {
        let location = self.location();
        let indirect = matches!(self.kind_at(1), Kind::DOT | Kind::LEFT_BRACKET);
        if self.kind().is_column_name() && indirect {
            return Ok(ObjectName { names: self.dotted_names()?, location });
        }
        if !self.kind().is_type_or_function_name() && self.kind().is_column_name() {
            // The word could begin a qualified name, which it does not.
            self.bump();
            return Err(self.unexpected());
        }
        Ok(ObjectName { names: vec![self.type_or_function_name()?], location })
    }

    /// `ColId indirection` where only names may be: anything else is found out behind all of it.
    fn dotted_names(&mut self) -> Result<Vec<Name>> {
        let mut names = vec![self.column_name()?];
        if !matches!(self.kind(), Kind::DOT | Kind::LEFT_BRACKET) {
            return Ok(names);
        }
        for step in self.indirection_unchecked()? {
            match step {
                Indirection::Field(name) => names.push(name),
                Indirection::Star | Indirection::Index(_) | Indirection::Slice(..) => {
                    return Err(self.unexpected());
                }
            }
        }
        Ok(names)
    }

    /// qualified_name of a relation. 42601 for more than three names.
    pub(super) fn relation_name(&mut self) -> Result<RelationName> {
        let location = self.location();
        if !matches!(self.kind_at(1), Kind::DOT | Kind::LEFT_BRACKET) {
            let name = self.column_name()?;
            return Ok(RelationName { database: None, schema: None, name, location });
        }
        let names = self.dotted_names()?;
        let count = names.len();
        let mut names = names.into_iter();
        match (count, names.next(), names.next(), names.next()) {
            (2, schema, Some(name), _) => {
                Ok(RelationName { database: None, schema, name, location })
            }
            (3, database, schema, Some(name)) => {
                Ok(RelationName { database, schema, name, location })
            }
            (_, first, second, third) => {
                let names: Vec<Name> =
                    [first, second, third].into_iter().flatten().chain(names).collect();
                let message =
                    format!("improper qualified name (too many dotted names): {}", names.join("."));
                Err(self.syntax_error(&message, location))
            }
        }
    }

    /// A list of names in parentheses, or nothing.
    pub(super) fn optional_column_list(&mut self) -> Result<Vec<Name>> {
        self.optional_parenthesised(Self::column_name)
    }

    /// Sconst: a string literal.
    pub(super) fn string(&mut self) -> Result<Box<str>> {
        if !self.is(Kind::STRING_LITERAL) {
            return Err(self.unexpected());
        }
        let token = self.token();
        let value = if token.value == RAW {
            let text = self.text();
            text[1..text.len() - 1].into()
        } else {
            self.value(token.value).into()
        };
        self.bump();
        Ok(value)
    }

    /// The digits of a bit string.
    pub(super) fn bit_string(&mut self) -> Box<str> {
        let value = self.value(self.token().value).into();
        self.bump();
        value
    }

    /// RoleSpec. 42939 for `none`.
    pub(super) fn role(&mut self) -> Result<RoleSpec> {
        let location = self.location();
        let kind = match self.kind() {
            Kind::CURRENT_ROLE => RoleSpecKind::CurrentRole,
            Kind::CURRENT_USER => RoleSpecKind::CurrentUser,
            Kind::SESSION_USER => RoleSpecKind::SessionUser,
            _ => {
                let name = self.non_reserved_word()?;
                return match &*name {
                    "public" => Ok(RoleSpec { kind: RoleSpecKind::Public, location }),
                    "none" => Err(self.reserved_role("none", location)),
                    _ => Ok(RoleSpec { kind: RoleSpecKind::Name(name), location }),
                };
            }
        };
        self.bump();
        Ok(RoleSpec { kind, location })
    }

    fn reserved_role(&self, name: &str, location: Location) -> error::Error {
        let message = format!("role name \"{name}\" is reserved");
        self.error_at(SqlState::RESERVED_NAME, &message, location)
    }

    /// RoleId: a role by its name only.
    pub(super) fn role_name(&mut self) -> Result<Name> {
        let role = self.role()?;
        self.name_of_role(role)
    }

    /// The name of a role that must be given by name.
    pub(super) fn name_of_role(&self, role: RoleSpec) -> Result<Name> {
        let word = match role.kind {
            RoleSpecKind::Name(name) => return Ok(name),
            RoleSpecKind::Public => return Err(self.reserved_role("public", role.location)),
            RoleSpecKind::CurrentRole => "CURRENT_ROLE",
            RoleSpecKind::CurrentUser => "CURRENT_USER",
            RoleSpecKind::SessionUser => "SESSION_USER",
        };
        let message = format!("{word} cannot be used as a role name here");
        Err(self.error_at(SqlState::RESERVED_NAME, &message, role.location))
    }

    /// Whether the current token is an operator.
    pub(super) fn at_operator(&self) -> bool {
        matches!(
            self.kind(),
            Kind::SYMBOL
                | Kind::PLUS
                | Kind::MINUS
                | Kind::STAR
                | Kind::SLASH
                | Kind::PERCENT
                | Kind::CARET
                | Kind::LESS
                | Kind::GREATER
                | Kind::EQUAL
                | Kind::LESS_EQUALS
                | Kind::GREATER_EQUALS
                | Kind::NOT_EQUALS
        )
    }

    /// The current operator's name; moves on. `!=` is `<>`.
    pub(super) fn take_operator(&mut self) -> OperatorName {
        let name: Cow<'static, str> = match self.text() {
            "+" => "+".into(),
            "-" => "-".into(),
            "*" => "*".into(),
            "/" => "/".into(),
            "%" => "%".into(),
            "^" => "^".into(),
            "<" => "<".into(),
            ">" => ">".into(),
            "=" => "=".into(),
            "<=" => "<=".into(),
            ">=" => ">=".into(),
            "<>" | "!=" => "<>".into(),
            "||" => "||".into(),
            "~" => "~".into(),
            other => Cow::Owned(other.to_owned()),
        };
        self.bump();
        OperatorName { qualifier: Vec::new(), name }
    }

    /// any_operator: `[schema.]operator`.
    pub(super) fn any_operator(&mut self) -> Result<OperatorName> {
        let mut qualifier = Vec::new();
        while !self.at_operator() {
            qualifier.push(self.column_name()?);
            self.expect(Kind::DOT)?;
        }
        Ok(OperatorName { qualifier, ..self.take_operator() })
    }

    /// `OPERATOR(any_operator)`, at the word.
    pub(super) fn operator_call(&mut self) -> Result<OperatorName> {
        self.expect(Kind::OPERATOR)?;
        self.expect(Kind::LEFT_PAREN)?;
        let operator = self.any_operator()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(operator)
    }

    /// any_operator or OPERATOR(any_operator).
    pub(super) fn operator_or_call(&mut self) -> Result<OperatorName> {
        if self.is(Kind::OPERATOR) && self.kind_at(1) == Kind::LEFT_PAREN {
            return self.operator_call();
        }
        self.any_operator()
    }
}
