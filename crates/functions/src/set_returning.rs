//! Set-returning functions.

use crate::{CallInfo, Environment};
use batch::Vector;
use error::Result;
use types::Datum;

/// What starts one call: its arguments, what is known of it, the session.
pub type Start = fn(&[Datum], &CallInfo, &mut dyn Environment) -> Result<Box<dyn RowSource>>;

/// A set-returning function of pg_proc, bound by its `prosrc`.
#[derive(Clone, Copy)]
pub struct SetReturning {
    /// pg_proc's `prosrc`.
    pub prosrc: &'static str,
    /// Starts one call.
    pub start: Start,
}

/// A binding row.
pub const fn set_returning(prosrc: &'static str, start: Start) -> SetReturning {
    SetReturning { prosrc, start }
}

/// The rows of one call.
pub trait RowSource: Send {
    /// Appends up to `rows_max` rows to the columns (one, or one for each OUT column) and tells how many;
    /// fewer than `rows_max` means that there are no more.
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        environment: &mut dyn Environment,
    ) -> Result<usize>;
}
