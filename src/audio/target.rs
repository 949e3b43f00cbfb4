//! One device by its name on its host: found again after a loss, and connected as was asked for.
//!
//! Called where inputs are chosen and, after a loss, on the supervisor's thread.

use std::fmt;

use cpal::HostId;
use cpal::traits::{DeviceTrait, HostTrait};

/// A device to open, now and again after a loss.
#[derive(Clone, Debug)]
pub(super) struct DeviceTarget {
    pub host: HostId,
    /// cpal's id of the device on its host.
    pub id: String,
    /// For people.
    pub label: String,
    /// JACK: listen to the output ports with this in their name instead of the sound card's inputs.
    pub ports: Option<String>,
}

impl fmt::Display for DeviceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ports {
            Some(ports) => write!(f, "jack:{ports}"),
            None if self.is_jack() => write!(f, "jack"),
            None => write!(f, "{}:{} ({})", prefix(self.host), self.id, self.label),
        }
    }
}

impl DeviceTarget {
    pub fn is_jack(&self) -> bool {
        self.host.name() == "JACK"
    }

    /// The device as it is now.
    pub fn find(&self) -> Result<cpal::Device, String> {
        quiet_jack();
        let host = cpal::host_from_id(self.host).map_err(|error| error.to_string())?;
        let mut devices = host.input_devices().map_err(|error| error.to_string())?;
        let missing = if self.is_jack() { "no JACK server answers" } else { "it is not there" };
        devices.find(|device| id_of(device) == self.id).ok_or_else(|| missing.to_owned())
    }

    /// Makes the connections that a JACK target with named ports asks for.
    pub fn connect(&self) -> Result<(), String> {
        match &self.ports {
            #[cfg(feature = "jack")]
            Some(ports) => jack_ports::connect(ports),
            _ => Ok(()),
        }
    }
}

/// cpal's host by its name, where this build has it.
pub(super) fn host_named(name: &str) -> Option<HostId> {
    cpal::ALL_HOSTS.iter().copied().find(|host| host.name().eq_ignore_ascii_case(name))
}

/// cpal's id of a device, which its host knows it by.
pub(super) fn id_of(device: &cpal::Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

/// Silences libjack, which prints to stderr whenever there is no server.
pub(super) fn quiet_jack() {
    #[cfg(feature = "jack")]
    jack::set_logger(jack::LoggerType::None);
}

fn prefix(host: HostId) -> String {
    match host.name() {
        "PulseAudio" => "pulse".into(),
        name => name.to_lowercase(),
    }
}

#[cfg(feature = "jack")]
mod jack_ports {
    use jack::{Client, ClientOptions, PortFlags};

    const AUDIO: Option<&str> = Some("audio");

    /// Connects the output ports with `name` in their name to our inputs, instead of the sound card's.
    pub fn connect(name: &str) -> Result<(), String> {
        let (client, _) = Client::new("halation_patch", ClientOptions::NO_START_SERVER).map_err(|e| e.to_string())?;
        // cpal names its client so, and the name is unique to the process.
        let ours = format!("cpal_client_{}_in:", std::process::id());
        let inputs = matching(client.ports(None, AUDIO, PortFlags::IS_INPUT), &ours);
        let sources = matching(client.ports(None, AUDIO, PortFlags::IS_OUTPUT), name);
        let last = sources.last().ok_or_else(|| format!("no JACK output port has `{name}` in its name"))?;
        for card in client.ports(Some("^system:capture_"), AUDIO, PortFlags::IS_OUTPUT) {
            for input in &inputs {
                // Most pairs are not connected, which is an error we do not care about.
                let _ = client.disconnect_ports_by_name(&card, input);
            }
        }
        // One source feeds both inputs.
        for (index, input) in inputs.iter().enumerate() {
            let source = sources.get(index).unwrap_or(last);
            client.connect_ports_by_name(source, input).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn matching(ports: Vec<String>, part: &str) -> Vec<String> {
        let part = part.to_lowercase();
        ports.into_iter().filter(|port| port.to_lowercase().contains(&part)).collect()
    }
}
