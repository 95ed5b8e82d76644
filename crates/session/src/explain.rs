//! EXPLAIN: a plan as lines of text.

mod conditions;

use crate::core::Core;
use crate::session::Session;
use batch::{Batch, ROWS_MAX};
use error::{Error, Result};
use execute::{Execution, IndexWork};
use plan::{JoinType, ModifyAction, Node, NodeKind, Plan};
use std::sync::Arc;
use std::time::Instant;
use syntax::ast::{Explain, OptionValue, StatementKind};
use types::Datum;

struct Options {
    analyze: bool,
    costs: bool,
    summary: Option<bool>,
    timing: bool,
}

impl Session {
    /// The lines of an EXPLAIN.
    pub(crate) fn explain(&mut self, sql: &str, explain: &Explain) -> Result<Vec<String>> {
        let options = options(explain)?;
        let begun = Instant::now();
        let (plan, parameters) = self.plan_to_explain(sql, &explain.statement.kind)?;
        self.check_plan(&plan)?;
        let planning = begun.elapsed();
        let begun = Instant::now();
        let done = if options.analyze { Some(self.run_all(&plan, parameters)?) } else { None };
        let running = begun.elapsed();
        let work = done.as_ref().map(|(_, work)| work);
        let mut lines = Vec::new();
        let shown = Shown { core: &self.core, plan: &plan, options: &options, work };
        describe(&plan.root, &shown, 0, &conditions::OuterNames::new(), &mut lines);
        if let Some((rows, _)) = &done
            && let Some(first) = lines.first_mut()
        {
            let time = running.as_secs_f64() * 1000.0;
            let shown = if options.timing {
                format!(" (actual time=0.000..{time:.3} rows={rows}.00 loops=1)")
            } else {
                format!(" (actual rows={rows}.00 loops=1)")
            };
            first.push_str(&shown);
        }
        if options.summary.unwrap_or(options.analyze) {
            lines.push(format!("Planning Time: {:.3} ms", planning.as_secs_f64() * 1000.0));
            if options.analyze {
                lines.push(format!("Execution Time: {:.3} ms", running.as_secs_f64() * 1000.0));
            }
        }
        Ok(lines)
    }

    /// The plan of a query, or of a prepared one with its parameters.
    fn plan_to_explain(
        &mut self,
        sql: &str,
        kind: &StatementKind,
    ) -> Result<(Arc<Plan>, Vec<Datum>)> {
        if let StatementKind::Execute(execute) = kind {
            self.begin_if_none();
            let (prepared, parameters) = self.prepared_call(sql, execute)?;
            if prepared.is_query() {
                return Ok((self.planned(&prepared)?.0, parameters));
            }
        }
        if !crate::prepared::is_query(kind) {
            return Err(Error::unsupported(format!("EXPLAIN of {}", kind.tag())));
        }
        let (query, _) = self.analyze(sql, kind, &[], false)?;
        Ok((Arc::new(self.plan(query)?), Vec::new()))
    }

    /// Runs a plan: how many rows it gave, and what its index scans did.
    fn run_all(&mut self, plan: &Plan, parameters: Vec<Datum>) -> Result<(u64, IndexWork)> {
        let mut execution = Execution::new(plan, &self.core)?;
        execution.run.parameters = parameters;
        execution.run.index_work = Some(IndexWork::default());
        execution.run.snapshot = Some(self.take_snapshot()?);
        let (mut batch, mut count) = (Batch::default(), 0);
        loop {
            let Some(current) = &mut self.current else {
                return Err(Error::internal("no transaction"));
            };
            execution.next(&mut self.core, &mut current.transaction, ROWS_MAX, &mut batch)?;
            let rows = batch.rows().count() as u64;
            if rows == 0 {
                return Ok((count, execution.run.index_work.unwrap_or_default()));
            }
            count += rows;
        }
    }
}

