import { expect, it } from 'vitest';
import { ALLOCATION, viewOf } from '../../../test/support/action-run.js';
import { toView, type ActionViewRow } from './action-view.js';

const { id, ...columns } = ALLOCATION;
const { allocation: _, ...action } = viewOf();
const row: ActionViewRow = { ...action, ...columns, allocationId: id };

it('reads an action with its allocation', () => {
  expect(toView(row)).toEqual({ ...action, allocation: ALLOCATION });
});

it.each(['allocationId', 'identity', 'key', 'options'] as const)(
  'reads no allocation without its %s',
  (column) => {
    expect(toView({ ...row, [column]: null })).toEqual({ ...action, allocation: null });
  },
);
