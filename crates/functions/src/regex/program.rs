//! A pattern made ready for `dissect`: an automaton over characters, and the parts whose bounds count.
//!
//! All parts lie in one automaton. A part is entered at its `entry` and has matched where its `exit` is reached; what
//! comes after the exit belongs to the part around it. A back reference is in the automaton as what its group can match,
//! which is never less than what it has matched.
//!
//! How a pattern falls into parts, and which of them prefer to be short, is what PostgreSQL does (the header of its
//! regcomp.c and the flags of `struct subre`), as the bounds of groups depend on it:
//!
//!     branch        prefix . (atom . rest)     prefix: atoms without groups that agree in what they prefer
//!     x{m,n}        x{m-1,n-1} . x             with groups but no back references in x, for m > 0
//!     x{m,n}        repeated x                 otherwise

use super::parse::{Assertion, Node, Parsed, Preference, Repeat, too_complex};
use error::{Result, stack_check};
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, HirKind};
use std::collections::HashMap;
use std::ops::Range;

/// An automaton may have so many states.
const STATES_MAX: usize = 1 << 18;

/// A state of the automaton, with where it leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    /// A character of the class of this number.
    Class(usize, usize),
    Assertion(Assertion, usize),
    /// The constraint of this number.
    Look(usize, usize),
    Split(usize, usize),
    Jump(usize),
    Fail,
}

/// A set of characters.
#[derive(Debug)]
pub(super) struct CharacterSet {
    ascii: u128,
    /// Sorted, apart from each other.
    ranges: Vec<(char, char)>,
}

impl CharacterSet {
    fn new(ranges: Vec<(char, char)>) -> Self {
        let holds = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
        let bit = |byte: u8| u128::from(holds(char::from(byte))) << byte;
        Self { ascii: (0..128).map(bit).fold(0, |all, bit| all | bit), ranges }
    }

    /// Whether the character is in the set.
    pub(super) fn contains(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> u32::from(c) & 1 == 1;
        }
        let after = self.ranges.partition_point(|(low, _)| *low <= c);
        after > 0 && self.ranges[after - 1].1 >= c
    }
}

/// A constraint, with its part of the automaton.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) ahead: bool,
    pub(super) negated: bool,
    pub(super) entry: usize,
    pub(super) exit: usize,
}

/// What a part is made of.
#[derive(Debug)]
pub(super) enum Kind {
    /// Nothing in it is of interest.
    Plain,
    Back {
        group: usize,
        min: u32,
        max: Option<u32>,
    },
    Capture {
        group: usize,
        child: usize,
    },
    Concat {
        left: usize,
        right: usize,
    },
    Alternate(Vec<usize>),
    Iterate {
        child: usize,
        min: u32,
        max: Option<u32>,
    },
}

/// A part of a pattern.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) entry: usize,
    pub(super) exit: usize,
    pub(super) kind: Kind,
    pub(super) shortest: bool,
    /// The groups in it, from 1 on.
    pub(super) groups: Range<usize>,
    /// The groups before it that back references in it name.
    pub(super) references: Vec<usize>,
}

/// A pattern made ready.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) states: Vec<State>,
    pub(super) classes: Vec<CharacterSet>,
    pub(super) looks: Vec<Constraint>,
    pub(super) parts: Vec<Part>,
    pub(super) root: usize,
    pub(super) group_count: usize,
    pub(super) ignore_case: bool,
    /// The automaton may take what does not match, as there are back references.
    pub(super) beyond_automaton: bool,
}

/// What PostgreSQL notes of a part: what it prefers, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Traits(u8);

impl Traits {
    const NONE: Self = Self(0);
    const LONGER: Self = Self(1);
    const SHORTER: Self = Self(2);
    const PREFERENCE: u8 = 3;
    const MIXED: Self = Self(4);
    const CAPTURE: Self = Self(8);
    const BACK: Self = Self(16);

