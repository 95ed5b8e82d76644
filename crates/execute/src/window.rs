//! Window functions: the rows with the functions' values beside.
//!
//! The input comes sorted by PARTITION BY, then ORDER BY. One partition at a time is kept, with its rows, the values of
//! the functions' arguments, and its groups of peers (rows equal by ORDER BY); then each function goes through it once.

mod frame;
mod function;

use crate::context::Context;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, ROWS_MAX};
use error::Result;
use expression::{Expr, Program, Sort, WindowCall, WindowFrame};
use frame::Frame;
use function::Function;
use functions::Environment;
use plan::Node;
use types::{Datum, KeyOrder, Kind, Oid, ValueRef, encode_key};

/// Computes window functions over sorted rows.
pub(crate) struct Window {
    input: Box<dyn Operator>,
    kinds: Vec<Kind>,
    partition_keys: Vec<(Program, Oid, KeyOrder)>,
    order_keys: Vec<(Program, Oid, KeyOrder)>,
    frame: Frame,
    functions: Vec<Function>,
    /// What functions and the frame need of each row: arguments and filters, then the key of a RANGE with offset.
    arguments: Vec<Program>,
    argument_kinds: Vec<Kind>,
    pending: Pending,
    partition: Partition,
    given: usize,
}

/// An input batch, partly taken.
#[derive(Default)]
struct Pending {
    batch: Batch,
    arguments: Batch,
    /// By row of the batch.
    partition_keys: Vec<Vec<u8>>,
    order_keys: Vec<Vec<u8>>,
    rows: Vec<u16>,
    taken: usize,
    ended: bool,
}

/// One partition.
struct Partition {
    key: Vec<u8>,
    rows: RowStore,
    arguments: RowStore,
    /// Each row's group of peers.
    groups: Vec<usize>,
    /// Each group's first row.
    starts: Vec<usize>,
    last_order: Vec<u8>,
    /// Per function the value of each row.
    values: Vec<Vec<Datum>>,
}

impl Partition {
    fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// A group's rows, from the first to before the end.
    fn group(&self, group: usize) -> (usize, usize) {
        let end = self.starts.get(group + 1).copied().unwrap_or(self.row_count());
        (self.starts[group], end)
    }

    /// The rows that are peers of a row, itself among them.
    fn peers(&self, row: usize) -> (usize, usize) {
        self.group(self.groups[row])
    }

    /// A row's value of a column of the arguments.
    fn argument(&self, column: usize, row: usize) -> ValueRef<'_> {
        let chunk = self.arguments.chunk(row / ROWS_MAX).expect("the row is in the partition");
        chunk.columns[column].get(row % ROWS_MAX)
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.arguments.clear();
        self.groups.clear();
        self.starts.clear();
        self.last_order.clear();
        self.values.clear();
    }
}

impl Window {
    pub(crate) fn new(
        builder: &Builder,
        input: &Node,
        partition: &[Expr],
        order: &[Sort],
        frame: &WindowFrame,
        calls: &[(WindowCall, Oid)],
    ) -> Result<Self> {
        let mut arguments = Vec::new();
        let mut argument_kinds = Vec::new();
        let mut functions = Vec::with_capacity(calls.len());
        for (call, result) in calls {
            functions.push(Function::new(call, *result, arguments.len())?);
            for expr in call.arguments.iter().chain(&call.filter) {
                arguments.push(builder.program(expr)?);
                argument_kinds.push(Kind::of(expr.type_id));
            }
        }
        let key_column = arguments.len();
        let frame = Frame::new(builder, frame, order.first(), key_column)?;
        if let Some(key) = order.first()
            && frame.needs_key()
        {
            arguments.push(builder.program(&key.expr)?);
            argument_kinds.push(Kind::of(key.expr.type_id));
        }
        let partition_keys = partition
            .iter()
            .map(|key| Ok((builder.program(key)?, key.type_id, KeyOrder::default())))
            .collect::<Result<_>>()?;
        let order_keys = order
            .iter()
            .map(|key| Ok((builder.program(&key.expr)?, key.expr.type_id, KeyOrder::default())))
            .collect::<Result<_>>()?;
        let results = calls.iter().map(|(_, type_id)| Kind::of(*type_id));
        Ok(Self {
            input: builder.operator(input)?,
            kinds: input.columns.iter().copied().chain(results).collect(),
            partition_keys,
            order_keys,
            frame,
            functions,
            arguments,
            pending: Pending {
                batch: Batch::new(input.columns.iter().copied()),
                arguments: Batch::new(argument_kinds.iter().copied()),
                ..Pending::default()
            },
            partition: Partition {
                key: Vec::new(),
                rows: RowStore::new(&input.columns),
                arguments: RowStore::new(&argument_kinds),
                groups: Vec::new(),
                starts: Vec::new(),
                last_order: Vec::new(),
                values: Vec::new(),
            },
            argument_kinds,
            given: 0,
        })
    }

