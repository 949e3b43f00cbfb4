//! Which of an input's channels are listened to.

use std::str::FromStr;

use super::AudioError;

/// One or two channels, from 0; past an input's last channel there is its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels(pub [u16; 2]);

impl Default for Channels {
    /// The first two.
    fn default() -> Self {
        Self([0, 1])
    }
}

impl FromStr for Channels {
    type Err = AudioError;

    /// Counted from 1: `3,4`, or `3` alone.
    fn from_str(text: &str) -> Result<Self, AudioError> {
        let number = |word: &str| word.trim().parse::<u16>().ok().filter(|n| (1..=64).contains(n)).map(|n| n - 1);
        let mut words = text.split(',');
        let first = words.next().and_then(number);
        let second = words.next().map_or(first, number);
        match (first, second, words.next()) {
            (Some(left), Some(right), None) => Ok(Self([left, right])),
            _ => Err(AudioError::Channels { text: text.to_owned() }),
        }
    }
}

impl Channels {
    /// How many channels an input must have to hear these.
    pub(super) fn wanted(self) -> u16 {
        // Two at least: what is one channel to us may be half of a stereo mix to the server.
        self.0[0].max(self.0[1]).max(1) + 1
    }

    /// What to say of an input with only `count` channels, where more were asked for.
    pub(super) fn beyond(self, count: u16) -> Option<String> {
        let wanted = self.wanted();
        let channels = if count == 1 { "channel" } else { "channels" };
        (count < wanted && wanted > 2)
            .then(|| format!("has {count} {channels}; its last is heard; --audio-channels says which"))
    }

    /// Those that an input with `count` channels has, and how many different ones they are.
    pub(super) fn of(self, count: usize) -> ([usize; 2], usize) {
        let [left, right] = self.0.map(|channel| usize::from(channel).min(count.max(1) - 1));
        ([left, right], if left == right { 1 } else { 2 })
    }
}
