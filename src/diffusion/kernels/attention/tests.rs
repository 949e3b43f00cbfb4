use super::*;

fn noise(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 13) % 1013) as f32 / 250.0 - 2.0).collect()
}

/// The definition, in f64.
fn plainly(q: &[f32], k: &[f32], v: &[f32], sizes: &Sizes) -> Vec<f64> {
    let Sizes { batch, heads, depth, queries, keys, causal } = *sizes;
    let mut out = vec![0.0; batch * heads * depth * queries];
    for (head, query) in (0..batch * heads).flat_map(|head| (0..queries).map(move |query| (head, query))) {
        let at =
            |x: &[f32], row: usize, tokens: usize, token: usize| f64::from(x[(head * depth + row) * tokens + token]);
        let seen = if causal { (query + 1).min(keys) } else { keys };
        let score = |key: usize| (0..depth).map(|row| at(q, row, queries, query) * at(k, row, keys, key)).sum::<f64>();
        let shares: Vec<f64> = (0..seen).map(|key| (score(key) / (depth as f64).sqrt()).exp()).collect();
        let sum: f64 = shares.iter().sum();
        for row in 0..depth {
            let mixed: f64 = shares.iter().enumerate().map(|(key, share)| share * at(v, row, keys, key)).sum();
            out[(head * depth + row) * queries + query] = mixed / sum;
        }
    }
    out
}

const SMALL: Sizes = Sizes { batch: 1, heads: 2, depth: 8, queries: 20, keys: 7, causal: false };

#[test]
fn attention_is_what_its_definition_says() {
    for sizes in [
        SMALL,
        Sizes { batch: 2, heads: 3, depth: 40, queries: 77, keys: 77, causal: true },
        // Several stretches of keys, several blocks of queries.
        Sizes { queries: 150, keys: 600, ..SMALL },
        Sizes { depth: 20, queries: 300, keys: 300, causal: true, ..SMALL },
    ] {
        let Sizes { batch, heads, depth, queries, keys, .. } = sizes;
        let all = batch * heads * depth;
        let (q, k, v) = (noise(all * queries, 1), noise(all * keys, 2), noise(all * keys, 3));
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| attention(&q, &k, &v, sizes))
        };
        let made = on(1);
        assert!(made == on(2) && made == on(3), "{sizes:?} depends on the number of threads");
        let want = plainly(&q, &k, &v, &sizes);
        let worst = made.iter().zip(&want).map(|(&got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max);
        assert!(made.len() == want.len() && worst < 1e-5, "{sizes:?}: off by {worst}");
    }
}

/// In whatever stretch of keys it stands, and for the queries that see it only.
#[test]
fn what_is_no_number_stays_none() {
    let sizes = Sizes { queries: 40, keys: 600, ..SMALL };
    let (q, k, v) = (noise(16 * 40, 1), noise(16 * 600, 2), noise(16 * 600, 3));
    for bad in [3, 300, 599] {
        let poisoned = |x: &[f32]| {
            let mut x = x.to_vec();
            x[bad] = f32::NAN;
            x
        };
        // Row 0 of head 0: all scores of one key, or all values of one row.
        let made = attention(&q, &poisoned(&k), &v, sizes);
        assert!(made[..8 * 40].iter().all(|x| x.is_nan()) && made[8 * 40..].iter().all(|x| x.is_finite()));
        let made = attention(&q, &k, &poisoned(&v), sizes);
        assert!(made[..40].iter().all(|x| x.is_nan()) && made[40..].iter().all(|x| x.is_finite()));
    }
    let mut q = q;
    q[5] = f32::NAN;
    let made = attention(&q, &k, &v, sizes);
    assert!((0..8).all(|row| made[row * 40 + 5].is_nan()) && made.iter().filter(|x| x.is_nan()).count() == 8);
}

#[test]
fn softmax_is_a_loop_of_vectors() {
    use crate::diffusion::kernels::tests::{apart, assert_vectors, numbers};
    let x = numbers();
    let (mut scores, mut other) = (vec![Row::ZERO; x.len() / TILE], x.clone());
    let fresh: Vec<Row> = x.as_chunks().0.iter().map(|row| Row(*row)).collect();
    assert_vectors(
        "softmax",
        || {
            scores.copy_from_slice(&fresh);
            let mut softmax = Softmax::NEW;
            std::hint::black_box(softmax.step(&mut scores));
        },
        || {
            other.copy_from_slice(&x);
            apart(&mut other, |x| exp(x - 4.0));
        },
    );
}
