//! What statements ask of the session, and which statement is whose.

use analyze::Resolver;
use batch::Batch;
use catalog::Catalog;
use catalog::object::Object;
use error::{Error, Result};
use expression::Query;
use std::sync::Arc;
use storage::{LockMode, LockTag, Transaction};
use syntax::ast::{Statement, StatementKind};
use types::Oid;

/// The session, as statements that change objects need it.
pub trait Work {
    /// For analysing expressions and names.
    fn resolver(&mut self) -> &mut dyn Resolver;
    /// The catalog with the transaction's own changes.
    fn catalog(&self) -> Arc<Catalog>;
    /// The database's OID.
    fn database(&self) -> Oid;
    /// The current role.
    fn current_user(&self) -> Oid;
    /// The session's transaction.
    fn transaction(&mut self) -> &mut Transaction;
    /// Writes an object, new or changed.
    fn put(&mut self, object: Object) -> Result<()>;
    /// Removes an object.
    fn remove(&mut self, oid: Oid) -> Result<()>;
    /// Sends a notice.
    fn notice(&mut self, notice: Error);
    /// The schemas of search_path that exist, in its order, without the implied ones.
    fn named_path(&self) -> Vec<Oid>;
    /// The session's schema for temporary objects, made if it is not there.
    fn temporary_schema(&mut self) -> Result<Oid>;
    /// Locks something until the transaction ends.
    fn lock(&mut self, tag: LockTag, mode: LockMode) -> Result<()>;
    /// Commits and begins the next transaction, for statements that are several.
    fn commit_and_begin(&mut self) -> Result<()>;
    /// Runs `f` with what operators get, under a snapshot of now.
    fn with_context(
        &mut self,
        f: &mut dyn FnMut(&mut execute::Context<'_>) -> Result<()>,
    ) -> Result<()>;
    /// Runs a query and hands its batches over.
    fn run_query(
        &mut self,
        query: Query,
        f: &mut dyn FnMut(&mut dyn Work, &Batch) -> Result<()>,
    ) -> Result<u64>;
    /// How a password is stored.
    fn password_verifier(&self, password: &str) -> Result<String>;
    /// The names of other sessions' processes in a database.
    fn sessions_in(&self, database: Oid) -> usize;
}

/// Runs a statement and returns its command tag.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
pub fn run(work: &mut dyn Work, statement: &Statement, sql: &str) -> Result<String> {
    let tag = statement.kind.tag().to_owned();
    match &statement.kind {
        StatementKind::CreateTable(create) => crate::create_table::create_table(work, create, sql)?,
        StatementKind::CreateTableAs(create) => {
            return crate::create_table::create_table_as(work, create, sql);
        }
        StatementKind::CreateIndex(create) => crate::create_index::create_index(work, create, sql)?,
        StatementKind::AlterTable(alter) => crate::alter_table::alter_table(work, alter, sql)?,
        StatementKind::CreateSequence(create) => {
            crate::sequence::create_sequence(work, create, sql)?
        }
        StatementKind::AlterSequence(alter) => crate::sequence::alter_sequence(work, alter, sql)?,
        StatementKind::CreateType(create) => crate::user_type::create_type(work, create, sql)?,
        StatementKind::CreateDomain(create) => crate::domain::create_domain(work, create, sql)?,
        StatementKind::AlterDomain(alter) => crate::domain::alter_domain(work, alter, sql)?,
        StatementKind::AlterEnum(alter) => crate::user_type::alter_enum(work, alter)?,
        StatementKind::CreateFunction(create) => {
            crate::create_function::create_function(work, create, sql)?
        }
        StatementKind::CreateTrigger(create) => crate::trigger::create_trigger(work, create, sql)?,
        StatementKind::AlterFunction(alter) => crate::routine::alter_function(work, alter, sql)?,
        StatementKind::CreateSchema(create) => crate::schema::create_schema(work, create)?,
        StatementKind::Drop(drop) => crate::drop::drop_objects(work, drop, sql)?,
        StatementKind::Rename(rename) => crate::name::rename(work, rename, sql)?,
        StatementKind::AlterOwner(alter) => crate::name::alter_owner(work, alter, sql)?,
        StatementKind::AlterObjectSchema(alter) => crate::name::alter_schema(work, alter, sql)?,
        StatementKind::Comment(comment) => crate::comment::comment(work, comment, sql)?,
        StatementKind::CreateRole(create) => crate::role::create_role(work, create, sql)?,
        StatementKind::AlterRole(alter) => crate::role::alter_role(work, alter)?,
        StatementKind::AlterRoleSet(alter) => crate::role::alter_role_set(work, alter)?,
        StatementKind::DropRole(drop) => crate::role::drop_role(work, drop)?,
        StatementKind::CreateDatabase(create) => crate::database::create_database(work, create)?,
        StatementKind::AlterDatabase(alter) => crate::database::alter_database(work, alter)?,
        StatementKind::AlterDatabaseSet(alter) => crate::database::alter_database_set(work, alter)?,
        StatementKind::DropDatabase(drop) => crate::database::drop_database(work, drop)?,
        StatementKind::Grant(grant) => crate::grant::grant(work, grant, sql)?,
        StatementKind::GrantRole(grant) => crate::grant::grant_role(work, grant)?,
        StatementKind::Truncate(truncate) => crate::truncate::truncate(work, truncate, sql)?,
        StatementKind::LockTable(lock) => crate::maintenance::lock_table(work, lock, sql)?,
        StatementKind::Vacuum(vacuum) => crate::maintenance::vacuum(work, vacuum, sql)?,
        StatementKind::Reindex(reindex) => crate::reindex::reindex(work, reindex, sql)?,
        StatementKind::Cluster(_) => return Err(Error::unsupported(&tag)),
        other => return Err(Error::unsupported(other.tag())),
    }
    Ok(tag)
}
