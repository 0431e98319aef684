import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Open } from '../access/auth/role.js';
import { ApiDocument } from '../http/openapi/document.js';
import { pageOfDocument } from '../http/openapi/document-page.js';

/** The description of the API holds nothing of anybody's: everybody may read it. */
@Open()
@ApiExcludeController()
@Controller('api')
export class DocumentController {
  constructor(private readonly document: ApiDocument) {}

  @Get('openapi.json')
  json(): OpenAPIObject {
    return this.document.get();
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  page(): string {
    return pageOfDocument(this.document.get());
  }
}
