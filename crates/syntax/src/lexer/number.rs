//! Numbers and parameters.

use super::{Lexer, Result, is_identifier_start};
use crate::kind::Kind;

impl Lexer<'_> {
    /// At a digit, or at a point with a digit behind it.
    pub(super) fn number(&mut self, start: usize) -> Result<()> {
        let radix = match (self.peek(0), self.peek(1) | 0x20) {
            (b'0', b'x') => Some((16, "invalid hexadecimal integer")),
            (b'0', b'o') => Some((8, "invalid octal integer")),
            (b'0', b'b') => Some((2, "invalid binary integer")),
            _ => None,
        };
        if let Some((radix, message)) = radix {
            return self.radix_integer(start, radix, message);
        }
        self.skip_digits();
        let mut kind = Kind::INTEGER_LITERAL;
        // `1..10` is a range: the point is not the number's.
        if self.peek(0) == b'.' && !(self.peek(1) == b'.' && self.at > start) {
            kind = Kind::DECIMAL_LITERAL;
            self.at += 1;
            self.skip_digits();
        }
        if self.peek(0) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                kind = Kind::DECIMAL_LITERAL;
                self.at += 1 + sign;
                self.skip_digits();
            } else if sign == 1 {
                self.at += 2;
                return Err(self.error_near("trailing junk after numeric literal", start));
            }
        }
        self.refuse_junk("trailing junk after numeric literal", start)?;
        self.push(kind, start);
        Ok(())
    }

    /// Digits with single underscores between them.
    fn skip_digits(&mut self) {
        if !self.peek(0).is_ascii_digit() {
            return;
        }
        loop {
            self.at += 1;
            let next = if self.peek(0) == b'_' { self.peek(1) } else { self.peek(0) };
            if !next.is_ascii_digit() {
                return;
            }
            self.at += usize::from(self.peek(0) == b'_');
        }
    }

    fn refuse_junk(&mut self, message: &str, start: usize) -> Result<()> {
        if !is_identifier_start(self.peek(0)) {
            return Ok(());
        }
        self.skip_word();
        Err(self.error_near(message, start))
    }

    fn radix_integer(&mut self, start: usize, radix: u32, message: &str) -> Result<()> {
        self.skip_word();
        let digits = &self.bytes[start + 2..self.at];
        if matches!(digits, b"" | b"_") {
            return Err(self.error_near(message, start));
        }
        let mut after_digit = true;
        for &byte in digits {
            let is_digit = char::from(byte).is_digit(radix);
            let separates = byte == b'_' && after_digit;
            if !is_digit && !separates {
                return Err(self.error_near("trailing junk after numeric literal", start));
            }
            after_digit = is_digit;
        }
        if !after_digit {
            return Err(self.error_near("trailing junk after numeric literal", start));
        }
        // The point ends it: 0x1.5 is two tokens.
        self.push(Kind::INTEGER_LITERAL, start);
        Ok(())
    }

    /// `$1`, `$tag$...$tag$`, or a stray dollar.
    pub(super) fn dollar(&mut self, start: usize) -> Result<()> {
        self.at += 1;
        if !self.peek(0).is_ascii_digit() {
            return self.dollar_string(start);
        }
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
        self.refuse_junk("trailing junk after parameter", start)?;
        if self.sql[start + 1..self.at].parse::<i32>().is_err() {
            return Err(self.error_near("parameter number too large", start));
        }
        self.push(Kind::PARAMETER_SYMBOL, start);
        Ok(())
    }
}
