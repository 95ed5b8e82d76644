//! Regular expressions as PostgreSQL has them: translated, compiled, cached, and matched by its rules.
//!
//! Of the matches that start leftmost PostgreSQL takes the longest, or the shortest where the pattern says so first.
//! One engine finds whether and where a match starts; another, which follows all ways at once, then its end and groups.

mod basic;
mod calls;
mod long;
mod translate;

pub(crate) use calls::{FUNCTIONS, SET_RETURNING};

use crate::Environment;
use error::{Error, Result, SqlState};
use long::{Long, Wanted};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, meta};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use translate::{Preference, translate};

/// The options of a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of PostgreSQL's own")]
pub(crate) struct Flags {
    ignore_case: bool,
    /// `.` and negated brackets do not match a newline.
    newline_stops: bool,
    /// `^` and `$` match at newlines too.
    line_anchors: bool,
    expanded: bool,
    literal: bool,
    /// Written in the older syntax, where parentheses and braces have backslashes.
    basic: bool,
    /// `g`, where the function has it.
    pub(crate) global: bool,
}

impl Flags {
    /// Case does not count.
    pub(crate) const IGNORE_CASE: Self = Self {
        ignore_case: true,
        newline_stops: false,
        line_anchors: false,
        expanded: false,
        literal: false,
        basic: false,
        global: false,
    };

    /// The options of a text of letters. 22023.
    pub(crate) fn parse(source: &str) -> Result<Self> {
        let mut flags = Self::default();
        for option in source.chars() {
            match option {
                'g' => flags.global = true,
                // Here, and not in a pattern, PostgreSQL reads what it calls extended as basic.
                'e' => flags.apply('b')?,
                option => flags.apply(option)?,
            }
        }
        Ok(flags)
    }

    fn apply(&mut self, option: char) -> Result<()> {
        match option {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'm' | 'n' => (self.newline_stops, self.line_anchors) = (true, true),
            'p' => (self.newline_stops, self.line_anchors) = (true, false),
            's' => (self.newline_stops, self.line_anchors) = (false, false),
            'w' => (self.newline_stops, self.line_anchors) = (false, true),
            'x' => self.expanded = true,
            't' => self.expanded = false,
            'q' => (self.literal, self.basic) = (true, false),
            'b' => (self.basic, self.literal) = (true, false),
            'e' => (self.basic, self.literal) = (false, false),
            _ => {
                return Err(Error::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("invalid regular expression option: \"{option}\""),
                ));
            }
        }
        Ok(())
    }
}

/// A compiled regular expression.
pub(crate) struct Regex {
    search: meta::Regex,
    extent: PikeVM,
    preference: Preference,
    syntax: syntax::Config,
    pattern: String,
    /// What searches long texts; made when the first one comes.
    long: OnceLock<Option<Long>>,
}

/// The bounds of a match and of its groups, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub(crate) range: Range<usize>,
    pub(crate) groups: Vec<Option<Range<usize>>>,
}

/// A compiled expression may take so much memory.
const SIZE_MAX_BYTES: usize = 8 << 20;
/// How many compiled expressions are kept.
const CACHE_MAX: usize = 256;

type Cache = HashMap<(String, Flags), Arc<Regex>>;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

/// The compiled form of a pattern, from the cache if it is there. 2201B.
pub(crate) fn compile(pattern: &str, flags: Flags) -> Result<Arc<Regex>> {
    let key = (pattern.to_owned(), Flags { global: false, ..flags });
    let lock = || CACHE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = lock().get(&key) {
        return Ok(Arc::clone(found));
    }
    let regex = Arc::new(build(pattern, flags)?);
    let mut cache = lock();
    if cache.len() >= CACHE_MAX {
        cache.clear();
    }
    cache.insert(key, Arc::clone(&regex));
    Ok(regex)
}

