//! Which device: finding and choosing inputs. Runs at the start.

use std::time::Duration;

use cpal::HostId;
use cpal::traits::{DeviceTrait, HostTrait};
use crossbeam_channel::RecvTimeoutError;

use super::AudioError;
use super::capture::Capture;
use super::channels::Channels;
use super::choice::Choice;
use super::target::{DeviceTarget, host_named, id_of};
use crate::rt::{Attempt, JACK_HANGS};

/// A sound server that takes longer than this to say what it has does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// An input that exists now, and how good a guess it is when nobody says which: smaller is better, `None` is
/// never guessed.
struct Found {
    target: DeviceTarget,
    rank: Option<u8>,
}

/// Opens the device that `choice` means, and describes it.
pub(super) fn open(choice: &Choice, channels: Channels) -> Result<Option<(Capture, String)>, AudioError> {
    let opened = |target: DeviceTarget| {
        let name = target.to_string();
        let capture =
            Capture::open(target, channels).map_err(|reason| AudioError::Open { name: name.clone(), reason })?;
        let config = capture.config();
        let description = format!("{name}, {} Hz, {} ch", config.sample_rate_hz, config.channels);
        Ok((capture, description))
    };
    match choice {
        Choice::Auto => {
            for target in guesses() {
                match opened(target) {
                    Ok(input) => return Ok(Some(input)),
                    Err(error) => tracing::warn!("{error}"),
                }
            }
            Ok(None)
        }
        Choice::Jack(ports) => opened(jack(ports.clone())?).map(Some),
        Choice::Pulse(name) => opened(pick(&["PulseAudio"], name.as_deref(), "pulse")?).map(Some),
        Choice::Alsa(name) => opened(pick(&["ALSA"], name.as_deref(), "alsa")?).map(Some),
        Choice::Named(name) => opened(pick(&[], Some(name), "device")?).map(Some),
        Choice::None | Choice::File(_) | Choice::Synth(_) => Ok(None),
    }
}

/// JACK has one pseudo device; whether its server runs shows when it is opened.
fn jack(ports: Option<String>) -> Result<DeviceTarget, AudioError> {
    Ok(jack_input(host_named("JACK").ok_or(AudioError::NoJack)?, ports))
}

fn jack_input(host: HostId, ports: Option<String>) -> DeviceTarget {
    DeviceTarget { host, id: "input".into(), label: "JACK".into(), ports }
}

/// Inputs worth trying when nobody says which, best first.
fn guesses() -> Vec<DeviceTarget> {
    let mut found: Vec<(usize, Found)> = hosts()
        .into_iter()
        .enumerate()
        .flat_map(|(order, host)| inputs_of(host).into_iter().map(move |found| (order, found)))
        .filter(|(_, found)| found.rank.is_some())
        .collect();
    found.sort_by_key(|(order, found)| (*order, found.rank));
    found.into_iter().map(|(_, found)| found.target).collect()
}

/// One existing input, by name on the hosts called `on` (all when empty); the best guess without a name.
fn pick(on: &[&str], name: Option<&str>, wanted_as: &str) -> Result<DeviceTarget, AudioError> {
    let all = hosts().into_iter().filter(|host| on.is_empty() || on.contains(&host.name()));
    let mut found: Vec<Found> = all.flat_map(inputs_of).collect();
    let known = if found.is_empty() {
        "there are no inputs here; try --audio synth:house126 or --audio none".to_owned()
    } else {
        let names: Vec<String> = found.iter().map(|found| found.target.to_string()).collect();
        format!("there are {}", names.join(", "))
    };
    let wanted = name.map_or_else(|| wanted_as.to_owned(), str::to_owned);
    match name {
        None => found.retain(|found| found.rank.is_some()),
        Some(name) => {
            let name = name.to_lowercase();
            found.retain(|found| found.target.to_string().to_lowercase().contains(&name));
        }
    }
    // Named devices keep the host's order; a webcam can be named, too.
    found.sort_by_key(|found| found.rank.unwrap_or(u8::MAX));
    let best = found.into_iter().next().map(|found| found.target);
    best.ok_or(AudioError::NoSuchInput { wanted, known })
}

