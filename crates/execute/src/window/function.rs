//! The window functions themselves, and aggregates over frames.

use super::Partition;
use super::frame::{Frame, Span};
use crate::aggregate::accumulator;
use crate::context::Context;
use batch::{ROWS_MAX, Rows, Vector};
use catalog::facts::{FunctionKind, facts};
use error::{Error, Result, SqlState};
use expression::WindowCall;
use functions::{Accumulator, Environment};
use types::{Datum, Oid, ValueRef};

/// A call with the columns of the arguments that are its own.
pub(super) struct Function {
    what: What,
    /// The column of the first argument.
    first: usize,
    argument_count: usize,
    /// The column of FILTER.
    filter: Option<usize>,
}

enum What {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    Lag,
    Lead,
    FirstValue,
    LastValue,
    NthValue,
    Aggregate(Box<dyn Accumulator>),
}

impl Function {
    pub(super) fn new(call: &WindowCall, result: Oid, first: usize) -> Result<Self> {
        let function = facts().functions.get(&call.function).ok_or_else(|| {
            Error::internal(format!("cache lookup failed for function {}", call.function))
        })?;
        let what = if function.kind == FunctionKind::Aggregate {
            let states = accumulator(
                call.function,
                &call.arguments,
                call.input_collation,
                result,
                Vec::new(),
            )?;
            What::Aggregate(states)
        } else {
            what(function.source).ok_or_else(|| {
                let text =
                    format!("window function {} is not supported by surus yet", function.name);
                Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
            })?
        };
        let argument_count = call.arguments.len();
        let filter = call.filter.is_some().then_some(first + argument_count);
        Ok(Self { what, first, argument_count, filter })
    }

    /// Whether it looks at frames.
    pub(super) fn uses_frame(&self) -> bool {
        match self.what {
            What::FirstValue | What::LastValue | What::NthValue | What::Aggregate(_) => true,
            What::RowNumber
            | What::Rank
            | What::DenseRank
            | What::PercentRank
            | What::CumeDist
            | What::Ntile
            | What::Lag
            | What::Lead => false,
        }
    }

    /// The values of a partition's rows.
    pub(super) fn values(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        frame: &Frame,
    ) -> Result<Vec<Datum>> {
        let (first, count) = (self.first, self.argument_count);
        match &mut self.what {
            What::Aggregate(states) => {
                let mut aggregation =
                    Aggregation { states, columns: (first, first + count), filter: self.filter };
                return aggregation.values(context, partition, frame);
            }
            What::Ntile => return ntile(partition, first),
            What::RowNumber
            | What::Rank
            | What::DenseRank
            | What::PercentRank
            | What::CumeDist
            | What::Lag
            | What::Lead
            | What::FirstValue
            | What::LastValue
            | What::NthValue => {}
        }
        let mut values = Vec::with_capacity(partition.row_count());
        for row in 0..partition.row_count() {
            if row.is_multiple_of(ROWS_MAX) {
                context.check_cancel()?;
            }
            values.push(self.value(partition, frame, row)?);
        }
        Ok(values)
    }

    /// The value of one row.
    fn value(&self, partition: &Partition, frame: &Frame, row: usize) -> Result<Datum> {
        let (start, end) = partition.peers(row);
        Ok(match &self.what {
            What::RowNumber => Datum::I64(whole(row + 1)),
            What::Rank => Datum::I64(whole(start + 1)),
            What::DenseRank => Datum::I64(whole(partition.groups[row] + 1)),
            What::PercentRank if partition.row_count() <= 1 => Datum::F64(0.0),
            What::PercentRank => Datum::F64(ratio(start, partition.row_count() - 1)),
            What::CumeDist => Datum::F64(ratio(end, partition.row_count())),
            What::Lag => self.neighbour(partition, row, true),
            What::Lead => self.neighbour(partition, row, false),
            What::FirstValue => {
                let parts = frame.parts(partition, row);
                self.at(partition, parts.into_iter().find(|p| p.0 < p.1).map(|p| p.0))
            }
            What::LastValue => {
                let parts = frame.parts(partition, row);
                self.at(partition, parts.into_iter().rfind(|p| p.0 < p.1).map(|p| p.1 - 1))
            }
            What::NthValue => {
                let ValueRef::I32(number) = partition.argument(self.first + 1, row) else {
                    return Ok(Datum::Null);
                };
                let Some(number) = usize::try_from(number).ok().and_then(|n| n.checked_sub(1))
                else {
                    return Err(Error::new(
                        SqlState::INVALID_ARGUMENT_FOR_NTH_VALUE,
                        "argument of nth_value must be greater than zero",
                    ));
                };
                self.at(partition, nth(frame.parts(partition, row), number))
            }
            What::Ntile | What::Aggregate(_) => {
                return Err(Error::internal("a function of the whole partition"));
            }
        })
    }

    /// The first argument's value at a row, NULL where there is none.
    fn at(&self, partition: &Partition, row: Option<usize>) -> Datum {
        row.map_or(Datum::Null, |row| partition.argument(self.first, row).to_datum())
    }

    /// lag and lead: NULL for a NULL offset, the default beyond the partition.
    fn neighbour(&self, partition: &Partition, row: usize, back: bool) -> Datum {
        let offset = if self.argument_count > 1 {
            let ValueRef::I32(offset) = partition.argument(self.first + 1, row) else {
                return Datum::Null;
            };
            i64::from(offset)
        } else {
            1
        };
        let place = whole(row) + if back { -offset } else { offset };
        match usize::try_from(place).ok().filter(|place| *place < partition.row_count()) {
            Some(place) => self.at(partition, Some(place)),
            None if self.argument_count > 2 => partition.argument(self.first + 2, row).to_datum(),
            None => Datum::Null,
        }
    }
}

