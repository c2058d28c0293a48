"""What a guest's interpreter does before and around a program. It runs inside the walls and guards nothing."""

import _socket
import atexit
import builtins
import gc
import io
import linecache
import os
import select
import signal
import site
import sys
import traceback
import types

# The hook by which this module forgets the threads of a parent is not wanted: the zygote has one thread, and running the hook
# costs a tenth of a birth.
_register, os.register_at_fork = os.register_at_fork, lambda **hooks: None
import threading
os.register_at_fork = _register

# Enough for the interpreter to have specialised the code of a call.
_CALLS = 64


def install(name, source):
    """Makes a module out of source that stands in no file."""
    module = types.ModuleType(name)
    module.__file__ = f"<{name}>"
    sys.modules[name] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)


# Modules in machine code that programs may import later: inside, no machine code can be loaded any more. Each is a few pages
# that all guests share, and a few microseconds of each birth. `_ctypes` is not among them: what it is good for is refused.
_MACHINE_CODE = """
    _bz2 _contextvars _lsprof _lzma _queue _sqlite3 _ssl _zoneinfo mmap resource
    _multibytecodec _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw
"""

# Debian's Python has these built in; with others they are modules in machine code as well.
_BUILT_IN_AT_DEBIAN = """
    _bisect _blake2 _csv _datetime _elementtree _heapq _md5 _opcode _pickle _posixsubprocess _random _sha1 _sha2 _sha256 _sha3
    _sha512 _socket _statistics _struct array binascii cmath fcntl grp math pyexpat select syslog unicodedata zlib
"""

# Libraries for arithmetic start a thread for each processor core, and no fork takes threads along.
_ONE_THREAD = dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"], "1")


def prepare(packages):
    """What has to be so before anything is imported for the programs."""
    if packages:
        site.addsitedir(packages)
    os.environ.update(_ONE_THREAD)
    # Here it would work, inside it does not: the module selectors has to take poll.
    if hasattr(select, "epoll"):
        del select.epoll
    # A supervisor started in the background of a shell ignores SIGINT, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def preimport(name):
    """Imports what programs will ask for, while imports are cheap and shared."""
    __import__(name)


def furnish():
    """What is imported beside, whatever the programs ask for."""
    loaded = [name for name in _BUILT_IN_AT_DEBIAN.split() if name not in sys.builtin_module_names]
    for name in _MACHINE_CODE.split() + loaded:
        try:
            __import__(name)
        except ImportError:
            # Not every CPython is built with all of them.
            pass
    # It would bring along a third of all memory; asyncio does without it.
    sys.modules.setdefault("_asyncio", None)
    for name in _ONE_THREAD:
        del os.environ[name]


def converse():
    """Has a few calls answered, until nothing about them is new to the interpreter: what it learns it writes into pages, of which
    each guest would have to have its own, while its visitor waits."""
    api = sys.modules["api"]
    ours, hosts = _socket.socketpair()
    connection, api._CONNECTION = api._CONNECTION, ours.fileno()
    for _ in range(_CALLS):
        hosts.send(b'{"ok": "anna"}\n')
        api.call("get_visitor")
        hosts.recv(4096)
    api._CONNECTION = connection
    ours.close()
    hosts.close()


def settle():
    """The last step before the first fork: nothing that exists now is touched by the collector again."""
    # Inside there is no program to start.
    sys.executable = sys._base_executable = ""
    # Each thread's stack counts as memory of the run.
    threading.stack_size(512 * 1024)
    # Unlike that of `random`, what it draws would be the same in all guests.
    if "numpy.random" in sys.modules:
        os.register_at_fork(after_in_child=sys.modules["numpy.random"].seed)
    # What was printed before a run is killed must have left the process.
    sys.stdout.reconfigure(line_buffering=True)
    gc.collect()
    _fill_gaps()
    gc.freeze()


# What CPython's allocator gives pieces of: pools, each for pieces of one size, the first of which is here.
_POOL, _FIRST, _LARGEST = 16384, 48, 512
# What the C library gives: the largest sizes first, of which the rest may be filled by the smaller ones.
_LARGER = [*(2**power for power in range(16, 10, -1)), *range(1040, _LARGEST, -16)]
# More than is free in any zygote, in bytes.
_MOST_FREE = 2 << 20
_fillings = []


def _fill_gaps():
    """Takes all memory that is free between what is in use, so that what a child makes lies together, in pages that nobody
    else has: a page with something of the zygote's is copied before it is written to. With allocators that are made
    otherwise this is of no use, and no harm."""
    left = _MOST_FREE
    for size in range(48, _LARGEST + 1, 16):
        while left > 0:
            left -= size
            if _fill(size) % _POOL == _FIRST:
                break
    highest = 0
    for size in _LARGER:
        while left > 0:
            left -= size
            place = _fill(size)
            if place > highest:
                highest = place
                break


def _fill(size):
    """Takes a piece of memory for good, and tells where it is."""
    _fillings.append(bytes(size - bytes().__sizeof__()))
    return id(_fillings[-1])


def warm(name, source, *arguments):
    """Runs a small program of our own as `run` does, and leaves no trace of it.

    In the zygote it is run until nothing about it is new to the interpreter; in a child once, before anybody waits for it, so
    that the child has its own copies of the pages that every program writes to.
    """
    # What is left of the work of the hook above.
    threading.main_thread()._set_native_id()
    before = sys.argv, sys.modules["__main__"]
    _execute(name, source, *arguments)
    _leave()
    _flush()
    # Who has nothing to say does not get as far as the kernel: this does.
    try:
        sys.stdout.buffer.raw.write(b"")
    except (AttributeError, OSError):
        pass
    sys.argv, sys.modules["__main__"] = before
    linecache.cache.clear()


def run(name, source, *arguments):
    """Runs one program as __main__ and returns its exit code."""
    code = _execute(name, source, *arguments)
    code = _leave() or code
    code = _guarded(atexit._run_exitfuncs) or code
    _flush()
    return code


def _leave():
    """Waits for the program's threads. With nobody to wait for there is nothing to it but more pages."""
    return _guarded(threading._shutdown) if threading.active_count() > 1 else 0


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass


def _execute(name, source, *arguments):
    """Runs a program to the end of its text."""
    # For tracebacks: the program stands in no file.
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    main = types.ModuleType("__main__")
    main.__file__ = name
    main.__builtins__ = builtins
    main.api = sys.modules["api"]
    sys.modules["__main__"] = main
    sys.argv = [name, *arguments]
    return _guarded(lambda: exec(compile(source, name, "exec"), main.__dict__))


def _guarded(step):
    """Exit code of a step: 0, what it gave to sys.exit, or 1 for an exception, which is shown."""
    try:
        step()
    except SystemExit as end:
        if end.code is None:
            return 0
        if isinstance(end.code, int):
            return end.code & 0xFF
        _say(f"{end.code}\n")
        return 1
    except BaseException as error:
        # The first frame is this function's, the second the lambda's.
        trace = error.__traceback__
        for _ in range(2):
            trace = trace and trace.tb_next
        try:
            if sys.excepthook is sys.__excepthook__:
                traceback.print_exception(type(error), error, trace)
            else:
                sys.excepthook(type(error), error, trace)
        except BaseException:
            _say(f"{type(error).__name__}\n")
        return 1
    return 0


def _say(text):
    try:
        os.write(2, text.encode(errors="backslashreplace"))
    except OSError:
        pass
