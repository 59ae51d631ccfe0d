"""What several scenes share: materials, and the room that shiny things reflect."""

from __future__ import annotations

import numpy as np
from scripts.samples.march import Thing
from scripts.samples.shapes import Floats, Points, above, behind
from scripts.samples.textures import Colour, plain, rgb

CHROME = plain("e8ecf0")
IRON = plain("6d7278")
CERAMIC = plain("f4f3ee")
RUBBER = plain("26282b")
WATER = plain("9fb8bd")


def room(ways: Points) -> Floats:
    """The room behind the viewer: a window of four panes, a light ceiling and a dark floor."""
    x, y, z = ways
    up = (0.5 + 0.5 * y)[:, None]
    walls = np.array(rgb("6e675e"), np.float32) + (np.array(rgb("d8dce0"), np.float32)) * up**3
    u, v = x / np.maximum(z, 0.05), y / np.maximum(z, 0.05)
    pane = (z > 0) & (np.abs(u + 0.55) < 0.62) & (np.abs(v - 0.55) < 0.5)
    bars = (np.abs(u + 0.55) < 0.05) | (np.abs(v - 0.55) < 0.04)
    window = (pane & ~bars).astype(np.float32)[:, None]
    return walls * 0.8 + window * np.array([2.6, 2.9, 3.2], np.float32)


def wall(colour: Colour, depth: float, gloss: float = 0.05, mirror: float = 0.0) -> Thing:
    """A wall across the view."""
    return Thing(behind(depth), colour, gloss=gloss, mirror=mirror)


def ground(colour: Colour, height: float = 0.0, gloss: float = 0.1, mirror: float = 0.0) -> Thing:
    """A floor, or the top of a table."""
    return Thing(above(height), colour, gloss=gloss, mirror=mirror)
