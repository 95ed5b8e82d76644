//! Searches that may take long, so that a cancelled statement does not wait for their end.
//!
//! The engine's own searches cannot be stopped. Where a text and a pattern are large together, lazy automata are stepped
//! here byte by byte instead: forward to the end of the first match, backward to its start. The match's own end comes
//! from a simulation of the NFA. Where an automaton cannot be had (word boundaries in text that is not ASCII),
//! the simulation searches too. All of it asks now and then whether to go on.

use crate::Environment;
use error::Result;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use std::ops::Range;

/// So many steps between two questions.
const STEPS_MAX: usize = 1 << 16;

/// The states of an automaton that are kept take so much memory.
const CACHE_SIZE_BYTES: usize = 16 << 20;

/// A pattern made ready for long searches.
pub(super) struct Long {
    nfa: NFA,
    /// To the end of the first match, and back from there to its start.
    automata: Option<(DFA, DFA)>,
}

/// Counts steps.
pub(super) struct Watch<'e> {
    environment: &'e dyn Environment,
    steps: usize,
}

impl<'e> Watch<'e> {
    pub(super) fn new(environment: &'e dyn Environment) -> Self {
        Self { environment, steps: 0 }
    }

    /// Counts steps; asks the environment when there were many.
    pub(super) fn step(&mut self, count: usize) -> Result<()> {
        self.steps += count;
        if self.steps >= STEPS_MAX {
            self.steps = 0;
            self.environment.check_cancel()?;
        }
        Ok(())
    }
}

/// What an automaton found, unless it gave up.
enum Scan {
    Found(usize),
    Nothing,
    GaveUp,
}

/// Which end of a match is wanted of the simulation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The end is not looked for: any match will do.
    Any,
    Shortest,
    Longest,
}

impl Long {
    /// `None` where the pattern's automata are too large.
    pub(super) fn new(pattern: &str, syntax: syntax::Config, size_max: usize) -> Option<Self> {
        let config = || NFA::config().nfa_size_limit(Some(size_max));
        let build = |config| NFA::compiler().syntax(syntax).configure(config).build(pattern).ok();
        let nfa = build(config())?;
        let automaton = |reverse: bool, kind: MatchKind| {
            let config = config().reverse(reverse).which_captures(WhichCaptures::None);
            let dfa = DFA::config()
                .match_kind(kind)
                .unicode_word_boundary(true)
                .cache_capacity(CACHE_SIZE_BYTES)
                .skip_cache_capacity_check(true);
            DFA::builder().configure(dfa).build_from_nfa(build(config)?).ok()
        };
        let forward = automaton(false, MatchKind::LeftmostFirst);
        let automata = forward.zip(automaton(true, MatchKind::All));
        Some(Self { nfa, automata })
    }

    /// How many states a step may have to look at.
    pub(super) fn states(&self) -> usize {
        self.nfa.states().len()
    }

    /// Whether the text has a match.
    pub(super) fn is_match(&self, text: &str, environment: &dyn Environment) -> Result<bool> {
        let mut watch = Watch::new(environment);
        if let Some((forward, _)) = &self.automata {
            match scan(forward, text, 0, true, &mut watch)? {
                Scan::Found(_) => return Ok(true),
                Scan::Nothing => return Ok(false),
                Scan::GaveUp => {}
            }
        }
        Ok(self.simulate(text, 0, Anchored::No, Wanted::Any, &mut watch)?.is_some())
    }

    /// The first match from a position on.
    pub(super) fn find_at(
        &self,
        text: &str,
        start: usize,
        wanted: Wanted,
        environment: &dyn Environment,
    ) -> Result<Option<Range<usize>>> {
        let mut watch = Watch::new(environment);
        if let Some((forward, backward)) = &self.automata {
            match scan(forward, text, start, false, &mut watch)? {
                Scan::Nothing => return Ok(None),
                Scan::Found(end) => {
                    if let Scan::Found(first) = scan_back(backward, text, start, end, &mut watch)? {
                        return self.simulate(text, first, Anchored::Yes, wanted, &mut watch);
                    }
                }
                Scan::GaveUp => {}
            }
        }
        self.simulate(text, start, Anchored::No, wanted, &mut watch)
    }

