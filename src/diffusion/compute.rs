//! The device, kernels and number type that a network runs with.

use candle_core::{DType, Device, Tensor};

/// Whose kernels compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernels {
    /// Ours on a CPU, candle's elsewhere.
    #[default]
    Best,
    /// Candle's everywhere: for comparison.
    Candle,
}

/// What weights and activations are while a network computes. Latents, pictures and encoded prompts are f32 outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberType {
    #[default]
    F32,
    F16,
    Bf16,
}

impl NumberType {
    fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::Bf16 => DType::BF16,
        }
    }
}

/// Where a network computes, and how. Small; every layer that must know keeps a copy.
#[derive(Clone, Debug)]
pub struct Compute {
    device: Device,
    kernels: Kernels,
    numbers: NumberType,
}

impl Compute {
    /// In `wanted` numbers where the device multiplies them, else in f32. Our own kernels know f32 alone.
    #[must_use]
    pub fn new(device: Device, kernels: Kernels, wanted: NumberType) -> Self {
        let plain = Self { device, kernels, numbers: NumberType::F32 };
        let half = wanted != NumberType::F32 && !plain.is_own() && multiplies(&plain.device, wanted);
        if half { Self { numbers: wanted, ..plain } } else { plain }
    }

    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    #[must_use]
    pub fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// Whether our own kernels compute.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.kernels == Kernels::Best && self.device.is_cpu()
    }

    #[must_use]
    pub fn dtype(&self) -> DType {
        self.numbers.dtype()
    }

    /// `values` as the network takes them: on its device, in its numbers. Converted before they are sent, because not every
    /// device takes every type that files have.
    ///
    /// # Errors
    /// Device failures.
    pub fn convert(&self, values: &Tensor) -> candle_core::Result<Tensor> {
        values.to_dtype(self.dtype())?.to_device(&self.device)
    }
}

/// Whether `device` can make products and convolutions of such numbers.
fn multiplies(device: &Device, numbers: NumberType) -> bool {
    let made = || {
        let one = Tensor::ones((1, 1, 3, 3), numbers.dtype(), device)?;
        let product = one.matmul(&one)?.conv2d(&one, 1, 1, 1, 1)?;
        product.to_dtype(DType::F32)?.mean_all()?.to_scalar::<f32>()
    };
    let can = made().is_ok_and(f32::is_finite);
    if !can {
        tracing::warn!("this device does not multiply {numbers:?}; the model computes in f32");
    }
    can
}
