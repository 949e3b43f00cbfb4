//! Who is on the network, who leads, and the leader's beat.
//!
//! Pure and stepped: whoever receives datagrams hands them in with the time of their arrival. Passive listeners hear
//! beats and who is on air, but not who is tempo master; then the leader is guessed from what is heard. A device that
//! never sent a beat packet beats by its needle.

use std::net::IpAddr;

use super::deck::{DeckClock, effective_bpm};
use super::needle::NeedleClock;
use super::packet::{self, BeatPacket, Content, DeviceType, Name, Packet, PacketError, PlayerStatus};
use crate::tempo::Sighting;

/// A device that said nothing for this long is gone.
const GONE_S: f64 = 10.0;
/// The same datagram from the same sender within this time came over a second network card.
const TWIN_S: f64 = 0.05;
const TWINS: usize = 16;
/// Most devices remembered; further ones are ignored. A club has six players, a mixer and a few laptops.
const DEVICES: usize = 32;
/// Tempi closer than this are the same: the mixer relays its master's.
const SAME_BPM: f64 = 0.06;

/// One device, as far as it was heard.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    pub number: u8,
    pub name: Name,
    pub address: IpAddr,
    pub device_type: Option<DeviceType>,
    pub seen_s: f64,
    pub on_air: Option<bool>,
    /// What it told those who announced themselves.
    pub status: Option<PlayerStatus>,
    pub beat: Option<BeatPacket>,
    clock: DeckClock,
    /// Its beat while it never sent one.
    needle: NeedleClock,
    /// It says that it is the tempo master, since when.
    master_since_s: Option<f64>,
}

impl Device {
    /// Effective tempo, from the newest beat, status or position.
    #[must_use]
    pub fn bpm(&self) -> Option<f64> {
        let told = || self.status.and_then(|s| s.track_bpm.map(|bpm| bpm * s.pitch));
        self.beat.as_ref().and_then(effective_bpm).or_else(told).or_else(|| self.needle.bpm())
    }

    /// Whether it sends beats, or its needle passes them.
    fn is_beating(&self, now_s: f64) -> bool {
        self.clock.is_beating(now_s) || (self.beat.is_none() && self.needle.is_beating(now_s))
    }

    fn steady_beats(&self) -> u32 {
        if self.beat.is_some() { self.clock.steady_beats() } else { self.needle.steady_beats() }
    }

    fn is_mixer(&self) -> bool {
        self.number >= 33 || self.device_type == Some(DeviceType::Mixer)
    }
}

/// What a datagram was, once it was taken in.
#[derive(Clone, Copy, Debug)]
pub struct HeardPacket {
    pub packet: Packet,
    /// It came from the device that leads.
    pub leads: bool,
    /// The leader's beat, when this was it.
    pub beat: Option<Sighting>,
}

/// Datagrams that were not taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    pub malformed: u64,
    /// Arrived twice.
    pub twins: u64,
}

/// The network as heard so far.
#[derive(Debug, Default)]
pub struct Network {
    devices: Vec<Device>,
    /// Hash and time of the newest datagrams, oldest first.
    newest: Vec<(u64, f64)>,
    leader: Option<u8>,
    pinned: Option<u8>,
    /// Our own number and address, when we announce ourselves.
    own: Option<(u8, IpAddr)>,
    pub refused: Refused,
}

impl Network {
    /// Takes in a datagram that arrived at `now_s`. `None` for one that arrived twice, or is our own.
    ///
    /// # Errors
    /// When it is no Pro DJ Link, or cut short.
    pub fn hear(
        &mut self,
        now_s: f64,
        from: IpAddr,
        port: u16,
        bytes: &[u8],
    ) -> Result<Option<HeardPacket>, PacketError> {
        let from = from.to_canonical();
        let packet = packet::parse(port, bytes).inspect_err(|_| self.refused.malformed += 1)?;
        // A needle that stands says the same again and again.
        let repeats = matches!(packet.content, Content::Position(_));
        if !repeats && self.is_twin(now_s, from, port, bytes) {
            self.refused.twins += 1;
            return Ok(None);
        }
        if self.own.is_some_and(|(number, address)| number == packet.device && address == from) {
            return Ok(None);
        }
        self.devices.retain(|device| now_s - device.seen_s <= GONE_S);
        let beat = self.take_in(now_s, from, &packet);
        self.choose_leader(now_s);
        let leads = self.leader == Some(packet.device);
        Ok(Some(HeardPacket { packet, leads, beat: beat.filter(|_| leads) }))
    }

    /// Listens to one deck only, whoever is master; `None` goes back to choosing.
    pub fn pin(&mut self, deck: Option<u8>) {
        self.pinned = deck;
    }

    /// From now on datagrams with this number from this address are our own.
    pub fn call_ours(&mut self, number: u8, address: IpAddr) {
        self.own = Some((number, address));
    }

    /// Everything heard within the last ten seconds.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The device whose beat the clock shall follow.
    #[must_use]
    pub fn leader(&self) -> Option<&Device> {
        self.leader.and_then(|number| self.device(number))
    }

    #[must_use]
    pub fn device(&self, number: u8) -> Option<&Device> {
        self.devices.iter().find(|device| device.number == number)
    }

