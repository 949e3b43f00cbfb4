"""The phone page in a real browser: Chromium, driven over its DevTools protocol.

usage: phone_page.py HALATION SCRATCH [SECONDS]
With SECONDS it measures what a look at the wall costs, too.
"""
import asyncio, json, os, resource, shutil, signal, socket, struct, subprocess, sys, time, urllib.request

import websockets

HALATION, SCRATCH = sys.argv[1:3]
MEASURE_S = float(sys.argv[3]) if len(sys.argv) > 3 else 0
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


WEB, OSC, CDP = free_port(), free_port(), free_port()


def start():
    log = open(os.path.join(SCRATCH, "play.log"), "a")
    args = ["play", "--headless", "--size", "640x360", "--fps", "30", "--audio", "none", "--link", "off", "--prolink", "off",
            "--osc", f"127.0.0.1:{OSC}", "--web", f"127.0.0.1:{WEB}"]
    return subprocess.Popen([HALATION, *args], stdout=log, stderr=log)


def stop(play):
    play.send_signal(signal.SIGTERM)
    play.wait(20)


def text(s):
    b = s.encode() + b"\0"
    return b + b"\0" * (-len(b) % 4)


def osc(address, value=None):
    tags, data = (",f", struct.pack(">f", value)) if value is not None else (",s", text("?"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.sendto(text(address) + text(tags) + data, ("127.0.0.1", OSC))
        return struct.unpack(">f", s.recv(1024)[-4:])[0] if value is None else None


class Page:
    def __init__(self, socket):
        self.socket, self.count = socket, 0

    async def js(self, code):
        self.count += 1
        await self.socket.send(json.dumps({"id": self.count, "method": "Runtime.evaluate",
                                           "params": {"expression": code, "returnByValue": True, "awaitPromise": True}}))
        while True:
            answer = json.loads(await self.socket.recv())
            if answer.get("id") == self.count:
                assert "exceptionDetails" not in answer["result"], answer["result"]["exceptionDetails"]
                return answer["result"]["result"].get("value")

    async def until(self, code, what, patience_s=30):
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if await self.js(code):
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"never: {what}; the page says {await self.js('document.body.innerText')!r}")


async def see(page, play):
    lit = "document.getElementById('lamp')?.classList.contains('on')"
    await page.until(lit, "connected")
    await page.until("!!document.getElementById('dream.strength')", "faders")
    # The finger.
    await page.js("{ const f = document.getElementById('dream.strength'); f.value = 0.8; f.dispatchEvent(new Event('input')); }")
    end = time.monotonic() + 5
    while abs(osc("/dream/strength") - 0.8) > 0.002:
        assert time.monotonic() < end, f"the fader did not move the parameter: {osc('/dream/strength')}"
        time.sleep(0.05)
    # And back.
    await asyncio.sleep(0.5)
    osc("/dream/strength", 0.25)
    await page.until("Math.abs(document.getElementById('dream.strength').value - 0.25) < 0.002", "the fader follows")
    # A pad.
    await page.js("document.getElementById('pad3').dispatchEvent(new PointerEvent('pointerdown'))")
    await page.until("document.getElementById('pad3').classList.contains('sounds')", "the pad that was pressed lights up")
    await page.js("document.getElementById('pad3').dispatchEvent(new PointerEvent('pointerup', {bubbles: true}))")
    await page.js("document.getElementById('black').click()")
    await page.until("document.getElementById('black').classList.contains('on')", "blackout")
    await page.js("document.getElementById('black').click()")
    await page.until("document.getElementById('wall').naturalWidth === 320", "the wall at 320 pixels")
    thumb = "getComputedStyle(document.getElementById('pad1')).backgroundImage"
    assert "/phone/still/1/1.jpg" in await page.js(thumb)
    still = urllib.request.urlopen(f"http://127.0.0.1:{WEB}/phone/still/1/1.jpg", timeout=10).read()
    assert still[:2] == b"\xff\xd8", "the slot's picture is a JPEG"
    # Every group has its rows.
    await page.js("page('look')")
    await page.until("document.querySelectorAll('main .row').length > 20", "all of look")
    await page.js("page('Play')")
    await page.until("!!document.getElementById('dream.strength')", "back on the first page")
    # The instrument is restarted: the page comes back by itself.
    stop(play)
    await page.until("!" + lit, "the lamp goes out")
    play = start()
    try:
        await page.until(lit, "connected again", 60)
        await page.until("!!document.getElementById('dream.strength')", "faders again")
        osc("/dream/strength", 0.6)
        await page.until("Math.abs(document.getElementById('dream.strength').value - 0.6) < 0.002", "the fader follows again")
        await page.until("document.getElementById('wall').naturalWidth === 320", "the wall again")
        if MEASURE_S:
            measure(play)
    finally:
        stop(play)


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(play):
    """Pictures a second, and processor time of the threads that make them."""
    stream = urllib.request.urlopen(f"http://127.0.0.1:{WEB}/phone/wall.mjpeg", timeout=10)
    def threads():
        total = 0.0
        for tid in os.listdir(f"/proc/{play.pid}/task"):
            try:
                name = open(f"/proc/{play.pid}/task/{tid}/comm").read().strip()
                if name in ("phone picture", "web peer"):
                    fields = open(f"/proc/{play.pid}/task/{tid}/stat").read().rsplit(")", 1)[1].split()
                    total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            except OSError:
                pass
        return total
    began, before, count = time.monotonic(), threads(), 0
    while time.monotonic() - began < MEASURE_S:
        line = stream.readline()
        if line.startswith(b"Content-Length:"):
            stream.readline()
            stream.read(int(line.split(b":")[1]))
            count += 1
    seconds = time.monotonic() - began
    print(f"wall on the phone: {count / seconds:.1f} pictures a second, {100 * (threads() - before) / seconds:.1f} % of a core")


async def main():
    play = start()
    profile = os.path.join(SCRATCH, "profile")
    browser = subprocess.Popen(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
         f"--remote-debugging-port={CDP}", "--window-size=390,844", f"http://127.0.0.1:{WEB}/"],
        stdout=subprocess.DEVNULL, stderr=open(os.path.join(SCRATCH, "browser.log"), "w"))
    try:
        pages = []
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{WEB}/health", timeout=5)
                pages = [p for p in json.load(urllib.request.urlopen(f"http://127.0.0.1:{CDP}/json", timeout=5)) if p["type"] == "page"]
                if pages:
                    break
            except OSError:
                pass
            await asyncio.sleep(0.1)
        async with websockets.connect(pages[0]["webSocketDebuggerUrl"], max_size=None) as socket:
            page = Page(socket)
            # It may have asked before we served.
            await socket.send(json.dumps({"id": 0, "method": "Page.navigate", "params": {"url": f"http://127.0.0.1:{WEB}/"}}))
            await asyncio.sleep(1)
            await see(page, play)
            shot = await shoot(socket)
            open(os.path.join(SCRATCH, "phone.png"), "wb").write(shot)
    finally:
        browser.terminate()
        browser.wait(20)
        if play.poll() is None:
            stop(play)
    print("the page plays, follows and comes back")


async def shoot(socket):
    import base64
    await socket.send(json.dumps({"id": 999_999, "method": "Page.captureScreenshot"}))
    while True:
        answer = json.loads(await socket.recv())
        if answer.get("id") == 999_999:
            return base64.b64decode(answer["result"]["data"])


asyncio.run(main())
