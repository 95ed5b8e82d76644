//! Function calls: which function a name and its arguments mean.

use crate::Analyzer;
use crate::coerce::{Context, can_coerce, is_any};
use crate::operator::{Selection, select_candidate};
use crate::polymorphic;
use crate::procedure::procedure_candidate;
use crate::routine::Routine;
use crate::scope::Clause;
use catalog::PG_CATALOG;
use catalog::facts::{Function, FunctionKind, facts};
use error::{Error, Result, SqlState};
use expression::{Call, CallForm, Expr, ExprKind, UserCall, default_collation};
use std::sync::Arc;
use syntax::ast::{FunctionCall, FunctionForm, Location};
use types::{Oid, array_of, type_oid};

/// One way to call a function with the arguments given.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) function: Routine,
    /// The declared type of each argument given.
    pub(crate) types: Vec<Oid>,
    /// The trailing arguments are collected into an array from here.
    pub(crate) variadic_from: Option<usize>,
    /// Which parameter each argument given is for, where some are named.
    pub(crate) places: Option<Vec<usize>>,
}

impl Analyzer<'_> {
    /// The value of a call, aggregate or not.
    pub(crate) fn call(&mut self, call: &FunctionCall, location: Location) -> Result<Expr> {
        self.check_names(call)?;
        let mut arguments = Vec::with_capacity(call.args.len());
        for argument in &call.args {
            let before = self.scope().clause;
            let value = self.expr(&argument.value);
            self.scope().clause = before;
            arguments.push(value?);
        }
        if call.within_group {
            let before = std::mem::replace(&mut self.scope().clause, Clause::Aggregate);
            for sort in &call.order_by {
                arguments.push(self.expr(&sort.value)?);
            }
            self.scope().clause = before;
        }
        let name = call.name.name();
        if let Some(cast) = self.cast_call(call, &arguments, location)? {
            return Ok(cast);
        }
        if let Some(value) = self.range_constructor(call, &arguments, location)? {
            return Ok(value);
        }
        let mut places: Vec<Location> =
            call.args.iter().map(|argument| argument.value.start()).collect();
        places.extend(call.order_by.iter().filter(|_| call.within_group).map(|s| s.value.start()));
        // `column(table)` is `table.column`, where there is no such function. Other values are not kept for that.
        let record = match arguments.as_slice() {
            [only] if !call.star && !call.distinct && call.over.is_none() => {
                let may_be = call.name.names.len() == 1
                    && (only.type_id == type_oid::RECORD
                        || self.row_columns(only.type_id).is_some());
                may_be.then(|| only.clone())
            }
            _ => None,
        };
        match (self.call_of(call, arguments, &places, location), record) {
            (Err(error), Some(record)) if error.code() == SqlState::UNDEFINED_FUNCTION => {
                self.field_of(record, name)?.ok_or(error)
            }
            (result, _) => result,
        }
    }

    /// `value.name` where name is no field: the function of that name called with the value, if there is one.
    pub(crate) fn attribute_function(
        &mut self,
        value: Expr,
        name: &str,
        location: Location,
    ) -> Result<Option<Expr>> {
        let name = syntax::ast::ObjectName { names: vec![name.into()], location };
        let call = FunctionCall::plain(name, Vec::new());
        match self.call_of(&call, vec![value], &[location], location) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.code() == SqlState::UNDEFINED_FUNCTION => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The value of a call with arguments that are analysed already, at these places.
    fn call_of(
        &mut self,
        call: &FunctionCall,
        arguments: Vec<Expr>,
        places: &[Location],
        location: Location,
    ) -> Result<Expr> {
        let name = call.name.name();
        let types: Vec<Oid> = arguments.iter().map(|a| a.type_id).collect();
        let candidate = self.find_function(call, &types, location)?;
        let function = candidate.function.clone();
        self.check_modifiers(call, function.kind(), location)?;
        let filled = self.arguments(candidate, arguments, places, location)?;
        let fact = match &function {
            Routine::BuiltIn(fact) => *fact,
            Routine::User(own) => {
                if own.kind == FunctionKind::Procedure {
                    return Err(self.is_procedure(call, &types, location));
                }
                if own.returns_set {
                    self.note_set_returning(location)?;
                }
                if let Some(value) = self.inlined(own, &filled.arguments, filled.result) {
                    return Ok(value);
                }
                return Ok(self.user_call(own, filled));
            }
        };
        match fact.kind {
            FunctionKind::Aggregate | FunctionKind::Window if call.over.is_some() => {
                self.window_call(call, fact, filled, location)
            }
            FunctionKind::Aggregate => self.aggregate(call, fact, filled, location),
            FunctionKind::Window => {
                let text = format!("window function {name} requires an OVER clause");
                Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(self.position(location)))
            }
            FunctionKind::Procedure => Err(self.is_procedure(call, &types, location)),
            FunctionKind::Plain => {
                if fact.returns_set {
                    self.note_set_returning(location)?;
                }
                let form = match call.form {
                    FunctionForm::Plain | FunctionForm::Escape => CallForm::Function,
                    FunctionForm::Sql => CallForm::Sql,
                };
                Ok(plain(fact, filled, form))
            }
        }
    }

    fn is_procedure(&self, call: &FunctionCall, types: &[Oid], location: Location) -> Error {
        let text = format!("{} is a procedure", signature_in(self, &call.name.dotted(), types));
        Error::new(SqlState::WRONG_OBJECT_TYPE, text)
            .hint("To call a procedure, use CALL.")
            .at(self.position(location))
    }

    /// A call of a function that a user made.
    pub(crate) fn user_call(&self, own: &catalog::object::Function, filled: Filled) -> Expr {
        let input_collation = input_collation(&filled.arguments);
        let user = UserCall {
            strict: own.strict,
            returns_set: own.returns_set,
            volatility: own.volatility,
            outputs: filled.outputs,
        };
        let call = Call {
            function: own.oid,
            arguments: filled.arguments,
            input_collation,
            form: CallForm::Function,
            variadic: filled.variadic,
            user: Some(Box::new(user)),
        };
        let default = default_collation(filled.result);
        let collation = if default.is_valid() && input_collation.is_valid() {
            input_collation
        } else {
            default
        };
        Expr::new(ExprKind::Call(Box::new(call)), filled.result, collation)
    }

    /// Notes that the query's targets return sets; 0A000 where they must not.
    pub(crate) fn note_set_returning(&mut self, location: Location) -> Result<()> {
        let position = self.position(location);
        let scope = self.scope();
        if let Some(clause) = scope.clause.forbids_sets() {
            let text = format!("set-returning functions are not allowed in {clause}");
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).at(position));
        }
        if scope.clause != Clause::From {
            scope.has_set_returning = true;
        }
        Ok(())
    }

    /// `type(value)` is a cast where the type is not called as a function.
    fn cast_call(
        &mut self,
        call: &FunctionCall,
        arguments: &[Expr],
        location: Location,
    ) -> Result<Option<Expr>> {
        let [argument] = arguments else { return Ok(None) };
        if call.star || call.distinct || call.name.names.len() > 2 {
            return Ok(None);
        }
        let exact =
            facts().functions_named(call.name.name()).any(|f| f.arguments == [argument.type_id]);
        if exact {
            return Ok(None);
        }
        let Some(target) = types::builtin_type_named(call.name.name()) else {
            let target = self.own_type(call).filter(|target| {
                !types::is_own_range(*target) && !types::is_own_multirange(*target)
            });
            let Some(target) = target else { return Ok(None) };
            return self.coerce(argument.clone(), target, -1, Context::Explicit, location);
        };
        // A row's text is no cast by a function's name: `name(table)` is a column.
        if target.category == 'S'
            && (argument.type_id == type_oid::RECORD
                || self.row_columns(argument.type_id).is_some())
        {
            return Ok(None);
        }
        if target.kind == 'p' || target.element.is_valid() && target.length == -1 {
            return Ok(None);
        }
        let any = facts().functions_named(call.name.name()).any(|f| {
            f.arguments.len() == 1
                && can_coerce(argument.type_id, f.arguments[0], Context::Implicit)
        });
        let relabels = argument.type_id == type_oid::UNKNOWN
            || facts().cast(argument.type_id, target.oid).is_some_and(|cast| {
                !matches!(cast.method, catalog::facts::CastMethod::Function(_))
            });
        if any && !relabels {
            return Ok(None);
        }
        self.coerce(argument.clone(), target.oid, -1, Context::Explicit, location)
    }

    /// The type of a user that a call's name is.
    fn own_type(&self, call: &FunctionCall) -> Option<Oid> {
        let (schema, name) = call.name.schema_and_name().ok()?;
        let catalog = self.resolver.catalog();
        match schema {
            None => {
                let mut path = self.resolver.search_path().iter();
                path.find_map(|schema| catalog.type_oid_named(*schema, name))
            }
            Some(schema) => catalog.type_oid_named(catalog.schema(schema)?.oid, name),
        }
    }

    /// The constructors of users' range types and multirange types: `name(lower, upper [, bounds])`, `name(range ...)`.
    fn range_constructor(
        &mut self,
        call: &FunctionCall,
        arguments: &[Expr],
        location: Location,
    ) -> Result<Option<Expr>> {
        let plain = !call.star && !call.distinct && call.over.is_none() && call.filter.is_none();
        let Some(target) = self.own_type(call).filter(|_| plain) else { return Ok(None) };
        let Some((own, range)) = self.resolver.catalog().range_type(target) else {
            return Ok(None);
        };
        let (range_type, subtype) = (own.oid, range.subtype);
        let is_range = target == range_type;
        let (like, wanted): (Oid, Vec<Oid>) = match (is_range, arguments.len()) {
            (true, 2) => (type_oid::INT4RANGE, vec![subtype; 2]),
            (true, 3) => (type_oid::INT4RANGE, vec![subtype, subtype, type_oid::TEXT]),
            (false, 0) => (type_oid::INT4MULTIRANGE, Vec::new()),
            (false, 1) if !call.variadic => (type_oid::INT4MULTIRANGE, vec![range_type]),
            (false, count) => (type_oid::INT4MULTIRANGE, vec![range_type; count]),
            (true, _) => return Ok(None),
        };
        let name = types::format_type(like, None);
        let function = facts().functions_named(&name).find(|function| {
            let count = function.arguments.len();
            function.result == like
                && if is_range { count == wanted.len() } else { count == wanted.len().min(1) }
                && (is_range || count == 0 || function.variadic.is_valid())
        });
        let function = function.ok_or_else(|| Error::internal("there is no range constructor"))?;
        let mut list = Vec::with_capacity(wanted.len());
        for ((value, wanted), argument) in arguments.iter().zip(wanted).zip(&call.args) {
            let wanted = if call.variadic { array_of(wanted).unwrap_or(wanted) } else { wanted };
            let place = argument.value.start();
            let value = self.coerce(value.clone(), wanted, -1, Context::Implicit, place)?;
            let Some(value) = value else { return Ok(None) };
            list.push(value);
        }
        if !is_range && !list.is_empty() && !call.variadic {
            let array = array_of(range_type).unwrap_or(range_type);
            let kind = ExprKind::Array { elements: list, nested: false };
            list = vec![Expr::new(kind, array, Oid::INVALID)];
        }
        if function.returns_set {
            self.note_set_returning(location)?;
        }
        let filled =
            Filled { arguments: list, result: target, variadic: !is_range, outputs: Vec::new() };
        Ok(Some(self::plain(function, filled, CallForm::Function)))
    }

    fn find_function(
        &mut self,
        call: &FunctionCall,
        types: &[Oid],
        location: Location,
    ) -> Result<Candidate> {
        self.find_routine(call, types, location, false)
    }

    #[expect(clippy::too_many_lines, reason = "one search, from candidates to the best")]
    pub(crate) fn find_routine(
        &mut self,
        call: &FunctionCall,
        types: &[Oid],
        location: Location,
        procedures: bool,
    ) -> Result<Candidate> {
        let (schema, name) =
            call.name.schema_and_name().map_err(|e| e.at(self.position(location)))?;
        let given = types;
        let bases: Vec<Oid> = given.iter().map(|type_id| self.base_type(*type_id)).collect();
        let types = bases.as_slice();
        let schemas: Vec<Oid> = match schema {
            None => self.resolver.search_path().to_vec(),
            Some(schema) => match self.resolver.catalog().schema(schema) {
                Some(schema) => vec![schema.oid],
                None => {
                    let text = format!("schema \"{schema}\" does not exist");
                    return Err(
                        Error::new(SqlState::INVALID_SCHEMA_NAME, text).at(self.position(location))
                    );
                }
            },
        };
        let place = |namespace: Oid| schemas.iter().position(|schema| *schema == namespace);
        let own: Vec<_> = self.resolver.catalog().functions_named(name).cloned().collect();
        let mut found: Vec<(usize, Candidate)> = facts()
            .functions_named(name)
            .filter(|f| {
                place(f.namespace).is_some() || f.namespace == PG_CATALOG && schema.is_none()
            })
            .map(Routine::BuiltIn)
            .chain(own.into_iter().map(Routine::User))
            .filter_map(|function| {
                let place = match &function {
                    Routine::BuiltIn(_) => place(function.schema()).unwrap_or(0),
                    Routine::User(_) => place(function.schema())?,
                };
                Some((place, candidate(function, call, types.len(), procedures)?))
            })
            .collect();
        // Of those with the same arguments, the one of the schema that comes first counts.
        found.sort_by_key(|(place, _)| *place);
        let mut candidates: Vec<Candidate> = Vec::with_capacity(found.len());
        for (_, next) in found {
            let same = |c: &Candidate| {
                c.types == next.types
                    && c.variadic_from.is_some() == next.variadic_from.is_some()
                    && c.function.schema() != next.function.schema()
            };
            if !candidates.iter().any(same) {
                candidates.push(next);
            }
        }
        if call.star {
            candidates.retain(|c| c.types.is_empty());
        }
        if let Some(exact) =
            candidates.iter().find(|c| c.types == types && c.variadic_from.is_none())
            && candidates.iter().filter(|c| c.types == types && c.variadic_from.is_none()).count()
                == 1
        {
            return Ok(exact.clone());
        }
        let fitting: Vec<Candidate> = candidates
            .into_iter()
            .filter(|c| {
                c.types
                    .iter()
                    .zip(types)
                    .all(|(t, actual)| can_coerce(*actual, *t, Context::Implicit))
                    && polymorphic::is_consistent(&c.types, types, self.resolver.catalog())
                    && self.fits_user_types(&c.types, types)
            })
            .collect();
        // A function that takes the arguments as they are goes before one that collects them.
        let plain: Vec<Candidate> =
            fitting.iter().filter(|c| c.variadic_from.is_none()).cloned().collect();
        let list = if plain.is_empty() { fitting } else { plain };
        let choices = list.iter().enumerate().map(|(i, c)| (c.types.clone(), i)).collect();
        match select_candidate(types, choices, self.resolver.catalog()) {
            Selection::One(index) => Ok(list[index].clone()),
            Selection::None => Err(self.undefined_routine(call, given, location, procedures)),
            Selection::Several => {
                let text = format!(
                    "{} {} is not unique",
                    if procedures { "procedure" } else { "function" },
                    signature_in(self, &call.name.dotted(), types)
                );
                Err(Error::new(SqlState::AMBIGUOUS_FUNCTION, text)
                    .hint(if procedures { "Could not choose a best candidate procedure. You might need to add explicit type casts." } else { "Could not choose a best candidate function. You might need to add explicit type casts." })
                    .at(self.position(location)))
            }
        }
    }

    fn undefined_routine(
        &self,
        call: &FunctionCall,
        types: &[Oid],
        location: Location,
        procedures: bool,
    ) -> Error {
        let shown = if call.star {
            format!("{}(*)", call.name.dotted())
        } else if call.args.iter().any(|argument| argument.name.is_some()) {
            let list: Vec<String> = call
                .args
                .iter()
                .zip(types)
                .map(|(argument, type_id)| {
                    let name = argument.name.as_ref().map(|(name, _)| format!("{name} => "));
                    name.unwrap_or_default() + &shown_type(self, *type_id)
                })
                .collect();
            format!("{}({})", call.name.dotted(), list.join(", "))
        } else {
            signature_in(self, &call.name.dotted(), types)
        };
        let word = if procedures { "procedure" } else { "function" };
        let text = format!("{word} {shown} does not exist");
        Error::new(SqlState::UNDEFINED_FUNCTION, text)
            .hint(format!("No {word} matches the given name and argument types. You might need to add explicit type casts."))
            .at(self.position(location))
    }

    /// DISTINCT, FILTER and the like are for aggregates.
    fn check_modifiers(
        &self,
        call: &FunctionCall,
        kind: FunctionKind,
        location: Location,
    ) -> Result<()> {
        if matches!(kind, FunctionKind::Aggregate | FunctionKind::Window) {
            return Ok(());
        }
        let wrong = if call.star {
            Some(format!(
                "{}(*) specified, but {} is not an aggregate function",
                call.name.name(),
                call.name.name()
            ))
        } else if call.distinct {
            Some(format!(
                "DISTINCT specified, but {} is not an aggregate function",
                call.name.name()
            ))
        } else if call.within_group {
            Some(format!(
                "WITHIN GROUP specified, but {} is not an aggregate function",
                call.name.name()
            ))
        } else if !call.order_by.is_empty() {
            Some(format!(
                "ORDER BY specified, but {} is not an aggregate function",
                call.name.name()
            ))
        } else if call.filter.is_some() {
            Some(format!("FILTER specified, but {} is not an aggregate function", call.name.name()))
        } else if call.over.is_some() {
            Some(format!(
                "OVER specified, but {} is not a window function nor an aggregate function",
                call.name.name()
            ))
        } else {
            None
        };
        match wrong {
            Some(text) => {
                Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text).at(self.position(location)))
            }
            None => Ok(()),
        }
    }

    /// The types of arguments as polymorphic ones see them: a domain stays one only where it alone says what the call's
    /// types are.
    pub(crate) fn polymorphic_types(
        &self,
        declared: &[Oid],
        actual: impl Iterator<Item = Oid>,
    ) -> Vec<Oid> {
        let alone = declared.iter().filter(|declared| is_any(**declared)).count() == 1;
        let scalar = |declared: Oid| {
            matches!(
                declared,
                type_oid::ANYELEMENT
                    | type_oid::ANYNONARRAY
                    | type_oid::ANYCOMPATIBLE
                    | type_oid::ANYCOMPATIBLENONARRAY
            )
        };
        actual
            .enumerate()
            .map(|(index, actual)| match declared.get(index) {
                Some(declared) if alone && scalar(*declared) => actual,
                Some(_) | None => self.base_type(actual),
            })
            .collect()
    }

    /// The arguments coerced, collected and filled up with defaults.
    pub(crate) fn arguments(
        &mut self,
        candidate: Candidate,
        given: Vec<Expr>,
        places: &[Location],
        location: Location,
    ) -> Result<Filled> {
        let function = candidate.function.clone();
        let declared = function.arguments();
        let actual = self.polymorphic_types(&candidate.types, given.iter().map(|a| a.type_id));
        let position = self.position(location);
        let catalog = self.resolver.catalog();
        let resolved = polymorphic::resolve(&candidate.types, &actual, function.result(), catalog)
            .map_err(|error| error.at(position))?;
        let outputs = self.outputs(&function, &candidate.types, &actual)?;
        let mut arguments = Vec::with_capacity(declared.len());
        for ((expr, target), place) in given.into_iter().zip(&resolved.arguments).zip(places) {
            let target = if *target == type_oid::ANY && expr.type_id == type_oid::UNKNOWN {
                type_oid::UNKNOWN
            } else {
                *target
            };
            arguments.push(self.cast(expr, target, -1, Context::Implicit, *place)?);
        }
        let result = resolved.result;
        if let Some(places) = &candidate.places {
            let arguments = self.placed(&function, places, arguments, location)?;
            return Ok(Filled { arguments, result, variadic: false, outputs });
        }
        let any = function.variadic() == type_oid::ANY;
        // Of "any", the array that VARIADIC is written before is taken apart by the call.
        let variadic = if any {
            candidate.variadic_from.is_none() && arguments.len() == declared.len()
        } else {
            candidate.variadic_from.is_some()
        };
        if any
            && variadic
            && let Some(last) = arguments.last()
            && types::element_of(types::lies_as(self.base_type(last.type_id))).is_none()
        {
            let place = places.last().copied().unwrap_or(location);
            let text = "VARIADIC argument must be an array";
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(place)));
        }
        if let Some(from) = candidate.variadic_from
            && function.variadic() != type_oid::ANY
        {
            let elements = arguments.split_off(from);
            let element = elements.first().map_or(function.variadic(), |e| e.type_id);
            let array =
                array_of(element).ok_or_else(|| Error::internal("no array type for VARIADIC"))?;
            let kind = ExprKind::Array { elements, nested: false };
            arguments.push(Expr::new(kind, array, default_collation(array)));
        }
        let missing = declared.len().saturating_sub(arguments.len());
        if missing > 0 && function.variadic() != type_oid::ANY {
            for place in arguments.len()..declared.len() {
                arguments.push(self.default_argument(&function, place, location)?);
            }
        }
        Ok(Filled { arguments, result, variadic, outputs })
    }

    /// The columns of the result that OUT parameters give, where there are several.
    fn outputs(
        &self,
        function: &Routine,
        declared: &[Oid],
        actual: &[Oid],
    ) -> Result<Vec<(String, Oid, i32)>> {
        let Routine::User(own) = function else { return Ok(Vec::new()) };
        if own.result != type_oid::RECORD {
            return Ok(Vec::new());
        }
        let mut list = Vec::new();
        for (number, parameter) in (1..).zip(own.outputs()) {
            let resolved =
                polymorphic::resolve(declared, actual, parameter.type_id, self.resolver.catalog())?;
            let name = if parameter.name.is_empty() {
                format!("column{number}")
            } else {
                parameter.name.clone()
            };
            list.push((name, resolved.result, -1));
        }
        Ok(list)
    }

    /// The default of an argument that a call leaves out.
    pub(crate) fn default_argument(
        &mut self,
        function: &Routine,
        place: usize,
        location: Location,
    ) -> Result<Expr> {
        match function {
            Routine::BuiltIn(fact) => {
                let first = fact.arguments.len() - fact.defaults.len();
                let default = syntax::parse_expression(&fact.defaults[place - first])?;
                let value = self.expr(&default)?;
                self.cast(value, fact.arguments[place], -1, Context::Implicit, location)
            }
            Routine::User(own) => {
                let tree = own.inputs().nth(place).and_then(|p| p.default.as_ref());
                let tree = tree.ok_or_else(|| Error::internal("a parameter without a default"))?;
                expression::decode(tree)
            }
        }
    }
}

