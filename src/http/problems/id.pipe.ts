import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { invalid } from './problem.js';

const LONGEST = 256;
/** Limit for the router: each character has up to three UTF-8 bytes, each encoded as three characters. */
export const LONGEST_IN_PATH = LONGEST * 9;

/** Validates an id in a path: 1 to 256 characters that a database can store and a log can show. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    const path = data ?? 'id';
    if (value.length === 0 || value.length > LONGEST) {
      throw invalid([{ path, message: `must have 1 to ${LONGEST} characters` }]);
    }
    if (!value.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) {
      throw invalid([{ path, message: 'must not contain control characters' }]);
    }
    return value;
  }
}
