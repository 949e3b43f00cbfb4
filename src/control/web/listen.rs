//! `--web`: where to serve.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::WebError;

/// The port unless another is said.
const PORT: u16 = 9080;

/// Where to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebListen {
    pub address: SocketAddr,
    /// Asked for as `lan`: on every interface, found by name.
    pub lan: bool,
}

impl FromStr for WebListen {
    type Err = WebError;

    /// `lan`, `lan:PORT`, `ADDR`, `ADDR:PORT` or `PORT`.
    fn from_str(text: &str) -> Result<Self, WebError> {
        let wrong = || WebError::Address(text.to_owned());
        let at = |ip: Ipv4Addr, port, lan| Self { address: SocketAddr::new(ip.into(), port), lan };
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { address, lan: false });
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Self { address: SocketAddr::new(ip, PORT), lan: false });
        }
        if let Ok(port) = text.parse::<u16>() {
            return Ok(at(Ipv4Addr::LOCALHOST, port, false));
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| wrong())?),
            None => (text, PORT),
        };
        match name {
            "lan" => Ok(at(Ipv4Addr::UNSPECIFIED, port, true)),
            "localhost" => Ok(at(Ipv4Addr::LOCALHOST, port, false)),
            _ => Err(wrong()),
        }
    }
}
