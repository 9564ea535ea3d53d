# datagrams.py - UDP endpoints, connected and not.
import asyncio

import uvloop


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


class Client(asyncio.DatagramProtocol):
    def __init__(self):
        self.heard = asyncio.Queue()

    def datagram_received(self, data, address):
        self.heard.put_nowait(data)


async def main():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(
        Echo, local_addr=("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    transport, client = await loop.create_datagram_endpoint(
        Client, remote_addr=address)
    for size in (1, 100, 1400, 60000):
        transport.sendto(b"u" * size)
        assert len(await client.heard.get()) == size
    for i in range(100):
        transport.sendto(b"%d" % i)
    assert [int(await client.heard.get()) for _ in range(100)] == list(
        range(100))
    transport.close()
    server.close()
    print("ok")

uvloop.install()
asyncio.run(main())
