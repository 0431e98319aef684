import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { invalid } from './problem.js';

const LONGEST = 256;
/** For the router: each character may have three bytes, each written in three characters. */
export const LONGEST_IN_PATH = LONGEST * 9;

/** An id of somebody else's in a path: any text of 1 to 256 characters that a database can hold and a log can show. */
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
