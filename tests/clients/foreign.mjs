// npm's oscquery reads the whole tree. usage: node foreign.mjs HALATION
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createRequire } from "node:module";

const { OSCQueryDiscovery } = createRequire(import.meta.url)("oscquery");
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => resolve(port)); });
});
const args = ["play", "--headless", "--size", "160x90", "--fps", "20", "--audio", "none", "--link", "off", "--prolink", "off",
  "--osc", "127.0.0.1:0", "--web", `127.0.0.1:${port}`];
const play = spawn(process.argv[2], args, { stdio: "ignore" });
let failed = true;
try {
  for (let k = 0; k < 300; k++) {
    try { await fetch(`http://127.0.0.1:${port}/health`); break; } catch { await new Promise((r) => setTimeout(r, 100)); }
  }
  const discovery = new OSCQueryDiscovery();
  const service = await discovery.queryNewService("127.0.0.1", port);
  const methods = service.flat();
  const hue = methods.find((m) => m.full_path === "/look/hue");
  if (!hue || hue.arguments?.[0]?.range?.max !== 180) throw new Error(`look.hue is ${JSON.stringify(hue)}`);
  console.log(`npm oscquery: ${service.hostInfo.name}, ${methods.length} methods, OSC port ${service.hostInfo.oscPort}`);
  failed = false;
} finally {
  play.kill("SIGTERM");
  setTimeout(() => process.exit(failed ? 1 : 0), 500);
}
