# uvloop_server.py - an echo over TCP, a local socket and UDP, by uvloop, until
# it is told to end.
import asyncio
import os
import signal

import uvloop


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


async def main():
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    tcp = await loop.create_server(Echo, "127.0.0.1", 0, backlog=1024)
    local = await loop.create_unix_server(Echo, "echo.sock", backlog=1024)
    udp, _ = await loop.create_datagram_endpoint(
        Datagrams, local_addr=("127.0.0.1", 0))
    with open("port.new", "w") as file:
        print(tcp.sockets[0].getsockname()[1],
              udp.get_extra_info("sockname")[1], file=file)
    os.rename("port.new", "port")
    while not ended.is_set():
        # Timers that are cancelled, and work on the executor, go along.
        try:
            await asyncio.wait_for(ended.wait(), 0.01)
        except asyncio.TimeoutError:
            assert await loop.run_in_executor(None, os.getpid) == os.getpid()
    tcp.close()
    local.close()
    udp.close()
    await tcp.wait_closed()
    await local.wait_closed()
    print("ok")

uvloop.install()
asyncio.run(main())
