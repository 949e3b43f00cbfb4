//! What DJs do to a track while it plays, and from one track to the next.

use super::{RATE, Truth, kept_by_pole, place};

/// A hand on one deck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Move {
    /// From this beat on what was just heard, so many beats of it, again and again for so many beats.
    LoopRoll { at_beat: usize, length_beats: f64, for_beats: usize },
    /// The last two beats of every eighth bar are silent.
    HalfBarCuts,
    /// The record is thrown back until this second, in so many.
    SpinBack { at_s: f64, over_s: f64 },
    /// From this beat on only echoes, three quarters of a beat apart.
    EchoOut { at_beat: usize },
}

impl Move {
    pub fn play(self, samples: &mut [f32], truth: &mut Truth) {
        let beat_s = truth.beats[1] - truth.beats[0];
        match self {
            Self::LoopRoll { at_beat, length_beats, for_beats } => {
                let (from_s, to_s) = (truth.beats[at_beat], truth.beats[at_beat + for_beats]);
                repeat(samples, (place(from_s), place(to_s)), place(length_beats * beat_s), 1.0);
                truth.forget_drums(from_s, to_s);
            }
            Self::HalfBarCuts => {
                for eight in truth.beats.clone().chunks_exact(32) {
                    let (from_s, to_s) = (eight[30], eight[31] + beat_s);
                    let end = place(to_s).min(samples.len());
                    samples[place(from_s).min(end)..end].iter_mut().for_each(|x| *x = 0.0);
                    truth.forget_drums(from_s, to_s);
                }
            }
            Self::SpinBack { at_s, over_s } => {
                let (from, record) = (place(at_s - over_s), samples.to_vec());
                for n in from..place(at_s).min(samples.len()) {
                    let u = (n - from) as f64 / (over_s * RATE);
                    // Faster and faster, and fainter.
                    let back = (u * (1.0 + 2.0 * u) * over_s * RATE) as usize;
                    samples[n] = record[from.saturating_sub(back)] * (1.0 - u) as f32;
                }
                truth.forget(at_s - over_s, at_s);
            }
            Self::EchoOut { at_beat } => {
                let from_s = truth.beats[at_beat];
                repeat(samples, (place(from_s), samples.len()), place(0.75 * beat_s), 0.65);
                truth.forget_drums(from_s, f64::INFINITY);
            }
        }
    }
}

/// Puts the `length` samples before `from` again and again up to `to`, each time `gain` as loud.
fn repeat(samples: &mut [f32], (from, to): (usize, usize), length: usize, gain: f32) {
    for n in from..to.min(samples.len()) {
        samples[n] = samples[n - length] * gain;
    }
}

/// How one track gives way to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Handover {
    Cut,
    /// A crossfade of so many seconds.
    Fade(f64),
    /// Both play for so many seconds and the basses are swapped half way.
    BassSwap(f64),
}

/// Hands over from `samples` to `other` at `at_s`; from half way through on, the truth is that of `other`.
pub(super) fn mix_in(
    samples: &mut [f32],
    truth: &mut Truth,
    other: (&[f32], &Truth),
    (at_s, handover): (f64, Handover),
) {
    let over_s = match handover {
        Handover::Cut => 0.0,
        Handover::Fade(over_s) | Handover::BassSwap(over_s) => over_s,
    };
    let (start, keep) = (place(at_s), kept_by_pole(200.0));
    let (mut low, mut next_low) = (0.0f32, 0.0f32);
    for (n, x) in samples.iter_mut().enumerate().skip(start) {
        let share = if over_s > 0.0 { ((n - start) as f64 / RATE / over_s).min(1.0) as f32 } else { 1.0 };
        let next = other.0.get(n - start).copied().unwrap_or(0.0);
        low = *x + (low - *x) * keep;
        next_low = next + (next_low - next) * keep;
        *x = if let Handover::BassSwap(over_s) = handover {
            // A tenth of a second for the swap itself, or it would click.
            let swapped = ((share - 0.5) * over_s as f32 / 0.1 + 0.5).clamp(0.0, 1.0);
            let fade = |share: f32| (2.0 * share).min(1.0);
            let (mine, theirs) = ((*x - low) * fade(1.0 - share), (next - next_low) * fade(share));
            mine + theirs + low * (1.0 - swapped) + next_low * swapped
        } else {
            *x * (1.0 - share) + next * share
        };
    }
    truth.join(other.1, at_s, at_s + over_s / 2.0, samples.len() as f64 / RATE);
}
