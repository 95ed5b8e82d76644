//! SQL/XML functions, and XMLTABLE in FROM.

use super::Parser;
use super::expression::expr;
use crate::ast::{
    Expr, ExprKind, FromItem, Location, XmlColumn, XmlExpr, XmlNamed, XmlStandalone, XmlTable,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// A SQL/XML function, behind its `(`; up to the `)`.
    pub(super) fn xml_arguments(&mut self, word: Kind, location: Location) -> Result<Expr> {
        let xml = match word {
            Kind::XMLCONCAT => XmlExpr::Concat(self.expressions()?),
            Kind::XMLELEMENT => self.xml_element()?,
            Kind::XMLEXISTS => {
                let path = self.primary()?;
                XmlExpr::Exists { path, document: self.xml_passing()? }
            }
            Kind::XMLFOREST => XmlExpr::Forest(self.list(Self::xml_named)?),
            Kind::XMLPARSE => {
                let document = self.document_or_content()?;
                let value = self.expression()?;
                let preserve_whitespace = self.accept(Kind::PRESERVE);
                if preserve_whitespace || self.accept(Kind::STRIP) {
                    self.expect(Kind::WHITESPACE)?;
                }
                XmlExpr::Parse { document, value, preserve_whitespace }
            }
            Kind::XMLPI => {
                self.expect(Kind::NAME)?;
                let name = self.label()?;
                let value = if self.accept(Kind::COMMA) { Some(self.expression()?) } else { None };
                XmlExpr::ProcessingInstruction { name, value }
            }
            Kind::XMLROOT => self.xml_root()?,
            _ => {
                let document = self.document_or_content()?;
                let value = self.expression()?;
                self.expect(Kind::AS)?;
                let type_name = self.simple_type_name()?;
                let indent = self.accept(Kind::INDENT);
                if !indent && self.accept(Kind::NO) {
                    self.expect(Kind::INDENT)?;
                }
                XmlExpr::Serialize { document, value, type_name, indent }
            }
        };
        Ok(expr(ExprKind::Xml(Box::new(xml)), location))
    }

    fn document_or_content(&mut self) -> Result<bool> {
        let document = self.accept(Kind::DOCUMENT);
        if !document {
            self.expect(Kind::CONTENT)?;
        }
        Ok(document)
    }

    /// `value [AS name]`.
    fn xml_named(&mut self) -> Result<XmlNamed> {
        let location = self.location();
        let value = self.expression()?;
        let name = if self.accept(Kind::AS) { Some(self.label()?) } else { None };
        Ok(XmlNamed { value, name, location })
    }

    fn xml_element(&mut self) -> Result<XmlExpr> {
        self.expect(Kind::NAME)?;
        let name = self.label()?;
        let (mut attributes, mut content) = (Vec::new(), Vec::new());
        if self.accept(Kind::COMMA) {
            let has_attributes =
                self.is(Kind::XMLATTRIBUTES) && self.kind_at(1) == Kind::LEFT_PAREN;
            if has_attributes {
                self.bump();
                attributes = self.parenthesised(Self::xml_named)?;
            }
            if !has_attributes || self.accept(Kind::COMMA) {
                content = self.expressions()?;
            }
        }
        Ok(XmlExpr::Element { name, attributes, content })
    }

    fn xml_root(&mut self) -> Result<XmlExpr> {
        let value = self.expression()?;
        self.expect_all(&[Kind::COMMA, Kind::VERSION])?;
        let version =
            if self.accept_all(&[Kind::NO, Kind::VALUE]) { None } else { Some(self.expression()?) };
        let mut standalone = XmlStandalone::Omitted;
        if self.accept(Kind::COMMA) {
            self.expect(Kind::STANDALONE)?;
            standalone = if self.accept(Kind::YES) {
                XmlStandalone::Yes
            } else {
                self.expect(Kind::NO)?;
                if self.accept(Kind::VALUE) { XmlStandalone::NoValue } else { XmlStandalone::No }
            };
        }
        Ok(XmlExpr::Root { value, version, standalone })
    }

    /// xmlexists_argument: `PASSING [BY REF] document [BY REF]`.
    fn xml_passing(&mut self) -> Result<Expr> {
        self.expect(Kind::PASSING)?;
        self.passing_mechanism()?;
        let document = self.primary()?;
        self.passing_mechanism()?;
        Ok(document)
    }

    fn passing_mechanism(&mut self) -> Result<()> {
        if self.accept(Kind::BY) && !self.accept(Kind::REF) {
            self.expect(Kind::VALUE)?;
        }
        Ok(())
    }

    /// At XMLTABLE.
    pub(super) fn xml_table(&mut self, lateral: bool, location: Location) -> Result<FromItem> {
        self.expect_all(&[Kind::XMLTABLE, Kind::LEFT_PAREN])?;
        let mut namespaces = Vec::new();
        if self.is(Kind::XMLNAMESPACES) && self.kind_at(1) == Kind::LEFT_PAREN {
            self.bump();
            namespaces = self.parenthesised(Self::xml_namespace)?;
            self.expect(Kind::COMMA)?;
        }
        let row = self.primary()?;
        let document = self.xml_passing()?;
        self.expect(Kind::COLUMNS)?;
        let columns = self.list(Self::xml_column)?;
        self.expect(Kind::RIGHT_PAREN)?;
        let alias = self.alias()?;
        let node = XmlTable { lateral, namespaces, row, document, columns, alias, location };
        Ok(FromItem::XmlTable(Box::new(node)))
    }

    fn xml_namespace(&mut self) -> Result<XmlNamed> {
        let location = self.location();
        if self.accept(Kind::DEFAULT) {
            return Ok(XmlNamed { value: self.restricted_expression()?, name: None, location });
        }
        let value = self.restricted_expression()?;
        self.expect(Kind::AS)?;
        Ok(XmlNamed { value, name: Some(self.label()?), location })
    }

    fn xml_column(&mut self) -> Result<XmlColumn> {
        let location = self.location();
        let name = self.column_name()?;
        let mut column = XmlColumn {
            name,
            type_name: None,
            path: None,
            default: None,
            not_null: false,
            location,
        };
        if self.accept(Kind::FOR) {
            self.expect(Kind::ORDINALITY)?;
            return Ok(column);
        }
        column.type_name = Some(self.type_name()?);
        let mut problem = None;
        let mut nullness_seen = false;
        loop {
            let place = self.location();
            match self.kind() {
                Kind::DEFAULT => {
                    self.bump();
                    let value = self.restricted_expression()?;
                    if column.default.replace(value).is_some() {
                        let text = "only one DEFAULT value is allowed".to_owned();
                        problem = problem.or(Some((text, place)));
                    }
                }
                Kind::PATH => {
                    self.bump();
                    let value = self.restricted_expression()?;
                    if column.path.replace(value).is_some() {
                        let text = "only one PATH value per column is allowed".to_owned();
                        problem = problem.or(Some((text, place)));
                    }
                }
                Kind::NOT | Kind::NULL => {
                    column.not_null = self.accept(Kind::NOT);
                    self.expect(Kind::NULL)?;
                    if std::mem::replace(&mut nullness_seen, true) {
                        let text = format!(
                            "conflicting or redundant NULL / NOT NULL declarations for column \"{}\"",
                            column.name
                        );
                        problem = problem.or(Some((text, place)));
                    }
                }
                Kind::IDENTIFIER | Kind::QUOTED_IDENTIFIER => {
                    let option = self.column_name()?;
                    self.restricted_expression()?;
                    if &*option == "__pg__is_not_null" {
                        let text = format!("option name \"{option}\" cannot be used in XMLTABLE");
                        return Err(self.syntax_error(&text, place));
                    }
                    let text = format!("unrecognized column option \"{option}\"");
                    problem = problem.or(Some((text, place)));
                }
                _ => break,
            }
        }
        match problem {
            Some((text, place)) => Err(self.syntax_error(&text, place)),
            None => Ok(column),
        }
    }
}
