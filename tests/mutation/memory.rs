//! What a thread asks of the allocator, and what the process has.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// An allocator that counts, thread by thread, what goes through it to another one.
pub struct Counted<A>(pub A);

impl<A> Counted<A> {
    fn note(taken: usize, given: usize) {
        // A thread that is ending counts no more.
        let live = LIVE.try_with(|live| {
            live.set(live.get() + taken as isize - given as isize);
            live.get()
        });
        let _ = live.map(|live| MOST.try_with(|most| most.set(most.get().max(live))));
    }
}

// SAFETY: every call goes to the allocator within as it came.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counted<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size(), 0);
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size(), 0);
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::note(size, layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::note(0, layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(pointer, layout) }
    }
}

/// Bytes that this thread allocated and did not give back.
pub fn live_bytes() -> isize {
    LIVE.get()
}

/// What this thread had more than now at some moment while `work` ran, in bytes.
pub fn most_bytes<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = live_bytes();
    MOST.set(before);
    let done = work();
    (done, (MOST.get() - before) as usize)
}

/// Resident memory of this process now and at its most since the last call, in MiB; zeros where the system does not say.
pub fn resident_mib() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mib = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
    };
    // Lets the most begin again from here.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    (mib("VmRSS:"), mib("VmHWM:"))
}
