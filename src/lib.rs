//! Halation: a headless live instrument for club visuals.
//!
//! Three promises, in this order: the wall never goes black and never stutters; the hand never waits; the beat
//! is never late. Every design question is settled by them.
//!
//! # The flow
//!
//! ```text
//! MIDI ─┐                                                  ┌─ snapshot ─► generator ── frames (newest wins) ─┐
//! OSC  ─┼─ events ─► conductor: take over, smooth,         │  prompt → noise → denoise → decode              ▼
//! tempo ┘       glide, schedule, modulate ────────────────┼─ snapshot ──────────────────────────────► renderer ─► window,
//! audio ─ ring ─► analysis ─ newest features ──▲           └─ base values ─► answers to OSC queries    morph,      captures
//!                                                                                                      motion, look
//! ```
//!
//! # The threads
//!
//! | thread | wakes on | may block | may allocate (our code) | worst delay it may add |
//! |---|---|---|---|---|
//! | audio callback | the driver | never | never | one buffer |
//! | MIDI callback | the driver | never | never | – |
//! | analysis | 2 ms timer | never on others | at start | 5 ms |
//! | MIDI watch | 1 s timer | on drivers | yes | – |
//! | OSC socket | packets | on the socket | yes, bounded | 1 ms |
//! | conductor | timer, above 500 Hz | never on others | no, steady state | 2 ms |
//! | generator | its own pace | on the device | yes | none: nobody waits for it |
//! | renderer (main thread) | display | on present | no, steady state (wgpu itself does) | one frame |
//! | captures, trace, status | frames, lines, 1 s | on disk or terminal | yes | none: they drop |
//!
//! *State* crosses threads newest-wins ([`rt::cell`]); *triggers* travel inside the snapshot as wrapping counters;
//! *events* queue bounded ([`rt::queue`]) and what does not fit is dropped and counted.
//!
//! Every room that does work is a step in virtual time; threads are thin shells around it. `play --stepped` moves
//! the same parts on one thread.
//!
//! # The rooms
//!
//! `use crate::` points down this list only; a test checks it.
//!
//! | room | owns |
//! |---|---|
//! | [`cli`] | one file per subcommand: parse, run, exit code |
//! | [`app`] | wiring: channels, threads, order of start and stop, the stepped runner |
//! | [`show`] | the show file: load, check with line numbers, reload keeping the last good |
//! | [`deforum`] | Deforum's settings files: read them all, make shows of them |
//! | [`output`] | window, headless, captures |
//! | [`conductor`] | events, features and tempo to one snapshot: layers, takeover, glide, modulation |
//! | [`control`] | MIDI, OSC, mapping files |
//! | [`source`] | pictures from outside: one reader for every picture file |
//! | [`dream`] | the generator: the loop, prompt banks, stills, the guard against rot |
//! | [`render`] | the GPU: playhead, morph, trails, look, flash limiter; WGSL in `shaders/` |
//! | [`diffusion`] | networks and samplers: text, UNet, VAE, noise, kernels |
//! | [`audio`] | capture, files, the synthetic track, features |
//! | [`tempo`] | the beat clock and its sources |
//! | [`motion`] | the camera as mathematics, and its warp on the CPU |
//! | [`schedule`] | the expression language of schedules: read, compile, evaluate at a moment |
//! | [`param`] | the one table of playable parameters, events and the snapshot |
//! | [`frame`], [`rt`], [`units`], [`telemetry`] | frames and poses; cells, queues, threads; units; faults and the report |
//! | [`diagnostics`], [`disk`] | TOML files by people: every mistake with its line; files that are whole or not there |

pub mod app;
pub mod audio;
pub mod cli;
pub mod conductor;
pub mod control;
pub(crate) mod deforum;
pub(crate) mod diagnostics;
pub mod diffusion;
pub(crate) mod disk;
pub mod dream;
pub(crate) mod frame;
pub(crate) mod motion;
pub(crate) mod output;
pub mod param;
pub mod render;
pub mod rt;
pub(crate) mod schedule;
pub mod show;
pub mod source;
pub(crate) mod telemetry;
pub mod tempo;
pub mod units;

/// Lets unit tests assert that real-time code does not allocate.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
