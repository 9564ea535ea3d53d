# basics.py - timers, order, the executor, names, and calls from threads.
import asyncio
import threading
import time

import uvloop


async def timers():
    loop = asyncio.get_running_loop()
    order = []
    began = loop.time()
    for ms in (30, 10, 20):
        loop.call_later(ms / 1000, order.append, ms)
    loop.call_soon(order.append, "soon")
    await asyncio.sleep(0.05)
    assert order == ["soon", 10, 20, 30], order
    assert loop.time() - began >= 0.049
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        return
    raise AssertionError("that event never comes")


async def threads():
    loop = asyncio.get_running_loop()
    heard = []
    done = asyncio.Event()

    def send(number):
        for i in range(1000):
            loop.call_soon_threadsafe(heard.append, (number, i))

    senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for sender in senders:
        sender.start()
    await loop.run_in_executor(None, lambda: [s.join() for s in senders])
    loop.call_soon_threadsafe(done.set)
    await done.wait()
    for n in range(4):
        assert [i for number, i in heard if number == n] == list(range(1000))


async def names():
    loop = asyncio.get_running_loop()
    all = await asyncio.gather(*(
        loop.getaddrinfo("localhost", 80, type=1) for _ in range(20)))
    assert all[0] and all[0][0][4][1] == 80
    assert (await loop.getnameinfo(("127.0.0.1", 80), 3))[1] == "80"


async def main():
    await timers()
    await threads()
    await names()
    loop = asyncio.get_running_loop()
    parts = await asyncio.gather(*(
        loop.run_in_executor(None, lambda i=i: (time.sleep(0.001), i)[1])
        for i in range(50)))
    assert parts == list(range(50))
    assert type(loop).__module__.startswith("uvloop")
    print("ok")

uvloop.install()
asyncio.run(main())
