//! CPU arithmetic for the networks: one packed matrix product that convolutions, linear layers and
//! attention are made of, and the pointwise passes between them.
//!
//! Called by the layers, on whatever thread runs the network; work is split over rayon's current
//! pool, and a pool of one thread pays nothing for that. Results do not depend on the number of
//! threads. Everything is f32 with the pixels (or tokens) last: `[batch, channels, pixels]`.
//!
//! Stock candle repacks weights on every convolution and walks a tensor nine times per group norm.
//! Here weights are packed once, at load, and bias, shift, residual and activation are applied when the
//! product is stored.
//! Convolutions of few channels read their input without packing it, or use Winograd's algorithm where the size
//! divides. Buffers of results that are no longer needed are reused by length.

pub mod attention;
pub mod buffers;
pub mod conv;
pub mod norm;
mod pages;
pub mod pointwise;
mod share;
pub mod tile;

/// Defines a function three times: for AVX-512, for AVX2 with FMA, and plain. The best one this
/// processor can run is chosen at each call; the compiler vectorises the same body for each.
macro_rules! multiversion {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) {
            #[inline(always)]
            fn plain($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($arg: $ty),*) { plain($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) { plain($($arg),*) }
                match $crate::diffusion::kernels::cpu() {
                    // SAFETY: `cpu` reports a level only if this processor has its features.
                    $crate::diffusion::kernels::Cpu::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::diffusion::kernels::Cpu::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::diffusion::kernels::Cpu::Plain => {}
                }
            }
            plain($($arg),*)
        }
    };
}
pub(crate) use multiversion;

/// The vector instructions this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Plain,
}

/// Detected once by the standard library, which caches it.
#[inline]
pub fn cpu() -> Cpu {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("fma");
        if avx2 && has!("avx512f") && has!("avx512dq") && has!("avx512vl") {
            return Cpu::Avx512;
        }
        if avx2 {
            return Cpu::Avx2;
        }
    }
    Cpu::Plain
}

#[cfg(test)]
mod tests;
