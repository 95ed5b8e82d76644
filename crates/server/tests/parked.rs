//! Statements that wait for a row without a thread.

#![expect(clippy::unwrap_used, reason = "a test fails by them")]

mod common;
#[path = "common/workers.rs"]
mod workers;

use common::wire::{framed, query};
use common::{log_in, start};
use os::Random;
use server::Server;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use workers::workers;

/// A server with a table `t` of ten rows, `id` from 1 and `n` 0.
struct World {
    server: Arc<Server>,
    data: PathBuf,
    path: PathBuf,
    /// A client that looks after the others.
    looker: Client,
}

/// A client, and its backend's process id.
struct Client {
    stream: UnixStream,
    process: String,
}

impl World {
    fn new(name: &str) -> Self {
        let data = std::env::temp_dir().join(format!("surus-{name}-{}", std::process::id()));
        let (server, path) = start(&data);
        let mut looker = Client::new(&path);
        looker.ask("create table t (id int primary key, n int not null, at timestamptz)");
        looker.ask("insert into t select id, 0 from generate_series(1, 10) as id");
        Self { server, data, path, looker }
    }

    fn client(&self) -> Client {
        Client::new(&self.path)
    }

    /// Waits until so many sessions wait for locks.
    fn until_waiting(&mut self, count: usize) {
        let sql = "select count(distinct pid) from pg_locks where not granted";
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.looker.ask(sql) != [count.to_string()] {
            assert!(Instant::now() < deadline, "not so many wait");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(self) {
        self.server.stop().unwrap();
        std::fs::remove_dir_all(self.data).unwrap();
    }
}

impl Client {
    fn new(path: &std::path::Path) -> Self {
        let mut client = Self { stream: log_in(path), process: String::new() };
        client.process = client.ask("select pg_backend_pid()").remove(0);
        client
    }

    fn send(&mut self, sql: &str) {
        self.stream.write_all(&query(sql)).unwrap();
    }

    fn ask(&mut self, sql: &str) -> Vec<String> {
        self.send(sql);
        self.answer()
    }

    /// What comes up to ReadyForQuery, or the end: of rows the first column, of errors the SQLSTATE, of commands the tag.
    fn answer(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        let mut head = [0; 5];
        while self.stream.read_exact(&mut head).is_ok() {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; usize::try_from(length).unwrap() - 4];
            self.stream.read_exact(&mut body).unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            match head[0] {
                b'Z' => return said,
                b'D' => {
                    let length = u32::from_be_bytes([body[2], body[3], body[4], body[5]]);
                    let length = usize::try_from(length).unwrap();
                    said.push(text(&body[6..6 + length]));
                }
                b'E' => {
                    let mut fields = body.split(|byte| *byte == 0);
                    said.push(text(
                        &fields.find(|field| field.first() == Some(&b'C')).unwrap()[1..],
                    ));
                }
                b'C' if !body.starts_with(b"SELECT") => said.push(text(&body[..body.len() - 1])),
                _ => {}
            }
        }
        said.push("end".to_owned());
        said
    }
}

/// Has all clients wait for a row at once, and get it; how many threads that started.
fn contend(world: &mut World, holder: &mut Client, clients: &mut [Client]) -> usize {
    holder.ask("begin; update t set n = n + 1 where id = 1");
    let before = workers().len();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(match number % 4 {
            0 => "update t set n = n + 1 where id = 1 returning 'changed'",
            1 => "begin; update t set n = n + 1 where id = 1; commit",
            2 => "insert into t values (1, 5) on conflict (id) do update set n = t.n + 1",
            _ => "select 'seen' from t where id = 1 for update",
        });
    }
    world.until_waiting(clients.len());
    let started = workers().len().saturating_sub(before);
    holder.ask("commit");
    for (number, client) in clients.iter_mut().enumerate() {
        let expected: &[&str] = match number % 4 {
            0 => &["changed", "UPDATE 1"],
            1 => &["BEGIN", "UPDATE 1", "COMMIT"],
            2 => &["INSERT 0 1"],
            _ => &["seen"],
        };
        assert_eq!(client.answer(), expected, "{number}");
    }
    started
}

