//! A statement heeds its timeout while it reads pages that show it no row.
#![expect(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Rows, engine, session};
use error::SqlState;
use session::{Engine, Session};
use std::sync::Arc;

fn run(session: &mut Session, sql: &str) {
    session.query(sql, &mut Rows::default()).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Runs a scan that finds nothing with a timeout of a millisecond: it ends long before the last page.
fn is_timed_out(engine: &Arc<Engine>, session: &mut Session, sql: &str) {
    let visits = || engine.storage().counters().page_visits;
    let before = visits();
    run(session, sql);
    let whole = visits() - before;
    run(session, "SAVEPOINT s; SET LOCAL statement_timeout = '1ms'");
    let before = visits();
    let Err(error) = session.query(sql, &mut Rows::default()) else {
        panic!("{sql}: {} of {whole} pages", visits() - before);
    };
    assert_eq!(error.code(), SqlState::QUERY_CANCELED, "{sql}: {error}");
    let visited = visits() - before;
    assert!(visited < whole, "{sql}: {visited} of {whole} pages");
    run(session, "ROLLBACK TO s");
}

#[test]
fn a_scan_of_deleted_rows_heeds_its_timeout() {
    let engine = engine();
    let (mut reader, mut writer) = (session(&engine, 1), session(&engine, 2));
    run(&mut writer, "CREATE TABLE t (i int, v text)");
    run(&mut writer, "INSERT INTO t SELECT i, 'value' FROM generate_series(1, 300000) i");
    run(&mut writer, "DELETE FROM t");
    run(&mut reader, "BEGIN");
    for sql in ["SELECT i FROM t", "SELECT count(*) FROM t", "SELECT i FROM t ORDER BY v"] {
        is_timed_out(&engine, &mut reader, sql);
    }
}

#[test]
fn a_scan_of_rows_that_are_too_young_heeds_its_timeout() {
    let engine = engine();
    let (mut reader, mut writer) = (session(&engine, 1), session(&engine, 2));
    run(&mut writer, "CREATE TABLE t (i int PRIMARY KEY, v text)");
    run(&mut reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM t");
    run(&mut writer, "INSERT INTO t SELECT i, 'value' FROM generate_series(1, 50000) i");
    run(&mut reader, "SET LOCAL enable_sort = off");
    for sql in ["SELECT v FROM t", "SELECT count(v) FROM t", "SELECT v FROM t ORDER BY i"] {
        is_timed_out(&engine, &mut reader, sql);
    }
}
