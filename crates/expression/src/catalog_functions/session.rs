//! The session's own: its process, settings, sequences, transaction and server.

use super::access;
use error::{Error, Result, SqlState};
use functions::{Builtin, Environment, builtin};
use types::Oid;

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_trigger_depth", |call| call.map0(|env| Ok(env.trigger_depth()))),
    builtin("pg_backend_pid", |call| call.map0(|env| Ok(env.process()))),
    builtin("nextval_oid", |call| call.map1_in(|oid: Oid, env, _| env.nextval(oid))),
    builtin("currval_oid", |call| call.map1_in(|oid: Oid, env, _| env.currval(oid))),
    builtin("lastval", |call| call.map0(|env| env.currval(Oid::INVALID))),
    builtin("setval_oid", |call| {
        call.map2_in(|oid: Oid, value: i64, env, _| env.setval(oid, value, true))
    }),
    builtin("setval3_oid", |call| {
        call.map3_in(|oid: Oid, value: i64, called: bool, env, _| env.setval(oid, value, called))
    }),
    builtin("show_config_by_name", |call| {
        call.map1_in(|name: &str, env, _| env.setting(name).ok_or_else(|| unknown_setting(name)))
    }),
    builtin("show_config_by_name_missing_ok", |call| {
        call.map2_in(|name: &str, missing_ok: bool, env, _| match env.setting(name) {
            Some(value) => Ok(Some(value)),
            None if missing_ok => Ok(None),
            None => Err(unknown_setting(name)),
        })
    }),
    builtin("set_config_by_name", |call| {
        call.map3_in(|name: Option<&str>, value: Option<&str>, local: Option<bool>, env, _| {
            let name = name.ok_or_else(|| {
                Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, "SET requires parameter name")
            })?;
            let value =
                value.ok_or_else(|| Error::unsupported("set_config with the value NULL"))?;
            env.set_setting(name, value, local.unwrap_or(false))
        })
    }),
    builtin("pg_cancel_backend", |call| {
        call.map1_in(|process: i32, env, _| signal(env, process, Signal::Cancel))
    }),
    builtin("pg_terminate_backend", |call| {
        call.map2_in(|process: i32, _: i64, env, _| signal(env, process, Signal::Terminate))
    }),
    builtin("pg_current_xact_id", |call| {
        call.map0(|env| Ok(env.transaction_id(true)?.map(u64::cast_signed)))
    }),
    builtin("pg_current_xact_id_if_assigned", |call| {
        call.map0(|env| Ok(env.transaction_id(false)?.map(u64::cast_signed)))
    }),
    builtin("pgsql_version", |call| call.map0(|_| Ok(VERSION))),
    builtin("pg_is_in_recovery", |call| call.map0(|_| Ok(false))),
    builtin("pg_current_wal_lsn", |call| call.map0(|env| Ok(log_positions(env)?.0))),
    builtin("pg_current_wal_insert_lsn", |call| call.map0(|env| Ok(log_positions(env)?.0))),
    builtin("pg_current_wal_flush_lsn", |call| call.map0(|env| Ok(log_positions(env)?.1))),
    builtin("pg_postmaster_start_time", |call| {
        call.map0(|env| Ok(access(env)?.sources.server_start()))
    }),
    builtin("pg_conf_load_time", |call| call.map0(|env| Ok(access(env)?.sources.server_start()))),
    builtin("pg_my_temp_schema", |call| call.map0(|_| Ok(Oid::INVALID))),
    builtin("pg_is_other_temp_schema", |call| call.map1(|_: Oid| Ok(false))),
    builtin("pg_jit_available", |call| call.map0(|_| Ok(false))),
    builtin("current_query", |call| {
        call.map0(|env| Ok(own_activity(env)?.map(|activity| activity.query)))
    }),
    builtin("inet_client_addr", |call| {
        call.map0(|env| {
            let address = own_activity(env)?.and_then(|activity| activity.client_address);
            Ok(address.map(|address| address.ip().to_string()))
        })
    }),
    builtin("inet_client_port", |call| {
        call.map0(|env| {
            let address = own_activity(env)?.and_then(|activity| activity.client_address);
            Ok(address.map(|address| i32::from(address.port())))
        })
    }),
    builtin("inet_server_addr", |call| call.map0(|_| Ok(None::<&str>))),
    builtin("inet_server_port", |call| call.map0(|_| Ok(None::<i32>))),
    builtin("row_security_active", |call| call.map1(|_: Oid| Ok(false))),
];

/// Where the log ends, and how far it is durable, as pg_lsn.
fn log_positions(env: &mut dyn Environment) -> Result<(i64, i64)> {
    let (end, durable) = access(env)?.sources.log_positions();
    Ok((end.0.cast_signed(), durable.0.cast_signed()))
}

/// What version() tells; clients read the number after the first word.
const VERSION: &str = concat!(
    "PostgreSQL 18.4 (surus ",
    env!("CARGO_PKG_VERSION"),
    ") on x86_64-pc-linux-gnu, compiled by rustc, 64-bit"
);

fn unknown_setting(name: &str) -> Error {
    let text = format!("unrecognized configuration parameter \"{name}\"");
    Error::new(SqlState::UNDEFINED_OBJECT, text)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    Cancel,
    Terminate,
}

/// Signals a session. 42501 unless the role is that session's or a member of it; a superuser's session needs one.
fn signal(env: &mut dyn Environment, process: i32, signal: Signal) -> Result<bool> {
    let access = access(env)?;
    let activity = access.sources.activity();
    let target = activity.iter().find(|activity| activity.process == process);
    if let Some(target) = target {
        let catalog = &access.catalog;
        let is_superuser = |role| catalog.role_by_oid(role).is_some_and(|role| role.superuser);
        let what = match signal {
            Signal::Cancel => "cancel query",
            Signal::Terminate => "terminate process",
        };
        let denied =
            || Error::new(SqlState::INSUFFICIENT_PRIVILEGE, format!("permission denied to {what}"));
        if is_superuser(target.user) && !is_superuser(access.current_user) {
            let whose = match signal {
                Signal::Cancel => "cancel queries",
                Signal::Terminate => "terminate processes",
            };
            return Err(denied().detail(format!(
                "Only roles with the SUPERUSER attribute may {whose} of roles with the SUPERUSER attribute."
            )));
        }
        if !catalog.is_member(access.current_user, target.user) {
            return Err(denied().detail(format!(
                "Only roles with privileges of the role whose {} or with privileges of the \"pg_signal_backend\" role may {what}.",
                match signal {
                    Signal::Cancel => "query is being canceled",
                    Signal::Terminate => "process is being terminated",
                }
            )));
        }
    }
    let found = env.signal(process, signal == Signal::Terminate)?;
    if !found {
        let text = format!("PID {process} is not a PostgreSQL backend process");
        env.notice(Error::warning(SqlState::WARNING, text));
    }
    Ok(found)
}

fn own_activity(env: &mut dyn Environment) -> Result<Option<catalog::Activity>> {
    let access = access(env)?;
    let all = access.sources.activity();
    Ok(all.into_iter().find(|activity| activity.process == access.process))
}
