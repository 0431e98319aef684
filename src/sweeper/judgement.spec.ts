import { describe, expect, it } from 'vitest';
import { PATIENT_MS, PATIENT_TIMES, judge, type Evidence } from './judgement.js';

let number = 0;
const one = (over: Partial<Evidence>): Evidence => ({
  deploymentId: `dpl_${++number}`,
  projectId: 'prj_1',
  found: false,
  gone: false,
  goneTimes: 0,
  goneMs: 0,
  deleted: false,
  confirmed: false,
  unasked: false,
  released: false,
  ...over,
});
const some = (count: number, over: Partial<Evidence>): Evidence[] =>
  Array.from({ length: count }, () => one(over));
const FOUND = { found: true };
const GONE = { gone: true, goneTimes: 1, goneMs: 60_000 };
const GONE_FOR_DAYS = { gone: true, goneTimes: PATIENT_TIMES, goneMs: PATIENT_MS };
const OTHER = { projectId: 'prj_2' };

describe('deployments that Vercel does not find', () => {
  it.each<[string, Evidence[], number]>([
    ['one beside one that is found', [...some(1, GONE), ...some(1, FOUND)], 1],
    ['four of five at once, too few for a doubt', [...some(4, GONE), ...some(1, FOUND)], 4],
    ['five of ten', [...some(5, GONE), ...some(5, FOUND)], 5],
    ['a few of many', [...some(30, GONE), ...some(170, FOUND)], 30],
  ])('are released: %s', (_, evidence, count) => {
    expect(judge(evidence, false)).toMatchObject({ doubt: null, alone: [] });
    expect(judge(evidence, false).release).toHaveLength(count);
  });

  it.each<[string, Evidence[], object]>([
    ['all of fifty', some(50, GONE), { reason: 'none-found', gone: 50, found: 0 }],
    ['two of two', some(2, GONE), { reason: 'none-found', gone: 2, found: 0 }],
    [
      'all of fifty, for a month',
      some(50, { ...GONE_FOR_DAYS, goneMs: PATIENT_MS * 10 }),
      { reason: 'none-found' },
    ],
    ['six of eleven', [...some(6, GONE), ...some(5, FOUND)], { reason: 'many-gone', gone: 6, found: 5 }],
    [
      'all of one project, while another project is found',
      [...some(3, GONE), ...some(20, { ...FOUND, ...OTHER })],
      { reason: 'none-found', gone: 3, found: 0 },
    ],
    [
      'one after the other, more than half within two days',
      [...some(5, { ...GONE, released: true }), ...some(1, GONE), ...some(5, FOUND)],
      { reason: 'many-gone', gone: 1, found: 5 },
    ],
    [
      'the first of many that are not checked yet',
      [...some(2, GONE), ...some(48, {})],
      { reason: 'none-found' },
    ],
  ])('put their installation in doubt: %s', (_, evidence, doubt) => {
    expect(judge(evidence, false)).toMatchObject({ release: [], alone: [], doubt });
  });

  it('are released in a project without doubt beside a project with doubt', () => {
    const fine = [one({ ...GONE, ...OTHER }), one({ ...FOUND, ...OTHER })];
    const judged = judge([...some(3, GONE), ...fine], false);
    expect(judged.release).toEqual([fine[0]?.deploymentId]);
    expect(judged.doubt).toMatchObject({ reason: 'none-found', gone: 3 });
  });

  it.each<[string, Partial<Evidence>, number]>([
    ['not at once', GONE, 0],
    ['not after days with too few answers', { ...GONE_FOR_DAYS, goneTimes: PATIENT_TIMES - 1 }, 0],
    ['not after many answers on one day', { ...GONE_FOR_DAYS, goneMs: PATIENT_MS - 1 }, 0],
    ['after days and answers that say deleted, once the token is proven', GONE_FOR_DAYS, 1],
  ])('without another deployment in the project are released alone: %s', (_, gone, count) => {
    const judged = judge([one({ ...gone, deleted: true })], false);
    expect(judged).toMatchObject({ release: [], doubt: null });
    expect(judged.alone).toHaveLength(count);
    const beside = judge([one({ ...gone, deleted: true }), one({ ...FOUND, ...OTHER })], false);
    expect(beside).toMatchObject({ release: [], doubt: null });
    expect(beside.alone).toHaveLength(count);
  });

  it('are not compared across unknown projects', () => {
    const evidence = [one({ ...GONE, projectId: null }), one({ ...FOUND, projectId: null })];
    expect(judge(evidence, false)).toMatchObject({ release: [], alone: [], doubt: null });
  });

  it('are only reported to the operator when their project has no other deployment and "not found" is the only answer', () => {
    const judged = judge([one(GONE_FOR_DAYS), one({ ...FOUND, ...OTHER })], false);
    expect(judged).toMatchObject({ release: [], alone: [], doubt: { reason: 'none-found', gone: 1 } });
  });

  it('are released in large numbers after days and answers, when the project has a deployment that is still found', () => {
    const evidence = [...some(400, GONE_FOR_DAYS), ...some(5, FOUND)];
    expect(judge(evidence, false)).toMatchObject({ alone: [], doubt: null });
    expect(judge(evidence, false).release).toHaveLength(400);
    const mixed = judge([...evidence, ...some(2, GONE)], false);
    expect(mixed.release).toHaveLength(400);
    expect(mixed.doubt).toMatchObject({ reason: 'many-gone' });
    const other = judge([...some(400, { ...GONE_FOR_DAYS, ...OTHER }), ...some(5, FOUND)], false);
    expect(other).toMatchObject({ release: [], doubt: { reason: 'many-gone', gone: 400 } });
  });

  it('do not count a deployment that was released before', () => {
    expect(judge([one({ ...GONE, released: true }), one(GONE)], false).doubt).toBeNull();
  });

  it.each([0, 1, 2, 50])('of a transferred installation put it in doubt: %i gone, none found', (count) => {
    expect(judge(some(count, GONE_FOR_DAYS), true)).toMatchObject({
      release: [],
      alone: [],
      doubt: { reason: 'transferred', gone: count, found: 0 },
    });
  });

  it('of a transferred installation are judged as usual once one is found with its token', () => {
    expect(judge([...some(1, GONE), ...some(3, FOUND)], true)).toMatchObject({ doubt: null });
  });

  it('are released after the confirmation of an operator, except those that went missing later', () => {
    const confirmed = some(10, { ...GONE, confirmed: true });
    const judged = judge([...confirmed, ...some(3, GONE)], false);
    expect(judged.confirmed).toEqual(confirmed.map(({ deploymentId }) => deploymentId));
    expect(judged).toMatchObject({ release: [], doubt: { reason: 'none-found', gone: 3 } });
    expect(judge(confirmed, false).doubt).toBeNull();
  });
});
