//! COPY FROM: lines to rows.

use super::Options;
use super::fields::Fields;
use crate::work::Work;
use analyze::Analyzer;
use batch::{Batch, ROWS_MAX, Rows, Vector};
use catalog::object::Table;
use error::{Error, Result, SqlState};
use execute::TableWriter;
use expression::{Expr, ExprKind, Program};
use std::sync::Arc;
use types::{Kind, TextContext, ValueRef, type_oid};

/// A COPY FROM STDIN that runs: what of the data is not a whole line yet, and rows not written yet.
pub struct CopyIn {
    table: Arc<Table>,
    /// The columns that lines give, by their place.
    columns: Vec<usize>,
    options: Options,
    buffer: Vec<u8>,
    /// The fields of the line at hand.
    fields: Fields,
    batch: Batch,
    line_number: u64,
    row_count: u64,
    header_due: bool,
    /// `\.` came: the rest is ignored.
    ended: bool,
    /// csv: within quotes at the end of what was scanned, and how far that was.
    quoted: bool,
    scanned: usize,
    defaults: Vec<(usize, Expr)>,
    programs: Option<Vec<(usize, Program)>>,
    writer: Option<TableWriter>,
    /// The columns whose values domains check.
    domains: Vec<(usize, Program)>,
    /// Triggers of the statement's beginning ran.
    begun: bool,
}

impl CopyIn {
    pub(super) fn begin(
        work: &mut dyn Work,
        table: Arc<Table>,
        numbers: Vec<i16>,
        options: Options,
        sql: &str,
    ) -> Result<Self> {
        let columns: Vec<usize> =
            numbers.iter().filter_map(|number| usize::try_from(number - 1).ok()).collect();
        let mut defaults = Vec::new();
        for (number, column) in (1..).zip(&table.columns) {
            let place = usize::try_from(number - 1).unwrap_or(0);
            let generated = column.default.as_ref().is_some_and(|default| default.generated);
            if !column.dropped && !columns.contains(&place) && !generated {
                let value = Analyzer::new(sql, work.resolver()).column_default(&table, number)?;
                defaults.push((place, value));
            }
        }
        Ok(Self {
            batch: Batch::new(table.columns.iter().map(|column| Kind::of(column.type_id))),
            header_due: options.header,
            table,
            columns,
            options,
            buffer: Vec::new(),
            fields: Fields::default(),
            line_number: 0,
            row_count: 0,
            ended: false,
            quoted: false,
            scanned: 0,
            defaults,
            programs: None,
            writer: None,
            domains: Vec::new(),
            begun: false,
        })
    }