    fn of(preference: Option<Preference>) -> Self {
        match preference {
            None => Self::NONE,
            Some(Preference::Longest) => Self::LONGER,
            Some(Preference::Shortest) => Self::SHORTER,
        }
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn preference(self) -> Self {
        Self(self.0 & Self::PREFERENCE)
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What counts for the part around it.
    fn up(self) -> Self {
        let inner = Self(self.0 & !Self::PREFERENCE);
        if self.preference().0 == Self::PREFERENCE { inner.with(Self::MIXED) } else { inner }
    }

    fn messy(self) -> bool {
        self.0 & !Self::PREFERENCE != 0
    }

    /// What two parts one after the other are: the first that prefers something decides.
    fn combine(self, other: Self) -> Self {
        let preference =
            if self.preference() == Self::NONE { other.preference() } else { self.preference() };
        self.with(other).up().with(preference)
    }
}

/// The entry of a piece of the automaton, and the jump at its end that leads nowhere yet.
#[derive(Debug, Clone, Copy)]
struct Fragment {
    entry: usize,
    exit: usize,
}

struct Builder<'p> {
    program: Program,
    class_numbers: HashMap<&'p str, usize>,
    /// What stands in a group, by its number less one.
    groups: Vec<Option<&'p Node>>,
    syntax: syntax::Config,
    /// Back references within which the group that they name is written.
    back_depth: usize,
}

impl Program {
    /// The program of a pattern. 2201B where it becomes too large.
    pub(super) fn new(parsed: &Parsed, syntax: syntax::Config, ignore_case: bool) -> Result<Self> {
        let program = Self {
            states: Vec::new(),
            classes: Vec::new(),
            looks: Vec::new(),
            parts: Vec::new(),
            root: 0,
            group_count: parsed.group_count,
            ignore_case,
            beyond_automaton: parsed.back_references,
        };
        let groups = vec![None; parsed.group_count];
        let mut builder =
            Builder { program, class_numbers: HashMap::new(), groups, syntax, back_depth: 0 };
        builder.note_groups(&parsed.root)?;
        let (root, _) = builder.alternatives(&parsed.root)?;
        builder.program.root = root;
        Ok(builder.program)
    }
}

impl<'p> Builder<'p> {
    fn note_groups(&mut self, node: &'p Node) -> Result<()> {
        stack_check()?;
        match node {
            Node::Class(_) | Node::Assertion(_) | Node::Look(_) | Node::Back(_) => {}
            Node::Group(inner) => self.note_groups(inner)?,
            Node::Capture(number, inner) => {
                self.groups[number - 1] = Some(inner);
                self.note_groups(inner)?;
            }
            Node::Repeat(repeat) => self.note_groups(&repeat.inner)?,
            Node::Concat(items) | Node::Alternate(items) => {
                for item in items {
                    self.note_groups(item)?;
                }
            }
        }
        Ok(())
    }

    fn state(&mut self, state: State) -> Result<usize> {
        if self.program.states.len() >= STATES_MAX {
            return Err(too_complex());
        }
        self.program.states.push(state);
        Ok(self.program.states.len() - 1)
    }

    fn link(&mut self, exit: usize, to: usize) {
        self.program.states[exit] = State::Jump(to);
    }

    fn empty(&mut self) -> Result<Fragment> {
        let entry = self.state(State::Fail)?;
        Ok(Fragment { entry, exit: entry })
    }

    /// A state that leads to the exit.
    fn single(&mut self, state: impl FnOnce(usize) -> State) -> Result<Fragment> {
        let exit = self.state(State::Fail)?;
        let entry = self.state(state(exit))?;
        Ok(Fragment { entry, exit })
    }

    fn sequence(&mut self, first: Option<Fragment>, second: Fragment) -> Fragment {
        let Some(first) = first else { return second };
        self.link(first.exit, second.entry);
        Fragment { entry: first.entry, exit: second.exit }
    }

