//! The datagrams of Pro DJ Link, read.
//!
//! The kind of a packet is defined only together with the port it came to. Longer packets than expected come from newer
//! devices and are read as far as they are known; shorter ones are refused. Layouts: the public protocol analyses of
//! Deep Symmetry and others; offsets are from the start of the datagram, integers big-endian. No sockets, no clock.

use std::net::Ipv4Addr;

use crate::tempo::DeckPlace;

/// Where players announce themselves, beat, and tell their status.
pub const ANNOUNCE_PORT: u16 = 50_000;
pub const BEAT_PORT: u16 = 50_001;
pub const STATUS_PORT: u16 = 50_002;

/// What every datagram begins with.
pub const MAGIC: [u8; 10] = *b"Qspt1WmJOL";
const KIND: usize = 0x0a;
/// A pitch of ×1.
const UNITY: f64 = 1_048_576.0;

/// Why a datagram was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    #[error("it does not begin as Pro DJ Link does")]
    NotProLink,
    #[error("kind {kind:02x} on port {port} has {found} bytes, {needed} at least are needed")]
    TooShort { port: u16, kind: u8, found: usize, needed: usize },
}

/// What kind of device announces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceType {
    Player,
    Mixer,
    Rekordbox,
    Other(u8),
}

/// A name of at most twenty bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name([u8; 20]);

impl Name {
    fn at(bytes: &[u8], offset: usize) -> Self {
        let mut name = [0; 20];
        for (to, from) in name.iter_mut().zip(bytes.iter().skip(offset).take_while(|b| **b != 0)) {
            *to = *from;
        }
        Self(name)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        f.write_str(String::from_utf8_lossy(&self.0[..end]).trim_end())
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// One datagram: who sent it, and what it says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packet {
    /// 1–6 players, 7–15 observers (9–12 an Opus Quad's decks), 17 and up rekordbox, 33 the mixer; 0 where the kind does not say.
    pub device: u8,
    pub name: Name,
    pub content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content {
    KeepAlive {
        mac: [u8; 6],
        ip: Ipv4Addr,
        device_type: DeviceType,
    },
    /// Looking for a device number; `claimed` once it says which it wants.
    Joining {
        claimed: Option<u8>,
    },
    Beat(BeatPacket),
    /// Channels 1 to 6; `None` where the mixer has fewer.
    OnAir([Option<bool>; 6]),
    Position(Position),
    Player(PlayerStatus),
    Mixer(MixerStatus),
    /// `device` wants to be the tempo master.
    WantsMaster,
    /// `device` gives the role up.
    GivesMaster,
    /// A kind that says nothing we use.
    Other(u8),
}

impl Content {
    /// The word for listings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::KeepAlive { .. } => "keep-alive",
            Self::Joining { .. } => "joining",
            Self::Beat(_) => "beat",
            Self::OnAir(_) => "on-air",
            Self::Position(_) => "position",
            Self::Player(_) => "player",
            Self::Mixer(_) => "mixer",
            Self::WantsMaster => "wants-master",
            Self::GivesMaster => "gives-master",
            Self::Other(_) => "other",
        }
    }
}

/// Sent on each beat by whatever counts beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeatPacket {
    /// Milliseconds to the next beat at ×1, if the track has one.
    pub next_beat_ms: Option<u32>,
    /// 1 is the recorded speed.
    pub pitch: f64,
    /// At ×1.
    pub track_bpm: Option<f64>,
    /// 1 to 4; `None` when it does not know.
    pub beat_in_bar: Option<u8>,
}

/// Where the needle is, of a CDJ-3000 or an Opus Quad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    pub track_s: u32,
    pub playhead_ms: u32,
    pub pitch: f64,
    /// With the pitch in it.
    pub effective_bpm: Option<f64>,
}

impl Position {
    /// How far through the track it is, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f32 {
        (self.playhead_ms as f32 / 1000.0 / self.track_s.max(1) as f32).min(1.0)
    }
}

