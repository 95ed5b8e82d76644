//! The rows of pg_settings and their values for a session.
//!
//! A [`SettingFact`] is a row of pg_settings. [`Defaults`] are the values that a server starts with; sessions share them.
//! [`Settings`] are a session's: it keeps only what differs from the defaults, and typed copies of what is read often.

mod check;
mod fact;
mod list;
mod parse;
mod settings;
mod value;

pub use fact::{Context, Kind, SettingFact, SettingId, facts};
pub use list::{list_text, parse_name_list, quote_name};
pub use parse::parse_bool;
pub use settings::{Defaults, Hot, Isolation, Saved, Scope, Settings, Source};
pub use value::Value;
