//! Definitions as SQL: pg_get_expr, pg_get_indexdef, pg_get_constraintdef and what has no object to show yet.

use super::session;
use crate::deparse::{DeparseContext, Parentheses, deparse};
use crate::expr::{CallForm, Expr, ExprKind};
use crate::names::{Shown, relation_name, relation_place};
use crate::stored::decode;
use catalog::Access;
use catalog::facts::{RawTable, facts, raw_rows_of};
use catalog::object::{
    Check, Deferral, ForeignKey, Index, IndexColumn, IndexTarget, Key, Object, ReferentialAction,
    StoredTree, Table, TypeDefinition,
};
use catalog::system::NodeTree;
use error::{Error, Result};
use functions::{Builtin, Call, builtin};
use types::{Oid, Style, quote_identifier};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_get_expr", |call| {
        call.map2_in(|tree: &str, relation: Oid, env, _| {
            let (access, style) = session(env)?;
            tree_text(&access, &style, tree, relation, Parentheses::All)
        })
    }),
    builtin("pg_get_expr_ext", |call| {
        call.map3_in(|tree: &str, relation: Oid, pretty: bool, env, _| {
            let (access, style) = session(env)?;
            tree_text(&access, &style, tree, relation, parentheses(pretty))
        })
    }),
    builtin("pg_get_indexdef", |call| {
        call.map1_in(|index: Oid, env, _| {
            let (access, style) = session(env)?;
            index_text(&access, &style, index, Parentheses::All)
        })
    }),
    builtin("pg_get_indexdef_ext", |call| {
        call.map3_in(|index: Oid, column: i32, pretty: bool, env, _| {
            let (access, style) = session(env)?;
            match usize::try_from(column) {
                Ok(0) => index_text(&access, &style, index, parentheses(pretty)),
                Ok(number) => column_text(&access, &style, index, number, parentheses(pretty)),
                Err(_) => {
                    let there = index_text(&access, &style, index, parentheses(pretty))?;
                    Ok(there.map(|_| String::new()))
                }
            }
        })
    }),
    builtin("pg_get_constraintdef", |call| {
        call.map1_in(|constraint: Oid, env, _| {
            let (access, style) = session(env)?;
            constraint_text(&access, &style, constraint, Parentheses::All)
        })
    }),
    builtin("pg_get_constraintdef_ext", |call| {
        call.map2_in(|constraint: Oid, pretty: bool, env, _| {
            let (access, style) = session(env)?;
            constraint_text(&access, &style, constraint, parentheses(pretty))
        })
    }),
    builtin("pg_get_viewdef", view_definition),
    builtin("pg_get_viewdef_ext", view_definition),
    builtin("pg_get_viewdef_wrap", view_definition),
    builtin("pg_get_ruledef", no_such_object),
    builtin("pg_get_ruledef_ext", no_such_object),
    builtin("pg_get_triggerdef", no_such_object),
    builtin("pg_get_triggerdef_ext", no_such_object),
    builtin("pg_get_partkeydef", no_such_object),
    builtin("pg_get_partition_constraintdef", no_such_object),
    builtin("pg_get_statisticsobjdef", no_such_object),
    builtin("pg_get_statisticsobjdef_columns", no_such_object),
    builtin("pg_get_statisticsobjdef_expressions", no_such_object),
    builtin("pg_get_function_sqlbody", no_such_object),
];

fn parentheses(pretty: bool) -> Parentheses {
    if pretty { Parentheses::Needed } else { Parentheses::All }
}

/// NULL: there is no object of the kind.
fn no_such_object(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|_, _, _, _| Ok(None::<String>))
}

fn view_definition(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, env, _| {
        let access = super::access(env)?;
        let types::ValueRef::I64(oid) = arguments[0].get(row) else { return Ok(None::<String>) };
        let view = u32::try_from(oid).ok().and_then(|oid| access.catalog.view(Oid(oid)));
        match view {
            None => Ok(None),
            Some(_) => Err(Error::unsupported("printing a view's query")),
        }
    })
}

/// The names of a relation's columns by number.
fn column_names(access: &Access, relation: Oid) -> Option<Vec<String>> {
    if let Some(fact) = facts().relations.get(&relation) {
        return Some(fact.columns.iter().map(|column| column.name.to_owned()).collect());
    }
    let columns = match access.catalog.object(relation)? {
        Object::Table(table) => &table.columns,
        Object::View(view) => &view.columns,
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Index(_)
        | Object::Sequence(_) => return Some(Vec::new()),
    };
    Some(columns.iter().map(|column| column.name.clone()).collect())
}

