//! Operators: which one a name and its operands mean.

use crate::Analyzer;
use crate::coerce::{Context, can_coerce, category};
use crate::polymorphic;
use catalog::Catalog;
use catalog::facts::{Operator, facts};
use error::{Error, Result, SqlState};
use expression::{Call, CallForm, Expr, ExprKind, default_collation};
use syntax::ast::{Location, OperatorName};
use types::{Oid, type_oid};

impl Analyzer<'_> {
    /// `left op right`, or `op right`: 42883 where there is no such operator, 42725 where there are several.
    pub fn operator(
        &mut self,
        name: &OperatorName,
        left: Option<Expr>,
        right: Expr,
        location: Location,
    ) -> Result<Expr> {
        self.operator_at(name, left, right, location, [location; 2])
    }

    /// As [`operator`](Self::operator), with the places of the operands for what is wrong in one of them.
    pub(crate) fn operator_at(
        &mut self,
        name: &OperatorName,
        left: Option<Expr>,
        right: Expr,
        location: Location,
        operands: [Location; 2],
    ) -> Result<Expr> {
        let left_type = left.as_ref().map_or(Oid::INVALID, |expr| expr.type_id);
        let operator = self.find_operator(name, left_type, right.type_id, location)?;
        self.operator_call(operator, left, right, location, operands)
    }

    /// The call of an operator that was chosen.
    pub(crate) fn operator_call(
        &mut self,
        operator: &'static Operator,
        left: Option<Expr>,
        right: Expr,
        location: Location,
        operands: [Location; 2],
    ) -> Result<Expr> {
        let function = facts()
            .functions
            .get(&operator.function)
            .ok_or_else(|| Error::internal(format!("operator {} has no function", operator.oid)))?;
        let actual: Vec<Oid> = left.iter().chain([&right]).map(|expr| expr.type_id).collect();
        let declared: Vec<Oid> =
            if left.is_some() { vec![operator.left, operator.right] } else { vec![operator.right] };
        let position = self.position(location);
        let actual = self.polymorphic_types(&declared, actual.into_iter());
        let resolved =
            polymorphic::resolve(&declared, &actual, operator.result, self.resolver.catalog())
                .map_err(|error| error.at(position))?;
        let mut arguments = Vec::with_capacity(2);
        let places = if left.is_some() { &operands[..] } else { &operands[1..] };
        let operands = left.into_iter().chain([right]).zip(places);
        for ((expr, place), target) in operands.zip(&resolved.arguments) {
            let place = *place;
            arguments.push(self.cast(expr, *target, -1, Context::Implicit, place)?);
        }
        let input_collation =
            arguments.iter().map(|a| a.collation).find(|c| c.is_valid()).unwrap_or(Oid::INVALID);
        if function.returns_set {
            self.note_set_returning(location)?;
        }
        let call = Call {
            function: function.oid,
            arguments,
            input_collation,
            form: CallForm::Operator(operator.oid),
            variadic: false,
            user: None,
        };
        let collation =
            if input_collation.is_valid() && default_collation(resolved.result).is_valid() {
                input_collation
            } else {
                default_collation(resolved.result)
            };
        Ok(Expr::new(ExprKind::Call(Box::new(call)), resolved.result, collation))
    }

    /// The operator that a name means for operands of these types; the left one is invalid for a prefix operator.
    pub(crate) fn find_operator(
        &mut self,
        name: &OperatorName,
        left: Oid,
        right: Oid,
        location: Location,
    ) -> Result<&'static Operator> {
        let prefix = !left.is_valid();
        let (left, right) = (self.base_type(left), self.base_type(right));
        if let Some(schema) = name.qualifier.last()
            && &**schema != "pg_catalog"
        {
            return Err(self.undefined_operator(name, left, right, location));
        }
        let candidates: Vec<&'static Operator> =
            facts().operators_named(&name.name).filter(|o| o.left.is_valid() != prefix).collect();
        if let Some(exact) = exact_match(&candidates, left, right) {
            return Ok(exact);
        }
        let arguments: Vec<Oid> = if prefix { vec![right] } else { vec![left, right] };
        let list: Vec<(Vec<Oid>, &'static Operator)> = candidates
            .into_iter()
            .map(|o| (if prefix { vec![o.right] } else { vec![o.left, o.right] }, o))
            .filter(|(types, _)| {
                types
                    .iter()
                    .zip(&arguments)
                    .all(|(t, actual)| can_coerce(*actual, *t, Context::Implicit))
                    && polymorphic::is_consistent(types, &arguments, self.resolver.catalog())
                    && self.fits_user_types(types, &arguments)
            })
            .collect();
        match select_candidate(&arguments, list, self.resolver.catalog()) {
            Selection::One(operator) => Ok(operator),
            Selection::None => Err(self.undefined_operator(name, left, right, location)),
            Selection::Several => Err(Error::new(
                SqlState::AMBIGUOUS_FUNCTION,
                format!("operator is not unique: {}", shown(name, left, right)),
            )
            .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
            .at(self.position(location))),
        }
    }

    /// Whether enums go where enums are wanted, and other types of users where they are not.
    pub(crate) fn fits_user_types(&self, declared: &[Oid], actual: &[Oid]) -> bool {
        declared.iter().zip(actual).all(|(declared, actual)| {
            let wanted = match *declared {
                type_oid::ANYENUM => true,
                type_oid::RECORD => false,
                _ => return true,
            };
            if *actual == type_oid::UNKNOWN || types::builtin_type(*actual).is_some() {
                return true;
            }
            let own = self.resolver.catalog().user_type(self.base_type(*actual));
            let is_enum = own.is_some_and(|own| {
                matches!(own.definition, catalog::object::TypeDefinition::Enum(_))
            });
            is_enum == wanted
        })
    }

    fn undefined_operator(
        &self,
        name: &OperatorName,
        left: Oid,
        right: Oid,
        location: Location,
    ) -> Error {
        let hint = if left.is_valid() {
            "No operator matches the given name and argument types. You might need to add explicit type casts."
        } else {
            "No operator matches the given name and argument type. You might need to add an explicit type cast."
        };
        let text = format!("operator does not exist: {}", shown(name, left, right));
        Error::new(SqlState::UNDEFINED_FUNCTION, text).hint(hint).at(self.position(location))
    }
}

