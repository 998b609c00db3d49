// The masks of a sample set on the block of voxels that holds them all, and what follows from them.
// Voxels are counted i, j, k as in the file, k fastest; `start` is where the block lies in the image.
export class Shapes {
  constructor(summary, review, bits) {
    this.summary = summary;
    this.review = review;
    this.start = review.box.start;
    this.size = review.box.stop.map((stop, axis) => stop - this.start[axis]);
    this.count = summary.samples;
    this.voxels = this.size[0] * this.size[1] * this.size[2];
    this.samples = unpack(bits, this.count, this.voxels);
    this.votes = new Uint16Array(this.voxels);
    for (const mask of this.samples) mask.forEach((on, at) => (this.votes[at] += on));
    this.consensus = Uint8Array.from(this.votes, votes => votes > this.count / 2);
    // Entropy of the mean in bits, as ssb.plausible defines the disagreement.
    const bitsOf = Float32Array.from({ length: this.count + 1 }, (_, votes) => entropy(votes / this.count));
    this.disagreement = Float32Array.from(this.votes, votes => bitsOf[votes]);
    const of = [];
    summary.interpretations.forEach((found, number) => found.members.forEach(member => (of[member - 1] = number)));
    this.interpretationOf = of;
  }

  // The mask of {kind, number}: "consensus", "interpretation" or "sample", numbers from 0.
  mask({ kind, number }) {
    if (kind === 'consensus') return this.consensus;
    return this.samples[kind === 'sample' ? number : this.summary.interpretations[number].representative - 1];
  }

  color({ kind, number }) {
    if (kind === 'consensus') return this.review.consensus.color;
    return this.review.interpretations[kind === 'sample' ? this.interpretationOf[number] : number].color;
  }

  // A slice of block values across `axis` at the image's index, as {values, width, height}, the lower of the other axes along the width.
  slice(values, axis, index) {
    const at = index - this.start[axis];
    if (at < 0 || at >= this.size[axis]) return null;
    const steps = [this.size[1] * this.size[2], this.size[2], 1];
    const [u, v] = [0, 1, 2].filter(other => other !== axis);
    const [width, height] = [this.size[u], this.size[v]];
    const found = new values.constructor(width * height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) found[y * width + x] = values[at * steps[axis] + x * steps[u] + y * steps[v]];
    }
    return { values: found, width, height };
  }

  // Per slice of the block across `axis`: the sum of the disagreement, and how many voxels the consensus has.
  bySlice(axis) {
    return Array.from({ length: this.size[axis] }, (_, at) => {
      const index = this.start[axis] + at;
      const sum = values => this.slice(values, axis, index).values.reduce((total, value) => total + value, 0);
      return { index, disagreement: sum(this.disagreement), consensus: sum(this.consensus) };
    });
  }

  // The voxel to look at: in the slice across `axis` that disagrees most, the middle of the disagreement; null where all agree.
  mostDisputed(axis) {
    const most = this.bySlice(axis).reduce((best, slice) => (slice.disagreement > best.disagreement ? slice : best));
    if (!most.disagreement) return null;
    const { values, width } = this.slice(this.disagreement, axis, most.index);
    const middle = [0, 0];
    values.forEach((value, at) => {
      middle[0] += (value * (at % width)) / most.disagreement;
      middle[1] += (value * Math.floor(at / width)) / most.disagreement;
    });
    const [u, v] = [0, 1, 2].filter(other => other !== axis);
    const found = [];
    [found[axis], found[u], found[v]] = [most.index, this.start[u] + Math.round(middle[0]), this.start[v] + Math.round(middle[1])];
    return found;
  }

  // The first and last voxel along each axis that a quarter of the samples cover; of all voxels where none is.
  bounds() {
    const least = this.count / 4;
    const [low, high] = [[...this.size], [-1, -1, -1]];
    this.votes.forEach((votes, at) => {
      if (votes < least) return;
      const voxel = [Math.floor(at / (this.size[1] * this.size[2])), Math.floor(at / this.size[2]) % this.size[1], at % this.size[2]];
      voxel.forEach((index, axis) => {
        low[axis] = Math.min(low[axis], index);
        high[axis] = Math.max(high[axis], index);
      });
    });
    const none = high[0] < 0;
    const moved = (found, other) => this.start.map((start, axis) => start + (none ? other[axis] : found[axis]));
    return { low: moved(low, [0, 0, 0]), high: moved(high, this.size.map(count => count - 1)) };
  }

  // How many samples cover a voxel of the image.
  votesAt(voxel) {
    const [i, j, k] = voxel.map((value, axis) => value - this.start[axis]);
    const outside = [i, j, k].some((value, axis) => value < 0 || value >= this.size[axis]);
    return outside ? 0 : this.votes[(i * this.size[1] + j) * this.size[2] + k];
  }

  // Volumes in mL of what all, more than half, and any of the samples cover.
  nested() {
    const { affine_lps: a } = this.summary.grid;
    const ml = Math.abs(determinant(a)) / 1000;
    const over = least => this.votes.reduce((total, votes) => total + (votes >= least), 0) * ml;
    return { certain: over(this.count), consensus: over(Math.floor(this.count / 2) + 1), possible: over(1) };
  }
}

function unpack(bits, count, voxels) {
  return Array.from({ length: count }, (_, number) => {
    const mask = new Uint8Array(voxels);
    for (let at = 0, bit = number * voxels; at < voxels; at += 1, bit += 1) mask[at] = (bits[bit >> 3] >> (7 - (bit & 7))) & 1;
    return mask;
  });
}

const entropy = p => (p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p));

const determinant = a =>
  a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
  a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
  a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
