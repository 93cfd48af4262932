"""The one reader of CSV files, and that there is no other."""

import ast
from pathlib import Path

import metakit
from metakit.core.tables import read_table

PACKAGE = Path(metakit.__file__).parent


def test_a_table_is_read_row_by_row_as_text():
    columns = ("origin", "portal", "caval", "pulmonary", "source", "note")
    assert read_table("drainage.csv")[0] == dict(zip(columns, ("breast", "0", "1", "0", "icrp2002", ""), strict=True))


def test_commas_and_letters_beyond_ascii_are_kept():
    text = " ".join(cell for row in read_table("sources.csv") for cell in row.values())
    assert "Franssen LC, Lorenzi T" in text


def test_no_other_module_reads_csv():
    readers = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name == "csv" for name in node.names)
    ]
    assert readers == ["core/tables.py"]
