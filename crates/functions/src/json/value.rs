//! json and jsonb to be read in the same way: fields, elements, paths.

use crate::call::text;
use error::Result;
use types::array::Array;
use types::json::jsonb::{self, Json};
use types::json::{Lexer, Token};

/// What a piece of JSON text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

pub(super) fn shape_of(token: Token) -> Shape {
    match token {
        Token::OpenObject => Shape::Object,
        Token::OpenArray => Shape::Array,
        Token::String => Shape::String,
        Token::Number => Shape::Number,
        Token::True | Token::False => Shape::Bool,
        Token::Null
        | Token::CloseObject
        | Token::CloseArray
        | Token::Comma
        | Token::Colon
        | Token::End => Shape::Null,
    }
}

/// A value within JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) shape: Shape,
    pub(super) text: &'a str,
}

impl<'a> Piece<'a> {
    /// The whole of a text.
    pub(super) fn whole(source: &'a str) -> Result<Self> {
        let mut lexer = Lexer::new(source);
        let first = lexer.next_token()?;
        read(&mut lexer, first)
    }

    /// The text form that ->> gives; `None` for null.
    pub(super) fn shown(&self) -> Result<Option<String>> {
        match self.shape {
            Shape::Null => Ok(None),
            Shape::String => {
                let mut lexer = Lexer::new(self.text);
                lexer.next_token()?;
                lexer.unescaped().map(Some)
            }
            Shape::Object | Shape::Array | Shape::Number | Shape::Bool => {
                Ok(Some(self.text.to_owned()))
            }
        }
    }

    pub(super) fn elements(&self) -> Result<Vec<Self>> {
        let mut lexer = Lexer::new(self.text);
        let mut found = Vec::new();
        let mut token = lexer.next_token()?;
        if token != Token::OpenArray {
            return Ok(found);
        }
        token = lexer.next_token()?;
        while token != Token::CloseArray {
            found.push(read(&mut lexer, token)?);
            token = lexer.next_token()?;
            if token == Token::Comma {
                token = lexer.next_token()?;
            }
        }
        Ok(found)
    }

    pub(super) fn pairs(&self) -> Result<Vec<(String, Self)>> {
        let mut lexer = Lexer::new(self.text);
        let mut found = Vec::new();
        let mut token = lexer.next_token()?;
        if token != Token::OpenObject {
            return Ok(found);
        }
        token = lexer.next_token()?;
        while token != Token::CloseObject {
            let key = lexer.unescaped()?;
            lexer.next_token()?;
            token = lexer.next_token()?;
            found.push((key, read(&mut lexer, token)?));
            token = lexer.next_token()?;
            if token == Token::Comma {
                token = lexer.next_token()?;
            }
        }
        Ok(found)
    }

    /// The value of a key; of equal keys the last.
    pub(super) fn field(&self, key: &str) -> Result<Option<Self>> {
        if self.shape != Shape::Object {
            return Ok(None);
        }
        Ok(self.pairs()?.into_iter().rev().find(|(name, _)| name == key).map(|(_, piece)| piece))
    }

    /// The element of an index, from the end where negative.
    pub(super) fn element(&self, index: i32) -> Result<Option<Self>> {
        if self.shape != Shape::Array {
            return Ok(None);
        }
        let elements = self.elements()?;
        Ok(at(index, elements.len()).map(|index| elements[index]))
    }
}

/// The index from the start, where it is within the length.
pub(super) fn at(index: i32, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => (index < length).then_some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// The value that starts with a token, read to its end. The nesting is counted, not recursed into.
pub(super) fn read<'a>(lexer: &mut Lexer<'a>, first: Token) -> Result<Piece<'a>> {
    let start = lexer.token_start();
    let mut depth = usize::from(matches!(first, Token::OpenObject | Token::OpenArray));
    while depth > 0 {
        let token = lexer.next_token()?;
        if matches!(token, Token::OpenObject | Token::OpenArray) {
            depth += 1;
        } else if matches!(token, Token::CloseObject | Token::CloseArray) {
            depth -= 1;
        } else if token == Token::End {
            return Err(lexer.expected("JSON value", token));
        }
    }
    Ok(Piece { shape: shape_of(first), text: lexer.text(start, lexer.token_end()) })
}

