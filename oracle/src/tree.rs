//! Whether PostgreSQL's tree of what surus prints equals its tree of the original.

pub(crate) fn compare(_statements: &[String], _top_count: usize) -> Result<(), String> {
    Err("not there yet".into())
}
