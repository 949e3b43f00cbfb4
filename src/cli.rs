//! The command line: one file per subcommand. Parses, runs, and turns errors into one sentence and exit code 2.

mod answer;
mod check;
mod devices;
mod dream;
mod gallery;
mod import;
mod learn;
mod listen;
mod midi;
mod pack;
mod params;
mod picture_file;
mod play;
mod prolink;
mod schedule;
mod soundcheck;
mod stills;
mod text_painter;
mod touchosc;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};

use crate::rt::terminal;

/// Longest wait at the end for the terminal to print its last lines.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A live instrument for club visuals: Stable Diffusion played from MIDI, OSC and sound.
#[derive(Parser)]
#[command(name = "halation", version, about, propagate_version = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a show.
    Play(Box<play::Args>),
    /// Make one picture: txt2img, or img2img with --init.
    Dream(Box<dream::Args>),
    /// Every slot of a show on one page.
    Gallery(gallery::Args),
    /// Make the stills that lie in a model's folder: pads then have their pictures from the start.
    Stills(stills::Args),
    /// Check a show file and list every mistake in it.
    Check(check::Args),
    /// Sound check: what the ears make of a file or an input.
    Listen(listen::Args),
    /// A minute before the doors open: screen, sound, controllers and the show itself, go or no-go.
    Soundcheck(soundcheck::Args),
    /// Write a layout for TouchOSC, with every parameter.
    Touchosc(touchosc::Args),
    /// Put a show and all that it needs into one folder, for a USB stick.
    Pack(pack::Args),
    /// Pro DJ Link: watch the DJ's network, or replay a capture of it.
    Prolink(prolink::Args),
    /// Make a show of another program's settings: Deforum's.
    Import(import::Args),
    /// Print what the schedules of Deforum's settings give, frame by frame.
    Schedule(schedule::Args),
    /// List every parameter that can be played.
    Params(params::Args),
    /// List the MIDI ports and audio inputs found.
    Devices,
    /// Print every MIDI message that arrives, and what it plays.
    Midi(midi::Args),
    /// Teach a parameter the knob, fader, button or pad that plays it.
    Learn(learn::Args),
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(n) if n > 0.0 && f64::is_finite(n) => Ok(n),
        _ => Err("write a number of seconds greater than 0".into()),
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    share_the_machine();
    let line = Line::parse();
    terminal::open();
    init_log();
    say_panics_in_one_line();
    let done = match line.command {
        Command::Play(args) => play::run(*args),
        Command::Dream(args) => dream::run(*args),
        Command::Gallery(args) => gallery::run(&args),
        Command::Stills(args) => stills::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Listen(args) => listen::run(&args),
        Command::Soundcheck(args) => soundcheck::run(&args),
        Command::Touchosc(args) => touchosc::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Prolink(args) => prolink::run(&args),
        Command::Import(args) => import::run(args),
        Command::Schedule(args) => schedule::run(&args),
        Command::Params(args) => params::run(&args),
        Command::Devices => devices::run(),
        Command::Midi(args) => midi::run(&args),
        Command::Learn(args) => learn::run(&args),
    };
    let code = done.map_or_else(|error| ended_by(&error), |()| 0);
    terminal::flush(LAST_WORDS);
    ExitCode::from(code as u8)
}

/// Prints why a command failed and returns its exit code: 2, or 0 when only the reader of standard output has left.
fn ended_by(error: &anyhow::Error) -> i32 {
    if answer::is_gone(error) {
        return 0;
    }
    say_error(error);
    terminal::flush(LAST_WORDS);
    2
}

/// Shares the cores between generator and wall: libraries that start threads of their own read these variables. The
/// generator, at low priority, gets all but one. A software driver draws with two threads at least: one that must wait
/// for a core then delays half of a frame.
fn share_the_machine() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let ours =
        [("RAYON_NUM_THREADS", cores.saturating_sub(1).max(1)), ("LP_NUM_THREADS", (cores / 2).max(2).min(cores))];
    for (name, count) in ours {
        if std::env::var_os(name).is_none() {
            // SAFETY: the process has only this thread yet.
            unsafe { std::env::set_var(name, count.to_string()) };
        }
    }
    // Vulkan drivers complain on every start when there is no runtime folder, though they do not need one here.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: as above.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", std::env::temp_dir()) };
    }
}

/// One sentence on standard error; causes that the sentence does not already contain follow a colon.
fn say_error(e: &anyhow::Error) {
    let mut text = e.to_string();
    for cause in e.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    // A list of mistakes starts each line with file:line, so that editors can jump there.
    terminal::say(match text.contains('\n') {
        true => format!("{text}\nhalation: {} mistakes", text.lines().count()),
        false => format!("halation: {text}"),
    });
}

/// A panic that the show survives is logged as one line, at most once a second for each place in the code. The
/// backtrace comes only with `HALATION_LOG=debug`: looking its names up takes seconds and 80 MiB.
fn say_panics_in_one_line() {
    let said = Mutex::new(HashMap::<String, Instant>::new());
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        if !is_new(&said, place) {
            return;
        }
        let thread = std::thread::current();
        tracing::error!("thread {}: {}", thread.name().unwrap_or("?"), panic.to_string().replace('\n', " "));
        if tracing::enabled!(tracing::Level::DEBUG) {
            tracing::debug!("{}", std::backtrace::Backtrace::force_capture());
        }
    }));
}

/// Whether nothing was said about `place` in the last second.
fn is_new(said: &Mutex<HashMap<String, Instant>>, place: String) -> bool {
    // A panic while panicking: say it rather than wait.
    let Ok(mut said) = said.try_lock() else { return true };
    let now = Instant::now();
    let new = said.get(&place).is_none_or(|last| now.duration_since(*last) >= Duration::from_secs(1));
    if new {
        said.insert(place, now);
    }
    new
}

/// The log filter unless `HALATION_LOG` sets another. Two libraries are silenced because they log normal events as
/// errors: a file that is tried in several formats, and a PulseAudio connection that we close. Real failures are logged
/// by this crate.
const USUAL_LOG: &str = "error,symphonia=off,pulseaudio=off,halation=info";

/// Log lines go to the terminal; `HALATION_LOG` sets the filter.
fn init_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("HALATION_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(terminal::log_line)
        .with_ansi(terminal::is_terminal())
        .without_time()
        .with_target(false)
        .init();
}