/// Either form, to be read in the same way.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(Piece<'a>),
    Binary(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Text(piece) => piece.shape,
            Self::Binary(bytes) => match jsonb::parse(bytes) {
                Json::Null => Shape::Null,
                Json::Bool(_) => Shape::Bool,
                Json::Number(_) => Shape::Number,
                Json::String(_) => Shape::String,
                Json::Array(_) => Shape::Array,
                Json::Object(_) => Shape::Object,
            },
        }
    }

    pub(super) fn field(&self, key: &str) -> Result<Option<Self>> {
        match self {
            Self::Text(piece) => Ok(piece.field(key)?.map(Self::Text)),
            Self::Binary(bytes) => Ok(match jsonb::parse(bytes) {
                Json::Object(pairs) => pairs.get(key).map(Self::Binary),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                    None
                }
            }),
        }
    }

    pub(super) fn element(&self, index: i32) -> Result<Option<Self>> {
        match self {
            Self::Text(piece) => Ok(piece.element(index)?.map(Self::Text)),
            Self::Binary(bytes) => Ok(match jsonb::parse(bytes) {
                Json::Array(items) => {
                    at(index, items.len()).and_then(|index| items.get(index)).map(Self::Binary)
                }
                // A lone scalar is kept as an array of itself in PostgreSQL, and answers so.
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                    at(index, 1).map(|_| Self::Binary(bytes))
                }
                Json::Object(_) => None,
            }),
        }
    }

    pub(super) fn elements(&self) -> Result<Vec<Self>> {
        match self {
            Self::Text(piece) => Ok(piece.elements()?.into_iter().map(Self::Text).collect()),
            Self::Binary(bytes) => Ok(match jsonb::parse(bytes) {
                Json::Array(items) => items.iter().map(Self::Binary).collect(),
                Json::Null
                | Json::Bool(_)
                | Json::Number(_)
                | Json::String(_)
                | Json::Object(_) => Vec::new(),
            }),
        }
    }

    pub(super) fn pairs(&self) -> Result<Vec<(String, Self)>> {
        match self {
            Self::Text(piece) => Ok(piece
                .pairs()?
                .into_iter()
                .map(|(key, piece)| (key, Self::Text(piece)))
                .collect()),
            Self::Binary(bytes) => Ok(match jsonb::parse(bytes) {
                Json::Object(pairs) => {
                    pairs.iter().map(|(key, value)| (key.to_owned(), Self::Binary(value))).collect()
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                    Vec::new()
                }
            }),
        }
    }

    /// The value in its own form.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(piece) => piece.text.as_bytes().to_vec(),
            Self::Binary(bytes) => bytes.to_vec(),
        }
    }

    /// The value as text, strings without quotes; `None` for null.
    pub(super) fn shown(&self) -> Result<Option<String>> {
        match self {
            Self::Text(piece) => piece.shown(),
            Self::Binary(bytes) => match jsonb::parse(bytes) {
                Json::Null => Ok(None),
                Json::String(text) => Ok(Some(text.to_owned())),
                Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    let mut out = Vec::new();
                    jsonb::output(bytes, &mut out)?;
                    Ok(Some(String::from_utf8_lossy(&out).into_owned()))
                }
            },
        }
    }

    /// What a path of keys and indexes leads to; `None` where a step leads nowhere or is NULL.
    pub(super) fn path(self, path: &[u8]) -> Result<Option<Self>> {
        let steps = Array::parse(path)?;
        let mut here = self;
        for step in steps.iter() {
            if step.is_null() {
                return Ok(None);
            }
            let key = text(step);
            let next = match here.shape() {
                Shape::Object => here.field(key)?,
                Shape::Array => match key.trim_start().parse() {
                    Ok(index) => here.element(index)?,
                    Err(_) => None,
                },
                Shape::String | Shape::Number | Shape::Bool | Shape::Null => None,
            };
            let Some(next) = next else { return Ok(None) };
            here = next;
        }
        Ok(Some(here))
    }
}

/// json as a value.
pub(super) fn open_text(source: &[u8]) -> Result<Value<'_>> {
    Ok(Value::Text(Piece::whole(std::str::from_utf8(source).unwrap_or("null"))?))
}

/// jsonb as a value.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside open_text")]
pub(super) fn open_binary(source: &[u8]) -> Result<Value<'_>> {
    Ok(Value::Binary(source))
}
