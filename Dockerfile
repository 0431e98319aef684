# Builds with every dependency, and runs with those of production: without compiler, Postgres and shell.
# `npm run image` executes the same steps in a plain folder, and supports only FROM, ARG, ENV, WORKDIR, COPY,
# RUN, LABEL, USER, EXPOSE and ENTRYPOINT.

# To pin a tested image:
# --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:…
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
# Plugins in node_modules import drawbridge/provisioner through this link.
RUN npm prune --omit=dev && ln -s .. node_modules/drawbridge
# Node needs no source maps, no types and no TypeScript in node_modules. The twin is for tests.
RUN rm -rf dist/twin \
 && find dist node_modules -type f \
    \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# In production a missing secret stops the boot and DATABASE_URL is required: see docs/configuration.md.
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY templates ./templates
# The default actions.yaml. Mount your own file over it, or set ACTIONS_FILE.
COPY config ./config
# The user nonroot as a number, because Kubernetes cannot verify that a name is not root.
USER 65532:65532
EXPOSE 3000
# Exec form: Node is process 1, receives SIGTERM and drains. It starts no processes, so it needs no init.
ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]
# These arguments change with each build, so they come last.
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
