"""Data that many tests share, made once a session."""

import pandas as pd
import pytest

from thads_analysis import schema
from thads_analysis.sample import make_observations


@pytest.fixture(scope="session")
def sample_observations() -> pd.DataFrame:
    """The simulated sample, every vintage of it. Do not change it."""
    return make_observations()


@pytest.fixture(scope="session")
def sample_panel(sample_observations: pd.DataFrame) -> pd.DataFrame:
    """Panel of the simulated sample as last known. Do not change it."""
    return schema.to_panel(sample_observations[sample_observations["vintage"] != "provisional"])
