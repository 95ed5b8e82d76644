//! Output columns, ORDER BY, GROUP BY and DISTINCT, which may name them.

use crate::Analyzer;
use crate::coerce::category;
use crate::column::lift;
use crate::scope::Clause;
use error::{Error, Result, SqlState};
use expression::{Distinct, Expr, ExprKind, Query, RangeKind, Sort, Target};
use syntax::ast::{self, Constant, ExprKind as Ast, Location, NullsOrder, SortDirection};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// The targets of SELECT or RETURNING, stars expanded.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn targets(&mut self, list: &[ast::Target]) -> Result<Vec<Target>> {
        let mut targets = Vec::with_capacity(list.len());
        for target in list {
            match &target.value.kind {
                Ast::Star(names) => self.star(names, target.value.location, &mut targets)?,
                Ast::Indirection(node)
                    if matches!(node.path.last(), Some(ast::Indirection::Star)) =>
                {
                    self.row_star(node, target.value.location, &mut targets)?;
                }
                _ => {
                    let expr = self.expr(&target.value)?;
                    let name = match &target.alias {
                        Some(alias) => alias.to_string(),
                        None => column_name(&target.value),
                    };
                    let origin = self.origin(&expr);
                    targets.push(Target { expr, name, junk: false, origin });
                }
            }
        }
        const TARGETS_MAX: usize = 1664;
        if targets.len() > TARGETS_MAX {
            let text = format!("target lists can have at most {TARGETS_MAX} entries");
            return Err(Error::new(SqlState::TOO_MANY_COLUMNS, text));
        }
        Ok(targets)
    }

    /// `*` and `table.*`.
    fn star(
        &mut self,
        names: &[ast::Name],
        location: Location,
        targets: &mut Vec<Target>,
    ) -> Result<()> {
        let mut columns = Vec::new();
        if let Some(table) = names.last() {
            let schema = names.len().checked_sub(2).map(|index| &*names[index]);
            let found = self.item(schema, table, location);
            if found.is_err()
                && let Some(record) = self.variable(names, location)?
            {
                return self.record_star(&record, location, targets);
            }
            let (level, item) = found?;
            for column in &item.columns {
                columns.push((column.name.clone(), lift(column.expr.clone(), level)?));
            }
        } else {
            let scope = self.scope();
            if !scope.items.iter().any(|item| item.by_column) {
                let text = "SELECT * with no tables specified is not valid";
                return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location)));
            }
            for item in scope.items.iter().filter(|item| item.by_column) {
                columns.extend(
                    item.columns.iter().map(|column| (column.name.clone(), column.expr.clone())),
                );
            }
        }
        for (name, expr) in columns {
            let origin = self.origin(&expr);
            targets.push(Target { expr, name, junk: false, origin });
        }
        Ok(())
    }

    /// `(value).*`.
    fn row_star(
        &mut self,
        node: &ast::IndirectionExpr,
        location: Location,
        targets: &mut Vec<Target>,
    ) -> Result<()> {
        if node.path.len() > 1 {
            return Err(Error::unsupported("a star after a field").at(self.position(location)));
        }
        let record = self.expr(&node.arg)?;
        if let ExprKind::Row(fields) = record.kind {
            for (index, expr) in fields.into_iter().enumerate() {
                targets.push(Target {
                    expr,
                    name: format!("f{}", index + 1),
                    junk: false,
                    origin: None,
                });
            }
            return Ok(());
        }
        self.record_star(&record, location, targets)
    }

    /// All columns of a composite value.
    fn record_star(
        &mut self,
        record: &Expr,
        location: Location,
        targets: &mut Vec<Target>,
    ) -> Result<()> {
        let Some(columns) = self.columns_of(record)? else {
            let text =
                format!("type {} is not composite", types::format_type(record.type_id, None));
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(self.position(location)));
        };
        for (number, (name, type_id, typmod, collation)) in (1..).zip(columns) {
            let kind = ExprKind::Field { record: Box::new(record.clone()), number };
            let expr = Expr { kind, type_id, typmod, collation };
            targets.push(Target { expr, name, junk: false, origin: None });
        }
        Ok(())
    }

    /// The table and column that an expression is.
    fn origin(&mut self, expr: &Expr) -> Option<(Oid, i16)> {
        let ExprKind::Column(column) = expr.kind else { return None };
        if column.level > 0 || column.column < 1 {
            return None;
        }
        match &self.scope().range[usize::from(column.range)].kind {
            RangeKind::Table(oid) | RangeKind::System(oid) | RangeKind::Sequence(oid) => {
                Some((*oid, column.column))
            }
            RangeKind::Subquery(query) => {
                let index = usize::try_from(column.column - 1).ok()?;
                query.targets.iter().filter(|target| !target.junk).nth(index)?.origin
            }
            RangeKind::Values(_)
            | RangeKind::Functions { .. }
            | RangeKind::Common { .. }
            | RangeKind::Row => None,
        }
    }

    /// Whether greatest come first, and whether NULLs do.
    pub(crate) fn direction(&self, sort: &ast::SortBy) -> Result<(bool, bool)> {
        let descending = match &sort.direction {
            SortDirection::Default | SortDirection::Ascending => false,
            SortDirection::Descending => true,
            SortDirection::Using(operator, location) => match &*operator.name {
                "<" => false,
                ">" => true,
                other => {
                    let text = format!("operator {other} is not a valid ordering operator");
                    return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                        .hint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
                        .at(self.position(*location)));
                }
            },
        };
        let nulls_first = match sort.nulls {
            NullsOrder::Default => descending,
            NullsOrder::First => true,
            NullsOrder::Last => false,
        };
        Ok((descending, nulls_first))
    }

    /// The target that an item of ORDER BY (or, as SQL99 has it, of GROUP BY) means, added as junk if it is none yet.
    pub(crate) fn find_target(
        &mut self,
        expr: &ast::Expr,
        targets: &mut Vec<Target>,
        clause: Clause,
    ) -> Result<usize> {
        let word = if clause == Clause::GroupBy {
            "GROUP BY"
        } else if clause == Clause::OrderBy {
            "ORDER BY"
        } else {
            "DISTINCT ON"
        };
        let position = self.position(expr.location);
        if let Ast::Column(names) = &expr.kind
            && let [name] = names.as_slice()
        {
            // In GROUP BY a column of FROM goes before an output column's name.
            let shadowed = clause == Clause::GroupBy && self.is_column(name);
            if !shadowed && let Some(index) = self.named_target(name, targets, word, position)? {
                return Ok(index);
            }
        }
        if let Ast::Constant(constant) = &expr.kind {
            let Constant::Integer(number) = constant else {
                let text = format!("non-integer constant in {word}");
                return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
            };
            let visible: Vec<usize> =
                (0..targets.len()).filter(|index| !targets[*index].junk).collect();
            return usize::try_from(*number - 1)
                .ok()
                .and_then(|index| visible.get(index).copied())
                .ok_or_else(|| {
                    let text = format!("{word} position {number} is not in select list");
                    Error::new(SqlState::INVALID_COLUMN_REFERENCE, text).at(position)
                });
        }
        let before = std::mem::replace(&mut self.scope().clause, clause);
        let value = self.expr(expr);
        self.scope().clause = before;
        let value = self.unknown_to_text(value?)?;
        if let Some(index) = targets.iter().position(|target| target.expr == value) {
            return Ok(index);
        }
        targets.push(Target { expr: value, name: "?column?".to_owned(), junk: true, origin: None });
        Ok(targets.len() - 1)
    }

    fn is_column(&mut self, name: &str) -> bool {
        let items = &self.scope().items;
        items
            .iter()
            .filter(|item| item.by_column)
            .any(|item| item.columns.iter().any(|c| c.name == name))
    }

    fn named_target(
        &self,
        name: &str,
        targets: &[Target],
        word: &str,
        position: u32,
    ) -> Result<Option<usize>> {
        let mut found: Option<usize> = None;
        for (index, target) in targets.iter().enumerate().filter(|(_, t)| !t.junk && t.name == name)
        {
            if let Some(first) = found
                && targets[first].expr != target.expr
            {
                let text = format!("{word} \"{name}\" is ambiguous");
                return Err(Error::new(SqlState::AMBIGUOUS_COLUMN, text).at(position));
            }
            found = found.or(Some(index));
        }
        Ok(found)
    }

    /// ORDER BY: sorts over slots of the targets.
    pub(crate) fn order_by(
        &mut self,
        list: &[ast::SortBy],
        targets: &mut Vec<Target>,
    ) -> Result<Vec<Sort>> {
        let mut sorts: Vec<Sort> = Vec::with_capacity(list.len());
        for item in list {
            let index = self.find_target(&item.value, targets, Clause::OrderBy)?;
            self.type_target(&mut targets[index])?;
            let expr = slot(index, &targets[index].expr);
            self.check_orderable(expr.type_id, item.value.start())?;
            let (descending, nulls_first) = self.direction(item)?;
            if !sorts.iter().any(|sort| sort.expr == expr) {
                sorts.push(Sort { expr, descending, nulls_first });
            }
        }
        Ok(sorts)
    }

    /// A target that sorts or groups is of a known type.
    fn type_target(&mut self, target: &mut Target) -> Result<()> {
        let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
        target.expr = self.unknown_to_text(expr)?;
        Ok(())
    }

    /// 42883 for a type that has no order.
    pub(crate) fn check_orderable(&self, type_id: Oid, location: Location) -> Result<()> {
        let base = self.base_type(types::element_of(type_id).unwrap_or(type_id));
        let ordered = catalog::facts().default_operator_class(base).is_some()
            || matches!(category(base).0, 'P' | 'R' | 'E' | 'C') && base != type_oid::JSON
            || base == type_oid::RECORD;
        if ordered
            && !matches!(base, type_oid::JSON | type_oid::POINT | type_oid::XID | type_oid::CID)
        {
            return Ok(());
        }
        let name = types::format_type(type_id, None);
        let text = format!("could not identify an ordering operator for type {name}");
        Err(Error::new(SqlState::UNDEFINED_FUNCTION, text)
            .hint("Use an explicit ordering operator or modify the query.")
            .at(self.position(location)))
    }

    /// GROUP BY: indexes of the targets.
    pub(crate) fn group_by(
        &mut self,
        list: &[ast::GroupItem],
        targets: &mut Vec<Target>,
    ) -> Result<Vec<usize>> {
        let mut keys = Vec::with_capacity(list.len());
        for item in list {
            match item {
                ast::GroupItem::Expr(expr) => {
                    let index = self.find_target(expr, targets, Clause::GroupBy)?;
                    self.type_target(&mut targets[index])?;
                    if targets[index].expr.any(&mut |e| matches!(e.kind, ExprKind::Aggregate(_))) {
                        let text = "aggregate functions are not allowed in GROUP BY";
                        return Err(Error::new(SqlState::GROUPING_ERROR, text)
                            .at(self.position(expr.start())));
                    }
                    if targets[index].expr.any(&mut |e| matches!(e.kind, ExprKind::Window(_))) {
                        let text = "window functions are not allowed in GROUP BY";
                        let call = self.scope().window_call;
                        return Err(
                            Error::new(SqlState::WINDOWING_ERROR, text).at(self.position(call))
                        );
                    }
                    if !keys.contains(&index) {
                        keys.push(index);
                    }
                }
                ast::GroupItem::Empty(_) if list.len() == 1 => {}
                ast::GroupItem::Empty(location)
                | ast::GroupItem::Rollup(_, location)
                | ast::GroupItem::Cube(_, location)
                | ast::GroupItem::GroupingSets(_, location) => {
                    return Err(Error::unsupported("GROUPING SETS").at(self.position(*location)));
                }
            }
        }
        Ok(keys)
    }

    /// DISTINCT and DISTINCT ON.
    pub(crate) fn distinct(&mut self, distinct: &ast::Distinct, query: &mut Query) -> Result<()> {
        query.distinct = match distinct {
            ast::Distinct::All => Distinct::No,
            ast::Distinct::Distinct => {
                for index in 0..query.targets.len() {
                    self.type_target(&mut query.targets[index])?;
                }
                for sort in &query.order_by {
                    if let ExprKind::Slot(index) = sort.expr.kind
                        && query.targets[index as usize].junk
                    {
                        let text =
                            "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
                        return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text));
                    }
                }
                Distinct::All
            }
            ast::Distinct::On(list) => {
                let mut keys = Vec::with_capacity(list.len());
                for expr in list {
                    let index = self.find_target(expr, &mut query.targets, Clause::Targets)?;
                    self.type_target(&mut query.targets[index])?;
                    if !keys.contains(&index) {
                        keys.push(index);
                    }
                }
                let leading = query.order_by.iter().take(keys.len());
                for sort in leading {
                    if let ExprKind::Slot(index) = sort.expr.kind
                        && !keys.contains(&(index as usize))
                    {
                        let text = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
                        return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text));
                    }
                }
                Distinct::On(keys)
            }
        };
        Ok(())
    }
}

