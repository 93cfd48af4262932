"""The body map: every organ has its place and its row, dots grow with counts, blood and lymph are told apart."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import metakit
from metakit.body.organs import organs
from metakit.models.circulation import ORIGINS, CirculationParams
from metakit.widgets.circulation import CirculationView, clock
from metakit.widgets.circulation.blood_map import body
from metakit.widgets.draw.body_map import COLUMN, Arrow, BodyMap, dot_radius, rows
from metakit.widgets.draw.body_places import LYMPH, PLACES, VESSELS


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def test_every_organ_and_every_origin_has_a_place_in_the_picture():
    assert set(organs()) <= set(PLACES)
    for origin in ORIGINS:
        assert set(body(origin).names) >= set(organs())
    for name, p in PLACES.items():
        assert p.rx < p.x < 540 - p.rx, name
        assert p.ry < p.y < 540 - p.ry, name
        assert p.side in COLUMN


def test_names_in_a_column_keep_their_distance_and_their_order():
    for origin in ORIGINS:
        names = body(origin).names
        placed = rows(names)
        assert set(placed) == set(names)
        for side in COLUMN:
            here = sorted((y, PLACES[n].y) for n, (s, y) in placed.items() if s == side)
            assert all(b[0] - a[0] >= 34 for a, b in pairwise(here))
            assert all(a[1] <= b[1] for a, b in pairwise(here))
            assert here[-1][0] <= 490


def test_a_dot_grows_by_the_same_step_for_every_ten_times_more():
    steps = np.diff([dot_radius(10.0**n) for n in range(12)])
    assert steps == pytest.approx(np.full(11, steps[0]))
    assert dot_radius(0) == 0
    assert dot_radius(1) > 2


def test_the_same_frame_is_the_same_picture_and_what_moves_does_not_stay():
    view = BodyMap(tuple(organs()))
    empty = view.draw({})
    busy = view.draw({"liver": 1e6}, moving=[((270, 300), 5e4, "left")], caption="49 s", origin="lung", note="x")
    assert busy != empty
    assert view.draw({}) == empty
    assert Image.open(io.BytesIO(busy)).size == (540, 540)


def test_an_arrow_leads_from_organ_to_organ_and_is_as_broad_as_asked():
    view = BodyMap(("lung", "bone"), vessels=False, lymph=False)
    none = pixels(view.draw({}))
    ink = [np.abs(pixels(view.draw({}, arrows=[Arrow("lung", "bone", w)])) - none).sum() for w in (2, 6)]
    assert 2 < ink[1] / ink[0] < 4


def test_blood_is_a_whole_line_and_lymph_a_broken_one_so_that_no_color_is_needed():
    whole, gaps = (BodyMap((), vessels=v, lymph=not v).draw({}) for v in (True, False))
    blank = pixels(BodyMap((), vessels=False, lymph=False).draw({}))

    def drawn(png, points):
        (x0, y0), (x1, y1) = points
        at = [(int(x0 + t * (x1 - x0)), int(y0 + t * (y1 - y0))) for t in np.linspace(0.1, 0.9, 60)]
        return np.mean([np.abs(pixels(png)[y, x] - blank[y, x]).sum() > 60 for x, y in at])

    assert drawn(whole, VESSELS["aorta"][-2:]) == 1
    assert 0.3 < drawn(gaps, LYMPH["thoracic duct"][:2]) < 0.7


def test_an_organ_without_a_place_is_refused_in_words():
    with pytest.raises(ValueError, match="no place for tail"):
        BodyMap(("tail",))


@pytest.mark.parametrize("origin", CirculationParams.knob("origin").choices)
def test_the_view_draws_every_origin_and_says_where_its_cells_are(origin):
    run = metakit.run("circulation", seed=1, origin=origin, time_s=49, progress=False)
    assert CirculationView.paint(run.state)[:4] == b"\x89PNG"
    words = CirculationView.say(run.state, run.measures)
    assert words.startswith("After 0 min 49 s, of 10 million cells")
    first = {"colon": "liver", "breast": "lungs"}
    assert f"first bed was in the {first[origin]}" in words if origin in first else words


def test_the_picture_moves_with_the_cells_and_the_words_name_lymph_and_clinic():
    run = metakit.run("circulation", seed=1, time_s=0, progress=False)
    seen = set()
    for _ in range(7):
        seen.add(CirculationView.paint(run.state))
        run.advance(frames=1, progress=False)
    assert len(seen) == 7
    late = metakit.run("circulation", preset="lymph", seed=1, time_h=2.1, progress=False)
    assert "8 million in the sentinel node" in CirculationView.say(late.state, late.measures)
    steady = metakit.run("circulation", preset="steady tumor", seed=1, time_s=70, progress=False)
    assert "5 is called high" in CirculationView.say(steady.state, steady.measures)


def test_the_plot_has_the_law_and_where_the_knobs_stand_on_it():
    run = metakit.run("circulation", seed=1, capture=0.72, time_s=0, progress=False)
    points = CirculationView.plot(run.state)
    assert points["now"][1] == pytest.approx(np.interp(0.72, *points["law"]), rel=0.01)
    assert points["law"][1][0] == pytest.approx(480, rel=0.05)


def test_the_clock_says_hours_minutes_and_seconds():
    assert [clock(t) for t in (0, 49, 3600, 86399)] == [
        "0 min 00 s",
        "0 min 49 s",
        "1 h 00 min 00 s",
        "23 h 59 min 59 s",
    ]
