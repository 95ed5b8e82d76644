//! Character encodings by name and number. The server's own is UTF-8.

use error::Result;
use functions::{Builtin, builtin};
use types::encoding::Encoding;

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("PG_encoding_to_char", |call| call.map1(|number: i32| Ok(encoding_name(number)))),
    builtin("PG_char_to_encoding", |call| call.map1(|name: &str| Ok(encoding_number(name)))),
    builtin("pg_encoding_max_length_sql", |call| call.map1(max_length)),
    builtin("getdatabaseencoding", |call| call.map0(|_| Ok("UTF8"))),
    builtin("pg_client_encoding", |call| {
        call.map0(|env| Ok(env.setting("client_encoding").unwrap_or_else(|| "UTF8".to_owned())))
    }),
];

fn encoding_name(number: i32) -> &'static str {
    Encoding::numbered(number).map_or("", |encoding| encoding.name)
}

/// The number of a name; -1 of none.
fn encoding_number(name: &str) -> i32 {
    Encoding::named(name).map_or(-1, Encoding::number)
}

fn max_length(number: i32) -> Result<Option<i32>> {
    Ok(Encoding::numbered(number).map(|encoding| encoding.bytes_max))
}
