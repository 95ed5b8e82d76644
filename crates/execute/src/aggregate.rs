//! Grouping by hashing, and aggregates over the groups.

use crate::context::Context;
use crate::distinct::KeySet;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, ROWS_MAX, Rows, Vector};
use catalog::facts::facts;
use error::{Error, Result, SqlState};
use expression::{AggregateCall, Expr, Program};
use functions::{Accumulator, AggregateInfo, Environment};
use plan::Node;
use types::{Datum, KeyOrder, Kind, Oid, encode_key};

/// Groups rows and computes aggregates; without keys all rows are one group, which is there without a row too.
pub(crate) struct HashAggregate {
    input: Box<dyn Operator>,
    input_kinds: Vec<Kind>,
    keys: KeySet,
    key_programs: Vec<Program>,
    key_kinds: Vec<Kind>,
    aggregates: Vec<Aggregation>,
    kinds: Vec<Kind>,
    /// The keys of each group, in the order in which the groups were found.
    groups: RowStore,
    group_count: usize,
    computed: bool,
    given: usize,
}

/// One aggregate with its arguments.
struct Aggregation {
    accumulator: Box<dyn Accumulator>,
    arguments: Vec<Program>,
    filter: Option<Program>,
    /// DISTINCT and ORDER BY: the rows of each group wait until all are there.
    waiting: Option<Waiting>,
    kind: Kind,
}

struct Waiting {
    sort: Vec<(Program, Oid, KeyOrder)>,
    distinct: bool,
    types: Vec<Oid>,
    /// Per group its rows: sort key, then arguments.
    rows: Vec<Vec<(Vec<u8>, Vec<Datum>)>>,
}

impl HashAggregate {
    pub(crate) fn new(
        builder: &Builder,
        input: &Node,
        keys: &[Expr],
        aggregates: &[(AggregateCall, Oid)],
    ) -> Result<Self> {
        let key_kinds: Vec<Kind> = keys.iter().map(|key| Kind::of(key.type_id)).collect();
        let aggregates = aggregates
            .iter()
            .map(|(call, result)| aggregation(builder, call, *result))
            .collect::<Result<Vec<_>>>()?;
        let kinds = key_kinds.iter().copied().chain(aggregates.iter().map(|a| a.kind)).collect();
        Ok(Self {
            input: builder.operator(input)?,
            input_kinds: input.columns.clone(),
            keys: KeySet::new(builder, keys)?,
            key_programs: builder.programs(keys)?,
            groups: RowStore::new(&key_kinds),
            key_kinds,
            aggregates,
            kinds,
            group_count: 0,
            computed: false,
            given: 0,
        })
    }

    fn compute(&mut self, context: &mut Context<'_>) -> Result<()> {
        let mut batch = Batch::new(self.input_kinds.iter().copied());
        let mut numbers = Vec::new();
        if self.key_kinds.is_empty() {
            self.group_count = 1;
            self.grow();
        }
        loop {
            batch.clear();
            self.input.next(context, ROWS_MAX, &mut batch)?;
            if batch.rows().count() == 0 {
                break;
            }
            if self.key_kinds.is_empty() {
                numbers.clear();
                numbers.resize(batch.rows().end(), 0);
            } else {
                self.assign_groups(context, &batch, &mut numbers)?;
            }
            for aggregation in &mut self.aggregates {
                aggregation.add(context, &batch, &numbers)?;
            }
            context.check_cancel()?;
        }
        for aggregation in &mut self.aggregates {
            aggregation.finish(context)?;
        }
        self.computed = true;
        Ok(())
    }

    /// The group of each row; new groups keep their first row's keys.
    fn assign_groups(
        &mut self,
        context: &mut Context<'_>,
        batch: &Batch,
        numbers: &mut Vec<u32>,
    ) -> Result<()> {
        self.keys.number(context, batch, numbers)?;
        if self.keys.len() > self.group_count {
            let mut new_rows = Vec::new();
            let mut next = self.group_count;
            for row in batch.rows().iter() {
                if numbers[row] as usize == next {
                    new_rows.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
                    next += 1;
                }
            }
            let mut keys = Batch::new(self.key_kinds.iter().copied());
            for (program, column) in self.key_programs.iter_mut().zip(&mut keys.columns) {
                let values = program.run(&batch.columns, Rows::Some(&new_rows), context)?;
                column.append(values, Rows::Some(&new_rows));
            }
            keys.row_count = new_rows.len();
            let bytes = self.groups.add(&keys);
            context.host.charge(bytes)?;
            self.group_count = self.keys.len();
            self.grow();
        }
        Ok(())
    }

    fn grow(&mut self) {
        for aggregation in &mut self.aggregates {
            aggregation.accumulator.grow(self.group_count);
            if let Some(waiting) = &mut aggregation.waiting {
                waiting.rows.resize_with(self.group_count, Vec::new);
            }
        }
    }
}

/// The states of an aggregate with these arguments. 0A000 where it has no binding.
pub(crate) fn accumulator(
    function: Oid,
    arguments: &[Expr],
    collation: Oid,
    result: Oid,
    orders: Vec<(bool, bool)>,
) -> Result<Box<dyn Accumulator>> {
    let fact = facts()
        .aggregates
        .get(&function)
        .ok_or_else(|| Error::internal(format!("function {function} is no aggregate")))?;
    let argument_types: Vec<Oid> = arguments.iter().map(|a| a.type_id).collect();
    let found = functions::find_aggregate(fact.transition, fact.finish).ok_or_else(|| {
        let name = facts().functions.get(&function).map_or("?", |f| f.name);
        let types: Vec<String> =
            argument_types.iter().map(|type_id| types::format_type(*type_id, None)).collect();
        let text = format!(
            "aggregate function {name}({}) is not supported by surus yet",
            types.join(", ")
        );
        Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
    })?;
    Ok((found.start)(&AggregateInfo { argument_types, result_type: result, collation, orders }))
}

