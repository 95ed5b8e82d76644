//! Queries, and INSERT, UPDATE, DELETE, MERGE.

use super::Printer;
use crate::ast::{
    Alias, Assignment, ColumnTarget, CommonTable, ConflictAction, ConflictTarget, Constant, Delete,
    Distinct, Expr, ExprKind, Frame, FrameBound, FrameExclusion, FrameMode, FromFunction, FromItem,
    FromTable, FunctionColumn, GroupItem, Insert, InsertSource, Join, JoinCondition, JoinKind,
    LockStrength, LockWait, LockingClause, Merge, MergeAction, MergeMatch, MergeWhen, NullsOrder,
    OnConflict, Overriding, Persistence, Returning, Select, SelectBody, SelectCore, SetOperation,
    SetOperator, SortBy, SortDirection, StatementKind, Target, Update, WindowSpec, With,
};
use error::{Result, stack_check};

impl Printer {
    pub(super) fn select(&mut self, select: &Select) -> Result<()> {
        stack_check()?;
        self.with(select.with.as_ref())?;
        match &select.body {
            SelectBody::Select(core) => self.core(core)?,
            SelectBody::Values(rows) => {
                self.word("VALUES ");
                self.list(rows, |printer, row| printer.in_parentheses(row, Self::expr))?;
            }
            SelectBody::SetOperation(node) => self.set_operation(node)?,
        }
        self.order_by(&select.order_by)?;
        if let Some(limit) = &select.limit {
            if select.with_ties {
                self.word(" FETCH FIRST (");
                self.expr(limit)?;
                self.word(") ROWS WITH TIES");
            } else if matches!(limit.kind, ExprKind::Constant(Constant::Null)) {
                self.word(" LIMIT ALL");
            } else {
                self.clause(" LIMIT ", Some(limit))?;
            }
        }
        self.clause(" OFFSET ", select.offset.as_ref())?;
        select.locking.iter().for_each(|clause| self.locking(clause));
        Ok(())
    }

    /// ` WORD expression`, or nothing.
    pub(super) fn clause(&mut self, word: &str, expr: Option<&Expr>) -> Result<()> {
        if let Some(expr) = expr {
            self.word(word);
            self.expr(expr)?;
        }
        Ok(())
    }

    pub(super) fn with(&mut self, with: Option<&With>) -> Result<()> {
        let Some(with) = with else { return Ok(()) };
        self.word(if with.recursive { "WITH RECURSIVE " } else { "WITH " });
        self.list(&with.tables, Self::common_table)?;
        self.word(" ");
        Ok(())
    }

    fn common_table(&mut self, table: &CommonTable) -> Result<()> {
        self.name(&table.name);
        self.column_list(&table.columns);
        self.word(match table.materialized {
            None => " AS (",
            Some(true) => " AS MATERIALIZED (",
            Some(false) => " AS NOT MATERIALIZED (",
        });
        self.statement(&table.query)?;
        self.word(")");
        if let Some(search) = &table.search {
            self.word(" SEARCH ");
            self.word(if search.breadth_first { "BREADTH" } else { "DEPTH" });
            self.word(" FIRST BY ");
            self.names(&search.columns);
            self.word(" SET ");
            self.name(&search.sequence_column);
        }
        if let Some(cycle) = &table.cycle {
            self.word(" CYCLE ");
            self.names(&cycle.columns);
            self.word(" SET ");
            self.name(&cycle.mark_column);
            if let Some(values) = &cycle.mark_values {
                self.word(" TO ");
                self.operand(&values.0)?;
                self.word(" DEFAULT ");
                self.operand(&values.1)?;
            }
            self.word(" USING ");
            self.name(&cycle.path_column);
        }
        Ok(())
    }

    fn set_operation(&mut self, node: &SetOperation) -> Result<()> {
        self.set_operand(&node.left)?;
        self.word(match node.operator {
            SetOperator::Union => " UNION ",
            SetOperator::Intersect => " INTERSECT ",
            SetOperator::Except => " EXCEPT ",
        });
        self.word_if(node.all, "ALL ");
        self.set_operand(&node.right)
    }

