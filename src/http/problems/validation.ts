import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { invalid, type FieldError } from './problem.js';
import { storableError } from './storable-json.js';

/** More than these are not listed: a body may name any number of unknown fields. */
const MOST_ERRORS = 50;

/** Bodies and queries that are classes are checked by their decorators; unknown fields are refused. */
export function createValidationPipe(): ValidationPipe {
  return new StorableBodyPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => invalid(fieldErrors(errors).slice(0, MOST_ERRORS)),
  });
}

/** Looks at a body as it was sent before it becomes a class, which takes a recursion of any depth. */
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

/** The rules' own messages start with the name of the property, which the path already says. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
