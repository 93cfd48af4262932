"""Quadrature: exact where it has to be, and the rule that numpy has as well."""

import numpy as np
import pytest

from metakit.body.quadrature import gauss_legendre


@pytest.mark.parametrize("n", [2, 3, 64])
def test_polynomials_up_to_degree_2n_minus_1_are_integrated_exactly(n):
    x, w = gauss_legendre(n)
    for degree in range(2 * n):
        exact = 2 / (degree + 1) if degree % 2 == 0 else 0
        assert w @ x**degree == pytest.approx(exact, abs=1e-14)


@pytest.mark.parametrize("n", [3, 64])
def test_nodes_rise_and_are_those_of_numpy(n):
    for ours, theirs in zip(gauss_legendre(n), np.polynomial.legendre.leggauss(n), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-14)
    assert (np.diff(gauss_legendre(n)[0]) > 0).all()
