//! What a datagram says, as one line for people or machines.

use serde::Serialize;

use super::deck::effective_bpm;
use super::listen::News;
use super::packet::Content;

/// One datagram; what it does not carry is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PacketLine {
    /// Seconds since the start.
    pub t: f64,
    pub device: u8,
    pub name: String,
    pub kind: &'static str,
    /// The track's tempo at the recorded speed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f64>,
    /// Percent: 0 is the recorded speed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pitch: Option<f64>,
    /// The tempo that is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_bpm: Option<f64>,
    /// 1 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beat_in_bar: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playing: Option<bool>,
    /// Of this player; of a mixer's message, the channels that are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_air: Option<OnAir>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_id: Option<u32>,
    /// Where the needle is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OnAir {
    Player(bool),
    Channels(Vec<bool>),
}

impl PacketLine {
    #[must_use]
    pub fn of(news: &News) -> Self {
        let packet = &news.heard.packet;
        let mut line = Self {
            t: news.at.0,
            device: packet.device,
            name: packet.name.to_string(),
            kind: packet.content.name(),
            bpm: None,
            pitch: None,
            effective_bpm: None,
            beat_in_bar: None,
            master: None,
            playing: None,
            on_air: None,
            track_id: None,
            position: None,
        };
        line.tell(&packet.content);
        line
    }

    fn tell(&mut self, content: &Content) {
        let percent = |pitch: f64| Some(((pitch - 1.0) * 1e6).round() / 1e4);
        match *content {
            Content::Beat(beat) => {
                self.bpm = beat.track_bpm;
                self.pitch = percent(beat.pitch);
                self.effective_bpm = effective_bpm(&beat);
                self.beat_in_bar = beat.beat_in_bar;
            }
            Content::Player(status) => {
                self.bpm = status.track_bpm;
                self.pitch = percent(status.pitch);
                self.effective_bpm = status.track_bpm.map(|bpm| bpm * status.pitch);
                self.beat_in_bar = status.beat_in_bar;
                self.master = Some(status.master);
                self.playing = Some(status.playing);
                self.on_air = Some(OnAir::Player(status.on_air));
                self.track_id = status.track_id;
            }
            Content::Mixer(status) => {
                self.bpm = status.bpm;
                self.pitch = percent(status.pitch);
                self.effective_bpm = status.bpm.map(|bpm| bpm * status.pitch);
                self.master = Some(status.master);
            }
            Content::Position(position) => {
                self.pitch = percent(position.pitch);
                self.effective_bpm = position.effective_bpm;
                self.position = Some(f64::from(position.playhead_ms) / 1000.0);
            }
            Content::OnAir(channels) => {
                self.on_air = Some(OnAir::Channels(channels.into_iter().flatten().collect()));
            }
            _ => {}
        }
    }
}

impl std::fmt::Display for PacketLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:9.3}  {:2} {:20} {:12}", self.t, self.device, self.name, self.kind)?;
        if let Some(bpm) = self.effective_bpm {
            write!(f, " {bpm:6.2} bpm")?;
        }
        if let Some(pitch) = self.pitch {
            write!(f, " {pitch:+.2} %")?;
        }
        if let Some(place) = self.beat_in_bar {
            write!(f, " beat {place}")?;
        }
        let flags = [(self.master, "master"), (self.playing, "playing")];
        for (_, word) in flags.into_iter().filter(|(on, _)| *on == Some(true)) {
            write!(f, " {word}")?;
        }
        match &self.on_air {
            Some(OnAir::Player(true)) => write!(f, " on air")?,
            Some(OnAir::Channels(channels)) => {
                let on: Vec<String> =
                    (1..).zip(channels).filter(|(_, on)| **on).map(|(k, _): (u32, _)| k.to_string()).collect();
                write!(f, " on air: {}", if on.is_empty() { "none".to_owned() } else { on.join(", ") })?;
            }
            _ => {}
        }
        if let Some(id) = self.track_id {
            write!(f, " track {id}")?;
        }
        Ok(())
    }
}
