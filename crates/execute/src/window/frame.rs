//! Frames: which rows of its partition each row's functions see.

use super::Partition;
use super::function::Function;
use crate::context::Context;
use crate::operator::Builder;
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use expression::{
    Call, CallForm, Expr, ExprKind, FrameBound, FrameExclusion, FrameMode, FrameOffset, Program,
    Sort, WindowFrame,
};
use functions::Environment;
use types::{Datum, Kind, Oid, ValueRef, type_oid};

/// Rows from the first to before the end.
pub(super) type Span = (usize, usize);

/// The frame of a window, and those of the current partition's rows.
pub(super) struct Frame {
    mode: FrameMode,
    start: Edge,
    end: Edge,
    exclusion: FrameExclusion,
    /// The column of the arguments that RANGE with offset compares.
    key_column: usize,
    nulls_first: bool,
    /// The offsets are known.
    evaluated: bool,
    /// Per row of the partition, before exclusion.
    spans: Vec<Span>,
}

enum Edge {
    Unbounded,
    CurrentRow,
    Offset(Box<Offset>),
}

struct Offset {
    following: bool,
    program: Program,
    value: Datum,
    in_range: Option<InRange>,
}

/// RANGE: whether a row's key is on this side of the current row's key and the offset.
struct InRange {
    program: Program,
    /// The row's key, the current row's, the offset.
    input: Vec<Vector>,
}

impl Frame {
    pub(super) fn new(
        builder: &Builder,
        frame: &WindowFrame,
        key: Option<&Sort>,
        key_column: usize,
    ) -> Result<Self> {
        Ok(Self {
            mode: frame.mode,
            start: edge(builder, &frame.start, key, false)?,
            end: edge(builder, &frame.end, key, true)?,
            exclusion: frame.exclusion,
            key_column,
            nulls_first: key.is_some_and(|key| key.nulls_first),
            evaluated: false,
            spans: Vec::new(),
        })
    }

    /// Whether rows are compared by their key.
    pub(super) fn needs_key(&self) -> bool {
        [&self.start, &self.end].into_iter().any(|edge| match edge {
            Edge::Offset(offset) => offset.in_range.is_some(),
            Edge::Unbounded | Edge::CurrentRow => false,
        })
    }

    pub(super) fn reset(&mut self) {
        self.evaluated = false;
    }

    /// Finds the frames of a partition's rows where a function looks at them. 22004 and 22013 for wrong offsets.
    pub(super) fn begin(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        functions: &[Function],
    ) -> Result<()> {
        if !self.evaluated {
            self.start.evaluate(context, "starting")?;
            self.end.evaluate(context, "ending")?;
            self.evaluated = true;
        }
        self.spans.clear();
        if !functions.iter().any(Function::uses_frame) {
            return Ok(());
        }
        let (mut start, mut end) = (0, 0);
        for row in 0..partition.row_count() {
            start = self.start_of(context, partition, row, start)?;
            end = self.end_of(context, partition, row, end)?;
            self.spans.push(if start < end { (start, end) } else { (0, 0) });
            if row.is_multiple_of(batch::ROWS_MAX) {
                context.check_cancel()?;
            }
        }
        Ok(())
    }

    /// The parts of a row's frame, in order; unused ones are empty.
    pub(super) fn parts(&self, partition: &Partition, row: usize) -> [Span; 3] {
        let (start, end) = self.spans[row];
        let without =
            |from: usize, to: usize| (span(start, end.min(from)), span(start.max(to), end));
        match self.exclusion {
            FrameExclusion::NoOthers => [(start, end), (0, 0), (0, 0)],
            FrameExclusion::CurrentRow => {
                let (before, after) = without(row, row + 1);
                [before, after, (0, 0)]
            }
            FrameExclusion::Group => {
                let (from, to) = partition.peers(row);
                let (before, after) = without(from, to);
                [before, after, (0, 0)]
            }
            FrameExclusion::Ties => {
                let (from, to) = partition.peers(row);
                let (before, after) = without(from, to);
                [before, span(start.max(row), end.min(row + 1)), after]
            }
        }
    }

    /// The first row of a row's frame; `last` is that of the row before.
    fn start_of(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        row: usize,
        last: usize,
    ) -> Result<usize> {
        let offset = match &mut self.start {
            Edge::Unbounded => return Ok(0),
            Edge::CurrentRow => {
                return Ok(if self.mode == FrameMode::Rows { row } else { partition.peers(row).0 });
            }
            Edge::Offset(offset) => offset,
        };
        let Some(in_range) = &mut offset.in_range else {
            return Ok(match self.mode {
                FrameMode::Rows => moved(row, offset.signed(), partition.row_count()),
                FrameMode::Groups | FrameMode::Range => {
                    let count = partition.starts.len();
                    let group = moved(partition.groups[row], offset.signed(), count);
                    partition.starts.get(group).copied().unwrap_or(partition.row_count())
                }
            });
        };
        let current = partition.argument(self.key_column, row);
        let mut place = last;
        while place < partition.row_count() {
            let key = partition.argument(self.key_column, place);
            let reached = if key.is_null() || current.is_null() {
                if self.nulls_first {
                    !key.is_null() || current.is_null()
                } else {
                    key.is_null() || !current.is_null()
                }
            } else {
                in_range.holds(context, key, current, &offset.value)?
            };
            if reached {
                break;
            }
            place = partition.peers(place).1;
        }
        Ok(place)
    }

