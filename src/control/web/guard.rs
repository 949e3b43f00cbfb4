//! Who may look and who may touch.
//!
//! A browser sends what any page tells it to, also to this port: a page of another site could play the show of whoever has
//! it open (DNS rebinding makes even the address look right). So the name we are called by must be ours, and a WebSocket's
//! page must have come from here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::http::Request;
use super::passcode::Passcode;

/// Wrong passcodes in a row that a machine may try, and how long it waits after them.
const TRIES: u32 = 5;
const WAIT: Duration = Duration::from_secs(30);
/// Machines whose tries are remembered.
const REMEMBERED: usize = 256;

/// What became of a passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    Yes,
    No,
    /// Too many were wrong: not before this is over.
    Wait(Duration),
}

/// The rules of one port.
pub struct Guard {
    passcode: Option<Passcode>,
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Guard {
    pub fn new(passcode: Option<Passcode>) -> Self {
        Self { passcode, wrong: Mutex::default() }
    }

    /// Whether the machine may touch without a passcode: it is this one, or none is asked for.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        self.passcode.is_none() || ip.to_canonical().is_loopback()
    }

    /// Whether `said` is the passcode. After a few wrong ones a machine must wait, and a right one is as good as none.
    pub fn grants(&self, ip: IpAddr, said: &str) -> Granted {
        let Some(passcode) = &self.passcode else { return Granted::Yes };
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (count, last) = wrong.get(&ip).copied().unwrap_or((0, now));
        let left = WAIT.saturating_sub(now.duration_since(last));
        if count >= TRIES && !left.is_zero() {
            return Granted::Wait(left);
        }
        if passcode.is(said) {
            wrong.remove(&ip);
            return Granted::Yes;
        }
        if wrong.len() >= REMEMBERED {
            wrong.clear();
        }
        let count = if count >= TRIES { 1 } else { count + 1 };
        wrong.insert(ip, (count, now));
        if count == TRIES {
            tracing::warn!("{ip} typed {TRIES} wrong passcodes: it must wait {} s", WAIT.as_secs());
        }
        Granted::No
    }
}

/// Whether the request calls us by a name that is ours: an address, this machine, or a name of the local network.
#[must_use]
pub fn is_for_us(request: &Request) -> bool {
    let Some(host) = request.header("host") else { return true };
    let name = host_name(host);
    name.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".local")
        || this_machine().is_some_and(|ours| ours.eq_ignore_ascii_case(name))
}

/// Whether the page that asks came from here; programs that are no browsers do not say.
#[must_use]
pub fn is_from_here(request: &Request) -> bool {
    let Some(origin) = request.header("origin") else { return true };
    let page = origin.split_once("://").map_or(origin, |(_, host)| host);
    request.header("host").is_some_and(|host| host.eq_ignore_ascii_case(page))
}

/// The host of `host:port`, also of `[::1]:port`.
fn host_name(host: &str) -> &str {
    if let Some((name, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return name;
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// What this machine is called.
fn this_machine() -> Option<String> {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok())?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