/// What a player tells those who announced themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayerStatus {
    /// Not while it loads, is cued or searches.
    pub playing: bool,
    pub master: bool,
    pub synced: bool,
    pub on_air: bool,
    /// The device it hands the master role to.
    pub hands_master_to: Option<u8>,
    pub pitch: f64,
    pub track_bpm: Option<f64>,
    pub beat_in_bar: Option<u8>,
    /// Beats since the start of the track.
    pub beat: Option<u32>,
    /// The player whose medium the track is on, and the slot (3 is USB).
    pub track_player: u8,
    pub track_slot: u8,
    /// The track's number in that medium's rekordbox database.
    pub track_id: Option<u32>,
}

impl PlayerStatus {
    /// Where in which track it plays; `None` while it stands or has no analysed track.
    #[must_use]
    pub fn place(&self) -> Option<DeckPlace> {
        let (track_id, beat) = self.track_id.zip(self.beat).filter(|_| self.playing)?;
        Some(DeckPlace { track_id, bpm: self.track_bpm, beat })
    }
}

/// What the mixer, or rekordbox, tells. Its bar is not the music's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixerStatus {
    pub master: bool,
    pub pitch: f64,
    pub bpm: Option<f64>,
}

/// Reads a datagram that came to `port`.
///
/// # Errors
/// When it is no Pro DJ Link or too short for its kind.
pub fn parse(port: u16, bytes: &[u8]) -> Result<Packet, PacketError> {
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Err(PacketError::NotProLink);
    }
    let Some(kind) = bytes.get(KIND).copied() else {
        return Err(PacketError::TooShort { port, kind: 0, found: bytes.len(), needed: KIND + 1 });
    };
    let view = View { port, kind, bytes };
    let name = Name::at(bytes, if port == ANNOUNCE_PORT { 0x0c } else { 0x0b });
    let (device, content) = match port {
        ANNOUNCE_PORT => announcement(&view)?,
        BEAT_PORT => beat_port(&view)?,
        STATUS_PORT => status_port(&view)?,
        _ => (0, Content::Other(kind)),
    };
    Ok(Packet { device, name, content })
}

fn announcement(view: &View<'_>) -> Result<(u8, Content), PacketError> {
    Ok(match view.kind {
        0x06 => {
            view.needs(0x36)?;
            let device_type = match view.u8(0x34) {
                1 | 7 => DeviceType::Player,
                2 | 3 => DeviceType::Mixer,
                4 => DeviceType::Rekordbox,
                other => DeviceType::Other(other),
            };
            let mac = std::array::from_fn(|k| view.u8(0x26 + k));
            let ip = Ipv4Addr::from(view.u32(0x2c));
            (view.u8(0x24), Content::KeepAlive { mac, ip, device_type })
        }
        0x0a | 0x00 => (0, Content::Joining { claimed: None }),
        0x02 => {
            view.needs(0x32)?;
            (0, Content::Joining { claimed: Some(view.u8(0x2e)) })
        }
        0x04 => {
            view.needs(0x26)?;
            (0, Content::Joining { claimed: Some(view.u8(0x24)) })
        }
        other => (0, Content::Other(other)),
    })
}

fn beat_port(view: &View<'_>) -> Result<(u8, Content), PacketError> {
    Ok(match view.kind {
        0x28 => {
            view.needs(0x60)?;
            let beat = BeatPacket {
                next_beat_ms: Some(view.u32(0x24)).filter(|ms| *ms != u32::MAX),
                pitch: f64::from(view.u32(0x54)) / UNITY,
                track_bpm: view.bpm(0x5a),
                beat_in_bar: view.place_in_bar(0x5c),
            };
            (view.u8(0x21), Content::Beat(beat))
        }
        0x03 => {
            view.needs(0x28)?;
            let mut channels = [None; 6];
            for (k, channel) in channels.iter_mut().take(4).enumerate() {
                *channel = Some(view.u8(0x24 + k) != 0);
            }
            if view.bytes.len() >= 0x35 {
                channels[4] = Some(view.u8(0x2d) != 0);
                channels[5] = Some(view.u8(0x2e) != 0);
            }
            (view.u8(0x21), Content::OnAir(channels))
        }
        // Others send the same kind for other things: only this form of it is a position.
        0x0b if view.bytes.len() == 0x3c && (1..=15).contains(&view.u8(0x21)) => {
            (view.u8(0x21), Content::Position(position(view)))
        }
        0x26 => {
            view.needs(0x28)?;
            (view.u8(0x27), Content::WantsMaster)
        }
        0x27 => {
            view.needs(0x2c)?;
            (view.u8(0x27), Content::GivesMaster)
        }
        other => (0, Content::Other(other)),
    })
}

