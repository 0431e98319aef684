#!/usr/bin/env bash
# A module of Nest that awaits Fastify's `register` in onModuleInit starts Fastify before Nest has set its error
# handler: from then on, errors outside of a handler's own promise do not reach the exception filters.
set -euo pipefail
PACKAGES=(
  @nestjs/core@12.5.1 @nestjs/common@12.5.1 @nestjs/platform-fastify@12.5.0 reflect-metadata@0.2.2 rxjs@7.8.2
)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund "${PACKAGES[@]}" > /dev/null
cat > run.js <<'JS'
import 'reflect-metadata';
import { Readable } from 'node:stream';
import { Catch, Controller, Get, Module, Res } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** Answers with a stream that fails before its first byte. */
class Pages {
  list(reply) {
    reply.send(new Readable({ read() { this.destroy(new Error('no rows')); } }));
  }
}
const { list } = Object.getOwnPropertyDescriptors(Pages.prototype);
Controller()(Pages);
Get('list')(Pages.prototype, 'list', list);
Res()(Pages.prototype, 'list', 0);

class Unavailable {
  catch(error, host) {
    host.switchToHttp().getResponse().status(503).send({ by: 'the filter' });
  }
}
Catch()(Unavailable);

async function answerWhere(awaits) {
  const plugin = ({ httpAdapter }) => ({
    async onModuleInit() {
      const registered = httpAdapter.getInstance().register(async () => undefined);
      if (awaits) await registered;
    },
  });
  class App {}
  Module({
    controllers: [Pages],
    providers: [
      { provide: APP_FILTER, useClass: Unavailable },
      { provide: 'PLUGIN', inject: [HttpAdapterHost], useFactory: plugin },
    ],
  })(App);
  const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const answer = await fetch(`${await app.getUrl()}/list`);
  const found = `${answer.status} ${await answer.text()}`;
  await app.close();
  return found;
}

const [notAwaited, awaited] = [await answerWhere(false), await answerWhere(true)];
console.log('expected: the same answer of the filter, whether or not onModuleInit awaits register()');
console.log('found   : not awaited:', notAwaited);
console.log('found   : awaited:    ', awaited);
process.exitCode = notAwaited.startsWith('503') && awaited.startsWith('500') ? 0 : 1;
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
