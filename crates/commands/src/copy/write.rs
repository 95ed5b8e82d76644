//! COPY TO: rows to lines.

use super::Options;
use batch::Batch;
use error::Result;
use expression::Query;
use types::{Oid, TextContext};

/// Turns rows into lines.
pub struct CopyOut {
    options: Options,
    columns: Vec<(String, Oid)>,
    text: Vec<u8>,
}

impl CopyOut {
    pub(super) fn new(query: &Query, options: Options) -> Self {
        let visible = query.targets.iter().filter(|target| !target.junk);
        let columns = visible.map(|target| (target.name.clone(), target.expr.type_id)).collect();
        Self { options, columns, text: Vec::new() }
    }

    /// How many columns lines have.
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// The header line, if there is to be one.
    pub fn header(&mut self) -> Option<Vec<u8>> {
        if !self.options.header {
            return None;
        }
        let mut line = Vec::new();
        for (index, (name, _)) in self.columns.iter().enumerate() {
            if index > 0 {
                line.push(self.options.delimiter);
            }
            field(&self.options, name.as_bytes(), false, self.columns.len(), &mut line);
        }
        line.push(b'\n');
        Some(line)
    }

    /// Calls `f` with the line of each row.
    pub fn rows(
        &mut self,
        batch: &Batch,
        context: &TextContext<'_>,
        f: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        let mut line = Vec::new();
        for row in batch.rows().iter() {
            line.clear();
            for (index, ((name, type_id), column)) in
                self.columns.iter().zip(&batch.columns).enumerate()
            {
                if index > 0 {
                    line.push(self.options.delimiter);
                }
                let value = column.get(row);
                if value.is_null() {
                    line.extend_from_slice(self.options.null.as_bytes());
                    continue;
                }
                self.text.clear();
                types::output(*type_id, value, context, &mut self.text)?;
                let forced =
                    self.options.force_quote_all || self.options.force_quote.contains(name);
                field(&self.options, &self.text, forced, self.columns.len(), &mut line);
            }
            line.push(b'\n');
            f(&line);
        }
        Ok(())
    }
}

fn field(options: &Options, text: &[u8], forced: bool, column_count: usize, line: &mut Vec<u8>) {
    if options.csv {
        let special = |byte: &u8| {
            *byte == options.delimiter || *byte == options.quote || *byte == b'\n' || *byte == b'\r'
        };
        let quoted = forced
            || text == options.null.as_bytes()
            || text.iter().any(special)
            || column_count == 1 && text == b"\\.";
        if !quoted {
            line.extend_from_slice(text);
            return;
        }
        line.push(options.quote);
        for byte in text {
            if *byte == options.quote || *byte == options.escape {
                line.push(options.escape);
            }
            line.push(*byte);
        }
        line.push(options.quote);
        return;
    }
    for byte in text {
        let letter = match byte {
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            11 => b'v',
            b'\\' => b'\\',
            other if *other == options.delimiter => *other,
            other => {
                line.push(*other);
                continue;
            }
        };
        line.push(b'\\');
        line.push(letter);
    }
}
