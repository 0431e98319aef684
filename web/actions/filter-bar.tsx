import { STATES } from '../../src/state-machine/action-state.js';
import { FilterChoices, FilterField } from '../ui/filter-field.js';
import { OUTCOMES } from './outcomes.js';
import { TEXTS, toggled, valuesOf, type Filters } from './filters.js';

const LABELS: Record<(typeof TEXTS)[number], string> = {
  action: 'Action (slug)',
  project: 'Project',
  gitRef: 'Git ref',
  installation: 'Installation',
  resource: 'Resource',
  deployment: 'Deployment',
};

interface FilterBarProps {
  filters: Filters;
  change: (filters: Filters) => void;
}

/** All filters of the API. Checkboxes apply at once, texts on Enter or when they lose the focus. */
export function FilterBar({ filters, change }: FilterBarProps) {
  const further = [...TEXTS, 'since', 'until', 'outcome'] as const;
  const used = further.filter((name) => filters[name] !== undefined).length;
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <FilterChoices
        legend="State"
        values={STATES}
        chosen={valuesOf(filters.state)}
        toggle={(value) => change({ ...filters, state: toggled(filters.state, value) })}
      />
      <details open={used > 0}>
        <summary>More filters{used > 0 && ` (${used})`}</summary>
        <FilterChoices
          legend="Outcome"
          values={OUTCOMES}
          chosen={valuesOf(filters.outcome)}
          toggle={(value) => change({ ...filters, outcome: toggled(filters.outcome, value) })}
        />
        <div class="fields">
          {TEXTS.map((name) => (
            <FilterField
              key={name}
              label={LABELS[name]}
              value={filters[name] ?? ''}
              change={(value) => change({ ...filters, [name]: value })}
            />
          ))}
          {(['since', 'until'] as const).map((name) => (
            <FilterField
              key={name}
              label={name === 'since' ? 'Created since (UTC)' : 'Created before (UTC)'}
              placeholder="2026-01-31 or 2026-01-31T12:00Z"
              value={filters[name] ?? ''}
              change={(value) => change({ ...filters, [name]: value })}
            />
          ))}
        </div>
      </details>
      {Object.keys(filters).length > 0 && (
        <button type="button" class="quiet" onClick={() => change({})}>
          Clear filters
        </button>
      )}
    </form>
  );
}
