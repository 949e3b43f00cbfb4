//! The ears on real sound servers without a sound card: JACK with its dummy driver, PulseAudio with a null sink.
//!
//! Each test runs in a child process of its own.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use halation::audio::{Channels, Choice, Features, Input, ListenSettings, Listener, open};
use halation::units::Seconds;

use crate::alone::{self, Running, in_child, installed};

const PATIENCE: Duration = Duration::from_secs(40);

/// Something that runs until it is dropped.
type Kept = Box<dyn std::any::Any>;

/// Opens `choice`, waiting for its server to come up.
fn open_when_up(choice: &Choice) -> Listener {
    let start = Instant::now();
    loop {
        match open(choice, Channels::default()) {
            Ok(Some(input)) => {
                println!("chose {}", input.description());
                return Listener::new(Some(input));
            }
            other => assert!(start.elapsed() < PATIENCE, "{choice:?}: {:?}", other.err()),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Steps the listener in real time until it hears what is wanted.
fn listen(listener: &mut Listener, epoch: Instant, what: &str, mut wanted: impl FnMut(&Listener, &Features) -> bool) {
    let start = Instant::now();
    loop {
        let heard = listener.step(Seconds(epoch.elapsed().as_secs_f64()), ListenSettings::default());
        if wanted(listener, &heard) {
            println!("{what} after {:.2} s: {:?}", start.elapsed().as_secs_f64(), listener.counters());
            return;
        }
        assert!(start.elapsed() < PATIENCE, "no {what}: {heard:?} {:?}", listener.counters());
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// A tone of amplitude 0.5, as an RMS level.
fn is_the_tone(heard: &Features) -> bool {
    (heard.level_dbfs + 9.03).abs() < 1.0 && !heard.silent && heard.mid > 0.5
}

fn is_nothing(heard: &Features) -> bool {
    heard.silent && heard.energy < 0.01 && heard.low + heard.mid + heard.high + heard.kick < 0.01
}

/// The story both servers tell: heard, killed, silent, restarted, heard again.
fn lose_and_find(choice: &Choice, start: impl Fn() -> Vec<Kept>) {
    let epoch = Instant::now();
    let server = start();
    let mut listener = open_when_up(choice);
    listen(&mut listener, epoch, "tone", |_, heard| is_the_tone(heard));
    assert_eq!(listener.counters().lost, 0);
    drop(server);
    listen(&mut listener, epoch, "loss", |ears, _| ears.counters().lost == 1);
    assert!(listener.input().expect("still there").is_lost());
    listen(&mut listener, epoch, "silence", |_, heard| is_nothing(heard));
    let _server = start();
    listen(&mut listener, epoch, "return", |ears, heard| ears.counters().returned == 1 && is_the_tone(heard));
    assert!(!listener.input().expect("still there").is_lost());
}

#[test]
fn pulseaudio_is_heard_lost_and_found() {
    if installed("pulseaudio") && installed("pacat") {
        in_child("audio_servers::pulseaudio_child");
    }
}

/// Whether a player reaches the PulseAudio server within some seconds: one that was started too early leaves, sooner or later.
fn plays_soon() -> bool {
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(3) {
        std::thread::sleep(Duration::from_millis(100));
        let players = Command::new("pactl").args(["list", "short", "sink-inputs"]).stderr(Stdio::null()).output();
        if players.is_ok_and(|told| !told.stdout.is_empty()) {
            return true;
        }
    }
    false
}

#[test]
#[ignore = "run in a child process by pulseaudio_is_heard_lost_and_found"]
fn pulseaudio_child() {
    let Some(folder) = alone::folder() else { return };
    let tone = folder.join("tone.raw");
    let samples = (0..48_000 * 90).map(|n| 0.5 * (std::f32::consts::TAU * 440.0 * (n % 1200) as f32 / 48_000.0).sin());
    std::fs::write(&tone, samples.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()).expect("a file for the tone");
    let start = || -> Vec<Kept> {
        let sink = "module-null-sink sink_name=club";
        let unix = "module-native-protocol-unix";
        let args = ["-n", "--exit-idle-time=-1", "-L", unix, "-L", sink, "--daemonize=no"];
        let server = Running::start("pulseaudio", &args);
        let begun = Instant::now();
        loop {
            let file = std::fs::File::open(&tone).expect("the tone");
            let player = Command::new("pacat")
                .args(["--playback", "--raw", "--format=float32le", "--rate=48000", "--channels=1", "--device=club"])
                .stdin(file)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("pacat starts");
            let player = Running(player);
            if plays_soon() {
                return vec![Box::new(player), Box::new(server)];
            }
            assert!(begun.elapsed() < PATIENCE, "the PulseAudio server does not come up");
        }
    };
    // `auto` finds the sink's monitor by itself: there is no JACK server of that name.
    lose_and_find(&Choice::Auto, start);
    // A connection that we close ourselves is no error.
    let _server = start();
    let out = crate::support::run_well(&["devices"]);
    let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(told.contains("club.monitor") && said.is_empty(), "{told}{said}");
}

/// What is played aloud comes out of the speakers: here of the monitor of a null sink.
#[test]
fn a_track_played_aloud_is_heard() {
    if installed("pulseaudio") {
        in_child("audio_servers::aloud_child");
    }
}

#[test]
#[ignore = "run in a child process by a_track_played_aloud_is_heard"]
fn aloud_child() {
    if alone::folder().is_none() {
        return;
    }
    let modules = ["-L", "module-native-protocol-unix", "-L", "module-null-sink sink_name=club"];
    let args = [&["-n", "--exit-idle-time=-1", "--daemonize=no"][..], &modules].concat();
    let _server = Running::start("pulseaudio", &args);
    let mut room = open_when_up(&Choice::Auto);
    let mut track = Input::synth("house126").expect("it is in the crate");
    println!("heard on {}", track.play_aloud().expect("speakers"));
    let mut played = Listener::new(Some(track));
    let epoch = Instant::now();
    let now = || Seconds(epoch.elapsed().as_secs_f64());
    listen(&mut room, epoch, "the track", |_, heard| {
        let there = played.step(now(), ListenSettings::default());
        !heard.silent && heard.low > 0.3 && (heard.level_dbfs - there.level_dbfs).abs() < 3.0
    });
}

#[cfg(feature = "jack")]
mod with_jack {
    use std::sync::{Arc, Mutex};

    use super::*;
    use halation::audio::TempoFeed;
    use halation::audio::club::{Clip, SAMPLE_RATE_HZ};
    use halation::tempo::{ClockSource, Tempo};
    use halation::units::Bpm;
    use jack::{AudioOut, Client, ClientOptions, Control, ProcessScope};

    #[test]
    fn jack_is_heard_lost_and_found() {
        if installed("jackd") {
            in_child("audio_servers::with_jack::jack_child");
        }
    }

    fn play_tone() -> Kept {
        let client = client_when_up();
        let mut port = client.register_port("out", AudioOut::default()).expect("a port");
        let mut n = 0u32;
        let process = move |_: &Client, scope: &ProcessScope| {
            for sample in port.as_mut_slice(scope) {
                *sample = 0.5 * (std::f32::consts::TAU * 440.0 * n as f32 / 48_000.0).sin();
                n = (n + 1) % 1200;
            }
            Control::Continue
        };
        let active = client.activate_async((), jack::contrib::ClosureProcessHandler::new(process)).expect("active");
        Box::new(active)
    }

    /// A server that hangs instead of dying says nothing: only the missing callbacks tell.
    #[test]
    fn a_hanging_jack_server_counts_as_lost() {
        if installed("jackd") {
            in_child("audio_servers::with_jack::hanging_jack_child");
        }
    }

    #[test]
    #[ignore = "run in a child process by a_hanging_jack_server_counts_as_lost"]
    fn hanging_jack_child() {
        if alone::folder().is_none() {
            return;
        }
        let server = Running::jackd(48_000, &[]);
        let epoch = Instant::now();
        let mut listener = open_when_up(&Choice::Jack(None));
        listen(&mut listener, epoch, "callbacks", |ears, _| ears.counters().callbacks > 20);
        server.hang();
        listen(&mut listener, epoch, "loss", |ears, _| ears.counters().lost == 1);
        drop(server);
        let _server = Running::jackd(48_000, &[]);
        listen(&mut listener, epoch, "return", |ears, _| ears.counters().returned == 1);
    }

    /// A server that hangs from the start keeps nobody waiting: not who asks for devices, not the show.
    #[test]
    fn a_hanging_jack_server_is_not_waited_for() {
        if installed("jackd") {
            in_child("audio_servers::with_jack::hung_jack_child");
        }
    }

    #[test]
    #[ignore = "run in a child process by a_hanging_jack_server_is_not_waited_for"]
    fn hung_jack_child() {
        if alone::folder().is_none() {
            return;
        }
        let server = Running::jackd(48_000, &[]);
        drop(client_when_up());
        server.hang();
        let began = Instant::now();
        for args in [&["devices"][..], &["play", "--headless", "--size", "64x36", "--duration", "1"]] {
            let out = crate::support::run_well(args);
            let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
            assert!(said.contains("JACK does not answer"), "{args:?} said {told}{said}");
        }
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    }

    /// A club track through a real server and the whole chain behind it: the clock's beats are where the kicks sound.
    #[test]
    fn beats_through_jack_are_where_they_sound() {
        if installed("jackd") {
            in_child("audio_servers::with_jack::beats_child");
        }
    }

    #[test]
    #[ignore = "run in a child process by beats_through_jack_are_where_they_sound"]
    fn beats_child() {
        if alone::folder().is_none() {
            return;
        }
        jack::set_logger(jack::LoggerType::None);
        let _server = Running::jackd(SAMPLE_RATE_HZ, &[]);
        let sounded = Arc::<Mutex<Vec<Instant>>>::default();
        let (samples, truth) = Clip::find("house124").expect("it is in the crate").render();
        let player = play_track(samples, truth.beats, sounded.clone());
        let mut listener = open_when_up(&Choice::Jack(Some("tone".into())));
        let epoch = Instant::now();
        let (mut feed, mut tempo, mut errors_s) = (TempoFeed::default(), Tempo::new(Bpm(100.0)), Vec::new());
        while errors_s.len() < 24 {
            let elapsed_s = epoch.elapsed().as_secs_f64();
            let now = Seconds(elapsed_s);
            let heard = listener.step(now, ListenSettings::default());
            feed.step(now, &heard, &mut tempo);
            let clock = tempo.step(now);
            for at in sounded.lock().expect("lock").extract_if(.., |at| *at <= Instant::now()) {
                let beat = clock.at(Seconds(at.saturating_duration_since(epoch).as_secs_f64()));
                if beat.source == ClockSource::Audio && elapsed_s > 10.0 {
                    errors_s.push((beat.beats - beat.beats.round()) / beat.bpm.beats_per_second());
                }
            }
            assert!(elapsed_s < PATIENCE.as_secs_f64(), "{} beats heard: {heard:?}", errors_s.len());
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(player);
        errors_s.sort_by(f64::total_cmp);
        let median_ms = errors_s[errors_s.len() / 2] * 1000.0;
        println!("clock minus sound, 24 beats: median {median_ms:.1} ms, {errors_s:.3?}");
        assert!(median_ms.abs() <= 40.0, "{errors_s:?}");
    }

    /// Plays `samples`; each of `beats_s` goes to `sounded` when the server takes it.
    fn play_track(samples: Vec<f32>, beats_s: Vec<f64>, sounded: Arc<Mutex<Vec<Instant>>>) -> Kept {
        let client = client_when_up();
        let rate = client.sample_rate() as f64;
        let mut port = client.register_port("out", AudioOut::default()).expect("a port");
        let (mut n, mut next) = (0, 0);
        let process = move |_: &Client, scope: &ProcessScope| {
            let (out, now) = (port.as_mut_slice(scope), Instant::now());
            let end = n + out.len();
            for (k, sample) in out.iter_mut().enumerate() {
                *sample = samples.get(n + k).copied().unwrap_or(0.0);
            }
            while let Some(at) = beats_s.get(next).map(|s| s * rate).filter(|at| *at < end as f64) {
                let within = Duration::from_secs_f64((at - n as f64).max(0.0) / rate);
                sounded.lock().expect("lock").push(now + within);
                next += 1;
            }
            n = end;
            Control::Continue
        };
        let active = client.activate_async((), jack::contrib::ClosureProcessHandler::new(process)).expect("active");
        Box::new(active)
    }

    /// Patchbays show us by our name, a second one of us with a number, and each is connected as it was asked.
    #[test]
    fn jack_clients_are_called_halation() {
        if installed("jackd") && installed("jack_lsp") {
            in_child("audio_servers::with_jack::names_child");
        }
    }

    #[test]
    #[ignore = "run in a child process by jack_clients_are_called_halation"]
    fn names_child() {
        if alone::folder().is_none() {
            return;
        }
        jack::set_logger(jack::LoggerType::None);
        let _server = Running::jackd(48_000, &[]);
        let _tone = play_tone();
        let _first = open_when_up(&Choice::Jack(None));
        let _second = open_when_up(&Choice::Jack(Some("tone".into())));
        let server = std::env::var("JACK_DEFAULT_SERVER").expect("set by the parent");
        let out = Command::new("jack_lsp").args(["-s", &server, "-c"]).output().expect("jack_lsp runs");
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        println!("{told}");
        assert!(!told.contains("cpal"), "{told}");
        let wanted = [
            "Halation_in:in_0\n   system:capture_1\n",
            "Halation_2_in:in_0\n   tone:out\n",
            "Halation_2_in:in_1\n   tone:out\n",
        ];
        assert!(wanted.iter().all(|lines| told.contains(lines)), "{told}");
    }

    fn client_when_up() -> Client {
        let begun = Instant::now();
        loop {
            match Client::new("tone", ClientOptions::NO_START_SERVER) {
                Ok((client, _)) => return client,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "the JACK server does not come up: {error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    #[test]
    #[ignore = "run in a child process by jack_is_heard_lost_and_found"]
    fn jack_child() {
        if alone::folder().is_none() {
            return;
        }
        jack::set_logger(jack::LoggerType::None);
        let start = || -> Vec<Kept> {
            let server = Running::jackd(48_000, &[]);
            // Dropped in this order: the server dies first, with its clients still connected.
            let tone = play_tone();
            vec![Box::new(server), tone]
        };
        lose_and_find(&Choice::Jack(Some("tone".into())), start);
    }
}

#[test]
fn without_servers_there_is_no_input() {
    in_child("audio_servers::no_servers_child");
}

#[test]
#[ignore = "run in a child process by without_servers_there_is_no_input"]
fn no_servers_child() {
    if alone::folder().is_none() {
        return;
    }
    // A machine with a real sound card has an input; then only the sentence is checked.
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    if cards.is_empty() {
        assert!(open(&Choice::Auto, Channels::default()).expect("no error").is_none());
    }
    for choice in [Choice::Named("nosuchdevice".into()), Choice::Pulse(None), Choice::Jack(None)] {
        let error = open(&choice, Channels::default()).err().expect("nothing to open").to_string();
        println!("{error}");
        assert!(!error.contains('\n') && error.len() > 20, "{error}");
    }
}
