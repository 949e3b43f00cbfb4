use std::collections::HashSet;

use super::node::{Frame, Node};
use super::*;
use crate::control::feedback::Topic;

fn walk<'a>(node: &'a Node, visit: &mut impl FnMut(&'a Node)) {
    visit(node);
    node.children.iter().for_each(|child| walk(child, visit));
}

#[test]
fn every_parameter_has_its_control_and_every_address_exists() {
    let root = root(9001);
    let mut addresses = HashSet::new();
    walk(&root, &mut |node| addresses.extend(node.osc.iter().map(|osc| osc.address.clone())));
    for address in &addresses {
        let plain = address.strip_suffix("/norm").unwrap_or(address);
        let is_parameter = Id::all().any(|id| address_of(id) == plain);
        assert!(is_parameter || Topic::at(plain).is_some() || plain == "/subscribe", "{address} is nowhere");
    }
    for id in Id::all().filter(|id| has_control(*id)) {
        let address = address_of(id);
        assert!(addresses.contains(&address) || addresses.contains(&(address + "/norm")), "{}", id.row().id);
    }
}

/// Nothing lies over anything but its caption, everything inside its parent, and a finger hits it.
#[test]
fn nothing_overlaps_and_everything_can_be_hit() {
    fn apart(a: Frame, b: Frame) -> bool {
        a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
    }
    walk(&root(0), &mut |parent| {
        let pages = parent.kind == "PAGER";
        for (k, child) in parent.children.iter().enumerate() {
            let f = child.frame;
            let inside = f.x + f.w <= parent.frame.w && f.y + f.h <= parent.frame.h;
            assert!(inside, "{} of {} reaches outside: {f:?} in {:?}", child.name, parent.name, parent.frame);
            assert!(child.kind == "LABEL" || (f.w >= 44 && f.h >= 44), "{} is too small: {f:?}", child.name);
            let others =
                parent.children[..k].iter().filter(|other| !pages && other.kind != "LABEL" && child.kind != "LABEL");
            for other in others {
                assert!(apart(f, other.frame), "{} lies over {}", child.name, other.name);
            }
        }
    });
}

#[test]
fn it_is_the_same_every_time_and_its_ids_are_different() {
    assert_eq!(layout(9001).unwrap(), layout(9001).unwrap());
    let text = root(9001).document();
    let ids: Vec<&str> = text.split("<node ID=\"").skip(1).filter_map(|rest| rest.get(..36)).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    assert!(text.contains("sendOSC('/subscribe', 9001, 60, 'norm')"));
}
