//! What system relations show beside catalog objects.

use crate::engine::Engine;
use catalog::object::StoredTree;
use catalog::{Access, Activity, SettingRow, Sources};
use error::Result;
use parking_lot::Mutex;
use std::sync::Arc;
use storage::RelationId;
use types::Oid;

/// The engine as system relations ask it.
pub(crate) struct SessionSources {
    pub(crate) engine: Arc<Engine>,
    pub(crate) database: Oid,
    /// The session's settings as pg_settings lists them, put here before it is read.
    pub(crate) settings: Mutex<Vec<SettingRow>>,
}

impl Sources for SessionSources {
    fn activity(&self) -> Vec<Activity> {
        let mut list: Vec<Activity> =
            self.engine.sessions().iter().map(|session| session.activity()).collect();
        list.sort_by_key(|activity| activity.process);
        let waits = self.engine.storage().lock_waits();
        for activity in &mut list {
            let wait = waits.iter().find(|wait| wait.process == activity.process);
            activity.wait_event = match wait {
                Some(wait) => Some(("Lock", wait.thing.kind())),
                None if activity.state == "active" => None,
                None => Some(("Client", "ClientRead")),
            };
        }
        list
    }

    fn settings(&self) -> Vec<SettingRow> {
        self.settings.lock().clone()
    }

    fn file_size(&self, file: u32) -> u64 {
        const PAGE_BYTES: u64 = 16 * 1024;
        let id = RelationId { database: self.database.0, file };
        self.engine.storage().page_count(id).map_or(0, |pages| u64::from(pages) * PAGE_BYTES)
    }

    fn sequence_value(&self, file: u32) -> Option<(i64, bool)> {
        let id = RelationId { database: self.database.0, file };
        self.engine.storage().sequence_read(id, execute::sequence_state).ok()?.ok()
    }

    fn prepared(&self) -> Vec<catalog::PreparedRow> {
        let list = self.engine.two_phase.lock();
        let row = |each: &crate::two_phase::TwoPhase| catalog::PreparedRow {
            xid: each.xid(),
            name: each.name.clone(),
            prepared_at: each.description.prepared_at,
            owner: each.description.owner,
            database: each.description.database,
        };
        list.iter().map(row).collect()
    }

    fn locks(&self) -> Vec<storage::LockRow> {
        self.engine.storage().lock_rows()
    }

    fn blocking_processes(&self, process: i32) -> Vec<i32> {
        self.engine.storage().blocking_processes(process)
    }

    fn snapshot_blocking_processes(&self, process: i32) -> Vec<i32> {
        self.engine.storage().snapshot_blocking_processes(process)
    }

    fn log_positions(&self) -> (storage::Lsn, storage::Lsn) {
        let storage = self.engine.storage();
        (storage.log_end(), storage.durable_lsn())
    }

    fn server_start(&self) -> i64 {
        self.engine.start_time
    }

    fn expression_text(&self, access: &Access, relation: Oid, tree: &StoredTree) -> Result<String> {
        expression::catalog_functions::expression_text(access, relation, tree)
    }

    fn index_definition(&self, access: &Access, index: Oid) -> Result<String> {
        expression::catalog_functions::index_definition(access, index)
    }
}
