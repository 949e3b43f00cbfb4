//! What the ears are worth on music that they were not built on: the second hand's kinds, drops, negatives and ambiguous
//! beginnings. Prints a table for each.
//!
//! `--only tuned|unseen|drops|negatives|ambiguous` (more than once, if wanted) hears only those; `--each` prints a line for
//! every clip; `--write DIR` writes the kinds into DIR/tuned and DIR/unseen, as `ears -- --write` does, for
//! `tests/reference/ears_rivals.py DIR`. The tracker may be tuned on the tuned kinds alone, so it is best tuned with
//! `--only tuned`, and the other half left alone.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use halation::audio::club::SAMPLE_RATE_HZ;
use halation::audio::club::hand::{Kind, TAKES, Take, ambiguous, drops, kinds, negatives};
use halation::audio::club::score::{FROM_S, cmlt, f_measure, lock_s};

// Each bench reads what it needs of what was heard.
#[allow(dead_code)]
#[path = "hearing.rs"]
mod hearing;

use hearing::{Heard, hear, mean, quantile, write_clip};

const THREADS: usize = 2;
const WINDOW_S: f64 = 0.07;
/// A drop counts if it is told so long after the true one.
const DROP_S: std::ops::RangeInclusive<f64> = -0.05..=0.15;

/// Does `work` for 0..`count` on two threads, in order.
fn all<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(n) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < count) {
                    let result = work(n);
                    if let Ok(mut done) = done.lock() {
                        done.push((n, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A take without its samples, and what was heard of it.
struct Judged {
    take: Take,
    heard: Heard,
    length_s: f64,
}

impl Judged {
    fn of(mut take: Take) -> Self {
        let heard = hear(&take.samples, &take.truth);
        let length_s = take.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        take.samples = Vec::new();
        Self { take, heard, length_s }
    }

    fn f(&self) -> f64 {
        f_measure(&self.take.truth.beats, &self.heard.beats)
    }

    fn cmlt(&self) -> f64 {
        cmlt(&self.take.truth.beats, &self.heard.beats)
    }

    /// Infinite when it never locks.
    fn lock_s(&self) -> f64 {
        lock_s(&self.take.truth.beats, &self.heard.beats, 0.0).unwrap_or(f64::INFINITY)
    }

    /// Of downbeats told as known from 5 s on: right ones, all.
    fn downbeats(&self) -> (usize, usize) {
        let ones = self.heard.told.iter().filter(|told| told.beat_in_bar == 1 && told.bar_known && told.t >= FROM_S);
        ones.fold((0, 0), |(right, all), told| (right + usize::from(near(&self.take.truth.downbeats, told.t)), all + 1))
    }

    /// Beats told from 5 s on whose place in the bar was known, and all true ones.
    fn placed(&self) -> (usize, usize) {
        let late = |t: &f64| *t >= FROM_S;
        let placed = self.heard.told.iter().filter(|told| told.bar_known && late(&told.t)).count();
        (placed, self.take.truth.beats.iter().filter(|t| late(t)).count())
    }
}

fn near(truth: &[f64], t: f64) -> bool {
    truth.iter().any(|true_t| (true_t - t).abs() <= WINDOW_S)
}

/// Right ones of all, as a share.
fn share(counts: impl IntoIterator<Item = (usize, usize)>) -> String {
    let (right, all) = counts.into_iter().fold((0, 0), |(r, a), (right, all)| (r + right, a + all));
    if all == 0 { "–".to_owned() } else { format!("{:.2}", right as f64 / all as f64) }
}

fn half(name: &str, tuned: bool, each: bool) -> Vec<Judged> {
    let kinds: Vec<Kind> = kinds().into_iter().filter(|kind| kind.tuned == tuned).collect();
    let judged = all(kinds.len() * TAKES, |n| Judged::of(kinds[n / TAKES].take(n % TAKES)));
    println!(
        "\n| {name} | bpm | F | CMLt | least F | first lock s, median | ones right; told |\n|---|---|---|---|---|---|---|"
    );
    let mut worst = ("", f64::INFINITY);
    for (kind, takes) in kinds.iter().zip(judged.chunks(TAKES)) {
        if each {
            takes.iter().for_each(|one| {
                let (f, cmlt, lock, ones) = (one.f(), one.cmlt(), one.lock_s(), share([one.downbeats()]));
                println!("| {} | {:.1} | {f:.3} | {cmlt:.3} | | {lock:.1} | {ones} |", one.take.name, one.take.bpm);
            });
        }
        let f = mean(takes.iter().map(Judged::f));
        if f < worst.1 {
            worst = (kind.name, f);
        }
        let tempi = || takes.iter().map(|one| one.take.bpm);
        println!(
            "| {} | {:.0}–{:.0} | {f:.3} | {:.3} | {:.3} | {:.1} | {}; {} |",
            kind.name,
            quantile(tempi(), 0.0),
            quantile(tempi(), 1.0),
            mean(takes.iter().map(Judged::cmlt)),
            quantile(takes.iter().map(Judged::f), 0.0),
            quantile(takes.iter().map(Judged::lock_s), 0.5),
            share(takes.iter().map(Judged::downbeats)),
            share(takes.iter().map(Judged::placed)),
        );
    }
    let means = (mean(judged.iter().map(Judged::f)), mean(judged.iter().map(Judged::cmlt)));
    println!(
        "\n{name}: mean F {:.3}, mean CMLt {:.3}; worst kind {} with mean F {:.3}",
        means.0, means.1, worst.0, worst.1
    );
    judged
}

/// How often the ears are right when they say how sure they are.
fn confidence(halves: &[(&str, Vec<Judged>)]) {
    let heads: String = halves.iter().map(|(name, _)| format!(" {name} right | beats |")).collect();
    println!("\n| confidence |{heads}\n|---{}|", "|---|---".repeat(halves.len()));
    for bin in 0..10 {
        let mut row = format!("| {:.1}–{:.1} |", f64::from(bin) / 10.0, f64::from(bin + 1) / 10.0);
        let mut any = false;
        for (_, judged) in halves {
            let inside = |confidence: f32| ((confidence * 10.0) as i32).clamp(0, 9) == bin;
            let mut count = (0, 0);
            for one in judged {
                let told = one.heard.told.iter().filter(|told| told.t >= FROM_S && inside(told.confidence));
                told.for_each(|told| count = (count.0 + usize::from(near(&one.take.truth.beats, told.t)), count.1 + 1));
            }
            any |= count.1 > 0;
            row += &format!(" {} | {} |", share([count]), count.1);
        }
        if any {
            println!("{row}");
        }
    }
}

fn drop_table(each: bool) {
    let judged = all(drops::COUNT, |n| Judged::of(drops::one(n)));
    println!("\n| drops | found | false | delay ms, median | most | F | CMLt |\n|---|---|---|---|---|---|---|");
    let mut sums = (0, 0, 0);
    for (style, takes) in drops::STYLES.iter().zip(judged.chunks(drops::COUNT / drops::STYLES.len())) {
        let (mut wanted, mut told, mut late_ms) = (0, 0, Vec::new());
        for one in takes {
            let (drops, breaks) = (&one.heard.drops, &one.take.truth.breaks);
            let found: Vec<f64> = breaks
                .iter()
                .filter_map(|(_, true_t)| drops.iter().map(|t| t - true_t).find(|late| DROP_S.contains(late)))
                .collect();
            if each {
                let true_t = breaks.first().map_or(f64::NAN, |(_, t)| *t);
                println!(
                    "| {} | {} | {:.1?} at {true_t:.1} | | | {:.3} | |",
                    one.take.name,
                    found.len(),
                    drops,
                    one.f()
                );
            }
            (wanted, told) = (wanted + breaks.len(), told + drops.len());
            late_ms.extend(found.iter().map(|s| 1000.0 * s));
        }
        let (found, wrong) = (late_ms.len(), told - late_ms.len());
        let delays = (quantile(late_ms.iter().copied(), 0.5), quantile(late_ms, 1.0));
        let (f, cmlt) = (mean(takes.iter().map(Judged::f)), mean(takes.iter().map(Judged::cmlt)));
        println!(
            "| {style} | {found} of {wanted} | {wrong} | {:.0} | {:.0} | {f:.3} | {cmlt:.3} |",
            delays.0, delays.1
        );
        sums = (sums.0 + found, sums.1 + wanted, sums.2 + wrong);
    }
    println!("\ndrops: {} of {} found, {} false", sums.0, sums.1, sums.2);
}

fn negative_table() {
    let judged = all(negatives::COUNT, |n| Judged::of(negatives::one(n)));
    let beating = |one: &Judged| {
        let mut beating_s = 0.0;
        one.heard.told.iter().for_each(|told| beating_s += 60.0 / told.bpm.max(30.0));
        (beating_s / one.length_s).min(1.0)
    };
    println!("\n| negatives | share of time with a beat | surest | drops |\n|---|---|---|---|");
    for one in &judged {
        let surest = one.heard.told.iter().map(|told| f64::from(told.confidence)).fold(0.0, f64::max);
        println!("| {} | {:.2} | {surest:.2} | {} |", one.take.name, beating(one), one.heard.drops.len());
    }
    let (most, drops) = (quantile(judged.iter().map(beating), 1.0), judged.iter().map(|one| one.heard.drops.len()));
    let share = mean(judged.iter().map(beating));
    println!("\nnegatives: mean share {share:.3}, worst {most:.2}, {} drops", drops.sum::<usize>());
}

/// Bars from the first kick to the first of four beats in a row that are right and rightly spaced.
fn until_right(one: &Judged) -> f64 {
    let (Some(change), beat_s) = (one.take.truth.kicks.first(), 60.0 / one.take.bpm) else { return f64::INFINITY };
    let after: Vec<f64> = one.heard.beats.iter().copied().filter(|t| *t >= change - WINDOW_S).collect();
    let right = |four: &&[f64]| {
        let spaced = |two: &[f64]| ((two[1] - two[0]) / beat_s - 1.0).abs() < 0.175;
        four.iter().all(|t| near(&one.take.truth.beats, *t)) && four.windows(2).all(spaced)
    };
    after.windows(4).find(right).map_or(f64::INFINITY, |four| (four[0] - change).max(0.0) / (4.0 * beat_s))
}

fn ambiguous_table() {
    let judged = all(ambiguous::COUNT, |n| Judged::of(ambiguous::one(n)));
    println!("\n| ambiguous | bpm | bars from the kick until right |\n|---|---|---|");
    for one in &judged {
        println!("| {} | {:.1} | {:.1} |", one.take.name, one.take.bpm, until_right(one));
    }
    let bars = || judged.iter().map(until_right);
    println!("\nambiguous: worst {:.1} bars, mean {:.1} bars", quantile(bars(), 1.0), mean(bars()));
}

fn write_all(folder: &str, wanted: impl Fn(&str) -> bool) -> io::Result<()> {
    for (set, tuned) in [("tuned", true), ("unseen", false)].into_iter().filter(|(set, _)| wanted(set)) {
        let folder = Path::new(folder).join(set);
        fs::create_dir_all(&folder)?;
        let kinds: Vec<Kind> = kinds().into_iter().filter(|kind| kind.tuned == tuned).collect();
        let written = all(kinds.len() * TAKES, |n| {
            let take = kinds[n / TAKES].take(n % TAKES);
            write_clip(&folder, &take.name, &take.samples, &take.truth)
        });
        written.into_iter().collect::<io::Result<()>>()?;
    }
    println!("the clips are in {folder}");
    Ok(())
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str| -> Vec<&str> {
        words.windows(2).filter(|two| two[0] == flag).map(|two| two[1].as_str()).collect()
    };
    let (only, each) = (after("--only"), words.iter().any(|word| word == "--each"));
    let (known, written) = (["tuned", "unseen", "drops", "negatives", "ambiguous"], ["tuned", "unseen"]);
    let most = if after("--write").is_empty() { &known[..] } else { &written[..] };
    if let Some(word) = only.iter().find(|word| !most.contains(word)) {
        return Err(io::Error::other(format!("there is no `{word}`; try --only {}", most.join(" or --only "))));
    }
    if let Some(last) = words.last().filter(|word| ["--only", "--write"].contains(&word.as_str())) {
        return Err(io::Error::other(format!("`{last}` wants a word behind it, as in --only tuned, --write FOLDER")));
    }
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    if let Some(folder) = after("--write").first() {
        return write_all(folder, wanted);
    }
    let halves: Vec<(&str, Vec<Judged>)> = [("tuned", true), ("unseen", false)]
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, tuned)| (name, half(name, tuned, each)))
        .collect();
    if !halves.is_empty() {
        confidence(&halves);
    }
    if wanted("drops") {
        drop_table(each);
    }
    if wanted("negatives") {
        negative_table();
    }
    if wanted("ambiguous") {
        ambiguous_table();
    }
    Ok(())
}
