//! Images land on beats: one that is ready waits for the next, so that the wall changes with the music.
//!
//! Called by the frame assembler on the main thread, once per displayed frame.

use std::sync::Arc;

use crate::frame::{Arrival, Frame};
use crate::units::Seconds;

/// An image that comes so shortly after a beat, in parts of the division, is on it.
const ON_IT: f64 = 0.12;
/// Images that come faster than this many a division, which is what `morph.quantise` chooses, follow each other as they come: none of them would be seen for long.
const FAST: f64 = 2.0;
/// Share of a new gap in the mean gap between images, and the longest that counts.
const GAP_ALPHA: f64 = 0.3;
const LONGEST_GAP_S: f64 = 4.0;

/// The music now.
#[derive(Clone, Copy)]
pub struct Music {
    /// Since the first bar.
    pub beats: f64,
    pub beats_per_s: f64,
    /// Where images land, in beats; 0 is at once.
    pub every_beats: f64,
}

#[derive(Default)]
pub struct Landing {
    /// The newest image of a launch whose beat has not come.
    launch: Option<Arc<Frame>>,
    /// The newest image that waits, and the beat it waits for.
    waiting: Option<(Arc<Frame>, f64)>,
    came: Option<Seconds>,
    gap_s: Option<f64>,
}

impl Landing {
    /// Takes the images of the launch that comes with `event` out of `frames`, and keeps the newest until its beat.
    pub fn hold_launch(&mut self, event: u64, frames: &mut Vec<Arc<Frame>>) {
        self.launch = frames.extract_if(.., |frame| frame.event >= event).last().or(self.launch.take());
    }

    /// The launch's beat has come, or there is none: what was kept for it comes first.
    pub fn launch(&mut self, frames: &mut Vec<Arc<Frame>>) {
        frames.splice(0..0, self.launch.take());
    }

    /// Leaves in `frames` what is to be shown at `now`: all but the images of the stream whose beat has not come. A cut or a
    /// glide takes the place of what waits.
    pub fn pass(&mut self, now: Seconds, music: Music, frames: &mut Vec<Arc<Frame>>) {
        if let Some(last) = frames.iter().rposition(|frame| frame.arrival != Arrival::Stream) {
            self.waiting = None;
            let mut place = 0;
            frames.retain(|frame| {
                place += 1;
                place > last || frame.arrival != Arrival::Stream
            });
        }
        // Only the newest can be seen.
        if let Some(frame) = frames.extract_if(.., |frame| frame.arrival == Arrival::Stream).last() {
            self.came(now);
            self.waiting = Some((frame, self.due(music)));
        }
        if let Some((frame, _)) = self.waiting.take_if(|(_, due)| music.every_beats <= 0.0 || music.beats >= *due) {
            frames.push(frame);
        }
    }

    fn came(&mut self, now: Seconds) {
        if let Some(before) = self.came.replace(now) {
            let gap_s = now.since(before).clamp(0.0, LONGEST_GAP_S);
            let mean_s = self.gap_s.get_or_insert(gap_s);
            *mean_s += GAP_ALPHA * (gap_s - *mean_s);
        }
    }

    /// The beat at which an image that comes now lands.
    fn due(&self, music: Music) -> f64 {
        let Music { beats, beats_per_s, every_beats } = music;
        let fast = self.gap_s.is_some_and(|gap_s| gap_s * beats_per_s * FAST < every_beats);
        let passed = (beats / every_beats).fract();
        if fast || every_beats <= 0.0 || passed <= ON_IT { beats } else { (beats / every_beats).ceil() * every_beats }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Pose;

    fn frame(sequence: u64, arrival: Arrival) -> Arc<Frame> {
        Arc::new(Frame {
            deep: false,
            pixels: [0; 4].into(),
            width_px: 1,
            height_px: 1,
            sequence,
            asked_at_s: 0.0,
            made_at_s: 0.0,
            beat: 0.0,
            pose: Pose::default(),
            strength: 0.5,
            steps: 1,
            seed: 0,
            bank: 1,
            slot: 1,
            arrival,
            event: 0,
        })
    }

    /// Plays images that come at `times_s` at 120 bpm: when each is shown, by its number.
    fn shown(every_beats: f64, times_s: &[f64]) -> Vec<(u64, f64)> {
        let (mut landing, mut out) = (Landing::default(), Vec::new());
        for k in 0..600 {
            let now_s = f64::from(k) / 100.0;
            let music = Music { beats: now_s * 2.0, beats_per_s: 2.0, every_beats };
            let comes = |at: &f64| (at - now_s).abs() < 0.005;
            let mut frames: Vec<_> =
                times_s.iter().position(comes).map(|n| frame(n as u64, Arrival::Stream)).into_iter().collect();
            landing.pass(Seconds(now_s), music, &mut frames);
            out.extend(frames.iter().map(|frame| (frame.sequence, now_s)));
        }
        out
    }

    #[test]
    fn an_image_waits_for_its_beat_and_the_newest_lands() {
        assert_eq!(shown(1.0, &[0.2, 1.02, 2.1, 2.3]), [(0, 0.5), (1, 1.02), (3, 2.5)]);
        assert_eq!(shown(4.0, &[0.5, 2.5]), [(0, 2.0), (1, 4.0)], "on the one");
        assert_eq!(shown(0.0, &[0.2, 1.3]), [(0, 0.2), (1, 1.3)], "off");
    }

    #[test]
    fn a_fast_stream_flows() {
        let times_s: Vec<f64> = (1..40).map(|k| f64::from(k) * 0.1).collect();
        let shown = shown(1.0, &times_s);
        assert!(shown.len() > 36, "{shown:?}");
    }

    #[test]
    fn a_cut_takes_the_place_of_what_waits() {
        let mut landing = Landing::default();
        let music = Music { beats: 0.5, beats_per_s: 2.0, every_beats: 1.0 };
        let mut frames = vec![frame(1, Arrival::Stream)];
        landing.pass(Seconds(0.0), music, &mut frames);
        assert!(frames.is_empty());
        let mut frames = vec![frame(1, Arrival::Stream), frame(2, Arrival::Cut)];
        landing.pass(Seconds(0.1), music, &mut frames);
        assert_eq!(frames.iter().map(|frame| frame.sequence).collect::<Vec<_>>(), [2]);
        let mut frames = Vec::new();
        landing.pass(Seconds(0.3), Music { beats: 1.1, ..music }, &mut frames);
        assert!(frames.is_empty());
    }
}
