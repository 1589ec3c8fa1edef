"""As much of an NVMe/TCP host as it takes to knock at a target's door: ICReq and Connect (TCP Transport 1.0; Base 2.0)."""
import hashlib
import hmac
import socket
import struct
import uuid

PDU_ICREQ, PDU_ICRESP, PDU_COMMAND, PDU_RESPONSE, PDU_C2H_TERM, PDU_C2H_DATA = 0, 1, 4, 5, 3, 7
HOSTNQN = "nqn.2014-08.org.nvmexpress:uuid:feb98abe-d51f-40c8-b348-2753f3571d3c"
SUCCESS = 0
CONNECT_INVALID_HOST = 0x184  # command specific
AUTHENTICATION_REQUIRED = 0x191  # command specific
CONNECT_ATR, CONNECT_ASCR = 1 << 17, 1 << 18  # of Connect's result (Base 2.0, 6.3)
SHA256, DH_NULL = 1, 0


class Connection:
    """One connection: an admin queue when `connect()` has succeeded."""

    def __init__(self, address, port, source=None):
        self.socket = socket.create_connection((address, port), timeout=10,
                                               source_address=(source, 0) if source else None)
        self.result = 0  # dword 0 of the last Connect's completion
        self.cid = 0

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
        self.result, cid, status = struct.unpack_from("<I8xHH", pdu, 8)
        assert cid == 0x1234
        return (status >> 1) & 0x7FF, self.result & 0xFFFF

    def command(self, opcode, body, sent=b"", wanted=0):
        """Any command, `body` the bytes of its entry by place: (status without its retry bits, data)."""
        self.cid += 1
        sqe = bytearray(64)
        sgl = struct.pack("<QI3xB", 0, len(sent), 0x01) if sent else struct.pack("<QI3xB", 0, wanted, 0x5A)
        sqe[0:4] = struct.pack("<BBH", opcode, 0x40, self.cid)
        sqe[24:40] = sgl
        for place, value in body.items():
            sqe[place:place + len(value)] = value
        header = struct.pack("<BBBBI", PDU_COMMAND, 0, 72, 72 if sent else 0, 72 + len(sent))
        self.socket.sendall(header + bytes(sqe) + sent)
        data = b""
        while True:
            kind, pdu = self.receive_pdu()
            if kind == PDU_C2H_DATA:
                data += pdu[pdu[3]:]
                continue
            assert kind == PDU_RESPONSE, (kind, pdu)
            cid, status = struct.unpack_from("<12xHH", pdu, 8)
            assert cid == self.cid
            return (status >> 1) & 0x7FF, data

    def identify_controller(self):
        return self.command(0x06, {40: struct.pack("<I", 1)}, wanted=4096)[0]

    def authentication(self, sent=b""):
        """Authentication Send, or Receive: (status, data)."""
        length = len(sent) or 2048
        body = {4: b"\x05" if sent else b"\x06", 41: b"\x01\x01\xe9", 44: struct.pack("<I", length)}
        return self.command(0x7F, body, sent, 0 if sent else length)

    def authenticate(self, secret, subnqn, hostnqn=HOSTNQN, t_id=7):
        """A DH-HMAC-CHAP transaction with SHA-256 and no Diffie-Hellman, of a key that is used as it is: whether the
        controller is content (Base 2.0, 8.13.5)."""
        protocol = struct.pack("<BxBB", 1, 1, 1) + bytes([SHA256]).ljust(30, b"\0") + bytes([DH_NULL]).ljust(30, b"\0")
        assert self.authentication(struct.pack("<BBxxHBB", 0, 0, t_id, 0, 1) + protocol)[0] == SUCCESS
        status, challenge = self.authentication()
        if status != SUCCESS or challenge[1] != 0x01:
            return False
        assert (challenge[6], challenge[8], challenge[9]) == (32, SHA256, DH_NULL), challenge
        seqnum = struct.unpack_from("<I", challenge, 12)[0]
        said = challenge[16:48] + struct.pack("<IHB", seqnum, t_id, 0) + b"HostHost" + hostnqn.encode() + b"\0"
        response = hmac.digest(secret, said + subnqn.encode(), hashlib.sha256)
        reply = struct.pack("<BBxxHBxBxHI", 1, 2, t_id, 32, 0, 0, 0) + response + bytes(32)
        assert self.authentication(reply)[0] == SUCCESS
        status, answer = self.authentication()
        return status == SUCCESS and answer[1] == 0x03


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
