//! What the web port shows of this run: names and pictures of slots, and where it may be reached.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::options::Options;
use super::shared::Shared;
use crate::control::web::{Monitor, Passcode, Pictures, StillPicture, WebConfig, WebListen};
use crate::show::Show;

/// Where it serves unless somebody says otherwise.
const USUAL: &str = "127.0.0.1:9080";

/// The port of this run; none in virtual time, where it is off, or where the usual one is taken.
///
/// # Errors
/// When the address that was asked for is none.
pub fn config(options: &Options, show: &Show, shared: &Shared) -> anyhow::Result<Option<WebConfig>> {
    let asked = options.web.as_deref();
    if options.stepped || asked == Some("off") {
        return Ok(None);
    }
    let listen: WebListen = asked.unwrap_or(USUAL).parse()?;
    if asked.is_none() && TcpListener::bind(listen.address).is_err() {
        tracing::info!("no port for phones: {USUAL} is taken; --web 9081 is another");
        return Ok(None);
    }
    let passcode = options.passcode.clone().or_else(|| Some(Passcode::kept_at(&state_folder()?.join("passcode"))));
    let name = format!("Halation {}", show.name);
    Ok(Some(WebConfig { listen, passcode, pictures: pictures(shared), monitor: Monitor::default(), name }))
}

fn state_folder() -> Option<PathBuf> {
    let user = etcetera::choose_base_strategy().ok()?;
    Some(user.state_dir().unwrap_or_else(|| user.data_dir()).join(Path::new("halation")))
}

fn pictures(shared: &Shared) -> Pictures {
    let (texts, stills, board) = (shared.texts.clone(), shared.stills.clone(), shared.texts.clone());
    Pictures {
        names: std::sync::Arc::new(move || {
            let banks = texts.read();
            let slots = |bank: &crate::dream::Bank| bank.slots.iter().map(|slot| slot.text(0.0).to_string()).collect();
            banks.banks.iter().map(|bank| (bank.name.to_string(), slots(bank))).collect()
        }),
        still: std::sync::Arc::new(move |bank, slot| {
            let still = stills.get(&board.read(), (bank, slot), 0.0)?;
            let (width_px, height_px) = (still.width_px, still.height_px);
            Some(StillPicture { rgba: still.pixels.clone(), width_px, height_px })
        }),
    }
}