fn aggregation(builder: &Builder, call: &AggregateCall, result: Oid) -> Result<Aggregation> {
    let waiting = (call.distinct || !call.order_by.is_empty()).then(|| -> Result<Waiting> {
        let sort = call
            .order_by
            .iter()
            .map(|sort| {
                let order = KeyOrder { descending: sort.descending, nulls_first: sort.nulls_first };
                Ok((builder.program(&sort.expr)?, sort.expr.type_id, order))
            })
            .collect::<Result<_>>()?;
        let types = call.arguments.iter().map(|a| a.type_id).collect();
        Ok(Waiting { sort, distinct: call.distinct, types, rows: Vec::new() })
    });
    let orders = call.order_by.iter().map(|sort| (sort.descending, sort.nulls_first)).collect();
    let accumulator =
        accumulator(call.function, &call.arguments, call.input_collation, result, orders)?;
    Ok(Aggregation {
        accumulator,
        arguments: builder.programs(&call.arguments)?,
        filter: builder.optional(call.filter.as_ref())?,
        waiting: waiting.transpose()?,
        kind: Kind::of(result),
    })
}

impl Aggregation {
    fn add(&mut self, context: &mut Context<'_>, batch: &Batch, groups: &[u32]) -> Result<()> {
        let mut selected = Vec::new();
        let rows = match &mut self.filter {
            None => batch.rows(),
            Some(filter) => {
                filter.select(batch, context, &mut selected)?;
                Rows::Some(&selected)
            }
        };
        if rows.count() == 0 {
            return Ok(());
        }
        let mut vectors = Vec::with_capacity(self.arguments.len());
        for program in &mut self.arguments {
            vectors.push(program.run(&batch.columns, rows, context)?);
        }
        let Some(waiting) = &mut self.waiting else {
            return self.accumulator.add(groups, &vectors, rows, context);
        };
        let mut keys: Vec<Vec<u8>> = vec![Vec::new(); rows.end()];
        for (program, type_id, order) in &mut waiting.sort {
            let values = program.run(&batch.columns, rows, context)?;
            for row in rows.iter() {
                encode_key(*type_id, values.get(row), *order, &mut keys[row]);
            }
        }
        let mut size = 0;
        for row in rows.iter() {
            let arguments: Vec<Datum> = vectors.iter().map(|v| v.get(row).to_datum()).collect();
            size += keys[row].len() + arguments.len() * size_of::<Datum>() + 64;
            waiting.rows[groups[row] as usize].push((std::mem::take(&mut keys[row]), arguments));
        }
        context.host.charge(size)
    }

    /// Adds the rows that waited: in order, each combination once where DISTINCT.
    fn finish(&mut self, context: &mut Context<'_>) -> Result<()> {
        let Some(waiting) = &mut self.waiting else { return Ok(()) };
        for (group, rows) in waiting.rows.iter_mut().enumerate() {
            if waiting.distinct {
                // DISTINCT sorts by the arguments; what ORDER BY names is among them and goes first.
                for (key, arguments) in rows.iter_mut() {
                    for (value, type_id) in arguments.iter().zip(&waiting.types) {
                        encode_key(*type_id, value.as_ref(), KeyOrder::default(), key);
                    }
                }
            }
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            if waiting.distinct {
                rows.dedup_by(|a, b| a.0 == b.0);
            }
            let number = u32::try_from(group).map_err(|_| Error::unsupported("so many groups"))?;
            for chunk in rows.chunks(ROWS_MAX) {
                let mut columns: Vec<Vector> =
                    waiting.types.iter().map(|type_id| Vector::new(Kind::of(*type_id))).collect();
                for (row, (_, arguments)) in chunk.iter().enumerate() {
                    for (column, value) in columns.iter_mut().zip(arguments) {
                        column.set_datum(row, value);
                    }
                }
                let vectors: Vec<&Vector> = columns.iter().collect();
                let groups = vec![number; chunk.len()];
                self.accumulator.add(&groups, &vectors, Rows::All(chunk.len()), context)?;
            }
            rows.clear();
        }
        Ok(())
    }
}

impl Operator for HashAggregate {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.keys.clear();
        self.groups = RowStore::new(&self.key_kinds);
        self.group_count = 0;
        for aggregation in &mut self.aggregates {
            aggregation.accumulator.clear();
            if let Some(waiting) = &mut aggregation.waiting {
                waiting.rows.clear();
            }
        }
        self.computed = false;
        self.given = 0;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        if !self.computed {
            context.drain(|context| self.compute(context))?;
        }
        shape(out, &self.kinds);
        let count = (self.group_count - self.given).min(rows_max);
        for place in 0..count {
            let group = self.given + place;
            if !self.key_kinds.is_empty() {
                self.groups.copy(group, out, 0, place);
            }
            let number = u32::try_from(group).map_err(|_| Error::unsupported("so many groups"))?;
            let columns = &mut out.columns[self.key_kinds.len()..];
            for (aggregation, column) in self.aggregates.iter_mut().zip(columns) {
                let value = aggregation.accumulator.result(number, context)?;
                column.set_datum(place, &value);
            }
        }
        out.row_count = count;
        self.given += count;
        Ok(())
    }
}
