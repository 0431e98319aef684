import { TwinError } from './twin.error.js';

/** Who may call the API: an installation's access token stands for that installation alone (contract 2, "Auth"). */
export class Installations {
  private readonly tokens = new Map<string, string>();
  private readonly owners = new Map<string, string>();

  get ids(): string[] {
    return [...this.tokens.keys()];
  }

  has(id: string): boolean {
    return this.tokens.has(id);
  }

  /** Installs, or gives an installation another token: the former one stops working. */
  set(id: string, accessToken: string): void {
    if (id === '' || accessToken === '') {
      throw new TwinError('bad_request', 'twin: an installation needs an id and an access token');
    }
    const owner = this.owners.get(accessToken);
    if (owner !== undefined && owner !== id) {
      throw new TwinError('bad_request', `twin: the access token for ${id} already belongs to ${owner}`);
    }
    this.remove(id);
    this.tokens.set(id, accessToken);
    this.owners.set(accessToken, id);
  }

  remove(id: string): boolean {
    const token = this.tokens.get(id);
    if (token === undefined) return false;
    this.owners.delete(token);
    return this.tokens.delete(id);
  }

  /** The installation that an `Authorization` header speaks for. */
  authorized(header: string | undefined): string | undefined {
    if (header === undefined || !/^bearer /i.test(header)) return undefined;
    return this.owners.get(header.slice(7).trim());
  }
}
