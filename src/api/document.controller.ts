import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Public } from '../access/auth/role.js';
import { ApiDocument } from '../http/openapi/document.js';
import { pageOfDocument } from '../http/openapi/document-page.js';

/** Serves the OpenAPI document without a token, because it contains no data of operators or customers. */
@Public()
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
