//! Coercion: casts that are written and those that are not.

use crate::Analyzer;
use catalog::facts::{CastContext, CastMethod, facts};
use error::{Error, Result, SqlState};
use expression::{Call, CallForm, Conversion, Expr, ExprKind, default_collation, has_domain};
use syntax::ast::Location;
use types::{Datum, Oid, builtin_type, element_of, is_domain, lies_as, type_oid};

/// How willingly a value is cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// In any expression.
    Implicit,
    /// Into a column.
    Assignment,
    /// As it is written.
    Explicit,
}

/// How one type becomes another.
enum Path {
    None,
    Relabel,
    Function(Oid),
    InOut,
    Elements(Oid),
}

impl Analyzer<'_> {
    /// The value as another type, or `None` where there is no such cast in the context.
    pub fn coerce(
        &mut self,
        expr: Expr,
        target: Oid,
        typmod: i32,
        context: Context,
        location: Location,
    ) -> Result<Option<Expr>> {
        let explicit = context == Context::Explicit;
        if expr.type_id == target || is_any(target) && !is_domain(expr.type_id) {
            return self.fit_typmod(expr, target, typmod, explicit).map(Some);
        }
        if target == type_oid::ANY {
            return Ok(Some(expr));
        }
        if is_domain(target) {
            let (base, typmod) = self.resolver.catalog().base_type(target, typmod);
            let value = self.coerce(expr, base, typmod, context, location)?;
            return Ok(value.map(|value| to_domain(value, target, explicit)));
        }
        if is_domain(expr.type_id) {
            let value = self.without_domain(expr);
            return self.coerce(value, target, typmod, context, location);
        }
        if builtin_type(target).is_none() && has_domain(self.resolver.catalog(), target) {
            let value = self.coerce_plain(expr, target, typmod, context, location)?;
            return Ok(value.map(|value| to_domain(value, target, explicit)));
        }
        self.coerce_plain(expr, target, typmod, context, location)
    }

    /// A domain's value as the type that it is over at last.
    pub(crate) fn without_domain(&self, expr: Expr) -> Expr {
        if !is_domain(expr.type_id) {
            return expr;
        }
        let (base, typmod) = self.resolver.catalog().base_type(expr.type_id, -1);
        let collation = expr.collation;
        let conversion = Conversion::Relabel;
        let kind = ExprKind::Convert { arg: Box::new(expr), conversion, explicit: false };
        Expr { kind, type_id: base, typmod, collation }
    }

    /// The type that a domain is over at last; any other type itself.
    pub(crate) fn base_type(&self, type_id: Oid) -> Oid {
        if is_domain(type_id) { self.resolver.catalog().base_type(type_id, -1).0 } else { type_id }
    }

    /// As [`coerce`](Self::coerce), where neither type is a domain.
    #[expect(clippy::too_many_lines, reason = "one flat list of cases")]
    fn coerce_plain(
        &mut self,
        expr: Expr,
        target: Oid,
        typmod: i32,
        context: Context,
        location: Location,
    ) -> Result<Option<Expr>> {
        let explicit = context == Context::Explicit;
        if expr.type_id == type_oid::UNKNOWN {
            return self.coerce_unknown(expr, target, typmod, explicit, location).map(Some);
        }
        if let ExprKind::Parameter(number) = expr.kind
            && self.infer_parameters
            && self.parameter_type(number) == type_oid::UNKNOWN
        {
            return self.coerce_unknown(expr, target, typmod, explicit, location).map(Some);
        }
        if target == type_oid::RECORD && self.row_columns(expr.type_id).is_some() {
            let conversion = Conversion::Relabel;
            let kind = ExprKind::Convert { arg: Box::new(expr), conversion, explicit };
            return Ok(Some(Expr::new(kind, target, Oid::INVALID)));
        }
        if expr.type_id == type_oid::RECORD
            && matches!(expr.kind, ExprKind::Row(_))
            && let Some(columns) = self.row_columns(target)
        {
            return self.row_as(expr, target, &columns, context, location).map(Some);
        }
        let form = if explicit { CallForm::ExplicitCast } else { CallForm::ImplicitCast };
        let collation = default_collation(target);
        let cast = match path(expr.type_id, target, context) {
            Path::None => return Ok(None),
            Path::Relabel => {
                let kept = if expr.typmod >= 0 && same_modifiers(expr.type_id, target) {
                    expr.typmod
                } else {
                    -1
                };
                let collation = if expr.collation.is_valid() { expr.collation } else { collation };
                let kind = ExprKind::Convert {
                    arg: Box::new(expr),
                    conversion: Conversion::Relabel,
                    explicit,
                };
                Expr { kind, type_id: target, typmod: kept, collation }
            }
            Path::Function(function) => {
                let mut arguments = vec![expr];
                let count = facts().functions.get(&function).map_or(1, |f| f.arguments.len());
                if count > 1 {
                    arguments.push(Expr::constant(Datum::I32(typmod), type_oid::INT4, -1));
                }
                if count > 2 {
                    arguments.push(Expr::constant(Datum::Bool(explicit), type_oid::BOOL, -1));
                }
                let call = Call {
                    function,
                    arguments,
                    input_collation: Oid::INVALID,
                    form,
                    variadic: false,
                    user: None,
                };
                let returns = match facts().functions.get(&function) {
                    Some(function) if !types::is_own_multirange(target) => function.result,
                    Some(_) | None => target,
                };
                let call =
                    Expr::new(ExprKind::Call(Box::new(call)), returns, default_collation(returns));
                if returns == target {
                    call
                } else {
                    let kind = ExprKind::Convert {
                        arg: Box::new(call),
                        conversion: Conversion::Relabel,
                        explicit,
                    };
                    Expr::new(kind, target, collation)
                }
            }
            Path::InOut => {
                let kind = ExprKind::Convert {
                    arg: Box::new(expr),
                    conversion: Conversion::InOut,
                    explicit,
                };
                // The length is made to fit by a cast of its own: only an explicit one cuts off what is too long.
                let typmod = if target == type_oid::INTERVAL { typmod } else { -1 };
                Expr { kind, type_id: target, typmod, collation }
            }
            Path::Elements(function) => {
                let conversion = Conversion::Elements(function);
                let kind = ExprKind::Convert { arg: Box::new(expr), conversion, explicit };
                return Ok(Some(Expr { kind, type_id: target, typmod, collation }));
            }
        };
        self.fit_typmod(cast, target, typmod, explicit).map(Some)
    }

    /// ROW(...) as a composite type, field by field. 42846 where the fields do not fit.
    fn row_as(
        &mut self,
        expr: Expr,
        target: Oid,
        columns: &[(String, Oid, i32, Oid)],
        context: Context,
        location: Location,
    ) -> Result<Expr> {
        let ExprKind::Row(fields) = expr.kind else {
            return Err(Error::internal("only a row is taken apart"));
        };
        let wrong = |detail: &str, name: String, position: u32| {
            let text = format!("cannot cast type record to {name}");
            Error::new(SqlState::CANNOT_COERCE, text).detail(detail.to_owned()).at(position)
        };
        let position = self.position(location);
        if fields.len() != columns.len() {
            let few = fields.len() < columns.len();
            let detail =
                if few { "Input has too few columns." } else { "Input has too many columns." };
            return Err(wrong(detail, self.shown_type(target), position));
        }
        let mut list = Vec::with_capacity(fields.len());
        for (index, (field, column)) in fields.into_iter().zip(columns).enumerate() {
            // A literal in the row had no type yet where it was made text.
            let field = match (&field.kind, field.type_id) {
                (ExprKind::Constant(_), type_oid::TEXT) => {
                    Expr { type_id: type_oid::UNKNOWN, ..field }
                }
                _ => field,
            };
            let source = field.type_id;
            let Some(value) = self.coerce(field, column.1, column.2, context, location)? else {
                let detail = format!(
                    "Cannot cast type {} to {} in column {}.",
                    self.shown_type(source),
                    self.shown_type(column.1),
                    index + 1
                );
                return Err(wrong(&detail, self.shown_type(target), position));
            };
            list.push(value);
        }
        Ok(Expr::new(ExprKind::Row(list), target, Oid::INVALID))
    }

    /// A type's name for messages.
    pub(crate) fn shown_type(&self, type_id: Oid) -> String {
        self.resolver
            .text_context()
            .names
            .type_name(type_id)
            .unwrap_or_else(|| types::format_type(type_id, None))
    }

    /// As [`coerce`](Self::coerce), 42846 where there is no such cast.
    pub fn cast(
        &mut self,
        expr: Expr,
        target: Oid,
        typmod: i32,
        context: Context,
        location: Location,
    ) -> Result<Expr> {
        let source = expr.type_id;
        self.coerce(expr, target, typmod, context, location)?.ok_or_else(|| {
            let text = format!(
                "cannot cast type {} to {}",
                self.shown_type(source),
                self.shown_type(target)
            );
            Error::new(SqlState::CANNOT_COERCE, text).at(self.position(location))
        })
    }

    /// A value that must be boolean: `argument of WHERE must be type boolean, not type integer`.
    pub(crate) fn boolean(&mut self, expr: Expr, what: &str, location: Location) -> Result<Expr> {
        self.must_be(expr, type_oid::BOOL, what, location)
    }

    /// A value that must be of a type and return no set.
    pub(crate) fn must_be(
        &mut self,
        expr: Expr,
        target: Oid,
        what: &str,
        location: Location,
    ) -> Result<Expr> {
        let source = expr.type_id;
        self.coerce(expr, target, -1, Context::Assignment, location)?.ok_or_else(|| {
            let text = format!(
                "argument of {what} must be type {}, not type {}",
                types::format_type(target, None),
                types::format_type(source, None)
            );
            Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location))
        })
    }

    /// A literal of unknown type gets its type.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn coerce_unknown(
        &mut self,
        expr: Expr,
        target: Oid,
        typmod: i32,
        explicit: bool,
        location: Location,
    ) -> Result<Expr> {
        let position = self.position(location);
        match expr.kind {
            ExprKind::Constant(Datum::Null) => Ok(Expr {
                kind: ExprKind::Constant(Datum::Null),
                type_id: target,
                typmod,
                collation: default_collation(target),
            }),
            ExprKind::Constant(Datum::Bytes(text)) => {
                let text = String::from_utf8_lossy(&text);
                // A typmod is applied as a cast of its own: only an explicit one cuts off what is too long.
                let input_typmod = if target == type_oid::INTERVAL { typmod } else { -1 };
                let value =
                    types::input(target, input_typmod, &text, &self.resolver.text_context())
                        .map_err(|error| error.at_default(position))?;
                let constant = Expr::constant(value, target, input_typmod);
                self.fit_typmod(constant, target, typmod, explicit)
            }
            ExprKind::Parameter(number) => {
                self.set_parameter_type(number, target).map_err(|error| error.at(position))?;
                let parameter =
                    Expr::new(ExprKind::Parameter(number), target, default_collation(target));
                self.fit_typmod(parameter, target, typmod, explicit)
            }
            kind => {
                // A column of a subquery that was left unknown: through its text.
                let collation = default_collation(target);
                let arg =
                    Expr { kind, type_id: type_oid::TEXT, typmod: -1, collation: expr.collation };
                if target == type_oid::TEXT {
                    return Ok(arg);
                }
                let kind = ExprKind::Convert {
                    arg: Box::new(arg),
                    conversion: Conversion::InOut,
                    explicit: false,
                };
                let input_typmod = if target == type_oid::INTERVAL { typmod } else { -1 };
                let read = Expr { kind, type_id: target, typmod: input_typmod, collation };
                self.fit_typmod(read, target, typmod, explicit)
            }
        }
    }

    /// What is still unknown becomes text.
    pub(crate) fn unknown_to_text(&mut self, expr: Expr) -> Result<Expr> {
        if expr.type_id == type_oid::UNKNOWN {
            self.coerce_unknown(expr, type_oid::TEXT, -1, false, Location::NONE)
        } else {
            Ok(expr)
        }
    }

    fn fit_typmod(&mut self, expr: Expr, target: Oid, typmod: i32, explicit: bool) -> Result<Expr> {
        if typmod < 0 || expr.typmod == typmod || expr.type_id != target {
            return Ok(expr);
        }
        // A constant is made to fit now: 22001 and the like come at once, as PostgreSQL's constant folding does it.
        if let ExprKind::Constant(value) = &expr.kind {
            let fitted = if value.is_null() {
                Datum::Null
            } else {
                types::apply_typmod(target, typmod, value.clone(), explicit)?
            };
            return Ok(Expr::constant(fitted, target, typmod));
        }
        let collation = expr.collation;
        let kind =
            ExprKind::Convert { arg: Box::new(expr), conversion: Conversion::Typmod, explicit };
        Ok(Expr { kind, type_id: target, typmod, collation })
    }

    pub(crate) fn parameter_type(&self, number: u32) -> Oid {
        self.parameters.get(number as usize - 1).copied().unwrap_or(Oid::INVALID)
    }

    fn set_parameter_type(&mut self, number: u32, target: Oid) -> Result<()> {
        let Some(place) = self.parameters.get_mut((number as usize).wrapping_sub(1)) else {
            let text = format!("could not determine data type of parameter ${number}");
            return Err(Error::new(SqlState::INDETERMINATE_DATATYPE, text));
        };
        if *place == type_oid::UNKNOWN || !place.is_valid() {
            *place = target;
        } else if *place != target {
            let text = format!("inconsistent types deduced for parameter ${number}");
            let detail = format!(
                "{} versus {}",
                types::format_type(*place, None),
                types::format_type(target, None)
            );
            return Err(Error::new(SqlState::AMBIGUOUS_PARAMETER, text).detail(detail));
        }
        Ok(())
    }

    /// The type that all values of a list become (UNION, CASE, VALUES ...); `what` is for 42804.
    pub(crate) fn common_type(&mut self, list: &[(Oid, Location)], what: &str) -> Result<Oid> {
        let mut chosen = list.first().map_or(type_oid::UNKNOWN, |first| first.0);
        if list.iter().all(|(type_id, _)| *type_id == chosen) && chosen != type_oid::UNKNOWN {
            return Ok(chosen);
        }
        for &(type_id, location) in list.iter().skip(1) {
            if type_id == type_oid::UNKNOWN || type_id == chosen {
                continue;
            }
            if chosen == type_oid::UNKNOWN {
                chosen = type_id;
                continue;
            }
            let (chosen_base, type_id) = (self.base_type(chosen), self.base_type(type_id));
            chosen = chosen_base;
            if type_id == chosen {
                continue;
            }
            let (category, preferred) = category(chosen);
            if self::category(type_id).0 != category {
                let text = format!(
                    "{what} types {} and {} cannot be matched",
                    types::format_type(chosen, None),
                    types::format_type(type_id, None)
                );
                return Err(
                    Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location))
                );
            }
            if !preferred
                && can_coerce(chosen, type_id, Context::Implicit)
                && !can_coerce(type_id, chosen, Context::Implicit)
            {
                chosen = type_id;
            }
        }
        Ok(if chosen == type_oid::UNKNOWN { type_oid::TEXT } else { chosen })
    }

    /// A value as the common type of its list. 42846 where it cannot be.
    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    pub(crate) fn to_common(
        &mut self,
        expr: Expr,
        target: Oid,
        what: &str,
        location: Location,
    ) -> Result<Expr> {
        let source = expr.type_id;
        self.coerce(expr, target, -1, Context::Implicit, location)?.ok_or_else(|| {
            let text = format!(
                "{what} could not convert type {} to {}",
                types::format_type(source, None),
                types::format_type(target, None)
            );
            Error::new(SqlState::CANNOT_COERCE, text).at(self.position(location))
        })
    }
}

