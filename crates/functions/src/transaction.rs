//! Snapshots and ids of transactions as values.

use crate::call::{Call, text};
use crate::{
    Builtin, CallInfo, Environment, RowSource, SetReturning, builtin, series, set_returning,
};
use error::{Error, Result};
use types::Datum;
use types::snapshot::Snapshot;

/// The snapshot of a value.
fn snapshot(text: &str) -> Result<Snapshot> {
    Snapshot::parse(text).ok_or_else(|| Error::internal(format!("\"{text}\" is no pg_snapshot")))
}

/// Whether a snapshot sees what a transaction did, had it committed.
fn sees(id: u64, snapshot: &Snapshot) -> bool {
    id < snapshot.xmin || (id < snapshot.xmax && snapshot.running.binary_search(&id).is_err())
}

fn running(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let Some(argument) = arguments.first().filter(|argument| !argument.is_null()) else {
        return series::none();
    };
    let running = snapshot(text(argument.as_ref()))?.running;
    series::values(running.into_iter().map(|id| Ok(Datum::I64(id.cast_signed()))))
}

fn bound(call: &mut Call<'_>, bound: impl Fn(&Snapshot) -> u64) -> Result<()> {
    call.map1(|text: &str| Ok(bound(&snapshot(text)?).cast_signed()))
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_snapshot_xmin", |call| bound(call, |snapshot| snapshot.xmin)),
    builtin("pg_snapshot_xmax", |call| bound(call, |snapshot| snapshot.xmax)),
    builtin("pg_visible_in_snapshot", |call| {
        call.map2(|id: i64, text: &str| Ok(sees(id.cast_unsigned(), &snapshot(text)?)))
    }),
    builtin("pg_current_snapshot", |call| {
        call.map0(|environment| Ok(environment.transaction_snapshot()?.text()))
    }),
    builtin("pg_xact_status", |call| {
        call.map1_in(|id: i64, environment, _| environment.transaction_status(id.cast_unsigned()))
    }),
];

pub(crate) const SET_RETURNING: &[SetReturning] = &[set_returning("pg_snapshot_xip", running)];
