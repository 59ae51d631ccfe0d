"""A tap that drips, and a sink that does not drain."""

from __future__ import annotations

import numpy as np
from scripts.samples.march import Light, Scene, Thing
from scripts.samples.scenes.room import CERAMIC, CHROME, room, wall
from scripts.samples.shapes import (
    Floats,
    Points,
    Shape,
    above,
    arch,
    blend,
    box,
    cylinder,
    ellipsoid,
    moved,
    ring,
    rod,
    sphere,
    turned,
    union,
    within,
    without,
)
from scripts.samples.textures import mix, mottled, noise, plain, tiles


def _tap() -> Shape:
    spout = union(
        moved(arch(0.085, 0.0155), 0.0, 0.235),
        rod((-0.085, 0.1, 0.0), (-0.085, 0.235, 0.0), 0.0155),
        rod((0.085, 0.205, 0.0), (0.085, 0.235, 0.0), 0.0155),
    )
    mouth = moved(cylinder(0.02, 0.016, 0.004), 0.085, 0.196)
    column = blend(
        moved(cylinder(0.027, 0.06, 0.006), -0.085, 0.062), moved(cylinder(0.042, 0.007, 0.003), -0.085, 0.005), 0.02
    )
    lever = union(
        rod((-0.085, 0.1, 0.02), (-0.085, 0.118, 0.07), 0.011, 0.0085),
        moved(turned(cylinder(0.018, 0.014, 0.004), "x", 70), -0.085, 0.095, 0.022),
    )
    hollow = moved(cylinder(0.012, 0.02), 0.085, 0.182)
    return union(blend(spout, column, 0.02), without(mouth, hollow), lever)


def puddle(spots: list[tuple[float, float, float]], height: float) -> Shape:
    """Flat water on what lies at y = 0: a few round spots (x, z, radius) that have run together."""

    def distance(p: Points) -> Floats:
        pull = sum(np.exp(-((p[0] - x) ** 2 + (p[2] - z) ** 2) / (r * r) * 1.2) for x, z, r in spots)
        wobble = 0.02 * np.sin(p[0] * 61.0 + 2.0 * np.sin(p[2] * 47.0))
        edge = (0.34 + wobble - np.minimum(pull, 1.0)) * 0.06
        return np.maximum(edge, p[1] - height)

    return distance


def oval(x: float, z: float, thickness: float) -> Shape:
    """A lying ring, longer than wide."""

    def distance(p: Points) -> Floats:
        radius = np.sqrt((p[0] / x) ** 2 + (p[2] / z) ** 2) + 1e-6
        slope = np.sqrt((p[0] / (x * x)) ** 2 + (p[2] / (z * z)) ** 2) + 1e-6
        return np.sqrt((radius * (radius - 1.0) / slope) ** 2 + p[1] ** 2) - thickness

    return distance


def dripping_tap(fall: float = 0.55) -> Scene:
    """A chrome tap over a basin; the drop has fallen this share of its way."""
    hole = moved(ellipsoid(0.242, 0.16, 0.167), 0.1, 0.0, 0.06)
    counter = without(moved(box(0.9, 0.03, 0.32, 0.01), 0.0, -0.03, 0.05), hole)
    rim = moved(oval(0.235, 0.16, 0.009), 0.1, 0.002, 0.06)
    bowl = moved(
        within(without(ellipsoid(0.245, 0.165, 0.17), ellipsoid(0.232, 0.152, 0.157)), above(0.0)), 0.1, 0.0, 0.06
    )
    wave = fall * 0.07
    drop_y = 0.172 - 0.19 * fall * fall
    drop = moved(blend(sphere(0.0088), moved(sphere(0.003), 0.0, 0.014), 0.016), 0.085, drop_y)

    def surface(p: Points) -> Floats:
        away = np.sqrt((p[0] - 0.085) ** 2 + p[2] ** 2)
        return p[1] + 0.062 - 0.0022 * np.sin(away * 190 - wave * 400) * np.exp(-away * 16)

    water = within(surface, moved(ellipsoid(0.231, 0.151, 0.156), 0.1, 0.0, 0.06))
    wet = puddle([(-0.16, 0.09, 0.075), (-0.24, 0.14, 0.06), (-0.1, 0.17, 0.05), (-0.3, 0.06, 0.03)], 0.0035)
    things = [
        wall(tiles("dfe9ea", "a9b2b0", 0.15), -0.2, gloss=0.5, mirror=0.03),
        Thing(counter, mottled("c9bfae", "b5a892", 0.05), gloss=0.3, mirror=0.03),
        Thing(rim, CERAMIC, gloss=0.7, mirror=0.05),
        Thing(bowl, CERAMIC, gloss=0.6, mirror=0.03),
        Thing(water, plain("a8c6cc"), gloss=0.9, mirror=0.08, clear=0.7, shadow=False),
        Thing(wet, plain("a9b4b4"), gloss=0.9, mirror=0.2, clear=0.72, shadow=False),
        Thing(moved(_tap(), 0.0, 0.0, 0.0), CHROME, (0.0, 0.17, 0.02, 0.24), gloss=0.95, mirror=0.72),
        Thing(drop, plain("cfe4ee"), (0.085, drop_y, 0.0, 0.03), gloss=1.0, mirror=0.3, clear=0.5),
    ]
    lights = [Light((-0.7, 1.1, 1.0), "fff1dc", 0.8, 0.4), Light((1.2, 0.9, 0.8), "cfe0ff", 0.35, 0.6)]
    return Scene(things, lights, (0.13, 0.36, 0.78), (0.0, 0.125, 0.0), 36, sky=room, ambient=0.45, exposure=0.8)


