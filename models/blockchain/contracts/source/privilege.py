"""Who may take a step: conditions that name its caller, told from those that ask what he owns or did.

`msg.sender == owner`, `minters[msg.sender]` and `hasRole(ROLE, msg.sender)` name someone. What anyone can bring about
does not: a balance, an entry that callers write for themselves, a comparison with what the caller himself gives, with
nobody (`address(0)`) or with another name of his own (`tx.origin == msg.sender`), or what his own contract answers.
"""

from __future__ import annotations

from itertools import islice

from models.blockchain.contracts.source.flow import CALLERS, Flow, Step
from models.blockchain.contracts.source.model import View
from models.blockchain.contracts.source.syntax import Expr

_EMPTY = {"0", "0x0", "false", "address(0)", "address(0x0)", "0x0000000000000000000000000000000000000000"}
_OPPOSITE = {"==": "!=", "!=": "=="}
_ORDER = {"<", "<=", ">", ">="}
_UNTOLD = {"require", "assert"}
_MAX_ROUNDS = 8
_MAX_LOCALS, _MAX_PARTS = 4, 12
"""How many local names are followed to what they are declared to be, where that is not long."""


class Privilege:
    """Tells, for one contract, which steps only someone named can take."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.granted = {name for name, variable in view.variables.items() if variable.type.startswith("mapping")}
        self._known: dict[tuple[int, int], bool] = {}
        """What was found of a guard in a flow, by their ids; both live as long as the view."""
        self._settle()

    def guards(self, flow: Flow, step: Step) -> bool:
        """Whether someone must be named for a step to be reached."""
        for guard in step.guards:
            key = (id(guard), id(flow))
            if key not in self._known:
                self._known[key] = self.names(flow, guard)
            if self._known[key]:
                return True
        return False

    def names(self, flow: Flow, guard: Expr) -> bool:
        """Whether a condition that holds names its caller; of alternatives, every one must."""
        return self._names(flow, guard, True)

    def exempts(self, flow: Flow, guard: Expr) -> bool:
        """Whether a condition holds for all but someone named."""
        return self._names(flow, guard, False)

    def _names(self, flow: Flow, condition: Expr, holds: bool) -> bool:
        if condition.kind == "unary" and condition.text == "!":
            return self._names(flow, condition.parts[0], not holds)
        if condition.kind == "binary" and condition.text in ("&&", "||"):
            named = [self._names(flow, part, holds) for part in condition.parts]
            if (condition.text == "&&") == holds:
                return any(named)
            left_over = [part for part, is_named in zip(condition.parts, named, strict=True) if not is_named]
            return any(named) and all(self._asks_for_nobody(flow, part) for part in left_over)
        return self._named_by(flow, condition, holds)

    def _named_by(self, flow: Flow, atom: Expr, holds: bool) -> bool:
        if atom.kind == "binary" and atom.text in (*_OPPOSITE, *_ORDER):
            pairs = (atom.parts, atom.parts[::-1])
            return any(self._compared(flow, atom, one, other, holds) for one, other in pairs)
        if atom.kind == "index":
            return holds and self._granted_to_caller(atom)
        if atom.kind == "member" and atom.parts[0].kind == "index":
            return holds and self._granted_to_caller(atom.parts[0])
        return atom.kind == "call" and holds and self._handed(flow, atom)

    def _compared(self, flow: Flow, atom: Expr, side: Expr, other: Expr, holds: bool) -> bool:
        equal = atom.text == ("==" if holds else "!=")
        if _is_caller(side) or _is_digest_of_caller(side):
            return equal and str(other) not in _EMPTY | CALLERS and self._is_settled(flow, other)
        if side.kind in ("index", "member") and atom.text in _OPPOSITE:
            place = side if side.kind == "index" else side.parts[0]
            return place.kind == "index" and equal != (str(other) in _EMPTY) and self._granted_to_caller(place)
        if side.kind == "index" and atom.text in _ORDER:
            return self._granted_to_caller(side)
        return side.kind == "call" and equal and str(other) == "true" and self._handed(flow, side)

    def _granted_to_caller(self, place: Expr) -> bool:
        """Whether it is an entry of the caller's in a mapping that only someone named fills."""
        return _of_caller(place) and place.root in self.granted

    def _handed(self, flow: Flow, call: Expr) -> bool:
        """Whether a call is asked about the caller: a role, a list, a registry, a signature; not his own contract.

        A function of the text is taken at its word unless it reads what callers write for themselves.
        """
        if _mentions_caller(call.callee) or not any(_mentions_caller(given) for given in call.arguments):
            return False
        inner = self.view.internal(call)
        if inner is None:
            return str(call.callee) not in _UNTOLD
        asked = self.view.reached_from([inner])
        if any(statement.kind == "assembly" for function in asked for statement in function.statements()):
            return False
        read = {part.text for function in asked for part in function.expressions() if part.kind == "name"}
        mappings = {n for n in read & set(self.view.variables) if self.view.variables[n].type.startswith("mapping")}
        return mappings <= self.granted

    def _asks_for_nobody(self, flow: Flow, atom: Expr) -> bool:
        """Whether it says that a place in charge is empty: `owner() == address(0)`."""
        sides = atom.parts if atom.kind == "binary" and atom.text in _OPPOSITE else []
        return any(str(side) in _EMPTY for side in sides) and self._is_settled(flow, atom)

    def _is_settled(self, flow: Flow, expr: Expr, depth: int = _MAX_LOCALS) -> bool:
        """Whether it is told by literals and state alone, so that the caller has no say in it."""
        if expr.kind == "name":
            value = flow.values.get(expr.text) if depth else None
            known = expr.text in self.view.variables and expr.text not in flow.local
            return known or (value is not None and _is_short(value) and self._is_settled(flow, value, depth - 1))
        if expr.kind == "call" and expr.callee.kind == "name":
            return all(self._is_settled(flow, argument, depth) for argument in expr.arguments)
        return all(self._is_settled(flow, part, depth) for part in expr.parts)

    def _settle(self) -> None:
        """Leave in `granted` the mappings that only a constructor or someone named writes; taking back is open to all.

        A mapping may be guarded by its own entries, as roles are; so all are taken for granted at first.
        """
        every = ((flow, step) for flow in self.view.flows for step in flow.writes())
        writes = [(flow, step) for flow, step in every if step.target in self.granted and not _takes_back(step)]
        for _ in range(_MAX_ROUNDS):
            freely = {step.target for flow, step in writes if not self.guards(flow, step)}
            if not freely & self.granted:
                break
            self.granted -= freely
            self._known.clear()


