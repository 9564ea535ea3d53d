# terminal.py - runs a command on a new terminal, types x once it says that the
# terminal is raw, and checks what it makes of that.
import os
import pty
import sys

pid, master = pty.fork()
if pid == 0:
    os.environ["COLUMNS"] = "80"
    os.execvp(sys.argv[1], sys.argv[1:])
import fcntl
import struct
import termios

fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
text = b""
typed = False
while True:
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    text += part
    if b"raw" in text and not typed:
        os.write(master, b"x")
        typed = True
status = os.waitpid(pid, 0)[1]
assert status == 0, (status, text)
assert b'got "x"' in text, text
print("ok")
