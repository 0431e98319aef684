import { describe, expect, it } from 'vitest';
import { NotAnEvent, parseEvent, readEvent } from './webhook-event.js';

const START = {
  id: 'evt_1',
  type: 'deployment.integration.action.start',
  createdAt: 1_760_000_000_000,
  region: 'iad1',
  payload: {
    configuration: { id: 'icfg_1' },
    installationId: 'icfg_1',
    resourceId: 'res_1',
    action: 'branch',
    deployment: { id: 'dpl_1' },
  },
};
const envelope = { id: 'evt_1', createdAt: 1_760_000_000_000 };

/** Returns `START` with the member at `path` replaced, or removed when `value` is undefined. */
function eventWith(path: string, value: unknown): unknown {
  const copy = structuredClone(START) as Record<string, any>;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce((inner, key) => inner[key], copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

const refusal = (value: unknown): string => {
  try {
    readEvent(value);
  } catch (error) {
    if (error instanceof NotAnEvent) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('readEvent', () => {
  it.each(['start', 'cancel', 'cleanup'])('reads the action event %s', (operation) => {
    expect(readEvent({ ...START, type: `deployment.integration.action.${operation}` })).toEqual({
      id: 'evt_1',
      type: `deployment.integration.action.${operation}`,
      createdAt: 1_760_000_000_000,
      kind: 'action',
      operation,
      installationId: 'icfg_1',
      resourceId: 'res_1',
      action: 'branch',
      deploymentId: 'dpl_1',
    });
  });

  it("accepts an event without a configuration, as in Vercel's own example", () => {
    expect(readEvent(eventWith('payload.configuration', undefined))).toMatchObject({ kind: 'action' });
  });

  it('uses the installation id of the configuration when the payload has none', () => {
    expect(readEvent(eventWith('payload.installationId', undefined))).toEqual(readEvent(START));
  });

  it('accepts an event without a region or with a null region', () => {
    expect(readEvent(eventWith('region', undefined))).toMatchObject({ kind: 'action' });
    expect(readEvent(eventWith('region', null))).toMatchObject({ kind: 'action' });
  });

  it('ignores unknown members', () => {
    const more = eventWith('payload.team', { id: 'team_1' }) as typeof START;
    expect(readEvent({ ...more, apiVersion: 7 })).toEqual(readEvent(START));
  });

  it('reads the removal of an installation', () => {
    const type = 'integration-configuration.removed';
    const payload = { configuration: { id: 'icfg_1', projects: [] }, team: { id: null } };
    expect(readEvent({ ...envelope, type, payload })).toEqual({
      ...envelope,
      type,
      kind: 'installation-removed',
      installationId: 'icfg_1',
    });
  });

  const EVERY_TYPE = [
    'deployment.integration.action.start',
    'deployment.integration.action.cancel',
    'deployment.integration.action.cleanup',
    'integration-configuration.removed',
    'integration-configuration.transferred',
    'integration-resource.project-connected',
    'integration-resource.project-disconnected',
  ];
  const about = { resourceId: 'res_1', projectId: 'prj_1', action: 'branch', deployment: { id: 'dpl_1' } };
  const readOf = (type: string, names: object) =>
    readEvent({ ...envelope, type, payload: { ...about, ...names } });

  describe.each(EVERY_TYPE)('%s', (type) => {
    it.each([
      ['only in installationId', { installationId: 'icfg_1' }],
      ['only in configuration.id', { configuration: { id: 'icfg_1' } }],
      ['in both', { installationId: 'icfg_1', configuration: { id: 'icfg_1' } }],
      ['beside a null', { installationId: null, configuration: { id: 'icfg_1' } }],
      ['beside a configuration that is null', { installationId: 'icfg_1', configuration: null }],
      ["beside an integration's id", { installationId: 'oac_1', configuration: { id: 'icfg_1' } }],
      [
        "beside an integration's id in configuration",
        { installationId: 'icfg_1', configuration: { id: 'oac_1' } },
      ],
    ])('may have its installation id %s', (_, names) => {
      expect(readOf(type, names)).toMatchObject({ type, installationId: 'icfg_1' });
    });

    it('is rejected with a message that quotes both installation ids when they differ', () => {
      const names = { installationId: 'icfg_1', configuration: { id: 'icfg_2' } };
      expect(() => readOf(type, names)).toThrow(/"icfg_1" and payload.configuration.id "icfg_2" name two/);
    });

    it.each([
      ['no id', {}],
      ["only an integration's", { installationId: 'oac_1' }],
      ['a number', { installationId: 7, configuration: { id: 'icfg_1' } }],
    ])('is rejected when its installation id is %s', (_, names) => {
      expect(() => readOf(type, names)).toThrow(/installationId: /);
    });
  });

  it.each(['project-connected', 'project-disconnected'])('reads %s', (kind) => {
    const type = `integration-resource.${kind}`;
    const ids = { installationId: 'icfg_1', resourceId: 'res_1', projectId: 'prj_1' };
    expect(readEvent({ ...envelope, type, payload: { ...ids, targets: [] } })).toEqual({
      ...envelope,
      type,
      kind,
      ...ids,
    });
  });

  it.each([
    'deployment.created',
    'deployment.integration.action.restart',
    'deployment.integration.action.start.v2',
    'DEPLOYMENT.INTEGRATION.ACTION.START',
    'marketplace.invoice.paid',
    'test-webhook',
    '__proto__',
    'constructor',
  ])('reads the type %s as other', (type) => {
    expect(readEvent({ ...envelope, type, payload: {} })).toEqual({ ...envelope, type, kind: 'other' });
    expect(readEvent({ ...envelope, type })).toEqual({ ...envelope, type, kind: 'other' });
  });

  it.each([
    ['id', 'id'],
    ['type', 'type'],
    ['createdAt', 'createdAt'],
    ['payload', 'body'],
    ['payload.resourceId', 'resourceId'],
    ['payload.action', 'action'],
    ['payload.deployment', 'deployment'],
    ['payload.deployment.id', 'deployment.id'],
  ])('names the missing %s', (path, named) => {
    expect(refusal(eventWith(path, undefined))).toMatch(
      new RegExp(`^the body is not an event: ${named.replaceAll('.', '\\.')}: `),
    );
  });

  it('names all missing members at once', () => {
    const message = refusal({ ...START, payload: {} });
    for (const name of ['installationId', 'resourceId', 'action', 'deployment'])
      expect(message).toContain(`${name}: `);
  });

  it.each([
    ['integration-configuration.removed', 'installationId'],
    ['integration-configuration.transferred', 'installationId'],
    ['integration-resource.project-connected', 'projectId'],
    ['integration-resource.project-disconnected', 'resourceId'],
  ])('names the missing member of %s', (type, named) => {
    expect(refusal({ ...envelope, type, payload: {} })).toContain(`${named}: `);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'event'],
    ['a number', 7],
    ['true', true],
  ])('rejects %s instead of an event', (_, value) => {
    expect(refusal(value)).toMatch(/^the body is not an event: body: /);
  });

  const IDS = [
    'id',
    'payload.installationId',
    'payload.resourceId',
    'payload.action',
    'payload.deployment.id',
  ] as const;
  const ODD: [string, unknown][] = [
    ['empty', ''],
    ['a number', 7],
    ['null', null],
    ['a list', ['icfg_1']],
    ['with NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800'],
    ['the other half of a surrogate pair', '\udc00b'],
    ['300 characters long', 'x'.repeat(300)],
    ['256 characters long', 'x'.repeat(256)],
    ['more bytes than an index accepts', '🦊'.repeat(100)],
    ['a dot', '.'],
    ['two dots', '..'],
  ];
  const odd = IDS.flatMap((path) => ODD.map(([what, value]) => [path, what, value] as const));
  // With null in `installationId`, `configuration.id` names the installation.
  it.each(odd.filter(([path, , value]) => path !== 'payload.installationId' || value !== null))(
    'rejects a %s that is %s',
    (path, _, value) => {
      expect(refusal(eventWith(path, value))).toContain(`${path.replace('payload.', '')}: `);
    },
  );

  it.each([
    'x'.repeat(255),
    '🦊'.repeat(63),
    'with blank',
    "'; DROP TABLE action; --",
    '../../etc/passwd',
    '%2e%2e',
    '\u0001',
    '\\u0000',
    '__proto__',
    'constructor',
    'toString',
    '{"a":1}',
    'ключ',
  ])('accepts %j as an id', (odd) => {
    expect(readEvent(eventWith('payload.deployment.id', odd))).toMatchObject({ deploymentId: odd });
    expect(readEvent(eventWith('payload.action', odd))).toMatchObject({ action: odd });
  });

  it.each([
    ['a text', '1760000000000'],
    ['negative', -1],
    ['not a number', Number.NaN],
    ['beyond every date', 8.7e15],
  ])('rejects a createdAt that is %s', (_, createdAt) => {
    expect(refusal(eventWith('createdAt', createdAt))).toContain('createdAt: ');
  });

  it.each([0, 0.5, 1_760_000_000_000.25, 8.64e15])('accepts %d as a time', (createdAt) => {
    expect(readEvent(eventWith('createdAt', createdAt))).toMatchObject({ createdAt });
  });

  it('ignores members named like prototypes', () => {
    const body =
      '{"__proto__":{"id":"evt_p","type":"x","createdAt":1},"id":"evt_1","type":"deployment.created","createdAt":5,"payload":{"__proto__":{"installationId":"icfg_p"}}}';
    expect(readEvent(JSON.parse(body))).toEqual({
      id: 'evt_1',
      type: 'deployment.created',
      createdAt: 5,
      kind: 'other',
    });
    const inherited = `{"__proto__":${JSON.stringify(START)}}`;
    expect(refusal(JSON.parse(inherited))).toContain('id: ');
    const payload = `{"id":"e","type":"${START.type}","createdAt":5,"payload":{"__proto__":${JSON.stringify(START.payload)}}}`;
    expect(refusal(JSON.parse(payload))).toContain('installationId: ');
    expect(({} as Record<string, unknown>)['installationId']).toBeUndefined();
  });
});

describe('parseEvent', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);

  it('returns the text as it was sent, including blanks and the order of members', () => {
    const text = ` ${JSON.stringify(START, null, 2)}\n`;
    expect(parseEvent(bytes(text))).toEqual({ text, event: readEvent(START) });
  });

  it('rejects bytes that are not UTF-8', () => {
    const body = Buffer.concat([bytes('{"id":"'), Buffer.from([0xff]), bytes('"}')]);
    expect(() => parseEvent(body)).toThrow(new NotAnEvent('the body is not UTF-8'));
    expect(() => parseEvent(Buffer.from([0xed, 0xa0, 0x80]))).toThrow('the body is not UTF-8');
  });

  it.each([
    ['nothing', ''],
    ['truncated JSON', JSON.stringify(START).slice(0, -2)],
    ['two JSON values', '{}{}'],
    ['a form', 'id=evt_1&type=start'],
    ['NaN', '{"createdAt":NaN}'],
    ['a raw NUL in a text', '{"id":"a\0b"}'],
  ])('rejects %s', (_, text) => {
    expect(() => parseEvent(bytes(text))).toThrow(new NotAnEvent('the body is not JSON'));
  });

  it('rejects deeply nested JSON as an event, and accepts it inside an unknown member', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => parseEvent(bytes(deep))).toThrow(NotAnEvent);
    const inside = `{"id":"e","type":"t","createdAt":1,"payload":{"deep":${deep}}}`;
    expect(parseEvent(bytes(inside)).event.kind).toBe('other');
  });
});
