//! What a prepared look-up by key costs, in counts.
#![expect(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Rows, engine};
use session::{Bind, Progress, Session};
use std::sync::Arc;
use types::type_oid;

fn session() -> Session {
    common::session(&engine(), 1)
}

fn run(session: &mut Session, sql: &str) -> usize {
    let mut rows = Rows::default();
    assert_eq!(session.query(sql, &mut rows).unwrap(), Progress::Done, "{sql}");
    rows.0
}

fn look_up(session: &mut Session, key: &str) -> usize {
    let mut rows = Rows::default();
    let bind =
        Bind { statement: "find", parameters: vec![Some(key.as_bytes())], ..Bind::default() };
    session.bind(&bind, &mut rows).unwrap();
    assert_eq!(session.execute("", 0, &mut rows).unwrap(), Progress::Done);
    session.sync(&mut rows).unwrap();
    rows.0
}

/// How many look-ups are counted.
const LOOK_UPS: u64 = 100;

#[test]
fn a_key_look_up_visits_a_page_a_level_and_the_row() {
    let mut session = session_with_accounts();
    assert_eq!(look_up(&mut session, "7"), 1);

    let storage = Arc::clone(session.engine().storage());
    let before = storage.counters();
    for key in 1..=LOOK_UPS {
        assert_eq!(look_up(&mut session, &(key * 199).to_string()), 1);
    }
    assert_eq!(look_up(&mut session, "0"), 0);
    let after = storage.counters();
    // Two levels of the index and the row's page; the look-up that finds nothing visits no row.
    let visits = after.page_visits - before.page_visits;
    assert!(visits <= 3 * LOOK_UPS + 2, "{visits} page visits for {LOOK_UPS} look-ups");
    assert_eq!(after.log_records, before.log_records, "a look-up writes nothing");
    assert_eq!(after.log_syncs, before.log_syncs, "a look-up waits for no disk");
}

fn session_with_accounts() -> Session {
    let mut session = session();
    run(&mut session, "CREATE TABLE account (id int PRIMARY KEY, balance int)");
    run(&mut session, "INSERT INTO account SELECT g, 0 FROM generate_series(1, 20000) g");
    let sql = "SELECT balance FROM account WHERE id = $1";
    session.parse("find", sql, &[type_oid::INT4], &mut Rows::default()).unwrap();
    session
}

/// Most allocations of a look-up: for the message, the values, the row's batch and the tag.
const ALLOCATIONS_MAX: u64 = 18;

#[test]
fn a_prepared_key_look_up_allocates_little() {
    let mut session = session_with_accounts();
    assert_eq!(look_up(&mut session, "7"), 1);
    let info = allocation_counter::measure(|| assert_eq!(look_up(&mut session, "1234"), 1));
    assert!(info.count_total <= ALLOCATIONS_MAX, "{info:?}");
    assert_eq!(info.bytes_current, 0, "{info:?}");
}

#[test]
fn a_statement_that_came_before_with_another_literal_is_not_planned_again() {
    let mut session = session_with_accounts();
    for key in 1..3 {
        assert_eq!(run(&mut session, &format!("SELECT balance FROM account WHERE id = {key}")), 1);
    }
    let info = allocation_counter::measure(|| {
        assert_eq!(run(&mut session, "SELECT balance FROM account WHERE id = 1234"), 1);
    });
    assert!(info.count_total <= ALLOCATIONS_MAX, "{info:?}");
}
