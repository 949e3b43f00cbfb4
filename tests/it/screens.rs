//! The wall finds its screen again, on an X server with several: cables out and in, places swapped, modes changed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{XServer, halation, report, root, scratch};

const PATIENCE: Duration = Duration::from_secs(60);
/// Back within so long.
const BACK: Duration = Duration::from_secs(2);

/// An X server with the dummy driver, whose monitors can be plugged in and out.
struct Server(XServer);

impl Server {
    /// `None` where there is no such server and nobody insists.
    fn open(folder: &Path) -> Option<Self> {
        let config = root().join("tests/fixtures/screens/two_screens_xorg.conf");
        let (config, log) = (config.display().to_string(), folder.join("xorg.log").display().to_string());
        let arguments = ["-noreset", "-config", &config, "-logfile", &log];
        let server = Self(XServer::start("Xorg", &arguments, "xserver-xorg-core, xserver-xorg-video-dummy")?);
        server.xrandr(&["--addmode", "DUMMY1", "800x600"]);
        server.xrandr(&["--addmode", "DUMMY1", "640x480"]);
        Some(server)
    }

    fn ask(&self, program: &str, args: &[&str]) -> String {
        let out =
            Command::new(program).args(args).env("DISPLAY", &self.0.display).output().expect("the package is there");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    fn xrandr(&self, args: &[&str]) {
        self.ask("xrandr", args);
    }

    /// Left, top, width and height of the wall.
    fn wall(&self) -> Option<[i64; 4]> {
        let window = self.ask("xdotool", &["search", "--name", "^Halation$"]);
        let told = self.ask("xwininfo", &["-id", window.lines().next()?]);
        let field = |name: &str| told.lines().find_map(|l| l.trim().strip_prefix(name)?.trim().parse().ok());
        let names = ["Absolute upper-left X:", "Absolute upper-left Y:", "Width:", "Height:"];
        let found: Vec<i64> = names.into_iter().filter_map(field).collect();
        found.try_into().ok()
    }

    fn wait_for(&self, expected: [i64; 4], at_most: Duration, what: &str) {
        let began = Instant::now();
        while self.wall() != Some(expected) {
            assert!(began.elapsed() < at_most, "{what}: the wall is at {:?}, not {expected:?}", self.wall());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn play(server: &Server, report: &Path, monitor: &str) -> Child {
    halation()
        .args(["play", "--audio", "none", "--osc", "off", "--link", "off", "--prolink", "off", "--fps", "10"])
        .args(["--size", "320x240", "--monitor", monitor, "--report"])
        .arg(report)
        .env("DISPLAY", &server.0.display)
        .env_remove("WAYLAND_DISPLAY")
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

#[test]
fn the_wall_finds_its_screen_again() {
    let folder = scratch("screens");
    let Some(server) = Server::open(&folder) else { return };
    server.xrandr(&["--output", "DUMMY1", "--mode", "800x600", "--right-of", "DUMMY0"]);
    let file = folder.join("report.json");
    let mut child = play(&server, &file, "2");
    server.wait_for([1024, 0, 800, 600], PATIENCE, "at the start");

    // The projector's cable, twice; the second time it comes back with another mode.
    for (mode, size) in [("800x600", [800, 600]), ("640x480", [640, 480])] {
        server.xrandr(&["--output", "DUMMY1", "--off"]);
        std::thread::sleep(Duration::from_secs(1));
        server.xrandr(&["--output", "DUMMY1", "--mode", mode, "--right-of", "DUMMY0"]);
        server.wait_for([1024, 0, size[0], size[1]], BACK, "plugged in again");
    }
    server.xrandr(&["--output", "DUMMY0", "--pos", "640x0", "--output", "DUMMY1", "--pos", "0x0"]);
    server.wait_for([0, 0, 640, 480], BACK, "swapped with the laptop");
    server.xrandr(&["--output", "DUMMY1", "--mode", "800x600"]);
    server.wait_for([0, 0, 800, 600], BACK, "another mode");

    // F11 is a window, of the size that was asked for, and F11 again the whole screen.
    server.ask("xdotool", &["key", "F11"]);
    server.wait_for([0, 0, 320, 240], PATIENCE, "F11");
    server.ask("xdotool", &["key", "F11"]);
    server.wait_for([0, 0, 800, 600], PATIENCE, "F11 again");

    // Esc once is an elbow.
    server.ask("xdotool", &["key", "Escape"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(child.try_wait().expect("a child").is_none(), "Esc once ended the show");
    server.ask("xdotool", &["key", "Escape", "key", "Escape"]);
    let began = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        assert!(began.elapsed() < PATIENCE, "Esc twice did not end the show");
        std::thread::sleep(Duration::from_millis(50));
    }
    let report = report(&file);
    let lost = report["faults"].as_array().expect("faults").iter().find(|f| f["kind"] == "screen-lost");
    let lost = lost.unwrap_or_else(|| panic!("{}", report["faults"]));
    assert!(lost["count"].as_u64() >= Some(3) && lost["recovered"] == true, "{lost}");
}

#[test]
fn a_monitor_that_is_not_there_is_named() {
    let folder = scratch("no-screen");
    let Some(server) = Server::open(&folder) else { return };
    let out = halation()
        .args(["play", "--audio", "none", "--osc", "off", "--monitor", "projector"])
        .env("DISPLAY", &server.0.display)
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(said.contains("no monitor matches \"projector\"; the monitors are 1 \"DUMMY0\""), "{said}");
}
