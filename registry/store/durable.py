"""
Files that survive a power cut: the bytes are synced before the name, and the name before anybody is notified.

A rename or a new name is on disk only once its folder is synced.
"""

import os
from pathlib import Path

HALF = ".part"
"""How the name of a file ends until it is whole."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is either whole and on disk under its name, or missing; only its owner may read it."""
    make_folder(path.parent)
    half = path.with_name(path.name + HALF)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, with those above it; each is on disk when this returns.  Idempotent."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
