//! Constraints of columns, tables and domains.

use super::Parser;
use crate::ast::{
    ColumnDefinition, Constraint, ConstraintAttributes, ConstraintKind, ExclusionConstraint,
    ForeignKey, ForeignKeyMatch, IndexElement, Location, Name, OperatorName, ReferentialAction,
    RefusedAttribute, UniqueConstraint,
};
use crate::kind::Kind;
use error::{Result, SqlState};

fn empty_unique(columns: Vec<Name>) -> UniqueConstraint {
    UniqueConstraint {
        columns,
        without_overlaps: false,
        nulls_not_distinct: false,
        include: Vec::new(),
        options: Vec::new(),
        tablespace: None,
        using_index: None,
    }
}

impl Parser<'_> {
    /// What follows a column's type: constraints, COLLATE, and attributes of the constraint before them.
    pub(super) fn column_constraints(&mut self, column: &mut ColumnDefinition) -> Result<()> {
        self.constraints_of(column, Self::attach_attribute)
    }

    /// As a column's, of which a domain may have no attributes: carrying the statement out refuses them.
    pub(super) fn domain_constraints(&mut self, column: &mut ColumnDefinition) -> Result<()> {
        self.constraints_of(column, |parser, _, found, location| {
            let (code, what) = if found.enforced.is_some() {
                (SqlState::INVALID_OBJECT_DEFINITION, "enforceability")
            } else {
                (SqlState::FEATURE_NOT_SUPPORTED, "deferrability")
            };
            let message = format!("specifying constraint {what} not supported for domains");
            Err(parser.error_at(code, &message, location))
        })
    }

    fn constraints_of(
        &mut self,
        column: &mut ColumnDefinition,
        attach: impl Fn(&Self, Option<&mut Constraint>, ConstraintAttributes, Location) -> Result<()>,
    ) -> Result<()> {
        let mut repeated = None;
        loop {
            let location = self.location();
            if self.accept(Kind::COLLATE) {
                if column.collation.is_some() {
                    repeated = repeated.or(Some(location));
                }
                column.collation = Some(self.object_name()?);
                continue;
            }
            let mut attributes = ConstraintAttributes::default();
            if self.constraint_attribute(&mut attributes)? {
                let found = attach(self, column.constraints.last_mut(), attributes, location);
                if let Err(error) = found {
                    let behind = column.constraints.len();
                    column.refused.push(RefusedAttribute { behind, attribute: attributes, error });
                }
                continue;
            }
            match self.optional_constraint(Self::column_constraint_kind)? {
                Some(constraint) => column.constraints.push(constraint),
                None => break,
            }
        }
        match repeated {
            Some(place) => Err(self.syntax_error("multiple COLLATE clauses not allowed", place)),
            None => Ok(()),
        }
    }

    /// `[CONSTRAINT name] kind`, or nothing.
    pub(super) fn optional_constraint(
        &mut self,
        kind: impl Fn(&mut Self) -> Result<Option<ConstraintKind>>,
    ) -> Result<Option<Constraint>> {
        let location = self.location();
        let name = if self.accept(Kind::CONSTRAINT) { Some(self.column_name()?) } else { None };
        let mut attributes = ConstraintAttributes::default();
        let Some(kind) = kind(self)? else {
            return if name.is_some() { Err(self.unexpected()) } else { Ok(None) };
        };
        let may_inherit = matches!(kind, ConstraintKind::Check(_) | ConstraintKind::NotNull(_));
        if may_inherit && self.accept_all(&[Kind::NO, Kind::INHERIT]) {
            attributes.no_inherit = true;
        }
        Ok(Some(Constraint { name, kind, attributes, location }))
    }

    /// An attribute of a column's constraint stands behind it as if it were one.
    fn attach_attribute(
        &self,
        constraint: Option<&mut Constraint>,
        found: ConstraintAttributes,
        location: Location,
    ) -> Result<()> {
        let word = match found {
            ConstraintAttributes { deferrable: Some(true), initially_deferred: None, .. } => {
                "DEFERRABLE"
            }
            ConstraintAttributes { deferrable: Some(false), .. } => "NOT DEFERRABLE",
            ConstraintAttributes { initially_deferred: Some(true), .. } => "INITIALLY DEFERRED",
            ConstraintAttributes { initially_deferred: Some(false), .. } => "INITIALLY IMMEDIATE",
            ConstraintAttributes { enforced: Some(true), .. } => "ENFORCED",
            ConstraintAttributes { enforced: Some(false), .. } => "NOT ENFORCED",
            ConstraintAttributes { .. } => "NOT VALID",
        };
        let allowed = constraint.as_ref().is_some_and(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(_) => true,
            ConstraintKind::Check(_) => found.enforced.is_some(),
            ConstraintKind::Unique(_)
            | ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Exclusion(_) => found.enforced.is_none(),
            ConstraintKind::Null
            | ConstraintKind::NotNull(_)
            | ConstraintKind::Default(_)
            | ConstraintKind::Generated { .. }
            | ConstraintKind::Identity { .. } => false,
        });
        let Some(constraint) = constraint.filter(|_| allowed) else {
            return Err(self.syntax_error(&format!("misplaced {word} clause"), location));
        };
        self.merge_attributes(&mut constraint.attributes, found, location)
    }

    fn merge_attributes(
        &self,
        attributes: &mut ConstraintAttributes,
        found: ConstraintAttributes,
        location: Location,
    ) -> Result<()> {
        let repeated = (found.deferrable.is_some() && attributes.deferrable.is_some())
            || (found.initially_deferred.is_some() && attributes.initially_deferred.is_some())
            || (found.enforced.is_some() && attributes.enforced.is_some());
        if repeated {
            let what = if found.deferrable.is_some() {
                "multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed"
            } else if found.enforced.is_some() {
                "multiple ENFORCED/NOT ENFORCED clauses not allowed"
            } else {
                "multiple INITIALLY IMMEDIATE/DEFERRED clauses not allowed"
            };
            return Err(self.syntax_error(what, location));
        }
        attributes.deferrable = attributes.deferrable.or(found.deferrable);
        attributes.initially_deferred = attributes.initially_deferred.or(found.initially_deferred);
        attributes.enforced = attributes.enforced.or(found.enforced);
        if attributes.initially_deferred == Some(true) && attributes.deferrable == Some(false) {
            let message = "constraint declared INITIALLY DEFERRED must be DEFERRABLE";
            return Err(self.syntax_error(message, location));
        }
        Ok(())
    }

    /// One attribute; `false` where there is none.
    fn constraint_attribute(&mut self, attributes: &mut ConstraintAttributes) -> Result<bool> {
        match (self.kind(), self.kind_at(1)) {
            (Kind::DEFERRABLE, _) => attributes.deferrable = Some(true),
            (Kind::NOT, Kind::DEFERRABLE) => {
                self.bump();
                attributes.deferrable = Some(false);
            }
            (Kind::INITIALLY, _) => {
                self.bump();
                attributes.initially_deferred = Some(self.is(Kind::DEFERRED));
                if !matches!(self.kind(), Kind::DEFERRED | Kind::IMMEDIATE) {
                    return Err(self.unexpected());
                }
            }
            (Kind::ENFORCED, _) => attributes.enforced = Some(true),
            (Kind::NOT, Kind::ENFORCED) => {
                self.bump();
                attributes.enforced = Some(false);
            }
            _ => return Ok(false),
        }
        self.bump();
        Ok(true)
    }

    /// ConstraintAttributeSpec: any attributes behind a table's constraint.
    pub(super) fn constraint_attributes(&mut self) -> Result<ConstraintAttributes> {
        let mut attributes = ConstraintAttributes::default();
        loop {
            let location = self.location();
            if self.accept_all(&[Kind::NOT, Kind::VALID]) {
                attributes.not_valid = true;
                continue;
            }
            if self.accept_all(&[Kind::NO, Kind::INHERIT]) {
                attributes.no_inherit = true;
                continue;
            }
            let before = attributes;
            if !self.constraint_attribute(&mut attributes)? {
                return Ok(attributes);
            }
            let conflict = |old: Option<bool>, new: Option<bool>| old.is_some() && old != new;
            if conflict(before.deferrable, attributes.deferrable)
                || conflict(before.initially_deferred, attributes.initially_deferred)
                || conflict(before.enforced, attributes.enforced)
            {
                return Err(self.syntax_error("conflicting constraint properties", location));
            }
            if attributes.initially_deferred == Some(true) && attributes.deferrable == Some(false) {
                let message = "constraint declared INITIALLY DEFERRED must be DEFERRABLE";
                return Err(self.syntax_error(message, location));
            }
        }
    }

    fn column_constraint_kind(&mut self) -> Result<Option<ConstraintKind>> {
        let kind = match self.kind() {
            Kind::NOT => {
                self.bump();
                self.expect(Kind::NULL)?;
                ConstraintKind::NotNull(None)
            }
            Kind::NULL => {
                self.bump();
                ConstraintKind::Null
            }
            Kind::DEFAULT => {
                self.bump();
                ConstraintKind::Default(self.restricted_expression()?)
            }
            Kind::CHECK => self.check()?,
            Kind::GENERATED => self.generated()?,
            Kind::UNIQUE => {
                self.bump();
                let nulls_not_distinct = self.nulls_not_distinct()?;
                let mut unique = empty_unique(Vec::new());
                unique.nulls_not_distinct = nulls_not_distinct;
                self.index_parameters(&mut unique)?;
                ConstraintKind::Unique(unique)
            }
            Kind::PRIMARY => {
                self.bump();
                self.expect(Kind::KEY)?;
                let mut unique = empty_unique(Vec::new());
                self.index_parameters(&mut unique)?;
                ConstraintKind::PrimaryKey(unique)
            }
            Kind::REFERENCES => ConstraintKind::ForeignKey(self.references(Vec::new(), false)?),
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn check(&mut self) -> Result<ConstraintKind> {
        self.bump();
        self.expect(Kind::LEFT_PAREN)?;
        let expr = self.expression()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(ConstraintKind::Check(expr))
    }

    /// ALWAYS (true) or BY DEFAULT.
    pub(super) fn generated_when(&mut self) -> Result<bool> {
        if self.accept(Kind::ALWAYS) {
            return Ok(true);
        }
        self.expect_all(&[Kind::BY, Kind::DEFAULT])?;
        Ok(false)
    }

    fn generated(&mut self) -> Result<ConstraintKind> {
        self.bump();
        let location = self.location();
        let always = self.generated_when()?;
        self.expect(Kind::AS)?;
        if self.accept(Kind::IDENTITY) {
            let options = self.identity_options()?;
            return Ok(ConstraintKind::Identity { always, options });
        }
        self.expect(Kind::LEFT_PAREN)?;
        let expr = self.expression()?;
        self.expect(Kind::RIGHT_PAREN)?;
        let stored = self.accept(Kind::STORED);
        if !stored {
            self.accept(Kind::VIRTUAL);
        }
        if !always {
            let message = "for a generated column, GENERATED ALWAYS must be specified";
            return Err(self.syntax_error(message, location));
        }
        Ok(ConstraintKind::Generated { expr, stored })
    }

    pub(super) fn nulls_not_distinct(&mut self) -> Result<bool> {
        if !self.accept(Kind::NULLS) {
            return Ok(false);
        }
        let not = self.accept(Kind::NOT);
        self.expect(Kind::DISTINCT)?;
        Ok(not)
    }

    fn index_parameters(&mut self, unique: &mut UniqueConstraint) -> Result<()> {
        if self.accept(Kind::WITH) {
            unique.options = self.definition()?;
        }
        if self.accept_all(&[Kind::USING, Kind::INDEX, Kind::TABLESPACE]) {
            unique.tablespace = Some(self.column_name()?);
        }
        Ok(())
    }

    pub(super) fn at_table_constraint(&self) -> bool {
        match self.kind() {
            Kind::CONSTRAINT
            | Kind::CHECK
            | Kind::UNIQUE
            | Kind::PRIMARY
            | Kind::FOREIGN
            | Kind::NOT => true,
            Kind::EXCLUDE => matches!(self.kind_at(1), Kind::USING | Kind::LEFT_PAREN),
            _ => false,
        }
    }

    pub(super) fn table_constraint(&mut self) -> Result<Constraint> {
        let location = self.location();
        let name = if self.accept(Kind::CONSTRAINT) { Some(self.column_name()?) } else { None };
        let kind = self.table_constraint_kind()?;
        let place = self.location();
        let attributes = self.constraint_attributes()?;
        self.refuse_attributes(&kind, attributes, place)?;
        Ok(Constraint { name, kind, attributes, location })
    }

    fn refuse_attributes(
        &self,
        kind: &ConstraintKind,
        attributes: ConstraintAttributes,
        location: Location,
    ) -> Result<()> {
        let (name, deferrable, validity) = match kind {
            ConstraintKind::Check(_) => ("CHECK", false, true),
            ConstraintKind::NotNull(_) => ("NOT NULL", false, true),
            ConstraintKind::Unique(_) => ("UNIQUE", true, false),
            ConstraintKind::PrimaryKey(_) => ("PRIMARY KEY", true, false),
            ConstraintKind::Exclusion(_) => ("EXCLUDE", true, false),
            ConstraintKind::ForeignKey(_)
            | ConstraintKind::Null
            | ConstraintKind::Default(_)
            | ConstraintKind::Generated { .. }
            | ConstraintKind::Identity { .. } => ("FOREIGN KEY", true, true),
        };
        let inherits = matches!(kind, ConstraintKind::Check(_) | ConstraintKind::NotNull(_));
        let enforces = matches!(kind, ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_));
        let word = if !deferrable
            && (attributes.deferrable.is_some() || attributes.initially_deferred.is_some())
        {
            "DEFERRABLE"
        } else if !validity && attributes.not_valid {
            "NOT VALID"
        } else if !inherits && attributes.no_inherit {
            "NO INHERIT"
        } else if !enforces && attributes.enforced == Some(false) {
            "NOT ENFORCED"
        } else if !enforces && attributes.enforced == Some(true) {
            "ENFORCED"
        } else {
            return Ok(());
        };
        let message = format!("{name} constraints cannot be marked {word}");
        Err(self.feature_error(&message, location))
    }

    pub(super) fn table_constraint_kind(&mut self) -> Result<ConstraintKind> {
        match self.kind() {
            Kind::CHECK => self.check(),
            Kind::NOT => {
                self.bump();
                self.expect(Kind::NULL)?;
                Ok(ConstraintKind::NotNull(Some(self.column_name()?)))
            }
            Kind::UNIQUE => {
                self.bump();
                Ok(ConstraintKind::Unique(self.unique_of_table(true)?))
            }
            Kind::PRIMARY => {
                self.bump();
                self.expect(Kind::KEY)?;
                Ok(ConstraintKind::PrimaryKey(self.unique_of_table(false)?))
            }
            Kind::EXCLUDE => self.exclusion(),
            _ => {
                self.expect_all(&[Kind::FOREIGN, Kind::KEY])?;
                let (columns, period) = self.columns_with_period()?;
                Ok(ConstraintKind::ForeignKey(self.references(columns, period)?))
            }
        }
    }

    fn unique_of_table(&mut self, may_say_nulls: bool) -> Result<UniqueConstraint> {
        let mut unique = empty_unique(Vec::new());
        if self.accept_all(&[Kind::USING, Kind::INDEX]) {
            unique.using_index = Some(self.column_name()?);
            return Ok(unique);
        }
        unique.nulls_not_distinct = may_say_nulls && self.nulls_not_distinct()?;
        self.expect(Kind::LEFT_PAREN)?;
        unique.columns = self.list(Self::column_name)?;
        unique.without_overlaps = self.accept_all(&[Kind::WITHOUT, Kind::OVERLAPS]);
        self.expect(Kind::RIGHT_PAREN)?;
        if self.accept(Kind::INCLUDE) {
            unique.include = self.parenthesised(Self::column_name)?;
        }
        self.index_parameters(&mut unique)?;
        Ok(unique)
    }

    fn exclusion(&mut self) -> Result<ConstraintKind> {
        self.bump();
        let access_method = if self.accept(Kind::USING) { Some(self.column_name()?) } else { None };
        let elements = self.parenthesised(Self::exclusion_element)?;
        let include = if self.accept(Kind::INCLUDE) {
            self.parenthesised(Self::column_name)?
        } else {
            Vec::new()
        };
        let mut parameters = empty_unique(Vec::new());
        self.index_parameters(&mut parameters)?;
        let mut where_clause = None;
        if self.accept(Kind::WHERE) {
            self.expect(Kind::LEFT_PAREN)?;
            where_clause = Some(self.expression()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        let UniqueConstraint { options, tablespace, .. } = parameters;
        let node = ExclusionConstraint {
            access_method,
            elements,
            include,
            options,
            tablespace,
            where_clause,
        };
        Ok(ConstraintKind::Exclusion(node))
    }

    fn exclusion_element(&mut self) -> Result<(IndexElement, OperatorName)> {
        let element = self.index_element()?;
        self.expect(Kind::WITH)?;
        Ok((element, self.operator_or_call()?))
    }

    /// `(column, ... [, PERIOD column])`.
    fn columns_with_period(&mut self) -> Result<(Vec<Name>, bool)> {
        self.expect(Kind::LEFT_PAREN)?;
        let mut columns = vec![self.column_name()?];
        let mut period = false;
        while !period && self.accept(Kind::COMMA) {
            period = self.is(Kind::PERIOD) && self.kind_at(1).is_column_name();
            if period {
                self.bump();
            }
            columns.push(self.column_name()?);
        }
        self.expect(Kind::RIGHT_PAREN)?;
        Ok((columns, period))
    }

    fn references(&mut self, columns: Vec<Name>, period: bool) -> Result<ForeignKey> {
        self.expect(Kind::REFERENCES)?;
        let relation = self.relation_name()?;
        let (referenced, referenced_period) = if self.is(Kind::LEFT_PAREN) {
            self.columns_with_period()?
        } else {
            (Vec::new(), false)
        };
        let mut matching = ForeignKeyMatch::Simple;
        let location = self.location();
        if self.accept(Kind::MATCH) {
            matching = match self.kind() {
                Kind::FULL => ForeignKeyMatch::Full,
                Kind::SIMPLE => ForeignKeyMatch::Simple,
                Kind::PARTIAL => {
                    return Err(self.feature_error("MATCH PARTIAL not yet implemented", location));
                }
                _ => return Err(self.unexpected()),
            };
            self.bump();
        }
        let (mut on_update, mut on_delete) = (None, None);
        while self.is(Kind::ON) {
            match self.kind_at(1) {
                Kind::UPDATE if on_update.is_none() => on_update = Some(self.update_action()?),
                Kind::DELETE if on_delete.is_none() => on_delete = Some(self.referential_action()?),
                _ => {
                    self.bump();
                    return Err(self.unexpected());
                }
            }
        }
        Ok(ForeignKey {
            columns,
            period,
            relation,
            referenced,
            referenced_period,
            matching,
            on_update: on_update.unwrap_or(ReferentialAction::NoAction),
            on_delete: on_delete.unwrap_or(ReferentialAction::NoAction),
        })
    }

    fn update_action(&mut self) -> Result<ReferentialAction> {
        let location = self.location();
        let action = self.referential_action()?;
        let word = match &action {
            ReferentialAction::SetNull(columns) if !columns.is_empty() => "SET NULL",
            ReferentialAction::SetDefault(columns) if !columns.is_empty() => "SET DEFAULT",
            ReferentialAction::SetNull(_)
            | ReferentialAction::SetDefault(_)
            | ReferentialAction::NoAction
            | ReferentialAction::Restrict
            | ReferentialAction::Cascade => return Ok(action),
        };
        let message = format!("a column list with {word} is only supported for ON DELETE actions");
        Err(self.feature_error(&message, location))
    }

    /// At ON.
    fn referential_action(&mut self) -> Result<ReferentialAction> {
        self.bump();
        self.bump();
        if self.accept_all(&[Kind::NO, Kind::ACTION]) {
            return Ok(ReferentialAction::NoAction);
        }
        if self.accept(Kind::RESTRICT) {
            return Ok(ReferentialAction::Restrict);
        }
        if self.accept(Kind::CASCADE) {
            return Ok(ReferentialAction::Cascade);
        }
        self.expect(Kind::SET)?;
        if self.accept(Kind::NULL) {
            return Ok(ReferentialAction::SetNull(self.optional_column_list()?));
        }
        self.expect(Kind::DEFAULT)?;
        Ok(ReferentialAction::SetDefault(self.optional_column_list()?))
    }
}
