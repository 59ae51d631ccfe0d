"""A chair with a broken leg, a bin that overflows."""

from __future__ import annotations

import numpy as np
from scripts.samples.march import Light, Scene, Thing
from scripts.samples.scenes.room import CHROME, ground, room, wall
from scripts.samples.shapes import (
    Floats,
    Points,
    Shape,
    box,
    cone,
    cylinder,
    moved,
    path,
    ring,
    rod,
    turned,
    union,
    within,
    without,
)
from scripts.samples.textures import mix, mottled, noise, plain, planks


def _bent(shape: Shape, much: float) -> Shape:
    """Plywood is pressed into a curve."""
    return lambda p: shape((p[0], p[1] - much * p[0] * p[0], p[2])) * 0.85


def wobbly_chair() -> Scene:
    """A school chair that has lost half a leg; the other half lies beside it."""
    seat = moved(_bent(box(0.21, 0.011, 0.2, 0.009), 0.35), 0.0, 0.44)
    back = moved(turned(_bent(box(0.2, 0.011, 0.1, 0.009), -0.5), "x", 80), 0.0, 0.79, -0.215)
    legs = [
        path([(x, 0.43, z), (x * 1.12, 0.012, z * 1.25)], 0.0125)
        for x, z in ((-0.17, 0.16), (-0.17, -0.16), (0.17, -0.16))
    ]
    stump = rod((0.17, 0.43, 0.16), (0.18, 0.25, 0.178), 0.0125)
    posts = [path([(x, 0.43, -0.15), (x, 0.5, -0.2), (x, 0.86, -0.24)], 0.0125) for x in (-0.15, 0.15)]
    rails = [rod((-0.17, 0.4, z), (0.17, 0.4, z), 0.011) for z in (-0.15, 0.15)] + [
        rod((x, 0.4, -0.15), (x, 0.4, 0.15), 0.011) for x in (-0.17, 0.17)
    ]
    splinters = union(
        *(
            rod((0.18 + d, 0.255, 0.178), (0.182 + 1.5 * d, 0.235 - 2 * abs(d), 0.18), 0.004, 0.001)
            for d in (-0.007, 0.0, 0.007)
        )
    )

    def tipped(shape: Shape) -> Shape:
        leaned = turned(turned(moved(shape, 0.19, 0.0, -0.2), "z", -9), "x", 7)
        return moved(turned(leaned, "y", 24), -0.24, -0.004, -0.12)

    lying = union(
        rod((0.26, 0.014, 0.24), (0.46, 0.014, 0.12), 0.0125), moved(cylinder(0.016, 0.016, 0.005), 0.46, 0.016, 0.12)
    )
    screws = union(
        *(
            rod((x, 0.006, z), (x + 0.014, 0.006, z + 0.012), 0.005, 0.002)
            for x, z in ((0.22, 0.4), (0.36, 0.44), (0.12, 0.36))
        )
    )
    wood = mix("e0b070", "b87f42", lambda p: noise(p[0] * 6, p[1] * 60, p[2] * 40))
    around = (-0.03, 0.45, -0.1, 0.66)
    things = [
        wall(mottled("a9bda6", "9db199", 0.25), -0.95),
        ground(planks("c08f5a", "9a6c3e", 0.11), 0.0, gloss=0.4, mirror=0.06),
        Thing(moved(box(3.0, 0.05, 0.015, 0.005), 0.0, 0.05, -0.94), plain("f0ede4"), gloss=0.3),
        Thing(tipped(union(seat, back)), wood, around, gloss=0.4, mirror=0.02),
        Thing(tipped(union(*legs, *posts, *rails, stump)), plain("39527a"), around, gloss=0.6, mirror=0.05),
        Thing(tipped(splinters), CHROME, around, gloss=0.7),
        Thing(lying, plain("39527a"), (0.36, 0.02, 0.18, 0.18), gloss=0.6, mirror=0.05),
        Thing(screws, CHROME, (0.24, 0.0, 0.4, 0.18), gloss=0.9, mirror=0.4),
    ]
    lights = [Light((-1.0, 1.7, 1.3), "fff0da", 1.3, 0.35), Light((1.3, 1.1, 1.2), "cfe0ff", 0.5, 0.7)]
    return Scene(things, lights, (0.14, 0.8, 1.42), (0.06, 0.4, -0.05), 42, sky=room, ambient=0.5)


def _crumpled(radius: float, seed: float) -> Shape:
    """A ball of paper: flat facets of a noisy ball."""

    def distance(p: Points) -> Floats:
        q = [a / radius * 2.1 + seed for a in p]
        facets = np.abs(noise(q[0], q[1], q[2], 1) - 0.5) + 0.6 * np.abs(noise(q[1] + 7, q[2], q[0], 1) - 0.5)
        return (np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) - radius * (1.16 - 0.85 * facets)) * 0.6

    return distance


