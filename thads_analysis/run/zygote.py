"""A warm process that imports the stack once and becomes, by fork, the kernel of every notebook."""

from __future__ import annotations

__all__ = ["Zygote", "can_fork", "serve", "start_zygote"]

import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import pkgutil
import secrets
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from thads_analysis.run.wire import Wire

_log = logging.getLogger(__name__)

_USED = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "scipy.optimize",
    "scipy.stats",
    "seaborn",
    "statsmodels.tsa.seasonal",
    "statsmodels.tsa.statespace.structural",
    "tornado.platform.asyncio",
)
"""What kernels and topics import only when they need it."""

_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_REQUEST = 1 << 16


@dataclass(frozen=True)
class Zygote:
    """The warm process as its owner holds it; it ends, with all its kernels, when its owner does.

    Parameters
    ----------
    address : str
        Where kernels are asked for: an abstract Unix socket, open to this user alone.
    """

    address: str
    _process: subprocess.Popen[bytes] = field(repr=False)

    def release(self, period: str) -> None:
        """Let it go on to serve; with a period, after reading the context prepared for that."""
        assert self._process.stdin  # noqa: S101 - start_zygote has opened it
        with contextlib.suppress(BrokenPipeError):  # it is dead: kernels are started without it
            self._process.stdin.write(f"{period}\n".encode())
            self._process.stdin.flush()

    def wait(self) -> None:
        """Wait until it serves, or is dead; a notebook's time does not run before that."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.connect(self.address)
            line.shutdown(socket.SHUT_WR)  # a request for nothing
            line.recv(1)

    def close(self) -> None:
        """End the process and every kernel that it still has, and wait until it is gone."""
        if (status := self._process.poll()) is not None:
            _log.warning("The warm process ended early (%s); kernels were started anew, more slowly", status)
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def can_fork() -> bool:
    """Whether kernels are forked here: on Linux, unless ``THADS_NO_FORK`` is set.

    Other systems have no fork, or libraries that do not survive one.
    """
    return sys.platform == "linux" and not os.environ.get("THADS_NO_FORK")


def start_zygote(environment: Mapping[str, str], folder: Path) -> Zygote:
    """Start the warm process. It can be asked for kernels at once; it answers once it is released.

    Parameters
    ----------
    environment : mapping
        What its kernels find in their environment beside what is there already.
    folder : Path
        Its working folder.
    """
    address = f"\0thads-{os.getpid()}-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
            [
                sys.executable,
                "-c",
                "from thads_analysis.run.zygote import serve; serve()",
                str(listener.fileno()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
            cwd=folder,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for its owner, who closes it
        )
    return Zygote(address, process)


def serve() -> None:
    """Fork kernels on request until the owner at the other end of standard input is gone."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _warm()
    from thads_analysis.run.child import prepare_kernel

    become_kernel = prepare_kernel()
    released = sys.stdin.buffer.readline()
    if not released:
        return
    if period := released.decode().strip():
        _rehearse(period)
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every page of every kernel
    if threads := _other_threads():
        sys.exit(f"The warm process has {threads} other threads and must not fork; see docs/performance.md")
    _Server(listener, become_kernel).run()
    os._exit(0)  # an orderly end would be that of a shell, in a folder that is gone


def _warm() -> None:
    """Import what kernels and notebooks use."""
    # Where all that was imported is frozen, the collector would run in full every few thousand objects.
    gc.set_threshold(20_000, 20, 50)
    import ipykernel.debugger
    import ipykernel.ipkernel

    import thads_analysis.report

    topics = [module.name for module in pkgutil.iter_modules(thads_analysis.report.__path__)]
    for name in (*_USED, *(f"thads_analysis.report.{topic}" for topic in topics)):
        importlib.import_module(name)
    # Nobody debugs these kernels, and the debugger costs as much as all the rest of one.
    ipykernel.debugger._is_debugpy_available = False
    # For it, a kernel would note the files of all modules, and so copy every page on which a module lies.
    # The name is the module's own; the library's other uses of it stay as they are.
    vars(ipykernel.ipkernel)["sys"] = SimpleNamespace(**{**vars(sys), "modules": {}})


