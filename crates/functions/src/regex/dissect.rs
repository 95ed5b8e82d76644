//! The bounds of groups, and matches of what the engine has not: back references and look-around.
//!
//! The set of places where a part that starts at a place may end comes from running its automaton. Within the bounds of
//! a match the parts are then fitted into each other from the outside in, as PostgreSQL does (its regexec.c): of two
//! parts one after the other the first takes as much as it can, or as little where it prefers to be short, the first
//! branch that fits is taken, and each round of an iteration takes as much as it can. A part that was fitted is not
//! fitted in another way because a later one fails; only the bounds between parts are moved.
//!
//! Without back references the first try is right, as the automaton says exactly what matches. With them a try can fail;
//! what has failed with the same values of the groups that it names is remembered. All work counts as steps, and after so
//! many of them the statement is asked whether it is to end.

use super::Match;
use super::long::Watch;
use super::parse::Assertion;
use super::program::{Constraint, Kind, Part, Program, State};
use crate::Environment;
use error::{Result, stack_check};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

/// So many places are remembered at once.
const REMEMBERED_MAX: usize = 1 << 20;

/// A search in one text.
pub(super) struct Dissection<'a> {
    program: &'a Program,
    text: &'a str,
    watch: Watch<'a>,
    groups: Vec<Option<Range<usize>>>,
    /// Where parts may end, by part and start.
    ends: HashMap<(usize, usize), Rc<Ends>>,
    remembered: usize,
    failed: HashSet<Failure>,
    looks: Vec<Looked>,
    /// Sets of states that no one uses now.
    spare: Vec<Threads>,
}

/// Where a part may end, of the places up to a limit, in their order.
struct Ends {
    limit: usize,
    places: Vec<usize>,
}

impl Ends {
    fn contain(&self, place: usize) -> bool {
        self.places.binary_search(&place).is_ok()
    }
}

/// A part, or a round of an iteration, that did not fit with these values of the groups that it names.
#[derive(PartialEq, Eq, Hash)]
struct Failure {
    part: usize,
    round: usize,
    range: Range<usize>,
    references: Vec<Option<Range<usize>>>,
}

/// What is known of a constraint.
#[derive(Default)]
struct Looked {
    known: HashMap<usize, bool>,
    /// Of a look-behind: the states at the place that comes next.
    behind: Option<(Threads, usize)>,
}

/// The states that are reached at a place.
#[derive(Default)]
struct Threads {
    order: Vec<usize>,
    /// The round in which a state was last reached.
    seen: Vec<u32>,
    round: u32,
}

impl Threads {
    fn insert(&mut self, state: usize) -> bool {
        let place = &mut self.seen[state];
        let new = *place != self.round;
        *place = self.round;
        new
    }

    fn has(&self, state: usize) -> bool {
        self.seen[state] == self.round
    }

    fn clear(&mut self, state_count: usize) {
        self.order.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 || self.seen.len() != state_count {
            self.seen = vec![0; state_count];
            self.round = 1;
        }
    }
}

impl<'a> Dissection<'a> {
    /// A search in a text, which asks the environment now and then whether to go on.
    pub(super) fn new(
        program: &'a Program,
        text: &'a str,
        environment: &'a dyn Environment,
    ) -> Self {
        Self {
            program,
            text,
            watch: Watch::new(environment),
            groups: vec![None; program.group_count],
            ends: HashMap::new(),
            remembered: 0,
            failed: HashSet::new(),
            looks: program.looks.iter().map(|_| Looked::default()).collect(),
            spare: Vec::new(),
        }
    }

    /// The groups of a match whose bounds are known.
    pub(super) fn groups(mut self, range: &Range<usize>) -> Result<Vec<Option<Range<usize>>>> {
        let fits = self.fit(self.program.root, range.start, range.end)?;
        if !fits {
            self.groups.fill(None);
        }
        Ok(self.groups)
    }

    /// The match that starts at a place, if there is one.
    pub(super) fn match_at(&mut self, start: usize) -> Result<Option<Match>> {
        let root = self.program.root;
        let ends = self.ends(root, start, self.text.len())?;
        let shortest = self.program.parts[root].shortest;
        for index in 0..ends.places.len() {
            let end = in_order(&ends.places, index, shortest);
            if self.fit(root, start, end)? {
                return Ok(Some(Match { range: start..end, groups: self.groups.clone() }));
            }
        }
        // What was found out for this start is of little use for the next.
        self.ends.clear();
        self.failed.clear();
        self.remembered = 0;
        Ok(None)
    }

