"""Functions unfolded into their steps: statements are walked, modifiers and internal calls followed in their place."""

from __future__ import annotations

from collections.abc import Callable

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.external import is_external
from models.blockchain.contracts.source.flow import CALLERS, Demand, Flow, Step, replaced
from models.blockchain.contracts.source.model import View
from models.blockchain.contracts.source.scope import Scope
from models.blockchain.contracts.source.syntax import Expr, Stmt, leaves, targets_of

Hole = Callable[[], None] | None
"""What a modifier's `_` runs."""
_MAX_STEPS = 600
_MAX_GUARDS = 400
_MAX_CALL_DEPTH = 10
_MAX_DEPTH = 400
"""Frames of the interpreter's stack, of which it grants 1,000."""
_FRAMES_OF_A_BODY = 5
_GUARDS = {"require", "assert"}
_FIXED = CALLERS | {"address(0)", "address(0x0)"}
_MUTATORS = {"push", "pop"}
_BLIND_WRITES = {"=", "+=", "++", "delete"}


def unfold(view: View, function: Function) -> Flow:
    """What an external function does, as far as the text's allowance lasts."""
    flow = Flow(view, function, view.local_types(function))
    _Unfolder(flow).run()
    return flow


class _Unfolder:
    """Walks statements and records steps; `guards` grows as conditions come to hold."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.view = flow.view
        self.path: list[tuple[int, int]] = []
        self.ended: list[tuple[int, int]] = []
        self.guards: list[Expr] = []
        self.equal: list[tuple[set[str], bool]] = []
        """Pairs that are known to be equal, or not."""
        self.loops = 0
        self.calling: list[Function] = []
        self.scope = Scope(flow.view)
        """What names stand for in the function that is being unfolded."""
        self.branches: list[Expr] = []
        self.weight = 0
        """Expressions in `guards`."""
        self.depth = 0
        """Frames of the interpreter's stack."""
        self.overwritten: set[int] = set()
        """Names that are written whatever their value is."""

    def run(self) -> None:
        self._modified(self.flow.function, self.view.modifiers_of(self.flow.function))

    def _modified(self, function: Function, modifiers: list[Function]) -> None:
        def inside() -> None:
            self._modified(function, modifiers[1:])

        running = modifiers[0] if modifiers else function
        self.calling.append(running)
        self._statements(running.body or [], inside if modifiers else None)
        self.calling.pop()

    def _statements(self, body: list[Stmt], hole: Hole) -> None:
        if self.depth > _MAX_DEPTH:
            self.view.model.cut = True
            return
        self.depth += _FRAMES_OF_A_BODY
        for statement in body:
            if len(self.flow.steps) >= _MAX_STEPS:
                self.view.model.cut = True
                break
            if not self.view.model.spend(1):
                break
            self._statement(statement, hole)
        self.depth -= _FRAMES_OF_A_BODY

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
        settled = self._settled(condition)
        for branch, body in enumerate(statement.bodies):
            if settled is not None and settled == bool(branch):
                continue
            self._branch(statement, branch, body, refused if branch else condition, hole)
        for body, kept in zip(statement.bodies, (refused, condition), strict=False):
            if leaves(body):
                gives_up = len(self.calling) == 1 and body[-1].kind == "return"
                self._hold(kept, demanded=body[-1].kind == "revert" or gives_up)
                return

    def _settled(self, condition: Expr) -> bool | None:
        """Whether two values that no write changes are the same, where that follows from what they are or what holds.

        A mint that moves tokens from address 0 runs one branch of the move, a burn the other.
        """
        sides, equal = self._equality(condition)
        if not sides:
            return None
        if len(sides) == 1:
            return equal
        self.view.model.spend(len(self.equal))
        return next((alike == equal for known, alike in self.equal if known == sides), None)

    def _equality(self, condition: Expr) -> tuple[set[str], bool]:
        """The sides of `a == b` or `a != b`, and whether they are equal by it; none where they may change."""
        equal = True
        while condition.kind == "unary" and condition.text == "!":
            condition, equal = condition.parts[0], not equal
        is_one = condition.kind == "binary" and condition.text in ("==", "!=")
        if not is_one or not all(map(self._stays, condition.parts)):
            return set(), equal
        return {str(self.scope.resolved(side)) for side in condition.parts}, equal == (condition.text == "==")

    def _stays(self, side: Expr) -> bool:
        """Whether it is a constant, the caller, or what he gave and no assignment changes."""
        outer, given = self.scope.resolved(side), self.flow.function
        if outer.kind == "literal" or str(outer) in _FIXED:
            return True
        is_local = (
            outer is side and self.calling[-1] is not given and side.text in self.view.local_types(self.calling[-1])
        )
        is_given = outer.kind == "name" and outer.text in {parameter.name for parameter in given.parameters}
        return is_given and not is_local and not any(only for _, only in given.uses.get(outer.text, ()))

    def _branch(self, statement: Stmt, branch: int, body: list[Stmt], condition: Expr | None, hole: Hole) -> None:
        """One way through a statement; branch -1 is a plain block, whose guards go on holding after it."""
        kept, weight, place = len(self.guards), self.weight, (id(statement), branch)
        equal = len(self.equal)
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
            del self.guards[kept:], self.equal[equal:]
            self.weight = weight

    def _loop(self, statement: Stmt, hole: Hole) -> None:
        initial, body = statement.bodies
        self._statements(initial, None)
        self.loops += 1
        kept, equal, weight = len(self.guards), len(self.equal), self.weight
        for expression in statement.expressions[:1]:
            self.flow.conditions.append((expression, statement.line))
            self._expression(expression, statement)
            self._guard(expression)
        self._statements(body, hole)
        for expression in statement.expressions[1:]:
            self._expression(expression, statement)
        del self.guards[kept:], self.equal[equal:]
        self.weight = weight
        self.loops -= 1

    def _declare(self, statement: Stmt) -> None:
        alone = len(statement.variables) == 1
        for variable in statement.variables:
            value = statement.expressions[0] if statement.expressions else None
            if value is not None and alone:
                self.flow.values[variable.name] = value
            self.scope.declare(variable, value, alone, self.calling[-1])

    def _hold(self, condition: Expr, demanded: bool = False) -> None:
        """A condition holds from here on, and so does what the functions called in it return."""
        held = [replaced(condition, self.scope.bound)]
        if (settled := self._equality(condition))[0]:
            self.equal.append(settled)
        for part in condition.walk():
            function = self.view.internal(part) if part.kind == "call" else None
            if function:
                names = (parameter.name for parameter in function.parameters)
                inner = dict(zip(names, (replaced(given, self.scope.bound) for given in part.arguments), strict=False))
                returned = (s.expressions[0] for s in function.statements() if s.kind == "return" and s.expressions)
                held.extend(replaced(expr, inner) for expr in returned)
        for guard in held:
            self._guard(guard)
        if demanded:
            context = tuple(self.branches)
            self.flow.demands.extend(Demand(guard, condition.line, context) for guard in held)

    def _guard(self, condition: Expr) -> None:
        if len(self.guards) < _MAX_GUARDS:
            self.guards.append(condition)
            self.weight += sum(1 for _ in condition.walk())

    def _expression(self, expr: Expr, statement: Stmt) -> None:
        if self.depth > _MAX_DEPTH or not self.view.model.spend(1):
            self.view.model.cut = True
            return
        if expr.kind == "name":
            self._read(expr)
            return
        self.depth += 1
        if expr.kind in ("assign", "unary") and expr.text in _BLIND_WRITES:
            self.overwritten |= {id(name) for target in targets_of(expr) if (name := target.leftmost)}
        for part in reversed(expr.parts) if expr.kind == "assign" else expr.parts:
            self._expression(part, statement)
        self._effect(expr, statement)
        self.depth -= 1

    def _read(self, name: Expr) -> None:
        known = name.text in self.view.variables and id(name) not in self.overwritten
        if known and name.text not in self.view.local_types(self.calling[-1]):
            self.flow.reads.add(name.text)

    def _effect(self, expr: Expr, statement: Stmt) -> None:
        """Record what an expression writes or calls, once its parts are known."""
        if expr.kind == "assign" or (expr.kind == "unary" and expr.text in ("++", "--", "delete")):
            for target in targets_of(expr):
                place = self._place_of(target)
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
            if len(self.calling) <= _MAX_CALL_DEPTH and function not in self.calling:
                self._inside(function, expr.arguments)
        elif callee.kind == "member" and callee.text in _MUTATORS and self._place_of(callee.parts[0])[0]:
            self._record("write", expr, statement, self._place_of(callee.parts[0]))
        elif is_external(self.view, expr, self.view.local_types(self.calling[-1])):
            self._record("call", expr, statement, ("", ""))

    def _inside(self, function: Function, arguments: list[Expr]) -> None:
        """Unfold an internal function with its parameters bound to what is given for them."""
        outer = self.scope
        self.scope = outer.inside(function, arguments)
        self._modified(function, self.view.modifiers_of(function))
        self.scope = outer

    def _place_of(self, expr: Expr) -> tuple[str, str]:
        return self.scope.place_of(expr, self.calling[-1])

    def _record(self, kind: str, expr: Expr, statement: Stmt, place: tuple[str, str]) -> None:
        self.view.model.spend(len(self.path) + self.weight)
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
                bound=self.scope.bound,
                function=self.calling[-1],
                statement=statement,
            )
        )
