//! Chance that can be told again: every draw is on a tape, a number of 32 bits each.
//!
//! A case is its tape. 0 always means the simplest choice, so a case is made smaller by writing
//! zeros over parts of its tape, whatever the generator does with it.

/// Where draws come from: first the tape, then a generator that writes it on.
pub(crate) struct Dice {
    tape: Vec<u32>,
    at: usize,
    /// `None`: nothing is written on, what is missing is 0.
    state: Option<u64>,
}

impl Dice {
    /// The dice of a case by number.
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self { tape: Vec::new(), at: 0, state: Some(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66) }
    }

    /// Dice that fall as they fell.
    pub(crate) fn of_tape(tape: &[u32]) -> Self {
        Self { tape: tape.to_vec(), at: 0, state: None }
    }

    /// All draws so far.
    pub(crate) fn into_tape(self) -> Vec<u32> {
        self.tape
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let raw = self.raw();
        ((u64::from(raw) * end as u64) >> 32) as usize
    }

    /// The next number on the tape.
    pub(crate) fn raw(&mut self) -> u32 {
        if let Some(raw) = self.tape.get(self.at) {
            self.at += 1;
            return *raw;
        }
        let Some(state) = &mut self.state else { return 0 };
        // SplitMix64.
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = *state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let raw = (word >> 32) as u32;
        self.tape.push(raw);
        self.at += 1;
        raw
    }

    /// Whether something with this chance in a hundred happens; the simplest is that it does not.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of these; the first is the simplest.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Some of these, each with a chance in a hundred.
    pub(crate) fn some<T: Copy>(&mut self, of: &[T], percent: usize) -> Vec<T> {
        of.iter().copied().filter(|_| self.chance(percent)).collect()
    }
}

/// A smaller tape that still fails, in at most so many tries.
pub(crate) fn shrink(tape: Vec<u32>, tries: usize, fails: &dyn Fn(&[u32]) -> bool) -> Vec<u32> {
    let (mut best, mut left) = (tape, tries);
    loop {
        let before = best.clone();
        for size in [256, 64, 16, 4, 2, 1] {
            let mut start = 0;
            while start < best.len() && left > 0 {
                let smaller = smaller(&best, start, size).into_iter().find(|tape| {
                    left = left.saturating_sub(1);
                    fails(tape)
                });
                match smaller {
                    Some(smaller) => best = smaller,
                    None => start += size,
                }
            }
        }
        if best == before || left == 0 {
            return best;
        }
    }
}

/// Tapes that are simpler from `start` on. A draw that becomes 0 may make those after it needless.
fn smaller(tape: &[u32], start: usize, size: usize) -> Vec<Vec<u32>> {
    let end = (start + size).min(tape.len());
    let without = |from: usize, to: usize| [&tape[..from], &tape[to.min(tape.len())..]].concat();
    let mut all = vec![without(start, end)];
    let mut zeroed = tape.to_vec();
    zeroed[start..end].fill(0);
    if zeroed != tape {
        if size == 1 {
            all.extend((1..10).map(|more| [&zeroed[..end], &tape[(end + more).min(tape.len())..]].concat()));
        }
        all.push(zeroed);
    }
    all
}
