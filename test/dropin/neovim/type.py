# type.py - types into an editor on a terminal of its own, and reads the file.
import fcntl
import os
import pty
import select
import struct
import termios

pid, master = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp("nvim", ["nvim", "-u", "NONE", "-i", "NONE", "-n", "typed"])
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))


def read_some(seconds):
    if not select.select([master], [], [], seconds)[0]:
        return b""
    try:
        return os.read(master, 65536)
    except OSError:
        return None


seen = b""
while b"typed" not in seen:  # The name of the file is on the screen.
    part = read_some(30)
    assert part, seen
    seen += part
os.write(master, b"ihello from a keyboard\x1b:wq\r")
while read_some(30):
    pass
status = os.waitpid(pid, 0)[1]
assert status == 0, status
assert open("typed").read() == "hello from a keyboard\n"
print("ok")
