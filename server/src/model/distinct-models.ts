import { moduleText } from "./module-text.ts";
import type { PyClass, PyInstance } from "./values.ts";

/** Models of a file, each once: another instance of a class is news only where it was made in another way. */
export interface DistinctModels {
  /** Whether nothing like it was there before; it is from now on. */
  readonly isNews: (model: PyInstance) => boolean;
  /** Whether a model of this class was there before. */
  readonly has: (cls: PyClass) => boolean;
}

/** `model.eval()` makes no other model. */
const passing: ReadonlySet<string> = new Set(["training"]);

interface Known {
  readonly models: Set<PyInstance>;
  readonly texts: Set<string>;
}

export function createDistinctModels(): DistinctModels {
  const known = new Map<PyClass, Known>();
  return {
    has: (cls) => known.has(cls),
    isNews: (model) => {
      const before = known.get(model.cls);
      if (before === undefined) {
        known.set(model.cls, { models: new Set([model]), texts: new Set() });
        return true;
      }
      const { models, texts } = before;
      if (models.has(model)) return false;
      // Most classes have one model: it is read when there is another.
      if (models.size === 1) for (const first of models) texts.add(moduleText(first, passing));
      models.add(model);
      const text = moduleText(model, passing);
      if (texts.has(text)) return false;
      texts.add(text);
      return true;
    },
  };
}
