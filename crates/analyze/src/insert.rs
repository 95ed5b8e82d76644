//! INSERT.

use crate::Analyzer;
use crate::analyzer::Relation;
use crate::assign::Part;
use crate::coerce::Context;
use crate::dml::no_default;
use crate::from::subquery_entry;
use crate::scope::{Clause, Item};
use crate::select::is_default;
use catalog::acl::Privileges;
use catalog::object::{Column, Identity, Object, Table};
use error::{Error, Result, SqlState};
use expression::{
    Assignment, Call, CallForm, ColumnRef, Conflict, ConflictAction, Expr, ExprKind, Modify,
    ModifyKind, Query, RangeEntry, RangeKind, default_collation,
};
use std::sync::Arc;
use syntax::ast::{self, InsertSource, Location};
use types::{Datum, Oid, type_oid};

impl Analyzer<'_> {
    /// The typed query of an INSERT.
    pub(crate) fn insert(&mut self, insert: &ast::Insert) -> Result<Query> {
        let (mut query, scope) = self.in_scope(|analyzer| analyzer.insert_in_scope(insert))?;
        query.range = scope.range;
        query.common_tables = scope.common_tables;
        Ok(query)
    }

    fn insert_in_scope(&mut self, insert: &ast::Insert) -> Result<Query> {
        let mut query = Query::default();
        if let Some(with) = &insert.with {
            query.recursive = with.recursive;
            self.with(with)?;
        }
        let table = self.target_table(&insert.relation)?;
        let mut required = Privileges::INSERT;
        if insert.returning.is_some() {
            required = required.union(Privileges::SELECT);
        }
        if let Some(conflict) = &insert.on_conflict
            && matches!(conflict.action, ast::ConflictAction::Update { .. })
        {
            required = required.union(Privileges::UPDATE).union(Privileges::SELECT);
        }
        let relation = Relation::Table(Arc::clone(&table));
        let entry = self.relation_entry(relation, required, &insert.relation)?;
        let alias = insert
            .alias
            .as_ref()
            .map(|name| ast::Alias { name: name.clone(), columns: Vec::new() });
        self.add_entry(entry, alias.as_ref(), None, insert.relation.location, true)?;
        // The source does not see the target.
        let own = std::mem::take(&mut self.scope().items);
        let columns = self.insert_columns(insert, &table)?;
        let (source, columns) = self.source(insert, &table, &columns)?;
        self.scope().items = own;
        let conflict = match &insert.on_conflict {
            None => None,
            Some(conflict) => Some(self.conflict(conflict, &table)?),
        };
        if let Some(returning) = &insert.returning {
            query.targets = self.returning(returning)?;
        }
        let kind = ModifyKind::Insert { source, columns, conflict };
        query.modify =
            Some(Box::new(Modify { kind, range: 0, returning: insert.returning.is_some() }));
        Ok(query)
    }

    /// The table that INSERT, UPDATE or DELETE changes.
    pub(crate) fn target_table(&mut self, name: &ast::RelationName) -> Result<Arc<Table>> {
        match self.relation(name)? {
            Relation::Table(table) => Ok(table),
            Relation::View(_) => Err(Error::unsupported("changing a view")),
            Relation::System(system) => {
                let text = format!("permission denied: \"{}\" is a system catalog", system.name);
                Err(Error::new(SqlState::INSUFFICIENT_PRIVILEGE, text))
            }
            Relation::Sequence(sequence) => {
                let text = format!("cannot change sequence \"{}\"", sequence.name);
                Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text))
            }
            Relation::Index(_, name) => {
                let text = format!("cannot open relation \"{name}\"");
                Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                    .detail("This operation is not supported for indexes."))
            }
        }
    }

    /// The numbers of the columns that get values, with the places of their names.
    fn insert_columns(
        &mut self,
        insert: &ast::Insert,
        table: &Table,
    ) -> Result<Vec<(i16, Location)>> {
        if insert.columns.is_empty() {
            return Ok((1..)
                .zip(&table.columns)
                .filter(|(_, column)| !column.dropped)
                .map(|(number, _)| (number, Location::NONE))
                .collect());
        }
        let mut numbers: Vec<(i16, Location)> = Vec::with_capacity(insert.columns.len());
        for target in &insert.columns {
            let number = self.column_number(table, &target.name, target.location)?;
            let whole = |index: usize| insert.columns[index].path.is_empty();
            let mut earlier = numbers.iter().enumerate().filter(|(_, (other, _))| *other == number);
            if earlier.any(|(index, _)| whole(index) || target.path.is_empty()) {
                let text = format!("column \"{}\" specified more than once", target.name);
                return Err(
                    Error::new(SqlState::DUPLICATE_COLUMN, text).at(self.position(target.location))
                );
            }
            numbers.push((number, target.location));
        }
        Ok(numbers)
    }

    /// The number of a table's column. 42703 where there is none.
    pub(crate) fn column_number(
        &self,
        table: &Table,
        name: &str,
        location: Location,
    ) -> Result<i16> {
        let found = (1..).zip(&table.columns).find(|(_, c)| !c.dropped && c.name == name);
        found.map(|(number, _)| number).ok_or_else(|| {
            let text = format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
            Error::new(SqlState::UNDEFINED_COLUMN, text).at(self.position(location))
        })
    }

    /// The source's range entry, and what each column of the table gets.
    fn source(
        &mut self,
        insert: &ast::Insert,
        table: &Table,
        columns: &[(i16, Location)],
    ) -> Result<(Option<u16>, Vec<Assignment>)> {
        let select = match &insert.source {
            InsertSource::DefaultValues => {
                return Ok((None, self.with_defaults(table, Vec::new())?));
            }
            InsertSource::Select(select) => select,
        };
        let (entry, width) = match Self::plain_values(select) {
            Some(rows) => self.value_rows(insert, table, columns, rows)?,
            None => {
                // Literals of the select take the columns' types.
                let mut query = self.select(select)?;
                let visible = query.targets.iter_mut().filter(|target| !target.junk);
                for (index, (target, (number, _))) in visible.zip(columns).enumerate() {
                    let column = column_of(table, *number);
                    if part_of(insert, index).is_none() && target.expr.type_id == type_oid::UNKNOWN
                    {
                        let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
                        target.expr = self.assign(expr, column, Location::NONE)?;
                    }
                }
                for target in query.targets.iter_mut().filter(|target| !target.junk) {
                    let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
                    target.expr = self.unknown_to_text(expr)?;
                }
                let width = query.targets.iter().filter(|target| !target.junk).count();
                (subquery_entry(query, "*SELECT*", false), width)
            }
        };
        self.check_width(insert, columns, width, select)?;
        let types = entry.types.clone();
        let range = self.scope().add_range(entry);
        let mut assignments: Vec<Assignment> = Vec::with_capacity(table.columns.len());
        for (index, ((number, (type_id, typmod, collation)), (target, location))) in
            (1..).zip(types).zip(columns).enumerate()
        {
            let kind = ExprKind::Column(ColumnRef { level: 0, range, column: number });
            let value = Expr { kind, type_id, typmod, collation };
            let column = column_of(table, *target);
            let value = match part_of(insert, index) {
                None => self.assign(value, column, *location)?,
                Some(part) => {
                    let earlier = assignments.iter().position(|other| other.column == *target);
                    let base = match earlier {
                        Some(index) => assignments.remove(index).value,
                        None => Expr::constant(Datum::Null, column.type_id, column.typmod),
                    };
                    self.assign_into(base, part, value, *location)?
                }
            };
            assignments.push(Assignment { column: *target, value });
        }
        Ok((Some(range), self.with_defaults(table, assignments)?))
    }

    fn check_width(
        &self,
        insert: &ast::Insert,
        columns: &[(i16, Location)],
        width: usize,
        select: &ast::Select,
    ) -> Result<()> {
        if width > columns.len() {
            let place = Self::plain_values(select)
                .and_then(|rows| rows.first())
                .and_then(|row| row.get(columns.len()))
                .map_or(Location::NONE, ast::Expr::start);
            let text = "INSERT has more expressions than target columns";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(place)));
        }
        if width < columns.len() && !insert.columns.is_empty() {
            let text = "INSERT has more target columns than expressions";
            return Err(
                Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(columns[width].1))
            );
        }
        Ok(())
    }

    /// One value of VALUES, coerced to the column or the part of one that it is for.
    fn row_value(
        &mut self,
        insert: &ast::Insert,
        table: &Table,
        (columns, index): (&[(i16, Location)], usize),
        expr: &ast::Expr,
    ) -> Result<Expr> {
        let Some((number, _)) = columns.get(index) else {
            let value = self.expr(expr)?;
            return self.unknown_to_text(value);
        };
        let column = column_of(table, *number);
        if let Some(part) = part_of(insert, index) {
            if is_default(expr) {
                return Err(no_default(part.path).at(self.position(part.location)));
            }
            let (type_id, typmod) = self.part_type(column.type_id, column.typmod, part)?;
            let value = self.expr(expr)?;
            let (context, place) = (Context::Assignment, expr.start());
            // The error is told where the value is assigned.
            return Ok(self
                .coerce(value.clone(), type_id, typmod, context, place)?
                .unwrap_or(value));
        }
        let value = if is_default(expr) {
            self.column_default(table, *number)?
        } else {
            self.check_identity(insert.overriding, column)?;
            let value = self.expr(expr)?;
            self.assign(value, column, expr.start())?
        };
        if insert.overriding == ast::Overriding::User && column.identity.is_some() {
            return self.column_default(table, *number);
        }
        Ok(value)
    }

    /// VALUES with DEFAULTs, each value coerced to its column.
    fn value_rows(
        &mut self,
        insert: &ast::Insert,
        table: &Table,
        columns: &[(i16, Location)],
        rows: &[Vec<ast::Expr>],
    ) -> Result<(RangeEntry, usize)> {
        let width = rows.first().map_or(0, Vec::len);
        self.scope().clause = Clause::Values;
        let mut typed = Vec::with_capacity(rows.len());
        for row in rows {
            if row.len() != width {
                let place = row.first().map_or(Location::NONE, ast::Expr::start);
                let text = "VALUES lists must all be the same length";
                return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(place)));
            }
            let mut values = Vec::with_capacity(width);
            for (index, expr) in row.iter().enumerate() {
                values.push(self.row_value(insert, table, (columns, index), expr)?);
            }
            typed.push(values);
        }
        self.scope().clause = Clause::Targets;
        let types = (0..width)
            .map(|index| match columns.get(index) {
                Some(_) if part_of(insert, index).is_some() => {
                    let value = typed.first().map(|row: &Vec<Expr>| &row[index]);
                    value.map_or((type_oid::TEXT, -1, Oid::INVALID), |value| {
                        (value.type_id, value.typmod, value.collation)
                    })
                }
                Some((number, _)) => {
                    let column = column_of(table, *number);
                    (column.type_id, column.typmod, column.collation)
                }
                None => (type_oid::TEXT, -1, default_collation(type_oid::TEXT)),
            })
            .collect();
        let names = (1..=width).map(|i| format!("column{i}")).collect();
        let entry = RangeEntry {
            kind: RangeKind::Values(typed),
            name: "*VALUES*".to_owned(),
            columns: names,
            types,
            required: 0,
            lateral: false,
        };
        Ok((entry, width))
    }

    fn check_identity(&self, overriding: ast::Overriding, column: &Column) -> Result<()> {
        let text = format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name);
        if column.identity == Some(Identity::Always) && overriding == ast::Overriding::None {
            return Err(Error::new(SqlState::GENERATED_ALWAYS, text)
                .detail(format!(
                    "Column \"{}\" is an identity column defined as GENERATED ALWAYS.",
                    column.name
                ))
                .hint("Use OVERRIDING SYSTEM VALUE to override."));
        }
        if column.default.as_ref().is_some_and(|default| default.generated) {
            return Err(Error::new(SqlState::GENERATED_ALWAYS, text)
                .detail(format!("Column \"{}\" is a generated column.", column.name)));
        }
        Ok(())
    }

    /// A value as a column's type: 42804 where it does not fit.
    pub(crate) fn assign(
        &mut self,
        value: Expr,
        column: &Column,
        location: Location,
    ) -> Result<Expr> {
        let source = value.type_id;
        let coerced =
            self.coerce(value, column.type_id, column.typmod, Context::Assignment, location)?;
        coerced.ok_or_else(|| {
            let text = format!(
                "column \"{}\" is of type {} but expression is of type {}",
                column.name,
                self.shown_type(column.type_id),
                self.shown_type(source)
            );
            Error::new(SqlState::DATATYPE_MISMATCH, text)
                .hint("You will need to rewrite or cast the expression.")
                .at(self.position(location))
        })
    }

    /// Assignments for all columns, in their order: those given, and defaults for the others.
    fn with_defaults(
        &mut self,
        table: &Table,
        mut given: Vec<Assignment>,
    ) -> Result<Vec<Assignment>> {
        for (number, column) in (1..).zip(&table.columns) {
            if column.dropped || given.iter().any(|assignment| assignment.column == number) {
                continue;
            }
            let value = self.column_default(table, number)?;
            given.push(Assignment { column: number, value });
        }
        given.sort_by_key(|assignment| assignment.column);
        Ok(given)
    }

    /// The default of a column's domain, or NULL where that has none, as long as the domain allows it.
    fn domain_default(&mut self, column: &Column) -> Result<Expr> {
        let domain =
            self.resolver.catalog().domain(column.type_id).map(|(_, domain)| domain.clone());
        let value = match domain.and_then(|domain| domain.default) {
            Some(tree) => expression::decode(&tree)?,
            None => Expr::null(self.base_type(column.type_id)),
        };
        self.assign(value, column, Location::NONE)
    }

    /// The value that a column gets when none is given.
    pub fn column_default(&mut self, table: &Table, number: i16) -> Result<Expr> {
        let column = column_of(table, number);
        let without = column.default.is_none() && column.identity.is_none();
        if without && types::is_domain(column.type_id) {
            return self.domain_default(column);
        }
        // A generated column is computed when the rest of its row is known.
        if let Some(default) = column.default.as_ref().filter(|default| !default.generated) {
            return expression::decode(&default.expression);
        }
        if column.identity.is_some() {
            let sequence = self.identity_sequence(table.oid, number)?;
            let argument =
                Expr::constant(Datum::I64(i64::from(sequence.0)), type_oid::REGCLASS, -1);
            let nextval = catalog::facts()
                .function_by_source("nextval_oid")
                .ok_or_else(|| Error::internal("there is no nextval"))?;
            let call = Call {
                function: nextval.oid,
                arguments: vec![argument],
                input_collation: Oid::INVALID,
                form: CallForm::Function,
                variadic: false,
                user: None,
            };
            let value = Expr::new(ExprKind::Call(Box::new(call)), type_oid::INT8, Oid::INVALID);
            return self.assign(value, column, Location::NONE);
        }
        Ok(Expr::constant(Datum::Null, column.type_id, column.typmod))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn identity_sequence(&self, table: Oid, number: i16) -> Result<Oid> {
        let owned = self.resolver.catalog().objects().find_map(|object| match object {
            Object::Sequence(sequence) => sequence
                .owned_by
                .is_some_and(|owner| {
                    owner.table == table && owner.column == number && owner.identity
                })
                .then_some(sequence.oid),
            _ => None,
        });
        owned.ok_or_else(|| Error::internal("an identity column has no sequence"))
    }

    // ON CONFLICT.

    fn conflict(&mut self, conflict: &ast::OnConflict, table: &Arc<Table>) -> Result<Conflict> {
        let indexes = match &conflict.target {
            None => {
                if matches!(conflict.action, ast::ConflictAction::Update { .. }) {
                    let text =
                        "ON CONFLICT DO UPDATE requires inference specification or constraint name";
                    return Err(Error::new(SqlState::SYNTAX_ERROR, text)
                        .hint("For example, ON CONFLICT (column_name).")
                        .at(self.position(conflict.location)));
                }
                Vec::new()
            }
            Some(target) => self.conflict_indexes(target, table)?,
        };
        let action = match &conflict.action {
            ast::ConflictAction::Nothing => ConflictAction::Nothing,
            ast::ConflictAction::Update { assignments, where_clause } => {
                let own = &self.scope().range[0];
                let entry = RangeEntry {
                    kind: RangeKind::Row,
                    name: "excluded".to_owned(),
                    columns: own.columns.clone(),
                    types: own.types.clone(),
                    required: 0,
                    lateral: false,
                };
                self.add_entry(entry, None, None, Location::NONE, false)?;
                let range =
                    self.scope().items.last().and_then(|item| item.range).unwrap_or_default();
                // Unqualified names mean the table's own columns.
                if let Some(item) = self.scope().items.last_mut() {
                    item.by_column = false;
                }
                let assignments = self.assignments(assignments, table)?;
                let filter = self.where_clause(where_clause.as_ref())?;
                self.scope().items.pop();
                ConflictAction::Update { excluded: range, assignments, filter }
            }
        };
        Ok(Conflict { indexes, action })
    }
}