fn stored_text(
    access: &Access,
    style: &Style,
    relation: Oid,
    tree: &StoredTree,
    parentheses: Parentheses,
) -> Result<String> {
    let names = column_names(access, relation).unwrap_or_default();
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    let expr = decode(tree)?;
    deparse(&expr, &DeparseContext { access, columns: &columns, parentheses, style })
}

/// A stored expression over a relation's columns as SQL text, parentheses around each operator.
pub fn expression_text(access: &Access, relation: Oid, tree: &StoredTree) -> Result<String> {
    stored_text(access, &Style::default(), relation, tree, Parentheses::All)
}

/// The statement that makes an index. XX000 where there is no such index.
pub fn index_definition(access: &Access, index: Oid) -> Result<String> {
    index_text(access, &Style::default(), index, Parentheses::All)?
        .ok_or_else(|| Error::internal(format!("cache lookup failed for index {index}")))
}

/// pg_get_expr: NULL where the relation is gone.
fn tree_text(
    access: &Access,
    style: &Style,
    tree: &str,
    relation: Oid,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    match NodeTree::parse(tree) {
        None => Err(Error::corrupted("unreadable pg_node_tree")),
        Some(NodeTree::Sql(text)) => Ok(Some(text)),
        Some(NodeTree::Trees(trees)) => {
            if relation.is_valid() && relation_place(access, relation).is_none() {
                return Ok(None);
            }
            let texts: Result<Vec<String>> = trees
                .iter()
                .map(|tree| stored_text(access, style, relation, tree, parentheses))
                .collect();
            Ok(Some(texts?.join(", ")))
        }
    }
}

/// A column's text within an index, without its order.
fn key_text(
    access: &Access,
    style: &Style,
    index: &Index,
    column: &IndexColumn,
    parentheses: Parentheses,
) -> Result<String> {
    match &column.target {
        IndexTarget::Column(number) => {
            let names = column_names(access, index.table).unwrap_or_default();
            let name = usize::try_from(i32::from(*number) - 1).ok().and_then(|i| names.get(i));
            Ok(name.map_or_else(|| "?column?".to_owned(), |name| quote_identifier(name)))
        }
        IndexTarget::Expression(tree) => {
            let text = stored_text(access, style, index.table, tree, parentheses)?;
            // A call needs no parentheses of its own.
            let is_call = is_bare_call(&decode(tree)?);
            Ok(if is_call { text } else { format!("({text})") })
        }
    }
}

/// Whether an expression looks like a call of a function.
fn is_bare_call(expr: &Expr) -> bool {
    if let ExprKind::Call(call) = &expr.kind {
        return matches!(call.form, CallForm::Function | CallForm::Sql);
    }
    matches!(
        expr.kind,
        ExprKind::Coalesce(_)
            | ExprKind::Extreme { .. }
            | ExprKind::NullIf { .. }
            | ExprKind::SessionValue(_)
    )
}

/// A column with its collation, operator class and order.
fn ordered_key_text(
    access: &Access,
    style: &Style,
    index: &Index,
    column: &IndexColumn,
    parentheses: Parentheses,
) -> Result<String> {
    let mut text = key_text(access, style, index, column, parentheses)?;
    let own_collation = match &column.target {
        IndexTarget::Column(number) => access.catalog.table(index.table).and_then(|table| {
            let place = usize::try_from(i32::from(*number) - 1).ok()?;
            table.columns.get(place).map(|column| column.collation)
        }),
        IndexTarget::Expression(tree) => Some(decode(tree)?.collation),
    };
    if column.collation.is_valid() && own_collation != Some(column.collation) {
        let collation = facts().collations.iter().find(|c| c.oid == column.collation);
        if let Some(collation) = collation {
            text.push_str(&format!(" COLLATE {}", quote_identifier(collation.name)));
        }
    }
    if let Some(class) = facts().operator_classes.get(&column.operator_class) {
        let is_default = if index.method == catalog::facts::BTREE {
            facts().default_operator_class(column.type_id).is_some_and(|d| d.oid == class.oid)
        } else {
            class.default
        };
        if !is_default {
            text.push_str(&format!(" {}", quote_identifier(class.name)));
        }
    }
    text.push_str(match (column.descending, column.nulls_first) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    });
    Ok(text)
}

