/** The parts of a project of the fake Neon. Times are milliseconds. */
import { randomBytes, randomInt } from 'node:crypto';

export interface RoleState {
  readonly name: string;
  readonly password: string;
}
export interface DatabaseState {
  readonly id: number;
  readonly name: string;
  readonly ownerName: string;
  readonly createdAt: number;
}
export interface EndpointState {
  readonly id: string;
  readonly type: 'read_write' | 'read_only';
  readonly minCu: number;
  readonly maxCu: number;
  readonly suspendTimeoutSeconds: number;
  readonly createdAt: number;
  state: 'init' | 'active' | 'idle';
  pendingState: 'active' | 'idle' | null;
  disabled: boolean;
}
export interface BranchState {
  readonly id: string;
  readonly number: number;
  readonly annotation: Readonly<Record<string, string>>;
  readonly isDefault: boolean;
  createdAt: number;
  parentId: string | null;
  /** The id of the branch that this one replaced in a restore from a snapshot. */
  replaces: string | null;
  lastResetAt: number | null;
  readonly endpoints: EndpointState[];
  roles: RoleState[];
  databases: DatabaseState[];
  name: string;
  isProtected: boolean;
  state: 'init' | 'ready';
  deleting: boolean;
  updatedAt: number;
}
export interface ComputeWish {
  readonly type: 'read_write' | 'read_only';
  readonly minCu?: number | undefined;
  readonly maxCu?: number | undefined;
  readonly suspendTimeoutSeconds?: number | undefined;
}
export interface BranchWish {
  readonly name?: string | undefined;
  readonly parentId?: string | undefined;
  readonly isProtected?: boolean | undefined;
  readonly annotation?: Readonly<Record<string, string>> | undefined;
  readonly endpoints?: readonly ComputeWish[] | undefined;
}

const WORDS = ['quiet', 'bitter', 'shiny', 'aged', 'floral', 'meadow', 'sound', 'salad', 'wind', 'mode'];

export function newId(prefix: string): string {
  const word = (): string => WORDS[randomInt(WORDS.length)] ?? 'word';
  return `${prefix}-${word()}-${word()}-${randomBytes(4).toString('hex')}`;
}

export const newPassword = (): string => `npg_${randomBytes(9).toString('base64url').replace(/[-_]/g, 'x')}`;

export function newDatabase(name: string, ownerName: string): DatabaseState {
  return { id: randomInt(1, 2 ** 31), name, ownerName, createdAt: Date.now() };
}
