"""The ledger: single cases and what happened to them, and what follows for forms, lists and ages."""

__all__ = [
    "EVENTS",
    "STATES",
    "Ledger",
    "connect",
    "forms",
    "ingest",
    "open_ledger",
    "positions",
    "simulate",
]

from thads_analysis.ledger.files import Ledger, connect, open_ledger
from thads_analysis.ledger.forms import forms
from thads_analysis.ledger.load import ingest
from thads_analysis.ledger.positions import positions
from thads_analysis.ledger.record import EVENTS, STATES
from thads_analysis.ledger.simulate import simulate
