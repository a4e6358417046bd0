"""``python -m thads_analysis`` is the command ``thads``."""

from thads_analysis.cli import main

if __name__ == "__main__":
    main()
