"""OSCQuery by programs that nobody here wrote: urllib, websockets, zeroconf.

usage: oscquery.py HALATION SCRATCH
Starts the instrument on free ports, reads the tree, sets and hears values, and looks for it by mDNS.
"""
import asyncio, json, os, signal, socket, struct, subprocess, sys, time, urllib.error, urllib.request

import websockets

HALATION, SCRATCH = sys.argv[1:3]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


WEB, OSC = free_port(), free_port()
BASE = f"http://127.0.0.1:{WEB}"


def start(*more):
    show = ["play", "--headless", "--size", "160x90", "--fps", "20", "--audio", "none", "--link", "off", "--prolink", "off"]
    log = open(os.path.join(SCRATCH, "play.log"), "a")
    return subprocess.Popen([HALATION, *show, "--osc", f"127.0.0.1:{OSC}", *more], stdout=log, stderr=log)


def get(path, **headers):
    with urllib.request.urlopen(urllib.request.Request(BASE + path, headers=headers), timeout=10) as answer:
        return answer.status, answer.headers, answer.read()


def status_of(path, **headers):
    try:
        return get(path, **headers)[0]
    except urllib.error.HTTPError as error:
        return error.code


def wait():
    for _ in range(600):
        try:
            return get("/health")
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web port never opened")


def text(s):
    b = s.encode() + b"\0"
    return b + b"\0" * (-len(b) % 4)


def message(address, tag, value):
    data = {"f": lambda: struct.pack(">f", value), "i": lambda: struct.pack(">i", value), "s": lambda: text(value)}
    return text(address) + text("," + tag) + (data[tag]() if tag in data else b"")


