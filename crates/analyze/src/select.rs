//! SELECT and VALUES.

use crate::expr::common_typmod;
use crate::scope::Clause;
use crate::{Analyzer, RelationUse};
use error::{Error, Result, SqlState};
use expression::{
    ColumnRef, Expr, ExprKind, LockStrength, LockWait, Query, RangeEntry, RangeKind, RowLocking,
    Target, default_collation,
};
use syntax::ast::{self, ExprKind as Ast, Location, SelectBody};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// The typed query of a SELECT; its outputs may still be `unknown`.
    pub(crate) fn select(&mut self, select: &ast::Select) -> Result<Query> {
        error::stack_check()?;
        let (mut query, scope) = self.in_scope(|analyzer| analyzer.select_in_scope(select))?;
        query.range = scope.range;
        query.common_tables = scope.common_tables;
        query.grouped = query.grouped || scope.has_aggregates;
        query.has_set_returning = scope.has_set_returning;
        // The check needs the range for names.
        self.check_grouping(&query)?;
        Ok(query)
    }

    fn select_in_scope(&mut self, select: &ast::Select) -> Result<Query> {
        let mut query = Query::default();
        if let Some(with) = &select.with {
            query.recursive = with.recursive;
            self.with(with)?;
        }
        match &select.body {
            SelectBody::Select(core) => self.core(core, &select.order_by, &mut query)?,
            SelectBody::Values(rows) => {
                self.values(rows, &mut query)?;
                query.order_by = self.order_by(&select.order_by, &mut query.targets)?;
            }
            SelectBody::SetOperation(operation) => {
                self.set_operation(operation, &mut query)?;
                query.order_by = self.set_order_by(&select.order_by, &query)?;
            }
        }
        query.windows = self.windows(&mut query.targets)?;
        query.limit = self.row_count(select.limit.as_ref(), Clause::Limit)?;
        query.offset = self.row_count(select.offset.as_ref(), Clause::Offset)?;
        query.with_ties = select.with_ties;
        if query.with_ties && query.order_by.is_empty() {
            let text = "WITH TIES cannot be specified without ORDER BY clause";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        }
        for clause in &select.locking {
            self.locking(clause, &mut query)?;
        }
        Ok(query)
    }

    fn core(
        &mut self,
        core: &ast::SelectCore,
        order_by: &[ast::SortBy],
        query: &mut Query,
    ) -> Result<()> {
        if core.into.is_some() {
            return Err(Error::unsupported("SELECT INTO here"));
        }
        self.name_windows(&core.windows)?;
        query.from = self.from(&core.from)?;
        self.scope().clause = Clause::Targets;
        query.targets = self.targets(&core.targets)?;
        query.filter = self.where_clause(core.where_clause.as_ref())?;
        query.order_by = self.order_by(order_by, &mut query.targets)?;
        query.group_by = self.group_by(&core.group_by, &mut query.targets)?;
        query.grouped = !core.group_by.is_empty() || core.having.is_some();
        if let Some(having) = &core.having {
            self.scope().clause = Clause::Having;
            let value = self.expr(having)?;
            query.having = Some(self.boolean(value, "HAVING", having.start())?);
        }
        self.distinct(&core.distinct, query)
    }

    /// WHERE.
    pub(crate) fn where_clause(&mut self, clause: Option<&ast::Expr>) -> Result<Option<Expr>> {
        let Some(expr) = clause else { return Ok(None) };
        let before = std::mem::replace(&mut self.scope().clause, Clause::Where);
        let value = self.expr(expr);
        self.scope().clause = before;
        Ok(Some(self.boolean(value?, "WHERE", expr.start())?))
    }

    fn row_count(&mut self, expr: Option<&ast::Expr>, clause: Clause) -> Result<Option<Expr>> {
        let Some(expr) = expr else { return Ok(None) };
        let word = if clause == Clause::Limit { "LIMIT" } else { "OFFSET" };
        self.scope().clause = clause;
        let value = self.expr(expr)?;
        let value = self.must_be(value, type_oid::INT8, word, expr.start())?;
        let local =
            value.any(&mut |e| matches!(e.kind, ExprKind::Column(ColumnRef { level: 0, .. })));
        if local {
            let text = format!("argument of {word} must not contain variables");
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text)
                .at(self.position(expr.start())));
        }
        Ok(Some(value))
    }

    /// VALUES as a query: one range entry, whose columns are the targets.
    fn values(&mut self, rows: &[Vec<ast::Expr>], query: &mut Query) -> Result<()> {
        self.scope().clause = Clause::Values;
        let typed = self.values_rows(rows)?;
        let width = typed.first().map_or(0, Vec::len);
        let types: Vec<(Oid, i32, Oid)> = (0..width)
            .map(|i| {
                let first = &typed[0][i];
                let typmod = common_typmod(typed.iter().map(|row| &row[i]));
                (first.type_id, typmod, default_collation(first.type_id))
            })
            .collect();
        let columns: Vec<String> = (1..=width).map(|i| format!("column{i}")).collect();
        let entry = RangeEntry {
            kind: RangeKind::Values(typed),
            name: "*VALUES*".to_owned(),
            columns,
            types,
            required: 0,
            lateral: false,
        };
        let tree = self.add_entry(entry, None, None, Location::NONE, false)?;
        query.from = vec![tree];
        self.scope().clause = Clause::Targets;
        let item = self.scope().items.last().cloned();
        query.targets = item
            .into_iter()
            .flat_map(|item| item.columns)
            .map(|column| Target {
                expr: column.expr,
                name: column.name,
                junk: false,
                origin: None,
            })
            .collect();
        Ok(())
    }

    /// The rows of VALUES, each column made of one type.
    fn values_rows(&mut self, rows: &[Vec<ast::Expr>]) -> Result<Vec<Vec<Expr>>> {
        let width = rows.first().map_or(0, Vec::len);
        let mut typed: Vec<Vec<Expr>> = Vec::with_capacity(rows.len());
        for row in rows {
            if row.len() != width {
                let place = row.first().map_or(Location::NONE, ast::Expr::start);
                let text = "VALUES lists must all be the same length";
                return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(place)));
            }
            let mut values = Vec::with_capacity(width);
            for expr in row {
                values.push(self.expr(expr)?);
            }
            typed.push(values);
        }
        for index in 0..width {
            let list: Vec<(Oid, Location)> = typed
                .iter()
                .zip(rows)
                .map(|(row, ast)| (row[index].type_id, ast[index].start()))
                .collect();
            let common = self.common_type(&list, "VALUES")?;
            for (row, ast) in typed.iter_mut().zip(rows) {
                let value = std::mem::replace(&mut row[index], Expr::null(common));
                row[index] = self.to_common(value, common, "VALUES", ast[index].start())?;
            }
        }
        Ok(typed)
    }

    fn locking(&mut self, clause: &ast::LockingClause, query: &mut Query) -> Result<()> {
        let strength = match clause.strength {
            ast::LockStrength::KeyShare => LockStrength::KeyShare,
            ast::LockStrength::Share => LockStrength::Share,
            ast::LockStrength::NoKeyUpdate => LockStrength::NoKeyUpdate,
            ast::LockStrength::Update => LockStrength::Update,
        };
        let wait = match clause.wait {
            ast::LockWait::Block => LockWait::Block,
            ast::LockWait::SkipLocked => LockWait::SkipLocked,
            ast::LockWait::NoWait => LockWait::NoWait,
        };
        let word = match clause.strength {
            ast::LockStrength::KeyShare => "FOR KEY SHARE",
            ast::LockStrength::Share => "FOR SHARE",
            ast::LockStrength::NoKeyUpdate => "FOR NO KEY UPDATE",
            ast::LockStrength::Update => "FOR UPDATE",
        };
        let refused = if query.set_operation.is_some() {
            Some("UNION/INTERSECT/EXCEPT")
        } else if query.distinct != expression::Distinct::No {
            Some("DISTINCT clause")
        } else if !query.group_by.is_empty() {
            Some("GROUP BY clause")
        } else if query.having.is_some() {
            Some("HAVING clause")
        } else if self.scope().has_aggregates {
            Some("aggregate functions")
        } else if !query.windows.is_empty() {
            Some("window functions")
        } else {
            None
        };
        if let Some(what) = refused {
            let text = format!("{word} is not allowed with {what}");
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let ranges: Vec<u16> = if clause.tables.is_empty() {
            let tables = self.scope().range.iter().enumerate();
            tables
                .filter(|(_, entry)| matches!(entry.kind, RangeKind::Table(_)))
                .filter_map(|(index, _)| u16::try_from(index).ok())
                .collect()
        } else {
            let mut ranges = Vec::with_capacity(clause.tables.len());
            for table in &clause.tables {
                let found = self.scope().items.iter().find(|i| i.by_name && *i.name == *table.name);
                let range = found.and_then(|item| item.range).ok_or_else(|| {
                    let text = format!(
                        "relation \"{}\" in {word} clause not found in FROM clause",
                        table.name
                    );
                    Error::new(SqlState::UNDEFINED_TABLE, text)
                });
                ranges.push(range.map_err(|e| e.at(self.position(table.location)))?);
            }
            ranges
        };
        for range in ranges {
            let entry = &mut self.scope().range[usize::from(range)];
            entry.required |= catalog::acl::Privileges::UPDATE.0;
            if let RangeKind::Table(table) = entry.kind {
                // It is locked for reading: it cannot change meanwhile.
                self.resolver.lock_relation(table, RelationUse::LocksRows)?;
            }
            query.locking.push(RowLocking { range, strength, wait });
        }
        Ok(())
    }

    /// Whether a select is plain VALUES, as INSERT takes them with DEFAULT.
    pub(crate) fn plain_values(select: &ast::Select) -> Option<&Vec<Vec<ast::Expr>>> {
        let plain = select.with.is_none()
            && select.order_by.is_empty()
            && select.limit.is_none()
            && select.offset.is_none()
            && select.locking.is_empty();
        match &select.body {
            SelectBody::Values(rows) if plain => Some(rows),
            SelectBody::Values(_) | SelectBody::Select(_) | SelectBody::SetOperation(_) => None,
        }
    }
}

/// Whether an expression is the word DEFAULT.
pub(crate) fn is_default(expr: &ast::Expr) -> bool {
    matches!(expr.kind, Ast::Default)
}
