const variables = ["ECOCOMPUTE_SLACK_WEBHOOK_URL", "SLACK_WEBHOOK_URL"] as const;

/** The webhook of Slack; its address is a secret and is read from the environment alone. */
export function slackWebhook(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly variable: string; readonly address: string } | undefined {
  const variable = variables.find((name) => (environment[name] ?? "") !== "");
  return variable === undefined
    ? undefined
    : { name: "Slack", variable, address: environment[variable] ?? "" };
}
