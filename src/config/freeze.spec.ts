import { expect, it } from 'vitest';
import { deepFreeze } from './freeze.js';

const frozen = deepFreeze({
  list: [{ a: 1 }],
  map: new Map([['k', { deep: [1] }]]),
  set: new Set(['x']),
  bytes: Buffer.from('key'),
});

it.each([
  ['an object', () => Object.assign(frozen, { list: [] })],
  ['a list', () => frozen.list.push({ a: 2 })],
  ['an object in a list', () => (frozen.list[0]!.a = 2)],
  ['a map', () => frozen.map.set('k', { deep: [] })],
  ['a map, by delete', () => frozen.map.delete('k')],
  ['a map, by clear', () => frozen.map.clear()],
  ['a value of a map', () => frozen.map.get('k')!.deep.push(2)],
  ['a set', () => frozen.set.add('y')],
  ['a set, by delete', () => frozen.set.delete('x')],
])('deepFreeze prevents changes of %s', (_, change) => {
  expect(change).toThrow(TypeError);
});

it('deepFreeze keeps all values readable', () => {
  expect([...frozen.map.keys(), ...frozen.set, frozen.bytes.toString()]).toEqual(['k', 'x', 'key']);
});
