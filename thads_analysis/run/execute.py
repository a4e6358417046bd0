"""Execute jobs with papermill in worker processes: a job in, a page or the reason for its lack out."""

from __future__ import annotations

__all__ = [
    "Failure",
    "PageFiles",
    "Result",
    "execute",
    "kernel_environment",
    "run_job",
    "scratch_folder",
    "start_worker",
]

import gc
import logging
import math
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thads_analysis.context import PREPARED, Context, save_context
from thads_analysis.errors import DataError
from thads_analysis.locale import locale_for
from thads_analysis.report.records import write_record
from thads_analysis.run.partial import hide_paths, write_partial
from thads_analysis.run.plan import Job
from thads_analysis.run.zygote import can_fork, start_zygote

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from thads_analysis.run.kernel import KernelRun

SIDECAR = "application/vnd.thads.page+json"
"""MIME type of the record of a page, which its notebook shows last."""

_SIDECAR_KEYS = frozenset(
    {"title", "page", "lang", "org_code", "org_name", "period", "provenance", "as_of", "figures", "exhibits"}
)
_LONGEST_MESSAGE = 500
_DAY = 86400.0


@dataclass(frozen=True)
class PageFiles:
    """What a notebook came to: the page, the executed notebook and the record, each as text."""

    html: str = field(repr=False)
    ipynb: str = field(repr=False)
    json: str = field(repr=False)


@dataclass(frozen=True)
class Failure:
    """Why there is no page.

    Parameters
    ----------
    cell : int or None
        Number of the cell as the executed notebook counts them (``In [3]`` is 3); None when no
        cell is to blame.
    type : str
        Name of the exception.
    message : str
        One line, without paths of this machine.
    """

    cell: int | None
    type: str
    message: str

    def __str__(self) -> str:
        where = f"cell {self.cell}: " if self.cell else ""
        return f"{where}{self.type}: {self.message}"


@dataclass(frozen=True)
class Result:
    """Outcome of a job: exactly one of ``page`` and ``failure`` is there.

    Parameters
    ----------
    job : Job
    seconds : float
        Wall time of execution and rendering.
    page : PageFiles, optional
    failure : Failure, optional
    partial : str
        The notebook of a failed job as far as it got, with the error in it.
    cpu_seconds : float
        Processor time of the kernel and of the worker that drove it.
    peak_memory : int, optional
        Largest resident memory of the kernel in bytes, what it shares with others included; None
        where the system does not tell.
    """

    job: Job
    seconds: float
    page: PageFiles | None = None
    failure: Failure | None = None
    partial: str = field(default="", repr=False)
    cpu_seconds: float = 0.0
    peak_memory: int | None = None


def execute(
    jobs: Sequence[Job], *, data: Path, workers: int, timeout: float, context: Context | None = None
) -> Generator[Result]:
    """Run jobs in worker processes, each notebook in a fresh kernel.

    Where `zygote.can_fork` allows it, a kernel is the fork of a process that has imported everything;
    elsewhere, and when such a kernel does not start, it is a new interpreter. The pages are the same.

    Parameters
    ----------
    jobs : sequence of Job
    data : Path
        Data folder, given to the kernels as ``THADS_DATA``.
    workers : int
        Number of processes.
    timeout : float
        Limit for a whole notebook, in seconds.
    context : Context, optional
        What the pages share; kernels then read it ready-made instead of computing it from the store.

    Yields
    ------
    Result
        One a job, as they finish. A job that fails does not stop the others.
    """
    if not jobs:
        return
    with scratch_folder() as scratch:
        environment = kernel_environment(data, scratch)
        if context:
            environment[PREPARED] = str(scratch / "context")
        zygote = start_zygote(environment, scratch) if can_fork() else None

        def prepare() -> None:
            if context:
                save_context(context, scratch / "context")
            if zygote:
                zygote.release(str(context.period) if context else "")
                zygote.wait()

        setting = _Setting(environment, scratch, timeout, zygote.address if zygote else None)
        try:
            yield from _run_jobs(jobs, min(workers, len(jobs)), setting, prepare)
        finally:
            if zygote:
                zygote.close()


