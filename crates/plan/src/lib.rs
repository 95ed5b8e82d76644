//! Planning: from typed queries to physical plans.
//!
//! A plan is a tree of [`Node`]s; each gives batches with the columns that it lists, and its expressions see the columns of
//! its input as slots. Conditions are applied as low as they can be; inner joins are ordered greedily by estimated size;
//! subqueries in expressions become subplans, which get what they use of the query around them as arguments.

mod covered;
mod estimate;
mod join;
mod layout;
mod modify;
mod node;
mod planner;
mod scan;
mod select;
mod set_operation;
mod source;
mod window;

pub use covered::covered;
pub use modify::modify_target;
pub use node::{
    ColumnSource, CommonPlan, ConflictPlan, ConflictUpdate, FunctionColumn, IndexBound, IndexPlan,
    IndexRange, JoinType, LockTarget, ModifyAction, ModifyKindTag, ModifyPlan, ModifyTable, Node,
    NodeKind, OutputColumn, Plan, Required, SubplanPlan, TableScan, TriggerPlan,
};
pub use planner::{Statistics, plan};
