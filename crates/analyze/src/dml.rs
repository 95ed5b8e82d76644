//! UPDATE, DELETE, RETURNING, and expressions over one table's rows.

use crate::Analyzer;
use crate::analyzer::Relation;
use crate::assign::Part;
use crate::coerce::Context;
use crate::insert::{column_of, table_item};
use crate::scope::{Clause, Item, ItemColumn, Scope};
use crate::select::is_default;
use catalog::acl::Privileges;
use catalog::object::{Identity, Table};
use error::{Error, Result, SqlState};
use expression::{
    Assignment, ColumnRef, Expr, ExprKind, Modify, ModifyKind, Query, Target, default_collation,
};
use std::sync::Arc;
use syntax::ast;
use types::{Oid, type_oid};

/// What an expression over one table's rows is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the uses")]
pub enum TableExpression {
    Check,
    IndexColumn,
    IndexPredicate,
    Using,
}

impl Analyzer<'_> {
    /// The typed query of an UPDATE.
    pub(crate) fn update(&mut self, update: &ast::Update) -> Result<Query> {
        let (mut query, scope) = self.in_scope(|analyzer| {
            let mut query = Query::default();
            if let Some(with) = &update.with {
                query.recursive = with.recursive;
                analyzer.with(with)?;
            }
            let table = analyzer.modified(&update.relation, Privileges::UPDATE, &mut query)?;
            query.from.extend(analyzer.from(&update.from)?);
            query.filter = analyzer.where_clause(update.where_clause.as_ref())?;
            let assignments = analyzer.assignments(&update.assignments, &table)?;
            analyzer.finish_modify(
                ModifyKind::Update(assignments),
                update.returning.as_ref(),
                query,
            )
        })?;
        query.range = scope.range;
        query.common_tables = scope.common_tables;
        Ok(query)
    }

    /// The typed query of a DELETE.
    pub(crate) fn delete(&mut self, delete: &ast::Delete) -> Result<Query> {
        let (mut query, scope) = self.in_scope(|analyzer| {
            let mut query = Query::default();
            if let Some(with) = &delete.with {
                query.recursive = with.recursive;
                analyzer.with(with)?;
            }
            analyzer.modified(&delete.relation, Privileges::DELETE, &mut query)?;
            query.from.extend(analyzer.from(&delete.using)?);
            query.filter = analyzer.where_clause(delete.where_clause.as_ref())?;
            analyzer.finish_modify(ModifyKind::Delete, delete.returning.as_ref(), query)
        })?;
        query.range = scope.range;
        query.common_tables = scope.common_tables;
        Ok(query)
    }

    /// Adds the table that is changed as the first range entry.
    fn modified(
        &mut self,
        from: &ast::FromTable,
        privilege: Privileges,
        query: &mut Query,
    ) -> Result<Arc<Table>> {
        let table = self.target_table(&from.relation)?;
        let relation = Relation::Table(Arc::clone(&table));
        // What is read of the table by WHERE, SET or RETURNING needs SELECT; PostgreSQL notes it by column.
        let entry = self.relation_entry(relation, privilege, &from.relation)?;
        let tree =
            self.add_entry(entry, from.alias.as_ref(), None, from.relation.location, true)?;
        query.from.push(tree);
        Ok(table)
    }

    fn finish_modify(
        &mut self,
        kind: ModifyKind,
        returning: Option<&ast::Returning>,
        mut query: Query,
    ) -> Result<Query> {
        if let Some(returning) = returning {
            query.targets = self.returning(returning)?;
        }
        let set_reads = match &kind {
            ModifyKind::Update(assignments) => assignments.iter().any(|a| reads_table(&a.value)),
            ModifyKind::Insert { .. } | ModifyKind::Delete => false,
        };
        if set_reads
            || query.filter.as_ref().is_some_and(reads_table)
            || query.targets.iter().any(|t| reads_table(&t.expr))
        {
            self.scope().range[0].required |= Privileges::SELECT.0;
        }
        query.modify = Some(Box::new(Modify { kind, range: 0, returning: returning.is_some() }));
        Ok(query)
    }

    /// The targets of RETURNING.
    pub(crate) fn returning(&mut self, returning: &ast::Returning) -> Result<Vec<Target>> {
        if !returning.aliases.is_empty() {
            return Err(Error::unsupported("RETURNING WITH"));
        }
        self.scope().clause = Clause::Returning;
        let mut targets = self.targets(&returning.targets)?;
        for target in &mut targets {
            let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
            target.expr = self.unknown_to_text(expr)?;
        }
        Ok(targets)
    }

    /// SET.
    pub(crate) fn assignments(
        &mut self,
        list: &[ast::Assignment],
        table: &Table,
    ) -> Result<Vec<Assignment>> {
        let before = std::mem::replace(&mut self.scope().clause, Clause::Set);
        let mut assignments: Vec<Assignment> = Vec::with_capacity(list.len());
        for item in list {
            match item {
                ast::Assignment::Single { target, value } => {
                    self.add_assignment(target, value, table, &mut assignments)?;
                }
                ast::Assignment::Multiple { targets, source } => {
                    let ast::ExprKind::Row(row) = &source.kind else {
                        return Err(Error::unsupported("a row source in SET")
                            .at(self.position(source.start())));
                    };
                    if row.fields.len() != targets.len() {
                        let text = "number of columns does not match number of values";
                        return Err(Error::new(SqlState::SYNTAX_ERROR, text)
                            .at(self.position(source.start())));
                    }
                    for (target, value) in targets.iter().zip(&row.fields) {
                        self.add_assignment(target, value, table, &mut assignments)?;
                    }
                }
            }
        }
        self.scope().clause = before;
        Ok(assignments)
    }

    fn add_assignment(
        &mut self,
        target: &ast::ColumnTarget,
        value: &ast::Expr,
        table: &Table,
        assignments: &mut Vec<Assignment>,
    ) -> Result<()> {
        let number = self.column_number(table, &target.name, target.location)?;
        let earlier = assignments.iter().position(|other| other.column == number);
        // Several parts of one column are assigned one after the other.
        let before = match earlier {
            Some(index) if !target.path.is_empty() && is_part(&assignments[index].value) => {
                Some(assignments.remove(index).value)
            }
            Some(_) => {
                let text = format!("multiple assignments to same column \"{}\"", target.name);
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
            None => None,
        };
        let assignment = if target.path.is_empty() {
            self.assignment(target, value, table)?
        } else {
            self.part_assignment(target, value, table, before)?
        };
        assignments.push(assignment);
        Ok(())
    }

    /// An assignment to a part of a column; `before` is what earlier ones made of it.
    fn part_assignment(
        &mut self,
        target: &ast::ColumnTarget,
        value: &ast::Expr,
        table: &Table,
        before: Option<Expr>,
    ) -> Result<Assignment> {
        let number = self.column_number(table, &target.name, target.location)?;
        let column = column_of(table, number);
        if is_default(value) {
            return Err(no_default(&target.path).at(self.position(target.location)));
        }
        let kind = ExprKind::Column(ColumnRef { level: 0, range: 0, column: number });
        let (type_id, typmod, collation) = (column.type_id, column.typmod, column.collation);
        let base = before.unwrap_or(Expr { kind, type_id, typmod, collation });
        let part = Part { column: &target.name, path: &target.path, location: target.location };
        let expr = self.expr(value)?;
        let value = self.assign_into(base, part, expr, value.start())?;
        Ok(Assignment { column: number, value })
    }

    fn assignment(
        &mut self,
        target: &ast::ColumnTarget,
        value: &ast::Expr,
        table: &Table,
    ) -> Result<Assignment> {
        let number = self.column_number(table, &target.name, target.location)?;
        let column = column_of(table, number);
        if is_default(value) {
            return Ok(Assignment { column: number, value: self.column_default(table, number)? });
        }
        let always = column.identity == Some(Identity::Always);
        if always || column.default.as_ref().is_some_and(|default| default.generated) {
            let text = format!("column \"{}\" can only be updated to DEFAULT", column.name);
            let what = if always {
                "an identity column defined as GENERATED ALWAYS"
            } else {
                "a generated column"
            };
            return Err(Error::new(SqlState::GENERATED_ALWAYS, text)
                .detail(format!("Column \"{}\" is {what}.", column.name)));
        }
        let expr = self.expr(value)?;
        let value = self.assign(expr, column, value.start())?;
        Ok(Assignment { column: number, value })
    }

    // Expressions that belong to a table.

    /// A column's DEFAULT, as the column's type.
    pub fn default_expression(
        &mut self,
        expr: &ast::Expr,
        column: &str,
        type_id: Oid,
        typmod: i32,
    ) -> Result<Expr> {
        let scope = Scope { clause: Clause::DefaultExpression, ..Scope::default() };
        self.scopes.push(scope);
        let value = self.expr(expr);
        self.scopes.pop();
        let value = value.map_err(|error| {
            if error.code() == SqlState::UNDEFINED_COLUMN {
                let text = "cannot use column reference in DEFAULT expression";
                Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(self.position(expr.start()))
            } else {
                error
            }
        })?;
        forbid_subqueries(&value, "cannot use subquery in DEFAULT expression")?;
        let source = value.type_id;
        self.coerce(value, type_id, typmod, Context::Assignment, expr.start())?.ok_or_else(|| {
            let text = format!(
                "column \"{column}\" is of type {} but default expression is of type {}",
                types::format_type(type_id, None),
                types::format_type(source, None)
            );
            Error::new(SqlState::DATATYPE_MISMATCH, text)
                .hint("You will need to rewrite or cast the expression.")
        })
    }

    /// An expression over one table's rows; its columns are those of range entry 0.
    pub fn table_expression(
        &mut self,
        expr: &ast::Expr,
        table: &Table,
        purpose: TableExpression,
    ) -> Result<Expr> {
        let (clause, forbidden) = match purpose {
            TableExpression::Check => {
                (Clause::CheckConstraint, "cannot use subquery in check constraint")
            }
            TableExpression::IndexColumn => {
                (Clause::IndexExpression, "cannot use subquery in index expression")
            }
            TableExpression::IndexPredicate => {
                (Clause::IndexPredicate, "cannot use subquery in index predicate")
            }
            TableExpression::Using => {
                (Clause::Utility, "cannot use subquery in transform expression")
            }
        };
        let scope = Scope { clause, items: vec![table_item(table, 0)], ..Scope::default() };
        self.scopes.push(scope);
        let value = self.expr(expr);
        self.scopes.pop();
        let value = value?;
        forbid_subqueries(&value, forbidden)?;
        match purpose {
            TableExpression::Check => self.boolean(value, "CHECK", expr.start()),
            TableExpression::IndexPredicate => self.boolean(value, "WHERE", expr.start()),
            TableExpression::IndexColumn | TableExpression::Using => self.unknown_to_text(value),
        }
    }

    /// The condition of a domain's CHECK: VALUE, of the type that the domain is over, is column 1 of range entry 0.
    pub fn domain_check(&mut self, expr: &ast::Expr, type_id: Oid, typmod: i32) -> Result<Expr> {
        let kind = ExprKind::Column(ColumnRef { level: 0, range: 0, column: 1 });
        let collation = default_collation(type_id);
        let value = Expr { kind, type_id, typmod, collation };
        let item = Item {
            name: String::new(),
            schema: None,
            range: Some(0),
            columns: vec![ItemColumn { name: "value".to_owned(), expr: value }],
            by_name: false,
            by_column: true,
            unusable: false,
            system_columns: false,
            row: crate::scope::RowForm::Record,
        };
        let clause = Clause::CheckConstraint;
        self.scopes.push(Scope { clause, items: vec![item], ..Scope::default() });
        let value = self.expr(expr);
        self.scopes.pop();
        let value = value?;
        forbid_subqueries(&value, "cannot use subquery in check constraint")?;
        self.boolean(value, "CHECK", expr.start())
    }

    /// The condition of a trigger: over the old row, range entry 0, and the new one, 1.
    pub fn trigger_condition(&mut self, expr: &ast::Expr, table: &Table) -> Result<Expr> {
        let item = |name: &str, range: u16| crate::scope::Item {
            name: name.to_owned(),
            by_column: false,
            ..table_item(table, range)
        };
        let items = vec![item("old", 0), item("new", 1)];
        self.scopes.push(Scope { clause: Clause::TriggerWhen, items, ..Scope::default() });
        let value = self.expr(expr);
        self.scopes.pop();
        let value = value?;
        forbid_subqueries(&value, "cannot use subquery in trigger WHEN condition")?;
        self.boolean(value, "WHEN", expr.start())
    }

    /// An expression without columns: a parameter of EXECUTE, an option's value.
    pub fn standalone(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let scope = Scope { clause: Clause::Utility, ..Scope::default() };
        self.scopes.push(scope);
        let value = self.expr(expr);
        self.scopes.pop();
        let value = value?;
        forbid_subqueries(&value, "cannot use subquery in EXECUTE parameter")?;
        Ok(value)
    }
}

/// Whether a value is a column with a part assigned.
pub(crate) fn is_part(value: &Expr) -> bool {
    if let ExprKind::ToDomain { arg, .. } = &value.kind {
        return is_part(arg);
    }
    matches!(value.kind, ExprKind::AssignElement { .. } | ExprKind::AssignField { .. })
}

/// 0A000 for DEFAULT as the value of a part.
pub(crate) fn no_default(path: &[ast::Indirection]) -> Error {
    let text = if matches!(path.first(), Some(ast::Indirection::Field(_))) {
        "cannot set a subfield to DEFAULT"
    } else {
        "cannot set an array element to DEFAULT"
    };
    Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
}

fn reads_table(expr: &Expr) -> bool {
    expr.any(&mut |e| matches!(e.kind, ExprKind::Column(column) if column.level == 0 && column.range == 0))
}

fn forbid_subqueries(expr: &Expr, text: &str) -> Result<()> {
    if expr.any(&mut |e| matches!(e.kind, ExprKind::Subquery(_))) {
        return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
    }
    Ok(())
}
