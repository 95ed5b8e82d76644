//! A column of variable-length values.
//!
//! A value is a 16-byte view: its length, then up to 12 bytes inline; or the length, a prefix of 4 bytes and the offset
//! in the column's heap. Setting a row again leaves its old bytes in the heap until the column is cleared.

const INLINE_MAX: usize = 12;
const PREFIX: usize = 4;

#[derive(Debug, Clone, Copy, Default)]
struct View {
    length: u32,
    data: [u8; INLINE_MAX],
}

/// Variable-length values by row.
#[derive(Debug, Clone, Default)]
pub struct BytesColumn {
    views: Vec<View>,
    heap: Vec<u8>,
}

impl BytesColumn {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The bytes that the heap holds: what a memory account is charged.
    pub fn heap_bytes(&self) -> usize {
        self.heap.len()
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> &[u8] {
        let view = &self.views[row];
        let length = view.length as usize;
        if length <= INLINE_MAX {
            return &view.data[..length];
        }
        let offset = offset(view);
        &self.heap[offset..offset + length]
    }

    /// The value of a row of a column whose every value was checked to be UTF-8 on input.
    #[inline]
    #[expect(
        unsafe_code,
        reason = "text is checked once, where it enters; checking at each use costs a scan a call"
    )]
    pub fn get_str(&self, row: usize) -> &str {
        let bytes = self.get(row);
        debug_assert!(std::str::from_utf8(bytes).is_ok(), "text column holds invalid UTF-8");
        // SAFETY: columns of text types are only filled from values that passed text input, receive or a function
        // returning `str`; the engine reads stored rows under checksums.
        unsafe { std::str::from_utf8_unchecked(bytes) }
    }

    /// Sets the value of a row; the rows in between become empty.
    #[inline]
    pub fn set(&mut self, row: usize, value: &[u8]) {
        self.grow(row + 1);
        self.views[row] = self.view(value);
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: &[u8]) {
        let view = self.view(value);
        self.views.push(view);
    }

    #[inline]
    fn view(&mut self, value: &[u8]) -> View {
        if value.len() <= INLINE_MAX {
            return short_view(value);
        }
        let start = self.heap.len();
        self.heap.extend_from_slice(value);
        long_view(value, start)
    }

    /// Sets the value of a row to what `write` appends; nothing is kept where it fails.
    #[inline]
    pub fn set_with<E>(
        &mut self,
        row: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.grow(row + 1);
        let start = self.heap.len();
        if let Err(error) = write(&mut self.heap) {
            self.heap.truncate(start);
            return Err(error);
        }
        let value = &self.heap[start..];
        if value.len() <= INLINE_MAX {
            self.views[row] = short_view(value);
            self.heap.truncate(start);
        } else {
            self.views[row] = long_view(value, start);
        }
        Ok(())
    }

    /// Makes it hold at least so many rows.
    #[inline]
    pub fn grow(&mut self, row_count: usize) {
        if self.views.len() < row_count {
            self.views.resize(row_count, View::default());
        }
    }

    /// Forgets the rows and keeps the memory.
    pub fn clear(&mut self) {
        self.views.clear();
        self.heap.clear();
    }
}

#[inline]
fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a value is at most 1 GB")
}

/// Two copies of a width that the compiler knows, which may overlap, are quicker than one of any width.
#[inline]
fn short_view(value: &[u8]) -> View {
    let count = value.len();
    let mut data = [0; INLINE_MAX];
    match count {
        8.. => {
            data[..8].copy_from_slice(&value[..8]);
            data[count - 4..count].copy_from_slice(&value[count - 4..]);
        }
        4.. => {
            data[..4].copy_from_slice(&value[..4]);
            data[count - 4..count].copy_from_slice(&value[count - 4..]);
        }
        1.. => {
            data[0] = value[0];
            data[count / 2] = value[count / 2];
            data[count - 1] = value[count - 1];
        }
        0 => {}
    }
    View { length: length(count), data }
}

#[inline]
fn long_view(value: &[u8], start: usize) -> View {
    let mut view = View { length: length(value.len()), ..View::default() };
    view.data[..PREFIX].copy_from_slice(&value[..PREFIX]);
    view.data[PREFIX..].copy_from_slice(&(start as u64).to_le_bytes());
    view
}

#[inline]
fn offset(view: &View) -> usize {
    let bytes = view.data[PREFIX..].try_into().expect("eight bytes follow the prefix");
    usize::try_from(u64::from_le_bytes(bytes)).expect("an offset into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_length_are_kept() {
        let value = |length: usize| -> Vec<u8> { (1..=100).take(length).collect() };
        let mut column = BytesColumn::default();
        for length in 0..30 {
            column.push(&value(length));
        }
        for length in (0..30).rev() {
            assert_eq!(column.get(length), value(length));
            column.set(length, &value(29 - length));
            assert_eq!(column.get(length), value(29 - length));
        }
        // Short values are equal where their views are: what is behind them is zero.
        assert_eq!(column.views[29 - 5].data, [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0]);
    }
}
