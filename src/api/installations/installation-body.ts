import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
} from 'class-validator';
import type { Json } from '../../provisioner/provisioner.js';

const LARGEST_SETTINGS = 64 * 1024;

/** PUT of an installation. */
export class InstallationBody {
  /** What Vercel gave when the integration was installed; sent with every call for this installation, never shown again. */
  @ApiProperty({ writeOnly: true })
  @IsString()
  @Length(1, 4096)
  @Matches(/^[\x21-\x7e]*$/, { message: 'must be printable ASCII without spaces' })
  accessToken!: string;
}

/** PUT of a resource: what it does not name is gone. */
export class ResourceBody {
  @IsString()
  @Length(1, 256)
  @ApiProperty()
  productId!: string;

  @IsString()
  @Length(1, 256)
  @ApiProperty()
  name!: string;

  /** The installation that has this resource now: it moves to this one, with its actions and allocations. */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @ApiPropertyOptional()
  transferredFrom?: string;

  /** Free-form; what plugins see as `resource.settings`. Taken as it was sent. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @Transform(({ obj }: { obj: { settings?: unknown } }) => obj.settings)
  @ValidateIf((_, value: unknown) => value !== undefined)
  @IsSettings()
  settings?: Record<string, Json>;
}

/** A JSON object of at most 64 KiB. */
function IsSettings(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isSettings',
      validator: {
        validate: (value: unknown) => isObject(value) && byteLength(value) <= LARGEST_SETTINGS,
        defaultMessage: (args) =>
          isObject(args?.value)
            ? `must not be larger than ${LARGEST_SETTINGS} bytes of JSON`
            : 'must be a JSON object',
      },
    },
    options,
  );
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const byteLength = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