impl Analyzer<'_> {
    /// 42601 where a name is used twice or a positional argument follows a named one.
    pub(crate) fn check_names(&self, call: &FunctionCall) -> Result<()> {
        let mut seen: Vec<&str> = Vec::new();
        for argument in &call.args {
            let place = argument.value.start();
            let wrong = match &argument.name {
                Some((name, _)) if seen.contains(&&**name) => {
                    format!("argument name \"{name}\" used more than once")
                }
                Some((name, _)) => {
                    seen.push(name);
                    continue;
                }
                None if seen.is_empty() => continue,
                None => "positional argument cannot follow named argument".to_owned(),
            };
            return Err(Error::new(SqlState::SYNTAX_ERROR, wrong).at(self.position(place)));
        }
        Ok(())
    }

    /// The arguments in the order of the parameters, with defaults for those not given.
    fn placed(
        &mut self,
        function: &Routine,
        places: &[usize],
        given: Vec<Expr>,
        location: Location,
    ) -> Result<Vec<Expr>> {
        if let Routine::User(own) = function
            && own.kind == FunctionKind::Procedure
        {
            return self.placed_in_procedure(own, places, given, location);
        }
        let mut slots: Vec<Option<Expr>> = vec![None; function.arguments().len()];
        for (place, expr) in places.iter().zip(given) {
            slots[*place] = Some(expr);
        }
        let mut arguments = Vec::with_capacity(slots.len());
        for (index, slot) in slots.into_iter().enumerate() {
            arguments.push(match slot {
                Some(expr) => expr,
                None => self.default_argument(function, index, location)?,
            });
        }
        Ok(arguments)
    }
}

