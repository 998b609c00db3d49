"""The healthy chest of the phantom without its lung vessels: body wall, bones, mediastinum and lungs.

Everything is our own simple geometry, with sizes and Hounsfield units of an adult. Coordinates are mm from the middle of the chest:
x to the patient's left, y to the back, z to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.datasets.phantom_shapes import Point, oval, paint, smooth_union, stroke, window

AIR, LUNG, FAT, WALL, MUSCLE, CARTILAGE, MARROW, CORTEX = -1000.0, -865.0, -100.0, 30.0, 55.0, 110.0, 180.0, 750.0
RIB_PERIOD = 27.0
RIB_SLOPE = 0.42
VERTEBRA_PERIOD = 26.0
DISC = 5.0
ADULT = (336.0, 264.0)


@dataclass(frozen=True)
class Chest:
    """One person: what differs from seed to seed.

    size: scale of all lengths, 1 for an adult. blood: HU in the vessels, higher with contrast medium. fat: mm under the skin.
    shift: mm along z, so that ribs and vertebrae fall on other slices. pixel: width of a soft edge, mm of the scaled person.
    """

    size: float
    blood: float
    fat: float
    shift: float
    pixel: float

    @classmethod
    def draw(cls, rng: np.random.Generator, width: float, depth: float, pixel: float) -> Chest:
        """A person who fits an image of `width` (x) by `depth` (y) mm with pixels of `pixel` mm."""
        size = min(width / ADULT[0], depth / ADULT[1])
        blood = float(rng.choice([50.0, 180.0]))
        return cls(size, blood, float(rng.uniform(8, 15)), float(rng.uniform(0, RIB_PERIOD)), pixel / size)

    def hu(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """HU (I, J, K) float32 at the voxel centres x (I, 1), y (1, J), z (K,) in mm."""
        x, y, z = (v.astype(np.float32) / np.float32(self.size) for v in (x, y, z))
        body = self._body(x, y)
        return np.stack([self._slice(body, x, y, float(height)) for height in z], axis=-1)

    def lung(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Signed distance in mm, nearly, to the surface of the lungs: negative inside. x, y and z broadcast."""
        x, y, z = x / self.size, y / self.size, z / self.size
        narrow = _narrow(z)
        cavity = _cavity(x / narrow, y / narrow) * narrow
        low = _heart_width(z)
        heart = oval((x - 20 * low) / (30 + 32 * low) * 50, (y + 28) / (28 + 20 * low) * 40, (0, 0), (50, 40), 2.2)
        return self.size * np.maximum(cavity, -np.minimum(heart, _between_lungs(x, y)))

    def _paint(self, hu: np.ndarray, distance: np.ndarray, value: float) -> None:
        paint(hu, distance, value, self.pixel)

    def _bone(self, hu: np.ndarray, distance: np.ndarray, shell: float = 1.7, marrow: float = MARROW) -> None:
        self._paint(hu, distance, CORTEX)
        self._paint(hu, distance + shell, marrow)

    def _oval(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, centre: Point, axes: Point, value: float) -> None:
        part = window(x, y, centre, (axes[0] + 2, axes[1] + 2))
        self._paint(hu[part], oval(x[part[0]], y[:, part[1]], centre, axes), value)

    def _body(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """What is the same in every slice: the table, skin, fat and the muscles of the wall."""
        hu = np.full((x.size, y.size), AIR, dtype=np.float32)
        table = np.maximum(np.abs(y - 123 + (x / 62) ** 2) - 2, np.abs(x) - 150)
        self._paint(hu, table, -350)
        self._paint(hu, table + 1.2, -750)
        skin = oval(x, y, (0, -1), (157, 113), 2.3)
        self._paint(hu, skin, 20)
        self._paint(hu, skin + 2.0, FAT)
        under = skin + 2 + self.fat * (0.55 + 0.45 * np.abs(y) / 113)
        self._paint(hu, under, MUSCLE)
        layer = 7.5 + 2.0 * np.cos(x / 21) + 1.5 * np.sin(y / 17)
        self._paint(hu, np.abs(under + layer) - 0.8, FAT + 30)
        self._paint(hu, np.maximum(stroke(np.abs(x), y, (26, 96), (60, 96)) - 0.9, under + 3), FAT + 40)
        return hu

    def _slice(self, body: np.ndarray, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
        hu = body.copy()
        narrow = float(_narrow(z))
        wall = _cavity(x / narrow, y / narrow) * narrow
        for side in (-1, 1):
            self._shoulder_blade(hu, side * x, y, z)
        self._ribs(hu, x, y, z, wall)
        breast_bone = -1 - 87 * narrow - 8
        part = window(x, y, (0, breast_bone), (24, 9))
        self._bone(hu[part], oval(x[part[0]], y[:, part[1]], (0, breast_bone), (19, 6), 2.6))
        part = window(x, y, (0, 0), (130, 90))
        self._lungs(hu[part], x[part[0]], y[:, part[1]], wall[part])
        part = window(x, y, (12, 0), (86, 92))
        self._mediastinum(hu[part], x[part[0]], y[:, part[1]], z, wall[part])
        part = window(x, y, (0, 82), (38, 36))
        self._spine(hu[part], x[part[0]], y[:, part[1]], z)
        return hu

    def _ribs(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, z: float, wall: np.ndarray) -> None:
        """Ribs run around the chest and downwards to the front, so that a slice cuts each into a long oval."""
        along = 105.0 * np.arctan2(np.abs(x), y + 2)
        phase = (z + self.shift + RIB_SLOPE * along) % RIB_PERIOD - RIB_PERIOD / 2
        rib = 4.0 * np.sqrt(((wall - 6.0) / 4.0) ** 2 + (phase / 6.2) ** 2) - 4.0
        self._bone(hu, np.maximum(rib, np.maximum(along - 255, 34 - along)), shell=1.5)
        self._paint(hu, np.maximum(rib, np.maximum(255 - along, along - 305)), CARTILAGE)

    def _shoulder_blade(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, z: float) -> None:
        if z > -35:
            outer = (129 - 0.12 * z, 56 - 0.1 * z)
            thick = np.clip(2.2 + 1.6 * (x - 60) / 60, 1.8, 4.2) + 0.6 * np.sin(x / 7)
            self._bone(hu, stroke(x, y, (84, 95), outer) - thick, shell=1.4)

    def _lungs(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, wall: np.ndarray) -> None:
        """Lungs are denser where the patient lies on them; a thin fissure crosses each."""
        self._paint(hu, wall, LUNG)
        hu += np.clip(0.5 - wall / self.pixel, 0, 1) * (0.35 * y)
        fissure = np.abs(y - 18 + 0.0016 * (np.abs(x) - 75) ** 2) - 0.25
        self._paint(hu, np.maximum(fissure, wall + 1), LUNG + 90)

    def _mediastinum(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, z: float, wall: np.ndarray) -> None:
        low, rise = float(_heart_width(z)), float(np.clip((z + 30) / 25, 0, 1))
        heart = oval(x, y, (20 * low, -28), (30 + 32 * low, 28 + 20 * low), 2.2)
        inside = np.maximum(smooth_union([heart, _between_lungs(x, y)], 5.0), wall)
        self._paint(hu, inside, WALL)
        self._paint(hu, inside + 1.5, FAT + 15)
        if low > 0.25:
            muscle = oval(x, y, (20 * low, -26), (24 + 32 * low, 22 + 18 * low), 2.2)
            self._paint(hu, np.maximum(muscle, inside + 3), MUSCLE + 10)
            self._oval(hu, x, y, (30 * low, -18), (20 * low, 15 * low), self.blood)
            self._oval(hu, x, y, (-12, -34), (18 * low, 20 * low), self.blood)
        if rise > 0:
            for cx, cy, radius in ((-12.0, -26.0, 16.0), (17.0, -32.0, 13.0), (-27.0, -16.0, 9.0)):
                self._oval(hu, x, y, (cx, cy), (radius * rise, radius * rise), self.blood)
        self._oval(hu, x, y, (19, 46), (12.5, 12.5), self.blood)
        self._oval(hu, x, y, (2, 36), (8, 5.5), MUSCLE)
        if z > -16:
            apart = float(np.clip((12 - z) / 30, 0, 1)) * 22
            pipe = 9 - 0.09 * apart
            for side in (-1, 1):
                centre = side * apart, 14 + 0.2 * apart
                self._oval(hu, x, y, centre, (pipe, pipe), WALL)
                self._oval(hu, x, y, centre, (pipe - 1.5, pipe - 1.5), AIR)

    def _spine(self, hu: np.ndarray, x: np.ndarray, y: np.ndarray, z: float) -> None:
        canal = oval(x, y, (0, 86), (12, 10.5))
        body = np.maximum(oval(x, y, (0, 63), (18, 15), 2.2), -canal - 2)
        arch = np.abs(canal) - 2.4
        spike = stroke(x, y, (0, 95), (0, 105)) - 2.8
        wings = stroke(np.abs(x), y, (11, 83), (29, 92)) - 3.8
        self._paint(hu, canal, 25)
        if (z + 0.7 * self.shift) % VERTEBRA_PERIOD < DISC:
            self._paint(hu, body, 90)
        else:
            self._bone(hu, body, marrow=210)
            self._bone(hu, wings, marrow=260)
        self._bone(hu, np.minimum(arch, spike), marrow=380)


def _narrow(z: np.ndarray | float) -> np.ndarray:
    """Width of the chest at height z beside its width at the heart."""
    return 1.0 - 0.16 * np.clip((np.asarray(z) + 20) / 100, 0, 1) ** 1.5


def _heart_width(z: np.ndarray | float) -> np.ndarray:
    return np.sqrt(np.clip(1 - ((np.asarray(z) + 60) / 75) ** 2, 0, 1))


def _cavity(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance to the inside of the ribs where the chest is widest."""
    return oval(x, y, (0, -1), (127, 87), 2.35)


def _between_lungs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance to what keeps the lungs apart at every height: great vessels, strip behind the breast bone, aorta, gullet, spine."""
    top = oval(x, y, (0, -18), (27, 50))
    front = np.maximum(oval(x, y, (2, -60), (16, 40), 1.6), y + 30)
    spine = oval(x, y, (0, 66), (20, 24), 2.2)
    aorta = oval(x, y, (19, 46), (14.5, 14.5))
    gullet = oval(x, y, (4, 34), (17, 24))
    return smooth_union([top, front, spine, aorta, gullet], 5.0)
