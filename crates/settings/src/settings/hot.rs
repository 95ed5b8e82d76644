//! Typed copies of the settings that are read often.

use crate::check::parse_date_style;
use crate::{SettingId, Value, parse_name_list};
use std::sync::Arc;
use types::{IntervalForm, Style};

/// A transaction's isolation level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum Isolation {
    ReadUncommitted,
    #[default]
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Isolation {
    /// The level of a setting's text.
    pub fn from_text(text: &str) -> Option<Self> {
        Some(match text {
            "read uncommitted" => Self::ReadUncommitted,
            "read committed" => Self::ReadCommitted,
            "repeatable read" => Self::RepeatableRead,
            "serializable" => Self::Serializable,
            _ => return None,
        })
    }

    /// The level as a setting's text.
    pub fn text(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "read uncommitted",
            Self::ReadCommitted => "read committed",
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        }
    }
}

/// Settings that are read often, each named as its setting is; times in milliseconds, memory in kB.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names are the settings'")]
#[expect(clippy::struct_excessive_bools, reason = "so are the settings")]
pub struct Hot {
    pub style: Style,
    pub search_path: Arc<[String]>,
    pub is_superuser: bool,
    pub work_mem_kb: i32,
    pub maintenance_work_mem_kb: i32,
    pub statement_timeout_ms: i32,
    pub lock_timeout_ms: i32,
    pub deadlock_timeout_ms: i32,
    pub transaction_timeout_ms: i32,
    pub idle_session_timeout_ms: i32,
    pub idle_in_transaction_session_timeout_ms: i32,
    pub default_transaction_isolation: Isolation,
    pub default_transaction_read_only: bool,
    pub default_transaction_deferrable: bool,
    pub standard_conforming_strings: bool,
    pub array_nulls: bool,
    pub row_security: bool,
    pub check_function_bodies: bool,
    pub transform_null_equals: bool,
    pub quote_all_identifiers: bool,
    /// synchronous_commit is not off.
    pub synchronous_commit: bool,
    /// In microseconds.
    pub commit_delay: i32,
    pub commit_siblings: i32,
    /// In MB; -1 for no limit.
    pub max_snapshot_wal_keep_size: i32,
    /// client_min_messages as a rank: 0 for debug5 to 5 for log, 6 info, 7 notice, 8 warning, 9 error.
    pub client_min_messages: u8,
    pub geqo_threshold: i32,
    pub max_parallel_workers_per_gather: i32,
}

impl Hot {
    /// Takes over a value if it is one of these.
    pub(crate) fn update(&mut self, id: SettingId, value: &Value) {
        let Some(fact) = id.fact() else {
            return;
        };
        match value {
            Value::Bool(flag) => self.update_flag(fact.name, *flag),
            Value::Integer(number) => self.update_number(fact.name, *number),
            Value::Text(text) => self.update_text(fact.name, text),
            Value::Real(_) => {}
        }
    }

    fn update_flag(&mut self, name: &str, flag: bool) {
        let place = match name {
            "is_superuser" => &mut self.is_superuser,
            "default_transaction_read_only" => &mut self.default_transaction_read_only,
            "default_transaction_deferrable" => &mut self.default_transaction_deferrable,
            "standard_conforming_strings" => &mut self.standard_conforming_strings,
            "array_nulls" => &mut self.array_nulls,
            "row_security" => &mut self.row_security,
            "check_function_bodies" => &mut self.check_function_bodies,
            "transform_null_equals" => &mut self.transform_null_equals,
            "quote_all_identifiers" => &mut self.quote_all_identifiers,
            _ => return,
        };
        *place = flag;
    }

    fn update_number(&mut self, name: &str, number: i32) {
        let place = match name {
            "work_mem" => &mut self.work_mem_kb,
            "maintenance_work_mem" => &mut self.maintenance_work_mem_kb,
            "statement_timeout" => &mut self.statement_timeout_ms,
            "lock_timeout" => &mut self.lock_timeout_ms,
            "deadlock_timeout" => &mut self.deadlock_timeout_ms,
            "transaction_timeout" => &mut self.transaction_timeout_ms,
            "idle_session_timeout" => &mut self.idle_session_timeout_ms,
            "idle_in_transaction_session_timeout" => {
                &mut self.idle_in_transaction_session_timeout_ms
            }
            "extra_float_digits" => &mut self.style.extra_float_digits,
            "commit_delay" => &mut self.commit_delay,
            "commit_siblings" => &mut self.commit_siblings,
            "max_snapshot_wal_keep_size" => &mut self.max_snapshot_wal_keep_size,
            "geqo_threshold" => &mut self.geqo_threshold,
            "max_parallel_workers_per_gather" => &mut self.max_parallel_workers_per_gather,
            _ => return,
        };
        *place = number;
    }

    fn update_text(&mut self, name: &str, text: &str) {
        match name {
            "search_path" => self.search_path = parse_name_list(text).unwrap_or_default().into(),
            "DateStyle" => {
                let (form, order) = (self.style.date_form, self.style.date_order);
                if let Ok((form, order)) = parse_date_style(text, form, order) {
                    self.style.date_form = form;
                    self.style.date_order = order;
                }
            }
            "TimeZone" => {
                if let Ok((zone, name)) = types::set_time_zone(text) {
                    self.style.time_zone = zone;
                    self.style.time_zone_name = name;
                }
            }
            "IntervalStyle" => {
                self.style.interval_form = match text {
                    "sql_standard" => IntervalForm::SqlStandard,
                    "postgres_verbose" => IntervalForm::PostgresVerbose,
                    "iso_8601" => IntervalForm::Iso8601,
                    _ => IntervalForm::Postgres,
                };
            }
            "bytea_output" => self.style.bytea_escape = text == "escape",
            "synchronous_commit" => self.synchronous_commit = text != "off",
            "default_transaction_isolation" => {
                self.default_transaction_isolation = Isolation::from_text(text).unwrap_or_default();
            }
            "client_min_messages" => self.client_min_messages = rank_of_level(text),
            _ => {}
        }
    }
}

fn rank_of_level(text: &str) -> u8 {
    const LEVELS: [&str; 10] = [
        "debug5", "debug4", "debug3", "debug2", "debug1", "log", "info", "notice", "warning",
        "error",
    ];
    let position = LEVELS.iter().position(|level| *level == text);
    position.and_then(|rank| u8::try_from(rank).ok()).unwrap_or(7)
}
