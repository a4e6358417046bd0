"""What a fork of the warm process becomes: ipykernel's kernel, its messages on a wire instead of ports."""

from __future__ import annotations

__all__ = ["prepare_kernel"]

import asyncio
import ctypes
import os
import resource
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import zmq
from ipykernel.compiler import XCachingCompiler
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Any as Anything
from traitlets.config import Config

from thads_analysis.run.wire import OUTPUTS, REQUESTS, Wire

_GRACE = 1.0
"""Seconds after its limit at which a kernel that nobody has stopped is killed by its own alarm."""

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = "700"
_LARGEST_FILE = 4 << 30
"""Bytes; a page has a few millions, and a notebook that writes without end stops here."""


def prepare_kernel() -> Callable[..., NoReturn]:
    """Make what is the same in every kernel before there is one: application, kernel, shell, magics.

    Returns
    -------
    callable
        `_Application.serve`, which turns a fork of this process into a kernel.
    """
    config = Config(
        # A history would be a database on disk, written after every cell.
        HistoryManager={"enabled": False},
        # It would wait after every cell for what was printed, which comes in order without that.
        Kernel={"_execute_sleep": 0},
        # Nobody else holds an end of the wire, so that nothing on it has to be signed.
        Session={"key": b""},
    )
    ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    app: _Application = _Application.instance(log_level=50, default_extensions=[], config=config)
    app.initialize([])  # type: ignore[no-untyped-call]
    app.log.setLevel(app.log_level)  # else a record is made of what no handler shows, four times a cell
    app.kernel.shell.kernel = app.kernel
    return app.serve


def _settle(folder: str, seconds: float) -> None:
    """Make a process of its own of the fork: group, limits, folder, random numbers."""
    os.setsid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
    # Where memory runs out, a notebook goes before the run that looks after it.
    Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.chdir(folder)
    os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder))
    tempfile.tempdir = None
    np.random.seed()  # the legacy generator would repeat itself in every kernel


class _Channel:
    """A channel of the wire, as the socket or stream that ipykernel expects."""

    def __init__(self, name: bytes) -> None:
        self._name = name
        self.wire: Wire | None = None
        self.answer: Callable[[list[zmq.Frame]], Coroutine[Any, Any, None]] | None = None

    def send_multipart(self, frames: list[bytes], flags: int = 0, copy: bool = True) -> None:
        assert self.wire  # noqa: S101 - nobody sends before there is a client
        self.wire.send(self._name, frames)

    def on_recv(
        self, answer: Callable[[list[zmq.Frame]], Coroutine[Any, Any, None]], copy: bool = True
    ) -> None:
        self.answer = answer


class _Printer(IOPubThread):
    """What ipykernel's streams send through. It has no thread: its socket was for one, a wire is for all."""

    io_loop: Any = None

    def __init__(self, channel: _Channel) -> None:
        self.socket = channel

    def send_multipart(self, *args: Any, **kwargs: Any) -> None:
        self.socket.send_multipart(*args, **kwargs)


class _Stream(OutStream):
    """ipykernel's stream, flushed by whoever asks for it, and by a clock where nobody does.

    What is shown after a flush comes after what was printed before it, also when that is just being sent.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sending = threading.RLock()
        super().__init__(*args, **kwargs, watchfd="force")  # type: ignore[no-untyped-call]

    def write(self, string: str) -> int:
        if self._is_master_process():  # type: ignore[no-untyped-call]
            return super().write(string) or 0
        # A notebook's own forks share the wire and must not speak on it; what programs print is read.
        with open(self._original_stdstream_fd, "w", encoding="utf-8", closefd=False) as printed:
            return printed.write(string)

    def flush(self) -> None:
        if self._is_master_process():  # type: ignore[no-untyped-call]
            with self._sending:
                self._flush()  # type: ignore[no-untyped-call]

    def _schedule_flush(self) -> None:
        if not self._flush_pending:
            self._flush_pending = True
            clock = threading.Timer(self.flush_interval, self.flush)
            clock.daemon = True
            clock.start()


class _Kernel(IPythonKernel):
    """ipykernel's kernel, with a channel where it has a stream."""

    shell_stream = Anything()
    _supports_kernel_subshells = False

    def start(self) -> None:
        super().start()  # type: ignore[no-untyped-call]
        # Cells that await ask it which thread they are in.
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())

    def _publish_status(self, status: str, *args: Any, **kwargs: Any) -> None:
        """Say all but that a request is being answered, which the only client knows."""
        if status != "busy":
            super()._publish_status(status, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Abort nothing: its client sends no further request after one that failed."""


class _Application(IPKernelApp):
    """ipykernel's application without ports and files; what has threads waits for the fork."""

    outstream_class = f"{__name__}.{_Stream.__name__}"

    def parse_command_line(self, argv: Any = None) -> None:
        """Take no arguments: they are those of the warm process."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Read no configuration: a page does not depend on who makes it."""

    def init_code(self) -> None:
        """Run no files of a user's profile."""

    def init_poller(self) -> None:
        """Watch no parent: the wire ends with it."""

    def init_connection_file(self) -> None:
        """Have no such file."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """Have no such file."""

    def log_connection_info(self) -> None:
        """Have nobody who could connect."""

    def init_heartbeat(self) -> None:
        """Have no heart: the warm process sees a kernel end."""

    def init_io(self) -> None:
        """Wait with the streams, which have threads, for the fork."""

    def init_sockets(self) -> None:
        """Make the channels."""
        self.shell_socket, self.iopub_socket = _Channel(REQUESTS), _Channel(OUTPUTS)
        self.iopub_thread = _Printer(self.iopub_socket)

    def init_kernel(self) -> None:
        """Make the kernel."""
        self.kernel = _Kernel.instance(
            parent=self,
            session=self.session,
            shell_stream=self.shell_socket,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )

    def serve(self, wire: Wire, *, folder: str, seconds: float) -> NoReturn:
        """Be the kernel of one notebook, in a fresh fork; never return.

        Parameters
        ----------
        wire : Wire
            When its other end is gone, the process ends.
        folder : str
            Where to work, also for temporary files.
        seconds : float
            How long to live at most.
        """
        status = 1
        try:
            _settle(folder, seconds)
            self._connect(wire)
            asyncio.run(self._answer(wire))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _connect(self, wire: Wire) -> None:
        self.session.pid = os.getpid()
        self.shell_socket.wire = self.iopub_socket.wire = wire
        super().init_io()  # type: ignore[no-untyped-call]
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    async def _answer(self, wire: Wire) -> None:
        self.kernel.start()
        loop = asyncio.get_running_loop()
        gone = loop.create_future()
        answers: set[asyncio.Task[None]] = set()

        def take() -> None:
            try:
                for _, frames in wire.receive():
                    answer = loop.create_task(self.shell_socket.answer([zmq.Frame(f) for f in frames]))
                    answers.add(answer)
                    answer.add_done_callback(answers.discard)
            except EOFError:
                loop.remove_reader(wire.fileno())
                gone.set_result(None)

        loop.add_reader(wire.fileno(), take)
        await gone
