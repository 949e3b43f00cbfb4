//! The next show: prepared on a thread of its own while this one plays, and taken over by the desk when it is asked for.
//!
//! What may take long (reading, checking, stills, another model) happens here; what is left for the conductor is to swap.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::bill::Bill;
use super::options::Options;
use super::outlets::ChangeoverOutlets;
use super::shared::Shared;
use super::{dreamer, wall_config};
use crate::conductor::{LOOKS, Shelf};
use crate::dream::{Dreamer, Still, Stills};
use crate::render::OverlayImage;
use crate::rt::{self, Stop};
use crate::show::{self, Show, ShowFiles};
use crate::units::Seconds;

/// How often the thread looks whether to leave.
const LOOK: Duration = Duration::from_millis(50);
/// Wishes that may wait.
const WAITING: usize = 4;
/// A change of shows is never over sooner.
const SETTLED_S: f64 = 1.0;
/// Where shows are looked for by name, beside the folder of the one that plays.
const SHIPPED: &str = "mappings/shows";

/// The show that plays, as the generator was made for it.
pub struct OpenedShow {
    pub show: Box<Show>,
    pub picture_px: (usize, usize),
}

impl OpenedShow {
    /// Whether the generator that is there can play `next`: it has the same model, and starts from the same things.
    fn can_dream(&self, next: &Show) -> bool {
        let overlays = |show: &Show| show.overlays.iter().map(|overlay| overlay.path.clone()).collect::<Vec<_>>();
        let size = next.picture_px.map(|(width, height)| (width as usize, height as usize));
        next.model == self.show.model
            && next.image == self.show.image
            && overlays(next) == overlays(&self.show)
            && size.is_none_or(|size| size == self.picture_px)
    }
}

/// What somebody wished for.
enum Ask {
    /// The next one of `--next`.
    Next,
    /// One by its name.
    Load(Arc<str>),
}

/// A show, ready to be played.
pub struct Next {
    pub show: Box<Show>,
    path: PathBuf,
    shelf: Shelf,
    stills: Vec<(Arc<str>, Still)>,
    overlays: Arc<[OverlayImage]>,
    /// Where the model or what it starts from is another.
    dreamer: Option<Box<Dreamer>>,
    /// What its files held when it was prepared.
    state: Vec<Option<u64>>,
}

/// The desk's end.
pub struct Changeover {
    asks: Sender<Ask>,
    ready: Receiver<Next>,
    stills: Stills,
    bill: Bill,
    files: ShowFiles,
    dreamers: Sender<Box<Dreamer>>,
    overlays: Sender<Arc<[OverlayImage]>>,
    /// How often `show.next` has fired.
    fired: u32,
    /// Banks of the show that plays, while those of the one before still stand behind them.
    fading: Option<(usize, Seconds)>,
}

/// What the conductor needs to take over.
pub struct TakenOver {
    pub show: Box<Show>,
    pub shelf: Shelf,
}

impl Changeover {
    /// Starts the thread, which prepares the first show of `--next` at once.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn spawn(
        options: &Options,
        playing: OpenedShow,
        shared: &Shared,
        files: ShowFiles,
        stop: Stop,
    ) -> anyhow::Result<(Self, ChangeoverOutlets)> {
        let ((asks, asked), (give, ready)) = (bounded(WAITING), bounded(1));
        let ((dreamers, new_dreamers), (overlays, new_overlays)) = (bounded(1), bounded(1));
        let line = options.next.iter().cloned().collect();
        let worker = Preparing {
            line,
            prepared: None,
            failed: None,
            playing,
            options: options.clone(),
            shared: shared.clone(),
            files: files.clone(),
        };
        rt::spawn("next show", move || worker.run(&asked, &give, &stop))?;
        let (stills, bill, fading) = (shared.stills.clone(), shared.bill.clone(), None);
        let desk = Self { asks, ready, stills, bill, files, dreamers, overlays, fired: 0, fading };
        Ok((desk, ChangeoverOutlets { dreamers: new_dreamers, overlays: new_overlays }))
    }

    /// `show.next` has fired `fired` times by now.
    pub fn count(&mut self, fired: u32) {
        if std::mem::replace(&mut self.fired, fired) != fired {
            self.ask(Ask::Next);
        }
    }

    /// Somebody wants the show called `name`.
    pub fn load(&mut self, name: &Arc<str>) {
        self.ask(Ask::Load(name.clone()));
    }

    fn ask(&self, ask: Ask) {
        if matches!(self.asks.try_send(ask), Err(TrySendError::Full(_))) {
            tracing::warn!("one show after the other: this wish is left out");
        }
    }

    /// A show that is ready: its texts stand on the board, before those that play.
    pub fn take(&mut self, texts: &crate::dream::TextBoard, now: Seconds) -> Option<TakenOver> {
        let Next { show, path, shelf, stills, overlays, dreamer, .. } = self.ready.try_recv().ok()?;
        texts.lay_before(show.banks.clone());
        self.stills.put(&texts.read(), stills);
        self.fading = Some((show.banks.banks.len(), now));
        self.files.set(vec![path]);
        // Both ends take what they are given within a frame or an image.
        let _ = self.overlays.try_send(overlays);
        if let Some(dreamer) = dreamer {
            let _ = self.dreamers.try_send(dreamer);
        }
        tracing::info!("{} takes over", show.name);
        self.bill.took_over(&show.name);
        Some(TakenOver { show, shelf })
    }

    /// Takes the banks of the show before off the board once nothing of them is left in the mix; whether it just did.
    pub fn settle(&mut self, texts: &crate::dream::TextBoard, left: f32, now: Seconds) -> bool {
        let over = |(_, since): &(usize, Seconds)| left <= 0.0 && now.since(*since) > SETTLED_S;
        let Some((banks, _)) = self.fading.take_if(|fading| over(fading)) else { return false };
        texts.keep_first(banks);
        true
    }

    /// Whether the show in these files is the one that plays.
    pub fn plays(&self, files: &Arc<Vec<PathBuf>>) -> bool {
        Arc::ptr_eq(files, &self.files.get())
    }

    /// The show was edited and has `banks` now; how many it had, while banks of the show before stand behind them.
    pub fn edited(&mut self, banks: usize) -> Option<usize> {
        let (known, _) = self.fading.as_mut()?;
        Some(std::mem::replace(known, banks))
    }
}

