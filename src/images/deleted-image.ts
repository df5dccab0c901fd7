import { AppError } from '../errors/app-error.js';

/** The image was deleted. Only a call with a key draws it again. */
export class DeletedImage extends AppError {
  constructor() {
    super('image_not_found', {
      detail:
        'This image was deleted. Ask for it with a key, as by POST /v1/images, to have it again.',
    });
    this.name = 'DeletedImage';
  }
}
