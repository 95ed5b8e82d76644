//! CREATE INDEX and CREATE STATISTICS.

use super::Parser;
use crate::ast::{
    CreateIndex, CreateStatistics, IndexElement, IndexKey, NullsOrder, SortDirection,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE [UNIQUE], at INDEX.
    pub(super) fn create_index(&mut self, unique: bool) -> Result<CreateIndex> {
        self.expect(Kind::INDEX)?;
        let concurrently = self.accept(Kind::CONCURRENTLY);
        let if_not_exists = self.if_not_exists()?;
        let name =
            if self.is(Kind::ON) && !if_not_exists { None } else { Some(self.column_name()?) };
        self.expect(Kind::ON)?;
        let table = self.relation_expression()?;
        let access_method = if self.accept(Kind::USING) { Some(self.column_name()?) } else { None };
        let elements = self.parenthesised(Self::index_element)?;
        let include = if self.accept(Kind::INCLUDE) {
            self.parenthesised(Self::index_element)?
        } else {
            Vec::new()
        };
        let nulls_not_distinct = self.nulls_not_distinct()?;
        let options = self.with_options()?;
        let tablespace =
            if self.accept(Kind::TABLESPACE) { Some(self.column_name()?) } else { None };
        let where_clause = self.where_clause()?;
        Ok(CreateIndex {
            name,
            unique,
            concurrently,
            if_not_exists,
            relation: table.relation,
            only: table.only,
            access_method,
            elements,
            include,
            nulls_not_distinct,
            options,
            tablespace,
            where_clause,
        })
    }

    /// index_elem: a column, a call, or an expression in parentheses, with its options.
    pub(super) fn index_element(&mut self) -> Result<IndexElement> {
        let location = self.location();
        let key = self.index_key()?;
        let collation = if self.accept(Kind::COLLATE) { Some(self.object_name()?) } else { None };
        let mut operator_class = None;
        let mut operator_class_options = Vec::new();
        if self.at_operator_class() {
            operator_class = Some(self.object_name()?);
            if self.is(Kind::LEFT_PAREN) {
                operator_class_options = self.relation_options()?;
            }
        }
        let direction = if self.accept(Kind::ASC) {
            SortDirection::Ascending
        } else if self.accept(Kind::DESC) {
            SortDirection::Descending
        } else {
            SortDirection::Default
        };
        let nulls: NullsOrder = self.nulls_order()?;
        Ok(IndexElement {
            key,
            collation,
            operator_class,
            operator_class_options,
            direction,
            nulls,
            location,
        })
    }

    fn at_operator_class(&self) -> bool {
        self.kind().is_column_name()
    }

    pub(super) fn index_key(&mut self) -> Result<IndexKey> {
        if self.is(Kind::LEFT_PAREN) {
            self.bump();
            let expr = self.expression()?;
            self.expect(Kind::RIGHT_PAREN)?;
            return Ok(IndexKey::Expr(expr));
        }
        let indirect = matches!(self.kind_at(1), Kind::DOT | Kind::LEFT_BRACKET);
        let is_call = indirect || self.at_function();
        if self.kind().is_column_name() && !is_call {
            return Ok(IndexKey::Column(self.column_name()?));
        }
        Ok(IndexKey::Expr(self.windowless_function()?))
    }

    /// Behind CREATE, at STATISTICS.
    pub(super) fn create_statistics(&mut self) -> Result<CreateStatistics> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let named = if_not_exists || !matches!(self.kind(), Kind::ON | Kind::LEFT_PAREN);
        let name = if named { Some(self.object_name()?) } else { None };
        let kinds = self.optional_column_list()?;
        self.expect(Kind::ON)?;
        let elements = self.list(Self::statistics_element)?;
        self.expect(Kind::FROM)?;
        let from = self.list(Self::table_reference)?;
        Ok(CreateStatistics { if_not_exists, name, kinds, elements, from })
    }

    fn statistics_element(&mut self) -> Result<IndexElement> {
        let location = self.location();
        let key = self.index_key()?;
        Ok(IndexElement {
            key,
            collation: None,
            operator_class: None,
            operator_class_options: Vec::new(),
            direction: SortDirection::Default,
            nulls: NullsOrder::Default,
            location,
        })
    }
}
