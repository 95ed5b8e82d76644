//! PostgreSQL's own raw parser, without the way through protobuf that `pg_query` takes: libpg_query's inner functions.

use std::ffi::{CString, c_char, c_int, c_void};

#[repr(C)]
struct Parsed {
    tree: *mut c_void,
    standard_error: *mut c_char,
    error: *mut c_void,
}

unsafe extern "C" {
    fn pg_query_raw_parse(input: *const c_char, options: c_int) -> Parsed;
    fn pg_query_enter_memory_context() -> *mut c_void;
    fn pg_query_exit_memory_context(context: *mut c_void);
    fn pg_query_free_error(error: *mut c_void);
    fn free(memory: *mut c_void);
}

/// Parses a text to PostgreSQL's tree and throws that away; whether it was accepted.
pub(crate) fn parse(sql: &CString) -> bool {
    // SAFETY: the functions are used as libpg_query's own pg_query_parse does: the tree lives in the memory context, which
    // is left before this returns; the two other results are the caller's to free. The text ends with a zero byte.
    unsafe {
        let context = pg_query_enter_memory_context();
        let parsed = pg_query_raw_parse(sql.as_ptr(), 0);
        let accepted = parsed.error.is_null();
        free(parsed.standard_error.cast());
        if !accepted {
            pg_query_free_error(parsed.error);
        }
        pg_query_exit_memory_context(context);
        accepted
    }
}
