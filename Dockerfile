# Stage 1 installs everything and writes the derived code; stage 2 keeps what runs.
FROM node:20.20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN node bin/polygraph.mjs generate && npm prune --omit=dev --no-audit --no-fund

FROM node:20.20-slim
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1
WORKDIR /app
COPY --from=build /app ./
# Owned by root and run by another: the process cannot change its own code.
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=5s --retries=24 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/polygraph.mjs", "start"]
