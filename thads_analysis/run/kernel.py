"""Kernels as papermill sees them: forks of the warm process, or this interpreter started anew."""

from __future__ import annotations

__all__ = ["KernelRun", "KernelStartError", "kernel_manager_class"]

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
from typing import Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Type

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


class _Forked(AsyncKernelManager):
    run: KernelRun

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=_ThisPython(), client_factory=_Client, **kwargs)
        self.provisioner = _Fork(parent=self, kernel_spec=self.kernel_spec)


class _Outputs(AsyncZMQSocketChannel):
    """The channel of outputs, with an end: a kernel that prints more than a page can hold is killed."""

    manager: _Stock | _Forked | None = None
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
        """Wait until a request is answered and messages come in, but not for silence after that."""
        deadline = time.monotonic() + (timeout or _START_SECONDS)
        while time.monotonic() < deadline:
            self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=_SILENCE)
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                break
        message = "The kernel did not answer"
        raise KernelStartError(message)


class _Fork(KernelProvisionerBase):
    """Launches a kernel by asking the warm process; one connection stands for one kernel.

    Calls wait for answers that take milliseconds; the loop has nothing else to do meanwhile.
    """

    _line: socket.socket | None = None
    _received = b""

    @property
    def has_process(self) -> bool:
        return self._line is not None

    @property
    def _manager(self) -> _Forked:
        manager: _Forked = self.parent  # type: ignore[assignment]
        return manager

    @property
    def _run(self) -> KernelRun:
        return self._manager.run

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        assert self._run.zygote  # noqa: S101 - kernel_manager_class has seen to it
        session = self._manager.session
        key = session.key
        request = {"folder": str(self._run.folder), "seconds": self._run.seconds, "key": key.decode()}
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_START_SECONDS)
        try:
            line.connect(self._run.zygote)
            line.sendall(json.dumps(request).encode() + b"\n")
            self._line = line
            answer = self._receive()
        except OSError as error:
            answer = {"error": str(error)}
        if "ports" not in answer:
            self._line = None
            line.close()
            message = f"The warm process gave no kernel: {answer.get('error', 'it is gone')}"
            raise KernelStartError(message)
        where = {"ip": "127.0.0.1", "transport": "tcp", **answer["ports"]}
        return cast(KernelConnectionInfo, {"key": key, "signature_scheme": session.signature_scheme, **where})

    def _receive(self) -> dict[str, Any]:
        """Read one answer; an empty one when the warm process is gone."""
        assert self._line  # noqa: S101 - there is a line as long as there is a process
        while b"\n" not in self._received:
            received = self._line.recv(4096)
            if not received:
                return {}
            self._received += received
        answer, _, self._received = self._received.partition(b"\n")
        found: dict[str, Any] = json.loads(answer)
        return found

    async def poll(self) -> int | None:
        if self._line is None:
            return self._run.status
        self._line.setblocking(False)
        try:
            self._note_end()
        except BlockingIOError:
            return None
        finally:
            if self._line:
                self._line.settimeout(_START_SECONDS)
        return self._run.status

    async def wait(self) -> int | None:
        if self._line:
            self._note_end()
        return self._run.status

    def _note_end(self) -> None:
        answer = self._receive()
        self._run.status = answer.get("status", -signal.SIGKILL)
        self._run.cpu_seconds = answer.get("cpu_seconds")
        self._run.peak_memory = answer.get("peak_memory")
        assert self._line  # noqa: S101
        self._line.close()
        self._line = None

    async def send_signal(self, signum: int) -> None:
        # Nobody interrupts these kernels, they are killed; but before that they would be interrupted.
        if self._line and signum != signal.SIGINT:
            with contextlib.suppress(OSError):
                self._line.sendall(bytes([signum]))

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)
        await self.wait()

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        if self._line:
            self._line.close()  # the warm process takes that for the end
            self._line = None
