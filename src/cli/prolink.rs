//! `halation prolink`: what the DJ's network says, and captures of it played again.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::answer;
use crate::rt::{self, Stop};
use crate::tempo::Track;
use crate::tempo::prolink::{self, DeckListener, News, NowFn, PacketLine, Ports, Tell};
use crate::units::Seconds;

/// Longest time to watch, in seconds (115 days), and the time without `--duration`.
const MOST_S: f64 = 1e7;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Listen, say nothing, and print what is heard.
    Watch {
        /// Say that we are there, so that players tell what they play. Not beside a running show: it would miss it.
        #[arg(long)]
        announce: bool,
        /// One JSON line for each packet.
        #[arg(long)]
        json: bool,
        /// Stop after so many seconds.
        #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", value_parser = super::seconds)]
        duration: Option<f64>,
    },
    /// List the tracks of a rekordbox stick, or a copy of it, and the beats at which their phrases begin.
    Tracks {
        stick: PathBuf,
        /// One JSON line for each track.
        #[arg(long)]
        json: bool,
    },
    /// Play a capture (pcap or pcapng) onto this machine in real time, for rehearsal.
    Replay {
        file: PathBuf,
        /// How much faster than it was.
        #[arg(long, default_value_t = 1.0)]
        speed: f64,
    },
}

/// Watches or replays.
///
/// # Errors
/// When a port is taken or the capture cannot be read.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let stop = Stop::default();
    let leave = stop.clone();
    rt::on_signal(move || leave.set())?;
    match &args.command {
        Command::Watch { announce, json, duration } => watch(*announce, *json, *duration, &stop),
        Command::Replay { file, speed } => replay(file, *speed, &stop),
        Command::Tracks { stick, json } => tracks(stick, *json),
    }
}

fn watch(announce: bool, json: bool, duration: Option<f64>, stop: &Stop) -> anyhow::Result<()> {
    let began = Instant::now();
    let clock: NowFn = Arc::new(move || Seconds(began.elapsed().as_secs_f64()));
    let leave = stop.clone();
    let tell: Tell = Arc::new(move |news: &News| {
        let line = PacketLine::of(news);
        let text = if json { serde_json::to_string(&line).unwrap_or_default() } else { line.to_string() };
        // The reader of standard output has left: stop.
        if writeln!(std::io::stdout(), "{text}").is_err() {
            leave.set();
        }
    });
    let listener = DeckListener::open(Ports::default(), &clock, &tell, stop)?;
    let announcer = announce.then(|| prolink::announce(&listener, clock.clone(), stop.clone())).transpose()?;
    tracing::info!(
        "listening to Pro DJ Link; {}",
        if announce { "only keep-alives are sent" } else { "nothing is sent" }
    );
    stop.pause(Duration::from_secs_f64(duration.unwrap_or(MOST_S).min(MOST_S)));
    stop.set();
    if let Some(announcer) = announcer {
        Stop::join(announcer, Duration::from_secs(2));
    }
    let devices = listener.network().devices().len();
    tracing::info!("{devices} devices were there at the end");
    listener.join(Duration::from_secs(2));
    Ok(())
}

fn tracks(stick: &Path, json: bool) -> anyhow::Result<()> {
    let export = prolink::export::read(stick)?;
    let mut tracks: Vec<_> = export.collection.0.into_iter().collect();
    tracks.sort_by_key(|(id, _)| *id);
    for (id, track) in &tracks {
        let Track { title, bpm, phrases, end_beat } = track;
        if json {
            let phrases: Vec<_> = phrases
                .iter()
                .map(|p| serde_json::json!({ "beat": p.beat, "kind": p.kind.name(), "fill_beat": p.fill_beat }))
                .collect();
            let line = serde_json::json!({ "track_id": id, "title": title, "bpm": bpm, "end_beat": end_beat, "phrases": phrases });
            answer::say(line)?;
        } else {
            let form: Vec<String> = phrases.iter().map(|p| format!("{} {}", p.beat, p.kind.name())).collect();
            let bpm = bpm.map_or_else(|| "no tempo".into(), |bpm| format!("{bpm:.1} bpm"));
            let form = if form.is_empty() { "no phrases".into() } else { form.join(", ") };
            answer::say(format!("{id:5}  {title}  {bpm}  {form}"))?;
        }
    }
    let without = export.without_phrases;
    tracing::info!("{}: {} tracks, {without} of them without phrases", stick.display(), tracks.len());
    Ok(())
}

fn replay(file: &PathBuf, speed: f64, stop: &Stop) -> anyhow::Result<()> {
    let shown = file.display();
    anyhow::ensure!(speed > 0.0 && speed.is_finite(), "--speed is {speed}; it must be above 0, such as 1 or 10");
    let bytes = std::fs::read(file).with_context(|| format!("{shown}: the capture cannot be read"))?;
    let capture = prolink::capture::read(&bytes).with_context(|| format!("{shown}: the capture cannot be used"))?;
    let ports = Ports { ip: Ipv4Addr::LOCALHOST, ..Ports::default() };
    let length_s = capture.last().map_or(0.0, |last| last.t_s);
    tracing::info!("{shown}: {length_s:.0} s, played onto this machine");
    let sent = prolink::replay(&capture, ports, speed, stop)?;
    anyhow::ensure!(
        sent > 0 || stop.is_set(),
        "{shown}: there is no Pro DJ Link in it; capture UDP ports 50000 to 50002"
    );
    answer::say(format!("{shown}: {sent} datagrams of Pro DJ Link sent to 127.0.0.1"))
}
