"""A lamp that flickers, a socket torn off the wall, a projector without a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scripts.samples.march import Light, Scene, Thing
from scripts.samples.scenes.room import RUBBER, ground, room, wall
from scripts.samples.shapes import (
    Floats,
    Points,
    Shape,
    behind,
    box,
    cylinder,
    moved,
    path,
    rod,
    row,
    sphere,
    turned,
    union,
    without,
)
from scripts.samples.textures import Colour, mix, mottled, noise, over, picture, plain, planks


def _hung(shape: Shape) -> Shape:
    return moved(turned(shape, "z", -13), 0.0, 2.28, -0.9)


def flickering_lamp(glow: float = 1.0) -> Scene:
    """A lamp hangs by one of its two cords; one tube is dead, the other glows as strongly as told (0 to 1)."""
    housing = without(box(0.66, 0.035, 0.15, 0.012), moved(box(0.63, 0.03, 0.135, 0.01), 0.0, -0.03))
    ends = union(*(moved(box(0.02, 0.025, 0.14, 0.006), x, -0.022) for x in (-0.62, 0.62)))
    alive, dead = (rod((-0.59, -0.032, z), (0.59, -0.032, z), 0.019) for z in (0.062, -0.062))
    light = 0.25 + 0.75 * glow
    burnt = mix("e9e4dc", "4a4038", lambda p: (np.abs(p[0]) - 0.4) * 7)
    things = [
        Thing(lambda p: 2.62 - p[1], mottled("e9e7e1", "dcd9d1", 0.25)),
        wall(mottled("c9d4c6", "bcc9ba", 0.3), -2.2),
        Thing(lambda p: p[0] + 2.3, mottled("cdd6c9", "c0cabd", 0.3)),
        Thing(_hung(union(housing, ends)), plain("f2f2ee"), (0.0, 2.28, -0.9, 0.72), gloss=0.4),
        Thing(_hung(alive), plain("fff6e4"), (0.0, 2.28, -0.9, 0.7), glow=0.6 + 2.4 * glow, shadow=False),
        Thing(_hung(dead), burnt, (0.0, 2.28, -0.9, 0.7), gloss=0.9, mirror=0.06, shadow=False),
        Thing(path([(-0.55, 2.44, -0.9), (-0.55, 2.62, -0.9)], 0.006), plain("40444a")),
        Thing(
            path([(0.56, 2.2, -0.9), (0.6, 2.3, -0.86), (0.55, 2.36, -0.9), (0.58, 2.4, -0.94)], 0.006), plain("40444a")
        ),
        Thing(path([(0.55, 2.62, -0.9), (0.57, 2.54, -0.9), (0.55, 2.5, -0.92)], 0.006), plain("40444a")),
        Thing(
            union(*(moved(cylinder(0.045, 0.012, 0.004), x, 2.61, -0.9) for x in (-0.55, 0.55))),
            plain("d8d8d4"),
            gloss=0.4,
        ),
        Thing(moved(box(0.55, 0.9, 0.03, 0.01), -1.2, 0.6, -2.2), plain("7d5a3c"), gloss=0.3),
    ]
    lights = [
        Light((-0.3, 2.26, -0.8), "fff0d0", 0.55 * light, 0.35),
        Light((0.35, 2.12, -0.8), "fff0d0", 0.5 * light, 0.35),
        Light((0.8, 1.0, 2.0), "9fb4d8", 0.25, 0.8),
    ]
    return Scene(
        things, lights, (0.2, 1.05, 1.0), (-0.02, 2.16, -0.9), 42, above="a8b0c0", below="8c8478", ambient=0.3, sky=room
    )


def _stripes(p: Points) -> Floats:
    line = np.abs(p[0] / 0.05 - np.round(p[0] / 0.05))
    return np.clip((0.16 - line) * 14, 0.0, 1.0) * 0.55


def _cracked(base: Colour) -> Colour:
    def plaster(p: Points) -> Floats:
        x, y = p[0] + 0.03, p[1] - 0.05
        edge = 0.03 + 0.085 * noise(p[0] * 26 + 4, p[1] * 26, 0.0, 4)
        return (edge - np.sqrt(x * x + y * y)) * 600

    return over(base, "b7aa98", plaster)


def torn_socket() -> Scene:
    """A socket that hangs by its wires beside its hole."""
    hole = moved(turned(cylinder(0.034, 0.05), "x", 90), -0.03, 0.05, 0.0)
    inner = moved(turned(without(cylinder(0.035, 0.045), cylinder(0.031, 0.06)), "x", 90), -0.03, 0.05, -0.043)
    face = without(box(0.043, 0.043, 0.006, 0.005), turned(cylinder(0.021, 0.03), "x", 90))
    face = union(face, moved(turned(cylinder(0.0205, 0.006), "x", 90), 0.0, 0.0, -0.008))
    pins = union(*(moved(turned(cylinder(0.0032, 0.03), "x", 90), x, 0.0, 0.0) for x in (-0.0095, 0.0095)))
    back = moved(box(0.024, 0.024, 0.014, 0.004), 0.0, 0.0, -0.02)

    def placed(shape: Shape) -> Shape:
        return moved(turned(turned(turned(shape, "x", -14), "y", -24), "z", -27), 0.045, -0.05, 0.05)

    ends = [(-0.03, 0.05, -0.04), (0.04, -0.03, 0.03)]
    wires = [
        path(
            [
                ends[0],
                (-0.045 + d, 0.045 + d, 0.012),
                (-0.03 + 1.6 * d, 0.01 + d, 0.04),
                (0.0 + d, -0.015 + d, 0.05),
                (0.03 + d, -0.035 + d, 0.034),
            ],
            0.0028,
        )
        for d in (-0.009, 0.0, 0.009)
    ]
    lines = mix("d9dcc0", "c2cba4", _stripes)
    hot = over(plain("f3f1ea"), "4c3a2c", lambda p: 1.25 - np.sqrt((p[0] - 0.062) ** 2 + (p[1] + 0.047) ** 2) * 46)
    things = [
        Thing(without(behind(0.0), hole), _cracked(lines), gloss=0.03),
        Thing(inner, plain("8d9399"), (-0.03, 0.05, -0.04, 0.07), gloss=0.3),
        Thing(placed(without(face, pins)), hot, (0.045, -0.05, 0.05, 0.08), gloss=0.6, mirror=0.03),
        Thing(placed(back), plain("d7d2c4"), (0.045, -0.05, 0.04, 0.08), gloss=0.3),
        *(
            Thing(wire, plain(code), gloss=0.5)
            for wire, code in zip(wires, ("2f66b8", "c9b82a", "7a4424"), strict=True)
        ),
        Thing(moved(box(0.6, 0.05, 0.012, 0.004), 0.0, -0.2, 0.0), planks("b58a5c", "9a6f44", 0.2, (1, 0)), gloss=0.3),
    ]
    lights = [Light((-0.45, 0.5, 0.6), "fff0da", 0.5, 0.12), Light((0.7, 0.3, 0.8), "cfdcff", 0.2, 0.4)]
    return Scene(things, lights, (0.04, 0.02, 0.42), (0.005, -0.008, 0.0), 40, sky=room, ambient=0.55)


def _no_signal() -> Image.Image:
    image = Image.new("RGB", (640, 400), "#1b3fae")
    draw = ImageDraw.Draw(image)
    for top, tall, colour in (
        (60, 14, "#e43ad0"),
        (92, 6, "#35e0e8"),
        (250, 26, "#20123c"),
        (288, 8, "#e43ad0"),
        (330, 18, "#2f6fe8"),
    ):
        draw.rectangle((0, top, 640, top + tall), fill=colour)
    for left in range(0, 640, 9):
        draw.rectangle((left, 256, left + 3, 270), fill="#4fe88a" if left % 2 else "#e0d23a")
    draw.polygon([(320, 120), (372, 212), (268, 212)], outline="#ffffff", width=9)
    draw.rectangle((315, 152, 325, 184), fill="#ffffff")
    draw.rectangle((315, 191, 325, 200), fill="#ffffff")
    return image


def broken_projector() -> Scene:
    """A projector on a table, its lamp light red, and a torn picture behind it."""
    screen = moved(box(1.0, 0.62, 0.01), 0.35, 1.0, -1.6)
    body = moved(box(0.23, 0.075, 0.17, 0.03), 0.0, 0.115)
    slots = moved(row(box(0.004, 0.035, 0.03), 0.016, 9), -0.09, 0.115, 0.17)
    feet = union(*(moved(cylinder(0.02, 0.02), x, 0.02, z) for x in (-0.17, 0.17) for z in (-0.12, 0.12)))
    barrel = moved(
        turned(without(cylinder(0.062, 0.05, 0.008), moved(cylinder(0.05, 0.05), 0.0, 0.03)), "x", 90), 0.12, 0.12, 0.17
    )
    lens = moved(sphere(0.07), 0.12, 0.12, 0.142)

    def turn(shape: Shape) -> Shape:
        return moved(turned(shape, "y", -34), -0.16, 0.0, 0.1)

    broken = mix("1c2733", "d9e4ee", lambda p: np.abs(np.sin(np.arctan2(p[1] - 0.12, p[0] + 0.17) * 4.5)) < 0.06)
    cable = path(
        [
            (0.3, 0.012, 0.34),
            (0.42, 0.012, 0.42),
            (0.5, 0.012, 0.36),
            (0.6, 0.012, 0.4),
            (0.75, 0.012, 0.2),
            (0.95, 0.012, 0.1),
        ],
        0.011,
    )
    plug = union(
        moved(turned(box(0.04, 0.014, 0.03, 0.006), "y", 30), 0.27, 0.016, 0.32),
        rod((0.25, 0.016, 0.31), (0.215, 0.016, 0.29), 0.012),
    )
    things = [
        wall(mottled("8f9a92", "828d85", 0.3), -1.7),
        Thing(screen, picture(_no_signal(), (0, 1), (-0.65, 0.38), (1.35, 1.62)), glow=0.75),
        Thing(
            without(moved(box(1.04, 0.66, 0.02, 0.01), 0.35, 1.0, -1.62), moved(box(1.0, 0.62, 0.1), 0.35, 1.0, -1.6)),
            RUBBER,
        ),
        ground(planks("c79a66", "a87a48", 0.16, (2, 0)), 0.0, gloss=0.35, mirror=0.05),
        Thing(turn(without(body, slots)), plain("e6e4de"), (-0.16, 0.1, 0.1, 0.36), gloss=0.45, mirror=0.02),
        Thing(turn(union(barrel, feet)), plain("2d2f33"), (-0.16, 0.1, 0.1, 0.36), gloss=0.5),
        Thing(turn(lens), broken, (-0.16, 0.1, 0.2, 0.36), gloss=1.0, mirror=0.2),
        Thing(
            turn(moved(sphere(0.012), -0.15, 0.178, 0.1)),
            plain("ff2a1a"),
            (-0.16, 0.15, 0.1, 0.36),
            glow=3.0,
            shadow=False,
        ),
        Thing(union(cable, plug), RUBBER, gloss=0.4),
        Thing(moved(turned(box(0.12, 0.02, 0.09, 0.004), "y", 20), 0.62, 0.02, -0.35), plain("9c2f2a"), gloss=0.2),
        Thing(moved(turned(box(0.11, 0.015, 0.085, 0.004), "y", -8), 0.6, 0.055, -0.35), plain("2f5f86"), gloss=0.2),
    ]
    lights = [Light((-0.9, 1.6, 1.2), "fff0da", 0.95, 0.4), Light((0.35, 1.0, -1.3), "5a7aff", 0.5, 0.9)]
    return Scene(things, lights, (0.2, 0.6, 1.5), (0.12, 0.42, -0.2), 46, sky=room, ambient=0.35)
