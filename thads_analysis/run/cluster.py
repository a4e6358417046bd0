"""A run on many machines: its jobs go to the workers of a Dask cluster, one task a page."""

from __future__ import annotations

__all__ = ["execute_on_cluster"]

import logging
import pickle
import secrets
import shutil
import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thads_analysis import config
from thads_analysis.context import Context, save_context
from thads_analysis.errors import DataError, UsageError
from thads_analysis.run.execute import Failure, Result
from thads_analysis.run.plan import Job
from thads_analysis.run.resume import tool_versions
from thads_analysis.run.station import Order, close_stations, run_in_station

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 15
_LULL = 5.0
_PATIENCE = 120.0
"""Seconds for which a cluster may be without a worker: some start them only when there is work."""
_TRIES = 2
"""How often a page is begun when the process that makes it dies; a lost machine is not counted."""


def execute_on_cluster(
    jobs: Sequence[Job], *, scheduler: str, timeout: float, context: Context
) -> Generator[Result]:
    """Run jobs on the workers of a Dask cluster, each notebook in a fresh kernel.

    The workers need this package in the same versions, and nothing else: the figures go to them with the
    jobs, and the pages come back. The pages are those of a local run.

    Parameters
    ----------
    jobs : sequence of Job
    scheduler : str
        Address of the cluster's scheduler, ``tcp://10.0.0.5:8786``.
    timeout : float
        Limit for a whole notebook, in seconds.
    context : Context
        What the pages share.

    Yields
    ------
    Result
        One a job, as they finish. Jobs of a machine that is lost are given to another.

    Raises
    ------
    UsageError
        When Dask is not installed, nobody answers at the address, or a worker would make other pages.
    DataError
        When the cluster is lost in the middle, or has no worker for two minutes.
    """
    if not jobs:
        return
    client = _connect(scheduler)
    run = f"thads-{secrets.token_hex(4)}"
    own = dict(config.in_force().files)
    order = pickle.dumps(Order(str(context.period), timeout, tool_versions(), _pack(context), own))
    try:
        # A task, not data laid out on the workers: when the machine that holds it is lost, it is made anew.
        shared = client.submit(bytes, order, key=f"{run}-order")
        waiting = {
            client.submit(
                run_in_station, shared, run, pickle.dumps(job), key=f"{run}/{job.stem}", retries=_TRIES - 1
            ): job
            for job in jobs
        }
        yield from _collect(client, waiting, scheduler)
    finally:
        # Of what is still running nobody wants the result; workers that are gone cannot be told.
        with suppress(Exception):
            client.cancel(list(waiting), force=True)
            client.run(close_stations, run, on_error="ignore")
        client.close(timeout=2)


def _connect(scheduler: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        message = "Dask is not installed here. Install it with: pip install 'thads_analysis[dask]'"
        raise UsageError(message) from None
    # What it would log on a lost connection, at length, reaches the caller as an error.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        message = (
            f"No Dask scheduler answers at {scheduler} ({error}); expected an address such as "
            "tcp://10.0.0.5:8786, as the command `dask scheduler` prints it"
        )
        raise UsageError(message) from None


def _pack(context: Context) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save_context(context, Path(folder, "context"))
        return Path(shutil.make_archive(f"{folder}/packed", "zip", Path(folder, "context"))).read_bytes()


def _collect(client: Client, waiting: dict[Future, Job], scheduler: str) -> Generator[Result]:
    """Give the results as they come, and let go of each, so that no machine keeps it."""
    from distributed import wait

    alone_since = None
    while waiting:
        with suppress(TimeoutError, CancelledError):  # what was cancelled is found below
            wait(list(waiting), timeout=_LULL, return_when="FIRST_COMPLETED")
        done = [future for future in waiting if future.done()]
        for future in done:
            yield _read_result(future, waiting.pop(future), scheduler)
        if done or client.nthreads():
            alone_since = None
        elif alone_since is None:
            alone_since = time.monotonic()
        elif time.monotonic() - alone_since > _PATIENCE:
            message = (
                f"The cluster at {scheduler} has no worker; {len(waiting)} pages wait. Start some with: dask "
                f"worker {scheduler}. Then run again; the pages made so far are kept"
            )
            raise DataError(message)


def _read_result(future: Future, job: Job, scheduler: str) -> Result:
    if future.status == "finished":
        answer = pickle.loads(future.result())  # noqa: S301 - from a worker of the user's own cluster
        if isinstance(answer, Result):
            return answer
        message = f"{answer}. Install the same on all machines"
        raise UsageError(message)
    if future.status != "error":
        message = f"The scheduler at {scheduler} is gone. Run again; the pages made so far are kept"
        raise DataError(message)
    error = future.exception()
    if isinstance(error, ImportError):
        message = f"A worker cannot run reports ({error}). Install thads_analysis on all machines"
        raise UsageError(message)
    return Result(job, 0.0, failure=Failure(None, type(error).__name__, " ".join(str(error).split())))
