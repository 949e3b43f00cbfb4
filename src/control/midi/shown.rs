//! What the light of one control tells: whether its parameter is on, waits for its beat, or waits for its knob.

use super::lights::{LightBoard, Shown};
use crate::control::mapping::{Action, Binding, Glow, Role, Takeover, Target, is_knob};
use crate::param::{self, Turn, takeover};

/// No control plays here on the layer that is on.
pub const NOTHING: Shown = Shown { glow: Glow::Off, role: Role::Play, position: 0.0 };

/// Part of each beat for which a beat's light is on.
const PULSE: f64 = 0.25;

/// Of a control that stands at `position`, 0..1, as far as that is known, and is `pressed`.
pub fn shown(binding: &Binding, position: Option<f32>, pressed: bool, board: &LightBoard<'_>) -> Shown {
    let role = Role::of(binding);
    let Some(target) = binding.targets.first() else { return NOTHING };
    if is_knob(binding.action) {
        let (row, base) = (target.id.row(), board.snapshot.base[target.id]);
        let waits = waits(binding.action, target, position, base);
        let glow = if waits { Glow::Blink } else { Glow::On };
        return Shown { glow, role, position: target.position(row.normalized(base)) };
    }
    let empty =
        matches!(binding.action, Action::Look(number) if board.snapshot.looks.taken >> (number as u32 - 1) & 1 == 0);
    let glow = match button(binding.action, target, pressed, board) {
        Some(true) => Glow::On,
        Some(false) if empty => Glow::Off,
        Some(false) => Glow::Dim,
        None => Glow::Blink,
    };
    Shown { glow, role, position: 0.0 }
}

/// Whether a knob that stands at `position` must first meet its parameter's value.
fn waits(action: Action, target: &Target, position: Option<f32>, base: f32) -> bool {
    let held = matches!(action, Action::Knob { takeover: Takeover::Pickup });
    let turn = position.map(|position| Turn::first(position).mapped(|position| target.travel(position)));
    held && turn.is_some_and(|turn| !takeover::accepts(target.id.row(), base, &turn))
}

/// Whether a button's parameter is on; `None` while it waits for its beat.
fn button(action: Action, target: &Target, pressed: bool, board: &LightBoard<'_>) -> Option<bool> {
    let (id, snapshot) = (target.id, board.snapshot);
    if let Action::Look(number) = action {
        let asks = pressed || snapshot.looks.asked == Some(number as u8);
        return (!asks).then_some(snapshot.looks.current == number as u8);
    }
    let base = snapshot.base[id];
    let bank = snapshot.base.whole(param::PROMPT_BANK);
    match (action, id) {
        (Action::Set(value), param::PROMPT_SLOT) => {
            let slot = value as usize;
            if snapshot.pending.slot == Some((bank, slot)) {
                return None;
            }
            Some(snapshot.slot == slot && snapshot.bank == bank)
        }
        (Action::Trigger(_), param::DREAM_CUT) if snapshot.pending.cut => None,
        // The limiter holds what the strobe, or the show, would flash.
        (_, param::LOOK_STROBE) if snapshot.is_limited() => None,
        (Action::Trigger(_), param::TEMPO_TAP) => Some(board.beat.phase < PULSE),
        (Action::Set(value), _) => Some(base == id.row().clamp(value)),
        (Action::Toggle, _) => Some(base > id.row().range().0),
        (Action::Hold { pressed: value, .. }, _) => Some(base == id.row().clamp(value)),
        _ => Some(pressed),
    }
}
