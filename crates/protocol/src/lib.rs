//! Wire messages of PostgreSQL's protocol 3 to bytes and back. It opens no socket and knows no session.

mod backend;
mod frontend;
mod reader;
mod rows;
mod startup;
#[cfg(test)]
mod tests;

pub use backend::{Authentication, ColumnDescription, Direction, Encoder};
pub use frontend::{BindMessage, Message, Target, decode};
pub use reader::check_utf8;
pub use rows::{Column, data_rows};
pub use startup::{StartupPacket, StartupParameters, decode_startup, split_options};

/// The most bytes of a message before a client is authenticated.
pub const UNAUTHENTICATED_MESSAGE_MAX: usize = 65_535;
/// The most bytes of a message.
pub const MESSAGE_MAX: usize = 0x3fff_ffff;
/// The latest version of the protocol that is spoken: 3.2.
pub const VERSION_LATEST: u32 = 3 << 16 | 2;