/// `fillfactor='70'`, as WITH takes it.
fn options_text(options: &[String]) -> String {
    let list: Vec<String> = options
        .iter()
        .map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = if quote_identifier(value) == value {
                value.to_owned()
            } else {
                format!("'{}'", value.replace('\'', "''"))
            };
            format!("{}={value}", quote_identifier(name))
        })
        .collect();
    list.join(", ")
}

fn index_text(
    access: &Access,
    style: &Style,
    oid: Oid,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    let Some(index) = access.catalog.index(oid) else { return Ok(system_index_text(oid)) };
    let shown = match parentheses {
        Parentheses::All => Shown::Qualified,
        Parentheses::Needed => Shown::WhereNeeded,
    };
    let table = relation_name(access, index.table, shown).unwrap_or_default();
    let method = raw_rows_of(RawTable::AccessMethod, index.method);
    let method = method.first().map_or("btree", |fields| fields.text(1));
    let unique = if index.unique { "UNIQUE " } else { "" };
    let keys: Result<Vec<String>> = index.columns[..index.key_count]
        .iter()
        .map(|column| ordered_key_text(access, style, index, column, parentheses))
        .collect();
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {table} USING {method} ({})",
        quote_identifier(&index.name),
        keys?.join(", ")
    );
    if index.columns.len() > index.key_count {
        let included: Result<Vec<String>> = index.columns[index.key_count..]
            .iter()
            .map(|column| key_text(access, style, index, column, parentheses))
            .collect();
        text.push_str(&format!(" INCLUDE ({})", included?.join(", ")));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        text.push_str(&format!(" WITH ({})", options_text(&index.options)));
    }
    if let Some(predicate) = &index.predicate {
        let predicate = stored_text(access, style, index.table, predicate, parentheses)?;
        text.push_str(&format!(" WHERE {predicate}"));
    }
    Ok(Some(text))
}

/// The text of an index of a built-in relation, all of them on plain columns.
fn system_index_text(oid: Oid) -> Option<String> {
    let rows = raw_rows_of(RawTable::Index, oid);
    let fields = rows.first()?;
    let index = facts().relations.get(&oid)?;
    let table = facts().relations.get(&fields.oid(1))?;
    let keys: Vec<String> = fields
        .text(7)
        .split_ascii_whitespace()
        .filter_map(|word| word.parse::<usize>().ok()?.checked_sub(1))
        .filter_map(|place| table.columns.get(place))
        .map(|column| quote_identifier(column.name))
        .collect();
    let unique = if fields.bool(4) { "UNIQUE " } else { "" };
    Some(format!(
        "CREATE {unique}INDEX {} ON pg_catalog.{} USING btree ({})",
        index.name,
        table.name,
        keys.join(", ")
    ))
}

fn column_text(
    access: &Access,
    style: &Style,
    oid: Oid,
    number: usize,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    let Some(index) = access.catalog.index(oid) else {
        return Ok(facts().relations.get(&oid).filter(|fact| fact.kind == "i").map(|fact| {
            let column = fact.columns.get(number - 1);
            column.map_or_else(String::new, |column| quote_identifier(column.name))
        }));
    };
    match index.columns.get(number - 1) {
        Some(column) => key_text(access, style, index, column, parentheses).map(Some),
        None => Ok(Some(String::new())),
    }
}

