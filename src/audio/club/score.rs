//! How well beats and strokes were found, by the definitions of mir_eval 0.8: the first five seconds do not count.

/// Beats before this are warm-up.
pub const FROM_S: f64 = 5.0;
const WINDOW_S: f64 = 0.07;
const CONTINUITY: f64 = 0.175;
const STROKE_WINDOW_S: f64 = 0.05;

fn late(times: &[f64]) -> Vec<f64> {
    times.iter().copied().filter(|t| *t >= FROM_S).collect()
}

/// F-measure at ±70 ms (`mir_eval.beat.f_measure`) of times in seconds, rising.
#[must_use]
pub fn f_measure(truth: &[f64], heard: &[f64]) -> f64 {
    let (truth, heard) = (late(truth), late(heard));
    let (mut hits, mut k) = (0, 0);
    for t in &truth {
        while k < heard.len() && heard[k] < t - WINDOW_S {
            k += 1;
        }
        if k < heard.len() && heard[k] <= t + WINDOW_S {
            (hits, k) = (hits + 1, k + 1);
        }
    }
    2.0 * f64::from(hits) / (truth.len() + heard.len()).max(1) as f64
}

/// Share of beats that are right in phase and period to 17.5 % (CMLt of `mir_eval.beat.continuity`).
#[must_use]
pub fn cmlt(truth: &[f64], heard: &[f64]) -> f64 {
    let (truth, heard) = (late(truth), late(heard));
    if truth.len() < 2 || heard.len() < 2 {
        return 0.0;
    }
    let nearest = |t: f64| (0..truth.len()).min_by(|a, b| (truth[*a] - t).abs().total_cmp(&(truth[*b] - t).abs()));
    let right = |k: usize| {
        let Some(n) = nearest(heard[k]) else { return false };
        // The first beats have nothing before them: compared with what follows.
        let (i, j) = (k.max(1), n.max(1));
        let (period, wanted) = (heard[i] - heard[i - 1], truth[j] - truth[j - 1]);
        (heard[k] - truth[n]).abs() < CONTINUITY * wanted && (period / wanted - 1.0).abs() < CONTINUITY
    };
    (0..heard.len()).filter(|k| right(*k)).count() as f64 / truth.len().max(heard.len()) as f64
}

/// Seconds from `from_s` to the first of four beats in a row that are within 70 ms of the truth; `None` when there are
/// never four.
#[must_use]
pub fn lock_s(truth: &[f64], heard: &[f64], from_s: f64) -> Option<f64> {
    let right = |t: &f64| truth.iter().any(|beat| (beat - t).abs() <= WINDOW_S);
    let after: Vec<f64> = heard.iter().copied().filter(|t| *t >= from_s).collect();
    after.windows(4).find(|four| four.iter().all(right)).map(|four| four[0] - from_s)
}

/// F-measure at ±50 ms (`mir_eval.onset`) of strokes heard as (known, time), and the delays `known` − truth of those
/// that were right, in ms.
#[must_use]
pub fn strokes(truth: &[f64], heard: &[(f64, f64)]) -> (f64, Vec<f64>) {
    let mut truth = late(truth);
    truth.sort_by(f64::total_cmp);
    // Strokes of one class within 10 ms of each other count as one.
    truth.dedup_by(|b, a| *b - *a < 0.01);
    let heard: Vec<(f64, f64)> = heard.iter().copied().filter(|(_, t)| *t >= FROM_S).collect();
    let (mut k, mut delays_ms) = (0, Vec::new());
    for t in &truth {
        while heard.get(k).is_some_and(|(_, at)| *at < t - STROKE_WINDOW_S) {
            k += 1;
        }
        if let Some((known, _)) = heard.get(k).filter(|(_, at)| *at <= t + STROKE_WINDOW_S) {
            delays_ms.push(1000.0 * (known - t));
            k += 1;
        }
    }
    (2.0 * delays_ms.len() as f64 / (truth.len() + heard.len()).max(1) as f64, delays_ms)
}