    fn is_twin(&mut self, now_s: f64, from: IpAddr, port: u16, bytes: &[u8]) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (from, port, bytes).hash(&mut hasher);
        let hash = hasher.finish();
        self.newest.retain(|(_, at_s)| now_s - at_s < TWIN_S);
        let twin = self.newest.iter().any(|(known, _)| *known == hash);
        if self.newest.len() >= TWINS {
            self.newest.remove(0);
        }
        self.newest.push((hash, now_s));
        twin
    }

    /// Updates what is known of the sender; its beat, when it beat.
    fn take_in(&mut self, now_s: f64, from: IpAddr, packet: &Packet) -> Option<Sighting> {
        if let Content::OnAir(channels) = packet.content {
            for (number, on_air) in (1u8..).zip(channels) {
                if let Some(device) = self.devices.iter_mut().find(|device| device.number == number) {
                    device.on_air = on_air;
                }
            }
        }
        if packet.device == 0 || matches!(packet.content, Content::WantsMaster | Content::GivesMaster) {
            return None;
        }
        let device = self.entry(now_s, from, packet)?;
        match packet.content {
            Content::KeepAlive { device_type, .. } => device.device_type = Some(device_type),
            Content::Beat(beat) => {
                device.beat = Some(beat);
                // The mixer counts bars of its own.
                let heard = if device.is_mixer() { BeatPacket { beat_in_bar: None, ..beat } } else { beat };
                return device.clock.hear(now_s, &heard);
            }
            Content::Player(status) => {
                device.on_air = Some(status.on_air);
                device.say_master(status.master, now_s);
                device.status = Some(status);
                return device.needle.hear_status(now_s, &status).filter(|_| device.beat.is_none());
            }
            Content::Position(position) => {
                return device.needle.hear_position(now_s, &position).filter(|_| device.beat.is_none());
            }
            Content::Mixer(status) => device.say_master(status.master, now_s),
            _ => {}
        }
        None
    }

    fn entry(&mut self, now_s: f64, from: IpAddr, packet: &Packet) -> Option<&mut Device> {
        let known = self.devices.iter().position(|device| device.number == packet.device);
        let place = match known {
            Some(place) => place,
            None if self.devices.len() >= DEVICES => return None,
            None => {
                self.devices.push(Device {
                    number: packet.device,
                    name: packet.name,
                    address: from,
                    device_type: None,
                    seen_s: now_s,
                    on_air: None,
                    status: None,
                    beat: None,
                    clock: DeckClock::default(),
                    needle: NeedleClock::default(),
                    master_since_s: None,
                });
                self.devices.len() - 1
            }
        };
        let device = &mut self.devices[place];
        device.seen_s = now_s;
        Some(device)
    }

    /// Sets the leader: the pinned deck; else the tempo master, unless it is off air or silent while another deck beats on air; else
    /// the beating device that most probably is master: decks before mixers, on air first, at the mixer's tempo.
    fn choose_leader(&mut self, now_s: f64) {
        if let Some(pinned) = self.pinned {
            self.leader = Some(pinned);
            return;
        }
        // While the role is handed over two decks are master for a moment: the one that the other names is, else the
        // one that became it last. A mixer that is master relays a deck's tempo without its bar.
        let named = |number: u8| self.devices.iter().any(|device| device.hands_to(number));
        let masters = self
            .devices
            .iter()
            .filter_map(|device| Some(((!device.is_mixer(), named(device.number)), device.master_since_s?, device)));
        let mut masters: Vec<_> = masters.collect();
        masters.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
        // A master that stands still, plays a track without a grid or is only in the DJ's headphones does not hold the
        // clock while others are heard.
        let heard = |device: &Device| !device.is_mixer() && device.on_air != Some(false) && device.is_beating(now_s);
        let unheard_deck = masters.first().is_some_and(|(.., master)| !master.is_mixer() && !heard(master));
        let passed_over = unheard_deck && self.devices.iter().any(heard);
        let master = match passed_over {
            true => masters.iter().find(|(.., master)| heard(master)),
            false => masters.first(),
        };
        if let Some((.., master)) = master {
            self.leader = Some(master.number);
            return;
        }
        let metronome = self.devices.iter().filter(|device| device.is_mixer()).find_map(Device::bpm);
        let score = |device: &Device| {
            let same = device.bpm().zip(metronome).is_some_and(|(a, b)| (a - b).abs() < SAME_BPM);
            let stays = self.leader == Some(device.number);
            let here = (!device.is_mixer(), device.on_air == Some(true), device.on_air.is_none());
            (here, same, stays, device.steady_beats())
        };
        let beating = self.devices.iter().filter(|device| device.is_beating(now_s));
        // While nobody beats the last leader stays.
        self.leader = beating.max_by_key(|device| score(device)).map(|device| device.number).or(self.leader);
    }
}

impl Device {
    /// It gives the role of the master to that one.
    fn hands_to(&self, number: u8) -> bool {
        self.number != number && self.status.is_some_and(|status| status.hands_master_to == Some(number))
    }

    fn say_master(&mut self, is: bool, now_s: f64) {
        self.master_since_s = is.then(|| self.master_since_s.unwrap_or(now_s));
    }
}
