//! System relations, whose rows are computed, and sequences read as tables.

use crate::context::Context;
use crate::filter::select;
use crate::operator::{Builder, Operator};
use crate::store::shape;
use batch::{Batch, Rows};
use catalog::object::Sequence;
use error::{Error, Result};
use expression::{Expr, Program};
use std::sync::Arc;
use storage::RelationId;
use types::{Datum, Kind, Oid};

/// A relation of pg_catalog or information_schema.
pub(crate) struct SystemScan {
    relation: Oid,
    columns: Vec<i16>,
    kinds: Vec<Kind>,
    keys: Vec<(i16, Program)>,
    filter: Option<Program>,
    rows: Vec<Vec<Datum>>,
    next: usize,
}

impl SystemScan {
    pub(crate) fn new(
        builder: &Builder,
        relation: Oid,
        columns: &[i16],
        keys: &[(i16, Expr)],
        filter: Option<&Expr>,
    ) -> Result<Self> {
        let facts = catalog::facts()
            .relations
            .get(&relation)
            .ok_or_else(|| Error::internal(format!("there is no system relation {relation}")))?;
        let kinds = columns
            .iter()
            .map(|number| match usize::try_from(number - 1) {
                Ok(index) => Kind::of(facts.columns[index].type_id),
                Err(_) if *number == -1 => Kind::Bytes,
                Err(_) => Kind::I64,
            })
            .collect();
        let keys = keys
            .iter()
            .map(|(number, value)| Ok((*number, builder.program(value)?)))
            .collect::<Result<_>>()?;
        let filter = builder.optional(filter)?;
        Ok(Self {
            relation,
            columns: columns.to_vec(),
            kinds,
            keys,
            filter,
            rows: Vec::new(),
            next: 0,
        })
    }
}

impl Operator for SystemScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        let mut keys = Vec::with_capacity(self.keys.len());
        for (number, program) in &mut self.keys {
            keys.push((*number, program.run(&[], Rows::All(1), context)?.get(0).to_datum()));
        }
        self.rows = context.host.system_rows(self.relation, &keys)?;
        self.next = 0;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            shape(out, &self.kinds);
            while out.row_count < rows_max && self.next < self.rows.len() {
                let row = &self.rows[self.next];
                for (number, column) in self.columns.iter().zip(&mut out.columns) {
                    match usize::try_from(number - 1) {
                        Ok(index) => column.set_datum(out.row_count, &row[index]),
                        Err(_) if *number == -6 => {
                            column
                                .set_datum(out.row_count, &Datum::I64(i64::from(self.relation.0)));
                        }
                        Err(_) if *number == -1 => {
                            let slot = u16::try_from(self.next % 60_000 + 1).unwrap_or(1);
                            let mut tid = [0; 6];
                            tid[4..].copy_from_slice(&slot.to_be_bytes());
                            column.set(out.row_count, types::ValueRef::Bytes(&tid));
                        }
                        Err(_) => column.set_datum(out.row_count, &Datum::I64(1)),
                    }
                }
                out.row_count += 1;
                self.next += 1;
            }
            if out.row_count == 0 {
                return Ok(());
            }
            match &mut self.filter {
                None => return Ok(()),
                Some(filter) => {
                    if select(filter, context, out)? {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// A sequence's state: its last value, then whether it was given.
pub(crate) struct SequenceScan {
    sequence: Oid,
    given: bool,
}

impl SequenceScan {
    pub(crate) fn new(sequence: Oid) -> Self {
        Self { sequence, given: false }
    }
}

impl Operator for SequenceScan {
    fn open(&mut self, _context: &mut Context<'_>) -> Result<()> {
        self.given = false;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, _rows_max: usize, out: &mut Batch) -> Result<()> {
        shape(out, &[Kind::I64, Kind::I64, Kind::Bool]);
        if self.given {
            return Ok(());
        }
        self.given = true;
        let sequence: Arc<Sequence> = context
            .host
            .catalog()
            .sequence(self.sequence)
            .map(Arc::clone)
            .ok_or_else(|| Error::internal("a sequence vanished"))?;
        let id = RelationId { database: context.host.database().0, file: sequence.file };
        let (last, called) = context.storage().sequence_read(id, sequence_state)??;
        out.columns[0].set_datum(0, &Datum::I64(last));
        out.columns[1].set_datum(0, &Datum::I64(0));
        out.columns[2].set_datum(0, &Datum::Bool(called));
        out.row_count = 1;
        Ok(())
    }
}

/// A sequence's state as storage keeps it: the last value (8 bytes, little-endian), then whether it was given.
pub fn sequence_state(bytes: &[u8]) -> Result<(i64, bool)> {
    let value = bytes
        .first_chunk::<8>()
        .ok_or_else(|| Error::corrupted("a sequence's state is too short"))?;
    Ok((i64::from_le_bytes(*value), bytes.get(8) == Some(&1)))
}

/// A sequence's state to be stored.
pub fn sequence_bytes(last: i64, called: bool) -> [u8; 9] {
    let mut bytes = [0; 9];
    bytes[..8].copy_from_slice(&last.to_le_bytes());
    bytes[8] = u8::from(called);
    bytes
}
