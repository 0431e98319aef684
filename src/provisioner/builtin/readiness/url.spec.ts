import { describe, expect, it } from 'vitest';
import { fillUrl } from './url.js';

const filled = (template: string, value: string): string => fillUrl(template, () => value);

describe('the url of a probe', () => {
  it.each([
    ['https://${resource.settings.x}.shop.example/health', 'eu', 'https://eu.shop.example/health'],
    ['https://${resource.settings.x}/health', 'db.example:8443', 'https://db.example:8443/health'],
    ['https://api.example/${resource.settings.x}', 'a/b?c=d@e', 'https://api.example/a/b?c=d@e'],
    ['https://u:p@${resource.settings.x:-a/b}', 'h', 'https://u:p@h'],
    ['${steps.branch.secrets.URL}', 'postgres://u:p@h/x', 'postgres://u:p@h/x'],
  ])('contains the value of %s', (template, value, url) => {
    expect(filled(template, value)).toBe(url);
  });

  it.each(['evil.example/', 'evil.example?', 'evil.example#', 'evil.example\\', 'u@evil.example', 'a b'])(
    'cannot be directed to another host by %s',
    (value) => {
      expect(() => filled('https://${resource.settings.x}.shop.example/health', value)).toThrow(
        'a value in the host part contains one of',
      );
    },
  );
});
