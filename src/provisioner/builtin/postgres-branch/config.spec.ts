import { describe, expect, it } from 'vitest';
import { addressOf, configSchema, parseAddress, serverUrl } from './config.js';
import { optionIssues } from './copy/template.js';

const admin = 'postgresql://admin:hunter2@db.internal:6543/maintenance?sslmode=require';

describe('an address', () => {
  it.each([
    ['db.example.com:5432', { host: 'db.example.com', port: '5432' }],
    ['[::1]:5432', { host: '::1', port: '5432' }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: '1' }],
  ])('%s is read', (text, address) => expect(parseAddress(text)).toEqual(address));

  it.each(['db.example.com', 'db:0', 'db:65536', '::1:5432', 'user@db:5432', 'db:5432/x', ':5432', ''])(
    '"%s" is rejected',
    (text) => expect(parseAddress(text)).toBeNull(),
  );
});

describe('the configuration', () => {
  it('uses the address of the admin URL unless a public address is set', () => {
    expect(addressOf({ admin })).toEqual({ host: 'db.internal', port: '6543' });
    expect(addressOf({ admin, public: 'db.example.com:5432' })).toEqual({
      host: 'db.example.com',
      port: '5432',
    });
    expect(addressOf({ admin: 'postgres://a@[::1]' })).toEqual({ host: '::1', port: '5432' });
  });

  it('uses the database of the admin URL, or postgres', () => {
    expect(serverUrl({ admin }).href).toBe(admin);
    expect(serverUrl({ admin: 'postgres://a@db' }).pathname).toBe('/postgres');
  });

  it('requires a public address when the admin URL has no host', () => {
    const { error } = configSchema.safeParse({ admin: 'postgresql:///postgres?host=/run/postgresql' });
    expect(error?.issues.map((issue) => issue.path)).toEqual([['public']]);
  });

  it('reports only the admin URL when it is not a URL', () => {
    const { error } = configSchema.safeParse({ admin: 'db.internal' });
    expect(error?.issues.map((issue) => issue.path)).toEqual([['admin']]);
  });

  it('is rejected without quoting the URL', () => {
    const { error } = configSchema.safeParse({
      admin: 'mysql://root:hunter2@db',
      strategy: 'hunter2',
      template: 5,
    });
    expect(error?.issues).toHaveLength(3);
    expect(JSON.stringify(error?.issues.map((issue) => issue.message))).not.toContain('hunter2');
  });
});

describe('a template that a resource chooses', () => {
  const config = {
    admin,
    template: 'app',
    templates: ['shop_*', 'a.b', '*x*y', 'my-app/*', '[]{}()$^|+?\\'],
  };
  const refused = (template: unknown) => optionIssues(config, { template });

  it.each(['app', 'shop_', 'shop_1', 'shop_\n', 'a.b', 'xy', 'a x b y', 'my-app/1', '[]{}()$^|+?\\'])(
    '%j is allowed',
    (name) => expect(refused(name)).toEqual([]),
  );

  it.each(['shop', 'my_shop_1', 'SHOP_1', 'acb', 'yx', '', '*', 'shop_*y '.trim().slice(1)])(
    '%j is rejected with its path',
    (name) =>
      expect(refused(name)).toEqual([{ path: ['template'], message: `template "${name}" cannot be copied` }]),
  );

  it('is the configured one when no others are allowed', () => {
    expect(optionIssues({ admin, template: 'app' }, { template: 'other' })).toHaveLength(1);
    expect(optionIssues({ admin }, { template: 'other' })).toHaveLength(1);
    expect(optionIssues({ admin, template: 'app' }, {})).toEqual([]);
  });
});
