//! Finds and reads a component's safetensors, whole or in shards, by diffusers' names and in the network's numbers.
//!
//! Used only while loading. Files are mapped, not copied; the mapping ends when the network is built.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::safetensors::{Load, MmapedSafetensors};
use candle_core::{DType, Device, Tensor};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::compute::{Compute, Kernels};
use super::error::{LoadError, sentence};
use super::folder;
use super::names::NameMap;

/// Told the fraction loaded, 0 to 1, and the part being read.
pub type Progress<'a> = &'a dyn Fn(f32, &str);

/// Counts bytes read over all components, for the progress report.
pub struct Meter<'a> {
    pub total: u64,
    pub done: Cell<u64>,
    pub report: Option<Progress<'a>>,
}

/// One component's tensors.
pub struct Weights<'a> {
    files: Vec<(PathBuf, MmapedSafetensors)>,
    by_name: HashMap<String, Place>,
    component: &'static str,
    compute: &'a Compute,
    meter: &'a Meter<'a>,
}

/// Where a tensor lies: in which file, and what it is called there.
struct Place {
    file: usize,
    stored: String,
}

/// The weight files of `folder`: plain before `.fp16`, whole before sharded.
pub fn find(folder: &Path, stem: &str) -> Result<Vec<PathBuf>, LoadError> {
    for variant in ["", ".fp16"] {
        let whole = folder.join(format!("{stem}{variant}.safetensors"));
        if whole.is_file() {
            return Ok(vec![whole]);
        }
        for index in
            [format!("{stem}{variant}.safetensors.index.json"), format!("{stem}.safetensors.index{variant}.json")]
        {
            let index = folder.join(index);
            if index.is_file() {
                return shards(folder, &index);
            }
        }
    }
    let pickled = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| {
            entry.path().extension().is_some_and(|e| ["bin", "pt", "ckpt", "msgpack"].iter().any(|&p| e == p))
        })
    };
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.any(pickled)) {
        return Err(LoadError::OnlyPickled(folder.to_owned()));
    }
    Err(LoadError::Missing(folder.join(format!("{stem}.safetensors"))))
}

fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let config = super::config::ConfigFile::read(index)?;
    let map = config.get("weight_map").and_then(serde_json::Value::as_object);
    let map = map.ok_or_else(|| config.wrong("weight_map", "an object of tensor and file names"))?;
    let mut names: Vec<&str> = map.values().filter_map(serde_json::Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .map(|name| folder.join(name))
        .map(|path| if path.is_file() { Ok(path) } else { Err(LoadError::Missing(path)) })
        .collect()
}

impl<'a> Weights<'a> {
    /// Maps the files at `paths`; their tensors are found by the names that `names` makes of theirs.
    ///
    /// # Errors
    /// A file that is no safetensors, or a damaged one.
    pub fn open(
        component: &'static str,
        paths: &[PathBuf],
        names: NameMap,
        compute: &'a Compute,
        meter: &'a Meter<'a>,
    ) -> Result<Self, LoadError> {
        let mut files = Vec::new();
        let mut by_name = HashMap::new();
        for path in paths {
            if let Some(what) = folder::what_instead_of_weights(path) {
                return Err(LoadError::Instead { path: path.clone(), what });
            }
            // SAFETY: the file is only read while loading, and nothing here writes model folders.
            let file = unsafe { MmapedSafetensors::new(path) };
            let file = file.map_err(|error| LoadError::Damaged { path: path.clone(), why: sentence(&error) })?;
            for (stored, _) in file.tensors() {
                if let Some(name) = names(&stored).map(Cow::into_owned) {
                    by_name.insert(name, Place { file: files.len(), stored });
                }
            }
            files.push((path.clone(), file));
        }
        Ok(Self { files, by_name, component, compute, meter })
    }

    pub fn root(&self) -> Part<'_> {
        Part { weights: self, prefix: String::new() }
    }
}

/// A place in the tree of tensor names.
#[derive(Clone)]
pub struct Part<'a> {
    weights: &'a Weights<'a>,
    prefix: String,
}

