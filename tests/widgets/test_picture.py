import io
import sys
import threading
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

import metakit
from metakit.core.grid import TissueGrid
from metakit.tissue.params import LAMINA_RADIUS_UM, PASSABLE
from metakit.widgets.draw import style
from metakit.widgets.draw.palette import nearest, palette
from metakit.widgets.draw.tissue_raster import VIEWS, TissuePicture, picture_of, tissue_png, zoom_for
from metakit.widgets.parts.static import static

SIDE = 201
CENTER = 100 * SIDE + 100
POINTS, SCALE = VIEWS["near"]
FIRST = (SIDE - POINTS) // 2  # the first row and column in view
LAST = FIRST + POINTS - 1
MIDDLE = POINTS * SCALE // 2


@pytest.fixture(scope="module")
def empty():
    """Untouched tissue without cells, lamina or vessels."""
    return metakit.run("invasion", seed=1, start_cells=0, lamina=False).state


@pytest.fixture(scope="module")
def ringed():
    """Untouched tissue inside its lamina, without cells."""
    return metakit.run("invasion", seed=1, start_cells=0).state


@pytest.fixture(scope="module")
def grown():
    """A tumor that has begun to leave its lamina."""
    return metakit.run("invasion", seed=7, time_d=3, progress=False).state


def with_cells(state, *cells):
    """Cells as (site, mesenchymal, id)."""
    site, mesenchymal, number = zip(*cells, strict=True)
    return state.replace(
        cell_site=np.array(site, np.int32),
        cell_mesenchymal=np.array(mesenchymal, bool),
        cell_id=np.array(number, np.int32),
        cell_line=np.zeros(len(number), np.int32),
        n_started=len(cells),
    )


def drawn(state, zoom="near"):
    """Colors of every pixel, shape (H, W, 3)."""
    return palette()[picture_of(state.grid, zoom).draw(state)].astype(int)


def where(colors, color):
    """Rows and columns of the pixels of exactly one color."""
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return np.nonzero((colors == rgb).all(-1))


def fill(field, value):
    return np.full_like(field, value)


# Cells.


def test_an_empty_tissue_shows_no_cell_color(empty):
    colors = drawn(empty)
    for color in (style.EPITHELIAL, style.MESENCHYMAL, style.LAMINA, style.VESSEL):
        assert len(where(colors, color)[0]) == 0


@pytest.mark.parametrize("zoom", VIEWS)
def test_one_epithelial_cell_is_a_blue_blob_at_its_grid_point(empty, zoom):
    points, scale = VIEWS[zoom]
    site = 90 * SIDE + 115
    rows, columns = where(drawn(with_cells(empty, (site, False, 5)), zoom), style.EPITHELIAL)
    first = (SIDE - points) // 2
    assert len(rows) >= 5
    for pixels, point in ((rows, 90), (columns, 115)):
        middle = (point - first + 0.5) * scale
        assert abs(pixels.mean() + 0.5 - middle) <= scale / 2
        assert np.ptp(pixels) < 1.6 * scale


def test_every_cell_of_a_full_point_can_be_seen(empty):
    alone = len(where(drawn(with_cells(empty, (CENTER, False, 0))), style.EPITHELIAL)[0])
    four = len(where(drawn(with_cells(empty, *((CENTER, False, i) for i in range(4)))), style.EPITHELIAL)[0])
    assert four > 1.5 * alone


def test_a_mesenchymal_cell_hides_an_epithelial_one_whatever_their_order(empty):
    for order in (((CENTER, False, 3), (CENTER, True, 3)), ((CENTER, True, 3), (CENTER, False, 3))):
        colors = drawn(with_cells(empty, *order))
        rows, columns = where(colors, style.MESENCHYMAL)
        assert len(rows) >= 5
        middle = int(np.median(rows)), int(np.median(columns))
        assert (colors[middle] == [0xE6, 0x9F, 0x00]).all()
        alone = len(where(drawn(with_cells(empty, (CENTER, False, 3))), style.EPITHELIAL)[0])
        assert len(where(colors, style.EPITHELIAL)[0]) < alone / 2


