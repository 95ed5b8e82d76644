//! A walk meets every node of every statement of the corpus once: as many as its debug form shows.

use crate::ast::{Constant, Expr, ExprKind, FromItem, RelationName, Select, TypeName};
use crate::parse;
use crate::walk::{Visitor, VisitorMut, Walk, WalkParts};

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    exprs: usize,
    selects: usize,
    items: usize,
    types: usize,
    relations: usize,
}

impl Visitor for Counts {
    fn expr(&mut self, expr: &Expr) {
        self.exprs += 1;
        expr.walk_parts(self);
    }

    fn select(&mut self, select: &Select) {
        self.selects += 1;
        select.walk_parts(self);
    }

    fn item(&mut self, item: &FromItem) {
        self.items += 1;
        item.walk_parts(self);
    }

    fn type_name(&mut self, name: &TypeName) {
        self.types += 1;
        name.walk_parts(self);
    }

    fn relation(&mut self, _name: &RelationName) {
        self.relations += 1;
    }
}

/// Of a debug form: how often nodes begin in it. Items of FROM are counted by what is in them.
fn shown(text: &str) -> Counts {
    let count = |start: &str| text.matches(start).count();
    Counts {
        exprs: count("Expr { kind: "),
        selects: count("Select { with: "),
        items: 0,
        types: count("TypeName { names: "),
        relations: count("RelationName { database: "),
    }
}

#[test]
fn every_node_is_met_once() {
    for (sql, _) in super::corpus::corpus() {
        let Ok(statements) = parse(&sql) else { continue };
        for mut statement in statements {
            let mut counts = Counts::default();
            statement.walk(&mut counts);
            counts.items = 0;
            assert_eq!(counts, shown(&format!("{statement:?}")), "{sql}");
            let mut changed = Rename::default();
            statement.walk_mut(&mut changed);
            assert_eq!(
                (changed.exprs, changed.relations),
                (counts.exprs, counts.relations),
                "{sql}"
            );
        }
    }
}

/// Gives every relation another name and every integer another value.
#[derive(Default)]
struct Rename {
    exprs: usize,
    relations: usize,
}

impl VisitorMut for Rename {
    fn expr(&mut self, expr: &mut Expr) {
        self.exprs += 1;
        if let ExprKind::Constant(Constant::Integer(value)) = &mut expr.kind {
            *value = value.wrapping_add(1);
        }
        expr.walk_parts_mut(self);
    }

    fn relation(&mut self, name: &mut RelationName) {
        self.relations += 1;
        name.name = format!("{}_new", name.name).into();
    }
}

#[test]
fn a_visitor_changes_what_it_meets() {
    let mut statement =
        parse("SELECT a + 1 FROM t WHERE b IN (SELECT 2 FROM u)").unwrap().remove(0);
    statement.walk_mut(&mut Rename::default());
    let changed = "SELECT a + 2 FROM t_new WHERE b IN (SELECT 3 FROM u_new)";
    assert_eq!(statement.to_sql().unwrap(), parse(changed).unwrap()[0].to_sql().unwrap());
}

#[test]
fn any_looks_into_subqueries() {
    let expr = crate::parse_expression("a AND EXISTS (SELECT 1 FROM t WHERE b = $7)").unwrap();
    assert!(expr.any(&mut |e| e.kind == ExprKind::Parameter(7)));
    assert!(!expr.any(&mut |e| e.kind == ExprKind::Parameter(8)));
}
