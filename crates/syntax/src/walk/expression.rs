//! The parts of expressions.

use super::{Visitor, VisitorMut, Walk, WalkParts};
use crate::ast::*;

walked_below! {
    struct Expr { kind }
    struct TypeName { modifiers }
}

walked! {
    enum ExprKind {
        Self::Operator(node) => (node),
        Self::And(list)
        | Self::Or(list)
        | Self::Coalesce(list)
        | Self::Greatest(list)
        | Self::Least(list)
        | Self::Array(list)
        | Self::Grouping(list) => (list),
        Self::Not(node) => (node),
        Self::IsNull(node) => (node),
        Self::IsTruth(node) => (node),
        Self::IsDistinct(node) => (node),
        Self::IsJson(node) => (node),
        Self::Between(node) => (node),
        Self::InList(node) => (node),
        Self::QuantifiedArray(node) => (node),
        Self::Subquery(node) => (node),
        Self::Function(node) => (node),
        Self::Cast(node) => (node),
        Self::Collate(node) => (node),
        Self::Case(node) => (node),
        Self::NullIf(node) => (node),
        Self::Row(node) => (node),
        Self::Indirection(node) => (node),
        Self::Json(node) => (node),
        Self::Xml(node) => (node),
        Self::Constant(_)
        | Self::Parameter(_)
        | Self::Column(_)
        | Self::Star(_)
        | Self::SqlValueFunction(..)
        | Self::Default
        | Self::CurrentOf(_) => (),
    }
    struct Operator { left, right }
    struct IsNull { arg }
    struct IsTruth { arg }
    struct IsDistinct { left, right }
    struct IsJson { arg }
    struct Between { arg, low, high }
    struct InList { arg, list }
    struct QuantifiedArray { left, array }
    struct Subquery { kind, query }
    enum SubqueryKind {
        Self::In { left } | Self::Quantified { left, .. } => (left),
        Self::Scalar | Self::Exists | Self::Array => (),
    }
    struct FunctionCall { args, order_by, filter, over }
    struct Argument { value }
    enum Over {
        Self::Window(window) => (window),
        Self::Name(..) => (),
    }
    struct Cast { arg, type_name }
    struct Collate { arg }
    struct Case { arg, whens, default }
    struct When { condition, result }
    struct Row { fields }
    struct IndirectionExpr { arg, path }
    enum Indirection {
        Self::Index(index) => (index),
        Self::Slice(lower, upper) => (lower, upper),
        Self::Field(_) | Self::Star => (),
    }
    struct JsonValue { value }
    struct JsonReturning { type_name }
    struct JsonPair { key, value }
    struct JsonArgument { value }
    enum JsonBehavior {
        Self::Default(value) => (value),
        Self::Error
        | Self::Null
        | Self::True
        | Self::False
        | Self::Unknown
        | Self::EmptyArray
        | Self::EmptyObject => (),
    }
    struct JsonQuery { value, path, passing, returning, on_empty, on_error }
    struct JsonAggregate { returning, filter, over }
    enum JsonExpr {
        Self::Object { pairs, returning, .. } => (pairs, returning),
        Self::Array { values, returning, .. } => (values, returning),
        Self::ArrayQuery { query, returning, .. } => (query, returning),
        Self::Parse { value, .. } => (value),
        Self::Scalar(value) => (value),
        Self::Serialize { value, returning } => (value, returning),
        Self::Query(query) => (query),
        Self::ObjectAggregate { pair, aggregate, .. } => (pair, aggregate),
        Self::ArrayAggregate { value, order_by, aggregate } => (value, order_by, aggregate),
    }
    struct JsonTable { value, passing, columns, on_error }
    struct JsonTableColumn { kind }
    enum JsonColumnKind {
        Self::Ordinality => (),
        Self::Regular(column) => (column),
        Self::Exists { type_name, on_error, .. } => (type_name, on_error),
        Self::Nested { columns, .. } => (columns),
    }
    struct JsonRegularColumn { type_name, on_empty, on_error }
    struct XmlNamed { value }
    enum XmlExpr {
        Self::Concat(list) => (list),
        Self::Element { attributes, content, .. } => (attributes, content),
        Self::Exists { path, document } => (path, document),
        Self::Forest(list) => (list),
        Self::Parse { value, .. } | Self::IsDocument { value, .. } => (value),
        Self::ProcessingInstruction { value, .. } => (value),
        Self::Root { value, version, .. } => (value, version),
        Self::Serialize { value, type_name, .. } => (value, type_name),
    }
    struct XmlTable { namespaces, row, document, columns }
    struct XmlColumn { type_name, path, default }
}
