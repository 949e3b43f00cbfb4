//! From one show to the next without a gap, and a show in one folder.

use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};

use crate::support::{halation, report, run, run_well, scratch};

fn show(folder: &Path, name: &str, hue: f64, more: &str) {
    let slots: Vec<String> = (1..=8).map(|slot| format!("\"{name} picture {slot}\"")).collect();
    let text = format!(
        "name = \"{name}\"\npicture = [64, 64]\n{more}[params]\n\"look.hue\" = {hue:.1}\n\"dream.steps\" = 1\n\"show.fade\" = 2.0\n\
         [[bank]]\nname = \"{name} bank\"\nslots = [{}]\n",
        slots.join(", ")
    );
    std::fs::write(folder.join(format!("{name}.toml")), text).unwrap();
}

struct Playing(Child, UdpSocket, u16);

impl Playing {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut play = halation();
        play.args(["play", "--headless", "--size", "160x90", "--fps", "30", "--audio", "none", "--link", "off"]);
        play.args(["--prolink", "off", "--web", "off", "--osc", &format!("127.0.0.1:{port}"), "--report"]);
        play.arg(folder.join("report.json")).args(arguments);
        let log = std::fs::File::create(folder.join("play.log")).unwrap();
        let new = Self(play.stderr(log).stdout(Stdio::null()).spawn().unwrap(), socket, port);
        new.until("/look/hue", |_| true);
        new
    }

    fn send(&self, address: &str, args: Vec<OscType>) {
        let packet = OscPacket::Message(OscMessage { addr: address.into(), args });
        self.1.send_to(&rosc::encoder::encode(&packet).unwrap(), ("127.0.0.1", self.2)).unwrap();
    }

    fn until(&self, address: &str, good: impl Fn(f32) -> bool) {
        let (end, mut buffer) = (Instant::now() + Duration::from_secs(60), [0; 256]);
        let mut last = None;
        while Instant::now() < end {
            self.send(address, vec![OscType::String("?".into())]);
            let Ok((size, _)) = self.1.recv_from(&mut buffer) else { continue };
            if let OscPacket::Message(message) = rosc::decoder::decode_udp(&buffer[..size]).unwrap().1 {
                last = message.args.first().cloned().and_then(|value| value.float().or(None));
                if message.addr == address && last.is_some_and(&good) {
                    return;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{address} never got there, it is {last:?}");
    }

    fn stop(mut self) {
        std::process::Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

#[test]
fn shows_take_over_from_each_other_while_the_wall_plays() {
    let folder = scratch("changeover");
    show(&folder, "first", 10.0, "");
    show(&folder, "second", 50.0, "blocked_words = [\"gore\"]\n");
    show(&folder, "third", 80.0, "");
    std::fs::write(folder.join("broken.toml"), "name = 3").unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let play = Playing::start(&folder, &[&at("first.toml"), "--next", &at("second.toml")]);
    play.until("/look/hue", |hue| hue == 10.0);
    // A hand on a knob of the show before does not hold the next one.
    play.send("/look/hue", vec![OscType::Float(12.0)]);
    play.until("/look/hue", |hue| hue == 12.0);
    std::thread::sleep(Duration::from_millis(700));
    play.send("/show/next", vec![]);
    play.until("/look/hue", |hue| hue == 50.0);
    // What cannot be loaded changes nothing, wherever its name leads.
    for wrong in ["broken", "nowhere", "../../secrets", "/etc/passwd", ""] {
        play.send("/show/load", vec![OscType::String(wrong.into())]);
        std::thread::sleep(Duration::from_millis(300));
    }
    play.send("/show/load", vec![OscType::String("third".into())]);
    play.until("/look/hue", |hue| hue == 80.0);
    play.send("/show/load", vec![OscType::String("first.toml".into())]);
    play.until("/look/hue", |hue| hue == 10.0);
    // The file that plays is the one whose edits count.
    show(&folder, "first", 20.0, "");
    play.until("/look/hue", |hue| hue == 20.0);
    play.stop();
    let log = std::fs::read_to_string(folder.join("play.log")).unwrap();
    for said in
        ["second takes over", "third takes over", "first takes over", "there is no show \"nowhere\"", "broken.toml"]
    {
        assert!(log.contains(said), "{said} is not in {log}");
    }
    let report = report(&folder.join("report.json"));
    assert_eq!(report["faults"].as_array().map(Vec::len), Some(0), "{}", report["faults"]);
    assert!(report["images"]["made"].as_u64() > Some(0));

    let none = run(&["play", &at("first.toml"), "--next", &at("broken.toml"), "--headless", "--duration", "1"]);
    assert_eq!(none.status.code(), Some(2), "a next show that cannot be read is known at the start");
}

#[test]
fn a_packed_show_plays_from_anywhere() {
    let folder = scratch("pack");
    let picture = folder.join("far/away/logo.png");
    std::fs::create_dir_all(picture.parent().unwrap()).unwrap();
    image::RgbaImage::from_pixel(8, 8, image::Rgba([255, 0, 0, 255])).save(&picture).unwrap();
    let logos = folder.join("logos");
    std::fs::create_dir_all(&logos).unwrap();
    std::fs::copy(&picture, logos.join("one.png")).unwrap();
    // A folder, a path in other quotes, and a name that is the end of another path.
    let more =
        format!("image = '{}'\noverlay = \"{}\"\nmodel = \"models/spark\"\n", picture.display(), logos.display());
    show(&folder, "night", 10.0, &more);
    std::fs::write(folder.join("night.looks.toml"), "[[look]]\nnumber = 1\n[look.params]\n\"look.hue\" = 3.0\n")
        .unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    run_well(&["pack", &at("night.toml"), "--out", &at("stick")]);
    let stick = folder.join("stick");
    for file in [
        "night.toml",
        "night.looks.toml",
        "models/spark/model_index.json",
        "files/logo.png",
        "files/logos/one.png",
        "README.txt",
    ] {
        assert!(stick.join(file).is_file(), "{file} is missing");
    }
    // Once more is no accident.
    let again = run(&["pack", &at("night.toml"), "--out", &at("stick")]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    std::fs::remove_file(&picture).unwrap();
    std::fs::remove_dir_all(&logos).unwrap();
    // From another folder, with the program that came along.
    let program = stick.join(if cfg!(windows) { "halation.exe" } else { "halation" });
    let out =
        std::process::Command::new(program).current_dir("/").args(["check"]).arg(stick.join("night.toml")).output();
    let out = out.unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}
