"""The configuration in force, in rows: what each setting is, and which file and line say so."""

from __future__ import annotations

__all__ = ["describe"]

from thads_analysis.config import FILE, Config

_DEFAULT = "default"


def describe(config: Config) -> list[dict[str, str]]:
    """List what is in force.

    Returns
    -------
    list of dict
        ``setting, value, where``; ``where`` is file and line, ``default``, or a file that is not there.

    Examples
    --------
    >>> from thads_analysis.config import in_force
    >>> [row["setting"] for row in describe(in_force())][:2]
    ['data', 'thads.toml']
    """
    file = config.folder / FILE
    settings = config.settings.model_dump()
    rows = [
        _row("data", str(config.folder), "the folder in use"),
        _row(FILE, "read" if FILE in config.files else "not there", str(file)),
    ]
    for name, value in settings.items():
        entries = value if isinstance(value, dict) else {}
        if name == "peers" or name == "labels":
            entries = {(part, key): v for part, inner in value.items() for key, v in inner.items()}
        for key, entry in entries.items():
            path = (name, *key) if isinstance(key, tuple) else (name, key)
            rows.append(_row(".".join(path), _print(entry), _where(config, *path)))
        if not isinstance(value, dict):
            rows.append(_row(name, _print(value), _where(config, name)))
    for table, own in (("targets.csv", config.targets), ("events.csv", config.events)):
        for row in own:
            shown = {key: value for key, value in row.items() if value and key != "where"}
            rows.append(_row(table, _print(shown), row["where"]))
        if not own:
            rows.append(_row(table, "no rows of your own", str(config.folder / table)))
    return rows


def _row(setting: str, value: str, where: str) -> dict[str, str]:
    return {"setting": setting, "value": value, "where": where}


def _where(config: Config, *path: str) -> str:
    return config.where(*path) if path in config.lines else _DEFAULT


def _print(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_print(entry)}" for key, entry in value.items() if entry not in ("", None))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
