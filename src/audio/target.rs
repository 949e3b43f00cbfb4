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

    /// The device as it is now, and the JACK client that it becomes when it is opened (empty elsewhere).
    pub fn find(&self) -> Result<(cpal::Device, String), String> {
        quiet_jack();
        #[cfg(feature = "jack")]
        if self.is_jack() {
            return jack_client::find();
        }
        let host = cpal::host_from_id(self.host).map_err(|error| error.to_string())?;
        let mut devices = host.input_devices().map_err(|error| error.to_string())?;
        let found = devices.find(|device| id_of(device) == self.id).ok_or("it is not there")?;
        Ok((found, String::new()))
    }

    /// Makes the connections of `client`, just opened, that a JACK target with named ports asks for.
    pub fn connect(&self, client: &str) -> Result<(), String> {
        match &self.ports {
            #[cfg(feature = "jack")]
            Some(ports) => jack_client::connect(client, ports),
            _ => {
                let _ = client;
                Ok(())
            }
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

/// Our audio client in JACK.
#[cfg(feature = "jack")]
mod jack_client {
    use cpal::platform::JackHost;
    use cpal::traits::HostTrait;
    use jack::{Client, ClientOptions, ClientStatus, PortFlags};

    const AUDIO: Option<&str> = Some("audio");
    /// What patchbays show. cpal appends `_in`; the plain name is that of our MIDI client.
    const NAME: &str = "Halation";
    const SUFFIX: &str = "_in";
    /// So many of us may listen to one server.
    const MOST: u32 = 9;

    /// The input as a client of our name, and that name. Not found through the host, which would call it
    /// `cpal_client_PID` whatever it is asked.
    pub fn find() -> Result<(cpal::Device, String), String> {
        let name = free_name()?;
        let device = <JackHost as HostTrait>::Device::default_input_device(&name, true, false);
        let device = device.map_err(|_| NO_SERVER.to_owned())?;
        Ok((device.into(), name + SUFFIX))
    }

    const NO_SERVER: &str = "no JACK server answers";

    /// Our name, with a number when another Halation has it.
    fn free_name() -> Result<String, String> {
        for number in 1..=MOST {
            let name = if number == 1 { NAME.to_owned() } else { format!("{NAME}_{number}") };
            // The server gives another name when this one is taken, and says so.
            let opened = Client::new(&format!("{name}{SUFFIX}"), ClientOptions::NO_START_SERVER);
            let (_, status) = opened.map_err(|_| NO_SERVER.to_owned())?;
            if !status.contains(ClientStatus::NAME_NOT_UNIQUE) {
                return Ok(name);
            }
        }
        Err(format!("{MOST} others of the name {NAME} are on the JACK server"))
    }

    /// Connects the output ports with `name` in their name to the inputs of `client`, instead of the sound card's.
    pub fn connect(client: &str, name: &str) -> Result<(), String> {
        let own = format!("{client}:");
        let (client, _) = Client::new("Halation_patch", ClientOptions::NO_START_SERVER).map_err(|e| e.to_string())?;
        let mut inputs = client.ports(None, AUDIO, PortFlags::IS_INPUT);
        inputs.retain(|port| port.starts_with(&own));
        let mut sources = client.ports(None, AUDIO, PortFlags::IS_OUTPUT);
        sources.retain(|port| port.to_lowercase().contains(&name.to_lowercase()));
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
}
