"""The ledger: single cases and what happened to them, and what follows for forms, lists and ages."""

__all__ = ["EVENTS", "STATES", "Ledger", "connect", "open_ledger"]

from thads_analysis.ledger.files import Ledger, connect, open_ledger
from thads_analysis.ledger.record import EVENTS, STATES