fn shown(name: &OperatorName, left: Oid, right: Oid) -> String {
    let mut qualified: String = name.qualifier.iter().map(|part| format!("{part}.")).collect();
    qualified.push_str(&name.name);
    let right = types::format_type(right, None);
    if left.is_valid() {
        format!("{} {qualified} {right}", types::format_type(left, None))
    } else {
        format!("{qualified} {right}")
    }
}

/// The operator of exactly these types, one of which may be unknown and is then taken for the other.
fn exact_match(
    candidates: &[&'static Operator],
    left: Oid,
    right: Oid,
) -> Option<&'static Operator> {
    let (mut left, mut right) = (left, right);
    if left == type_oid::UNKNOWN && right.is_valid() {
        left = right;
    } else if right == type_oid::UNKNOWN && left.is_valid() {
        right = left;
    }
    candidates
        .iter()
        .copied()
        .find(|o| o.left == left && o.right == right && left != type_oid::UNKNOWN)
}

/// What the choice among candidates came to.
pub(crate) enum Selection<T> {
    None,
    One(T),
    Several,
}

/// Chooses among candidates that all accept the arguments, by the rules of the manual's "Type Conversion".
pub(crate) fn select_candidate<T: Copy>(
    arguments: &[Oid],
    mut list: Vec<(Vec<Oid>, T)>,
    catalog: &Catalog,
) -> Selection<T> {
    if list.len() > 1 {
        list = most(list, |types| {
            pairs(types, arguments)
                .filter(|(t, actual)| *actual != type_oid::UNKNOWN && t == actual)
                .count()
        });
    }
    if list.len() > 1 {
        list = most(list, |types| {
            pairs(types, arguments)
                .filter(|(t, actual)| {
                    *actual != type_oid::UNKNOWN
                        && (t == actual
                            || (category(*t).1 && category(*t).0 == category(*actual).0))
                })
                .count()
        });
    }
    if list.len() > 1 && arguments.contains(&type_oid::UNKNOWN) {
        list = by_category(arguments, list, catalog);
    }
    match list.as_slice() {
        [] => Selection::None,
        [(_, one)] => Selection::One(*one),
        _ => Selection::Several,
    }
}