@dataclass(frozen=True)
class _Setting:
    """What all jobs of a run have in common."""

    environment: dict[str, str]
    scratch: Path
    timeout: float
    zygote: str | None


def _run_jobs(
    jobs: Sequence[Job], workers: int, setting: _Setting, prepare: Callable[[], None]
) -> Generator[Result]:
    """Keep the workers busy; when one dies, start anew and give what was running one more chance.

    ``prepare`` is called while the first workers start.
    """
    waiting, lost = deque(jobs), Counter[str]()
    while waiting:
        running: dict[Future[Result], Job] = {}
        results: list[Result] = []
        broken: list[Job] = []
        with _worker_pool(workers, setting) as pool:
            if not lost:
                prepare()
            while waiting or running:
                # No more than can run, so that a job in the hands of a dead worker was really running.
                while waiting and len(running) < workers:
                    job = waiting.popleft()
                    running[pool.submit(run_job, job, setting.timeout, setting.zygote)] = job
                yield from results  # only now, so that no worker waits for what the caller does with them
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                ended = {future: running.pop(future) for future in done}
                broken = [job for future, job in ended.items() if _is_broken(future)]
                results = [future.result() for future, job in ended.items() if job not in broken]
                if broken:
                    broken += running.values()
                    break
            yield from results
        if not broken:
            return
        for job in broken:
            lost[job.stem] += 1
            if lost[job.stem] == 1:
                waiting.appendleft(job)
            else:
                yield Result(
                    job, 0.0, failure=Failure(None, "BrokenProcessPool", "Its worker process died twice")
                )


def _is_broken(future: Future[Result]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


@contextmanager
def _worker_pool(workers: int, setting: _Setting) -> Iterator[ProcessPoolExecutor]:
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(setting.environment, setting.scratch),
    )
    try:
        for _ in range(workers):  # each starts a worker
            pool.submit(os.getpid)
        yield pool
    except BaseException:
        # Interrupted: what runs is not waited for. A kernel ends when its worker is gone.
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def run_job(job: Job, timeout: float, zygote: str | None = None) -> Result:
    """Execute one notebook and render its page.

    Parameters
    ----------
    job : Job
    timeout : float
        Limit in seconds.
    zygote : str, optional
        Address of the warm process (`zygote.Zygote`). A kernel that it does not give is started as
        a new interpreter, once.

    Returns
    -------
    Result
        Whatever goes wrong with the notebook is a `Failure` in the result, never an exception.
    """
    import nbformat

    from thads_analysis.run.kernel import KernelRun

    wall, cpu = time.perf_counter(), _used_cpu()
    source = nbformat.reads(job.topic.source, as_version=4)  # type: ignore[no-untyped-call]
    page, failure, partial = None, None, ""
    cells: list[NotebookNode] = []
    # A notebook may have made its folder unremovable; the folder around it goes when the run ends.
    with tempfile.TemporaryDirectory(prefix="job-", ignore_cleanup_errors=True) as folder:
        for address in dict.fromkeys((zygote, None)):
            run = KernelRun(Path(folder), timeout - (time.perf_counter() - wall), address)
            try:
                executed, records = _execute_notebook(job, source, run, cells)
                page, failure = _make_page(job, executed, records), None
            except Exception as error:  # whatever it is, it must not take the other pages with it
                failure = _explain(error, cells, run, timeout)
            if cells:  # the kernel did start
                break
    if failure:
        partial = write_partial(source, cells)
    return Result(
        job,
        round(time.perf_counter() - wall, 3),
        page,
        failure,
        partial,
        round(_used_cpu() - cpu + (run.cpu_seconds or 0), 3),
        run.peak_memory,
    )