fn options(explain: &Explain) -> Result<Options> {
    let mut options = Options { analyze: false, costs: true, summary: None, timing: true };
    for option in &explain.options {
        let on = match &option.value {
            Some(OptionValue::Boolean(value)) => *value,
            Some(OptionValue::TypeName(name)) => !matches!(&*name.names.join("."), "off" | "false"),
            Some(OptionValue::String(text)) => !matches!(&**text, "off" | "false"),
            Some(OptionValue::Integer(number)) => *number != 0,
            _ => true,
        };
        match &*option.name {
            "analyze" => options.analyze = on,
            "costs" => options.costs = on,
            "summary" => options.summary = Some(on),
            "timing" => options.timing = on,
            "verbose" | "buffers" | "settings" | "wal" | "memory" | "generic_plan"
            | "serialize" => {}
            "format" => {
                let text = matches!(&option.value, Some(OptionValue::TypeName(name)) if name.names.join(".") == "text");
                if !text {
                    return Err(Error::unsupported("EXPLAIN in a format other than text"));
                }
            }
            other => {
                let text = format!("unrecognized EXPLAIN option \"{other}\"");
                return Err(Error::new(error::SqlState::SYNTAX_ERROR, text));
            }
        }
    }
    Ok(options)
}

/// What is shown, and how.
struct Shown<'a> {
    core: &'a Core,
    plan: &'a Plan,
    options: &'a Options,
    /// What its index scans did, if it was run.
    work: Option<&'a IndexWork>,
}

fn describe(
    node: &Node,
    shown: &Shown<'_>,
    depth: usize,
    outer: &conditions::OuterNames,
    lines: &mut Vec<String>,
) {
    // Projections are part of what they stand on, as PostgreSQL shows them.
    if let NodeKind::Project { input, .. } = &node.kind
        && !matches!(input.kind, NodeKind::One)
    {
        return describe(input, shown, depth, outer, lines);
    }
    let title = title(node, shown.plan);
    let cost = if shown.options.costs {
        format!(
            "  (cost={:.2}..{:.2} rows={:.0} width={})",
            node.cost.0,
            node.cost.1,
            node.rows,
            width(node)
        )
    } else {
        String::new()
    };
    let lead =
        if depth == 0 { String::new() } else { format!("{}->  ", " ".repeat(depth * 6 - 4)) };
    lines.push(format!("{lead}{title}{cost}"));
    for line in conditions::conditions(shown.core, node, outer) {
        lines.push(format!("{}{line}", " ".repeat(depth * 6 + 2)));
    }
    for line in index_work(node, shown) {
        lines.push(format!("{}{line}", " ".repeat(depth * 6 + 2)));
    }
    if let NodeKind::NestedLoop { left, right, parameters, .. } = &node.kind {
        let inner = conditions::outer_names(shown.core, left, parameters, outer);
        describe(left, shown, depth + 1, outer, lines);
        return describe(right, shown, depth + 1, &inner, lines);
    }
    for child in children(node) {
        describe(child, shown, depth + 1, outer, lines);
    }
}

/// What a node did with an index, if it was run and is a scan of one.
fn index_work(node: &Node, shown: &Shown<'_>) -> Vec<String> {
    let (Some(work), NodeKind::IndexScan { scan, index, .. }) = (shown.work, &node.kind) else {
        return Vec::new();
    };
    let counts = work.of(node);
    let mut lines = Vec::new();
    if plan::covered(scan, index).is_some() {
        lines.push(format!("Heap Fetches: {}", counts.heap_fetches));
    }
    lines.push(format!("Index Searches: {}", counts.searches));
    lines
}

