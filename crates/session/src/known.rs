//! Statements that a session knows already: those of the simple protocol but for the values in them, and those that
//! clients of the extended protocol parse anew for each use.
//!
//! Clients that put values into the text send the same statement again and again. When a shape comes the second time, the
//! statement is prepared with parameters in the place of literals, and from then on it is only bound and executed. That
//! is done where a literal stands for nothing but its value: compared with a column, assigned to one, added to one, in a
//! row of VALUES, in LIMIT. Any other literal belongs to the statement. What is known holds as long as neither a table
//! nor a setting changes.

use crate::block::Block;
use crate::portal::Portal;
use crate::prepared::{Body, Prepared, fields, is_query};
use crate::session::Session;
use crate::shape::{Literal, LiteralKind, Shape};
use error::Result;
use std::hash::BuildHasher;
use std::sync::Arc;
use syntax::ast::{
    Assignment, Constant, Expr, ExprKind, InsertSource, Location, Operator, OperatorForm,
    OperatorName, Select, SelectBody, Statement, StatementKind,
};
use types::{Datum, Oid, type_oid};

/// So many statements are known at a time.
const KNOWN_MAX: usize = 24;
/// So many shapes are remembered that came once, or that cannot be known.
const SEEN_MAX: usize = 32;

/// Longer texts of Parse are not remembered.
const TEXT_MAX: usize = 4096;

/// A session's known statements.
#[derive(Default)]
pub(crate) struct KnownStatements {
    list: Vec<Known>,
    /// Statements of Parse, with the types that the client gave; the last found comes first.
    parsed: Vec<(u64, Vec<Oid>, Arc<Prepared>)>,
    /// Hashes of shapes that came once; the oldest makes room.
    seen: Vec<u64>,
    /// Hashes of shapes that have no statement with parameters.
    refused: Vec<u64>,
    hasher: hashbrown::DefaultHashBuilder,
}

struct Known {
    hash: u64,
    marked: Box<[u8]>,
    /// Literals that belong to the statement, by their number.
    fixed: Box<[(usize, Box<str>)]>,
    /// The literal of each parameter, by its number.
    slots: Box<[usize]>,
    prepared: Arc<Prepared>,
}

impl KnownStatements {
    /// Forgets all.
    fn clear(&mut self) {
        self.list.clear();
        self.parsed.clear();
    }

    /// The known statement of a text; the last found comes first.
    fn find(&mut self, hash: u64, shape: &Shape, sql: &str) -> Option<&Known> {
        let is_it = |known: &Known| {
            known.hash == hash
                && *known.marked == *shape.marked
                && known.fixed.iter().all(|(at, text)| shape.literals[*at].written(sql) == &**text)
        };
        let at = self.list.iter().position(is_it)?;
        self.list[..=at].rotate_right(1);
        self.list.first()
    }

    fn has_seen(&mut self, hash: u64) -> bool {
        self.seen.contains(&hash) || {
            remember(&mut self.seen, hash);
            false
        }
    }
}

fn remember(hashes: &mut Vec<u64>, hash: u64) {
    if hashes.len() >= SEEN_MAX {
        hashes.remove(0);
    }
    hashes.push(hash);
}

/// Whether a text may be one of the statements that can be known.
fn may_be_known(sql: &str) -> bool {
    let first = sql.trim_ascii_start().as_bytes().first();
    first.is_some_and(|byte| b"sSiIuUdD".contains(byte))
}

impl Session {
    /// A text whose statement is known, ready to run; `None` where the text is to be parsed.
    pub(crate) fn known(&mut self, sql: &str) -> Result<Option<Portal>> {
        if self.block == Block::Failed || !may_be_known(sql) {
            return Ok(None);
        }
        let Some(shape) = Shape::of(sql) else { return Ok(None) };
        let hash = self.known.hasher.hash_one(&*shape.marked);
        if let Some(known) = self.known.find(hash, &shape, sql) {
            let prepared = Arc::clone(&known.prepared);
            if prepared.is_current(self.core.generation) {
                let parameters = self.read_literals(sql, &shape, hash, &prepared)?;
                let fields = fields(&prepared.columns, &[]);
                return Ok(Some(Portal::new(prepared, parameters, fields)));
            }
            // The tables or the settings changed, for all others as well.
            self.known.clear();
        }
        if self.known.refused.contains(&hash) || !self.known.has_seen(hash) {
            return Ok(None);
        }
        match self.make_known(sql, &shape, hash) {
            Some(known) => {
                let prepared = Arc::clone(&known.prepared);
                self.known.list.truncate(KNOWN_MAX - 1);
                self.known.list.insert(0, known);
                let parameters = self.read_literals(sql, &shape, hash, &prepared)?;
                let fields = fields(&prepared.columns, &[]);
                Ok(Some(Portal::new(prepared, parameters, fields)))
            }
            None => {
                remember(&mut self.known.refused, hash);
                Ok(None)
            }
        }
    }

