// The panel's page: what it shows of a session, and what each control does.

const PAGE = `
<p class="ssb-hint" data-ssb="hint"></p>
<button type="button" data-ssb="sample">Sample at a click</button>
<div data-ssb="busy" hidden><span data-ssb="doing"></span><progress data-ssb="progress" aria-label="Progress of the sampling"></progress></div>
<p role="status" data-ssb="told"></p>
<div data-ssb="answer" hidden>
  <p data-ssb="measured"></p>
  <fieldset><legend>What readers may draw</legend><div data-ssb="readings"></div></fieldset>
  <label class="ssb-row">Samples <output data-ssb="number"></output><input type="range" min="1" step="1" data-ssb="slider"></label>
  <label class="ssb-row"><input type="checkbox" data-ssb="heat"> Heat map: where they disagree</label>
  <div class="ssb-bar" data-ssb="bar" aria-hidden="true"></div>
  <div class="ssb-ends" aria-hidden="true"><span>0</span><span>disagreement, bit</span><span>1</span></div>
  <button type="button" data-ssb="edit">Edit this mask</button>
  <button type="button" data-ssb="submit"></button>
  <p data-ssb="mine"></p>
  <button type="button" data-ssb="restore" hidden>Put my edits back</button>
  <button type="button" class="ssb-quiet" data-ssb="store">Store all as DICOM in the PACS</button>
</div>
<small>Not for clinical use.</small>`;

const percent = share => `${Math.round(100 * share)} %`;
const ml = value => `${value.toFixed(value < 1 ? 2 : 1)} mL`;
const interval = ({ median, low, high }, unit) => `${median.toFixed(1)} ${unit} (${low.toFixed(1)} to ${high.toFixed(1)})`;

/** Fill `node` with the panel. actions: {sampleAtClick(), session()}; colors: of the heat map. Returns what brings it up to date. */
export function fill(node, actions, colors, annotator) {
  node.classList.add('ssb-panel');
  node.innerHTML = PAGE;
  const part = Object.fromEntries([...node.querySelectorAll('[data-ssb]')].map(one => [one.dataset.ssb, one]));
  part.bar.style.background = `linear-gradient(to right, ${colors.map((c, n) => `rgb(${c}) ${10 * n}% ${10 * n + 10}%`).join(', ')})`;
  part.submit.textContent = `Submit as mine (${annotator})`;
  let listed = null;

  part.sample.onclick = () => actions.sampleAtClick();
  part.slider.oninput = () => actions.session().choose(`sample ${part.slider.value}`);
  part.heat.onchange = () => actions.session().showHeat(part.heat.checked);
  part.edit.onclick = () => actions.session().mine.edit();
  part.submit.onclick = () => actions.session().mine.submit();
  part.restore.onclick = () => actions.session().mine.restore();
  part.store.onclick = () => actions.session().storeInPacs();
  part.readings.onchange = ({ target }) => actions.session().choose(target.value);

  return function update(session, armed) {
    part.hint.textContent = hint(session, armed);
    part.sample.disabled = !session || Boolean(session.busy);
    part.sample.textContent = armed ? 'Cancel' : 'Sample at a click';
    part.busy.hidden = !session?.busy;
    part.answer.hidden = !session?.summary;
    part.told.textContent = session?.told?.text ?? '';
    part.told.className = session?.told?.failed ? 'ssb-failed' : '';
    if (session?.busy) {
      const { text, done } = session.busy;
      part.doing.textContent = done === null ? `${text} …` : `${text}: ${percent(done)}`;
      done === null ? part.progress.removeAttribute('value') : (part.progress.value = done);
    }
    if (!session?.summary) {
      return;
    }
    if (listed !== session.summary) {
      listed = session.summary;
      list(part, session);
    }
    const number = session.choice.match(/^sample (\d+)$/)?.[1];
    part.number.textContent = number ? `${number} of ${listed.samples}` : `1 to ${listed.samples}`;
    if (number) {
      part.slider.value = number;
    }
    part.slider.setAttribute('aria-valuetext', session.choice);
    part.readings.querySelectorAll('input').forEach(input => {
      input.checked = input.value === session.choice;
    });
    part.heat.checked = session.heatOn;
    const { mine } = session;
    part.mine.textContent = mine.layer ? `Yours starts from ${mine.from}${mine.unsent ? '; your edits are not submitted yet.' : '.'}` : '';
    part.restore.hidden = !mine.dropped;
    for (const button of [part.edit, part.submit, part.store, part.restore]) {
      button.disabled = Boolean(session.busy);
    }
  };
}

function hint(session, armed) {
  if (!session) {
    return 'Open an image that the server knows.';
  }
  return armed ? 'Click on the lesion in the image (Esc to cancel).' : 'One click on a lesion, many plausible masks.';
}

/** The measurements, and the consensus and each interpretation as a choice. */
function list(part, session) {
  const { measurements, interpretations, consensus, samples } = session.summary;
  const { volume_ml: volume, diameter_mm: diameter } = measurements;
  part.measured.textContent = `Volume ${interval(volume, 'mL')}, diameter ${interval(diameter, 'mm')}, of ${samples} samples`;
  const readings = [
    { name: 'consensus', share: null, volume_ml: consensus.volume_ml },
    ...interpretations,
  ];
  part.readings.replaceChildren(...readings.map(one => choice(session, one)));
  part.slider.max = samples;
  part.slider.value = 1;
}

function choice(session, { name, share, volume_ml: volume }) {
  const label = document.createElement('label');
  const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'ssb-reading', value: name });
  const color = session.mask(name).color;
  const swatch = Object.assign(document.createElement('span'), { className: 'ssb-swatch' });
  swatch.style.background = `rgb(${color})`;
  const parts = [name, share === null ? '' : percent(share), ml(volume)];
  label.append(input, swatch, ...parts.map(text => Object.assign(document.createElement('span'), { textContent: text })));
  return label;
}
