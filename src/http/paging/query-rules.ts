import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, isISO8601, Length, Matches, ValidateBy } from 'class-validator';

// Rules for optional query parameters. An empty parameter is rejected.

/** Validates an id or a name, which is compared without changes. */
export const IsText = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String }),
    IsOptional(),
    Length(1, 256),
    Matches(/^\P{Cc}*$/u, { message: 'must be one text without control characters' }),
  );

/** Validates one or several values of a closed list, separated by commas. */
export const IsAnyOf = (values: readonly string[]) =>
  applyDecorators(
    ApiPropertyOptional({ type: String, description: `one or several of ${values.join(', ')}` }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? unique(value) : value)),
    IsOptional(),
    IsIn(values, { each: true, message: `must be one or several of ${values.join(', ')}` }),
  );

const unique = (list: string): string[] => [...new Set(list.split(','))].toSorted();

const TIME = /^(19|20|21)\d\d-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Validates an ISO 8601 time with its zone, or a day (midnight UTC). Converts both to
 * `2026-01-31T12:00:00.000Z`.
 */
export const IsTime = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time' }),
    Transform(({ value }: { value: unknown }) => (isTime(value) ? new Date(value).toISOString() : value)),
    IsOptional(),
    ValidateBy({
      name: 'isTime',
      validator: {
        validate: isTime,
        defaultMessage: () =>
          'must be a time such as 2026-01-31T12:00:00Z or a day such as 2026-01-31 (write + as %2B)',
      },
    }),
  );

function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    TIME.test(value) &&
    isISO8601(value, { strict: true }) &&
    !Number.isNaN(Date.parse(value))
  );
}
