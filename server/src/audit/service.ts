import type { GeminiModel } from "./gemini-models.ts";

/** Who is asked over the network. */
export type Service =
  | { readonly kind: "gemini" }
  /** Gemini in a project of Google Cloud. */
  | { readonly kind: "vertex"; readonly project: string; readonly location: string };

export const googleBaseUrl = "https://generativelanguage.googleapis.com";

/** What a project and a location may be called: nothing that leads to another host or path. */
export const projectName: RegExp = /^(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,61}[a-z0-9]$|^\d{6,20}$/;
export const locationName: RegExp = /^[a-z][a-z0-9-]{1,40}$/;

/** Where a service is asked. A base URL of one's own, a private gateway, comes first. */
export function addressOf(service: Service, baseUrl: string): string {
  if (service.kind === "gemini" || baseUrl !== googleBaseUrl) return baseUrl;
  const { location } = service;
  return location === "global"
    ? "https://aiplatform.googleapis.com"
    : `https://${location}-aiplatform.googleapis.com`;
}

/** The name of a model as the service knows it. */
export const modelName = (service: Service, id: string): string =>
  service.kind === "gemini"
    ? id
    : `projects/${service.project}/locations/${service.location}/publishers/google/models/${id}`;

/** Google Cloud takes built-in tools or functions, not both in one request. */
export const modelsOn = (service: Service, models: readonly GeminiModel[]): readonly GeminiModel[] =>
  service.kind === "gemini" ? models : models.map((model) => ({ ...model, combinesTools: false }));

/** As shown before consent. */
export const serviceWords = (service: Service): string =>
  service.kind === "gemini" ? "Gemini" : `Gemini on Google Cloud, project ${service.project}`;
