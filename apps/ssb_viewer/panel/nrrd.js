// The two files that go between the panel and the server: the layered .seg.nrrd with all masks, and one mask as .nrrd.

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/**
 * The segments of a layered .seg.nrrd as our server writes it (gzip, uint8, axes list, i, j, k), by name.
 * Each is {start: [i, j, k], size: [a, b, c], voxels, color: [r, g, b]}: voxels a Uint8Array of 0 and 1, i fastest, colours 0 to 255.
 */
export async function readLayers(buffer) {
  const bytes = new Uint8Array(buffer);
  const end = bytes.findIndex((byte, n) => byte === 10 && bytes[n + 1] === 10);
  const fields = {};
  for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split('\n')) {
    const [, name, value] = line.match(/^([^:]+):[= ](.*)$/) ?? [];
    if (name) {
      fields[name] = value;
    }
  }
  const numbers = name => fields[name].split(' ').map(Number);
  const [layers, ...size] = numbers('sizes');
  const start = numbers('Segmentation_ReferenceImageExtentOffset');
  const data = await through(new DecompressionStream('gzip'), bytes.subarray(end + 2));
  const found = new Map();
  for (let n = 0; n < layers; n++) {
    const voxels = new Uint8Array(size[0] * size[1] * size[2]);
    const layer = Number(fields[`Segment${n}_Layer`]);
    voxels.forEach((_, at) => {
      voxels[at] = data[at * layers + layer];
    });
    const color = numbers(`Segment${n}_Color`).map(value => Math.round(value * 255));
    found.set(fields[`Segment${n}_Name`], { start, size, voxels, color });
  }
  return found;
}

/**
 * A mask as .nrrd. planes: [{k, voxels}], where voxels (0 or more, i fastest) are those of slice k of the grid; affine: (4, 4) rows,
 * voxel indices to LPS mm; shape: [I, J, K]. Only the slices between the first and the last marked one are written.
 */
export async function maskFile(planes, affine, [columns, rows]) {
  const marked = planes.filter(({ voxels }) => voxels.some(value => value > 0)).map(({ k }) => k);
  const first = Math.min(...marked, Infinity) === Infinity ? 0 : Math.min(...marked);
  const count = marked.length ? Math.max(...marked) - first + 1 : 1;
  const size = columns * rows;
  const data = new Uint8Array(size * count);
  for (const { k, voxels } of planes) {
    if (k >= first && k < first + count) {
      data.set(voxels.map(value => (value > 0 ? 1 : 0)), (k - first) * size);
    }
  }
  const column = axis => `(${affine.slice(0, 3).map(row => row[axis]).join(',')})`;
  const origin = affine.slice(0, 3).map(row => row[3] + row[2] * first);
  const header = [
    'NRRD0005',
    'type: uint8',
    'dimension: 3',
    'space: left-posterior-superior',
    `sizes: ${columns} ${rows} ${count}`,
    `space directions: ${column(0)} ${column(1)} ${column(2)}`,
    'kinds: domain domain domain',
    'encoding: gzip',
    `space origin: (${origin.join(',')})`,
  ];
  return new Blob([header.join('\n'), '\n\n', await through(new CompressionStream('gzip'), data)]);
}
