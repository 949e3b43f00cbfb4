//! How long a hand waits for an answer: from a knob's message to the light that shows it and to the OSC subscriber that is
//! told, through the whole instrument as it plays. The controller is a JACK client, so both of its ways take a period each.

#[cfg(not(feature = "jack"))]
fn main() {
    println!("feedback: needs --features jack");
}

#[cfg(feature = "jack")]
fn main() {
    jack::run();
}

#[cfg(feature = "jack")]
mod jack {
    use std::net::UdpSocket;
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use jack::{
        AsyncClient, Client, ClientOptions, Control, MidiIn, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi,
    };
    use rosc::{OscMessage, OscPacket, OscType};

    const TURNS: usize = 400;
    const PATIENCE: Duration = Duration::from_secs(90);
    const SERVER: &str = "halation-feedback";

    struct Ended(Child);

    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = Command::new("kill").arg(self.0.id().to_string()).status();
            let _ = self.0.wait();
        }
    }

    struct Knob {
        out: Port<MidiOut>,
        lights: Port<MidiIn>,
        turns: mpsc::Receiver<[u8; 3]>,
        seen: mpsc::Sender<(Instant, Vec<u8>)>,
    }

    impl ProcessHandler for Knob {
        fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
            for light in self.lights.iter(scope) {
                let _ = self.seen.send((Instant::now(), light.bytes.to_vec()));
            }
            let mut writer = self.out.writer(scope);
            if let Ok(bytes) = self.turns.try_recv() {
                let _ = writer.write(&RawMidi { time: 0, bytes: &bytes });
            }
            Control::Continue
        }
    }

    fn client(turns: mpsc::Receiver<[u8; 3]>, seen: mpsc::Sender<(Instant, Vec<u8>)>) -> AsyncClient<(), Knob> {
        jack::set_logger(jack::LoggerType::None);
        let until = Instant::now() + PATIENCE;
        let client = loop {
            match Client::new("Midi Fighter Twister", ClientOptions::NO_START_SERVER) {
                Ok((client, _)) => break client,
                Err(error) => assert!(Instant::now() < until, "jackd does not answer: {error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let out = client.register_port("out", MidiOut::default()).expect("a port");
        let lights = client.register_port("in", MidiIn::default()).expect("a port");
        client.activate_async((), Knob { out, lights, turns, seen }).expect("active")
    }

    pub fn run() {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("JACK_DEFAULT_SERVER", SERVER) };
        let driver = ["-r", "-S", "-n", SERVER, "-d", "dummy", "-r", "48000", "-p", "256"];
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(server) = quiet(Command::new("jackd").args(driver)) else {
            return println!("feedback: jackd is not installed (package jackd2)");
        };
        let _server = Ended(server);
        let (turn, turns) = mpsc::channel();
        let (seen, lights) = mpsc::channel();
        let knob = client(turns, seen);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map(|a| a.port()).expect("a port");
        let mut play = Command::new(env!("CARGO_BIN_EXE_halation"));
        play.args([
            "play",
            "--headless",
            "--size",
            "640x360",
            "--fps",
            "30",
            "--audio",
            "synth:house126",
            "--web",
            "off",
        ]);
        play.args(["--link", "off", "--prolink", "off", "--osc", &format!("127.0.0.1:{port}")]);
        let _play = Ended(quiet(&mut play).expect("it starts"));
        // Its rings are painted: it is connected.
        lights.recv_timeout(PATIENCE).expect("a light");
        std::thread::sleep(Duration::from_secs(15));
        measure(&turn, &lights, &socket, port);
        drop(knob);
    }

    /// Turns the knob, one turn after the other; what each took to come back, in ms.
    fn measure(
        turn: &mpsc::Sender<[u8; 3]>,
        lights: &mpsc::Receiver<(Instant, Vec<u8>)>,
        socket: &UdpSocket,
        port: u16,
    ) {
        let subscribe = OscPacket::Message(OscMessage { addr: "/subscribe".into(), args: vec![OscType::Int(600)] });
        let subscribe = rosc::encoder::encode(&subscribe).expect("encodes");
        socket.send_to(&subscribe, ("127.0.0.1", port)).expect("sent");
        let mut buffer = [0; 1024];
        let (mut to_light, mut to_osc, mut unanswered) = (Vec::new(), Vec::new(), 0);
        for k in 0..TURNS {
            let value = if k == 0 { 64 } else { (20 + (k * 37) % 90) as u8 };
            while lights.try_recv().is_ok() {}
            socket.set_nonblocking(true).expect("set");
            while socket.recv(&mut buffer).is_ok() {}
            socket.set_nonblocking(false).expect("set");
            let sent = Instant::now();
            turn.send([0xB0, 0, value]).expect("sent");
            let (mut light, mut osc) = (None, None);
            while (light.is_none() || osc.is_none()) && sent.elapsed() < Duration::from_secs(1) {
                socket.set_read_timeout(Some(Duration::from_micros(500))).expect("a timeout");
                if let Ok(size) = socket.recv(&mut buffer)
                    && buffer[..size].starts_with(b"/dream/strength\0")
                {
                    osc.get_or_insert(sent.elapsed());
                }
                for (at, bytes) in lights.try_iter() {
                    if bytes == [0xB0, 0, value] {
                        light.get_or_insert(at.duration_since(sent));
                    }
                }
            }
            if k > 0 {
                unanswered += usize::from(light.is_none()) + usize::from(osc.is_none());
                to_light.extend(light);
                to_osc.extend(osc);
            }
            // Slower than thirty a second: what is measured is the way, not the limit.
            std::thread::sleep(Duration::from_millis(45));
        }
        println!(
            "feedback: {TURNS} turns of a knob beside a show that plays, JACK periods of 5.3 ms, {unanswered} unanswered"
        );
        for (what, mut taken) in [("light", to_light), ("OSC subscriber", to_osc)] {
            taken.sort();
            let ms = |share: f64| {
                let place = ((taken.len() as f64 * share) as usize).min(taken.len().saturating_sub(1));
                taken.get(place).map_or(f64::NAN, |taken| taken.as_secs_f64() * 1000.0)
            };
            println!("  knob to {what}: {:.1} ms at the median, p99 {:.1} ms   (bar 20)", ms(0.5), ms(0.99));
        }
    }
}
