//! Functions of both kinds, as overload resolution sees them: built-in ones and those that users made.

use catalog::facts::{Function as Fact, FunctionKind};
use catalog::object::Function;
use std::sync::Arc;
use types::Oid;

/// A function that a call may mean.
#[derive(Clone)]
pub(crate) enum Routine {
    BuiltIn(&'static Fact),
    User(Arc<Function>),
}

impl Routine {
    pub(crate) fn schema(&self) -> Oid {
        match self {
            Self::BuiltIn(fact) => fact.namespace,
            Self::User(own) => own.schema,
        }
    }

    pub(crate) fn kind(&self) -> FunctionKind {
        match self {
            Self::BuiltIn(fact) => fact.kind,
            Self::User(own) => own.kind,
        }
    }

    /// The types of the parameters that callers give.
    pub(crate) fn arguments(&self) -> &[Oid] {
        match self {
            Self::BuiltIn(fact) => &fact.arguments,
            Self::User(own) => &own.arguments,
        }
    }

    pub(crate) fn variadic(&self) -> Oid {
        match self {
            Self::BuiltIn(fact) => fact.variadic,
            Self::User(own) => own.variadic,
        }
    }

    pub(crate) fn result(&self) -> Oid {
        match self {
            Self::BuiltIn(fact) => fact.result,
            Self::User(own) => own.result,
        }
    }

    /// How many of the last arguments a call may leave out.
    pub(crate) fn default_count(&self) -> usize {
        match self {
            Self::BuiltIn(fact) => fact.defaults.len(),
            Self::User(own) => own.default_count(),
        }
    }

    /// The names of the parameters that callers give; none where no parameter has one.
    pub(crate) fn input_names(&self) -> Option<Vec<&str>> {
        match self {
            Self::BuiltIn(fact) => match (&fact.names, &fact.modes) {
                (Some(names), Some(modes)) => Some(
                    names
                        .iter()
                        .zip(modes)
                        .filter(|(_, mode)| matches!(**mode, "i" | "b" | "v"))
                        .map(|(name, _)| *name)
                        .collect(),
                ),
                (Some(names), None) => Some(names.clone()),
                (None, _) => None,
            },
            Self::User(own) => Some(own.inputs().map(|p| p.name.as_str()).collect()),
        }
    }
}
