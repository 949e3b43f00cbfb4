//! Whose turn it is: the stream's, or a still's. Owned by the planner.

use crate::units::Seconds;

/// Images of the stream between two stills.
const IMAGES_A_STILL: u32 = 2;
/// How often the time of a still they take: stills get a third of the generator at most.
const STREAM_A_STILL: f64 = 2.0;

#[derive(Clone, Debug, Default)]
pub struct Turns {
    /// Images of the stream since the last still's turn, and the seconds they took.
    images: u32,
    stream_s: f64,
    /// Seconds that the last still took.
    still_s: f64,
    /// When the last image of the stream was asked for, and how long before it the one before.
    asked: Option<Seconds>,
    since_s: f64,
    /// Images of the stream that were ever asked for.
    all: u64,
}

impl Turns {
    /// Whether the stream has had its part since the last still.
    #[must_use]
    pub fn is_still_due(&self) -> bool {
        self.images >= IMAGES_A_STILL && self.stream_s >= STREAM_A_STILL * self.still_s
    }

    /// A still has its turn, whether there is one to make or not.
    pub fn begin_still(&mut self) {
        (self.images, self.stream_s) = (0, 0.0);
    }

    /// An image of the stream is asked for at `now`.
    pub fn ask_image(&mut self, now: Seconds) {
        self.images += 1;
        self.all += 1;
        self.since_s = self.asked.replace(now).map_or(0.0, |before| now.since(before));
    }

    /// How many were ever asked for.
    #[must_use]
    pub fn asked_images(&self) -> u64 {
        self.all
    }

    /// How long after the image before it the last one was asked for, in seconds; 0 for the first.
    #[must_use]
    pub fn since_image_s(&self) -> f64 {
        self.since_s
    }

    /// An image of the stream was made.
    pub fn made_image(&mut self, asked: Seconds, made: Seconds) {
        self.stream_s += made.since(asked);
    }

    /// A still was made, or read.
    pub fn made_still(&mut self, asked: Seconds, made: Seconds) {
        self.still_s = made.since(asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stills_take_a_third_of_the_time_and_of_the_count_at_most() {
        let mut turns = Turns::default();
        let image = |turns: &mut Turns, took_s: f64| {
            turns.ask_image(Seconds(0.0));
            turns.made_image(Seconds(0.0), Seconds(took_s));
        };
        image(&mut turns, 5.0);
        assert!(!turns.is_still_due(), "one image, however long it took");
        image(&mut turns, 0.5);
        assert!(turns.is_still_due());
        turns.begin_still();
        turns.made_still(Seconds(0.0), Seconds(1.5));
        for _ in 0..5 {
            image(&mut turns, 0.5);
            assert!(!turns.is_still_due());
        }
        image(&mut turns, 0.5);
        assert!(turns.is_still_due(), "twice what the still took");
    }
}
