//! SELECT, VALUES, TABLE, set operations, WITH.

use super::Parser;
use super::expression::expr;
use crate::ast::{
    Alias, CommonTable, Constant, CycleClause, Distinct, Expr, ExprKind, FromItem, FromTable,
    GroupItem, IntoClause, Location, LockStrength, LockWait, LockingClause, NullsOrder,
    Persistence, SearchClause, Select, SelectBody, SelectCore, SetOperation, SetOperator, SortBy,
    SortDirection, StatementKind, Target, With,
};
use crate::kind::Kind;
use error::Result;

/// A query of this body without any other clause.
pub(super) fn bare_select(body: SelectBody, location: Location) -> Select {
    Select {
        with: None,
        body,
        order_by: Vec::new(),
        limit: None,
        with_ties: false,
        offset: None,
        locking: Vec::new(),
        location,
    }
}

fn bare_core(targets: Vec<Target>, from: Vec<FromItem>) -> SelectCore {
    SelectCore {
        distinct: Distinct::All,
        targets,
        into: None,
        from,
        where_clause: None,
        group_by: Vec::new(),
        group_distinct: false,
        having: None,
        windows: Vec::new(),
    }
}

/// How often one text is tried again because of such a label; each costs as much as its target.
const LABEL_RETRIES_MAX: u32 = 8;

/// How a token changes the depth of nesting.
fn nesting(kind: Kind) -> i32 {
    match kind {
        Kind::LEFT_PAREN | Kind::LEFT_BRACKET | Kind::CASE => 1,
        Kind::RIGHT_PAREN | Kind::RIGHT_BRACKET | Kind::END => -1,
        _ => 0,
    }
}

