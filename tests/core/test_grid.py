import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metakit.core.grid import TissueGrid

GRID = TissueGrid(7, 9, 10.0)
sides = st.integers(3, 12)


def _random(grid, seed=0):
    return np.random.default_rng(seed).random(grid.shape)


def _laplacian(grid, field):
    """Five-point Laplacian with no-flux walls, per um2, by the step that the engine takes."""
    flat = grid.pad(field)
    grid.mirror(flat)
    grid.diffuse(flat, 1, -4, np.empty_like(flat))
    return grid.unpad(flat) / grid.spacing_um**2


@pytest.mark.parametrize("sizes", [(2, 9, 10.0), (9, 2, 10.0), (3, 3, 0.0), (3, 3, -1.0), (3, 3, float("nan"))])
def test_a_grid_too_small_or_without_spacing_is_refused(sizes):
    with pytest.raises(ValueError, match="at least 3 x 3 points and a positive spacing"):
        TissueGrid(*sizes)


@given(sides, sides)
def test_padding_and_unpadding_gives_the_same_field_back(rows, columns):
    grid = TissueGrid(rows, columns, 10.0)
    field = _random(grid)
    assert np.array_equal(grid.unpad(grid.pad(field)), field)
    assert grid.pad(field).sum() == pytest.approx(field.sum())  # ghost points are zero


@given(sides, sides)
def test_every_site_has_a_place_of_its_own_in_the_padded_layout(rows, columns):
    grid = TissueGrid(rows, columns, 10.0)
    site = np.arange(rows * columns, dtype=np.int32)
    assert np.array_equal(grid.from_padded(grid.to_padded(site)), site)
    assert np.array_equal(grid.pad(site.reshape(grid.shape))[grid.to_padded(site)], site)


def test_the_laplacian_is_that_of_mirrored_neighbors_point_by_point():
    field = _random(GRID)
    outside = np.pad(field, 1, mode="reflect")
    slow = np.zeros(GRID.shape)
    for r in range(GRID.rows):
        for c in range(GRID.columns):
            around = outside[r, c + 1] + outside[r + 2, c + 1] + outside[r + 1, c] + outside[r + 1, c + 2]
            slow[r, c] = (around - 4 * field[r, c]) / 100
    np.testing.assert_allclose(_laplacian(GRID, field), slow, atol=1e-15)


def test_the_laplacian_of_a_paraboloid_is_four():
    grid = TissueGrid(31, 31, 10.0)
    np.testing.assert_allclose(_laplacian(grid, grid.radius_um**2)[1:-1, 1:-1], 4)


def test_a_cosine_between_the_walls_keeps_its_shape_under_the_laplacian():
    # cos(pi x / L) has no slope at the walls: it is an exact eigenvector, walls included.
    grid = TissueGrid(41, 21, 10.0)
    wave = np.cos(np.pi * np.arange(41) / 40)[:, None] * np.ones(21)
    k2 = (2 - 2 * np.cos(np.pi / 40)) / 100
    np.testing.assert_allclose(_laplacian(grid, wave), -k2 * wave, atol=1e-15)


@given(sides, sides, st.integers(0, 99))
def test_diffusion_neither_makes_nor_loses_anything(rows, columns, seed):
    grid = TissueGrid(rows, columns, 10.0)
    assert grid.total(_laplacian(grid, _random(grid, seed))) == pytest.approx(0, abs=1e-12)


def test_the_total_counts_half_of_an_edge_and_a_quarter_of_a_corner():
    assert GRID.total(np.ones(GRID.shape)) == (GRID.rows - 1) * (GRID.columns - 1)
    for (row, column), share in {(0, 0): 0.25, (0, 4): 0.5, (3, 8): 0.5, (6, 8): 0.25, (3, 4): 1.0}.items():
        spot = np.zeros(GRID.shape)
        spot[row, column] = 1
        assert GRID.total(spot) == share


def test_distances_are_pythagoras_on_ten_micrometers():
    a, b = np.int32(0), np.int32(3 * GRID.columns + 4)
    assert GRID.distance_um(a, b) == 50
    assert GRID.distance_um(np.arange(5)[:, None], np.arange(3)[None]).shape == (5, 3)


def test_points_from_the_center_come_in_order_of_distance_each_once():
    radius = GRID.radius_um.ravel()[GRID.from_center]
    assert (np.diff(radius) >= -1e-9).all()
    assert sorted(GRID.from_center.tolist()) == list(range(GRID.rows * GRID.columns))
    assert radius[0] == 0
    assert GRID.radius_um[0, 0] == pytest.approx(np.hypot(30, 40))