    /// How many columns lines have.
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// Takes a piece of the data.
    pub fn data(&mut self, work: &mut dyn Work, data: &[u8]) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.buffer.extend_from_slice(data);
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.lines(work, &buffer);
        let used = result?;
        self.buffer = buffer;
        self.buffer.drain(..used);
        self.scanned -= used.min(self.scanned);
        const LINE_MAX: usize = 1 << 30;
        if self.buffer.len() > LINE_MAX {
            return Err(Error::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                "line of COPY data is too long",
            ));
        }
        Ok(())
    }

    /// The data ended: writes what is left and tells how many rows there were.
    pub fn done(mut self, work: &mut dyn Work) -> Result<u64> {
        if !self.buffer.is_empty() && !self.ended {
            if self.quoted {
                let error =
                    Error::new(SqlState::BAD_COPY_FILE_FORMAT, "unterminated CSV quoted field");
                return Err(self.located(error, None));
            }
            let line = std::mem::take(&mut self.buffer);
            self.line(work, trim_end(&line))?;
        }
        self.flush(work)?;
        if let Some(writer) = &mut self.writer {
            work.with_context(&mut |context| writer.finish(context))?;
        }
        Ok(self.row_count)
    }

    /// Handles all whole lines; returns how many bytes they take.
    fn lines(&mut self, work: &mut dyn Work, buffer: &[u8]) -> Result<usize> {
        let mut start = 0;
        let mut place = self.scanned;
        while !self.ended {
            // The next byte that may end a line, or say whether one does.
            let rest = &buffer[place.min(buffer.len())..];
            let found = if self.options.csv {
                memchr::memchr3(b'\n', self.options.quote, self.options.escape, rest)
            } else {
                memchr::memchr2(b'\n', b'\\', rest)
            };
            let Some(found) = found else {
                place = buffer.len().max(place);
                break;
            };
            place += found;
            let byte = buffer[place];
            place += 1;
            if self.options.csv {
                if byte == self.options.quote {
                    self.quoted = !self.quoted;
                } else if byte == self.options.escape && self.quoted && place < buffer.len() {
                    // An escape other than the quote protects what follows.
                    place += 1;
                }
            } else if byte == b'\\' {
                // A backslash protects what follows, a line's end too; it may still be to come.
                if place == buffer.len() {
                    place -= 1;
                    break;
                }
                if buffer[place] != b'.' {
                    place += 1;
                }
                continue;
            }
            if byte == b'\n' && !self.quoted {
                let line = trim_end(&buffer[start..place - 1]);
                start = place;
                self.line(work, line)?;
            }
        }
        self.scanned = place;
        Ok(start)
    }

    fn line(&mut self, work: &mut dyn Work, line: &[u8]) -> Result<()> {
        self.line_number += 1;
        if line == b"\\." {
            self.ended = true;
            return Ok(());
        }
        if std::mem::take(&mut self.header_due) {
            return Ok(());
        }
        self.row(work, line)?;
        if self.batch.row_count == ROWS_MAX {
            self.flush(work)?;
        }
        Ok(())
    }

    fn row(&mut self, work: &mut dyn Work, line: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(line).map_err(|error| {
            let byte = line.get(error.valid_up_to()).copied().unwrap_or(0);
            let text = format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}");
            self.located(Error::new(SqlState::CHARACTER_NOT_IN_REPERTOIRE, text), None)
        })?;
        if self.options.csv {
            let (table, columns) = (&self.table, &self.columns);
            let name = |number: usize| {
                columns.get(number).map(|slot: &usize| table.columns[*slot].name.as_str())
            };
            self.fields.read_csv(text, &self.options, &name);
        } else {
            self.fields.read_text(text, &self.options);
        }
        let fields = &self.fields;
        let place = self.batch.row_count;
        let context = work.resolver().text_context();
        if fields.have_zero(line) {
            let error = Error::new(
                SqlState::CHARACTER_NOT_IN_REPERTOIRE,
                "invalid byte sequence for encoding \"UTF8\": 0x00",
            );
            return Err(self.located_line(error, text_of(line)));
        }
        for (index, slot) in self.columns.iter().enumerate() {
            let column = &self.table.columns[*slot];
            let Some(field) = fields.get(index, text) else {
                // A single empty column may be an empty line.
                let text = format!("missing data for column \"{}\"", column.name);
                return Err(self.located_line(
                    Error::new(SqlState::BAD_COPY_FILE_FORMAT, text),
                    text_of(line),
                ));
            };
            match field {
                None => self.batch.columns[*slot].set_null(place),
                Some(field) if is_text(column, field) => {
                    self.batch.columns[*slot].set(place, ValueRef::Bytes(field.as_bytes()));
                }
                Some(field) => {
                    let vector = &mut self.batch.columns[*slot];
                    if let Err(error) = read_field(column, field, &context, vector, place) {
                        return Err(self.located(error, Some((&column.name, field))));
                    }
                }
            }
        }
        if fields.len() > self.columns.len() {
            let error =
                Error::new(SqlState::BAD_COPY_FILE_FORMAT, "extra data after last expected column");
            return Err(self.located_line(error, text_of(line)));
        }
        self.batch.row_count += 1;
        Ok(())
    }

    /// Writes the rows that wait.
    #[expect(clippy::too_many_lines, reason = "one batch, from its defaults to its rows")]
    fn flush(&mut self, work: &mut dyn Work) -> Result<()> {
        if self.batch.row_count == 0 {
            return Ok(());
        }
        let catalog = work.catalog();
        let mut inserted = 0;
        work.with_context(&mut |context| {
            let find = context.host.find_function();
            if self.writer.is_none() {
                let target = plan::modify_target(&catalog, self.table.oid)?;
                self.writer = Some(TableWriter::for_target(&target, find)?);
                let programs = self
                    .defaults
                    .iter()
                    .map(|(place, expr)| Ok((*place, Program::compile(expr, find)?)));
                self.programs = Some(programs.collect::<Result<_>>()?);
                for slot in &self.columns {
                    let column = &self.table.columns[*slot];
                    if expression::has_domain(&catalog, column.type_id) {
                        self.domains.push((*slot, domain_program(*slot, column.type_id, find)?));
                    }
                }
            }
            let first = self.line_number + 1 - self.batch.row_count as u64;
            for (slot, program) in &mut self.domains {
                for row in 0..self.batch.row_count {
                    let one = [u16::try_from(row).unwrap_or(0)];
                    let failed = program.run(&self.batch.columns, Rows::Some(&one), context).err();
                    let Some(error) = failed else { continue };
                    let column = &self.table.columns[*slot];
                    let mut text = Vec::new();
                    let value = self.batch.columns[*slot].get(row);
                    types::output(column.type_id, value, &context.host.text_context(), &mut text)?;
                    let line = first + row as u64;
                    let shown = if value.is_null() {
                        "null input".to_owned()
                    } else {
                        format!("\"{}\"", String::from_utf8_lossy(&text))
                    };
                    return Err(error.context(format!(
                        "COPY {}, line {line}, column {}: {shown}",
                        self.table.name, column.name
                    )));
                }
            }
            let rows = Rows::All(self.batch.row_count);
            for (place, program) in self.programs.iter_mut().flatten() {
                let values = program.run(&[], rows, context)?;
                self.batch.columns[*place].copy_rows(values, rows);
            }
            for (slot, column) in self.table.columns.iter().enumerate().filter(|(_, c)| c.dropped) {
                debug_assert!(column.dropped, "only dropped columns are left without values");
                for row in rows.iter() {
                    self.batch.columns[slot].set_null(row);
                }
            }
            let writer =
                self.writer.as_mut().ok_or_else(|| Error::internal("COPY has no writer"))?;
            for (slot, column) in self.batch.columns.iter_mut().enumerate() {
                if !self.columns.contains(&slot) && column.len() < self.batch.row_count {
                    for row in rows.iter() {
                        column.set_null(row);
                    }
                }
            }
            if !self.begun {
                self.begun = true;
                writer.begin(context, catalog::object::Trigger::INSERT)?;
            }
            inserted = writer.insert_rows(context, &mut self.batch)?;
            Ok(())
        })
        .map_err(|error| {
            if error.fields().context.is_some() {
                return error;
            }
            error.context(format!("COPY {}, line {}", self.table.name, self.line_number))
        })?;
        self.row_count += inserted;
        self.batch.clear();
        Ok(())
    }

    /// Adds where in the data an error is.
    fn located(&self, error: Error, field: Option<(&str, &str)>) -> Error {
        let mut text = format!("COPY {}, line {}", self.table.name, self.line_number);
        if let Some((column, value)) = field {
            text.push_str(&format!(", column {column}: \"{value}\""));
        }
        error.context(text)
    }

    fn located_line(&self, error: Error, line: String) -> Error {
        error.context(format!("COPY {}, line {}: \"{line}\"", self.table.name, self.line_number))
    }
}