    /// The statement of a text that was parsed before, with the same types of parameters.
    pub(crate) fn known_parsed(&mut self, sql: &str, types: &[Oid]) -> Option<Arc<Prepared>> {
        let hash = self.known.hasher.hash_one(sql);
        let at = self.known.parsed.iter().position(|(other, given, prepared)| {
            *other == hash && *prepared.sql == *sql && *given == types
        })?;
        let prepared = Arc::clone(&self.known.parsed[at].2);
        if !prepared.is_current(self.core.generation) {
            self.known.clear();
            return None;
        }
        self.known.parsed[..=at].rotate_right(1);
        Some(prepared)
    }

    /// Remembers a statement of Parse that comes the second time.
    pub(crate) fn remember_parsed(&mut self, types: &[Oid], prepared: &Arc<Prepared>) {
        let hash = self.known.hasher.hash_one(&*prepared.sql);
        if prepared.is_query() && prepared.sql.len() <= TEXT_MAX && self.known.has_seen(hash) {
            self.known.parsed.truncate(KNOWN_MAX - 1);
            self.known.parsed.insert(0, (hash, types.to_vec(), Arc::clone(prepared)));
        }
    }

    /// Prepares a statement with parameters for literals. Where that fails, so does the statement as it is, or it is one
    /// that has to be taken literally: it goes the common way, which tells the right error at the right place.
    fn make_known(&mut self, sql: &str, shape: &Shape, hash: u64) -> Option<Known> {
        let mut statements = syntax::parse(sql).ok()?;
        let mut statement = statements.pop().filter(|_| statements.is_empty())?;
        if !is_query(&statement.kind) {
            return None;
        }
        let mut marking = Marking { sql, literals: &shape.literals, slots: Vec::new() };
        marking.statement(&mut statement);
        let slots = marking.slots;
        let types: Vec<Oid> =
            slots.iter().map(|slot| type_of(shape.literals[*slot].kind)).collect();
        let block = self.block;
        let tree = Box::new(statement.clone());
        let prepared = self.prepare(sql.into(), Some(statement), &types, true);
        self.block = block;
        let mut prepared = prepared.ok()?;
        prepared.body = Body::Query(tree.location, Some(tree));
        let is_same = slots.len() == prepared.parameters.len()
            // How an interval is read depends on where it goes.
            && !prepared.parameters.contains(&type_oid::INTERVAL)
            && !self.has_partial_index(&prepared);
        is_same.then(|| Known {
            hash,
            marked: shape.marked.as_slice().into(),
            fixed: (0..shape.literals.len())
                .filter(|at| !slots.contains(at))
                .map(|at| (at, shape.literals[at].written(sql).into()))
                .collect(),
            slots: slots.into(),
            prepared: Arc::new(prepared),
        })
    }

    /// Whether a value may decide which index can be used.
    fn has_partial_index(&self, prepared: &Prepared) -> bool {
        let cached = prepared.cached.lock();
        let catalog = &self.core.access.catalog;
        cached.as_ref().is_some_and(|cached| {
            let mut relations = cached.plan.required.iter().map(|required| required.relation);
            relations.any(|oid| catalog.indexes_of(oid).any(|index| index.predicate.is_some()))
        })
    }

    /// The values of the literals that are parameters.
    fn read_literals(
        &self,
        sql: &str,
        shape: &Shape,
        hash: u64,
        prepared: &Prepared,
    ) -> Result<Vec<Datum>> {
        let known = self.known.list.first().filter(|known| known.hash == hash);
        let slots = known.map_or(&[][..], |known| &known.slots);
        let context = functions::Environment::text_context(&self.core);
        let mut values = Vec::with_capacity(slots.len());
        for (slot, type_id) in slots.iter().zip(&prepared.parameters) {
            let literal = shape.literals[*slot];
            let written = literal.written(sql);
            values.push(match literal.kind {
                LiteralKind::Integer => Datum::I32(written.parse().unwrap_or(i32::MAX)),
                LiteralKind::BigInteger => Datum::I64(written.parse().unwrap_or(i64::MAX)),
                LiteralKind::Text => types::input(*type_id, -1, &literal.text(sql), &context)
                    .map_err(|error| error.at_default(position(sql, literal)))?,
            });
        }
        Ok(values)
    }
}

fn position(sql: &str, literal: Literal) -> u32 {
    syntax::position(sql, Location(u32::try_from(literal.start).unwrap_or(u32::MAX)))
}

