// GET /v1/models and /v1/models/:id in OpenAI's shape.
import type { Request, Response } from 'express';
import { DomainError } from '../domain/errors';
import type { Catalog, CatalogModel } from '../services/catalog/catalog';

function presentModel({ id, version }: CatalogModel) {
  return {
    id,
    object: 'model',
    created: Math.floor(version.createdAt / 1000),
    owned_by: 'l-exchange',
  };
}

/** Whether a channel answers for it now. */
function isServed({ channels }: CatalogModel): boolean {
  return channels.length > 0;
}

export function listModels(catalog: Catalog) {
  return (_request: Request, response: Response): void => {
    const data = catalog.list().filter(isServed).map(presentModel);
    response.json({ object: 'list', data });
  };
}

export function showModel(catalog: Catalog) {
  return (request: Request<{ id: string }>, response: Response): void => {
    const model = requireModel(catalog, request.params.id);
    if (!isServed(model)) throw unknownModel(model.id);
    response.json(presentModel(model));
  };
}

function unknownModel(modelId: string): DomainError {
  return new DomainError('MODEL_NOT_FOUND', `The model '${modelId}' does not exist.`, {
    param: 'model',
  });
}

/** @throws DomainError MODEL_NOT_FOUND */
export function requireModel(catalog: Catalog, modelId: string): CatalogModel {
  const model = catalog.find(modelId);
  if (!model) throw unknownModel(modelId);
  return model;
}
