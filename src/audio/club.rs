//! Generated club tracks with their exact ground truth (times of beats, drums and breaks): what `--audio synth:NAME`
//! plays besides the instrument's own track, and what the beat tracker is judged on.
//!
//! A [`Clip`] is a seeded description; [`Clip::render`] turns it into samples and [`Truth`]. Nothing here runs in real
//! time.

mod channel;
mod clips;
mod drums;
pub mod hand;
mod moves;
pub mod negative;
pub mod score;
mod style;
#[cfg(test)]
mod tests;

use channel::Channel;
use drums::Voice;
#[cfg(test)]
pub(crate) use drums::noise as white_noise;
use moves::{Handover, Move, mix_in};
use style::Style;

pub const SAMPLE_RATE_HZ: u32 = 44_100;
const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Length of the sounds that are no music, in seconds.
const NEGATIVE_S: f32 = 60.0;
/// The name under which the structured clips play one after the other.
const NIGHT: &str = "night";

/// Every name that `--audio synth:NAME` knows besides the instrument's own track.
#[must_use]
pub fn names() -> Vec<&'static str> {
    Clip::every().iter().map(|clip| clip.name).chain([NIGHT]).chain(negative::NEGATIVES).collect()
}

/// The sound called `name`, mono at [`SAMPLE_RATE_HZ`] in −1..1.
#[must_use]
pub fn sound(name: &str) -> Option<Vec<f32>> {
    if name == NIGHT {
        return Some(night());
    }
    Clip::find(name).map(|clip| clip.render().0).or_else(|| negative::render(name, NEGATIVE_S, 1))
}

