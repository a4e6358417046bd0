"""Kernels as papermill sees them: forks of the warm process, or this interpreter started anew."""

from __future__ import annotations

__all__ = ["KernelRun", "KernelStartError", "kernel_manager_class"]

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import DELIM, Session
from traitlets import Type

from thads_analysis.run.wire import OUTPUTS, REQUESTS, Wire

_START_SECONDS = 60
_SILENCE = 0.2
_MOST_OUTPUT = 20_000_000
"""Characters that a notebook may show, ten times what a page has."""


class KernelStartError(RuntimeError):
    """A kernel did not start, for no fault of its notebook."""


@dataclass
class KernelRun:
    """One notebook's kernel: what it needs to start, and what it came to.

    Parameters
    ----------
    folder : Path
        Its own working folder, also for its temporary files.
    seconds : float
        Limit for the whole notebook.
    zygote : str or None
        Address of the warm process; without it the kernel is a new interpreter.
    status : int or None
        Exit status once the kernel has ended; minus the number of the signal that killed it.
    cpu_seconds, peak_memory
        What the kernel used, in seconds and bytes; None where it is not known.
    flooded : bool
        Whether it was killed because it printed without end.
    """

    folder: Path
    seconds: float
    zygote: str | None = None
    status: int | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    flooded: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether the kernel's own alarm ended it."""
        return self.status == -signal.SIGALRM

    @property
    def end(self) -> str:
        """How the kernel ended, in words."""
        if self.status is None:
            return "killed, crashed, or out of memory"
        if self.status >= 0:
            return f"it exited with status {self.status}"
        name = signal.Signals(-self.status).name
        return f"{name}, as when memory runs out" if self.status == -9 else name


def kernel_manager_class(run: KernelRun) -> type[AsyncKernelManager]:
    """Class of the kernel manager for one notebook, as papermill wants to be given it."""
    return type("Kernels", (_Forked if run.zygote else _Stock,), {"run": run})


class _ThisPython(KernelSpecManager):
    """Kernels run this interpreter, whatever kernels are installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        quiet = "--IPKernelApp.log_level=ERROR"  # it warns at each start that loopback is not encrypted
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", quiet]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class _Stock(AsyncKernelManager):
    run: KernelRun

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=_ThisPython(), client_factory=_Client, **kwargs)

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.run.folder))
        kwargs |= {"cwd": str(self.run.folder), "env": {**os.environ, **temporary}}
        return await super()._async_pre_start_kernel(**kwargs)


class _Outputs(AsyncZMQSocketChannel):
    """The channel of outputs, with an end: a kernel that prints more than a page can hold is killed."""

    manager: _Stock | None = None
    _received = 0

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
        message = await super().get_msg(timeout)
        content = message["content"]
        texts = [content.get("text", ""), *content.get("data", {}).values()]
        self._received += sum(len(text) for text in texts if isinstance(text, str))
        if self._received > _MOST_OUTPUT and self.manager and self.manager.provisioner:
            self.manager.run.flooded = True
            await self.manager.provisioner.kill()
        return message


class _Client(AsyncKernelClient):
    """Client that does not wait longer than it must, nor take in more than it should."""

    iopub_channel_class = Type(_Outputs)

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        # The manager knows whether its kernel lives; a heartbeat would only be a thread more.
        super().start_channels(hb=False)
        self.iopub_channel.manager = self.parent

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until it is heard of."""
        deadline = time.monotonic() + (timeout or _START_SECONDS)
        while time.monotonic() < deadline:
            with contextlib.suppress(Empty):
                await self._hear()
                return
            if not await self.is_alive():
                break
        message = "The kernel did not answer"
        raise KernelStartError(message)

    async def _hear(self) -> None:
        self.kernel_info()
        reply = await self.get_shell_msg(timeout=1)
        await self.get_iopub_msg(timeout=_SILENCE)
        self._handle_kernel_info_reply(reply)


