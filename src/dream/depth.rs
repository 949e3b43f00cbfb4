//! How near each point of a new picture is, as `motion.depth` asks. Owned by the maker, on the generator's thread.

use std::path::PathBuf;
use std::sync::Arc;

use super::Picture;
use crate::diffusion::depth::{DepthError, DepthNetwork, USUAL_SIDE};
use crate::motion::depth;

/// The folder of the depth model, beside that of the model that dreams.
const FOLDER: &str = "depth-anything-v2-small";

/// Where depth comes from: the values of `motion.depth`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepthSource {
    #[default]
    Off,
    Radial,
    Light,
    /// A network that sees it; light where there is none.
    Model,
}

impl DepthSource {
    /// By its name as a value of the parameter.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "radial" => Self::Radial,
            "light" => Self::Light,
            "model" => Self::Model,
            _ => Self::Off,
        }
    }
}

/// The network that sees depth. It is loaded when it is first asked for: most shows never do.
enum Network {
    /// Its folder, if there is one.
    Unasked(Option<PathBuf>),
    Ready(Box<DepthNetwork>),
    Missing,
}

/// Tells depth.
pub struct DepthMaker {
    /// That of a tunnel, for pictures of this height and width.
    radial: Option<([usize; 2], Arc<[u8]>)>,
    network: Network,
}

impl DepthMaker {
    /// `models` is the folder in which the depth model's lies.
    #[must_use]
    pub fn new(models: Option<PathBuf>) -> Self {
        Self { radial: None, network: Network::Unasked(models.map(|models| models.join(FOLDER))) }
    }

    /// How near each pixel of `picture` is; nothing when all are alike.
    pub fn nearness(&mut self, source: DepthSource, picture: &Picture) -> Option<Arc<[u8]>> {
        let size = [picture.height_px, picture.width_px];
        match source {
            DepthSource::Off => None,
            DepthSource::Radial => match &self.radial {
                Some((known, near)) if *known == size => Some(near.clone()),
                _ => {
                    let near: Arc<[u8]> = depth::radial(size).into();
                    self.radial = Some((size, near.clone()));
                    Some(near)
                }
            },
            DepthSource::Model => Some(self.seen(picture).unwrap_or_else(|| of_light(picture))),
            DepthSource::Light => Some(of_light(picture)),
        }
    }

    /// What the network sees; nothing where there is none.
    fn seen(&mut self, picture: &Picture) -> Option<Arc<[u8]>> {
        if let Network::Unasked(folder) = &self.network {
            self.network = match folder.as_ref().filter(|folder| folder.is_dir()) {
                Some(folder) => {
                    DepthNetwork::load(folder).map_or_else(gone, |network| Network::Ready(Box::new(network)))
                }
                None => {
                    tracing::info!(
                        "there is no models/{FOLDER}: what is bright counts as near (README says how to get it)"
                    );
                    Network::Missing
                }
            };
        }
        let Network::Ready(network) = &self.network else { return None };
        let size = [picture.height_px, picture.width_px];
        match network.nearness(&picture.rgb, size, USUAL_SIDE) {
            Ok((near, estimated)) => Some(depth::normalized(&near, estimated, size).into()),
            Err(error) => {
                self.network = gone(error);
                None
            }
        }
    }
}

fn of_light(picture: &Picture) -> Arc<[u8]> {
    depth::of_light(&picture.luma(), [picture.height_px, picture.width_px]).into()
}

/// The depth model cannot be used: said once, and light takes its place.
fn gone(error: DepthError) -> Network {
    tracing::warn!("the depth model cannot be used: {error}; what is bright counts as near instead");
    Network::Missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_model_what_is_bright_is_near() {
        let rgb = (0..3 * 64 * 32).map(|at| if at % 64 < 32 { 0.2 } else { 0.9 }).collect();
        let picture = Picture::new(64, 32, rgb);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join(FOLDER).join("model.safetensors"), b"no weights").unwrap();
        for models in [None, Some(folder.path().to_owned())] {
            let mut maker = DepthMaker::new(models);
            assert!(maker.nearness(DepthSource::Off, &picture).is_none());
            let near = maker.nearness(DepthSource::Model, &picture).unwrap();
            assert_eq!(Some(&near), maker.nearness(DepthSource::Light, &picture).as_ref());
            assert!(near[0] < 50 && near[63] > 200);
        }
    }
}
