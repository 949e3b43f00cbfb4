//! Full histogram match of the fed-back picture, channel by channel: Deforum's colour coherence, for shows that want it
//! as it was.
//!
//! It gives a picture exactly the reference's palette and, as it does so whatever the picture shows, flickers where
//! pictures are small: [`super::coherence`] is the default. Runs on the generator's thread, on the picture an image
//! starts from.

/// Levels of an 8-bit channel.
const LEVELS: usize = 256;

/// Gives each channel of a planar sRGB picture `[3, height, width]` of nominally 0..1 the distribution of levels that
/// the same channel of `reference` has, which may be of any size. Both are counted on 8-bit levels; what comes out lies
/// between levels too. (Deforum cuts it to bytes, which darkens every pass by half a level: not repeated here.) A
/// picture of another size, or an empty reference, changes nothing.
pub fn match_histogram(rgb: &mut [f32], [height, width]: [usize; 2], reference: &[f32]) {
    let (plane, of_reference) = (height * width, reference.len() / 3);
    if plane == 0 || of_reference == 0 || rgb.len() != 3 * plane {
        return;
    }
    for (values, goal) in rgb.chunks_exact_mut(plane).zip(reference.chunks_exact(of_reference)) {
        let map = map(&cumulative(values), &cumulative(goal));
        for value in values {
            *value = map[usize::from(level(*value))];
        }
    }
}

/// The 8-bit level of a value; values outside 0..1 are clamped, what is not a number is 0.
fn level(value: f32) -> u8 {
    (value * 255.0).round_ties_even() as u8
}

/// The share of values up to and including each level.
fn cumulative(values: &[f32]) -> [f64; LEVELS] {
    let mut counts = [0_u32; LEVELS];
    for value in values {
        counts[usize::from(level(*value))] += 1;
    }
    let mut below = 0_u64;
    counts.map(|count| {
        below += u64::from(count);
        below as f64 / values.len() as f64
    })
}

/// For each level the value 0..1 at the same share of the goal's distribution, linearly between the levels that occur
/// there.
fn map(own: &[f64; LEVELS], goal: &[f64; LEVELS]) -> [f32; LEVELS] {
    // Only levels that occur: those at which the share grows.
    let mut before = 0.0;
    let occurs = |(level, share): (usize, &f64)| {
        let grows = *share > before;
        before = *share;
        grows.then_some((level as f64, *share))
    };
    let points: Vec<(f64, f64)> = goal.iter().enumerate().filter_map(occurs).collect();
    own.map(|share| (between(&points, share) / 255.0) as f32)
}

/// The level at `share` on the line through `points` (level, share), which rise; level where it ends beyond its ends.
fn between(points: &[(f64, f64)], share: f64) -> f64 {
    let next = points.partition_point(|(_, at)| *at <= share);
    let before = next.checked_sub(1).and_then(|last| points.get(last));
    match (before, points.get(next)) {
        (Some((low, from)), Some((high, to))) => (high - low) / (to - from) * (share - from) + low,
        (Some((level, _)), None) | (None, Some((level, _))) => *level,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One channel's levels in all three.
    fn picture(levels: &[u8]) -> Vec<f32> {
        std::iter::repeat_n(levels, 3).flatten().map(|level| f32::from(*level) / 255.0).collect()
    }

    fn levels(rgb: &[f32]) -> Vec<u8> {
        rgb.iter().map(|value| level(*value)).collect()
    }

    #[test]
    fn the_palette_becomes_the_references() {
        let mut rgb = picture(&[10, 20, 30, 40]);
        match_histogram(&mut rgb, [2, 2], &picture(&[100, 150, 200, 250, 250, 100, 200, 150]));
        assert_eq!(levels(&rgb)[..4], [100, 150, 200, 250]);
        let mut flat = picture(&[7; 4]);
        match_histogram(&mut flat, [2, 2], &picture(&[100, 150]));
        assert_eq!(levels(&flat), [150; 12]);
        // Half of the values lie at 0, a third of the reference at 60: a half is half of the way on to 90.
        let mut between = picture(&[0, 255]);
        match_histogram(&mut between, [1, 2], &picture(&[60, 90, 200]));
        assert_eq!(levels(&between)[..2], [75, 200]);
    }

    #[test]
    fn odd_inputs_change_nothing_or_nothing_bad() {
        let mut rgb = picture(&[1, 2]);
        let before = rgb.clone();
        match_histogram(&mut rgb, [1, 2], &[]);
        match_histogram(&mut rgb, [5, 2], &before);
        match_histogram(&mut rgb, [1, 2], &before);
        assert_eq!(rgb, before);
        let mut odd = vec![f32::NAN, f32::INFINITY, -1.0, 2.0, 0.5, 0.25];
        match_histogram(&mut odd, [1, 2], &[f32::NAN; 3]);
        assert_eq!(odd, [0.0; 6]);
    }

    /// Planes of the fixture's rows of pixels, and its maps from level to level.
    #[test]
    fn it_is_scikit_images() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/motion/color_match.json");
        let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let planar = |name: &str| {
            let bytes = base64::decode(fixture[name].as_str().unwrap()).unwrap();
            let channel = |c: usize| bytes.iter().skip(c).step_by(3).map(|level| f32::from(*level) / 255.0);
            (0..3).flat_map(channel).collect::<Vec<_>>()
        };
        let (before, reference) = (planar("a"), planar("b"));
        let mut rgb = before.clone();
        match_histogram(&mut rgb, [32, 32], &reference);
        for (at, (old, new)) in before.iter().zip(&rgb).enumerate() {
            let goal = fixture["matched"][at / 1024][level(*old).to_string()].as_f64().unwrap();
            assert!((f64::from(*new) * 255.0 - goal).abs() < 1e-4, "{at}: {new} {goal}");
        }
    }
}
