import type { ExecuteCommandParams } from "vscode-languageserver/node";
import { rulePage } from "../../report/rule-page.ts";
import type { Handler } from "../handler.ts";

/** Opens the page of the rule whose name is its argument. */
export const openRulePageCommand = "ecocompute.openRulePage";

export const openRulePage: Handler = {
  capabilities: () => ({ executeCommandProvider: { commands: [openRulePageCommand] } }),
  register({ connection, features, rules, log }) {
    connection.onExecuteCommand(async ({ command, arguments: given }: ExecuteCommandParams) => {
      const name: unknown = given?.[0];
      const rule = rules.find((each) => each.id === name);
      if (command !== openRulePageCommand || rule === undefined) {
        log.warning(`a command that does not exist was asked for: ${command} ${String(name)}`);
        return null;
      }
      const page = rulePage(rule.id);
      const shown = features.showDocument && (await show(page));
      if (!shown) connection.window.showInformationMessage(`The page of ${rule.id}: ${page}`);
      return null;
    });
    const show = async (uri: string): Promise<boolean> => {
      try {
        return (await connection.window.showDocument({ uri, external: true })).success;
      } catch (error) {
        log.error("opening a rule's page failed", error);
        return false;
      }
    };
  },
};