/// A slot of a target.
pub(crate) fn slot(index: usize, expr: &Expr) -> Expr {
    let kind = ExprKind::Slot(u32::try_from(index).expect("targets are limited"));
    Expr { kind, type_id: expr.type_id, typmod: expr.typmod, collation: expr.collation }
}

/// The name of an output column that was given none, by PostgreSQL's rules.
pub(crate) fn column_name(expr: &ast::Expr) -> String {
    name_of(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// A name and whether it is a strong one (a column's or function's, not a type's).
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
#[expect(clippy::too_many_lines, reason = "one flat list of cases")]
fn name_of(expr: &ast::Expr) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    match &expr.kind {
        Ast::Column(names) => strong(names.last()?),
        Ast::Function(call) => strong(call.name.name()),
        Ast::Cast(cast) => match name_of(&cast.arg) {
            Some((name, true)) => strong(&name),
            _ => cast.type_name.names.last().map(|name| (name.to_string(), false)),
        },
        Ast::Collate(node) => name_of(&node.arg),
        Ast::Case(case) => match case.default.as_ref().and_then(name_of) {
            Some((name, true)) => strong(&name),
            _ => Some(("case".to_owned(), false)),
        },
        Ast::Coalesce(_) => strong("coalesce"),
        Ast::Greatest(_) => strong("greatest"),
        Ast::Least(_) => strong("least"),
        Ast::NullIf(_) => strong("nullif"),
        Ast::Row(_) => strong("row"),
        Ast::Array(_) => strong("array"),
        Ast::Grouping(_) => strong("grouping"),
        Ast::Json(json) => strong(&json.keyword().to_ascii_lowercase()),
        Ast::Xml(xml) => match &**xml {
            ast::XmlExpr::IsDocument { .. } => None,
            xml => strong(&xml.keyword().to_ascii_lowercase()),
        },
        Ast::Subquery(node) => match &node.kind {
            ast::SubqueryKind::Exists => strong("exists"),
            ast::SubqueryKind::Array => strong("array"),
            ast::SubqueryKind::Scalar => match &node.query.body {
                ast::SelectBody::Select(core) => {
                    let target = core.targets.first()?;
                    strong(
                        &target
                            .alias
                            .as_ref()
                            .map_or_else(|| column_name(&target.value), |a| a.to_string()),
                    )
                }
                ast::SelectBody::Values(_) => strong("column1"),
                ast::SelectBody::SetOperation(_) => None,
            },
            ast::SubqueryKind::In { .. } | ast::SubqueryKind::Quantified { .. } => None,
        },
        Ast::Indirection(node) => {
            let field = node.path.iter().rev().find_map(|step| match step {
                ast::Indirection::Field(name) => Some(name.to_string()),
                _ => None,
            });
            field.map(|name| (name, true)).or_else(|| name_of(&node.arg))
        }
        Ast::SqlValueFunction(function, _) => strong(match function {
            ast::SqlValueFunction::CurrentDate => "current_date",
            ast::SqlValueFunction::CurrentTime => "current_time",
            ast::SqlValueFunction::CurrentTimestamp => "current_timestamp",
            ast::SqlValueFunction::LocalTime => "localtime",
            ast::SqlValueFunction::LocalTimestamp => "localtimestamp",
            ast::SqlValueFunction::CurrentRole => "current_role",
            ast::SqlValueFunction::CurrentUser => "current_user",
            ast::SqlValueFunction::User => "user",
            ast::SqlValueFunction::SessionUser => "session_user",
            ast::SqlValueFunction::CurrentCatalog => "current_catalog",
            ast::SqlValueFunction::CurrentSchema => "current_schema",
        }),
        Ast::Constant(_)
        | Ast::Parameter(_)
        | Ast::Star(_)
        | Ast::Operator(_)
        | Ast::And(_)
        | Ast::Or(_)
        | Ast::Not(_)
        | Ast::IsNull(_)
        | Ast::IsTruth(_)
        | Ast::IsDistinct(_)
        | Ast::IsJson(_)
        | Ast::Between(_)
        | Ast::InList(_)
        | Ast::QuantifiedArray(_)
        | Ast::Default
        | Ast::CurrentOf(_) => None,
    }
}