fn pairs<'a>(types: &'a [Oid], arguments: &'a [Oid]) -> impl Iterator<Item = (Oid, Oid)> + 'a {
    types.iter().copied().zip(arguments.iter().copied())
}

/// Those with the highest score.
fn most<T>(list: Vec<(Vec<Oid>, T)>, score: impl Fn(&[Oid]) -> usize) -> Vec<(Vec<Oid>, T)> {
    let best = list.iter().map(|(types, _)| score(types)).max().unwrap_or(0);
    list.into_iter().filter(|(types, _)| score(types) == best).collect()
}

/// Resolves unknown arguments: by the category that the candidates favour, then by the known arguments' type.
fn by_category<T: Copy>(
    arguments: &[Oid],
    list: Vec<(Vec<Oid>, T)>,
    catalog: &Catalog,
) -> Vec<(Vec<Oid>, T)> {
    let mut slots: Vec<Option<(char, bool)>> = vec![None; arguments.len()];
    let mut resolved = true;
    for (index, _) in arguments.iter().enumerate().filter(|(_, t)| **t == type_oid::UNKNOWN) {
        let categories: Vec<(char, bool)> =
            list.iter().map(|(types, _)| category(types[index])).collect();
        let first = categories[0].0;
        let chosen = if categories.iter().any(|c| c.0 == 'S') {
            Some('S')
        } else if categories.iter().all(|c| c.0 == first) {
            Some(first)
        } else {
            None
        };
        match chosen {
            None => resolved = false,
            Some(chosen) => {
                let preferred = categories.iter().any(|c| c.0 == chosen && c.1);
                slots[index] = Some((chosen, preferred));
            }
        }
    }
    if resolved {
        let fits = |types: &[Oid]| {
            slots.iter().zip(types).all(|(slot, t)| match slot {
                None => true,
                Some((wanted, preferred)) => {
                    let (category, is_preferred) = category(*t);
                    category == *wanted && (!preferred || is_preferred)
                }
            })
        };
        let kept: Vec<(Vec<Oid>, T)> =
            list.iter().filter(|(types, _)| fits(types)).cloned().collect();
        if kept.len() == 1 {
            return kept;
        }
        if !kept.is_empty() {
            return by_known(arguments, kept, catalog);
        }
    }
    by_known(arguments, list, catalog)
}

/// If all known arguments are of one type, the unknown ones are taken for it too.
fn by_known<T: Copy>(
    arguments: &[Oid],
    list: Vec<(Vec<Oid>, T)>,
    catalog: &Catalog,
) -> Vec<(Vec<Oid>, T)> {
    let mut known = arguments.iter().filter(|t| **t != type_oid::UNKNOWN);
    let Some(first) = known.next().copied() else { return list };
    if known.any(|t| *t != first) {
        return list;
    }
    let fits: Vec<(Vec<Oid>, T)> = list
        .iter()
        .filter(|(types, _)| {
            types.iter().all(|t| can_coerce(first, *t, Context::Implicit))
                && polymorphic::is_consistent(types, &vec![first; types.len()], catalog)
        })
        .cloned()
        .collect();
    if fits.len() == 1 { fits } else { list }
}
