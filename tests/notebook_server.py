"""A Jupyter server of the tests' own: on a free local port, with nobody's settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve(module: str, home: Path, root: Path, data: Path, *options: str) -> Iterator[str]:
    """Run a server on ``root`` from another folder, with its files in ``home``; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", module, "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"),
        *(
            "--IdentityProvider.token=",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={root}",
            *options,
        ),
    ]
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
    environment = {
        **os.environ,
        **folders,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "THADS_DATA": str(data),
    }
    (home / "elsewhere").mkdir(parents=True)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=home / "elsewhere", env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", process, home / "log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    message = f"the server did not answer:\n{log.read_text(encoding='utf-8')[-2000:]}"
    raise AssertionError(message)
