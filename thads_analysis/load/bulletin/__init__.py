"""Bulletins and provincial reports: Vietnamese prose to figures, each with the words it came from."""

__all__ = ["RECORD_KEYS", "BulletinReading", "bulletin_observations", "load_bulletin"]

from thads_analysis.load.bulletin.accept import bulletin_observations
from thads_analysis.load.bulletin.read import RECORD_KEYS, BulletinReading, load_bulletin