/// A type's category and whether it is preferred there.
pub(crate) fn category(type_id: Oid) -> (char, bool) {
    match builtin_type(type_id) {
        Some(row) => (row.category, row.preferred),
        None if is_domain(type_id) => match lies_as(type_id) {
            type_oid::ANYARRAY => ('A', false),
            type_oid::ANYRANGE | type_oid::ANYMULTIRANGE => ('R', false),
            type_oid::RECORD | type_oid::BYTEA => ('C', false),
            base => category(base),
        },
        None if element_of(type_id).is_some() => ('A', false),
        None if types::is_own_range(type_id) || types::is_own_multirange(type_id) => ('R', false),
        None => ('C', false),
    }
}

/// A value that is checked to satisfy a domain, or those within its type.
fn to_domain(value: Expr, target: Oid, explicit: bool) -> Expr {
    let collation =
        if value.collation.is_valid() { value.collation } else { default_collation(target) };
    let typmod = if is_domain(target) { -1 } else { value.typmod };
    let kind = ExprKind::ToDomain { arg: Box::new(value), explicit };
    Expr { kind, type_id: target, typmod, collation }
}

/// Whether values of any type are accepted as they are.
pub(crate) fn is_any(target: Oid) -> bool {
    matches!(
        target,
        type_oid::ANY
            | type_oid::ANYELEMENT
            | type_oid::ANYARRAY
            | type_oid::ANYNONARRAY
            | type_oid::ANYENUM
            | type_oid::ANYRANGE
            | type_oid::ANYMULTIRANGE
            | type_oid::ANYCOMPATIBLE
            | type_oid::ANYCOMPATIBLEARRAY
            | type_oid::ANYCOMPATIBLENONARRAY
            | type_oid::ANYCOMPATIBLERANGE
            | type_oid::ANYCOMPATIBLEMULTIRANGE
    )
}

