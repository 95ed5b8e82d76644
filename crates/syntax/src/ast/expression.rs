//! Expressions.

use super::{JsonExpr, Location, Name, ObjectName, Select, SortBy, TypeName, WindowSpec, XmlExpr};
use std::borrow::Cow;

/// An expression. `location` is where PostgreSQL reports the node: an operator's own place, a call's
/// name, a cast's `::` or `CAST`; [`Expr::start`] gives the leftmost place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub location: Location,
}

impl Expr {
    /// Where the expression's text begins: the leftmost of its node's place and those of its operands.
    pub fn start(&self) -> Location {
        // Operands on the left are followed in a loop: the chain may be long.
        let (mut expr, mut start) = (self, self.location);
        while let Some(left) = expr.leftmost() {
            expr = left;
            start = start.min(expr.location);
        }
        start
    }

    /// The operand that stands before the node's own place, if there is one.
    fn leftmost(&self) -> Option<&Expr> {
        match &self.kind {
            ExprKind::Operator(node) => node.left.as_ref(),
            ExprKind::And(list) | ExprKind::Or(list) => list.first(),
            ExprKind::IsNull(node) => Some(&node.arg),
            ExprKind::IsTruth(node) => Some(&node.arg),
            ExprKind::IsDistinct(node) => Some(&node.left),
            ExprKind::IsJson(node) => Some(&node.arg),
            ExprKind::Between(node) => Some(&node.arg),
            ExprKind::InList(node) => Some(&node.arg),
            ExprKind::QuantifiedArray(node) => Some(&node.left),
            ExprKind::Subquery(node) => match &node.kind {
                SubqueryKind::In { left } | SubqueryKind::Quantified { left, .. } => Some(left),
                SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => None,
            },
            ExprKind::Function(node) => node.args.first().map(|argument| &argument.value),
            ExprKind::Cast(node) => Some(&node.arg),
            ExprKind::Collate(node) => Some(&node.arg),
            ExprKind::Indirection(node) => Some(&node.arg),
            ExprKind::Xml(node) => match &**node {
                XmlExpr::IsDocument { value, .. } => Some(value),
                XmlExpr::Concat(_)
                | XmlExpr::Element { .. }
                | XmlExpr::Exists { .. }
                | XmlExpr::Forest(_)
                | XmlExpr::Parse { .. }
                | XmlExpr::ProcessingInstruction { .. }
                | XmlExpr::Root { .. }
                | XmlExpr::Serialize { .. } => None,
            },
            ExprKind::Constant(_)
            | ExprKind::Parameter(_)
            | ExprKind::Column(_)
            | ExprKind::Star(_)
            | ExprKind::Not(_)
            | ExprKind::Case(_)
            | ExprKind::Coalesce(_)
            | ExprKind::Greatest(_)
            | ExprKind::Least(_)
            | ExprKind::NullIf(_)
            | ExprKind::Row(_)
            | ExprKind::Array(_)
            | ExprKind::SqlValueFunction(..)
            | ExprKind::Grouping(_)
            | ExprKind::Default
            | ExprKind::Json(_)
            | ExprKind::CurrentOf(_) => None,
        }
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Constant(Constant),
    /// `$1` is 1.
    Parameter(u32),
    /// `column`, `table.column`, `schema.table.column` ...; never empty.
    Column(Vec<Name>),
    /// `*`, `table.*`: the names before the star.
    Star(Vec<Name>),
    /// Operators, LIKE, ILIKE, SIMILAR TO.
    Operator(Box<Operator>),
    /// At least two.
    And(Vec<Expr>),
    /// At least two.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    IsNull(Box<IsNull>),
    IsTruth(Box<IsTruth>),
    IsDistinct(Box<IsDistinct>),
    IsJson(Box<IsJson>),
    Between(Box<Between>),
    /// `a [NOT] IN (1, 2, ...)`.
    InList(Box<InList>),
    /// `a op ANY/ALL (array)`.
    QuantifiedArray(Box<QuantifiedArray>),
    /// EXISTS, scalar, ARRAY, IN and ANY/ALL subqueries.
    Subquery(Box<Subquery>),
    Function(Box<FunctionCall>),
    Cast(Box<Cast>),
    Collate(Box<Collate>),
    Case(Box<Case>),
    Coalesce(Vec<Expr>),
    Greatest(Vec<Expr>),
    Least(Vec<Expr>),
    NullIf(Box<[Expr; 2]>),
    Row(Box<Row>),
    /// `ARRAY[...]` (a nested `[...]` inside is an `Array` too).
    Array(Vec<Expr>),
    /// Subscripts, slices and field selections applied to an expression that is no plain column name.
    Indirection(Box<IndirectionExpr>),
    /// CURRENT_DATE, CURRENT_USER ... with a precision where one is written.
    SqlValueFunction(SqlValueFunction, Option<i32>),
    Grouping(Vec<Expr>),
    /// DEFAULT in VALUES and SET.
    Default,
    /// `WHERE CURRENT OF cursor`.
    CurrentOf(Name),
    /// SQL/JSON functions with a syntax of their own.
    Json(Box<JsonExpr>),
    /// SQL/XML functions.
    Xml(Box<XmlExpr>),
}

/// A literal without a type's name.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    Null,
    Boolean(bool),
    Integer(i32),
    /// An integer that is no `i32`.
    BigInteger(i64),
    /// Any other number, in decimal or (beyond `i64`) `0x`, `0o`, `0b` form, underscores removed.
    Numeric(Box<str>),
    /// An untyped literal: text, escapes resolved.
    String(Box<str>),
    /// `B'01'`: the digits.
    Bits(Box<str>),
    /// `X'1f'`: the digits.
    HexBits(Box<str>),
}

