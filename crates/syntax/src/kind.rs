//! The kinds of tokens.

mod keywords;

use crate::keywords::{Category, category, is_bare_label};

/// A token's kind: a keyword (its index in the table of keywords) or one of the constants below. It is a number
/// and not an enum because the parser asks, nearly everywhere, for a few of five hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) u16);

impl Kind {
    pub(crate) const END_OF_INPUT: Self = Self(1000);
    /// Where the lexer failed; its error is kept beside the tokens.
    pub(crate) const INVALID: Self = Self(1001);
    pub(crate) const IDENTIFIER: Self = Self(1002);
    pub(crate) const QUOTED_IDENTIFIER: Self = Self(1003);
    pub(crate) const STRING_LITERAL: Self = Self(1004);
    pub(crate) const BIT_STRING: Self = Self(1005);
    pub(crate) const HEX_STRING: Self = Self(1006);
    /// Decimal, hexadecimal, octal or binary.
    pub(crate) const INTEGER_LITERAL: Self = Self(1007);
    /// With a point or an exponent.
    pub(crate) const DECIMAL_LITERAL: Self = Self(1008);
    pub(crate) const PARAMETER_SYMBOL: Self = Self(1009);
    /// Any operator without a constant of its own.
    pub(crate) const SYMBOL: Self = Self(1010);
    pub(crate) const TYPECAST: Self = Self(1011);
    pub(crate) const DOT_DOT: Self = Self(1012);
    pub(crate) const COLON_EQUALS: Self = Self(1013);
    pub(crate) const EQUALS_GREATER: Self = Self(1014);
    pub(crate) const LESS_EQUALS: Self = Self(1015);
    pub(crate) const GREATER_EQUALS: Self = Self(1016);
    pub(crate) const NOT_EQUALS: Self = Self(1017);
    pub(crate) const COMMA: Self = Self(1018);
    pub(crate) const LEFT_PAREN: Self = Self(1019);
    pub(crate) const RIGHT_PAREN: Self = Self(1020);
    pub(crate) const LEFT_BRACKET: Self = Self(1021);
    pub(crate) const RIGHT_BRACKET: Self = Self(1022);
    pub(crate) const DOT: Self = Self(1023);
    pub(crate) const SEMICOLON: Self = Self(1024);
    pub(crate) const COLON: Self = Self(1025);
    pub(crate) const PLUS: Self = Self(1026);
    pub(crate) const MINUS: Self = Self(1027);
    pub(crate) const STAR: Self = Self(1028);
    pub(crate) const SLASH: Self = Self(1029);
    pub(crate) const PERCENT: Self = Self(1030);
    pub(crate) const CARET: Self = Self(1031);
    pub(crate) const LESS: Self = Self(1032);
    pub(crate) const GREATER: Self = Self(1033);
    pub(crate) const EQUAL: Self = Self(1034);
    /// A character that starts no token.
    pub(crate) const STRAY: Self = Self(1035);

    // Keywords that the next one gives another meaning, as PostgreSQL's lexer has them: no names.
    /// FORMAT before JSON.
    pub(crate) const FORMAT_LA: Self = Self(1036);
    /// NOT before BETWEEN, IN, LIKE, ILIKE, SIMILAR.
    pub(crate) const NOT_LA: Self = Self(1037);
    /// NULLS before FIRST, LAST.
    pub(crate) const NULLS_LA: Self = Self(1038);
    /// WITH before TIME, ORDINALITY.
    pub(crate) const WITH_LA: Self = Self(1039);
    /// WITHOUT before TIME.
    pub(crate) const WITHOUT_LA: Self = Self(1040);

    pub(crate) fn is_keyword(self) -> bool {
        self.0 < Self::END_OF_INPUT.0
    }

    fn keyword_in(self, categories: &[Category]) -> bool {
        self.is_keyword() && categories.contains(&category(self.0))
    }

    fn is_identifier(self) -> bool {
        self == Self::IDENTIFIER || self == Self::QUOTED_IDENTIFIER
    }

    /// A name of a column, table, alias ... (PostgreSQL's ColId).
    pub(crate) fn is_column_name(self) -> bool {
        self.is_identifier() || self.keyword_in(&[Category::Unreserved, Category::ColumnName])
    }

    /// A name of a type or a function.
    pub(crate) fn is_type_or_function_name(self) -> bool {
        self.is_identifier()
            || self.keyword_in(&[Category::Unreserved, Category::TypeOrFunctionName])
    }

    /// Any name but a reserved word (NonReservedWord).
    pub(crate) fn is_non_reserved_word(self) -> bool {
        self.is_identifier() || (self.is_keyword() && category(self.0) != Category::Reserved)
    }

    /// Any word (ColLabel).
    pub(crate) fn is_label(self) -> bool {
        self.is_identifier() || self.is_keyword()
    }

    /// A word that may be a label without AS.
    pub(crate) fn is_bare_label(self) -> bool {
        self.is_identifier() || (self.is_keyword() && is_bare_label(self.0))
    }
}
