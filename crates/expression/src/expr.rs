//! Typed expressions.

use crate::query::Query;
use catalog::facts::{Volatility, facts};
use serde::{Deserialize, Serialize};
use types::{Datum, Oid, type_oid};

/// An expression with its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub type_id: Oid,
    /// Its type's modifier, -1 for none.
    pub typmod: i32,
    /// The collation of its value; invalid where its type has none.
    pub collation: Oid,
}

/// A column of a range entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnRef {
    /// How many queries up the entry is.
    pub level: u16,
    /// The entry's index in that query.
    pub range: u16,
    /// The column's number from 1; 0 is the whole row; negative ones are system columns, as PostgreSQL numbers them.
    pub column: i16,
}

/// How a call was written, for printing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallForm {
    /// `name(...)`.
    Function,
    /// Special syntax: EXTRACT and the like.
    Sql,
    /// An operator, by its OID.
    Operator(Oid),
    /// A cast that was written.
    ExplicitCast,
    /// A cast that was not.
    ImplicitCast,
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// pg_proc's OID.
    pub function: Oid,
    /// The arguments, coerced, defaults filled in.
    pub arguments: Vec<Expr>,
    /// The collation that it compares by.
    pub input_collation: Oid,
    /// How it was written.
    pub form: CallForm,
    /// The last argument is an array passed as VARIADIC, or was collected into one.
    pub variadic: bool,
    /// What is known of a function that a user made; none for a built-in one.
    #[serde(default)]
    pub user: Option<Box<UserCall>>,
}

/// What a call of a function that a user made is known to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCall {
    /// A NULL argument makes the result NULL.
    pub strict: bool,
    /// It gives any number of rows.
    pub returns_set: bool,
    /// How its results depend on the world.
    pub volatility: Volatility,
    /// The names, types and typmods of the result's columns, where OUT parameters say so.
    pub outputs: Vec<(String, Oid, i32)>,
}

impl Call {
    /// Whether it gives any number of rows.
    pub fn returns_set(&self) -> bool {
        match &self.user {
            Some(user) => user.returns_set,
            None => facts().functions.get(&self.function).is_some_and(|f| f.returns_set),
        }
    }

    /// How its results depend on the world.
    pub fn volatility(&self) -> Volatility {
        match &self.user {
            Some(user) => user.volatility,
            None => facts()
                .functions
                .get(&self.function)
                .map_or(Volatility::Volatile, |function| function.volatility),
        }
    }
}

/// A cast that no function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conversion {
    /// The value is the same.
    Relabel,
    /// Through the text form.
    InOut,
    /// Element by element, through the element types' cast function, or through text where it is invalid.
    Elements(Oid),
    /// The type is the same and the value is made to fit the typmod.
    Typmod,
}

/// What IS TRUE and the like test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum Truth {
    True,
    False,
    Unknown,
}

/// What SQL calls without parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum SessionValue {
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

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    /// The value.
    pub expr: Expr,
    /// Greatest first.
    pub descending: bool,
    /// NULLs before all else.
    pub nulls_first: bool,
}

/// An aggregate call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AggregateCall {
    /// pg_proc's OID.
    pub function: Oid,
    /// The arguments; none for `count(*)`.
    pub arguments: Vec<Expr>,
    /// Each combination of arguments once.
    pub distinct: bool,
    /// The order in which rows are added.
    pub order_by: Vec<Sort>,
    /// Which rows are added.
    pub filter: Option<Expr>,
    /// The collation that it compares by.
    pub input_collation: Oid,
    /// How many queries up it is computed.
    pub level: u16,
    /// Written with `*`.
    pub star: bool,
}

/// A call over a window: of a window function, or of an aggregate over each row's frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowCall {
    /// pg_proc's OID.
    pub function: Oid,
    /// The arguments; none for `count(*)`.
    pub arguments: Vec<Expr>,
    /// Which rows are added, for an aggregate.
    pub filter: Option<Expr>,
    /// The collation that it compares by.
    pub input_collation: Oid,
    /// The index of its window in the query.
    pub window: usize,
    /// Written with `*`.
    pub star: bool,
}

/// A subquery within an expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subquery {
    /// How it is used.
    pub kind: SubqueryKind,
    /// The query; its columns of level 1 are those of the query around it.
    pub query: Query,
}

