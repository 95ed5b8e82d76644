//! Sessions of an engine on a simulated disk.

use batch::Batch;
use error::{Error, Result};
use os::SimDisk;
use session::{CopyFormat, Engine, EngineOptions, Field, Output, Session, Startup};
use std::sync::Arc;
use types::{Oid, TextContext};

/// Counts the rows that it is given.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) usize);

impl Output for Rows {
    fn row_description(&mut self, _fields: &[Field]) {}
    fn no_data(&mut self) {}
    fn parameter_description(&mut self, _types: &[Oid]) {}
    fn data_rows(
        &mut self,
        batch: &Batch,
        _fields: &[Field],
        _context: &TextContext<'_>,
    ) -> Result<()> {
        self.0 += batch.rows().count();
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

/// A new engine without background threads.
pub(crate) fn engine() -> Arc<Engine> {
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

/// A session of the superuser.
pub(crate) fn session(engine: &Arc<Engine>, process: i32) -> Session {
    let startup = Startup {
        user: "postgres".to_owned(),
        database: "postgres".to_owned(),
        process,
        ..Startup::default()
    };
    Session::open(engine, startup).unwrap()
}
