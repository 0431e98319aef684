import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.constants.js';
import type { Config } from '../../config/config.js';
import { logEvent } from '../../log/log.js';
import { Problem } from '../../http/problems/problem.js';
import { isJwt, OidcTokens } from './oidc/oidc-tokens.js';
import type { ProviderUnavailable } from './oidc/provider-keys.js';
import { OperatorTokens, type Operator } from './operator-tokens.js';

const RETRY_AFTER_SECONDS = '5';

/** Authenticates operators by OPERATOR_TOKENS or by the company's identity provider. */
@Injectable()
export class Authenticator {
  private readonly oidc: OidcTokens | null;
  private failing = false;

  constructor(
    private readonly tokens: OperatorTokens,
    @Inject(CONFIG) config: Pick<Config, 'oidc' | 'operatorTokens'>,
  ) {
    const reservedNames = new Set(config.operatorTokens.map(({ name }) => name));
    this.oidc = config.oidc && new OidcTokens(config.oidc, reservedNames);
  }

  /**
   * @throws Problem `unauthenticated`; `forbidden` for a token without a role; `unavailable` if the provider
   * does not answer
   */
  async operatorOf(token: string): Promise<Operator> {
    const known = this.tokens.operatorOf(token);
    if (known !== undefined) return known;
    if (this.oidc === null || !isJwt(token)) throw new ForeignToken('is not known');
    const checked = await this.oidc.check(token);
    if (checked.kind === 'unavailable') throw this.unavailable(checked.error);
    if (checked.kind === 'foreign') throw new ForeignToken(checked.why);
    if (checked.kind === 'invalid') throw invalidToken(checked.why);
    this.failing = false;
    if (checked.kind === 'no-role') throw noRole(checked.name);
    return checked.operator;
  }

  /** Logs an outage of the provider once. */
  private unavailable(cause: ProviderUnavailable): Problem {
    if (!this.failing) logEvent('identity-provider-failed', { error: cause.message });
    this.failing = true;
    const headers = { 'retry-after': RETRY_AFTER_SECONDS };
    return new Problem('unavailable', 'the identity provider does not respond; try again', {
      headers,
      cause,
    });
  }
}

/** Creates the problem of a request without a token. */
export const noToken = (): Problem =>
  unauthenticated('send Authorization: Bearer <token>', 'Bearer realm="drawbridge"');

const invalidToken = (why: string): Problem => unauthenticated(`the token ${why}`, challengeOf(why));

/** 401 for a token that neither Drawbridge nor the identity provider issued, unlike expired tokens. */
export class ForeignToken extends Problem {
  constructor(why: string) {
    super('unauthenticated', `the token ${why}`, { headers: { 'www-authenticate': challengeOf(why) } });
  }
}

const challengeOf = (why: string): string => {
  const description = `the token ${why.replaceAll('’', "'")}`;
  return `Bearer realm="drawbridge", error="invalid_token", error_description="${description}"`;
};

function unauthenticated(detail: string, challenge: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}

const noRole = (name: string): Problem =>
  new Problem('forbidden', `the token of ${name} is valid but has no role (see OPERATOR_OIDC_ROLES)`);
