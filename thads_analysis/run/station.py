"""The far end of a run on many machines: a process beside a Dask worker that makes one page after another.

A Dask worker lives for weeks and serves others too. It therefore imports nothing of the report and lends
neither its environment nor its working folder: it hands each job, as bytes, to a process of its own that
has been started for this run, with the code that lies on the machine now. That process works as a worker
of a local run does.
"""

from __future__ import annotations

__all__ = ["Order", "close_stations", "run_in_station", "serve"]

import os
import pickle
import queue
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_IDLE_SECONDS = 120
"""A station without work for so long ends by itself: whoever ran the report may be gone."""


@dataclass(frozen=True)
class Order:
    """What all jobs of a run have in common, as it travels.

    Parameters
    ----------
    period : str
    timeout : float
        Limit for a whole notebook, in seconds.
    tools : mapping
        The versions that make equal pages (`resume.tool_versions`).
    context : bytes
        What the pages share (`context.save_context`): a folder as a ZIP archive.
    configuration : mapping of str to bytes
        Files of the configuration in force (`config.Config.files`).
    """

    period: str
    timeout: float
    tools: Mapping[str, str] = field(repr=False)
    context: bytes = field(repr=False)
    configuration: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class _Station:
    """The process as its Dask worker holds it; it ends when its standard input does."""

    def __init__(self, order: bytes) -> None:
        self.taken = threading.Lock()
        self._unsent = [order]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from thads_analysis.run.station import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, job: bytes) -> bytes:
        """Hand in a job and wait for what comes of it."""
        messages, self._unsent = [*self._unsent, job], []
        with suppress(OSError):
            for message in messages:
                _send(self._process.stdin, message)
            if (answer := _receive(self._process.stdout)) is not None:
                return answer
        ended = f"The process that made the page ended ({self._process.wait()})"
        raise ChildProcessError(ended)

    def close(self) -> None:
        # Its input first: that ends it, and then nobody waits for its output.
        for end in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert end  # noqa: S101 - opened as a pipe
                end.close()
        self._process.wait()


_stations: dict[str, list[_Station]] = {}
_over: set[str] = set()
_guard = threading.Lock()


def run_in_station(order: bytes, run: str, job: bytes) -> bytes:
    """Have a page made on this machine: what a task of a Dask cluster is.

    Parameters
    ----------
    order : bytes
        A pickled `Order`.
    run : str
        Identifier of the run; its stations are kept for its further jobs.
    job : bytes
        A pickled `plan.Job`.

    Returns
    -------
    bytes
        A pickled `execute.Result`; or a pickled text that says why this machine cannot help.

    Raises
    ------
    ChildProcessError
        When the process ended before it had answered.
    """
    station = _take_station(order, run)
    try:
        answer = station.ask(job)
    except BaseException:
        _drop_station(station, run)
        raise
    station.taken.release()
    return answer


def _take_station(order: bytes, run: str) -> _Station:
    """Find a station of the run that has nothing to do, or start one."""
    with _guard:
        if run in _over:
            message = f"{run} is over"
            raise RuntimeError(message)
        for name, held in _stations.items():
            _stations[name] = [station for station in held if not station.has_ended]
        for station in _stations.get(run, ()):
            if station.taken.acquire(blocking=False):
                return station
        station = _Station(order)
        station.taken.acquire()
        _stations.setdefault(run, []).append(station)
        return station


def _drop_station(station: _Station, run: str) -> None:
    station.close()
    with _guard:
        if station in _stations.get(run, ()):
            _stations[run].remove(station)


def close_stations(run: str) -> None:
    """End the stations of a run on this machine, with what they are doing."""
    with _guard:
        _over.add(run)  # a task that has just begun must not start another
        stations = _stations.pop(run, [])
    for station in stations:
        station.close()


def serve() -> None:
    """Make pages for the Dask worker at the other end of standard input, until that end is gone."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints must not come between the answers
    received = _receive(source)
    if received is None:
        return
    order: Order = pickle.loads(received)  # noqa: S301 - from the Dask worker that started this process
    if fault := _compare(order.tools):
        _send(sink, pickle.dumps(fault))
        return
    _serve_order(order, source, sink)
    os._exit(0)  # an orderly end of the interpreter would wait for the thread that reads


def _compare(wanted: Mapping[str, str]) -> str:
    """Say in which versions this machine differs; nothing when it makes the same pages."""
    from thads_analysis.run.resume import tool_versions

    here = tool_versions()
    differ = [name for name in sorted({*wanted, *here}) if wanted.get(name) != here.get(name)]
    if not differ:
        return ""
    # A digest says no more than that it is another one.
    shown = [
        name if name == "thads_analysis" else f"{name} {here.get(name)} instead of {wanted.get(name)}"
        for name in differ
    ]
    return f"{socket.gethostname()} would make other pages: it has {', '.join(shown)}"


def _serve_order(order: Order, source: IO[bytes], sink: IO[bytes]) -> None:
    from thads_analysis.context import PREPARED
    from thads_analysis.run.execute import kernel_environment, run_job, scratch_folder, start_worker
    from thads_analysis.run.zygote import can_fork, start_zygote

    with scratch_folder() as scratch:
        # There is no data folder here: pages are made of what was sent, and of nothing else.
        for name, content in order.configuration.items():
            file = scratch / "data" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        environment = kernel_environment(scratch / "data", scratch)
        environment[PREPARED] = str(scratch / "context")
        zygote = start_zygote(environment, scratch) if can_fork() else None
        jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()

        def end() -> None:
            """End in the middle of whatever is being done."""
            if zygote:
                zygote.close()
            shutil.rmtree(scratch, ignore_errors=True)
            os._exit(0)

        threading.Thread(target=_take_in, args=(source, jobs, end), daemon=True).start()
        try:
            _unpack(order.context, scratch / "context")
            if zygote:
                zygote.release(order.period)
            start_worker(environment, scratch)
            if zygote:
                zygote.wait()
            while True:
                job = pickle.loads(jobs.get(timeout=_IDLE_SECONDS))  # noqa: S301 - as above
                result = run_job(job, order.timeout, zygote.address if zygote else None)
                _send(sink, pickle.dumps(result))
        except queue.Empty:
            return
        finally:
            if zygote:
                zygote.close()


def _take_in(source: IO[bytes], jobs: queue.SimpleQueue[bytes], end: Callable[[], None]) -> None:
    while (job := _receive(source)) is not None:
        jobs.put(job)
    end()


def _unpack(archive: bytes, folder: Path) -> None:
    file = folder.with_suffix(".zip")
    file.write_bytes(archive)
    shutil.unpack_archive(file, folder)


def _send(sink: IO[bytes] | None, message: bytes) -> None:
    assert sink  # noqa: S101 - opened as a pipe
    sink.write(len(message).to_bytes(8, "big") + message)
    sink.flush()


def _receive(source: IO[bytes] | None) -> bytes | None:
    """Read a message; None when the other end is gone."""
    assert source  # noqa: S101 - opened as a pipe
    head = source.read(8)
    size = int.from_bytes(head, "big")
    message = source.read(size) if len(head) == 8 else b""
    return message if len(head) == 8 and len(message) == size else None
