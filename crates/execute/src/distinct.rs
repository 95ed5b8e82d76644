//! Each row once.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use batch::Batch;
use error::Result;
use expression::{Expr, Program};
use functions::Environment;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use plan::Node;
use types::{KeyOrder, Oid, encode_key};

/// Numbers combinations of values, equal ones alike. Keys are the order-preserving bytes of the values, which are the
/// same for equal values.
pub(crate) struct KeySet {
    programs: Vec<(Program, Oid)>,
    numbers: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    keys: Vec<Vec<u8>>,
}

impl KeySet {
    pub(crate) fn new(builder: &Builder, keys: &[Expr]) -> Result<Self> {
        let programs =
            keys.iter().map(|e| Ok((builder.program(e)?, e.type_id))).collect::<Result<_>>()?;
        Ok(Self { programs, numbers: HashMap::default(), keys: Vec::new() })
    }

    /// How many combinations there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
    }

    /// Computes the keys of a batch's rows into `self.keys`, by row; tells nothing of NULLs.
    fn compute(&mut self, context: &mut Context<'_>, batch: &Batch) -> Result<()> {
        let rows = batch.rows();
        self.keys.resize_with(self.keys.len().max(rows.end()), Vec::new);
        for key in &mut self.keys[..rows.end()] {
            key.clear();
        }
        for (program, type_id) in &mut self.programs {
            let values = program.run(&batch.columns, rows, context)?;
            for row in rows.iter() {
                encode_key(*type_id, values.get(row), KeyOrder::default(), &mut self.keys[row]);
            }
        }
        Ok(())
    }

    /// The number of each row's combination, new ones numbered on; indexed by row.
    pub(crate) fn number(
        &mut self,
        context: &mut Context<'_>,
        batch: &Batch,
        out: &mut Vec<u32>,
    ) -> Result<()> {
        self.compute(context, batch)?;
        out.clear();
        out.resize(batch.rows().end(), 0);
        for row in batch.rows().iter() {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            out[row] = match self.numbers.get(self.keys[row].as_slice()) {
                Some(number) => *number,
                None => {
                    context.host.charge(self.keys[row].len() + 48)?;
                    self.numbers.insert(self.keys[row].as_slice().into(), next);
                    next
                }
            };
        }
        Ok(())
    }

    /// The number of each row's combination, if it has one; indexed by row.
    pub(crate) fn find(
        &mut self,
        context: &mut Context<'_>,
        batch: &Batch,
        out: &mut Vec<Option<u32>>,
    ) -> Result<()> {
        self.compute(context, batch)?;
        out.clear();
        out.resize(batch.rows().end(), None);
        for row in batch.rows().iter() {
            out[row] = self.numbers.get(self.keys[row].as_slice()).copied();
        }
        Ok(())
    }

    /// Narrows a batch to rows whose combination is new; tells whether there is any.
    pub(crate) fn select_new(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Result<bool> {
        self.compute(context, batch)?;
        let mut selected = Vec::new();
        for row in batch.rows().iter() {
            let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            if let Entry::Vacant(place) = self.numbers.entry(self.keys[row].as_slice().into()) {
                place.insert(number);
                context.host.charge(self.keys[row].len() + 48)?;
                selected.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
            }
        }
        let any = !selected.is_empty();
        batch.selection = Some(selected);
        Ok(any)
    }
}

/// The first row of each combination.
pub(crate) struct Distinct {
    input: Box<dyn Operator>,
    seen: KeySet,
}

impl Distinct {
    pub(crate) fn new(builder: &Builder, input: &Node, keys: &[Expr]) -> Result<Self> {
        Ok(Self { input: builder.operator(input)?, seen: KeySet::new(builder, keys)? })
    }
}

impl Operator for Distinct {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.seen.clear();
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            self.input.next(context, rows_max, out)?;
            if out.rows().count() == 0 || self.seen.select_new(context, out)? {
                return Ok(());
            }
            context.check_cancel()?;
        }
    }
}
