import { getMetadataArgsStorage } from 'typeorm';

type EntityClass<T> = abstract new () => T;

/** A column as its entity declares it. */
export interface EntityColumn {
  property: string;
  name: string;
  /** PostgreSQL's name of the type, as the decorator has it. */
  type: string;
  nullable: boolean;
  /** The values of a closed list; undefined for any other column. */
  values: readonly string[] | undefined;
}

/** The columns of an entity with those of its base classes, from the decorators: no connection is needed. */
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

/** The properties of an entity that are columns, in the order of the class. */
export const propertiesOf = <T>(entity: EntityClass<T>): (keyof T & string)[] =>
  columnsOf(entity).map(({ property }) => property as keyof T & string);

/** `a.deployment_url AS "deploymentUrl", …`: a select list whose rows have the entity's properties. */
export function selectList<T>(entity: EntityClass<T>, alias: string, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ name, property }) => `${alias}.${name} AS "${property}"`)
    .join(', ');
}

/** `"deploymentUrl" text, …`: column definitions that read these properties from a list of JSON objects. */
export function recordColumns<T>(entity: EntityClass<T>, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ property, type }) => `"${property}" ${type}`)
    .join(', ');
}

/**
 * `deployment_url = w."deploymentUrl", …`: assignments of an UPDATE from a relation with these properties.
 */
export function assignments<T>(entity: EntityClass<T>, source: string, of: readonly (keyof T)[]): string {
  return pick(entity, of)
    .map(({ name, property }) => `${name} = ${source}."${property}"`)
    .join(', ');
}

/** @throws Error for a property that is no column */
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