#[test]
fn who_waits_for_a_row_needs_no_thread() {
    let mut world = World::new("parked");
    let mut holder = world.client();
    let mut clients: Vec<Client> = (0..40).map(|_| world.client()).collect();
    // On a busy machine a statement may take too long to be run again, and other tests of this process start threads too.
    let mut started = Vec::new();
    let is_met = (1..=20).any(|round| {
        started.push(contend(&mut world, &mut holder, &mut clients));
        assert_eq!(world.looker.ask("select n from t where id = 1"), [(31 * round).to_string()]);
        started.last().is_some_and(|count| *count < 5)
    });
    assert!(is_met, "threads started: {started:?}");
    world.end();
}

#[test]
fn a_row_that_was_waited_for_is_looked_at_again() {
    let mut world = World::new("looked-at");
    let (mut holder, mut one, mut other) = (world.client(), world.client(), world.client());
    holder.ask("begin; update t set n = 7 where id = 2; delete from t where id = 3");
    one.send("update t set n = n + 1 where n = 0 and id in (2, 3) returning id");
    other.send("begin isolation level repeatable read; update t set n = 1 where id = 3");
    world.until_waiting(2);
    holder.ask("commit");
    assert_eq!(one.answer(), ["UPDATE 0"]);
    assert_eq!(other.answer(), ["BEGIN", "40001"]);
    assert_eq!(world.looker.ask("select n from t where id = 2"), ["7"]);
    // Who then leaves the row alone is in nobody's way, though his transaction goes on.
    holder.ask("begin; update t set n = 8 where id = 4");
    one.ask("begin");
    one.send("update t set n = n + 1 where n = 0 and id = 4");
    world.until_waiting(1);
    other.ask("rollback; set deadlock_timeout = '10min'");
    other.send("update t set n = n + 1 where id = 4");
    world.until_waiting(2);
    holder.ask("commit");
    assert_eq!((one.answer(), other.answer()), (vec!["UPDATE 0".into()], vec!["UPDATE 1".into()]));
    one.ask("rollback");
    // One that rolls back leaves the row as it was.
    holder.ask("begin; update t set n = 8 where id = 2");
    one.send("update t set n = n + 1 where n = 7 returning n");
    world.until_waiting(1);
    holder.ask("rollback");
    assert_eq!(one.answer(), ["8", "UPDATE 1"]);
    // And so does one that rolls back in part.
    holder.ask("begin; savepoint s; update t set n = 9 where id = 2");
    one.send("update t set n = n + 1 where n = 8 returning n");
    world.until_waiting(1);
    holder.ask("rollback to s");
    assert_eq!(one.answer(), ["9", "UPDATE 1"]);
    world.end();
}

#[test]
fn what_a_statement_does_besides_is_done_once() {
    let mut world = World::new("once");
    world.looker.ask("create sequence s");
    world.looker.ask(
        "create function noted() returns trigger language plpgsql as \
         $$ begin perform nextval('s'); return new; end $$; \
         create table u (id int, n int); insert into u values (1, 0); \
         create trigger noted before update on u for each statement execute function noted()",
    );
    let (mut holder, mut one) = (world.client(), world.client());
    let statements = [
        "update t set n = nextval('s') where id = 1",
        "update t set n = 1 where id = 1 and nextval('s') > 0",
        "select n from t, nextval('s') where id = 1 for update of t",
        "update u set n = 1",
    ];
    for (number, statement) in statements.into_iter().enumerate() {
        holder.ask("begin; update t set n = 5 where id = 1; select 1 from u for update");
        one.send(statement);
        world.until_waiting(1);
        // The row is as it was: PostgreSQL too evaluates nothing again.
        holder.ask("rollback");
        one.answer();
        let last = world.looker.ask("select last_value from s");
        assert_eq!(last, [(number + 1).to_string()], "{statement}");
    }
    // Its time is that of its beginning.
    holder.ask("begin; update t set n = 5 where id = 1");
    one.send("update t set at = statement_timestamp() where id = 1");
    world.until_waiting(1);
    world.looker.ask("update t set at = clock_timestamp() where id = 2");
    holder.ask("commit");
    assert_eq!(one.answer(), ["UPDATE 1"]);
    let sql = "select a.at < b.at from t a, t b where a.id = 1 and b.id = 2";
    assert_eq!(world.looker.ask(sql), ["t"]);
    world.end();
}