/// Whether a value of a type becomes one of another in a context.
pub fn can_coerce(source: Oid, target: Oid, context: Context) -> bool {
    if source == target || source == type_oid::UNKNOWN || source == type_oid::ANY {
        return true;
    }
    let (source, target) = (lies_as(source), lies_as(target));
    if is_any(target) {
        return match target {
            type_oid::ANYARRAY | type_oid::ANYCOMPATIBLEARRAY => {
                element_of(source).is_some() || source == type_oid::ANYARRAY
            }
            type_oid::ANYNONARRAY | type_oid::ANYCOMPATIBLENONARRAY => element_of(source).is_none(),
            // Which of the users' types are enums is asked where the catalog is at hand.
            type_oid::ANYENUM => {
                builtin_type(source).is_none()
                    && element_of(source).is_none()
                    && category(source).0 == 'C'
            }
            type_oid::ANYRANGE | type_oid::ANYCOMPATIBLERANGE => {
                source == type_oid::ANYRANGE || types::range::is_range(source)
            }
            type_oid::ANYMULTIRANGE | type_oid::ANYCOMPATIBLEMULTIRANGE => {
                source == type_oid::ANYMULTIRANGE || types::range::is_multirange(source)
            }
            _ => true,
        };
    }
    if target == type_oid::RECORD && category(source).0 == 'C' {
        return true;
    }
    !matches!(path(source, target, context), Path::None)
}

