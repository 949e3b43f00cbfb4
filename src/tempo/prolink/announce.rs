//! Announces this program as a device, when asked to: players then send their status, with track and tempo master.
//!
//! One keep-alive of 54 bytes every second and a half and nothing else, with the number of an observer (7 to 15): no
//! player is asked for anything, no player's number is taken. Only this module can send.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::listen::{DeckListener, NowFn};
use super::network::Network;
use super::packet::MAGIC;
use crate::rt::{self, Stop};

/// Watched for this long before a number is chosen.
const WATCH_S: f64 = 4.0;
const EVERY_S: f64 = 1.5;
const NUMBERS: std::ops::RangeInclusive<u8> = 7..=15;
const NAME: &[u8] = b"Halation";

/// Our addresses on the decks' network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    pub ip: Ipv4Addr,
    pub broadcast: Ipv4Addr,
    pub mac: [u8; 6],
}

/// Decides when to announce, and with which number. No socket, no clock.
#[derive(Debug, Default)]
pub struct Announcer {
    since_s: Option<f64>,
    number: Option<u8>,
    spoke_s: f64,
}

impl Announcer {
    /// The keep-alive that is due at `now_s`, if one is.
    pub fn step(&mut self, now_s: f64, network: &Network, card: &Card) -> Option<[u8; 54]> {
        let since_s = *self.since_s.get_or_insert(now_s);
        let others = |number: u8| {
            let device = network.device(number);
            device.is_some_and(|device| device.address != IpAddr::V4(card.ip))
        };
        // Another device has our number: give it up and choose a free one.
        if self.number.is_some_and(others) {
            self.number = None;
        }
        if now_s - since_s < WATCH_S || (self.number.is_some() && now_s - self.spoke_s < EVERY_S) {
            return None;
        }
        let number = self.number.or_else(|| NUMBERS.into_iter().find(|number| !others(*number)))?;
        self.number = Some(number);
        self.spoke_s = now_s;
        Some(keep_alive(number, card, network.devices().len() as u8 + 1))
    }

    #[must_use]
    pub fn number(&self) -> Option<u8> {
        self.number
    }
}

/// The announcement of device `number`, in the form that a CDJ-3000 accepts from its peers.
fn keep_alive(number: u8, card: &Card, peers: u8) -> [u8; 54] {
    let mut bytes = [0; 54];
    bytes[..10].copy_from_slice(&MAGIC);
    bytes[0x0a] = 0x06;
    bytes[0x0c..0x0c + NAME.len()].copy_from_slice(NAME);
    (bytes[0x20], bytes[0x21], bytes[0x23]) = (1, 2, 54);
    (bytes[0x24], bytes[0x25]) = (number, 1);
    bytes[0x26..0x2c].copy_from_slice(&card.mac);
    bytes[0x2c..0x30].copy_from_slice(&card.ip.octets());
    (bytes[0x30], bytes[0x34], bytes[0x35]) = (peers, 1, 0x64);
    bytes
}

/// Starts the thread that announces us on the network on which `listener` hears devices.
///
/// # Errors
/// When there is no socket or thread for it.
pub fn announce(listener: &DeckListener, clock: NowFn, stop: Stop) -> std::io::Result<JoinHandle<()>> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_broadcast(true)?;
    let (network, port) = (listener.shared(), listener.ports().announce);
    rt::spawn("prolink-announce", move || {
        let (mut announcer, mut said) = (Announcer::default(), false);
        while !stop.is_set() {
            stop.pause(Duration::from_millis(100));
            let mut network = super::listen::lock(&network);
            // The card on whose network somebody was heard.
            let Some(card) = network.devices().iter().find_map(|device| card_towards(device.address)) else { continue };
            let Some(bytes) = announcer.step(clock().0, &network, &card) else { continue };
            if let Some(number) = announcer.number() {
                network.call_ours(number, card.ip.into());
                if !std::mem::replace(&mut said, true) {
                    tracing::info!("Pro DJ Link: announced as device {number} from {}", card.ip);
                }
            }
            drop(network);
            // Errors are ignored: a cable may be out, and the next keep-alive follows in `EVERY_S`.
            let _ = socket.send_to(&bytes, &SocketAddrV4::new(card.broadcast, port).into());
        }
    })
}

