"""What keeps persons out of the ledger: columns that are refused, and the salt that makes pseudonyms."""

from __future__ import annotations

__all__ = ["PERSONAL", "personal_columns", "pseudonym", "salt_file", "secret_salt"]

import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from thads_analysis.errors import DataError

PERSONAL = {
    "a name": r"name|ten|ho_ten|hoten|fullname|nguoi_(phai|duoc)_thi_hanh|duong_su|debtor|creditor",
    "an address": r"address|dia_chi|diachi|noi_o|noi_cu_tru|cu_tru|thuong_tru|street|duong|so_nha",
    "a number of identity": r"cccd|cmnd|cmt|can_cuoc|id_card|identity|passport|ho_chieu|dinh_danh|mst",
    "a telephone number or an e-mail": r"phone|tel|sdt|dien_thoai|mobile|email|mail",
    "a day of birth": r"birth|birthday|dob|ngay_sinh|nam_sinh",
    "the number of a document": r"so_quyet_dinh|so_qd|so_ban_an|(judgment|decision|document)_number",
    "an account": r"account|tai_khoan|stk|iban",
}
"""What a column may not hold, and names of columns that tell of it."""

_SALT_BYTES = 32
_KEY_BYTES = 9


def personal_columns(columns: Iterable[str]) -> dict[str, str]:
    """Return the columns that look like personal data, each with what it seems to hold.

    Examples
    --------
    >>> personal_columns(["case_id", "Họ và tên", "amount_due", "so_cccd"])
    {'Họ và tên': 'a name', 'so_cccd': 'a number of identity'}
    """
    found = {}
    for column in columns:
        words = _fold(column)
        for what, names in PERSONAL.items():
            if re.search(rf"(^|_)({names})(_|$)", words):
                found[column] = what
                break
    return found


def _fold(text: str) -> str:
    base = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "_", "".join(c for c in base if not unicodedata.combining(c))).strip("_")


def salt_file(folder: Path) -> Path:
    """Path of the installation's salt, inside the ledger's folder."""
    return folder / "salt"


def secret_salt(folder: Path) -> bytes:
    """Return the salt of the installation; made on first use, readable by its owner alone.

    Without it nobody can try out numbers until one gives a key. With another salt the same numbers give
    other keys: who loses the file cannot add to the ledger's cases any more.

    Raises
    ------
    DataError
        When the file is there and is not a salt.
    """
    path = salt_file(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_SALT_BYTES) + "\n")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * _SALT_BYTES}}}", text):
        message = f"{path}: not a salt; restore the file from a copy: without it keys do not match"
        raise DataError(message)
    return bytes.fromhex(text)


def pseudonym(salt: bytes, kind: str, org: str, identifier: str) -> str:
    """Return the key that stands for an identifier: HMAC-SHA-256, 72 bits of it in twelve letters.

    Parameters
    ----------
    salt : bytes
    kind : {"case", "executor"}
        The same number of a case and of an executor have nothing to do with each other.
    org : str
        Key of the organisation whose numbers these are.
    identifier : str
        Case and spaces do not matter.
    """
    text = "\0".join((kind, org, " ".join(unicodedata.normalize("NFC", identifier).split()).casefold()))
    digest = hmac.new(salt, text.encode(), hashlib.sha256).digest()[:_KEY_BYTES]
    key = base64.urlsafe_b64encode(digest).decode("ascii")
    return f"E{key[:11]}" if kind == "executor" else key
