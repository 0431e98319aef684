# Builds with every dependency, runs with those of production only: no compiler, no embedded Postgres, no shell.
# `npm run image` takes the same steps in a plain folder: use FROM, ARG, ENV, WORKDIR, COPY, RUN, LABEL, USER, EXPOSE and ENTRYPOINT only.

# To pin one to what was tried: --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:…
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
COPY web ./web
RUN npm run build
# The link is for plugins in node_modules, which import drawbridge/provisioner.
RUN npm prune --omit=dev && ln -s .. node_modules/drawbridge
# Node reads no maps and no types, and no TypeScript in node_modules; the twin is for tests.
RUN rm -rf dist/twin \
 && find dist node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# In production a missing secret stops the boot and DATABASE_URL is required: see docs/configuration.md.
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY templates ./templates
# What a fresh image does; mount your own actions.yaml over it, or name another with ACTIONS_FILE.
COPY config ./config
# The image's user nonroot, as a number: Kubernetes cannot tell of a name that it is not root.
USER 65532:65532
EXPOSE 3000
# Exec form: Node itself is process 1, gets SIGTERM and drains. It starts no processes, so it needs no init to reap them.
ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]
# Last, because they change with each build.
ARG VERSION=unreleased
ARG REVISION=unknown
ARG SOURCE=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="drawbridge" \
      org.opencontainers.image.description="Automates Vercel deployment integration actions for Marketplace integration providers" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.created="${CREATED}"
