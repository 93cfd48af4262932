"""Lymph: one way, slowly, through the sentinel node and the thoracic duct into the veins before the lungs.

Cells that have entered a lymph vessel ride with the lymph, and the node filters them::

    t_node = t_entry + T_n q_0 / q      t_vein = t_node + T_d q_0 / q      q    lymph flow; q_0 = 120 mL/h
    held = Binomial(n, F)               passed = n - held                  F    share that the node holds back
    dH/dt = -k H                        a share p_c of them founds a colony in the node, the others die

q_0 is the lymph of a whole person, 100 mL/h by the thoracic duct and 20 by other ways (Guyton and Hall 2006); blood
flows at 6.5 L/min, 3,250 times as much. T_n and T_d, F, k and p_c are illustrative: in rabbits, tumor cells injected
before a node soon appeared behind it (Fisher and Fisher 1966).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from metakit.core.arrays import Int32Array
from metakit.core.constants import constant
from metakit.core.params import Params, from_table, param
from metakit.core.state import Ledger, array
from metakit.tissue.params import FRAME_S, STEP_S, STEPS_A_FRAME
from metakit.tissue.state import TissueState

LYMPH_ML_H = constant("lymph_flow").value  # q_0
BLOOD_L_MIN = constant("cardiac_output").value
TO_NODE_H = constant("lymph_to_node").value  # T_n
THROUGH_DUCT_H = constant("lymph_through_duct").value  # T_d
VEIN_TO_LUNGS_S = constant("vein_to_lungs").value


def flow_ratio(lymph_ml_h: float = LYMPH_ML_H, blood_l_min: float = BLOOD_L_MIN) -> float:
    """Compute how many times as much blood flows as lymph.

    Parameters
    ----------
    lymph_ml_h, blood_l_min : float
        Flow of lymph in mL/h, and of blood in L/min.

    Returns
    -------
    float
        Without unit.
    """
    return blood_l_min * 1000 * 60 / lymph_ml_h


@dataclass(frozen=True)
class NodeParams(Params):
    """What lymph and the sentinel node do with cells."""

    lymph_flow: float = from_table(
        "lymph_flow", 20, 600, step=10, symbol="q", doc="lymph of the whole body; cells ride as fast as it flows"
    )
    node_filter: float = from_table("node_filter", 0, 1, step=0.05)
    node_loss: float = param(
        1.0, 0, 5, step=0.1, unit="per day", symbol="k", source="illustrative",
        doc="how soon the fate of a cell held in the node is settled",
    )  # fmt: skip
    node_colony: float = param(
        0.01, 0, 1, step=0.01, unit="share", symbol="p_c", source="illustrative",
        doc="held cells that found a colony in the node; the others die there",
    )  # fmt: skip


def compute_transit_steps(params: NodeParams) -> tuple[int, int]:
    """Compute the steps of 40 s from the tissue to the node, and from the node to the veins."""
    slower = LYMPH_ML_H / params.lymph_flow
    node, veins = (max(1, math.ceil(hours * slower * 3600 / STEP_S)) for hours in (TO_NODE_H, THROUGH_DUCT_H))
    return node, veins


@dataclass(frozen=True, eq=False, kw_only=True)
class DrainedState(TissueState):
    """Tissue that is drained by lymph. Arrays of `n_node` follow the clusters in lymph, in their order.

    Attributes
    ----------
    node_step : int32 array, shape (n_node,)
        When each cluster has reached the sentinel node; those still on the way are not in it yet.
    node_passed_epithelial, node_passed_mesenchymal : int32 array, shape (n_node,)
        Cells of each cluster that the node has let through.
    vein_step : int32 array, shape (n_node,)
        When they have reached the veins, by the thoracic duct; -1: not yet, or nobody got through.
    node_died, node_colonies : int
        Held cells that have died in the node, and those that have founded a colony there.
    """

    node_step: Int32Array = array("int32", "n_node")
    node_passed_epithelial: Int32Array = array("int32", "n_node")
    node_passed_mesenchymal: Int32Array = array("int32", "n_node")
    vein_step: Int32Array = array("int32", "n_node")
    node_died: int = 0
    node_colonies: int = 0

    @property
    def node_passed(self) -> Int32Array:
        """Cells of each cluster that the node has let through, shape (n_node,)."""
        return self.node_passed_epithelial + self.node_passed_mesenchymal

    @property
    def in_node(self) -> Int32Array:
        """Which clusters have reached the node, shape (n_node,)."""
        return np.flatnonzero(self.cluster_lymph)[: len(self.node_step)].astype(np.int32)

    @property
    def node_held(self) -> int:
        """Cells held in the node, their fate not settled."""
        here = self.in_node
        came = int(self.cluster_epithelial[here].sum() + self.cluster_mesenchymal[here].sum())
        return came - int(self.node_passed.sum()) - self.node_died - self.node_colonies

    @property
    def first_arrivals_h(self) -> dict[str, float]:
        """When the first cell came to each station of the two routes, hours, in order of time; only where some came.

        The veins of this tissue lead to the heart and on to the lungs, as they do from all organs but the gut.
        """
        steps = {
            "blood vessel": self.cluster_step[~self.cluster_lymph],
            "lymph vessel": self.cluster_step[self.cluster_lymph],
            "sentinel node": self.node_step,
            "vein near the heart": self.vein_step[self.vein_step >= 0],
        }
        first = {station: float(s.min()) * STEP_S for station, s in steps.items() if len(s)}
        in_blood = [first[station] for station in ("blood vessel", "vein near the heart") if station in first]
        if in_blood:
            first["lungs"] = min(in_blood) + VEIN_TO_LUNGS_S
        return {station: seconds / 3600 for station, seconds in sorted(first.items(), key=lambda item: item[1])}

    @property
    def ledger(self) -> Ledger:
        """Every cell, in exactly one place; those that took to lymph are told apart by how far they came."""
        tissue = super().ledger
        if not len(self.lymph_site):
            return tissue
        now, in_veins = dict(tissue.now), int(self.node_passed[self.vein_step >= 0].sum())
        entered, passed, held = now.pop("in lymph vessels"), int(self.node_passed.sum()), self.node_held
        now["in lymph, before the node"] = entered - passed - held - self.node_died - self.node_colonies
        now["held in the node"] = held
        now["died in the node"] = self.node_died
        now["founded a colony in the node"] = self.node_colonies
        now["past the node, in the thoracic duct"] = passed - in_veins
        now["passed the node into the veins"] = in_veins
        return Ledger(tissue.came, now)

    def check(self) -> None:
        """Check that the numbers make sense together.

        Raises
        ------
        ValueError
            If more cells have passed than came, or a time is before the one it follows.
        """
        super().check()
        if len(self.node_step) > self.cluster_lymph.sum():
            raise ValueError(f"{len(self.node_step)} clusters are in the node; fewer have entered lymph")
        here = self.in_node
        if (self.node_step <= self.cluster_step[here]).any() or self.node_step.max(initial=-1) >= self.step:
            raise ValueError("node_step: a cluster reaches the node after it has entered lymph, and before now")
        for phenotype in ("epithelial", "mesenchymal"):
            passed = getattr(self, f"node_passed_{phenotype}")
            if passed.min(initial=0) < 0 or (passed > getattr(self, f"cluster_{phenotype}")[here]).any():
                raise ValueError(f"node_passed_{phenotype}: more cells have passed than came, or less than none")
        there = self.vein_step >= 0
        if (self.vein_step[there] <= self.node_step[there]).any() or self.vein_step.max(initial=-1) >= self.step:
            raise ValueError("vein_step: cells reach the veins after the node, and before now")
        if self.vein_step.min(initial=-1) < -1 or not self.node_passed[there].all():
            raise ValueError("vein_step: -1 is not yet, and stays if nobody of a cluster has passed")
        if min(self.node_died, self.node_colonies, self.node_held) < 0:
            raise ValueError("the node holds, or has lost, less than no cells")


D = TypeVar("D", bound=DrainedState)


def make_empty_lymph() -> dict[str, Any]:
    """Make the arrays of a `DrainedState` at the start."""
    names = ("node_step", "node_passed_epithelial", "node_passed_mesenchymal", "vein_step")
    return {name: np.empty(0, np.int32) for name in names}


def drain(state: D, params: NodeParams, rng: np.random.Generator) -> D:
    """Bring the cells in lymph up to the clock of the tissue, which has just gone on by a frame.

    Parameters
    ----------
    state : DrainedState
        After the frame.
    params : NodeParams
        Of lymph and node.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    DrainedState
        Of the same class.
    """
    sent = np.flatnonzero(state.cluster_lymph)
    if not len(sent):
        return state
    begin, end = state.step - STEPS_A_FRAME, state.step
    to_node, to_veins = compute_transit_steps(params)
    due = state.cluster_step[sent] + to_node
    # Faster lymph brings those on the way at once, yet not before this frame.
    new = np.flatnonzero(due < end)[len(state.node_step) :]
    held = state.node_held
    epithelial, mesenchymal = state.cluster_epithelial[sent[new]], state.cluster_mesenchymal[sent[new]]
    passed_e = epithelial - rng.binomial(epithelial, params.node_filter)
    passed_m = mesenchymal - rng.binomial(mesenchymal, params.node_filter)
    settled = rng.binomial(held, -math.expm1(-params.node_loss * FRAME_S / 86400))
    founded = rng.binomial(settled, params.node_colony)
    node_step = _concatenate(state.node_step, np.maximum(due[new], begin))
    after = state.replace(
        node_step=node_step,
        node_passed_epithelial=_concatenate(state.node_passed_epithelial, passed_e),
        node_passed_mesenchymal=_concatenate(state.node_passed_mesenchymal, passed_m),
        vein_step=_concatenate(state.vein_step, np.full(len(new), -1)),
        node_died=state.node_died + int(settled - founded),
        node_colonies=state.node_colonies + int(founded),
    )
    at_vein = node_step + to_veins
    arrives = (after.vein_step < 0) & (after.node_passed > 0) & (at_vein < end)
    return after.replace(vein_step=np.where(arrives, np.maximum(at_vein, begin), after.vein_step).astype(np.int32))


def _concatenate(old: Int32Array, new: np.ndarray) -> Int32Array:
    return np.concatenate([old, new]).astype(np.int32)
