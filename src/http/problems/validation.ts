import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { invalid, type FieldError } from './problem.js';
import { storableError } from './storable-json.js';

/** Limit of listed errors: a body may contain any number of unknown fields. */
const MOST_ERRORS = 50;

/**
 * Creates the pipe that validates bodies and queries by the decorators of their classes and rejects unknown
 * fields.
 */
export function createValidationPipe(): ValidationPipe {
  return new StorableBodyPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => invalid(fieldErrors(errors).slice(0, MOST_ERRORS)),
  });
}

/** Checks the raw body first, because the conversion to a class recurses to any depth. */
class StorableBodyPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const error = metadata.type === 'body' && this.toValidate(metadata) ? storableError(value) : undefined;
    return error === undefined ? super.transform(value, metadata) : Promise.reject(invalid([error]));
  }
}

function fieldErrors(errors: ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      path,
      message: rule === 'whitelistValidation' ? 'is not a known field' : withoutName(message, error.property),
    }));
    return [...own, ...fieldErrors(error.children ?? [], path)];
  });
}

/** Removes the name of the property from the start of a message because `path` already contains it. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
