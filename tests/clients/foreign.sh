#!/usr/bin/env bash
# Clients that Debian has no package for, in throwaway folders: python-osc, tosclib, npm's oscquery; and what a look at the
# wall on a phone costs. usage: foreign.sh HALATION
set -euo pipefail
halation=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(dirname "$halation")/../foreign
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q python-osc websockets==10.4 tosclib numpy pyparsing ||
        { echo "foreign clients: skipped, they cannot be fetched here"; exit 0; }
fi
"$work/venv/bin/python" "$here/foreign.py" "$halation"
rm -f "$work/halation.tosc"
"$halation" touchosc --out "$work/halation.tosc" >/dev/null
"$work/venv/bin/python" "$here/touchosc.py" "$work/halation.tosc"
if command -v npm >/dev/null; then
    (cd "$work" && [ -d node_modules/oscquery ] || (cd "$work" && npm install --silent --no-audit --no-fund oscquery@1.1.1 >/dev/null 2>&1)) || true
    cp "$here/foreign.mjs" "$work/"
    if [ -d "$work/node_modules/oscquery" ]; then node "$work/foreign.mjs" "$halation"; else echo "npm oscquery: skipped, it cannot be fetched here"; fi
fi
if command -v chromium >/dev/null; then
    mkdir -p "$work/phone"
    "$work/venv/bin/python" "$here/phone_page.py" "$halation" "$work/phone" 20
fi
