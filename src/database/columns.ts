import { getMetadataArgsStorage } from 'typeorm';

type EntityClass<T> = abstract new () => T;

/** A column as its entity declares it. */
export interface EntityColumn {
  property: string;
  name: string;
  /** The PostgreSQL type, as written in the decorator. */
  type: string;
  nullable: boolean;
  /** The allowed values of an enumerated column; undefined for any other column. */
  values: readonly string[] | undefined;
}

/** The columns of an entity and of its base classes. Reads decorators only, so no connection is needed. */
export function columnsOf<T>(entity: EntityClass<T>): EntityColumn[] {
  return getMetadataArgsStorage()
    .filterColumns(lineageOf(entity))
    .filter(({ mode }) => mode !== 'virtual-property')
    .map(({ propertyName, options: { name, type, nullable, enum: values } }) => ({
      property: propertyName,
      name: name ?? propertyName,
      type: String(type),
      nullable: nullable === true,
      values: values as readonly string[] | undefined,
    }));
}

/** The properties of an entity that are columns, in declaration order. */
export const propertiesOf = <T>(entity: EntityClass<T>): (keyof T & string)[] =>
  columnsOf(entity).map(({ property }) => property as keyof T & string);

/** A select list whose rows have the entity's properties: `a.deployment_url AS "deploymentUrl", …`. */
export function selectList<T>(entity: EntityClass<T>, alias: string, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ name, property }) => `${alias}.${name} AS "${property}"`)
    .join(', ');
}

/** Column definitions that read these properties from a list of JSON objects: `"deploymentUrl" text, …`. */
export function recordColumns<T>(entity: EntityClass<T>, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ property, type }) => `"${property}" ${type}`)
    .join(', ');
}

/**
 * Assignments of an UPDATE from a relation with these properties: `deployment_url = w."deploymentUrl", …`.
 */
export function assignments<T>(entity: EntityClass<T>, source: string, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ name, property }) => `${name} = ${source}."${property}"`)
    .join(', ');
}

/** @throws Error for a property that is not a column */
function pick<T>(entity: EntityClass<T>, properties: readonly (keyof T)[]): EntityColumn[] {
  const columns = new Map(columnsOf(entity).map((column) => [column.property, column]));
  return properties.map((property) => {
    const column = columns.get(String(property));
    if (column === undefined) throw new Error(`${entity.name}.${String(property)} is not a column`);
    return column;
  });
}

function lineageOf(entity: EntityClass<unknown>): EntityClass<unknown>[] {
  const base = Object.getPrototypeOf(entity) as EntityClass<unknown>;
  return base === Function.prototype ? [entity] : [entity, ...lineageOf(base)];
}
