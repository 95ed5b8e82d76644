//! An engine on a simulated disk.

use os::SimDisk;
use session::{Engine, EngineOptions};
use std::sync::Arc;

pub(crate) fn engine(disk: &SimDisk) -> Arc<Engine> {
    let options = EngineOptions {
        storage: storage::Options::default(),
        superuser: "postgres".to_owned(),
        superuser_verifier: None,
        database: None,
        statement_memory_bytes: 1 << 24,
        defaults: settings::Defaults::new(&[]).unwrap(),
        make_verifier: |_| Err(error::Error::unsupported("passwords")),
    };
    Engine::open(Arc::new(disk.clone()), options).unwrap()
}
