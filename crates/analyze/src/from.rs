//! FROM: tables, subqueries, functions and joins.

use crate::Analyzer;
use crate::analyzer::{Relation, RelationUse};
use crate::expr::equals;
use crate::scope::{Clause, Item, ItemColumn, RowForm, Scope};
use catalog::acl::Privileges;
use error::{Error, Result, SqlState};
use expression::{
    ColumnRef, Expr, ExprKind, FunctionSource, JoinKind, JoinTree, Query, RangeEntry, RangeKind,
    default_collation,
};
use syntax::ast::{self, FromItem, JoinCondition, Location};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// Analyses FROM into the scope, and tells the trees.
    pub(crate) fn from(&mut self, list: &[FromItem]) -> Result<Vec<JoinTree>> {
        let mut trees = Vec::with_capacity(list.len());
        for item in list {
            let first = self.scope().items.len();
            let tree = self.from_item(item)?;
            self.check_unique_names(first)?;
            trees.push(tree);
        }
        Ok(trees)
    }

    fn check_unique_names(&mut self, first: usize) -> Result<()> {
        let items = &self.scope().items;
        for (index, item) in
            items.iter().enumerate().skip(first).filter(|(_, i)| i.by_name && !i.name.is_empty())
        {
            let same = |other: &Item| {
                other.by_name && other.name == item.name && other.schema == item.schema
            };
            if items[..index].iter().any(same) {
                let text = format!("table name \"{}\" specified more than once", item.name);
                return Err(Error::new(SqlState::DUPLICATE_ALIAS, text));
            }
        }
        Ok(())
    }

    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    fn from_item(&mut self, item: &FromItem) -> Result<JoinTree> {
        error::stack_check()?;
        match item {
            FromItem::Table(table) => self.from_table(table),
            FromItem::Subquery(subquery) => self.from_subquery(subquery),
            FromItem::Function(function) => self.from_function(function),
            FromItem::Join(join) => self.join(join),
            FromItem::JsonTable(table) => self.json_table(table),
            FromItem::XmlTable(table) => {
                Err(Error::unsupported("XMLTABLE").at(self.position(table.location)))
            }
        }
    }

    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    fn from_table(&mut self, table: &ast::FromTable) -> Result<JoinTree> {
        if table.sample.is_some() {
            return Err(
                Error::unsupported("TABLESAMPLE").at(self.position(table.relation.location))
            );
        }
        if table.relation.schema.is_none()
            && let Some(entry) = self.common_table_entry(&table.relation.name)
        {
            return self.add_entry(entry, table.alias.as_ref(), None, Location::NONE, false);
        }
        let relation = self.relation(&table.relation)?;
        let schema = table.relation.schema.as_ref().map(ToString::to_string);
        let entry = self.relation_entry(relation, Privileges::SELECT, &table.relation)?;
        let system = matches!(entry.kind, RangeKind::Table(_) | RangeKind::System(_));
        let schema = if table.alias.is_some() { None } else { schema };
        self.add_entry(entry, table.alias.as_ref(), schema, table.relation.location, system)
    }

    /// The range entry of a relation, locked as a statement that reads or writes it must.
    pub(crate) fn relation_entry(
        &mut self,
        mut relation: Relation,
        required: Privileges,
        name: &ast::RelationName,
    ) -> Result<RangeEntry> {
        let usage =
            if required == Privileges::SELECT { RelationUse::Reads } else { RelationUse::Writes };
        // The catalog may move while the lock is waited for: then the name is resolved again.
        while self.resolver.lock_relation(relation.oid(), usage)? {
            relation = self.relation(name)?;
        }
        let name = relation.name().to_owned();
        let (kind, columns, types) = match &relation {
            Relation::Table(table) => {
                let columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|c| if c.dropped { String::new() } else { c.name.clone() })
                    .collect();
                let types =
                    table.columns.iter().map(|c| (c.type_id, c.typmod, c.collation)).collect();
                (RangeKind::Table(table.oid), columns, types)
            }
            Relation::System(system) => {
                let columns = system.columns.iter().map(|c| c.name.to_owned()).collect();
                let types =
                    system.columns.iter().map(|c| (c.type_id, c.typmod, c.collation)).collect();
                (RangeKind::System(system.oid), columns, types)
            }
            Relation::Sequence(sequence) => {
                let columns = ["last_value", "log_cnt", "is_called"].map(str::to_owned).to_vec();
                let types = [type_oid::INT8, type_oid::INT8, type_oid::BOOL]
                    .map(|t| (t, -1, Oid::INVALID))
                    .to_vec();
                (RangeKind::Sequence(sequence.oid), columns, types)
            }
            Relation::View(_) => return Err(Error::unsupported("a view")),
            Relation::Index(_, name) => {
                let text = format!("cannot open relation \"{name}\"");
                return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                    .detail("This operation is not supported for indexes."));
            }
        };
        Ok(RangeEntry { kind, name, columns, types, required: required.0, lateral: false })
    }

    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    pub(crate) fn from_subquery(&mut self, subquery: &ast::FromSubquery) -> Result<JoinTree> {
        let before = self.scope().hidden;
        self.scope().hidden = before || !subquery.lateral;
        let query = self.select(&subquery.query);
        self.scope().hidden = before;
        let mut query = query?;
        for target in query.targets.iter_mut().filter(|target| !target.junk) {
            let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
            target.expr = self.unknown_to_text(expr)?;
        }
        let entry = subquery_entry(query, "unnamed_subquery", subquery.lateral);
        let named = subquery.alias.is_some();
        let tree =
            self.add_entry(entry, subquery.alias.as_ref(), None, subquery.location, false)?;
        if !named && let Some(item) = self.scope().items.last_mut() {
            item.by_name = false;
        }
        Ok(tree)
    }

    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    fn from_function(&mut self, function: &ast::FromFunction) -> Result<JoinTree> {
        let (mut list, mut columns, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for (expr, definitions) in &function.functions {
            let before = std::mem::replace(&mut self.scope().clause, Clause::From);
            let call = self.expr(expr);
            self.scope().clause = before;
            let call = call?;
            let name = crate::target::column_name(expr);
            let definitions = if definitions.is_empty() { &function.columns } else { definitions };
            let outputs = if definitions.is_empty() {
                self.function_columns(&call, &name, function)?
            } else {
                self.defined_columns(&call, definitions)?
            };
            list.push(FunctionSource { call, columns: outputs.clone() });
            for (name, type_id, typmod) in outputs {
                columns.push(name);
                types.push((type_id, typmod, default_collation(type_id)));
            }
        }
        if function.ordinality {
            columns.push("ordinality".to_owned());
            types.push((type_oid::INT8, -1, Oid::INVALID));
        }
        let name = function
            .functions
            .first()
            .map_or_else(String::new, |(expr, _)| crate::target::column_name(expr));
        let kind = RangeKind::Functions { list, ordinality: function.ordinality };
        let entry = RangeEntry { kind, name, columns, types, required: 0, lateral: true };
        self.add_entry(entry, function.alias.as_ref(), None, function.location, false)
    }

    /// The columns of a column definition list. 42601 where the function does not return a record.
    fn defined_columns(
        &mut self,
        call: &Expr,
        definitions: &[ast::FunctionColumn],
    ) -> Result<Vec<(String, Oid, i32)>> {
        let position = self.position(definitions[0].location);
        let has_outputs = matches!(&call.kind, ExprKind::Call(inner)
            if inner.user.as_ref().is_some_and(|user| !user.outputs.is_empty())
                || catalog::facts().functions.get(&inner.function).is_some_and(|f| f.modes.is_some()));
        let wrong = if call.type_id != type_oid::RECORD {
            Some("a column definition list is only allowed for functions returning \"record\"")
        } else if has_outputs {
            Some("a column definition list is redundant for a function with OUT parameters")
        } else {
            None
        };
        if let Some(text) = wrong {
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(position));
        }
        let mut columns: Vec<(String, Oid, i32)> = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let (type_id, typmod) = self.type_name(&definition.type_name)?;
            let name = definition.name.to_string();
            if columns.iter().any(|(known, _, _)| *known == name) {
                let text = format!("column name \"{name}\" specified more than once");
                return Err(Error::new(SqlState::DUPLICATE_COLUMN, text)
                    .at(self.position(definition.location)));
            }
            columns.push((name, type_id, typmod));
        }
        Ok(columns)
    }

    /// The columns that a function in FROM gives: its OUT arguments, a composite type's fields, or one.
    fn function_columns(
        &mut self,
        call: &Expr,
        name: &str,
        source: &ast::FromFunction,
    ) -> Result<Vec<(String, Oid, i32)>> {
        if let ExprKind::Call(inner) = &call.kind
            && let Some(user) = &inner.user
        {
            if !user.outputs.is_empty() {
                return Ok(user.outputs.clone());
            }
            let own = self.resolver.catalog().function(inner.function);
            let single = own.and_then(|own| own.outputs().next());
            if let Some(single) = single.filter(|single| !single.name.is_empty())
                && self.row_columns(call.type_id).is_none()
            {
                return Ok(vec![(single.name.clone(), call.type_id, -1)]);
            }
        }
        if let ExprKind::Call(inner) = &call.kind
            && let Some(fact) = catalog::facts().functions.get(&inner.function)
            && let (Some(modes), Some(all)) = (&fact.modes, &fact.all_arguments)
        {
            let names = fact.names.clone().unwrap_or_default();
            let outputs: Vec<(String, Oid, i32)> = modes
                .iter()
                .zip(all)
                .enumerate()
                .filter(|(_, (mode, _))| matches!(**mode, "o" | "b" | "t"))
                .map(|(i, (_, t))| (names.get(i).copied().unwrap_or("").to_owned(), *t, -1))
                .collect();
            if outputs.len() == 1 {
                let shown =
                    if outputs[0].0.is_empty() { name.to_owned() } else { outputs[0].0.clone() };
                return Ok(vec![(shown, call.type_id, -1)]);
            }
            if !outputs.is_empty() {
                return Ok(outputs);
            }
        }
        if let Some(columns) = self.row_columns(call.type_id) {
            return Ok(columns
                .into_iter()
                .map(|(name, type_id, typmod, _)| (name, type_id, typmod))
                .collect());
        }
        if call.type_id == type_oid::RECORD {
            let text = "a column definition list is required for functions returning \"record\"";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(source.location)));
        }
        // A single column bears the alias of the function.
        let column = match &source.alias {
            Some(alias) if source.functions.len() == 1 => alias.name.to_string(),
            _ => name.to_owned(),
        };
        Ok(vec![(column, call.type_id, call.typmod)])
    }

    /// Adds a range entry and what names may say of it.
    pub(crate) fn add_entry(
        &mut self,
        mut entry: RangeEntry,
        alias: Option<&ast::Alias>,
        schema: Option<String>,
        location: Location,
        system_columns: bool,
    ) -> Result<JoinTree> {
        if let Some(alias) = alias {
            entry.name = alias.name.to_string();
            let visible: Vec<usize> =
                (0..entry.columns.len()).filter(|i| !entry.columns[*i].is_empty()).collect();
            if alias.columns.len() > visible.len() {
                let text = format!(
                    "table \"{}\" has {} columns available but {} columns specified",
                    entry.name,
                    visible.len(),
                    alias.columns.len()
                );
                return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text)
                    .at(self.position(location)));
            }
            for (index, name) in visible.into_iter().zip(&alias.columns) {
                entry.columns[index] = name.to_string();
            }
        }
        let (name, columns, types) =
            (entry.name.clone(), entry.columns.clone(), entry.types.clone());
        let row = self.row_form(&entry.kind);
        let range = self.scope().add_range(entry);
        let columns = (1..)
            .zip(columns.into_iter().zip(types))
            .filter(|(_, (name, _))| !name.is_empty())
            .map(|(column, (name, (type_id, typmod, collation)))| {
                let kind = ExprKind::Column(ColumnRef { level: 0, range, column });
                ItemColumn { name, expr: Expr { kind, type_id, typmod, collation } }
            })
            .collect();
        self.scope().items.push(Item {
            name,
            schema,
            range: Some(range),
            columns,
            by_name: true,
            by_column: true,
            unusable: false,
            system_columns,
            row,
        });
        Ok(JoinTree::Range(range))
    }

    /// What the whole row of a range entry is.
    fn row_form(&self, kind: &RangeKind) -> RowForm {
        match kind {
            RangeKind::Table(oid) => self
                .resolver
                .catalog()
                .table(*oid)
                .map_or(RowForm::Record, |table| RowForm::Composite(table.row_type)),
            RangeKind::Functions { list, ordinality: false } => match list.as_slice() {
                [only] if self.row_columns(only.call.type_id).is_some() => {
                    RowForm::Composite(only.call.type_id)
                }
                [only] if only.columns.len() == 1 && only.call.type_id != type_oid::RECORD => {
                    RowForm::Scalar
                }
                _ => RowForm::Record,
            },
            RangeKind::System(_)
            | RangeKind::Sequence(_)
            | RangeKind::Subquery(_)
            | RangeKind::Values(_)
            | RangeKind::Functions { .. }
            | RangeKind::Common { .. }
            | RangeKind::Row => RowForm::Record,
        }
    }

    fn join(&mut self, join: &ast::Join) -> Result<JoinTree> {
        let first = self.scope().items.len();
        let left = self.from_item(&join.left)?;
        let middle = self.scope().items.len();
        let kind = match join.kind {
            ast::JoinKind::Cross | ast::JoinKind::Inner => JoinKind::Inner,
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
        };
        // LATERAL may not look at a side that may be missing.
        let lateral_ok = matches!(kind, JoinKind::Inner | JoinKind::Left);
        for item in &mut self.scope().items[first..middle] {
            item.unusable = !lateral_ok;
        }
        let right = self.from_item(&join.right)?;
        for item in &mut self.scope().items[first..middle] {
            item.unusable = false;
        }
        self.check_unique_names(middle)?;
        let using = self.using_columns(&join.condition, first, middle)?;
        let condition = match &join.condition {
            JoinCondition::On(expr) => Some(self.on_condition(expr, first)?),
            JoinCondition::None | JoinCondition::Using { .. } | JoinCondition::Natural => {
                self.using_condition(&using)?
            }
        };
        self.add_join_item(join, kind, &using, first)?;
        Ok(JoinTree::Join { kind, left: Box::new(left), right: Box::new(right), condition })
    }

    /// ON sees the joined items only.
    fn on_condition(&mut self, expr: &ast::Expr, first: usize) -> Result<Expr> {
        let before = std::mem::replace(&mut self.scope().clause, Clause::JoinOn);
        for item in &mut self.scope().items[..first] {
            item.unusable = true;
        }
        let value = self.expr(expr);
        for item in &mut self.scope().items[..first] {
            item.unusable = false;
        }
        self.scope().clause = before;
        self.boolean(value?, "JOIN/ON", expr.start())
    }

    /// The pairs of columns that USING or NATURAL joins by.
    fn using_columns(
        &mut self,
        condition: &JoinCondition,
        first: usize,
        middle: usize,
    ) -> Result<Vec<(String, Expr, Expr, Location)>> {
        let names: Vec<(String, Location)> = match condition {
            JoinCondition::None | JoinCondition::On(_) => return Ok(Vec::new()),
            JoinCondition::Using { columns, .. } => {
                columns.iter().map(|(n, l)| (n.to_string(), *l)).collect()
            }
            JoinCondition::Natural => {
                let items = &self.scope().items;
                let names = |range: &[Item]| -> Vec<String> {
                    range
                        .iter()
                        .filter(|i| i.by_column)
                        .flat_map(|i| i.columns.iter().map(|c| c.name.clone()))
                        .collect()
                };
                let right = names(&items[middle..]);
                names(&items[first..middle])
                    .into_iter()
                    .filter(|name| right.contains(name))
                    .map(|name| (name, Location::NONE))
                    .collect()
            }
        };
        let mut pairs = Vec::with_capacity(names.len());
        for (name, location) in names {
            let left = self.side_column(&name, first, middle, "left", location)?;
            let end = self.scope().items.len();
            let right = self.side_column(&name, middle, end, "right", location)?;
            pairs.push((name, left, right, location));
        }
        Ok(pairs)
    }

    fn side_column(
        &mut self,
        name: &str,
        from: usize,
        to: usize,
        side: &str,
        location: Location,
    ) -> Result<Expr> {
        let items = &self.scope().items[from..to];
        let found: Vec<Expr> = items
            .iter()
            .filter(|item| item.by_column)
            .flat_map(|item| item.columns.iter().filter(|c| c.name == name).map(|c| c.expr.clone()))
            .collect();
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => {
                let text = format!(
                    "column \"{name}\" specified in USING clause does not exist in {side} table"
                );
                Err(Error::new(SqlState::UNDEFINED_COLUMN, text).at(self.position(location)))
            }
            _ => {
                let text =
                    format!("common column name \"{name}\" appears more than once in {side} table");
                Err(Error::new(SqlState::AMBIGUOUS_COLUMN, text).at(self.position(location)))
            }
        }
    }

    fn using_condition(
        &mut self,
        using: &[(String, Expr, Expr, Location)],
    ) -> Result<Option<Expr>> {
        let mut list = Vec::with_capacity(using.len());
        for (_, left, right, location) in using {
            list.push(self.operator(&equals(), Some(left.clone()), right.clone(), *location)?);
        }
        Ok(Expr::conjunction(list))
    }

    /// The join's own columns: merged ones first, then the left side's and the right side's others.
    fn add_join_item(
        &mut self,
        join: &ast::Join,
        kind: JoinKind,
        using: &[(String, Expr, Expr, Location)],
        first: usize,
    ) -> Result<()> {
        let mut columns = Vec::new();
        for (name, left, right, location) in using {
            let types = [(left.type_id, *location), (right.type_id, *location)];
            let common = self.common_type(&types, "JOIN/USING")?;
            let left = self.to_common(left.clone(), common, "JOIN/USING", *location)?;
            let right = self.to_common(right.clone(), common, "JOIN/USING", *location)?;
            let expr = match kind {
                JoinKind::Inner | JoinKind::Left => left,
                JoinKind::Right => right,
                JoinKind::Full => {
                    let collation = left.collation;
                    Expr::new(ExprKind::Coalesce(vec![left, right]), common, collation)
                }
            };
            columns.push(ItemColumn { name: name.clone(), expr });
        }
        let merged = |name: &str| using.iter().any(|(n, ..)| n == name);
        let scope = self.scope();
        for item in scope.items[first..].iter().filter(|item| item.by_column) {
            columns.extend(item.columns.iter().filter(|c| !merged(&c.name)).cloned());
        }
        let alias = join.alias.as_ref();
        for item in &mut scope.items[first..] {
            item.by_column = false;
            if alias.is_some() {
                item.by_name = false;
            }
        }
        if let Some(alias) = alias {
            for (column, name) in columns.iter_mut().zip(&alias.columns) {
                column.name = name.to_string();
            }
        }
        if let JoinCondition::Using { alias: Some(alias), .. } = &join.condition {
            let item = join_item(alias.to_string(), columns[..using.len()].to_vec(), false);
            scope.items.push(item);
        }
        let name = alias.map_or_else(String::new, |alias| alias.name.to_string());
        scope.items.push(join_item(name, columns, true));
        Ok(())
    }

    /// Runs `f` with a new scope, and gives its result with the scope's range.
    pub(crate) fn in_scope<T>(
        &mut self,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, Scope)> {
        self.scopes.push(Scope::default());
        let result = f(self);
        let scope = self.scopes.pop().unwrap_or_default();
        Ok((result?, scope))
    }
}

fn join_item(name: String, columns: Vec<ItemColumn>, by_column: bool) -> Item {
    let by_name = !name.is_empty();
    Item {
        name,
        schema: None,
        range: None,
        columns,
        by_name,
        by_column,
        unusable: false,
        system_columns: false,
        row: RowForm::Record,
    }
}

/// A subquery as a range entry.
pub(crate) fn subquery_entry(query: Query, name: &str, lateral: bool) -> RangeEntry {
    let visible = || query.targets.iter().filter(|target| !target.junk);
    let columns = visible().map(|target| target.name.clone()).collect();
    let types = visible().map(|t| (t.expr.type_id, t.expr.typmod, t.expr.collation)).collect();
    RangeEntry {
        kind: RangeKind::Subquery(Box::new(query)),
        name: name.to_owned(),
        columns,
        types,
        required: 0,
        lateral,
    }
}
