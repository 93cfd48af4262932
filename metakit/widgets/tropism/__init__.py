"""The view of tropism: ranked bars beside autopsies, and a body with arrows to where the cells arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from metakit.body.origins import ALL, LARGE, OTHER, autopsies, origins
from metakit.core.arrays import Array
from metakit.core.params import Value
from metakit.core.touch import Touch
from metakit.core.words import write_number
from metakit.models.tropism import RELEASED, compute_blood_alone, judge_blood_alone, judge_fit, judge_pooled
from metakit.models.tropism.hemodynamic_seeding import names
from metakit.models.tropism.permissiveness import IN_OTHER, compare_with_abrams, count_found, pool_others, spearman
from metakit.widgets.draw import style
from metakit.widgets.draw.body_map import pick_organ
from metakit.widgets.draw.body_places import PLACES
from metakit.widgets.parts.curve import Curve, Line, Plot
from metakit.widgets.parts.view import StageView
from metakit.widgets.tropism.arrow_map import FROM, arrow_map
from metakit.widgets.tropism.ranked import Pair, ranked
from metakit.widgets.tropism.symbols import BY_BLOOD, BY_LYMPH, FULL_BAR, ONE_LIST, OPEN_BAR, PROBABILITY

BARS, MAP, TEST = "ranked bars", "map of arrows", "other autopsies"


def _off(state: Any, *, short: bool = False) -> str:
    """Say how far the model is off, in plain words; in the short form without what for."""
    judges = judge_pooled(state.origin), judge_blood_alone(state.origin)
    here, pooled, alone = (100 * fit[1] for fit in (judge_fit(state.origin, state.chance.tobytes()), *judges))
    move = "would have to move" if short else "metastases would have to move to match the autopsies"
    return f"{here:.0f} of 100 {move} (one list for all cancers: {pooled:.0f}, blood alone: {alone:.0f})"


class TropismView(StageView):
    """Pick where a cancer began; watch where its cells arrive, and where metastases are found."""

    STAGE = "tropism"
    CLOCK: ClassVar = ("patients", 1.0, "patients so far")
    HORIZON: ClassVar = 500.0
    ZOOMS: ClassVar = (BARS, MAP, TEST)
    LEGEND: ClassVar = (
        (OPEN_BAR, "autopsies: found in people"),
        (FULL_BAR, "model: found in its patients so far"),
        (PROBABILITY, "model: its odds"),
        (ONE_LIST, "one list for all: the other cancers, pooled"),
        (BY_BLOOD, "cells arriving by blood (map)"),
        (BY_LYMPH, "and by lymph (map)"),
    )
    CURVES: ClassVar = (
        Curve(
            "of 100 metastases",
            (
                Line("nodes_percent", "lymph nodes", style.LYMPH, dashed=True),
                Line("lung_percent", "lung", style.EPITHELIAL),
                Line("liver_percent", "liver", style.LAMINA_CURVE),
                Line("bone_percent", "bone", style.DEAD, dashed=True),
            ),
            top=100.0,
        ),
    )
    PICK: ClassVar = Touch("origin", "Began here", "on the map of arrows chooses the organ in which the cancer began")
    PLOTS: ClassVar = (
        Plot(
            "autopsies, of 100 metastases",
            "model, of 100",
            (
                Line("same", "the same", style.GHOST, dashed=True),
                Line("blood", "blood alone", style.VESSEL, dots=True),
                Line("pooled", "one list for all", style.DEAD, dots=True),
                Line("model", "this model", style.EPITHELIAL, dots=True),
            ),
            x=(0.1, 100),
            y=(0.01, 1e4),  # room above the dots for their names
            log_x=True,
            log_y=True,
        ),
    )

    def __init__(self, session: Any = None, **keywords: Any) -> None:
        super().__init__(session, **keywords)
        self.zoom.description = "Picture"

    @classmethod
    def paint(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the bars, longest in people first, or the map."""
        began = state.origin
        if zoom == MAP:
            return cls._map(state, said=True)
        sites, people, found, odds = list(names()), count_found(began), state.found, state.chance
        pooled = pool_others(began)
        n, where, note = autopsies()[began].autopsies, "diSibio", _off(state, short=True)
        if zoom == TEST and began in autopsies(OTHER):
            n, where = autopsies(OTHER)[began].autopsies, "Abrams"
            sites, people, found = compare_with_abrams(began, state.found)
            models = (state.chance, pooled, compute_blood_alone(began))
            odds, pooled, alone = (compare_with_abrams(began, p)[2] for p in models)
            ranks = (f"{spearman(people, p):.2f}" if np.ptp(p[p > 0]) else "none" for p in (odds, pooled, alone))
            note = "never used for the fit; rank correlation {} (one list for all: {}, blood alone: {})".format(*ranks)
        elif zoom == TEST:
            note = f"Abrams 1950 has only {', '.join(list(autopsies(OTHER))[:-1])}"
        people, found, odds, pooled = (100 * x / max(x.sum(), 1e-9) for x in (people, found, odds, pooled))
        order = sorted(range(len(people)), key=lambda j: (sites[j] == "other sites", -people[j], j))
        short = {"other sites": f"{IN_OTHER} other sites", "mediastinal lymph nodes": "lymph nodes, chest"}
        short |= {"abdominal lymph nodes": "lymph nodes, belly"}
        named = [short.get(site, site) for site in sites]
        pairs = [Pair(named[j], *(float(x[j]) for x in (people, found, odds, pooled))) for j in order]
        caption = f"began in: {began} · {n} autopsies ({where}) · {state.patients:,} model patients"
        return ranked(pairs, "of 100 metastases", ("people", "model"), caption, note)

    @classmethod
    def paint_moving(cls, state: Any, zoom: str = "") -> bytes:
        """Draw the map without its numbers, which nobody can read while they run."""
        return cls._map(state, said=False) if zoom == MAP else cls.paint(state, zoom)

    @staticmethod
    def _map(state: Any, *, said: bool) -> bytes:
        caption = f"{state.origin} · {state.patients:,} patients"
        return arrow_map(state.origin, state.arrival, state.found, caption, said=said)

    @classmethod
    def pick(cls, state: Any, share: tuple[float, float], zoom: str = "") -> Mapping[str, Value]:
        """Choose the origin on the map.

        Parameters
        ----------
        state : TropismState
            The one that is drawn.
        share : (float, float)
            Shares of the picture's width and height, from the left and from the top.
        zoom : str
            Which picture it is.

        Returns
        -------
        mapping of str to str

        Raises
        ------
        ValueError
            On the bars, or where no cancer begins.
        """
        if zoom != MAP:
            raise ValueError(f"choose {MAP!r} under Picture, then press on an organ")
        began = {FROM.get(origin, origin): origin for origin in origins()}
        return {"origin": pick_organ(share, {organ: origin for organ, origin in began.items() if organ in PLACES})}

    @classmethod
    def plot(cls, state: Any) -> Mapping[str, tuple[Array, Array]]:
        """Set the model against autopsies, a dot for each site; on the line both say the same."""
        people, line = count_found(state.origin), np.array([0.1, 100.0])
        people = 100 * people / people.sum()
        alone = 100 * compute_blood_alone(state.origin)
        return {
            "same": (line, line),
            "blood": (people, alone),
            "pooled": (people, 100 * pool_others(state.origin)),
            "model": (people, 100 * state.chance),
        }

    @classmethod
    def say(cls, state: Any, m: Mapping[str, float]) -> str:
        """Say what was found, out of how many cells, and how far the model is from the autopsies."""
        share = m["autopsies"] / autopsies()[ALL[LARGE]].autopsies
        began = f"Began in: {state.origin} ({m['autopsies']} autopsies, {share:.1%} of all)."
        fit = f"{_off(state)}."
        if not m["metastases"]:
            return f"{began} No patient of the model has been examined yet. {fit}"
        j = int(np.argmax(state.found[:-1]))
        often = f"{names()[j]} ({100 * state.found[j] / m['metastases']:.0f} of 100)"
        cells = write_number(RELEASED * m["patients"] / m["metastases"], "cells")
        total = write_number(m["metastases"], "metastases")
        return f"{began} {m['patients']:,} model patients: {total}, most often in {often}; one for every {cells}. {fit}"
