# syntax=docker/dockerfile:1
# Two images from one build:
#   embedded  everything in one container: PostgreSQL and ClickHouse run inside the process
#   slim      without the embedded stores; needs DATABASE_URL and CLICKHOUSE_URL

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
COPY migrations ./migrations
COPY mappings ./mappings
RUN npm run build

FROM node:24-bookworm-slim AS dependencies-embedded
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim AS dependencies-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/cartograph
WORKDIR /app
RUN mkdir -p /var/lib/cartograph && chown node:node /var/lib/cartograph
COPY package.json LICENSE ./
COPY bin ./bin
COPY --from=build /app/dist ./dist
USER node
VOLUME /var/lib/cartograph
EXPOSE 3000
# The service drains on SIGTERM: give it longer than one bronze insert may last.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=64", "bin/cartograph.cjs"]
CMD ["serve"]

FROM base AS slim
COPY --from=dependencies-slim /app/node_modules ./node_modules

FROM base AS embedded
COPY --from=dependencies-embedded /app/node_modules ./node_modules
