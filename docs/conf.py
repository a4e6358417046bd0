"""Sphinx over the whole repository, so that a link means the same here and on a code host: `make docs`."""

import os
from pathlib import Path

from thads_analysis import __version__

project = "thads_analysis"
author = "The thads_analysis authors"
copyright = author
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    *("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "data/published/README.md", "notebooks/tutorial.ipynb"),
    "docs/**",
]
exclude_patterns = ["docs/_build", "**/.ipynb_checkpoints"]

# Links to headings are those of a code host.
myst_heading_anchors = 4

# Tutorial and recipes are run for every build; one that fails, or speaks on stderr, fails the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_output_stderr = "error"

# Their kernels read the simulated sample alone, take no settings of whoever builds, and log errors alone.
_BUILD = Path(__file__).parent / "_build"
os.environ["THADS_DATA"] = str(_BUILD / "data")
_PROFILE = _BUILD / "ipython" / "profile_default"
_PROFILE.mkdir(parents=True, exist_ok=True)
(_PROFILE / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n")
os.environ["IPYTHONDIR"] = str(_PROFILE.parent)

# A module's page documents what the module itself defines; `name` in a docstring links where it can.
default_role = "py:obj"
autodoc_default_options = {"members": True, "ignore-module-all": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False

# Nothing is fetched, neither while building nor while reading.
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_title = "thads_analysis"
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "show_nav_level": 2,
    "header_links_before_dropdown": 7,
    # Recipes have none: their code and tables need the width.
    "secondary_sidebar_items": {
        place: ["page-toc"] for place in ("*", "docs/*", "docs/reference/*", "data/**")
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_copy_source = False