    /// Reads the next partition and computes its values; it is empty after the last one.
    fn next_partition(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.partition.clear();
        self.given = 0;
        loop {
            if self.pending.taken == self.pending.rows.len() && !self.read(context)? {
                break;
            }
            if !self.take_rows(context)? {
                break;
            }
        }
        if self.partition.row_count() == 0 {
            return Ok(());
        }
        self.frame.begin(context, &self.partition, &self.functions)?;
        for function in &mut self.functions {
            let values = function.values(context, &self.partition, &self.frame)?;
            context.host.charge(values.len() * size_of::<Datum>())?;
            self.partition.values.push(values);
        }
        Ok(())
    }

    /// Reads an input batch; tells whether there was one.
    fn read(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let pending = &mut self.pending;
        if pending.ended {
            return Ok(false);
        }
        context.check_cancel()?;
        pending.batch.clear();
        self.input.next(context, ROWS_MAX, &mut pending.batch)?;
        pending.rows.clear();
        pending.taken = 0;
        let rows = pending.batch.rows();
        let numbers = rows.iter().map(|row| u16::try_from(row).expect("a batch has 1024 rows"));
        pending.rows.extend(numbers);
        if pending.rows.is_empty() {
            pending.ended = true;
            return Ok(false);
        }
        let keys = [
            (&mut self.partition_keys, &mut pending.partition_keys),
            (&mut self.order_keys, &mut pending.order_keys),
        ];
        for (programs, keys) in keys {
            keys.resize_with(keys.len().max(rows.end()), Vec::new);
            keys[..rows.end()].iter_mut().for_each(Vec::clear);
            for (program, type_id, order) in programs {
                let values = program.run(&pending.batch.columns, rows, context)?;
                for row in rows.iter() {
                    encode_key(*type_id, values.get(row), *order, &mut keys[row]);
                }
            }
        }
        shape(&mut pending.arguments, &self.argument_kinds);
        for (program, column) in self.arguments.iter_mut().zip(&mut pending.arguments.columns) {
            let values = program.run(&pending.batch.columns, rows, context)?;
            for row in rows.iter() {
                column.set(row, values.get(row));
            }
        }
        pending.arguments.row_count = rows.end();
        Ok(true)
    }

    /// Takes rows of the same partition; tells whether the next batch may go on with it.
    fn take_rows(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let (pending, partition) = (&mut self.pending, &mut self.partition);
        let rest = &pending.rows[pending.taken..];
        if partition.row_count() == 0 {
            partition.key.clone_from(&pending.partition_keys[usize::from(rest[0])]);
        }
        let same = |row: &&u16| pending.partition_keys[usize::from(**row)] == partition.key;
        let run: Vec<u16> = rest.iter().take_while(same).copied().collect();
        let mut size = 0;
        for (number, row) in run.iter().enumerate() {
            let key = &pending.order_keys[usize::from(*row)];
            if partition.starts.is_empty() || *key != partition.last_order {
                partition.starts.push(partition.row_count() + number);
                partition.last_order.clone_from(key);
            }
            partition.groups.push(partition.starts.len() - 1);
            size += 2 * size_of::<usize>();
        }
        let goes_on = run.len() == rest.len();
        pending.taken += run.len();
        let before = pending.batch.selection.replace(run.clone());
        size += partition.rows.add(&pending.batch);
        pending.batch.selection = before;
        pending.arguments.selection = Some(run);
        size += partition.arguments.add(&pending.arguments);
        context.host.charge(size)?;
        Ok(goes_on)
    }
}

impl Operator for Window {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.pending.rows.clear();
        self.pending.taken = 0;
        self.pending.ended = false;
        self.partition.clear();
        self.given = 0;
        self.frame.reset();
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        shape(out, &self.kinds);
        if self.given == self.partition.row_count() {
            self.next_partition(context)?;
        }
        let count = (self.partition.row_count() - self.given).min(rows_max);
        let first = self.kinds.len() - self.functions.len();
        for place in 0..count {
            let row = self.given + place;
            self.partition.rows.copy(row, out, 0, place);
            for (column, values) in out.columns[first..].iter_mut().zip(&self.partition.values) {
                column.set_datum(place, &values[row]);
            }
        }
        out.row_count = count;
        self.given += count;
        Ok(())
    }
}