/// A table's column by number.
pub(crate) fn column_of(table: &Table, number: i16) -> &Column {
    &table.columns[usize::try_from(number - 1).expect("a column's number is positive")]
}

/// The item of a table alone: for expressions over one row (defaults, checks, indexes).
/// The part of a column that the target of that index is, where it is no whole one.
fn part_of(insert: &ast::Insert, index: usize) -> Option<Part<'_>> {
    let target = insert.columns.get(index).filter(|target| !target.path.is_empty())?;
    Some(Part { column: &target.name, path: &target.path, location: target.location })
}

pub(crate) fn table_item(table: &Table, range: u16) -> Item {
    let columns = (1..)
        .zip(&table.columns)
        .filter(|(_, column)| !column.dropped)
        .map(|(number, column)| {
            let kind = ExprKind::Column(ColumnRef { level: 0, range, column: number });
            let expr = Expr {
                kind,
                type_id: column.type_id,
                typmod: column.typmod,
                collation: column.collation,
            };
            crate::scope::ItemColumn { name: column.name.clone(), expr }
        })
        .collect();
    Item {
        name: table.name.clone(),
        schema: None,
        range: Some(range),
        columns,
        by_name: true,
        by_column: true,
        unusable: false,
        system_columns: true,
        row: crate::scope::RowForm::Composite(table.row_type),
    }
}