fn what(source: &str) -> Option<What> {
    Some(match source {
        "window_row_number" => What::RowNumber,
        "window_rank" => What::Rank,
        "window_dense_rank" => What::DenseRank,
        "window_percent_rank" => What::PercentRank,
        "window_cume_dist" => What::CumeDist,
        "window_ntile" => What::Ntile,
        "window_lag" | "window_lag_with_offset" | "window_lag_with_offset_and_default" => What::Lag,
        "window_lead" | "window_lead_with_offset" | "window_lead_with_offset_and_default" => {
            What::Lead
        }
        "window_first_value" => What::FirstValue,
        "window_last_value" => What::LastValue,
        "window_nth_value" => What::NthValue,
        _ => return None,
    })
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).expect("a partition has fewer rows")
}

#[expect(clippy::cast_precision_loss, reason = "as PostgreSQL divides")]
fn ratio(part: usize, of: usize) -> f64 {
    part as f64 / of as f64
}

/// The row of this number from 0 in a frame.
fn nth(parts: [Span; 3], mut number: usize) -> Option<usize> {
    for (start, end) in parts {
        if number < end - start {
            return Some(start + number);
        }
        number -= end - start;
    }
    None
}

/// The bucket of each row. 22014.
fn ntile(partition: &Partition, column: usize) -> Result<Vec<Datum>> {
    let total = whole(partition.row_count());
    let mut values = Vec::with_capacity(partition.row_count());
    // The bucket, its rows so far, how many it gets, and how many buckets get one more.
    let mut state: Option<(i32, i64, i64, i64)> = None;
    for row in 0..partition.row_count() {
        if state.is_none() {
            let ValueRef::I32(buckets) = partition.argument(column, row) else {
                values.push(Datum::Null);
                continue;
            };
            if buckets <= 0 {
                return Err(Error::new(
                    SqlState::INVALID_ARGUMENT_FOR_NTILE,
                    "argument of ntile must be greater than zero",
                ));
            }
            let (size, rest) = (total / i64::from(buckets), total % i64::from(buckets));
            state = Some(if size == 0 {
                (1, 0, 1, 0)
            } else {
                (1, 0, size + i64::from(rest > 0), rest)
            });
        }
        if let Some((bucket, rows, size, rest)) = &mut state {
            *rows += 1;
            if *rows > *size {
                if *rest != 0 && i64::from(*bucket) == *rest {
                    (*rest, *size) = (0, *size - 1);
                }
                *bucket += 1;
                *rows = 1;
            }
            values.push(Datum::I32(*bucket));
        }
    }
    Ok(values)
}

/// An aggregate over each row's frame.
struct Aggregation<'a> {
    states: &'a mut Box<dyn Accumulator>,
    /// The arguments' first column and their end.
    columns: (usize, usize),
    filter: Option<usize>,
}

impl Aggregation<'_> {
    /// A frame that is the last one with rows behind it only adds these; any other begins anew.
    fn values(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        frame: &Frame,
    ) -> Result<Vec<Datum>> {
        let mut values: Vec<Datum> = Vec::with_capacity(partition.row_count());
        let mut last = [(0, 0); 3];
        self.begin();
        for row in 0..partition.row_count() {
            let parts = frame.parts(partition, row);
            if parts == last
                && let Some(value) = values.last().cloned()
            {
                values.push(value);
                continue;
            }
            let grows = last[1..] == parts[1..]
                && last[1] == (0, 0)
                && last[2] == (0, 0)
                && (last[0].0 == parts[0].0 && last[0].1 <= parts[0].1 || last[0] == (0, 0));
            if grows {
                let from = if last[0] == (0, 0) { parts[0].0 } else { last[0].1 };
                self.add(context, partition, (from, parts[0].1))?;
            } else {
                self.begin();
                for part in parts {
                    self.add(context, partition, part)?;
                }
            }
            last = parts;
            values.push(self.states.result(0, context)?);
            context.check_cancel()?;
        }
        Ok(values)
    }

    fn begin(&mut self) {
        self.states.clear();
        self.states.grow(1);
    }

    fn add(
        &mut self,
        context: &mut Context<'_>,
        partition: &Partition,
        (mut start, end): Span,
    ) -> Result<()> {
        while start < end {
            let number = start / ROWS_MAX;
            let base = number * ROWS_MAX;
            let stop = end.min(base + ROWS_MAX);
            let chunk = partition.arguments.chunk(number).expect("the rows are in the partition");
            let rows: Vec<u16> = (start..stop)
                .filter(|row| {
                    self.filter.is_none_or(|filter| {
                        partition.argument(filter, *row) == ValueRef::Bool(true)
                    })
                })
                .map(|row| u16::try_from(row - base).expect("a chunk has at most 1024 rows"))
                .collect();
            let vectors: Vec<&Vector> =
                chunk.columns[self.columns.0..self.columns.1].iter().collect();
            if !rows.is_empty() {
                const FIRST: [u32; ROWS_MAX] = [0; ROWS_MAX];
                self.states.add(&FIRST, &vectors, Rows::Some(&rows), context)?;
            }
            start = stop;
        }
        Ok(())
    }
}
