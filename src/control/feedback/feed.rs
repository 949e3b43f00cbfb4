//! What one peer knows, and what is new to it now.

use super::{Playing, Topic};
use crate::param::{COUNT, Id};
use crate::units::Seconds;

/// An address is sent to one peer no more often than this.
const PER_S: f64 = 30.0;
/// For so long after a peer moved a parameter, its value is not sent back to it: then once, if it differs.
const TOUCHED_S: f64 = 0.4;
/// Messages that leave at a time: all of them at the start would not fit into a small receiver's buffer.
const AT_ONCE: usize = 48;

/// The state of one peer.
pub struct Feed {
    wanted: [bool; Topic::COUNT],
    /// The mark of what the peer knows.
    known: [Option<u64>; Topic::COUNT],
    /// Not again before.
    after: [Seconds; Topic::COUNT],
    touched: [Option<Seconds>; COUNT],
    /// Where the last look ended, so that the first topics do not starve the others.
    turn: usize,
}

impl Feed {
    /// A peer that knows nothing; `everything` or nothing is wanted.
    #[must_use]
    pub fn new(everything: bool) -> Self {
        Self {
            wanted: [everything; Topic::COUNT],
            known: [None; Topic::COUNT],
            after: [Seconds(0.0); Topic::COUNT],
            touched: [None; COUNT],
            turn: 0,
        }
    }

    /// The peer asks for everything once more, or for nothing yet.
    pub fn ask_again(&mut self, everything: bool) {
        self.wanted = [everything; Topic::COUNT];
        self.known = [None; Topic::COUNT];
    }

    /// The peer wants to hear of `topic`, or no more. Its value is told at once.
    pub fn listen(&mut self, topic: Topic, wants: bool) {
        self.wanted[topic.index()] = wants;
        self.known[topic.index()] = None;
    }

    /// The peer itself moved `id`.
    pub fn touch(&mut self, id: Id, now: Seconds) {
        self.touched[id.index()] = Some(now);
    }

    /// Calls `tell` for what is new to the peer.
    pub fn tell(&mut self, topics: &[Topic], now: Seconds, playing: &Playing, tell: &mut impl FnMut(Topic)) {
        let mut left = AT_ONCE;
        let from = self.turn;
        for k in 0..topics.len() {
            let place = (from + k) % topics.len();
            let (topic, index) = (topics[place], topics[place].index());
            if !self.wanted[index] || now < self.after[index] {
                continue;
            }
            let mark = topic.mark(playing);
            if self.known[index] == Some(mark) || self.is_touched(topic, now) {
                continue;
            }
            self.known[index] = Some(mark);
            self.after[index] = now.after(1.0 / PER_S);
            tell(topic);
            left -= 1;
            if left == 0 {
                self.turn = place + 1;
                return;
            }
        }
    }

    fn is_touched(&mut self, topic: Topic, now: Seconds) -> bool {
        let Topic::Parameter(id) = topic else { return false };
        let touched = &mut self.touched[id.index()];
        let is = touched.is_some_and(|at| now.since(at) < TOUCHED_S);
        if !is {
            *touched = None;
        }
        is
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param::{self, Values};

    fn playing(zoom: f32) -> Playing {
        let mut playing = Playing::default();
        playing.snapshot.base = Values::default();
        playing.snapshot.base[param::MOTION_ZOOM] = zoom;
        playing
    }

    fn told(feed: &mut Feed, topics: &[Topic], now: f64, playing: &Playing) -> usize {
        let mut count = 0;
        feed.tell(topics, Seconds(now), playing, &mut |_| count += 1);
        count
    }

    #[test]
    fn everything_first_then_what_is_new_thirty_times_a_second() {
        let topics: Vec<Topic> = Topic::all().collect();
        let mut feed = Feed::new(true);
        let first: usize = (0..20).map(|k| told(&mut feed, &topics, 0.005 * f64::from(k), &playing(0.0))).sum();
        assert_eq!(first, topics.len());
        let zoom = Topic::Parameter(param::MOTION_ZOOM);
        let mut last = 0;
        let count = (0..1000u32).filter(|k| {
            let mut newest = 0;
            let now = 1.0 + 0.002 * f64::from(*k);
            feed.tell(&topics, Seconds(now), &playing((*k as f32).sin()), &mut |topic| {
                assert_eq!(topic, zoom);
                newest = 1 + *k;
            });
            last = last.max(newest);
            newest > 0
        });
        let count = count.count();
        assert!((55..=61).contains(&count), "{count} in two seconds");
        let settled = playing(999f32.sin());
        let after: usize = (0..40).map(|k| told(&mut feed, &topics, 3.0 + 0.01 * f64::from(k), &settled)).sum();
        assert!(after == 1 || last == 1000, "the last value always arrives");
    }

    #[test]
    fn nobody_hears_its_own_echo_but_everybody_the_end() {
        let topics = [Topic::Parameter(param::MOTION_ZOOM)];
        let (mut mine, mut yours) = (Feed::new(true), Feed::new(true));
        for feed in [&mut mine, &mut yours] {
            assert_eq!(told(feed, &topics, 0.0, &playing(0.0)), 1);
        }
        for k in 1..=20 {
            let (now, zoom) = (0.05 * f64::from(k), 0.01 * k as f32);
            mine.touch(param::MOTION_ZOOM, Seconds(now));
            assert_eq!(told(&mut mine, &topics, now, &playing(zoom)), 0);
            assert_eq!(told(&mut yours, &topics, now, &playing(zoom)), 1);
        }
        assert_eq!(told(&mut mine, &topics, 1.2, &playing(0.2)), 0);
        assert_eq!(told(&mut mine, &topics, 1.5, &playing(0.2)), 1, "what became of it, once");
        assert_eq!(told(&mut mine, &topics, 1.6, &playing(0.2)), 0);
    }
}