    /// Whether the part can be that text; its groups are set then.
    fn fit(&mut self, part: usize, start: usize, end: usize) -> Result<bool> {
        stack_check()?;
        self.watch.step(1)?;
        let program = self.program;
        let it = &program.parts[part];
        match &it.kind {
            Kind::Plain => Ok(true),
            Kind::Back { group, min, max } => Ok(self.repeats(*group, *min, *max, start..end)),
            Kind::Capture { group, child } => {
                let fits = self.fit(*child, start, end)?;
                if fits {
                    self.groups[group - 1] = Some(start..end);
                }
                Ok(fits)
            }
            Kind::Concat { left, right } => {
                let failure = self.failure(part, it, 0, start..end);
                if failure.as_ref().is_some_and(|failure| self.failed.contains(failure)) {
                    return Ok(false);
                }
                let fits = self.fit_both(it, (*left, *right), start, end)?;
                if !fits {
                    self.remember(failure);
                }
                Ok(fits)
            }
            Kind::Alternate(children) => {
                for child in children {
                    if self.can_be(*child, start, end)? && self.fit(*child, start, end)? {
                        return Ok(true);
                    }
                    self.unset(it);
                }
                Ok(false)
            }
            Kind::Iterate { child, min, max } => {
                let bounds = (usize_of(*min), max.map(usize_of));
                self.iterate((part, *child), bounds, start, end)
            }
        }
    }

    fn fit_both(
        &mut self,
        whole: &Part,
        (left, right): (usize, usize),
        start: usize,
        end: usize,
    ) -> Result<bool> {
        let shortest = self.program.parts[left].shortest;
        let middles = self.ends(left, start, end)?;
        let count = middles.places.partition_point(|place| *place <= end);
        for index in 0..count {
            let middle = in_order(&middles.places[..count], index, shortest);
            self.watch.step(1)?;
            if !self.can_be(right, middle, end)? {
                continue;
            }
            self.unset(whole);
            if self.fit(left, start, middle)? && self.fit(right, middle, end)? {
                return Ok(true);
            }
        }
        self.unset(whole);
        Ok(false)
    }

    /// Whether the text can be rounds of the child, one after the other. As in PostgreSQL no round is empty, unless one
    /// must be for there to be enough of them.
    fn iterate(
        &mut self,
        (part, child): (usize, usize),
        (min, max): (usize, Option<usize>),
        start: usize,
        end: usize,
    ) -> Result<bool> {
        if min == 0 && start == end {
            // As in PostgreSQL groups in the child are set where it matches nothing, too, unless it prefers that.
            let shortest = self.program.parts[child].shortest;
            if shortest || !self.can_be(child, start, end)? || !self.fit(child, start, end)? {
                self.unset(&self.program.parts[part]);
            }
            return Ok(true);
        }
        let min = min.max(1);
        let max = max.map_or(usize::MAX, |max| max.max(min));
        let it = &self.program.parts[part];
        let shortest = self.program.parts[child].shortest;
        let mut rounds = vec![self.round(child, start, end)?];
        while let Some(count) = rounds.len().checked_sub(1) {
            self.watch.step(1)?;
            let round = &mut rounds[count];
            let from = round.start;
            let places = &round.ends.places[..round.count];
            if round.tried == places.len() {
                let failure = self.failure(part, it, count.min(min), from..end);
                rounds.pop();
                if max == usize::MAX {
                    self.remember(failure);
                }
                continue;
            }
            let place = in_order(places, round.tried, shortest);
            round.tried += 1;
            let number = count + 1;
            let last = place == end;
            if last && number < min || !last && number >= max {
                continue;
            }
            let lacking = min.saturating_sub(number);
            if !last
                && place == from
                && (lacking == 0 || self.text[place..end].chars().nth(lacking).is_some())
            {
                continue;
            }
            self.unset(&self.program.parts[child]);
            if !self.fit(child, from, place)? {
                continue;
            }
            if last {
                return Ok(true);
            }
            let failure = self.failure(part, it, number.min(min), place..end);
            if !failure.is_some_and(|failure| self.failed.contains(&failure)) {
                rounds.push(self.round(child, place, end)?);
            }
        }
        self.unset(it);
        Ok(false)
    }