/// Minutes of it: each track on a thread of its own, or the first beat comes seconds late.
fn night() -> Vec<f32> {
    let tracks = Clip::structured(0);
    std::thread::scope(|scope| {
        let played: Vec<_> = tracks.iter().map(|clip| scope.spawn(|| clip.render().0)).collect();
        played
            .into_iter()
            .flat_map(|track| track.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The sample that sounds at `t` seconds.
fn place(t: f64) -> usize {
    (t * RATE) as usize
}

/// How much of its state a one-pole low pass at `hz` keeps from sample to sample.
fn kept_by_pole(hz: f64) -> f32 {
    (-std::f64::consts::TAU * hz / RATE).exp() as f32
}

/// A WAV file, 16 bit mono, of samples in −1..1.
#[must_use]
pub fn wav(samples: &[f32], rate_hz: u32) -> Vec<u8> {
    let bytes = (2 * samples.len()) as u32;
    let mut file = Vec::with_capacity(44 + bytes as usize);
    file.extend(b"RIFF".iter().chain(&(36 + bytes).to_le_bytes()).chain(b"WAVEfmt "));
    // Length of what follows; PCM, 1 channel; rate; bytes a second; bytes and bits a sample.
    for word in [16, 0x0001_0001, rate_hz, 2 * rate_hz, 0x0010_0002] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"data".iter().chain(&bytes.to_le_bytes()));
    file.extend(samples.iter().flat_map(|s| ((s * 32767.0) as i16).to_le_bytes()));
    file
}

/// What is known about a rendered clip, in seconds from its start.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Truth {
    pub beats: Vec<f64>,
    /// Those beats that begin a bar.
    pub downbeats: Vec<f64>,
    pub kicks: Vec<f64>,
    pub snares: Vec<f64>,
    pub hats: Vec<f64>,
    /// From, to: bars without a kick.
    pub breaks: Vec<(f64, f64)>,
    /// When the build-ups in them begin.
    pub builds: Vec<f64>,
}

impl Truth {
    fn lists(&mut self) -> [&mut Vec<f64>; 5] {
        [&mut self.beats, &mut self.downbeats, &mut self.kicks, &mut self.snares, &mut self.hats]
    }

    fn retime(&mut self, to: impl Fn(f64) -> f64) {
        self.lists().into_iter().flatten().for_each(|t| *t = to(*t));
    }

    /// Removes all events from `from_s` to `to_s`, in seconds.
    fn forget(&mut self, from_s: f64, to_s: f64) {
        self.lists().into_iter().for_each(|list| list.retain(|t| !(from_s..to_s).contains(t)));
    }

    /// Removes kicks, snares and hats from `from_s` to `to_s`; beats stay.
    fn forget_drums(&mut self, from_s: f64, to_s: f64) {
        self.lists().into_iter().skip(2).for_each(|list| list.retain(|t| !(from_s..to_s).contains(t)));
    }

    /// Replaces the events from `turn_s` on by those of `other`, which began at `at_s`, up to `end_s`.
    fn join(&mut self, other: &Self, at_s: f64, turn_s: f64, end_s: f64) {
        let mut other = other.clone();
        for (mine, theirs) in self.lists().into_iter().zip(other.lists()) {
            mine.retain(|t| *t < turn_s);
            mine.extend(theirs.iter().map(|t| *t + at_s).filter(|t| (turn_s..end_s).contains(t)));
        }
    }
}

/// One deck playing one track.
#[derive(Clone, Debug)]
pub struct Clip {
    pub name: &'static str,
    style: Style,
    pub bpm: f64,
    /// Tempo at the end; the same when it does not drift.
    end_bpm: f64,
    bars: usize,
    /// Bars without kick and bass.
    break_bars: Option<(usize, usize)>,
    /// How many bars of the break are a build-up, and how many quiet ones follow it where the drop was expected.
    build_bars: usize,
    false_bars: usize,
    moves: Vec<Move>,
    channel: Channel,
    seed: u64,
    /// What is mixed or cut in later, and from when in seconds.
    next: Option<(Box<Clip>, f64, Handover)>,
}

impl Clip {
    /// About 64 s of `style`.
    fn new(name: &'static str, style: Style, bpm: f64) -> Self {
        Self {
            name,
            style,
            bpm,
            end_bpm: bpm,
            bars: (64.0 * bpm / 60.0 / style.beats_per_bar() as f64).ceil() as usize,
            break_bars: None,
            build_bars: 0,
            false_bars: 0,
            moves: Vec::new(),
            channel: Channel::default(),
            seed: name.bytes().fold(7, |s: u64, b| s.wrapping_mul(131).wrapping_add(u64::from(b))),
            next: None,
        }
    }

    /// Whether it is plain: four to the floor at one tempo, without break, second track or DJ's moves, and undistorted.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self.style, Style::House | Style::Techno | Style::Trance | Style::Minimal)
            && self.break_bars.is_none()
            && self.next.is_none()
            && self.moves.is_empty()
            && self.bpm == self.end_bpm
            && self.channel == Channel::default()
    }

    /// Samples in −1..1, mono at [`SAMPLE_RATE_HZ`], and the truth about them.
    #[must_use]
    pub fn render(&self) -> (Vec<f32>, Truth) {
        let (mut samples, mut truth) = self.track();
        if let Some((next, at_s, handover)) = &self.next {
            let (other, told) = next.track();
            mix_in(&mut samples, &mut truth, (&other, &told), (*at_s, *handover));
        }
        self.channel.spoil(&mut samples, &mut truth, 240.0 / self.bpm, self.seed);
        (samples, truth)
    }

    fn track(&self) -> (Vec<f32>, Truth) {
        let per_bar = self.style.beats_per_bar();
        let beats = self.bars * per_bar;
        let mut times = Vec::with_capacity(beats + 1);
        let mut t = 0.25;
        for beat in 0..=beats {
            times.push(t);
            t += 60.0 / (self.bpm + (self.end_bpm - self.bpm) * beat as f64 / beats as f64);
        }
        let length = place(times[beats]);
        let mut deck = Deck { samples: vec![0.0; length], truth: Truth::default(), duck: vec![], seed: self.seed };
        let build = self.break_bars.map(|(_, to)| (to - self.false_bars - self.build_bars, to - self.false_bars));
        for bar in 0..self.bars {
            let quiet = self.break_bars.is_some_and(|(from, to)| (from..to).contains(&bar));
            let building = build.filter(|(from, to)| (*from..*to).contains(&bar));
            let progress = building.map(|(from, to)| (bar - from) as f64 / (to - from) as f64);
            style::play(self.style, &mut deck, &times[bar * per_bar..=(bar + 1) * per_bar], bar, quiet, progress);
        }
        if let (Some((from, to)), Some((build_from, build_to))) = (self.break_bars, build) {
            deck.truth.breaks.push((times[from * per_bar], times[to * per_bar]));
            if self.build_bars > 0 {
                let (begins, ends) = (times[build_from * per_bar], times[build_to * per_bar]);
                deck.truth.builds.push(begins);
                deck.hit(Voice::Riser { length_s: ends - begins }, begins, 0.3);
            }
        }
        if self.style == Style::ClapBars {
            let rests = (8..self.bars - 4).step_by(8).map(|bar| (times[bar * per_bar], times[(bar + 4) * per_bar]));
            deck.truth.breaks.extend(rests);
        }
        deck.truth.beats = times[..beats].to_vec();
        deck.truth.downbeats = times[..beats].iter().copied().step_by(per_bar).collect();
        let peak = deck.samples.iter().fold(1e-3f32, |peak, x| peak.max(x.abs()));
        // A club master: pushed into soft saturation.
        deck.samples.iter_mut().for_each(|x| *x = (*x / peak * 1.8).tanh() * 0.9);
        for hand in &self.moves {
            hand.play(&mut deck.samples, &mut deck.truth);
        }
        (deck.samples, deck.truth)
    }
}

/// What a track is drawn onto.
struct Deck {
    samples: Vec<f32>,
    truth: Truth,
    /// Where kicks push the rest aside.
    duck: Vec<f64>,
    seed: u64,
}

impl Deck {
    /// Plays `voice` at `t` seconds.
    fn hit(&mut self, voice: Voice, t: f64, gain: f32) {
        let told = match voice {
            Voice::Kick | Voice::SoftKick => Some(&mut self.truth.kicks),
            Voice::Snare | Voice::Clap => Some(&mut self.truth.snares),
            Voice::Hat | Voice::OpenHat => Some(&mut self.truth.hats),
            Voice::Bass { .. }
            | Voice::Pad { .. }
            | Voice::Riser { .. }
            | Voice::Vowel { .. }
            | Voice::Conga { .. } => None,
        };
        if let Some(told) = told {
            told.push(t);
        }
        if matches!(voice, Voice::Kick | Voice::SoftKick) {
            self.duck.push(t);
        }
        let ducked = matches!(voice, Voice::Bass { .. } | Voice::Pad { .. });
        let start = (t * RATE).ceil() as usize;
        let length = place(voice.length_s());
        let mut kick = self.duck.partition_point(|at| *at <= t);
        for n in start..(start + length).min(self.samples.len()) {
            let now = n as f64 / RATE;
            while self.duck.get(kick).is_some_and(|at| *at <= now) {
                kick += 1;
            }
            let aside = match kick.checked_sub(1).map(|k| self.duck[k]) {
                Some(kick) if ducked => 1.0 - 0.7 * (-(now - kick) / 0.1).exp(),
                _ => 1.0,
            };
            self.samples[n] += gain * (voice.sample(now - t, self.seed ^ n as u64) * aside) as f32;
        }
    }
}
