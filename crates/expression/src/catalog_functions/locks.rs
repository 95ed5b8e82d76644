//! Advisory locks, and who waits for whom.

use super::access;
use error::Result;
use functions::{AdvisoryAction, AdvisoryKey, Builtin, Environment, builtin};
use types::array::{Array, array_of_values};
use types::{ValueRef, type_oid};

use AdvisoryAction::{LockSession, LockTransaction, TrySession, TryTransaction, Unlock};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Exclusive,
    Shared,
}

use Strength::{Exclusive, Shared};

/// A binding that locks a bigint and tells nothing, or whether it did.
macro_rules! of_int8 {
    ($name:literal, $strength:expr, $action:expr, nothing) => {
        builtin($name, |call| {
            call.map1_in(|key: i64, env, _| run(env, wide(key), $strength, $action).map(|_| ()))
        })
    };
    ($name:literal, $strength:expr, $action:expr) => {
        builtin($name, |call| {
            call.map1_in(|key: i64, env, _| run(env, wide(key), $strength, $action))
        })
    };
}

/// The same of two ints.
macro_rules! of_int4 {
    ($name:literal, $strength:expr, $action:expr, nothing) => {
        builtin($name, |call| {
            call.map2_in(|class: i32, object: i32, env, _| {
                run(env, pair(class, object), $strength, $action).map(|_| ())
            })
        })
    };
    ($name:literal, $strength:expr, $action:expr) => {
        builtin($name, |call| {
            call.map2_in(|class: i32, object: i32, env, _| {
                run(env, pair(class, object), $strength, $action)
            })
        })
    };
}

pub(super) const FUNCTIONS: &[Builtin] = &[
    of_int8!("pg_advisory_lock_int8", Exclusive, LockSession, nothing),
    of_int8!("pg_advisory_lock_shared_int8", Shared, LockSession, nothing),
    of_int8!("pg_advisory_xact_lock_int8", Exclusive, LockTransaction, nothing),
    of_int8!("pg_advisory_xact_lock_shared_int8", Shared, LockTransaction, nothing),
    of_int8!("pg_try_advisory_lock_int8", Exclusive, TrySession),
    of_int8!("pg_try_advisory_lock_shared_int8", Shared, TrySession),
    of_int8!("pg_try_advisory_xact_lock_int8", Exclusive, TryTransaction),
    of_int8!("pg_try_advisory_xact_lock_shared_int8", Shared, TryTransaction),
    of_int8!("pg_advisory_unlock_int8", Exclusive, Unlock),
    of_int8!("pg_advisory_unlock_shared_int8", Shared, Unlock),
    of_int4!("pg_advisory_lock_int4", Exclusive, LockSession, nothing),
    of_int4!("pg_advisory_lock_shared_int4", Shared, LockSession, nothing),
    of_int4!("pg_advisory_xact_lock_int4", Exclusive, LockTransaction, nothing),
    of_int4!("pg_advisory_xact_lock_shared_int4", Shared, LockTransaction, nothing),
    of_int4!("pg_try_advisory_lock_int4", Exclusive, TrySession),
    of_int4!("pg_try_advisory_lock_shared_int4", Shared, TrySession),
    of_int4!("pg_try_advisory_xact_lock_int4", Exclusive, TryTransaction),
    of_int4!("pg_try_advisory_xact_lock_shared_int4", Shared, TryTransaction),
    of_int4!("pg_advisory_unlock_int4", Exclusive, Unlock),
    of_int4!("pg_advisory_unlock_shared_int4", Shared, Unlock),
    builtin("pg_advisory_unlock_all", |call| call.map0(|env| env.advisory_unlock_all())),
    builtin("pg_blocking_pids", |call| {
        call.map1_in(|process: i32, env, _| pids(&access(env)?.sources.blocking_processes(process)))
    }),
    builtin("pg_safe_snapshot_blocking_pids", |call| {
        call.map1_in(|process: i32, env, _| {
            pids(&access(env)?.sources.snapshot_blocking_processes(process))
        })
    }),
    builtin("pg_isolation_test_session_is_blocked", |call| {
        call.map2_in(|process: i32, others: &[u8], env, _| is_blocked(env, process, others))
    }),
];

#[expect(clippy::cast_possible_truncation, reason = "the halves of the key")]
fn wide(key: i64) -> AdvisoryKey {
    let key = key.cast_unsigned();
    AdvisoryKey { class: (key >> 32) as u32, object: key as u32, kind: 1 }
}

fn pair(class: i32, object: i32) -> AdvisoryKey {
    AdvisoryKey { class: class.cast_unsigned(), object: object.cast_unsigned(), kind: 2 }
}

fn run(
    env: &mut dyn Environment,
    key: AdvisoryKey,
    strength: Strength,
    action: AdvisoryAction,
) -> Result<bool> {
    env.advisory(key, strength == Shared, action)
}

fn pids(processes: &[i32]) -> Result<Vec<u8>> {
    array_of_values(type_oid::INT4, processes.iter().map(|process| ValueRef::I32(*process)))
}

/// Whether a session waits for one of the others.
fn is_blocked(env: &mut dyn Environment, process: i32, others: &[u8]) -> Result<bool> {
    let sources = &access(env)?.sources;
    let mut blocking = sources.blocking_processes(process);
    blocking.extend(sources.snapshot_blocking_processes(process));
    let others = Array::parse(others)?;
    Ok(others.iter().any(|other| blocking.iter().any(|process| other == ValueRef::I32(*process))))
}
