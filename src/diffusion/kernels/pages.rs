//! Hints to the system about large allocations. They affect speed only, so failures are ignored.

/// Asks for 2 MiB pages behind `memory`, best before it is first written: fewer page faults and TLB misses.
#[cfg(target_os = "linux")]
pub fn enlarge<T>(memory: &[T]) {
    /// Pages of x86-64 and, mostly, of ARM.
    const LARGE: usize = 2 * 1024 * 1024;
    let len = std::mem::size_of_val(memory);
    let before = memory.as_ptr().addr().next_multiple_of(LARGE) - memory.as_ptr().addr();
    let whole = len.saturating_sub(before) / LARGE * LARGE;
    if whole > 0 {
        // SAFETY: the range lies within `memory`, and the advice leaves alone what is in it.
        unsafe {
            libc::madvise(memory.as_ptr().wrapping_byte_add(before).cast_mut().cast(), whole, libc::MADV_HUGEPAGE)
        };
    }
}

#[cfg(not(target_os = "linux"))]
pub fn enlarge<T>(_memory: &[T]) {}
