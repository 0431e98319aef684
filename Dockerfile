# Builds with every dependency, runs with those of production only: no compiler, no embedded Postgres, no shell.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
COPY web ./web
# The link is for plugins in node_modules, which import drawbridge/provisioner.
RUN npm run build && npm prune --omit=dev && ln -s .. node_modules/drawbridge

FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title="drawbridge" \
      org.opencontainers.image.description="Automates Vercel deployment integration actions for Marketplace integration providers" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
# In production a missing secret stops the boot and DATABASE_URL is required: see docs/configuration.md.
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY templates ./templates
# What a fresh image does; mount your own actions.yaml over it, or name another with ACTIONS_FILE.
COPY config ./config
USER nonroot
EXPOSE 3000
# Exec form: Node itself gets SIGTERM and drains.
ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]