    /// The match by all threads of the NFA at once, those that started first before the others.
    fn simulate(
        &self,
        text: &str,
        start: usize,
        anchored: Anchored,
        wanted: Wanted,
        watch: &mut Watch<'_>,
    ) -> Result<Option<Range<usize>>> {
        let slot_count = self.nfa.group_info().slot_len();
        let mut current = Threads::new(self.states());
        let mut next = Threads::new(self.states());
        let mut best: Option<Vec<Option<usize>>> = None;
        for at in start..=text.len() {
            let begins = at == start || anchored == Anchored::No;
            if best.is_none() && begins && text.is_char_boundary(at) {
                let slots = vec![None; slot_count];
                self.follow(&mut current, self.nfa.start_anchored(), slots, text, at);
            }
            if current.order.is_empty() && (best.is_some() || anchored != Anchored::No) {
                break;
            }
            for index in 0..current.order.len() {
                let id = current.order[index];
                let target = match self.nfa.state(id) {
                    State::Match { .. } => {
                        let slots = current.slots[id.as_usize()].clone();
                        let earlier = best.as_ref().is_none_or(|best| slots[0] <= best[0]);
                        if earlier && text.is_char_boundary(at) {
                            best = Some(slots);
                        }
                        None
                    }
                    State::ByteRange { trans } => {
                        let byte = text.as_bytes().get(at);
                        byte.filter(|byte| trans.matches_byte(**byte)).map(|_| trans.next)
                    }
                    State::Sparse(list) => {
                        text.as_bytes().get(at).and_then(|byte| list.matches_byte(*byte))
                    }
                    State::Dense(list) => {
                        text.as_bytes().get(at).and_then(|byte| list.matches_byte(*byte))
                    }
                    State::Look { .. }
                    | State::Union { .. }
                    | State::BinaryUnion { .. }
                    | State::Capture { .. }
                    | State::Fail => None,
                };
                if let Some(target) = target {
                    let slots = current.slots[id.as_usize()].clone();
                    // What started after the best match cannot be better.
                    if best.as_ref().is_none_or(|best| slots[0] <= best[0]) {
                        self.follow(&mut next, target, slots, text, at + 1);
                    }
                }
            }
            watch.step(current.order.len() + 1)?;
            if best.is_some() && wanted != Wanted::Longest {
                break;
            }
            std::mem::swap(&mut current, &mut next);
            next.clear();
        }
        Ok(best.and_then(|slots| Some(slots.first().copied()??..slots.get(1).copied()??)))
    }

    /// Adds a state and all that it leads to without a byte, the preferred ways first.
    fn follow(
        &self,
        threads: &mut Threads,
        state: StateID,
        slots: Vec<Option<usize>>,
        text: &str,
        at: usize,
    ) {
        let mut stack = vec![(state, slots)];
        while let Some((id, mut slots)) = stack.pop() {
            if !threads.insert(id) {
                continue;
            }
            match self.nfa.state(id) {
                State::Look { look, next } => {
                    if self.nfa.look_matcher().matches(*look, text.as_bytes(), at) {
                        stack.push((*next, slots));
                    }
                }
                State::Union { alternates } => {
                    stack.extend(alternates.iter().rev().map(|next| (*next, slots.clone())));
                }
                State::BinaryUnion { alt1, alt2 } => {
                    stack.push((*alt2, slots.clone()));
                    stack.push((*alt1, slots));
                }
                State::Capture { next, slot, .. } => {
                    if let Some(place) = slots.get_mut(slot.as_usize()) {
                        *place = Some(at);
                    }
                    stack.push((*next, slots));
                }
                State::ByteRange { .. }
                | State::Sparse(_)
                | State::Dense(_)
                | State::Match { .. } => {
                    threads.order.push(id);
                    threads.slots[id.as_usize()] = slots;
                }
                State::Fail => {}
            }
        }
    }
}

