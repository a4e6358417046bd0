"""What a notebook cell calls: a page, and one module a topic."""

from __future__ import annotations

__all__ = ["open_page"]

from thads_analysis.report.page import open_page
