//! `halation listen`: the sound check. The analysis of an input, in the terminal or as JSON lines.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::answer;
use crate::audio::{self, Channels, Choice, Features, Input, ListenSettings, Listener, Notice, Watcher};
use crate::param::{AUDIO_GAIN, TEMPO_NEAR};
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// How much sound a file gives at a time; decisions of one step share their `known` time.
const FILE_STEP_S: f64 = 0.002;
/// How often an input is looked at, and the meters are drawn.
const LIVE_STEP: Duration = Duration::from_millis(3);
const METERS_S: f64 = 0.1;

#[derive(clap::Args)]
pub struct Args {
    /// A sound file, synth:NAME, or an input as in `play --audio`.
    #[arg(default_value = "auto")]
    input: String,
    /// One JSON line for each beat and other news, and a summary.
    #[arg(long)]
    json: bool,
    /// Gain before everything that listens, in dB.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true, value_parser = gain_db)]
    gain: f32,
    /// The tempo to expect in bpm, where the music leaves its octave open; 0 expects nothing.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = near_bpm)]
    near: f32,
    /// Which channels are heard, counted from 1: 3,4 or 3.
    #[arg(long, default_value = "1,2")]
    audio_channels: Channels,
    /// Stop after so many seconds.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", value_parser = super::seconds)]
    duration: Option<f64>,
}

fn gain_db(text: &str) -> Result<f32, String> {
    let (least, most) = AUDIO_GAIN.row().range();
    match text.parse() {
        Ok(db) if (least..=most).contains(&db) => Ok(db),
        _ => Err(format!("write a gain from {least} to {most} dB")),
    }
}

fn near_bpm(text: &str) -> Result<f32, String> {
    let (least, most) = TEMPO_NEAR.row().range();
    match text.parse() {
        Ok(bpm) if (least..=most).contains(&bpm) => Ok(bpm),
        _ => Err(format!("write a tempo from 1 to {most} bpm, or 0 to expect none")),
    }
}

/// Listens to the end of a file, or to an input until Ctrl-C.
///
/// # Errors
/// When the input cannot be had.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let choice = match args.input.parse()? {
        Choice::Named(name) if is_file(&name) => Choice::File(name.into()),
        other => other,
    };
    let Some(input) = audio::open(&choice, args.audio_channels)? else {
        anyhow::bail!("there is no audio input here; name a sound file, or try halation listen synth:house124");
    };
    let length_s = input.length_s();
    let mut printer = FeaturePrinter::new(input, args);
    let end_s = [length_s, args.duration].into_iter().flatten().fold(f64::INFINITY, f64::min);
    match length_s {
        Some(_) => printer.hear_all(end_s),
        None => printer.hear_live(end_s)?,
    }
    printer.finish();
    Ok(())
}

/// Whether `input` names a file or a folder, even one that is not there: a device's name does not end like one.
fn is_file(input: &str) -> bool {
    let ending = Path::new(input).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let known = ["wav", "flac", "mp3", "ogg", "aif", "aiff", "m4a", "mp4", "aac", "opus"];
    Path::new(input).exists() || known.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

struct FeaturePrinter {
    listener: Listener,
    watcher: Watcher,
    settings: ListenSettings,
    json: bool,
    /// Whether a person watches the meters.
    meters: bool,
    drawn_s: f64,
    heard: Features,
    began: Instant,
}

impl FeaturePrinter {
    fn new(input: Input, args: &Args) -> Self {
        tracing::info!("listening to {}", input.description());
        Self {
            listener: Listener::new(Some(input)),
            watcher: Watcher::default(),
            settings: ListenSettings { gain_db: args.gain, near_bpm: args.near },
            json: args.json,
            meters: !args.json && std::io::stdout().is_terminal(),
            drawn_s: 0.0,
            heard: Features::default(),
            began: Instant::now(),
        }
    }

    fn hear_all(&mut self, end_s: f64) {
        let steps = (end_s / FILE_STEP_S).ceil() as u64;
        for k in 0..=steps {
            self.step((k as f64 * FILE_STEP_S).min(end_s));
        }
    }

    fn hear_live(&mut self, end_s: f64) -> anyhow::Result<()> {
        let stop = Stop::default();
        let leave = stop.clone();
        rt::on_signal(move || leave.set())?;
        while !stop.is_set() && self.heard.time_s < end_s {
            self.step(self.began.elapsed().as_secs_f64());
            std::thread::sleep(LIVE_STEP);
        }
        Ok(())
    }

    fn step(&mut self, now_s: f64) {
        self.heard = self.listener.step(Seconds(now_s), self.settings);
        let json = self.json;
        self.watcher.step(&self.heard, &mut |notice| {
            if json {
                say(&notice);
            }
        });
        if self.meters && now_s - self.drawn_s >= METERS_S && self.listener.input().is_some_and(Input::is_device) {
            self.drawn_s = now_s;
            draw(&meters(&self.heard));
        }
    }

    fn finish(&self) {
        let summary = self.watcher.summary(&self.heard, self.began.elapsed().as_secs_f64());
        if self.json {
            say(&summary);
        } else {
            if self.meters {
                draw("");
            }
            tell(&summary);
        }
    }
}

fn say(notice: &Notice) {
    if let Ok(line) = serde_json::to_string(notice) {
        answer::say_or_leave(line);
    }
}

fn draw(line: &str) {
    let mut out = std::io::stdout();
    let _ = write!(out, "\r\x1b[2K{line}");
    let _ = out.flush();
}

fn tell(summary: &Notice) {
    if let Notice::Summary { t, bpm, beats, energy, loudness, times_realtime, clipped, dc, inverted, .. } = summary {
        let faults = [
            (*clipped, "it clips; turn it down at the mixer"),
            (*dc, "it stands off zero; try another input or cable"),
            (*inverted, "its channels cancel out; one cable is wired the wrong way round"),
        ];
        let tempo = if *beats > 0 { format!("{bpm:.1} bpm, {beats} beats") } else { "no beat".to_owned() };
        answer::say_or_leave(format!(
            "{t:.1} s: {tempo}, energy {energy:.2}, {loudness:.1} LUFS, heard at {times_realtime:.0} times its speed"
        ));
        faults.iter().filter(|(is, _)| *is).for_each(|(_, says)| answer::say_or_leave(format!("Careful: {says}.")));
    }
}

/// Level, bands, beat and energy in one line.
fn meters(heard: &Features) -> String {
    let bar = |level: f32| ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][(level * 7.99).clamp(0.0, 7.0) as usize];
    let bands: String = heard.bands.iter().map(|band| bar(band.fast)).collect();
    let beat = match heard.pulse.is_sure() {
        true => format!("{:6.1} bpm {:3.0} %", heard.pulse.bpm(), 100.0 * heard.pulse.confidence),
        false => "no beat yet     ".to_owned(),
    };
    let flags = [(heard.silent, "silent"), (heard.clip, "CLIP"), (heard.dc, "DC"), (heard.inverted, "INVERTED CABLE")];
    let flags: Vec<&str> = flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
    format!(
        "{:6.1} dB peak {:6.1} | {:6.1} LUFS | {bands} | {beat} | {:7} energy {:.2} {}",
        heard.level_dbfs,
        heard.peak_dbfs,
        heard.loudness.momentary_lufs,
        heard.passage.section.name(),
        heard.energy,
        flags.join(" ")
    )
}