fn position(view: &View<'_>) -> Position {
    let hundredths = view.u32(0x2c).cast_signed();
    Position {
        track_s: view.u32(0x24),
        playhead_ms: view.u32(0x28),
        pitch: 1.0 + f64::from(hundredths) / 10_000.0,
        effective_bpm: Some(view.u32(0x38)).filter(|tenths| *tenths != u32::MAX).map(|t| f64::from(t) / 10.0),
    }
}

fn status_port(view: &View<'_>) -> Result<(u8, Content), PacketError> {
    Ok(match view.kind {
        0x0a => {
            view.needs(0xcc)?;
            (view.u8(0x21), Content::Player(player(view)))
        }
        0x29 => {
            view.needs(0x38)?;
            let master = view.u8(0x27) & 0x20 != 0 || (view.u8(0x20) == 1 && view.u8(0x34) == 1);
            let bpm = view.bpm(0x2e).filter(|_| view.u16(0x2c) == 0x8000);
            (view.u8(0x21), Content::Mixer(MixerStatus { master, pitch: f64::from(view.u32(0x28)) / UNITY, bpm }))
        }
        other => (0, Content::Other(other)),
    })
}

fn player(view: &View<'_>) -> PlayerStatus {
    let flags = view.u8(0x89);
    PlayerStatus {
        playing: plays(view.u8(0x7b), flags),
        master: flags & 0x20 != 0 || view.u8(0x9e) != 0,
        synced: flags & 0x10 != 0,
        on_air: flags & 0x08 != 0,
        hands_master_to: Some(view.u8(0x9f)).filter(|to| *to != 0xff && *to != 0),
        pitch: f64::from(view.u32(0x8c)) / UNITY,
        track_bpm: view.bpm(0x92).filter(|_| view.u16(0x90) == 0x8000),
        beat_in_bar: view.place_in_bar(0xa6),
        beat: Some(view.u32(0xa0)).filter(|beat| *beat != u32::MAX),
        track_player: view.u8(0x28),
        track_slot: view.u8(0x29),
        track_id: Some(view.u32(0x2c)).filter(|id| *id != 0),
    }
}

/// Whether the track runs by itself: the flag is also set while a track is loaded, cued or searched, and off in a loop of
/// some models, so that the play mode decides where it is known.
fn plays(mode: u8, flags: u8) -> bool {
    match mode {
        // Playing, in a loop, in an emergency loop.
        0x03 | 0x04 | 0x12 => true,
        // No track, loading, paused, at the cue, cue held, cue scratched, searching, spun down, at its end.
        0x00 | 0x02 | 0x05..=0x09 | 0x0e | 0x11 => false,
        _ => flags & 0x40 != 0,
    }
}

/// Reads that cannot fail: bytes beyond the end are zero. `needs` refuses packets where that would matter.
struct View<'a> {
    port: u16,
    kind: u8,
    bytes: &'a [u8],
}

impl View<'_> {
    fn needs(&self, needed: usize) -> Result<(), PacketError> {
        let found = self.bytes.len();
        if found >= needed {
            Ok(())
        } else {
            Err(PacketError::TooShort { port: self.port, kind: self.kind, found, needed })
        }
    }

    fn u8(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.u8(at), self.u8(at + 1)])
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_be_bytes([self.u8(at), self.u8(at + 1), self.u8(at + 2), self.u8(at + 3)])
    }

    /// Hundredths of a beat a minute; neither 0 nor ffff is a tempo.
    fn bpm(&self, at: usize) -> Option<f64> {
        let hundredths = self.u16(at);
        (hundredths != 0 && hundredths != 0xffff).then(|| f64::from(hundredths) / 100.0)
    }

    fn place_in_bar(&self, at: usize) -> Option<u8> {
        Some(self.u8(at)).filter(|place| (1..=4).contains(place))
    }
}