    fn set_operand(&mut self, select: &Select) -> Result<()> {
        let bare = select.with.is_none()
            && select.order_by.is_empty()
            && select.limit.is_none()
            && select.offset.is_none()
            && select.locking.is_empty()
            && !matches!(select.body, SelectBody::SetOperation(_));
        if bare {
            return self.select(select);
        }
        self.word("(");
        self.select(select)?;
        self.word(")");
        Ok(())
    }

    fn core(&mut self, core: &SelectCore) -> Result<()> {
        self.word("SELECT");
        match &core.distinct {
            Distinct::All => {}
            Distinct::Distinct => self.word(" DISTINCT"),
            Distinct::On(list) => {
                self.word(" DISTINCT ON ");
                self.in_parentheses(list, Self::expr)?;
            }
        }
        self.word_if(!core.targets.is_empty(), " ");
        self.targets(&core.targets)?;
        if let Some(into) = &core.into {
            self.word(match into.persistence {
                Persistence::Permanent => " INTO TABLE ",
                Persistence::Temporary => " INTO TEMPORARY TABLE ",
                Persistence::Unlogged => " INTO UNLOGGED TABLE ",
            });
            self.relation(&into.relation);
        }
        self.from(" FROM ", &core.from)?;
        self.clause(" WHERE ", core.where_clause.as_ref())?;
        if !core.group_by.is_empty() {
            self.word(if core.group_distinct { " GROUP BY DISTINCT " } else { " GROUP BY " });
            self.list(&core.group_by, Self::group_item)?;
        }
        self.clause(" HAVING ", core.having.as_ref())?;
        if !core.windows.is_empty() {
            self.word(" WINDOW ");
            self.list(&core.windows, |printer, window| {
                printer.name(window.name.as_deref().unwrap_or_default());
                printer.word(" AS ");
                printer.window(window)
            })?;
        }
        Ok(())
    }

    pub(super) fn targets(&mut self, targets: &[Target]) -> Result<()> {
        self.list(targets, |printer, target| {
            printer.expr(&target.value)?;
            printer.optional_name(" AS ", target.alias.as_ref());
            Ok(())
        })
    }

    fn from(&mut self, word: &str, items: &[FromItem]) -> Result<()> {
        if !items.is_empty() {
            self.word(word);
            self.list(items, Self::print_from)?;
        }
        Ok(())
    }

    pub(super) fn print_from(&mut self, item: &FromItem) -> Result<()> {
        stack_check()?;
        match item {
            FromItem::Table(table) => self.table_in_from(table),
            FromItem::Subquery(node) => {
                self.word_if(node.lateral, "LATERAL ");
                self.word("(");
                self.select(&node.query)?;
                self.word(")");
                self.alias(node.alias.as_ref());
                Ok(())
            }
            FromItem::Function(node) => self.function_in_from(node),
            FromItem::Join(join) => self.join(join),
            FromItem::JsonTable(table) => self.json_table(table),
            FromItem::XmlTable(table) => self.xml_table(table),
        }
    }

    pub(super) fn alias(&mut self, alias: Option<&Alias>) {
        if let Some(alias) = alias {
            self.word(" AS ");
            self.name(&alias.name);
            self.column_list(&alias.columns);
        }
    }

    pub(super) fn table_in_from(&mut self, table: &FromTable) -> Result<()> {
        self.word_if(table.only, "ONLY ");
        self.relation(&table.relation);
        self.alias(table.alias.as_ref());
        if let Some(sample) = &table.sample {
            self.word(" TABLESAMPLE ");
            self.object_name(&sample.method);
            self.in_parentheses(&sample.args, Self::expr)?;
            if let Some(seed) = &sample.repeatable {
                self.word(" REPEATABLE (");
                self.expr(seed)?;
                self.word(")");
            }
        }
        Ok(())
    }