/// The parameter that each argument of a call with names is for; `None` where the function does not take it.
fn named_places(function: &Routine, call: &FunctionCall) -> Option<Vec<usize>> {
    let names = function.input_names()?;
    let count = function.arguments().len();
    let positional = call.args.iter().filter(|argument| argument.name.is_none()).count();
    if call.args.len() > count || function.variadic().is_valid() {
        return None;
    }
    let mut places = Vec::with_capacity(call.args.len());
    for (index, argument) in call.args.iter().enumerate() {
        places.push(match &argument.name {
            None => index,
            Some((wanted, _)) => {
                let at = names.iter().position(|name| *name == &**wanted)?;
                (at >= positional).then_some(at)?
            }
        });
    }
    let first_default = count - function.default_count();
    (0..first_default).all(|index| places.contains(&index)).then_some(places)
}

/// A call's arguments and result type.
pub(crate) struct Filled {
    pub(crate) arguments: Vec<Expr>,
    pub(crate) result: Oid,
    pub(crate) variadic: bool,
    /// The result's columns, where OUT parameters of a user's function say so.
    pub(crate) outputs: Vec<(String, Oid, i32)>,
}

/// The collation by which a call compares: that of its first argument that has one.
pub(crate) fn input_collation(arguments: &[Expr]) -> Oid {
    arguments.iter().map(|a| a.collation).find(|c| c.is_valid()).unwrap_or(Oid::INVALID)
}