def _used_cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Folder for all that a run needs but does not keep; clear those that killed runs have left."""
    for left in Path(tempfile.gettempdir()).glob("thads-run-*"):
        with suppress(OSError):
            # A day, since a run in another container may look dead from here.
            if not _is_alive(left.name.split("-")[2]) and time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"thads-run-{os.getpid()}-", ignore_cleanup_errors=True
    ) as scratch:
        yield Path(scratch).resolve()


def kernel_environment(data: Path, scratch: Path) -> dict[str, str]:
    """Environment of the kernels: one thread each, no user's configuration, the same hashes every time."""
    kinds = ("CONFIG", "DATA", "RUNTIME")
    jupyter = {f"JUPYTER_{kind}_DIR": str(scratch / "jupyter" / kind.lower()) for kind in kinds}
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    return {
        **jupyter,
        **temporary,
        "IPYTHONDIR": str(scratch / "ipython"),
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLBACKEND": "agg",
        "MKL_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "THADS_DATA": str(data),
    }


def start_worker(environment: dict[str, str], scratch: Path) -> None:
    """Prepare a worker process; new interpreters inherit its environment."""
    os.environ.update(environment)
    os.chdir(scratch)
    tempfile.tempdir = None
    # Ctrl-C reaches every process of a terminal; the one that started the workers ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What they would log reaches the caller as a failure.
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    threading.Thread(target=_end_with_owner, daemon=True).start()
    _warm_up()


def _warm_up() -> None:
    """Import what every job needs and build the exporter, while the run is being prepared."""
    import nbformat
    import papermill  # noqa: F401

    import thads_analysis.run.kernel  # noqa: F401
    from thads_analysis.site import render_page

    render_page(nbformat.v4.new_notebook(), title="", lang="vi")  # type: ignore[no-untyped-call]
    gc.freeze()  # what is there stays: the collector need not look at it again for every page


def _end_with_owner() -> None:
    """End a worker whose owner was killed: it would wait for jobs forever."""
    if owner := multiprocessing.parent_process():
        owner.join()
        os._exit(1)


