"""Statistics of Vietnam's civil judgment enforcement: loaders, metrics, notebooks, reports."""

__version__ = "0.1.0"
