//! What names mean within a query.

use expression::{CommonTable, Expr, RangeEntry};
use syntax::ast::{Location, WindowSpec};
use types::Oid;

/// A query under analysis.
#[derive(Default)]
pub struct Scope {
    /// The query's range so far.
    pub range: Vec<RangeEntry>,
    /// What names in it may refer to.
    pub(crate) items: Vec<Item>,
    /// The query's common tables so far.
    pub(crate) common_tables: Vec<CommonTable>,
    /// Common tables whose own definition is being analysed: name, columns, types.
    pub(crate) recursive: Vec<RecursiveTable>,
    /// The clause under analysis, for messages about what is not allowed there.
    pub(crate) clause: Clause,
    /// An aggregate of this query was found.
    pub(crate) has_aggregates: bool,
    /// A set-returning function was found in the targets.
    pub(crate) has_set_returning: bool,
    /// The windows that calls are over: those of the WINDOW clause, then those after OVER.
    pub(crate) windows: Vec<WindowSpec>,
    /// The place of the last window function call.
    pub(crate) window_call: Location,
    /// Columns of this query may not be used now, only those of queries around (a FROM subquery that is not LATERAL).
    pub(crate) hidden: bool,
}

/// A common table that its own definition refers to.
#[derive(Clone)]
pub(crate) struct RecursiveTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) types: Vec<(Oid, i32, Oid)>,
    pub(crate) index: usize,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Clause {
    #[default]
    Targets,
    From,
    JoinOn,
    Where,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Offset,
    Values,
    Returning,
    Set,
    Aggregate,
    Filter,
    Window,
    FrameRange,
    FrameRows,
    FrameGroups,
    DefaultExpression,
    CheckConstraint,
    IndexExpression,
    IndexPredicate,
    Utility,
    TriggerWhen,
}

impl Clause {
    /// As messages about aggregates name it; `None` where aggregates are allowed.
    pub(crate) fn forbids_aggregates(self) -> Option<&'static str> {
        Some(match self {
            Self::Targets | Self::Having | Self::OrderBy | Self::Window => return None,
            Self::From => "functions in FROM",
            Self::JoinOn => "JOIN conditions",
            Self::Where => "WHERE",
            Self::GroupBy => "GROUP BY",
            Self::Limit => "LIMIT",
            Self::Offset => "OFFSET",
            Self::Values => "VALUES",
            Self::Returning => "RETURNING",
            Self::Set => "UPDATE",
            Self::Aggregate => "an aggregate's arguments",
            Self::Filter => "FILTER",
            Self::FrameRange => "window RANGE",
            Self::FrameRows => "window ROWS",
            Self::FrameGroups => "window GROUPS",
            Self::DefaultExpression => "DEFAULT expressions",
            Self::CheckConstraint => "check constraints",
            Self::IndexExpression => "index expressions",
            Self::IndexPredicate => "index predicates",
            Self::Utility => "this statement",
            Self::TriggerWhen => "trigger WHEN conditions",
        })
    }

    /// As messages about window functions name it; `None` where they are allowed.
    pub(crate) fn forbids_windows(self) -> Option<&'static str> {
        match self {
            Self::Targets | Self::OrderBy | Self::Aggregate => None,
            Self::Having => Some("HAVING"),
            Self::Window | Self::FrameRange | Self::FrameRows | Self::FrameGroups => {
                Some("window definitions")
            }
            Self::From
            | Self::JoinOn
            | Self::Where
            | Self::GroupBy
            | Self::Limit
            | Self::Offset
            | Self::Values
            | Self::Returning
            | Self::Set
            | Self::Filter
            | Self::DefaultExpression
            | Self::CheckConstraint
            | Self::IndexExpression
            | Self::IndexPredicate
            | Self::Utility
            | Self::TriggerWhen => self.forbids_aggregates(),
        }
    }

    /// As messages about set-returning functions name it; `None` where they are allowed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn forbids_sets(self) -> Option<&'static str> {
        match self {
            Self::Targets | Self::From | Self::OrderBy | Self::GroupBy => None,
            Self::Window | Self::FrameRange | Self::FrameRows | Self::FrameGroups => {
                Some("window definitions")
            }
            other => Some(other.forbids_aggregates().unwrap_or("HAVING")),
        }
    }
}

/// Something in FROM that names refer to: a table, or a join with its merged columns.
#[derive(Clone)]
pub(crate) struct Item {
    /// The alias or name; empty for a join without one.
    pub(crate) name: String,
    /// The schema's name, where the relation was not given an alias.
    pub(crate) schema: Option<String>,
    /// Its range entry; `None` for a join.
    pub(crate) range: Option<u16>,
    pub(crate) columns: Vec<ItemColumn>,
    /// `name.column` may be said.
    pub(crate) by_name: bool,
    /// `column` may be said, and `*` shows them.
    pub(crate) by_column: bool,
    /// It may be named although it may not be used here: it is not LATERAL.
    pub(crate) unusable: bool,
    /// It has ctid, tableoid and the like.
    pub(crate) system_columns: bool,
    pub(crate) row: RowForm,
}

/// What an item's whole row is as a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowForm {
    Record,
    /// A value of a table's row type or another composite type.
    Composite(Oid),
    /// The only column: of a function in FROM that returns no composite value.
    Scalar,
}

/// A column of an item.
#[derive(Clone)]
pub(crate) struct ItemColumn {
    pub(crate) name: String,
    /// Its value in the item's own query.
    pub(crate) expr: Expr,
}

impl Scope {
    /// Adds an expression's columns of the innermost query to the range entry's name list.
    pub(crate) fn add_range(&mut self, entry: RangeEntry) -> u16 {
        self.range.push(entry);
        u16::try_from(self.range.len() - 1).expect("a query has fewer than 65536 range entries")
    }
}