def _is_short(expr: Expr) -> bool:
    return len(list(islice(expr.walk(), _MAX_PARTS + 1))) <= _MAX_PARTS


def _is_caller(expr: Expr) -> bool:
    """The caller's address, or a conversion of it."""
    while expr.kind == "cast" or (expr.kind == "call" and str(expr.callee) in ("uint160", "uint256", "payable")):
        expr = expr.parts[-1]
    return str(expr) in CALLERS


def _is_digest_of_caller(expr: Expr) -> bool:
    hashes = expr.kind == "call" and str(expr.callee) in ("keccak256", "sha3", "sha256")
    return hashes and _mentions_caller(expr)


def _mentions_caller(expr: Expr) -> bool:
    return any(str(part) in CALLERS for part in expr.walk())


def _of_caller(place: Expr) -> bool:
    """Whether one of the indices of a place is the caller."""
    while place.kind in ("index", "member"):
        if place.kind == "index" and any(_mentions_caller(index) for index in place.parts[1:]):
            return True
        place = place.parts[0]
    return False


def _takes_back(step: Step) -> bool:
    """Whether a write clears an entry or lowers it."""
    expr = step.expr
    if expr.kind == "unary":
        return expr.text in ("delete", "--")
    if expr.kind != "assign":
        return False
    value = expr.parts[1]
    lowers = value.kind == "binary" and value.text == "-"
    by_name = value.kind == "call" and value.callee.kind in ("member", "name") and value.callee.text.lower() == "sub"
    return expr.text == "-=" or str(value) in _EMPTY or lowers or by_name
