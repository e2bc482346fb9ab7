import type { AuditWhat } from "../../shared/api/audit.ts";
import { MAY_RUN_WORDS, type Trust } from "../../shared/jobs/trust.ts";

interface Told {
  who: string;
  subject: string;
  detail: Record<string, unknown>;
}

const WAYS: Readonly<Record<string, string>> = {
  link: "a link",
  access: "an access token",
  passkey: "a passkey",
  provider: "an account elsewhere",
};

const TELL: Readonly<Record<AuditWhat, (told: Told) => string>> = {
  signed_in: ({ who, detail }) => `${who} signed in with ${WAYS[String(detail.with)] ?? "a link"}.`,
  passkey_added: ({ who, subject }) => `${who} added the passkey "${subject}".`,
  passkey_removed: ({ who, subject }) => `${who} removed the passkey "${subject}".`,
  account_connected: ({ who, subject }) => `${who} connected the account ${subject} to sign in with.`,
  account_disconnected: ({ who, subject }) => `${who} disconnected the account ${subject}.`,
  let_in: ({ who, detail }) => `${who} came in with an account of ${detail.provider}, as ${detail.role}.`,
  signed_out: ({ who }) => `${who} signed out.`,
  session_ended: ({ who }) => `${who} ended one of their sessions.`,
  invited: ({ who, subject, detail }) => `${who} invited ${subject} as ${detail.role}.`,
  let_back: ({ who, subject }) => `${who} made a new link for ${subject}.`,
  role_changed: ({ who, subject, detail }) => `${who} made ${subject} ${detail.to} (was ${detail.from}).`,
  renamed: ({ who, subject, detail }) => `${who} renamed ${detail.from} to ${subject}.`,
  access_taken: ({ who, subject }) => `${who} took away the access of ${subject}.`,
  token_made: ({ who, subject }) => `${who} made the access token "${subject}".`,
  token_revoked: ({ who, subject }) => `${who} revoked the access token "${subject}".`,
  project_made: ({ who, subject }) => `${who} began the film "${subject}".`,
  project_archived: ({ who, subject }) => `${who} archived "${subject}".`,
  project_restored: ({ who, subject }) => `${who} took "${subject}" out of the archive.`,
  join_code_made: ({ who, detail }) =>
    `${who} made a join code for ${detail.uses === 1 ? "one machine" : `${detail.uses} machines`}.`,
  agent_joined: ({ subject }) => `The machine ${subject} joined.`,
  agent_paused: ({ who, subject }) => `${who} paused the machine ${subject}.`,
  agent_resumed: ({ who, subject }) => `${who} let the machine ${subject} work again.`,
  agent_changed: ({ who, subject }) => `${who} changed the machine ${subject}.`,
  agent_removed: ({ who, subject }) => `${who} removed the machine ${subject}.`,
  agent_let_out: ({ who, subject }) => `${who} ended the quarantine of the machine ${subject}.`,
  placement_changed: ({ who, subject, detail }) =>
    typeof detail.min_reputation === "number"
      ? `${who} asks a reputation of ${detail.min_reputation} of community machines for "${subject}".`
      : typeof detail.trust === "string"
      ? `${who} lets "${subject}" run on ${MAY_RUN_WORDS[detail.trust as Trust].toLowerCase()}.`
      : `${who} changed on which machines work of "${subject}" runs.`,
  rendered: ({ who, subject, detail }) => `${who} asked for the film ${subject} of "${detail.project}".`,
  branch_made: ({ who, subject, detail }) => `${who} began the branch "${subject}" of "${detail.project}".`,
  branch_merged: ({ who, subject, detail }) =>
    `${who} merged "${subject}" into "${detail.into}" of "${detail.project}".`,
  branch_discarded: ({ who, subject, detail }) =>
    `${who} discarded the branch "${subject}" of "${detail.project}".`,
  branch_restored: ({ who, subject, detail }) =>
    `${who} brought back the branch "${subject}" of "${detail.project}".`,
  item_published: ({ who, subject, detail }) =>
    `${who} published ${subject} in the library${
      Number(detail.version) > 1 ? `, version ${detail.version}` : ""
    }.`,
  item_retired: ({ who, subject }) => `${who} retired ${subject} in the library.`,
  lock_broken: ({ who, subject, detail }) => `${who} broke the lock of ${detail.owner} on ${subject}.`,
  credits_given: ({ who, subject, detail }) => `${who} gave ${detail.credits} credits to "${subject}".`,
  checks_changed: ({ who, detail }) =>
    `${who} changed how often community machines are checked (${detail.probation_share} at first, then ${detail.share}; ${detail.per_day} a day).`,
  machine_blamed: ({ subject, detail }) =>
    `A spot check found that ${subject} made ${detail.take} of "${detail.project}" wrong.${
      detail.quarantined ? " It is in quarantine." : ""
    }`,
  take_kept: ({ who, subject, detail }) =>
    `${who} keeps ${subject} of "${detail.project}" though it is unverified.`,
  take_activated: ({ who, subject, detail }) => `${who} chose ${subject} in "${detail.project}".`,
};

/** A row of the log in a person's words. */
export function sentenceOf(entry: Told & { what: AuditWhat }): string {
  return TELL[entry.what](entry);
}
