"""Dot plots: one row for each setting, one dot for each run; live with bqplot, and as a picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np

from metakit.core.arrays import Array
from metakit.widgets.draw import style
from metakit.widgets.draw.chart import Axis, draw_axis, nice_end
from metakit.widgets.draw.labels import width
from metakit.widgets.draw.sketch import Sketch

WIDTH, RIGHT, ROW, FOOT, DOT = 700, 20, 84, 48, 4.4  # px
BINS = 44
BASE, STEP = 0.34, 2.2 * DOT / ROW  # where the lowest dots of a row lie in it, and the step from dot to dot, in rows
WIDEST_NAME = 300  # px
NEVER_HIGH, NEVER_WIDE = 5, 12  # dots in a column, and columns, of those that have no value; more make columns higher
COLORS = {"seen": style.EPITHELIAL, "never": style.EPITHELIAL, "one": style.MESENCHYMAL}


@dataclass(frozen=True, eq=False)
class DotPlot:
    """Values of runs in rows.

    Parameters
    ----------
    values : mapping of str to float array, shape (n_runs,)
        For each row, from the top down; NaN: it has not happened, infinite: the run is not made yet.
    title : str
        What the axis counts.
    end : float
        Where the axis ends; 0: where the values do.
    medians : mapping of str to (float, str)
        For each row, its median, infinite if there is none, and what is said there.
    one : int, optional
        Which run is drawn as a diamond.
    """

    values: Mapping[str, Array]
    title: str
    end: float
    medians: Mapping[str, tuple[float, str]]
    one: int | None = None

    @property
    def axis(self) -> Axis:
        """From zero to the end, in px of the picture; runs without a value lie to the right of it."""
        seen = np.concatenate([v[np.isfinite(v)] for v in self.values.values()])
        columns = math.ceil(self._most_never / self._never_high)
        left = 24 + min(max(width(label, 13) for label in self.values), WIDEST_NAME)
        right = WIDTH - RIGHT - (40 + 2.2 * DOT * columns if columns else 0)
        return Axis(0, self.end or nice_end(float(seen.max(initial=0.0))), left, right)

    @property
    def _most_never(self) -> int:
        return max(int(np.isnan(v).sum()) for v in self.values.values())

    @property
    def _never_high(self) -> int:
        return max(NEVER_HIGH, math.ceil(self._most_never / NEVER_WIDE))

    def bases(self) -> list[float]:
        """Give the heights at which the rows stand, from the top down; a row is 1 high."""
        return [len(self.values) - 1 - i + BASE for i in range(len(self.values))]

    def dots(self) -> dict[str, tuple[Array, Array]]:
        """Place the dots, by their kind (seen, never, one): values of the axis, and heights."""
        axis, found = self.axis, []
        unit = (axis.high - axis.low) / (axis.right - axis.left)  # of the axis, in a pixel
        for base, values in zip(self.bases(), self.values.values(), strict=True):
            x, up = _piled(np.where(np.isfinite(values), values, np.nan), axis.high, whole=not self.end)
            never = np.flatnonzero(np.isnan(values))
            column, up[never] = np.divmod(np.arange(len(never)), self._never_high)
            x[never] = axis.high + unit * (32 + 2.2 * DOT * column)
            step = min(STEP, (1 - BASE - 0.08) / max(1, int(up.max(initial=0))))
            kind = np.where(np.isnan(values), "never", "seen")
            if self.one is not None:
                kind[self.one] = "one"
            kind[np.isinf(values)] = ""
            found.append((kind, x, base + step * up))
        kind, x, y = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return {name: (x[kind == name], y[kind == name]) for name in COLORS}

    def ticks(self) -> list[tuple[float, str]]:
        """Give the ticks of the axis, and one for what has not happened."""
        never, _ = self.dots()["never"]
        return [*self.axis.even(), *([(float(never.mean()), "not yet")] if len(never) else [])]

    def figure(self) -> bqplot.Figure:
        """Draw live."""
        axis, n = self.axis, len(self.values)
        scales = {"x": bqplot.LinearScale(min=0, max=1.0), "y": bqplot.LinearScale(min=0, max=n)}
        marks = [
            bqplot.Scatter(
                scales=scales, colors=[COLORS[kind]], marker="diamond" if kind == "one" else "circle",
                default_skew=0.8,
                default_size=90 if kind == "one" else 58, fill=kind != "never", stroke=COLORS[kind], stroke_width=1.5,
                apply_clip=False, display_legend=False,
            )
            for kind in COLORS
        ]  # fmt: skip
        place = {"scales": scales, "apply_clip": False, "colors": ["var(--metakit-text)"]}
        marks.append(bqplot.Scatter(marker="triangle-up", default_size=50, **place))
        marks.append(bqplot.Label(align="middle", default_size=12, font_weight="normal", **place))
        axes = [
            bqplot.Axis(scale=scales["x"], label=self.title, label_offset="34px", grid_lines="none"),
            bqplot.Axis(
                scale=scales["y"], side="left", grid_lines="solid",
                **_named(zip(np.array(self.bases()) - 0.05, self.values, strict=True)),
            ),
        ]  # fmt: skip
        figure = bqplot.Figure(
            marks=marks, axes=axes, padding_x=0, padding_y=0, display_toolbar=False,
            min_aspect_ratio=0.05, max_aspect_ratio=50,
            fig_margin={"top": 6, "bottom": FOOT, "left": round(axis.left), "right": RIGHT},
            layout=widgets.Layout(width="100%", max_width=f"{WIDTH}px", height=f"{ROW * n + FOOT}px"),
        )  # fmt: skip
        self.show_in(figure)
        return figure

    def show_in(self, figure: bqplot.Figure) -> None:
        """Show these dots in a figure that was made for earlier ones, with the same rows."""
        axis, below = self.axis, np.array(self.bases())
        *groups, triangles, labels = figure.marks
        for mark, (x, y) in zip(groups, self.dots().values(), strict=True):
            _assign(mark, x=x, y=y)
        at, words = (list(part) for part in zip(*self.medians.values(), strict=True))
        there = np.isfinite(at)
        _assign(triangles, x=np.array(at)[there], y=below[there] - 0.11)
        _assign(labels, x=np.where(there, at, axis.high / 2), y=below - 0.26, text=words)
        beyond = (WIDTH - RIGHT - axis.left) / (axis.right - axis.left)
        figure.axes[0].scale.max = axis.high * beyond
        _assign(figure.axes[0], **_named(self.ticks()))

    def png(self) -> bytes:
        """Draw as PNG bytes; no browser, no widget."""
        axis, n = self.axis, len(self.values)
        sketch = Sketch(size=(WIDTH, ROW * n + FOOT))
        draw_axis(sketch, axis, self.axis.even(), 6, ROW * n, size=12)
        unit = (axis.right - axis.left) / (axis.high - axis.low)

        def at(value: float, height: float) -> tuple[float, float]:
            return axis.left + unit * value, 6 + (ROW * n - 6) * (1 - height / n)

        for value, said in self.ticks()[len(axis.even()) :]:
            sketch.text((at(value, 0)[0], ROW * n + 15), said, 12, style.QUIET, "ms")
        sketch.text(((axis.left + axis.right) / 2, ROW * n + 38), self.title, 13, anchor="ms")
        for base, label in zip(self.bases(), self.values, strict=True):
            sketch.line([at(0, base - 0.05), (WIDTH - RIGHT, at(0, base - 0.05)[1])], style.GHOST, 1)
            sketch.text((axis.left - 12, at(0, base)[1]), label, 13, anchor="rs")
            middle, words = self.medians[label]
            x, y = at(middle if math.isfinite(middle) else axis.high / 2, base - 0.07)
            if math.isfinite(middle):
                sketch.shape([(x, y), (x - 5, y + 9), (x + 5, y + 9)], style.INK)
            sketch.text((x, y + 21), words, 12, style.INK, "ms")
        draw: dict[str, Callable[[tuple[float, float]], None]] = {
            "seen": lambda place: sketch.disc(place, DOT, style.EPITHELIAL),
            "never": lambda place: sketch.disc(place, DOT, None, style.EPITHELIAL, 1.5),
            "one": lambda place: sketch.diamond(place, DOT + 2.5, style.MESENCHYMAL, style.INK),
        }
        for kind, places in self.dots().items():
            for value, height in zip(*places, strict=True):
                draw[kind](at(value, height))
        return sketch.png()


def _assign(widget: widgets.Widget, **values: Any) -> None:
    with widget.hold_sync():  # one message for all
        for name, value in values.items():
            setattr(widget, name, value)


def _named(ticks: Iterable[tuple[float, str]]) -> dict[str, Any]:
    """Name the ticks of a bqplot axis: the browser looks words up by the number as JavaScript writes it."""
    named = {round(float(value), 4): words for value, words in ticks}
    return {
        "tick_values": list(named),
        "tick_labels": {f"{v:.4f}".rstrip("0").rstrip("."): w for v, w in named.items()},
    }


def _piled(values: Array, end: float, *, whole: bool) -> tuple[Array, Array]:
    """Place dots, and count those under each: dots that nearly meet are piled up.

    Whole numbers lie where they are, others in the middle of their bin.
    """
    whole = whole and bool((values[~np.isnan(values)] % 1 == 0).all())
    wide = math.ceil(end / BINS) if whole else end / BINS
    bins = np.round(values / wide) if whole else np.minimum(BINS - 1, values // wide)
    up = np.zeros(len(values))
    for here in np.unique(bins[~np.isnan(bins)]):
        pile = np.flatnonzero(bins == here)
        up[pile[np.argsort(values[pile], kind="stable")]] = np.arange(len(pile))
    return (bins if whole else bins + 0.5) * wide, up
