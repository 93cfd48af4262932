"""The numbers of the tissue engine: constants, and the parameters that both tissue stages share.

The equations, with their symbols, stand at the top of `metakit.tissue.state`. Rates are published per tau, the model's
unit of time: Theta = 0.195, Lambda = 0.1, Gamma_1 = Gamma_2 = 1. Knobs give them per day, 2.16 times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from metakit.core.constants import constant
from metakit.core.params import Params, from_table, param
from metakit.core.state import SECONDS

TAU_H = 4e4 / 3600  # the model's unit of time, h
STEP_S = 40.0
DAY_S = SECONDS["d"]
DT = STEP_S / 4e4  # one step in units of tau
SECRETION = constant("mmp_secretion").value  # Theta as published, per day
STEPS_A_FRAME = 15
FRAME_S = STEPS_A_FRAME * STEP_S  # ten minutes
PASSABLE = 0.35  # lamina integrity below which a cell fits through (illustrative)
LAMINA_RADIUS_UM = 260.0
LAMINA_WIDTH_UM = 25.0
CONTACT = 0.25  # MT1-MMP: what one mesenchymal cell beside a lamina point adds to the soluble MMP there (illustrative)
LAMINA_RATE = (0.8, 2.1)  # Gamma_l per tau, from the toughest to the weakest stretch (illustrative)
FORCE_PASSAGE = 0.25  # chance that one push of a cell gets it into a closed lamina point (illustrative)
STROMA_REACH_UM = 100.0  # how far from the tumor the stroma is recruited to make MMP (illustrative)


@dataclass(frozen=True)
class TissueParams(Params):
    """Every number of the tissue model; the two tissue stages choose their own first few."""

    FORMER: ClassVar[Mapping[str, str]] = {"cell_grip": "cell_cell_adhesion"}

    mmp_secretion: float = from_table(
        "mmp_secretion", 0, 4.5, step=0.01, doc="MMP made by one mesenchymal cell, set free or kept on its surface"
    )
    stroma_mmp: float = param(
        0.0, 0, 0.45, step=0.01, unit="per day", symbol="S", source="illustrative",
        doc="MMP made by normal cells around the tumor, per grid point",
    )  # fmt: skip
    mmp_decay: float = param(
        0.216, 0, 4.5, step=0.02, unit="per day", symbol="Lambda", source="franssen2019",
        doc="MMP lost; 0.216 is a half-life of 77 h",
    )  # fmt: skip
    mmp_diffusion: float = param(
        360.0, 0, 1800, step=10, unit="µm²/h", symbol="D_m", source="franssen2019", doc="how fast MMP spreads out",
    )  # fmt: skip
    membrane_mmp: float = param(
        2.16, 0, 11, step=0.1, unit="per day", symbol="Gamma_1", source="franssen2019",
        doc="ECM cut by MT1-MMP on the surface of one mesenchymal cell, at the published secretion",
    )  # fmt: skip
    ecm_degradation: float = param(
        2.16, 0, 11, step=0.1, unit="per day", symbol="Gamma_2", source="franssen2019", doc="ECM cut per unit of MMP",
    )  # fmt: skip
    lamina: bool = param(False, doc="a basal lamina around the tumor", at_start=True, source="kelley2014")
    lamina_strength: float = param(
        1.0, 0.2, 3, step=0.1, unit="times", symbol="1/Gamma_l", source="illustrative",
        doc="how slowly the basal lamina is cut",
    )  # fmt: skip
    force: bool = param(False, doc="cells may push through a closed lamina without enzymes", source="chang2019")
    haptotaxis: float = from_table("haptotaxis", 0, 1000, step=10)
    motility_mesenchymal: float = param(
        36.0, 0, 100, step=1, unit="µm²/h", symbol="D_M", source="franssen2019",
        doc="random crawling of mesenchymal cells",
    )  # fmt: skip
    motility_epithelial: float = param(
        18.0, 0, 100, step=1, unit="µm²/h", symbol="D_E", source="franssen2019",
        doc="random crawling of epithelial cells",
    )  # fmt: skip
    cell_cell_adhesion: float = param(
        0.0, 0, 1, step=0.05, unit="share", symbol="g", source="illustrative",
        doc="chance that an epithelial neighbor holds an epithelial cell back",
    )  # fmt: skip
    emt_rate: float = param(
        0.0, 0, 1, step=0.01, unit="per day", source="illustrative", doc="epithelial cells that turn mesenchymal",
    )  # fmt: skip
    met_rate: float = param(
        0.0, 0, 4, step=0.01, unit="per day", source="illustrative", doc="mesenchymal cells that turn epithelial",
    )  # fmt: skip
    death_rate: float = param(
        0.0, 0, 2, step=0.05, unit="per day", source="illustrative", doc="cells that die, of either phenotype",
    )  # fmt: skip
    emt_contact_loss: float = param(
        0.0, 0, 2, step=0.05, unit="per day", source="illustrative",
        doc="more EMT for cells without an epithelial neighbor on their point or the four around it",
    )  # fmt: skip
    emt_crowding: float = param(
        0.0, 0, 2, step=0.05, unit="per day", source="illustrative",
        doc="more EMT for cells on full points, where oxygen is taken to run short",
    )  # fmt: skip
    division_mesenchymal: float = param(
        3000 / 90, 8, 200, step=1, unit="h", symbol="T_M", source="franssen2019",
        doc="time between divisions, mesenchymal; sources disagree on which phenotype is the faster",
    )  # fmt: skip
    division_epithelial: float = param(
        2000 / 90, 8, 200, step=1, unit="h", symbol="T_E", source="franssen2019",
        doc="time between divisions, epithelial; sources disagree on which phenotype is the faster",
    )  # fmt: skip
    capacity: int = param(
        4, 1, 8, step=1, unit="cells", symbol="Q", source="franssen2019", doc="cells that fit on one grid point",
    )  # fmt: skip
    start_cells: int = param(
        388, 0, 1900, step=1, unit="cells", symbol="N_0", source="franssen2019",
        doc="cells at the start; 1,900 fit inside the lamina even one by one", at_start=True,
    )  # fmt: skip
    start_mesenchymal: float = param(
        0.6, 0, 1, step=0.05, unit="share", source="metaspread2024",
        doc="mesenchymal share at the start", at_start=True,
    )  # fmt: skip
    normal_vessels: int = param(
        0, 0, 40, step=1, unit="number", symbol="U_P", source="metaspread2024",
        doc="blood vessels with whole walls", at_start=True,
    )  # fmt: skip
    ruptured_vessels: int = param(
        0, 0, 40, step=1, unit="number", symbol="V_P", source="metaspread2024",
        doc="blood vessels with torn walls", at_start=True,
    )  # fmt: skip
    lymph_vessels: int = param(
        0, 0, 40, step=1, unit="number", source="illustrative",
        doc="lymph vessels, whose flaps let every cell in", at_start=True,
    )  # fmt: skip
    blood_route: bool = param(True, doc="cells may enter blood vessels", source="illustrative")
    lymph_route: bool = param(True, doc="cells may enter lymph vessels", source="illustrative")