def _plunger() -> tuple[Shape, Shape]:
    cup = union(
        within(ellipsoid(0.062, 0.07, 0.062), above(0.2)),
        moved(cylinder(0.022, 0.02, 0.005), 0.0, 0.075),
        moved(ring(0.058, 0.01), 0.0, -0.012),
    )
    return cup, rod((0.0, 0.08, 0.0), (0.0, 0.42, 0.0), 0.0115, 0.0105)


def blocked_drain() -> Scene:
    """A sink full to its brim of murky water, and what did not help."""
    hole = moved(box(0.31, 0.16, 0.21, 0.06), 0.0, 0.0, 0.0)
    sink = without(moved(box(0.4, 0.09, 0.3, 0.03), 0.0, -0.07), hole)
    cup, stick = (moved(turned(part, "z", -16), 0.07, 0.0, 0.02) for part in _plunger())

    def surface(p: Points) -> Floats:
        away = np.sqrt((p[0] - 0.07) ** 2 + (p[2] - 0.02) ** 2)
        return p[1] + 0.012 - 0.0016 * np.sin(away * 120) * np.exp(-away * 14)

    water = within(surface, hole)
    murk = mix("5d5637", "7a7148", lambda p: noise(p[0] * 14, p[2] * 14))
    spots = [
        (-0.2, 0.09, 31),
        (-0.14, -0.1, 12),
        (-0.05, 0.12, 77),
        (0.2, 0.1, 50),
        (0.17, -0.12, 20),
        (-0.23, -0.02, 64),
    ]
    bits = union(*(moved(turned(box(0.021, 0.003, 0.013, 0.003), "y", turn), x, -0.009, z) for x, z, turn in spots))
    peel = union(
        *(
            moved(turned(ellipsoid(0.024, 0.004, 0.012), "y", 2.3 * turn), z * 1.4, -0.008, x * 0.7)
            for x, z, turn in spots
        )
    )
    foam = union(
        *(
            moved(sphere(0.008 + 0.004 * (at % 3)), -0.02 + 0.013 * at, -0.012, 0.15 + 0.009 * (at * 7 % 5))
            for at in range(9)
        )
    )
    tap = moved(turned(_tap(), "y", -90), 0.0, 0.02, -0.32)
    things = [
        wall(tiles("b9d3d6", "e6e9e6", 0.12), -0.36, gloss=0.5, mirror=0.03),
        Thing(moved(box(1.2, 0.05, 0.5, 0.01), 0.0, -0.14), mottled("8f6a48", "7a5636", 0.1), gloss=0.2),
        Thing(sink, CERAMIC, gloss=0.7, mirror=0.04),
        Thing(water, murk, gloss=0.9, mirror=0.07, clear=0.12, shadow=False),
        Thing(bits, plain("c98a3c"), gloss=0.3),
        Thing(peel, plain("7f9a3e"), gloss=0.3),
        Thing(foam, plain("e9e6d8"), (0.04, -0.01, 0.17, 0.1), gloss=0.9, mirror=0.1),
        Thing(cup, plain("a8281f"), (0.07, 0.04, 0.02, 0.16), gloss=0.5, mirror=0.02),
        Thing(
            stick,
            mix("d8ad72", "c08f50", lambda p: noise(p[0] * 90, p[1] * 8, p[2] * 90)),
            (0.15, 0.25, 0.02, 0.22),
            gloss=0.3,
        ),
        Thing(tap, CHROME, (0.0, 0.19, -0.3, 0.24), gloss=0.95, mirror=0.7),
    ]
    lights = [Light((-0.8, 1.3, 0.7), "fff1dc", 0.9, 0.4), Light((0.9, 1.0, 1.0), "cfe0ff", 0.4, 0.6)]
    return Scene(things, lights, (-0.12, 0.66, 0.66), (0.0, 0.05, -0.03), 46, sky=room, ambient=0.5)
