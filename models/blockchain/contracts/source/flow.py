"""A function as the calls and writes that it makes, in order, with what must hold for each.

Modifiers and internal functions are unfolded in their place, so that a guard in a modifier guards what follows it and
a write in a helper counts where the helper is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.blockchain.contracts.source.model import ETHER_SENDS, LOW_LEVEL, View
from models.blockchain.contracts.source.syntax import Expr, Function, Stmt, Variable

Hole = Callable[[], None] | None
"""What a modifier's `_` runs."""
CALLERS = {"msg.sender", "tx.origin", "_msgSender()"}
_MAX_STEPS = 600
_MAX_CALL_DEPTH = 10
_VALUE_TYPES = {"address", "bool", "string", "bytes", "uint", "int"} | {
    f"{base}{bits}" for base in ("uint", "int") for bits in range(8, 257, 8)
}
_GUARDS = {"require", "assert"}
_MUTATORS = {"push", "pop"}
_NOT_EXTERNAL = {"push", "pop", "add", "sub", "mul", "div", "mod", "value", "gas", "encode", "encodePacked", "concat"}


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call or write."""

    kind: str
    """call, write or assembly."""
    expr: Expr
    """The call, the assignment, increment or deletion, or the text of an assembly block."""
    line: int
    target: str
    """The state variable that is written, else nothing."""
    key: str
    """The first index of what is written, in terms of the external function's own names, else nothing."""
    guards: tuple[Expr, ...]
    """Conditions that hold here (those of a refused branch as `!(...)`), in terms of the external function's names."""
    path: tuple[tuple[int, int], ...]
    """(statement, branch) of every branch around it."""
    ended: tuple[tuple[int, int], ...]
    """Those branches of `path` that leave the function at their end."""
    loops: int
    """How many loops are around it."""
    bound: dict[str, Expr]
    """What the parameters of the internal function around it stand for outside."""
    function: Function
    statement: Stmt

    def outside(self, expr: Expr) -> str:
        """An expression in terms of the external function's own names."""
        return str(self.bound.get(expr.text, expr) if expr.kind == "name" else expr)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A condition without which the function reverts."""

    condition: Expr
    line: int
    context: tuple[Expr, ...]
    """Conditions of the branches around it: where they do not hold, it is not asked for."""


class Flow:
    """The steps of one external function of a contract."""

    def __init__(self, view: View, function: Function) -> None:
        self.view = view
        self.function = function
        self.local = view.local_types(function)
        self.steps: list[Step] = []
        self.conditions: list[tuple[Expr, int]] = []
        """Every condition that is tested, with its line."""
        self.demands: list[Demand] = []
        self.values: dict[str, Expr] = {}
        """What local names are declared to be."""
        _Unfolder(self).run()

    def calls(self) -> Iterator[Step]:
        return (step for step in self.steps if step.kind == "call")

    def writes(self) -> Iterator[Step]:
        return (step for step in self.steps if step.kind == "write")

    def follows(self, first: Step, second: Step) -> bool:
        """Whether `second` can run after `first` in one call."""
        branches = dict(first.path)
        if any(branches.get(statement, branch) != branch for statement, branch in second.path):
            return False
        return set(first.ended) <= set(second.path)


def guarded_by_caller(step: Step) -> bool:
    """Whether a condition on who calls holds at a step."""
    return any(mentions_caller(guard) for guard in step.guards)


def names_caller(step: Step) -> bool:
    """Whether the caller is compared with someone, or handed to a test, before a step: not what he owns is asked."""
    parts = [part for guard in step.guards for part in guard.walk()]
    compared = (part.parts for part in parts if part.kind == "binary" and part.text in ("==", "!="))
    handed = (part.arguments for part in parts if part.kind == "call")
    return any(str(side) in CALLERS for sides in (*compared, *handed) for side in sides)


def mentions_caller(condition: Expr) -> bool:
    return any(str(part) in CALLERS for part in condition.walk())


class _Unfolder:
    """Walks statements and records steps; `guards` grows as conditions come to hold."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.view = flow.view
        self.path: list[tuple[int, int]] = []
        self.ended: list[tuple[int, int]] = []
        self.guards: list[Expr] = []
        self.loops = 0
        self.calling: list[Function] = []
        self.aliases: dict[str, tuple[str, str]] = {}
        """(state variable, key) that a local name for a place in storage stands for."""
        self.bound: dict[str, Expr] = {}
        """What the caller gave for the parameters of the internal function that is being unfolded."""
        self.branches: list[Expr] = []

    def run(self) -> None:
        function = self.flow.function
        names = [call.parts[0].text for call in function.modifiers]
        self._modified(function, [m for name in names if (m := self.view.modifier(name))])

    def _modified(self, function: Function, modifiers: list[Function]) -> None:
        def inside() -> None:
            self._modified(function, modifiers[1:])

        running = modifiers[0] if modifiers else function
        self.calling.append(running)
        self._statements(running.body or [], inside if modifiers else None)
        self.calling.pop()

    def _statements(self, body: list[Stmt], hole: Hole) -> None:
        for statement in body:
            if len(self.flow.steps) < _MAX_STEPS:
                self._statement(statement, hole)

    def _statement(self, statement: Stmt, hole: Hole) -> None:
        if statement.kind == "hole" and hole is not None:
            hole()
            return
        if statement.kind == "loop":
            self._loop(statement, hole)
            return
        for expression in statement.expressions:
            self._expression(expression, statement)
        if statement.kind == "declare":
            self._declare(statement)
        elif statement.kind == "assembly":
            self._record("assembly", Expr("unknown", statement.line, statement.text), statement, ("", ""))
        elif statement.kind == "if":
            self._if(statement, hole)
        else:
            for branch, body in enumerate(statement.bodies):
                self._branch(statement, branch if statement.kind == "try" else -1, body, None, hole)

    def _if(self, statement: Stmt, hole: Hole) -> None:
        condition = statement.expressions[0]
        self.flow.conditions.append((condition, statement.line))
        refused = Expr("unary", condition.line, "!", [condition])
        for branch, body in enumerate(statement.bodies):
            self._branch(statement, branch, body, refused if branch else condition, hole)
        for body, kept in zip(statement.bodies, (refused, condition), strict=False):
            if leaves(body):
                gives_up = len(self.calling) == 1 and body[-1].kind == "return"
                self._hold(kept, demanded=body[-1].kind == "revert" or gives_up)
                return

    def _branch(self, statement: Stmt, branch: int, body: list[Stmt], condition: Expr | None, hole: Hole) -> None:
        """One way through a statement; branch -1 is a plain block, whose guards go on holding after it."""
        kept, place = len(self.guards), (id(statement), branch)
        if branch >= 0:
            self.path.append(place)
            if leaves(body):
                self.ended.append(place)
            if condition is not None:
                self._hold(condition)
                self.branches.append(condition)
        self._statements(body, hole)
        if branch >= 0:
            if condition is not None:
                self.branches.pop()
            self.path.pop()
            if leaves(body):
                self.ended.pop()
            del self.guards[kept:]

    def _loop(self, statement: Stmt, hole: Hole) -> None:
        initial, body = statement.bodies
        self._statements(initial, None)
        self.loops += 1
        kept = len(self.guards)
        for expression in statement.expressions[:1]:
            self.flow.conditions.append((expression, statement.line))
            self._expression(expression, statement)
            self.guards.append(expression)
        self._statements(body, hole)
        for expression in statement.expressions[1:]:
            self._expression(expression, statement)
        del self.guards[kept:]
        self.loops -= 1

    def _declare(self, statement: Stmt) -> None:
        """A local name for a place in storage stands for that state variable from here on."""
        for variable in statement.variables:
            self.aliases.pop(variable.name, None)
            value = statement.expressions[0] if statement.expressions else None
            if value is not None and len(statement.variables) == 1:
                self.flow.values[variable.name] = value
                if str(value) in CALLERS:
                    self.bound = {**self.bound, variable.name: value}
            plain = not variable.type.endswith("]") and variable.type in _VALUE_TYPES
            if value is not None and variable.location != "memory" and not plain:
                state, key = self.place_of(value)
                if state and value.kind in ("index", "member", "name"):
                    self.aliases[variable.name] = (state, key)

    def place_of(self, expr: Expr) -> tuple[str, str]:
        """(state variable, its first index) that an expression is a part of; two empty texts where it is none."""
        root = expr.root
        if root in self.aliases:
            return self.aliases[root]
        if root not in self.view.variables or (self.calling and root in self.view.local_types(self.calling[-1])):
            return "", ""
        inner = expr
        while inner.parts and inner.parts[0].kind != "name" and inner.kind in ("index", "member"):
            inner = inner.parts[0]
        key = inner.parts[1] if inner.kind == "index" and len(inner.parts) > 1 else None
        return root, str(self._resolved(key)) if key else ""

    def _resolved(self, expr: Expr) -> Expr:
        """What an internal function's parameter stands for outside."""
        return self.bound.get(expr.text, expr) if expr.kind == "name" else expr

    def _hold(self, condition: Expr, demanded: bool = False) -> None:
        """A condition holds from here on, and so does what the functions called in it return."""
        held = [replaced(condition, self.bound)]
        for part in condition.walk():
            function = self.view.internal(part) if part.kind == "call" else None
            if function:
                names = (parameter.name for parameter in function.parameters)
                inner = dict(zip(names, (replaced(given, self.bound) for given in part.arguments), strict=False))
                returned = (s.expressions[0] for s in function.statements() if s.kind == "return" and s.expressions)
                held.extend(replaced(expr, inner) for expr in returned)
        self.guards.extend(held)
        if demanded:
            context = tuple(self.branches)
            self.flow.demands.extend(Demand(guard, condition.line, context) for guard in held)

    def _expression(self, expr: Expr, statement: Stmt) -> None:
        for part in reversed(expr.parts) if expr.kind == "assign" else expr.parts:
            self._expression(part, statement)
        if expr.kind == "assign" or (expr.kind == "unary" and expr.text in ("++", "--", "delete")):
            targets = expr.parts[0].parts if expr.parts[0].kind == "tuple" else expr.parts[:1]
            for target in targets:
                place = self.place_of(target)
                if place[0]:
                    self._record("write", expr, statement, place)
        elif expr.kind == "call":
            self._call(expr, statement)

    def _call(self, expr: Expr, statement: Stmt) -> None:
        callee = expr.parts[0]
        function = self.view.internal(expr, self.calling[-1])
        if callee.kind == "name" and callee.text in _GUARDS and expr.arguments:
            self.flow.conditions.append((expr.arguments[0], expr.line))
            self._hold(expr.arguments[0], demanded=True)
        elif function is not None:
            if len(self.calling) <= _MAX_CALL_DEPTH and function not in self.calling and self.view.model.may_unfold():
                self._inside(function, expr.arguments)
        elif callee.kind == "member" and callee.text in _MUTATORS and self.place_of(callee.parts[0])[0]:
            self._record("write", expr, statement, self.place_of(callee.parts[0]))
        elif is_external(self.view, expr, self.view.local_types(self.calling[-1])):
            self._record("call", expr, statement, ("", ""))

    def _inside(self, function: Function, arguments: list[Expr]) -> None:
        """Unfold an internal function with its parameters bound to what is given for them."""
        outer_bound, outer_aliases = self.bound, self.aliases
        names = [parameter.name for parameter in function.parameters]
        self.bound = dict(zip(names, map(self._resolved, arguments), strict=False))
        places = ((name, outer_aliases.get(given.root)) for name, given in zip(names, arguments, strict=False))
        self.aliases = {name: place for name, place in places if place}
        self._modified(function, [m for c in function.modifiers if (m := self.view.modifier(c.parts[0].text))])
        self.bound, self.aliases = outer_bound, outer_aliases

    def _record(self, kind: str, expr: Expr, statement: Stmt, place: tuple[str, str]) -> None:
        self.flow.steps.append(
            Step(
                kind=kind,
                expr=expr,
                line=expr.line,
                target=place[0],
                key=place[1],
                guards=tuple(self.guards),
                path=tuple(self.path),
                ended=tuple(self.ended),
                loops=self.loops,
                bound=self.bound,
                function=self.calling[-1],
                statement=statement,
            )
        )