impl Parser<'_> {
    /// Whether a query begins here, but for parentheses.
    pub(super) fn at_query_word(&self) -> bool {
        match self.kind() {
            Kind::VALUES => self.kind_at(1) == Kind::LEFT_PAREN,
            kind => matches!(kind, Kind::SELECT | Kind::WITH | Kind::WITH_LA | Kind::TABLE),
        }
    }

    /// Whether what stands here goes on with a query that ended before it.
    pub(super) fn at_query_continuation(&self) -> bool {
        matches!(
            self.kind(),
            Kind::UNION
                | Kind::INTERSECT
                | Kind::EXCEPT
                | Kind::ORDER
                | Kind::LIMIT
                | Kind::OFFSET
                | Kind::FETCH
                | Kind::FOR
        )
    }

    /// A query: it may begin with `(` or WITH.
    pub(super) fn query(&mut self) -> Result<Select> {
        let outer = self.enter()?;
        let with = self.with()?;
        let select = self.query_body(with)?;
        self.leave(outer)?;
        Ok(select)
    }

    /// A query behind its WITH.
    pub(super) fn query_body(&mut self, with: Option<With>) -> Result<Select> {
        let first = self.query_operand()?;
        let mut select = self.query_from(first)?;
        if let Some(with) = with {
            if select.with.is_some() {
                return Err(self.syntax_error("multiple WITH clauses not allowed", with.location));
            }
            select.with = Some(with);
        }
        Ok(select)
    }

    /// `( query )`.
    pub(super) fn query_in_parentheses(&mut self) -> Result<Select> {
        self.expect(Kind::LEFT_PAREN)?;
        let query = self.query()?;
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(query)
    }

    /// Goes on with a query whose first operand has been parsed.
    pub(super) fn query_from(&mut self, first: Select) -> Result<Select> {
        let mut select = self.set_operations(first, 0)?;
        self.tail_clauses(&mut select)?;
        Ok(select)
    }

    fn query_operand(&mut self) -> Result<Select> {
        let location = self.location();
        let body = match self.kind() {
            Kind::SELECT => SelectBody::Select(Box::new(self.select_core()?)),
            Kind::VALUES => SelectBody::Values(self.values()?),
            Kind::TABLE => {
                self.bump();
                let star = expr(ExprKind::Star(Vec::new()), Location::NONE);
                let target = Target { value: star, alias: None, location: Location::NONE };
                let table = self.relation_expression()?;
                let from = vec![FromItem::Table(Box::new(table))];
                SelectBody::Select(Box::new(bare_core(vec![target], from)))
            }
            Kind::LEFT_PAREN => {
                let outer = self.enter()?;
                let query = self.query_in_parentheses()?;
                self.leave(outer)?;
                return Ok(query);
            }
            _ => return Err(self.unexpected()),
        };
        Ok(bare_select(body, location))
    }

    fn set_operator(&self) -> Option<(SetOperator, u8)> {
        match self.kind() {
            Kind::UNION => Some((SetOperator::Union, 1)),
            Kind::EXCEPT => Some((SetOperator::Except, 1)),
            Kind::INTERSECT => Some((SetOperator::Intersect, 2)),
            _ => None,
        }
    }

    fn set_operations(&mut self, mut left: Select, minimum: u8) -> Result<Select> {
        while let Some((operator, level)) = self.set_operator().filter(|found| found.1 >= minimum) {
            let location = self.location();
            self.bump();
            let all = self.accept(Kind::ALL);
            if !all {
                self.accept(Kind::DISTINCT);
            }
            let before = std::mem::take(&mut self.height);
            let mut right = self.query_operand()?;
            if self.set_operator().is_some_and(|next| next.1 > level) {
                right = self.set_operations(right, level + 1)?;
            }
            self.height = self.height.max(before);
            self.grow()?;
            let node = SetOperation { operator, all, left, right };
            left = bare_select(SelectBody::SetOperation(Box::new(node)), location);
        }
        Ok(left)
    }

    /// `VALUES (...), ...`.
    pub(super) fn values(&mut self) -> Result<Vec<Vec<Expr>>> {
        self.expect(Kind::VALUES)?;
        self.list(|parser| parser.parenthesised(Self::expression))
    }

    fn select_core(&mut self) -> Result<SelectCore> {
        self.expect(Kind::SELECT)?;
        let mut core = bare_core(Vec::new(), Vec::new());
        if self.accept(Kind::DISTINCT) {
            core.distinct = Distinct::Distinct;
            if self.accept(Kind::ON) {
                core.distinct = Distinct::On(self.parenthesised(Self::expression)?);
            }
        } else {
            self.accept(Kind::ALL);
        }
        if core.distinct != Distinct::All || !self.at_end_of_targets() {
            core.targets = self.targets()?;
        }
        if self.accept(Kind::INTO) {
            core.into = Some(self.select_into()?);
        }
        if self.accept(Kind::FROM) {
            core.from = self.list(Self::table_reference)?;
        }
        if self.accept(Kind::WHERE) {
            core.where_clause = Some(self.expression()?);
        }
        if self.accept(Kind::GROUP) {
            self.expect(Kind::BY)?;
            core.group_distinct = self.accept(Kind::DISTINCT);
            if !core.group_distinct {
                self.accept(Kind::ALL);
            }
            core.group_by = self.list(Self::group_item)?;
        }
        if self.accept(Kind::HAVING) {
            core.having = Some(self.expression()?);
        }
        if self.accept(Kind::WINDOW) {
            core.windows = self.list(Self::window_definition)?;
        }
        Ok(core)
    }

    /// A SELECT may have no targets: `SELECT FROM t`.
    fn at_end_of_targets(&self) -> bool {
        matches!(
            self.kind(),
            Kind::END_OF_INPUT
                | Kind::SEMICOLON
                | Kind::RIGHT_PAREN
                | Kind::FROM
                | Kind::WHERE
                | Kind::GROUP
                | Kind::HAVING
                | Kind::WINDOW
                | Kind::INTO
                | Kind::RETURNING
                | Kind::ON
                | Kind::WITH
        ) || self.at_query_continuation()
    }

    pub(super) fn targets(&mut self) -> Result<Vec<Target>> {
        self.list(Self::target)
    }

    fn target(&mut self) -> Result<Target> {
        let location = self.location();
        if self.accept(Kind::STAR) {
            let value = expr(ExprKind::Star(Vec::new()), location);
            return Ok(Target { value, alias: None, location });
        }
        let value = self.target_expression()?;
        let alias = if self.accept(Kind::AS) { Some(self.label()?) } else { self.bare_label() };
        Ok(Target { value, alias, location })
    }

    /// A target's expression. A keyword that is an operator, with nothing behind it, is the target's label.
    fn target_expression(&mut self) -> Result<Expr> {
        let (start, height) = (self.at, self.height);
        let problem = match self.expression() {
            Ok(value) => return Ok(value),
            Err(problem) => problem,
        };
        let word = self.at.saturating_sub(1);
        let retry = word > start
            && self.label_retries < LABEL_RETRIES_MAX
            && self.tokens[word].kind.is_keyword()
            && self.tokens[word].kind.is_bare_label()
            && (self.is(Kind::COMMA) || self.at_end_of_targets())
            && self.tokens[start..word].iter().map(|token| nesting(token.kind)).sum::<i32>() == 0;
        if !retry {
            return Err(problem);
        }
        self.label_retries += 1;
        (self.at, self.height, self.label_at) = (start, height, word);
        self.expression()
    }

    fn select_into(&mut self) -> Result<IntoClause> {
        let mut persistence = Persistence::Permanent;
        if matches!(self.kind(), Kind::LOCAL | Kind::GLOBAL)
            && matches!(self.kind_at(1), Kind::TEMP | Kind::TEMPORARY)
        {
            self.bump();
        }
        let follows_name = self.kind_at(1).is_column_name() || self.kind_at(1) == Kind::TABLE;
        if follows_name && matches!(self.kind(), Kind::TEMP | Kind::TEMPORARY) {
            self.bump();
            persistence = Persistence::Temporary;
        } else if follows_name && self.is(Kind::UNLOGGED) {
            self.bump();
            persistence = Persistence::Unlogged;
        }
        self.accept(Kind::TABLE);
        Ok(IntoClause { relation: self.relation_name()?, persistence })
    }

    fn group_item(&mut self) -> Result<GroupItem> {
        let location = self.location();
        let next_is_paren = self.kind_at(1) == Kind::LEFT_PAREN;
        match self.kind() {
            Kind::LEFT_PAREN if self.kind_at(1) == Kind::RIGHT_PAREN => {
                self.bump();
                self.bump();
                Ok(GroupItem::Empty(location))
            }
            Kind::ROLLUP if next_is_paren => {
                self.bump();
                Ok(GroupItem::Rollup(self.parenthesised(Self::expression)?, location))
            }
            Kind::CUBE if next_is_paren => {
                self.bump();
                Ok(GroupItem::Cube(self.parenthesised(Self::expression)?, location))
            }
            Kind::GROUPING if self.kind_at(1) == Kind::SETS => {
                self.bump();
                self.bump();
                let outer = self.enter()?;
                let items = self.parenthesised(Self::group_item)?;
                self.leave(outer)?;
                Ok(GroupItem::GroupingSets(items, location))
            }
            _ => Ok(GroupItem::Expr(self.expression()?)),
        }
    }

    /// ORDER BY, LIMIT, OFFSET, FETCH and FOR, in the orders that PostgreSQL takes.
    fn tail_clauses(&mut self, select: &mut Select) -> Result<()> {
        let location = self.location();
        let order_by = self.order_by()?;
        if !order_by.is_empty() {
            if !select.order_by.is_empty() {
                let place = order_by.first().map_or(location, |sort| sort.value.location);
                return Err(self.syntax_error("multiple ORDER BY clauses not allowed", place));
            }
            select.order_by = order_by;
        }
        let locked_first = self.is(Kind::FOR);
        self.locking_clauses(select)?;
        let ties = self.limits(select)?;
        if !locked_first {
            self.locking_clauses(select)?;
        }
        if let Some(location) = ties {
            if select.order_by.is_empty() {
                let message = "WITH TIES cannot be specified without ORDER BY clause";
                return Err(self.syntax_error(message, location));
            }
            if select.locking.iter().any(|clause| clause.wait == LockWait::SkipLocked) {
                let message = "SKIP LOCKED and WITH TIES options cannot be used together";
                return Err(self.syntax_error(message, location));
            }
        }
        Ok(())
    }

    /// LIMIT or FETCH and OFFSET, each at most once; gives the place of WITH TIES.
    fn limits(&mut self, select: &mut Select) -> Result<Option<Location>> {
        let (mut limited, mut offset, mut ties) = (false, false, None);
        loop {
            let location = self.location();
            match self.kind() {
                Kind::LIMIT | Kind::FETCH if !limited => {
                    limited = true;
                    if select.limit.is_some() {
                        let message = "multiple LIMIT clauses not allowed";
                        return Err(self.syntax_error(message, location));
                    }
                    if self.is(Kind::LIMIT) {
                        self.limit(select)?;
                    } else {
                        ties = self.fetch(select)?;
                    }
                }
                Kind::OFFSET if !offset => {
                    offset = true;
                    if select.offset.is_some() {
                        let message = "multiple OFFSET clauses not allowed";
                        return Err(self.syntax_error(message, location));
                    }
                    self.bump();
                    select.offset = Some(self.expression()?);
                    if matches!(self.kind(), Kind::ROW | Kind::ROWS) {
                        self.bump();
                    }
                }
                _ => return Ok(ties),
            }
        }
    }

    fn limit(&mut self, select: &mut Select) -> Result<()> {
        let start = self.location();
        self.bump();
        let location = self.location();
        if self.accept(Kind::ALL) {
            select.limit = Some(expr(ExprKind::Constant(Constant::Null), location));
            return Ok(());
        }
        select.limit = Some(self.expression()?);
        if self.is(Kind::COMMA) {
            return Err(self
                .syntax_error("LIMIT #,# syntax is not supported", start)
                .hint("Use separate LIMIT and OFFSET clauses."));
        }
        Ok(())
    }

    /// `FETCH {FIRST | NEXT} [count] {ROW | ROWS} {ONLY | WITH TIES}`; gives the place of WITH TIES, if that was written.
    fn fetch(&mut self, select: &mut Select) -> Result<Option<Location>> {
        self.bump();
        if !self.accept(Kind::FIRST) {
            self.expect(Kind::NEXT)?;
        }
        let location = self.location();
        let count = match self.kind() {
            Kind::ROW | Kind::ROWS
                if !matches!(
                    self.kind_at(1),
                    Kind::LEFT_PAREN | Kind::LEFT_BRACKET | Kind::DOT
                ) =>
            {
                expr(ExprKind::Constant(Constant::Integer(1)), Location::NONE)
            }
            Kind::PLUS | Kind::MINUS => expr(ExprKind::Constant(self.signed_number()?), location),
            _ => self.primary()?,
        };
        if !self.accept(Kind::ROW) {
            self.expect(Kind::ROWS)?;
        }
        let ties = self.location();
        select.limit = Some(count);
        if self.accept(Kind::WITH) {
            self.expect(Kind::TIES)?;
            select.with_ties = true;
            return Ok(Some(ties));
        }
        self.expect(Kind::ONLY)?;
        Ok(None)
    }

    fn locking_clauses(&mut self, select: &mut Select) -> Result<()> {
        while self.is(Kind::FOR) {
            if self.accept_all(&[Kind::FOR, Kind::READ, Kind::ONLY]) {
                continue;
            }
            self.bump();
            let strength = if self.accept(Kind::UPDATE) {
                LockStrength::Update
            } else if self.accept(Kind::SHARE) {
                LockStrength::Share
            } else if self.accept(Kind::KEY) {
                self.expect(Kind::SHARE)?;
                LockStrength::KeyShare
            } else {
                self.expect_all(&[Kind::NO, Kind::KEY, Kind::UPDATE])?;
                LockStrength::NoKeyUpdate
            };
            let tables =
                if self.accept(Kind::OF) { self.list(Self::relation_name)? } else { Vec::new() };
            let wait = if self.accept(Kind::NOWAIT) {
                LockWait::NoWait
            } else if self.accept(Kind::SKIP) {
                self.expect(Kind::LOCKED)?;
                LockWait::SkipLocked
            } else {
                LockWait::Block
            };
            select.locking.push(LockingClause { strength, wait, tables });
        }
        Ok(())
    }

    /// One item of ORDER BY.
    pub(super) fn sort_item(&mut self) -> Result<SortBy> {
        let value = self.expression()?;
        let direction = match self.kind() {
            Kind::ASC => SortDirection::Ascending,
            Kind::DESC => SortDirection::Descending,
            Kind::USING => {
                let location = self.location();
                self.bump();
                let operator =
                    if self.at_operator() { self.take_operator() } else { self.operator_call()? };
                let nulls = self.nulls_order()?;
                let direction = SortDirection::Using(operator, location);
                return Ok(SortBy { value, direction, nulls });
            }
            _ => SortDirection::Default,
        };
        if direction != SortDirection::Default {
            self.bump();
        }
        Ok(SortBy { value, direction, nulls: self.nulls_order()? })
    }

    pub(super) fn nulls_order(&mut self) -> Result<NullsOrder> {
        if !self.accept(Kind::NULLS_LA) {
            return Ok(NullsOrder::Default);
        }
        let first = self.is(Kind::FIRST);
        self.bump();
        Ok(if first { NullsOrder::First } else { NullsOrder::Last })
    }

    /// `WITH [RECURSIVE] ...`, or nothing.
    pub(super) fn with(&mut self) -> Result<Option<With>> {
        let location = self.location();
        if !self.accept(Kind::WITH) && !self.accept(Kind::WITH_LA) {
            return Ok(None);
        }
        // `recursive` may be a name: WITH recursive AS (...).
        let recursive = self.is(Kind::RECURSIVE) && self.kind_at(1).is_column_name() && {
            self.bump();
            true
        };
        let tables = self.list(Self::common_table)?;
        Ok(Some(With { recursive, tables, location }))
    }

    fn common_table(&mut self) -> Result<CommonTable> {
        let location = self.location();
        let name = self.column_name()?;
        let columns = self.optional_column_list()?;
        self.expect(Kind::AS)?;
        let materialized = if self.accept(Kind::MATERIALIZED) {
            Some(true)
        } else if self.accept(Kind::NOT) {
            self.expect(Kind::MATERIALIZED)?;
            Some(false)
        } else {
            None
        };
        self.expect(Kind::LEFT_PAREN)?;
        let query = self.preparable_statement()?;
        self.expect(Kind::RIGHT_PAREN)?;
        let search = self.search_clause()?;
        let cycle = self.cycle_clause()?;
        Ok(CommonTable { name, columns, materialized, query, search, cycle, location })
    }

    fn search_clause(&mut self) -> Result<Option<SearchClause>> {
        let location = self.location();
        if !self.accept(Kind::SEARCH) {
            return Ok(None);
        }
        let breadth_first = self.accept(Kind::BREADTH);
        if !breadth_first {
            self.expect(Kind::DEPTH)?;
        }
        self.expect_all(&[Kind::FIRST, Kind::BY])?;
        let columns = self.list(Self::column_name)?;
        self.expect(Kind::SET)?;
        let sequence_column = self.column_name()?;
        Ok(Some(SearchClause { columns, breadth_first, sequence_column, location }))
    }

    fn cycle_clause(&mut self) -> Result<Option<CycleClause>> {
        let location = self.location();
        if !self.accept(Kind::CYCLE) {
            return Ok(None);
        }
        let columns = self.list(Self::column_name)?;
        self.expect(Kind::SET)?;
        let mark_column = self.column_name()?;
        let mut mark_values = None;
        if self.accept(Kind::TO) {
            let value = self.primary()?;
            self.expect(Kind::DEFAULT)?;
            mark_values = Some(Box::new((value, self.primary()?)));
        }
        self.expect(Kind::USING)?;
        let path_column = self.column_name()?;
        Ok(Some(CycleClause { columns, mark_column, mark_values, path_column, location }))
    }

    /// A statement that may stand in WITH, COPY and PREPARE: a query or DML.
    pub(super) fn preparable_statement(&mut self) -> Result<StatementKind> {
        let outer = self.enter()?;
        let with = self.with()?;
        let statement = match self.kind() {
            Kind::INSERT => StatementKind::Insert(Box::new(self.insert(with)?)),
            Kind::UPDATE => StatementKind::Update(Box::new(self.update(with)?)),
            Kind::DELETE => StatementKind::Delete(Box::new(self.delete(with)?)),
            Kind::MERGE => StatementKind::Merge(Box::new(self.merge(with)?)),
            _ => StatementKind::Select(Box::new(self.query_body(with)?)),
        };
        self.leave(outer)?;
        Ok(statement)
    }

    /// relation_expr: `name`, `name *`, `ONLY name`, `ONLY (name)`.
    pub(super) fn relation_expression(&mut self) -> Result<FromTable> {
        let only = self.accept(Kind::ONLY);
        let relation = if only && self.accept(Kind::LEFT_PAREN) {
            let relation = self.relation_name()?;
            self.expect(Kind::RIGHT_PAREN)?;
            relation
        } else {
            self.relation_name()?
        };
        if !only {
            self.accept(Kind::STAR);
        }
        Ok(FromTable { relation, only, alias: None, sample: None })
    }

    /// relation_expr_opt_alias: SET is no alias, unless AS is before it.
    pub(super) fn relation_with_alias(&mut self) -> Result<FromTable> {
        let mut table = self.relation_expression()?;
        if self.accept(Kind::AS) || (self.kind().is_column_name() && !self.is(Kind::SET)) {
            let name = self.column_name()?;
            table.alias = Some(Alias { name, columns: Vec::new() });
        }
        Ok(table)
    }
}
