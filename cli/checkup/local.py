"""What can be seen without a running stack: programs, packages, files."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from platform import python_version

from cli import node, system
from cli.checkup.finding import Check, Finding
from cli.setup import ENVIRONMENT, NPM_PACKAGES, ROOT
from cli.stack.services import redis_server
from tasks.resources import resources

LOW_DISK = 2 * 1024**3
REBUILD = f'rm -rf "{ENVIRONMENT}" && ./soba doctor'


def checks() -> dict[str, Check]:
    return {
        "python": _python,
        "packages": _packages,
        "node": _node,
        "npm packages": _npm,
        "redis server": _server,
        "home": _home,
        "ports": _ports,
        "engines": _engines,
        "store": _store,
        "models": _models,
    }


def _python() -> Iterator[Finding]:
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    mend = "" if ok else "apt-get install python3.11 python3.11-venv"
    yield Finding("ok" if ok else "warn", "python", f"{python_version()} in {sys.prefix}", mend)


def _packages() -> Iterator[Finding]:
    """Installed versions against the lock file, whatever installed them."""
    locked = _locked()
    wrong = [name for name, version in locked.items() if _installed(name) != version]
    if wrong:
        yield Finding("fail", "packages", f"not as requirements.lock has them: {', '.join(wrong[:9])}", REBUILD)
    else:
        yield Finding("ok", "packages", f"{len(locked)} as requirements.lock has them")


def _locked() -> dict[str, str]:
    """Name and version of every package that the lock file has for this platform."""
    from packaging.requirements import Requirement

    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if line and line[0] not in "# "]
    return {pin.name: str(pin.specifier)[2:] for pin in pins if pin.marker is None or pin.marker.evaluate()}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _node() -> Iterator[Finding]:
    found = node.find()
    if found is None:
        yield Finding("fail", "node", "none that is new enough", node.MEND)
    else:
        yield Finding("ok", "node", f"{'.'.join(map(str, node.version(found) or ()))} at {found}")


def _npm() -> Iterator[Finding]:
    if NPM_PACKAGES.done:
        yield Finding("ok", "npm packages", "as package-lock.json has them")
    else:
        yield Finding("warn", "npm packages", "not as package-lock.json has them", "cd clients/node && npm ci")


def _server() -> Iterator[Finding]:
    yield Finding("ok", "redis server", redis_server())


def _home() -> Iterator[Finding]:
    home = resources().settings.home
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    probe = home / ".doctor"
    probe.touch()
    probe.unlink()
    yield Finding("ok" if free > LOW_DISK else "warn", "home", f"{home.resolve()}, {free / 1024**3:.1f} GiB free")


def _ports() -> Iterator[Finding]:
    """Ports that are set and taken; where a stack runs here, they are its own."""
    from cli.stack.home import Home

    settings = resources().settings
    if Home(settings.home).holder():
        return
    for name in ("redis_port", "gateway_port", "flower_port"):
        port = getattr(settings, name)
        if port and _taken(port):
            yield Finding("fail", "ports", f"{port} is taken", f"export SOBA_{name.upper()}=ANOTHER, or unset it")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _engines() -> Iterator[Finding]:
    names = system.wanted()
    if not names or not system.has_apt():
        return
    if missing := system.missing():
        mend = f"apt-get install {' '.join(missing)}"
        yield Finding("warn", "engines", f"{len(missing)} optional packages missing", mend)
    else:
        yield Finding("ok", "engines", f"{len(names)} optional packages installed")


def _store() -> Iterator[Finding]:
    url = resources().store.engine.url
    yield Finding("ok", "store", f"{url.render_as_string(hide_password=True)}, migrated")


def _models() -> Iterator[Finding]:
    """The files of every champion against their hashes."""
    from models.versions import CorruptVersion

    registry = resources().registry
    for name in registry.names():
        try:
            champion = registry.champion(name)
            if champion is None:
                yield Finding("warn", "models", f"{name} has no champion", f"./soba models {name} --promote VERSION")
                continue
            champion.verify()
            yield Finding("ok", "models", f"{name} {champion.id}")
        except CorruptVersion as error:
            yield Finding("fail", "models", str(error), f"./soba models {name} --rollback")
