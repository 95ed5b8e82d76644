//! FROM: tables, subqueries, functions, joins.

use super::Parser;
use crate::ast::{
    Alias, Expr, FromFunction, FromItem, FromSubquery, FunctionColumn, Join, JoinCondition,
    JoinKind, Location, Select, TableSample,
};
use crate::kind::Kind;
use error::Result;

/// What stood between two parentheses in FROM.
enum FromParentheses {
    Query(Select),
    /// A join, without an alias of its own yet.
    Join(FromItem),
}

impl Parser<'_> {
    /// table_ref, with the joins that follow it.
    pub(super) fn table_reference(&mut self) -> Result<FromItem> {
        let outer = self.enter()?;
        let first = self.table_primary()?;
        let item = self.joins(first)?;
        self.leave(outer)?;
        Ok(item)
    }

    fn table_primary(&mut self) -> Result<FromItem> {
        let location = self.location();
        let lateral = self.accept(Kind::LATERAL);
        match self.kind() {
            Kind::LEFT_PAREN if lateral => {
                let query = self.query_in_parentheses()?;
                self.derived_table(true, query, location)
            }
            Kind::LEFT_PAREN => match self.table_parentheses()? {
                FromParentheses::Query(query) => self.derived_table(false, query, location),
                FromParentheses::Join(join) => self.aliased_join(join),
            },
            Kind::XMLTABLE if self.kind_at(1) == Kind::LEFT_PAREN => {
                self.xml_table(lateral, location)
            }
            Kind::JSON_TABLE if self.kind_at(1) == Kind::LEFT_PAREN => {
                self.json_table(lateral, location)
            }
            _ if lateral || self.at_function_table() => self.function_table(lateral, location),
            _ => self.plain_table(),
        }
    }

    /// Whether a function stands here rather than a table.
    fn at_function_table(&self) -> bool {
        match self.kind() {
            Kind::ROWS if self.kind_at(1) == Kind::FROM => true,
            Kind::CURRENT_DATE
            | Kind::CURRENT_TIME
            | Kind::CURRENT_TIMESTAMP
            | Kind::LOCALTIME
            | Kind::LOCALTIMESTAMP
            | Kind::CURRENT_ROLE
            | Kind::CURRENT_USER
            | Kind::SESSION_USER
            | Kind::SYSTEM_USER
            | Kind::USER
            | Kind::CURRENT_CATALOG
            | Kind::CURRENT_SCHEMA => true,
            _ => self.at_function(),
        }
    }

    /// Whether a function's name stands here, not a column's or table's.
    pub(super) fn at_function(&self) -> bool {
        let mut ahead = 1;
        while self.kind_at(ahead) == Kind::DOT {
            ahead += 2;
        }
        let called = self.kind_at(ahead) == Kind::LEFT_PAREN;
        let kind = self.kind();
        if kind.is_type_or_function_name() && !kind.is_column_name() {
            return true;
        }
        if ahead > 1 {
            return called && kind.is_column_name();
        }
        self.at_special_function() || (called && kind.is_type_or_function_name())
    }

    fn plain_table(&mut self) -> Result<FromItem> {
        let mut table = self.relation_expression()?;
        table.alias = self.alias()?;
        if self.accept(Kind::TABLESAMPLE) {
            let location = self.location();
            let method = self.function_name()?;
            let args = self.parenthesised(Self::expression)?;
            let mut repeatable = None;
            if self.accept(Kind::REPEATABLE) {
                self.expect(Kind::LEFT_PAREN)?;
                repeatable = Some(self.expression()?);
                self.expect(Kind::RIGHT_PAREN)?;
            }
            table.sample = Some(TableSample { method, args, repeatable, location });
        }
        Ok(FromItem::Table(Box::new(table)))
    }

    fn derived_table(
        &mut self,
        lateral: bool,
        query: Select,
        location: Location,
    ) -> Result<FromItem> {
        let alias = self.alias()?;
        Ok(FromItem::Subquery(Box::new(FromSubquery { lateral, query, alias, location })))
    }

    /// opt_alias_clause.
    pub(super) fn alias(&mut self) -> Result<Option<Alias>> {
        if !self.accept(Kind::AS) && !self.kind().is_column_name() {
            return Ok(None);
        }
        let name = self.column_name()?;
        Ok(Some(Alias { name, columns: self.optional_column_list()? }))
    }

    /// From `(` to `)` in FROM: only what is inside tells a query from a join.
    fn table_parentheses(&mut self) -> Result<FromParentheses> {
        let outer = self.enter()?;
        self.expect(Kind::LEFT_PAREN)?;
        let found = self.table_parentheses_body()?;
        if let FromParentheses::Join(item) = &found
            && !matches!(item, FromItem::Join(_))
        {
            return Err(self.unexpected());
        }
        self.expect(Kind::RIGHT_PAREN)?;
        self.leave(outer)?;
        Ok(found)
    }

    fn table_parentheses_body(&mut self) -> Result<FromParentheses> {
        if self.at_query_word() {
            return Ok(FromParentheses::Query(self.query()?));
        }
        if !self.is(Kind::LEFT_PAREN) {
            return Ok(FromParentheses::Join(self.table_reference()?));
        }
        let location = self.location();
        let first = match self.table_parentheses()? {
            FromParentheses::Query(query) if self.is(Kind::RIGHT_PAREN) => {
                return Ok(FromParentheses::Query(query));
            }
            FromParentheses::Query(query) if self.at_query_continuation() => {
                return Ok(FromParentheses::Query(self.query_from(query)?));
            }
            FromParentheses::Query(query) => self.derived_table(false, query, location)?,
            FromParentheses::Join(join) => self.aliased_join(join)?,
        };
        Ok(FromParentheses::Join(self.joins(first)?))
    }

    fn aliased_join(&mut self, mut item: FromItem) -> Result<FromItem> {
        if let FromItem::Join(join) = &mut item
            && let Some(alias) = self.alias()?
        {
            join.alias = Some(alias);
        }
        Ok(item)
    }

    fn join_kind(&self) -> Option<JoinKind> {
        Some(match self.kind() {
            Kind::JOIN | Kind::INNER => JoinKind::Inner,
            Kind::CROSS => JoinKind::Cross,
            Kind::LEFT => JoinKind::Left,
            Kind::RIGHT => JoinKind::Right,
            Kind::FULL => JoinKind::Full,
            _ => return None,
        })
    }

    fn joins(&mut self, mut left: FromItem) -> Result<FromItem> {
        loop {
            let location = self.location();
            let natural = self.accept(Kind::NATURAL);
            let Some(kind) = self.join_kind() else {
                return if natural { Err(self.unexpected()) } else { Ok(left) };
            };
            if !self.is(Kind::JOIN) {
                self.bump();
                if !matches!(kind, JoinKind::Inner | JoinKind::Cross) {
                    self.accept(Kind::OUTER);
                }
            }
            self.expect(Kind::JOIN)?;
            let before = std::mem::take(&mut self.height);
            let (right, condition) = if natural {
                (self.table_primary()?, JoinCondition::Natural)
            } else if kind == JoinKind::Cross {
                (self.table_primary()?, JoinCondition::None)
            } else {
                let first = self.table_primary()?;
                // Joins before this one's condition belong to its right side.
                let right = if self.is(Kind::ON) || self.is(Kind::USING) {
                    first
                } else {
                    let outer = self.enter()?;
                    let joined = self.joins(first)?;
                    self.leave(outer)?;
                    joined
                };
                (right, self.join_condition()?)
            };
            self.height = self.height.max(before);
            self.grow()?;
            let join = Join { kind, left, right, condition, alias: None, location };
            left = FromItem::Join(Box::new(join));
        }
    }

    fn join_condition(&mut self) -> Result<JoinCondition> {
        if self.accept(Kind::ON) {
            return Ok(JoinCondition::On(self.expression()?));
        }
        self.expect(Kind::USING)?;
        let columns = self.parenthesised(Self::located_name)?;
        let alias = if self.accept(Kind::AS) { Some(self.column_name()?) } else { None };
        Ok(JoinCondition::Using { columns, alias })
    }

    fn function_table(&mut self, lateral: bool, location: Location) -> Result<FromItem> {
        let rows_from = self.accept_all(&[Kind::ROWS, Kind::FROM]);
        let functions = if rows_from {
            self.parenthesised(Self::rows_from_item)?
        } else {
            vec![(self.windowless_function()?, Vec::new())]
        };
        let ordinality = self.accept(Kind::WITH_LA);
        if ordinality {
            self.expect(Kind::ORDINALITY)?;
        }
        let (alias, columns) = self.function_alias()?;
        let node =
            FromFunction { lateral, ordinality, rows_from, functions, alias, columns, location };
        Ok(FromItem::Function(Box::new(node)))
    }

    fn rows_from_item(&mut self) -> Result<(Expr, Vec<FunctionColumn>)> {
        let function = self.windowless_function()?;
        let columns = if self.accept(Kind::AS) {
            self.parenthesised(Self::function_column)?
        } else {
            Vec::new()
        };
        Ok((function, columns))
    }

    /// func_alias_clause: names, or columns with types.
    fn function_alias(&mut self) -> Result<(Option<Alias>, Vec<FunctionColumn>)> {
        let explicit = self.accept(Kind::AS);
        if explicit && self.is(Kind::LEFT_PAREN) {
            return Ok((None, self.parenthesised(Self::function_column)?));
        }
        if !explicit && !self.kind().is_column_name() {
            return Ok((None, Vec::new()));
        }
        let name = self.column_name()?;
        let mut alias = Alias { name, columns: Vec::new() };
        let typed = self.is(Kind::LEFT_PAREN)
            && !matches!(self.kind_at(2), Kind::COMMA | Kind::RIGHT_PAREN);
        if typed {
            return Ok((Some(alias), self.parenthesised(Self::function_column)?));
        }
        alias.columns = self.optional_column_list()?;
        Ok((Some(alias), Vec::new()))
    }

    /// `name type [COLLATE collation]`.
    pub(super) fn function_column(&mut self) -> Result<FunctionColumn> {
        let location = self.location();
        let name = self.column_name()?;
        let type_name = self.type_name()?;
        let collation = if self.accept(Kind::COLLATE) { Some(self.object_name()?) } else { None };
        Ok(FunctionColumn { name, type_name, collation, location })
    }
}