def test_a_cell_keeps_its_place_inside_a_point_when_others_come_and_go(empty):
    one = where(drawn(with_cells(empty, (CENTER, True, 17))), style.MESENCHYMAL)
    far = 70 * SIDE + 70
    two = drawn(with_cells(empty, (far, True, 3), (CENTER, True, 17)))
    assert (two[one] == [0xE6, 0x9F, 0x00]).all()


def test_cells_beyond_the_view_are_left_out_and_cells_at_its_border_are_cut(empty):
    corner, left, right = FIRST * SIDE + FIRST, FIRST * SIDE + FIRST - 1, LAST * SIDE + LAST + 1
    beyond = with_cells(empty, (left, False, 1), (right, False, 2), (corner - SIDE, False, 3))
    assert len(where(drawn(beyond), style.EPITHELIAL)[0]) == 0
    rows, columns = where(drawn(with_cells(empty, (corner, False, 1))), style.EPITHELIAL)
    assert len(rows) > 0
    assert max(rows.max(), columns.max()) < 8


def test_the_view_is_the_closest_that_shows_every_cell_and_the_whole_lamina(empty, ringed):
    assert zoom_for(empty) == "close"
    assert zoom_for(ringed) == "close"
    for zoom, wider in (("close", "near"), ("near", "far")):
        edge = 100 - VIEWS[zoom][0] // 2
        assert zoom_for(with_cells(empty, (edge * SIDE + 100, False, 1))) == zoom
        assert zoom_for(with_cells(empty, ((edge - 1) * SIDE + 100, False, 1))) == wider
        assert zoom_for(with_cells(empty, (100 * SIDE + 200 - edge + 1, False, 1))) == wider
    assert zoom_for(with_cells(empty, (0, False, 1))) == "far"


# Lamina.


def ink_by_angle(state):
    """How many pixels of each of 72 stretches of the ring differ from the same tissue without a lamina."""
    none = state.replace(lamina_site=state.lamina_site[:0], lamina=state.lamina[:0], lamina_rate=state.lamina_rate[:0])
    rows, columns = np.nonzero((drawn(state) != drawn(none)).any(-1))
    middle = MIDDLE - 0.5
    radius = np.hypot(rows - middle, columns - middle)
    assert (np.abs(radius - LAMINA_RADIUS_UM / 10 * SCALE) < 6).all()
    angle = np.arctan2(rows - middle, columns - middle)
    return np.bincount(np.floor((angle + np.pi) / (2 * np.pi) * 72).astype(int) % 72, minlength=72)


def angle_of_points(state):
    row, column = np.divmod(state.lamina_site, SIDE)
    return np.arctan2(row - 100, column - 100)


def test_an_opened_stretch_of_lamina_is_a_gap_at_its_angle_and_nowhere_else(ringed):
    at = 2.0
    lamina = np.where(np.abs(angle_of_points(ringed) - at) < 0.25, 0, 1).astype(np.float32)
    whole, ink = ink_by_angle(ringed), ink_by_angle(ringed.replace(lamina=lamina))
    stretch = (np.arange(72) + 0.5) / 72 * 2 * np.pi - np.pi
    inside, outside = np.abs(stretch - at) < 0.15, np.abs(stretch - at) > 0.35
    assert whole.min() > 15
    assert (ink[inside] == 0).all()
    assert (ink[outside] == whole[outside]).all()


def test_the_line_thins_as_the_lamina_is_cut(ringed):
    ink = [ink_by_angle(ringed.replace(lamina=fill(ringed.lamina, v))).sum() for v in (1.0, 0.8, 0.6, PASSABLE)]
    assert (np.diff(ink) < -0.1 * ink[0]).all()


def test_the_line_holds_as_long_as_one_layer_stops_a_cell(ringed):
    row, column = np.divmod(ringed.lamina_site, SIDE)
    inner = np.hypot(row - 100, column - 100) < LAMINA_RADIUS_UM / 10
    cut = np.where(inner, 0, 1).astype(np.float32)
    assert ink_by_angle(ringed.replace(lamina=cut)).min() > 5


