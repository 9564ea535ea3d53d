# uvloop_load.py - talks to uvloop_server.py for some seconds, by Python's own
# loop, and checks every byte that comes back.
import asyncio
import random
import sys
import time

seconds, count, tcp_port, udp_port = map(int, sys.argv[1:])
end = time.monotonic() + seconds
answers = wrong = 0
pattern = bytes(range(251)) * 300


async def talk(connect):
    """Connections one after the other, each with some messages."""
    global answers, wrong
    while time.monotonic() < end:
        reader, writer = await connect()
        for _ in range(random.randrange(1, 100)):
            start = random.randrange(251)
            size = random.choice((1, 10, 100, 1000, 4096, 60000))
            sent = pattern[start:start + size]
            writer.write(sent)
            if await reader.readexactly(size) != sent:
                wrong += 1
            answers += 1
            if time.monotonic() > end:
                break
        if random.random() < 0.2:
            writer.transport.abort()  # With a reset, now and then.
        else:
            writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.heard = asyncio.Queue()

    def datagram_received(self, data, address):
        self.heard.put_nowait(data)


async def datagrams():
    global answers, wrong
    loop = asyncio.get_running_loop()
    while time.monotonic() < end:
        transport, client = await loop.create_datagram_endpoint(
            Datagrams, remote_addr=("127.0.0.1", udp_port))
        for _ in range(50):
            sent = pattern[:random.randrange(1, 2000)]
            transport.sendto(sent)
            if await client.heard.get() != sent:
                wrong += 1
            answers += 1
        transport.close()


async def main():
    await asyncio.gather(
        *(talk(lambda: asyncio.open_connection("127.0.0.1", tcp_port))
          for _ in range(count)),
        *(talk(lambda: asyncio.open_unix_connection("echo.sock"))
          for _ in range(count // 4)),
        *(datagrams() for _ in range(4)))
    print("answers", answers)
    print("wrong", wrong)

asyncio.run(main())
