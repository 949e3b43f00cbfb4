//! `halation soundcheck`: a minute before the doors open, go or no-go.
//!
//! A third of it listens to everything that may come in: the input, controllers, OSC, tempo. Then the show is rehearsed on
//! its own screen, with pads pressed, and its report is judged. With `--film` it measures a film of the wall instead, and sets
//! `tempo.offset`.

mod disk;
mod film;
mod hum;
mod inputs;
mod picture;
mod rehearsal;
mod verdict;

use std::path::PathBuf;

use super::answer;
use crate::audio::Channels;
use crate::show;
use verdict::{Findings, Verdict};

#[derive(clap::Args)]
pub struct Args {
    /// The show that will be played.
    #[arg(value_name = "SHOW", default_value = "mappings/shows/first-light.toml")]
    show: PathBuf,
    /// The input, as in `play --audio`.
    #[arg(long, default_value = "auto", value_name = "INPUT")]
    audio: String,
    /// Which channels of the input are heard, counted from 1: 3,4 or 3.
    #[arg(long, default_value = "1,2")]
    audio_channels: Channels,
    /// Address for OSC, as in `play --osc`.
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDR")]
    osc: String,
    /// Rehearse without a window, even where there is a display.
    #[arg(long)]
    headless: bool,
    /// Size of the wall in pixels, as in `play --size`.
    #[arg(long, value_name = "WxH", value_parser = super::play::size)]
    size: Option<(u32, u32)>,
    /// Frames per second, as in `play --fps`.
    #[arg(long, value_name = "N", value_parser = super::play::fps)]
    fps: Option<f64>,
    /// Monitor by number or part of its name.
    #[arg(long, value_name = "WHICH")]
    monitor: Option<String>,
    /// How long the check takes, from 6 seconds.
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", value_parser = length)]
    seconds: f64,
    /// A film of the wall under `play --flash-beats`, by a phone: measures how late the light is, and sets `tempo.offset`.
    #[arg(long, value_name = "VIDEO")]
    film: Option<PathBuf>,
}

fn length(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(n) if (6.0..=3600.0).contains(&n) => Ok(n),
        _ => Err("write a number of seconds from 6 to 3600".into()),
    }
}

/// Share of the check that listens; the rest, less what loading takes, rehearses.
const LISTENING: f64 = 0.3;
const REHEARSING: f64 = 0.5;

/// Checks, and says at the end whether to go.
///
/// # Errors
/// When there is a reason not to go, or the film cannot be measured.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(film) = &args.film {
        return film::set_offset(film, &args.show);
    }
    answer::say(format!(
        "Sound check, {:.0} s. Let the music play, move every controller, send something from every tablet.",
        args.seconds
    ))?;
    let mut findings = Findings::default();
    let show = match show::load_all(std::slice::from_ref(&args.show)) {
        Ok(show) => show,
        Err(error) => {
            findings.say("show", Verdict::No, error.to_string())?;
            return findings.conclude();
        }
    };
    let (banks, routes) = (show.banks.banks.len(), show.settings.routes.len());
    findings.say("show", Verdict::Good, format!("{}: {banks} banks, {routes} routes", show.name))?;
    disk::check(&args.show, &mut findings)?;
    picture::check(args.headless, &mut findings)?;
    let has_osc = inputs::check(args, &show, args.seconds * LISTENING, &mut findings)?;
    rehearsal::check(args, has_osc, args.seconds * REHEARSING, &mut findings)?;
    findings.conclude()
}
