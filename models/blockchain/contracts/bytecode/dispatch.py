"""The functions of a runtime: selectors by evmole, arguments in `arguments`, mutability from the control flow.

evmole (github.com/cdump/evmole, MIT) follows the dispatcher symbolically. Its mutability costs three quarters of its
time and takes every function of solc 0.4.0 to 0.4.9 for payable, because the check of those compilers jumps to an
address that is no label. Here a function is payable unless it, or the dispatcher before it, tests CALLVALUE first; view
where no instruction with an effect can be reached from it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal, NamedTuple

import evmole

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.arguments import guessed_arguments, split_arguments
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.signatures import known_signatures, reading_selectors

Mutability = Literal["payable", "nonpayable", "view", "pure"]
_VALUE_TEST_AT_START = re.compile(rb"\x5b?\x34\x80?\x15?[\x5f-\x62]\x57")
_MAX_WITH_ARGUMENTS = 768
_MAX_FUNCTIONS = 2048
_TO_PRECOMPILED = re.compile(rb"\x60\x00\x60[\x01-\x09].{0,14}\Z", re.DOTALL)
_HIGH_LEVEL_GAS = re.compile(rb"(?:\x5a|\x5a\x03)\Z")
_LABEL = bytes([op.JUMPDEST])
_VALUE_TEST = re.compile(rb"\x34\x80?\x15?[\x5f-\x62]\x57")


class Function(NamedTuple):
    """One external function: how it is called and where it begins."""

    selector: str
    """`0x` and eight digits."""
    signature: str | None
    """Where the selector is that of a well-known standard's function."""
    arguments: tuple[str, ...]
    mutability: Mutability
    entry: int | None
    """Index of its first block in the Program; None where its code lies in the dispatcher."""


def functions_of(program: Program) -> tuple[list[Function], list[str]]:
    """Every function of the dispatcher, in its order, and notes on what was left out.

    evmole's time for arguments grows with the square of the number of functions, so that a made-up dispatcher of
    thousands gets none; deployed contracts have hundreds at most.
    """
    found = evmole.contract_info(program.code, selectors=True).functions or []
    notes, guesses = [], dict[str, tuple[str, ...]]()
    if len(found) > _MAX_WITH_ARGUMENTS:
        notes.append(f"{len(found)} functions: arguments of more than {_MAX_WITH_ARGUMENTS} are not read")
        if len(found) > _MAX_FUNCTIONS:
            notes.append(f"functions after the first {_MAX_FUNCTIONS} are left out")
            found = found[:_MAX_FUNCTIONS]
    entries = [program.labelled(item.bytecode_offset) for item in found]
    if len(found) <= _MAX_WITH_ARGUMENTS:
        guesses = guessed_arguments(program, found, entries)
    judge = MutabilityJudge(program, [entry for entry in entries if entry is not None])
    made = []
    for item, entry in zip(found, entries, strict=True):
        selector = f"0x{item.selector}"
        signature = known_signatures().get(selector)
        arguments = split_arguments(signature[signature.index("(") :]) if signature else guesses.get(selector, ())
        made.append(Function(selector, signature, arguments, judge.of(entry, bool(arguments)), entry))
    return made, notes


class MutabilityJudge:
    """Mutability of the functions of one program, from what their blocks can reach.

    A call changes nothing where it goes to a precompiled contract (solc before 0.5 copies memory with the identity
    contract), or where its callee's functions are known to only look (solc before 0.5 had no STATICCALL). A function
    that reads nothing and takes no argument is taken for the getter of a constant, which the ABI calls view.
    """

    def __init__(self, program: Program, entries: list[int]) -> None:
        self.program = program
        self.entries = entries
        self.ahead = program.ahead
        before_labels, _, _ = program.ops[1:].partition(_LABEL)
        self.refuses_all = _VALUE_TEST.search(program.ops[:1] + before_labels) is not None

    def of(self, entry: int | None, takes_arguments: bool) -> Mutability:
        if entry is None:
            return "nonpayable" if self.refuses_all else "payable"
        if not self.refuses_all and self.tests_value and not _VALUE_TEST_AT_START.match(self.program.ops_of(entry)):
            return "payable"
        ahead = self.ahead[entry]
        if ahead & Does.CHANGE or (ahead & Does.CALL and not self._only_looks(entry)):
            return "nonpayable"
        return "pure" if takes_arguments and not ahead & Does.READ else "view"

    @cached_property
    def tests_value(self) -> bool:
        """Whether this compiler tests CALLVALUE at all.

        solc before 0.4.0 does not, nor does it in libraries; both then leave functions untested that read state and
        change none, and those are never declared payable.
        """
        kinds = Does.CHANGE | Does.CALL | Does.READ
        getters = (block for block in self.entries if self.ahead[block] & kinds == Does.READ)
        return all(_VALUE_TEST_AT_START.match(self.program.ops_of(block)) for block in getters)

    def _only_looks(self, entry: int) -> bool:
        program, reading = self.program, reading_selectors()
        for block in program.from_block(entry):
            ops = program.ops_of(block)
            if op.PUSH4 not in ops and op.CALL not in ops:
                continue
            for at, opcode in enumerate(ops, program.span(block)[0]):
                if opcode == op.PUSH4 and not self._known_reader(program.operand(at), reading):
                    return False
                if opcode == op.CALL and not self._harmless(at):
                    return False
        return True

    def _known_reader(self, number: int, reading: frozenset[int]) -> bool:
        return number in reading or number == 0xFFFFFFFF

    def _harmless(self, at: int) -> bool:
        """Whether a CALL goes to a precompiled contract, or follows a test that its callee has code."""
        before = self.program.code[max(0, int(self.program.pcs[at]) - 20) : int(self.program.pcs[at])]
        return bool(_TO_PRECOMPILED.search(before) or _HIGH_LEVEL_GAS.search(before))
