//! The terminal never ends or stops the show: its reader may leave, it may be paused, the session may hang up.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};

use crate::support::{halation, report, scratch};

const PATIENCE: Duration = Duration::from_secs(60);

/// A show without sound, on an OSC port of its own, that leaves its report in `name`'s folder.
struct Playing {
    command: Command,
    port: u16,
    report: std::path::PathBuf,
}

impl Playing {
    fn new(name: &str) -> Self {
        let report = scratch(name).join("report.json");
        let free = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let mut command = halation();
        command
            .args(["play", "--headless", "--size", "64x64", "--fps", "20", "--audio", "none", "--link", "off"])
            .args(["--prolink", "off", "--osc", &format!("127.0.0.1:{free}"), "--report"])
            .arg(&report)
            .stdout(Stdio::null());
        Self { command, port: free, report }
    }

    /// Plays with `more` arguments until it ends by itself, which must be well; what it told, and its report.
    fn play_out(mut self, more: &[&str]) -> (String, serde_json::Value) {
        let out = self.command.args(more).stderr(Stdio::piped()).output().expect("the binary runs");
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{told}");
        (told, report(&self.report))
    }

    fn start(&mut self, stderr: impl Into<Stdio>) -> Child {
        self.command.stderr(stderr).spawn().expect("the binary runs")
    }

    /// Asks until there is an answer: the show plays, and its hands are served.
    fn wait_for_hands(&self, child: &mut Child) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
        let began = Instant::now();
        loop {
            // What nobody knows is said in the log, by whoever serves the hands if it is done badly.
            for address in ["/nothing/here", "/dream/strength"] {
                let message = OscMessage { addr: address.into(), args: vec![OscType::String("?".into())] };
                let bytes = rosc::encoder::encode(&OscPacket::Message(message)).expect("encodes");
                let _ = socket.send_to(&bytes, ("127.0.0.1", self.port));
            }
            if socket.recv(&mut [0; 256]).is_ok() {
                return;
            }
            assert!(child.try_wait().expect("a child").is_none(), "it left");
            assert!(began.elapsed() < PATIENCE, "nobody answers");
        }
    }

    fn frames(&self) -> u64 {
        report(&self.report)["frames"]["presented"].as_u64().expect("frames")
    }
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: a plain system call; the child is ours and not waited for yet.
    unsafe { libc::kill(child.id() as libc::pid_t, signal) };
}

fn wait(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("it did not leave");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_of_the_log_that_leaves_does_not_end_the_show() {
    let mut playing = Playing::new("reader-leaves");
    let mut child = playing.start(Stdio::piped());
    let mut log = BufReader::new(child.stderr.take().expect("piped"));
    log.read_line(&mut String::new()).expect("a line");
    drop(log);
    playing.wait_for_hands(&mut child);
    // Status lines that nobody reads.
    std::thread::sleep(Duration::from_millis(2500));
    signal(&child, libc::SIGTERM);
    assert!(wait(&mut child).success());
    assert!(playing.frames() > 0);
}

/// A pipe that takes nothing more, as a terminal does after Ctrl-S, and its other end.
fn paused_terminal() -> (OwnedFd, OwnedFd) {
    let mut ends = [0; 2];
    // SAFETY: plain system calls on a pipe of our own; both ends are owned from here on.
    unsafe {
        assert_eq!(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK), 0);
        while libc::write(ends[1], [b' '; 4096].as_ptr().cast(), 4096) > 0 {}
        while libc::write(ends[1], [b' '; 1].as_ptr().cast(), 1) > 0 {}
        libc::fcntl(ends[1], libc::F_SETFL, 0);
        (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1]))
    }
}

#[test]
fn a_paused_terminal_stops_nothing() {
    let mut playing = Playing::new("paused-terminal");
    let (_unread, terminal) = paused_terminal();
    let mut child = playing.start(terminal);
    playing.wait_for_hands(&mut child);
    // The log has something to say, and the hands are served still; the wall begins a moment after them.
    std::thread::sleep(Duration::from_millis(1500));
    playing.wait_for_hands(&mut child);
    signal(&child, libc::SIGTERM);
    let asked = Instant::now();
    assert!(wait(&mut child).success());
    assert!(asked.elapsed() < Duration::from_secs(8), "it took {:?} to leave", asked.elapsed());
    assert!(playing.frames() > 0);
}

#[test]
fn a_hangup_that_was_ignored_at_the_start_stays_ignored() {
    for ignored in [true, false] {
        let mut playing = Playing::new(&format!("hangup-{ignored}"));
        let action = if ignored { libc::SIG_IGN } else { libc::SIG_DFL };
        // SAFETY: only a system call between fork and exec.
        unsafe {
            playing.command.pre_exec(move || {
                libc::signal(libc::SIGHUP, action);
                Ok(())
            })
        };
        let mut child = playing.start(Stdio::null());
        playing.wait_for_hands(&mut child);
        signal(&child, libc::SIGHUP);
        if ignored {
            std::thread::sleep(Duration::from_millis(1500));
            assert!(child.try_wait().expect("a child").is_none(), "it left with the session");
            playing.wait_for_hands(&mut child);
            signal(&child, libc::SIGTERM);
        }
        assert!(wait(&mut child).success());
    }
}

