import asyncio
import io
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image

import metakit
from metakit.runs import tasks, workers


@pytest.fixture
def many():
    made = []

    def make(measure="cells", **changes):
        keywords = {"seeds": range(3), "time_d": 0.25, "progress": False}
        made.append(metakit.many("invasion", measure, **keywords | changes))
        return made[-1]

    yield make
    for runs in made:
        runs.close()


@pytest.fixture
def small_slices(monkeypatch):
    """Everybody gets a turn after every frame, and nothing is done by others."""
    monkeypatch.setattr(workers, "SLICE_S", 0.0)
    monkeypatch.setattr(workers, "has_processes", lambda: False)


async def finished(runs):
    await runs.start()


async def until(is_so):
    while not is_so():
        await asyncio.sleep(0)


def test_many_runs_give_what_single_runs_give(many):
    alone = metakit.run("invasion", seed=2, time_d=0.25, progress=False).measures["mean_radius_um"]
    runs = many("mean_radius_um", seeds=[1, 2], one=2).make()
    assert runs.values["default settings"][1] == alone
    assert runs.medians["default settings"] == np.mean(runs.values["default settings"])
    assert "2 runs, median" in runs.words
    assert "Seed 2 alone" in runs.words


def test_a_moment_ends_its_run_and_is_given_in_days(many):
    quick = {"mmp_secretion": 4.3, "lamina_strength": 0.2, "haptotaxis": 600}
    (days,) = many("breach_h", seeds=[0], time_d=3, **quick).make().values.values()
    alone = metakit.run("invasion", seed=0, time_d=3, progress=False, **quick).measures["breach_h"]
    assert days[0] == pytest.approx(alone / 24)


def test_what_never_happens_has_an_infinite_median_and_words_for_it(many):
    settings = {"none": {"preset": "no enzyme"}, "default": {}}
    runs = many("first_outside_h", settings=settings).make()
    assert runs.unit == "days"
    assert runs.medians == {"none": math.inf, "default": math.inf}
    assert "none: in none of 3 runs by 0.25 days." in runs.words
    assert [len(x) for x, _ in runs.plot.dots().values()] == [0, 6, 0]


def test_nothing_is_run_before_the_button_is_pressed_and_words_say_so(many):
    runs = many()
    assert runs.button.description == "Make 3 runs"
    assert runs.words == "The runs are not made yet."
    assert all(len(x) == 0 for x, _ in runs.plot.dots().values())
    assert Image.open(io.BytesIO(runs.picture())).width > 100
    for what in ("values", "medians"):
        with pytest.raises(RuntimeError, match="Press “Make 3 runs” and wait, or call make"):
            getattr(runs, what)


def test_the_button_makes_the_runs_while_others_get_their_turn(many, small_slices):
    runs, alone = many(), many().make()
    seen = []

    async def press():
        runs.button.click()
        while runs.running:
            seen.append((runs.button.description, runs.bar.value))
            await asyncio.sleep(0)

    asyncio.run(press())
    assert len(seen) > 3 * 10
    assert {words for words, _ in seen} == {"Stop"}
    assert {n for _, n in seen} >= {0, 1, 2}
    assert runs.button.description == "All 3 runs are made"
    assert runs.button.disabled
    assert (runs.values["default settings"] == alone.values["default settings"]).all()
    assert runs.words == alone.words
    assert len(runs.figure.marks[0].x) == 3


def test_stop_keeps_what_is_done_and_the_button_makes_the_others(many, small_slices):
    runs = many()

    async def press_twice():
        runs.button.click()
        await until(lambda: runs.bar.value)
        assert runs.status.text == "Making the runs."
        with pytest.raises(RuntimeError, match="being made already"):
            runs.make()
        runs.button.click()
        await until(lambda: not runs.running)

    asyncio.run(press_twice())
    assert runs.words == "1 of 3 runs are made."
    assert runs.button.description == "Make the other 2"
    assert runs.status.error == ""
    with pytest.raises(RuntimeError, match="1 of 3 runs are made"):
        _ = runs.values
    assert runs.make().values.keys() == {"default settings"}


@pytest.mark.native("starts a thread")
def test_the_button_uses_an_executor_and_does_not_wait_for_it(many):
    alone = many().make()
    with ThreadPoolExecutor(1) as executor:
        runs = many(executor=executor)
        asyncio.run(finished(runs))
    assert runs.words == alone.words


def test_a_run_that_fails_is_told_in_words_and_the_button_stays(many, small_slices, monkeypatch):
    runs = many()
    broken = tasks.Outcome(("default settings", 0), None, "no more memory")

    def fails(task):
        yield
        return broken

    monkeypatch.setattr(workers, "frames", fails)
    asyncio.run(finished(runs))
    assert "could not be made: no more memory" in runs.status.error
    assert runs.button.description == "Make 3 runs"
    with pytest.raises(RuntimeError, match="no more memory"):
        runs.make()


def test_a_prediction_is_told_when_the_runs_are_made_and_the_twin_of_one_by_the_twin_of_the_runs(many):
    guess = metakit.predict("How many?", low=0, high=900)
    runs = many()
    runs.set_result_of(guess, lambda values: values["default settings"].max())
    other = guess.fresh_copy()
    other.lock(900)
    twin = runs.fresh_copy(other)
    twin.make()
    assert "less than you said" in other.verdict
    assert (guess.words, runs.done) == ("", False)
    twin.set_result_of(guess, lambda values: values["default settings"].min())
    assert guess.words.startswith("The runs are done")
    for widget in (guess, other, twin):
        widget.close()


def test_a_prediction_that_cannot_be_told_is_told_in_words(many, small_slices):
    guess = metakit.predict("How many?", low=0, high=900)
    runs = many()
    runs.set_result_of(guess, lambda values: values["defualt"])
    asyncio.run(finished(runs))
    assert "KeyError" in runs.status.error
    guess.close()


@pytest.mark.native("wants a place without an event loop")
def test_without_a_loop_the_button_says_what_to_call_instead(many):
    with pytest.raises(RuntimeError, match="call make"):
        many().start()


def test_closing_while_runs_are_made_ends_them_and_leaves_no_widget(small_slices):
    before = set(_instances)
    runs = metakit.many("invasion", "cells", seeds=range(3), time_d=1)

    async def close():
        task = runs.start()
        await until(lambda: runs.running)
        await asyncio.sleep(0)
        runs.close()
        await task

    asyncio.run(close())
    assert not runs.done
    assert set(_instances) == before


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seeds": []}, "1 to 2,000 runs"),
        ({"seeds": [-1]}, "seed"),
        ({"seeds": range(3000)}, "1 to 2,000 runs"),
        ({"time_d": 0}, "time_d"),
        ({"time_d": math.nan}, "time_d"),
        ({"one": 9}, "not among"),
        ({"mmp_secretio": 1}, "did you mean 'mmp_secretion'"),
        ({"settings": {}}, "settings"),
        ({"settings": {"a": {}}, "force": True}, "both given"),
    ],
)
def test_runs_that_cannot_be_made_are_refused(changes, why, many):
    with pytest.raises(ValueError, match=why):
        many(**changes)


@pytest.mark.parametrize("wrong", [{"seeds": 20}, {"settings": {"a": 3}}, {"settings": [{}]}, {"preset": 3}])
def test_many_of_a_wrong_kind_are_refused(wrong):
    with pytest.raises(ValueError, match=r"seeds|settings|preset"):
        metakit.many("invasion", "cells", **wrong)