#[test]
fn waits_end_as_they_are_told_to() {
    let mut world = World::new("told");
    let mut holder = world.client();
    holder.ask("begin; update t set n = n + 1 where id = 1");
    let update = "update t set n = n + 1 where id = 1";
    let (mut cancelled, mut ended, mut gone) = (world.client(), world.client(), world.client());
    let (mut late, mut slow, mut last) = (world.client(), world.client(), world.client());
    for client in [&mut cancelled, &mut ended, &mut gone] {
        client.send(update);
    }
    late.ask("set lock_timeout = 100");
    late.send(update);
    slow.ask("set statement_timeout = 100");
    slow.send(update);
    assert_eq!(late.answer(), ["55P03"]);
    assert_eq!(slow.answer(), ["57014"]);
    last.send(update);
    world.until_waiting(4);
    let signal = |name, client: &Client| format!("select {name}({})", client.process);
    world.looker.ask(&signal("pg_cancel_backend", &cancelled));
    assert_eq!(cancelled.answer(), ["57014"]);
    world.looker.ask(&signal("pg_terminate_backend", &ended));
    assert_eq!(ended.answer(), ["57P01", "end"]);
    // A client that goes away is missed when its turn has come.
    drop(gone);
    world.until_waiting(2);
    holder.ask("commit");
    assert_eq!(last.answer(), ["UPDATE 1"]);
    assert_eq!(cancelled.ask("select 1"), ["1"]);
    assert_eq!(world.looker.ask("select n from t where id = 1"), ["3"]);
    world.end();
}

/// Parse, Bind and Execute of a statement without parameters.
fn extended(sql: &str) -> Vec<u8> {
    let parse = [b"\0", sql.as_bytes(), b"\0\0\0"].concat();
    [framed(b'P', &parse), framed(b'B', &[0; 8]), framed(b'E', &[0; 5])].concat()
}

#[test]
fn what_a_client_says_meanwhile_is_answered_later() {
    let mut world = World::new("meanwhile");
    let (mut holder, mut one) = (world.client(), world.client());
    holder.ask("begin; update t set n = 1 where id = 1");
    let update = extended("update t set n = n + 1 where id = 1 returning n");
    let messages = [&extended("select 'first'"), &update, &extended("select 'last'")];
    one.stream.write_all(&messages.map(Vec::as_slice).concat()).unwrap();
    world.until_waiting(1);
    // More than the socket holds: the server must not take all of it meanwhile.
    let mut writer = one.stream.try_clone().unwrap();
    let much = thread::spawn(move || {
        let much = extended(&format!("select length('{}')", "x".repeat(64 << 10)));
        (0..100).for_each(|_| writer.write_all(&much).unwrap());
        writer.write_all(&framed(b'S', &[])).unwrap();
    });
    thread::sleep(Duration::from_millis(100));
    assert!(!much.is_finished(), "the server reads what it cannot answer");
    holder.ask("commit");
    let answer = one.answer();
    much.join().unwrap();
    assert_eq!(answer[..4], ["first", "2", "UPDATE 1", "last"]);
    assert_eq!(answer[4..], vec!["65536"; 100]);
    world.end();
}

