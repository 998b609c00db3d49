// Outlines of a mask in one slice: marching squares (Lorensen and Cline 1987, in 2-D) at half height between voxel centres.
// Each corner pattern (1 upper left, 2 upper right, 4 lower right, 8 lower left) as edges [from, to], the mask on the left; two
// touching corners (5, 10) count as apart. Edges: 0 top, 1 right, 2 bottom, 3 left.
const EDGES = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];
const AT = [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]];

// Closed lines [[x, y], ...] in voxels of the slice, whole numbers at voxel centres.
export function contours({ values, width, height }) {
  const at = (x, y) => (x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] ? 1 : 0);
  const next = new Map();
  for (let y = -1; y < height; y += 1) {
    for (let x = -1; x < width; x += 1) {
      const pattern = at(x, y) + 2 * at(x + 1, y) + 4 * at(x + 1, y + 1) + 8 * at(x, y + 1);
      for (const [from, to] of EDGES[pattern]) {
        const point = edge => [x + AT[edge][0], y + AT[edge][1]];
        next.set(`${point(from)}`, point(to));
      }
    }
  }
  const lines = [];
  while (next.size) {
    const [start] = next.keys();
    const line = [];
    for (let key = start; next.has(key); ) {
      const point = next.get(key);
      next.delete(key);
      line.push(point);
      key = `${point}`;
    }
    lines.push(line);
  }
  return lines;
}