def test_cells_pressed_against_the_lamina_do_not_hide_it(ringed):
    crowd = with_cells(ringed, *((site, i % 2 == 0, i) for i, site in enumerate(ringed.lamina_site.tolist())))
    alone, crowded = (len(where(drawn(state), style.LAMINA)[0]) for state in (ringed, crowd))
    assert len(where(drawn(crowd), style.EPITHELIAL)[0]) > 200
    assert crowded >= alone > 1500


# Fields.


def test_more_mmp_deepens_the_haze(empty):
    green = []
    for mmp in (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0):
        green.append(drawn(empty.replace(mmp=fill(empty.mmp, mmp)))[100:400, 100:400, 1].mean())
    assert (np.diff(green) < -1).all()


def test_the_haze_lies_where_the_enzyme_is(empty):
    mmp = empty.mmp.copy()
    mmp[90:111, 120:141] = 1.0
    changed = (drawn(empty.replace(mmp=mmp)) != drawn(empty)).any(-1)
    rows, columns = np.nonzero(changed)
    top, bottom, left, right = ((point - FIRST) * SCALE for point in (90, 111, 120, 141))
    assert changed[top:bottom, left:right].all()
    assert rows.min() >= top - SCALE
    assert columns.max() < right + SCALE


def test_degraded_ecm_is_paler(empty):
    light = [drawn(empty.replace(ecm=fill(empty.ecm, v)))[100:400, 100:400].mean() for v in (1.0, 0.75, 0.5, 0.25, 0)]
    assert (np.diff(light) > 3).all()


def test_untouched_stroma_is_mottled_and_the_mottle_stays(empty):
    a, b = drawn(empty), drawn(empty)
    assert (a == b).all()
    patches = a[100:400, 100:400].reshape(15, 20, 15, 20, 3).mean(axis=(1, 3, 4))
    assert 2 < patches.std() < 8


# Vessels.


def test_a_vessel_is_a_closed_ring_and_a_ruptured_one_has_a_gap(empty):
    shares, at = {}, (100 - FIRST) * SCALE + SCALE // 2
    for torn in (False, True):
        state = empty.replace(vessel_site=np.array([CENTER], np.int32), vessel_ruptured=np.array([torn]))
        rows, columns = where(drawn(state), style.VESSEL)
        y, x = rows - at, columns - at
        ring = np.hypot(y, x) > 7
        angle = np.arctan2(y[ring], x[ring])
        shares[torn] = len(np.unique(np.floor((angle + np.pi) / (2 * np.pi) * 24) % 24)) / 24
        assert (~ring).sum() > 10  # the dot
    assert shares[False] == 1
    assert 0.6 < shares[True] < 0.85


def test_a_lymph_vessel_is_a_green_ring_of_dashes(empty):
    state, at = empty.replace(lymph_site=np.array([CENTER], np.int32)), (100 - FIRST) * SCALE + SCALE // 2
    assert len(where(drawn(state), style.VESSEL)[0]) == 0
    rows, columns = where(drawn(state), style.LYMPH)
    y, x = rows - at, columns - at
    ring = np.hypot(y, x) > 7
    turn = np.sort(np.arctan2(y[ring], x[ring]))
    gaps = np.diff(np.append(turn, turn[0] + 2 * np.pi))
    assert (gaps > 0.15).sum() == 8
    assert (~ring).sum() > 10  # the dot


def test_cells_can_be_seen_through_a_vessel(empty):
    state = with_cells(empty, *((CENTER + i, False, i) for i in range(-2, 3)))
    state = state.replace(vessel_site=np.array([CENTER], np.int32), vessel_ruptured=np.array([False]))
    inside = (drawn(state)[MIDDLE - 10 : MIDDLE + 11, MIDDLE - 10 : MIDDLE + 11] @ [-1, 0, 1]) > 40
    assert inside.sum() > 5


