//! The machine: files, clock, randomness and blocking waits, real or simulated.
//!
//! [`Disk`] is a data directory. [`RealDisk`] is one of the file system; [`SimDisk`] is one in memory that
//! loses power, tears sectors, fills up and fails as its seed says.

mod blocking;
mod clock;
mod disk;
mod memory;
mod outside;
mod random;
mod real;
mod simulated;
pub mod sync;

pub use blocking::{Reason, WaitSlot, blocking, install_blocking_hook};
pub use clock::unix_time_us;
pub use disk::{DIRECT_BYTES, Disk, DiskLock, File, OpenMode};
pub use memory::{allow_huge_pages, memory_bytes};
pub use outside::{OutsideReader, OutsideWriter};
pub use random::Random;
pub use real::RealDisk;
pub use simulated::{Direct, SimDisk};
