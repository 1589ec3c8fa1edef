"""As much of an NVMe/TCP host as it takes to knock at a target's door: ICReq and Connect (TCP Transport 1.0; Base 2.0)."""
import socket
import struct
import uuid

PDU_ICREQ, PDU_ICRESP, PDU_COMMAND, PDU_RESPONSE, PDU_C2H_TERM = 0, 1, 4, 5, 3
HOSTNQN = "nqn.2014-08.org.nvmexpress:uuid:feb98abe-d51f-40c8-b348-2753f3571d3c"
SUCCESS = 0
CONNECT_INVALID_HOST = 0x184  # command specific


class Connection:
    """One connection: an admin queue when `connect()` has succeeded."""

    def __init__(self, address, port, source=None):
        self.socket = socket.create_connection((address, port), timeout=10,
                                               source_address=(source, 0) if source else None)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the target closed the connection")
            data += piece
        return data

    def receive_pdu(self):
        """(type, whole PDU)"""
        header = self.receive(8)
        length = struct.unpack_from("<I", header, 4)[0]
        return header[0], header + self.receive(length - 8)

    def initialise(self):
        """ICReq; the PFV that the ICResp has."""
        request = struct.pack("<BBBBIHBBI", PDU_ICREQ, 0, 128, 0, 128, 0, 0, 0, 0).ljust(128, b"\0")
        self.socket.sendall(request)
        kind, pdu = self.receive_pdu()
        assert kind == PDU_ICRESP and len(pdu) == 128, (kind, pdu)
        return struct.unpack_from("<H", pdu, 8)[0]

    def connect(self, subnqn, hostnqn=HOSTNQN, keep_alive_ms=0):
        """Connect of an admin queue: (status without its retry bits, CNTLID)."""
        data = (uuid.UUID("feb98abe-d51f-40c8-b348-2753f3571d3c").bytes + struct.pack("<H", 0xFFFF)).ljust(256, b"\0")
        data += subnqn.encode().ljust(256, b"\0") + hostnqn.encode().ljust(256, b"\0")
        data = data.ljust(1024, b"\0")
        sgl = struct.pack("<QI3xB", 0, len(data), 0x01)  # in the capsule
        command = struct.pack("<BBHB35x", 0x7F, 0x40, 0x1234, 0x01)[:24].ljust(24, b"\0")
        command += sgl + struct.pack("<HHHBxI12x", 0, 0, 31, 0, keep_alive_ms)
        assert len(command) == 64, len(command)
        header = struct.pack("<BBBBI", PDU_COMMAND, 0, 72, 72, 72 + len(data))
        self.socket.sendall(header + command + data)
        kind, pdu = self.receive_pdu()
        assert kind == PDU_RESPONSE, (kind, pdu)
        result, cid, status = struct.unpack_from("<H10xHH", pdu, 8)
        assert cid == 0x1234
        return (status >> 1) & 0x7FF, result


def connect(address, port, subnqn, hostnqn=HOSTNQN, source=None):
    """Connects once and closes again: the status of Connect."""
    with Connection(address, port, source) as connection:
        assert connection.initialise() == 0
        return connection.connect(subnqn, hostnqn)[0]


def is_turned_away(address, port, source):
    """Does the target hang up before anything is said?"""
    try:
        with Connection(address, port, source) as connection:
            return connection.initialise() != 0
    except (ConnectionError, AssertionError):
        return True
