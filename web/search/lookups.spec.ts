import { describe, expect, it } from 'vitest';
import { onlyPlace, type FoundPage } from './found.js';
import { lookupsFor } from './lookups.js';

const asked = (text: string): string[] => lookupsFor(text).map(({ what }) => what);
const found = (over: Partial<FoundPage>): FoundPage => ({
  what: 'x',
  actions: [],
  deliveries: [],
  allocations: [],
  all: null,
  ...over,
});
const action = (id: string): FoundPage => found({ actions: [{ id } as FoundPage['actions'][number]] });

describe('a search', () => {
  it('looks up a single object only if the text can be its id', () => {
    expect(asked('01a20d11-c0d1-7674-84ce-950fcf9adeff')).toEqual(
      expect.arrayContaining(['Action', 'Delivery', 'Allocation']),
    );
    expect(asked('shop-main-1')).toContain('Allocation');
    expect(asked('feature/a')).not.toContain('Allocation');
    expect(asked('dpl_1')).not.toContain('Action');
  });

  it('looks up every text as deployment, ref, owner and event', () => {
    const all = ['Deployment', 'Git ref', 'Installation', 'Resource', 'Project', 'Action (slug)', 'Event'];
    expect(asked('feature/a')).toEqual(all);
    expect(lookupsFor('feature/a b').map(({ path }) => path)).toContain(
      '/actions?gitRef=feature%2Fa+b&limit=5',
    );
  });

  it('opens the only result, even if two lookups found it', () => {
    expect(onlyPlace([action('a'), action('a')])).toBe('/console/actions/a');
    expect(onlyPlace([action('a'), action('b')])).toBeNull();
    expect(onlyPlace([])).toBeNull();
  });
});
