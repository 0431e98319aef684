import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { serveConsole } from './console.js';

/** The operators' console: static pages that use the API. Needs `CONFIG` from a global module. */
@Module({})
export class ConsoleModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    serveConsole(this.host.httpAdapter.getInstance(), this.config.oidc);
  }
}
