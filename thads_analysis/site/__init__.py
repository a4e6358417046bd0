"""What a browser opens: pages made of notebooks, the links between them, the index."""

from thads_analysis.site.changes import say_changes
from thads_analysis.site.check import check_page
from thads_analysis.site.diff import Report, compare_reports, read_report
from thads_analysis.site.index import FRONT_SCRIPT, render_index
from thads_analysis.site.links import link_page
from thads_analysis.site.render import render_page
from thads_analysis.site.templating import org_name, page_titles

__all__ = [
    "FRONT_SCRIPT",
    "Report",
    "check_page",
    "compare_reports",
    "link_page",
    "org_name",
    "page_titles",
    "read_report",
    "render_index",
    "render_page",
    "say_changes",
]
