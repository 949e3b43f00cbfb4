//! What single models do differently (tempo-sync study, 1.12), in packets made here: no public capture has them.

use super::*;

fn keep_alive(number: u8, kind: u8, ip: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0; 0x36];
    bytes[..10].copy_from_slice(&MAGIC);
    (bytes[0x0a], bytes[0x24], bytes[0x34]) = (0x06, number, kind);
    bytes[0x2c..0x30].copy_from_slice(&ip);
    bytes
}

#[test]
fn an_rx3_is_a_player_with_the_number_of_an_observer() {
    let mut network = Network::default();
    network.hear(0.0, at(11), ANNOUNCE_PORT, &keep_alive(11, 7, [10, 0, 0, 11])).unwrap();
    assert_eq!(network.device(11).unwrap().device_type, Some(DeviceType::Player));
    network.pin(Some(11));
    assert!(!play(&mut network, 11, 126.0, 0.1, 4.0).is_empty(), "and can be followed");
}

#[test]
fn long_and_short_statuses_say_the_same() {
    // A pre-nexus player's is 0xd0 long and has no beat number, a CDJ-3000X's 1 152 bytes.
    let mut said = Vec::new();
    for length in [0xd0, 0xd4, 0x11c, 0x200, 1152] {
        let mut bytes = status_packet(2, true, 0xff);
        bytes.resize(length, 0);
        bytes[0xa0..0xa4].copy_from_slice(&u32::MAX.to_be_bytes());
        let Content::Player(status) = parse(STATUS_PORT, &bytes).unwrap().content else { panic!("a status") };
        assert!(status.master && status.playing && status.beat.is_none() && status.place().is_none());
        said.push(status);
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_status_of_1152_bytes_comes_through_a_socket_whole() {
    let stop = Stop::default();
    let (clock, tell): (NowFn, Tell) = (Arc::new(|| Seconds(1.0)), Arc::new(|_| {}));
    let any = Ports { ip: Ipv4Addr::LOCALHOST, announce: 0, beat: 0, status: 0 };
    let listener = DeckListener::open(any, &clock, &tell, &stop).unwrap();
    let mut bytes = status_packet(2, true, 0xff);
    bytes.resize(1152, 0);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while listener.network().device(2).is_none() && Instant::now() < deadline {
        sender.send_to(&bytes, (Ipv4Addr::LOCALHOST, listener.ports().status)).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(listener.network().device(2).unwrap().status.unwrap().master);
    stop.set();
    assert!(listener.join(Duration::from_secs(5)));
}

#[test]
fn rekordbox_tells_the_master_in_its_own_form() {
    let mut bytes = vec![0; 0x38];
    bytes[..10].copy_from_slice(&MAGIC);
    (bytes[0x0a], bytes[0x20], bytes[0x21], bytes[0x34]) = (0x29, 1, 17, 1);
    let master = |bytes: &[u8]| match parse(STATUS_PORT, bytes).unwrap().content {
        Content::Mixer(status) => status.master,
        other => panic!("{other:?}"),
    };
    assert!(master(&bytes));
    bytes[0x34] = 0;
    assert!(!master(&bytes));
    (bytes[0x20], bytes[0x27]) = (0, 0xe0);
    assert!(master(&bytes), "and in the mixers'");
}

#[test]
fn two_decks_of_an_xz_share_an_address() {
    let mut network = Network::default();
    for (k, number) in [1u8, 2].into_iter().cycle().take(40).enumerate() {
        // The AZ's streaming slot, too.
        let (t, mut bytes) = (0.1 * k as f64, status_packet(number, number == 2, 0xff));
        (bytes[0x29], bytes[0xcb]) = (7, k as u8);
        network.hear(t, at(9), STATUS_PORT, &bytes).unwrap();
    }
    let numbers: Vec<u8> = network.devices().iter().map(|device| device.number).collect();
    assert_eq!((numbers, network.leader().map(|device| device.number)), (vec![1, 2], Some(2)));
}

#[test]
fn a_mixer_of_six_channels_has_six_on_air() {
    let mut network = Network::default();
    for number in [4, 5, 6] {
        network.hear(0.0, at(number), ANNOUNCE_PORT, &keep_alive(number, 1, [10, 0, 0, number])).unwrap();
    }
    let mut bytes = vec![0; 0x35];
    bytes[..10].copy_from_slice(&MAGIC);
    (bytes[0x0a], bytes[0x21], bytes[0x2e]) = (3, 33, 1);
    network.hear(0.1, at(33), BEAT_PORT, &bytes).unwrap();
    let on_air = [4, 5, 6].map(|number| network.device(number).unwrap().on_air);
    assert_eq!(on_air, [Some(false), Some(false), Some(true)]);
    network.hear(0.2, at(33), BEAT_PORT, &bytes[..0x2d]).unwrap();
    assert_eq!(network.device(6).unwrap().on_air, None, "a mixer of four says nothing of the sixth");
}

#[test]
fn our_own_packets_are_dropped_even_under_a_mapped_address() {
    let mut network = Network::default();
    let ours = Ipv4Addr::new(10, 0, 0, 50);
    network.call_ours(7, ours.into());
    let bytes = keep_alive(7, 1, ours.octets());
    for (t, from) in [(0.0, IpAddr::V4(ours)), (1.0, IpAddr::V6(ours.to_ipv6_mapped()))] {
        assert!(network.hear(t, from, ANNOUNCE_PORT, &bytes).unwrap().is_none());
    }
    assert!(network.devices().is_empty());
    // Somebody else with our number, and another program of ours with its own, are not us.
    assert!(network.hear(2.0, at(3), ANNOUNCE_PORT, &bytes).unwrap().is_some());
    assert!(network.hear(3.0, ours.into(), ANNOUNCE_PORT, &keep_alive(8, 1, ours.octets())).unwrap().is_some());
}

#[test]
fn the_one_that_is_named_is_master_whoever_spoke_last() {
    let mut network = Network::default();
    let mut say = |t: f64, device: u8, hands_to: u8| {
        let mut bytes = status_packet(device, true, hands_to);
        bytes[0xcb] = (t * 100.0) as u8;
        network.hear(t, at(device), STATUS_PORT, &bytes).unwrap();
        network.leader().map(|device| device.number)
    };
    assert_eq!(say(0.0, 2, 0xff), Some(2));
    assert_eq!(say(0.1, 1, 2), Some(2), "1 became master later, but hands over to 2");
    assert_eq!(say(0.2, 2, 0xff), Some(2));
}
