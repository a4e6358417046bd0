"""Loaders: a file in, observations out."""

__all__ = ["load_published", "load_tidy", "load_workbook", "published_figure", "published_for"]

from thads_analysis.load.published import load_published, published_figure, published_for
from thads_analysis.load.tidy import load_tidy
from thads_analysis.load.workbook import load_workbook
