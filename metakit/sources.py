"""Where the numbers come from: key -> full reference. Every ``param(source=...)`` is a key here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A reference.

    Attributes
    ----------
    short : str
        A few words, as shown beside a number.
    full : str
        The full reference.
    seen : str
        ``"seen"`` (read in the paper), ``"second-hand"`` (read in another text that restates it),
        or ``"illustrative"`` (no published number; chosen so that the lesson shows its point).
    """

    short: str
    full: str
    seen: str = "seen"


SOURCES: dict[str, Source] = {
    "franssen2019": Source(
        "Franssen 2019",
        "Franssen LC, Lorenzi T, Burgess AEF, Chaplain MAJ. A mathematical framework for modelling the metastatic "
        "spread of cancer. Bull Math Biol 2019;81:1965-2010. doi:10.1007/s11538-019-00597-x "
        "(numbers as restated by MetaSpread 2024).",
        "second-hand",
    ),
    "metaspread2024": Source(
        "MetaSpread 2024",
        "Hernandez-Inostroza A, Gjini E. MetaSpread: a cancer growth and metastatic spread simulation program in "
        "Python (2024); generated default settings.",
    ),
    "wolf2013": Source(
        "Wolf 2013",
        "Wolf K, Te Lindert M, Krause M, et al. Physical limits of cell migration: control by ECM space and nuclear "
        "deformation and tuning by proteolysis and traction force. J Cell Biol 2013;201:1069-1084.",
    ),
    "kelley2014": Source(
        "Kelley 2014",
        "Kelley LC, Lohmer LL, Hagedorn EJ, Sherwood DR. Traversing the basement membrane in vivo: a diversity of "
        "strategies. J Cell Biol 2014;204:291-302.",
    ),
    "chang2019": Source(
        "Chang 2019",
        "Chang J, Chaudhuri O. Beyond proteases: basement membrane mechanics and cancer invasion. "
        "J Cell Biol 2019;218:2456-2469.",
    ),
    "aceto2014": Source(
        "Aceto 2014",
        "Aceto N, Bardia A, Miyamoto DT, et al. Circulating tumor cell clusters are oligoclonal precursors of breast "
        "cancer metastasis. Cell 2014;158:1110-1122.",
    ),
    "coumans2013": Source(
        "Coumans 2013",
        "Coumans FAW, Siesling S, Terstappen LWMM. Detection of cancer before distant metastasis. "
        "BMC Cancer 2013;13:283.",
    ),
    "butler1975": Source(
        "Butler 1975",
        "Butler TP, Gullino PM. Quantitation of cell shedding into efferent blood of mammary adenocarcinoma. "
        "Cancer Res 1975;35:512-516.",
        "second-hand",
    ),
    "palecek1997": Source(
        "Palecek 1997",
        "Palecek SP, Loftus JC, Ginsberg MH, Lauffenburger DA, Horwitz AF. Integrin-ligand binding properties govern "
        "cell migration speed through cell-substratum adhesiveness. Nature 1997;385:537-540 (abstract).",
    ),
    "illustrative": Source(
        "illustrative",
        "No published number is known to us: chosen so that the model shows its point, and free to be moved.",
        "illustrative",
    ),
}
