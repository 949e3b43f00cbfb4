//! How late the light is: a film of the wall under `play --flash-beats`, with the room's sound, as a phone takes it.
//!
//! Light and sound travel the same way to the audience as in the show, so that everything between beat and eye is in the
//! figure: line-in, clock, projector, loudspeakers. ffmpeg reads the film.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use sha2::{Digest, Sha256};

use crate::cli::answer;
use crate::disk::{self, Durable};
use crate::param::{TEMPO_OFFSET, Values};
use crate::show;

/// What the film is read at: pictures, samples and steps of the comparison, a second.
const PICTURES_HZ: f64 = 120.0;
const SAMPLES_HZ: usize = 8000;
const STEPS_HZ: usize = 400;
/// Fewer flashes than this are chance.
const LEAST_FLASHES: usize = 5;
/// Furthest that light and sound are looked for apart, in seconds.
const FURTHEST_S: f64 = 0.25;
/// The sound at the best place must stand out from its mean by this factor.
const CLEAR: f64 = 2.0;

/// Measures `film` and writes `tempo.offset` into the show at `path`.
///
/// # Errors
/// When the film has no clear flashes or beats, or the show cannot be written.
pub fn set_offset(film: &Path, path: &Path) -> anyhow::Result<()> {
    let show = show::load(path)?;
    let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let values: Values = show.settings.starting_values();
    let (before, late_ms) = (values[TEMPO_OFFSET], light_is_late_s(film)? * 1000.0);
    let wanted = (before - late_ms as f32).round();
    let offset = TEMPO_OFFSET.row().clamp(wanted);
    let side = if late_ms >= 0.0 { "after" } else { "before" };
    answer::say(format!("The light comes {:.0} ms {side} the sound.", late_ms.abs()))?;
    let mark = mark(film)?;
    ensure!(
        !text.contains(&mark),
        "{}: this film is in tempo.offset already, which is {before} ms; make a new one to measure what is left",
        film.display()
    );
    if offset != wanted {
        answer::say(format!(
            "That is more than tempo.offset can make good: {:.0} ms are left.",
            (wanted - offset).abs()
        ))?;
    }
    if (offset - before).abs() < 1.0 {
        return answer::say(format!("tempo.offset stays at {before} ms."));
    }
    let edited = with_offset(&text, offset, &mark);
    let holds = |show: &show::Show| show.settings.starting_values()[TEMPO_OFFSET] == offset;
    ensure!(
        show::parse(&edited, path).is_ok_and(|show| holds(&show)),
        "{}: its [params] are written in another way than is understood here; write \"tempo.offset\" = {offset:.1} into them",
        path.display()
    );
    disk::write(path, Durable::Now, |file| file.write_all(edited.as_bytes())).with_context(|| {
        format!("{}: cannot be written; write \"tempo.offset\" = {offset} into [params]", path.display())
    })?;
    answer::say(format!(
        "tempo.offset was {before} ms and is {offset} ms now, in {}; a show that plays follows.",
        path.display()
    ))
}

