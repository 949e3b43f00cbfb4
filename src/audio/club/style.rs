//! Who plays what and when, one bar at a time.

use super::Deck;
use super::drums::{Voice, noise};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Four to the floor, open hats between the beats, clap on two and four.
    House,
    /// Four to the floor, sixteenth hats, rolling bass.
    Techno,
    /// Four to the floor, bass between the beats.
    Trance,
    /// A kick without a click, few hats.
    Minimal,
    /// Drum and bass: kick on one and the "and" of three, snare on two and four.
    TwoStep,
    /// A chopped break with ghost notes.
    Amen,
    /// Dubstep: kick on one, snare on three.
    HalfTime,
    /// Breakbeat: the kick leaves the grid.
    Breaks,
    /// Swung hats, a kick that skips.
    Garage,
    /// Hard techno: the bass drum's reverb fills the bar.
    Rumble,
    /// Bass between the beats that is louder than the kick.
    OffBeatBass,
    /// House that begins without a kick, and whose kick rests for four bars of eight.
    ClapBars,
    /// House under congas that play across the beat.
    Congas,
    /// House under a voice.
    Vocals,
    /// Boom bap, swung, below 100 BPM.
    HipHop,
    /// A kick on every beat, near 190.
    Gabber,
    /// Three beats a bar.
    Waltz,
    /// Seven beats a bar: two, two and three.
    Seven,
    /// Chords only.
    Ambient,
}

impl Style {
    pub fn beats_per_bar(self) -> usize {
        match self {
            Self::Waltz => 3,
            Self::Seven => 7,
            _ => 4,
        }
    }
}

const ROOTS_HZ: [f64; 4] = [55.0, 43.65, 65.41, 49.0];

/// Sixteenths of a bar, by what is struck.
struct Pattern {
    kick: &'static [usize],
    snare: &'static [usize],
    clap: &'static [usize],
    hat: &'static [usize],
    open: &'static [usize],
    bass: &'static [usize],
}

const FOUR: &[usize] = &[0, 4, 8, 12];
const BETWEEN: &[usize] = &[2, 6, 10, 14];
const BACKBEAT: &[usize] = &[4, 12];
const EIGHTHS: &[usize] = &[0, 2, 4, 6, 8, 10, 12, 14];
const SIXTEENTHS: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const ROLLING: &[usize] = &[1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15];
const NONE: &[usize] = &[];

fn pattern(style: Style, bar: usize) -> Pattern {
    let odd = bar % 2 == 1;
    let p = |kick, snare, clap, hat, open, bass| Pattern { kick, snare, clap, hat, open, bass };
    match style {
        Style::House => p(FOUR, NONE, BACKBEAT, SIXTEENTHS, BETWEEN, BETWEEN),
        Style::Techno => p(FOUR, NONE, BACKBEAT, SIXTEENTHS, BETWEEN, ROLLING),
        Style::Trance => p(FOUR, NONE, BACKBEAT, EIGHTHS, BETWEEN, ROLLING),
        Style::Minimal => p(FOUR, NONE, &[12], BETWEEN, NONE, &[3, 7, 11]),
        Style::TwoStep => p(&[0, 10], BACKBEAT, NONE, EIGHTHS, NONE, &[0, 3, 8, 11]),
        Style::Amen if odd => p(&[0, 2, 11], &[4, 7, 9, 14], NONE, EIGHTHS, NONE, &[0, 8]),
        Style::Amen => p(&[0, 2, 10, 11], &[4, 7, 9, 12], NONE, EIGHTHS, NONE, &[0, 8]),
        Style::HalfTime => p(&[0, 7], &[8], NONE, EIGHTHS, NONE, &[0, 3, 6, 8, 11, 14]),
        Style::Breaks if odd => p(&[0, 3, 10], BACKBEAT, NONE, EIGHTHS, &[14], &[0, 6, 10]),
        Style::Breaks => p(&[0, 6, 10], BACKBEAT, NONE, EIGHTHS, &[6], &[0, 6, 10]),
        Style::Garage => p(&[0, 7, 10], BACKBEAT, NONE, &[0, 3, 4, 7, 8, 11, 12, 15], &[2, 10], &[0, 7, 11]),
        Style::Rumble => p(FOUR, NONE, &[12], BETWEEN, NONE, ROLLING),
        Style::OffBeatBass => p(FOUR, NONE, BACKBEAT, EIGHTHS, BETWEEN, BETWEEN),
        Style::ClapBars if bar % 8 < 4 => p(NONE, NONE, BACKBEAT, EIGHTHS, BETWEEN, NONE),
        Style::ClapBars | Style::Congas | Style::Vocals => p(FOUR, NONE, BACKBEAT, EIGHTHS, BETWEEN, BETWEEN),
        Style::HipHop => p(&[0, 7, 10], BACKBEAT, NONE, EIGHTHS, NONE, &[0, 7, 10]),
        Style::Gabber => p(FOUR, NONE, &[12], BETWEEN, NONE, NONE),
        Style::Waltz => p(&[0], NONE, &[4, 8], &[0, 2, 4, 6, 8, 10], NONE, &[0]),
        Style::Seven => p(&[0, 8, 16], &[4, 12, 20], NONE, &[0, 4, 8, 12, 16, 20, 24], NONE, &[0, 8, 16]),
        Style::Ambient => p(NONE, NONE, NONE, NONE, NONE, NONE),
    }
}

