import { shortScenario } from "../../analysis/cost-words.ts";
import {
  acceleratorChoices,
  modeChoices,
  precisionChoiceList,
  regionChoices,
} from "../../analysis/scenario-choices.ts";
import { absolutePath, pathOfUri } from "../../host/paths.ts";
import { type ScenarioAnswer, scenarioMethod } from "../../protocol/scenario.ts";
import { answering, type Handler } from "../handler.ts";
import { requestOfScope, saidOf } from "../scenario-of.ts";
import { uriIn } from "../uri-in.ts";

const nothing: ScenarioAnswer = {
  label: null,
  chosen: {},
  accelerators: [],
  precisions: [],
  modes: [],
  regions: [],
};

/** What the editor offers to choose from, and what holds. */
export const scenario: Handler = {
  capabilities: () => ({}),
  register(context) {
    context.connection.onRequest(
      scenarioMethod,
      answering("the scenario", context, nothing, (params: unknown): ScenarioAnswer => {
        const uri = uriIn(params);
        const [folder] = context.session.folders;
        const path = uri === undefined ? absolutePath("__init__.py", folder ?? "/") : pathOfUri(uri);
        const scope = context.session.scopeFor(path);
        const said = saidOf(scope);
        return {
          label: shortScenario(requestOfScope(scope, "")),
          chosen: plain(said),
          accelerators: acceleratorChoices(said),
          precisions: precisionChoiceList,
          modes: modeChoices,
          regions: regionChoices,
        };
      }),
    );
  },
};

const plain = (said: object): ScenarioAnswer["chosen"] =>
  Object.fromEntries(
    Object.entries(said).filter(
      (entry): entry is [string, string | number | boolean] =>
        typeof entry[1] === "string" || typeof entry[1] === "number" || typeof entry[1] === "boolean",
    ),
  );
