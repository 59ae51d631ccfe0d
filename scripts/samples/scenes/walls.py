"""A broken window, a door handle that hangs, a cold radiator, a stain on the ceiling."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scripts.samples.march import Light, Scene, Thing
from scripts.samples.scenes.room import CERAMIC, CHROME, IRON, ground, room, wall
from scripts.samples.shapes import (
    Floats,
    Points,
    Shape,
    blend,
    box,
    cone,
    cylinder,
    moved,
    rod,
    row,
    shell,
    sphere,
    turned,
    union,
    within,
    without,
)
from scripts.samples.textures import mix, mottled, noise, over, picture, plain, planks, rgb


def _outside(ways: Points) -> Floats:
    """A yard on a clear day, for who looks out; the room, for what reflects."""
    x, y, z = ways
    u, v = x / np.maximum(-z, 0.05), y / np.maximum(-z, 0.05)
    sky = (
        np.array(rgb("8fc1f0"), np.float32) * 1.5
        + np.array(rgb("f4f6f2"), np.float32) * np.clip(0.7 - 1.6 * v, 0, 1)[:, None]
    )
    crowns = -0.02 + 0.16 * noise(u * 3.1, v * 0.0, 2.0) + 0.05 * noise(u * 13, v * 13, 1.0)
    leaves = np.array(rgb("5e8a3c"), np.float32) * (0.5 + noise(u * 22, v * 22)[:, None])
    shown = np.where((v < crowns)[:, None], leaves, sky)
    grass = np.array(rgb("86a860"), np.float32) * (0.8 + 0.3 * noise(u * 30, v * 60)[:, None])
    shown = np.where((v < -0.16)[:, None], grass, shown)
    return np.where((z < -0.02)[:, None], shown, room(ways))


def broken_window() -> Scene:
    """A pane with a hole like a star, and its pieces on the sill."""
    frame = without(
        box(0.5, 0.62, 0.035, 0.008), union(moved(box(0.205, 0.54, 0.1), -0.235), moved(box(0.205, 0.54, 0.1), 0.235))
    )
    angles = np.random.default_rng(7).uniform(-0.12, 0.12, 11) + np.linspace(0, 2 * np.pi, 11, endpoint=False)
    reach = np.random.default_rng(5).uniform(0.1, 0.18, 11)
    steep = np.linspace(-np.pi, np.pi, 181)
    near = np.minimum(1.0, np.abs((steep[:, None] - angles + np.pi) % (2 * np.pi) - np.pi) / 0.26).min(axis=1)
    which = np.abs((steep[:, None] - angles + np.pi) % (2 * np.pi) - np.pi).argmin(axis=1)
    outline = (reach[which] * (1 - near) + 0.062 * near).astype(np.float32)
    x0, y0 = 0.225, 0.06

    def hole(p: Points) -> Floats:
        x, y = p[0] - x0, p[1] - y0
        return (np.sqrt(x * x + y * y) - np.interp(np.arctan2(y, x), steep, outline).astype(np.float32)) * 0.35

    pane = without(moved(box(0.215, 0.55, 0.002), 0.235), hole)
    cracks = union(
        *(
            rod(
                (x0 + float(r * np.cos(a)), y0 + float(r * np.sin(a)), 0.003),
                (x0 + float(far * np.cos(a + bend)), y0 + float(far * np.sin(a + bend)), 0.003),
                0.0019,
                0.0005,
            )
            for a, r, far, bend in zip(angles, reach * 0.96, reach * 2.1 + 0.05, np.sin(angles * 3) * 0.12, strict=True)
        )
    )
    inside = moved(box(0.215, 0.55, 0.004), 0.235)
    pieces = []
    for index, (x, z, turn) in enumerate(
        (
            (0.12, 0.1, 10),
            (0.26, 0.13, 70),
            (0.33, 0.07, 130),
            (0.2, 0.17, 200),
            (0.02, 0.14, 40),
            (0.4, 0.16, 95),
            (-0.12, 0.12, 160),
        )
    ):
        size = 0.026 + 0.012 * (index % 3)
        shard = within(
            box(size, 0.002, size),
            moved(turned(box(size, 0.01, size), "y", 38 + 9 * index), size * 0.8, 0.0, size * 0.4),
        )
        pieces.append(moved(turned(turned(shard, "y", turn), "x", 4), x, -0.607, z))
    things = [
        Thing(without(moved(box(4.0, 4.0, 0.1), z=-0.14), box(0.5, 0.62, 0.4)), mottled("e6dcc8", "dcd0ba", 0.2)),
        Thing(frame, plain("f6f5f0"), gloss=0.5, mirror=0.02),
        Thing(moved(box(0.66, 0.022, 0.16, 0.012), 0.0, -0.632, 0.1), plain("f3f1ea"), gloss=0.6, mirror=0.06),
        Thing(moved(box(0.215, 0.55, 0.002), -0.235), plain("eef6f6"), gloss=0.9, mirror=0.07, clear=0.9, shadow=False),
        Thing(pane, plain("eef6f6"), gloss=0.9, mirror=0.1, clear=0.8, shadow=False),
        Thing(within(cracks, inside), plain("ffffff"), gloss=0.6, glow=0.25, shadow=False),
        Thing(union(*pieces), plain("c4dcdc"), (0.14, -0.6, 0.12, 0.4), gloss=1.0, mirror=0.22, clear=0.55),
        Thing(
            union(
                moved(box(0.012, 0.05, 0.014, 0.005), 0.0, -0.05, 0.045),
                rod((0.0, -0.07, 0.06), (0.0, -0.16, 0.06), 0.009),
            ),
            CHROME,
            (0.0, -0.1, 0.05, 0.14),
            gloss=0.9,
            mirror=0.4,
        ),
        Thing(
            moved(within(cone(0.055, 0.07, 0.06), cylinder(0.2, 0.06)), -0.36, -0.55, 0.12),
            plain("b5603a"),
            (-0.36, -0.55, 0.12, 0.12),
            gloss=0.1,
        ),
        Thing(
            union(
                *(
                    rod(
                        (-0.36, -0.5, 0.12),
                        (
                            -0.36 + 0.13 * float(np.cos(a)),
                            -0.36 + 0.06 * float(np.sin(3 * a)),
                            0.12 + 0.1 * float(np.sin(a)),
                        ),
                        0.018,
                        0.004,
                    )
                    for a in np.linspace(0, 6, 11)
                )
            ),
            mix("2f6b2c", "6a9a3e", lambda p: noise(p[0] * 40, p[1] * 40, p[2] * 40)),
            (-0.36, -0.42, 0.12, 0.24),
        ),
    ]
    lights = [Light((0.9, 1.0, 1.6), "fff0da", 0.9, 0.5), Light((-0.6, 0.9, -1.4), "fff6e0", 1.1, 0.15)]
    return Scene(things, lights, (-0.12, 0.0, 1.42), (0.07, -0.1, 0.0), 48, sky=_outside, ambient=0.55)


def hanging_handle() -> Scene:
    """A door whose handle has lost its screws."""
    panels = union(
        *(
            moved(without(box(0.24, tall, 0.02, 0.004), box(0.2, tall - 0.04, 0.1, 0.004)), -0.24, y, 0.0)
            for y, tall in ((0.42, 0.3), (-0.42, 0.42))
        )
    )
    raised = union(
        *(moved(box(0.17, tall - 0.07, 0.014, 0.012), -0.24, y, 0.0) for y, tall in ((0.42, 0.3), (-0.42, 0.42)))
    )
    door = union(moved(box(0.5, 1.2, 0.03), -0.4, 0.0, -0.03), blend(panels, raised, 0.004))
    plate = moved(box(0.024, 0.12, 0.005, 0.004), 0.0, -0.02)
    key = union(turned(cylinder(0.0085, 0.04), "x", 90), moved(box(0.0042, 0.015, 0.04), 0.0, -0.012))
    keyhole = moved(key, 0.0, -0.085)
    screws = union(*(moved(turned(cylinder(0.0042, 0.03), "x", 90), 0.0, y) for y in (0.085, -0.125)))
    lever = union(
        moved(turned(cylinder(0.019, 0.007, 0.003), "x", 90), 0.0, 0.02, 0.012),
        rod((0.0, 0.02, 0.01), (0.0, 0.02, 0.058), 0.0105),
        blend(
            rod((0.0, 0.02, 0.058), (-0.03, 0.021, 0.062), 0.0115),
            rod((-0.03, 0.021, 0.062), (-0.135, 0.01, 0.055), 0.0115, 0.0095),
            0.01,
        ),
    )

    def sagging(shape: Shape) -> Shape:
        return moved(turned(turned(moved(shape, 0.0, -0.02), "z", 62), "x", 16), 0.012, 0.012, 0.022)

    screw = union(
        moved(turned(cylinder(0.0065, 0.0025, 0.001), "x", 60), 0.03, 0.092, 0.026),
        rod((0.03, 0.092, 0.026), (0.022, 0.088, -0.01), 0.0028),
    )
    scar = over(
        planks("a86a38", "7c4722", 0.5, (0, 1), 3.0),
        "d9b483",
        lambda p: ((np.abs(p[0] - 0.002) < 0.0245) & (np.abs(p[1] + 0.02) < 0.121)).astype(np.float32) * 0.55,
    )
    bare = without(door, union(moved(turned(cylinder(0.012, 0.06), "x", 90), 0.0, 0.02), moved(key, 0.0, -0.085)))
    things = [
        Thing(bare, scar, gloss=0.35, mirror=0.02),
        Thing(
            moved(box(0.09, 1.4, 0.05, 0.01), 0.2, 0.0, -0.02), planks("b57a46", "8a542a", 0.3, (0, 1), 3.0), gloss=0.35
        ),
        wall(mottled("cfd8d3", "c2ccc6", 0.2), -0.04),
        Thing(
            turned(moved(without(plate, union(keyhole, screws)), 0.012, -0.004, 0.018), "z", 19),
            plain("d8c28a"),
            (0.02, -0.02, 0.02, 0.16),
            gloss=0.9,
            mirror=0.5,
        ),
        Thing(sagging(lever), plain("dcc890"), (0.0, -0.02, 0.05, 0.2), gloss=0.95, mirror=0.55),
        Thing(screw, CHROME, (0.03, 0.09, 0.02, 0.06), gloss=0.9, mirror=0.4),
    ]
    lights = [Light((-0.5, 0.6, 0.9), "fff0da", 0.7, 0.2), Light((0.7, 0.1, 0.9), "cfdcff", 0.25, 0.4)]
    return Scene(things, lights, (-0.16, 0.06, 0.62), (-0.025, -0.02, 0.0), 40, sky=room, ambient=0.5)


def _dial() -> Image.Image:
    image = Image.new("RGB", (180, 420), "#fbfaf4")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(34)
    for degrees in range(0, 41, 2):
        y = 380 - degrees * 8.4
        draw.line((58, y, 84 if degrees % 10 else 96, y), fill="#333333", width=3 if degrees % 10 else 5)
        if degrees % 10 == 0:
            draw.text((8, y - 20), str(degrees), fill="#222222", font=font)
    draw.rounded_rectangle((112, 24, 136, 396), 12, outline="#99a0a6", width=3, fill="#e4ecf2")
    draw.rectangle((119, 380 - 11 * 8.4, 129, 390), fill="#1f5fd0")
    draw.ellipse((106, 372, 142, 408), fill="#1f5fd0")
    return image


def cold_radiator() -> Scene:
    """A cast-iron radiator under a frosted window; the thermometer beside it says eleven degrees."""
    section = blend(
        union(moved(box(0.017, 0.25, 0.045, 0.016), z=0.05), moved(box(0.017, 0.25, 0.045, 0.016), z=-0.05)),
        union(moved(box(0.03, 0.035, 0.1, 0.028), 0.0, 0.22), moved(box(0.03, 0.035, 0.1, 0.028), 0.0, -0.22)),
        0.03,
    )
    body = moved(row(section, 0.066, 9), 0.0, 0.42, -0.28)
    pipes = union(
        rod((0.2, 0.64, -0.28), (0.52, 0.64, -0.28), 0.016),
        rod((0.52, 0.64, -0.28), (0.52, 1.6, -0.28), 0.016),
        rod((0.2, 0.2, -0.28), (0.52, 0.2, -0.28), 0.016),
        rod((0.52, 0.2, -0.28), (0.52, -0.1, -0.28), 0.016),
    )
    valve = union(
        moved(turned(cylinder(0.024, 0.03, 0.006), "z", 90), 0.4, 0.64, -0.28),
        moved(cylinder(0.03, 0.012, 0.005), 0.4, 0.69, -0.28),
        rod((0.4, 0.64, -0.28), (0.4, 0.68, -0.28), 0.009),
    )
    meter = moved(box(0.058, 0.135, 0.009, 0.008), -0.5, 0.86, -0.39)
    frost = over(
        plain("8fb2d8"),
        "f4faff",
        lambda p: 1.35 * noise(p[0] * 16, p[1] * 16, 0.0, 4) - 0.25 - 0.35 * np.clip((p[1] - 1.0) * 1.6, 0, 1),
    )
    things = [
        wall(mottled("d5c7a6", "cbbb97", 0.15), -0.4),
        ground(planks("b98855", "96683b", 0.12), 0.0, gloss=0.3, mirror=0.04),
        Thing(moved(box(3.0, 0.05, 0.012, 0.004), 0.0, 0.05, -0.39), plain("8a6844"), gloss=0.3),
        Thing(body, CERAMIC, (0.0, 0.42, -0.28, 0.42), gloss=0.55, mirror=0.02),
        Thing(pipes, CERAMIC, gloss=0.4),
        Thing(valve, plain("b3262a"), (0.4, 0.66, -0.28, 0.1), gloss=0.5),
        Thing(moved(box(0.42, 0.022, 0.13, 0.01), 0.03, 0.86, -0.32), plain("f5f4ee"), gloss=0.5, mirror=0.03),
        Thing(
            without(
                moved(box(0.37, 0.6, 0.03, 0.006), 0.03, 1.48, -0.39), moved(box(0.32, 0.55, 0.2), 0.03, 1.48, -0.39)
            ),
            plain("f6f5f0"),
            gloss=0.4,
        ),
        Thing(moved(box(0.32, 0.56, 0.008), 0.03, 1.48, -0.395), frost, gloss=0.5, glow=0.55),
        Thing(meter, picture(_dial(), (0, 1), (-0.558, 0.725), (-0.442, 0.995)), (-0.5, 0.86, -0.39, 0.17), gloss=0.5),
    ]
    lights = [Light((-0.9, 1.5, 1.1), "ffeed2", 0.9, 0.35), Light((0.1, 1.3, 0.1), "b8d4ff", 0.3, 0.5)]
    return Scene(things, lights, (-0.32, 0.82, 1.12), (-0.08, 0.59, -0.3), 46, sky=room, ambient=0.5)


def _stained(p: Points) -> Floats:
    x, z = p[0] - 0.15, (p[2] + 0.35) * 0.85
    away = np.sqrt(x * x + z * z) + 0.28 * (noise(p[0] * 2.3 + 5, p[2] * 2.3, 0.0, 4) - 0.5)
    rings = sum(
        np.exp(-(((away - radius) / 0.022) ** 2)) * strong
        for radius, strong in ((0.62, 0.75), (0.46, 0.5), (0.3, 0.35))
    )
    return np.clip((0.62 - away) * 3.0, 0.0, 0.42) + rings


def ceiling_stain() -> Scene:
    """Rings of brown on the ceiling, drops, and a bucket below."""
    ceiling = over(mottled("f1efe8", "e9e6dd", 0.4), "8d6430", _stained)
    bucket = without(cone(0.15, 0.19, 0.16), moved(cone(0.14, 0.182, 0.16), 0.0, 0.02))
    handle = within(
        turned(turned(shell(cylinder(0.185, 0.005), 0.008), "x", 90), "x", -60), lambda p: -p[1] * 0.5 - p[2]
    )
    drops = union(
        *(
            moved(blend(sphere(0.028), moved(sphere(0.009), 0.0, 0.045), 0.045), 0.12, y, -0.3)
            for y in (2.32, 1.75, 0.95)
        )
    )
    things = [
        Thing(lambda p: 2.5 - p[1], ceiling),
        wall(mottled("b9c9d6", "adbecc", 0.3), -1.7),
        Thing(lambda p: p[0] + 1.7, mottled("c3d1dc", "b7c6d3", 0.3)),
        Thing(lambda p: 1.9 - p[0], mottled("c3d1dc", "b7c6d3", 0.3)),
        ground(planks("b98855", "96683b", 0.14), 0.0, gloss=0.4, mirror=0.06),
        Thing(
            union(
                moved(box(4, 0.05, 0.03, 0.01), 0, 2.46, -1.68),
                moved(box(0.03, 0.05, 4, 0.01), -1.68, 2.46),
                moved(box(4, 0.06, 0.02), 0, 0.06, -1.69),
            ),
            plain("f4f2ec"),
        ),
        Thing(
            moved(union(bucket, handle), 0.12, 0.16, -0.3),
            plain("c23a2b"),
            (0.12, 0.18, -0.3, 0.36),
            gloss=0.5,
            mirror=0.03,
        ),
        Thing(drops, plain("bcd8ea"), (0.12, 1.6, -0.3, 0.85), gloss=1.0, mirror=0.25),
        Thing(
            lambda p: np.maximum(
                np.sqrt(((p[0] - 0.05) / 1.5) ** 2 + (p[2] + 0.15) ** 2) - 0.3 - 0.03 * np.sin(p[0] * 9), p[1] - 0.004
            ),
            plain("c9c4b8"),
            gloss=0.9,
            mirror=0.18,
            clear=0.7,
            shadow=False,
        ),
        Thing(
            without(
                moved(box(0.42, 0.95, 0.03, 0.01), -0.9, 0.95, -1.68), moved(box(0.3, 0.2, 0.1, 0.01), -0.9, 1.4, -1.64)
            ),
            plain("8b5a34"),
            gloss=0.3,
        ),
        Thing(moved(box(0.34, 0.24, 0.02, 0.006), 1.0, 1.45, -1.68), plain("2f5a44"), gloss=0.1),
        Thing(union(moved(sphere(0.03), -0.56, 0.95, -1.62)), IRON, (-0.56, 0.95, -1.62, 0.06), gloss=0.8, mirror=0.3),
    ]
    lights = [Light((-0.9, 1.5, 1.5), "ffeed6", 2.6, 0.6), Light((1.3, 0.7, 1.2), "cfe0ff", 1.2, 0.8)]
    return Scene(things, lights, (0.25, 1.02, 2.35), (0.08, 1.28, -0.6), 62, sky=room, ambient=0.6)
