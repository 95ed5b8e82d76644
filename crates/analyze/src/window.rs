//! Window functions: calls over a window, and what the windows are.

use crate::Analyzer;
use crate::coerce::{Context, can_coerce};
use crate::function::{Filled, input_collation};
use crate::scope::Clause;
use crate::target::slot;
use catalog::facts::{Function, FunctionKind, facts};
use error::{Error, Result, SqlState};
use expression::{
    ColumnRef, Expr, ExprKind, FrameBound, FrameExclusion, FrameMode, FrameOffset, Sort, Target,
    Window, WindowCall, WindowFrame, default_collation,
};
use syntax::ast::{self, FunctionCall, Location, Over, WindowSpec};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// A call with OVER; its arguments are analysed already. 42P20 where it may not stand.
    pub(crate) fn window_call(
        &mut self,
        call: &FunctionCall,
        function: &'static Function,
        filled: Filled,
        location: Location,
    ) -> Result<Expr> {
        let position = self.position(location);
        let name = call.name.name();
        let aggregate = function.kind == FunctionKind::Aggregate;
        let unsupported =
            |text: &str| Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(position));
        if call.distinct {
            return unsupported("DISTINCT is not implemented for window functions");
        }
        if call.within_group {
            return unsupported(&format!("OVER is not supported for ordered-set aggregate {name}"));
        }
        if aggregate && call.args.is_empty() && !call.star {
            let text = format!("{name}(*) must be used to call a parameterless aggregate function");
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(position));
        }
        if !call.order_by.is_empty() {
            return unsupported("aggregate ORDER BY is not implemented for window functions");
        }
        if !aggregate && call.filter.is_some() {
            return unsupported("FILTER is not implemented for non-aggregate window functions");
        }
        if filled.arguments.iter().any(|e| e.any(&mut |e| matches!(e.kind, ExprKind::Window(_)))) {
            let inner = self.scope().window_call;
            let text = "window function calls cannot be nested";
            return Err(Error::new(SqlState::WINDOWING_ERROR, text).at(self.position(inner)));
        }
        if let Some(clause) = self.scope().clause.forbids_windows() {
            let text = format!("window functions are not allowed in {clause}");
            return Err(Error::new(SqlState::WINDOWING_ERROR, text).at(position));
        }
        let filter = match &call.filter {
            None => None,
            Some(filter) => {
                let before = std::mem::replace(&mut self.scope().clause, Clause::Filter);
                let value = self.expr(filter)?;
                self.scope().clause = before;
                Some(self.boolean(value, "FILTER", filter.start())?)
            }
        };
        let window = self.over(call.over.as_ref())?;
        self.scope().window_call = location;
        let collation = input_collation(&filled.arguments);
        let default = default_collation(filled.result);
        let result_collation =
            if default.is_valid() && collation.is_valid() { collation } else { default };
        let call = WindowCall {
            function: function.oid,
            arguments: filled.arguments,
            filter,
            input_collation: collation,
            window,
            star: call.star,
        };
        Ok(Expr::new(ExprKind::Window(Box::new(call)), filled.result, result_collation))
    }

    /// The index of the window that OVER means; a new one is analysed with the others at the end of the query.
    fn over(&mut self, over: Option<&Over>) -> Result<usize> {
        match over {
            None => Err(Error::internal("a window function has a window")),
            Some(Over::Window(spec)) => {
                let windows = &mut self.scope().windows;
                windows.push((**spec).clone());
                Ok(windows.len() - 1)
            }
            Some(Over::Name(name, location)) => {
                let windows = &self.scope().windows;
                let found = windows.iter().position(|window| window.name.as_ref() == Some(name));
                found.ok_or_else(|| self.undefined_window(name, *location))
            }
        }
    }

    fn undefined_window(&self, name: &str, location: Location) -> Error {
        let text = format!("window \"{name}\" does not exist");
        Error::new(SqlState::UNDEFINED_OBJECT, text).at(self.position(location))
    }

    /// The WINDOW clause's names; what they mean is analysed at the end of the query.
    pub(crate) fn name_windows(&mut self, list: &[WindowSpec]) -> Result<()> {
        for (index, window) in list.iter().enumerate() {
            if let Some(name) = &window.name
                && list[..index].iter().any(|other| other.name == window.name)
            {
                let text = format!("window \"{name}\" is already defined");
                return Err(
                    Error::new(SqlState::WINDOWING_ERROR, text).at(self.position(window.location))
                );
            }
        }
        self.scope().windows = list.to_vec();
        Ok(())
    }

    /// The query's windows; what they divide and order by becomes junk targets where it is none yet.
    pub(crate) fn windows(&mut self, targets: &mut Vec<Target>) -> Result<Vec<Window>> {
        let specs = std::mem::take(&mut self.scope().windows);
        let mut windows: Vec<Window> = Vec::with_capacity(specs.len());
        let before = std::mem::replace(&mut self.scope().clause, Clause::Window);
        for (index, spec) in specs.iter().enumerate() {
            let base = match &spec.base {
                None => None,
                Some(name) => {
                    let found = specs[..index].iter().position(|w| w.name.as_ref() == Some(name));
                    Some(found.ok_or_else(|| self.undefined_window(name, spec.location))?)
                }
            };
            let base = base.map(|base| (&windows[base], specs[base].frame.is_some()));
            let window = self.window(spec, base, targets)?;
            windows.push(window);
        }
        self.scope().clause = before;
        Ok(windows)
    }

    /// One window; `base` is the window that it extends, and whether that has a frame.
    fn window(
        &mut self,
        spec: &WindowSpec,
        base: Option<(&Window, bool)>,
        targets: &mut Vec<Target>,
    ) -> Result<Window> {
        let mut order_by: Vec<Sort> = Vec::with_capacity(spec.order_by.len());
        for item in &spec.order_by {
            let index = self.window_target(&item.value, targets)?;
            let expr = slot(index, &targets[index].expr);
            let (descending, nulls_first) = self.direction(item)?;
            if !order_by.iter().any(|sort| sort.expr == expr) {
                order_by.push(Sort { expr, descending, nulls_first });
            }
        }
        let mut partition_by = Vec::with_capacity(spec.partition_by.len());
        for expr in &spec.partition_by {
            let index = self.window_target(expr, targets)?;
            if !partition_by.contains(&index) {
                partition_by.push(index);
            }
        }
        if let Some((base, has_frame)) = base {
            self.check_base(spec, base, has_frame)?;
            partition_by.clone_from(&base.partition_by);
            if order_by.is_empty() {
                order_by.clone_from(&base.order_by);
            }
        }
        let frame = match &spec.frame {
            None => WindowFrame::default(),
            Some(frame) => self.frame(frame, &order_by, spec.location)?,
        };
        Ok(Window {
            name: spec.name.as_ref().map(ToString::to_string),
            partition_by,
            order_by,
            frame,
        })
    }

    /// 42P20 where a window says again what the one that it extends says.
    fn check_base(&self, spec: &WindowSpec, base: &Window, has_frame: bool) -> Result<()> {
        let name = spec.base.as_deref().unwrap_or_default();
        let wrong = |text: String| {
            Error::new(SqlState::WINDOWING_ERROR, text).at(self.position(spec.location))
        };
        if !spec.partition_by.is_empty() {
            return Err(wrong(format!("cannot override PARTITION BY clause of window \"{name}\"")));
        }
        if !spec.order_by.is_empty() && !base.order_by.is_empty() {
            return Err(wrong(format!("cannot override ORDER BY clause of window \"{name}\"")));
        }
        if has_frame {
            let error =
                wrong(format!("cannot copy window \"{name}\" because it has a frame clause"));
            let bare = spec.name.is_none() && spec.order_by.is_empty() && spec.frame.is_none();
            return Err(if bare {
                error.hint("Omit the parentheses in this OVER clause.")
            } else {
                error
            });
        }
        Ok(())
    }

    /// The target that a window divides or orders by, added as junk if it is none yet.
    fn window_target(&mut self, expr: &ast::Expr, targets: &mut Vec<Target>) -> Result<usize> {
        let value = self.expr(expr)?;
        let value = self.unknown_to_text(value)?;
        self.check_orderable(value.type_id, expr.start())?;
        if let Some(index) = targets.iter().position(|target| target.expr == value) {
            return Ok(index);
        }
        targets.push(Target { expr: value, name: "?column?".to_owned(), junk: true, origin: None });
        Ok(targets.len() - 1)
    }

    fn frame(
        &mut self,
        frame: &ast::Frame,
        order_by: &[Sort],
        location: Location,
    ) -> Result<WindowFrame> {
        let mode = match frame.mode {
            ast::FrameMode::Range => FrameMode::Range,
            ast::FrameMode::Rows => FrameMode::Rows,
            ast::FrameMode::Groups => FrameMode::Groups,
        };
        let has_offset = [&frame.start, &frame.end].into_iter().any(|bound| {
            matches!(bound, ast::FrameBound::Preceding(_) | ast::FrameBound::Following(_))
        });
        let wrong = if mode == FrameMode::Range && has_offset && order_by.len() != 1 {
            Some("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
        } else if mode == FrameMode::Groups && order_by.is_empty() {
            Some("GROUPS mode requires an ORDER BY clause")
        } else {
            None
        };
        if let Some(text) = wrong {
            return Err(Error::new(SqlState::WINDOWING_ERROR, text).at(self.position(location)));
        }
        let key = order_by.first().map_or(Oid::INVALID, |sort| sort.expr.type_id);
        Ok(WindowFrame {
            mode,
            start: self.frame_bound(&frame.start, mode, key)?,
            end: self.frame_bound(&frame.end, mode, key)?,
            exclusion: match frame.exclusion {
                ast::FrameExclusion::NoOthers => FrameExclusion::NoOthers,
                ast::FrameExclusion::CurrentRow => FrameExclusion::CurrentRow,
                ast::FrameExclusion::Group => FrameExclusion::Group,
                ast::FrameExclusion::Ties => FrameExclusion::Ties,
            },
        })
    }

    fn frame_bound(
        &mut self,
        bound: &ast::FrameBound,
        mode: FrameMode,
        key: Oid,
    ) -> Result<FrameBound> {
        Ok(match bound {
            ast::FrameBound::UnboundedPreceding => FrameBound::UnboundedPreceding,
            ast::FrameBound::UnboundedFollowing => FrameBound::UnboundedFollowing,
            ast::FrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::FrameBound::Preceding(expr) => {
                FrameBound::Preceding(self.frame_offset(expr, mode, key)?)
            }
            ast::FrameBound::Following(expr) => {
                FrameBound::Following(self.frame_offset(expr, mode, key)?)
            }
        })
    }

    fn frame_offset(&mut self, expr: &ast::Expr, mode: FrameMode, key: Oid) -> Result<FrameOffset> {
        let (clause, word) = match mode {
            FrameMode::Range => (Clause::FrameRange, "RANGE"),
            FrameMode::Rows => (Clause::FrameRows, "ROWS"),
            FrameMode::Groups => (Clause::FrameGroups, "GROUPS"),
        };
        let before = std::mem::replace(&mut self.scope().clause, clause);
        let value = self.expr(expr);
        self.scope().clause = before;
        let value = value?;
        let offset = if mode == FrameMode::Range {
            let function = self.in_range(key, value.type_id, expr.start())?;
            let target = function.arguments[2];
            let value = self.cast(value, target, -1, Context::Implicit, expr.start())?;
            FrameOffset { value, in_range: Some(function.oid) }
        } else {
            let value = self.must_be(value, type_oid::INT8, word, expr.start())?;
            FrameOffset { value, in_range: None }
        };
        let local = offset
            .value
            .any(&mut |e| matches!(e.kind, ExprKind::Column(ColumnRef { level: 0, .. })));
        if local {
            let text = format!("argument of {word} must not contain variables");
            return Err(Error::new(SqlState::INVALID_COLUMN_REFERENCE, text)
                .at(self.position(expr.start())));
        }
        Ok(offset)
    }

    /// The function that compares values of the ORDER BY column's type at a distance of the offset's type.
    fn in_range(&self, key: Oid, offset: Oid, location: Location) -> Result<&'static Function> {
        let shown = |type_id| types::format_type(type_id, None);
        let error = |text: String| {
            Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(self.position(location))
        };
        let all: Vec<&'static Function> = facts()
            .functions_named("in_range")
            .filter(|function| function.arguments.first() == Some(&key))
            .collect();
        if all.is_empty() {
            return Err(error(format!(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {}",
                shown(key)
            )));
        }
        let fitting: Vec<&'static Function> = all
            .into_iter()
            .filter(|function| can_coerce(offset, function.arguments[2], Context::Implicit))
            .collect();
        let preferred = if offset == type_oid::UNKNOWN { key } else { offset };
        if let Some(exact) = fitting.iter().find(|function| function.arguments[2] == preferred) {
            return Ok(exact);
        }
        match fitting.as_slice() {
            [only] => Ok(only),
            [] => Err(error(format!(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {} and offset type {}",
                shown(key),
                shown(offset)
            ))
            .hint("Cast the offset value to an appropriate type.")),
            _ => Err(error(format!(
                "RANGE with offset PRECEDING/FOLLOWING has multiple interpretations for column type {} and offset type {}",
                shown(key),
                shown(offset)
            ))
            .hint("Cast the offset value to the exact intended type.")),
        }
    }
}
