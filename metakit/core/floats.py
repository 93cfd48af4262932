"""How the kit's own arithmetic takes overflow, underflow and the like, whatever `numpy.seterr` says outside of it."""

import numpy as np

# A decorator. What is too small to write is zero: enzyme far from every cell, the odds that a large colony dies out.
own_floats = np.errstate(all="warn", under="ignore")