    /// A node of which only the whole counts.
    fn plain(&mut self, node: &'p Node) -> Result<Fragment> {
        stack_check()?;
        match node {
            Node::Class(class) => {
                let class = self.class(class)?;
                self.single(|exit| State::Class(class, exit))
            }
            Node::Group(inner) | Node::Capture(_, inner) => self.plain(inner),
            Node::Back(group) => match self.groups[group - 1] {
                Some(inner) => {
                    self.back_depth += 1;
                    let fragment = self.plain(inner);
                    self.back_depth -= 1;
                    fragment
                }
                None => self.empty(),
            },
            // What a group has matched need not stand where the group would match again.
            Node::Assertion(_) | Node::Look(_) if self.back_depth > 0 => self.empty(),
            Node::Assertion(assertion) => self.single(|exit| State::Assertion(*assertion, exit)),
            Node::Look(look) => {
                let Fragment { entry, exit } = self.plain(&look.inner)?;
                let (ahead, negated) = (look.ahead, look.negated);
                self.program.looks.push(Constraint { ahead, negated, entry, exit });
                let number = self.program.looks.len() - 1;
                self.single(|exit| State::Look(number, exit))
            }
            Node::Repeat(repeat) => self.plain_repeat(&repeat.inner, repeat.min, repeat.max),
            Node::Concat(items) => {
                let mut whole = None;
                for item in items {
                    let item = self.plain(item)?;
                    whole = Some(self.sequence(whole, item));
                }
                whole.map_or_else(|| self.empty(), Ok)
            }
            Node::Alternate(branches) => {
                let branches: Result<Vec<_>> =
                    branches.iter().map(|branch| self.plain(branch)).collect();
                self.choice(&branches?)
            }
        }
    }

    fn choice(&mut self, branches: &[Fragment]) -> Result<Fragment> {
        let exit = self.state(State::Fail)?;
        let mut entry = None;
        for branch in branches.iter().rev() {
            self.link(branch.exit, exit);
            entry = Some(match entry {
                None => branch.entry,
                Some(next) => self.state(State::Split(branch.entry, next))?,
            });
        }
        Ok(Fragment { entry: entry.unwrap_or(exit), exit })
    }

    fn plain_repeat(&mut self, node: &'p Node, min: u32, max: Option<u32>) -> Result<Fragment> {
        let mut whole = self.empty()?;
        for _ in 0..min {
            let copy = self.plain(node)?;
            whole = self.sequence(Some(whole), copy);
        }
        match max {
            None => {
                let copy = self.plain(node)?;
                let exit = self.state(State::Fail)?;
                let split = self.state(State::Split(copy.entry, exit))?;
                self.link(copy.exit, split);
                self.link(whole.exit, split);
                whole.exit = exit;
            }
            Some(max) if max > min => {
                let exit = self.state(State::Fail)?;
                for _ in min..max {
                    let copy = self.plain(node)?;
                    let split = self.state(State::Split(copy.entry, exit))?;
                    self.link(whole.exit, split);
                    whole.exit = copy.exit;
                }
                self.link(whole.exit, exit);
                whole.exit = exit;
            }
            Some(_) => {}
        }
        Ok(whole)
    }

