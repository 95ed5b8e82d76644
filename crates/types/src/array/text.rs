//! The text form of arrays: `{1,2,NULL}`, `[0:1]={"a b",c}`; of int2vector and oidvector: `1 2`.

use super::{
    Array, DIMENSIONS_MAX, Dimension, ELEMENTS_MAX, build_array, too_large, vector_of_values,
};
use crate::text::is_space;
use crate::{Datum, Oid, TextContext, ValueRef, io};
use error::{Error, Result, SqlState};

/// An array from text, its elements of a type and typmod, separated by `delimiter` (a semicolon for box). 22P02.
pub fn input_array(
    element_type: Oid,
    typmod: i32,
    delimiter: char,
    source: &str,
    context: &TextContext<'_>,
) -> Result<Datum> {
    let mut reader = Reader { source, at: 0, delimiter };
    let bounds = reader.bounds()?;
    let mut elements: Vec<Datum> = Vec::new();
    let mut shape = Shape { lengths: Vec::new(), known: bounds.is_some() };
    if let Some(bounds) = &bounds {
        shape.lengths = bounds.iter().map(|bound| Some(bound.length)).collect();
    }
    reader.elements(&mut shape, &mut |text| {
        let element = match text {
            None => Datum::Null,
            Some(text) => io::input(element_type, typmod, text, context)?,
        };
        elements.push(element);
        if elements.len() > ELEMENTS_MAX { Err(too_large()) } else { Ok(()) }
    })?;
    let dimensions: Vec<Dimension> = match bounds {
        Some(bounds) => bounds,
        None => {
            let lengths = shape.lengths.iter().map(|length| length.unwrap_or(0));
            lengths.map(|length| Dimension { length, lower: 1 }).collect()
        }
    };
    let bytes = build_array(element_type, &dimensions, elements.iter().map(Datum::as_ref))?;
    Ok(Datum::Bytes(bytes.into()))
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    delimiter: char,
}

/// The lengths of the dimensions as far as they are known.
struct Shape {
    lengths: Vec<Option<i32>>,
    known: bool,
}

enum Token {
    Open,
    Close,
    Delimiter,
    Element(Option<String>),
}