/// An operator's name: `OPERATOR(schema.+)` has a qualifier.
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorName {
    pub qualifier: Vec<Name>,
    pub name: Cow<'static, str>,
}

/// The SQL words that an operator expression was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorForm {
    /// The operator itself.
    Plain,
    /// `[NOT] LIKE`: `~~`, `!~~`.
    Like,
    /// `[NOT] ILIKE`: `~~*`, `!~~*`.
    ILike,
    /// `[NOT] SIMILAR TO`: `~`, `!~` with the pattern in `similar_to_escape`.
    Similar,
}

/// An operator and its operands; `left` is none for a prefix operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    pub name: OperatorName,
    pub form: OperatorForm,
    pub left: Option<Expr>,
    pub right: Expr,
}

/// `arg IS [NOT] NULL`.
#[derive(Debug, Clone, PartialEq)]
pub struct IsNull {
    pub arg: Expr,
    pub negated: bool,
}

/// The value that IS TRUE, IS FALSE, IS UNKNOWN ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown,
}

/// `arg IS [NOT] TRUE | FALSE | UNKNOWN`.
#[derive(Debug, Clone, PartialEq)]
pub struct IsTruth {
    pub arg: Expr,
    pub test: Truth,
    pub negated: bool,
}

/// `left IS [NOT] DISTINCT FROM right`.
#[derive(Debug, Clone, PartialEq)]
pub struct IsDistinct {
    pub left: Expr,
    pub right: Expr,
    pub negated: bool,
}

/// The kind of JSON that IS JSON asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    Value,
    Object,
    Array,
    Scalar,
}

/// `arg IS [NOT] JSON [kind] [WITH UNIQUE KEYS]`.
#[derive(Debug, Clone, PartialEq)]
pub struct IsJson {
    pub arg: Expr,
    pub kind: JsonKind,
    pub unique_keys: bool,
    pub negated: bool,
}

/// `arg [NOT] BETWEEN [SYMMETRIC] low AND high`.
#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    pub arg: Expr,
    pub low: Expr,
    pub high: Expr,
    pub symmetric: bool,
    pub negated: bool,
}

/// `arg [NOT] IN (list)`.
#[derive(Debug, Clone, PartialEq)]
pub struct InList {
    pub arg: Expr,
    pub list: Vec<Expr>,
    pub negated: bool,
}

/// ANY (or SOME) or ALL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

