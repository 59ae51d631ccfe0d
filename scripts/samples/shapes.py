"""Signed distances to solid shapes, in metres, for many points at once (https://iquilezles.org/articles/distfunctions).

A shape is a function from points to distances; shapes combine by functions that take and return them. y points up, z
towards the viewer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

Floats: TypeAlias = Any
"""An array of float32. numpy lives in the environment of `make samples` alone, so that mypy knows no better."""
Points = tuple[Floats, Floats, Floats]
Shape = Callable[[Points], Floats]
Vector = tuple[float, float, float]


def _length(x: Floats, y: Floats, z: Floats | None = None) -> Floats:
    squared = x * x + y * y
    return np.sqrt(squared if z is None else squared + z * z)


def sphere(radius: float) -> Shape:
    """A ball about the origin."""
    return lambda p: _length(*p) - radius


def ellipsoid(x: float, y: float, z: float) -> Shape:
    """A stretched ball; its distances are good near its surface only."""

    def distance(p: Points) -> Floats:
        near = _length(p[0] / x, p[1] / y, p[2] / z)
        steep = _length(p[0] / (x * x), p[1] / (y * y), p[2] / (z * z))
        return near * (near - 1.0) / np.maximum(steep, 1e-6)

    return distance


def box(x: float, y: float, z: float, rounded: float = 0.0) -> Shape:
    """A block with these half sizes, its edges rounded within them."""

    def distance(p: Points) -> Floats:
        qx, qy, qz = (np.abs(a) - (b - rounded) for a, b in zip(p, (x, y, z), strict=True))
        outside = _length(np.maximum(qx, 0), np.maximum(qy, 0), np.maximum(qz, 0))
        return outside + np.minimum(np.maximum(np.maximum(qx, qy), qz), 0) - rounded

    return distance


def cylinder(radius: float, half: float, rounded: float = 0.0) -> Shape:
    """Upright, `half` of its height above and below the origin."""

    def distance(p: Points) -> Floats:
        across = _length(p[0], p[2]) - (radius - rounded)
        along = np.abs(p[1]) - (half - rounded)
        inside = np.minimum(np.maximum(across, along), 0)
        return inside + _length(np.maximum(across, 0), np.maximum(along, 0)) - rounded

    return distance


def cone(bottom: float, top: float, half: float) -> Shape:
    """A cylinder whose radius changes with its height; a little short of the true distance."""
    slope = 1.0 / np.sqrt(1.0 + ((top - bottom) / (2 * half)) ** 2)

    def distance(p: Points) -> Floats:
        radius = bottom + (top - bottom) * (np.clip(p[1], -half, half) + half) / (2 * half)
        across = (_length(p[0], p[2]) - radius) * slope
        return np.maximum(across, np.abs(p[1]) - half)

    return distance


def rod(start: Vector, end: Vector, radius: float, end_radius: float | None = None) -> Shape:
    """A round bar with round ends."""
    ax, ay, az = (float(b - a) for a, b in zip(start, end, strict=True))
    sx, sy, sz = (float(a) for a in start)
    squared = max(ax * ax + ay * ay + az * az, 1e-9)
    growth = (radius if end_radius is None else end_radius) - radius

    def distance(p: Points) -> Floats:
        x, y, z = p[0] - sx, p[1] - sy, p[2] - sz
        along = np.clip((x * ax + y * ay + z * az) / squared, 0.0, 1.0)
        return _length(x - ax * along, y - ay * along, z - az * along) - (radius + growth * along)

    return distance


def path(points: list[Vector], radius: float) -> Shape:
    """A cord along these points."""
    return union(*(rod(a, b, radius) for a, b in pairwise(points)))


def ring(radius: float, thickness: float) -> Shape:
    """A torus that lies flat."""

    def distance(p: Points) -> Floats:
        return _length(_length(p[0], p[2]) - radius, p[1]) - thickness

    return distance


def arch(radius: float, thickness: float) -> Shape:
    """The upper half of a torus that stands across the view, its ends round."""
    whole = turned(ring(radius, thickness), "x", 90)

    def distance(p: Points) -> Floats:
        ends = _length(np.abs(p[0]) - radius, p[1], p[2]) - thickness
        return np.where(p[1] > 0, whole(p), ends)

    return distance


def above(height: float) -> Shape:
    """All below this height is solid."""
    return lambda p: p[1] - height


def behind(depth: float) -> Shape:
    """All farther than this depth is solid: a wall."""
    return lambda p: p[2] - depth


def moved(shape: Shape, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
    """The same elsewhere."""
    return lambda p: shape((p[0] - x, p[1] - y, p[2] - z))


def turned(shape: Shape, axis: str, degrees: float) -> Shape:
    """Turned about the origin, by the right-hand rule."""
    c, s = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))

    def distance(p: Points) -> Floats:
        x, y, z = p
        if axis == "x":
            return shape((x, c * y + s * z, c * z - s * y))
        if axis == "y":
            return shape((c * x - s * z, y, c * z + s * x))
        return shape((c * x + s * y, c * y - s * x, z))

    return distance


def union(*shapes: Shape) -> Shape:
    """What is in any of them."""

    def distance(p: Points) -> Floats:
        least = shapes[0](p)
        for shape in shapes[1:]:
            least = np.minimum(least, shape(p))
        return least

    return distance


def blend(first: Shape, second: Shape, width: float) -> Shape:
    """Both, flowing into each other over this width."""

    def distance(p: Points) -> Floats:
        a, b = first(p), second(p)
        h = np.maximum(width - np.abs(a - b), 0.0) / width
        return np.minimum(a, b) - h * h * width * 0.25

    return distance


def without(shape: Shape, hole: Shape) -> Shape:
    """The first where the second is not."""
    return lambda p: np.maximum(shape(p), -hole(p))


def within(shape: Shape, other: Shape) -> Shape:
    """What is in both."""
    return lambda p: np.maximum(shape(p), other(p))


def shell(shape: Shape, thickness: float) -> Shape:
    """Its skin, half the thickness to each side."""
    return lambda p: np.abs(shape(p)) - thickness * 0.5


def row(shape: Shape, pitch: float, count: int) -> Shape:
    """`count` of them beside each other along x, about the origin; nothing wider than the pitch."""
    half = (count - 1) / 2

    def distance(p: Points) -> Floats:
        index = np.clip(np.round(p[0] / pitch + half), 0, count - 1)
        return shape((p[0] - (index - half).astype(np.float32) * np.float32(pitch), p[1], p[2]))

    return distance
