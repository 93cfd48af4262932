"""The same seed gives the same run in the browser: digests of runs of every stage, as on file for other machines.

Every whole number is the same. So is every bit in `TO_THE_BIT`; elsewhere a model uses functions whose last bit differs
from processor to processor, also without a browser: exp, expm1, log, powers and hypot of the C library or of numpy's
vector code, and sums of products in BLAS. No such bit has been seen to decide what happens to a cell.
"""

import pytest
from digests import here, on_file

import metakit

TO_THE_BIT = {"circulation", "colonization", "intravasation", "invasion", "journey"}


@pytest.fixture(scope="module")
def found():
    return here()


@pytest.mark.parametrize("stage", metakit.stages())
def test_every_whole_number_is_the_one_on_file(stage, found):
    for kept, now in zip(on_file()[stage], found["runs"][stage], strict=True):
        assert (kept["settings"], kept["counts"][found["family"]]) == (kept["settings"], now["counts"])


@pytest.mark.parametrize("stage", sorted(TO_THE_BIT))
def test_every_bit_is_the_one_of_another_machine(stage, found):
    for kept, now in zip(on_file()[stage], found["runs"][stage], strict=True):
        assert (kept["settings"], now["bits"] in kept["bits"].values()) == (kept["settings"], True)