/// What tells in the show that this film was measured.
fn mark(film: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(film).with_context(|| format!("{}: cannot be read", film.display()))?;
    let digest = Sha256::digest(bytes);
    Ok(format!("# by a film, {:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]))
}

/// The show's text with this offset in its `[params]`, and `mark` behind it.
fn with_offset(text: &str, offset: f32, mark: &str) -> String {
    let line = format!("\"tempo.offset\" = {offset:.1} {mark}");
    let is_offset = |l: &str| {
        let key = l.split('=').next().unwrap_or_default().trim();
        l.contains('=') && ["\"tempo.offset\"", "tempo.offset", "'tempo.offset'"].contains(&key)
    };
    let (mut lines, mut here, mut done): (Vec<&str>, bool, bool) = (Vec::new(), false, false);
    for l in text.lines() {
        if l.trim_start().starts_with('[') {
            here = l.trim() == "[params]";
        }
        if here && is_offset(l) {
            lines.push(&line);
            done = true;
        } else {
            lines.push(l);
        }
    }
    let params = lines.iter().position(|l| l.trim() == "[params]");
    match params {
        _ if done => {}
        Some(at) => lines.insert(at + 1, &line),
        None => lines.extend(["", "[params]", &line]),
    }
    lines.join("\n") + "\n"
}

/// Seconds by which the flashes in `film` come after the beats in its sound.
fn light_is_late_s(film: &Path) -> anyhow::Result<f64> {
    let name = film.display();
    ensure!(film.is_file(), "{name}: that is no file; name the film that a phone made of the wall");
    let no_film = || format!("{name}: ffmpeg finds no pictures in it; name the film that a phone made of the wall");
    let flashes = flashes(&light(film).with_context(no_film)?);
    ensure!(
        flashes.len() >= LEAST_FLASHES,
        "{name}: {} flashes are seen in it, and {LEAST_FLASHES} are needed; film the wall for ten seconds while play --flash-beats runs",
        flashes.len()
    );
    let strokes = sound(film).map(|samples| strokes(&samples)).unwrap_or_default();
    ensure!(!strokes.is_empty(), "{name}: it has no sound; film with sound, near the loudspeakers");
    let (late_s, clear) = best_lag(&flashes, &strokes);
    ensure!(
        clear >= CLEAR,
        "{name}: the beats are not clear in its sound; stand nearer to the loudspeakers, and play something with a straight kick"
    );
    Ok(late_s)
}

/// The mean light of each picture, 0 to 255, at [`PICTURES_HZ`].
fn light(film: &Path) -> anyhow::Result<Vec<f64>> {
    let filter = format!("fps={PICTURES_HZ}:start_time=0,scale=16:9:flags=area,format=gray");
    let raw = ffmpeg(film, &["-map", "0:v:0", "-vf", &filter, "-f", "rawvideo"])?;
    let mean = |picture: &[u8]| picture.iter().map(|p| f64::from(*p)).sum::<f64>() / picture.len() as f64;
    Ok(raw.chunks_exact(16 * 9).map(mean).collect())
}

/// The sound, mono at [`SAMPLES_HZ`], from the film's beginning.
fn sound(film: &Path) -> anyhow::Result<Vec<f32>> {
    let (filter, rate) = ("aresample=async=1:first_pts=0", SAMPLES_HZ.to_string());
    let raw = ffmpeg(film, &["-map", "0:a:0", "-af", filter, "-ac", "1", "-ar", &rate, "-f", "f32le"])?;
    Ok(raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// What ffmpeg makes of the film, raw.
fn ffmpeg(film: &Path, how: &[&str]) -> anyhow::Result<Vec<u8>> {
    let run = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i"])
        .arg(film)
        .args(how)
        .arg("-")
        .stdin(Stdio::null())
        .output()
        .context("films are read with ffmpeg: install the package of that name")?;
    tracing::debug!("ffmpeg: {}", String::from_utf8_lossy(&run.stderr));
    ensure!(run.status.success(), "{}: ffmpeg cannot read it", film.display());
    Ok(run.stdout)
}

/// When it gets bright, in seconds: where the mean light passes the middle between its dark and its bright tenth upwards.
fn flashes(means: &[f64]) -> Vec<f64> {
    let mut sorted = means.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
    let (dark, bright) = (sorted[last / 10], sorted[last - last / 50]);
    let middle = (dark + bright) / 2.0;
    // A wall that hardly changes does not flash.
    if bright - dark < 8.0 {
        return Vec::new();
    }
    let crossing = |(k, pair): (usize, &[f64])| {
        let [a, b] = [pair[0], pair[1]];
        (a < middle && b >= middle).then(|| (k as f64 + (middle - a) / (b - a)) / PICTURES_HZ)
    };
    means.windows(2).enumerate().filter_map(crossing).collect()
}

/// How much louder it gets, step by step.
fn strokes(samples: &[f32]) -> Vec<f64> {
    let power = |step: &[f32]| step.iter().map(|x| f64::from(x * x)).sum::<f64>() / step.len() as f64;
    let levels: Vec<f64> = samples.chunks_exact(SAMPLES_HZ / STEPS_HZ).map(power).collect();
    // Over 20 ms, so that the waves of a low note are no strokes.
    let smooth = |k: usize| levels[k.saturating_sub(7)..=k].iter().sum::<f64>() / 8.0;
    let loud: Vec<f64> = (0..levels.len()).map(|k| (smooth(k) + 1e-7).ln()).collect();
    loud.windows(5).map(|w| (w[4] - w[0]).max(0.0)).collect()
}

/// The delay of the light behind the sound at which most strokes meet flashes, in seconds, and how far it stands out.
fn best_lag(flashes: &[f64], strokes: &[f64]) -> (f64, f64) {
    let mut gaps: Vec<f64> = flashes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    let gap = gaps.get(gaps.len() / 2).copied().unwrap_or(1.0);
    // Flashes stand on every other beat: a quarter of their distance is half a beat.
    let furthest = (FURTHEST_S.min(gap / 4.0) * STEPS_HZ as f64) as isize;
    let at = |flash: f64, lag: isize| {
        let place = (flash * STEPS_HZ as f64).round() as isize - lag;
        usize::try_from(place).ok().and_then(|place| strokes.get(place)).copied().unwrap_or_default()
    };
    let met: Vec<f64> = (-furthest..=furthest).map(|lag| flashes.iter().map(|flash| at(*flash, lag)).sum()).collect();
    let mean = met.iter().sum::<f64>() / met.len().max(1) as f64;
    let best = (0..met.len()).max_by(|a, b| met[*a].total_cmp(&met[*b])).unwrap_or_default();
    ((best as isize - furthest) as f64 / STEPS_HZ as f64, met.get(best).copied().unwrap_or_default() / mean.max(1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_takes_its_place_in_the_show_and_everything_else_stays() {
        let fresh = with_offset("name = \"a\"\n[params]\n\"look.hue\" = 3 # mine\n[[route]]\nx = 1\n", -37.0, "#");
        assert_eq!(
            fresh,
            "name = \"a\"\n[params]\n\"tempo.offset\" = -37.0 #\n\"look.hue\" = 3 # mine\n[[route]]\nx = 1\n"
        );
        let again = with_offset(&fresh, 12.0, "#");
        assert!(again.contains("\"tempo.offset\" = 12.0") && !again.contains("-37"), "{again}");
        assert!(with_offset("name = \"a\"", 5.0, "#").ends_with("[params]\n\"tempo.offset\" = 5.0 #\n"));
    }
}
