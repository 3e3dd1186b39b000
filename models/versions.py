"""What a model version is: immutable files, each with its sha256, and a card that says how it was made."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.cards import render
from models.files import Files

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\Z")
_HISTORY = 200


class CorruptVersion(Exception):
    """A version's file is missing, or its sha256 is not the one in the manifest."""


@dataclass(frozen=True)
class Version:
    """One immutable version below `folder`: the sha256 of its files by name."""

    model: str
    id: str
    hashes: Mapping[str, str]
    folder: str
    store: Files = field(repr=False, compare=False)
    pretrained: bool = False
    """Whether it ships with the code."""

    @classmethod
    def open(cls, store: Files, name: str, folder: str, *, pretrained: bool = False) -> Version:
        """The version that lies in a folder; raises CorruptVersion where its manifest cannot be read."""
        try:
            manifest = json.loads(store.read(f"{folder}/manifest.json"))
            return cls(name, str(manifest["version"]), dict(manifest["files"]), folder, store, pretrained)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorruptVersion(f"{name}: no manifest at {folder}: {error}") from error

    def read(self, filename: str) -> bytes:
        """A file's bytes, checked against the manifest; raises CorruptVersion."""
        if filename not in self.hashes:
            raise CorruptVersion(f"{self.model} {self.id} has no file {filename}")
        try:
            data = self.store.read(f"{self.folder}/{filename}")
        except OSError as error:
            raise CorruptVersion(f"{self.model} {self.id}: {filename} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != self.hashes[filename]:
            raise CorruptVersion(f"{self.model} {self.id}: the sha256 of {filename} is not that of the manifest")
        return data

    def verify(self) -> None:
        """Read every file; raises CorruptVersion at the first that is not as it was written."""
        for filename in self.hashes:
            self.read(filename)

    @property
    def card(self) -> dict[str, Any]:
        """How it was made and what it is worth; docs/models.md lists the keys."""
        card: dict[str, Any] = json.loads(self.read("card.json"))
        return card


@dataclass(frozen=True)
class Aliases:
    """Which versions bear a name: `champions` from the oldest to the one that serves."""

    champions: tuple[str, ...] = ()
    challenger: str | None = None
    history: tuple[dict[str, Any], ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Aliases:
        """Of the alias file's bytes; raises ValueError, KeyError or TypeError where they are not one."""
        raw = json.loads(data)
        return cls(tuple(raw["champions"]), raw["challenger"], tuple(raw["history"]))

    def dump(self) -> bytes:
        champion = self.champions[-1] if self.champions else None
        names = {"champion": champion, "challenger": self.challenger, "champions": self.champions}
        return json.dumps({**names, "history": self.history}, indent=1).encode()

    def noting(self, **event: Any) -> tuple[dict[str, Any], ...]:
        """The history with one event more."""
        return (*self.history, {"at": datetime.now(UTC).isoformat(timespec="seconds"), **event})[-_HISTORY:]


def write_version(store: Files, name: str, files: Mapping[str, bytes], card: Mapping[str, Any], under: str) -> str:
    """Write a version into the folder `under` (`{id}` in it stands for the id) and return its id.

    The id is the time and the hash of the content; the manifest is written last, so that half a version is none.
    """
    content = {**files, "card.json": json.dumps(card, indent=1, allow_nan=False).encode(), "card.html": render(card)}
    for filename in content:
        if not is_file_name(filename) or filename == "manifest.json":
            raise ValueError(f"{filename!r} cannot be the name of a version's file")
    hashes = {filename: hashlib.sha256(data).hexdigest() for filename, data in sorted(content.items())}
    digest = hashlib.sha256(json.dumps([name, hashes]).encode()).hexdigest()
    id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:10]}"
    manifest = json.dumps({"model": name, "version": id, "files": hashes}, indent=1).encode()
    for filename, data in {**content, "manifest.json": manifest}.items():
        store.write(f"{under.format(id=id)}/{filename}", data)
    return id


def ship(folder: Path, name: str, files: Mapping[str, bytes], card: Mapping[str, Any]) -> str:
    """Write a version as the one that ships with the code (`models/pretrained/<name>/`); its id."""
    return write_version(Files(str(folder)), name, files, card, name)


def is_file_name(name: str) -> bool:
    """Whether a name can be a file or folder of a version: nothing that leads out of its folder."""
    return _FILE_NAME.match(name) is not None
