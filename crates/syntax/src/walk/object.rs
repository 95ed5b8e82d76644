//! The parts of the statements that make and change objects.

use super::{Visitor, VisitorMut, Walk};
use crate::ast::*;

walked! {
    struct DefinitionOption { value }
    enum OptionValue {
        Self::TypeName(name) => (name),
        Self::List(list) => (list),
        Self::Integer(_)
        | Self::Float(_)
        | Self::String(_)
        | Self::Operator(_)
        | Self::Boolean(_)
        | Self::Star
        | Self::None => (),
    }
    struct CreateTable { relation, elements, inherits, of_type, partition_of, partition_by, options }
    enum TableElement {
        Self::Column(column) => (column),
        Self::Constraint(constraint) => (constraint),
        Self::Like(like) => (like),
    }
    struct LikeClause { relation }
    struct ColumnDefinition { type_name, options, constraints }
    struct Constraint { kind }
    enum ConstraintKind {
        Self::Default(expr) | Self::Check(expr) | Self::Generated { expr, .. } => (expr),
        Self::Identity { options, .. } => (options),
        Self::Unique(unique) | Self::PrimaryKey(unique) => (unique),
        Self::Exclusion(exclusion) => (exclusion),
        Self::ForeignKey(key) => (key),
        Self::Null | Self::NotNull(_) => (),
    }
    struct UniqueConstraint { options }
    struct ExclusionConstraint { elements, options, where_clause }
    struct ForeignKey { relation }
    struct PartitionSpec { elements }
    enum PartitionBound {
        Self::In(list) => (list),
        Self::Range { from, to } => (from, to),
        Self::Default | Self::Hash { .. } => (),
    }
    struct CreateTableAs { relation, options, source }
    enum TableSource {
        Self::Select(query) => (query),
        Self::Execute(execute) => (execute),
    }
    struct AlterTable { relation, actions }
    enum IdentityChange {
        Self::Option(option) => (option),
        Self::SetGenerated(_) => (),
    }
    enum AlterTableAction {
        Self::AddColumn { column, .. } => (column),
        Self::ColumnDefault { default, .. } => (default),
        Self::SetExpression { expr, .. } => (expr),
        Self::SetColumnOptions { options, .. }
        | Self::ResetColumnOptions { options, .. }
        | Self::SetOptions(options)
        | Self::ResetOptions(options) => (options),
        Self::AddIdentity { options, .. } => (options),
        Self::SetIdentity { changes, .. } => (changes),
        Self::AlterType { type_name, using, .. } => (type_name, using),
        Self::AddConstraint(constraint) => (constraint),
        Self::Inherit(relation) | Self::NoInherit(relation) => (relation),
        Self::OfType(name) => (name),
        Self::AttachPartition { relation, bound } => (relation, bound),
        Self::DetachPartition { relation, .. } => (relation),
        Self::DropColumn { .. }
        | Self::SetNotNull(_)
        | Self::DropNotNull(_)
        | Self::DropExpression { .. }
        | Self::SetStatistics { .. }
        | Self::ChangeColumnOptions { .. }
        | Self::SetStorage { .. }
        | Self::SetCompression { .. }
        | Self::DropIdentity { .. }
        | Self::AlterConstraint { .. }
        | Self::ValidateConstraint(_)
        | Self::DropConstraint { .. }
        | Self::Trigger(..)
        | Self::Rule(..)
        | Self::ClusterOn(_)
        | Self::SetWithoutCluster
        | Self::SetWithoutOids
        | Self::SetLogged
        | Self::SetUnlogged
        | Self::NotOf
        | Self::OwnerTo(_)
        | Self::SetTablespace(_)
        | Self::SetAccessMethod(_)
        | Self::ReplicaIdentity(_)
        | Self::ChangeOptions(_)
        | Self::RowSecurity(_)
        | Self::ForceRowSecurity(_) => (),
    }
    struct CreateIndex { relation, elements, include, options, where_clause }
    struct CreateTrigger { relation, from, when }
    struct CreateRule { relation, where_clause, actions }
    struct CreatePolicy { relation, using, with_check }
    struct AlterPolicy { relation, using, with_check }
    struct CreateStatistics { elements, from }
    struct CreateSchema { elements }
    struct SequenceOption { kind }
    enum SequenceOptionKind {
        Self::As(name) => (name),
        Self::Cache(_)
        | Self::Cycle(_)
        | Self::Increment(_)
        | Self::MaxValue(_)
        | Self::MinValue(_)
        | Self::OwnedBy(_)
        | Self::SequenceName(_)
        | Self::Start(_)
        | Self::Restart(_)
        | Self::Logged(_) => (),
    }
    struct CreateSequence { relation, options }
    struct AlterSequence { relation, options }
    struct CreateView { relation, options, query }
    struct RefreshMaterializedView { relation }
    struct CreateType { definition }
    enum TypeDefinition {
        Self::Base(options) | Self::Range(options) => (options),
        Self::Composite(columns) => (columns),
        Self::Shell | Self::Enum(_) => (),
    }
    struct CreateDomain { type_name, constraints }
    struct AlterDomain { action }
    enum AlterDomainAction {
        Self::SetDefault(default) => (default),
        Self::AddConstraint(constraint) => (constraint),
        Self::SetNotNull
        | Self::DropNotNull
        | Self::DropConstraint { .. }
        | Self::ValidateConstraint(_) => (),
    }
    struct FunctionParameter { type_name, default }
    struct FunctionSignature { parameters }
    struct FunctionOption { kind }
    enum FunctionOptionKind {
        Self::Transform(types) => (types),
        Self::Set(set) => (set),
        Self::As(..)
        | Self::Language(_)
        | Self::Window
        | Self::Strict(_)
        | Self::Volatility(_)
        | Self::Leakproof(_)
        | Self::SecurityDefiner(_)
        | Self::Cost(_)
        | Self::Rows(_)
        | Self::Support(_)
        | Self::Parallel(_) => (),
    }
    enum SqlBody {
        Self::Return(expr) => (expr),
        Self::Atomic(statements) => (statements),
    }
    enum FunctionReturn {
        Self::Type(name) => (name),
        Self::None | Self::Table => (),
    }
    struct CreateFunction { parameters, returns, options, sql_body }
    struct AlterFunction { signature, options }
    struct CreateDefinition { signature, definition }
    enum CastMethod {
        Self::Function(signature) => (signature),
        Self::WithoutFunction | Self::InOut => (),
    }
    struct CreateCast { source, target, method }
    struct CreateTransform { type_name, from_sql, to_sql }
    enum OperatorClassItem {
        Self::Operator { types, .. } => (types),
        Self::Function { types, function, .. } => (types, function),
        Self::Storage(name) => (name),
    }
    struct CreateOperatorClass { type_name, items }
    struct AlterOperatorFamily { change }
    enum OperatorFamilyChange {
        Self::Add(items) => (items),
        Self::Drop(items) => (items),
    }
    struct DroppedClassItem { types }
    struct AlterDefinition { object, options }
    enum ObjectReference {
        Self::Type(name) => (name),
        Self::Function(signature) => (signature),
        Self::Operator { left, right, .. } => (left, right),
        Self::OnDomain { domain, .. } => (domain),
        Self::Cast { source, target } => (source, target),
        Self::Transform { type_name, .. } => (type_name),
        Self::Name(_) | Self::OnRelation { .. } | Self::UsingMethod { .. } | Self::LargeObject(_) => (),
    }
}