def _rehearse(period: str) -> None:
    """Read the prepared context and make parts of pages for nothing: kernels inherit what is made once.

    That is tables of facts, templates, texts, fonts, calendars, models, and the context itself.
    """
    from thads_analysis.report import forecast, open_page, season

    # A page that cannot be made says so where it is asked for.
    with contextlib.suppress(Exception):
        page = open_page("forecast", period=period)
        for exhibit in (page.header(), forecast.summary(page), forecast.fan(page), forecast.year_end(page)):
            exhibit._repr_html_()
        page.sidecar()
        season.season(open_page("trend", period=period), "cases")


class _Server:
    """The loop of the warm process: requests, signals for kernels, and kernels that ended."""

    def __init__(self, listener: socket.socket, become_kernel: Callable[..., NoReturn]) -> None:
        self._listener, self._become_kernel = listener, become_kernel
        self._lines: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)

    def run(self) -> None:
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake.fileno())
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._reap)
        self._selector.register(0, selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select():
                if key.data is None:  # the owner has closed its end, or is dead
                    for pid in list(self._lines):
                        _kill_group(pid, signal.SIGKILL)
                    self._sweep()
                    return
                key.data()

    def _accept(self) -> None:
        line, _ = self._listener.accept()
        request, end = self._read_request(line)
        if not end:
            line.close()
            return
        with end:
            if threads := _other_threads():
                _send(line, error=f"the warm process has {threads} other threads and must not fork")
                line.close()
                return
            pid = os.fork()
            if not pid:
                line.close()
                self._leave()
                self._become_kernel(Wire(end), **request)
        _send(line, pid=pid)
        self._lines[pid] = line
        self._selector.register(line, selectors.EVENT_READ, lambda: self._command(pid))

    @staticmethod
    def _read_request(line: socket.socket) -> tuple[dict[str, Any], socket.socket | None]:
        """Read what a kernel is asked for with, and its end of the wire; None from who only waits for us."""
        line.settimeout(5)
        peer = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if peer[1] != os.getuid():
            return {}, None
        with contextlib.suppress(OSError):
            request, ends, *_ = socket.recv_fds(line, _LONGEST_REQUEST, 1, socket.MSG_CMSG_CLOEXEC)
            if ends:
                return json.loads(request), socket.socket(fileno=ends[0])
        return {}, None

    def _leave(self) -> None:
        """Let go, in a child, of everything that belongs to the warm process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for held in (self._listener, self._woken, self._wake, *self._lines.values()):
            held.close()

    def _command(self, pid: int) -> None:
        """Pass on signals, each a byte; who asked for a kernel and is gone wants it killed."""
        line = self._lines[pid]
        try:
            numbers = line.recv(16)
        except OSError:
            numbers = b""
        if not numbers:
            self._selector.unregister(line)
        for number in numbers or bytes([signal.SIGKILL]):
            _kill_group(pid, number)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                pid, status, usage = ended
                line = self._lines.pop(pid, None)
                if line is None:
                    continue
                _kill_group(pid, signal.SIGKILL)  # what the notebook has left running
                self._sweep()
                with contextlib.suppress(KeyError):
                    self._selector.unregister(line)
                _send(
                    line,
                    status=os.waitstatus_to_exitcode(status),
                    cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
                    peak_memory=usage.ru_maxrss * 1024,
                )
                line.close()

    def _sweep(self) -> None:
        """Kill what left its kernel's group and lost its parent: as a subreaper we inherit it."""
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        for pid in set(map(int, children.split())) - self._lines.keys():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _send(line: socket.socket, **answer: Any) -> None:
    with contextlib.suppress(OSError):  # who asked may be gone
        line.sendall(json.dumps(answer).encode() + b"\n")


def _kill_group(pid: int, number: int) -> None:
    """Send a signal to a kernel and its children; to the kernel alone while it has no group yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _other_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir())) - 1
