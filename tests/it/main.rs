//! The one integration binary: everything that needs the whole instrument, a driver or a server.
//!
//! Parts that are missing on a machine are a printed skip, or an error where `CI=true`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod alone;
mod audio_no_alloc;
mod audio_servers;
mod changeover;
#[cfg(feature = "jack")]
mod controller_lights;
mod decks;
mod dream_quality;
mod film;
mod house;
#[cfg(feature = "jack")]
mod jack_midi;
#[cfg(feature = "jack")]
mod learn;
mod listen;
mod motion;
mod mutated;
#[path = "../mutation/mutation.rs"]
#[allow(dead_code, unused_imports, reason = "the bench uses more of it")]
mod mutation;
mod no_alloc;
mod osc_out;
#[cfg(feature = "jack")]
mod play_jack;
mod screens;
mod shaders;
mod soundcheck;
mod stepped;
mod support;
mod terminal;
mod web;
mod window;
mod wrong_inputs;

#[global_allocator]
static ALLOCATOR: mutation::Counted<assert_no_alloc::AllocDisabler> = mutation::Counted(assert_no_alloc::AllocDisabler);