/// A constraint and its table.
enum Constraint<'a> {
    Check(&'a Check),
    NotNull(i16, bool),
    Key(&'a Key),
    ForeignKey(&'a ForeignKey),
}

fn find_constraint(access: &Access, oid: Oid) -> Option<(&Table, Constraint<'_>)> {
    access.catalog.objects().find_map(|object| {
        let Object::Table(table) = object else { return None };
        let check = table.checks.iter().find(|c| c.oid == oid).map(Constraint::Check);
        let not_null = || {
            let found = table.not_nulls.iter().find(|c| c.oid == oid);
            found.map(|c| Constraint::NotNull(c.column, c.no_inherit))
        };
        let key = || table.keys.iter().find(|c| c.oid == oid).map(Constraint::Key);
        let foreign =
            || table.foreign_keys.iter().find(|c| c.oid == oid).map(Constraint::ForeignKey);
        let found = check.or_else(not_null).or_else(key).or_else(foreign)?;
        Some((&**table, found))
    })
}

fn constraint_text(
    access: &Access,
    style: &Style,
    oid: Oid,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    let Some((table, constraint)) = find_constraint(access, oid) else {
        return domain_constraint_text(access, style, oid, parentheses);
    };
    Ok(Some(match constraint {
        Constraint::Check(check) => {
            let text = stored_text(access, style, table.oid, &check.expression, parentheses)?;
            let no_inherit = if check.no_inherit { " NO INHERIT" } else { "" };
            let state = if !check.enforced {
                " NOT ENFORCED"
            } else if !check.validated {
                " NOT VALID"
            } else {
                ""
            };
            format!("CHECK ({text}){no_inherit}{state}")
        }
        Constraint::NotNull(column, no_inherit) => {
            let no_inherit = if no_inherit { " NO INHERIT" } else { "" };
            format!("NOT NULL {}{no_inherit}", names_text(table, &[column]))
        }
        Constraint::Key(key) => key_constraint_text(access, table, key),
        Constraint::ForeignKey(key) => foreign_key_text(access, table, key),
    }))
}

/// As [`constraint_text`], of a domain's constraint.
fn domain_constraint_text(
    access: &Access,
    style: &Style,
    oid: Oid,
    parentheses: Parentheses,
) -> Result<Option<String>> {
    for object in access.catalog.objects() {
        let Object::Type(own) = object else { continue };
        let TypeDefinition::Domain(domain) = &own.definition else { continue };
        if domain.not_null.as_ref().is_some_and(|(not_null, _)| *not_null == oid) {
            return Ok(Some("NOT NULL".to_owned()));
        }
        if let Some(check) = domain.checks.iter().find(|check| check.oid == oid) {
            // The value that the check is about has no name of its own.
            let context = DeparseContext { access, columns: &[""], parentheses, style };
            let text = deparse(&decode(&check.expression)?, &context)?;
            let state = if check.validated { "" } else { " NOT VALID" };
            return Ok(Some(format!("CHECK ({text}){state}")));
        }
    }
    Ok(None)
}

fn names_text(table: &Table, columns: &[i16]) -> String {
    let name = |number: &i16| {
        let place = usize::try_from(i32::from(*number) - 1).ok();
        place.and_then(|place| table.columns.get(place)).map(|c| quote_identifier(&c.name))
    };
    let names: Vec<String> = columns.iter().filter_map(name).collect();
    names.join(", ")
}

fn key_constraint_text(access: &Access, table: &Table, key: &Key) -> String {
    let index = access.catalog.index(key.index);
    let numbers = |columns: &[IndexColumn]| -> Vec<i16> {
        let number = |column: &IndexColumn| match column.target {
            IndexTarget::Column(number) => Some(number),
            IndexTarget::Expression(_) => None,
        };
        columns.iter().filter_map(number).collect()
    };
    let (keys, included) = index.map_or_else(Default::default, |index| {
        let (keys, included) = index.columns.split_at(index.key_count);
        (numbers(keys), numbers(included))
    });
    let distinct = index.is_some_and(|index| index.nulls_not_distinct);
    let start = match (key.primary, distinct) {
        (true, _) => "PRIMARY KEY",
        (false, false) => "UNIQUE",
        (false, true) => "UNIQUE NULLS NOT DISTINCT",
    };
    let mut text = format!("{start} ({})", names_text(table, &keys));
    if !included.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names_text(table, &included)));
    }
    match index.map_or(Deferral::Never, |index| index.deferral) {
        Deferral::Never => {}
        Deferral::Immediate => text.push_str(" DEFERRABLE"),
        Deferral::Deferred => text.push_str(" DEFERRABLE INITIALLY DEFERRED"),
    }
    text
}

fn foreign_key_text(access: &Access, table: &Table, key: &ForeignKey) -> String {
    let other = relation_name(access, key.table, Shown::WhereNeeded).unwrap_or_default();
    let referenced = access.catalog.table(key.table).map(|t| names_text(t, &key.referenced));
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {other}({})",
        names_text(table, &key.columns),
        referenced.unwrap_or_default()
    );
    if key.match_full {
        text.push_str(" MATCH FULL");
    }
    for (word, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        let action = match action {
            ReferentialAction::NoAction => continue,
            ReferentialAction::Restrict => "RESTRICT",
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => "SET DEFAULT",
        };
        text.push_str(&format!(" ON {word} {action}"));
    }
    if !key.delete_columns.is_empty() {
        text.push_str(&format!(" ({})", names_text(table, &key.delete_columns)));
    }
    if key.deferrable {
        text.push_str(" DEFERRABLE");
    }
    if key.initially_deferred {
        text.push_str(" INITIALLY DEFERRED");
    }
    if !key.enforced {
        text.push_str(" NOT ENFORCED");
    } else if !key.validated {
        text.push_str(" NOT VALID");
    }
    text
}
