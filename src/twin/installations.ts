import { TwinError } from './twin-error.js';

/** The owner of the tokens of other teams. */
const FOREIGN = 'another team';

/**
 * The callers of the API. An installation's access token is valid for that installation only (contract 2,
 * "Auth").
 */
export class Installations {
  private readonly tokens = new Map<string, string>();
  private readonly owners = new Map<string, string>();

  get ids(): string[] {
    return [...this.tokens.keys()];
  }

  has(id: string): boolean {
    return this.tokens.has(id);
  }

  /** Installs, or replaces the token of an installation. The previous token stops working. */
  set(id: string, accessToken: string): void {
    if (id === '' || accessToken === '') {
      throw new TwinError('bad_request', 'twin: an installation needs an id and an access token');
    }
    const owner = this.owners.get(accessToken);
    if (owner !== undefined && owner !== FOREIGN && owner !== id) {
      throw new TwinError('bad_request', `twin: the access token for ${id} already belongs to ${owner}`);
    }
    this.remove(id);
    this.forget(accessToken);
    this.tokens.set(id, accessToken);
    this.owners.set(accessToken, id);
  }

  /** Adds a token of another team: valid, but without any of these deployments. */
  addForeign(accessToken: string): void {
    const owner = this.owners.get(accessToken);
    if (owner !== undefined && owner !== FOREIGN)
      throw new TwinError('bad_request', `twin: the access token already belongs to ${owner}`);
    this.owners.set(accessToken, FOREIGN);
  }

  /** Transfers an installation to another account. The previous token belongs to another team afterwards. */
  transfer(id: string, accessToken: string): void {
    const former = this.tokens.get(id);
    if (former === undefined) throw new TwinError('not_found', `twin: installation ${id} not found`);
    this.set(id, accessToken);
    if (former !== accessToken) this.addForeign(former);
  }

  isForeign(caller: string): boolean {
    return caller === FOREIGN;
  }

  private forget(accessToken: string): void {
    if (this.owners.get(accessToken) === FOREIGN) this.owners.delete(accessToken);
  }

  remove(id: string): boolean {
    const token = this.tokens.get(id);
    if (token === undefined) return false;
    this.owners.delete(token);
    return this.tokens.delete(id);
  }

  /** The installation that an `Authorization` header belongs to. */
  authorized(header: string | undefined): string | undefined {
    if (header === undefined || !/^bearer /i.test(header)) return undefined;
    return this.owners.get(header.slice(7).trim());
  }
}
