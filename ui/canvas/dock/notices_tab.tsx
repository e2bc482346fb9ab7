import { agoText } from "../../state/words.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";

export function NoticesTab() {
  const workspace = useWorkspace();
  const notices = workspace.live.notices.value;
  if (notices.length === 0) {
    return (
      <div class="empty">
        <p>Nothing to tell. Fallbacks and failures are told here.</p>
      </div>
    );
  }
  return (
    <table>
      <tbody>
        {notices.map((notice) => (
          <tr key={notice.id}>
            <td style="width:24px">
              <i class={`dot ${notice.level}`} style="display:block" />
            </td>
            <td>{notice.sentence}</td>
            <td class="dim" style="text-align:right;white-space:nowrap">
              {notice.node_id && workspace.document.node(notice.node_id).value && (
                <button
                  type="button"
                  class="button quiet small"
                  onClick={() => goTo(workspace, notice.node_id!)}
                >
                  Show
                </button>
              )}
              {agoText(notice.at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
