"""What a run costs where nobody is kept from anything: a process that has imported the same modules forks for each
program, the child runs it, the parent reads what it prints and reaps it. A program comes, and its output goes, as four bytes
of length and text."""

import gc
import os
import struct
import sys

for name in sys.argv[1].split():
    try:
        __import__(name)
    except ImportError:
        pass  # Those that the sandbox makes itself.
gc.collect()
gc.freeze()


def run(code):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        exec(compile(code, "profile.py", "exec"), {"__name__": "__main__"})
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    output = b""
    while more := os.read(reader, 65536):
        output += more
    os.close(reader)
    os.waitpid(child, 0)
    return output


while head := sys.stdin.buffer.read(4):
    output = run(sys.stdin.buffer.read(struct.unpack("<I", head)[0]))
    os.write(1, struct.pack("<I", len(output)) + output)
