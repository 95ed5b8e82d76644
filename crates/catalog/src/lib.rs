//! What exists: databases, roles, schemas, tables, indexes, sequences as typed objects; built-in types, functions and
//! operators as facts; pg_catalog as views of them.

mod access;
pub mod acl;
mod builtin;
pub mod facts;
pub mod object;
pub mod privilege;
mod routine;
mod snapshot;
mod store;
pub mod system;

pub use access::{Access, Activity, PreparedRow, SettingRow, Sources};
pub use builtin::BOOTSTRAP_ROLE;
pub use facts::facts;
pub use snapshot::{Catalog, Change, DATABASE_OWNER, Entry, PG_CATALOG, PUBLIC};
pub use store::{Catalogs, put, remove, system_heap};