impl Reader<'_> {
    #[cold]
    fn malformed(&self, detail: impl Into<String>) -> Error {
        Error::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("malformed array literal: \"{}\"", self.source),
        )
        .detail(detail)
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    /// `[1:2][0:3]=` before the braces.
    fn bounds(&mut self) -> Result<Option<Vec<Dimension>>> {
        let mut bounds = Vec::new();
        loop {
            self.skip_space();
            if !self.accept('[') {
                break;
            }
            if bounds.len() >= DIMENSIONS_MAX {
                return Err(too_many_dimensions());
            }
            let Some(first) = self.bound()? else {
                return Err(
                    self.malformed("\"[\" must introduce explicitly-specified array dimensions.")
                );
            };
            let (lower, upper) = if self.accept(':') {
                let Some(upper) = self.bound()? else {
                    return Err(self.malformed("Missing array dimension value."));
                };
                (first, upper)
            } else {
                (1, first)
            };
            if !self.accept(']') {
                return Err(self.malformed("Missing \"]\" after array dimensions."));
            }
            if upper < lower {
                return Err(Error::new(
                    SqlState::ARRAY_SUBSCRIPT_ERROR,
                    "upper bound cannot be less than lower bound",
                ));
            }
            if upper == i32::MAX {
                return Err(Error::new(
                    SqlState::PROGRAM_LIMIT_EXCEEDED,
                    format!("array upper bound is too large: {upper}"),
                ));
            }
            let length =
                upper.checked_sub(lower).and_then(|n| n.checked_add(1)).ok_or_else(too_large)?;
            bounds.push(Dimension { length, lower });
        }
        if bounds.is_empty() {
            if !self.rest().starts_with('{') {
                return Err(
                    self.malformed("Array value must start with \"{\" or dimension information.")
                );
            }
            return Ok(None);
        }
        if !self.accept('=') {
            return Err(self.malformed("Missing \"=\" after array dimensions."));
        }
        self.skip_space();
        if !self.rest().starts_with('{') {
            return Err(self.malformed("Array contents must start with \"{\"."));
        }
        super::element_count(&bounds)?;
        Ok(Some(bounds))
    }

    fn bound(&mut self) -> Result<Option<i32>> {
        let rest = self.rest();
        let digits_from = usize::from(rest.starts_with(['-', '+']));
        let digits = rest[digits_from..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Ok(None);
        }
        let text = &rest[..digits_from + digits];
        let value = text.parse().map_err(|_| {
            Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "array bound is out of integer range")
        })?;
        self.at += text.len();
        Ok(Some(value))
    }

    /// The braces and all in them, to the end of the text.
    fn elements(
        &mut self,
        shape: &mut Shape,
        element: &mut dyn FnMut(Option<&str>) -> Result<()>,
    ) -> Result<()> {
        // How many items each open brace has so far.
        let mut open: Vec<i32> = Vec::new();
        let mut deepest: Option<usize> = None;
        let mut expect_delimiter = false;
        loop {
            match self.token()? {
                Token::Open => {
                    if expect_delimiter {
                        return Err(self.malformed("Unexpected \"{\" character."));
                    }
                    self.open(shape, &mut open, deepest)?;
                }
                Token::Close => {
                    let items = open.pop().unwrap_or(0);
                    if items > 0 && !expect_delimiter {
                        return Err(self.malformed("Unexpected \"}\" character."));
                    }
                    self.close(shape, open.len(), items)?;
                    deepest = deepest.or(Some(open.len() + 1));
                    match open.last_mut() {
                        None => break,
                        Some(items) => *items += 1,
                    }
                    expect_delimiter = true;
                }
                Token::Delimiter => {
                    if !expect_delimiter {
                        return Err(
                            self.malformed(format!("Unexpected \"{}\" character.", self.delimiter))
                        );
                    }
                    expect_delimiter = false;
                }
                Token::Element(text) => {
                    if expect_delimiter {
                        return Err(self.malformed("Unexpected array element."));
                    }
                    if deepest.is_some_and(|deepest| deepest != open.len())
                        || (shape.known && shape.lengths.len() != open.len())
                    {
                        return Err(self.mismatch(shape));
                    }
                    deepest = Some(open.len());
                    *open.last_mut().expect("an element stands within braces") += 1;
                    element(text.as_deref())?;
                    expect_delimiter = true;
                }
            }
        }
        self.skip_space();
        if !self.rest().is_empty() {
            return Err(self.malformed("Junk after closing right brace."));
        }
        let empty = shape.lengths.iter().any(|length| length.unwrap_or(0) == 0);
        if empty && !shape.known {
            shape.lengths.clear();
        }
        Ok(())
    }

    fn open(&self, shape: &mut Shape, open: &mut Vec<i32>, deepest: Option<usize>) -> Result<()> {
        if open.len() >= DIMENSIONS_MAX {
            return Err(too_many_dimensions());
        }
        open.push(0);
        if deepest.is_some_and(|deepest| open.len() > deepest) {
            return Err(self.mismatch(shape));
        }
        if open.len() > shape.lengths.len() {
            if shape.known {
                return Err(self.mismatch(shape));
            }
            shape.lengths.push(None);
        }
        Ok(())
    }

    fn close(&self, shape: &mut Shape, depth: usize, items: i32) -> Result<()> {
        match shape.lengths[depth] {
            Some(length) if length != items => Err(self.mismatch(shape)),
            Some(_) => Ok(()),
            None => {
                shape.lengths[depth] = Some(items);
                Ok(())
            }
        }
    }

    fn mismatch(&self, shape: &Shape) -> Error {
        self.malformed(if shape.known {
            "Specified array dimensions do not match array contents."
        } else {
            "Multidimensional arrays must have sub-arrays with matching dimensions."
        })
    }

    fn token(&mut self) -> Result<Token> {
        self.skip_space();
        let Some(first) = self.rest().chars().next() else {
            return Err(self.malformed("Unexpected end of input."));
        };
        if self.accept('{') {
            return Ok(Token::Open);
        }
        if self.accept('}') {
            return Ok(Token::Close);
        }
        if first == self.delimiter {
            self.at += first.len_utf8();
            return Ok(Token::Delimiter);
        }
        if first == '"' { self.quoted() } else { self.unquoted() }
    }

    fn quoted(&mut self) -> Result<Token> {
        let mut text = String::new();
        self.at += 1;
        let mut characters = self.source[self.at..].char_indices();
        while let Some((offset, c)) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some((_, escaped)) => text.push(escaped),
                    None => break,
                },
                '"' => {
                    self.at += offset + 1;
                    self.skip_space();
                    if self.rest().starts_with(['{', '}', self.delimiter]) {
                        return Ok(Token::Element(Some(text)));
                    }
                    if self.rest().is_empty() {
                        break;
                    }
                    return Err(self.malformed("Incorrectly quoted array element."));
                }
                _ => text.push(c),
            }
        }
        Err(self.malformed("Unexpected end of input."))
    }

    fn unquoted(&mut self) -> Result<Token> {
        let mut text = String::new();
        // Trailing blanks do not count, unless they are escaped.
        let (mut kept, mut escaped_any) = (0, false);
        let mut characters = self.source[self.at..].char_indices();
        while let Some((offset, c)) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some((_, escaped)) => {
                        text.push(escaped);
                        (kept, escaped_any) = (text.len(), true);
                    }
                    None => break,
                },
                '"' => return Err(self.malformed("Incorrectly quoted array element.")),
                c if c == self.delimiter || c == '}' || c == '{' => {
                    if c == '{' {
                        return Err(self.malformed("Unexpected \"{\" character."));
                    }
                    self.at += offset;
                    text.truncate(kept);
                    let null = !escaped_any && text.eq_ignore_ascii_case("null");
                    return Ok(Token::Element((!null).then_some(text)));
                }
                _ => {
                    text.push(c);
                    if !is_space(c) {
                        kept = text.len();
                    }
                }
            }
        }
        Err(self.malformed("Unexpected end of input."))
    }
}

