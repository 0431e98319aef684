/** Branches that people restore, rename and move in Neon while deployments use them. */
import { describe, expect, it } from 'vitest';
import type { NeonHandle } from '../../../src/provisioner/builtin/neon-branch/handle.js';
import { PermanentError } from '../../../src/provisioner/provisioner.js';
import { KEY, NAME, type NeonWorld, world } from '../../support/neon/plugin-world.js';
import { moveEndpoint, restoreInPlace, swap } from '../../support/neon/restore.js';
import type { BranchState } from '../../support/neon/state.js';

const HOW = ['by-hand', 'snapshot'] as const;
const cases = HOW.flatMap((how) => [true, false].map((copyAnnotation) => ({ how, copyAnnotation })));

interface Swapped {
  readonly one: NeonWorld;
  readonly handle: NeonHandle;
  readonly restored: BranchState;
}

async function swapped(options: Partial<Parameters<typeof swap>[2]> = {}): Promise<Swapped> {
  const one = await world();
  const { handle } = await one.ready({ key: 'k-1' });
  const restored = swap(one.neon.project(), handle.branchId, { oldName: 'preview/main_old', ...options });
  return { one, handle, restored };
}

/** Calls Neon's API as a person does. */
async function ask({ neon }: NeonWorld, method: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${neon.apiKey}`, 'content-type': 'application/json' };
  const url = `${neon.url}/projects/fake-project/${path}`;
  const { status } = await fetch(url, { method, headers, body: JSON.stringify(body) });
  expect(status).toBe(200);
}

const deletions = ({ neon }: NeonWorld): number =>
  neon.requests.filter(({ method }) => method === 'DELETE').length;
const writes = ({ neon }: NeonWorld): number => neon.requests.filter(({ method }) => method !== 'GET').length;

describe.each(cases)('a branch that a restore ($how, annotation copied: $copyAnnotation) replaced', (how) => {
  it('is not used: the error names both branches', async () => {
    const { one, handle, restored } = await swapped(how);
    const before = writes(one);
    const failure = await one.fails({ key: 'k-1', handle });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      `neon-branch: compute ${handle.endpointId} was moved from branch "preview/main_old" ` +
        `(${handle.branchId}) to ` +
        `branch "preview/main" (${restored.id}), as after a restore in Neon; Drawbridge uses ` +
        'and deletes neither branch until ' +
        'the compute is moved back or deleted in Neon',
    );
    expect(writes(one)).toBe(before);
  });

  it('is not used when the handle was lost', async () => {
    const { one, handle, restored } = await swapped(how);
    const before = writes(one);
    const failure = await one.fails({ key: 'k-1' });
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe(
      `neon-branch: branch "preview/main" (${restored.id}) has replaced branch "preview/main_old" ` +
        `(${handle.branchId}), as after a restore in Neon; Drawbridge uses and deletes neither ` +
        'branch until one of them is deleted ' +
        'in Neon, or renamed back',
    );
    expect(writes(one)).toBe(before);
  });

  it.each([true, false])('is not deleted, and neither is the other one (handle known: %s)', async (known) => {
    const { one, handle, restored } = await swapped(how);
    const failure = await one.stays({ key: 'k-1', handle: known ? handle : null });
    expect(PermanentError.is(failure)).toBe(false);
    for (const id of [handle.branchId, restored.id]) expect(failure.message).toContain(id);
    expect(deletions(one)).toBe(0);
    expect(await one.open().list?.(AbortSignal.timeout(5_000))).toEqual(['k-1']);
  });

  it('is not used with a compute that somebody added for the old data', async () => {
    const { one, handle } = await swapped(how);
    one.neon.project().createEndpoint(handle.branchId, { type: 'read_write' });
    expect((await one.fails({ key: 'k-1', handle })).message).toContain('was moved from');
    expect((await one.fails({ key: 'k-1' })).message).toContain('has replaced');
  });

  it('is used again once name and compute are back', async () => {
    const { one, handle, restored } = await swapped(how);
    one.neon.project().renameBranch(restored.id, 'restored');
    moveEndpoint(one.neon.project(), handle.endpointId ?? '', handle.branchId);
    one.neon.project().renameBranch(handle.branchId, 'preview/main');
    expect((await one.ready({ key: 'k-1', handle })).handle).toEqual(handle);
    await one.gone({ key: 'k-1', handle });
    expect(one.names()).toEqual(['restored']);
  });

  it('is removed once the compute is deleted, and the other one stays', async () => {
    const { one, handle, restored } = await swapped(how);
    restored.endpoints.length = 0;
    await one.gone({ key: 'k-1', handle });
    expect(one.names()).toEqual(['preview/main']);
  });

  it('keeps its role also when it was deleted since', async () => {
    const { one, handle, restored } = await swapped(how);
    one.neon.project().removeBranch(handle.branchId);
    const before = writes(one);
    for (const failure of [await one.fails({ key: 'k-1', handle }), await one.stays({ key: 'k-1', handle })])
      expect(failure.message).toContain(
        `was moved from branch ${handle.branchId}, which is deleted, to branch "preview/main" ` +
          `(${restored.id})`,
      );
    expect(writes(one)).toBe(before);
  });
});

describe.each([true, false])(
  'a branch that was restored in place (annotation copied: %s)',
  (copyAnnotation) => {
    async function restoredWorld(): Promise<{ one: NeonWorld; handle: NeonHandle; former: BranchState }> {
      const one = await world();
      const { handle } = await one.ready({ key: 'k-1' });
      const preserveUnderName = 'preview/main_before';
      if (copyAnnotation)
        restoreInPlace(one.neon.project(), handle.branchId, { preserveUnderName, copyAnnotation });
      else
        await ask(one, 'POST', `branches/${handle.branchId}/restore`, {
          source_branch_id: handle.branchId,
          source_timestamp: new Date().toISOString(),
          preserve_under_name: preserveUnderName,
        });
      return { one, handle, former: one.neon.project().named(preserveUnderName) };
    }

    it.each([true, false])('is the same branch with the same compute (handle known: %s)', async (known) => {
      const { one, handle } = await restoredWorld();
      const again = await one.ready({ key: 'k-1', handle: known ? handle : null });
      expect(again.handle).toEqual(handle);
      expect(one.neon.branches()).toHaveLength(2);
    });

    it.each([true, false])('is removed, and the preserved branch stays (handle known: %s)', async (known) => {
      const { one, handle, former } = await restoredWorld();
      await one.gone({ key: 'k-1', handle: known ? handle : null });
      expect(one.names()).toEqual(['preview/main_before']);
      const said =
        `neon-branch: branch "preview/main_before" (${former.id}) has the key but is a copy, and ` +
        'is not deleted';
      expect(one.logged).toEqual(copyAnnotation ? [said] : []);
      await one.gone({ key: 'k-1' });
      expect(one.names()).toEqual(['preview/main_before']);
      const keys = await one.open().list?.(AbortSignal.timeout(5_000));
      expect(keys).toEqual(copyAnnotation ? ['k-1'] : []);
    });

    it('gives its children to the preserved branch, so they do not block its removal', async () => {
      const one = await world();
      const { handle } = await one.ready({ key: 'k-1' });
      one.neon.project().addBranch({ name: 'child', parentId: handle.branchId });
      restoreInPlace(one.neon.project(), handle.branchId, { preserveUnderName: 'before', copyAnnotation });
      await one.gone({ key: 'k-1', handle });
      expect(one.names()).toEqual(['before', 'child']);
    });

    it('that was deleted by hand is made again, not replaced by the preserved branch', async () => {
      const { one, handle, former } = await restoredWorld();
      one.neon.project().removeBranch(handle.branchId);
      if (!copyAnnotation)
        return expect((await one.ready({ key: 'k-1', handle })).handle.branchId).not.toBe(former.id);
      const failure = await one.fails({ key: 'k-1', handle });
      expect(PermanentError.is(failure)).toBe(true);
      expect(failure.message).toBe(
        `neon-branch: branch "preview/main_before" (${former.id}), created as "preview/main", ` +
          'no longer has the compute ' +
          'that was created with it, so its data may be out of date; give it a compute in Neon, ' +
          'or delete the branch: the next deployment then gets a new one',
      );
    });
  },
);

describe('a branch', () => {
  it('whose compute was moved to another branch under an unchanged name gets no new one', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    const other = one.neon.project().addBranch({ name: 'elsewhere', endpoints: [] });
    await ask(one, 'PATCH', `endpoints/${handle.endpointId}`, { endpoint: { branch_id: other.id } });
    expect((await one.fails({ key: 'k-1', handle })).message).toContain(
      `to branch "elsewhere" (${other.id})`,
    );
    expect((await one.fails({ key: 'k-1' })).message).toContain('no longer has the compute');
    expect(one.neon.project().named(handle.branchId).endpoints).toEqual([]);
  });

  it('that was renamed, and whose compute was deleted, is not used under its new name', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.project().named(handle.branchId).endpoints.length = 0;
    one.neon.project().renameBranch(handle.branchId, 'put-aside');
    expect((await one.fails({ key: 'k-1', handle })).message).toContain(
      'rename it back in Neon, or delete the branch: the next deployment then gets a new one',
    );
    one.neon.project().renameBranch(handle.branchId, 'preview/main');
    expect((await one.ready({ key: 'k-1', handle })).handle.branchId).toBe(handle.branchId);
  });

  it('that was renamed is found by its id, although a branch of another key has its name now', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.project().renameBranch(handle.branchId, 'renamed');
    await one.ready({ key: 'k-2' });
    for (const known of [handle, null])
      expect((await one.ready({ key: 'k-1', handle: known })).handle).toEqual(handle);
    await one.gone({ key: 'k-1', handle });
    expect(one.names()).toEqual(['preview/main']);
  });

  it('that has the key as a copy of its parent is neither used nor deleted', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    const annotation = { [KEY]: 'k-1', [NAME]: 'preview/main' };
    const child = one.neon.project().addBranch({ name: 'child', parentId: handle.branchId, annotation });
    child.createdAt += 2_000;
    expect((await one.ready({ key: 'k-1' })).handle.branchId).toBe(handle.branchId);
    expect((await one.stays({ key: 'k-1', handle })).message).toContain('has children');
    expect(one.neon.project().named('child').deleting).toBe(false);
  });
});