fn plain(function: &'static Function, filled: Filled, form: CallForm) -> Expr {
    let input_collation = input_collation(&filled.arguments);
    let call = Call {
        function: function.oid,
        arguments: filled.arguments,
        input_collation,
        form,
        variadic: filled.variadic,
        user: None,
    };
    let default = default_collation(filled.result);
    let collation =
        if default.is_valid() && input_collation.is_valid() { input_collation } else { default };
    Expr::new(ExprKind::Call(Box::new(call)), filled.result, collation)
}

/// How a function takes so many arguments, if it does.
fn candidate(
    function: Routine,
    call: &FunctionCall,
    count: usize,
    procedures: bool,
) -> Option<Candidate> {
    if procedures
        && let Routine::User(own) = &function
        && own.kind == FunctionKind::Procedure
    {
        return procedure_candidate(Arc::clone(own), call, count);
    }
    let declared = function.arguments();
    let variadic = function.variadic();
    let variadic_written = call.variadic;
    if call.args.iter().any(|argument| argument.name.is_some()) {
        let places = named_places(&function, call)?;
        let types = places.iter().map(|place| declared[*place]).collect();
        return Some(Candidate { function, types, variadic_from: None, places: Some(places) });
    }
    if variadic.is_valid() && !variadic_written && count + 1 >= declared.len() && count >= 1 {
        let from = declared.len() - 1;
        let mut types = declared[..from].to_vec();
        types.resize(count.max(from), variadic);
        if count > from {
            return Some(Candidate { function, types, variadic_from: Some(from), places: None });
        }
    }
    if count > declared.len() || count + function.default_count() < declared.len() {
        return None;
    }
    if variadic_written && !variadic.is_valid() {
        return None;
    }
    let types = declared[..count].to_vec();
    Some(Candidate { function, types, variadic_from: None, places: None })
}

/// A type's name, those of users among them.
fn shown_type(analyzer: &Analyzer<'_>, type_id: Oid) -> String {
    let own = analyzer.resolver.text_context().names.type_name(type_id);
    own.unwrap_or_else(|| types::format_type(type_id, None))
}

pub(crate) fn signature_in(analyzer: &Analyzer<'_>, name: &str, types: &[Oid]) -> String {
    let list: Vec<String> = types.iter().map(|t| shown_type(analyzer, *t)).collect();
    format!("{name}({})", list.join(", "))
}
