//! pg_node_tree values: stored expressions as text that only pg_get_expr reads.
//!
//! `T` and the hexadecimal digits of each tree, separated by spaces; or `S` and SQL text, for built-in objects.

use crate::object::StoredTree;
use types::Datum;

/// What a pg_node_tree holds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeTree {
    /// Stored expressions; an index may have several.
    Trees(Vec<StoredTree>),
    /// SQL text.
    Sql(String),
}

/// The pg_node_tree of expressions; NULL of none.
pub(super) fn node_tree<'t>(trees: impl IntoIterator<Item = &'t StoredTree>) -> Datum {
    let words: Vec<String> = trees
        .into_iter()
        .map(|tree| tree.0.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    if words.is_empty() { Datum::Null } else { Datum::text(&format!("T{}", words.join(" "))) }
}

/// The pg_node_tree of SQL text.
pub(super) fn sql_tree(sql: &str) -> Datum {
    Datum::text(&format!("S{sql}"))
}

impl NodeTree {
    /// What a pg_node_tree's text holds; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(sql) = text.strip_prefix('S') {
            return Some(Self::Sql(sql.to_owned()));
        }
        let tree = |word: &str| {
            let digits = word.as_bytes().chunks(2);
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            let bytes: Option<Vec<u8>> = digits.map(byte).collect();
            bytes.map(|bytes| StoredTree(bytes.into()))
        };
        let trees: Option<Vec<StoredTree>> = text.strip_prefix('T')?.split(' ').map(tree).collect();
        trees.map(Self::Trees)
    }
}
