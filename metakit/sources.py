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
    "guyton2006": Source(
        "Guyton and Hall 2006",
        "Guyton AC, Hall JE. Textbook of Medical Physiology, 11th edition. Philadelphia: Elsevier Saunders; 2006, "
        "chapter 16 (as reproduced online).",
        "second-hand",
    ),
    "fisher1966": Source(
        "Fisher and Fisher 1966",
        "Fisher B, Fisher ER. Transmigration of lymph nodes by tumor cells. Science 1966;152:1397-1398.",
    ),
    "han2016": Source(
        "Han 2016",
        "Han D, Thomas DC, Zager JS, Pockaj B, White RL, Leong SPL. Clinical utilities and biological "
        "characteristics of melanoma sentinel lymph nodes. World J Clin Oncol 2016;7:174-188.",
    ),
    "iwata2000": Source(
        "Iwata 2000",
        "Iwata K, Kawasaki K, Shigesada N. A dynamical model for the growth and size distribution of multiple "
        "metastatic tumors. J Theor Biol 2000;203:177-186 (numbers of one liver cancer patient, as restated in a "
        "public program).",
        "second-hand",
    ),
    "bozic2013": Source(
        "Bozic 2013",
        "Bozic I, Reiter JG, Allen B, et al. Evolutionary dynamics of cancer in response to targeted combination "
        "therapy. eLife 2013;2:e00747 (melanoma: division 0.14 and death 0.13 per day).",
        "second-hand",
    ),
    "grimes2014": Source(
        "Grimes 2014",
        "Grimes DR, Kelly C, Bloch K, Partridge M. A method for estimating the oxygen consumption rate in "
        "multicellular tumour spheroids. J R Soc Interface 2014;11:20131124 (numbers as restated in public programs).",
        "second-hand",
    ),
    "delmonte2009": Source(
        "Del Monte 2009",
        "Del Monte U. Does the cell number 10^9 still really fit one gram of tumor tissue? Cell Cycle 2009;8:505-506.",
    ),
    "folkman1990": Source(
        "Folkman 1990",
        "Folkman J. What is the evidence that tumors are angiogenesis dependent? J Natl Cancer Inst 1990;82:4-6 "
        "(as cited by Franssen 2019: without vessels 0.1 to 0.2 cm across).",
        "second-hand",
    ),
    "hart1998": Source(
        "Hart 1998",
        "Hart D, Shochat E, Agur Z. The growth law of primary breast cancer as inferred from mammography screening "
        "trials data. Br J Cancer 1998;78:382-387.",
    ),
    "murphy2016": Source(
        "Murphy 2016",
        "Murphy H, Jaafari H, Dobrovolny HM. Differences in predictions of ODE models of tumor growth: a cautionary "
        "example. BMC Cancer 2016;16:163.",
    ),
    "weedonfekjaer2008": Source(
        "Weedon-Fekjaer 2008",
        "Weedon-Fekjaer H, Lindqvist BH, Vatten LJ, Aalen OO, Tretli S. Breast cancer tumor growth estimated through "
        "mammography screening data. Breast Cancer Res 2008;10:R41.",
    ),
    "hu2019": Source(
        "Hu 2019",
        "Hu Z, Ding J, Ma Z, et al. Quantitative evidence for early metastatic seeding in colorectal cancer. "
        "Nat Genet 2019;51:1113-1122.",
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
