//! The heap page.
/// The largest body that fits a page.
pub(crate) const BODY_MAX: usize = 16384 - 128;
