// The API's documentation page: Swagger UI from the installed package, no CDN and no inline script.
import { dirname } from 'node:path';
import express, { Router } from 'express';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>L-Exchange API</title>
    <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

const assets = ['favicon-32x32.png', 'swagger-ui.css', 'swagger-ui-bundle.js'];

export function createDocsRouter(): Router {
  const router = Router();
  // Found and not loaded: loading the package would run the page's own megabyte of script in this process.
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  const serveAsset = express.static(folder, { index: false, maxAge: '1d' });
  router.get('/', (_request, response) => void response.type('html').send(page));
  router.get('/start.js', (_request, response) => void response.type('js').send(startScript));
  router.use('/assets', (request, response, next) => {
    if (assets.includes(request.path.slice(1))) serveAsset(request, response, next);
    else next();
  });
  return router;
}
