"""The registry: immutable versions, aliases, and a process that goes on serving whatever happens to the files."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from foundation.errors import InvalidInput, ModelUnavailable
from models.registry import DEGRADED, LOAD_FAILURES, Registry
from models.versions import CorruptVersion, Version, ship

MODEL = "toy"


def text_of(version: Version) -> str:
    return version.read("model.txt").decode()


def add(registry: Registry, text: str) -> Version:
    return registry.add(MODEL, {"model.txt": text.encode()}, {"text": text})


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(str(tmp_path / "models"), None, refresh=0, verify=0)


def corrupt(registry: Registry, version: Version) -> None:
    (Path(registry.root) / version.folder / "model.txt").write_bytes(b"something else")


def test_a_version_is_found_again_with_its_card(registry: Registry) -> None:
    version = add(registry, "one")
    again = registry.version(MODEL, version.id)
    assert (text_of(again), again.card["text"]) == ("one", "one")
    assert registry.names() == [MODEL]
    assert [v.id for v in registry.versions(MODEL)] == [version.id]
    assert registry.champion(MODEL) is None


def test_ids_are_in_order_of_time_and_name_their_content(registry: Registry) -> None:
    first, second = add(registry, "one"), add(registry, "two")
    assert first.id.split("-")[1] != second.id.split("-")[1]
    assert first.id.split("-")[0] <= second.id.split("-")[0]


@pytest.mark.parametrize("name", ["../x", "X", "", "a/b", "a" * 65])
def test_a_name_never_leads_out_of_the_root(registry: Registry, name: str) -> None:
    with pytest.raises(InvalidInput):
        registry.add(name, {"model.txt": b""}, {})
    with pytest.raises(InvalidInput):
        registry.aliases(name)


@pytest.mark.parametrize("filename", ["../x", "manifest.json", ".hidden", "a/b", ""])
def test_a_file_name_never_leads_out_of_the_version(registry: Registry, filename: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        registry.add(MODEL, {filename: b""}, {})


def test_promotion_and_rollback_are_followed_and_on_record(registry: Registry) -> None:
    one, two = add(registry, "one"), add(registry, "two")
    registry.promote(MODEL, one.id, forced=False, reason="the first")
    assert registry.load(MODEL, text_of) == "one"
    registry.challenge(MODEL, two.id, reason="trained")
    registry.promote(MODEL, two.id, forced=True, reason="because")
    assert registry.load(MODEL, text_of) == "two"
    assert registry.challenger(MODEL) is None
    assert registry.rollback(MODEL, reason="it was worse").id == one.id
    assert registry.load(MODEL, text_of) == "one"
    history = registry.aliases(MODEL).history
    assert [event["event"] for event in history] == ["promote", "challenge", "promote", "rollback"]
    assert (history[2]["forced"], history[3]["taken_back"]) == (True, two.id)
    with pytest.raises(InvalidInput, match="no earlier champion"):
        registry.rollback(MODEL, reason="again")


def test_a_corrupt_version_cannot_be_promoted(registry: Registry) -> None:
    version = add(registry, "one")
    corrupt(registry, version)
    with pytest.raises(CorruptVersion, match="sha256"):
        registry.promote(MODEL, version.id, forced=True, reason="because")
    assert registry.champion(MODEL) is None


def test_nothing_to_serve_is_model_unavailable(registry: Registry) -> None:
    with pytest.raises(ModelUnavailable, match="none was trained"):
        registry.load(MODEL, text_of)


def test_the_last_good_version_serves_while_the_champion_is_broken(registry: Registry) -> None:
    one, two = add(registry, "one"), add(registry, "two")
    registry.promote(MODEL, one.id, forced=False, reason="")
    assert registry.load(MODEL, text_of) == "one"
    before = LOAD_FAILURES.labels(MODEL)._value.get()
    registry.promote(MODEL, two.id, forced=False, reason="")
    corrupt(registry, two)
    assert registry.load(MODEL, text_of) == "one"
    assert DEGRADED.labels(MODEL)._value.get() == 1
    assert LOAD_FAILURES.labels(MODEL)._value.get() > before
    (Path(registry.root) / two.folder / "model.txt").write_bytes(b"two")
    assert registry.load(MODEL, text_of) == "two"
    assert DEGRADED.labels(MODEL)._value.get() == 0


def test_a_new_process_falls_back_to_an_earlier_champion_then_to_the_shipped_one(tmp_path: Path) -> None:
    shipped = tmp_path / "pretrained"
    ship(shipped, MODEL, {"model.txt": b"shipped"}, {})
    root = str(tmp_path / "models")
    registry = Registry(root, shipped)
    assert registry.load(MODEL, text_of) == "shipped"
    one, two = add(registry, "one"), add(registry, "two")
    registry.promote(MODEL, one.id, forced=False, reason="")
    registry.promote(MODEL, two.id, forced=False, reason="")
    corrupt(registry, two)
    assert Registry(root, shipped).load(MODEL, text_of) == "one"
    (Path(root) / one.folder / "manifest.json").unlink()
    assert Registry(root, shipped).load(MODEL, text_of) == "shipped"


def test_files_that_rot_after_loading_are_noticed_while_the_loaded_copy_serves(registry: Registry) -> None:
    one = add(registry, "one")
    registry.promote(MODEL, one.id, forced=False, reason="")
    assert registry.load(MODEL, text_of) == "one"
    corrupt(registry, one)
    assert registry.load(MODEL, text_of) == "one"
    assert DEGRADED.labels(MODEL)._value.get() == 1


def test_an_unreadable_alias_file_changes_nothing(registry: Registry) -> None:
    registry.promote(MODEL, add(registry, "one").id, forced=False, reason="")
    assert registry.load(MODEL, text_of) == "one"
    (Path(registry.root) / MODEL / "aliases.json").write_text("{")
    assert registry.load(MODEL, text_of) == "one"


def test_a_model_that_cannot_be_made_leaves_the_last_one_serving(registry: Registry) -> None:
    one, two = add(registry, "one"), add(registry, "two")
    registry.promote(MODEL, one.id, forced=False, reason="")

    def picky(version: Version) -> str:
        if text_of(version) == "two":
            raise RuntimeError("of another library's version")
        return text_of(version)

    assert registry.load(MODEL, picky) == "one"
    registry.promote(MODEL, two.id, forced=False, reason="")
    assert registry.load(MODEL, picky) == "one"


def test_a_switch_in_mid_traffic_fails_nobody(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path), None, refresh=0.01)
    versions = [add(registry, str(n)) for n in range(3)]
    registry.promote(MODEL, versions[0].id, forced=False, reason="")
    seen: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.append(registry.load(MODEL, text_of))
            time.sleep(0.001)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    other = Registry(str(tmp_path), None)
    for text, version in (("1", versions[1]), ("2", versions[2]), ("0", versions[0])):
        other.promote(MODEL, version.id, forced=False, reason="")
        deadline = time.monotonic() + 20
        while seen[-1] != text and time.monotonic() < deadline:
            time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {"0", "1", "2"}
    assert seen[-1] == "0"


def test_a_load_between_two_looks_reads_nothing(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path), None, refresh=60)
    registry.promote(MODEL, add(registry, "one").id, forced=False, reason="")
    made: list[str] = []

    def make(version: Version) -> str:
        made.append(version.id)
        return text_of(version)

    for _ in range(100):
        assert registry.load(MODEL, make) == "one"
    assert len(made) == 1


def test_a_forked_child_loads_for_itself(registry: Registry) -> None:
    registry.promote(MODEL, add(registry, "one").id, forced=False, reason="")
    pids = registry.load(MODEL, lambda version: os.getpid())
    reading, writing = os.pipe()
    with registry._lock:  # as if another thread were looking at the moment of the fork
        child = os.fork()
        if child == 0:
            os.write(writing, json.dumps(registry.load(MODEL, lambda version: os.getpid())).encode())
            os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(reading, 100)) == child != pids


def test_object_storage_serves_as_a_folder_does(tmp_path: Path) -> None:
    registry = Registry("memory://soba-test-models", None, refresh=0)
    one, two = add(registry, "one"), add(registry, "two")
    registry.promote(MODEL, one.id, forced=False, reason="")
    registry.promote(MODEL, two.id, forced=False, reason="")
    assert registry.load(MODEL, text_of) == "two"
    assert {v.id for v in registry.versions(MODEL)} == {one.id, two.id}
    assert registry.rollback(MODEL, reason="").id == one.id
    assert registry.load(MODEL, text_of) == "one"
