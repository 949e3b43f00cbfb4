//! Captured network traffic, read for rehearsal and tests: pcap and pcapng, as far as UDP over IPv4 goes.
//!
//! Our own reader: of the crates looked at, `pcap-file` takes every pcapng clock for nanoseconds and stops on damage.
//! Formats: draft-ietf-opsawg-pcap and -pcapng; link types by tcpdump.org's list.

use std::net::{Ipv4Addr, SocketAddrV4};

/// A UDP datagram as it was captured.
#[derive(Clone, Debug, PartialEq)]
pub struct Datagram {
    /// Seconds since the first packet of the capture.
    pub t_s: f64,
    pub from: SocketAddrV4,
    pub to: SocketAddrV4,
    pub payload: Vec<u8>,
}

/// Why a capture cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    #[error("it is neither pcap nor pcapng; try the file that Wireshark or tcpdump -w wrote")]
    NotACapture,
    #[error("it is damaged at byte {0}: a length there goes past its end")]
    Damaged(usize),
}

const ETHERNET: u32 = 1;
const NULL: u32 = 0;
const RAW: [u32; 3] = [12, 101, 228];
const LINUX_SLL: u32 = 113;
const LINUX_SLL2: u32 = 276;
/// No packet is longer: a greater length means damage, and not a capture that was cut short.
const LONGEST: usize = 1 << 20;
const IPV4: u16 = 0x0800;
const VLAN: [u16; 2] = [0x8100, 0x88a8];
const UDP: u8 = 17;

/// Reads every UDP datagram of the capture in `bytes`.
///
/// # Errors
/// When it is no capture. A capture cut short is read as far as it goes when at least its header is whole.
pub fn read(bytes: &[u8]) -> Result<Vec<Datagram>, CaptureError> {
    let magic = bytes.get(..4).ok_or(CaptureError::NotACapture)?;
    let mut packets = Vec::new();
    match magic {
        [0x0a, 0x0d, 0x0d, 0x0a] => pcapng(bytes, &mut packets)?,
        [0xd4, 0xc3, 0xb2, 0xa1] => pcap(bytes, Order::Little, 1e-6, &mut packets)?,
        [0xa1, 0xb2, 0xc3, 0xd4] => pcap(bytes, Order::Big, 1e-6, &mut packets)?,
        [0x4d, 0x3c, 0xb2, 0xa1] => pcap(bytes, Order::Little, 1e-9, &mut packets)?,
        [0xa1, 0xb2, 0x3c, 0x4d] => pcap(bytes, Order::Big, 1e-9, &mut packets)?,
        _ => return Err(CaptureError::NotACapture),
    }
    let first_s = packets.first().map_or(0.0, |packet: &Datagram| packet.t_s);
    packets.iter_mut().for_each(|packet| packet.t_s -= first_s);
    Ok(packets)
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let pair = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(pair),
            Self::Big => u16::from_be_bytes(pair),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(four),
            Self::Big => u32::from_be_bytes(four),
        })
    }
}

fn pcap(bytes: &[u8], order: Order, unit_s: f64, out: &mut Vec<Datagram>) -> Result<(), CaptureError> {
    let link = order.u32(bytes, 20).ok_or(CaptureError::Damaged(20))? & 0xffff;
    let mut at = 24;
    while let (Some(s), Some(part), Some(length)) =
        (order.u32(bytes, at), order.u32(bytes, at + 4), order.u32(bytes, at + 8))
    {
        let start = at + 16;
        if length as usize > LONGEST {
            return Err(CaptureError::Damaged(at + 8));
        }
        let Some(packet) = bytes.get(start..start + length as usize) else { break };
        out.extend(datagram(link, packet, f64::from(s) + f64::from(part) * unit_s));
        at = start + packet.len();
    }
    Ok(())
}

