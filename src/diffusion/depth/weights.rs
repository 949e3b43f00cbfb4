//! Finds the network's tensors under either of the two sets of names in use, and checks their shapes.
//!
//! Used only while loading, on the loader's thread; the layers take what they need out of it.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::error::DepthError;

/// Whose names the tensors bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// backbone.…, neck.… and head.…
    Transformers,
    /// pretrained.… and depth_head.…
    Original,
}

impl Names {
    /// The one of two names that belongs to this set.
    pub fn pick<T>(self, original: T, transformers: T) -> T {
        match self {
            Self::Original => original,
            Self::Transformers => transformers,
        }
    }
}

/// Tensors by name, and where they come from.
pub struct Weights {
    tensors: HashMap<String, Tensor>,
    origin: String,
    names: Names,
}

impl Weights {
    /// Tells by the names whose they are.
    ///
    /// # Errors
    /// Names of neither set.
    pub fn new(tensors: HashMap<String, Tensor>, origin: String) -> Result<Self, DepthError> {
        let has = |start: &str| tensors.keys().any(|name| name.starts_with(start));
        let names = match (has("backbone."), has("pretrained.")) {
            (true, _) => Names::Transformers,
            (false, true) => Names::Original,
            (false, false) => return Err(DepthError::Foreign { origin }),
        };
        Ok(Self { tensors, origin, names })
    }

    pub fn names(&self) -> Names {
        self.names
    }

    /// Takes the tensor of this name out, in 32 bits, contiguous, on the CPU.
    ///
    /// # Errors
    /// It is missing, or its shape is not `shape`.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, DepthError> {
        let (name, origin) = (name.to_owned(), self.origin.clone());
        let Some(tensor) = self.tensors.remove(&name) else { return Err(DepthError::NoTensor { origin, name }) };
        if tensor.dims() != shape {
            return Err(DepthError::Shape { origin, name, expected: shape.to_vec(), found: tensor.dims().to_vec() });
        }
        Ok(tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?.contiguous()?)
    }

    /// The same as a list of numbers, for one dimension of `len`.
    pub fn list(&mut self, name: &str, len: usize) -> Result<Vec<f32>, DepthError> {
        Ok(self.take(name, &[len])?.to_vec1()?)
    }

    /// `name.weight` as a matrix `[shape[0], all the others]`, and `name.bias`, one number per row.
    pub fn affine(&mut self, name: &str, shape: &[usize]) -> Result<(Tensor, Vec<f32>), DepthError> {
        let weight = self.take(&format!("{name}.weight"), shape)?.flatten_from(1)?;
        let bias = self.list(&format!("{name}.bias"), weight.dim(0)?)?;
        Ok((weight, bias))
    }
}