#[test]
fn pg_stat_activity_tells_what_is_waited_for() {
    let mut world = World::new("activity");
    let mut clients: Vec<Client> = (0..4).map(|_| world.client()).collect();
    let processes: Vec<String> = clients.iter().map(|client| client.process.clone()).collect();
    clients[0].ask("begin; update t set n = 1 where id = 1; select pg_advisory_lock(7)");
    clients[1].send("update t set n = 2 where id = 1");
    world.until_waiting(1);
    clients[2].send("update t set n = 3 where id = 1");
    clients[3].send("select pg_advisory_lock(7)");
    world.until_waiting(3);
    let mut wait = |process: &str| {
        let event = "coalesce(wait_event_type || ' ' || wait_event, 'none')";
        let sql = format!("select {event} from pg_stat_activity where pid = {process}");
        world.looker.ask(&sql).remove(0)
    };
    let waits: Vec<String> = processes.iter().map(|process| wait(process)).collect();
    let expected = ["Client ClientRead", "Lock transactionid", "Lock tuple", "Lock advisory"];
    assert_eq!(waits, expected);
    assert_eq!(wait("pg_backend_pid()"), "none");
    clients[0].ask("commit; select pg_advisory_unlock(7)");
    clients[1..].iter_mut().for_each(|client| drop(client.answer()));
    world.end();
}

#[test]
fn what_was_told_is_not_told_again() {
    let mut world = World::new("rows");
    let (mut holder, mut one) = (world.client(), world.client());
    holder.ask("begin; update t set n = 1 where id = 3");
    let begin = b"\0select id from t where id < 5 order by id for update\0\0\0";
    let two_rows = framed(b'E', b"\0\0\0\0\x02");
    let messages =
        [framed(b'P', begin), framed(b'B', &[0; 8]), two_rows.clone(), two_rows, framed(b'S', &[])];
    one.stream.write_all(&messages.concat()).unwrap();
    world.until_waiting(1);
    holder.ask("commit");
    assert_eq!(one.answer(), ["1", "2", "3", "4"]);
    world.end();
}

#[test]
fn those_who_wait_for_each_other_are_found() {
    let mut world = World::new("circle");
    let (mut one, mut other) = (world.client(), world.client());
    for client in [&mut one, &mut other] {
        client.ask("set deadlock_timeout = 50");
    }
    one.ask("begin; update t set n = 1 where id = 1");
    other.ask("begin; update t set n = 2 where id = 2");
    one.send("update t set n = 3 where id = 2");
    other.send("update t set n = 4 where id = 1");
    let mut answers = [one.answer(), other.answer()];
    answers.sort();
    assert_eq!(answers, [["40P01"], ["UPDATE 1"]]);
    world.until_waiting(0);
    world.end();
}

/// Moves amounts between rows, in any order and number of statements, until it has done so often enough.
fn transfer(client: &mut Client, seed: u64) {
    let mut random = Random::seeded(seed);
    client.ask("set deadlock_timeout = 5");
    let mut done = 0;
    while done < 60 {
        let (from, to, amount) = (random.below(4) + 1, random.below(4) + 1, random.below(100));
        let parts = [
            "begin".to_owned(),
            format!("update t set n = n - {amount} where id = {from}"),
            format!("update t set n = n + {amount} where id = {to}"),
            ["commit", "rollback"][usize::from(random.below(5) == 0)].to_owned(),
        ];
        let answers = if random.below(2) == 0 {
            client.ask(&parts.join(";"))
        } else {
            parts.iter().flat_map(|part| client.ask(part)).collect()
        };
        match answers.iter().find(|answer| answer.starts_with(|first: char| first.is_ascii_digit()))
        {
            None => done += 1,
            Some(code) => {
                assert_eq!(code, "40P01", "{answers:?}");
                client.ask("rollback");
            }
        }
    }
}

#[test]
fn transfers_add_up() {
    let mut world = World::new("transfers");
    let clients: Vec<Client> = (0..16).map(|_| world.client()).collect();
    let threads: Vec<_> = (1..)
        .zip(clients)
        .map(|(seed, mut client)| thread::spawn(move || transfer(&mut client, seed)))
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(world.looker.ask("select sum(n) from t"), ["0"]);
    assert_eq!(world.looker.ask("select count(*) from pg_locks where not granted"), ["0"]);
    world.end();
}