def replaced(expr: Expr, bound: dict[str, Expr]) -> Expr:
    """An expression with the names that stand for plain ones replaced; the same object where none is."""
    if expr.kind == "name":
        outer = bound.get(expr.text)
        return outer if outer is not None and _is_plain(outer) else expr
    parts = [replaced(part, bound) for part in expr.parts] if bound else expr.parts
    if all(new is old for new, old in zip(parts, expr.parts, strict=True)):
        return expr
    return Expr(expr.kind, expr.line, expr.text, parts, expr.labels, expr.enclosed)


def _is_plain(expr: Expr) -> bool:
    """A name, a member of one, a literal, or a call without arguments: replacing by it cannot make text grow much."""
    return (
        expr.kind in ("name", "literal") or (len(expr.parts) == 1 and not expr.parts[0].parts) or str(expr) in CALLERS
    )


def leaves(body: list[Stmt]) -> bool:
    """Whether a body always leaves the function."""
    if not body:
        return False
    last = body[-1]
    if last.kind == "if" and len(last.bodies) == 2:
        return all(leaves(part) for part in last.bodies)
    return last.kind in ("return", "revert") or (last.kind == "block" and leaves(last.bodies[0]))


def is_external(view: View, call: Expr, local: dict[str, Variable]) -> bool:
    """Whether a call leaves the contract: a transfer of ether, a low-level call or a call of another contract."""
    callee = call.callee
    if callee.kind == "name":
        return callee.text in ("selfdestruct", "suicide")
    if callee.kind != "member":
        return False
    if callee.text in LOW_LEVEL or (callee.text in ETHER_SENDS and len(call.arguments) == 1):
        return call.parts[0].kind != "member" or call.parts[0].text not in ("value", "gas")
    target = callee.parts[0]
    if str(target) in ("super", "abi", "msg", "block", "tx", "bytes", "string"):
        return False
    declared = view.type_of(target, local)
    if not declared and target.kind == "call" and len(target.arguments) == 1 and target.parts[0].kind == "name":
        return target.parts[0].text[:1].isupper()
    contract = view.model.by_name.get(declared)
    if contract is not None:
        return contract.kind != "library"
    if callee.text in _NOT_EXTERNAL:
        return False
    return str(target) == "this" or (declared[:1].isupper() and declared not in view.structs)
