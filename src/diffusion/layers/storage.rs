//! Between candle's tensors and our kernels' slices.

use std::ops::Deref;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Tensor};

use crate::diffusion::kernels::buffers;

/// A CPU tensor's numbers, for as long as the lock on its storage is held.
pub struct View<Lock> {
    storage: Lock,
    start: usize,
    end: usize,
}

pub fn view(tensor: &Tensor) -> Result<View<impl Deref<Target = Storage>>> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("our kernels need contiguous tensors, not {layout:?}");
    };
    match &*storage {
        Storage::Cpu(CpuStorage::F32(_)) => Ok(View { storage, start, end }),
        _ => candle_core::bail!("our kernels need f32 on the CPU"),
    }
}

impl<Lock: Deref<Target = Storage>> Deref for View<Lock> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(values)) => &values[self.start..self.end],
            // `view` lets nothing else through.
            _ => &[],
        }
    }
}

/// An intermediate result. When it is dropped, its memory goes to the buffer pool.
///
/// It must hold a tensor fresh from a layer. Clones, reshapes and narrowed views share the tensor's memory, so they
/// must be dropped before it.
pub struct Passing {
    tensor: Tensor,
    kept: bool,
}

impl Passing {
    pub fn new(tensor: Tensor) -> Self {
        Self { tensor, kept: false }
    }

    /// Gives the tensor out as a result: its memory does not go to the pool.
    pub fn keep(mut self) -> Tensor {
        self.kept = true;
        self.tensor.clone()
    }
}

impl Deref for Passing {
    type Target = Tensor;

    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.kept && self.tensor.device().is_cpu() {
            // Should it fail, the memory is freed as usual.
            let _ = self.tensor.inplace_op1(&TakeBack);
        }
    }
}

/// Moves a tensor's buffer to the pool and leaves an empty one.
struct TakeBack;

impl InplaceOp1 for TakeBack {
    fn name(&self) -> &'static str {
        "take-back"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _layout: &Layout) -> Result<()> {
        if let CpuStorage::F32(values) = storage {
            buffers::give(std::mem::take(values));
        }
        Ok(())
    }
}