fn same_modifiers(source: Oid, target: Oid) -> bool {
    matches!(
        (source, target),
        (type_oid::VARCHAR, type_oid::BPCHAR) | (type_oid::BPCHAR, type_oid::VARCHAR)
    )
}

fn path(source: Oid, target: Oid, context: Context) -> Path {
    if source == target {
        return Path::Relabel;
    }
    if let Some(cast) = facts().cast(source, target) {
        let allowed = match cast.context {
            CastContext::Implicit => Context::Implicit,
            CastContext::Assignment => Context::Assignment,
            CastContext::Explicit => Context::Explicit,
        };
        if context < allowed {
            return Path::None;
        }
        return match cast.method {
            CastMethod::Binary => Path::Relabel,
            CastMethod::InOut => Path::InOut,
            CastMethod::Function(function) => Path::Function(function),
        };
    }
    if context == Context::Explicit
        && types::is_own_range(source)
        && types::range::multirange_of_range(source) == Some(target)
    {
        // The function that makes a multirange of one range is the same for all types.
        let constructor = facts()
            .functions_named("int4multirange")
            .find(|function| function.arguments == [type_oid::INT4RANGE]);
        return constructor.map_or(Path::None, |function| Path::Function(function.oid));
    }
    if let (Some(from), Some(to)) = (element_of(source), element_of(target))
        && target != type_oid::OIDVECTOR
        && target != type_oid::INT2VECTOR
    {
        match path(lies_as(from), lies_as(to), context) {
            Path::None => {}
            _ if is_domain(from) || is_domain(to) => return Path::Elements(Oid::INVALID),
            Path::Relabel => return Path::Relabel,
            Path::Function(function) => return Path::Elements(function),
            Path::InOut | Path::Elements(_) => return Path::Elements(Oid::INVALID),
        }
    }
    if context >= Context::Assignment && category(target).0 == 'S' && is_readable(source) {
        return Path::InOut;
    }
    if context >= Context::Explicit && category(source).0 == 'S' && is_readable(target) {
        return Path::InOut;
    }
    Path::None
}

/// Whether a type has a text form that casts may go through.
fn is_readable(type_id: Oid) -> bool {
    builtin_type(type_id).is_none_or(|t| t.kind != 'p' || type_id == type_oid::RECORD)
}
