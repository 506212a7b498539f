"""How many requests a second one process serves: `make bench`. Needs Debian's wrk.

Starts the service with an embedded database on loopback, and asks it from one other process. Take ratios, not
absolutes: the load generator and the database share the machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("user-service"))
PORT = "9399"
URL = f"http://127.0.0.1:{PORT}"
SECONDS = int(os.environ.get("SECONDS", "5"))
JOHN = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": "SecurePass123!"}
LOGIN = {"email": JOHN["email"], "password": JOHN["password"]}

REFRESH = """
local token = "%s"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request() return wrk.format(nil, nil, nil, '{"refresh_token":"' .. token .. '"}') end
function response(status, headers, body) token = body:match('"refresh_token":"([^"]+)"') or token end
"""
"""Each answer's token is the next request's, so there is one connection: every refresh rotates."""


def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("bench: wrk is missing (apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        Path(name).chmod(0o755)
        settings = {"PORT": PORT, "DATA_DIR": f"{name}/data", "LOG_LEVEL": "warning"}
        service = subprocess.Popen([COMMAND, "dev"], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        try:
            wait_until_ready()
            post("/auth/register", JOHN)
            token = post("/auth/login", LOGIN)["access_token"]
            report("GET /health/live (framework only)", "/health/live")
            report("GET /auth/me (one look-up)", "/auth/me", "-H", f"Authorization: Bearer {token}")
            script = Path(name) / "login.lua"
            body = json.dumps(LOGIN).replace('"', '\\"')
            script.write_text(
                f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = "{body}"\n'
            )
            refresh = Path(name) / "refresh.lua"
            refresh.write_text(REFRESH % post("/auth/login", LOGIN)["refresh_token"])
            report("POST /auth/refresh (one session)", "/auth/refresh", "-s", str(refresh), connections=1)
            report("POST /auth/login (one argon2id hash)", "/auth/login", "-s", str(script), connections=4)
        finally:
            service.terminate()
            service.wait(30)


def report(title: str, path: str, *options: str, connections: int = 32) -> None:
    """Ask for some seconds, and print what came of it."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *options, URL + path]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    p99 = re.search(r"99%\s+(\S+)", output)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    print(
        f"{title:40} {float(rate[1]) if rate else 0:9.0f} req/s   p99 {p99[1] if p99 else '?':>9}"
        f"   refused {failed[1] if failed else 0}"
    )


def post(path: str, body: dict[str, str]) -> dict[str, str]:
    """The JSON answer of a request."""
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, str] = json.load(response)
    return answer


def wait_until_ready() -> None:
    """Ask until it is."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{URL}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("bench: the service did not start")


if __name__ == "__main__":
    main()