impl Part<'_> {
    /// One level down.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { weights: self.weights, prefix: self.name(&name.to_string()) }
    }

    /// Where the network of these weights computes, and how.
    pub fn compute(&self) -> &Compute {
        self.weights.compute
    }

    /// Who computes with these weights.
    pub fn kernels(&self) -> Kernels {
        self.weights.compute.kernels()
    }

    fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }

    /// The tensor in the network's numbers on its device; its shape must be exactly `shape`.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, LoadError> {
        self.tensor_or(name, shape, shape)
    }

    /// The same, for a weight that some files store with another shape of equal size; comes out as
    /// `shape`.
    pub fn tensor_or(&self, name: &str, shape: &[usize], other: &[usize]) -> Result<Tensor, LoadError> {
        let view = self.view(name, shape, other)?;
        let tensor = self.weights.compute.convert(&view.load(&Device::Cpu)?.reshape(shape)?)?;
        self.done(view.data());
        Ok(tensor)
    }

    /// What `make` makes of the tensor's numbers, row-major in `shape`; it may ask from several threads. They are read
    /// and widened as asked for, and nothing of the file stays in memory afterwards.
    pub fn numbers<R>(
        &self,
        name: &str,
        shape: &[usize],
        other: &[usize],
        make: impl FnOnce(&(dyn Fn(usize, &mut [f32]) + Sync)) -> R,
    ) -> Result<R, LoadError> {
        let view = self.view(name, shape, other)?;
        let data = view.data();
        let made = match view.dtype() {
            Dtype::F32 => make(&|at, out| {
                for (out, bytes) in out.iter_mut().zip(data[at * 4..].as_chunks().0) {
                    *out = f32::from_le_bytes(*bytes);
                }
            }),
            Dtype::F16 => make(&|at, out| half(&data[at * 2..], f16::from_le_bytes, out)),
            Dtype::BF16 => make(&|at, out| half(&data[at * 2..], bf16::from_le_bytes, out)),
            _ => {
                let all: Vec<f32> = view.load(&Device::Cpu)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
                make(&|at, out| out.copy_from_slice(&all[at..][..out.len()]))
            }
        };
        self.done(data);
        Ok(made)
    }

    fn view(&self, name: &str, shape: &[usize], other: &[usize]) -> Result<TensorView<'_>, LoadError> {
        let name = self.name(name);
        let weights = self.weights;
        let Some(Place { file, stored }) = weights.by_name.get(&name) else {
            let path = weights.files.first().map(|(path, _)| path.clone()).unwrap_or_default();
            return Err(LoadError::NoTensor { path, name });
        };
        let (path, file) = &weights.files[*file];
        let view = file.get(stored)?;
        let found = view.shape();
        if found != shape && found != other {
            return Err(LoadError::Shape { path: path.clone(), name, expected: shape.to_vec(), found: found.to_vec() });
        }
        Ok(view)
    }

    /// The tensor that `data` holds in a mapped file has been read.
    fn done(&self, data: &[u8]) {
        release(data);
        let meter = self.weights.meter;
        meter.done.set(meter.done.get() + data.len() as u64);
        if let Some(report) = meter.report {
            report((meter.done.get() as f64 / meter.total.max(1) as f64).min(1.0) as f32, self.weights.component);
        }
    }
}

/// Widens as many half floats as `out` takes, `STRETCH` at a time.
fn half<H: Copy + Default>(data: &[u8], from: impl Fn([u8; 2]) -> H, out: &mut [f32])
where
    [H]: HalfFloatSliceExt,
{
    const STRETCH: usize = 64;
    for (bytes, out) in data.as_chunks().0.chunks(STRETCH).zip(out.chunks_mut(STRETCH)) {
        let mut halves = [H::default(); STRETCH];
        for (half, bytes) in halves.iter_mut().zip(bytes) {
            *half = from(*bytes);
        }
        halves[..out.len()].convert_to_f32_slice(out);
    }
}

/// Releases the memory pages behind `data` of a mapped file. If it is read again, the system reloads it from the file.
#[cfg(target_os = "linux")]
fn release(data: &[u8]) {
    // At least as large as any machine's pages, and a multiple of them.
    const PAGE: usize = 64 * 1024;
    let before = data.as_ptr().addr().next_multiple_of(PAGE) - data.as_ptr().addr();
    let Some(inner) = data.get(before..) else { return };
    let len = inner.len() / PAGE * PAGE;
    // SAFETY: the range lies within a read-only mapping of a file, whose pages come back as they were when read again.
    unsafe { libc::madvise(inner.as_ptr().cast_mut().cast(), len, libc::MADV_DONTNEED) };
}

#[cfg(not(target_os = "linux"))]
fn release(_data: &[u8]) {}