/// The bytes of a row, as far as kinds tell.
fn width(node: &Node) -> usize {
    const VARIABLE: usize = 32;
    node.columns.iter().map(|kind| kind.width_bytes().unwrap_or(VARIABLE)).sum()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn title(node: &Node, plan: &Plan) -> String {
    let quoted = |name: &str| types::quote_identifier(name);
    let on = |scan: &plan::TableScan| {
        if scan.name == scan.table.name {
            quoted(&scan.name)
        } else {
            format!("{} {}", quoted(&scan.table.name), quoted(&scan.name))
        }
    };
    match &node.kind {
        NodeKind::One | NodeKind::Nothing | NodeKind::Project { .. } => "Result".to_owned(),
        NodeKind::Values(_) => "Values Scan on \"*VALUES*\"".to_owned(),
        NodeKind::SeqScan { scan, .. } => format!("Seq Scan on {}", on(scan)),
        NodeKind::IndexScan { scan, index, backward, .. } => {
            let way = if *backward { " Backward" } else { "" };
            let only = if plan::covered(scan, index).is_some() { " Only" } else { "" };
            format!("Index{only} Scan{way} using {} on {}", quoted(&index.name), on(scan))
        }
        NodeKind::SystemScan { relation, .. } => {
            let name = catalog::facts().relations.get(relation).map_or("?", |r| r.name);
            format!("Seq Scan on {name}")
        }
        NodeKind::SequenceScan { .. } => "Seq Scan on sequence".to_owned(),
        NodeKind::FunctionScan { .. } => "Function Scan".to_owned(),
        NodeKind::Common { index } => format!("CTE Scan on {}", plan.common[*index].name),
        NodeKind::WorkTable { .. } => "WorkTable Scan".to_owned(),
        NodeKind::RecursiveUnion { .. } => "Recursive Union".to_owned(),
        NodeKind::Filter { .. } => "Filter".to_owned(),
        NodeKind::ProjectSet { .. } => "ProjectSet".to_owned(),
        NodeKind::NestedLoop { join, .. } => joined("Nested Loop", *join, " Join"),
        NodeKind::HashJoin { join, .. } => match join {
            JoinType::Inner => "Hash Join".to_owned(),
            other => joined("Hash", *other, " Join"),
        },
        NodeKind::Aggregate { keys, .. } if keys.is_empty() => "Aggregate".to_owned(),
        NodeKind::Aggregate { .. } => "HashAggregate".to_owned(),
        NodeKind::Window { .. } => "WindowAgg".to_owned(),
        NodeKind::Sort { .. } => "Sort".to_owned(),
        NodeKind::Limit { .. } => "Limit".to_owned(),
        NodeKind::Distinct { .. } => "HashAggregate".to_owned(),
        NodeKind::Append(_) => "Append".to_owned(),
        NodeKind::SetOperation { operator, all, .. } => {
            let word = match operator {
                expression::SetOperator::Intersect => "Intersect",
                expression::SetOperator::Except => "Except",
                expression::SetOperator::Union => "Union",
            };
            format!("HashSetOp {word}{}", if *all { " All" } else { "" })
        }
        NodeKind::LockRows { .. } => "LockRows".to_owned(),
        NodeKind::Modify(modify) => {
            let word = match modify.action {
                ModifyAction::Insert(_) => "Insert",
                ModifyAction::Update(_) => "Update",
                ModifyAction::Delete => "Delete",
            };
            format!("{word} on {}", quoted(&modify.target.table.name))
        }
    }
}

fn joined(word: &str, join: JoinType, suffix: &str) -> String {
    match join {
        JoinType::Inner => word.to_owned(),
        JoinType::Left => format!("{word} Left{suffix}"),
        JoinType::Right => format!("{word} Right{suffix}"),
        JoinType::Full => format!("{word} Full{suffix}"),
        JoinType::Semi => format!("{word} Semi{suffix}"),
        JoinType::Anti => format!("{word} Anti{suffix}"),
    }
}

fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::One
        | NodeKind::Nothing
        | NodeKind::Values(_)
        | NodeKind::SeqScan { .. }
        | NodeKind::IndexScan { .. }
        | NodeKind::SystemScan { .. }
        | NodeKind::SequenceScan { .. }
        | NodeKind::FunctionScan { .. }
        | NodeKind::Common { .. }
        | NodeKind::WorkTable { .. } => Vec::new(),
        NodeKind::Filter { input, .. }
        | NodeKind::Project { input, .. }
        | NodeKind::ProjectSet { input, .. }
        | NodeKind::Aggregate { input, .. }
        | NodeKind::Window { input, .. }
        | NodeKind::Sort { input, .. }
        | NodeKind::Limit { input, .. }
        | NodeKind::Distinct { input, .. }
        | NodeKind::LockRows { input, .. } => vec![input],
        NodeKind::RecursiveUnion { first, again, .. } => vec![first, again],
        NodeKind::NestedLoop { left, right, .. }
        | NodeKind::HashJoin { left, right, .. }
        | NodeKind::SetOperation { left, right, .. } => vec![left, right],
        NodeKind::Append(inputs) => inputs.iter().collect(),
        NodeKind::Modify(modify) => vec![&modify.input],
    }
}