    fn round(&mut self, child: usize, start: usize, end: usize) -> Result<Round> {
        let ends = self.ends(child, start, end)?;
        let count = ends.places.partition_point(|place| *place <= end);
        Ok(Round { start, ends, count, tried: 0 })
    }

    /// What is remembered when a part fails, where it depends on groups outside.
    fn failure(
        &self,
        part: usize,
        it: &Part,
        round: usize,
        range: Range<usize>,
    ) -> Option<Failure> {
        if !self.program.beyond_automaton {
            return None;
        }
        let references = it.references.iter().map(|group| self.groups[group - 1].clone());
        Some(Failure { part, round, range, references: references.collect() })
    }

    fn remember(&mut self, failure: Option<Failure>) {
        let Some(failure) = failure else { return };
        if self.failed.len() >= REMEMBERED_MAX / 8 {
            self.failed.clear();
        }
        self.failed.insert(failure);
    }

    /// Whether the range is so many times what the group has matched.
    fn repeats(&self, group: usize, min: u32, max: Option<u32>, range: Range<usize>) -> bool {
        let Some(found) = self.groups[group - 1].clone() else { return false };
        let wanted = &self.text[found];
        let mut rest = &self.text[range];
        if wanted.is_empty() {
            return rest.is_empty();
        }
        let mut count = 0;
        while !rest.is_empty() {
            let Some(length) = self.begins_with(rest, wanted) else { return false };
            rest = &rest[length..];
            count += 1;
        }
        count >= usize_of(min) && max.is_none_or(|max| count <= usize_of(max))
    }

    /// The length of the text's beginning that equals another.
    fn begins_with(&self, text: &str, wanted: &str) -> Option<usize> {
        if !self.program.ignore_case {
            return text.starts_with(wanted).then_some(wanted.len());
        }
        let mut characters = text.chars();
        for c in wanted.chars() {
            let other = characters.next()?;
            if c != other && !c.to_lowercase().eq(other.to_lowercase()) {
                return None;
            }
        }
        Some(text.len() - characters.as_str().len())
    }

    fn unset(&mut self, part: &Part) {
        for group in part.groups.clone() {
            self.groups[group - 1] = None;
        }
    }

    /// Whether the automaton takes the range for the part.
    fn can_be(&mut self, part: usize, start: usize, end: usize) -> Result<bool> {
        Ok(self.ends(part, start, end)?.contain(end))
    }

    /// Where a part that starts there may end, up to a limit and perhaps beyond.
    fn ends(&mut self, part: usize, start: usize, limit: usize) -> Result<Rc<Ends>> {
        if let Some(found) = self.ends.get(&(part, start))
            && found.limit >= limit
        {
            return Ok(Rc::clone(found));
        }
        let Part { entry, exit, .. } = self.program.parts[part];
        let mut places = Vec::new();
        self.run(entry, exit, start, limit, |place| {
            places.push(place);
            true
        })?;
        if self.remembered > REMEMBERED_MAX {
            self.ends.clear();
            self.remembered = 0;
        }
        self.remembered += places.len() + 4;
        let ends = Rc::new(Ends { limit, places });
        self.ends.insert((part, start), Rc::clone(&ends));
        Ok(ends)
    }

    /// Runs the automaton from an entry on; tells the places where it reaches the exit, as long as more are wanted.
    fn run(
        &mut self,
        entry: usize,
        exit: usize,
        start: usize,
        limit: usize,
        mut reached: impl FnMut(usize) -> bool,
    ) -> Result<()> {
        let mut current = self.threads();
        let mut next = self.threads();
        self.follow(&mut current, entry, exit, start)?;
        let mut at = start;
        loop {
            if current.has(exit) && !reached(at) || at >= limit {
                break;
            }
            let Some(c) = self.text[at..].chars().next() else { break };
            at += c.len_utf8();
            self.advance(&current, &mut next, c, exit, at)?;
            std::mem::swap(&mut current, &mut next);
            next.clear(self.program.states.len());
            if current.order.is_empty() && !current.has(exit) {
                break;
            }
        }
        self.spare.extend([current, next]);
        Ok(())
    }