    fn function_in_from(&mut self, node: &FromFunction) -> Result<()> {
        self.word_if(node.lateral, "LATERAL ");
        self.word_if(node.rows_from, "ROWS FROM (");
        self.list(&node.functions, |printer, (function, columns)| {
            printer.expr(function)?;
            if !columns.is_empty() {
                printer.word(" AS ");
                printer.in_parentheses(columns, Self::function_column)?;
            }
            Ok(())
        })?;
        self.word_if(node.rows_from, ")");
        self.word_if(node.ordinality, " WITH ORDINALITY");
        self.alias(node.alias.as_ref());
        if !node.columns.is_empty() {
            self.word_if(node.alias.is_none(), " AS");
            self.word(" ");
            self.in_parentheses(&node.columns, Self::function_column)?;
        }
        Ok(())
    }

    pub(super) fn function_column(&mut self, column: &FunctionColumn) -> Result<()> {
        self.name(&column.name);
        self.word(" ");
        self.type_name(&column.type_name)?;
        if let Some(collation) = &column.collation {
            self.word(" COLLATE ");
            self.object_name(collation);
        }
        Ok(())
    }

    fn join(&mut self, join: &Join) -> Result<()> {
        self.word_if(join.alias.is_some(), "(");
        self.print_from(&join.left)?;
        self.word_if(matches!(join.condition, JoinCondition::Natural), " NATURAL");
        self.word(match join.kind {
            JoinKind::Cross => " CROSS JOIN ",
            JoinKind::Inner => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Right => " RIGHT JOIN ",
            JoinKind::Full => " FULL JOIN ",
        });
        let nested = matches!(&join.right, FromItem::Join(right) if right.alias.is_none());
        self.word_if(nested, "(");
        self.print_from(&join.right)?;
        self.word_if(nested, ")");
        match &join.condition {
            JoinCondition::None | JoinCondition::Natural => {}
            JoinCondition::On(condition) => self.clause(" ON ", Some(condition))?,
            JoinCondition::Using { columns, alias } => {
                self.word(" USING ");
                self.in_parentheses(columns, |printer, (name, _)| {
                    printer.name(name);
                    Ok(())
                })?;
                self.optional_name(" AS ", alias.as_ref());
            }
        }
        if join.alias.is_some() {
            self.word(")");
            self.alias(join.alias.as_ref());
        }
        Ok(())
    }

    fn group_item(&mut self, item: &GroupItem) -> Result<()> {
        match item {
            GroupItem::Expr(expr) => self.expr(expr),
            GroupItem::Empty(_) => {
                self.word("()");
                Ok(())
            }
            GroupItem::Rollup(list, _) => self.special("ROLLUP ", list),
            GroupItem::Cube(list, _) => self.special("CUBE ", list),
            GroupItem::GroupingSets(items, _) => {
                stack_check()?;
                self.word("GROUPING SETS ");
                self.in_parentheses(items, Self::group_item)
            }
        }
    }

    /// ` ORDER BY ...`, or nothing.
    pub(super) fn order_by(&mut self, list: &[SortBy]) -> Result<()> {
        if !list.is_empty() {
            self.word(" ORDER BY ");
            self.list(list, Self::sort_by)?;
        }
        Ok(())
    }

    pub(super) fn sort_by(&mut self, sort: &SortBy) -> Result<()> {
        self.expr(&sort.value)?;
        self.direction(&sort.direction, sort.nulls);
        Ok(())
    }

    pub(super) fn direction(&mut self, direction: &SortDirection, nulls: NullsOrder) {
        match direction {
            SortDirection::Default => {}
            SortDirection::Ascending => self.word(" ASC"),
            SortDirection::Descending => self.word(" DESC"),
            SortDirection::Using(operator, _) => {
                self.word(" USING ");
                self.operator(operator);
            }
        }
        match nulls {
            NullsOrder::Default => {}
            NullsOrder::First => self.word(" NULLS FIRST"),
            NullsOrder::Last => self.word(" NULLS LAST"),
        }
    }

    /// A window's specification in its parentheses.
    pub(super) fn window(&mut self, window: &WindowSpec) -> Result<()> {
        self.word("(");
        if let Some(base) = &window.base {
            self.name(base);
        }
        if !window.partition_by.is_empty() {
            self.word(" PARTITION BY ");
            self.expressions(&window.partition_by)?;
        }
        self.order_by(&window.order_by)?;
        if let Some(frame) = &window.frame {
            self.frame(frame)?;
        }
        self.word(")");
        Ok(())
    }

