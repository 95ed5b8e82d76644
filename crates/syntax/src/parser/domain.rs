//! CREATE and ALTER DOMAIN.

use super::Parser;
use crate::ast::{AlterDomainAction, ColumnDefinition, CreateDomain};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE, at DOMAIN.
    pub(super) fn create_domain(&mut self) -> Result<CreateDomain> {
        self.bump();
        let location = self.location();
        let name = self.object_name()?;
        self.accept(Kind::AS);
        let type_name = self.type_name()?;
        // A domain's constraints are written as a column's.
        let mut column = ColumnDefinition {
            name: name.name().into(),
            type_name: None,
            storage: None,
            compression: None,
            collation: None,
            options: Vec::new(),
            constraints: Vec::new(),
            refused: Vec::new(),
            location,
        };
        self.domain_constraints(&mut column)?;
        let ColumnDefinition { collation, constraints, refused, .. } = column;
        Ok(CreateDomain { name, type_name, collation, constraints, refused })
    }

    /// One action of ALTER DOMAIN.
    pub(super) fn alter_domain_action(&mut self) -> Result<AlterDomainAction> {
        if self.accept_all(&[Kind::SET, Kind::DEFAULT]) {
            return Ok(AlterDomainAction::SetDefault(Some(self.expression()?)));
        }
        if self.accept_all(&[Kind::DROP, Kind::DEFAULT]) {
            return Ok(AlterDomainAction::SetDefault(None));
        }
        if self.accept_all(&[Kind::SET, Kind::NOT]) {
            self.expect(Kind::NULL)?;
            return Ok(AlterDomainAction::SetNotNull);
        }
        if self.accept_all(&[Kind::DROP, Kind::NOT]) {
            self.expect(Kind::NULL)?;
            return Ok(AlterDomainAction::DropNotNull);
        }
        if self.accept_all(&[Kind::VALIDATE, Kind::CONSTRAINT]) {
            return Ok(AlterDomainAction::ValidateConstraint(self.column_name()?));
        }
        if self.accept(Kind::DROP) {
            self.expect(Kind::CONSTRAINT)?;
            let if_exists = self.if_exists();
            let name = self.column_name()?;
            let behavior = self.drop_behavior();
            return Ok(AlterDomainAction::DropConstraint { name, if_exists, behavior });
        }
        self.expect(Kind::ADD)?;
        let location = self.location();
        let name = if self.accept(Kind::CONSTRAINT) { Some(self.column_name()?) } else { None };
        let kind = if self.accept_all(&[Kind::NOT, Kind::NULL]) {
            crate::ast::ConstraintKind::NotNull(None)
        } else if self.is(Kind::CHECK) {
            self.table_constraint_kind()?
        } else {
            return Err(self.unexpected());
        };
        let place = self.location();
        let attributes = self.constraint_attributes()?;
        if let Some(enforced) = attributes.enforced {
            let word = if enforced { "ENFORCED" } else { "NOT ENFORCED" };
            let what = if matches!(kind, crate::ast::ConstraintKind::Check(_)) {
                "CHECK"
            } else {
                "NOT NULL"
            };
            let message = format!("{what} constraints cannot be marked {word}");
            return Err(self.feature_error(&message, place));
        }
        let constraint = crate::ast::Constraint { name, kind, attributes, location };
        Ok(AlterDomainAction::AddConstraint(constraint))
    }
}
