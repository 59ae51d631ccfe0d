"""Photographs a scene: rays are marched through signed distances, with soft shadows, reflections and clear glass.

See https://iquilezles.org/articles/rmshadows for the shadows. The picture is computed in pieces, as many at a time as
there are processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
from PIL import Image
from scripts.samples.shapes import Floats, Points, Shape, Vector
from scripts.samples.textures import Colour, rgb

_FAR = 30.0
_STEPS = 90
_SHADOW_STEPS = 34
_PIECE = 128
_STRAGGLERS = 0.004
"""The share of rays that need not be followed to their end: those that graze something."""
_EDGE = 0.035


@dataclass(frozen=True)
class Thing:
    """One solid of one material.

    `bound` is a ball (x, y, z, radius) around all of it, which saves time; `mirror` is the share reflected at a right
    angle, more at a flat one; `clear` is the share of light that goes through; `glow` is light of its own.
    """

    shape: Shape
    colour: Colour
    bound: tuple[float, float, float, float] | None = None
    gloss: float = 0.15
    mirror: float = 0.0
    clear: float = 0.0
    glow: float = 0.0
    shadow: bool = True


@dataclass(frozen=True)
class Light:
    """A lamp: the larger, the softer its shadows."""

    at: Vector
    colour: str = "fff4e0"
    power: float = 1.0
    size: float = 0.3


@dataclass(frozen=True)
class Scene:
    """What is there and from where it is seen. Angles are in degrees, `view` is the vertical one."""

    things: list[Thing]
    lights: list[Light]
    eye: Vector
    target: Vector
    view: float = 45.0
    above: str = "c8d4e4"
    below: str = "8a7a68"
    ambient: float = 0.55
    sky: Callable[[Points], Floats] | None = None
    exposure: float = 1.0
    roll: float = 0.0


def photograph(scene: Scene, width: int, height: int, part: tuple[int, int, int, int] | None = None) -> Image.Image:
    """The picture, or the `part` (left, top, right, bottom) of it; where it has edges it is looked at four times."""
    left, top, right, bottom = part or (0, 0, width, height)
    corners = [(x, y) for y in range(top, bottom, _PIECE) for x in range(left, right, _PIECE)]
    canvas = np.zeros((height, width, 3), np.float32)
    global _current  # what a forked process inherits, for shapes cannot be pickled
    _current = (scene, width, height)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        for (x, y), piece in zip(corners, pool.map(_piece, corners), strict=True):
            canvas[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    image = Image.fromarray((_developed(canvas, scene.exposure) * 255 + 0.5).astype(np.uint8))
    return image.crop(part) if part else image


_current: tuple[Scene, int, int]


def _piece(corner: tuple[int, int]) -> Floats:
    scene, wide, tall = _current
    xs = np.arange(corner[0], min(corner[0] + _PIECE, wide), dtype=np.float32)
    ys = np.arange(corner[1], min(corner[1] + _PIECE, tall), dtype=np.float32)
    x, y = (a.ravel() for a in np.meshgrid(xs, ys))
    first = _seen(scene, x, y)
    edges = _edges(first.reshape(len(ys), len(xs), 3)).ravel()
    if edges.any():
        x, y = x[edges], y[edges]
        more = [_seen(scene, x + dx, y + dy) for dx, dy in ((0.37, 0.12), (-0.12, 0.37), (-0.37, -0.25), (0.2, -0.37))]
        first[edges] = sum(more) / len(more)
    return first.reshape(len(ys), len(xs), 3)


def _edges(piece: Floats) -> Any:
    """Where neighbours differ; the border of the piece counts as one if it might be."""
    tone = np.sqrt(np.clip(piece, 0.0, 1.5)).max(axis=2)
    down, right = np.abs(np.diff(tone, axis=0)) > _EDGE, np.abs(np.diff(tone, axis=1)) > _EDGE
    edges = np.zeros(tone.shape, bool)
    edges[1:] |= down
    edges[:-1] |= down
    edges[:, 1:] |= right
    edges[:, :-1] |= right
    return edges


def _seen(scene: Scene, x: Floats, y: Floats) -> Floats:
    """The light that comes to these points of the picture, in pixels; no more than a screen can show."""
    _, wide, tall = _current
    origin, ways = _rays(scene, (2 * x + 1 - wide) / np.float32(tall), (tall - 2 * y - 1) / np.float32(tall))
    return np.minimum(_trace(scene, scene.things, origin, ways, 2), 3.0)


def _rays(scene: Scene, u: Floats, v: Floats) -> tuple[Points, Points]:
    eye, target = np.array(scene.eye, np.float32), np.array(scene.target, np.float32)
    ahead = (target - eye) / np.linalg.norm(target - eye)
    tilt = np.radians(scene.roll)
    right = np.cross(ahead, np.array([np.sin(tilt), np.cos(tilt), 0.0], np.float32))
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    reach = np.float32(np.tan(np.radians(scene.view / 2)))
    way = ahead + reach * (u[:, None] * right + v[:, None] * up)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    start = np.broadcast_to(eye, way.shape)
    return _split(start), _split(way)


def _split(rows: Floats) -> Points:
    rows = rows.astype(np.float32)
    return rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()


def _along(origin: Points, ways: Points, t: Floats) -> Points:
    x, y, z = (o + w * t for o, w in zip(origin, ways, strict=True))
    return x, y, z


def _pick(p: Points, which: np.ndarray) -> Points:
    return p[0][which], p[1][which], p[2][which]


def _each(things: list[Thing], p: Points) -> list[Floats]:
    distances = []
    for thing in things:
        if thing.bound is not None:
            x, y, z, radius = thing.bound
            away = np.sqrt((p[0] - x) ** 2 + (p[1] - y) ** 2 + (p[2] - z) ** 2) - radius
            if len(away) and away.min() > 0.15:
                distances.append(away + 0.05)
                continue
        distances.append(thing.shape(p))
    return distances


def _nearest(things: list[Thing], p: Points) -> Floats:
    least = np.full(len(p[0]), _FAR, np.float32)
    for one in _each(things, p):
        least = np.minimum(least, one)
    return least


def _march(things: list[Thing], origin: Points, ways: Points) -> Floats:
    t = np.full(len(origin[0]), 0.002, np.float32)
    active, few = np.arange(len(t)), int(len(t) * _STRAGGLERS)
    for _ in range(_STEPS):
        d = _nearest(things, _along(_pick(origin, active), _pick(ways, active), t[active]))
        t[active] += d * 0.92
        active = active[(d > 0.0004 * t[active] + 0.0001) & (t[active] < _FAR)]
        if len(active) <= few:
            break
    return t


def _trace(scene: Scene, things: list[Thing], origin: Points, ways: Points, depth: int) -> Floats:
    t = _march(things, origin, ways)
    hit = t < _FAR
    result = _sky(scene, ways)
    if not hit.any():
        return result
    o, w = _pick(origin, hit), _pick(ways, hit)
    p = _along(o, w, t[hit])
    which = np.argmin(np.stack(_each(things, p)), axis=0)
    colours = np.zeros((len(which), 3), np.float32)
    for index in np.unique(which):
        mine = which == index
        colours[mine] = _material(scene, things, things[index], _pick(p, mine), _pick(w, mine), depth)
    result[hit] = colours
    return result


def _sky(scene: Scene, ways: Points) -> Floats:
    if scene.sky is not None:
        return scene.sky(ways).astype(np.float32)
    a, b = np.array(rgb(scene.below), np.float32), np.array(rgb(scene.above), np.float32)
    return a + (b - a) * (0.5 + 0.5 * ways[1])[:, None]


def _material(scene: Scene, things: list[Thing], thing: Thing, p: Points, w: Points, depth: int) -> Floats:
    base = thing.colour(p)
    if thing.glow >= 1.0:
        return base * thing.glow
    n = _normal(thing.shape, p)
    facing = np.clip(-sum(a * b for a, b in zip(n, w, strict=True)), 0.0, 1.0)
    lit = _lit(scene, things, thing, p, n, w, base) + base * thing.glow
    fresnel = (1.0 - facing) ** 5
    off = _along(p, n, np.float32(0.003))
    if thing.clear > 0.0 and depth > 0:
        past = _trace(scene, [one for one in things if one is not thing], p, w, depth - 1)
        lit = lit * (1.0 - thing.clear) + past * (thing.clear * (0.4 + 0.6 * base))
    if thing.mirror > 0.0 and depth > 0:
        bounced = _along(w, n, 2.0 * facing)
        share = (thing.mirror + (1.0 - thing.mirror) * 0.75 * fresnel)[:, None]
        tint = base / np.maximum(base.max(axis=1, keepdims=True), 1e-3) if thing.mirror > 0.4 else 1.0
        lit = lit * (1.0 - share) + _trace(scene, things, off, bounced, 0 if depth == 1 else 1) * share * tint
    return lit


def _normal(shape: Shape, p: Points, step: float = 0.0006) -> Points:
    total = [np.zeros(len(p[0]), np.float32) for _ in range(3)]
    for signs in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        d = shape((p[0] + signs[0] * step, p[1] + signs[1] * step, p[2] + signs[2] * step))
        for axis in range(3):
            total[axis] += signs[axis] * d
    size = np.sqrt(total[0] ** 2 + total[1] ** 2 + total[2] ** 2) + 1e-9
    return total[0] / size, total[1] / size, total[2] / size


def _lit(scene: Scene, things: list[Thing], thing: Thing, p: Points, n: Points, w: Points, base: Floats) -> Floats:
    solid = [one for one in things if one.shadow]
    start = _along(p, n, np.float32(0.004))
    crowded = _crowded(solid, p, n)
    a, b = np.array(rgb(scene.below), np.float32), np.array(rgb(scene.above), np.float32)
    sky = (a + (b - a) * (0.5 + 0.5 * n[1])[:, None]) * (scene.ambient * crowded)[:, None]
    total = base * sky
    for light in scene.lights:
        ray = [a - b for a, b in zip(light.at, p, strict=True)]
        far = np.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2)
        to: Points = (ray[0] / far, ray[1] / far, ray[2] / far)
        across = np.clip(n[0] * to[0] + n[1] * to[1] + n[2] * to[2], 0.0, 1.0)
        strong = light.power * across / (0.25 + 0.35 * far * far) * _shadow(solid, start, to, far, light.size)
        h = [t - v for t, v in zip(to, w, strict=True)]
        size = np.sqrt(h[0] ** 2 + h[1] ** 2 + h[2] ** 2) + 1e-6
        shine = np.clip((n[0] * h[0] + n[1] * h[1] + n[2] * h[2]) / size, 0.0, 1.0) ** (12 + 160 * thing.gloss)
        colour = np.array(rgb(light.colour), np.float32)
        total = total + (base + thing.gloss * 1.6 * shine[:, None]) * colour * strong[:, None]
    return total


def _shadow(things: list[Thing], start: Points, to: Points, far: Floats, size: float) -> Floats:
    sharp = np.float32(1.0 / max(size, 0.01)) * far
    lit = np.ones(len(far), np.float32)
    t = np.full(len(far), 0.006, np.float32)
    active, few = np.arange(len(far)), int(len(far) * _STRAGGLERS)
    for _ in range(_SHADOW_STEPS):
        d = _nearest(things, _along(_pick(start, active), _pick(to, active), t[active]))
        lit[active] = np.minimum(lit[active], 0.5 + 0.5 * sharp[active] * d / t[active])
        t[active] += np.clip(d, 0.008, 0.35)
        active = active[(lit[active] > 0.0) & (t[active] < far[active])]
        if len(active) <= few:
            break
    lit = np.clip(lit, 0.0, 1.0)
    return lit * lit * (3.0 - 2.0 * lit)


def _crowded(things: list[Thing], p: Points, n: Points) -> Floats:
    closed, weight = np.zeros(len(p[0]), np.float32), 1.0
    for step in (0.01, 0.04, 0.1, 0.2, 0.35):
        d = _nearest(things, _along(p, n, np.float32(step)))
        closed += weight * np.clip(step - d, 0.0, step) / step * 0.34
        weight *= 0.8
    return np.clip(1.0 - closed, 0.12, 1.0)


def _developed(light: Floats, exposure: float) -> Floats:
    """From light to what a screen shows: filmic, then sRGB; corners a little darker, as a lens does it."""
    tall, wide = light.shape[:2]
    v, u = np.mgrid[-1 : 1 : tall * 1j, -1 : 1 : wide * 1j]
    x = light * exposure * (1.0 - 0.16 * (u * u + v * v) ** 1.2)[..., None]
    x = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
    shown = np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)
    return np.clip(shown, 0.0, 1.0).astype(np.float32)
