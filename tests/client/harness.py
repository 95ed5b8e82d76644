"""A server under test, the protocol by hand, and the registration of tests."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

TESTS = []


def test(function):
    """Registers a test: it is called without arguments, and fails by an exception."""
    TESTS.append(function)
    return function


def run_tests():
    """Runs the registered tests and says how each went."""
    failures = 0
    for function in TESTS:
        try:
            function()
            print(f"ok {function.__name__}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED {function.__name__}", flush=True)
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failures else 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server on a free port, with a data directory of its own unless one is given."""

    def __init__(self, binary=None, data=None, arguments=("--trust",), environment=None):
        self.binary = str(binary or os.environ["SURUS"])
        self.own = None if data else tempfile.mkdtemp(prefix="surus-test-")
        self.data = data or os.path.join(self.own, "data")
        self.port = free_port()
        self.arguments = list(arguments)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "POSTGRES_"))}
        self.environment = {**kept, **(environment or {})}
        self.process = None
        self.start()

    @property
    def url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    def start(self):
        """Starts it and waits until it listens."""
        listen = f"127.0.0.1:{self.port}"
        command = [self.binary, "serve", "--data", self.data, "--listen", listen, *self.arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, env=self.environment, text=True, cwd=os.path.dirname(self.data)
        )
        self.greeting = []
        for line in self.process.stdout:
            self.greeting.append(line)
            if "psql -h 127.0.0.1" in line:
                return
        raise RuntimeError(f"the server did not start: exit code {self.process.wait()}")

    def stop(self, how=signal.SIGTERM):
        """Stops it and gives its exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        if self.own:
            shutil.rmtree(self.own, ignore_errors=True)

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def thread_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


class Wire:
    """A connection that speaks the protocol by hand."""

    def __init__(self, server, user="postgres", database="postgres", version=3 << 16, start=True, **settings):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.parameters = {}
        self.key = None
        if start:
            self.send_start(user, database, version, **settings)
            self.until(b"Z")

    def send_start(self, user="postgres", database="postgres", version=3 << 16, **settings):
        pairs = {"user": user, "database": database, **settings}
        body = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in pairs.items()) + b"\0"
        self.send(struct.pack(">II", len(body) + 8, version) + body)

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        """The next message: its type and body; None at the end."""
        while len(self.buffer) < 5 or len(self.buffer) < 1 + struct.unpack(">I", self.buffer[1:5])[0]:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.buffer += more
        end = 1 + struct.unpack(">I", self.buffer[1:5])[0]
        kind, body, self.buffer = self.buffer[:1], self.buffer[5:end], self.buffer[end:]
        if kind == b"S":
            name, value = body.split(b"\0")[:2]
            self.parameters[name.decode()] = value.decode()
        if kind == b"K":
            self.key = (struct.unpack(">i", body[:4])[0], body[4:])
        return kind, body

    def until(self, kind):
        """The messages up to one of this type, or up to the end."""
        messages = []
        while (next_message := self.read()) is not None:
            messages.append(next_message)
            if next_message[0] == kind:
                return messages
        return messages

    def query(self, sql):
        self.send(message(b"Q", sql.encode() + b"\0"))
        return self.until(b"Z")

    def process(self):
        """The session's process id."""
        return self.key[0]

    def close(self):
        self.socket.close()


def kinds(messages):
    """The types of messages as one text."""
    return b"".join(kind for kind, _ in messages).decode()


def first_value(messages):
    """The first column of the first row among messages, as text."""
    body = next(body for kind, body in messages if kind == b"D")
    return body[6:6 + struct.unpack(">I", body[2:6])[0]]


def sqlstate(messages):
    """The SQLSTATE of the first error among messages."""
    body = next(body for kind, body in messages if kind == b"E")
    fields = {field[:1]: field[1:] for field in body.split(b"\0") if field}
    return fields[b"C"].decode()


def wait_for(condition, seconds=20):
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not become so in time"
        time.sleep(0.01)