/// The time of a sixteenth, or of a part of one, in a bar whose beats and end are at `times`.
fn at(times: &[f64], sixteenth: f64) -> f64 {
    let beat = (sixteenth / 4.0) as usize;
    times[beat] + (times[beat + 1] - times[beat]) * (sixteenth / 4.0 - beat as f64)
}

/// One bar of a build-up, `progress` 0..1 through it: a snare roll that doubles twice, under a riser.
fn build(deck: &mut Deck, times: &[f64], progress: f64) {
    let every = if progress < 0.5 {
        4
    } else if progress < 0.75 {
        2
    } else {
        1
    };
    for sixteenth in (0..16).step_by(every) {
        deck.hit(Voice::Snare, at(times, sixteenth as f64), 0.15 + 0.4 * progress as f32);
    }
}

/// Plays bar number `bar`, whose beats and end are at `times`; `quiet` leaves only the pad and, in a build-up, the roll
/// that is so far through it.
pub fn play(style: Style, deck: &mut Deck, times: &[f64], bar: usize, quiet: bool, building: Option<f64>) {
    let root_hz = ROOTS_HZ[bar / 2 % 4];
    let start = times[0];
    let bar_s = times[times.len() - 1] - start;
    deck.hit(Voice::Pad { hz: 4.0 * root_hz, length_s: bar_s }, start, if quiet { 0.3 } else { 0.08 });
    if let Some(progress) = building {
        build(deck, times, progress);
    }
    if quiet {
        return;
    }
    // Swung music plays its even sixteenths late.
    let swing = match style {
        Style::Garage => 0.16,
        Style::HipHop => 0.2,
        _ => 0.0,
    };
    let at = |sixteenth: usize| at(times, sixteenth as f64 + if sixteenth % 2 == 1 { swing } else { 0.0 });
    let p = pattern(style, bar);
    let kick = if style == Style::Minimal { Voice::SoftKick } else { Voice::Kick };
    let (bass_gain, bass_s) = match style {
        Style::OffBeatBass => (0.9, 0.22),
        Style::Rumble => (0.5, 0.12),
        Style::HalfTime => (0.5, 0.3),
        _ => (0.35, 0.14),
    };
    let intro = bar < 2;
    // Kicks first: they duck what follows.
    p.kick.iter().for_each(|s| deck.hit(kick, at(*s), 1.0));
    p.snare.iter().for_each(|s| deck.hit(Voice::Snare, at(*s), if *s % 4 == 0 { 0.8 } else { 0.35 }));
    p.clap.iter().for_each(|s| deck.hit(Voice::Clap, at(*s), 0.5));
    if !intro {
        for s in p.hat {
            let accent = 0.12 + 0.1 * noise((bar * 16 + s) as u64).abs() as f32;
            deck.hit(Voice::Hat, at(*s), accent);
        }
        p.open.iter().for_each(|s| deck.hit(Voice::OpenHat, at(*s), 0.32));
        p.bass.iter().for_each(|s| deck.hit(Voice::Bass { hz: root_hz, length_s: bass_s }, at(*s), bass_gain));
    }
    extras(style, deck, times, bar, &at);
}

/// What only some styles have.
fn extras(style: Style, deck: &mut Deck, times: &[f64], bar: usize, at: &dyn Fn(usize) -> f64) {
    let start = times[0];
    let bar_s = times[times.len() - 1] - start;
    match style {
        // Three against four, and a slap now and then.
        Style::Congas => {
            [0, 3, 6, 9, 12, 14].iter().zip([180.0, 240.0, 180.0, 240.0, 320.0, 240.0]).for_each(|(s, hz)| {
                deck.hit(Voice::Conga { hz }, at(*s), 0.35 + 0.1 * noise((bar * 16 + s) as u64 + 7) as f32);
            })
        }
        // Syllables that keep no grid.
        Style::Vocals => {
            for k in 0..6u64 {
                let chance = |salt: u64| 0.5 * (noise((bar as u64 * 6 + k) * 4 + salt) + 1.0);
                let (t, length_s) = (start + bar_s * (k as f64 + 0.8 * chance(0)) / 6.0, 0.12 + 0.3 * chance(1));
                deck.hit(Voice::Vowel { hz: 180.0 + 80.0 * chance(2), length_s }, t, 0.4);
            }
        }
        _ => {}
    }
}
