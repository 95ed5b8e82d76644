//! Statements that are not queries, one file each. They work on the catalog and the storage through [`Work`], which the
//! session implements.

mod alter_table;
mod check;
mod comment;
mod constraint;
mod copy;
mod create_function;
mod create_index;
mod create_table;
mod database;
mod domain;
mod drop;
mod drop_type;
mod foreign_key;
mod grant;
mod key_list;
mod maintenance;
mod name;
mod privilege;
mod range_type;
mod reindex;
mod role;
mod routine;
mod rows;
mod schema;
mod sequence;
mod trigger;
mod truncate;
mod user_type;
mod work;

pub use check::check_database;
pub use copy::{CopyIn, CopyOut, begin_copy_in, begin_copy_out, copy_is_from};
pub use drop::{drop_temporary_schema, empty_schema};
pub use privilege::{check_privileges, has_privilege};
pub use reindex::is_concurrent;
pub use role::set_text;
pub use work::{Work, run};
