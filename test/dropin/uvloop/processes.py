# processes.py - subprocesses and signals.
import asyncio
import os
import signal
from asyncio import subprocess

import uvloop


async def run(number):
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", f"cat; echo err >&2; exit {number % 8}",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await child.communicate(b"in" * number)
    assert out == b"in" * number and err == b"err\n"
    assert child.returncode == number % 8


async def killed():
    child = await asyncio.create_subprocess_exec("sleep", "1000")
    child.terminate()
    assert await child.wait() == -signal.SIGTERM


async def missing():
    try:
        await asyncio.create_subprocess_exec("/none/at/all")
    except FileNotFoundError:
        return
    raise AssertionError("there is no such program")


async def signals():
    loop = asyncio.get_running_loop()
    heard = asyncio.Queue()
    loop.add_signal_handler(signal.SIGUSR1, heard.put_nowait, 1)
    for _ in range(10):
        os.kill(os.getpid(), signal.SIGUSR1)
        await heard.get()
    assert loop.remove_signal_handler(signal.SIGUSR1)


async def main():
    await asyncio.gather(*(run(i) for i in range(30)))
    await killed()
    await missing()
    await signals()
    print("ok")

uvloop.install()
asyncio.run(main())