@pytest.mark.parametrize("site", [0, 200, SIDE * SIDE - 1, 2 * SIDE + 100, FIRST * SIDE + FIRST, 170 * SIDE + 3])
@pytest.mark.parametrize("zoom", VIEWS)
def test_vessels_at_and_beyond_every_border_can_be_drawn(empty, site, zoom):
    drawn(empty.replace(vessel_site=np.array([site], np.int32), vessel_ruptured=np.array([True])), zoom)


# The picture as a whole.


@pytest.mark.parametrize("zoom", VIEWS)
def test_the_scale_bar_is_250_um_long(empty, zoom):
    rows, columns = where(drawn(empty, zoom), style.INK)
    row = np.bincount(rows).argmax()
    bar = columns[rows == row]
    assert np.ptp(bar) + 1 == 250 / 10 * VIEWS[zoom][1]
    assert len(bar) == np.ptp(bar) + 1


def test_the_caption_stands_in_a_pale_box_at_the_top_left(empty):
    picture = picture_of(empty.grid, "near")
    plain, said = (palette()[picture.draw(empty, words)].astype(int) for words in ("", "day 4.6 · breach at day 4.2"))
    rows, columns = np.nonzero((plain != said).any(-1))
    assert (rows.min(), columns.min()) == (12, 12)
    assert rows.max() < 50
    assert 150 < columns.max() < MIDDLE
    box = said[rows.min() : rows.max(), columns.min() : columns.max()]
    assert np.median(box) > 235
    assert box.min() < 60


@pytest.mark.parametrize("zoom", VIEWS)
def test_pictures_have_the_promised_size(grown, zoom):
    pixels = VIEWS[zoom][0] * VIEWS[zoom][1]
    assert 530 < pixels < 610
    picture = picture_of(grown.grid, zoom)
    assert picture.size == (pixels, pixels)
    assert picture.draw(grown).shape == (pixels, pixels)
    assert Image.open(io.BytesIO(tissue_png(grown, zoom=zoom))).size == (pixels, pixels)


def test_the_png_holds_exactly_the_drawn_indices_and_the_palette(grown):
    picture = picture_of(grown.grid, "near")
    indices = picture.draw(grown, "day 3.0")
    image = Image.open(io.BytesIO(picture.png(indices)))
    assert image.mode == "P"
    assert (np.asarray(image) == indices).all()
    assert (np.array(image.convert("RGB")) == palette()[indices]).all()


def test_the_same_state_gives_the_same_bytes_and_another_state_others(grown, ringed):
    before = tissue_png(grown, zoom="near")
    other = tissue_png(ringed, zoom="near")
    assert tissue_png(grown, zoom="near") == before != other
    fresh = TissuePicture(grown.grid, *VIEWS["near"])
    assert fresh.png(fresh.draw(grown, "day 3.0")) == before


def test_a_drawn_picture_is_not_changed_by_the_next(grown, ringed):
    picture = picture_of(grown.grid, "near")
    first = picture.draw(grown)
    kept = first.copy()
    picture.draw(ringed)
    assert (first == kept).all()


def test_pictures_stay_small(grown):
    assert len(tissue_png(grown)) < 100_000


def test_a_wrong_zoom_or_grid_is_refused_in_words(grown):
    with pytest.raises(ValueError, match=r"zoom = 'huge' .* close, near, far"):
        tissue_png(grown, zoom="huge")
    with pytest.raises(ValueError, match=r"grid of \(201, 201\)"):
        TissuePicture(metakit.core.grid.TissueGrid(51, 51, 10.0)).draw(grown)


# Told apart by everyone: simulated color vision after Machado, Oliveira & Fernandes 2009, full severity.

