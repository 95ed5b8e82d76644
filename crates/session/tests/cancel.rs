//! A statement heeds its timeout while it reads pages that show it no row.
#![expect(clippy::unwrap_used, reason = "a test")]

use batch::Batch;
use error::{Error, Result, SqlState};
use os::SimDisk;
use session::{CopyFormat, Engine, EngineOptions, Field, Output, Session, Startup};
use std::sync::Arc;
use types::{Oid, TextContext};

/// Takes what it is given.
struct Nowhere;

impl Output for Nowhere {
    fn row_description(&mut self, _fields: &[Field]) {}
    fn no_data(&mut self) {}
    fn parameter_description(&mut self, _types: &[Oid]) {}
    fn data_rows(&mut self, _: &Batch, _: &[Field], _: &TextContext<'_>) -> Result<()> {
        Ok(())
    }
    fn command_complete(&mut self, _tag: &str) {}
    fn empty_query(&mut self) {}
    fn portal_suspended(&mut self) {}
    fn notice(&mut self, _notice: &Error) {}
    fn parameter_status(&mut self, _name: &str, _value: &str) {}
    fn notification(&mut self, _process: i32, _channel: &str, _payload: &str) {}
    fn copy_in(&mut self, _format: CopyFormat, _column_count: usize) {}
    fn copy_out(&mut self, _format: CopyFormat, _column_count: usize) {}
    fn copy_data(&mut self, _data: &[u8]) {}
    fn copy_done(&mut self) {}
    fn is_full(&self) -> bool {
        false
    }
}

fn engine() -> Arc<Engine> {
    let options = EngineOptions {
        storage: storage::Options { background: false, ..storage::Options::default() },
        superuser: "postgres".to_owned(),
        superuser_verifier: None,
        database: None,
        statement_memory_bytes: 1 << 30,
        defaults: settings::Defaults::new(&[]).unwrap(),
        make_verifier: |password| Ok(password.to_owned()),
    };
    Engine::open(Arc::new(SimDisk::new()), options).unwrap()
}

fn session(engine: &Arc<Engine>, process: i32) -> Session {
    let startup = Startup {
        user: "postgres".to_owned(),
        database: "postgres".to_owned(),
        process,
        ..Startup::default()
    };
    Session::open(engine, startup).unwrap()
}

fn run(session: &mut Session, sql: &str) {
    session.query(sql, &mut Nowhere).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Runs a scan that finds nothing with a timeout of a millisecond: it ends long before the last page.
fn is_timed_out(engine: &Arc<Engine>, session: &mut Session, sql: &str) {
    let visits = || engine.storage().counters().page_visits;
    let before = visits();
    run(session, sql);
    let whole = visits() - before;
    run(session, "SAVEPOINT s; SET LOCAL statement_timeout = '1ms'");
    let before = visits();
    let Err(error) = session.query(sql, &mut Nowhere) else {
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