/// A terminal: the end that a person has, and the one that a program has.
fn terminal() -> (OwnedFd, OwnedFd) {
    let (mut person, mut program) = (0, 0);
    let none = std::ptr::null_mut();
    // SAFETY: a plain system call with room for two descriptors, which are owned from here on.
    unsafe {
        assert_eq!(libc::openpty(&raw mut person, &raw mut program, none, none.cast(), none.cast()), 0);
        (OwnedFd::from_raw_fd(person), OwnedFd::from_raw_fd(program))
    }
}

fn local_flags(terminal: &OwnedFd) -> libc::tcflag_t {
    let mut found = std::mem::MaybeUninit::uninit();
    // SAFETY: room for the answer, read only if the call succeeded.
    unsafe {
        assert_eq!(libc::tcgetattr(terminal.as_raw_fd(), found.as_mut_ptr()), 0);
        found.assume_init().c_lflag
    }
}

#[test]
fn keys_of_the_terminal_are_pads_and_it_is_given_back() {
    let mut playing = Playing::new("terminal-keys");
    let (person, program) = terminal();
    let before = local_flags(&person);
    playing.command.stdin(program.try_clone().expect("a terminal"));
    // SAFETY: only system calls between fork and exec: the terminal becomes the child's own.
    unsafe {
        playing.command.pre_exec(|| {
            libc::setsid();
            libc::ioctl(0, libc::TIOCSCTTY, 0);
            Ok(())
        })
    };
    let mut child = playing.start(Stdio::null());
    playing.wait_for_hands(&mut child);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let ask = OscMessage { addr: "/prompt/slot".into(), args: vec![OscType::String("?".into())] };
    let ask = rosc::encoder::encode(&OscPacket::Message(ask)).expect("encodes");
    let (began, mut buffer) = (Instant::now(), [0; 64]);
    let mut slot = 0;
    while slot != 5 {
        assert!(began.elapsed() < PATIENCE, "the key did nothing, slot {slot} plays");
        // SAFETY: two bytes of our own to a descriptor of our own: a key that means nothing, and one that does.
        assert_eq!(unsafe { libc::write(person.as_raw_fd(), b"x5".as_ptr().cast(), 2) }, 2);
        socket.send_to(&ask, ("127.0.0.1", playing.port)).expect("sent");
        if let Ok(size) = socket.recv(&mut buffer) {
            slot = i32::from_be_bytes(buffer[size - 4..size].try_into().expect("a number"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(local_flags(&person) & (libc::ECHO | libc::ICANON), 0, "keys come one by one");
    signal(&child, libc::SIGTERM);
    assert!(wait(&mut child).success());
    assert_eq!(local_flags(&person), before, "as it was found");
}

#[test]
fn a_conductor_that_panics_at_each_tick_says_so_once_a_second() {
    let (told, report) =
        Playing::new("panics-each-tick").play_out(&["--debug-fault", "conductor@1", "--duration", "5"]);
    let lines = told.lines().filter(|line| line.contains("conductor panic on purpose")).count();
    assert!((1..=3).contains(&lines), "two seconds of panics are {lines} lines:\n{told}");
    let fault = report["faults"].as_array().expect("faults").iter().find(|fault| fault["kind"] == "conductor");
    let fault = fault.expect("it is counted");
    assert!(fault["count"].as_u64() > Some(20), "{fault}");
    assert!(report["frames"]["presented"].as_u64() > Some(20), "the wall goes on: {}", report["frames"]);
}

#[test]
fn a_thread_that_does_not_leave_does_not_keep_the_report() {
    let (told, report) = Playing::new("does-not-leave").play_out(&["--debug-fault", "hang@0", "--duration", "3"]);
    assert!(told.contains("a thread did not leave in time"), "{told}");
    assert!(report["frames"]["presented"].as_u64() > Some(20), "{}", report["frames"]);
}

#[test]
fn an_answer_nobody_reads_is_no_crash() {
    for args in [&["params"][..], &["params", "--json"], &["devices"], &["check", "mappings/shows/first-light.toml"]] {
        let (read, write) = std::io::pipe().expect("a pipe");
        drop(read);
        let out = halation().args(args).stdout(write).output().expect("the binary runs");
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let out = halation().arg("params").stdout(full).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(said.starts_with("halation: ") && !said.contains("panicked") && said.lines().count() == 1, "{said}");
}
