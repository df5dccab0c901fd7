/** Ids of templates: names of their folders, and the first part of their images' addresses. */
export const TEMPLATE_ID_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;