/// What the thread owns.
struct Preparing {
    line: VecDeque<PathBuf>,
    prepared: Option<Next>,
    /// The one that should be next and cannot be played as it is.
    failed: Option<PathBuf>,
    playing: OpenedShow,
    options: Options,
    shared: Shared,
    files: ShowFiles,
}

impl Preparing {
    fn run(mut self, asked: &Receiver<Ask>, give: &Sender<Next>, stop: &Stop) {
        rt::lower_priority();
        let mut waiting = VecDeque::new();
        while !stop.is_set() {
            if self.prepared.is_none()
                && self.failed.is_none()
                && let Some(path) = self.line.pop_front()
            {
                self.prepared = self.prepare(&path);
                self.failed = self.prepared.is_none().then_some(path);
                self.shared.bill.next(self.prepared.as_ref().map(|next| next.show.name.as_str()));
            }
            let ask = match waiting.pop_front() {
                Some(ask) => Ok(ask),
                None => asked.recv_timeout(LOOK),
            };
            let next = match ask {
                Ok(Ask::Next) => {
                    let next = self.next();
                    // Who pressed again while a show was loaded meant this one.
                    waiting.extend(asked.try_iter().filter(|ask| !matches!(ask, Ask::Next)));
                    next
                }
                Ok(Ask::Load(name)) => self.find(&name).and_then(|path| self.prepare(&path)),
                Err(_) => None,
            };
            if let Some(next) = next {
                self.playing.show = next.show.clone();
                if let Some(dreamer) = &next.dreamer {
                    self.playing.picture_px = dreamer.picture_px();
                }
                // What was prepared behind another show is prepared anew behind this one.
                if let Some(next) = self.prepared.take() {
                    self.line.push_front(next.path);
                }
                // The desk takes one every tick.
                let _ = give.send_timeout(next, Duration::from_secs(2));
            }
        }
    }

    /// The next show of the line, as it was prepared, or anew when its files were edited since. One that cannot be played stays
    /// next: it may be mended.
    fn next(&mut self) -> Option<Next> {
        let path = match (self.prepared.take(), &self.failed) {
            (Some(next), _) if next.state == show::state_of(std::slice::from_ref(&next.path)) => return Some(next),
            (Some(next), _) => next.path,
            (None, Some(path)) => path.clone(),
            (None, None) => {
                tracing::warn!("there is no next show; name it with --next, or load one with /show/load");
                return None;
            }
        };
        let next = self.prepare(&path);
        self.failed = next.is_none().then_some(path);
        next
    }

    /// The file of a show by its name, beside the one that plays or among those that come along. Never elsewhere: the name
    /// may come over the network.
    fn find(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
        let beside = self.files.get().first().and_then(|path| path.parent().map(Path::to_owned));
        let folders = beside.into_iter().chain([PathBuf::from(SHIPPED)]);
        let files = folders.flat_map(|folder| [folder.join(name), folder.join(format!("{name}.toml"))]);
        let found = files.into_iter().find(|path| plain && path.is_file());
        if found.is_none() {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            tracing::warn!("there is no show \"{shown}\" beside this one or in {SHIPPED}; this one plays on");
        }
        found
    }

    /// Everything of a show that takes long; `None` with a sentence when it cannot be played.
    fn prepare(&self, path: &Path) -> Option<Next> {
        let prepared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.try_prepare(path)));
        match prepared {
            Ok(Ok(next)) => Some(next),
            Ok(Err(error)) => {
                tracing::warn!("the next show cannot be played, this one plays on: {error:#}");
                None
            }
            Err(_) => None,
        }
    }

    fn try_prepare(&self, path: &Path) -> anyhow::Result<Next> {
        let state = show::state_of(std::slice::from_ref(&path.to_owned()));
        let show = show::load_all(&[path.to_owned()])?;
        let shelf = show::looks::read(&show::looks::file_of(path)).unwrap_or_else(|says| {
            tracing::warn!("{says}; playing without the looks that were kept");
            [None; LOOKS]
        });
        let dreamer = if self.playing.can_dream(&show) {
            None
        } else {
            let like = Some(self.playing.picture_px);
            let opened = dreamer::open(&self.options, &show, &self.shared, like);
            Some(Box::new(opened.with_context(|| format!("{}", path.display()))?))
        };
        let picture_px = dreamer.as_ref().map_or(self.playing.picture_px, |dreamer| dreamer.picture_px());
        let stills = dreamer::stills_on_disk(&self.options, &show, picture_px)?;
        tracing::info!("{} is ready: show.next or /show/load plays it", show.name);
        let overlays = wall_config::overlays(&show);
        Ok(Next { show: Box::new(show), path: path.to_owned(), shelf, stills, overlays, dreamer, state })
    }
}
