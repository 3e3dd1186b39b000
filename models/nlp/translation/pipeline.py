"""A chain of long-lived filter processes that answers NUL-ended blocks of text with NUL-ended blocks."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from typing import IO

_CHUNK = 65_536


class PipelineFailed(Exception):
    """The processes died, or did not answer in time; the pipeline is closed and must be made anew."""


class Pipeline:
    """Starts the commands, each reading what the one before it writes.

    Only this process holds the first one's input: however it ends, the chain reads the end of input and ends too.
    A pipeline serves one thread of one process; it must not be carried over a fork.
    """

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        source: IO[bytes] | int = subprocess.PIPE
        try:
            for command in commands:
                self._processes.append(_start(command, source))
                source = _end(self._processes[-1].stdout)
        except OSError as error:
            self.close()
            raise PipelineFailed(f"{commands[len(self._processes)][0]} does not start: {error}") from error
        for process in self._processes[:-1]:
            _end(process.stdout).close()  # the next process has its own
        self._input, self._output = _end(self._processes[0].stdin), _end(self._processes[-1].stdout)
        os.set_blocking(self._input.fileno(), False)

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def exchange(self, blocks: Sequence[bytes], seconds: float) -> list[bytes]:
        """The answers to blocks (without NUL, not empty), in order; raises PipelineFailed after `seconds`."""
        try:
            return self._exchange(blocks, time.monotonic() + seconds)
        except BaseException as error:
            self.close()  # what it still has to say would be taken for the next answer
            if isinstance(error, OSError):
                raise PipelineFailed(f"the pipeline broke: {error}") from error
            raise

    def _exchange(self, blocks: Sequence[bytes], deadline: float) -> list[bytes]:
        unsent = memoryview(b"".join(block + b"\0" for block in blocks))
        received, missing = bytearray(), len(blocks)
        with selectors.DefaultSelector() as ready:
            ready.register(self._output, selectors.EVENT_READ)
            ready.register(self._input, selectors.EVENT_WRITE)
            while missing:
                events = ready.select(deadline - time.monotonic())
                if not events:
                    raise PipelineFailed("the pipeline did not answer in time")
                for key, _ in events:
                    if key.fileobj is self._input:
                        unsent = unsent[os.write(self._input.fileno(), unsent[:_CHUNK]) :]
                        if not unsent:
                            ready.unregister(self._input)
                        continue
                    chunk = os.read(self._output.fileno(), _CHUNK)
                    if not chunk:
                        raise PipelineFailed("the pipeline ended")
                    received += chunk
                    missing -= chunk.count(0)
        return bytes(received).split(b"\0")[: len(blocks)]

    def close(self) -> None:
        """End every process and reap it."""
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
            process.kill()
        for process in self._processes:
            process.wait()


def _start(command: Sequence[str], source: IO[bytes] | int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)


def _end(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
