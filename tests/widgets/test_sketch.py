"""The sketch pad: the same picture every time, of one size, and nothing hangs over its border."""

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import metakit
from metakit.widgets.draw import labels, style
from metakit.widgets.draw.sketch import SIZE, Sketch, Stamp, png_of

BLACK, WHITE = "#000000", "#FFFFFF"


def pixels(sketch):
    return np.asarray(Image.open(io.BytesIO(sketch.png())).convert("RGB"), int)


def ink(sketch):
    """Share of ink on white paper, shape (540, 540)."""
    return 1 - pixels(sketch).mean(2) / 255


def everything():
    sketch = Sketch()
    sketch.disc((100, 100), 30, style.EPITHELIAL, style.INK)
    sketch.disc((200, 100), 30, None, style.VESSEL, 3)
    sketch.diamond((300, 100), 20, style.MESENCHYMAL, style.INK)
    sketch.line([(50, 200), (300, 220), (400, 300)], style.LYMPH, 3)
    sketch.line([(50, 300), (300, 320), (400, 400)], style.LYMPH, 3, dash=6)
    sketch.box((50, 400), (80, 40), style.PAPER, rim=style.INK)
    sketch.text((300, 480), "words", 18)
    sketch.caption("hour 3")
    sketch.scale_bar(100, "100 µm")
    return sketch


def test_the_same_sketch_is_the_same_png_of_540_by_540():
    png = everything().png()
    assert png == everything().png()
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", (SIZE, SIZE)) == ("PNG", (540, 540))


def test_finishing_twice_gives_the_same_and_one_may_go_on_drawing():
    sketch = everything()
    first = sketch.png()
    assert sketch.png() == first
    sketch.disc((300, 300), 50, style.INK)
    assert sketch.png() != first


def test_a_disc_covers_its_area_and_has_a_soft_edge():
    sketch = Sketch(WHITE)
    sketch.disc((270, 270), 50, BLACK)
    share = ink(sketch)
    assert share.sum() == pytest.approx(np.pi * 50**2, rel=0.02)
    assert ((share > 0.1) & (share < 0.9)).sum() > 50
    y, x = np.nonzero(share > 0.5)
    assert (x.mean(), y.mean()) == pytest.approx((269.5, 269.5), abs=1)


def test_a_ring_is_empty_inside():
    sketch = Sketch(WHITE)
    sketch.disc((270, 270), 50, None, BLACK, 4)
    share = ink(sketch)
    assert share.sum() == pytest.approx(np.pi * (50**2 - 46**2), rel=0.05)
    assert not share[240:300, 240:300].any()


def test_a_diamond_covers_half_of_its_square():
    sketch = Sketch(WHITE)
    sketch.diamond((270, 270), 40, BLACK)
    assert ink(sketch).sum() == pytest.approx(2 * 40**2, rel=0.03)


def test_a_line_is_as_long_and_as_broad_as_asked_for():
    sketch = Sketch(WHITE)
    sketch.line([(100, 270), (400, 270)], BLACK, 4)
    assert ink(sketch).sum() == pytest.approx(300 * 4, rel=0.03)


def dashes(points, dash):
    """Lengths of the dashes and gaps of a level line, px."""
    sketch = Sketch(WHITE)
    sketch.line(points, BLACK, 4, dash=dash)
    row = ink(sketch)[268:273].max(0) > 0.5
    turns = np.flatnonzero(np.diff(row[100:400].astype(int)))
    return np.diff(turns)


@pytest.mark.parametrize("parts", [1, 3, 75, 300])
def test_dashes_and_gaps_are_equally_long_however_many_points_the_line_has(parts):
    x = np.linspace(100, 400, parts + 1)
    lengths = dashes([(a, 270) for a in x], 10)
    assert len(lengths) > 24
    assert np.abs(lengths - 10).max() <= 1.5


def test_a_dashed_line_has_half_the_ink():
    whole, dashed = Sketch(WHITE), Sketch(WHITE)
    angle = np.linspace(0, 2 * np.pi, 200)
    ring = [(270 + 150 * np.cos(a), 270 + 150 * np.sin(a)) for a in angle]
    whole.line(ring, BLACK, 4)
    dashed.line(ring, BLACK, 4, dash=8)
    # The ends of a dash are broader by about a pixel.
    assert ink(dashed).sum() / ink(whole).sum() == pytest.approx(0.5, abs=0.08)


def test_a_point_that_comes_twice_breaks_no_dashed_line():
    assert len(dashes([(100, 270), (250, 270), (250, 270), (400, 270)], 10)) > 24


