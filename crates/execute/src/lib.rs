//! Execution: from physical plans to batches, one file per operator.
//!
//! Demand flows down: an operator is asked for at most so many rows and asks its inputs for no more than it needs. An
//! operator tree is made once a plan and opened for each execution; what it borrows, it borrows for one call, so that a
//! portal can be left between two batches.

mod advisory;
mod aggregate;
mod append;
mod common_table;
mod context;
mod deferred;
mod distinct;
mod filter;
mod foreign_key;
mod function_scan;
mod hash_join;
mod index_scan;
mod key;
mod limit;
mod lock_rows;
mod modify;
mod nested_loop;
mod operator;
mod project;
mod read_ahead;
mod row;
mod seq_scan;
mod sequence;
mod set_operation;
mod sort;
mod sql_function;
mod statements;
mod store;
mod subplan;
mod system_scan;
mod trigger;
mod values;
mod window;
mod writer;

pub use context::{
    Context, FunctionCall, FunctionRows, Host, IndexCounts, IndexWork, Isolation, RunState,
    SequenceValues,
};
pub use deferred::{DeferredKey, check_deferred_key};
pub use foreign_key::{ForeignKeyChange, ForeignKeyEvent, key_shown, newest_values};
pub use index_scan::over_slots;
pub use key::{KeyPart, key_length, key_of_row};
pub use operator::{Execution, Operator};
pub use row::{Externals, RowReader, column_kind, number_address, row_layout};
pub use seq_scan::scan_table;
pub use sql_function::{SqlFunction, check_sql_function};
pub use statements::{BodyStatement, Ready, Statements};
pub use system_scan::{sequence_bytes, sequence_state};
pub use trigger::{DeferredTrigger, TriggerFiring, fire_statement_triggers};
pub use writer::{TableWriter, UniqueFailure};
