//! Typed expressions and queries, and the programs that expressions are compiled to.
//!
//! [`Expr`] and [`Query`] are what analysis makes: every name is resolved, every node has its type, typmod and collation.
//! Planning replaces columns by slots of an operator's input; a [`Program`] then runs over batches.

pub mod catalog_functions;
mod deparse;
mod expr;
mod implication;
mod json_mutable;
mod names;
mod program;
mod query;
mod stored;
mod walk;

pub use deparse::{DeparseContext, Parentheses, PlanNames, deparse, deparse_plan};
pub use expr::{
    AggregateCall, C_COLLATION, Call, CallForm, ColumnRef, Conversion, DEFAULT_COLLATION, Expr,
    ExprKind, JsonBehavior, JsonOperation, SessionValue, Sort, SqlJson, Subquery, SubqueryKind,
    Truth, UserCall, WindowCall, default_collation,
};
pub use functions::{JsonKind, JsonWrapper};
pub use implication::implies;
pub use names::CatalogNames;
pub use program::{Evaluation, Program, SubplanKind, Subplans, check_domain, has_domain};
pub use query::{
    Assignment, CommonTable, Conflict, ConflictAction, Distinct, FrameBound, FrameExclusion,
    FrameMode, FrameOffset, FunctionSource, JoinKind, JoinTree, LockStrength, LockWait, Modify,
    ModifyKind, Query, RangeEntry, RangeKind, RowLocking, SetOperation, SetOperator, SetTree,
    Target, Window, WindowFrame,
};
pub use stored::{decode, encode};
