//! `halation play`: the instrument.

use std::path::PathBuf;

use crate::app::{self, DebugFault, Options};
use crate::audio::Channels;
use crate::control::web::Passcode;
use crate::control::{LINK_PORT, Network};
use crate::rt::terminal;
use crate::telemetry::Report;
use crate::tempo::prolink::Presence;

#[derive(clap::Args)]
pub struct Args {
    /// Show files; the first one plays, the banks of the others are added. Default: mappings/shows/first-light.toml.
    #[arg(value_name = "SHOW")]
    shows: Vec<PathBuf>,
    /// The show to change over to, with show.next; given again, the one after it.
    #[arg(long, value_name = "SHOW")]
    next: Vec<PathBuf>,
    /// Folder of the model, in diffusers layout, instead of the show's.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Mapping file for every controller, instead of the one chosen by its name.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// auto, none, a file, synth:house126, jack, pulse:NAME, alsa:NAME, or part of a name.
    #[arg(long, default_value = "auto", value_name = "INPUT")]
    audio: String,
    /// Which channels of the input are heard, counted from 1: 3,4 or 3.
    #[arg(long, default_value = "1,2")]
    audio_channels: Channels,
    /// Play the file or synthetic track on this machine's speakers, too.
    #[arg(long)]
    aloud: bool,
    /// Address to listen on, `lan` for the whole network, `off` for none.
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDR")]
    osc: String,
    /// Port for phones and OSCQuery: an address, `lan` for the whole network, `off` for none. Default: 127.0.0.1:9080.
    #[arg(long, value_name = "ADDR")]
    web: Option<String>,
    /// What a phone must know to touch, instead of the six digits made up on this machine.
    #[arg(long, value_name = "WORD")]
    passcode: Option<Passcode>,
    /// Machines that may play over the network, such as 192.168.1.20 or 192.168.1.0/24, separated by commas; all unless said.
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    allow: Vec<Network>,
    /// Pro DJ Link: passive only listens, announce also says that we are there, off.
    #[arg(long)]
    prolink: Option<Presence>,
    /// The DJ's stick or a copy of it: phrases of the track that plays are then known, with --prolink announce.
    #[arg(long, value_name = "DIR")]
    rekordbox: Option<PathBuf>,
    /// Where Carabiner answers for Ableton Link, or off.
    #[arg(long, default_value_t = format!("127.0.0.1:{LINK_PORT}"))]
    link: String,
    /// No window, even where there is a display.
    #[arg(long)]
    headless: bool,
    /// A window instead of the full screen.
    #[arg(long)]
    windowed: bool,
    /// Size of the wall in pixels.
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// Frames per second.
    #[arg(long, allow_negative_numbers = true, value_name = "N", value_parser = fps)]
    fps: Option<f64>,
    /// Monitor by number or part of its name.
    #[arg(long, value_name = "WHICH")]
    monitor: Option<String>,
    /// Show a test card on the wall instead of pictures.
    #[arg(long)]
    test_card: bool,
    /// Show a white flash on every other beat instead of pictures, to be filmed for `halation soundcheck --film`.
    #[arg(long)]
    flash_beats: bool,
    /// Let every flash through. For a venue that has agreed to it and warns its guests.
    #[arg(long)]
    no_flash_limiter: bool,
    /// Write frames as PNG files into this folder.
    #[arg(long, value_name = "DIR")]
    capture: Option<PathBuf>,
    /// Write only every Nth frame.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    capture_every: u32,
    /// Film the show, sound included, with ffmpeg: a new .mkv file, or a v4l2 loopback such as /dev/video10.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write one page of small pictures of the run, from the captured frames.
    #[arg(long, value_name = "FILE", requires = "capture")]
    contact_sheet: Option<PathBuf>,
    /// Write figures of the run as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write events, parameters, features and frames as JSON lines.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Play the events of such a trace again, at their times.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Stop after this many seconds.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", value_parser = super::seconds)]
    duration: Option<f64>,
    /// Leave the first seconds out of the report's figures.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", default_value_t = 0.0, value_parser = warm_up)]
    warm_up: f64,
    /// Virtual time on one thread, without a window: the same frames every time.
    #[arg(long)]
    stepped: bool,
    /// Make trouble on purpose: generator, hang, conductor, nan or device and @SECONDS.
    #[arg(long, value_name = "KIND@S", hide = true)]
    debug_fault: Vec<DebugFault>,
}

/// Plays the show.
///
/// # Errors
/// When it cannot start; trouble while playing is counted in the report instead.
pub fn run(args: Args) -> anyhow::Result<()> {
    let report = app::play(&args.into_options())?;
    say_goodbye(&report);
    Ok(())
}

impl Args {
    fn into_options(self) -> Options {
        let shows =
            if self.shows.is_empty() { vec![PathBuf::from("mappings/shows/first-light.toml")] } else { self.shows };
        Options {
            shows,
            next: self.next,
            model: self.model,
            mapping: self.mapping,
            audio: self.audio,
            audio_channels: self.audio_channels,
            aloud: self.aloud,
            osc: self.osc,
            web: self.web,
            passcode: self.passcode,
            allow: self.allow,
            link: self.link,
            prolink: self.prolink,
            rekordbox: self.rekordbox,
            headless: self.headless || self.stepped,
            windowed: self.windowed,
            size_px: self.size,
            fps: self.fps,
            monitor: self.monitor,
            test_card: self.test_card,
            flash_beats: self.flash_beats,
            press_every_s: None,
            no_flash_limiter: self.no_flash_limiter,
            capture: self.capture,
            capture_every: self.capture_every,
            record: self.record,
            contact_sheet: self.contact_sheet,
            report: self.report,
            trace: self.trace,
            replay: self.replay,
            duration_s: self.duration,
            warm_up_s: self.warm_up,
            stepped: self.stepped,
            debug_faults: self.debug_fault,
        }
    }
}

fn say_goodbye(report: &Report) {
    let faults: u64 = report.faults.iter().map(|f| f.count).sum();
    terminal::say(format!(
        "Played {} frames and {} images ({:.1} a second), {} late, {} dropped, {} faults.",
        report.frames.presented,
        report.images.made,
        report.images.per_second,
        report.frames.late,
        report.frames.dropped,
        faults
    ));
}

pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match parsed {
        Some((w, h)) if (16..=16_384).contains(&w) && (16..=16_384).contains(&h) => Ok((w, h)),
        _ => Err("write WIDTHxHEIGHT in pixels, such as 1280x720, each from 16 to 16384".into()),
    }
}

pub(super) fn fps(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(n) if (1.0..=240.0).contains(&n) => Ok(n),
        _ => Err("frames per second go from 1 to 240".into()),
    }
}

fn warm_up(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(n) if n >= 0.0 && f64::is_finite(n) => Ok(n),
        _ => Err("write a number of seconds, 0 or more".into()),
    }
}