/// Hosts in the order of preference.
fn hosts() -> Vec<HostId> {
    let mut hosts = cpal::available_hosts();
    hosts.retain(|host| host.name() != "ALSA" || has_cards());
    hosts.sort_by_key(|host| match host.name() {
        "JACK" => 0,
        "PulseAudio" => 1,
        _ => 2,
    });
    hosts
}

/// Without cards ALSA still offers devices, and complains on stderr when they are opened.
pub(super) fn has_cards() -> bool {
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    cards.lines().any(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

/// What a host has. One that hangs, which servers and their libraries do, has nothing.
fn inputs_of(host_id: HostId) -> Vec<Found> {
    match Attempt::start("audio-inputs", move || asked(host_id)).wait(PATIENCE) {
        Ok(found) => found,
        Err(RecvTimeoutError::Timeout) => {
            match host_id.name() {
                "JACK" => tracing::warn!("audio: {JACK_HANGS}; its inputs are not used"),
                name => tracing::warn!("audio: {name} does not answer, so its inputs are not used; restart its server"),
            }
            Vec::new()
        }
        Err(RecvTimeoutError::Disconnected) => Vec::new(),
    }
}

/// Asks the host itself, which may never answer.
fn asked(host_id: HostId) -> Vec<Found> {
    if host_id.name() == "JACK" {
        let _turn = crate::rt::jack_turn();
        let target = jack_input(host_id, None);
        let rank = rank(host_id.name(), &target.id, &target.label).map(|rank| 2 * rank);
        return target.find().map(|_| Found { target, rank }).into_iter().collect();
    }
    let Ok(host) = cpal::host_from_id(host_id) else { return Vec::new() };
    let Ok(devices) = host.input_devices() else { return Vec::new() };
    let default_input = host.default_input_device().map(|device| id_of(&device));
    let default_monitor = host.default_output_device().map(|device| format!("{}.monitor", id_of(&device)));
    let is_default = |id: &String| Some(id) == default_input.as_ref() || Some(id) == default_monitor.as_ref();
    devices
        .map(|device| {
            let id = id_of(&device);
            let label = device.description().map(|d| d.name().to_owned()).unwrap_or_default();
            let label = label.lines().next().unwrap_or_default().to_owned();
            let rank = rank(host_id.name(), &id, &label).map(|rank| 2 * rank + u8::from(!is_default(&id)));
            Found { target: DeviceTarget { host: host_id, id, label, ports: None }, rank }
        })
        .collect()
}

/// How good a guess an input is: line inputs and USB devices (0), then what the machine itself plays, then the rest,
/// then microphones and headsets (3). `None` is never guessed: webcams, whose microphones hear the crowd.
fn rank(host: &str, id: &str, label: &str) -> Option<u8> {
    let name = format!("{id} {label}").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["cam", "hd pro", "facetime"]) {
        return None;
    }
    // Of ALSA's many names for a card, this one always opens; "default" may be anything.
    if host == "ALSA" && !id.starts_with("plughw:") {
        return None;
    }
    Some(match () {
        () if id.ends_with(".monitor") => 1,
        () if has(&["mic", "headset", "headphone", "bluez"]) => 3,
        () if has(&["line", "usb"]) => 0,
        () => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn webcams_are_never_guessed_and_line_inputs_come_first() {
        let line = rank("PulseAudio", "alsa_input.usb-Focusrite_Scarlett_2i2-00", "Scarlett 2i2 USB");
        let monitor = rank("PulseAudio", "alsa_output.pci-0000.analog-stereo.monitor", "Monitor of Built-in Audio");
        let microphone = rank("PulseAudio", "alsa_input.usb-Blue_Yeti", "Yeti Stereo Microphone");
        assert!(line < monitor && monitor < microphone);
        for (id, label) in [
            ("alsa_input.usb-046d_HD_Pro_Webcam_C920-02", "HD Pro Webcam C920"),
            ("alsa_input.usb-x", "Integrated Camera"),
            ("c930e", "Logitech HD Pro"),
        ] {
            assert_eq!(rank("PulseAudio", id, label), None, "{label}");
        }
        assert_eq!(rank("ALSA", "default", "Default"), None);
        assert!(rank("ALSA", "plughw:CARD=1,DEV=0", "HDA Intel, ALC Analog").is_some());
    }
}
