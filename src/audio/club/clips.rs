//! The sets of clips: what the tracker is tuned on, and what it is only judged on.

use super::Clip;
use super::channel::Channel;
use super::moves::{Handover, Move};
use super::style::Style;

impl Clip {
    fn drifting_to(self, end_bpm: f64) -> Self {
        Self { end_bpm, ..self }
    }

    fn with_break(self, from: usize, to: usize) -> Self {
        Self { break_bars: Some((from, to)), bars: self.bars.max(to + 12), ..self }
    }

    fn building_for(self, bars: usize) -> Self {
        Self { build_bars: bars, ..self }
    }

    /// The last bars of the break are as quiet as its first, after the build-up.
    fn waiting_for(self, bars: usize) -> Self {
        Self { false_bars: bars, ..self }
    }

    fn by_hand(mut self, hand: Move) -> Self {
        self.moves.push(hand);
        self
    }

    fn through(self, channel: Channel) -> Self {
        Self { channel, ..self }
    }

    fn then(self, next: Self, at_s: f64, handover: Handover) -> Self {
        Self { next: Some((Box::new(next), at_s, handover)), ..self }
    }

    /// The clip called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::every().into_iter().find(|clip| clip.name == name)
    }

    /// All sets, one after the other.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let sets =
            [Self::tuned(), Self::unseen(), Self::mishaps(), Self::limits(), Self::structured(0), Self::structured(1)];
        sets.into_iter().flatten().collect()
    }

    /// What the tracker is tuned on: clean four to the floor first, then cases that are hard for trackers.
    #[must_use]
    pub fn tuned() -> Vec<Self> {
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
            house("cut126to174").then(Self::new("dnb174", Style::TwoStep, 174.0), 30.0, Handover::Cut),
            Self::new("fade124to131", Style::House, 124.0).then(
                Self::new("techno131", Style::Techno, 131.0),
                26.0,
                Handover::Fade(8.0),
            ),
        ]);
        all
    }

    /// Clips like the plain and the troubled ones of [`Clip::tuned`], made after the tracker was done: nothing was
    /// tuned on them. Whoever tunes again makes new ones.
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
                Handover::Cut,
            ),
        ]
    }

    /// Whole tracks: groove, break, build-up, drop. Two sets of them: what is tuned on the first must hold on the
    /// second.
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

    /// What DJs, rooms and cables do besides. Made when the tracker was done, like [`Clip::unseen`], but for the
    /// fader of `quieter129`, which it was taught to tell from a break.
    #[must_use]
    pub fn mishaps() -> Vec<Self> {
        let bar_s = |bpm: f64| 240.0 / bpm;
        let clean = Channel::default();
        vec![
            Self::new("claps125", Style::ClapBars, 125.0),
            Self::new("congas122", Style::Congas, 122.0),
            Self::new("vocals121", Style::Vocals, 121.0),
            Self::new("blend124", Style::House, 124.0).then(
                Self::new("techno124", Style::Techno, 124.0),
                12.0 * bar_s(124.0),
                Handover::BassSwap(16.0 * bar_s(124.0)),
            ),
            Self::new("rolls126", Style::House, 126.0)
                .by_hand(Move::LoopRoll { at_beat: 60, length_beats: 0.5, for_beats: 4 })
                .by_hand(Move::LoopRoll { at_beat: 92, length_beats: 0.125, for_beats: 4 }),
            Self::new("halfbars130", Style::Techno, 130.0).by_hand(Move::HalfBarCuts),
            Self::new("spinback128to136", Style::House, 128.0)
                .by_hand(Move::SpinBack { at_s: 30.0, over_s: 1.5 })
                .then(Self::new("techno136", Style::Techno, 136.0), 30.0, Handover::Cut),
            Self::new("echo125to140", Style::House, 125.0).by_hand(Move::EchoOut { at_beat: 56 }).then(
                Self::new("trance140", Style::Trance, 140.0),
                31.0,
                Handover::Cut,
            ),
            Self::new("muffled127", Style::House, 127.0).through(Channel { muffle_bars: Some((12, 20)), ..clean }),
            Self::new("louder123", Style::House, 123.0).through(Channel {
                gain_db: -24.0,
                step: Some((30.0, 20.0)),
                ..clean
            }),
            Self::new("quieter129", Style::Techno, 129.0).through(Channel { step: Some((30.0, -20.0)), ..clean }),
            Self::new("pumped126", Style::House, 126.0).through(Channel { pump_db: 12.0, ..clean }),
            Self::new("room128", Style::Techno, 128.0).through(Channel { room_s: 1.6, noise_db: -40.0, ..clean }),
            Self::new("gaps124", Style::House, 124.0).through(Channel { gaps: true, ..clean }),
            Self::new("losses132", Style::Techno, 132.0).through(Channel { losses: true, ..clean }),
            Self::new("teased128", Style::House, 128.0).with_break(14, 26).building_for(8).waiting_for(4),
        ]
    }

    /// Music outside of what the tracker was built for: judged, and told, without a bar.
    #[must_use]
    pub fn limits() -> Vec<Self> {
        vec![
            Self::new("hiphop92", Style::HipHop, 92.0),
            Self::new("gabber190", Style::Gabber, 190.0),
            Self::new("waltz126", Style::Waltz, 126.0),
            Self::new("seven128", Style::Seven, 128.0),
            Self::new("ambient", Style::Ambient, 120.0),
        ]
    }
}