fn build(pattern: &str, mut flags: Flags) -> Result<Regex> {
    let translated = translate(pattern, &mut flags)?;
    let syntax = syntax::Config::new().case_insensitive(flags.ignore_case).nest_limit(1000);
    let too_complex = || {
        Error::new(
            SqlState::INVALID_REGULAR_EXPRESSION,
            "invalid regular expression: regular expression is too complex",
        )
    };
    let search = meta::Regex::builder()
        .syntax(syntax)
        .configure(meta::Config::new().nfa_size_limit(Some(SIZE_MAX_BYTES)))
        .build(&translated.pattern)
        .map_err(|_| too_complex())?;
    let thompson =
        regex_automata::nfa::thompson::Config::new().nfa_size_limit(Some(SIZE_MAX_BYTES));
    let extent = PikeVM::builder()
        .syntax(syntax)
        .thompson(thompson)
        .configure(PikeVM::config().match_kind(MatchKind::All))
        .build(&translated.pattern)
        .map_err(|_| too_complex())?;
    let preference = translated.preference;
    Ok(Regex {
        search,
        extent,
        preference,
        syntax,
        pattern: translated.pattern,
        long: OnceLock::new(),
    })
}

/// From so many states times bytes on a search is made so that it can be stopped.
const WORK_MAX: usize = 1 << 28;

impl Regex {
    /// Whether the text has a match. 57014 and the like where the statement is to end.
    pub(crate) fn is_match(&self, text: &str, environment: &dyn Environment) -> Result<bool> {
        match self.long(text.len()) {
            Some(long) => long.is_match(text, environment),
            None => Ok(self.search.is_match(text)),
        }
    }

    /// What searches so long a text, where that may take long.
    fn long(&self, length: usize) -> Option<&Long> {
        let states = self.extent.get_nfa().states().len();
        if states.saturating_mul(length) < WORK_MAX {
            return None;
        }
        let make = || Long::new(&self.pattern, self.syntax, SIZE_MAX_BYTES);
        self.long.get_or_init(make).as_ref()
    }

    /// The first match that starts at or after a byte position. 57014 and the like where the statement is to end.
    pub(crate) fn find_at(
        &self,
        text: &str,
        start: usize,
        environment: &dyn Environment,
    ) -> Result<Option<Match>> {
        if start > text.len() {
            return Ok(None);
        }
        environment.check_cancel()?;
        if let Some(long) = self.long(text.len() - start) {
            let wanted = match self.preference {
                Preference::Shortest => Wanted::Shortest,
                Preference::Longest => Wanted::Longest,
            };
            return long.find_at(text, start, wanted, environment);
        }
        let Some(first) = self.search.find(Input::new(text).range(start..)) else {
            return Ok(None);
        };
        let input = Input::new(text)
            .range(first.start()..)
            .anchored(Anchored::Yes)
            .earliest(self.preference == Preference::Shortest);
        let mut cache = self.extent.create_cache();
        let mut captures = self.extent.create_captures();
        self.extent.captures(&mut cache, input, &mut captures);
        let range = captures.get_match().map_or(first.range(), |found| found.range());
        let groups = (1..captures.group_len())
            .map(|group| captures.get_group(group).map(|span| span.start..span.end))
            .collect();
        Ok(Some(Match { range, groups }))
    }

    /// All matches from a byte position on; after an empty one the search goes on a character later.
    pub(crate) fn matches<'t>(
        &'t self,
        text: &'t str,
        start: usize,
        environment: &'t dyn Environment,
    ) -> impl Iterator<Item = Result<Match>> + 't {
        let mut next = Some(start);
        std::iter::from_fn(move || {
            let found = match self.find_at(text, next?, environment) {
                Ok(found) => found?,
                Err(error) => {
                    next = None;
                    return Some(Err(error));
                }
            };
            let end = found.range.end;
            next = if found.range.is_empty() {
                text[end..].chars().next().map(|c| end + c.len_utf8())
            } else {
                Some(end)
            };
            Some(Ok(found))
        })
    }
}
