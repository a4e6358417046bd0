"""Statistics of Vietnam's civil judgment enforcement: loaders, metrics, notebooks, reports.

The names below are what an analyst works with: ``import thads_analysis as thads``. Each is imported when it
is first used; ``__init__.pyi`` says from where.
"""

import lazy_loader as lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
