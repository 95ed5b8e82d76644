//! A null mask: one bit a row, with a short way where no row is NULL.

/// Which rows are NULL. Rows past the end are not.
#[derive(Debug, Clone, Default)]
pub struct Nulls {
    words: Vec<u64>,
}

impl Nulls {
    /// Whether a row may be NULL at all.
    #[inline]
    pub fn any(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether the row is NULL.
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Makes the row NULL.
    #[inline]
    pub fn set(&mut self, row: usize) {
        if self.words.len() <= row / 64 {
            self.words.resize(row / 64 + 1, 0);
        }
        self.words[row / 64] |= 1 << (row % 64);
    }

    /// Makes the row not NULL.
    #[inline]
    pub fn unset(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word &= !(1 << (row % 64));
        }
    }

    /// Makes no row NULL.
    #[inline]
    pub fn clear(&mut self) {
        self.words.clear();
    }

    /// Makes the first `row_count` rows NULL.
    pub fn set_all(&mut self, row_count: usize) {
        self.words.clear();
        self.words.resize(row_count / 64, u64::MAX);
        if !row_count.is_multiple_of(64) {
            self.words.push((1 << (row_count % 64)) - 1);
        }
    }

    /// Makes NULL what is NULL in `other`.
    pub fn union(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }
}
