//! WITH: common table expressions.

use crate::Analyzer;
use crate::scope::RecursiveTable;
use error::{Error, Result, SqlState};
use expression::{CommonTable, Expr, Query, RangeEntry, RangeKind};
use syntax::ast::{self, SelectBody, StatementKind};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// Analyses the common tables into the scope, each seeing those before it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn with(&mut self, with: &ast::With) -> Result<()> {
        for (index, table) in with.tables.iter().enumerate() {
            if with.tables[..index].iter().any(|other| other.name == table.name) {
                let text = format!("WITH query name \"{}\" specified more than once", table.name);
                return Err(
                    Error::new(SqlState::DUPLICATE_ALIAS, text).at(self.position(table.location))
                );
            }
            if table.search.is_some() || table.cycle.is_some() {
                return Err(
                    Error::unsupported("SEARCH and CYCLE").at(self.position(table.location))
                );
            }
            let common = match &table.query {
                StatementKind::Select(select)
                    if with.recursive && refers_to(select, &table.name) =>
                {
                    self.recursive_table(table, select, index)?
                }
                StatementKind::Select(select) => {
                    let query = self.select(select)?;
                    self.common_table(table, query)?
                }
                other => {
                    return Err(Error::unsupported(format!("{} within WITH", other.tag()))
                        .at(self.position(table.location)));
                }
            };
            self.scope().common_tables.push(common);
        }
        Ok(())
    }

    fn common_table(&mut self, table: &ast::CommonTable, mut query: Query) -> Result<CommonTable> {
        self.finish_types(&mut query)?;
        let columns = self.column_names(table, &query)?;
        Ok(CommonTable {
            name: table.name.to_string(),
            query,
            columns,
            materialized: table.materialized,
            recursive: false,
        })
    }

    fn finish_types(&mut self, query: &mut Query) -> Result<()> {
        for target in query.targets.iter_mut().filter(|target| !target.junk) {
            let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
            target.expr = self.unknown_to_text(expr)?;
        }
        Ok(())
    }

    fn column_names(&mut self, table: &ast::CommonTable, query: &Query) -> Result<Vec<String>> {
        let mut columns: Vec<String> = query
            .targets
            .iter()
            .filter(|target| !target.junk)
            .map(|target| target.name.clone())
            .collect();
        if table.columns.len() > columns.len() {
            let text = format!(
                "WITH query \"{}\" has {} columns available but {} columns specified",
                table.name,
                columns.len(),
                table.columns.len()
            );
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text)
                .at(self.position(table.location)));
        }
        for (column, name) in columns.iter_mut().zip(&table.columns) {
            *column = name.to_string();
        }
        Ok(columns)
    }

    /// `first UNION [ALL] again`: the first side tells the columns' types, the second refers to the table itself.
    fn recursive_table(
        &mut self,
        table: &ast::CommonTable,
        select: &ast::Select,
        index: usize,
    ) -> Result<CommonTable> {
        let SelectBody::SetOperation(operation) = &select.body else {
            return Err(self.not_recursive(table));
        };
        if operation.operator != ast::SetOperator::Union || refers_to(&operation.left, &table.name)
        {
            return Err(self.not_recursive(table));
        }
        let mut first = self.select(&operation.left)?;
        self.finish_types(&mut first)?;
        let columns = self.column_names(table, &first)?;
        let types: Vec<(Oid, i32, Oid)> = first
            .targets
            .iter()
            .filter(|target| !target.junk)
            .map(|t| (t.expr.type_id, t.expr.typmod, t.expr.collation))
            .collect();
        let itself = RecursiveTable {
            name: table.name.to_string(),
            columns: columns.clone(),
            types: types.clone(),
            index,
        };
        self.scope().recursive.push(itself);
        let query = self.select(select);
        self.scope().recursive.pop();
        let query = query?;
        for (number, (target, (type_id, ..))) in query.targets.iter().zip(&types).enumerate() {
            if target.expr.type_id != *type_id {
                let text = format!(
                    "recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                    table.name,
                    number + 1,
                    types::format_type(*type_id, None),
                    types::format_type(target.expr.type_id, None)
                );
                return Err(Error::new(SqlState::DATATYPE_MISMATCH, text)
                    .hint("Cast the output of the non-recursive term to the correct type."));
            }
        }
        Ok(CommonTable {
            name: table.name.to_string(),
            query,
            columns,
            materialized: table.materialized,
            recursive: true,
        })
    }

    fn not_recursive(&self, table: &ast::CommonTable) -> Error {
        let text = format!(
            "recursive query \"{}\" does not have the form non-recursive-term UNION [ALL] recursive-term",
            table.name
        );
        Error::new(SqlState::INVALID_RECURSION, text).at(self.position(table.location))
    }

    /// The common table that a name means, as a range entry.
    pub(crate) fn common_table_entry(&self, name: &str) -> Option<RangeEntry> {
        for (level, scope) in self.scopes.iter().rev().enumerate() {
            let level = u16::try_from(level).ok()?;
            if let Some(table) = scope.recursive.iter().rev().find(|table| table.name == name) {
                return Some(RangeEntry {
                    kind: RangeKind::Common { level, index: table.index, recursive: true },
                    name: name.to_owned(),
                    columns: table.columns.clone(),
                    types: table.types.clone(),
                    required: 0,
                    lateral: false,
                });
            }
            if let Some(index) = scope.common_tables.iter().rposition(|table| table.name == name) {
                let table = &scope.common_tables[index];
                let outputs = table.query.targets.iter().filter(|target| !target.junk);
                return Some(RangeEntry {
                    kind: RangeKind::Common { level, index, recursive: false },
                    name: name.to_owned(),
                    columns: table.columns.clone(),
                    types: outputs
                        .map(|t| (t.expr.type_id, t.expr.typmod, t.expr.collation))
                        .collect(),
                    required: 0,
                    lateral: false,
                });
            }
        }
        None
    }
}

/// Whether a query's FROM clauses name a table.
fn refers_to(select: &ast::Select, name: &str) -> bool {
    match &select.body {
        SelectBody::Values(_) => false,
        SelectBody::SetOperation(operation) => {
            refers_to(&operation.left, name) || refers_to(&operation.right, name)
        }
        SelectBody::Select(core) => core.from.iter().any(|item| item_refers_to(item, name)),
    }
}

fn item_refers_to(item: &ast::FromItem, name: &str) -> bool {
    match item {
        ast::FromItem::Table(table) => {
            table.relation.schema.is_none() && &*table.relation.name == name
        }
        ast::FromItem::Subquery(subquery) => refers_to(&subquery.query, name),
        ast::FromItem::Function(_) | ast::FromItem::JsonTable(_) | ast::FromItem::XmlTable(_) => {
            false
        }
        ast::FromItem::Join(join) => {
            item_refers_to(&join.left, name) || item_refers_to(&join.right, name)
        }
    }
}