    fn frame(&mut self, frame: &Frame) -> Result<()> {
        self.word(match frame.mode {
            FrameMode::Range => " RANGE ",
            FrameMode::Rows => " ROWS ",
            FrameMode::Groups => " GROUPS ",
        });
        self.word_if(frame.between, "BETWEEN ");
        self.frame_bound(&frame.start)?;
        if frame.between {
            self.word(" AND ");
            self.frame_bound(&frame.end)?;
        }
        self.word(match frame.exclusion {
            FrameExclusion::NoOthers => "",
            FrameExclusion::CurrentRow => " EXCLUDE CURRENT ROW",
            FrameExclusion::Group => " EXCLUDE GROUP",
            FrameExclusion::Ties => " EXCLUDE TIES",
        });
        Ok(())
    }

    fn frame_bound(&mut self, bound: &FrameBound) -> Result<()> {
        match bound {
            FrameBound::UnboundedPreceding => self.word("UNBOUNDED PRECEDING"),
            FrameBound::CurrentRow => self.word("CURRENT ROW"),
            FrameBound::UnboundedFollowing => self.word("UNBOUNDED FOLLOWING"),
            FrameBound::Preceding(value) => {
                self.operand(value)?;
                self.word(" PRECEDING");
            }
            FrameBound::Following(value) => {
                self.operand(value)?;
                self.word(" FOLLOWING");
            }
        }
        Ok(())
    }

    fn locking(&mut self, clause: &LockingClause) {
        self.word(match clause.strength {
            LockStrength::KeyShare => " FOR KEY SHARE",
            LockStrength::Share => " FOR SHARE",
            LockStrength::NoKeyUpdate => " FOR NO KEY UPDATE",
            LockStrength::Update => " FOR UPDATE",
        });
        for (index, table) in clause.tables.iter().enumerate() {
            self.word(if index == 0 { " OF " } else { ", " });
            self.relation(table);
        }
        match clause.wait {
            LockWait::Block => {}
            LockWait::SkipLocked => self.word(" SKIP LOCKED"),
            LockWait::NoWait => self.word(" NOWAIT"),
        }
    }

    pub(super) fn insert(&mut self, node: &Insert) -> Result<()> {
        self.with(node.with.as_ref())?;
        self.word("INSERT INTO ");
        self.relation(&node.relation);
        self.optional_name(" AS ", node.alias.as_ref());
        self.column_targets(&node.columns)?;
        self.overriding(node.overriding);
        self.word(" ");
        match &node.source {
            InsertSource::DefaultValues => self.word("DEFAULT VALUES"),
            InsertSource::Select(select) => self.select(select)?,
        }
        if let Some(conflict) = &node.on_conflict {
            self.on_conflict(conflict)?;
        }
        self.returning(node.returning.as_ref())
    }

    fn column_targets(&mut self, columns: &[ColumnTarget]) -> Result<()> {
        if !columns.is_empty() {
            self.word(" ");
            self.in_parentheses(columns, Self::column_target)?;
        }
        Ok(())
    }

    fn column_target(&mut self, target: &ColumnTarget) -> Result<()> {
        self.name(&target.name);
        self.indirection(&target.path)
    }

    fn overriding(&mut self, overriding: Overriding) {
        match overriding {
            Overriding::None => {}
            Overriding::User => self.word(" OVERRIDING USER VALUE"),
            Overriding::System => self.word(" OVERRIDING SYSTEM VALUE"),
        }
    }

    fn on_conflict(&mut self, conflict: &OnConflict) -> Result<()> {
        self.word(" ON CONFLICT");
        match &conflict.target {
            None => {}
            Some(ConflictTarget::Index { elements, where_clause, .. }) => {
                self.word(" ");
                self.in_parentheses(elements, Self::index_element)?;
                self.clause(" WHERE ", where_clause.as_ref())?;
            }
            Some(ConflictTarget::Constraint(name, _)) => {
                self.optional_name(" ON CONSTRAINT ", Some(name));
            }
        }
        match &conflict.action {
            ConflictAction::Nothing => {
                self.word(" DO NOTHING");
                Ok(())
            }
            ConflictAction::Update { assignments, where_clause } => {
                self.word(" DO UPDATE SET ");
                self.list(assignments, Self::assignment)?;
                self.clause(" WHERE ", where_clause.as_ref())
            }
        }
    }

