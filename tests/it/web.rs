//! The web port: OSCQuery and the phone page, by clients that nobody here wrote.

use std::process::{Command, Output};

use crate::support::{root, run, run_well, scratch};

/// Runs a client's script; `None` where what it needs is not installed.
fn client(script: &str, modules: &str, packages: &str) -> Option<Output> {
    let folder = scratch(script);
    run_client(script, modules, packages, &[env!("CARGO_BIN_EXE_halation"), &folder.display().to_string()])
}

fn run_client(script: &str, modules: &str, packages: &str, arguments: &[&str]) -> Option<Output> {
    // Debian's packages belong to Debian's Python, whatever else is installed.
    let python = if std::path::Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
    let has = Command::new(python).args(["-c", modules]).output().is_ok_and(|out| out.status.success());
    if !has {
        assert!(std::env::var_os("CI").is_none(), "CI needs {packages}");
        println!("skipped: {script} needs {packages}");
        return None;
    }
    let mut run = Command::new(python);
    run.arg(root().join("tests/clients").join(script)).args(arguments);
    Some(run.current_dir(root()).output().expect("python runs"))
}

fn passes(out: &Output) -> String {
    let (said, wrong) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}{wrong}");
    said.into_owned()
}

#[test]
fn oscquery_clients_find_read_set_and_listen() {
    if let Some(out) = client("oscquery.py", "import websockets, zeroconf", "python3-websockets and python3-zeroconf") {
        println!("{}", passes(&out));
    }
}

#[test]
fn the_phone_page_in_a_browser() {
    let needs =
        "import websockets, shutil, sys; sys.exit(not (shutil.which('chromium') or shutil.which('google-chrome')))";
    if let Some(out) = client("phone_page.py", needs, "chromium and python3-websockets") {
        assert!(passes(&out).contains("comes back"));
    }
}

#[test]
fn the_tablets_layout_is_what_others_can_read() {
    let path = scratch("touchosc").join("halation.tosc").display().to_string();
    run_well(&["touchosc", "--out", &path, "--receive-port", "9123"]);
    if let Some(out) = run_client("touchosc.py", "import zlib", "python3", &[&path]) {
        assert!(passes(&out).contains("addresses"));
    }
    assert_eq!(run(&["touchosc", "--out", "layout.xml"]).status.code(), Some(2));
}
