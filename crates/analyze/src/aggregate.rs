//! Aggregates: where they may stand, and that a grouped query uses only what is grouped.

use crate::Analyzer;
use crate::function::{Filled, input_collation};
use crate::scope::Clause;
use catalog::facts::{Function, facts};
use error::{Error, Result, SqlState};
use expression::{
    AggregateCall, ColumnRef, Expr, ExprKind, JoinTree, Query, RangeKind, Sort, default_collation,
};
use syntax::ast::{FunctionCall, Location};

impl Analyzer<'_> {
    /// An aggregate call; its arguments are analysed already.
    pub(crate) fn aggregate(
        &mut self,
        call: &FunctionCall,
        function: &'static Function,
        mut filled: Filled,
        location: Location,
    ) -> Result<Expr> {
        let position = self.position(location);
        self.check_within_group(call, function, location)?;
        if call.args.is_empty() && !call.star && !call.within_group {
            let text = format!(
                "{}(*) must be used to call a parameterless aggregate function",
                call.name.name()
            );
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(position));
        }
        let nested = |expr: &Expr| {
            expr.any(&mut |e| matches!(&e.kind, ExprKind::Aggregate(a) if a.level == 0))
        };
        if filled.arguments.iter().any(nested) {
            let text = "aggregate function calls cannot be nested";
            return Err(Error::new(SqlState::GROUPING_ERROR, text).at(position));
        }
        let windowed = |expr: &Expr| expr.any(&mut |e| matches!(e.kind, ExprKind::Window(_)));
        if filled.arguments.iter().any(windowed) {
            return Err(self.window_in_aggregate());
        }
        let level = filled.arguments.iter().filter_map(lowest_level).min().unwrap_or(0);
        let index = self.scopes.len() - 1 - usize::from(level).min(self.scopes.len() - 1);
        let scope = &mut self.scopes[index];
        if let Some(clause) = scope.clause.forbids_aggregates() {
            let text = format!("aggregate functions are not allowed in {clause}");
            return Err(Error::new(SqlState::GROUPING_ERROR, text).at(position));
        }
        scope.has_aggregates = true;
        let before = std::mem::replace(&mut self.scope().clause, Clause::Filter);
        let filter = match &call.filter {
            None => None,
            Some(filter) => {
                let value = self.expr(filter)?;
                Some(self.boolean(value, "FILTER", filter.start())?)
            }
        };
        self.scope().clause = Clause::Aggregate;
        let order_by = self.aggregate_order(call, function, &mut filled)?;
        self.scope().clause = before;
        if call.distinct && order_by.iter().any(|sort| !filled.arguments.contains(&sort.expr)) {
            let text =
                "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list";
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text).at(position));
        }
        let collation = input_collation(&filled.arguments);
        let default = default_collation(filled.result);
        let result_collation =
            if default.is_valid() && collation.is_valid() { collation } else { default };
        let aggregate = AggregateCall {
            function: function.oid,
            arguments: filled.arguments,
            distinct: call.distinct,
            order_by,
            filter,
            input_collation: collation,
            level,
            star: call.star,
        };
        Ok(Expr::new(ExprKind::Aggregate(Box::new(aggregate)), filled.result, result_collation))
    }

    /// The order of ORDER BY or WITHIN GROUP.
    fn aggregate_order(
        &mut self,
        call: &FunctionCall,
        function: &Function,
        filled: &mut Filled,
    ) -> Result<Vec<Sort>> {
        let windowed = |expr: &Expr| expr.any(&mut |e| matches!(e.kind, ExprKind::Window(_)));
        let mut order_by = Vec::with_capacity(call.order_by.len());
        if call.within_group {
            self.unify_hypothetical(call, function, filled)?;
        }
        for (index, sort) in call.order_by.iter().enumerate() {
            // What WITHIN GROUP sorts by are the last arguments.
            let value = if call.within_group {
                filled.arguments[call.args.len() + index].clone()
            } else {
                let value = self.expr(&sort.value)?;
                self.unknown_to_text(value)?
            };
            if windowed(&value) {
                return Err(self.window_in_aggregate());
            }
            let (descending, nulls_first) = self.direction(sort)?;
            order_by.push(Sort { expr: value, descending, nulls_first });
        }
        Ok(order_by)
    }

    /// 42809 where WITHIN GROUP is missing or has no place.
    fn check_within_group(
        &self,
        call: &FunctionCall,
        function: &Function,
        location: Location,
    ) -> Result<()> {
        let ordered = facts().aggregates.get(&function.oid).is_some_and(|fact| fact.kind != "n");
        let name = function.name;
        let text = match (ordered, call.within_group) {
            (true, false) => format!("WITHIN GROUP is required for ordered-set aggregate {name}"),
            (false, true) => {
                format!("{name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP")
            }
            (true, true) if call.distinct => "cannot use DISTINCT with WITHIN GROUP".to_owned(),
            (true, true) | (false, false) => return Ok(()),
        };
        let state = if call.distinct && ordered {
            SqlState::FEATURE_NOT_SUPPORTED
        } else {
            SqlState::WRONG_OBJECT_TYPE
        };
        Err(Error::new(state, text).at(self.position(location)))
    }

    /// Gives each direct argument of a hypothetical-set aggregate and the column that it stands in the same type.
    fn unify_hypothetical(
        &mut self,
        call: &FunctionCall,
        function: &Function,
        filled: &mut Filled,
    ) -> Result<()> {
        let direct = call.args.len();
        let hypothetical =
            facts().aggregates.get(&function.oid).is_some_and(|fact| fact.kind == "h");
        if !hypothetical {
            return Ok(());
        }
        for index in 0..direct.min(call.order_by.len()) {
            let places = [call.args[index].value.start(), call.order_by[index].value.start()];
            let pair = [index, direct + index];
            let types: Vec<_> = pair
                .iter()
                .zip(places)
                .map(|(at, place)| (filled.arguments[*at].type_id, place))
                .collect();
            let common = self.common_type(&types, "WITHIN GROUP")?;
            for (at, place) in pair.into_iter().zip(places) {
                let value = filled.arguments[at].clone();
                filled.arguments[at] = self.to_common(value, common, "WITHIN GROUP", place)?;
            }
        }
        Ok(())
    }

    fn window_in_aggregate(&mut self) -> Error {
        let location = self.scope().window_call;
        let text = "aggregate function calls cannot contain window function calls";
        Error::new(SqlState::GROUPING_ERROR, text).at(self.position(location))
    }

    /// 42803 where a grouped query uses a column that is neither grouped nor aggregated.
    pub(crate) fn check_grouping(&self, query: &Query) -> Result<()> {
        if !query.grouped {
            return Ok(());
        }
        let keys: Vec<&Expr> =
            query.group_by.iter().map(|index| &query.targets[*index].expr).collect();
        let outputs = query.targets.iter().map(|target| &target.expr);
        for expr in outputs.chain(&query.having) {
            self.check_grouped(expr, &keys, query, 0)?;
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn check_grouped(&self, expr: &Expr, keys: &[&Expr], query: &Query, level: u16) -> Result<()> {
        error::stack_check()?;
        if level == 0 && keys.contains(&expr) {
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Aggregate(aggregate) if aggregate.level == level => return Ok(()),
            ExprKind::Column(column) if column.level == level => {
                let grouped = keys.iter().any(|key| {
                    matches!(key.kind, ExprKind::Column(k)
                        if k.level == 0 && k.range == column.range && k.column == column.column)
                });
                if grouped || self.depends_on_keys(*column, keys, query) {
                    return Ok(());
                }
                let entry = &query.range[usize::from(column.range)];
                let name = usize::try_from(column.column - 1)
                    .ok()
                    .and_then(|index| entry.columns.get(index))
                    .map_or("?", |name| name.as_str());
                let text = if level == 0 {
                    format!(
                        "column \"{}.{name}\" must appear in the GROUP BY clause or be used in an aggregate function",
                        entry.name
                    )
                } else {
                    format!(
                        "subquery uses ungrouped column \"{}.{name}\" from outer query",
                        entry.name
                    )
                };
                return Err(Error::new(SqlState::GROUPING_ERROR, text));
            }
            _ => {}
        }
        let mut result = Ok(());
        expr.for_each_child(&mut |child| {
            if result.is_ok() {
                result = self.check_grouped(child, keys, query, level);
            }
        });
        if let ExprKind::Subquery(subquery) = &expr.kind {
            for_each_inner(&subquery.query, 1, &mut |inner, depth| {
                if result.is_ok() {
                    result = self.check_grouped(inner, keys, query, level + depth);
                }
            })?;
        }
        result
    }

    /// A table whose primary key is grouped determines its other columns.
    fn depends_on_keys(&self, column: ColumnRef, keys: &[&Expr], query: &Query) -> bool {
        let RangeKind::Table(oid) = query.range[usize::from(column.range)].kind else {
            return false;
        };
        let catalog = self.resolver.catalog();
        catalog.indexes_of(oid).any(|index| {
            index.primary
                && index.columns[..index.key_count].iter().all(|c| match c.target {
                    catalog::object::IndexTarget::Expression(_) => false,
                    catalog::object::IndexTarget::Column(number) => keys.iter().any(|key| {
                        matches!(key.kind, ExprKind::Column(k)
                            if k.level == 0 && k.range == column.range && k.column == number)
                    }),
                })
        })
    }
}

/// The lowest level of a column in an expression; `None` without columns.
fn lowest_level(expr: &Expr) -> Option<u16> {
    let mut lowest = None;
    expr.any(&mut |e| {
        if let ExprKind::Column(column) = e.kind {
            lowest = Some(lowest.map_or(column.level, |l: u16| l.min(column.level)));
        }
        false
    });
    lowest
}

/// Calls `f` with each expression at the top of a clause of a query, and of those in its FROM and WITH; with how many
/// queries up the columns of the query around it are.
fn for_each_inner(query: &Query, depth: u16, f: &mut dyn FnMut(&Expr, u16)) -> Result<()> {
    error::stack_check()?;
    let clauses = [&query.filter, &query.having, &query.limit, &query.offset];
    let targets = query.targets.iter().map(|target| &target.expr);
    targets.chain(clauses.into_iter().flatten()).for_each(|expr| f(expr, depth));
    for tree in &query.from {
        for_each_condition(tree, &mut |expr| f(expr, depth))?;
    }
    for entry in &query.range {
        match &entry.kind {
            RangeKind::Subquery(inner) => for_each_inner(inner, depth + 1, f)?,
            RangeKind::Values(rows) => rows.iter().flatten().for_each(|expr| f(expr, depth)),
            RangeKind::Functions { list, .. } => list.iter().for_each(|one| f(&one.call, depth)),
            RangeKind::Table(_)
            | RangeKind::System(_)
            | RangeKind::Sequence(_)
            | RangeKind::Common { .. }
            | RangeKind::Row => {}
        }
    }
    for table in &query.common_tables {
        for_each_inner(&table.query, depth + 1, f)?;
    }
    Ok(())
}

fn for_each_condition(tree: &JoinTree, f: &mut dyn FnMut(&Expr)) -> Result<()> {
    error::stack_check()?;
    if let JoinTree::Join { left, right, condition, .. } = tree {
        condition.iter().for_each(&mut *f);
        for_each_condition(left, f)?;
        for_each_condition(right, f)?;
    }
    Ok(())
}
