import { useState } from "preact/hooks";
import { Modal } from "../../components/modal.tsx";
import { NumberField } from "../../components/text_field.tsx";
import { managesFleet } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { farm } from "./api.ts";

/** Says what opting in means before it is done. */
export function CommunityDialog({ title, onClose, onAgree }: {
  title: string;
  onClose: () => void;
  onAgree: () => void;
}) {
  return (
    <Modal label="Let the community's machines work" class="community" onClose={onClose}>
      <h2>Let anyone's machines work for {title}?</h2>
      <p>
        Whoever was given a join code may then make takes of this film on their own machine. They can see{" "}
        <b>the prompts, the pictures that go in, and the pictures that come out</b>, and could keep them.
      </p>
      <ul>
        <li>Shots that must not be seen are kept back one by one: "Where it runs" in their panel.</li>
        <li>
          The studio spot-checks what comes back, at no cost to the film. Films are cut on those machines,
          too.
        </li>
        <li>It can be taken back at any time; what was seen by then was seen.</li>
      </ul>
      <footer class="row">
        <button type="button" class="button" onClick={onClose}>Keep it as it is</button>
        <button type="button" class="button primary" onClick={onAgree}>Let the community work</button>
      </footer>
    </Modal>
  );
}

/** How good a community machine must be for this film. */
export function LeastReputation() {
  const { project, canEdit } = useWorkspace();
  const [at, setAt] = useState(project.value.min_reputation);
  if (project.value.trust !== "anyone") return null;
  const set = async (value: number | null) => {
    if (value === null) return;
    const changed = await attempt(() => farm.setLeastReputation(project.value.id, Math.round(value)));
    if (changed) project.value = { ...project.value, min_reputation: changed.min_reputation };
    setAt(changed?.min_reputation ?? at);
  };
  return (
    <fieldset class="machine-list" disabled={!canEdit}>
      <span class="row-label">Community machines</span>
      <div class="chosen">
        <NumberField
          label="Least reputation"
          note="of 100"
          min={managesFleet.value ? 0 : at}
          max={100}
          value={project.value.min_reputation}
          onCommit={(value) => void set(value)}
        />
        <span class="dim">
          By spot checks: five that agreed are 75, twenty are 92. New machines begin at 0.
        </span>
      </div>
    </fieldset>
  );
}
