/** A probe with filled-in templates. Its messages contain only scheme, host and port of its URL. */
import { fill, type TemplateLookup } from '../../template.js';
import { type Attempt, type Filler, probeError } from '../attempt.js';
import type { ProbeConfig } from '../config.js';
import { prepareHttp } from './http-probe.js';
import { preparePostgres } from './postgres-probe.js';
import { prepareTcp } from './tcp-probe.js';
import { fillUrl } from '../url.js';

export interface Probe extends Attempt {
  readonly timeoutMs: number;
}

/** @param at the path of the probe in the configuration, such as `probes.0` */
export function prepare(config: ProbeConfig, at: string, lookUp: TemplateLookup, timeoutMs: number): Probe {
  const attempt = attemptOf(config, at, (text, key) => {
    try {
      return key === 'url' ? fillUrl(text, lookUp) : fill(text, lookUp);
    } catch (error) {
      throw probeError(`${at}.${key}`, (error as Error).message);
    }
  });
  const subject = config.name === undefined ? attempt.subject : `${config.name}: ${attempt.subject}`;
  return { ...attempt, subject, timeoutMs: config.timeout ?? timeoutMs };
}

function attemptOf(config: ProbeConfig, at: string, filler: Filler): Attempt {
  switch (config.type) {
    case 'http':
      return prepareHttp(config, at, filler);
    case 'tcp':
      return prepareTcp(config, at, filler);
    case 'postgres':
      return preparePostgres(config, at, filler);
    default:
      return config satisfies never;
  }
}
