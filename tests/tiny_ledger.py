"""A handful of made-up cases of one province, for tests of the ledger, worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from thads_analysis.ledger.load import ingest

# Cases of Bắc Ninh, fiscal year 2023 (from 1 October 2022): own number, amount due, intake.
CASES = [
    ("K1", 100, "2021-03-01"),  # carried in, collected in full, completed in May
    ("K2", 500, "2021-06-01"),  # carried in with 300 left; not eligible since 2022
    ("K3", 80, "2022-11-10"),  # new, postponed as agreed
    ("K4", 60, "2022-12-01"),  # new, discontinued
    ("K5", 40, "2023-01-05"),  # new, entrusted
    ("K6", 900, "2020-02-01"),  # in the separate book before the year
    ("K7", 70, "2020-03-01"),  # in the separate book, taken back in March: new
    ("K8", 50, "2022-02-01"),  # carried in, into the separate book in February
    ("K9", 10, "2021-01-01"),  # completed before the year
    ("K10", 200, "2023-06-20"),  # new, completed on 3 July
]
EVENTS = [
    ("K1", "2021-03-01", "accepted", 100, ""),
    ("K1", "2023-05-10", "collected", 100, ""),
    ("K1", "2023-05-10", "completed", None, ""),
    ("K2", "2021-06-01", "accepted", 500, ""),
    ("K2", "2021-09-01", "collected", 200, ""),
    ("K2", "2022-04-01", "not_eligible", None, ""),
    ("K2", "2023-02-01", "collected", 30, ""),
    ("K3", "2022-11-10", "accepted", 80, ""),
    ("K3", "2023-01-10", "postponed", None, "art48_1c"),
    ("K4", "2022-12-01", "accepted", 60, ""),
    ("K4", "2023-04-01", "collected", 20, ""),
    ("K4", "2023-06-01", "discontinued", 40, ""),
    ("K5", "2023-01-05", "accepted", 40, ""),
    ("K5", "2023-01-15", "entrusted", 40, ""),
    ("K6", "2020-02-01", "accepted", 900, ""),
    ("K6", "2021-02-01", "to_separate_book", None, ""),
    ("K7", "2020-03-01", "accepted", 70, ""),
    ("K7", "2021-03-01", "to_separate_book", None, ""),
    ("K7", "2023-03-01", "accepted", 70, ""),
    ("K8", "2022-02-01", "accepted", 50, ""),
    ("K8", "2022-03-01", "not_eligible", None, ""),
    ("K8", "2023-02-20", "to_separate_book", None, ""),
    ("K9", "2021-01-01", "accepted", 10, ""),
    ("K9", "2021-05-01", "collected", 10, ""),
    ("K9", "2021-05-01", "completed", None, ""),
    ("K10", "2023-06-20", "accepted", 200, ""),
    ("K10", "2023-07-03", "collected", 200, ""),
    ("K10", "2023-07-03", "completed", None, ""),
]

# At nine months, 30 June 2023, counted with pencil and paper.
AT_NINE_MONTHS = {
    "cases": {
        "carried_in": 2,  # K1, K2; K8 went into the separate book
        "new": 5,  # K3, K4, K5, K7, K10
        "accepted": 7,
        "entrusted": 1,
        "pulled_up": 0,
        "revoked": 0,
        "due": 6,
        "eligible": 5,
        "fully_enforced": 1,
        "discontinued": 1,
        "completed": 2,
        "in_progress": 2,  # K7, K10
        "postponed_agreed": 1,
        "not_eligible": 1,
        "postponed": 0,
        "suspended": 0,
        "other_pending": 0,
        "carried_out": 4,
        "separate_book": 2,  # K6, K8
    },
    "money": {
        "carried_in": 400,  # 100 + 300
        "new": 450,  # 80 + 60 + 40 + 70 + 200
        "accepted": 850,
        "entrusted": 40,
        "pulled_up": 0,
        "revoked": 0,
        "due": 810,
        "eligible": 540,  # completed, in progress, postponed as agreed
        "fully_enforced": 150,  # 100 + 30 + 20
        "discontinued": 40,
        "reduced": 0,
        "completed": 190,
        "in_progress": 270,  # 70 + 200
        "postponed_agreed": 80,
        "not_eligible": 270,
        "postponed": 0,
        "suspended": 0,
        "other_pending": 0,
        "carried_out": 620,
        "separate_book": 950,
    },
}


def case_table() -> pd.DataFrame:
    """Give the cases as a unit would send them."""
    frame = pd.DataFrame(CASES, columns=["case_id", "amount_due", "intake_date"])
    return frame.assign(
        org_regime="63",
        org_code="27",
        district_code="2701",
        executor_id="CHV 7",
        kind="civil",
        initiative="on_request",
        credit_institution="no",
        corruption_economic="no",
    )


def event_table() -> pd.DataFrame:
    """Give the events as a unit would send them."""
    frame = pd.DataFrame(EVENTS, columns=["case_id", "date", "event", "amount", "ground"])
    return frame.assign(org_regime="63", org_code="27", amount=frame["amount"].astype("Int64"))


def write_files(
    folder: Path, cases: pd.DataFrame | None = None, events: pd.DataFrame | None = None
) -> list[Path]:
    """Write both tables as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "viec.csv", folder / "su-kien.csv"]
    (case_table() if cases is None else cases).to_csv(files[0], index=False)
    (event_table() if events is None else events).to_csv(files[1], index=False)
    return files


def write_ledger(data: Path) -> None:
    """Bring the cases into the ledger of a data folder."""
    ingest(write_files(data / "inbox"), data)
