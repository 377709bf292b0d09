/** Reads the model files from disk and compiles them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileProject } from './compiler/compile.js';
import type { Project } from './compiler/model.js';
import { DEFAULT_SETTINGS, type ModelSettings } from './compiler/settings.js';
import { COMPUTATIONS } from './science/index.js';

const MODELS_DIRECTORY = fileURLToPath(new URL('models', import.meta.url));

/** The models below `directory`, with the settings that they name. */
export function loadProject(
  directory = MODELS_DIRECTORY,
  settings: ModelSettings = DEFAULT_SETTINGS,
): Project {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = paths
    .filter((path) => /\.(sql|yml)$/.test(path))
    .sort()
    .map((path) => ({
      path: path.replaceAll('\\', '/'),
      text: readFileSync(join(directory, path), 'utf8'),
    }));
  const project = compileProject(files, settings);
  for (const { name, compute } of project.models) {
    if (compute === undefined || compute in COMPUTATIONS) continue;
    throw new Error(`${name}: compute names ${compute}, which is not in science/index.ts.`);
  }
  return project;
}
