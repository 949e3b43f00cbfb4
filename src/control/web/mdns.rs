//! Found by name: OSCQuery clients and TouchOSC look for services on the local network (mDNS).
//!
//! A network without multicast is no reason not to play: then the address is typed in.

use std::time::Duration;

use mdns_sd::{ServiceDaemon, ServiceInfo};

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(300);

/// What is announced, until this is dropped.
pub struct Announced(ServiceDaemon);

/// Announces `_oscjson._tcp` at `web_port` and, when OSC listens, `_osc._udp` at `osc_port`.
#[must_use]
pub fn announce(name: &str, web_port: u16, osc_port: u16) -> Option<Announced> {
    let quiet = |error: &mdns_sd::Error| tracing::info!("not announced on the network ({error}): type the address in");
    let daemon = ServiceDaemon::new().inspect_err(quiet).ok()?;
    let services = [("_oscjson._tcp.local.", web_port), ("_osc._udp.local.", osc_port)];
    let host = format!("halation-{}.local.", std::process::id());
    for (service, port) in services.into_iter().filter(|(_, port)| *port > 0) {
        let no_text: &[(&str, &str)] = &[];
        let info = ServiceInfo::new(service, name, &host, "", port, no_text).map(ServiceInfo::enable_addr_auto);
        info.and_then(|info| daemon.register(info)).inspect_err(quiet).ok()?;
    }
    Some(Announced(daemon))
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Ok(done) = self.0.shutdown() {
            let _ = done.recv_timeout(GOODBYE);
        }
    }
}
