/**
 * The result of a strict check of JSON input, for the API, the control API and the faults: every key is known
 * and every type correct, or the whole input is refused with a text that names the key.
 */
export type CheckedRequest<T> = { ok: true; value: T } | { ok: false; message: string };

/** Reads `value`, or throws {@link Wrong} with `path`. {@link check} catches that error. */
export type Reader<T> = (value: unknown, path: string) => T;

/** Wrong input. The message names the key and what is expected. It never quotes the value. */
export class Wrong extends Error {}

type Shape = Record<string, { reader: Reader<unknown>; required: boolean }>;
type Read<S extends Shape> = {
  [K in keyof S as S[K]['required'] extends true ? K : never]: ReturnType<S[K]['reader']>;
} & { [K in keyof S as S[K]['required'] extends true ? never : K]?: ReturnType<S[K]['reader']> };

export function check<T>(reader: Reader<T>, value: unknown, path = 'body'): CheckedRequest<T> {
  try {
    return { ok: true, value: reader(value, path) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, message: error.message };
    throw error;
  }
}

export const required = <T>(reader: Reader<T>) => ({ reader, required: true as const });
export const optional = <T>(reader: Reader<T>) => ({ reader, required: false as const });

/** An object with these keys and no others. */
export function object<S extends Shape>(shape: S): Reader<Read<S>> {
  const needed = Object.keys(shape).filter((key) => shape[key]?.required);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Wrong(`${path} must be an object`);
    }
    const result: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const rule = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (rule === undefined) {
        throw new Wrong(`${path}.${key} is not a known key; known are ${Object.keys(shape).join(', ')}`);
      }
      result[key] = rule.reader(entry, `${path}.${key}`);
    }
    for (const key of needed) if (!Object.hasOwn(result, key)) throw new Wrong(`${path}.${key} is missing`);
    return result as Read<S>;
  };
}

export function array<T>(item: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Wrong(`${path} must be an array`);
    return value.map((entry, index) => item(entry, `${path}[${index}]`));
  };
}

export const string: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw new Wrong(`${path} must be a string`);
  return value;
};

/** A non-empty string. */
export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || value === '') throw new Wrong(`${path} must be a non-empty string`);
  return value;
};

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new Wrong(`${path} must be true or false`);
  return value;
};

export function oneOf<const T extends readonly (string | number)[]>(...values: T): Reader<T[number]> {
  return (value, path) => {
    if (!values.includes(value as string | number))
      throw new Wrong(`${path} must be one of ${values.join(', ')}`);
    return value as T[number];
  };
}

export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path));
}

/** A finite number from `min` to `max`, inclusive. */
export function number(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw new Wrong(`${path} must be a number from ${min} to ${max}`);
    }
    return value;
  };
}

/** An integer from `min` to `max`, inclusive. */
export function integer(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw new Wrong(`${path} must be a whole number from ${min} to ${max}`);
    }
    return value as number;
  };
}

/** An object whose values are strings. All keys are allowed. */
export const strings: Reader<Record<string, string>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Wrong(`${path} must be an object of strings`);
  }
  for (const [key, entry] of Object.entries(value)) string(entry, `${path}.${key}`);
  return { ...value };
};

/** An absolute http or https URL. */
export const address: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new Wrong(`${path} must be an http or https address`);
  }
  return value;
};
