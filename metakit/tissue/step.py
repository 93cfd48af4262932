"""The steps of the tissue engine: 40 s each, many to a frame, on private buffers.

The equations stand at the top of `tissue.state`. Order in a step: fields, divisions, phenotype switches, moves and
intravasation. This is the hot path: every field operation runs in place over one contiguous stretch, and only cells
that may move are looked at.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from metakit.core.arrays import Array
from metakit.tissue.fields import MESENCHYMAL, WEIGHT
from metakit.tissue.moves import Moves, rank_in_group
from metakit.tissue.params import STEP_S, TissueParams
from metakit.tissue.state import TissueState

S = TypeVar("S", bound=TissueState)
BUFFERED_FIELDS = (
    "mmp",
    "ecm",
    "cell_site",
    "cell_mesenchymal",
    "cell_id",
    "cell_line",
    "lamina_site",
    "lamina",
    "lamina_rate",
    "vessel_site",
    "vessel_ruptured",
    "lymph_site",
)
CLUSTERS = ("cluster_epithelial", "cluster_mesenchymal", "cluster_step", "cluster_vessel")  # an event, in its order
MOST_CACHED = 8  # tissues that are advanced in turns, such as the four of a journey
# By id of the enzyme's array, which stays when a state is replaced. To fill new buffers takes a third of a frame;
# results never depend on the cache, since an engine goes on only from the very arrays it made (`Engine.matches`).
_engine_cache: dict[int, Engine] = {}
_cache_lock = threading.Lock()  # a kernel may advance tissues in two threads


def advance_tissue(state: S, params: TissueParams, rng: np.random.Generator, steps: int) -> S:
    """Return the tissue some steps of 40 s later.

    Parameters
    ----------
    state : TissueState
        As it is.
    params : TissueParams
        Its parameters.
    rng : numpy.random.Generator
        Source of chance.
    steps : int
        How many.

    Returns
    -------
    TissueState
        Of the same class.
    """
    with _cache_lock:
        engine = _engine_cache.pop(id(state.mmp), None)
    if engine is None or not engine.matches(state, params):
        engine = Engine(state, params)
    engine.start(state, rng, steps)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for _ in range(steps):
            engine.one_step()
    after = state.replace(time_s=(state.step + steps) * STEP_S, **engine.changed())
    engine.state = after
    with _cache_lock:
        _engine_cache[id(after.mmp)] = engine
        while len(_engine_cache) > MOST_CACHED:
            del _engine_cache[next(iter(_engine_cache))]
    return after


class Engine(Moves):
    """What cells do in one step, on the private buffers of `advance_tissue`.

    `state` is where the buffers stand, between two calls.
    """

    def matches(self, state: TissueState, params: TissueParams) -> bool:
        """Say whether the buffers stand where a state stands: it holds the very arrays that were copied from them.

        Parameters
        ----------
        state : TissueState
            The state.
        params : TissueParams
            With which it goes on.

        Returns
        -------
        bool
        """
        return (params is self.params or params == self.params) and all(
            getattr(state, name) is getattr(self.state, name) for name in BUFFERED_FIELDS
        )

    def start(self, state: TissueState, rng: np.random.Generator, steps: int) -> None:
        """Go on from a state, for some steps, with a random stream.

        Parameters
        ----------
        state : TissueState
            The state.
        rng : numpy.random.Generator
            Source of chance.
        steps : int
            How many steps of 40 s.
        """
        self.state, self.rng, self.step = state, rng, state.step
        self.n_born, self.n_died = state.n_born, state.n_died
        self.breach, self.first_outside = state.breach_step, state.first_outside_step
        self.events, self.drawn = [], []
        self.look_ahead(steps)

    def one_step(self) -> None:
        """Forty seconds."""
        self.step_fields()
        if len(self.ring):
            self.step_lamina()
        if self.step:
            if self.step % self.steps_m == 0:
                self.divide(self.mesenchymal)
            if self.step % self.steps_e == 0:
                self.divide(~self.mesenchymal)
        if self.p_switch_top:
            self.switch_phenotype()
        if self.p_death:
            self.die()
        self.move()
        self.step += 1

    def divide(self, which: NDArray[np.bool_]) -> None:
        """Let every cell of one phenotype put a daughter on its own point, while there is room."""
        parents = np.flatnonzero(which)
        order = np.argsort(self.site[parents], kind="stable")
        sites = self.site[parents[order]]
        has_room = rank_in_group(sites) < self.capacity - self.cells_on(sites)
        born = sites[has_room]
        n = len(born)
        if not n:
            return
        mothers = parents[order][has_room]
        phenotype = bool(self.mesenchymal[parents[0]])
        next_id = self.state.n_started + self.n_born
        self.site = np.concatenate([self.site, born])
        self.mesenchymal = np.concatenate([self.mesenchymal, np.full(n, phenotype)])
        self.line = np.concatenate([self.line, self.line[mothers]])
        self.id = np.concatenate([self.id, np.arange(next_id, next_id + n, dtype=np.int32)])
        np.add.at(self.crowd, born, WEIGHT[int(phenotype)])
        if phenotype:
            self.recount(born)
        self.n_born += n
        self.drawn = []

    def die(self) -> None:
        """Let every cell die with the same probability, and make room."""
        who = self.draw_bernoulli_indices(len(self.site), self.p_death)
        if len(who):
            gone = np.zeros(len(self.site), bool)
            gone[who] = True
            self.n_died += len(who)
            self.remove(gone)

    def switch_phenotype(self) -> None:
        """EMT and MET: each cell switches with its phenotype's probability, and with that of the place it is in."""
        top = self.p_switch_top
        who = self.draw_bernoulli_indices(len(self.site), top)
        emt: float | Array = self.p_emt
        if self.p_emt_contact_loss:
            emt = emt + np.where(self.epithelial_neighbors(who) > 0, 0, self.p_emt_contact_loss)
        if self.p_emt_crowding:
            emt = emt + np.where(self.cells_on(self.site[who]) < self.capacity, 0, self.p_emt_crowding)
        p = np.where(self.mesenchymal[who], self.p_met, emt)
        who = who[self.rng.random(len(who)) * top < p]
        now = ~self.mesenchymal[who]
        self.mesenchymal[who] = now
        np.add.at(self.crowd, self.site[who], np.where(now, MESENCHYMAL, -MESENCHYMAL).astype(np.int16))
        self.recount(self.site[who])

    def changed(self) -> dict[str, Any]:
        """Copy everything that a step can change, as fields of `TissueState`; the buffers are used on."""
        grid, state = self.grid, self.state
        clusters: dict[str, Array] = {}
        if self.events:
            columns = np.array(self.events, np.int32).T
            clusters = {n: np.append(getattr(state, n), column) for n, column in zip(CLUSTERS, columns, strict=True)}
        new: dict[str, Any] = {
            "mmp": grid.unpad(self.mmp),
            "ecm": grid.unpad(self.ecm),
            "lamina": self.lamina.copy(),
            "cell_site": grid.from_padded(self.site),
            "cell_mesenchymal": self.mesenchymal.copy(),
            "cell_id": self.id.copy(),
            "cell_line": self.line.copy(),
            "step": self.step,
            "n_born": self.n_born,
            "n_died": self.n_died,
            "breach_step": self.breach,
            "first_outside_step": self.first_outside,
            **clusters,
        }
        for value in new.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)  # nobody else has it, so that the state need not copy it
        return new
