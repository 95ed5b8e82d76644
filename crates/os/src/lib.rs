//! The machine: files, clock, randomness and blocking waits, real or simulated.

mod blocking;
mod disk;

pub use blocking::{Reason, WaitSlot, blocking, install_blocking_hook};
pub use disk::{Disk, DiskLock, File, OpenMode};
