//! Club tracks made to measure, with the exact truth about them: what `--audio synth:NAME` plays besides the
//! instrument's own track, and what the beat tracker is judged on.
//!
//! A [`Clip`] is a seeded description; [`Clip::render`] turns it into samples and [`Truth`]. Nothing here runs in real
//! time.

mod drums;
pub mod score;
mod style;

use drums::{Voice, noise};
use style::Style;

pub const SAMPLE_RATE_HZ: u32 = 44_100;

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
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub beats: Vec<f64>,
    pub kicks: Vec<f64>,
    pub snares: Vec<f64>,
    pub hats: Vec<f64>,
    /// From, to: bars without a kick.
    pub breaks: Vec<(f64, f64)>,
    /// When the build-ups in them begin.
    pub builds: Vec<f64>,
}

/// What befalls the sound between the deck and us.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    pub gain_db: f32,
    /// Clipping at full scale after this much more gain.
    pub drive_db: f32,
    /// Level of pink-ish crowd noise, dB relative to full scale.
    pub noise_db: f32,
    /// 50 Hz hum with harmonics.
    pub hum_db: f32,
    pub dc: f32,
    /// High pass sweep of the DJ between these bars, up to 300 Hz.
    pub sweep_bars: Option<(usize, usize)>,
}

impl Default for Channel {
    fn default() -> Self {
        Self { gain_db: 0.0, drive_db: 0.0, noise_db: -120.0, hum_db: -120.0, dc: 0.0, sweep_bars: None }
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
    /// How many bars of the break are a build-up.
    build_bars: usize,
    channel: Channel,
    seed: u64,
    /// What is mixed or cut in later, and from when in seconds; a crossfade of so many seconds.
    next: Option<(Box<Clip>, f64, f64)>,
}

impl Clip {
    fn new(name: &'static str, style: Style, bpm: f64) -> Self {
        let bars = (64.0 * bpm / 240.0).ceil() as usize;
        let seed = name.bytes().fold(7, |s: u64, b| s.wrapping_mul(131).wrapping_add(u64::from(b)));
        let channel = Channel::default();
        Self { name, style, bpm, end_bpm: bpm, bars, break_bars: None, build_bars: 0, channel, seed, next: None }
    }

    fn drifting_to(self, end_bpm: f64) -> Self {
        Self { end_bpm, ..self }
    }

    fn with_break(self, from: usize, to: usize) -> Self {
        Self { break_bars: Some((from, to)), bars: self.bars.max(to + 12), ..self }
    }

    fn building_for(self, bars: usize) -> Self {
        Self { build_bars: bars, ..self }
    }

    fn through(self, channel: Channel) -> Self {
        Self { channel, ..self }
    }

    fn then(self, next: Self, at_s: f64, over_s: f64) -> Self {
        Self { next: Some((Box::new(next), at_s, over_s)), ..self }
    }

    /// The clip called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let structured = (0..2).flat_map(Self::structured).chain(Self::unseen());
        Self::all().into_iter().chain(structured).find(|clip| clip.name == name)
    }

