//! The parts of statements.

use super::{Visitor, VisitorMut, Walk};
use crate::ast::*;

walked! {
    struct Statement { kind }
    enum StatementKind {
        Self::Select(node) => (node),
        Self::Insert(node) => (node),
        Self::Update(node) => (node),
        Self::Delete(node) => (node),
        Self::Merge(node) => (node),
        Self::CreateTable(node) => (node),
        Self::CreateTableAs(node) => (node),
        Self::AlterTable(node) | Self::AlterCompositeType(node) => (node),
        Self::CreateIndex(node) => (node),
        Self::CreateSequence(node) => (node),
        Self::AlterSequence(node) => (node),
        Self::CreateView(node) => (node),
        Self::RefreshMaterializedView(node) => (node),
        Self::CreateTrigger(node) => (node),
        Self::CreateRule(node) => (node),
        Self::CreatePolicy(node) => (node),
        Self::AlterPolicy(node) => (node),
        Self::CreateStatistics(node) => (node),
        Self::Truncate(node) => (node),
        Self::CreateSchema(node) => (node),
        Self::AlterExtensionContents(node) => (node),
        Self::CreateType(node) => (node),
        Self::CreateDomain(node) => (node),
        Self::AlterDomain(node) => (node),
        Self::CreateFunction(node) => (node),
        Self::AlterFunction(node) => (node),
        Self::CreateAggregate(node) | Self::CreateOperator(node) | Self::CreateCollation(node) => (node),
        Self::CreateCast(node) => (node),
        Self::CreateTextSearch(node) => (node),
        Self::AlterDefinition(node) => (node),
        Self::CreateOperatorClass(node) => (node),
        Self::AlterOperatorFamily(node) => (node),
        Self::CreateTransform(node) => (node),
        Self::AlterObjectDepends(node) => (node),
        Self::Drop(node) => (node),
        Self::Rename(node) => (node),
        Self::AlterOwner(node) => (node),
        Self::AlterObjectSchema(node) => (node),
        Self::Comment(node) => (node),
        Self::SecurityLabel(node) => (node),
        Self::CreateForeignTable(node) => (node),
        Self::ImportForeignSchema(node) => (node),
        Self::CreatePublication(node) => (node),
        Self::AlterPublication(node) => (node),
        Self::AlterRoleSet(node) => (node),
        Self::AlterDatabaseSet(node) => (node),
        Self::Grant(node) => (node),
        Self::AlterDefaultPrivileges(node) => (node),
        Self::AlterSystem(node) | Self::Set(node) => (node),
        Self::SetConstraints(node) => (node),
        Self::LockTable(node) => (node),
        Self::Prepare(node) => (node),
        Self::Execute(node) => (node),
        Self::DeclareCursor(node) => (node),
        Self::Copy(node) => (node),
        Self::Explain(node) => (node),
        Self::Vacuum(node) => (node),
        Self::Reindex(node) => (node),
        Self::Cluster(node) => (node),
        Self::Call(node) => (node),
        Self::Return(node) => (node),
        Self::GrantRole(node) => (node),
        Self::AlterTablespace(node) => (node),
        Self::CreateTablespace(node) => (node),
        Self::AlterDatabase(node) => (node),
        Self::CreateDatabase(node) => (node),
        Self::AlterSubscription(node) => (node),
        Self::CreateSubscription(node) => (node),
        Self::CreateUserMapping(node) => (node),
        Self::CreateForeignServer(node) => (node),
        Self::CreateForeignDataWrapper(node) => (node),
        Self::MoveTablespace(_)
        | Self::AlterStatistics(_)
        | Self::CreateExtension(_)
        | Self::AlterExtension(_)
        | Self::AlterEnum(_)
        | Self::RefreshCollation(_)
        | Self::AlterTextSearchConfiguration(_)
        | Self::CreateOperatorFamily(_)
        | Self::CreateAccessMethod(_)
        | Self::CreateConversion(_)
        | Self::CreateLanguage(_)
        | Self::CreateEventTrigger(_)
        | Self::AlterEventTrigger(_)
        | Self::AlterForeignDataWrapper(_)
        | Self::AlterForeignServer(_)
        | Self::AlterUserMapping(_)
        | Self::DropUserMapping(_)
        | Self::DropSubscription(_)
        | Self::CreateRole(_)
        | Self::AlterRole(_)
        | Self::DropRole(_)
        | Self::DropDatabase(_)
        | Self::DropTablespace(_)
        | Self::ReassignOwned(_)
        | Self::DropOwned(_)
        | Self::Transaction(_)
        | Self::Show(_)
        | Self::Discard(_)
        | Self::Deallocate(_)
        | Self::Fetch(_)
        | Self::ClosePortal(_)
        | Self::Checkpoint
        | Self::Listen(_)
        | Self::Unlisten(_)
        | Self::Notify(_)
        | Self::Do(_)
        | Self::Load(_) => (),
    }
    struct Truncate { tables }
    struct GrantRole { options }
    struct AlterTablespace { options }
    struct CreateTablespace { options }
    struct AlterDatabase { options }
    struct CreateDatabase { options }
    struct AlterSubscription { change }
    struct CreateSubscription { options }
    struct CreateUserMapping { options }
    struct CreateForeignServer { options }
    struct CreateForeignDataWrapper { options }
    struct AlterExtensionContents { object }
    struct CreateTextSearch { definition }
    struct AlterObjectDepends { object }
    struct DropObjects { objects }
    struct Rename { object }
    struct AlterOwner { object }
    struct AlterObjectSchema { object }
    struct Comment { object }
    struct SecurityLabel { object }
    struct CreateForeignTable { table, options }
    struct ImportForeignSchema { qualification, options }
    enum ImportQualification {
        Self::LimitTo(tables) | Self::Except(tables) => (tables),
        Self::All => (),
    }
    struct CreatePublication { objects, options }
    struct AlterPublication { change }
    enum PublicationChange {
        Self::Add(objects) | Self::Set(objects) | Self::Drop(objects) => (objects),
        Self::Options(options) => (options),
    }
    enum PublicationObject {
        Self::Table(table) => (table),
        Self::Schema(..) | Self::CurrentSchema(_) => (),
    }
    struct PublicationTable { relation, where_clause }
    enum SubscriptionChange {
        Self::Options(options)
        | Self::Refresh(options)
        | Self::Add(_, options)
        | Self::Drop(_, options)
        | Self::Set(_, options)
        | Self::Skip(options) => (options),
        Self::Connection(_) | Self::Enable | Self::Disable => (),
    }
    struct AlterRoleSet { set }
    struct AlterDatabaseSet { set }
    struct Grant { target }
    enum GrantTarget {
        Self::Objects(objects) => (objects),
        Self::AllInSchemas(_) | Self::Defaults => (),
    }
    struct AlterDefaultPrivileges { grant }
    struct SetVariable { action }
    enum SetAction {
        Self::Value { values, .. } => (values),
        Self::Default(_)
        | Self::FromCurrent(_)
        | Self::Reset(_)
        | Self::ResetAll
        | Self::Transaction(_)
        | Self::SessionCharacteristics(_)
        | Self::Snapshot(_) => (),
    }
    enum SetValue {
        Self::Interval(name, _) => (name),
        Self::Integer(_) | Self::Float(_) | Self::String(_) => (),
    }
    struct SetConstraints { constraints }
    struct LockTable { tables }
    struct Prepare { types, statement }
    struct Execute { params }
    struct DeclareCursor { query }
    struct CopyStatement { source, options, where_clause }
    enum CopySource {
        Self::Table { relation, .. } => (relation),
        Self::Query(statement) => (statement),
    }
    struct Explain { options, statement }
    struct Vacuum { options, relations }
    struct VacuumRelation { relation }
    struct Reindex { options, target }
    enum ReindexTarget {
        Self::Index(relation) | Self::Table(relation) => (relation),
        Self::Schema(_) | Self::System(_) | Self::Database(_) => (),
    }
    struct Cluster { options, relation }
    struct Call { call }
}
