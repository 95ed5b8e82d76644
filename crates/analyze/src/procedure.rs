//! CALL: which procedure it means.

use crate::Analyzer;
use crate::function::{Candidate, signature_in};
use crate::routine::Routine;
use crate::scope::{Clause, Scope};
use catalog::facts::FunctionKind;
use error::{Error, Result, SqlState};
use expression::Expr;
use std::sync::Arc;
use syntax::ast::{self, FunctionCall, Location};
use types::Oid;

impl Analyzer<'_> {
    /// The procedure of a CALL with its arguments coerced; those for OUT parameters are left out. 42883, 42809.
    pub fn procedure(
        &mut self,
        call: &ast::Call,
    ) -> Result<(Arc<catalog::object::Function>, Expr)> {
        let location = call.location;
        self.scopes.push(Scope { clause: Clause::Utility, ..Scope::default() });
        let found = self.procedure_call(&call.call, location);
        self.scopes.pop();
        found
    }

    fn procedure_call(
        &mut self,
        call: &FunctionCall,
        location: Location,
    ) -> Result<(Arc<catalog::object::Function>, Expr)> {
        self.check_names(call)?;
        let mut arguments = Vec::with_capacity(call.args.len());
        for argument in &call.args {
            arguments.push(self.expr(&argument.value)?);
        }
        let types: Vec<Oid> = arguments.iter().map(|a| a.type_id).collect();
        let candidate = self.find_routine(call, &types, location, true)?;
        let Routine::User(own) = candidate.function.clone() else {
            let text =
                format!("{} is not a procedure", signature_in(self, &call.name.dotted(), &types));
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                .hint("To call a function, use SELECT.")
                .at(self.position(location)));
        };
        if own.kind != FunctionKind::Procedure {
            let text =
                format!("{} is not a procedure", signature_in(self, &call.name.dotted(), &types));
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text)
                .hint("To call a function, use SELECT.")
                .at(self.position(location)));
        }
        let places: Vec<Location> =
            call.args.iter().map(|argument| argument.value.start()).collect();
        let filled = self.arguments(candidate, arguments, &places, location)?;
        let call = self.user_call(&own, filled);
        Ok((own, call))
    }

    /// The arguments of a procedure's inputs: those given for OUT parameters are not evaluated.
    pub(crate) fn placed_in_procedure(
        &mut self,
        own: &Arc<catalog::object::Function>,
        places: &[usize],
        given: Vec<Expr>,
        location: Location,
    ) -> Result<Vec<Expr>> {
        let mut slots: Vec<Option<Expr>> = vec![None; own.parameters.len()];
        for (place, expr) in places.iter().zip(given) {
            slots[*place] = Some(expr);
        }
        let function = Routine::User(Arc::clone(own));
        let mut arguments = Vec::new();
        for (parameter, slot) in own.parameters.iter().zip(slots) {
            if !parameter.mode.is_input() {
                continue;
            }
            let place = arguments.len();
            arguments.push(match slot {
                Some(expr) => expr,
                None => self.default_argument(&function, place, location)?,
            });
        }
        Ok(arguments)
    }
}

/// How a procedure takes so many arguments: CALL gives one for each OUT parameter too.
pub(crate) fn procedure_candidate(
    own: Arc<catalog::object::Function>,
    call: &FunctionCall,
    count: usize,
) -> Option<Candidate> {
    let all: Vec<&catalog::object::Parameter> = own.parameters.iter().collect();
    let mut places = Vec::with_capacity(count);
    let positional = call.args.iter().filter(|argument| argument.name.is_none()).count();
    for (index, argument) in call.args.iter().enumerate() {
        places.push(match &argument.name {
            None if index < all.len() => index,
            None => return None,
            Some((wanted, _)) => {
                let at = all.iter().position(|p| p.name == **wanted)?;
                (at >= positional).then_some(at)?
            }
        });
    }
    let is_left_out = |index: &usize| !places.contains(index) && all[*index].default.is_none();
    if own.variadic.is_valid() || (0..all.len()).any(|index| is_left_out(&index)) {
        return None;
    }
    let types = places.iter().map(|place| all[*place].type_id).collect();
    Some(Candidate {
        function: Routine::User(own),
        types,
        variadic_from: None,
        places: Some(places),
    })
}
