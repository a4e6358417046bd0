"""From a period's rendered folder to what is handed on: checked, then copied, zipped, bound."""

from thads_analysis.publishing.bundle import publish_folder, publish_zip
from thads_analysis.publishing.cases import check_no_cases
from thads_analysis.publishing.verify import check_tree
from thads_analysis.publishing.volumes import bind_volumes

__all__ = ["bind_volumes", "check_no_cases", "check_tree", "publish_folder", "publish_zip"]