    /// From the states before a character to those after it.
    fn advance(
        &mut self,
        current: &Threads,
        next: &mut Threads,
        c: char,
        exit: usize,
        at: usize,
    ) -> Result<()> {
        let program = self.program;
        self.watch.step(current.order.len() + 1)?;
        for state in &current.order {
            if let State::Class(class, target) = program.states[*state]
                && program.classes[class].contains(c)
            {
                self.follow(next, target, exit, at)?;
            }
        }
        Ok(())
    }

    /// Adds a state and all that it leads to without a character.
    fn follow(
        &mut self,
        threads: &mut Threads,
        state: usize,
        exit: usize,
        at: usize,
    ) -> Result<()> {
        let mut stack = vec![state];
        while let Some(state) = stack.pop() {
            if !threads.insert(state) || state == exit {
                continue;
            }
            match self.program.states[state] {
                State::Class(..) => threads.order.push(state),
                State::Assertion(assertion, next) => {
                    if holds(assertion, self.text, at) {
                        stack.push(next);
                    }
                }
                State::Look(look, next) => {
                    if self.look(look, at)? {
                        stack.push(next);
                    }
                }
                State::Split(first, second) => stack.extend([second, first]),
                State::Jump(next) => stack.push(next),
                State::Fail => {}
            }
        }
        Ok(())
    }

    fn threads(&mut self) -> Threads {
        let mut threads = self.spare.pop().unwrap_or_default();
        threads.clear(self.program.states.len());
        threads
    }

    /// Whether a constraint holds at a place.
    fn look(&mut self, look: usize, at: usize) -> Result<bool> {
        stack_check()?;
        let constraint = &self.program.looks[look];
        if let Some(known) = self.looks[look].known.get(&at) {
            return Ok(*known);
        }
        let found = if constraint.ahead {
            let mut found = false;
            self.run(constraint.entry, constraint.exit, at, self.text.len(), |_| {
                found = true;
                false
            })?;
            found
        } else {
            self.look_behind(look, constraint, at)?
        };
        let known = &mut self.looks[look].known;
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(at, found != constraint.negated);
        Ok(found != constraint.negated)
    }

    /// Whether a match of the constraint ends there: its automaton runs over the text once, starting everywhere.
    fn look_behind(&mut self, look: usize, constraint: &Constraint, at: usize) -> Result<bool> {
        let Constraint { entry, exit, .. } = *constraint;
        let (mut current, mut place) = match self.looks[look].behind.take() {
            Some((threads, place)) if place <= at => (threads, place),
            Some(_) | None => {
                let mut threads = self.threads();
                self.follow(&mut threads, entry, exit, 0)?;
                (threads, 0)
            }
        };
        let mut next = self.threads();
        while place < at {
            let Some(c) = self.text[place..].chars().next() else { break };
            place += c.len_utf8();
            self.advance(&current, &mut next, c, exit, place)?;
            self.follow(&mut next, entry, exit, place)?;
            std::mem::swap(&mut current, &mut next);
            next.clear(self.program.states.len());
        }
        let found = current.has(exit);
        self.spare.push(next);
        self.looks[look].behind = Some((current, place));
        Ok(found)
    }
}

/// A round of an iteration: where it starts and may end, and how many ends were tried.
struct Round {
    start: usize,
    ends: Rc<Ends>,
    count: usize,
    tried: usize,
}

/// The place to be tried at a turn.
fn in_order(places: &[usize], turn: usize, shortest: bool) -> usize {
    if shortest { places[turn] } else { places[places.len() - 1 - turn] }
}

fn usize_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Whether an assertion holds at a place.
fn holds(assertion: Assertion, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_word = |c: Option<char>| {
        c.is_some_and(|c| regex_syntax::try_is_word_character(c).unwrap_or(c.is_alphanumeric()))
    };
    let words = || (is_word(text[..at].chars().next_back()), is_word(text[at..].chars().next()));
    match assertion {
        Assertion::TextStart => at == 0,
        Assertion::TextEnd => at == bytes.len(),
        Assertion::LineStart => at == 0 || bytes[at - 1] == b'\n',
        Assertion::LineEnd => bytes.get(at).is_none_or(|byte| *byte == b'\n'),
        Assertion::WordStart => words() == (false, true),
        Assertion::WordEnd => words() == (true, false),
        Assertion::WordBoundary => {
            let (before, after) = words();
            before != after
        }
        Assertion::NotWordBoundary => {
            let (before, after) = words();
            before == after
        }
    }
}