/// Checks a column's values against the domains that its type is or has.
fn domain_program(
    slot: usize,
    type_id: types::Oid,
    find: fn(&str) -> Option<functions::Builtin>,
) -> Result<Program> {
    let slot = u32::try_from(slot).map_err(|_| Error::internal("a table has so many columns"))?;
    let arg = Expr::new(ExprKind::Slot(slot), type_id, types::Oid::INVALID);
    let kind = ExprKind::ToDomain { arg: Box::new(arg), explicit: false };
    Program::compile(&Expr::new(kind, type_id, types::Oid::INVALID), find)
}

fn text_of(line: &[u8]) -> String {
    const SHOWN_MAX: usize = 100;
    let text = String::from_utf8_lossy(line);
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    if cut.len() < text.len() { format!("{cut}...") } else { cut }
}

/// A line without its carriage return.
fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n")
        .unwrap_or(line)
        .strip_suffix(b"\r")
        .unwrap_or(line.strip_suffix(b"\n").unwrap_or(line))
}

/// Whether a field is the column's value as it stands.
fn is_text(column: &catalog::object::Column, field: &str) -> bool {
    const HEADER: i32 = 4;
    let fits = |length_max: i32| usize::try_from(length_max).is_ok_and(|max| field.len() <= max);
    column.type_id == type_oid::TEXT
        || column.type_id == type_oid::VARCHAR
            && (column.typmod < HEADER || fits(column.typmod - HEADER))
}

/// Reads a field into a row of its column.
#[inline]
fn read_field(
    column: &catalog::object::Column,
    field: &str,
    context: &TextContext<'_>,
    vector: &mut Vector,
    place: usize,
) -> Result<()> {
    if let Some(value) = types::input_number(column.type_id, column.typmod, field, context.style) {
        vector.set(place, value?);
        return Ok(());
    }
    let mut value = types::input(column.type_id, column.typmod, field, context)?;
    if column.typmod >= 0 {
        value = types::apply_typmod(column.type_id, column.typmod, value, false)?;
    }
    vector.set_datum(place, &value);
    Ok(())
}
