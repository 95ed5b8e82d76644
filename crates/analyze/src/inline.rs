//! Functions in SQL that are one expression, put in the place of their calls.

use crate::Analyzer;
use crate::coerce::Context;
use crate::variables::{RowColumn, VariableConflict, Variables};
use catalog::facts::{FunctionKind, Volatility};
use catalog::object::{Function, Language};
use error::Result;
use expression::{Expr, ExprKind, default_collation};
use syntax::ast::{Location, Name, Select, SelectBody, StatementKind};
use types::{Oid, type_oid};

/// How many functions are put within each other.
const DEPTH_MAX: usize = 8;

/// The parameters of a function, by number and by name.
struct Parameters<'a> {
    function: &'a Function,
    types: &'a [Oid],
}

impl Variables for Parameters<'_> {
    fn find(&self, names: &[Name]) -> Result<Option<Expr>> {
        let name = match names {
            [name] => name,
            [function, name] if **function == *self.function.name => name,
            _ => return Ok(None),
        };
        let mut inputs = self.function.inputs();
        let place = inputs.position(|p| !p.name.is_empty() && *p.name == **name);
        Ok(place.and_then(|place| {
            let number = u32::try_from(place + 1).ok()?;
            let type_id = *self.types.get(place)?;
            let kind = ExprKind::Parameter(number);
            Some(Expr::new(kind, type_id, default_collation(type_id)))
        }))
    }

    fn parameter(&self, number: u32) -> Option<Oid> {
        self.types.get((number as usize).checked_sub(1)?).copied()
    }

    fn record(&self, _number: u32) -> Result<Option<Vec<RowColumn>>> {
        Ok(None)
    }

    fn conflict(&self) -> VariableConflict {
        VariableConflict::Column
    }
}

impl Analyzer<'_> {
    /// The expression that a call of a function in SQL stands for; `None` where it has to be called.
    pub(crate) fn inlined(
        &mut self,
        own: &Function,
        arguments: &[Expr],
        result: Oid,
    ) -> Option<Expr> {
        let plain = self.inlines
            && self.inline_depth < DEPTH_MAX
            && own.language == Language::Sql
            && own.kind == FunctionKind::Plain
            && !(own.returns_set || own.strict || own.security_definer)
            && own.settings.is_empty()
            && own.acl.is_none()
            && !matches!(result, type_oid::VOID | type_oid::RECORD)
            && self.row_columns(result).is_none();
        if !plain {
            return None;
        }
        let sql = match &own.sql_body {
            None => own.source.clone(),
            Some(body) => format!("SELECT {}", body.strip_prefix("RETURN ")?),
        };
        let value = only_value(&sql)?;
        let types: Vec<Oid> = arguments.iter().map(|argument| argument.type_id).collect();
        let parameters = Parameters { function: own, types: &types };
        let mut analyzer = Analyzer::new(&sql, self.resolver);
        analyzer.variables = Some(&parameters);
        analyzer.inlines = true;
        analyzer.inline_depth = self.inline_depth + 1;
        let value = analyzer.standalone(&value).ok()?;
        let value =
            analyzer.coerce(value, result, -1, Context::Assignment, Location::NONE).ok()??;
        if !is_inlinable(&value, own.volatility) || !fits(&value, arguments) {
            return None;
        }
        substitute(value, arguments).ok()
    }
}

/// The expression of a text that is `SELECT expression` and nothing more.
fn only_value(sql: &str) -> Option<syntax::ast::Expr> {
    let mut list = syntax::parse(sql).ok()?;
    let statement = list.pop().filter(|_| list.is_empty())?;
    let StatementKind::Select(select) = statement.kind else { return None };
    let Select { body: SelectBody::Select(core), .. } = &*select else { return None };
    let [target] = core.targets.as_slice() else { return None };
    // What it says is told by making the plain statement and comparing.
    let plain = format!("SELECT {}", target.value.to_sql().ok()?);
    let mut again = syntax::parse(&plain).ok()?;
    let StatementKind::Select(bare) = again.pop()?.kind else { return None };
    let same = select.to_sql().ok()? == bare.to_sql().ok()?;
    same.then(|| target.value.clone())
}

/// Whether a body may stand where the call did: it depends on the world no more than the function says.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn is_inlinable(value: &Expr, volatility: Volatility) -> bool {
    !value.any(&mut |e| match &e.kind {
        ExprKind::Call(call) => call.returns_set() || call.volatility() > volatility,
        ExprKind::SessionValue(_) => volatility == Volatility::Immutable,
        ExprKind::Subquery(_) | ExprKind::Aggregate(_) | ExprKind::Window(_) => true,
        ExprKind::Column(_) => true,
        _ => false,
    })
}

/// Whether each argument is evaluated as often as a call would, or that makes no difference.
fn fits(value: &Expr, arguments: &[Expr]) -> bool {
    let mut counts = vec![0usize; arguments.len()];
    value.any(&mut |e| {
        if let ExprKind::Parameter(number) = e.kind
            && let Some(count) = counts.get_mut((number as usize).wrapping_sub(1))
        {
            *count += 1;
        }
        false
    });
    let within_case = |e: &Expr| e.any(&mut |e| matches!(e.kind, ExprKind::CaseOperand));
    if arguments.iter().any(within_case) {
        return false;
    }
    counts.iter().zip(arguments).all(|(count, argument)| {
        let cheap = matches!(
            argument.kind,
            ExprKind::Constant(_) | ExprKind::Column(_) | ExprKind::Parameter(_)
        );
        *count == 1 || cheap
    })
}

fn substitute(value: Expr, arguments: &[Expr]) -> Result<Expr> {
    if let ExprKind::Parameter(number) = value.kind
        && let Some(argument) = arguments.get((number as usize).wrapping_sub(1))
    {
        return Ok(argument.clone());
    }
    value.map_children(&mut |child| substitute(child, arguments))
}
