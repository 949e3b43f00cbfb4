"""python-osc: finds, reads, sets, listens; over UDP and over TCP in both of its framings.

usage: foreign.py HALATION
"""
import signal, socket, subprocess, sys, time

from pythonosc import tcp_client, udp_client
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


port = free_port()
play = subprocess.Popen([sys.argv[1], "play", "--headless", "--size", "160x90", "--fps", "20", "--audio", "none", "--link", "off",
                         "--prolink", "off", "--web", "off", "--osc", f"127.0.0.1:{port}"],
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def message(address, *values):
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


try:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(0.3)
    for _ in range(300):
        udp.sendto(message("/look/hue", "?"), ("127.0.0.1", port))
        try:
            assert OscMessage(udp.recv(1024)).address == "/look/hue"
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise SystemExit("nobody answers")
    udp.sendto(message("/subscribe", 30), ("127.0.0.1", port))
    heard = {}
    try:
        while True:
            told = OscMessage(udp.recv(2048))
            heard[told.address] = told.params
            if len(heard) > 80:
                break
    except OSError:
        pass
    client = udp_client.SimpleUDPClient("127.0.0.1", port)
    client.send_message("/look/hue", 33.0)
    client.send_message("/prompt/quantise", "bar")
    client.send_message("/master/freeze", True)
    want = {"/look/hue": [33.0], "/prompt/quantise": ["bar"], "/master/freeze": [1]}
    end = time.monotonic() + 5
    while any(heard.get(address) != value for address, value in want.items()) and time.monotonic() < end:
        try:
            told = OscMessage(udp.recv(2048))
            heard[told.address] = told.params
        except OSError:
            pass
    assert all(heard.get(address) == value for address, value in want.items()), {a: heard.get(a) for a in want}
    for mode in ("1.0", "1.1"):
        with tcp_client.SimpleTCPClient("127.0.0.1", port, mode=mode) as tcp:
            tcp.send_message("/look/saturation", 0.5 if mode == "1.0" else 0.75)
            time.sleep(0.2)
            udp.sendto(message("/look/saturation", "?"), ("127.0.0.1", port))
            end = time.monotonic() + 3
            value = None
            while time.monotonic() < end:
                told = OscMessage(udp.recv(2048))
                if told.address == "/look/saturation":
                    value = told.params[0]
                    if abs(value - (0.5 if mode == "1.0" else 0.75)) < 1e-6:
                        break
            assert value is not None and abs(value - (0.5 if mode == "1.0" else 0.75)) < 1e-6, (mode, value)
    print(f"python-osc: {len(heard)} addresses heard, values set over UDP and TCP (1.0 and 1.1)")
finally:
    play.send_signal(signal.SIGTERM)
    play.wait(20)
