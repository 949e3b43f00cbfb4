//! `--osc`: where to listen, and what to type into a tablet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use super::OscError;

/// The port OSC programs try first.
pub const PORT: u16 = 9000;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    pub address: SocketAddr,
    /// Asked for as `lan`: on every interface, for tablets and other machines.
    pub lan: bool,
}

impl Listen {
    /// The same place in IPv6, for those who say `localhost` and mean `::1`; none for an address that was named.
    #[must_use]
    pub fn twin(&self, port: u16) -> Option<SocketAddr> {
        match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Some(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)),
            IpAddr::V4(Ipv4Addr::LOCALHOST) => Some(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)),
            _ => None,
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self { address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT), lan: false }
    }
}

impl FromStr for Listen {
    type Err = OscError;

    /// `lan`, `ADDR`, `ADDR:PORT` or `PORT`; `lan:PORT` too.
    fn from_str(text: &str) -> Result<Self, OscError> {
        let wrong = || OscError::Address(text.to_owned());
        let at = |ip: IpAddr, port| Self { address: SocketAddr::new(ip, port), lan: false };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { address, lan: false });
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(at(ip, PORT));
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| wrong())?),
            None => match text.parse::<u16>() {
                Ok(port) => ("localhost", port),
                Err(_) => (text, PORT),
            },
        };
        match name {
            "" if text.starts_with(':') => Ok(at(Ipv4Addr::LOCALHOST.into(), port)),
            "localhost" => Ok(at(Ipv4Addr::LOCALHOST.into(), port)),
            "lan" => Ok(Self { address: SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), lan: true }),
            _ => Err(wrong()),
        }
    }
}

/// An address of this machine on the local network, if it is on one.
///
/// Asks the routing table by connecting a UDP socket, which sends nothing: first the way out, then the usual
/// private networks, for a router without one.
#[must_use]
pub fn lan_address() -> Option<IpAddr> {
    let towards = |target: [u8; 4]| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((Ipv4Addr::from(target), 9)).ok()?;
        let ip = socket.local_addr().ok()?.ip();
        (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
    };
    // 192.0.2.0/24 is set aside for documentation: reached only by the default route.
    [[192, 0, 2, 1], [192, 168, 0, 1], [192, 168, 1, 1], [10, 0, 0, 1], [172, 16, 0, 1], [169, 254, 0, 1]]
        .into_iter()
        .find_map(towards)
}
