"""Docstrings: a sentence first; then arguments, what comes back and what is refused, where names alone do not tell."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import metakit

PACKAGE = Path(metakit.__file__).parent
MODULES = {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text("utf-8")) for p in sorted(PACKAGE.rglob("*.py"))}
CLASSES = {c.name: c for tree in MODULES.values() for c in ast.walk(tree) if isinstance(c, ast.ClassDef)}
# What a stage must have is told once for all stages, in `metakit.runs.stage`.
VERBS = {"start", "advance", "measure", "outflow"}
# "What ...", "Points of ...", "A copy ..." name a thing; a verb in the imperative says what is done. ruff's D401 knows
# more verbs; it takes every noun that it does not know for one.
FRAGMENT = re.compile(r"(?:[^A-Z]|(?:An?|All|Each|Every\w*|How|In|One|The|What|When|Where|Whether|Which|\w+(?<!s)s)\b)")

Function = ast.FunctionDef


def public(scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Function, ast.ClassDef | None]]:
    """Every function and method without an underscore, with its full name and its class; of overloads the last."""
    for node in scope.body:
        if any("overload" in ast.unparse(d) for d in getattr(node, "decorator_list", [])):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield from ((f"{node.name}.{name}", function, node) for name, function, _ in public(node))
            else:
                yield node.name, node, None


def ancestors(kind: ast.ClassDef) -> Iterator[ast.ClassDef]:
    for base in kind.bases:
        name = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(name, ast.Name) and name.id in CLASSES:
            yield CLASSES[name.id]
            yield from ancestors(CLASSES[name.id])


def overrides(function: Function, kind: ast.ClassDef | None) -> bool:
    """The method above says it already."""
    above = ancestors(kind) if kind else ()
    return any(isinstance(node, Function) and node.name == function.name for c in above for node in c.body)


def sections(doc: str) -> dict[str, str]:
    """Text below each underlined heading."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", doc, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(section: str) -> list[str]:
    """Names at the left margin: ``low, high : float``."""
    heads = re.findall(r"^(\S.*?)(?: *:.*)?$", section, flags=re.M)
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def own(function: Function) -> Iterator[ast.AST]:
    """What the body does itself; functions within do theirs when they are called."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def raises_value_error(function: Function) -> bool:
    raised = (node.exc for node in own(function) if isinstance(node, ast.Raise))
    return any(isinstance(e, ast.Call) and isinstance(e.func, ast.Name) and e.func.id == "ValueError" for e in raised)


def wrong_with(function: Function, *, inherits: bool) -> Iterator[str]:
    doc = ast.get_docstring(function) or ""
    if not re.match(r"\S.*\.(\n\n|$)", doc):
        yield "the first line is not a sentence that ends with a period"
    if FRAGMENT.match(doc) and not any("property" in ast.unparse(d) for d in function.decorator_list):
        yield f"{doc.split()[0]!r} is no verb in the imperative"
    found, a = sections(doc), function.args
    names = [x.arg for x in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if x]
    names = [name for name in names if name not in ("self", "cls")]
    if len(names) > 1 and not inherits:
        told = documented(found.get("Parameters", ""))
        if sorted(told) != sorted(names):
            yield f"Parameters are {', '.join(told) or 'missing'}, not {', '.join(names)}"
        gives = function.returns is None or ast.unparse(function.returns) != "None"
        if gives and not {"Returns", "Yields"} & found.keys():
            yield "what it returns is not told"
    if raises_value_error(function) and "Raises" not in found:
        yield "it raises ValueError and does not say when"


def findings(module: str) -> list[str]:
    stage = module.startswith("models/")
    return [
        f"{name}: {what}"
        for name, function, kind in public(MODULES[module])
        for what in wrong_with(function, inherits=overrides(function, kind) or (stage and name in VERBS))
    ]


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_tell_what_is_done_what_goes_in_and_what_comes_out(module):
    assert not findings(module)


SAYS_ALL = '''
def half(n, *, kind="x"):
    """Halve a count.

    Parameters
    ----------
    n : int
        The count.
    kind : str
        Of what.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is odd.
    """
    if n % 2:
        raise ValueError("odd")
    return n // 2
'''


@pytest.mark.parametrize(
    ("said", "instead", "found"),
    [
        ("", "", []),
        ("a count.", "a count", ["the first line is not a sentence that ends with a period"]),
        ("Halve a", "Halves of a", ["'Halves' is no verb in the imperative"]),
        ("    kind : str", "    sort : str", ["Parameters are n, sort, not n, kind"]),
        ("Parameters\n    ---", "Of what\n    ---", ["Parameters are missing, not n, kind"]),
        ("Returns\n    ---", "Gives\n    ---", ["what it returns is not told"]),
        ("Raises\n    ---", "Refuses\n    ---", ["it raises ValueError and does not say when"]),
    ],
)
def test_what_a_docstring_leaves_out_is_found(said, instead, found):
    function = ast.parse(SAYS_ALL.replace(said, instead, 1)).body[0]
    assert list(wrong_with(function, inherits=False)) == found