fn pcapng(bytes: &[u8], out: &mut Vec<Datagram>) -> Result<(), CaptureError> {
    let mut order = Order::Little;
    // Link type and seconds a tick, for each interface of the section.
    let mut interfaces: Vec<(u32, f64)> = Vec::new();
    let mut at = 0;
    while at + 12 <= bytes.len() {
        if bytes[at..at + 4] == [0x0a, 0x0d, 0x0d, 0x0a] {
            order = match bytes[at + 8..at + 12] {
                [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
                [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
                _ => return Err(CaptureError::Damaged(at + 8)),
            };
            interfaces.clear();
        }
        let damaged = CaptureError::Damaged(at + 4);
        let kind = order.u32(bytes, at).ok_or(damaged)?;
        let length = order.u32(bytes, at + 4).ok_or(damaged)? as usize;
        if !(12..=LONGEST).contains(&length) {
            return Err(damaged);
        }
        let end = at + length;
        if end > bytes.len() {
            break;
        }
        let body = &bytes[at + 8..end - 4];
        match kind {
            1 => {
                let link = u32::from(order.u16(body, 0).ok_or(damaged)?);
                interfaces.push((link, tick_s(order, body)));
            }
            6 => enhanced(order, body, &interfaces, out).ok_or(damaged)?,
            _ => {}
        }
        at = end;
    }
    Ok(())
}

/// An enhanced packet block; one that names an interface that is not there is left out.
fn enhanced(order: Order, body: &[u8], interfaces: &[(u32, f64)], out: &mut Vec<Datagram>) -> Option<()> {
    let interface = order.u32(body, 0)? as usize;
    let ticks = u64::from(order.u32(body, 4)?) << 32 | u64::from(order.u32(body, 8)?);
    let length = order.u32(body, 12)? as usize;
    let packet = body.get(20..20usize.checked_add(length)?)?;
    if let Some((link, tick_s)) = interfaces.get(interface) {
        out.extend(datagram(*link, packet, ticks as f64 * tick_s));
    }
    Some(())
}

/// Seconds a tick of an interface: option 9, microseconds when it is not there.
fn tick_s(order: Order, body: &[u8]) -> f64 {
    let mut at = 8;
    while let (Some(code), Some(length)) = (order.u16(body, at), order.u16(body, at + 2)) {
        if code == 9 {
            return match body.get(at + 4) {
                Some(power) if power & 0x80 != 0 => 0.5f64.powi(i32::from(power & 0x7f)),
                Some(power) => 0.1f64.powi(i32::from(*power)),
                None => 1e-6,
            };
        }
        at += 4 + usize::from(length).next_multiple_of(4);
    }
    1e-6
}

/// The UDP datagram in a captured packet; `None` for anything else.
fn datagram(link: u32, packet: &[u8], t_s: f64) -> Option<Datagram> {
    let ip = match link {
        ETHERNET => {
            let mut at = 12;
            while VLAN.contains(&Order::Big.u16(packet, at)?) {
                at += 4;
            }
            (Order::Big.u16(packet, at)? == IPV4).then(|| packet.get(at + 2..))??
        }
        LINUX_SLL2 => (Order::Big.u16(packet, 0)? == IPV4).then(|| packet.get(20..))??,
        LINUX_SLL => (Order::Big.u16(packet, 14)? == IPV4).then(|| packet.get(16..))??,
        NULL => packet.get(4..)?,
        raw if RAW.contains(&raw) => packet,
        _ => return None,
    };
    let first = *ip.first()?;
    // A fragment holds no header of its own, or not the whole datagram.
    let fragment = Order::Big.u16(ip, 6)? & 0x3fff;
    if first >> 4 != 4 || *ip.get(9)? != UDP || fragment != 0 {
        return None;
    }
    let address = |at: usize| Some(Ipv4Addr::from(Order::Big.u32(ip, at)?));
    let udp = ip.get(usize::from(first & 0x0f) * 4..)?;
    let port = |at: usize| Order::Big.u16(udp, at);
    let length = usize::from(port(4)?);
    Some(Datagram {
        t_s,
        from: SocketAddrV4::new(address(12)?, port(0)?),
        to: SocketAddrV4::new(address(16)?, port(2)?),
        payload: udp.get(8..length.min(udp.len()))?.to_vec(),
    })
}
