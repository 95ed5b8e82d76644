//! Random numbers: from the system for secrets, from a seed for what must replay.

use error::{Error, Result};

/// A generator of random numbers (SplitMix64). Not for secrets: those are made by [`Random::fill`].
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator that this seed always gives.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator seeded by the system. 58000 if it has no randomness.
    pub fn from_system() -> Result<Self> {
        let mut seed = [0; 8];
        Self::fill(&mut seed)?;
        Ok(Self(u64::from_le_bytes(seed)))
    }

    /// Fills `bytes` with randomness from the system, fit for secrets. 58000 if it has none.
    pub fn fill(bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|error| {
            Error::new(
                error::SqlState::SYSTEM_ERROR,
                format!("could not generate random bytes: {error}"),
            )
        })
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