    /// The end of a row's frame; `last` is that of the row before.
    fn end_of(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        row: usize,
        last: usize,
    ) -> Result<usize> {
        let offset = match &mut self.end {
            Edge::Unbounded => return Ok(partition.row_count()),
            Edge::CurrentRow => {
                let by_row = self.mode == FrameMode::Rows;
                return Ok(if by_row { row + 1 } else { partition.peers(row).1 });
            }
            Edge::Offset(offset) => offset,
        };
        let Some(in_range) = &mut offset.in_range else {
            let signed = offset.signed().saturating_add(1);
            return Ok(match self.mode {
                FrameMode::Rows => moved(row, signed, partition.row_count()),
                FrameMode::Groups | FrameMode::Range => {
                    let count = partition.starts.len();
                    let group = moved(partition.groups[row], signed, count);
                    partition.starts.get(group).copied().unwrap_or(partition.row_count())
                }
            });
        };
        let current = partition.argument(self.key_column, row);
        let mut place = last;
        while place < partition.row_count() {
            let key = partition.argument(self.key_column, place);
            let beyond = if key.is_null() || current.is_null() {
                if self.nulls_first {
                    !key.is_null() && current.is_null()
                } else {
                    key.is_null() && !current.is_null()
                }
            } else {
                !in_range.holds(context, key, current, &offset.value)?
            };
            if beyond {
                break;
            }
            place = partition.peers(place).1;
        }
        Ok(place)
    }
}

fn span(start: usize, end: usize) -> Span {
    if start < end { (start, end) } else { (0, 0) }
}

/// A place moved by a signed distance, kept between 0 and `count`.
fn moved(place: usize, distance: i64, count: usize) -> usize {
    let size = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
    if distance < 0 { place.saturating_sub(size) } else { place.saturating_add(size).min(count) }
}

fn edge(builder: &Builder, bound: &FrameBound, key: Option<&Sort>, is_end: bool) -> Result<Edge> {
    let (offset, following) = match bound {
        FrameBound::UnboundedPreceding | FrameBound::UnboundedFollowing => {
            return Ok(Edge::Unbounded);
        }
        FrameBound::CurrentRow => return Ok(Edge::CurrentRow),
        FrameBound::Preceding(offset) => (offset, false),
        FrameBound::Following(offset) => (offset, true),
    };
    let in_range = match (offset.in_range, key) {
        (Some(function), Some(key)) => {
            Some(in_range(builder, function, key, offset, following, is_end)?)
        }
        (Some(_), None) => return Err(Error::internal("RANGE with offset has an order")),
        (None, _) => None,
    };
    let program = builder.program(&offset.value)?;
    Ok(Edge::Offset(Box::new(Offset { following, program, value: Datum::Null, in_range })))
}

fn in_range(
    builder: &Builder,
    function: Oid,
    key: &Sort,
    offset: &FrameOffset,
    following: bool,
    is_end: bool,
) -> Result<InRange> {
    let slot = |number: u32, like: &Expr| Expr {
        kind: ExprKind::Slot(number),
        type_id: like.type_id,
        typmod: -1,
        collation: like.collation,
    };
    // In descending order what precedes is greater.
    let subtract = following == key.descending;
    let less = is_end != key.descending;
    let flag = |value| Expr::constant(Datum::Bool(value), type_oid::BOOL, -1);
    let call = Call {
        function,
        arguments: vec![
            slot(0, &key.expr),
            slot(1, &key.expr),
            slot(2, &offset.value),
            flag(subtract),
            flag(less),
        ],
        input_collation: Oid::INVALID,
        form: CallForm::Function,
        variadic: false,
        user: None,
    };
    let program = builder.program(&Expr::boolean(ExprKind::Call(Box::new(call))))?;
    let kinds = [&key.expr, &key.expr, &offset.value].map(|expr| Kind::of(expr.type_id));
    Ok(InRange { program, input: kinds.into_iter().map(Vector::new).collect() })
}

impl InRange {
    fn holds(
        &mut self,
        context: &mut Context<'_>,
        key: ValueRef<'_>,
        current: ValueRef<'_>,
        offset: &Datum,
    ) -> Result<bool> {
        for (vector, value) in self.input.iter_mut().zip([key, current, offset.as_ref()]) {
            vector.clear();
            vector.set(0, value);
        }
        let result = self.program.run(&self.input, Rows::All(1), context)?;
        Ok(result.get(0) == ValueRef::Bool(true))
    }
}

impl Edge {
    fn evaluate(&mut self, context: &mut Context<'_>, word: &str) -> Result<()> {
        let Self::Offset(offset) = self else { return Ok(()) };
        offset.value = offset.program.value(context)?;
        if offset.value.is_null() {
            let text = format!("frame {word} offset must not be null");
            return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        }
        if offset.in_range.is_none() && matches!(offset.value, Datum::I64(value) if value < 0) {
            let text = format!("frame {word} offset must not be negative");
            return Err(Error::new(SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE, text));
        }
        Ok(())
    }
}

impl Offset {
    /// The distance of ROWS and GROUPS, negative for PRECEDING.
    fn signed(&self) -> i64 {
        let Datum::I64(value) = self.value else { return 0 };
        if self.following { value } else { -value }
    }
}
