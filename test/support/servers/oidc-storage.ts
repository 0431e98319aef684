interface Stored {
  uid?: string;
  userCode?: string;
  grantId?: string;
  consumed?: number;
}

const stored = new Map<string, Stored>();

/**
 * Stores sessions, grants and tokens of a test provider in this process. The package's own such storage warns
 * on each start.
 */
export class OidcStorage {
  constructor(private readonly model: string) {}

  async upsert(id: string, payload: Stored): Promise<void> {
    stored.set(this.key(id), payload);
  }

  async find(id: string): Promise<Stored | undefined> {
    return stored.get(this.key(id));
  }

  async findByUid(uid: string): Promise<Stored | undefined> {
    return this.own().find((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<Stored | undefined> {
    return this.own().find((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const payload = stored.get(this.key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    stored.delete(this.key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key);
  }

  private key(id: string): string {
    return `${this.model}:${id}`;
  }

  private own(): Stored[] {
    return [...stored].flatMap(([key, payload]) => (key.startsWith(`${this.model}:`) ? [payload] : []));
  }
}
