import type { ObjectLiteral, Repository } from 'typeorm';

/** The part of a TypeORM repository that cannot write. */
export type ReadRepository<Entity extends ObjectLiteral> = Pick<Repository<Entity>, 'find' | 'findOneBy'>;
