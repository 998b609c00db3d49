// The disagreement of a sample set in ten bands, each a segment of its own colour: OHIF's labelmaps hold whole numbers only.

export const BANDS = 10;

/** From little to much: ten steps of matplotlib's map "plasma" (CC0), red, green, blue, 0 to 255. */
export const COLORS = [
  [13, 8, 135], [70, 3, 159], [114, 1, 168], [156, 23, 158], [189, 55, 134],
  [216, 87, 107], [237, 121, 83], [251, 159, 58], [253, 202, 38], [240, 249, 33],
];

/** {1: {label}, ...} for the bands. */
export const segments = Object.fromEntries(
  COLORS.map((_, n) => [n + 1, { label: `disagreement ${n / BANDS} to ${(n + 1) / BANDS} bit`, locked: true }])
);

/**
 * The band of each voxel: 0 where all samples agree, else 1 to BANDS for equal parts of 0 to 1 bit.
 * masks: Uint8Arrays of equal length. The entropy of the mean in bits, as the server defines the disagreement.
 */
export function bands(masks) {
  const ofCount = Uint8Array.from({ length: masks.length + 1 }, (_, count) => {
    const p = count / masks.length;
    const bits = p > 0 && p < 1 ? -p * Math.log2(p) - (1 - p) * Math.log2(1 - p) : 0;
    return Math.ceil(bits * BANDS);
  });
  return masks[0].map((_, at) => ofCount[masks.reduce((sum, mask) => sum + mask[at], 0)]);
}