def _execute_notebook(
    job: Job, source: NotebookNode, run: KernelRun, cells: list[NotebookNode]
) -> tuple[NotebookNode, list[Any]]:
    """Run a job's notebook; give it without the records that it showed, and them.

    ``cells`` grows by each cell that starts, with its outputs as they come.
    """
    import papermill
    from papermill.engines import papermill_engines
    from papermill.execute import raise_for_execution_errors

    from thads_analysis.run.kernel import kernel_manager_class

    deadline = time.monotonic() + run.seconds
    records: list[Any] = []

    def note(cell: NotebookNode, cell_index: int) -> None:
        cells.append(cell)

    def take(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        # At once: papermill goes through all outputs again and again, and a record has thousands of parts.
        records.extend(_take_records(cell))
        # Nobody reads how long a cell took, and papermill would parse the time that it wrote itself.
        cell.metadata.papermill["start_time"] = None

    # A node, not a path: papermill would take braces in a path for a format string.
    prepared = papermill.execute_notebook(
        source,
        None,
        parameters=job.parameters.model_dump(),
        kernel_name="python3",
        language="python",
        prepare_only=True,
    )
    # What follows is execute_notebook's second half, but for writing the executed notebook to nowhere.
    executed: NotebookNode = papermill_engines.execute_notebook_with_engine(
        None,
        prepared,
        kernel_name="python3",
        progress_bar=False,
        kernel_manager_class=kernel_manager_class(run),
        on_cell_start=note,
        on_cell_executed=take,
        record_timing=False,
        shutdown_kernel="immediate",
        start_timeout=math.ceil(run.seconds),
        execution_timeout=math.ceil(run.seconds),
        # What is left for the whole notebook; zero would mean no limit.
        timeout_func=lambda cell: max(deadline - time.monotonic(), 0.001),
    )
    raise_for_execution_errors(executed, None)
    return executed, records


def _make_page(job: Job, executed: NotebookNode, records: list[Any]) -> PageFiles:
    """Check an executed notebook's record, leave the notebook clean and render it."""
    import nbformat

    from thads_analysis.site import check_page, render_page

    record = _check_record(job, records)
    _clean(executed)
    organisation = locale_for(job.parameters.lang).text(record["org_name"])
    html = render_page(executed, title=f"{record['title']} · {organisation}", lang=job.parameters.lang)
    declared = dict.fromkeys([*job.topic.exhibits, *(exhibit["id"] for exhibit in record["exhibits"])])
    if faults := check_page(html, list(declared)):
        message = "The page cannot be published: " + "; ".join(faults)
        raise DataError(message)
    ipynb = nbformat.writes(executed)  # type: ignore[no-untyped-call]
    return PageFiles(html, ipynb + "\n", write_record(record))


def _take_records(cell: NotebookNode) -> Iterator[Any]:
    """Remove the records of a page from a cell's outputs and give them."""
    for output in list(cell.get("outputs", ())):
        if SIDECAR in output.get("data", {}):
            cell.outputs.remove(output)
            yield output.data[SIDECAR]


def _check_record(job: Job, records: list[Any]) -> dict[str, Any]:
    """Return the one record that a notebook showed, checked against the job."""
    if len(records) != 1:
        message = f"{job.topic.name}.ipynb showed {len(records)} records ({SIDECAR}); expected one"
        raise DataError(message)
    record: dict[str, Any] = {**records[0], "topic": job.topic.name}
    if missing := sorted(_SIDECAR_KEYS - record.keys()):
        message = f"The record of {job.stem} lacks {', '.join(missing)}"
        raise DataError(message)
    asked = {
        "page": job.topic.page,
        "org_code": job.org.code,
        "period": job.parameters.period,
        "lang": job.parameters.lang,
    }
    if wrong := [key for key, value in asked.items() if record[key] != value]:
        key = wrong[0]
        message = f"The record of {job.stem} says {key} is {record[key]!r}; the run asked for {asked[key]!r}"
        raise DataError(message)
    return record


def _clean(executed: NotebookNode) -> None:
    """Leave in a notebook only what is the same on every machine and every day.

    papermill notes paths and times, a stream holds warnings with the paths of files, a plain-text
    output the address of an object; the cell that papermill injects gets a random identifier.
    """
    executed.metadata.pop("papermill", None)
    for cell in executed.cells:
        for noted in ("papermill", "execution"):
            cell.metadata.pop(noted, None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if "text/html" in output.get("data", {})]
            for output in cell.outputs:
                output.data = {"text/html": output.data["text/html"]}


def _explain(error: Exception, cells: list[NotebookNode], run: KernelRun, timeout: float) -> Failure:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    cell = sum(cell.cell_type == "code" for cell in cells) or None
    if isinstance(error, PapermillExecutionError):
        return Failure(error.exec_count or cell, error.ename, _one_line(error.evalue))
    if isinstance(error, CellTimeoutError) or run.timed_out:
        message = f"The notebook took longer than {timeout:g} s; --timeout sets another limit"
        return Failure(cell, "TimeoutError", message)
    if run.flooded:
        return Failure(cell, "OutputError", "The notebook printed more than a page can hold")
    if isinstance(error, DeadKernelError):
        message = f"The kernel died while it ran this cell: {run.end}"
        return Failure(cell, "DeadKernelError", message)
    # A page that cannot be made of a notebook that ran to its end is no cell's fault.
    at = None if isinstance(error, DataError) else cell
    return Failure(at, type(error).__name__, _one_line(str(error)))


def _one_line(message: str) -> str:
    """Shorten a message to one line and its paths to names: it goes into pages that others read."""
    line = " ".join(hide_paths(message).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        return True
    return True