@pytest.mark.parametrize(
    "words", ["day 3", "hour 12.5 · held by: pores", "a caption that is much too long to fit into its picture " * 3]
)
def test_a_caption_lies_inside_the_picture(words):
    sketch = Sketch(WHITE)
    sketch.caption(words)
    y, x = np.nonzero((pixels(sketch) < 245).any(2))  # stored in 256 colors: white is nearly so
    assert (x.min(), y.min()) >= (11, 11)
    assert x.max() <= SIZE - 11
    assert y.max() <= 41
    letters = pixels(sketch).sum(2) < 300
    assert letters.any()
    assert letters[:, SIZE - 20 :].sum() == 0


def test_the_scale_bar_is_as_long_as_it_says():
    sketch = Sketch(WHITE)
    sketch.scale_bar(135, "100 µm")
    dark = pixels(sketch)[SIZE - 20].sum(1) < 200
    assert np.flatnonzero(dark).tolist() == list(range(22, 22 + 135 + 1))[: dark.sum()]
    assert abs(int(dark.sum()) - 135) <= 1


def texts_of_views():
    """Every letter that stands in a text of a view, of what views are made of, or of the words of a count."""
    root = Path(metakit.__file__).parent
    modules = [*(root / "widgets").rglob("*.py"), root / "core" / "words.py"]
    nodes = (n for m in modules for n in ast.walk(ast.parse(m.read_text(encoding="utf-8"))))
    return {letter for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) for letter in n.value}


def test_no_letter_is_drawn_as_an_empty_box():
    box = bytes(labels.font(28).getmask("\ufffe"))
    assert "µ" in texts_of_views()
    for letter in sorted(texts_of_views() | set("hour 3 · 5 µm² × 10³ – 20 − ≈ 1 → ≤ ≥ μ • ° α ≠ ± ∞ (d/b)ⁿ ½ é ü")):
        assert letter.isspace() or bytes(labels.font(28).getmask(letter)) != box, letter


def test_the_font_travels_with_its_license_and_is_small():
    folder = Path(labels.__file__).parent / "font"
    assert "Bitstream" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(f.stat().st_size for f in folder.glob("*.ttf")) < 60_000


def test_a_box_of_any_size_holds_its_words_and_its_bar_is_as_long_as_it_says():
    for scale in (0.75, 1, 2):
        paper, ink = (np.asarray(mask, float) / 255 for mask in labels.box("250 µm", scale, 120))
        assert ink.shape == paper.shape == (round(34 * scale), round(140 * scale))
        rows = ink.sum(1)
        assert rows.max() == pytest.approx(120 * scale, abs=1)  # the bar is the longest thing in it
        assert np.flatnonzero(ink.any(1)).max() < 30 * scale
        assert ink[: round(20 * scale)].sum() > 50 * scale**2  # the words


def stamped(turn):
    stamp = Stamp(101, BLACK, turn)
    stamp.disc((30, 0), 8, BLACK)
    return np.asarray(stamp.image())[..., 3] / 255


def test_a_stamp_is_clear_around_what_is_drawn_and_turns_clockwise():
    for turn, (x, y) in ((0, (80.5, 50.5)), (np.pi / 2, (50.5, 80.5)), (np.pi, (20.5, 50.5))):
        share = stamped(turn)
        assert share.shape == (101, 101)
        assert share.sum() == pytest.approx(np.pi * 8**2, rel=0.03)
        rows, columns = np.indices(share.shape) + 0.5
        assert ((columns * share).sum() / share.sum(), (rows * share).sum() / share.sum()) == pytest.approx(
            (x, y), abs=0.3
        )


def test_a_picture_with_a_palette_keeps_it():
    image = Image.new("P", (4, 3), 2)
    image.putpalette([1, 2, 3, 4, 5, 6, 7, 8, 9])
    made = Image.open(io.BytesIO(png_of(image)))
    assert made.mode == "P"
    assert made.convert("RGB").getpixel((0, 0)) == (7, 8, 9)


def test_a_see_through_color_lets_the_ground_through():
    sketch = Sketch(WHITE)
    sketch.disc((270, 270), 50, "#00000080")
    assert pixels(sketch)[270, 270] == pytest.approx([127] * 3, abs=2)


@pytest.mark.parametrize("wide", [0.5, 1, 5.5, 7, 8, 8.5, 30])
def test_a_box_of_any_width_is_drawn(wide):
    sketch = Sketch(WHITE)
    sketch.box((100, 100), (wide, 8), BLACK, 4)
    share = ink(sketch)
    assert share[share > 0.02].sum() == pytest.approx((wide + 0.5) * 8, rel=0.35)  # white is stored as nearly white
