"""Whole files below an fsspec URL, written so that a reader sees the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any


class Files:
    """Reads and writes below `root`; a plain folder is used directly, anything else through fsspec."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        self._local = Path(root.removeprefix("file://")) if "://" not in root or root.startswith("file://") else None

    @cached_property
    def _remote(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        filesystem, path = url_to_fs(self.root, use_listings_cache=False)
        return filesystem, path

    def read(self, path: str) -> bytes:
        """The file's bytes; raises OSError (FileNotFoundError where it is not there)."""
        if self._local is not None:
            return (self._local / path).read_bytes()
        filesystem, root = self._remote
        return bytes(filesystem.cat_file(f"{root}/{path}"))

    def write(self, path: str, data: bytes) -> None:
        """Put the file in place at once: by a rename in a folder; object stores do so by themselves."""
        if self._local is None:
            filesystem, root = self._remote
            filesystem.makedirs(f"{root}/{path}".rpartition("/")[0], exist_ok=True)
            filesystem.pipe_file(f"{root}/{path}", data)
            return
        target = self._local / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextmanager
    def exclusive(self, path: str) -> Iterator[None]:
        """Keep other processes out of the block for the same path; only in a folder, object stores know no locks."""
        if self._local is None:
            yield
            return
        import fcntl

        place = self._local / f"{path}.lock"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def exists(self, path: str) -> bool:
        if self._local is not None:
            return (self._local / path).is_file()
        filesystem, root = self._remote
        return bool(filesystem.exists(f"{root}/{path}"))

    def folders(self, path: str) -> list[str]:
        """Names of the folders in a folder; none where it does not exist."""
        if self._local is not None:
            place = self._local / path
            return [p.name for p in place.iterdir() if p.is_dir()] if place.is_dir() else []
        filesystem, root = self._remote
        url = f"{root}/{path}".rstrip("/")
        entries = filesystem.ls(url, detail=True) if filesystem.exists(url) else []
        return [e["name"].rstrip("/").rpartition("/")[2] for e in entries if e["type"] == "directory"]