/// The type of a literal's parameter; that of a string is inferred.
fn type_of(kind: LiteralKind) -> Oid {
    match kind {
        LiteralKind::Integer => type_oid::INT4,
        LiteralKind::BigInteger => type_oid::INT8,
        LiteralKind::Text => Oid::INVALID,
    }
}

/// Puts parameters in the place of literals.
struct Marking<'a> {
    sql: &'a str,
    literals: &'a [Literal],
    /// The literal of each parameter so far.
    slots: Vec<usize>,
}

impl Marking<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn statement(&mut self, statement: &mut Statement) {
        match &mut statement.kind {
            StatementKind::Select(select) => self.select(select),
            StatementKind::Insert(insert) => {
                if let InsertSource::Select(select) = &mut insert.source {
                    self.select(select);
                }
            }
            StatementKind::Update(update) => {
                for assignment in &mut update.assignments {
                    if let Assignment::Single { value, .. } = assignment {
                        self.value(value);
                    }
                }
                self.condition(update.where_clause.as_mut());
            }
            StatementKind::Delete(delete) => self.condition(delete.where_clause.as_mut()),
            _ => {}
        }
    }

    fn select(&mut self, select: &mut Select) {
        match &mut select.body {
            SelectBody::Select(core) => self.condition(core.where_clause.as_mut()),
            SelectBody::Values(rows) => {
                rows.iter_mut().flatten().for_each(|value| self.take(value))
            }
            SelectBody::SetOperation(_) => {}
        }
        for count in select.limit.iter_mut().chain(&mut select.offset) {
            self.take(count);
        }
    }

    /// What is assigned: a literal, or a sum or the like of a column and a literal.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn value(&mut self, value: &mut Expr) {
        match &mut value.kind {
            ExprKind::Operator(node) if is_one_of(node, &["+", "-", "*", "/"]) => {
                self.operand(node)
            }
            _ => self.take(value),
        }
    }

    /// Comparisons joined by AND, OR and NOT.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn condition(&mut self, condition: Option<&mut Expr>) {
        let mut rest: Vec<&mut Expr> = condition.into_iter().collect();
        while let Some(expr) = rest.pop() {
            match &mut expr.kind {
                ExprKind::And(list) | ExprKind::Or(list) => rest.extend(list),
                ExprKind::Not(inner) => rest.push(inner),
                ExprKind::Between(node) if is_column(&node.arg) => {
                    self.take(&mut node.low);
                    self.take(&mut node.high);
                }
                ExprKind::Operator(node)
                    if is_one_of(node, &["=", "<", ">", "<=", ">=", "<>", "!="]) =>
                {
                    self.operand(node);
                }
                _ => {}
            }
        }
    }

    /// The literal on the other side of a column.
    fn operand(&mut self, node: &mut Operator) {
        match &mut node.left {
            Some(left) if is_column(left) => self.take(&mut node.right),
            Some(left) if is_column(&node.right) => self.take(left),
            Some(_) | None => {}
        }
    }

    /// Takes a literal out, if it is one that the shape marks.
    fn take(&mut self, expr: &mut Expr) {
        let ExprKind::Constant(constant) = &expr.kind else { return };
        let Ok(start) = usize::try_from(expr.location.0) else { return };
        let is_negative = self.sql.as_bytes().get(start) == Some(&b'-');
        let digits = if is_negative {
            let spaces = self.sql[start + 1..].bytes().take_while(u8::is_ascii_whitespace).count();
            start + 1 + spaces
        } else {
            start
        };
        let Ok(at) = self.literals.binary_search_by_key(&digits, |literal| literal.start) else {
            return;
        };
        let literal = self.literals[at];
        let written = literal.written(self.sql);
        let is_same = match (constant, literal.kind) {
            (Constant::Integer(value), LiteralKind::Integer) => {
                let sign = if is_negative { "-" } else { "" };
                value.to_string() == format!("{sign}{written}")
            }
            (Constant::BigInteger(value), LiteralKind::BigInteger) => value.to_string() == written,
            (Constant::String(text), LiteralKind::Text) => **text == literal.text(self.sql),
            _ => false,
        };
        if !is_same {
            return;
        }
        self.slots.push(at);
        let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let parameter = ExprKind::Parameter(number);
        expr.kind = if is_negative {
            let right = Expr { kind: parameter, location: expr.location };
            let name = OperatorName { qualifier: Vec::new(), name: "-".into() };
            let minus = Operator { name, form: OperatorForm::Plain, left: None, right };
            ExprKind::Operator(Box::new(minus))
        } else {
            parameter
        };
    }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Column(_))
}

fn is_one_of(node: &Operator, names: &[&str]) -> bool {
    node.form == OperatorForm::Plain
        && node.name.qualifier.is_empty()
        && names.contains(&&*node.name.name)
}