    /// Every clip: clean four to the floor first, then what trackers stumble over.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let clean = [("house118", 118.0), ("house124", 124.0), ("house128", 128.0), ("house130", 130.0)];
        let mut all: Vec<Self> = clean.into_iter().map(|(name, bpm)| Self::new(name, Style::House, bpm)).collect();
        all.extend([
            Self::new("techno134", Style::Techno, 134.0),
            Self::new("techno142", Style::Techno, 142.0),
            Self::new("trance138", Style::Trance, 138.0),
            Self::new("minimal122", Style::Minimal, 122.0),
        ]);
        let loud = |drive_db| Channel { drive_db, ..Channel::default() };
        let house = |name| Self::new(name, Style::House, 126.0);
        all.extend([
            Self::new("dnb170", Style::TwoStep, 170.0),
            Self::new("dnb174", Style::TwoStep, 174.0),
            Self::new("dnb178", Style::TwoStep, 178.0),
            Self::new("amen172", Style::Amen, 172.0),
            Self::new("dubstep140", Style::HalfTime, 140.0),
            Self::new("breaks132", Style::Breaks, 132.0),
            Self::new("garage132", Style::Garage, 132.0),
            Self::new("rumble150", Style::Rumble, 150.0),
            Self::new("offbeat126", Style::OffBeatBass, 126.0),
            house("break126").with_break(12, 20),
            Self::new("longbreak128", Style::Techno, 128.0).with_break(12, 28),
            house("drift122").drifting_to(130.0),
            house("clipped126").through(loud(12.0)),
            house("quiet126").through(Channel {
                gain_db: -40.0,
                hum_db: -62.0,
                dc: 0.02,
                noise_db: -66.0,
                ..loud(0.0)
            }),
            house("crowd126").through(Channel { noise_db: -14.0, ..loud(0.0) }),
            house("sweep126").through(Channel { sweep_bars: Some((12, 20)), ..loud(0.0) }),
            house("cut126to174").then(Self::new("dnb174", Style::TwoStep, 174.0), 30.0, 0.0),
            Self::new("fade124to131", Style::House, 124.0).then(
                Self::new("techno131", Style::Techno, 131.0),
                26.0,
                8.0,
            ),
        ]);
        all
    }

    /// Clips like the plain and the troubled ones of [`Clip::all`], made after the tracker was done: nothing was tuned on
    /// them. Whoever tunes again makes new ones.
    #[must_use]
    pub fn unseen() -> Vec<Self> {
        let noisy = |noise_db| Channel { noise_db, ..Channel::default() };
        vec![
            Self::new("unseen-house119", Style::House, 119.0),
            Self::new("unseen-house125", Style::House, 125.0),
            Self::new("unseen-techno136", Style::Techno, 136.0),
            Self::new("unseen-techno145", Style::Techno, 145.0),
            Self::new("unseen-trance140", Style::Trance, 140.0),
            Self::new("unseen-minimal124", Style::Minimal, 124.0),
            Self::new("unseen-dnb171", Style::TwoStep, 171.0),
            Self::new("unseen-dnb175", Style::TwoStep, 175.0),
            Self::new("unseen-amen174", Style::Amen, 174.0),
            Self::new("unseen-dubstep138", Style::HalfTime, 138.0),
            Self::new("unseen-breaks130", Style::Breaks, 130.0),
            Self::new("unseen-garage130", Style::Garage, 130.0),
            Self::new("unseen-rumble147", Style::Rumble, 147.0),
            Self::new("unseen-offbeat124", Style::OffBeatBass, 124.0),
            Self::new("unseen-drift126", Style::Techno, 126.0).drifting_to(133.0),
            Self::new("unseen-crowd125", Style::House, 125.0).through(noisy(-16.0)),
            Self::new("unseen-clipped131", Style::Techno, 131.0).through(Channel { drive_db: 14.0, ..noisy(-120.0) }),
            Self::new("unseen-cut126to138", Style::House, 126.0).then(
                Self::new("dubstep138", Style::HalfTime, 138.0),
                30.0,
                0.0,
            ),
        ]
    }

    /// Whole tracks: groove, break, build-up, drop. Two sets of them: what is tuned on the first must hold on the second.
    #[must_use]
    pub fn structured(set: usize) -> Vec<Self> {
        type Row = (&'static str, Style, f64, usize, usize, usize);
        const FIRST: [Row; 6] = [
            ("drop-house124", Style::House, 124.0, 16, 8, 8),
            ("drop-techno136", Style::Techno, 136.0, 24, 16, 8),
            ("drop-trance138", Style::Trance, 138.0, 20, 16, 8),
            ("drop-dnb174", Style::TwoStep, 174.0, 32, 16, 8),
            ("drop-dubstep140", Style::HalfTime, 140.0, 16, 8, 4),
            ("drop-minimal122", Style::Minimal, 122.0, 16, 4, 0),
        ];
        const SECOND: [Row; 6] = [
            ("drop-house119", Style::House, 119.0, 18, 16, 8),
            ("drop-techno145", Style::Techno, 145.0, 20, 8, 4),
            ("drop-trance133", Style::Trance, 133.0, 16, 24, 16),
            ("drop-dnb171", Style::TwoStep, 171.0, 24, 8, 4),
            ("drop-breaks129", Style::Breaks, 129.0, 16, 12, 8),
            ("drop-garage131", Style::Garage, 131.0, 20, 8, 0),
        ];
        let rows = if set == 0 { FIRST } else { SECOND };
        let clip = |(name, style, bpm, from, length, build)| {
            Self::new(name, style, bpm).with_break(from, from + length).building_for(build)
        };
        rows.into_iter().map(clip).collect()
    }

    /// Names of the clips without trouble in them.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self.style, Style::House | Style::Techno | Style::Trance | Style::Minimal)
            && self.break_bars.is_none()
            && self.next.is_none()
            && self.bpm == self.end_bpm
            && self.channel.gain_db == 0.0
            && self.channel.drive_db == 0.0
            && self.channel.noise_db <= -120.0
            && self.channel.sweep_bars.is_none()
    }

    /// Samples in −1..1, mono at [`SAMPLE_RATE_HZ`], and the truth about them.
    #[must_use]
    pub fn render(&self) -> (Vec<f32>, Truth) {
        let (mut samples, mut truth) = self.track();
        if let Some((next, at_s, over_s)) = &self.next {
            let (other, told) = next.track();
            mix_in(&mut samples, &mut truth, (&other, &told), (*at_s, *over_s));
        }
        self.spoil(&mut samples);
        (samples, truth)
    }

    fn track(&self) -> (Vec<f32>, Truth) {
        let beats = self.bars * 4;
        let mut times = Vec::with_capacity(beats + 1);
        let mut t = 0.25;
        for beat in 0..=beats {
            times.push(t);
            t += 60.0 / (self.bpm + (self.end_bpm - self.bpm) * beat as f64 / beats as f64);
        }
        let length = (times[beats] * f64::from(SAMPLE_RATE_HZ)) as usize;
        let mut deck = Deck { samples: vec![0.0; length], truth: Truth::default(), duck: vec![], seed: self.seed };
        for bar in 0..self.bars {
            let quiet = self.break_bars.is_some_and(|(from, to)| (from..to).contains(&bar));
            let build_from = self.break_bars.map_or(usize::MAX, |(_, to)| to - self.build_bars);
            let building = (quiet && bar >= build_from).then(|| (bar - build_from) as f64 / self.build_bars as f64);
            style::play(self.style, &mut deck, &times, bar, quiet, building);
        }
        if let Some((from, to)) = self.break_bars {
            let (build, drop) = (times[(to - self.build_bars) * 4], times[to * 4]);
            deck.truth.breaks.push((times[from * 4], drop));
            if self.build_bars > 0 {
                deck.truth.builds.push(build);
                deck.hit(Voice::Riser { length_s: drop - build }, build, 0.3);
            }
        }
        deck.truth.beats = times[..beats].to_vec();
        let peak = deck.samples.iter().fold(1e-3f32, |peak, x| peak.max(x.abs()));
        // A club master: pushed into soft saturation.
        deck.samples.iter_mut().for_each(|x| *x = (*x / peak * 1.8).tanh() * 0.9);
        (deck.samples, deck.truth)
    }

    fn spoil(&self, samples: &mut [f32]) {
        let c = self.channel;
        let gain = |db: f32| 10f32.powf(db / 20.0);
        let bar_s = 240.0 / self.bpm;
        let (mut low, mut rumble) = (0.0f32, 0.0f32);
        for (n, x) in samples.iter_mut().enumerate() {
            let t = n as f64 / f64::from(SAMPLE_RATE_HZ);
            if let Some((from, to)) = c.sweep_bars {
                let at = (t / bar_s - from as f64) / (to - from) as f64;
                if (0.0..1.0).contains(&at) {
                    let keep = (-std::f32::consts::TAU * 300.0 / SAMPLE_RATE_HZ as f32).exp();
                    low = *x + (low - *x) * keep;
                    *x -= low;
                }
            }
            rumble += 0.02 * (noise(self.seed ^ n as u64) as f32 - rumble);
            let crowd = 4.0 * rumble + 0.3 * noise(self.seed ^ n as u64) as f32;
            let hum: f32 =
                (1..4).map(|k| (std::f64::consts::TAU * 50.0 * f64::from(k) * t).sin() as f32 / k as f32).sum();
            *x = (*x * gain(c.gain_db + c.drive_db)).clamp(-1.0, 1.0);
            *x += crowd * gain(c.noise_db) + hum * gain(c.hum_db) + c.dc;
        }
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
            Voice::Bass { .. } | Voice::Pad { .. } | Voice::Riser { .. } => None,
        };
        if let Some(told) = told {
            told.push(t);
        }
        if matches!(voice, Voice::Kick | Voice::SoftKick) {
            self.duck.push(t);
        }
        let ducked = matches!(voice, Voice::Bass { .. } | Voice::Pad { .. });
        let rate = f64::from(SAMPLE_RATE_HZ);
        let start = (t * rate).ceil() as usize;
        let length = (voice.length_s() * rate) as usize;
        let mut kick = self.duck.partition_point(|at| *at <= t);
        for n in start..(start + length).min(self.samples.len()) {
            let now = n as f64 / rate;
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

/// Fades `other` in over the tail of `samples`, `over_s` long; what is heard more is what the truth tells.
fn mix_in(samples: &mut [f32], truth: &mut Truth, other: (&[f32], &Truth), (at_s, over_s): (f64, f64)) {
    let rate = f64::from(SAMPLE_RATE_HZ);
    let (start, turn_s) = ((at_s * rate) as usize, at_s + over_s / 2.0);
    for (n, x) in samples.iter_mut().enumerate().skip(start) {
        let share = if over_s > 0.0 { ((n - start) as f64 / rate / over_s).min(1.0) as f32 } else { 1.0 };
        *x = *x * (1.0 - share) + other.0.get(n - start).copied().unwrap_or(0.0) * share;
    }
    let end_s = samples.len() as f64 / rate;
    let join = |mine: &mut Vec<f64>, theirs: &[f64]| {
        mine.retain(|t| *t < turn_s);
        mine.extend(theirs.iter().map(|t| t + at_s).filter(|t| (turn_s..end_s).contains(t)));
    };
    join(&mut truth.beats, &other.1.beats);
    join(&mut truth.kicks, &other.1.kicks);
    join(&mut truth.snares, &other.1.snares);
    join(&mut truth.hats, &other.1.hats);
}
