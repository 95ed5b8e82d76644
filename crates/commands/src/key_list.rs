//! The keys of an index that is built, to be sorted.

use storage::RowAddress;

/// Keys and the rows that have them. All bytes are in one place, and most comparisons need only the first eight of them.
#[derive(Debug, Default)]
pub(crate) struct KeyList {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first bytes as a number, zeros behind a shorter key: if it differs, so do the keys, in the same way.
    prefix: u64,
    start: usize,
    length: usize,
    address: RowAddress,
}

impl KeyList {
    pub(crate) fn push(&mut self, key: &[u8], address: RowAddress) {
        let mut first = [0; 8];
        let count = key.len().min(first.len());
        first[..count].copy_from_slice(&key[..count]);
        let prefix = u64::from_be_bytes(first);
        self.entries.push(Entry { prefix, start: self.bytes.len(), length: key.len(), address });
        self.bytes.extend_from_slice(key);
    }

    /// Sorts by key, and by place in the table where keys are equal.
    pub(crate) fn sort(&mut self) {
        let bytes = &self.bytes;
        let key = |entry: &Entry| &bytes[entry.start..entry.start + entry.length];
        self.entries.sort_unstable_by(|a, b| {
            let by_key = || key(a).cmp(key(b)).then_with(|| a.address.cmp(&b.address));
            a.prefix.cmp(&b.prefix).then_with(by_key)
        });
    }

    /// The keys in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], RowAddress)> {
        let key = |entry: &Entry| &self.bytes[entry.start..entry.start + entry.length];
        self.entries.iter().map(move |entry| (key(entry), entry.address))
    }

    /// Keys that more than one row has; the list is sorted.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = &[u8]> {
        let next = self.iter().skip(1);
        self.iter().zip(next).filter(|(a, b)| a.0 == b.0).map(|(a, _)| a.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_as_bytes() {
        let mut random = os::Random::seeded(7);
        let mut list = KeyList::default();
        let mut model = Vec::new();
        for slot in 0..2000_u16 {
            let length = usize::try_from(random.below(12)).unwrap();
            let key: Vec<u8> = (0..length)
                .map(|_| [0, 1, 97, 255][usize::try_from(random.below(4)).unwrap()])
                .collect();
            let address = RowAddress { page: u32::from(slot % 3), slot };
            list.push(&key, address);
            model.push((key, address));
        }
        list.sort();
        model.sort();
        assert!(list.iter().eq(model.iter().map(|(key, address)| (key.as_slice(), *address))));
        let duplicates = model.windows(2).filter(|pair| pair[0].0 == pair[1].0).count();
        assert_eq!(list.duplicates().count(), duplicates);
    }
}
