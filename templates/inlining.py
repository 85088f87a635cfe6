"""Sets what shared macros say in the place of their calls, when a letter is compiled.

A letter calls some thirty macros, for its paragraphs and for the sentences that letters share, and a call takes longer
than what it says. Only what surely says the same is put in place: a macro of a file that is imported by its name at the
top of a letter, which shows text and values and may choose between them, and reads no name to which the letter gives
another meaning. Every other call stays one, and an import that nobody needs any more goes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

Macros = Mapping[str, nodes.Macro]
GIVEN = frozenset({"caller", "loop", "self", "super", "varargs", "kwargs"})
"""Names that mean another thing in each macro, loop or block."""
SHARED = re.compile(r"{%[-+]?\s*(?:extends|include)\s+(?:(['\"])([^'\"]+)\1\s*(?:[-+]?%}|with|ignore))?")
"""The second group is the file; none where that is told only when a letter is rendered."""


def inline(tree: nodes.Template, parse: Callable[[str], nodes.Template], *, shared: bool) -> nodes.Template:
    """`tree` itself, changed. `parse` reads another file.

    What is `shared`, extended or included by other files, keeps its imports: those may call them, too.
    """
    imports = [one.target for one in tree.find_all(nodes.Import)]
    bound = {*_bound(tree), *imports}
    known: dict[str, Macros] = {}
    for one in tree.body:
        if isinstance(one, nodes.Import) and isinstance(one.template, nodes.Const) and imports.count(one.target) == 1:
            usable = _usable(parse(one.template.value), bound, with_context=one.with_context)
            known[one.target] = dict(usable)
    _Inliner(known).visit(tree)
    if not shared and not any(True for _ in tree.find_all(nodes.Include)):
        needed = {one.name for one in tree.find_all(nodes.Name)}
        tree.body = [one for one in tree.body if not isinstance(one, nodes.Import) or one.target in needed]
    return tree


def shared_files(files: Mapping[str, str]) -> frozenset[str]:
    """Which of them others extend or include; all of them where one names its parent or part only when rendered."""
    found = [match[2] for text in files.values() for match in SHARED.finditer(text)]
    return frozenset(files if None in found else found)


class _Inliner(NodeTransformer):
    def __init__(self, known: Mapping[str, Macros]) -> None:
        self._known = known

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node | list[nodes.Node]:
        self.generic_visit(node)
        macro = self._macro(node.call)
        sets = any(True for _ in node.find_all((nodes.Assign, nodes.AssignBlock, nodes.Import, nodes.FromImport)))
        if macro is None or node.args or sets or not _asks_its_caller(macro):
            return node
        return _merged(_filled(macro.body, _arguments(macro, node.call), node.body))

    def visit_Output(self, node: nodes.Output) -> nodes.Node | list[nodes.Node]:
        said: list[nodes.Node] = []
        for one in node.nodes:
            macro = self._macro(one) if isinstance(one, nodes.Call) else None
            if macro is None or _asks_its_caller(macro):
                said.append(nodes.Output([one], lineno=node.lineno, environment=node.environment))
            else:
                assert isinstance(one, nodes.Call)
                said += _filled(macro.body, _arguments(macro, one), [])
        return _merged(said)

    def _macro(self, call: nodes.Call) -> nodes.Macro | None:
        """The macro that can take the place of this call."""
        found = call.node
        if not (isinstance(found, nodes.Getattr) and isinstance(found.node, nodes.Name)):
            return None
        macro = self._known.get(found.node.name, {}).get(found.attr)
        plain = not (call.kwargs or call.dyn_args or call.dyn_kwargs)
        return macro if macro and plain and len(call.args) == len(macro.args) else None


def _bound(tree: nodes.Template) -> Iterator[str]:
    """The names that a file gives a meaning of its own anywhere."""
    yield from (one.name for one in tree.find_all(nodes.Name) if one.ctx != "load")
    yield from (one.name for one in tree.find_all(nodes.Macro))
    for imported in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in imported.names)


def _usable(file: nodes.Template, bound: set[str], *, with_context: bool) -> Iterator[tuple[str, nodes.Macro]]:
    """The macros of a file that say the same in the place of their call."""
    own = set(_bound(file)) | {one.target for one in file.find_all(nodes.Import)}
    for macro in file.find_all(nodes.Macro):
        names = {one.name for statement in macro.body for one in _names(statement)}
        free = names - {one.name for one in macro.args} - {"caller"}
        filters = any(True for _ in macro.find_all(nodes.Filter))  # some ask the context for a value
        strange = free & (bound | own | GIVEN) if with_context else free or filters
        calls = len(list(macro.find_all(nodes.Call)))
        if not strange and calls == len(list(_callers(macro.body))) <= 1 and _shows(macro.body):
            yield macro.name, macro


def _names(statement: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(statement, nodes.Name):
        yield statement
    yield from statement.find_all(nodes.Name)


def _shows(statements: Sequence[nodes.Node]) -> bool:
    """Whether they do nothing but show, and choose what."""
    for one in statements:
        if isinstance(one, nodes.If):
            if not (_shows(one.body) and _shows(one.elif_) and _shows(one.else_)):
                return False
        elif not isinstance(one, nodes.Output):
            return False
    return True


def _callers(statements: Sequence[nodes.Node]) -> Iterator[nodes.Node]:
    """Where a macro shows what the block that calls it holds."""
    for statement in statements:
        outputs = [statement] if isinstance(statement, nodes.Output) else statement.find_all(nodes.Output)
        for output in outputs:
            yield from (one for one in output.nodes if _is_caller(one))


def _is_caller(one: nodes.Node) -> bool:
    if not (isinstance(one, nodes.Call) and isinstance(one.node, nodes.Name) and one.node.name == "caller"):
        return False
    return not (one.args or one.kwargs or one.dyn_args or one.dyn_kwargs)


def _asks_its_caller(macro: nodes.Macro) -> bool:
    return any(True for _ in _callers(macro.body))


def _arguments(macro: nodes.Macro, call: nodes.Call) -> dict[str, nodes.Node]:
    return {one.name: given for one, given in zip(macro.args, call.args, strict=True)}


def _filled(
    statements: Sequence[nodes.Node], given: Mapping[str, nodes.Node], held: Sequence[nodes.Node]
) -> list[nodes.Node]:
    """A copy of a macro's body, with its arguments, and `held` in the place of its caller."""
    filled: list[nodes.Node] = []
    for one in statements:
        if isinstance(one, nodes.Output):
            for shown in one.nodes:
                if _is_caller(shown):
                    filled += held
                else:
                    copied = _copied(shown, given)
                    filled.append(nodes.Output([copied], lineno=one.lineno, environment=one.environment))
        else:
            assert isinstance(one, nodes.If)
            parts = [_filled(part, given, held) for part in (one.body, one.elif_, one.else_)]
            test = _copied(one.test, given)
            filled.append(nodes.If(test, *map(_merged, parts), lineno=one.lineno, environment=one.environment))
    return filled


def _copied(node: nodes.Node, given: Mapping[str, nodes.Node]) -> nodes.Node:
    if isinstance(node, nodes.Name) and node.name in given:
        return _copied(given[node.name], {})

    def copied(value: object) -> object:
        if isinstance(value, nodes.Node):
            return _copied(value, given)
        return [copied(one) for one in value] if isinstance(value, list) else value

    fields = [copied(value) for _, value in node.iter_fields()]
    return type(node)(*fields, lineno=node.lineno, environment=node.environment)


def _merged(statements: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Outputs that follow each other as one: Jinja writes the texts in it as one text."""
    merged: list[nodes.Node] = []
    for one in statements:
        if merged and isinstance(one, nodes.Output) and isinstance(last := merged[-1], nodes.Output):
            merged[-1] = nodes.Output([*last.nodes, *one.nodes], lineno=last.lineno, environment=last.environment)
        else:
            merged.append(one)
    return merged