    fn returning(&mut self, returning: Option<&Returning>) -> Result<()> {
        let Some(returning) = returning else { return Ok(()) };
        self.word(" RETURNING ");
        if !returning.aliases.is_empty() {
            self.word("WITH ");
            self.in_parentheses(&returning.aliases, |printer, alias| {
                printer.word(if alias.is_new { "NEW AS " } else { "OLD AS " });
                printer.name(&alias.name);
                Ok(())
            })?;
            self.word(" ");
        }
        self.targets(&returning.targets)
    }

    fn assignment(&mut self, assignment: &Assignment) -> Result<()> {
        let value = match assignment {
            Assignment::Single { target, value } => {
                self.column_target(target)?;
                value
            }
            Assignment::Multiple { targets, source } => {
                self.in_parentheses(targets, Self::column_target)?;
                source
            }
        };
        self.word(" = ");
        self.expr(value)
    }

    pub(super) fn update(&mut self, node: &Update) -> Result<()> {
        self.with(node.with.as_ref())?;
        self.word("UPDATE ");
        self.table_in_from(&node.relation)?;
        self.word(" SET ");
        self.list(&node.assignments, Self::assignment)?;
        self.from(" FROM ", &node.from)?;
        self.clause(" WHERE ", node.where_clause.as_ref())?;
        self.returning(node.returning.as_ref())
    }

    pub(super) fn delete(&mut self, node: &Delete) -> Result<()> {
        self.with(node.with.as_ref())?;
        self.word("DELETE FROM ");
        self.table_in_from(&node.relation)?;
        self.from(" USING ", &node.using)?;
        self.clause(" WHERE ", node.where_clause.as_ref())?;
        self.returning(node.returning.as_ref())
    }

    pub(super) fn merge(&mut self, node: &Merge) -> Result<()> {
        self.with(node.with.as_ref())?;
        self.word("MERGE INTO ");
        self.table_in_from(&node.relation)?;
        self.word(" USING ");
        self.print_from(&node.source)?;
        self.clause(" ON ", Some(&node.condition))?;
        for when in &node.whens {
            self.merge_when(when)?;
        }
        self.returning(node.returning.as_ref())
    }

    fn merge_when(&mut self, when: &MergeWhen) -> Result<()> {
        self.word(match when.matched {
            MergeMatch::Matched => " WHEN MATCHED",
            MergeMatch::NotMatchedBySource => " WHEN NOT MATCHED BY SOURCE",
            MergeMatch::NotMatchedByTarget => " WHEN NOT MATCHED BY TARGET",
        });
        self.clause(" AND ", when.condition.as_ref())?;
        self.word(" THEN ");
        match &when.action {
            MergeAction::DoNothing => self.word("DO NOTHING"),
            MergeAction::Delete => self.word("DELETE"),
            MergeAction::Update(assignments) => {
                self.word("UPDATE SET ");
                self.list(assignments, Self::assignment)?;
            }
            MergeAction::Insert { columns, overriding, values } => {
                self.word("INSERT");
                self.column_targets(columns)?;
                self.overriding(*overriding);
                match values {
                    Some(values) => self.special(" VALUES ", values)?,
                    None => self.word(" DEFAULT VALUES"),
                }
            }
        }
        Ok(())
    }

    /// A statement of any kind.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are those of other files")]
    pub(super) fn statement(&mut self, kind: &StatementKind) -> Result<()> {
        stack_check()?;
        match kind {
            StatementKind::Select(node) => self.select(node),
            StatementKind::Insert(node) => self.insert(node),
            StatementKind::Update(node) => self.update(node),
            StatementKind::Delete(node) => self.delete(node),
            StatementKind::Merge(node) => self.merge(node),
            kind => self.utility(kind),
        }
    }
}
