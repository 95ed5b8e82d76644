//! Regular expressions as PostgreSQL has them: translated, compiled, cached, and matched by its rules.
//!
//! Of the matches that start leftmost PostgreSQL takes the longest, or the shortest where the pattern says so first.
//! One engine finds whether and where a match starts; another, which follows all ways at once, then its end. The groups
//! in it come from `dissect`, as do the matches of patterns with back references and look-around, of which the engines
//! tell only where one may start.

mod basic;
mod calls;
mod dissect;
mod emit;
mod long;
mod parse;
mod program;
#[cfg(test)]
mod tests;

pub(crate) use calls::{FUNCTIONS, SET_RETURNING};

use crate::Environment;
use dissect::Dissection;
use emit::emit;
use error::{Error, Result, SqlState};
use long::{Long, Wanted};
use parse::{parse, too_complex};
use program::Program;
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, meta};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

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
    /// Written in the syntax without escapes.
    plain_extended: bool,
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
        plain_extended: false,
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

    /// Options within a pattern, where `e` is the syntax without escapes.
    fn apply_embedded(&mut self, option: char) -> Result<()> {
        self.apply(option)?;
        self.plain_extended =
            option == 'e' || (self.plain_extended && !matches!(option, 'b' | 'q'));
        Ok(())
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
    /// Finds the first match; of a pattern beyond the engine the first place where one may start.
    search: meta::Regex,
    extent: PikeVM,
    shortest: bool,
    syntax: syntax::Config,
    pattern: String,
    /// Where there are groups, and of a pattern beyond the engine.
    program: Option<Program>,
    beyond_engine: bool,
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
    let parsed = parse(pattern, &mut flags)?;
    let syntax = syntax::Config::new().case_insensitive(flags.ignore_case).nest_limit(4000);
    let program = Program::new(&parsed, syntax, flags.ignore_case)?;
    let pattern = emit(&parsed.root)?;
    let search = meta::Regex::builder()
        .syntax(syntax)
        .configure(meta::Config::new().nfa_size_limit(Some(SIZE_MAX_BYTES)))
        .build(&pattern)
        .map_err(|_| too_complex())?;
    let thompson =
        regex_automata::nfa::thompson::Config::new().nfa_size_limit(Some(SIZE_MAX_BYTES));
    let extent = PikeVM::builder()
        .syntax(syntax)
        .thompson(thompson)
        .configure(PikeVM::config().match_kind(MatchKind::All))
        .build(&pattern)
        .map_err(|_| too_complex())?;
    let shortest = program.parts[program.root].shortest;
    let beyond_engine = parsed.beyond_engine;
    let program = Some(program).filter(|_| beyond_engine || parsed.group_count > 0);
    let long = OnceLock::new();
    Ok(Regex { search, extent, shortest, syntax, pattern, program, beyond_engine, long })
}

/// From so many states times bytes on a search is made so that it can be stopped.
const WORK_MAX: usize = 1 << 28;

impl Regex {
    /// Whether the text has a match. 57014 and the like where the statement is to end.
    pub(crate) fn is_match(&self, text: &str, environment: &dyn Environment) -> Result<bool> {
        if self.beyond_engine {
            return Ok(self.find_at(text, 0, environment)?.is_some());
        }
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
        if let (Some(program), true) = (&self.program, self.beyond_engine) {
            return self.find_beyond_engine(program, text, start, environment);
        }
        let Some(range) = self.find_range(text, start, environment)? else { return Ok(None) };
        let groups = match &self.program {
            Some(program) => Dissection::new(program, text, environment).groups(&range)?,
            None => Vec::new(),
        };
        Ok(Some(Match { range, groups }))
    }

    /// The bounds of the first match.
    fn find_range(
        &self,
        text: &str,
        start: usize,
        environment: &dyn Environment,
    ) -> Result<Option<Range<usize>>> {
        if let Some(long) = self.long(text.len() - start) {
            let wanted = if self.shortest { Wanted::Shortest } else { Wanted::Longest };
            return long.find_at(text, start, wanted, environment);
        }
        let Some(first) = self.search.find(Input::new(text).range(start..)) else {
            return Ok(None);
        };
        let input =
            Input::new(text).range(first.start()..).anchored(Anchored::Yes).earliest(self.shortest);
        let found = self.extent.find(&mut self.extent.create_cache(), input);
        Ok(Some(found.map_or(first.range(), |found| found.range())))
    }

    /// The first match of a pattern with back references or look-around, of the places where the engine sees one start.
    fn find_beyond_engine(
        &self,
        program: &Program,
        text: &str,
        start: usize,
        environment: &dyn Environment,
    ) -> Result<Option<Match>> {
        let mut dissection = Dissection::new(program, text, environment);
        let mut from = start;
        loop {
            let candidate = match self.long(text.len() - from) {
                Some(long) => {
                    long.find_at(text, from, Wanted::Any, environment)?.map(|range| range.start)
                }
                None => self.search.find(Input::new(text).range(from..)).map(|found| found.start()),
            };
            let Some(candidate) = candidate else { return Ok(None) };
            if let Some(found) = dissection.match_at(candidate)? {
                return Ok(Some(found));
            }
            let Some(c) = text[candidate..].chars().next() else { return Ok(None) };
            from = candidate + c.len_utf8();
        }
    }

    /// The bounds of the first match that starts at or after a byte position.
    fn range_at(
        &self,
        text: &str,
        start: usize,
        environment: &dyn Environment,
    ) -> Result<Option<Range<usize>>> {
        if self.beyond_engine || start > text.len() {
            return Ok(self.find_at(text, start, environment)?.map(|found| found.range));
        }
        environment.check_cancel()?;
        self.find_range(text, start, environment)
    }

    /// All matches from a byte position on; after an empty one the search goes on a character later.
    pub(crate) fn matches<'t>(
        &'t self,
        text: &'t str,
        start: usize,
        environment: &'t dyn Environment,
    ) -> impl Iterator<Item = Result<Match>> + 't {
        let find = move |at| self.find_at(text, at, environment);
        successive(text, start, find, |found| found.range.clone())
    }

    /// The bounds of all matches from a byte position on, which take less than the matches.
    pub(crate) fn ranges<'t>(
        &'t self,
        text: &'t str,
        start: usize,
        environment: &'t dyn Environment,
    ) -> impl Iterator<Item = Result<Range<usize>>> + 't {
        let find = move |at| self.range_at(text, at, environment);
        successive(text, start, find, Range::clone)
    }
}

/// What is found from a position on, then from its end on, and so forth.
fn successive<'t, M: 't>(
    text: &'t str,
    start: usize,
    find: impl Fn(usize) -> Result<Option<M>> + 't,
    range: fn(&M) -> Range<usize>,
) -> impl Iterator<Item = Result<M>> + 't {
    let mut next = Some(start);
    std::iter::from_fn(move || {
        let found = match find(next?) {
            Ok(found) => found?,
            Err(error) => {
                next = None;
                return Some(Err(error));
            }
        };
        let range = range(&found);
        next = if range.is_empty() {
            text[range.end..].chars().next().map(|c| range.end + c.len_utf8())
        } else {
            Some(range.end)
        };
        Some(Ok(found))
    })
}
