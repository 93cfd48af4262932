"""Scripts and style sheets are files, whole, in the wheel, and of the colors of the pictures."""

import ast
import re
from pathlib import Path

import pytest

import metakit
from metakit.lessons.ask import Ask
from metakit.lessons.own_words import OwnWords
from metakit.widgets.draw import style
from metakit.widgets.parts.canvas import Canvas
from metakit.widgets.parts.static import static
from metakit.widgets.parts.status import Status

PACKAGE = Path(metakit.__file__).parent
FILES = sorted(
    f.relative_to(PACKAGE).as_posix()
    for f in PACKAGE.rglob("static/*")
    if f.suffix in (".js", ".css") and not {"jupyter", "site"} & {*f.parts}  # Jupyter's or a page's, not a widget's
)
SHARED = ("lessons/static/card.js", "widgets/static/gone.js", "widgets/static/number.js")
SCRIPT = re.compile(r"export default|addEventListener|document\.createElement|model\.(get|on)\(")
STYLE_SHEET = re.compile(r"[.#@][\w-][^{}<>\"']*\{\s*(--)?[a-z-]+\s*:[^{}]+;")


def strings(module):
    """Every text of a module that the program uses; docstrings are not."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in told
    ]


def is_script_or_style(text):
    return bool(SCRIPT.search(text) or STYLE_SHEET.search(text))


@pytest.mark.parametrize(
    "text", ["export default { render() {} };", "\n.metakit {\n  color: red;\n}\n", "@media print { a: b; }"]
)
def test_a_script_or_a_style_sheet_in_a_string_would_be_noticed(text):
    assert is_script_or_style(text)


def test_no_module_holds_a_script_or_a_style_sheet_in_a_string():
    found = {
        m.relative_to(PACKAGE).as_posix(): t for m in PACKAGE.rglob("*.py") for t in strings(m) if is_script_or_style(t)
    }
    assert not found


def test_every_file_is_used():
    modules = "".join(m.read_text(encoding="utf-8") for m in PACKAGE.rglob("*.py"))
    imported = "".join((PACKAGE / name).read_text(encoding="utf-8") for name in FILES)
    assert FILES
    for name in FILES:
        assert f'static("{name}")' in modules or f'{name.rpartition("/")[2]}"' in imported, name


@pytest.mark.parametrize("name", FILES)
def test_what_the_browser_gets_needs_no_second_file(name):
    text = static(name)
    assert not re.search(r"^(import|@import)\b", text, re.MULTILINE)
    if name.endswith(".css"):
        assert text.count("{") == text.count("}") > 0
    else:
        assert text.count("export default") == (name not in SHARED)
        assert not re.search(r"^export (?!default)", text, re.MULTILINE) or name in SHARED


def test_a_script_has_what_it_imports_once_and_before_it_is_used():
    text = static("lessons/static/ask.js")
    assert text.count("function make(") == 1
    assert text.index("function make(") < text.index("export default")
    assert text.count(".metakit .metakit-legend {") == 0
    assert static("lessons/static/own_words.css").count(".metakit .metakit-legend {") == 1


def test_widgets_send_these_files():
    assert "requestAnimationFrame" in str(Canvas._esm)
    assert "aria-live" in str(Status._esm)
    assert ".metakit-picture" in str(Status._css)
    assert "fieldset" in str(Ask._esm)
    assert ".metakit-three" in str(OwnWords._css)


def test_the_colors_of_the_style_sheets_are_those_of_the_pictures():
    declared = re.findall(r"--metakit-(\w+): (#[0-9a-f]{6});", static("widgets/static/view.css"))
    assert declared
    for name, color in declared:
        assert color == getattr(style, name.upper()).lower()


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        static("widgets/static/none.js")
