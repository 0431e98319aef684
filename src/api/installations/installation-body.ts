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

/** The body of PUT for an installation. */
export class InstallationBody {
  /**
   * The access token issued by Vercel at installation. Sent with every call for this installation, never
   * returned.
   */
  @ApiProperty({ writeOnly: true })
  @IsString()
  @Length(1, 4096)
  @Matches(/^[\x21-\x7e]*$/, { message: 'must be printable ASCII without spaces' })
  accessToken!: string;
}

/** The body of PUT for a resource. Replaces all properties. */
export class ResourceBody {
  @IsString()
  @Length(1, 256)
  @ApiProperty()
  productId!: string;

  @IsString()
  @Length(1, 256)
  @ApiProperty()
  name!: string;

  /**
   * The current installation of the resource. Moves the resource, with its actions and allocations, to this
   * installation.
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @ApiPropertyOptional()
  transferredFrom?: string;

  /** Free-form settings, passed unchanged to plugins as `resource.settings`. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @Transform(({ obj }: { obj: { settings?: unknown } }) => obj.settings)
  @ValidateIf((_, value: unknown) => value !== undefined)
  @IsSettings()
  settings?: Record<string, Json>;
}

/** Validates a JSON object of at most 64 KiB. */
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
