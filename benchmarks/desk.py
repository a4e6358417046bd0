"""What an analyst waits for, beside the least that it could be: ``python -m benchmarks.desk``.

Each line is a ratio within one round of fresh interpreters, taken in turns because a machine's speed drifts;
the table gives the median round and, for scale, the median of its processor time.

- import: the library against pandas alone;
- panel: eight years read, against importing pandas;
- chart: the first chart of a fresh session, its figures read, against the same lines and bars drawn by bare
  matplotlib from a CSV file;
- redraw: another province at the desk of ``explore.ipynb``, against drawing the same two charts alone.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from thads_analysis.paths import data_dir
from thads_analysis.sample.install import ensure_sample

_CLOCK = "import time; wall, cpu = time.perf_counter(), time.process_time()\n"
_TELL = "\nprint(); print(time.perf_counter() - wall, time.process_time() - cpu)"
_OPEN = """
from thads_analysis.report import compare, open_page
page = open_page("desk", title="x", period="2023-M09", org="79")
"""
_CHART = "compare.history(compare.choose(page)).html"

WAYS = {
    "pandas": f"{_CLOCK}import pandas{_TELL}",
    "import": f"{_CLOCK}import thads_analysis as thads{_TELL}",
    "panel": f"import pandas\nimport thads_analysis as thads\n{_CLOCK}thads.load_panel(){_TELL}",
    "chart": f"{_CLOCK}{_OPEN}{_CHART}{_TELL}",
    "bare": f"""{_CLOCK}
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
frame = pd.read_csv(PATH, index_col=[0, 1])
drawing = Figure(figsize=(6.7, 3.2), layout="constrained", dpi=190)
FigureCanvasAgg(drawing)
ax = drawing.subplots()
for name in frame:
    ax.plot(range(len(frame)), frame[name])
drawing.canvas.draw(){_TELL}""",
    "redraw": f"""
from thads_analysis.explore import explore
desk = explore(period="2023-M09", org="79")
desk.orgs.value = ("01",)
{_CLOCK}desk.orgs.value = ("45",){_TELL}""",
    "draw": f"""
from matplotlib.backends.backend_agg import FigureCanvasAgg
from thads_analysis.locale import locale_for
from thads_analysis.report import compare, open_page
from thads_analysis.report.charts import compare as charts
page = open_page("desk", title="x", period="2023-M09", org="45")
choice = compare.choose(page)
frame = compare._latest(choice)
def draw():
    for drawing in (charts.lines(choice.frame, choice.names, choice.unit, page.locale),
                    charts.bars(frame, choice.unit, page.locale)):
        drawing.set_dpi(190)
        drawing.canvas.draw()
draw()
{_CLOCK}draw(){_TELL}""",
}
PAIRS = (("import", "pandas"), ("panel", "pandas"), ("chart", "bare"), ("redraw", "draw"))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the rounds as JSON")
    options = parser.parse_args()
    ensure_sample(data_dir())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "lines.csv")
        _run(f"{_OPEN}compare.choose(page).frame.to_csv({str(file)!r})")
        codes = {name: code.replace("PATH", repr(str(file))) for name, code in WAYS.items()}
        for code in codes.values():  # compiled modules and the disk's cache are there from now on
            _run(code)
        rounds = [{name: _time(code) for name, code in codes.items()} for _ in range(options.rounds)]
    if options.json:
        print(json.dumps(rounds))
        return
    print(f"{'':8} {'beside':8} {'wall':>7} {'cpu':>7} {'cpu s':>9}")
    for name, base in PAIRS:
        wall, cpu = (median(r[name][k] / max(r[base][k], 1e-9) for r in rounds) for k in (0, 1))
        print(f"{name:8} {base:8} {wall:7.2f} {cpu:7.2f} {median(r[name][1] for r in rounds):9.3f}")


def _time(code: str) -> tuple[float, float]:
    wall, cpu = _run(code).split()[-2:]
    return float(wall), float(cpu)


def _run(code: str) -> str:
    """Run code in a fresh interpreter that draws without a screen, on one thread."""
    environment = {**os.environ, "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603 - this interpreter, the code above
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


if __name__ == "__main__":
    main()