/// How a subquery is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SubqueryKind {
    /// Its one value, NULL without a row, 21000 with several.
    Scalar,
    /// Whether it has a row.
    Exists,
    /// An array of its values.
    Array,
    /// `left op ANY (...)`: each comparison's right side is the output column of that index, as `Slot`.
    Any(Vec<Expr>),
    /// `left op ALL (...)`.
    All(Vec<Expr>),
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A value.
    Constant(Datum),
    /// A column, before planning.
    Column(ColumnRef),
    /// A column of the input batch, after planning; in a subquery's comparison, of its output.
    Slot(u32),
    /// `$1` is 1.
    Parameter(u32),
    /// A value of the query around a subquery, after planning: by its place in the subplan's arguments.
    Outer(u32),
    /// A function or operator.
    Call(Box<Call>),
    /// At least two.
    And(Vec<Expr>),
    /// At least two.
    Or(Vec<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// IS [NOT] NULL.
    IsNull {
        /// Of what.
        arg: Box<Expr>,
        /// IS NOT NULL.
        negated: bool,
    },
    /// IS [NOT] TRUE and the like.
    IsTruth {
        /// Of what.
        arg: Box<Expr>,
        /// Which.
        test: Truth,
        /// IS NOT.
        negated: bool,
    },
    /// IS [NOT] DISTINCT FROM; `equality` is a call of the operator `=` on both sides.
    IsDistinct {
        /// The comparison.
        equality: Box<Expr>,
        /// IS NOT DISTINCT FROM.
        negated: bool,
    },
    /// CASE.
    Case {
        /// The value after CASE, which conditions see as `CaseOperand`.
        operand: Option<Box<Expr>>,
        /// Conditions and results.
        arms: Vec<(Expr, Expr)>,
        /// ELSE, NULL where there is none.
        default: Box<Expr>,
    },
    /// The value after CASE, within its conditions.
    CaseOperand,
    /// COALESCE.
    Coalesce(Vec<Expr>),
    /// NULLIF; the comparison is a call of `=` on both sides, and the value its left side, coerced.
    NullIf {
        /// The comparison.
        equality: Box<Expr>,
        /// The value.
        value: Box<Expr>,
    },
    /// GREATEST and LEAST.
    Extreme {
        /// GREATEST.
        greatest: bool,
        /// All of one type.
        arguments: Vec<Expr>,
    },
    /// `left op ANY (array)`, IN lists too; `comparison` is a call whose right side is `CaseOperand`, an element.
    QuantifiedArray {
        /// The operator's call.
        comparison: Box<Expr>,
        /// The array.
        array: Box<Expr>,
        /// ALL.
        all: bool,
    },
    /// ARRAY[...]: elements, or arrays of one dimension less.
    Array {
        /// The elements.
        elements: Vec<Expr>,
        /// The elements are arrays.
        nested: bool,
    },
    /// ROW(...).
    Row(Vec<Expr>),
    /// `array[...]`: per dimension lower and upper bound; a slice where any has two.
    Subscript {
        /// The array.
        array: Box<Expr>,
        /// Bounds; for a single index only the second.
        indexes: Vec<(Option<Expr>, Option<Expr>)>,
        /// Whether it is a slice.
        slice: bool,
    },
    /// A field of a composite value by its number from 1.
    Field {
        /// The value.
        record: Box<Expr>,
        /// The field's number.
        number: i16,
    },
    /// A cast that no function does.
    Convert {
        /// The value.
        arg: Box<Expr>,
        /// How.
        conversion: Conversion,
        /// Written as a cast.
        explicit: bool,
    },
    /// A value that is checked to satisfy the domain that is the type, or the domains within it.
    ToDomain {
        /// The value, of the domain's base type.
        arg: Box<Expr>,
        /// Written as a cast.
        explicit: bool,
    },
    /// COLLATE: the value is the same.
    Collate(Box<Expr>),
    /// CURRENT_USER and the like; the typmod is the precision.
    SessionValue(SessionValue),
    /// A subquery, before planning.
    Subquery(Box<Subquery>),
    /// A subquery, after planning: the plan's index and what `Outer` stands for in it.
    Subplan {
        /// The index in the plan's list.
        index: usize,
        /// The values of this level that it uses, in the order of `Outer`.
        arguments: Vec<Expr>,
        /// The left sides of ANY and ALL.
        lefts: Vec<Expr>,
    },
    /// An aggregate, before planning.
    Aggregate(Box<AggregateCall>),
    /// A call over a window, before planning.
    Window(Box<WindowCall>),
    /// DEFAULT in VALUES and SET, before planning.
    Default,
}

impl Expr {
    /// An expression of a type without modifier.
    pub fn new(kind: ExprKind, type_id: Oid, collation: Oid) -> Self {
        Self { kind, type_id, typmod: -1, collation }
    }

    /// A constant.
    pub fn constant(value: Datum, type_id: Oid, typmod: i32) -> Self {
        Self {
            kind: ExprKind::Constant(value),
            type_id,
            typmod,
            collation: default_collation(type_id),
        }
    }

    /// NULL of a type.
    pub fn null(type_id: Oid) -> Self {
        Self::constant(Datum::Null, type_id, -1)
    }

    /// A boolean expression.
    pub fn boolean(kind: ExprKind) -> Self {
        Self::new(kind, type_oid::BOOL, Oid::INVALID)
    }

    /// The value of a constant.
    pub fn as_constant(&self) -> Option<&Datum> {
        if let ExprKind::Constant(value) = &self.kind { Some(value) } else { None }
    }

    /// All conditions of an AND, or this one.
    pub fn into_conjuncts(self) -> Vec<Self> {
        if let ExprKind::And(list) = self.kind {
            list.into_iter().flat_map(Self::into_conjuncts).collect()
        } else {
            vec![self]
        }
    }

    /// The conjunction of conditions; `None` of none.
    pub fn conjunction(mut list: Vec<Self>) -> Option<Self> {
        match list.len() {
            0 => None,
            1 => list.pop(),
            _ => Some(Self::boolean(ExprKind::And(list))),
        }
    }
}

/// The OID of the collation "default".
pub const DEFAULT_COLLATION: Oid = Oid(100);
/// The OID of the collation "C".
pub const C_COLLATION: Oid = Oid(950);

/// The collation that values of a type have unless told otherwise.
pub fn default_collation(type_id: Oid) -> Oid {
    let base = match types::lies_as(type_id) {
        // A domain over an array has the collation of most arrays that have one.
        type_oid::ANYARRAY => return Oid::INVALID,
        base => base,
    };
    types::builtin_type(base).map_or(Oid::INVALID, |t| t.collation)
}
