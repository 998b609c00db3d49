// The list of studies, with a search over everything that tells one from another.
import { images } from './api.js';
import { at, make } from './dom.js';

const day = date => (date?.length === 8 ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date);

export const titleOf = ({ id, facts }) => facts.patient || id;

const detailsOf = ({ facts, id }) => [day(facts.date), facts.modality, facts.description, facts.patient ? id : ''].filter(Boolean).join(' · ');

const ratersOf = ({ raters }) => (raters.length ? `annotated by ${raters.join(', ')}` : 'not annotated yet');

export class Studies {
  constructor(onPick, onProblem) {
    Object.assign(this, { onPick, onProblem, found: [] });
    at('search').addEventListener('input', () => this.#render());
    at('open-studies').addEventListener('click', () => this.open());
    at('close-studies').addEventListener('click', () => at('studies').close());
  }

  async open() {
    if (!at('studies').open) at('studies').showModal();
    at('search').focus();
    at('found').textContent = 'Loading the list ...';
    try {
      this.found = await images();
      this.#render();
    } catch (error) {
      at('studies').close();
      this.onProblem(error);
    }
  }

  #render() {
    const words = at('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = this.found.filter(one => {
      const text = `${titleOf(one)} ${detailsOf(one)} ${ratersOf(one)}`.toLowerCase();
      return words.every(word => text.includes(word));
    });
    at('found').textContent = `${fits.length} of ${this.found.length} images`;
    at('list').replaceChildren(
      ...fits.map(one =>
        make('li', {},
          make('button', { data: { image: one.id }, onclick: () => this.#pick(one) },
            make('b', { textContent: titleOf(one) }), make('span', { textContent: detailsOf(one) }), make('small', { textContent: ratersOf(one) }))),
      ),
    );
  }

  #pick(one) {
    at('studies').close();
    this.onPick(one);
  }
}