def overflowing_bin() -> Scene:
    """Paper, peel and tins on a bin and around it."""
    outer = cone(0.15, 0.19, 0.22)
    bars = lambda p: np.minimum(  # noqa: E731
        np.abs(np.sin(np.arctan2(p[2], p[0]) * 24)) * 0.02 - 0.0045, np.abs(np.sin(p[1] * 105)) * 0.019 - 0.0045
    )
    skin = without(within(outer, bars), moved(cone(0.142, 0.182, 0.23), 0.0, 0.012))
    solid = union(skin, moved(ring(0.19, 0.009), 0.0, 0.22), moved(ring(0.15, 0.008), 0.0, -0.215))
    stuffing = moved(cone(0.13, 0.172, 0.2), 0.0, 0.01)
    heap = [
        (0.0, 0.25, 0.0, 0.09, 1),
        (-0.11, 0.23, 0.05, 0.07, 2),
        (0.1, 0.24, 0.07, 0.075, 3),
        (0.02, 0.23, 0.13, 0.06, 4),
        (-0.05, 0.33, 0.03, 0.062, 5),
        (0.1, 0.23, -0.08, 0.07, 6),
    ]
    floor = [
        (0.36, -0.18, 0.16, 0.06, 7),
        (-0.33, -0.17, 0.2, 0.065, 8),
        (0.2, -0.185, 0.33, 0.05, 9),
        (-0.12, -0.185, 0.36, 0.05, 10),
    ]
    balls = [moved(_crumpled(size, float(seed)), x, y, z) for x, y, z, size, seed in heap + floor]

    def peel(x: float, y: float, z: float) -> Shape:
        strips = [
            path(
                [(0, 0.02, 0), (0.05 * c, 0.022, 0.05 * s), (0.088 * c, -0.006, 0.088 * s), (0.1 * c, -0.03, 0.1 * s)],
                0.0125,
            )
            for c, s in ((1.0, 0.1), (-0.3, 0.95), (-0.7, -0.7))
        ]
        flat = union(*strips)
        return moved(flat, x, y, z)

    def tin(x: float, y: float, z: float, axis: str, lean: float) -> Shape:
        return moved(turned(cylinder(0.035, 0.062, 0.006), axis, lean), x, y, z)

    cup = moved(
        turned(without(cone(0.034, 0.047, 0.06), moved(cone(0.03, 0.043, 0.06), 0, 0.006)), "z", -52), 0.12, 0.31, 0.02
    )
    label = mix("c22a2a", "f2f2f2", lambda p: (np.sin(p[1] * 70 + p[0] * 50) > 0.3).astype(np.float32))
    things = [
        wall(mottled("c9bda8", "beb19a", 0.25), -0.55),
        ground(mottled("8f9b94", "7c8981", 0.06), -0.235, gloss=0.4, mirror=0.04),
        Thing(moved(box(3.0, 0.05, 0.015, 0.005), 0.0, -0.185, -0.54), plain("6b5a48"), gloss=0.3),
        Thing(solid, plain("50565c"), (0.0, 0.0, 0.0, 0.32), gloss=0.7, mirror=0.05),
        Thing(
            stuffing,
            mix("d9d6cc", "8fa3b5", lambda p: noise(p[0] * 22, p[1] * 22, p[2] * 22) * 1.6 - 0.4),
            (0.0, 0.0, 0.0, 0.3),
        ),
        Thing(union(*balls[: len(heap)]), plain("eceae2"), (0.0, 0.26, 0.03, 0.22)),
        *(
            Thing(ball, plain("eceae2" if at % 2 else "f0e2a8"), (x, y, z, size * 1.3))
            for at, (ball, (x, y, z, size, _)) in enumerate(zip(balls[len(heap) :], floor, strict=True))
        ),
        Thing(peel(0.06, 0.295, 0.12), plain("e6c22e"), (0.06, 0.29, 0.12, 0.15), gloss=0.3),
        Thing(tin(-0.3, -0.2, 0.36, "x", 90), label, (-0.3, -0.2, 0.36, 0.09), gloss=0.8, mirror=0.12),
        Thing(
            moved(tin(-0.15, 0.29, -0.02, "z", 40), 0, 0, 0),
            mix("2c7ac0", "e8eef4", lambda p: (np.sin(p[1] * 90) > 0.5).astype(np.float32)),
            (-0.15, 0.29, -0.02, 0.09),
            gloss=0.8,
            mirror=0.12,
        ),
        Thing(cup, plain("b98a5a"), (0.12, 0.31, 0.02, 0.11), gloss=0.2),
        Thing(
            moved(turned(box(0.05, 0.075, 0.03, 0.003), "z", 86), 0.36, -0.2, 0.3),
            mix("3f9a52", "f4f4ee", lambda p: (p[1] + 0.2) * 40),
            (0.36, -0.2, 0.3, 0.11),
            gloss=0.3,
        ),
    ]
    lights = [Light((-0.8, 1.2, 1.0), "fff0da", 0.95, 0.3), Light((1.1, 0.7, 1.0), "cfe0ff", 0.35, 0.6)]
    return Scene(things, lights, (0.12, 0.52, 1.22), (0.02, 0.035, 0.05), 40, sky=room, ambient=0.5)
