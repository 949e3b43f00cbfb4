mod expressions;
mod goldens;
mod print;
mod schedules;
mod speed;
mod texts;

use crate::schedule::{Facts, Moment, Variable};

/// A run without an end.
const ENDLESS: Facts = Facts { frames: f64::INFINITY, seed: 7.0 };

/// Frame `t` of a run of `frames` at 10 frames per second and 120 beats per minute.
fn frame_of(t: f64, frames: f64) -> Moment {
    let mut moment = Moment::new();
    moment.set(Variable::S, 7.0);
    moment.set(Variable::MaxF, frames - 1.0);
    moment.set(Variable::Fps, 10.0);
    moment.set_frame(t);
    moment.derive(&[]);
    moment
}

/// Random numbers for tests: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}