    /// The number of a class in the engine's syntax.
    fn class(&mut self, class: &'p str) -> Result<usize> {
        if let Some(number) = self.class_numbers.get(class) {
            return Ok(*number);
        }
        let parsed = syntax::parse_with(class, &self.syntax).map_err(|_| too_complex())?;
        let ranges = match parsed.kind() {
            HirKind::Class(Class::Unicode(class)) => {
                class.ranges().iter().map(|range| (range.start(), range.end())).collect()
            }
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|_| too_complex())?;
                text.chars().map(|c| (c, c)).collect()
            }
            // A class of nothing.
            HirKind::Class(Class::Bytes(_))
            | HirKind::Empty
            | HirKind::Look(_)
            | HirKind::Repetition(_)
            | HirKind::Capture(_)
            | HirKind::Concat(_)
            | HirKind::Alternation(_) => Vec::new(),
        };
        self.program.classes.push(CharacterSet::new(ranges));
        let number = self.program.classes.len() - 1;
        self.class_numbers.insert(class, number);
        Ok(number)
    }

    fn part(&mut self, fragment: Fragment, kind: Kind, traits: Traits) -> (usize, Traits) {
        let Fragment { entry, exit } = fragment;
        let parts = &self.program.parts;
        let mut groups = Vec::new();
        let mut references = Vec::new();
        let mut include = |child: &usize| {
            groups.push(parts[*child].groups.clone());
            references.extend_from_slice(&parts[*child].references);
        };
        let plain = !traits.has(Traits::CAPTURE.with(Traits::BACK));
        let kind = if plain { Kind::Plain } else { kind };
        match &kind {
            Kind::Plain => {}
            Kind::Back { group, .. } => references.push(*group),
            Kind::Capture { group, child } => {
                include(child);
                groups.push(*group..*group + 1);
            }
            Kind::Concat { left, right } => [left, right].into_iter().for_each(include),
            Kind::Alternate(children) => children.iter().for_each(include),
            Kind::Iterate { child, .. } => include(child),
        }
        groups.retain(|groups| !groups.is_empty());
        let first = groups.iter().map(|groups| groups.start).min().unwrap_or(0);
        let groups = first..groups.iter().map(|groups| groups.end).max().unwrap_or(0);
        references.sort_unstable();
        references.dedup();
        references.retain(|group| !groups.contains(group));
        let shortest = traits.preference() == Traits::SHORTER;
        self.program.parts.push(Part { entry, exit, kind, shortest, groups, references });
        (self.program.parts.len() - 1, traits)
    }

    fn fragment(&self, part: usize) -> Fragment {
        let Part { entry, exit, .. } = self.program.parts[part];
        Fragment { entry, exit }
    }

    fn concat(&mut self, left: usize, right: usize, traits: Traits) -> (usize, Traits) {
        let (first, second) = (self.fragment(left), self.fragment(right));
        let fragment = self.sequence(Some(first), second);
        self.part(fragment, Kind::Concat { left, right }, traits)
    }

    fn alternatives(&mut self, node: &'p Node) -> Result<(usize, Traits)> {
        stack_check()?;
        match node {
            Node::Alternate(branches) => {
                let mut traits = Traits::LONGER;
                let mut children = Vec::with_capacity(branches.len());
                for branch in branches {
                    let (child, inner) = self.alternatives(branch)?;
                    traits = traits.with(traits.with(inner).up());
                    children.push(child);
                }
                let fragments: Vec<_> =
                    children.iter().map(|child| self.fragment(*child)).collect();
                let fragment = self.choice(&fragments)?;
                Ok(self.part(fragment, Kind::Alternate(children), traits))
            }
            Node::Concat(items) => self.branch(items),
            Node::Class(_)
            | Node::Assertion(_)
            | Node::Look(_)
            | Node::Group(_)
            | Node::Capture(..)
            | Node::Back(_)
            | Node::Repeat(_) => self.branch(std::slice::from_ref(node)),
        }
    }

    /// A branch: what can be taken together, then an atom that stands alone, then the rest.
    fn branch(&mut self, items: &'p [Node]) -> Result<(usize, Traits)> {
        stack_check()?;
        let mut traits = Traits::NONE;
        let mut prefix = None;
        for (index, item) in items.iter().enumerate() {
            let (atom, quantifier) = match item {
                Node::Repeat(repeat) => (&repeat.inner, Some(repeat.as_ref())),
                Node::Class(_)
                | Node::Assertion(_)
                | Node::Look(_)
                | Node::Group(_)
                | Node::Capture(..)
                | Node::Back(_)
                | Node::Concat(_)
                | Node::Alternate(_) => (item, None),
            };
            let alone = matches!(atom, Node::Group(_) | Node::Capture(..) | Node::Back(_));
            let prefers = Traits::of(quantifier.and_then(|repeat| repeat.preference));
            if !alone && !traits.with(prefers).up().messy() {
                traits = traits.with(prefers);
                let item = self.plain(item)?;
                prefix = Some(self.sequence(prefix, item));
                continue;
            }
            if quantifier.is_some_and(|repeat| repeat.max == Some(0)) {
                continue;
            }
            let (mut whole, mut inner) = self.quantified(atom, quantifier)?;
            if index + 1 < items.len() {
                let (rest, after) = self.branch(&items[index + 1..])?;
                (whole, inner) = self.concat(whole, rest, inner.combine(after));
            }
            if let Some(prefix) = prefix {
                let (before, _) = self.part(prefix, Kind::Plain, traits);
                (whole, inner) = self.concat(before, whole, traits.combine(inner));
            }
            return Ok((whole, inner));
        }
        let fragment = prefix.map_or_else(|| self.empty(), Ok)?;
        Ok(self.part(fragment, Kind::Plain, traits))
    }

    fn quantified(
        &mut self,
        atom: &'p Node,
        quantifier: Option<&'p Repeat>,
    ) -> Result<(usize, Traits)> {
        let (min, max) = quantifier.map_or((1, Some(1)), |repeat| (repeat.min, repeat.max));
        let prefers = Traits::of(quantifier.and_then(|repeat| repeat.preference));
        if let Node::Back(group) = atom {
            let fragment = self.plain_repeat(atom, min, max)?;
            let kind = Kind::Back { group: *group, min, max };
            return Ok(self.part(fragment, kind, prefers.combine(Traits::BACK)));
        }
        let (child, inner) = self.atom(atom)?;
        let traits = prefers.combine(inner);
        let innermost = Traits(inner.0 & (Traits::PREFERENCE | Traits::MIXED.0));
        let agrees = prefers == Traits::NONE || innermost == Traits::NONE || prefers == innermost;
        if (min, max) == (1, Some(1)) && agrees {
            return Ok((child, traits));
        }
        if !inner.has(Traits::CAPTURE.with(Traits::BACK)) {
            let fragment = self.plain_repeat(atom, min, max)?;
            return Ok(self.part(fragment, Kind::Plain, traits));
        }
        if min > 0 && !inner.has(Traits::BACK) {
            let before = self.plain_repeat(atom, min - 1, max.map(|max| max - 1))?;
            let (before, _) = self.part(before, Kind::Plain, traits.preference());
            return Ok(self.concat(before, child, traits));
        }
        let first = self.fragment(child);
        let exit = self.state(State::Fail)?;
        let split = self.state(State::Split(first.entry, exit))?;
        if min == 0 && max.is_none() {
            self.link(first.exit, split);
        } else {
            let after = self.plain_repeat(atom, min.max(1) - 1, max.map(|max| max - 1))?;
            self.link(first.exit, after.entry);
            self.link(after.exit, exit);
        }
        let entry = if min == 0 { split } else { first.entry };
        Ok(self.part(Fragment { entry, exit }, Kind::Iterate { child, min, max }, traits))
    }

    fn atom(&mut self, atom: &'p Node) -> Result<(usize, Traits)> {
        match atom {
            Node::Group(inner) => self.alternatives(inner),
            Node::Capture(group, inner) => {
                let (child, traits) = self.alternatives(inner)?;
                let kind = Kind::Capture { group: *group, child };
                let fragment = self.fragment(child);
                Ok(self.part(fragment, kind, traits.with(Traits::CAPTURE)))
            }
            Node::Class(_)
            | Node::Assertion(_)
            | Node::Look(_)
            | Node::Back(_)
            | Node::Repeat(_)
            | Node::Concat(_)
            | Node::Alternate(_) => {
                let fragment = self.plain(atom)?;
                Ok(self.part(fragment, Kind::Plain, Traits::NONE))
            }
        }
    }
}
