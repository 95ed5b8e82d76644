//! INSERT, UPDATE, DELETE, TRUNCATE.

use super::Parser;
use super::expression::expr;
use crate::ast::{
    Assignment, ColumnTarget, ConflictAction, ConflictTarget, Delete, Expr, ExprKind, Indirection,
    Insert, InsertSource, OnConflict, Overriding, Returning, ReturningAlias, Truncate, Update,
    With,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    pub(super) fn insert(&mut self, with: Option<With>) -> Result<Insert> {
        self.expect_all(&[Kind::INSERT, Kind::INTO])?;
        let relation = self.relation_name()?;
        let alias = if self.accept(Kind::AS) { Some(self.column_name()?) } else { None };
        let mut columns = Vec::new();
        // `(` begins a list of columns or a query.
        if self.is(Kind::LEFT_PAREN) && !self.parentheses_hold_query() {
            columns = self.parenthesised(Self::insert_column)?;
        }
        let overriding = self.overriding()?;
        let source = if overriding == Overriding::None
            && columns.is_empty()
            && self.accept_all(&[Kind::DEFAULT, Kind::VALUES])
        {
            InsertSource::DefaultValues
        } else {
            InsertSource::Select(Box::new(self.query()?))
        };
        let on_conflict = self.on_conflict()?;
        let returning = self.returning()?;
        Ok(Insert { with, relation, alias, columns, overriding, source, on_conflict, returning })
    }

    /// Whether the parenthesis here begins a query. VALUES may be a column's name.
    pub(super) fn parentheses_hold_query(&self) -> bool {
        match self.kind_at(1) {
            Kind::VALUES => self.kind_at(2) == Kind::LEFT_PAREN,
            kind => matches!(
                kind,
                Kind::SELECT | Kind::WITH | Kind::WITH_LA | Kind::TABLE | Kind::LEFT_PAREN
            ),
        }
    }

    pub(super) fn overriding(&mut self) -> Result<Overriding> {
        if !self.accept(Kind::OVERRIDING) {
            return Ok(Overriding::None);
        }
        let system = self.accept(Kind::SYSTEM);
        if !system {
            self.expect(Kind::USER)?;
        }
        self.expect(Kind::VALUE)?;
        Ok(if system { Overriding::System } else { Overriding::User })
    }

    pub(super) fn insert_column(&mut self) -> Result<ColumnTarget> {
        let location = self.location();
        let name = self.column_name()?;
        let path = self.target_path()?;
        Ok(ColumnTarget { name, path, location })
    }

    /// The indirection of a target, in which a star has no place.
    fn target_path(&mut self) -> Result<Vec<Indirection>> {
        self.indirection()
    }

    fn on_conflict(&mut self) -> Result<Option<OnConflict>> {
        let location = self.location();
        if !self.accept(Kind::ON) {
            return Ok(None);
        }
        self.expect(Kind::CONFLICT)?;
        let target = self.conflict_target()?;
        self.expect(Kind::DO)?;
        let action = if self.accept(Kind::NOTHING) {
            ConflictAction::Nothing
        } else {
            self.expect_all(&[Kind::UPDATE, Kind::SET])?;
            let assignments = self.assignments()?;
            ConflictAction::Update { assignments, where_clause: self.where_clause()? }
        };
        Ok(Some(OnConflict { target, action, location }))
    }

    fn conflict_target(&mut self) -> Result<Option<ConflictTarget>> {
        let location = self.location();
        if self.is(Kind::LEFT_PAREN) {
            let elements = self.parenthesised(Self::index_element)?;
            let where_clause = self.where_clause()?;
            return Ok(Some(ConflictTarget::Index { elements, where_clause, location }));
        }
        if self.accept(Kind::ON) {
            self.expect(Kind::CONSTRAINT)?;
            let name = self.column_name()?;
            return Ok(Some(ConflictTarget::Constraint(name, location)));
        }
        Ok(None)
    }

    /// WHERE, or nothing.
    pub(super) fn where_clause(&mut self) -> Result<Option<Expr>> {
        if self.accept(Kind::WHERE) { self.expression().map(Some) } else { Ok(None) }
    }

    /// WHERE of UPDATE and DELETE: CURRENT OF too.
    fn where_or_current(&mut self) -> Result<Option<Expr>> {
        if self.is(Kind::WHERE) && self.kind_at(1) == Kind::CURRENT && self.kind_at(2) == Kind::OF {
            self.bump();
            let location = self.location();
            self.bump();
            self.bump();
            return Ok(Some(expr(ExprKind::CurrentOf(self.column_name()?), location)));
        }
        self.where_clause()
    }

    /// `RETURNING [WITH (OLD AS name, NEW AS name)] targets`, or nothing.
    pub(super) fn returning(&mut self) -> Result<Option<Returning>> {
        if !self.accept(Kind::RETURNING) {
            return Ok(None);
        }
        let mut returning = Returning { aliases: Vec::new(), targets: Vec::new() };
        if self.accept(Kind::WITH) {
            returning.aliases = self.parenthesised(|parser| {
                let location = parser.location();
                let is_new = parser.accept(Kind::NEW);
                if !is_new {
                    parser.expect(Kind::OLD)?;
                }
                parser.expect(Kind::AS)?;
                Ok(ReturningAlias { is_new, name: parser.column_name()?, location })
            })?;
        }
        returning.targets = self.targets()?;
        Ok(Some(returning))
    }

    /// The list after SET.
    pub(super) fn assignments(&mut self) -> Result<Vec<Assignment>> {
        self.list(Self::assignment)
    }

    fn assignment(&mut self) -> Result<Assignment> {
        if !self.is(Kind::LEFT_PAREN) {
            let target = self.insert_column()?;
            self.expect(Kind::EQUAL)?;
            return Ok(Assignment::Single { target, value: self.expression()? });
        }
        let targets = self.parenthesised(Self::insert_column)?;
        self.expect(Kind::EQUAL)?;
        // Whether the source fits is for analysis to say: a row's fields may be stars.
        let source = self.expression()?;
        Ok(Assignment::Multiple { targets, source })
    }

    pub(super) fn update(&mut self, with: Option<With>) -> Result<Update> {
        self.expect(Kind::UPDATE)?;
        let relation = self.relation_with_alias()?;
        self.expect(Kind::SET)?;
        let assignments = self.assignments()?;
        let from =
            if self.accept(Kind::FROM) { self.list(Self::table_reference)? } else { Vec::new() };
        let where_clause = self.where_or_current()?;
        let returning = self.returning()?;
        Ok(Update { with, relation, assignments, from, where_clause, returning })
    }

    pub(super) fn delete(&mut self, with: Option<With>) -> Result<Delete> {
        self.expect_all(&[Kind::DELETE, Kind::FROM])?;
        let relation = self.relation_with_alias()?;
        let using =
            if self.accept(Kind::USING) { self.list(Self::table_reference)? } else { Vec::new() };
        let where_clause = self.where_or_current()?;
        let returning = self.returning()?;
        Ok(Delete { with, relation, using, where_clause, returning })
    }

    pub(super) fn truncate(&mut self) -> Result<Truncate> {
        self.bump();
        self.accept(Kind::TABLE);
        let tables = self.list(Self::relation_expression)?;
        let restart_identity = self.accept_all(&[Kind::RESTART, Kind::IDENTITY]);
        if !restart_identity && self.accept(Kind::CONTINUE) {
            self.expect(Kind::IDENTITY)?;
        }
        Ok(Truncate { tables, restart_identity, behavior: self.drop_behavior() })
    }
}
