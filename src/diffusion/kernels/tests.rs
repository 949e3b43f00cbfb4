//! The loops around `exp` stay vectors. One checked addition in it once made scalar code of them all, and nothing but a
//! clock could tell.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::norm::{ScaleShift, Shape, group_norm};
use super::pointwise::{exp, geglu, gelu, gelu_all, quick_gelu, quick_gelu_all, silu, silu_all};

/// Few enough for the first-level cache, and for a run of microseconds: among hundreds, some are undisturbed.
const COUNT: usize = 2048;
/// A second of runs at most: a neighbour on the same core takes longer turns than one of ours.
const RUNS: usize = 40_000;

/// `loops`, made to be vectors of eight or sixteen, takes less than half the time of `scalar`, the same arithmetic kept
/// apart for every element; code that is scalar by mistake takes the same time. Each is judged by its best run so far,
/// the two in turn, until it shows.
#[track_caller]
pub fn assert_vectors(what: &str, mut loops: impl FnMut(), mut scalar: impl FnMut()) {
    if super::cpu() == super::Cpu::Plain {
        println!("skipped: {what} may be scalar without AVX2");
        return;
    }
    let timed = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    let (mut best, mut want) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        best = best.min(timed(&mut loops));
        want = want.min(timed(&mut scalar));
        if best * 2 < want {
            return;
        }
    }
    panic!("{what} is no loop of vectors any more: {best:?}, and {want:?} one by one");
}

pub fn numbers() -> Vec<f32> {
    (0..COUNT).map(|i| (i * 7919 % COUNT) as f32 / 256.0 - 4.0).collect()
}

/// `one` for each element, on its own.
pub fn apart(values: &mut [f32], one: impl Fn(f32) -> f32) {
    for value in values {
        *value = black_box(one(black_box(*value)));
    }
}

#[test]
fn activations_are_loops_of_vectors() {
    type All = fn(&mut [f32]);
    type One = fn(f32) -> f32;
    let table: [(&str, All, One); 3] =
        [("SiLU", silu_all, silu), ("quick GELU", quick_gelu_all, quick_gelu), ("GELU", gelu_all, gelu)];
    for (what, all, one) in table {
        let (x, mut out) = (numbers(), numbers());
        let mut other = out.clone();
        assert_vectors(
            what,
            || {
                out.copy_from_slice(&x);
                all(&mut out);
            },
            || {
                other.copy_from_slice(&x);
                apart(&mut other, one);
            },
        );
    }
}

#[test]
fn the_gate_is_a_loop_of_vectors() {
    let (x, mut out) = (numbers(), numbers());
    let mut other = out.clone();
    assert_vectors(
        "GEGLU",
        || geglu(&x, &x, &mut out),
        || {
            other.copy_from_slice(&x);
            apart(&mut other, |x| x * gelu(x));
        },
    );
}

#[test]
fn group_norm_with_silu_is_a_loop_of_vectors() {
    let (x, mut other) = (numbers(), numbers());
    let shape = Shape { batch: 1, channels: 2, pixels: COUNT / 2 };
    let affine = ScaleShift { weight: &[1.0, 0.5], bias: &[0.0, 0.25], eps: 1e-5 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        assert_vectors(
            "group norm",
            || drop(black_box(group_norm(&x, shape, 1, &affine, true))),
            || {
                other.copy_from_slice(&x);
                apart(&mut other, silu);
            },
        );
    });
}

#[test]
fn exp_alone_is_a_loop_of_vectors() {
    super::multiversion! {
        fn exp_all(values: &mut [f32]) {
            for value in values {
                *value = exp(*value);
            }
        }
    }
    let (x, mut out) = (numbers(), numbers());
    let mut other = out.clone();
    assert_vectors(
        "exp",
        || {
            out.copy_from_slice(&x);
            exp_all(&mut out);
        },
        || {
            other.copy_from_slice(&x);
            apart(&mut other, exp);
        },
    );
}