/// The network card of ours that is on the same network as `device`.
fn card_towards(device: IpAddr) -> Option<Card> {
    let IpAddr::V4(device) = device else { return None };
    let interfaces = if_addrs::get_if_addrs().ok()?;
    interfaces.into_iter().find_map(|interface| {
        let if_addrs::IfAddr::V4(v4) = &interface.addr else { return None };
        let mask = u32::from(v4.netmask);
        let same = u32::from(v4.ip) & mask == u32::from(device) & mask;
        let broadcast = Ipv4Addr::from(u32::from(v4.ip) | !mask);
        same.then(|| Card { ip: v4.ip, broadcast, mac: mac_of(&interface.name, v4.ip) })
    })
}

/// The card's hardware address; where the system does not tell, one of the locally administered kind.
fn mac_of(interface: &str, ip: Ipv4Addr) -> [u8; 6] {
    let told = std::fs::read_to_string(format!("/sys/class/net/{interface}/address")).unwrap_or_default();
    let bytes: Vec<u8> = told.trim().split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    let [a, b, c, d] = ip.octets();
    bytes.try_into().unwrap_or([0x02, 0x48, a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tempo::prolink::packet::{ANNOUNCE_PORT, Content, DeviceType, parse};

    const CARD: Card =
        Card { ip: Ipv4Addr::new(10, 0, 0, 9), broadcast: Ipv4Addr::new(10, 0, 0, 255), mac: [2, 4, 6, 8, 10, 12] };

    #[test]
    fn an_observer_watches_first_takes_a_free_number_and_gives_way() {
        let (mut network, mut announcer) = (Network::default(), Announcer::default());
        let other = |number: u8| keep_alive(number, &Card { ip: Ipv4Addr::new(10, 0, 0, 40 + number), ..CARD }, 1);
        let hear = |network: &mut Network, t: f64, number: u8| {
            let from = Ipv4Addr::new(10, 0, 0, 40 + number).into();
            network.hear(t, from, ANNOUNCE_PORT, &other(number)).unwrap();
        };
        let mut said = Vec::new();
        for k in 0..200 {
            let t = f64::from(k) * 0.1;
            if k % 20 == 0 {
                hear(&mut network, t, 1);
                hear(&mut network, t + 0.01, 7);
            }
            // Somebody comes with the number we have by then.
            if k >= 100 && k % 20 == 0 {
                hear(&mut network, t + 0.02, 8);
            }
            said.extend(announcer.step(t, &network, &CARD).map(|bytes| (t, bytes)));
        }
        assert!(said[0].0 >= WATCH_S && (8..=12).contains(&said.len()), "{}", said.len());
        let numbers: Vec<u8> = said.iter().map(|(_, bytes)| bytes[0x24]).collect();
        assert_eq!((numbers[0], numbers[numbers.len() - 1]), (8, 9), "{numbers:?}");
        let packet = parse(ANNOUNCE_PORT, &said[0].1).unwrap();
        assert_eq!(packet.name.to_string(), "Halation");
        let (mac, ip, device_type) = (CARD.mac, CARD.ip, DeviceType::Player);
        assert_eq!(packet.content, Content::KeepAlive { mac, ip, device_type });
        // Byte for byte (tempo-sync study, 1.2), but for the name.
        let bytes = said[0].1;
        let head = [0x51, 0x73, 0x70, 0x74, 0x31, 0x57, 0x6d, 0x4a, 0x4f, 0x4c, 0x06, 0];
        let tail = [1, 2, 0, 0x36, 8, 1, 2, 4, 6, 8, 10, 12, 10, 0, 0, 9, 3, 0, 0, 0, 1, 0x64];
        assert_eq!((&bytes[..0x0c], &bytes[0x20..]), (&head[..], &tail[..]));
    }
}