/// The states that are reached at a place, in the order of preference.
struct Threads {
    order: Vec<StateID>,
    /// The round in which a state was last reached.
    seen: Vec<u32>,
    round: u32,
    slots: Vec<Vec<Option<usize>>>,
}

impl Threads {
    fn new(states: usize) -> Self {
        Self { order: Vec::new(), seen: vec![0; states], round: 1, slots: vec![Vec::new(); states] }
    }

    fn insert(&mut self, id: StateID) -> bool {
        let place = &mut self.seen[id.as_usize()];
        let new = *place != self.round;
        *place = self.round;
        new
    }

    fn clear(&mut self) {
        self.order.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.round = 1;
        }
    }
}

/// Steps forward: where the first match ends, or the first place that tells that there is one.
fn scan(dfa: &DFA, text: &str, start: usize, any: bool, watch: &mut Watch<'_>) -> Result<Scan> {
    let mut cache = Cache::new(dfa);
    // A state that is not known yet is made of all those of the NFA.
    let weight = 1 + dfa.get_nfa().states().len() / 16;
    let input = Input::new(text).range(start..);
    let Ok(mut state) = dfa.start_state_forward(&mut cache, &input) else {
        return Ok(Scan::GaveUp);
    };
    let mut last = Scan::Nothing;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        let Ok(next) = dfa.next_state(&mut cache, state, byte) else { return Ok(Scan::GaveUp) };
        state = next;
        if state.is_tagged() {
            if state.is_match() {
                last = Scan::Found(at);
                if any {
                    return Ok(last);
                }
            } else if state.is_dead() {
                return Ok(last);
            } else if state.is_quit() {
                return Ok(Scan::GaveUp);
            }
        }
        watch.step(weight)?;
    }
    let Ok(state) = dfa.next_eoi_state(&mut cache, state) else { return Ok(Scan::GaveUp) };
    Ok(if state.is_match() { Scan::Found(text.len()) } else { last })
}

/// Steps backward from the end of a match to its earliest start.
fn scan_back(
    dfa: &DFA,
    text: &str,
    start: usize,
    end: usize,
    watch: &mut Watch<'_>,
) -> Result<Scan> {
    let mut cache = Cache::new(dfa);
    // A state that is not known yet is made of all those of the NFA.
    let weight = 1 + dfa.get_nfa().states().len() / 16;
    let input = Input::new(text).range(start..end).anchored(Anchored::Yes);
    let Ok(mut state) = dfa.start_state_reverse(&mut cache, &input) else {
        return Ok(Scan::GaveUp);
    };
    let mut last = Scan::Nothing;
    for at in (start..end).rev() {
        let byte = text.as_bytes()[at];
        let Ok(next) = dfa.next_state(&mut cache, state, byte) else { return Ok(Scan::GaveUp) };
        state = next;
        if state.is_match() {
            last = Scan::Found(at + 1);
        } else if state.is_dead() {
            return Ok(last);
        } else if state.is_quit() {
            return Ok(Scan::GaveUp);
        }
        watch.step(weight)?;
    }
    let before = start.checked_sub(1).map(|at| text.as_bytes()[at]);
    let ended = match before {
        Some(byte) => dfa.next_state(&mut cache, state, byte),
        None => dfa.next_eoi_state(&mut cache, state),
    };
    Ok(match ended {
        Ok(state) if state.is_match() => Scan::Found(start),
        Ok(state) if state.is_quit() => Scan::GaveUp,
        Ok(_) => last,
        Err(_) => Scan::GaveUp,
    })
}