/// `left op ANY/ALL (array)`.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantifiedArray {
    pub left: Expr,
    pub operator: OperatorName,
    pub form: OperatorForm,
    pub quantifier: Quantifier,
    pub array: Expr,
}

/// A subquery within an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    pub kind: SubqueryKind,
    pub query: Box<Select>,
}

/// How a subquery is used.
#[derive(Debug, Clone, PartialEq)]
pub enum SubqueryKind {
    /// `(SELECT ...)`.
    Scalar,
    Exists,
    /// `ARRAY(SELECT ...)`.
    Array,
    /// `left IN (SELECT ...)`; NOT IN is `Not` around it.
    In {
        left: Expr,
    },
    /// `left op ANY/ALL (SELECT ...)`; LIKE too.
    Quantified {
        left: Expr,
        operator: OperatorName,
        form: OperatorForm,
        quantifier: Quantifier,
    },
}

/// The SQL syntax that a call was written with, where it was not `name(...)`. Deparsing needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionForm {
    /// `name(...)`.
    Plain,
    /// Any special syntax (EXTRACT, TRIM, OVERLAY, POSITION, SUBSTRING, AT TIME ZONE, NORMALIZE,
    /// IS NORMALIZED, COLLATION FOR, OVERLAPS): the function's name tells which.
    Sql,
    /// Made for the ESCAPE or pattern of LIKE and SIMILAR TO.
    Escape,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `name => value`, with the place of the name.
    pub name: Option<(Name, Location)>,
    pub value: Expr,
}

/// A function call of any kind: plain, aggregate or window function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    pub name: ObjectName,
    pub args: Vec<Argument>,
    /// The last argument is marked VARIADIC.
    pub variadic: bool,
    /// `count(*)`.
    pub star: bool,
    pub distinct: bool,
    /// ORDER BY within the parentheses, or of WITHIN GROUP.
    pub order_by: Vec<SortBy>,
    pub within_group: bool,
    pub filter: Option<Expr>,
    pub over: Option<Over>,
    pub form: FunctionForm,
}

impl FunctionCall {
    /// `name(args)`, with nothing else.
    pub fn plain(name: ObjectName, args: Vec<Argument>) -> Self {
        Self {
            name,
            args,
            variadic: false,
            star: false,
            distinct: false,
            order_by: Vec::new(),
            within_group: false,
            filter: None,
            over: None,
            form: FunctionForm::Plain,
        }
    }
}

/// What follows OVER.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    Name(Name, Location),
    Window(Box<WindowSpec>),
}

/// `CAST(arg AS type)`, `arg::type`, `type 'literal'`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    pub arg: Expr,
    pub type_name: TypeName,
}

/// `arg COLLATE collation`.
#[derive(Debug, Clone, PartialEq)]
pub struct Collate {
    pub arg: Expr,
    pub collation: ObjectName,
}

/// `CASE [arg] WHEN ... THEN ... [ELSE ...] END`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub arg: Option<Expr>,
    pub whens: Vec<When>,
    pub default: Option<Expr>,
}

/// One WHEN; its place is that of the word.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub condition: Expr,
    pub result: Expr,
    pub location: Location,
}

/// `ROW(...)` or `(a, b)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub fields: Vec<Expr>,
    /// ROW was written.
    pub explicit: bool,
}

/// An expression followed by subscripts and field selections.
#[derive(Debug, Clone, PartialEq)]
pub struct IndirectionExpr {
    pub arg: Expr,
    /// Never empty.
    pub path: Vec<Indirection>,
}

/// One step of an indirection.
#[derive(Debug, Clone, PartialEq)]
pub enum Indirection {
    /// `.name`.
    Field(Name),
    /// `.*`.
    Star,
    /// `[index]`.
    Index(Expr),
    /// `[lower:upper]`.
    Slice(Option<Expr>, Option<Expr>),
}

/// The functions that SQL calls without parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlValueFunction {
    CurrentDate,
    CurrentTime,
    CurrentTimestamp,
    LocalTime,
    LocalTimestamp,
    CurrentRole,
    CurrentUser,
    User,
    SessionUser,
    CurrentCatalog,
    CurrentSchema,
}
