// The result in words and numbers: cards, measurements, files.
import { download } from './api.js';
import { at, figure, make, rgb } from './dom.js';
import { heat } from './heat.js';

const range = ({ median, low, high }, unit) => `${figure(median)} ${unit} (${figure(low)} to ${figure(high)})`;
const some = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;

export function renderResult(shapes, onSelect) {
  const { summary, review } = shapes;
  const empty = summary.interpretations.find(found => !found.volume_ml);
  const seen = summary.interpretations.length - (empty ? 1 : 0);
  at('headline').textContent = `${some(summary.samples, 'sample')}, ${some(seen, 'interpretation')}${empty ? ', or no lesion' : ''}`;
  at('notes').replaceChildren(...summary.notes.map(note => make('li', { textContent: note })));
  renderNested(shapes);
  const { volume_ml: volume, diameter_mm: diameter, agreement } = summary.measurements;
  at('measures').replaceChildren(
    ...[
      ['Volume', range(volume, 'mL')],
      ['Axial diameter', range(diameter, 'mm')],
      ['Mean Dice of pairs', figure(agreement)],
    ].map(([name, value]) => make('div', {}, make('dt', { textContent: name }), make('dd', { textContent: value }))),
  );
  at('cards').replaceChildren(
    ...summary.interpretations.map((found, number) => {
      const { volume_ml, diameter_mm, color } = review.interpretations[number];
      const sizes = found.volume_ml ? [range(volume_ml, 'mL'), range(diameter_mm, 'mm')] : ['These samples mark nothing here'];
      return make(
        'button',
        { className: 'card', data: { number }, style: { '--color': rgb(color), '--share': `${100 * found.share}%` }, onclick: () => onSelect({ kind: 'interpretation', number }) },
        make('span', { className: 'name', textContent: found.volume_ml ? `Interpretation ${number + 1}` : 'No lesion' }),
        make('span', { className: 'share', textContent: `${Math.round(100 * found.share)} %` }),
        ...sizes.map(size => make('span', { className: 'size', textContent: size })),
        make('span', { className: 'count', textContent: `${found.members.length} of ${some(summary.samples, 'sample')}` }),
      );
    }),
  );
  at('sample').max = summary.samples;
  const files = [
    ['Reading report (one page)', '/report', `${summary.id}-report.html`],
    ['Reading in numbers (JSON)', '', `${summary.id}.json`],
    ['All masks in layers (.seg.nrrd)', '/samples.seg.nrrd', `${summary.id}-samples.seg.nrrd`],
    ['Consensus (NIfTI)', '/mask.nii.gz?show=consensus', `${summary.id}-consensus.nii.gz`],
    ['Disagreement (NIfTI)', '/disagreement', `${summary.id}-disagreement.nii.gz`],
    ...(review.dicom ? [['All masks (DICOM SEG)', '/segmentation.dcm', `${summary.id}-segmentation.dcm`], ['Disagreement (DICOM Parametric Map)', '/disagreement.dcm', `${summary.id}-disagreement.dcm`]] : []),
  ];
  at('downloads').replaceChildren(
    ...files.map(([name, path, file]) => make('li', {}, make('a', { href: download(summary.id, path), download: file, textContent: name }))),
  );
}

// Three bars inside one another: what all samples include, what most do, what any does.
function renderNested(shapes) {
  const { certain, consensus, possible } = shapes.nested();
  const bar = (name, ml, kind) =>
    make('div', { className: `bar ${kind}`, style: { '--part': `${possible ? (100 * ml) / possible : 0}%` } },
      make('span', { textContent: name }), make('i'), make('b', { textContent: `${figure(ml)} mL` }));
  at('nested').replaceChildren(bar('Any sample', possible, 'possible'), bar('Consensus', consensus, 'consensus'), bar('All samples', certain, 'certain'));
}

export function renderSelection(shapes, selected) {
  for (const card of at('cards').children) {
    const on = selected?.kind === 'interpretation' && Number(card.dataset.number) === selected.number;
    card.setAttribute('aria-pressed', String(on));
  }
  const number = selected?.kind === 'sample' ? selected.number : selected?.kind === 'interpretation' ? shapes.summary.interpretations[selected.number].representative - 1 : null;
  if (number === null) {
    at('sample-text').textContent = `none of ${shapes.count}: the consensus is shown`;
    return;
  }
  at('sample').value = number + 1;
  const { volume_ml, diameter_mm } = shapes.review.samples[number];
  const group = shapes.summary.interpretations[shapes.interpretationOf[number]].name;
  const size = volume_ml ? `${group}, ${figure(volume_ml)} mL, ${figure(diameter_mm)} mm` : group;
  at('sample-text').textContent = `${number + 1} of ${shapes.count}: ${size}`;
}

export function renderLegend(shapes, shown) {
  const entries = [];
  const entry = (name, color, kind) => entries.push(make('li', { className: kind, style: { '--color': rgb(color) }, textContent: name }));
  if (shown.consensus) entry('Consensus', shapes.review.consensus.color, 'line');
  if (shown.selected) {
    const name = shown.selected.kind === 'sample' ? `Sample ${shown.selected.number + 1}` : shapes.summary.interpretations[shown.selected.number].name;
    entry(name[0].toUpperCase() + name.slice(1), shapes.color(shown.selected), 'line');
  }
  if (shown.all) entry('All samples', [255, 255, 255], 'thin');
  if (shown.heat) entry('Disagreement', heat(1), 'area');
  at('legend').replaceChildren(...entries);
}

export function renderPoints(points, onRemove) {
  at('points').replaceChildren(
    ...points.map((point, number) =>
      make('li', {}, `${point.kind === 'click' ? 'Click' : point.kind === 'inside' ? 'Inside' : 'Outside'} at voxel ${point.voxel.join(', ')} `,
        ...(point.kind === 'click' ? [] : [make('button', { textContent: 'Remove', ariaLabel: `Remove point ${number}`, onclick: () => onRemove(number) })])),
    ),
  );
}

export function renderRaters(found) {
  const entries = Object.entries(found.raters).map(([rater, { latest, versions }]) => {
    const { voxels, time } = versions.at(-1);
    return make('li', { textContent: `${rater}: version ${latest}, ${voxels} voxels, ${new Date(time).toLocaleString()}` });
  });
  at('raters').replaceChildren(...entries);
}
