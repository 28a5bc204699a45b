"""The engine and the enforcer of tests/soak/run, and what can be done to them."""
import http.client
import io
import json
import mmap
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LIMIT_S = 120  # no condition is waited for longer
PAGES = ["/", "/?show_all_violated_rules=1", "/recent", "/containers", "/metrics", "/config", "/rules", "/healthz", "/triggers"]


class Away(Exception):
    """The engine does not answer."""


class Failed(Exception):
    """What had to come did not."""


def await_(condition, what, why=lambda: ""):
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"not within {LIMIT_S} s: {what} {why()}")
        time.sleep(0.1)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    def __init__(self, folder):
        self.folder, self.socket = folder, f"{folder}/docker.sock"

    def script(self, command, *more):
        subprocess.run([f"{ROOT}/deploy/private-dockerd", command, self.folder, *more], check=True, stdout=2)

    def start(self):
        self.script("start", "--authorization-plugin=de-soak")

    def pid(self):
        with open(f"{self.folder}/pid", encoding="ascii") as f:
            return int(f.read())

    def end(self, sig):
        pid = self.pid()
        os.kill(pid, sig)
        await_(lambda: not os.path.exists(f"/proc/{pid}") or " Z " in open(f"/proc/{pid}/stat").read(), "dockerd ends")

    def hold(self, seconds):
        os.kill(self.pid(), signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.pid(), signal.SIGCONT)

    def request(self, method, path, body, headers):
        c = UnixConnection(self.socket, LIMIT_S)
        try:
            c.request(method, path, body, headers)
            r = c.getresponse()
            return r.status, r.read()
        except (OSError, http.client.HTTPException) as e:
            raise Away(f"{method} {path}: {e!r}") from e
        finally:
            c.close()

    def call(self, method, path, body=None):
        status, text = self.request(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
        return status, json.loads(text) if text else None

    def build(self, number):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as tar:
            text = f"FROM busybox\nRUN true\nLABEL number={number}\n".encode()
            info = tarfile.TarInfo("Dockerfile")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
        return self.request("POST", "/build?networkmode=none&rm=1&t=built", file.getvalue(), {"Content-Type": "application/x-tar"})

    def running(self):
        return {c["Id"] for c in self.call("GET", "/containers/json")[1]}

    def remove_all(self):
        for c in self.call("GET", "/containers/json?all=1")[1]:
            self.call("DELETE", f"/containers/{c['Id']}?force=1")

    def left_frozen(self):
        left = self.call("GET", '/containers/json?filters={"status":["paused"]}')[1]
        return [f"left paused: {c['Names']}" for c in left]

    def clean(self):
        try:
            os.kill(self.pid(), signal.SIGCONT)
        except OSError:
            pass
        subprocess.run([f"{ROOT}/deploy/private-dockerd", "clean", self.folder], check=False, stdout=2)


class Log:
    """Standard error of the enforcer: a pipe, which is not always read."""

    def __init__(self):
        self.lines, self.out = [], None
        self.held_until = 0
        r, self.write_end = os.pipe()
        self.pipe = os.fdopen(r, "r", encoding="utf-8", errors="replace")
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.pipe:
            while time.monotonic() < self.held_until:
                time.sleep(0.05)
            self.lines.append(line)

    def hold(self, seconds):
        self.held_until = time.monotonic() + seconds

    def tail(self):
        return "".join(self.lines[-200:])

    def about(self, text):
        return "".join(line for line in self.lines[-2000:] if text in line)

    def reports(self):
        return [line for line in self.lines if re.search(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error", line)]


KEPT_CONNECTIONS = 2 * 16  # userspace/docker/client.c, POOL: of checks and of the plugin


class Enforcer:
    def __init__(self, folder, engine):
        self.folder, self.engine, self.log = folder, engine, Log()
        self.rules, self.disk = f"{folder}/rules", f"{folder}/disk"
        self.process, self.pages, self.pages_failed, self.rotated = None, 0, [], 0
        self.ending = threading.Event()

    # ---- running it

    def start(self, rules):
        for path in (self.folder, self.rules, self.disk, f"{self.folder}/plugins"):
            os.makedirs(path, mode=0o700, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "none", self.disk], check=True)
        self.prepare_clock()
        self.write_rules(rules)
        with open(f"{self.rules}/triggers.json", "w", encoding="utf-8") as f:
            json.dump([{"name": "run", "exec": ["/bin/cat"]}, {"name": "log", "log": "{name} {count}"}], f)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen([os.environ.get("DE_BIN", f"{ROOT}/build/docker-enforcer"), "run"], env=self.environment(),
                                        stdout=2, stderr=self.log.write_end, stdin=subprocess.DEVNULL)
        os.close(self.log.write_end)
        await_(lambda: self.process.poll() is not None or self.is_up(), "the enforcer is up", self.log.tail)
        self.scraper = threading.Thread(target=self.scrape, daemon=True)
        self.scraper.start()

    def environment(self):
        return {"PATH": os.environ["PATH"], "MODE": "KILL", "RUN_AUTHZ": "True", "RUN_START_EVENTS": "True", "RUN_UPDATE_EVENTS": "True",
                "RUN_RENAME_EVENTS": "True", "IMMEDIATE_PERIODICAL_START": "True", "CHECK_INTERVAL_S": "5", "RUN_WATCH": "True",
                "WATCH_INTERVAL_MS": "200", "DOCKER_SOCKET": f"unix://{self.engine.socket}", "RULES_DIR": self.rules,
                "AUTHZ_LISTEN": f"unix://{self.folder}/plugins/de-soak.sock", "LISTEN": f"127.0.0.1:{self.port}",
                "AUDIT_LOG": f"{self.disk}/audit", "STATE_DIR": f"{self.disk}/state", "MAX_ACTIONS_PER_MINUTE": "1000",
                "LD_PRELOAD": f"{self.folder}/clock.so", "CLOCK_OFFSET": f"{self.folder}/offset",
                "ASAN_OPTIONS": "detect_leaks=1:verify_asan_link_order=0", "TSAN_OPTIONS": f"suppressions={ROOT}/tests/tsan.supp"}

    def is_up(self):
        try:
            return self.get("/config")[0] == 200
        except OSError:
            return False

    def get(self, path, accept="application/json"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            c.request("GET", path, headers={"Accept": accept})
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def look_around(self):
        for path in PAGES:
            for accept in ("application/json", "text/html"):
                status, text = self.get(path, accept)
                self.pages += 1
                if status != 200 and path != "/healthz":
                    self.pages_failed.append(f"{path}: {status} {text[:200]}")

    def scrape(self):
        while not self.ending.wait(1):
            try:
                self.look_around()
            except (OSError, http.client.HTTPException) as e:
                if not self.ending.is_set():
                    self.pages_failed.append(f"a page: {e!r}")

    def sample(self, name):
        for line in self.get("/metrics")[1].splitlines():
            if line.split(" ")[0] == name:
                return int(float(line.split(" ")[1]))
        return 0

    # ---- what is done to it

    def prepare_clock(self):
        source, library = os.path.join(os.path.dirname(__file__), "clock.c"), f"{self.folder}/clock.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library, source, "-ldl"], check=True)
        with open(f"{self.folder}/offset", "wb") as f:
            f.write(bytes(8))

    def step_clock(self, seconds):
        with open(f"{self.folder}/offset", "r+b") as f, mmap.mmap(f.fileno(), 8) as page:
            page[:] = struct.pack("q", seconds)

    def write_rules(self, rules):
        with open(f"{self.rules}/new", "w", encoding="utf-8") as f:
            json.dump(rules, f)
        os.rename(f"{self.rules}/new", f"{self.rules}/rules.json")

    def hup(self):
        self.process.send_signal(signal.SIGHUP)

    def names(self):
        return [r["name"] for r in json.loads(self.get("/rules")[1])]

    def wanted(self):
        with open(f"{self.rules}/rules.json", encoding="utf-8") as f:
            return [r["name"] for r in json.load(f)]

    def reload(self):
        self.hup()
        await_(lambda: self.names() == self.wanted(), "a reload", lambda: self.get("/healthz"))

    def reload_badly(self, how):
        """The rules in force stay, and /healthz says so; then what was there is put back."""
        names, path = self.names(), f"{self.rules}/rules.json"
        os.rename(path, f"{self.folder}/kept")
        texts = {"broken": '[{"name": "x", "rule":', "empty": "", "unknown": '[{"name": "x", "rule": {"no such": 1}}]'}
        if how in texts:
            with open(path, "w", encoding="utf-8") as f:
                f.write(texts[how])
        self.hup()
        await_(lambda: "the last reload failed" in self.get("/healthz")[1], "a reload that fails")
        if self.names() != names:
            raise Failed(f"a {how} file changed the rules in force: {self.names()}")
        os.rename(f"{self.folder}/kept", path)
        self.hup()
        await_(lambda: "the last reload failed" not in self.get("/healthz")[1], "a reload after one that failed")

    def fill_disk(self):
        try:
            with open(f"{self.disk}/filler", "wb", buffering=0) as f:
                while True:
                    f.write(bytes(1 << 20))
        except OSError:
            pass

    def empty_disk(self):
        try:
            os.unlink(f"{self.disk}/filler")
        except FileNotFoundError:
            pass

    def lose_state(self):
        for name in ("state.db", "state.db-wal", "state.db-shm"):
            try:
                os.unlink(f"{self.disk}/state/{name}")
            except FileNotFoundError:
                pass

    def rotate(self):
        self.rotated += 1
        try:
            os.rename(f"{self.disk}/audit", f"{self.disk}/audit.{self.rotated}")
        except FileNotFoundError:
            pass
        self.process.send_signal(signal.SIGUSR1)

    def audit(self):
        """All lines but those that a full disk has torn."""
        for name in os.listdir(self.disk):
            if name.startswith("audit"):
                with open(f"{self.disk}/{name}", encoding="utf-8") as f:
                    for line in f:
                        try:
                            yield json.loads(line)
                        except ValueError:
                            pass

    # ---- what it takes, and leaves

    def usage(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            status = dict(line.split(":", 1) for line in f if ":" in line)
        return {"rss_kib": int(status["VmRSS"].split()[0]), "threads": int(status["Threads"]), "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}

    def compare(self, before, after):
        sanitized = any(word in os.environ.get("DE_BIN", "") for word in ("asan", "tsan"))
        most = {"threads": before["threads"] + 8, "descriptors": before["descriptors"] + 16 + KEPT_CONNECTIONS,
                "rss_kib": float("inf") if sanitized else before["rss_kib"] * 1.25 + (32 << 10)}
        return [f"{what}: {before[what]} before, {after[what]} after" for what, n in after.items() if n > most[what]]

    def kinds(self):
        """What its descriptors are, for whoever has to find which of them are too many."""
        kinds = {}
        for name in os.listdir(f"/proc/{self.process.pid}/fd"):
            try:
                kind = os.readlink(f"/proc/{self.process.pid}/fd/{name}").split("[")[0]
            except OSError:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def programs(self):
        """Ids of the BPF programs that the process holds."""
        ids = set()
        for name in os.listdir(f"/proc/{self.process.pid}/fdinfo"):
            try:
                with open(f"/proc/{self.process.pid}/fdinfo/{name}", encoding="ascii", errors="replace") as f:
                    ids |= {int(i) for i in re.findall(r"^prog_id:\s*(\d+)", f.read(), re.M)}
            except OSError:
                pass
        return ids

    def stop(self):
        """Ends it as systemd would; what is wrong with that."""
        programs, problems = self.programs(), []
        self.ending.set()
        self.scraper.join()
        self.process.terminate()
        try:
            status = self.process.wait(LIMIT_S)
            if status:
                problems.append(f"it ended with status {status}")
        except subprocess.TimeoutExpired:
            problems.append("it does not end")
        left = {p["id"] for p in json.loads(subprocess.run(["bpftool", "-j", "prog"], capture_output=True, check=False).stdout or "[]")}
        problems += [f"BPF program {i} is still there" for i in programs & left]
        if os.path.exists(f"{self.folder}/plugins/de-soak.sock"):
            problems.append("the plugin's socket is still there")
        time.sleep(0.5)  # the log's last lines are on their way through the pipe
        return problems + self.log.reports()

    def end(self):
        self.ending.set()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def clean(self):
        subprocess.run(["umount", "-l", self.disk], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)