VISION = {
    "usual": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb, vision):
    """CIE Lab (D65) of an sRGB color as seen with a kind of color vision."""
    c = np.asarray(rgb, float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    t = xyz / [0.95047, 1.0, 1.08883]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture(scope="module")
def six_things(empty, ringed):
    """The most frequent color of each thing as it is drawn."""

    def usual(changed):
        return np.median(changed.reshape(-1, 3), axis=0)

    def added(state, background):
        a, b = drawn(state), drawn(background)
        values, count = np.unique(a[(a != b).any(-1)], axis=0, return_counts=True)
        return values[count.argmax()]

    vessel = empty.replace(vessel_site=np.array([CENTER], np.int32), vessel_ruptured=np.array([False]))
    plain = ringed.replace(lamina_site=empty.lamina_site, lamina=empty.lamina, lamina_rate=empty.lamina_rate)
    return {
        "epithelial": added(with_cells(empty, (CENTER, False, 1)), empty),
        "mesenchymal": added(with_cells(empty, (CENTER, True, 1)), empty),
        "lamina": added(ringed, plain),
        "vessel": added(vessel, empty),
        "mmp": usual(drawn(empty.replace(mmp=fill(empty.mmp, 1.0)))),
        "ecm": usual(drawn(empty)),
    }


@pytest.mark.parametrize("vision", VISION)
def test_the_six_things_stay_apart_in_color(six_things, vision):
    for (a, first), (b, second) in combinations(six_things.items(), 2):
        apart = np.linalg.norm(lab(first, vision) - lab(second, vision))
        assert apart > 12, f"{a} and {b} are only {apart:.0f} apart in {vision} vision"


def test_cells_differ_in_shape_too(empty):
    background, filled = drawn(empty, "close"), []
    for mesenchymal in (False, True):
        changed = drawn(with_cells(empty, (CENTER, mesenchymal, 1)), "close") != background
        rows, columns = np.nonzero(changed.any(-1))
        filled.append(len(rows) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1)))
    disc, diamond = filled
    assert 0.72 < disc < 0.9  # a disc fills 79% of its box
    assert 0.45 < diamond < 0.65  # a diamond, half


def test_every_ink_is_in_the_palette_exactly():
    for color in (style.EPITHELIAL, style.MESENCHYMAL, style.LAMINA, style.VESSEL, style.INK, style.PAPER):
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
        assert (palette()[nearest(rgb)] == rgb).all()


# The legend and the styles.


def test_the_legend_says_in_words_what_each_symbol_is():
    brought = style.Symbol('<path d="M1 1h20"/>', on_tissue=True)
    html = style.legend_html([("epithelial", "epithelial cell"), (brought, "enzyme <here>")])
    assert html.count("<svg") == html.count("<li>") == html.count('aria-hidden="true"') == 2
    assert "epithelial cell" in html
    assert "enzyme &lt;here&gt;" in html
    assert style.EPITHELIAL in html
    assert brought.svg in html


def test_an_unknown_legend_symbol_is_refused_in_words():
    with pytest.raises(ValueError, match=r"no symbol called 'nucleus' is shared; epithelial, .*"):
        style.legend_html([("nucleus", "a nucleus")])


def test_styles_follow_the_theme_and_respect_reduced_motion():
    assert "var(--jp-ui-font-color1, #222)" in static("widgets/static/view.css")
    assert "prefers-reduced-motion" in static("widgets/static/view.css")
    assert ":focus-visible" in static("widgets/static/view.css")


@pytest.mark.native("starts threads")
def test_two_threads_that_draw_at_once_do_not_mix_their_pictures(grown, empty):
    picture = picture_of(grown.grid, "near")
    wanted = [picture.draw(state, "day") for state in (grown, empty)]
    found = [[], []]

    def keep_drawing(i, state):
        for _ in range(20):
            found[i].append(picture.draw(state, "day"))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=keep_drawing, args=pair) for pair in enumerate((grown, empty))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(before)
    for i in range(2):
        assert len(found[i]) == 20
        assert all((drawn == wanted[i]).all() for drawn in found[i])


@pytest.mark.parametrize("zoom", VIEWS)
@pytest.mark.parametrize("tiled", [False, True])
def test_a_coarse_grid_is_drawn_as_large_as_a_full_one(zoom, tiled):
    """So that words, scale bar and vessels, which are measured in pixels, fit into it as well."""
    full, coarse = (
        picture_of(TissueGrid(n, n, um), zoom, 1.5, tiled=tiled).size[0] for n, um in ((201, 10.0), (101, 20.0))
    )
    assert coarse == pytest.approx(full, rel=0.15)