#[cold]
fn too_many_dimensions() -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("number of array dimensions exceeds the maximum allowed ({DIMENSIONS_MAX})"),
    )
}

/// Appends the text form of an array.
pub fn write_array(
    bytes: &[u8],
    delimiter: char,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let array = Array::parse(bytes)?;
    let dimensions: Vec<Dimension> = array.dimensions().collect();
    if array.is_empty() {
        out.extend_from_slice(b"{}");
        return Ok(());
    }
    if dimensions.iter().any(|dimension| dimension.lower != 1) {
        for dimension in &dimensions {
            let upper = i64::from(dimension.lower) + i64::from(dimension.length) - 1;
            out.extend_from_slice(format!("[{}:{upper}]", dimension.lower).as_bytes());
        }
        out.push(b'=');
    }
    // The size of a sub-array of each depth: a brace opens where an index is a multiple of it.
    let mut sizes = vec![1usize; dimensions.len()];
    for depth in (0..dimensions.len()).rev() {
        let length = usize::try_from(dimensions[depth].length).unwrap_or(0);
        sizes[depth] = length * sizes.get(depth + 1).copied().unwrap_or(1);
    }
    let mut text = Vec::new();
    for (index, element) in array.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(delimiter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend(sizes.iter().filter(|size| index % **size == 0).map(|_| b'{'));
        text.clear();
        write_element(array.element_type(), element, delimiter, context, &mut text, out)?;
        out.extend(sizes.iter().filter(|size| (index + 1) % **size == 0).map(|_| b'}'));
    }
    Ok(())
}

fn write_element(
    element_type: Oid,
    element: ValueRef<'_>,
    delimiter: char,
    context: &TextContext<'_>,
    text: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if element.is_null() {
        out.extend_from_slice(b"NULL");
        return Ok(());
    }
    io::output(element_type, element, context, text)?;
    let special = |b: &u8| {
        matches!(b, b'"' | b'\\' | b'{' | b'}') || *b == delimiter as u8 || is_space(char::from(*b))
    };
    if !text.is_empty() && !text.eq_ignore_ascii_case(b"null") && !text.iter().any(special) {
        out.extend_from_slice(text);
        return Ok(());
    }
    out.push(b'"');
    for byte in text.iter() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
    Ok(())
}

/// An int2vector or oidvector from text: numbers between blanks. 22P02.
pub(crate) fn input_vector(
    element_type: Oid,
    source: &str,
    context: &TextContext<'_>,
) -> Result<Datum> {
    let words = source.split(is_space).filter(|word| !word.is_empty());
    let elements: Result<Vec<Datum>> =
        words.map(|word| io::input(element_type, -1, word, context)).collect();
    vector_of_values(element_type, elements?.iter().map(Datum::as_ref))
}

/// Appends the text form of an int2vector or oidvector.
pub(crate) fn write_vector(
    bytes: &[u8],
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let array = Array::parse(bytes)?;
    for (index, element) in array.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        io::output(array.element_type(), element, context, out)?;
    }
    Ok(())
}
