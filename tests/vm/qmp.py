"""A small QMP client for the tests: commands, answers, events, each with a time-out."""

import json
import socket
import time


class QmpError(Exception):
    """QEMU refused a command, or did not answer."""


class Qmp:
    def __init__(self, path, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self.socket.connect(str(path))
                break
            except OSError as error:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise QmpError(f"{path}: {error}") from error
                time.sleep(0.02)
        self.received = b""
        self.events = []
        self.number = 0
        if "QMP" not in self.read_message(deadline):
            raise QmpError(f"{path}: no greeting")
        self.command("qmp_capabilities")

    def close(self):
        self.socket.close()

    def read_message(self, deadline):
        while b"\n" not in self.received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise QmpError("QEMU did not answer in time")
            self.socket.settimeout(left)
            try:
                chunk = self.socket.recv(65536)
            except TimeoutError as error:
                raise QmpError("QEMU did not answer in time") from error
            if not chunk:
                raise QmpError("QEMU closed the connection")
            self.received += chunk
        line, self.received = self.received.split(b"\n", 1)
        return json.loads(line)

    def command(self, name, /, timeout=180, **arguments):
        """Runs one command and gives what it returns. Underscores in argument names become dashes."""
        self.number += 1
        arguments = {key.replace("_", "-"): value for key, value in arguments.items()}
        request = {"execute": name, "arguments": arguments, "id": self.number}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            message = self.read_message(deadline)
            if "event" in message:
                self.events.append(message)
            elif message.get("id") == self.number:
                if "error" in message:
                    raise QmpError(f"{name}: {message['error']['desc']}")
                return message["return"]

    def wait_event(self, name, timeout=180, **data):
        """Waits for an event whose data holds `data`; takes it out of those kept."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events:
                held = event.get("data", {})
                if event["event"] == name and all(held.get(key) == value for key, value in data.items()):
                    self.events.remove(event)
                    return event
            message = self.read_message(deadline)
            if "event" in message:
                self.events.append(message)
