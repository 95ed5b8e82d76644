//! SELECT ... FOR UPDATE and the like.

use crate::context::{Context, Isolation};
use crate::operator::{Builder, Operator};
use crate::row::{Externals, RowReader, number_address, number_version, version_number};
use crate::seq_scan::heap_id;
use batch::{Batch, Rows};
use error::{Error, Result, SqlState};
use expression::{Expr, LockStrength, LockWait, Program};
use functions::Environment;
use plan::{LockTarget, Node};
use storage::{RowAddress, RowLock, Version, Write};
use types::{Datum, ValueRef};

/// Locks the rows that pass, in their order; a row that changed meanwhile is read and checked again.
pub(crate) struct LockRows {
    input: Box<dyn Operator>,
    targets: Vec<Target>,
    recheck: Option<Program>,
}

struct Target {
    plan: LockTarget,
    reader: RowReader,
    scratch: Batch,
}

impl LockRows {
    pub(crate) fn new(
        builder: &Builder,
        input: &Node,
        targets: &[LockTarget],
        recheck: Option<&Expr>,
    ) -> Result<Self> {
        let targets = targets
            .iter()
            .map(|plan| {
                let reader = RowReader::whole(&plan.table);
                let scratch = Batch::new(reader.kinds());
                Target { plan: plan.clone(), reader, scratch }
            })
            .collect();
        Ok(Self { input: builder.operator(input)?, targets, recheck: builder.optional(recheck)? })
    }

    /// Locks a row's tables; `false` where the row is to be left out.
    fn lock(&mut self, context: &mut Context<'_>, batch: &mut Batch, row: usize) -> Result<bool> {
        for target in &mut self.targets {
            let (ValueRef::I64(address), ValueRef::I64(version)) = (
                batch.columns[target.plan.address].get(row),
                batch.columns[target.plan.address + 1].get(row),
            ) else {
                // The NULL side of an outer join.
                continue;
            };
            let (address, mut expected) = (number_address(address), number_version(version));
            let heap = heap_id(context, target.plan.table.file);
            let lock = strength(target.plan.strength);
            loop {
                match context.transaction.lock_row(heap, address, expected, lock)? {
                    Write::Done(_) | Write::SelfModified => break,
                    Write::WaitFor(xid) => match target.plan.wait {
                        LockWait::SkipLocked => return Ok(false),
                        LockWait::NoWait => {
                            let text = format!(
                                "could not obtain lock on row in relation \"{}\"",
                                target.plan.table.name
                            );
                            return Err(Error::new(SqlState::LOCK_NOT_AVAILABLE, text));
                        }
                        LockWait::Block => context.wait_for_row((heap, address), lock, xid)?,
                    },
                    Write::Deleted => {
                        // Here PostgreSQL does not tell the two apart.
                        refuse_changed(context, "update")?;
                        return Ok(false);
                    }
                    Write::Changed => {
                        refuse_changed(context, "update")?;
                        let Some(version) = target.reread(context, batch, row, address)? else {
                            return Ok(false);
                        };
                        expected = version;
                        if !passes(&mut self.recheck, context, batch, row)? {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        Ok(true)
    }
}

impl Target {
    /// Puts the newest version of a row into the batch; `None` where it is gone.
    fn reread(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
        row: usize,
        address: RowAddress,
    ) -> Result<Option<Version>> {
        let version =
            newest(context, self.plan.table.file, &self.reader, &mut self.scratch, address)?;
        let Some(version) = version else { return Ok(None) };
        for (number, slot) in &self.plan.columns {
            let index = usize::try_from(number - 1).expect("numbers start at 1");
            batch.columns[*slot].set(row, self.scratch.columns[index].get(0));
        }
        batch.columns[self.plan.address + 1].set_datum(row, &Datum::I64(version_number(version)));
        Ok(Some(version))
    }
}

/// Reads the newest version of a row into row 0 of a batch of all columns; `None` where it is gone.
pub(crate) fn newest(
    context: &mut Context<'_>,
    file: u32,
    reader: &RowReader,
    scratch: &mut Batch,
    address: RowAddress,
) -> Result<Option<Version>> {
    scratch.clear();
    let heap = heap_id(context, file);
    let storage = context.storage();
    let mut externals = Externals::default();
    let read = storage.fetch_newest(context.transaction, heap, address, |version, body| {
        reader
            .read(body, address, version, &mut scratch.columns, 0, &mut externals)
            .map(|()| version)
    })?;
    externals.read(&storage, heap, &mut scratch.columns, |_, _| true)?;
    scratch.row_count = 1;
    read.transpose()
}

/// Whether a row still fulfils the statement's condition.
pub(crate) fn passes(
    recheck: &mut Option<Program>,
    context: &mut Context<'_>,
    batch: &Batch,
    row: usize,
) -> Result<bool> {
    let Some(program) = recheck else { return Ok(true) };
    let selected =
        [u16::try_from(row).map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
    let mut passed = Vec::new();
    program.select_rows(&batch.columns, Rows::Some(&selected), context, &mut passed)?;
    Ok(!passed.is_empty())
}

/// 40001 where the transaction keeps one snapshot and a row of it was changed by another.
pub(crate) fn refuse_changed(context: &Context<'_>, what: &str) -> Result<()> {
    match context.host.isolation() {
        Isolation::ReadCommitted => Ok(()),
        Isolation::RepeatableRead | Isolation::Serializable => Err(Error::new(
            SqlState::T_R_SERIALIZATION_FAILURE,
            format!("could not serialize access due to concurrent {what}"),
        )),
    }
}

fn strength(strength: LockStrength) -> RowLock {
    match strength {
        LockStrength::KeyShare => RowLock::KeyShare,
        LockStrength::Share => RowLock::Share,
        LockStrength::NoKeyUpdate => RowLock::NoKeyUpdate,
        LockStrength::Update => RowLock::Update,
    }
}

impl Operator for LockRows {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            self.input.next(context, rows_max, out)?;
            let rows: Vec<usize> = out.rows().iter().collect();
            if rows.is_empty() {
                return Ok(());
            }
            let mut selected = Vec::with_capacity(rows.len());
            for row in rows {
                if self.lock(context, out, row)? {
                    selected.push(u16::try_from(row).expect("a batch has at most 1024 rows"));
                }
            }
            let any = !selected.is_empty();
            out.selection = Some(selected);
            if any {
                return Ok(());
            }
            context.check_cancel()?;
        }
    }
}
