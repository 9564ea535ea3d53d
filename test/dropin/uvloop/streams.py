# streams.py - TCP, local sockets, TLS, pipes and readers, many at a time.
import asyncio
import os
import socket
import ssl
import subprocess

import uvloop


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def talk(number, *where, **how):
    reader, writer = await how.pop("open")(*where, **how)
    sent = bytes([number % 251]) * (number * 997 + 1)
    writer.write(sent)
    writer.write_eof() if writer.can_write_eof() else None
    got = await reader.readexactly(len(sent))
    assert got == sent
    writer.close()
    await writer.wait_closed()


async def tcp():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    await asyncio.gather(*(
        talk(i, host, port, open=asyncio.open_connection)
        for i in range(200)))
    server.close()
    await server.wait_closed()


async def local():
    server = await asyncio.start_unix_server(echo, "echo.sock")
    await asyncio.gather(*(
        talk(i, "echo.sock", open=asyncio.open_unix_connection)
        for i in range(50)))
    server.close()
    await server.wait_closed()


async def secure():
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert"
        " -days 2 -subj /CN=localhost".split(), check=True,
        stderr=subprocess.DEVNULL)
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain("cert", "key")
    outside = ssl.create_default_context(cafile="cert")
    outside.check_hostname = False
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=inside)
    host, port = server.sockets[0].getsockname()
    await asyncio.gather(*(
        talk(i, host, port, ssl=outside, open=asyncio.open_connection)
        for i in range(20)))
    server.close()
    await server.wait_closed()


async def readers():
    loop = asyncio.get_running_loop()
    here, there = socket.socketpair()
    here.setblocking(False)
    seen = loop.create_future()
    loop.add_reader(here, lambda: seen.set_result(here.recv(100)))
    there.send(b"to a reader")
    assert await seen == b"to a reader"
    loop.remove_reader(here)
    assert await asyncio.gather(
        loop.sock_recv(here, 10), loop.sock_sendall(here, b"x"),
        loop.run_in_executor(None, there.send, b"more"))
    here.close()
    there.close()

    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb"))
    os.write(write_end, b"through a pipe")
    os.close(write_end)
    assert await reader.read() == b"through a pipe"
    transport.close()


async def refused():
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    try:
        await asyncio.open_connection(*probe.getsockname())
    except ConnectionRefusedError:
        return
    raise AssertionError("nobody listens there")


async def main():
    await tcp()
    await local()
    await secure()
    await readers()
    await refused()
    print("ok")

uvloop.install()
asyncio.run(main())
