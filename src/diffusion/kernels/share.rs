//! One result written by several threads, and work cut into pieces for them.

use std::marker::PhantomData;

use rayon::prelude::*;

/// A slice of which several threads write parts that do not overlap.
pub struct Share<'a> {
    start: *mut f32,
    len: usize,
    slice: PhantomData<&'a mut [f32]>,
}

// SAFETY: whoever calls `part` promises that parts do not overlap.
unsafe impl Sync for Share<'_> {}

impl<'a> Share<'a> {
    pub fn new(slice: &'a mut [f32]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    /// `len` floats from `at` on.
    ///
    /// # Safety
    /// While the part is held, no other that overlaps it is.
    #[inline(always)]
    #[expect(clippy::mut_from_ref, reason = "that is what this type is for; the caller keeps parts apart")]
    pub unsafe fn part(&self, at: usize, len: usize) -> &mut [f32] {
        assert!(at <= self.len && len <= self.len - at);
        // SAFETY: within the slice, which is borrowed for 'a; nobody else has this part.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}

/// Floats of a piece of pointwise work: some 10 µs of it.
const PIECE: usize = 16 * 1024;

/// Calls `task` for all of `0..count`, on all threads of the pool.
pub fn each(count: usize, task: impl Fn(usize) + Sync + Send) {
    if count <= 1 || rayon::current_num_threads() == 1 {
        (0..count).for_each(task);
    } else {
        (0..count).into_par_iter().for_each(task);
    }
}

/// Calls `task` with pieces of `out` and where they begin, on all threads of the pool.
pub fn pieces(out: &mut [f32], task: impl Fn(usize, &mut [f32]) + Sync + Send) {
    let one = |(piece, out): (usize, &mut [f32])| task(piece * PIECE, out);
    if out.len() <= PIECE || rayon::current_num_threads() == 1 {
        out.chunks_mut(PIECE).enumerate().for_each(one);
    } else {
        out.par_chunks_mut(PIECE).enumerate().for_each(one);
    }
}