class _Forked(AsyncKernelManager):
    """Asks the warm process for a kernel: one connection stands for its life, one wire has its messages.

    Calls wait for answers that take milliseconds; the loop has nothing else to do meanwhile.
    """

    run: KernelRun
    _line: socket.socket | None = None
    _received = b""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(client_factory=_WireClient, **kwargs)
        self.session.key = b""  # nobody else has an end of the wire

    @property
    def has_kernel(self) -> bool:
        return self._line is not None

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        assert self.run.zygote  # noqa: S101 - kernel_manager_class has seen to it
        request = {"folder": str(self.run.folder), "seconds": self.run.seconds}
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(_START_SECONDS)
        ours, theirs = socket.socketpair()
        self.wire = Wire(ours)
        try:
            with theirs:
                self._line.connect(self.run.zygote)
                socket.send_fds(self._line, [json.dumps(request).encode()], [theirs.fileno()])
            answer = self._receive()
        except OSError as error:
            answer = {"error": str(error)}
        if "pid" not in answer:
            await self.cleanup_resources()
            ours.close()
            message = f"The warm process gave no kernel: {answer.get('error', 'it is gone')}"
            raise KernelStartError(message)

    async def is_alive(self) -> bool:  # type: ignore[override]
        if self._line:
            self._line.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                self._note_end()
        if self._line:
            self._line.settimeout(_START_SECONDS)
        return self.has_kernel

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """Kill it: it has nothing to save."""
        self.kill()
        if self._line:
            self._note_end()

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        if self._line:
            self._line.close()  # the warm process takes that for the end
            self._line = None

    def kill(self) -> None:
        """Have the warm process kill it, without waiting for that."""
        if self._line:
            with contextlib.suppress(OSError):
                self._line.sendall(bytes([signal.SIGKILL]))

    def _receive(self) -> dict[str, Any]:
        """Read one answer; an empty one when the warm process is gone."""
        assert self._line  # noqa: S101 - there is a line as long as there is a kernel
        while b"\n" not in self._received:
            received = self._line.recv(4096)
            if not received:
                return {}
            self._received += received
        answer, _, self._received = self._received.partition(b"\n")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _note_end(self) -> None:
        answer = self._receive()
        self.run.status = answer.get("status", -signal.SIGKILL)
        self.run.cpu_seconds = answer.get("cpu_seconds")
        self.run.peak_memory = answer.get("peak_memory")
        assert self._line  # noqa: S101
        self._line.close()
        self._line = None


class _WireClient(_Client):
    """The client at the other end of a kernel's wire."""

    parent: _Forked
    _shown = 0

    @property
    def shell_channel(self) -> _WireChannel:
        return self._channels[REQUESTS]

    @property
    def iopub_channel(self) -> _WireChannel:
        return self._channels[OUTPUTS]

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Take in what comes; the loop that runs this is the one that will wait for it."""
        self._wire = self.parent.wire
        self._channels = {name: _WireChannel(self._wire, name, self.session) for name in (REQUESTS, OUTPUTS)}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._wire.fileno(), self._take)

    def stop_channels(self) -> None:
        self._loop.remove_reader(self._wire.fileno())
        self._wire.close()

    def _take(self) -> None:
        try:
            for name, frames in self._wire.receive():
                self._channels[name].received.put_nowait(frames)
                self._shown += sum(map(len, frames)) if name == OUTPUTS else 0
        except EOFError:
            self._loop.remove_reader(self._wire.fileno())
        if self._shown > _MOST_OUTPUT:
            self.parent.run.flooded = True
            self.parent.kill()

    async def is_alive(self) -> bool:
        return await self.parent.is_alive()

    async def _hear(self) -> None:
        await self.get_iopub_msg(timeout=1)  # it says when it starts


class _WireChannel:
    """One channel of a wire, as jupyter_client's are used by nbclient."""

    def __init__(self, wire: Wire, name: bytes, session: Session) -> None:
        self._wire, self._name, self._session = wire, name, session
        self.received: asyncio.Queue[list[bytes]] = asyncio.Queue()

    def send(self, message: dict[str, Any]) -> None:
        self._wire.send(self._name, self._session.serialize(message))

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(timeout):
                frames = await self.received.get()
        except TimeoutError:
            raise Empty from None
        # As Session.deserialize does, but for the dates of headers, which nobody reads here.
        parts = frames[frames.index(DELIM) + 2 :]
        header, parent, metadata, content = map(self._session.unpack, parts[:4])
        message = {"header": header, "msg_id": header["msg_id"], "msg_type": header["msg_type"]}
        return message | {
            "parent_header": parent, "metadata": metadata, "content": content, "buffers": parts[4:]
        }  # fmt: skip