def parsed(packet):
    end = packet.index(b"\0")
    address, at = packet[:end].decode(), (end // 4 + 1) * 4
    end = packet.index(b"\0", at)
    tags, at = packet[at + 1:end].decode(), (end // 4 + 1) * 4
    value = {"f": lambda: struct.unpack(">f", packet[at:at + 4])[0], "i": lambda: struct.unpack(">i", packet[at:at + 4])[0]}
    return address, tags, value[tags[0]]() if tags[:1] in value else tags


def nodes(node):
    yield node
    for below in node.get("CONTENTS", {}).values():
        yield from nodes(below)


def http():
    info = json.loads(get("/?HOST_INFO")[2])
    assert info == json.loads(get("/look?HOST_INFO=1")[2]) and info["OSC_PORT"] == OSC, info
    assert info["EXTENSIONS"]["LISTEN"] is True and "OSC_IP" not in info
    tree = json.loads(get("/")[2])
    all_nodes = list(nodes(tree))
    assert all(isinstance(node.get("FULL_PATH"), str) for node in all_nodes)
    params = json.loads(subprocess.run([HALATION, "params", "--json"], capture_output=True, check=True).stdout)
    paths = {node["FULL_PATH"] for node in all_nodes}
    missing = [p["id"] for p in params if "/" + p["id"].replace(".", "/") not in paths]
    assert not missing, missing
    leaf = json.loads(get("/motion/zoom")[2])
    assert leaf["TYPE"] == "f" and leaf["RANGE"] == [{"MIN": -2.0, "MAX": 2.0}] and leaf["VALUE"] == [0.0], leaf
    assert json.loads(get("/motion/zoom?VALUE")[2]) == {"VALUE": [0.0]}
    assert status_of("/dream/cut?VALUE") == 204 and status_of("/nowhere") == 404 and status_of("/?NONSENSE") == 400
    assert status_of("/", Host="evil.example") == 403
    headers, page = get("/", Accept="text/html")[1:]
    assert headers["Content-Type"].startswith("text/html") and b"Halation" in page
    assert "Access-Control-Allow-Origin" not in headers
    slots = json.loads(get("/phone/slots.json")[2])
    assert slots and all(len(bank["slots"]) == 8 for bank in slots)
    return len(params)


async def ws():
    async with websockets.connect(f"ws://127.0.0.1:{WEB}/") as talk:
        assert json.loads(await talk.recv()) == {"COMMAND": "GRANTED", "DATA": True}
        await talk.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/look/hue"}))
        await talk.send(json.dumps({"COMMAND": "NONSENSE", "DATA": 3}))
        await talk.send("no json")
        assert parsed(await asyncio.wait_for(talk.recv(), 5)) == ("/look/hue", "f", 0.0), "the value at once"
        # The port is open while the model still loads: what is set counts from when it plays.
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.sendto(message("/look/hue", "f", 2.0), ("127.0.0.1", OSC))
        while parsed(await asyncio.wait_for(talk.recv(), 60))[2] != 2.0:
            pass
        async with websockets.connect(f"ws://127.0.0.1:{WEB}/") as hand:
            began = time.monotonic()
            sent = 0
            while time.monotonic() - began < 2:
                sent += 1
                await hand.send(message("/look/hue", "f", float(sent % 90)))
                await asyncio.sleep(0.004)
            await hand.send(message("/look/hue", "f", 77.5))
            heard = []
            try:
                while True:
                    heard.append(parsed(await asyncio.wait_for(talk.recv(), 0.7)))
            except asyncio.TimeoutError:
                pass
            assert sent > 200 and len(heard) <= 66, (sent, len(heard))
            assert heard[-1] == ("/look/hue", "f", 77.5), heard[-1]
        await talk.send(json.dumps({"COMMAND": "IGNORE", "DATA": "/look/hue"}))
        await asyncio.sleep(0.2)
        udp.sendto(message("/look/hue", "f", 1.0), ("127.0.0.1", OSC))
        try:
            late = await asyncio.wait_for(talk.recv(), 0.5)
            raise SystemExit(f"told although ignored: {late}")
        except asyncio.TimeoutError:
            pass
        assert abs(json.loads(get("/look/hue?VALUE")[2])["VALUE"][0] - 1.0) < 1e-6
    try:
        async with websockets.connect(f"ws://127.0.0.1:{WEB}/", origin="http://evil.example"):
            raise SystemExit("another site's page was let in")
    except websockets.exceptions.InvalidStatusCode as error:
        assert error.status_code == 403


async def passcode(ip):
    async with websockets.connect(f"ws://{ip}:{WEB}/") as talk:
        assert json.loads(await talk.recv())["DATA"] is False, "a phone looks first"
        await talk.send(message("/look/hue", "f", 50.0))
        assert json.loads(await talk.recv())["DATA"] is False
        await talk.send(json.dumps({"COMMAND": "PASSCODE", "DATA": "wrong"}))
        assert json.loads(await talk.recv())["DATA"] is False
        await talk.send(json.dumps({"COMMAND": "PASSCODE", "DATA": "let me"}))
        assert json.loads(await talk.recv())["DATA"] is True
        assert json.loads(get("/look/hue?VALUE")[2])["VALUE"] == [0.0], "what was refused did nothing"
        await talk.send(message("/look/hue", "f", 50.0))
        # The port is open while the model still loads.
        end = time.monotonic() + 60
        while json.loads(get("/look/hue?VALUE")[2])["VALUE"] != [50.0]:
            assert time.monotonic() < end, "what was granted did nothing"
            await asyncio.sleep(0.1)


def found_by_name(ip):
    from zeroconf import ServiceBrowser, Zeroconf

    class Found:
        def __init__(self):
            self.ports = []

        def add_service(self, zc, kind, name):
            info = zc.get_service_info(kind, name)
            if info and name.startswith("Halation"):
                self.ports.append(info.port)

        update_service = remove_service = lambda self, *_: None

    try:
        zc = Zeroconf()
    except OSError as error:
        return f"skipped, no multicast here ({error})"
    found = Found()
    ServiceBrowser(zc, "_oscjson._tcp.local.", found)
    until = time.monotonic() + 8
    while WEB not in found.ports and time.monotonic() < until:
        time.sleep(0.1)
    zc.close()
    return "found" if WEB in found.ports else "NOT FOUND"


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            return s.getsockname()[0]
        except OSError:
            return None


play = start("--web", f"127.0.0.1:{WEB}")
try:
    wait()
    count = http()
    asyncio.run(ws())
finally:
    play.send_signal(signal.SIGTERM)
    play.wait(20)
said = f"{count} parameters read, set and heard"
ip = own_address()
if ip and not ip.startswith("127."):
    play = start("--web", f"lan:{WEB}", "--passcode", "let me")
    try:
        wait()
        asyncio.run(passcode(ip))
        said += f"; passcode asked beyond this machine; by name: {found_by_name(ip)}"
    finally:
        play.send_signal(signal.SIGTERM)
        play.wait(20)
print(said)
