"""Colours that change from place to place: tiles, wood, plaster, and what Pillow has drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image
from scripts.samples.shapes import Floats, Points, Vector

Colour = Callable[[Points], Floats]
"""Linear red, green and blue, 0 to 1, for each point: an array of n × 3."""


def rgb(code: str) -> Vector:
    """The linear values of a colour such as "d0c8b0"."""
    values = [int(code[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def plain(code: str) -> Colour:
    """One colour."""
    value = np.array(rgb(code), np.float32)
    return lambda p: np.broadcast_to(value, (len(p[0]), 3))


def mix(first: str, second: str, share: Callable[[Points], Floats]) -> Colour:
    """From the first colour to the second, where the share goes from 0 to 1."""
    a, b = np.array(rgb(first), np.float32), np.array(rgb(second), np.float32)

    def colour(p: Points) -> Floats:
        much = np.clip(share(p), 0.0, 1.0)[:, None]
        return a + (b - a) * much

    return colour


def over(base: Colour, code: str, share: Callable[[Points], Floats]) -> Colour:
    """Something of this colour over another."""
    top = np.array(rgb(code), np.float32)

    def colour(p: Points) -> Floats:
        much = np.clip(share(p), 0.0, 1.0)[:, None]
        under = base(p)
        return under + (top - under) * much

    return colour


def noise(x: Floats, y: Floats, z: Floats | float = 0.0, octaves: int = 3) -> Floats:
    """Smooth, uneven, the same each time; 0 to 1."""
    z = np.broadcast_to(np.asarray(z, np.float32), x.shape)
    total, weight, size = np.zeros_like(x), 0.5, 1.0
    for octave in range(octaves):
        total = total + weight * _lattice(x * size + 17.3 * octave, y * size, z * size)
        weight, size = weight * 0.5, size * 2.03
    return total / (1.0 - 0.5**octaves)


def _lattice(x: Floats, y: Floats, z: Floats) -> Floats:
    corner = [np.floor(a).astype(np.int64) for a in (x, y, z)]
    part = [a - np.floor(a) for a in (x, y, z)]
    fx, fy, fz = (a * a * (3.0 - 2.0 * a) for a in part)
    value = np.zeros_like(x)
    for dx in (0, 1):
        for dy in (0, 1):
            for dz in (0, 1):
                share = (fx if dx else 1 - fx) * (fy if dy else 1 - fy) * (fz if dz else 1 - fz)
                value = value + share * _hash(corner[0] + dx, corner[1] + dy, corner[2] + dz)
    return value


def _hash(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Floats:
    mixed = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF).astype(np.float32) / 65535.0


def tiles(face: str, joint: str, size: float, axes: tuple[int, int] = (0, 1), gap: float = 0.006) -> Colour:
    """Square tiles in the plane of two axes (0 is x), each a little different."""

    def colour(p: Points) -> Floats:
        u, v = p[axes[0]] / size, p[axes[1]] / size
        near = np.minimum(np.abs(u - np.round(u)), np.abs(v - np.round(v))) * size
        shade = 0.9 + 0.1 * _hash(np.floor(u).astype(np.int64), np.floor(v).astype(np.int64), np.zeros(len(u), int))
        line = np.clip((near - gap * 0.5) / (gap * 0.5), 0.0, 1.0)[:, None]
        a, b = np.array(rgb(joint), np.float32), np.array(rgb(face), np.float32)
        return a + (b * shade[:, None] - a) * line

    return colour


def planks(light: str, dark: str, width: float, axes: tuple[int, int] = (0, 2), length: float = 0.9) -> Colour:
    """Boards along the second axis, with their grain."""
    a, b = np.array(rgb(dark), np.float32), np.array(rgb(light), np.float32)

    def colour(p: Points) -> Floats:
        u, v = p[axes[0]] / width, p[axes[1]]
        board = np.floor(u)
        v = v / length + board * 0.37
        piece = _hash(board.astype(np.int64), np.floor(v).astype(np.int64), np.zeros(len(u), int))
        grain = noise(u * 7.0 + piece * 31.0, v * 2.2, piece * 9.0)
        line = noise(u * 40.0 + piece * 11.0, v * 4.0, 0.0, 2)
        share = np.clip(0.35 + 0.45 * piece + 0.5 * (grain - 0.5) + 0.25 * (line - 0.5), 0.0, 1.0)
        edge = np.minimum(np.abs(u - np.round(u)) * width, np.abs(v - np.round(v)) * length)
        seam = 0.55 + 0.45 * np.clip(edge / 0.004, 0.0, 1.0)
        return (a + (b - a) * share[:, None]) * seam[:, None]

    return colour


def mottled(code: str, other: str, size: float) -> Colour:
    """Plaster, concrete, enamel: nearly one colour."""
    return mix(code, other, lambda p: noise(p[0] / size, p[1] / size, p[2] / size))


def picture(image: Image.Image, axes: tuple[int, int], low: tuple[float, float], high: tuple[float, float]) -> Colour:
    """What is drawn, from `low` to `high` in the plane of two axes; its edge goes on outside."""
    pixels = np.asarray(image.convert("RGB"), np.float32) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4).astype(np.float32)
    tall, wide = linear.shape[:2]

    def colour(p: Points) -> Floats:
        u = (p[axes[0]] - low[0]) / (high[0] - low[0]) * wide
        v = (high[1] - p[axes[1]]) / (high[1] - low[1]) * tall
        return linear[np.clip(v.astype(int), 0, tall - 1), np.clip(u.astype(int), 0, wide - 1)]

    return colour
