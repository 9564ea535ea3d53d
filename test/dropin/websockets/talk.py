# talk.py - WebSockets by hand (RFC 6455): many connections to the echo on the
# port given, each with messages of several sizes.
import base64
import hashlib
import os
import select
import socket
import struct
import sys


def exactly(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        assert part, "the connection has ended"
        data += part
    return data


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), 30)
    key = base64.b64encode(os.urandom(16))
    sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Key: " + key +
                 b"\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Protocol: echo\r\n\r\n")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(sock, 1)
    assert head.startswith(b"HTTP/1.1 101"), head
    accept = base64.b64encode(hashlib.sha1(
        key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    assert accept in head, head
    return sock


def frame(data, opcode):
    mask = os.urandom(4)
    size = len(data)
    head = bytes([0x80 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    pad = (mask * (size // 4 + 1))[:size]
    return head + mask + bytes(a ^ b for a, b in zip(data, pad))


def message(sock):
    """A whole message, out of as many frames as it comes in."""
    data = b""
    while True:
        first, second = exactly(sock, 2)
        size = second & 127
        if size == 126:
            size, = struct.unpack(">H", exactly(sock, 2))
        elif size == 127:
            size, = struct.unpack(">Q", exactly(sock, 8))
        data += exactly(sock, size)
        if first & 0x80:
            return data


port = int(sys.argv[1])
socks = [connect(port) for _ in range(50)]
for size in (1, 125, 126, 4096, 60000):
    for number, sock in enumerate(socks):
        sock.sendall(frame(bytes([number]) * size, 2))
    for number, sock in enumerate(socks):
        assert message(sock) == bytes([number]) * size
for sock in socks[:25]:
    sock.sendall(frame(struct.pack(">H", 1000), 8))
    first, _ = exactly(sock, 2)
    assert first & 15 == 8, first
for sock in socks:
    sock.close()
print("ok")
