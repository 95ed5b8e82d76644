//! Which rows of a batch an operation is about.

/// Rows of a batch by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows<'a> {
    /// The first so many.
    All(usize),
    /// These, ascending.
    Some(&'a [u16]),
}

impl<'a> Rows<'a> {
    /// How many.
    pub fn count(self) -> usize {
        match self {
            Self::All(count) => count,
            Self::Some(rows) => rows.len(),
        }
    }

    /// One more than the highest index; 0 for none: what a result vector must hold.
    pub fn end(self) -> usize {
        match self {
            Self::All(count) => count,
            Self::Some(rows) => rows.last().map_or(0, |&row| usize::from(row) + 1),
        }
    }

    /// The indexes, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> + 'a {
        let (all, some): (usize, &'a [u16]) = match self {
            Self::All(count) => (count, &[]),
            Self::Some(rows) => (0, rows),
        };
        (0..all).chain(some.iter().map(|&row| usize::from(row)))
    }
}
